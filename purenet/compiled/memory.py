"""Hold plans, rows, runs and random streams in C memory, and choose how many rows a call works through."""
import sys

from ._twin import ffi, lib
from .codes import LOSS_CODES, OPTIMIZER_CODES, STEP_CODES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .._core.plan import Plan
    from .._core.state import Run

MAX_SLICE_ROWS = 128
MAX_SLICE_WORK = 100000000  # multiply-adds of a slice in the forward pass
MAX_SLICE_NUMBERS = 1 << 20  # numbers in the workspace of a slice
# With fewer rows, reading the weights of dense layers takes longer than computing the rows. So their slices have at
# least this many, if the workspace then has at most this many numbers.
MIN_DENSE_ROWS = 32
MAX_DENSE_NUMBERS = 1 << 23
# A C call should take this long, because Python handles Ctrl-C only between calls. After a shorter call the next one
# gets twice the rows, after a call of more than twice this time half of them.
CALL_SECONDS = 0.01
MAX_CALL_ROWS = 1 << 40
ALIGNED = ffi.alignof("double")
CPYTHON = sys.implementation.name == "cpython"
ARRAY, INTEGER = ffi.typeof("double[]"), ffi.typeof("uintptr_t")
RUN, INDICES = ffi.typeof("purenet_run *"), ffi.typeof("int64_t[]")
new_uninitialised = ffi.new_allocator(should_clear_after_alloc=False)


def address(doubles: "Any") -> int:
    """Return the address of a pointer as a number."""
    return int(ffi.cast(INTEGER, doubles))


def pointer_to(view: "Any") -> "Any":
    """Return a pointer to the doubles of a view. The caller keeps both alive as long as it uses the pointer.

    It is not ffi.from_buffer's object, which exports the view: the garbage collector of CPython before 3.12.7 and 3.13
    takes a memoryview apart although it is exported, and crashes when the export ends (CPython's issue 77894). An
    error that is kept in a variable makes a cycle in which its frames hold both. So the export ends before anything
    can hold it: the sum is a plain pointer. PyPy has no such crash, but copies some views, and the object keeps the
    copy alive.
    """
    return ffi.from_buffer(ARRAY, view) + 0 if CPYTHON else ffi.from_buffer(ARRAY, view)


def aligned_copy(doubles: "Any", count: int) -> "Any":
    """Return a copy of ``count`` doubles, aligned."""
    copy = new_uninitialised("double[]", count)
    ffi.memmove(copy, doubles, 8 * count)
    return copy


def plan_record(plan: "Plan", level: int, threads: int) -> "tuple[Any, Any]":
    """Return the plan as C's record, and the arrays that it points to, which must live as long."""
    steps = ffi.new("purenet_step[]", len(plan.steps))
    arrays = plan.parameters + plan.statistics
    value_offset = max_width = 0
    for record, step in zip(steps, plan.steps):
        record.kind = STEP_CODES[step.kind]
        record.inputs, record.outputs = step.inputs, step.outputs
        record.value_offset = value_offset
        record.parameter_offset = ([arrays[p].offset for p in step.parameter_ids] + [-1] * 2)[:2]
        record.statistic_offset = ([arrays[p].offset for p in step.statistic_ids] + [-1] * 2)[:2]
        record.channels = arrays[step.parameter_ids[0]].shape[-1] if step.parameter_ids else 0
        record.layer = step.layer
        record.settings = (list(step.settings) + [0.0] * 2)[:2]
        if step.window:
            record.window = step.window.integers()
        value_offset += step.outputs
        max_width = max(max_width, step.inputs, step.outputs)
    c = ffi.new("purenet_plan *")
    c.steps, c.step_count = steps, len(plan.steps)
    c.loss = LOSS_CODES[plan.loss.kind]
    c.loss_input, c.mean_divisor = plan.loss_input, plan.mean_divisor
    c.loss_setting = plan.loss.settings[0] if plan.loss.settings else 0.0
    c.optimizer = OPTIMIZER_CODES[plan.optimizer.kind]
    c.optimizer_state_size, c.running = plan.slots, plan.running_products
    c.optimizer_settings = (list(plan.optimizer.settings) + [0.0] * 4)[:4]
    c.weight_decay, c.clip_norm, c.clip_value = plan.weight_decay, plan.clip_norm, plan.clip_value
    penalties = [(p.offset, p.size, p.l1, p.l2) for p in plan.parameters if p.l1 or p.l2]
    kept = ffi.new("purenet_penalty[]", penalties)
    c.penalties, c.penalty_count, c.penalty_mean = kept, len(penalties), plan.penalty_mean
    c.parameter_size, c.total_size, c.seed, c.max_width = plan.parameter_size, plan.total_size, plan.seed, max_width
    c.level, c.threads = level, threads
    return c, (steps, kept)


def view_of(doubles: "Any", count: int) -> "Any":
    """Return a view of ``count`` doubles. The caller keeps their memory alive as long as it uses the view."""
    return memoryview(ffi.buffer(doubles, 8 * count)).cast("d")


