"""The layer Dropout."""
from .._core.checks import check_float
from .._core.plan import LayerPlan
from .base import Layer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .._core.arrays import Shape


class Dropout(Layer):
    """In training, set each number to 0 with probability ``rate`` and multiply the others by 1 / (1 - rate).

    Prediction and evaluation drop nothing. The mask depends only on the network's seed, the layer and the training
    step, so a network that is saved and loaded goes on with the same masks.
    """

    kind = "dropout"
    FIELDS = (("rate", "real", None),)
    POSITIONAL = 1

    def __init__(self, rate: float) -> None:
        self.rate = check_float("rate", rate, 0.0, below=1.0)

    def plan(self, shape: "Shape") -> LayerPlan:
        return LayerPlan(shape, [("dropout", None, (self.rate,))])
