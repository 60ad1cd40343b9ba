"""CompiledEngine: the state in C memory; packs, calls, unpacks, and computes nothing."""
import time
from _thread import RLock, allocate_lock, get_ident

from .._core.arrays import flatten
from .._core.buffers import DoubleRows
from .._core.locks import watch
from .._core.state import State
from ..reference.initialisers import first_values
from ..reference.optimizers import OPTIMIZERS as FORMULAS
from ..reference.random_state import RandomState
from ._twin import ffi, lib
from .memory import (
    ALIGNED,
    ARRAY,
    CPYTHON,
    CRun,
    CStream,
    Table,
    address,
    aligned_copy,
    memory_message,
    new_uninitialised,
    pointer_to,
    slice_for,
    table_in_place,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Iterator, List, Optional, Tuple

    from .._core.plan import Plan
    from .._core.state import Run

SCALAR_BELOW = 128  # multiply-adds: a product of fewer is computed cell by cell
SINGLE_THREAD_BELOW = 500000  # multiply-adds: a product of fewer is not divided among threads
CALL = 0.01  # seconds: a call that took less is followed by one of twice the work, one of twice as long by half
MOST_ROWS = 1 << 40  # in a call, however short those before it were
FIRST = 1000000  # multiply-adds of a call that predicts, before one is timed, or a slice

STEPS = {
    "dense": lib.PURENET_DENSE,
    "conv2d": lib.PURENET_CONV2D,
    "max_pool": lib.PURENET_MAX_POOL,
    "average_pool": lib.PURENET_AVERAGE_POOL,
    "dropout": lib.PURENET_DROPOUT,
    "batch_norm": lib.PURENET_BATCH_NORM,
    "sigmoid": lib.PURENET_SIGMOID_STEP,
    "tanh": lib.PURENET_TANH_STEP,
    "relu": lib.PURENET_RELU_STEP,
    "leaky_relu": lib.PURENET_LEAKY_RELU_STEP,
    "softplus": lib.PURENET_SOFTPLUS_STEP,
    "softmax": lib.PURENET_SOFTMAX_STEP,
    "elu": lib.PURENET_ELU_STEP,
    "silu": lib.PURENET_SILU_STEP,
    "gelu": lib.PURENET_GELU_STEP,
}
LOSS_CODES = {
    "squared_error": lib.PURENET_SQUARED_ERROR,
    "half_squared_error": lib.PURENET_HALF_SQUARED_ERROR,
    "mean_squared_error": lib.PURENET_SQUARED_ERROR,
    "mean_absolute_error": lib.PURENET_MEAN_ABSOLUTE_ERROR,
    "huber": lib.PURENET_HUBER,
    "binary_cross_entropy": lib.PURENET_BINARY_CROSS_ENTROPY,
    "categorical_cross_entropy": lib.PURENET_CATEGORICAL_CROSS_ENTROPY,
}
OPTIMIZER_CODES = {name: getattr(lib, "PURENET_" + name.upper()) for name in FORMULAS}
NON_FINITE = {
    lib.PURENET_NON_FINITE_LOSS: "loss",
    lib.PURENET_NON_FINITE_GRADIENT: "gradient",
    lib.PURENET_NON_FINITE_PARAMETER: "new value",
    lib.PURENET_NON_FINITE_NUMBER: "optimizer number",
    lib.PURENET_NON_FINITE_STATISTIC: "statistic",
}


class CompiledEngine:
    """One network in the compiled twin, with the reference engine's methods."""

    name = "compiled"
    takes_buffers = True

    def __init__(self, plan: "Plan", level: int, threads: int = 1) -> None:
        self._plan = plan
        self._new_locks()
        self.trainer: "Optional[int]" = None  # the thread that is in fit: it waits its turn, others are refused
        self._outputs = plan.outputs
        self._steps = ffi.new("purenet_step[]", len(plan.steps))
        arrays = plan.parameters + plan.statistics
        value_offset = max_width = 0
        for record, step in zip(self._steps, plan.steps):
            record.kind = STEPS[step.kind]
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
        c = self._c = ffi.new("purenet_plan *")
        c.steps, c.step_count = self._steps, len(plan.steps)
        c.loss = LOSS_CODES[plan.loss.kind]
        c.loss_input, c.mean_divisor = plan.loss.parameter_ids
        c.loss_setting = plan.loss.settings[0] if plan.loss.settings else 0.0
        c.optimizer = OPTIMIZER_CODES[plan.optimizer.kind]
        c.optimizer_state_size, c.running = plan.optimizer.parameter_ids
        c.optimizer_settings = (list(plan.optimizer.settings) + [0.0] * 4)[:4]
        c.weight_decay, c.clip_norm, c.clip_value = plan.weight_decay, plan.clip_norm, plan.clip_value
        penalties = [(p.offset, p.size, p.l1, p.l2) for p in plan.parameters if p.l1 or p.l2]
        self._penalties = ffi.new("purenet_penalty[]", penalties)
        c.penalties, c.penalty_count = self._penalties, len(penalties)
        c.parameter_size, c.total_size, c.seed, c.max_width = plan.parameter_size, plan.total_size, plan.seed, max_width
        c.level, c.threads, c.scalar_below, c.single_thread_below = level, threads, SCALAR_BELOW, SINGLE_THREAD_BELOW
        self._slice = slice_for(plan)
        self._make_room(self._slice)
        self._part = max(self._slice, FIRST // plan.multiply_adds)  # rows of a call that predicts, before one is timed
        try:
            self._memory = [ffi.new("double[]", plan.total_size) for _ in range(2)]
            self._numbers = [ffi.new("double[]", max(1, plan.parameter_size * c.optimizer_state_size)) for _ in range(2)]
        except MemoryError:
            raise MemoryError(memory_message(plan, self._size)) from None
        self._state = ffi.new("purenet_state *")
        self._state.parameters = self._memory
        self._state.numbers = self._numbers
        self._state.running = [[1.0] * 2] * 2
        self._totals = ffi.new("double[2]")
        watch(self)

    def _make_room(self, rows: int) -> None:
        """Have a workspace for slices of so many rows; nobody may be in a call.  Without memory all stays as it was."""
        before = self._c.slice_rows
        self._c.slice_rows = rows
        size = lib.purenet_workspace_size(self._c)
        self._c.slice_rows = before
        if size < 0:
            raise MemoryError("this network's layers need more memory than a process has here")
        try:
            self._workspace = new_uninitialised("double[]", size)
        except MemoryError:
            raise MemoryError(memory_message(self._plan, size, rows if before else 0)) from None
        self._size = size
        self._c.slice_rows = rows

    def _make_room_for_batch(self, rows: int) -> None:
        """Batch normalisation wants a batch in one slice."""
        if self._plan.statistics and rows > self._c.slice_rows:
            self._make_room(rows)

    def divide_everything(self) -> None:
        """Products of any size take the fast forms and are divided among the threads: for tests."""
        self._c.scalar_below = self._c.single_thread_below = 0

    # the state -------------------------------------------------------------------------------------

    def initialise(self, seed: int, initialisers: "List[Any]") -> None:
        """Draw the parameters from a new stream; an initialiser is a name or a function."""
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
        """A copy of the state, every array flat."""
        with self._free(), self._lock:
            parameters, numbers = self._parameters(), self._state.numbers[self._state.active]
            plan = self._plan
            return State(
                [ffi.unpack(parameters + p.offset, p.size) for p in plan.parameters],
                [ffi.unpack(parameters + p.offset, p.size) for p in plan.statistics],
                [[ffi.unpack(numbers + k * plan.parameter_size + p.offset, p.size) for k in range(self._c.optimizer_state_size)]
                 for p in plan.parameters] + self._running(),
                self._stream_state(), (self._state.epoch, self._state.batch, self._state.steps),
            )

    def set_state(self, state: State) -> None:
        """Take a copy of a state, whole or, after an interrupt or error, not at all."""
        with self._free(), self._lock:
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

    def _running(self) -> "List[Any]":
        """The running products, as the last of the optimizer's numbers."""
        return [[list(self._state.running[self._state.active])]] if self._c.running else []

    def _parameters(self) -> "Any":
        return self._state.parameters[self._state.active]

    def _stream_state(self) -> "Any":
        stream = self._state.stream
        cached = stream.cached if stream.has_cached else 0.0
        return "MT19937", list(stream.key), stream.position, stream.has_cached, cached

    # what changes nothing --------------------------------------------------------------------------

    def convert_rows(self, rows: "Any", columns: int) -> "Table":
        """Checked rows, or one flat list of numbers, in C's form; doubles in a buffer are used where they lie."""
        if isinstance(rows, DoubleRows):
            flat = rows.flat
            if type(flat) is list:
                return Table(ffi.new(ARRAY, flat), len(flat) // columns, columns)
            return table_in_place(flat, columns)
        if columns == 1 and not isinstance(rows[0], list):
            return Table(ffi.new("double[]", rows), len(rows), 1)
        doubles = new_uninitialised("double[]", len(rows) * columns)
        for i, row in enumerate(rows):
            doubles[i * columns:(i + 1) * columns] = row
        return Table(doubles, len(rows), columns)

    def first_non_finite(self, x: "Table") -> "Optional[Tuple[int, int]]":
        """Row and column of the first number of x that is infinite or not a number."""
        place = lib.purenet_first_non_finite(self._c.level, x.doubles, x.rows * x.columns)
        return None if place < 0 else divmod(place, x.columns)

    def first_beyond(self, x: "Table", limit: float) -> "Optional[Tuple[int, int]]":
        """Row and column of the first number of x that does not lie between -limit and limit."""
        place = lib.purenet_first_beyond(self._c.level, x.doubles, x.rows * x.columns, limit)
        return None if place < 0 else divmod(place, x.columns)

    def predict(self, x: "Table", out: "Any" = None) -> "Any":
        """The outputs for every row of x, as rows; or one after the other into out, a flat view of doubles."""
        rows = x.rows
        count = rows * self._outputs
        inputs, direct = x.doubles, False
        if out is not None:
            outputs = pointer_to(out)
            place, size = address(outputs), rows * x.columns
            direct = CPYTHON and not place % ALIGNED  # PyPy may have copied it
            if direct and -8 * count < place - address(inputs) < 8 * size:
                inputs = aligned_copy(inputs, size)  # they share memory: no row may be overwritten before it is read
        if not direct:
            outputs = new_uninitialised(ARRAY, count)
        with self._free(), self._lock:
            parameters = self._state.parameters[self._state.active]
            if rows <= self._part:
                lib.purenet_predict(self._c, parameters, inputs, rows, self._workspace, outputs)
            else:
                for start, part in self._parts(rows):
                    lib.purenet_predict(self._c, parameters, inputs + start * x.columns, part, self._workspace,
                                        outputs + start * self._outputs)
        if out is not None:
            if not direct:
                out[:] = memoryview(ffi.buffer(outputs)).cast("d")
            return out
        values = ffi.unpack(outputs, count)
        return [values[start:start + self._outputs] for start in range(0, count, self._outputs)]

    def evaluate(self, x: "Table", y: "Table", weights: "Table") -> float:
        """The loss over all rows, by law 3."""
        loss = 0.0
        with self._free(), self._lock:
            totals, parameters = self._totals, self._parameters()
            totals[0] = totals[1] = 0.0
            for start, rows in self._parts(x.rows) if x.rows > self._part else ((0, x.rows),):
                loss = lib.purenet_evaluate(
                    self._c, parameters, x.doubles + start * x.columns, y.doubles + start * y.columns,
                    weights.doubles + start, rows, self._workspace, totals)
        return loss

    def _parts(self, rows: int) -> "Iterator[Tuple[int, int]]":
        """First row and number of rows of each call; its time tells how large the next may be: Ctrl-C waits for one."""
        start, part = 0, self._part
        while start < rows:
            begun = time.perf_counter()
            yield start, min(part, rows - start)
            start += part
            part = max(self._slice, next_row_budget(part, time.perf_counter() - begun))

    def gradients(self, x: "Table", y: "Table", weights: "Table") -> "Tuple[float, List[List[float]]]":
        """The loss over all rows and its gradients, flat, in parameter order, as the next step would have them."""
        gradients = new_uninitialised("double[]", self._plan.parameter_size)
        loss = ffi.new("double *")
        with self._free(), self._lock:
            self._make_room_for_batch(x.rows)
            lib.purenet_gradients(
                self._c, self._parameters(), x.doubles, y.doubles, weights.doubles, x.rows, self._state.steps,
                self._workspace, gradients, loss)
        return loss[0], [ffi.unpack(gradients + p.offset, p.size) for p in self._plan.parameters]

    def _free(self) -> "Any":
        """One of the locks for a call into C: other threads run meanwhile, but not on this network.

        From CPython 3.10 on, no signal handler runs between these locks' own methods and the block that they guard.
        """
        if self._lock.locked() and (self.trainer != get_ident() or self._inside._is_owned()):
            raise RuntimeError("this network is in use by another thread; give each thread a copy of its own")
        return self._inside

    def _new_locks(self) -> None:
        self._lock = allocate_lock()
        self._inside: "Any" = RLock()  # taken first: it tells a thread that waits from one that would wait for itself

    def _forked(self) -> None:
        """In a forked child: who was in a call is not here, and may have been going over to the next state."""
        if self._state.committing:
            lib.purenet_commit_state(self._state)
        self._new_locks()
        self.trainer = None

    # training --------------------------------------------------------------------------------------

    def train(self, run: "Run") -> None:
        """Go on until ``run.budget`` rows or ``run.until`` epochs are done, or a number is not finite."""
        notes = run.engine_scratch or self._begin(run)
        c = notes.c
        self._last = c  # the state may point into it: it has to stay for processes that are forked
        c.row_budget, c.epochs = run.row_budget, run.stop_epoch
        if run.schedule:
            self._schedule(run)
        else:
            c.rates, c.learning_rate = ffi.NULL, run.learning_rate
        before = c.losses_done
        begun = time.perf_counter()
        with self._free(), self._lock:
            lib.purenet_train(self._c, self._state, c, self._workspace)
        run.row_budget = next_row_budget(run.row_budget, time.perf_counter() - begun)
        losses = ffi.unpack(c.losses + before, c.losses_done - before)
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
        """Write down the learning rates of the steps that a call may come to; it ends where they do."""
        c = run.engine_scratch.c
        begun = (c.rows - c.batch_rows) // run.batch_size  # batches of the epoch in progress
        rates = run.next_rates(self._state.epoch, begun, self._state.steps)
        c.rates = run.engine_scratch.rates = ffi.new("double[]", rates)
        c.rates_from, c.rate_count = self._state.steps, len(rates)

    def _begin(self, run: "Run") -> "Any":
        with self._free(), self._lock:
            self._make_room_for_batch(min(run.batch_size, run.x.rows))
        notes = CRun()
        c = notes.c = ffi.new("purenet_run *")
        notes.kept = [new_uninitialised(ARRAY, max(1, run.epochs)), new_uninitialised("int64_t[]", run.x.rows if run.shuffle else 1)]
        c.losses, c.order = notes.kept
        c.x, c.y, c.weights = run.x.doubles, run.y.doubles, run.weights.doubles  # run keeps them
        c.samples, c.batch_size, c.shuffle = run.x.rows, run.batch_size, run.shuffle
        if run.losses:
            c.losses[0:len(run.losses)] = run.losses
            c.losses_done = len(run.losses)
        if run.rows:  # it goes on where another broke off, with the order of that epoch
            c.in_epoch, c.rows, c.epoch_loss = 1, run.rows, run.epoch_loss
            c.total, c.total_weight = c.committed_total, c.committed_weight = run.totals
            if run.shuffle:
                c.next_stream = self._state.stream
                lib.purenet_permutation(ffi.addressof(c, "next_stream"), c.samples, c.order)
        run.engine_scratch = notes
        return notes

    def progress(self, run: "Run") -> "Tuple[List[float], int, float, float]":
        """How far a run is: its epochs' losses, then rows done of the next, and the totals of their losses and weights.

        Of the last finished batch, as the state is, wherever an interrupt has come.
        """
        if run.engine_scratch is None:
            return (list(run.losses), run.rows) + run.totals
        c = run.engine_scratch.c
        losses = ffi.unpack(c.losses, c.losses_done)
        rows = c.rows - c.batch_rows if c.in_epoch else 0
        return losses, rows, c.committed_total if rows else 0.0, c.committed_weight if rows else 0.0


def next_row_budget(rows: int, seconds: float) -> int:
    """How many rows the next call has, after one of so many took so long."""
    if seconds > 2 * CALL:
        return rows // 2 or 1
    if seconds < CALL:
        return 2 * rows if rows < MOST_ROWS else MOST_ROWS
    return rows


def write_stream(stream: "Any", state: "Any") -> None:
    """Write a stream's state into C's record."""
    _, key, position, has_cached, cached = state
    stream.key = key
    stream.position, stream.has_cached, stream.cached = position, has_cached, cached
