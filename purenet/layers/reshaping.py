"""The layer that turns images into rows."""
from .._core.arrays import size_of
from .._core.plan import LayerPlan
from .base import Layer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .._core.arrays import Shape


class Flatten(Layer):
    """The numbers of an image as one row: by row, column, channel.  Dense does that by itself."""

    kind = "flatten"

    def plan(self, shape: "Shape") -> LayerPlan:
        return LayerPlan((size_of(shape),), [])
