"""Learning-rate schedules, which compute the learning rate of every step of a training."""
from ..._core.lazy import load_class, load_kind

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .base import Schedule
    from .decay import Constant, CosineDecay, ExponentialDecay, InverseScaling, StepDecay
    from .plateau import ReduceOnPlateau
    from .warm_up import WarmUp

__all__ = [
    "Constant", "CosineDecay", "ExponentialDecay", "InverseScaling", "ReduceOnPlateau", "Schedule", "StepDecay",
    "WarmUp",
]

KINDS = (  # kind in model files, module, class
    ("constant", "decay", "Constant"),
    ("step_decay", "decay", "StepDecay"),
    ("exponential_decay", "decay", "ExponentialDecay"),
    ("inverse_scaling", "decay", "InverseScaling"),
    ("cosine_decay", "decay", "CosineDecay"),
    ("reduce_on_plateau", "plateau", "ReduceOnPlateau"),
    ("warm_up", "warm_up", "WarmUp"),
)


def __getattr__(name: str) -> "Any":
    if name == "Schedule":
        from .base import Schedule

        return Schedule
    return load_class("purenet.optimizers.schedules", KINDS, name)


def schedule_class(kind: "Any") -> "Any":
    """Return the class of a kind of schedule; raise ValueError for an unknown kind."""
    return load_kind("purenet.optimizers.schedules", KINDS, kind)
