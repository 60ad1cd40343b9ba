"""Layers: descriptions, no arithmetic.  ``parts`` says what a layer adds to a plan."""
from .._core.configurable import Configurable
from .._core.plan import LayerPlan

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, List

    from .._core.arrays import Shape
    from .._core.plan import Part

BIAS = "bias"  # the start of an array that begins as biases do
PENALTIES = (("l1", "option", 0.0), ("l2", "option", 0.0))  # fields of layers with weights


class Layer(Configurable):
    """What every layer is: settings that may be changed until a network is made of it, which takes a copy."""

    of_network = False  # a network's own, of which its plan is made
    activation = "linear"
    init: "Any" = None
    l1 = l2 = 0.0  # how much |w| and w * w of its weights cost

    def frozen_copy(self, functions: bool = False) -> "Any":
        """A copy that a network is made of: it cannot be changed."""
        layer = self.copy(functions)
        layer.of_network = True
        return layer

    def __setattr__(self, name: str, value: "Any") -> None:
        if self.of_network:
            cure = "make a new network, of a copy() of the layer for example"
            raise AttributeError(f"{name}: the layers of a network cannot be changed; {cure}")
        object.__setattr__(self, name, value)

    def plan(self, shape: "Shape") -> LayerPlan:
        """What it adds to a plan behind samples of such a shape; ValueError where they do not fit."""
        raise NotImplementedError

    def activated(self, steps: "List[Part]") -> "List[Part]":
        """The steps with the layer's activation behind them."""
        return steps if self.activation == "linear" else steps + [(self.activation, None, self.slopes)]
