"""ReferenceEngine: holds the state as lists and runs the training loop over batches."""
from ..shapes import flat
from ..state import State
from .initialisers import first_values
from .random_state import RandomState
from .training import all_finite, batch_gradients, first_non_finite, forward, sample_losses, updated

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, List, Optional, Tuple

    from ..plan import Plan
    from ..state import Run
    from .matrix import Matrix, Row

SLICE = 256  # rows that predict and evaluate work through at a time, so that memory stays small


class ReferenceEngine:
    """One network on the reference.

    ``_live`` is everything that training changes: (parameters, optimizer numbers, stream, epoch, batch,
    steps).  A batch builds new lists and then takes their place by one assignment, so an interrupt or
    an error leaves the state of the last finished batch.
    """

    name = "reference"
    takes_buffers = False  # wants lists of floats
    trainer: "Any" = None  # the thread that is in fit; here none stands in another's way

    def __init__(self, plan: "Plan") -> None:
        self._plan = plan
        self._live: "Tuple[List[Matrix], List[List[Matrix]], RandomState, int, int, int]"

    # the state -------------------------------------------------------------------------------------

    def initialise(self, seed: int, initialisers: "List[Any]") -> None:
        """Draw the parameters from a new stream; an initialiser is a name or a function."""
        stream = RandomState(seed)
        plan = self._plan
        parameters = []
        for parameter, init in zip(plan.parameters + plan.statistics, initialisers + [p.init for p in plan.statistics]):
            values = first_values(init, stream, parameter.shape, parameter.fan_in, parameter.fan_out)
            parameters.append(_nested(flat(values), parameter.shape[-1]))
        kept = range(plan.optimizer.integers[0])
        numbers = [[[[0.0] * len(row) for row in matrix] for _ in kept] for matrix in parameters[:len(plan.parameters)]]
        if plan.optimizer.integers[1]:
            numbers.append([[[1.0] * plan.optimizer.integers[1]]])
        self._live = parameters, numbers, stream, 0, 0, 0

    def state(self) -> State:
        """A copy of the state, every array flat."""
        parameters, numbers, stream, epoch, batch, steps = self._live
        trained = len(self._plan.parameters)
        return State(
            [_flat(matrix) for matrix in parameters[:trained]], [_flat(matrix) for matrix in parameters[trained:]],
            [[_flat(matrix) for matrix in own] for own in numbers], stream.get_state(), (epoch, batch, steps),
        )

    def set_state(self, state: State) -> None:
        """Take a copy of a state."""
        plan = self._plan
        widths = [array.shape[-1] for array in plan.parameters + plan.statistics]
        of_numbers = widths[:len(plan.parameters)] + [plan.optimizer.integers[1]]
        stream = RandomState(state=state.stream)
        epoch, batch, steps = state.position
        self._live = (
            [_nested(values, width) for values, width in zip(state.parameters + state.statistics, widths)],
            [[_nested(values, width) for values in own] for own, width in zip(state.optimizer_numbers, of_numbers)],
            stream, epoch, batch, steps,
        )

    # what changes nothing --------------------------------------------------------------------------

    def take(self, rows: "Any", columns: int) -> "Any":
        """Checked rows, or one flat list of numbers, in the form that the other methods want."""
        return rows

    def first_non_finite(self, x: "Matrix") -> "Optional[Tuple[int, int]]":
        """Row and column of the first number of x that is infinite or not a number."""
        return first_non_finite(x)

    def first_beyond(self, x: "Matrix", limit: float) -> "Optional[Tuple[int, int]]":
        """Row and column of the first number of x that does not lie between -limit and limit."""
        for i, row in enumerate(x):
            for j, value in enumerate(row):
                if not -limit < value < limit:
                    return i, j
        return None

    def predict(self, x: "Matrix", out: "Any" = None) -> "Any":
        """The outputs for every row of x, as rows; or one after the other into out, a flat view of doubles."""
        parameters = self._live[0]
        predictions: "Matrix" = []
        for start in range(0, len(x), SLICE):
            predictions += forward(self._plan, parameters, x[start:start + SLICE])[-1]
        if out is not None:
            for k, value in enumerate(_flat(predictions)):
                out[k] = value
        return predictions

    def evaluate(self, x: "Matrix", y: "Matrix", weights: "Row") -> float:
        """The loss over all rows, by law 3."""
        parameters = self._live[0]
        total = Total(self._plan.loss.integers[1])
        for start in range(0, len(x), SLICE):
            stop = start + SLICE
            values = forward(self._plan, parameters, x[start:stop])
            total.add(sample_losses(self._plan.loss, values, y[start:stop]), weights[start:stop])
        return total.loss()

    def gradients(self, x: "Matrix", y: "Matrix", weights: "Row") -> "Tuple[float, List[List[float]]]":
        """The loss over all rows and its gradients, flat, in parameter order, as the next step would have them."""
        losses, gradients, _ = batch_gradients(self._plan, self._live[0], x, y, weights, self._live[-1])
        total = Total(self._plan.loss.integers[1])
        total.add(losses, weights)
        return total.loss(), [_flat(gradient) for gradient in gradients]

    # training --------------------------------------------------------------------------------------

    def train(self, run: "Run") -> None:
        """Go on until ``run.budget`` rows or ``run.until`` epochs are done, or a number is not finite."""
        samples = len(run.x)
        size = run.batch_size
        done = 0
        while done < run.budget and len(run.losses) < run.until:
            parameters, numbers, stream, epoch, batch, steps = self._live
            if batch == 0 or run.notes is None:
                batch = batch if run.rows else 0  # a new run begins a new epoch, unless it goes on with this one
                mark = (steps, len(run.losses), run.rows) + run.totals + (run.so_far,)
                run.notes = Epoch(stream, samples, run.shuffle, self._plan.loss.integers[1], mark)
            order, total = run.notes.order, run.notes.total
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
            new_parameters, new_numbers = updated(self._plan, parameters, numbers, gradients, run.rate(epoch, steps))
            new_parameters += statistics
            batch_total = Total(0)
            batch_total.add(losses, weights)
            run.trouble = self._trouble(batch_total.total, gradients, new_parameters, new_numbers)
            if run.trouble:
                return
            total.add(losses, weights)
            done += len(x)
            run.rows += len(x)
            run.so_far = total.loss()
            ended = stop >= samples
            rows = 0 if ended else run.rows
            mark = (steps + 1, len(run.losses) + ended, rows, total.total, total.weights, run.so_far)
            run.notes.marks = [run.notes.marks[-1], mark]
            if not ended:
                self._live = new_parameters, new_numbers, stream, epoch, batch + 1, steps + 1
            else:
                self._live = new_parameters, new_numbers, run.notes.stream, epoch + 1, 0, steps + 1
                run.rows = 0
                run.epoch_ended(run.so_far)

    def progress(self, run: "Run") -> "Tuple[List[float], int, float, float]":
        """How far a run is: its epochs' losses, then rows done of the next, and the totals of their losses and weights.

        Of the last finished batch, as the state is, wherever an interrupt has come.
        """
        if run.notes is None:
            return (list(run.losses), run.rows) + run.totals
        for steps, epochs, rows, total, weights, loss in run.notes.marks:
            if steps == self._live[-1]:
                break
        losses = run.losses[:epochs]
        if len(losses) < epochs:  # interrupted before it was added
            losses.append(loss)
        return losses, rows, total if rows else 0.0, weights if rows else 0.0

    def _trouble(
        self, loss: float, gradients: "List[Matrix]", parameters: "List[Matrix]", numbers: "List[List[Matrix]]"
    ) -> "Optional[Tuple[str, int, int]]":
        """What is not finite, first in plan order: (what, which parameter, which of its numbers)."""
        if not loss - loss == 0.0:
            return "loss", 0, 0
        # a gradient that is not finite leaves a parameter that is not: so in most batches only the
        # new numbers are looked at
        if all_finite(parameters):
            for own in numbers:
                if not all_finite(own):
                    break
            else:
                return None
        trained = len(self._plan.parameters)
        arrays = [("gradient", gradients, 0), ("new value", parameters[:trained], 0)]
        for k in range(self._plan.optimizer.integers[0]):
            arrays.append(("optimizer number", [own[k] for own in numbers[:trained]], 0))
        arrays.append(("statistic", parameters[trained:], trained))
        for what, matrices, first in arrays:
            for p, matrix in enumerate(matrices):
                place = first_non_finite(matrix)
                if place:
                    return what, first + p, place[0] * len(matrix[0]) + place[1]
        return None


