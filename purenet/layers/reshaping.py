"""The layer Flatten."""
from .._core.arrays import size_of
from .._core.plan import LayerPlan
from .base import Layer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .._core.arrays import Shape


class Flatten(Layer):
    """Flatten an image to a row, ordered by row, column, channel. Dense does this by itself."""

    kind = "flatten"

    def plan(self, shape: "Shape") -> LayerPlan:
        return LayerPlan((size_of(shape),), [])
