"""What the compiled engine holds in C's memory: tables of doubles, the record of a run, parameters being drawn."""
from ._twin import ffi, lib

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, List, Tuple

ALIGNED = ffi.alignof("double")
uncleared = ffi.new_allocator(should_clear_after_alloc=False)


def address(doubles: "Any") -> int:
    return int(ffi.cast("uintptr_t", doubles))


def copied(doubles: "Any", count: int) -> "Any":
    copy = uncleared("double[]", count)
    ffi.memmove(copy, doubles, 8 * count)
    return copy


class Table:
    """Rows of doubles in C's memory, or in somebody's buffer."""

    def __init__(self, doubles: "Any", rows: int, columns: int) -> None:
        self.doubles = doubles
        self.rows = rows
        self.columns = columns

    def __len__(self) -> int:
        return self.rows


class Notes:
    """The C record of a run, and what it points to."""

    c: "Any"
    kept: "List[Any]"
    rates: "Any"


class Drawing:
    """What an initialiser sees as its stream: it draws in C, into the parameter's place."""

    def __init__(self, state: "Any", place: "Any", count: int) -> None:
        self._stream = ffi.addressof(state, "stream")
        self._place = place
        self._count = count

    def rand(self, *shape: int) -> None:
        self.uniform(0.0, 1.0, shape)

    def uniform(self, low: float, high: float, shape: "Tuple[int, ...]") -> None:
        lib.purenet_draw(self._stream, lib.PURENET_UNIFORM, low, high, self._count, self._place)

    def randn(self, *shape: int) -> None:
        self.normal(0.0, 1.0, shape)

    def normal(self, loc: float, scale: float, shape: "Tuple[int, ...]") -> None:
        lib.purenet_draw(self._stream, lib.PURENET_NORMAL, loc, scale, self._count, self._place)
