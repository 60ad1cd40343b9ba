"""All schedules, by which files name them."""
from ..._core.configurable import class_of_kind
from .decay import Constant, CosineDecay, ExponentialDecay, InverseScaling, StepDecay
from .plateau import ReduceOnPlateau
from .warm_up import WarmUp

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

SCHEDULES = (Constant, StepDecay, ExponentialDecay, InverseScaling, CosineDecay, ReduceOnPlateau, WarmUp)


def schedule_class(kind: "Any") -> "Any":
    """The class of such a kind of schedule; ValueError for none."""
    return class_of_kind(kind, SCHEDULES)
