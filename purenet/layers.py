"""Layers: descriptions, no arithmetic.  ``parts`` says what a layer adds to a plan."""
from .checks import activation_named, flag, initialiser_named, whole
from .descriptions import Description

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, List, Optional, Tuple

    from .plan import Window

    Shape = Tuple[int, ...]
    Array = Tuple[str, Shape, Any]
    Part = Tuple[str, Shape, Optional[Window], Tuple[float, ...], int]

BIAS = "bias"  # the start of an array that begins as biases do


class Parts:
    """What a layer is made of.

    ``arrays``: (name, shape, start) of each parameter, start being "bias", the name of an initialiser, or None for
    the layer's own or the network's; ``fans``: how many numbers meet in an output, and how many outputs a number
    has; ``steps``: (kind, shape of a sample after it, window, reals, how many of the arrays are its own).
    """

    def __init__(self, arrays: "List[Array]", fans: "Tuple[int, int]", steps: "List[Part]") -> None:
        self.arrays = arrays
        self.fans = fans
        self.steps = steps

    def activated(self, activation: str, slopes: "Tuple[float, ...]") -> "Parts":
        """The same with an activation behind."""
        if activation != "linear":
            self.steps.append((activation, self.steps[-1][1], None, slopes, 0))
        return self


class Layer(Description):
    """What every layer is."""

    activation = "linear"
    init: "Any" = None

    def parts(self, shape: "Shape") -> Parts:
        """What it adds to a plan behind samples of such a shape; ValueError where they do not fit."""
        raise NotImplementedError


class Dense(Layer):
    """A dense layer of ``units`` outputs, each of which sees every input.

    ``activation``: "linear", "sigmoid", "tanh", "relu", "leaky_relu" (slope 0.01; ``("leaky_relu", 0.2)``
    sets it), "softplus", or "softmax" for the last layer.  ``init`` goes before the network's.
    Its parameters are "weights" (inputs x units) and, unless ``bias=False``, "bias" (units).
    """

    kind = "dense"
    FIELDS = (("units", "word", None), ("activation", "activation", "linear"), ("bias", "word", True),
              ("init", "init", None))
    PLAIN = 2

    def __init__(self, units: int, activation: "Any" = "linear", bias: bool = True, init: "Any" = None) -> None:
        self.units = whole("units", units, 1)
        self.activation, self.slopes = activation_named(activation)
        self.bias = flag("bias", bias)
        self.init = None if init is None else initialiser_named(init)

    def parts(self, shape: "Shape") -> Parts:
        """Weights, a bias, and the activation; of an image every number is an input."""
        inputs = 1
        for size in shape:
            inputs *= size
        arrays: "List[Array]" = [("weights", (inputs, self.units), None)]
        if self.bias:
            arrays.append(("bias", (self.units,), BIAS))
        steps: "List[Part]" = [("dense", (self.units,), None, (), len(arrays))]
        return Parts(arrays, (inputs, self.units), steps).activated(self.activation, self.slopes)


LAYERS = (Dense,)
