"""Layers: descriptions, no arithmetic.  ``parts`` says what a layer adds to a plan."""
from .checks import activation_named, flag, initialiser_named, named, real, whole
from .descriptions import Description
from .plan import Window
from .shapes import product, spelled
from .wording import shown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, List, Optional, Sequence, Tuple

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
    """What every layer is."""

    activation = "linear"
    init: "Any" = None
    l1 = l2 = 0.0  # how much |w| and w * w of its weights cost

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


class Conv2D(Layer):
    """A convolution of images: ``filters`` kernels of ``kernel_size`` go over the image by ``strides``.

    Samples are images of height x width x channels, channels last, such as ``Network(inputs=(28, 28, 1), ...)``.
    ``kernel_size`` and ``strides``: one number, or (rows, columns).  ``padding``: "valid", every output sees a part of
    the image, or "same", the image is surrounded by zeros so that there is an output for every stride (an odd row or
    column of zeros goes below or to the right).  Output: out_height x out_width x filters.
    ``l1``, ``l2``: penalties of the kernel, as in ``Dense``.
    Its parameters are "kernel" (rows x columns x channels x filters) and, unless ``bias=False``, "bias" (filters).
    """

    kind = "conv2d"
    FIELDS = (("filters", "word", None), ("kernel_size", "word", None), ("strides", "word", (1, 1)),
              ("padding", "word", "valid"), ("activation", "activation", "linear"), ("bias", "word", True),
              ("init", "init", None)) + PENALTIES
    PLAIN = 2

    def __init__(
        self, filters: int, kernel_size: "Any", strides: "Any" = 1, padding: str = "valid",
        activation: "Any" = "linear", bias: bool = True, init: "Any" = None, l1: float = 0.0, l2: float = 0.0,
    ) -> None:
        self.filters = whole("filters", filters, 1)
        self.kernel_size = pair("kernel_size", kernel_size)
        self.strides = pair("strides", strides)
        self.padding = padding_named(padding)
        self.activation, self.slopes = activation_named(activation)
        self.bias = flag("bias", bias)
        self.init = None if init is None else initialiser_named(init)
        self.l1, self.l2 = real("l1", l1, 0.0), real("l2", l2, 0.0)

    def parts(self, shape: "Shape") -> Parts:
        window = window_over(self.kind, shape, self.kernel_size, self.strides, self.padding, self.filters)
        cells = self.kernel_size[0] * self.kernel_size[1]
        fans = cells * window.channels, cells * self.filters
        arrays: "List[Array]" = [
            ("kernel", self.kernel_size + (window.channels, self.filters), None), ("bias", (self.filters,), BIAS)]
        return Parts(window.shape(), self.activated([("conv2d", window, ())]), arrays[:1 + self.bias], fans)


class Pool2D(Layer):
    """What the poolings have in common."""

    FIELDS = (("pool_size", "word", (2, 2)), ("strides", "word", None), ("padding", "word", "valid"))
    PLAIN = 1

    def __init__(self, pool_size: "Any" = 2, strides: "Any" = None, padding: str = "valid") -> None:
        self.pool_size = pair("pool_size", pool_size)
        self.strides = None if strides is None else pair("strides", strides)
        self.padding = padding_named(padding)

    def parts(self, shape: "Shape") -> Parts:
        strides = self.strides or self.pool_size
        window = window_over(self.kind, shape, self.pool_size, strides, self.padding, 0)
        return Parts(window.shape(), [(self.kind, window, ())])


class MaxPool2D(Pool2D):
    """The largest number of every ``pool_size`` part of an image, each channel by itself; ties go to the first.

    ``strides``: the pool's size where they are not given; ``padding``: "valid" or "same", whose padding takes no part.
    """

    kind = "max_pool"


class AveragePool2D(Pool2D):
    """The mean of every ``pool_size`` part of an image, each channel by itself.

    ``strides``: the pool's size where they are not given; ``padding``: "valid" or "same", whose padding does not count.
    """

    kind = "average_pool"


class GlobalAveragePool2D(Layer):
    """The mean of the whole image, each channel by itself: a number a channel."""

    kind = "global_average_pool"

    def parts(self, shape: "Shape") -> Parts:
        window = window_over(self.kind, shape, shape[:2], (1, 1), "valid", 0)
        return Parts((window.channels,), [("average_pool", window, ())])


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
    """In training every number is left out with probability ``rate``, and the others are divided by 1 - rate.

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


LAYERS = (Dense, Conv2D, MaxPool2D, AveragePool2D, GlobalAveragePool2D, Flatten, Activation, Dropout, BatchNorm)


# settings ------------------------------------------------------------------------------------------

def pair(name: str, value: "Any") -> "Tuple[int, int]":
    """Rows and columns, from one number for both or from two."""
    if isinstance(value, (tuple, list)) and len(value) == 2:
        return whole(name, value[0], 1), whole(name, value[1], 1)
    if isinstance(value, (tuple, list)):
        raise ValueError(f"{name}: expected one whole number or (rows, columns), got {shown(value)}")
    if isinstance(value, str):
        raise TypeError(f"{name}: expected a whole number, got {value[:20]!r}; an activation is written activation=...")
    number = whole(name, value, 1)
    return number, number


def padding_named(padding: "Any") -> str:
    """"valid" or "same"."""
    named("padding", padding, ("valid", "same"))
    return str(padding)


def window_over(
    kind: str, shape: "Shape", kernel: "Any", strides: "Tuple[int, int]", padding: str, filters: int
) -> Window:
    """The window of a layer over images of such a shape; filters 0: as many as the image has channels."""
    if len(shape) != 3:
        got = f"rows of {product(shape)} numbers"
        raise ValueError(f"{kind} needs images, rows x columns x channels, such as inputs=(28, 28, 1), and gets {got}")
    if padding == "valid" and (kernel[0] > shape[0] or kernel[1] > shape[1]):
        raise ValueError(f"the {spelled(kernel)} window of this {kind} is larger than its image of {spelled(shape)} "
                         "(rows, columns, channels); padding=\"same\" goes beyond the image's edge")
    image = shape[0], shape[1], shape[2]
    return Window(image, kernel, strides, padding == "same", filters or shape[2])
