"""The base class of the layers."""
from .._core.configurable import Configurable
from .._core.plan import LayerPlan

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .._core.arrays import Shape
    from .._core.plan import Part

PENALTIES = (("l1", "option", 0.0), ("l2", "option", 0.0))  # the last FIELDS of layers with weights


class Layer(Configurable):
    """The base class of layers. A network copies its layers; the settings of these copies cannot be changed."""

    of_network = False  # whether it is a network's copy, which cannot be changed
    activation = "linear"
    init: "Any" = None
    l1 = l2 = 0.0  # the penalties of |w| and w * w for each weight w

    def frozen_copy(self, functions: bool = False) -> "Any":
        """Return a copy whose settings cannot be changed."""
        layer = self.copy(functions)
        layer.of_network = True
        return layer

    def __setattr__(self, name: str, value: "Any") -> None:
        if self.of_network:
            cure = "make a new network, for example with a changed copy() of the layer"
            raise AttributeError(f"{name}: the layers of a network cannot be changed; {cure}")
        object.__setattr__(self, name, value)

    def plan(self, shape: "Shape") -> LayerPlan:
        """Return what the layer adds to a plan for samples of this shape; raise ValueError if it cannot take them."""
        raise NotImplementedError

    def activated(self, steps: "list[Part]") -> "list[Part]":
        """Return the steps followed by the layer's activation."""
        return steps if self.activation == "linear" else steps + [(self.activation, None, self.slopes)]
