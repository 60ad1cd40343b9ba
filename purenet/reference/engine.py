"""The engine in plain Python: batches, epochs, predictions and losses of one network."""
from .._core.arrays import flatten
from .._core.ieee754 import check_arithmetic
from .._core.state import State
from .activations import ACTIVATIONS
from .dense import dense_forward
from .initialisers import first_values
from .matrix import WIDE, transpose
from .random_state import RandomState
from .training import (
    LAZY_KINDS,
    all_finite,
    arguments,
    batch_gradients,
    first_non_finite,
    forward,
    penalty_sum,
    sample_losses,
    updated,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable

    from .._core.plan import Plan
    from .._core.state import Run
    from .matrix import Matrix, Row

FEW = 8  # rows that predict_plain computes one by one
SMALL = 256  # multiply-adds: predict_plain keeps a copy of the weights of smaller layers
SLICE = 256  # rows that predict and evaluate compute at a time, to save memory


class ReferenceEngine:
    """The state of one network, as lists, and what trains and uses it.

    ``_active`` is everything that training changes: (parameters, optimizer numbers, stream, epoch, batch,
    steps). A batch builds a new tuple and commits it by one assignment, so an interrupt or an error leaves
    the state of the last finished batch.
    """

    name = "reference"
    takes_buffers = False  # it takes lists of floats
    rows_in_place: "Any" = None
    fit_thread: "Any" = None  # the thread that runs fit; not needed here, where no thread blocks another

    def __init__(self, plan: "Plan") -> None:
        self._plan = plan
        self._lazy = False  # whether it has steps that predict_plain leaves to predict
        for step in plan.steps:
            self._lazy = self._lazy or step.kind in LAZY_KINDS
        self._kept: "tuple[Any, Any]" = None, None  # an _active, and what predict_plain prepared of it
        self._active: "tuple[list[Matrix], list[list[Matrix]], RandomState, int, int, int]"

    # the state -------------------------------------------------------------------------------------

    def initialise(self, seed: int, initialisers: "list[Any]") -> None:
        """Draw the parameters from a new stream. An initialiser is a name, a number or a function."""
        stream = RandomState(seed)
        plan = self._plan
        parameters = []
        for parameter, init in zip(plan.parameters + plan.statistics, initialisers + [p.init for p in plan.statistics]):
            values = first_values(init, stream, parameter.shape, parameter.fan_in, parameter.fan_out)
            parameters.append(_nested(flatten(values), parameter.shape[-1]))
        kinds = range(plan.slots)
        trained = parameters[:len(plan.parameters)]
        numbers = [[[[0.0] * len(row) for row in matrix] for _ in kinds] for matrix in trained]
        if plan.running_products:
            numbers.append([[[1.0] * plan.running_products]])
        self._active = parameters, numbers, stream, 0, 0, 0

    def state(self) -> State:
        """Return a copy of the state, every array flat."""
        parameters, numbers, stream, epoch, batch, steps = self._active
        trained = len(self._plan.parameters)
        return State(
            [_flat(matrix) for matrix in parameters[:trained]], [_flat(matrix) for matrix in parameters[trained:]],
            [[_flat(matrix) for matrix in kinds] for kinds in numbers], stream.get_state(), (epoch, batch, steps),
        )

    def use_state(self, use: "Callable[[State], Any]") -> "Any":
        """Return ``use(state)``."""
        return use(self.state())

    def set_state(self, state: State) -> None:
        """Take a copy of a state."""
        self._kept = None, None
        plan = self._plan
        widths = [array.shape[-1] for array in plan.parameters + plan.statistics]
        number_widths = widths[:len(plan.parameters)] + [plan.running_products]
        stream = RandomState(state=state.stream)
        epoch, batch, steps = state.position
        self._active = (
            [_nested(values, width) for values, width in zip(state.parameters + state.statistics, widths)],
            [[_nested(values, width) for values in kinds]
             for kinds, width in zip(state.optimizer_numbers, number_widths)],
            stream, epoch, batch, steps,
        )

    # what leaves the state as it is ----------------------------------------------------------------

    def convert_rows(self, rows: "Any", columns: int) -> "Any":
        """Convert checked rows, or one flat list of numbers, to the form that the other methods take."""
        return rows

    def first_non_finite(self, x: "Matrix") -> "tuple[int, int] | None":
        """Return row and column of the first number of x that is infinite or NaN; None if all are finite."""
        return first_non_finite(x)

    def first_beyond(self, x: "Matrix", limit: float) -> "tuple[int, int] | None":
        """Return row and column of the first number of x that is not between -limit and limit; None if all are."""
        for i, row in enumerate(x):
            for j, value in enumerate(row):
                if not -limit < value < limit:
                    return i, j
        return None

    def predict_plain(self, x: "Any", out: "Any" = None) -> "Any":
        """Return the outputs for a few unchecked rows, lists of floats.

        Return None if anything else is given, or a number or an output is not finite: then the checks find out what.
        """
        if type(x) is not list or not 0 < len(x) <= FEW or out is not None or self._lazy:
            return None
        width = self._plan.inputs
        for row in x:
            if type(row) is not list or len(row) != width:
                return None
            for value in row:
                if type(value) is not float or value - value:  # 0 for every finite number
                    return None
        check_arithmetic()
        active = self._active
        kept = self._kept  # one tuple, read once: another thread can train meanwhile
        if kept[0] is not active:
            kept = self._kept = active, self._prepared(active[0])
        found = []
        for row in x:
            for compute, columns, given in kept[1]:
                if columns:  # dense_forward with its weights in columns
                    totals = []
                    for total, column in zip(given, columns):
                        for value, w in zip(row, column):
                            total += value * w
                        totals.append(total)
                    row = totals
                else:
                    row = compute([row], *given)[0]
            for value in row:
                if value - value:
                    return None
            found.append(row)
        return found

    def _prepared(self, parameters: "list[Matrix]") -> "list[tuple[Any, Any, Any]]":
        """Return (function, columns, arguments) of each step. A small dense step has columns of weights, and a start.

        Columns are kept where ``multiply`` works cell by cell.
        """
        prepared: "list[tuple[Any, Any, Any]]" = []
        for step in self._plan.steps:
            given: "Any" = arguments(self._plan, step, parameters, None)
            columns: "Any" = None
            if step.kind == "dense" and step.outputs < WIDE and step.multiply_adds() < SMALL:
                columns = transpose(given[0])
                given = given[1][0] if len(given) > 1 else [0.0] * step.outputs
            prepared.append((dense_forward if step.kind == "dense" else ACTIVATIONS[step.kind][0], columns, given))
        return prepared

    def predict(self, x: "Matrix", out: "Any" = None) -> "Any":
        """Return the outputs for every row of x, as rows. out: a flat view of doubles that also receives them."""
        parameters = self._active[0]
        predictions: "Matrix" = []
        for start in range(0, len(x), SLICE):
            predictions += forward(self._plan, parameters, x[start:start + SLICE])[-1]
        if out is not None:
            for k, value in enumerate(_flat(predictions)):
                out[k] = value
        return predictions

    def evaluate(self, x: "Matrix", y: "Matrix", weights: "Row") -> float:
        """Return the loss over all rows: one running total, divided at the end if it is a mean (law 3)."""
        parameters = self._active[0]
        total = Total(self._plan.mean_divisor)
        for start in range(0, len(x), SLICE):
            stop = start + SLICE
            values = forward(self._plan, parameters, x[start:stop])
            total.add(sample_losses(self._plan, values, y[start:stop]), weights[start:stop])
        return total.loss()

    def gradients(self, x: "Matrix", y: "Matrix", weights: "Row") -> "tuple[float, list[list[float]]]":
        """Return the loss over all rows and its flat gradients in parameter order, as the next training step would."""
        losses, gradients, _ = batch_gradients(self._plan, self._active[0], x, y, weights, self._active[-1])
        total = Total(self._plan.mean_divisor)
        total.add(losses, weights)
        return total.loss(), [_flat(gradient) for gradient in gradients]

    # training --------------------------------------------------------------------------------------

    def train(self, run: "Run") -> None:
        """Train until ``run.row_budget`` rows or ``run.stop_epoch`` epochs are done, or a number is not finite."""
        self._kept = None, None  # it would hold the memory of old parameters
        samples = len(run.x)
        size = run.batch_size
        done = 0
        while done < run.row_budget and len(run.losses) < run.stop_epoch:
            parameters, numbers, stream, epoch, batch, steps = self._active
            if batch == 0 or run.engine_scratch is None:
                batch = batch if run.rows else 0  # a new run begins an epoch, unless it resumes this one
                snapshot = (steps, len(run.losses), run.rows) + run.totals + (run.epoch_loss,)
                run.engine_scratch = Epoch(stream, samples, run.shuffle, self._plan.mean_divisor, snapshot)
            order, total = run.engine_scratch.order, run.engine_scratch.total
            start = batch * size
            stop = start + size
            if order is not None:
                chosen = order[start:stop]
                x = [run.x[i] for i in chosen]
                y = [run.y[i] for i in chosen]
                weights = [run.weights[i] for i in chosen]
            elif size >= samples:
                x, y, weights = run.x, run.y, run.weights
            else:
                x, y, weights = run.x[start:stop], run.y[start:stop], run.weights[start:stop]

            losses, gradients, statistics = batch_gradients(self._plan, parameters, x, y, weights, steps)
            batch_total = Total(0)
            batch_total.add(losses, weights)
            new_parameters, new_numbers = updated(
                self._plan, parameters, numbers, gradients, batch_total.weights, run.rate(epoch, steps))
            new_parameters += statistics
            run.non_finite = self._find_non_finite(batch_total.total, gradients, new_parameters, new_numbers)
            if run.non_finite:
                return
            total.add(losses, weights)
            if self._plan.penalty_mean:
                run.engine_scratch.penalty += penalty_sum(self._plan, parameters)
            done += len(x)
            run.rows += len(x)
            run.epoch_loss = total.loss()
            ended = stop >= samples
            rows = 0 if ended else run.rows
            snapshot = (steps + 1, len(run.losses) + ended, rows, total.total, total.weights, run.epoch_loss)
            run.engine_scratch.snapshots = [run.engine_scratch.snapshots[-1], snapshot]
            if not ended:
                self._active = new_parameters, new_numbers, stream, epoch, batch + 1, steps + 1
            else:
                self._active = new_parameters, new_numbers, run.engine_scratch.stream, epoch + 1, 0, steps + 1
                run.rows = 0
                if self._plan.penalty_mean:
                    run.penalties.append(run.engine_scratch.penalty)
                run.epoch_ended(run.epoch_loss)

    def progress(self, run: "Run") -> "tuple[list[float], int, float, float]":
        """Return the finished epochs' losses, the rows done in the next, and the totals of their losses and weights.

        These belong to the last finished batch, as the state does, even after an interrupt.
        """
        if run.engine_scratch is None:
            return (list(run.losses), run.rows) + run.totals
        for steps, epochs, rows, total, weights, loss in run.engine_scratch.snapshots:
            if steps == self._active[-1]:
                break
        losses = run.losses[:epochs]
        if len(losses) < epochs:  # the interrupt came before it was appended
            losses.append(loss)
        return losses, rows, total if rows else 0.0, weights if rows else 0.0

    def _find_non_finite(
        self, loss: float, gradients: "list[Matrix]", parameters: "list[Matrix]", numbers: "list[list[Matrix]]"
    ) -> "tuple[str, int, int] | None":
        """Return the first number that is not finite, in plan order: (what, array, index in it)."""
        if not loss - loss == 0.0:
            return "loss", 0, 0
        # a gradient that is not finite makes its parameter not finite, so most batches check only the
        # new numbers
        if all_finite(parameters):
            for kinds in numbers:
                if not all_finite(kinds):
                    break
            else:
                return None
        trained = len(self._plan.parameters)
        arrays = [("gradient", gradients, 0), ("new value", parameters[:trained], 0)]
        for k in range(self._plan.slots):
            arrays.append(("optimizer number", [kinds[k] for kinds in numbers[:trained]], 0))
        arrays.append(("statistic", parameters[trained:], trained))
        for what, matrices, first in arrays:
            for p, matrix in enumerate(matrices):
                index = first_non_finite(matrix)
                if index:
                    return what, first + p, index[0] * len(matrix[0]) + index[1]
        return None


class Total:
    """The running total of weighted losses over a batch, an epoch or a whole set, and its mean."""

    def __init__(self, mean_divisor: int) -> None:
        self.mean_divisor = mean_divisor  # a mean divides by the total weight times this; 0 for a sum
        self.total = 0.0
        self.weights = 0.0

    def add(self, losses: "Row", weights: "Row") -> None:
        """Add weight * loss of every sample, in order."""
        total = self.total
        total_weight = self.weights
        for loss, weight in zip(losses, weights):
            total += weight * loss
            total_weight += weight
        self.total = total
        self.weights = total_weight

    def loss(self) -> float:
        """Return the sum, or the mean: one division, at the end. 0 if all weights are 0."""
        if not self.mean_divisor or self.weights == 0.0:
            return self.total
        return self.total / (self.weights * self.mean_divisor)


class Epoch:
    """The epoch in progress: its order (None: unshuffled), the stream after drawing that order, and its loss so far.

    The state keeps its own stream until the epoch is finished. ``snapshots``: the progress before and after the last
    batch: (steps, epochs, rows of the next epoch, totals of their losses and weights, last loss).
    """

    def __init__(
        self, stream: RandomState, samples: int, shuffle: bool, mean_divisor: int,
        snapshot: "tuple[int, int, int, float, float, float]",
    ) -> None:
        self.snapshots = [snapshot]
        self.stream = stream.copy() if shuffle else stream
        self.order = self.stream.permutation(samples) if shuffle else None
        self.penalty = 0.0  # the batches' penalties so far, if they are means
        self.total = Total(mean_divisor)
        if snapshot[2]:
            self.total.total, self.total.weights = snapshot[3:5]


def _flat(matrix: "Matrix") -> "list[float]":
    return [value for row in matrix for value in row]


def _nested(values: "Any", width: int) -> "Matrix":
    # slices keep an array of doubles, which lasts until the next step, at a fifth of the size of a list on a board
    return [values[start:start + width] for start in range(0, len(values), width)]
