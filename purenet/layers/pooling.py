"""The layers MaxPool2D, AveragePool2D and GlobalAveragePool2D."""
from .._core.plan import LayerPlan
from .._core.window import check_padding, check_pair, window_over
from .base import Layer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .._core.arrays import Shape


class Pool2D(Layer):
    """The base class of MaxPool2D and AveragePool2D."""

    FIELDS = (("pool_size", "word", (2, 2)), ("strides", "word", None), ("padding", "word", "valid"))
    POSITIONAL = 1

    def __init__(self, pool_size: "Any" = 2, strides: "Any" = None, padding: str = "valid") -> None:
        self.pool_size = check_pair("pool_size", pool_size)
        self.strides = None if strides is None else check_pair("strides", strides)
        self.padding = check_padding(padding)

    def plan(self, shape: "Shape") -> LayerPlan:
        strides = self.strides or self.pool_size
        window = window_over(self.kind, shape, self.pool_size, strides, self.padding, 0)
        return LayerPlan(window.shape(), [(self.kind, window, ())])


class MaxPool2D(Pool2D):
    """The maximum of every pool of an image, for each channel; the gradient of a tie goes to the first maximum.

    ``pool_size``, ``strides``: one number, or (rows, columns). By default the strides are the pool size.
    ``padding``: "valid" or "same", as in ``Conv2D``, except that padding takes no part in the maximum.
    """

    kind = "max_pool"


class AveragePool2D(Pool2D):
    """The mean of every pool of an image, for each channel.

    ``pool_size``, ``strides``, ``padding``: as in ``MaxPool2D``; padding takes no part in the mean.
    """

    kind = "average_pool"


class GlobalAveragePool2D(Layer):
    """The mean of the whole image, for each channel."""

    kind = "global_average_pool"

    def plan(self, shape: "Shape") -> LayerPlan:
        window = window_over(self.kind, shape, shape[:2], (1, 1), "valid", 0)
        return LayerPlan((window.channels,), [("average_pool", window, ())])
