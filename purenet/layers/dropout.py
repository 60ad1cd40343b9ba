"""The dropout layer."""
from .._core.checks import check_float
from .._core.plan import LayerPlan
from .base import Layer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .._core.arrays import Shape


class Dropout(Layer):
    """In training every number is left out with probability ``rate``, and the others are multiplied by 1 / (1 - rate).

    Predicting and evaluating leave nothing out.  What is left out depends on the network's seed, the layer and the
    step of training alone, so a run that is saved and goes on elsewhere leaves out the same.
    """

    kind = "dropout"
    FIELDS = (("rate", "real", None),)
    POSITIONAL = 1

    def __init__(self, rate: float) -> None:
        self.rate = check_float("rate", rate, 0.0, below=1.0)

    def plan(self, shape: "Shape") -> LayerPlan:
        return LayerPlan(shape, [("dropout", None, (self.rate,))])
