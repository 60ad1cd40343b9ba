"""Call single functions of the C library: the elementary functions and the random stream."""
from ..reference.random_state import RandomState
from ._twin import ffi, lib

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def elementary_values(name: str, points: "list[tuple[float, ...]]", level: int) -> "list[float]":
    """Return an elementary function's values, from one call at a SIMD level if the library has a vectorised form."""
    table: "Any" = getattr(lib, f"purenet_{name}_table", None)
    if table is None:
        single: "Any" = getattr(lib, "purenet_" + name)
        return [single(*point) for point in points]
    context = ffi.new("purenet_context *", {"level": level, "threads": 1})
    results = ffi.new("double[]", len(points))
    table(context, [x for x, in points], len(points), results)
    return list(results)


class CompiledStream(RandomState):
    """A RandomState that draws with the C library."""

    def __init__(self, seed: int) -> None:
        RandomState.__init__(self, seed)
        self._c = ffi.new("purenet_stream *")
        lib.purenet_seed(self._c, seed)

    def _next_word(self) -> int:
        word: int = lib.purenet_next_word(self._c)
        return word

    def _next_double(self) -> float:
        number: float = lib.purenet_next_double(self._c)
        return number

    def _next_gaussian(self) -> float:
        number: float = lib.purenet_next_gaussian(self._c)
        return number

    def _next_below(self, count: int) -> int:
        number: int = lib.purenet_next_below(self._c, count)
        return number
