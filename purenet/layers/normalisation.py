"""The layer BatchNorm."""
from .._core.checks import check_float
from .._core.plan import LayerPlan
from .base import Layer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .._core.arrays import Shape


class BatchNorm(Layer):
    """Batch normalisation: scale each channel (each column of rows) to mean 0 and variance 1, then gamma x + beta.

    Training uses the mean and the biased variance of the batch, without sample weights. Prediction uses
    "moving_mean" and "moving_variance", which every batch moves by 1 - ``momentum`` towards its own.
    ``epsilon`` is added to the variance. Parameters: "gamma", initially 1, and "beta", initially 0.
    A batch needs at least two numbers per channel: a single number becomes 0, and earlier layers learn nothing.
    """

    kind = "batch_norm"
    FIELDS = (("momentum", "real", 99 / 100), ("epsilon", "real", 1 / 1000))

    def __init__(self, momentum: float = 99 / 100, epsilon: float = 1 / 1000) -> None:
        self.momentum = check_float("momentum", momentum, 0.0, below=1.0)
        self.epsilon = check_float("epsilon", epsilon, 0.0)
        if not self.epsilon:
            raise ValueError("epsilon: expected a number above 0, because equal numbers have variance 0")

    def plan(self, shape: "Shape") -> LayerPlan:
        channels = shape[-1:]
        return LayerPlan(
            shape, [("batch_norm", None, (self.epsilon, self.momentum))],
            [("gamma", channels, 1.0), ("beta", channels, 0.0)], (1, 1),
            [("moving_mean", channels, 0.0), ("moving_variance", channels, 1.0)])
