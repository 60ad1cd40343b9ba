"""The pooling layers."""
from .._core.plan import LayerPlan
from .._core.window import check_padding, check_pair, window_over
from .base import Layer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .._core.arrays import Shape


class Pool2D(Layer):
    """What the poolings have in common."""

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

    def plan(self, shape: "Shape") -> LayerPlan:
        window = window_over(self.kind, shape, shape[:2], (1, 1), "valid", 0)
        return LayerPlan((window.channels,), [("average_pool", window, ())])
