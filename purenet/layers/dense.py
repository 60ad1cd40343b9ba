"""The layer Dense."""
from .._core.arrays import size_of
from .._core.checks import check_bool, check_float, check_int
from .._core.plan import LayerPlan
from .activations import check_activation
from .base import PENALTIES, Layer
from .initialisers import check_initialiser

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .._core.arrays import Shape
    from .._core.plan import Array


class Dense(Layer):
    """A fully connected layer with ``units`` outputs. An image is flattened first.

    ``activation``: "linear", "sigmoid", "tanh", "relu", "leaky_relu" (slope 0.01; ``("leaky_relu", 0.2)`` sets it),
    "softplus", "elu" (alpha 1.0, set likewise), "silu", "gelu" (with tanh), or "softmax" in the last layer.
    ``init``: an initialiser for this layer instead of the network's.
    ``l1``, ``l2``: penalties l1 |w| and l2 w w for every weight. They change gradients, not the reported loss.
    Parameters: "weights" (inputs x units) and, unless ``bias=False``, "bias" (units).
    """

    kind = "dense"
    FIELDS = (("units", "word", None), ("activation", "activation", "linear"), ("bias", "word", True),
              ("init", "init", None)) + PENALTIES
    POSITIONAL = 2

    def __init__(
        self, units: int, activation: "Any" = "linear", bias: bool = True, init: "Any" = None, l1: float = 0.0,
        l2: float = 0.0,
    ) -> None:
        self.units = check_int("units", units, 1)
        self.activation, self.slopes = check_activation(activation)
        self.bias = check_bool("bias", bias)
        self.init = None if init is None else check_initialiser(init)
        self.l1, self.l2 = check_float("l1", l1, 0.0), check_float("l2", l2, 0.0)

    def plan(self, shape: "Shape") -> LayerPlan:
        inputs = size_of(shape)
        arrays: "list[Array]" = [("weights", (inputs, self.units), None), ("bias", (self.units,), "bias")]
        steps = self.activated([("dense", None, ())])
        return LayerPlan((self.units,), steps, arrays[:1 + self.bias], (inputs, self.units))
