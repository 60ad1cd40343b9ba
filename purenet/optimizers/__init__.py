"""Optimizers: their settings. What an optimizer computes is in ``purenet.reference.optimizers``."""
from .._core.lazy import load_class, load_kind
from .base import Optimizer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .adagrad import Adagrad
    from .adam import Adam, AdamW
    from .rmsprop import RMSprop
    from .rprop import Rprop
    from .sgd import SGD

__all__ = ["Adagrad", "Adam", "AdamW", "Optimizer", "RMSprop", "Rprop", "SGD"]

KINDS = (  # kind in model files, module, class
    ("sgd", "sgd", "SGD"),
    ("rmsprop", "rmsprop", "RMSprop"),
    ("adagrad", "adagrad", "Adagrad"),
    ("adam", "adam", "Adam"),
    ("adamw", "adam", "AdamW"),
    ("rprop", "rprop", "Rprop"),
)


def __getattr__(name: str) -> "Any":
    return load_class("purenet.optimizers", KINDS, name)


def optimizer_class(kind: "Any") -> "Any":
    """Return the class of a kind of optimizer; raise ValueError for an unknown kind."""
    return load_kind("purenet.optimizers", KINDS, kind)
