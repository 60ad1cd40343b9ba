"""Layers: descriptions, no arithmetic."""
from .checks import activation_named, flag, initialiser_named, whole

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, List, Tuple


class Dense:
    """A dense layer of ``units`` outputs, each of which sees every input.

    ``activation``: "linear", "sigmoid", "tanh", "relu", "leaky_relu" (slope 0.01; ``("leaky_relu", 0.2)``
    sets it), "softplus", or "softmax" for the last layer.  ``init`` goes before the network's.
    Its parameters are "weights" (inputs x units) and, unless ``bias=False``, "bias" (units).
    """

    def __init__(self, units: int, activation: "Any" = "linear", bias: bool = True, init: "Any" = None) -> None:
        self.units = whole("units", units, 1)
        self.activation, self.slopes = activation_named(activation)
        self.bias = flag("bias", bias)
        self.init = None if init is None else initialiser_named(init)

    def parameters(self, inputs: int) -> "List[Tuple[str, Tuple[int, ...], bool]]":
        """(name, shape, whether it is a bias) of each parameter, for so many inputs."""
        weights: "Tuple[str, Tuple[int, ...], bool]" = ("weights", (inputs, self.units), False)
        return [weights, ("bias", (self.units,), True)] if self.bias else [weights]

    def __repr__(self) -> str:
        activation = (self.activation,) + self.slopes if self.slopes else self.activation
        text = f"Dense({self.units}, {activation!r}"
        if not self.bias:
            text += ", bias=False"
        if self.init is not None:
            text += f", init={self.init!r}"
        return text + ")"
