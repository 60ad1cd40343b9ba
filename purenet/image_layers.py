"""Layers over images, and the window that goes over them: descriptions, no arithmetic."""
from .checks import activation_named, flag, initialiser_named, named, real, whole
from .layers import BIAS, FLAT, PENALTIES, Layer, Parts
from .shapes import product, spelled
from .wording import shown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, List, Tuple

    from .layers import Array, Shape


class Window:
    """How a kernel goes over images, channels last, row by row: what convolutions and poolings need to know.

    Sizes are (rows, columns).  ``top`` and ``left``: rows and columns that "same" padding adds there; what it adds
    below and to the right follows from the other sizes.  ``filters``: channels of the output.
    """

    __slots__ = ("height", "width", "channels", "rows", "columns", "down", "right", "top", "left", "out_height",
                 "out_width", "filters")

    def __init__(
        self, image: "Tuple[int, int, int]", kernel: "Tuple[int, int]", strides: "Tuple[int, int]", same: bool,
        filters: int,
    ) -> None:
        self.height, self.width, self.channels = image
        self.rows, self.columns = kernel
        # one that leaves the image gives one output however long it is; no place is computed with it then
        self.down, self.right = min(strides[0], image[0]), min(strides[1], image[1])
        self.filters = filters
        self.top = self.left = 0
        if same:  # an output for every stride; the odd row of padding goes below, the odd column to the right
            self.out_height = (self.height + self.down - 1) // self.down
            self.out_width = (self.width + self.right - 1) // self.right
            self.top = max(0, (self.out_height - 1) * self.down + self.rows - self.height) // 2
            self.left = max(0, (self.out_width - 1) * self.right + self.columns - self.width) // 2
        else:
            self.out_height = (self.height - self.rows) // self.down + 1
            self.out_width = (self.width - self.columns) // self.right + 1

    def __repr__(self) -> str:
        image, kernel = (self.height, self.width, self.channels), (self.rows, self.columns)
        strides = f"strides {spelled((self.down, self.right))}, padding {spelled((self.top, self.left))}"
        return f"<Window: {spelled(image)} by {spelled(kernel)}, {strides} -> {spelled(self.shape())}>"

    def shape(self) -> "Tuple[int, int, int]":
        """The shape of an output image."""
        return self.out_height, self.out_width, self.filters

    def integers(self) -> "List[int]":
        """The numbers in the order of the slots."""
        return [getattr(self, name) for name in self.__slots__]


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


LAYERS = FLAT + (Conv2D, MaxPool2D, AveragePool2D, GlobalAveragePool2D)  # all there are


# settings ------------------------------------------------------------------------------------------

def pair(name: str, value: "Any") -> "Tuple[int, int]":
    """Rows and columns, from one number for both or from two."""
    if isinstance(value, (tuple, list)) and len(value) == 2:
        return whole(name, value[0], 1), whole(name, value[1], 1)
    if isinstance(value, (tuple, list)):
        raise ValueError(f"{name}: expected one whole number or (rows, columns), got {shown(value)}")
    if isinstance(value, str):
        cure = "an activation is written activation=... (of Conv2D), or is a layer, Activation(...)"
        if value in ("valid", "same"):
            cure = "the padding is written padding=..."
        raise TypeError(f"{name}: expected a whole number, got {value[:20]!r}; {cure}")
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