def numbers_of_row(plan: "Plan") -> int:
    """Return how many numbers a row of a slice takes in the workspace (BUFFERS in csrc/engine.c)."""
    values = [step.outputs for step in plan.steps]
    widest = max([plan.inputs] + values)
    total = plan.inputs + plan.outputs + 3 + 2 * widest
    for count in values:
        total += count
    return total


def slice_for(plan: "Plan") -> int:
    """Return the rows of a slice. Ctrl-C waits for one slice, and the workspace holds one slice."""
    numbers = numbers_of_row(plan)
    rows = min(MAX_SLICE_WORK // plan.multiply_adds, MAX_SLICE_NUMBERS // numbers)
    dense = 0
    for step in plan.steps:
        if step.kind == "dense":
            dense += step.multiply_adds()
    efficient = min(-(-MIN_DENSE_ROWS * dense // plan.multiply_adds), MAX_DENSE_NUMBERS // numbers)
    return max(1, min(MAX_SLICE_ROWS, max(rows, efficient)))


def next_row_budget(rows: int, seconds: float) -> int:
    """Return the row budget of the next call, given that ``rows`` rows took ``seconds``."""
    if seconds > 2 * CALL_SECONDS:
        return rows // 2 or 1
    if seconds < CALL_SECONDS:
        return 2 * rows if rows < MAX_CALL_ROWS else MAX_CALL_ROWS
    return rows


def memory_message(plan: "Plan", size: int, batch: int = 0) -> str:
    """Return the text of a MemoryError: how much a network with a workspace of ``size`` numbers needs, and the cure."""
    if batch:
        return (f"BatchNorm takes a batch at once, and {batch} rows need {8 * size // 1000000} MB; "
                "make batch_size smaller, or give fewer rows")
    kept = 2 * (plan.total_size + plan.parameter_size * plan.slots)
    return (f"this network needs {8 * (kept + size) // 1000000} MB here, {8 * size // 1000000} MB of them to work in; "
            "make its images or layers smaller, or let the process have more memory")


class Table:
    """Rows of doubles in C memory, or in a buffer of the user, of which the table keeps a view."""

    def __init__(self, doubles: "Any", rows: int, columns: int, view: "Any" = None) -> None:
        self.doubles = doubles
        self.rows = rows
        self.columns = columns
        self.view = view

    def __len__(self) -> int:
        return self.rows


def table_in_place(view: "Any", columns: int) -> "Table":
    """Return a table of the doubles of a view: in place, or a copy if they are not aligned."""
    doubles, count = pointer_to(view), len(view)
    if address(doubles) % ALIGNED:
        return Table(aligned_copy(doubles, count), count // columns, columns)
    return Table(doubles, count // columns, columns, view)


class CRun:
    """The C record of a run, and the arrays that it points to."""

    c: "Any"
    losses: "Any"
    penalties: "Any"
    order: "Any"
    rates: "Any"


def run_record(run: "Run", means: bool, stream: "Any") -> CRun:
    """Return the C record of a run and the arrays that it points to.

    ``means``: whether penalties are. ``stream``: that of the state.
    """
    scratch = CRun()
    c = scratch.c = ffi.new(RUN)
    scratch.losses = c.losses = new_uninitialised(ARRAY, max(1, run.epochs))
    if means:
        scratch.penalties = c.penalties = new_uninitialised(ARRAY, max(1, run.epochs))
    scratch.order = c.order = new_uninitialised(INDICES, run.x.rows if run.shuffle else 1)
    c.x, c.y, c.weights = run.x.doubles, run.y.doubles, run.weights.doubles  # run keeps them alive
    c.samples, c.batch_size, c.shuffle = run.x.rows, run.batch_size, run.shuffle
    if run.losses:
        c.losses[0:len(run.losses)] = run.losses
        c.losses_done = len(run.losses)
    if run.rows:  # resume in the middle of an epoch, with the order of that epoch
        c.in_epoch, c.rows, c.epoch_loss = 1, run.rows, run.epoch_loss
        c.total, c.total_weight = c.committed_total, c.committed_weight = run.totals
        if run.shuffle:
            c.next_stream = stream
            lib.purenet_permutation(ffi.addressof(c, "next_stream"), c.samples, c.order)
    return scratch


class CStream:
    """A random stream for an initialiser that draws in C, straight into the parameter."""

    def __init__(self, state: "Any", place: "Any", count: int) -> None:
        self._stream = ffi.addressof(state, "stream")
        self._place = place
        self._count = count

    def rand(self, *shape: int) -> None:
        self.uniform(0.0, 1.0, shape)

    def uniform(self, low: float, high: float, shape: "tuple[int, ...]") -> None:
        lib.purenet_draw(self._stream, lib.PURENET_UNIFORM, low, high, self._count, self._place)

    def randn(self, *shape: int) -> None:
        self.normal(0.0, 1.0, shape)

    def normal(self, loc: float, scale: float, shape: "tuple[int, ...]") -> None:
        lib.purenet_draw(self._stream, lib.PURENET_NORMAL, loc, scale, self._count, self._place)


def write_stream(stream: "Any", state: "Any") -> None:
    """Write the state of a random stream into its C record."""
    _, key, position, has_cached, cached = state
    stream.key = key
    stream.position, stream.has_cached, stream.cached = position, has_cached, cached
