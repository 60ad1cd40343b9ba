"""What the compiled engine holds in C's memory: tables of doubles, the record of a run, parameters being drawn."""
from ._twin import ffi, lib

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, List, Tuple

    from ..plan import Plan

SLICE = 128  # rows worked through at a time, or fewer:
WORK = 100000000  # multiply-adds of a slice, forwards
ROOM = 1 << 20  # numbers of a slice
FEWEST = 32  # rows of dense layers: below, their weights cost more than the rows; for these ...
MORE_ROOM = 1 << 23  # ... there is more room
ALIGNED = ffi.alignof("double")
ARRAY, INTEGER = ffi.typeof("double[]"), ffi.typeof("uintptr_t")
uncleared = ffi.new_allocator(should_clear_after_alloc=False)


def address(doubles: "Any") -> int:
    return int(ffi.cast(INTEGER, doubles))


def pointer_to(view: "Any") -> "Any":
    """A pointer to the doubles of a view; keep the view, not ffi.from_buffer's object, for as long as it is used.

    That object exports the view.  The garbage collector of CPython before 3.12.7 and 3.13 takes a memoryview apart
    although it is exported, and crashes when the export ends (CPython's issue 77894): an error that is kept in a
    variable makes a cycle in which its frames hold both.  Here the export ends before anything can hold it:
    the sum is a plain pointer.
    """
    return ffi.from_buffer(ARRAY, view) + 0


def copied(doubles: "Any", count: int) -> "Any":
    copy = uncleared("double[]", count)
    ffi.memmove(copy, doubles, 8 * count)
    return copy


def numbers_of_row(plan: "Plan") -> int:
    """How many numbers a row of a slice takes in the workspace (BUFFERS in csrc/engine.c)."""
    values = [step.outputs for step in plan.steps]
    widest = max([plan.inputs] + values)
    total = plan.inputs + plan.outputs + 3 + 2 * widest
    for count in values:
        total += count
    return total


def slice_for(plan: "Plan") -> int:
    """How many rows are worked through at a time: Ctrl-C waits for a slice, and memory is needed for one."""
    numbers = numbers_of_row(plan)
    rows = min(WORK // plan.work, ROOM // numbers)
    dense = 0
    for step in plan.steps:
        if step.kind == "dense":
            dense += step.work()
    efficient = min(-(-FEWEST * dense // plan.work), MORE_ROOM // numbers)
    return max(1, min(SLICE, max(rows, efficient)))


def needs(plan: "Plan", size: int, batch: int = 0) -> str:
    """Where there is no memory: how much a network needs with a workspace of so many numbers, and what to do."""
    if batch:
        return (f"BatchNorm takes a batch at once, and {batch} rows need {8 * size // 1000000} MB; "
                "make batch_size smaller, or give fewer rows")
    kept = 2 * (plan.held + plan.size * plan.optimizer.integers[0])
    return (f"this network needs {8 * (kept + size) // 1000000} MB here, {8 * size // 1000000} MB of them to work in; "
            "make its images or layers smaller, or let the process have more memory")


class Table:
    """Rows of doubles in C's memory, or in somebody's buffer, of which it keeps a view."""

    def __init__(self, doubles: "Any", rows: int, columns: int, view: "Any" = None) -> None:
        self.doubles = doubles
        self.rows = rows
        self.columns = columns
        self.view = view

    def __len__(self) -> int:
        return self.rows


def table_in_place(view: "Any", columns: int) -> "Table":
    """The doubles of a view where they lie, or a copy if they are not aligned."""
    doubles, count = pointer_to(view), len(view)
    if address(doubles) % ALIGNED:
        return Table(copied(doubles, count), count // columns, columns)
    return Table(doubles, count // columns, columns, view)


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
