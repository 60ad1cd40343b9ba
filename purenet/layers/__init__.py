"""The layers: settings that a network is built from, no arithmetic."""
from .._core.configurable import class_of_kind
from .activations import Activation
from .dense import Dense
from .dropout import Dropout
from .normalisation import BatchNorm
from .reshaping import Flatten

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

ROW_LAYERS = (Dense, Flatten, Activation, Dropout, BatchNorm)  # those of images have a room of their own


def layer_class(kind: "Any") -> "Any":
    """The class of such a kind of layer; ValueError for none."""
    for layer in ROW_LAYERS:
        if layer.kind == kind:
            return layer
    from .kinds import LAYERS

    return class_of_kind(kind, LAYERS)
