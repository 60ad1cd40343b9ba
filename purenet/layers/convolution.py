"""Layers over images, and the window that goes over them: descriptions, no arithmetic."""
from .._core.checks import check_bool, check_float, check_int
from .._core.plan import LayerPlan
from .._core.window import check_padding, check_pair, window_over
from .activations import check_activation
from .base import BIAS, PENALTIES, Layer
from .initialisers import check_initialiser

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, List

    from .._core.arrays import Shape
    from .._core.plan import Array


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
        arrays: "List[Array]" = [
            ("kernel", self.kernel_size + (window.channels, self.filters), None), ("bias", (self.filters,), BIAS)]
        return LayerPlan(window.shape(), self.activated([("conv2d", window, ())]), arrays[:1 + self.bias], fans)
