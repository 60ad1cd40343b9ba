"""The batch normalisation layer."""
from .._core.checks import check_float
from .._core.plan import LayerPlan
from .base import Layer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .._core.arrays import Shape


class BatchNorm(Layer):
    """Batch normalisation: each channel (of rows, each number) to mean 0 and variance 1, then times gamma plus beta.

    Training takes mean and biased variance from the batch, whose sample weights do not matter for them; predicting
    takes the kept ones, "moving_mean" and "moving_variance", which every batch moves by 1 - ``momentum`` (0.99) towards
    its own.  ``epsilon`` (0.001) is added to the variance.  Its parameters are "gamma", first 1, and "beta", first 0.
    A batch needs at least two numbers a channel: of one alone nothing is left, and the layers before learn nothing.
    """

    kind = "batch_norm"
    FIELDS = (("momentum", "real", 99 / 100), ("epsilon", "real", 1 / 1000))

    def __init__(self, momentum: float = 99 / 100, epsilon: float = 1 / 1000) -> None:
        self.momentum = check_float("momentum", momentum, 0.0, below=1.0)
        self.epsilon = check_float("epsilon", epsilon, 0.0)
        if not self.epsilon:
            raise ValueError("epsilon: expected a number above 0, for numbers that are all equal have no variance")

    def plan(self, shape: "Shape") -> LayerPlan:
        channels = shape[-1:]
        return LayerPlan(
            shape, [("batch_norm", None, (self.epsilon, self.momentum))],
            [("gamma", channels, 1.0), ("beta", channels, 0.0)], (1, 1),
            [("moving_mean", channels, 0.0), ("moving_variance", channels, 1.0)])