class Total:
    """The running total of weighted losses over a batch, an epoch or a whole set, and its mean."""

    def __init__(self, divisor: int) -> None:
        self.divisor = divisor  # 0 for a sum, else by how much the total of the weights is multiplied
        self.total = 0.0
        self.weights = 0.0

    def add(self, losses: "Row", weights: "Row") -> None:
        """Add weight * loss of every sample, in their order."""
        total = self.total
        total_weight = self.weights
        for loss, weight in zip(losses, weights):
            total += weight * loss
            total_weight += weight
        self.total = total
        self.weights = total_weight

    def loss(self) -> float:
        """The sum, or the mean: one division, at the end.  0 where nothing has a weight."""
        if not self.divisor or self.weights == 0.0:
            return self.total
        return self.total / (self.weights * self.divisor)


class Epoch:
    """The epoch in progress: its order, None for the given one, the stream after drawing it, and its loss so far.

    The state's own stream stays as it was, in case the epoch is not finished.  ``marks``: how far the run was before
    and after the last batch: (steps, epochs, rows of the next, totals of their losses and weights, last loss).
    """

    def __init__(
        self, stream: RandomState, samples: int, shuffle: bool, divisor: int,
        mark: "Tuple[int, int, int, float, float, float]",
    ) -> None:
        self.marks = [mark]
        self.stream = stream.copy() if shuffle else stream
        self.order = self.stream.permutation(samples) if shuffle else None
        self.total = Total(divisor)
        if mark[2]:
            self.total.total, self.total.weights = mark[3:5]


def _flat(matrix: "Matrix") -> "List[float]":
    return [value for row in matrix for value in row]


def _nested(values: "Any", width: int) -> "Matrix":
    # slices: what comes as an array of doubles stays one until the next step, in a fifth of a list's memory on a board
    return [values[start:start + width] for start in range(0, len(values), width)]
