"""Layers: descriptions, no arithmetic.  ``parts`` says what a layer adds to a plan."""
from .checks import activation_named, flag, initialiser_named, real, whole
from .descriptions import Description, of_kind
from .shapes import product

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, List, Optional, Sequence, Tuple

    from .image_layers import Window

    Shape = Tuple[int, ...]
    Array = Tuple[str, Shape, Any]
    Part = Tuple[str, Optional[Window], Tuple[float, ...]]

BIAS = "bias"  # the start of an array that begins as biases do
PENALTIES = (("l1", "option", 0.0), ("l2", "option", 0.0))  # fields of layers with weights


class Parts:
    """What a layer adds to a plan.

    ``shape``: that of a sample after it; ``steps``: (kind, window, reals) of each; ``arrays``: (name, shape, start) of
    each parameter, start being "bias", a number, or None for the layer's own initialiser or the network's (of weights:
    to them the layer's penalties apply);
    ``fans``: how many numbers meet in an output, and in how many outputs a number goes; ``statistics``: (name, shape,
    start) of each.  Parameters and statistics are the first step's.
    """

    def __init__(
        self, shape: "Shape", steps: "List[Part]", arrays: "Sequence[Array]" = (), fans: "Tuple[int, int]" = (1, 1),
        statistics: "Sequence[Array]" = (),
    ) -> None:
        self.shape = shape
        self.steps = steps
        self.arrays = arrays
        self.fans = fans
        self.statistics = statistics


class Layer(Description):
    """What every layer is: settings that may be changed until a network is made of it, which takes a copy."""

    of_network = False  # a network's own, of which its plan is made
    activation = "linear"
    init: "Any" = None
    l1 = l2 = 0.0  # how much |w| and w * w of its weights cost

    def fixed(self, functions: bool = False) -> "Any":
        """A copy that a network is made of: it cannot be changed."""
        layer = self.copy(functions)
        layer.of_network = True
        return layer

    def __setattr__(self, name: str, value: "Any") -> None:
        if self.of_network:
            cure = "make a new network, of a copy() of the layer for example"
            raise AttributeError(f"{name}: the layers of a network cannot be changed; {cure}")
        object.__setattr__(self, name, value)

    def parts(self, shape: "Shape") -> Parts:
        """What it adds to a plan behind samples of such a shape; ValueError where they do not fit."""
        raise NotImplementedError

    def activated(self, steps: "List[Part]") -> "List[Part]":
        """The steps with the layer's activation behind them."""
        return steps if self.activation == "linear" else steps + [(self.activation, None, self.slopes)]


class Dense(Layer):
    """A dense layer of ``units`` outputs, each of which sees every input; of an image, every number of it.

    ``activation``: "linear", "sigmoid", "tanh", "relu", "leaky_relu" (slope 0.01; ``("leaky_relu", 0.2)``
    sets it), "softplus", "elu" (slope 1.0, likewise), "silu", "gelu" (by tanh), or "softmax" for the last layer.
    ``init`` goes before the network's.
    ``l1``, ``l2``: penalties of l1 |w| and l2 w w for every weight, which change gradients and not the reported loss.
    Its parameters are "weights" (inputs x units) and, unless ``bias=False``, "bias" (units).
    """

    kind = "dense"
    FIELDS = (("units", "word", None), ("activation", "activation", "linear"), ("bias", "word", True),
              ("init", "init", None)) + PENALTIES
    PLAIN = 2

    def __init__(
        self, units: int, activation: "Any" = "linear", bias: bool = True, init: "Any" = None, l1: float = 0.0,
        l2: float = 0.0,
    ) -> None:
        self.units = whole("units", units, 1)
        self.activation, self.slopes = activation_named(activation)
        self.bias = flag("bias", bias)
        self.init = None if init is None else initialiser_named(init)
        self.l1, self.l2 = real("l1", l1, 0.0), real("l2", l2, 0.0)

    def parts(self, shape: "Shape") -> Parts:
        inputs = product(shape)
        arrays: "List[Array]" = [("weights", (inputs, self.units), None), ("bias", (self.units,), BIAS)]
        return Parts((self.units,), self.activated([("dense", None, ())]), arrays[:1 + self.bias], (inputs, self.units))


class Flatten(Layer):
    """The numbers of an image as one row: by row, column, channel.  Dense does that by itself."""

    kind = "flatten"

    def parts(self, shape: "Shape") -> Parts:
        return Parts((product(shape),), [])


class Activation(Layer):
    """An activation by itself, for example behind a BatchNorm: "sigmoid", "tanh", "relu" and so on, as in Dense."""

    kind = "activation"
    FIELDS = (("activation", "activation", None),)
    PLAIN = 1

    def __init__(self, activation: "Any") -> None:
        self.activation, self.slopes = activation_named(activation)

    def parts(self, shape: "Shape") -> Parts:
        return Parts(shape, self.activated([]))


class Dropout(Layer):
    """In training every number is left out with probability ``rate``, and the others are multiplied by 1 / (1 - rate).

    Predicting and evaluating leave nothing out.  What is left out depends on the network's seed, the layer and the
    step of training alone, so a run that is saved and goes on elsewhere leaves out the same.
    """

    kind = "dropout"
    FIELDS = (("rate", "real", None),)
    PLAIN = 1

    def __init__(self, rate: float) -> None:
        self.rate = real("rate", rate, 0.0, below=1.0)

    def parts(self, shape: "Shape") -> Parts:
        return Parts(shape, [("dropout", None, (self.rate,))])


class BatchNorm(Layer):
    """Batch normalisation: each channel (of rows, each number) to mean 0 and variance 1, then times gamma plus beta.

    Training takes mean and biased variance from the batch, whose sample weights do not matter for them; predicting
    takes the kept ones, "moving_mean" and "moving_variance", which every batch moves by 1 - ``momentum`` (0.99) towards
    its own.  ``epsilon`` (0.001) is added to the variance.  Its parameters are "gamma", first 1, and "beta", first 0.
    A batch needs at least two numbers a channel: of one alone nothing is left, and the layers before learn nothing.
    """

    kind = "batch_norm"
    FIELDS = (("momentum", "real", 99 / 100), ("epsilon", "real", 1 / 1000))

    def __init__(self, momentum: float = 99 / 100, epsilon: float = 1 / 1000) -> None:
        self.momentum = real("momentum", momentum, 0.0, below=1.0)
        self.epsilon = real("epsilon", epsilon, 0.0)
        if not self.epsilon:
            raise ValueError("epsilon: expected a number above 0, for numbers that are all equal have no variance")

    def parts(self, shape: "Shape") -> Parts:
        channels = shape[-1:]
        return Parts(
            shape, [("batch_norm", None, (self.epsilon, self.momentum))],
            [("gamma", channels, 1.0), ("beta", channels, 0.0)], (1, 1),
            [("moving_mean", channels, 0.0), ("moving_variance", channels, 1.0)])


FLAT = (Dense, Flatten, Activation, Dropout, BatchNorm)  # those of images have a room of their own


def layer_of_kind(kind: "Any") -> "Any":
    """The class of such a kind of layer; ValueError for none."""
    for layer in FLAT:
        if layer.kind == kind:
            return layer
    from .image_layers import LAYERS

    return of_kind(kind, LAYERS)
