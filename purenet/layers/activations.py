"""The activations: their settings, the check of their names, and the layer."""
from .._core.checks import check_name_and_settings
from .._core.plan import LayerPlan
from .base import Layer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Tuple

    from .._core.arrays import Shape

ACTIVATION_SETTINGS = {  # by name: the numbers it takes, with their usual values
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
}  # type: dict[str, Tuple[float, ...]]


def check_activation(value: "Any") -> "Tuple[str, Tuple[float, ...]]":
    """The name of an activation and the numbers it takes."""
    return check_name_and_settings("activation", value, ACTIVATION_SETTINGS)


class Activation(Layer):
    """An activation by itself, for example behind a BatchNorm: "sigmoid", "tanh", "relu" and so on, as in Dense."""

    kind = "activation"
    FIELDS = (("activation", "activation", None),)
    POSITIONAL = 1

    def __init__(self, activation: "Any") -> None:
        self.activation, self.slopes = check_activation(activation)

    def plan(self, shape: "Shape") -> LayerPlan:
        return LayerPlan(shape, self.activated([]))
