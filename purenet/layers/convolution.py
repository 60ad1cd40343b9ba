"""The layer Conv2D."""
from .._core.checks import check_bool, check_float, check_int
from .._core.plan import LayerPlan
from .._core.window import check_padding, check_pair, window_over
from .activations import check_activation
from .base import PENALTIES, Layer
from .initialisers import check_initialiser

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .._core.arrays import Shape
    from .._core.plan import Array


class Conv2D(Layer):
    """A 2D convolution of images with ``filters`` kernels.

    Samples are images of height x width x channels, as in ``Network(inputs=(28, 28, 1), ...)``.
    ``kernel_size``, ``strides``: one number, or (rows, columns).
    ``padding``: "valid" adds none. "same" adds zeros around the image, so that there is an output for every stride. An
    odd row of zeros goes below, an odd column to the right.
    The output is out_height x out_width x filters.
    ``activation``, ``init``, ``l1``, ``l2``: as in ``Dense``.
    Parameters: "kernel" (rows x columns x channels x filters) and, unless ``bias=False``, "bias" (filters).
    """

    kind = "conv2d"
    FIELDS = (("filters", "word", None), ("kernel_size", "word", None), ("strides", "word", (1, 1)),
              ("padding", "word", "valid"), ("activation", "activation", "linear"), ("bias", "word", True),
              ("init", "init", None)) + PENALTIES
    POSITIONAL = 2

    def __init__(
        self, filters: int, kernel_size: "Any", strides: "Any" = 1, padding: str = "valid",
        activation: "Any" = "linear", bias: bool = True, init: "Any" = None, l1: float = 0.0, l2: float = 0.0,
    ) -> None:
        self.filters = check_int("filters", filters, 1)
        self.kernel_size = check_pair("kernel_size", kernel_size)
        self.strides = check_pair("strides", strides)
        self.padding = check_padding(padding)
        self.activation, self.slopes = check_activation(activation)
        self.bias = check_bool("bias", bias)
        self.init = None if init is None else check_initialiser(init)
        self.l1, self.l2 = check_float("l1", l1, 0.0), check_float("l2", l2, 0.0)

    def plan(self, shape: "Shape") -> LayerPlan:
        window = window_over(self.kind, shape, self.kernel_size, self.strides, self.padding, self.filters)
        cells = self.kernel_size[0] * self.kernel_size[1]
        fans = cells * window.channels, cells * self.filters
        arrays: "list[Array]" = [
            ("kernel", self.kernel_size + (window.channels, self.filters), None), ("bias", (self.filters,), "bias")]
        return LayerPlan(window.shape(), self.activated([("conv2d", window, ())]), arrays[:1 + self.bias], fans)
