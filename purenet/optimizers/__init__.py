"""The optimizers: settings that a network is trained with, no arithmetic."""
from .._core.configurable import class_of_kind
from .sgd import SGD

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def optimizer_class(kind: "Any") -> "Any":
    """The class of such a kind of optimizer; ValueError for none.  All but SGD have a room of their own."""
    if kind == SGD.kind:
        return SGD
    from .kinds import OPTIMIZERS

    return class_of_kind(kind, OPTIMIZERS)
