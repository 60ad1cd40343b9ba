"""The layer Activation, and the names and settings of the activations."""
from .._core.checks import check_name_and_settings
from .._core.plan import LayerPlan
from .base import Layer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .._core.arrays import Shape

ACTIVATION_SETTINGS = {  # name: default values of its settings
    "linear": (),
    "sigmoid": (),
    "tanh": (),
    "relu": (),
    "leaky_relu": (1 / 100,),
    "softplus": (),
    "softmax": (),
    "elu": (1.0,),
    "silu": (),
    "gelu": (),
}  # type: dict[str, tuple[float, ...]]


def check_activation(value: "Any") -> "tuple[str, tuple[float, ...]]":
    """Return the name of an activation and its settings, from a name or a tuple of both."""
    return check_name_and_settings("activation", value, ACTIVATION_SETTINGS)


class Activation(Layer):
    """An activation as a layer of its own, for example after BatchNorm: any activation of ``Dense``."""

    kind = "activation"
    FIELDS = (("activation", "activation", None),)
    POSITIONAL = 1

    def __init__(self, activation: "Any") -> None:
        self.activation, self.slopes = check_activation(activation)

    def plan(self, shape: "Shape") -> LayerPlan:
        return LayerPlan(shape, self.activated([]))
