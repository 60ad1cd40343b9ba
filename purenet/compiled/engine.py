"""Run a network in the compiled C library: keep its state in C memory, pass data in and results out."""
import time
from itertools import chain

from .._core.arrays import flatten
from .._core.buffers import DoubleRows, rows_in_place
from .._core.locks import CallLocks, watch
from .._core.state import State
from ..reference.initialisers import first_values
from ..reference.random_state import RandomState
from ._twin import ffi, lib
from .codes import NON_FINITE
from .memory import (
    ALIGNED,
    ARRAY,
    CPYTHON,
    CStream,
    Table,
    address,
    aligned_copy,
    memory_message,
    new_uninitialised,
    next_row_budget,
    plan_record,
    pointer_to,
    run_record,
    slice_for,
    table_in_place,
    view_of,
    write_stream,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, Iterator

    from .._core.plan import Plan
    from .._core.state import Run

SCALAR_BELOW = 128  # multiply-adds: a smaller product takes no tiles
SINGLE_THREAD_BELOW = 500000  # multiply-adds: a smaller product is not divided among threads
FIRST_CALL = 1000000  # multiply-adds of the first C call of predict, before any call has been timed


class CompiledEngine:
    """The engine of one network in C, with the methods of the reference engine and the same bits."""

    name = "compiled"
    takes_buffers = True
    rows_in_place = staticmethod(rows_in_place)

    def __init__(self, plan: "Plan", level: int, threads: int = 1) -> None:
        self._plan = plan
        self._new_locks()
        self.fit_thread: "int | None" = None  # the thread that runs fit: it waits for calls, others get an error
        self._outputs = plan.outputs
        self._c, self._records = plan_record(plan, level, threads)
        self._c.scalar_below, self._c.single_thread_below = SCALAR_BELOW, SINGLE_THREAD_BELOW
        self._slice = slice_for(plan)
        self._plain_shapes = (), (plan.inputs,), plan.shape  # of a row in a buffer of x; (): a flat buffer
        self._plain_outputs = (), (plan.outputs,), plan.shapes[-1]
        self._allocate_workspace(self._slice)
        self._first_rows = max(self._slice, FIRST_CALL // plan.multiply_adds)  # rows of the first call of predict
        try:
            self._memory = [ffi.new("double[]", plan.total_size) for _ in range(2)]
            count = max(1, plan.parameter_size * plan.slots)
            self._numbers = [ffi.new("double[]", count) for _ in range(2)]
        except MemoryError:
            raise MemoryError(memory_message(plan, self._size)) from None
        self._state = ffi.new("purenet_state *")
        self._state.parameters = self._memory
        self._state.numbers = self._numbers
        self._state.running = [[1.0] * 2] * 2
        self._totals = ffi.new("double[2]")
        watch(self)

    def _new_locks(self) -> None:
        self._changes = CallLocks()  # of what changes the state, and of use_state
        self._calls = CallLocks()  # of what uses the workspace; taken last

    def _allocate_workspace(self, rows: int) -> None:
        """Allocate a workspace for slices of ``rows`` rows, while no C call runs. If this fails, nothing changes.

        The workspace only grows, and before slice_rows: an interrupt in between leaves one that is too large.
        """
        size = lib.purenet_workspace_size(self._c, rows)
        if size < 0:
            raise MemoryError("this network's layers need more memory than a process has here")
        try:
            self._workspace = new_uninitialised("double[]", size)
        except MemoryError:
            raise MemoryError(memory_message(self._plan, size, rows if self._c.slice_rows else 0)) from None
        self._size = size
        self._c.slice_rows = rows

    def _allocate_for_batch(self, rows: int) -> None:
        """Allocate a workspace for a whole batch of ``rows`` rows if batch normalisation needs it."""
        if self._plan.statistics and rows > self._c.slice_rows:
            self._allocate_workspace(rows)

    def divide_everything(self) -> None:
        """Use the fast kernels and all threads for products of any size, for tests."""
        self._c.scalar_below = self._c.single_thread_below = 0

    # the state -------------------------------------------------------------------------------------

    def initialise(self, seed: int, initialisers: "list[Any]") -> None:
        """Draw the parameters from a new random stream. An initialiser is a name, a number or a function."""
        lib.purenet_seed(ffi.addressof(self._state, "stream"), seed)
        plan = self._plan
        for parameter, init in zip(plan.parameters + plan.statistics, initialisers + [p.init for p in plan.statistics]):
            place = self._parameters() + parameter.offset
            if isinstance(init, (str, float)):
                drawing: "Any" = CStream(self._state, place, parameter.size)
                filled = first_values(init, drawing, parameter.shape, parameter.fan_in, parameter.fan_out)
                if filled:
                    place[0:parameter.size] = flatten(filled)
            else:
                stream = RandomState(state=self._stream_state())
                values = init(stream, parameter.shape, parameter.fan_in, parameter.fan_out)
                ffi.memmove(place, ffi.new("double[]", flatten(values)), 8 * parameter.size)
                write_stream(self._state.stream, stream.get_state())

    def state(self) -> State:
        """Return a copy of the state, with flat lists."""
        with self._calls.enter(self.fit_thread), self._calls.lock:
            return self._state_of(ffi.unpack)

    def use_state(self, use: "Callable[[State], Any]") -> "Any":
        """Return ``use(state)``. The state's arrays are views of C memory, valid in ``use`` alone.

        Until then a training in another thread waits for its next call, and whatever else changes the state is refused.
        """
        with self._changes.enter(self.fit_thread), self._changes.lock:
            return use(self._state_of(view_of))

    def _state_of(self, unpack: "Any") -> State:
        """Return the state with the arrays that ``unpack(doubles, count)`` returns."""
        parameters, numbers = self._parameters(), self._state.numbers[self._state.active]
        plan = self._plan
        starts = [numbers + k * plan.parameter_size for k in range(self._c.optimizer_state_size)]
        return State(
            [unpack(parameters + p.offset, p.size) for p in plan.parameters],
            [unpack(parameters + p.offset, p.size) for p in plan.statistics],
            [[unpack(start + p.offset, p.size) for start in starts] for p in plan.parameters] + self._running(),
            self._stream_state(), (self._state.epoch, self._state.batch, self._state.steps),
        )

    def set_state(self, state: State) -> None:
        """Copy a state into C memory. After an interrupt or error nothing has changed."""
        thread = self.fit_thread
        with self._changes.enter(thread), self._changes.lock, self._calls.enter(thread), self._calls.lock:
            own, size = self._state, self._plan.parameter_size
            own.next_active = 1 - own.active
            parameters, numbers = own.parameters[own.next_active], own.numbers[own.next_active]
            for p, values in zip(self._plan.statistics, state.statistics):
                (parameters + p.offset)[0:p.size] = values
            for p, values, kinds in zip(self._plan.parameters, state.parameters, state.optimizer_numbers):
                (parameters + p.offset)[0:p.size] = values
                for k, kept in enumerate(kinds):
                    (numbers + k * size + p.offset)[0:p.size] = kept
            for products in state.optimizer_numbers[len(self._plan.parameters):]:
                own.running[own.next_active] = list(products[0])
            own.next_epoch, own.next_batch, own.next_steps = state.position
            self._given = own.next_stream = ffi.new("purenet_stream *")
            write_stream(own.next_stream, state.stream)
            lib.purenet_commit_state(own)

    def _running(self) -> "list[Any]":
        """Return the running products, which follow the optimizer's other numbers."""
        return [[list(self._state.running[self._state.active])]] if self._c.running else []

    def _parameters(self) -> "Any":
        return self._state.parameters[self._state.active]

    def _stream_state(self) -> "Any":
        stream = self._state.stream
        cached = stream.cached if stream.has_cached else 0.0
        return "MT19937", list(stream.key), stream.position, stream.has_cached, cached

    # what leaves the state as it is ----------------------------------------------------------------

    def convert_rows(self, rows: "Any", columns: int) -> "Table":
        """Return checked rows, or one flat list of numbers, as a table for C. Buffers of doubles are not copied."""
        if isinstance(rows, DoubleRows):
            flat = rows.flat
            if type(flat) is list:
                return Table(ffi.new(ARRAY, flat), len(flat) // columns, columns)
            return table_in_place(flat, columns)
        if columns == 1 and not isinstance(rows[0], list):
            return Table(ffi.new(ARRAY, rows), len(rows), 1)
        doubles = new_uninitialised("double[]", len(rows) * columns)
        for i, row in enumerate(rows):
            doubles[i * columns:(i + 1) * columns] = row
        return Table(doubles, len(rows), columns)

    def first_non_finite(self, x: "Table") -> "tuple[int, int] | None":
        """Return row and column of the first number of x that is infinite or not a number."""
        place = lib.purenet_first_non_finite(self._c.level, x.doubles, x.rows * x.columns)
        return None if place < 0 else divmod(place, x.columns)

    def first_beyond(self, x: "Table", limit: float) -> "tuple[int, int] | None":
        """Return row and column of the first number of x that is not between -limit and limit."""
        place = lib.purenet_first_beyond(self._c.level, x.doubles, x.rows * x.columns, limit)
        return None if place < 0 else divmod(place, x.columns)

    def predict(self, x: "Table", out: "Any" = None) -> "Any":
        """Return the outputs for every row of x as rows, or write them to ``out``, a flat view of doubles."""
        rows = x.rows
        count = rows * self._outputs
        inputs, direct = x.doubles, False
        if out is not None:
            outputs = pointer_to(out)
            place, size = address(outputs), rows * x.columns
            direct = CPYTHON and not place % ALIGNED  # PyPy may have copied it
            if direct and -8 * count < place - address(inputs) < 8 * size:
                inputs = aligned_copy(inputs, size)  # they overlap: read each row before it is overwritten
        if not direct:
            outputs = new_uninitialised(ARRAY, count)
        with self._calls.enter(self.fit_thread), self._calls.lock:
            parameters = self._state.parameters[self._state.active]
            if rows <= self._first_rows:
                lib.purenet_predict(self._c, parameters, inputs, rows, self._workspace, outputs)
            else:
                for start, part in self._call_sizes(rows):
                    lib.purenet_predict(self._c, parameters, inputs + start * x.columns, part, self._workspace,
                                        outputs + start * self._outputs)
        if out is not None:
            if not direct:
                out[:] = memoryview(ffi.buffer(outputs)).cast("d")
            return out
        values = ffi.unpack(outputs, count)
        return [values[start:start + self._outputs] for start in range(0, count, self._outputs)]

    def predict_plain(self, x: "Any", out: "Any" = None) -> "Any":
        """Return the outputs for up to a slice of unchecked rows: lists of plain numbers, or a buffer of doubles.

        Return None if anything else is given, if a number or an output is not finite, or if another thread is in a
        call: then the checks find out what is wrong. C reads only memory that this call has measured.
        """
        if not CPYTHON or self._calls.lock.locked():
            return None
        columns = self._plan.inputs
        try:
            if type(x) is list:
                count = len(x)
                if count == 1 and type(x[0]) is list:
                    numbers = x[0][:]
                elif 1 < count <= self._slice and list(map(type, x)).count(list) == count:
                    if list(map(len, x)).count(columns) != count:
                        return None
                    numbers = list(chain.from_iterable(x))
                else:
                    return None
                # The sum of most other things fails or has another type; its value is not used. What it lets pass,
                # such as a Fraction beside a float, C gets from float() as on the long way.
                if len(numbers) != count * columns or type(sum(numbers)) not in (float, int):
                    return None
            else:
                view = memoryview(x)
                shape, size = view.shape or (), view.nbytes
                count = size // (8 * columns)
                if (not shape or shape[1:] not in self._plain_shapes or view.format not in ("d", "@d")
                        or not view.c_contiguous or not 0 < count <= self._slice or size != 8 * columns * count
                        or hasattr(x, "mask")):
                    return None
                numbers = pointer_to(view)
            filled = ffi.NULL
            if out is not None:
                room = memoryview(out)
                fits = room.nbytes == 8 * count * self._outputs and (room.shape or ())[1:] in self._plain_outputs
                if not fits or room.format not in ("d", "@d") or room.readonly or not room.c_contiguous:
                    return None
                filled = pointer_to(room)
            calls = self._calls  # not earlier: a signal handler can fork, and the child has new locks
            with calls.entered, calls.lock:
                found = lib.purenet_predict_plain(self._c, self._state, numbers, count, self._workspace, filled)
                if not found:
                    return None
                if out is not None:
                    return out
                values = ffi.unpack(found, count * self._outputs)
        except (ArithmeticError, BufferError, TypeError, ValueError):
            return None
        if count == 1:
            return [values]
        return [values[start:start + self._outputs] for start in range(0, len(values), self._outputs)]

    def evaluate(self, x: "Table", y: "Table", weights: "Table") -> float:
        """Return the loss over all rows."""
        loss = 0.0
        with self._calls.enter(self.fit_thread), self._calls.lock:
            totals, parameters = self._totals, self._parameters()
            totals[0] = totals[1] = 0.0
            for start, rows in self._call_sizes(x.rows) if x.rows > self._first_rows else ((0, x.rows),):
                loss = lib.purenet_evaluate(
                    self._c, parameters, x.doubles + start * x.columns, y.doubles + start * y.columns,
                    weights.doubles + start, rows, self._workspace, totals)
        return loss

    def _call_sizes(self, rows: int) -> "Iterator[tuple[int, int]]":
        """Yield (first row, row count) of each C call. The time of a call, for which Ctrl-C waits, sizes the next."""
        start, part = 0, self._first_rows
        while start < rows:
            begun = time.perf_counter()
            yield start, min(part, rows - start)
            start += part
            part = max(self._slice, next_row_budget(part, time.perf_counter() - begun))

    def gradients(self, x: "Table", y: "Table", weights: "Table") -> "tuple[float, list[list[float]]]":
        """Return the loss over all rows and its gradients (flat arrays, in parameter order) for the next step."""
        gradients = new_uninitialised("double[]", self._plan.parameter_size)
        loss = ffi.new("double *")
        with self._calls.enter(self.fit_thread), self._calls.lock:
            self._allocate_for_batch(x.rows)
            lib.purenet_gradients(
                self._c, self._parameters(), x.doubles, y.doubles, weights.doubles, x.rows, self._state.steps,
                self._workspace, gradients, loss)
        return loss[0], [ffi.unpack(gradients + p.offset, p.size) for p in self._plan.parameters]

    def _forked(self) -> None:
        """Finish a commit and renew the locks in a forked child, which lacks the thread that held them."""
        if self._state.committing:
            lib.purenet_commit_state(self._state)
        self._new_locks()
        self.fit_thread = None

    # training --------------------------------------------------------------------------------------

    def train(self, run: "Run") -> None:
        """Train until ``run.row_budget`` rows or ``run.stop_epoch`` epochs are done, or a number is not finite."""
        c = (run.engine_scratch or self._begin(run)).c
        self._last = c  # the state may point into it, also in a forked process
        c.row_budget, c.epochs = run.row_budget, run.stop_epoch
        if run.schedule:
            self._schedule(run)
        else:
            c.rates, c.learning_rate = ffi.NULL, run.learning_rate
        before = c.losses_done
        begun = time.perf_counter()
        thread = self.fit_thread
        with self._changes.enter(thread), self._changes.lock, self._calls.enter(thread), self._calls.lock:
            lib.purenet_train(self._c, self._state, c, self._workspace)
        run.row_budget = next_row_budget(run.row_budget, time.perf_counter() - begun)
        losses = ffi.unpack(c.losses + before, c.losses_done - before)
        if self._plan.penalty_mean:
            run.penalties += ffi.unpack(c.penalties + before, len(losses))
        if run.schedule:
            for loss in losses:
                run.epoch_ended(loss)
        else:
            run.losses += losses
        run.rows, run.epoch_loss = c.rows, c.epoch_loss
        if c.non_finite:
            arrays = self._plan.parameters + self._plan.statistics
            p = len([array for array in arrays if array.offset <= c.non_finite_index]) - 1
            run.non_finite = NON_FINITE[c.non_finite], p, c.non_finite_index - arrays[p].offset

    def _schedule(self, run: "Run") -> None:
        """Pass the learning rates of the next steps to C. The call ends when they are used up."""
        c = run.engine_scratch.c
        begun = (c.rows - c.batch_rows) // run.batch_size  # batches of the epoch in progress
        rates = run.next_rates(self._state.epoch, begun, self._state.steps)
        c.rates = run.engine_scratch.rates = ffi.new("double[]", rates)
        c.rates_from, c.rate_count = self._state.steps, len(rates)

    def _begin(self, run: "Run") -> "Any":
        """Make the C record of a run and the arrays that it points to."""
        if self._plan.statistics:
            with self._calls.enter(self.fit_thread), self._calls.lock:
                self._allocate_for_batch(min(run.batch_size, run.x.rows))
        run.engine_scratch = scratch = run_record(run, self._plan.penalty_mean, self._state.stream)
        return scratch

    def progress(self, run: "Run") -> "tuple[list[float], int, float, float]":
        """Return the finished epochs' losses, the rows done in the next, and the totals of their losses and weights.

        These belong to the last finished batch, as the state does, even after an interrupt.
        """
        if run.engine_scratch is None:
            return (list(run.losses), run.rows) + run.totals
        c = run.engine_scratch.c
        losses = ffi.unpack(c.losses, c.losses_done)
        rows = c.rows - c.batch_rows if c.in_epoch else 0
        return losses, rows, c.committed_total if rows else 0.0, c.committed_weight if rows else 0.0
