"""A training that is watched: validation, metrics, callbacks, a limit of time, going on where one was broken off.

``Network.fit`` comes here for what needs more than the engine's own loop; a board without these files has that.
"""
import math
import time

from .. import metrics
from .._core.checks import check_bool, check_choice, check_float, to_float
from .._core.messages import NonFiniteError, describe, plural
from .._core.paused import PausedTraining
from .._core.rows import check_sample_weights
from .._model.inputs import check_training_data
from ..model_files.strict_json import written
from ..model_files.training_format import kept_state
from ..optimizers.base import check_learning_rate
from .callbacks import DIGITS, Callback, Checkpoint, StopTraining, cut, has_own, with_arrays
from .class_weights import SIGMOID, SOFTMAX, apply_class_weights
from .history import History
from .validation import split_rows, take_rows

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, List, Optional, Tuple

    from .._core.state import Run
    from ..network import Network

    Told = Optional[Callable[[float, int, float], None]]

BETWEEN = "when some of its callbacks had heard of a step that others had not"
clock = getattr(time, "monotonic", time.time)


class Trainer:
    """One call of fit with all that it was asked for."""

    def __init__(
        self, net: "Network", class_weight: "Any", validation_data: "Any", validation_split: "Any", stratify: "Any",
        measured: "Any", callbacks: "Any", max_seconds: "Optional[float]", resume: "Any",
    ) -> None:
        self.net = net
        self.class_weight = class_weight
        self.validation_data = validation_data
        self.part = check_float("validation_split", validation_split, 0.0, below=1.0)
        self.stratify = stratify
        if validation_data is not None and self.part:
            raise ValueError("validation_split: there is validation_data already; give one of the two")
        if stratify is not None and stratify is not False and not self.part:
            raise ValueError("stratify: it says how validation_split chooses; give both")
        self.chosen = None if stratify is None or stratify is False else "y" if stratify is True else "labels"
        self.weighted = None if class_weight is None else "balanced" if isinstance(class_weight, str) else "a dict"
        self.metrics = _check_metrics(measured, net)
        self.callbacks = _check_callbacks(callbacks)
        self.stateful_callbacks = [one for one in self.callbacks if type(one).state is not Callback.state]
        self.seconds = math.inf if max_seconds is None else check_float("max_seconds", max_seconds, 0.0)
        self.resume = check_bool("resume", resume)
        self.validation: "Any" = None  # x, y and weights in the engine's form
        self.truths: "List[Any]" = []  # y to train on and to validate on, as rows
        self.run: "Run"
        self.history: History
        self.rate: "Any" = None  # before the callbacks heard of the last epoch
        self.epochs_reported = 0  # of so many epochs the callbacks have heard
        self.partly_reported = False  # some callbacks may have heard of a batch, an epoch or the end of which others have not
        self.end_reported = False  # the training is over, and the callbacks hear of that
        self.left: "Optional[PausedTraining]" = None  # what can go on when fit has returned
        self.pausing = False  # to go on another time
        self.ended = False  # ended by a callback

    def split_data(self, data: "Any") -> "Any":
        """What is trained on of the checked x, y and weights; the rest is for validation."""
        net = self.net
        other = None
        if self.part:
            kept, tested = split_rows(data[1], self.part, self.stratify, net.seed)
            data, other = take_rows(data, kept), take_rows(data, tested)
            for part, name in ((data, "to train on"), (other, "for validation")):
                check_sample_weights(part[2], net.plan.outputs, f"sample_weight of the rows {name}")
            self.validation = net._to_engine(other)
        if self.validation_data is not None:
            other = self._checked_validation()
        if self.metrics:
            self.truths = [[list(row) for row in one[1]] for one in (data, other) if one]
        if self.class_weight is not None:
            data = data[0], data[1], apply_class_weights(self.class_weight, data[1], data[2], net.plan)
        return data

    def _checked_validation(self) -> "Any":
        given = self.validation_data
        if not isinstance(given, (tuple, list)) or len(given) not in (2, 3):
            raise TypeError(f"validation_data: expected (x, y) or (x, y, sample_weight), got {describe(given)}")
        x, y, weights = given if len(given) == 3 else (given[0], given[1], None)
        try:
            data = check_training_data(x, y, weights, self.net.plan, in_place=self.net._engine.rows_in_place)
            self.validation = self.net._to_engine(data)
            return data
        except (ValueError, TypeError) as error:
            raise type(error)(f"validation_data: {error}") from None

    # the loop --------------------------------------------------------------------------------------

    def train(self, run: "Run", progress: "Told") -> History:
        """Train until the epochs are done, or something stops it."""
        self.run = run
        names = ["val_loss"] if self.validation else []
        for name, _ in self.metrics:
            names += [name] + (["val_" + name] if self.validation else [])
        self.history = History(run.losses, [(name, []) for name in names], run.epochs)
        for callback in self.callbacks:
            callback._check(self.net, self.history)
        before = self.net._unfinished if self.resume else None
        if isinstance(before, str):
            raise ValueError(f"resume: the training cannot go on, {before}; fit without resume begins a new one")
        if before:
            self._go_on(before)
        else:
            self.pausing = self._tell(self.callbacks, lambda one: one.on_train_begin(self.net, self.history))
            self.partly_reported = False
        self.net._training = self
        try:
            self._require_room()
        except BaseException:
            self.net._training = None  # nothing has been trained: what could go on before can go on
            raise
        self.net._unfinished = None
        try:
            self._loop(progress)
            self._end()
        except NonFiniteError:
            self.net._training = self.net._unfinished = None
            raise
        return self.history

    def _go_on(self, before: PausedTraining) -> None:
        """Be where another run was broken off; ValueError where this one is not its like."""
        run, net = self.run, self.net
        for name, mine, its in (
            ("batch_size", run.batch_size, before.batch_size), ("shuffle", run.shuffle, before.shuffle),
            ("validation_split", self.part, before.split), ("stratify", self.chosen, before.stratify),
            ("class_weight", self.weighted, before.class_weight),
            ("x", plural(len(run.x), "row"), plural(before.samples, "row")),
            ("validation and metrics", [name for name, _ in self.history.curves], [name for name, _ in before.curves]),
            ("callbacks", [_kind(one) for one in self.stateful_callbacks], [kind for kind, _, _ in before.callbacks]),
        ):
            if mine != its:
                raise ValueError(f"resume: {name}: got {mine}, and the training that was broken off had {its}")
        if run.epochs < len(before.losses) + (before.rows > 0):
            begun = len(before.losses) + (before.rows > 0)
            raise ValueError(f"resume: epochs: got {run.epochs}, and the training broken off had begun {begun}")
        for callback, (kind, words, numbers) in zip(self.stateful_callbacks, before.callbacks):
            try:
                callback.set_state(words, list(numbers))
            except (ValueError, TypeError, IndexError) as error:
                raise ValueError(f"resume: {kind} cannot go on from what is kept of it: {error}") from None
        if before.restored_weights:
            sizes = [array.size for array in net.plan.parameters + net.plan.statistics]
            net._engine.set_state(with_arrays(net._engine.state(), cut(before.restored_weights, sizes)))
        run.losses += before.losses
        run.set_rate(run.learning_rate)  # which has heard of these
        run.rows, run.totals = before.rows, before.totals
        run.epoch_loss = 0.0
        for (_, curve), (_, values) in zip(self.history.curves, before.curves):
            curve += values
        self.epochs_reported = before.epochs_reported
        self.history.stopped, self.ended = before.stopped, before.stopped is not None

    def _require_room(self) -> None:
        """Refuse, before time is spent, what a Checkpoint could not save, and states that no file could hold."""
        unfinished = self.unfinished()
        checkpoints = [one for one in self.callbacks if isinstance(one, Checkpoint)]
        if not checkpoints:
            return
        numbers = 20 + len(unfinished.curves) + len(unfinished.callbacks)  # in the words, the list of tensors, position
        growth = DIGITS * numbers + max([len(written(written(_kind(one)))) for one in self.callbacks])
        for callback in self.callbacks:
            growth += callback._growth(self.net)
        checkpoints[0]._require_room(self.net, growth)

    def _loop(self, progress: "Told") -> None:
        net, run = self.net, self.run
        watchers = [callback for callback in self.callbacks if callback.wants_batches]
        end = clock() + self.seconds
        share = run.row_budget
        if self.epochs_reported < len(run.losses):
            self._end_of_epoch()
        while not self.ended and not self.pausing and len(run.losses) < run.epochs:
            run.stop_epoch = len(run.losses) + 1
            left = run.batch_size - run.rows % run.batch_size
            late = clock() >= end
            run.row_budget = given = min(share, left) if watchers or late else share
            net._engine.train(run)
            if run.non_finite:
                raise net._non_finite_error(run)
            if given == share:
                share = min(run.row_budget, len(run.x))  # the engine has tuned it, and sees an epoch at most
            if progress:
                progress(run.done(), run.epochs, run.loss())
            whole = run.rows % run.batch_size == 0
            if whole and watchers:
                self._end_of_batch(watchers)
            if len(run.losses) > self.epochs_reported:
                self._end_of_epoch()
            if whole and clock() >= end and not self._done():
                self.history.stopped = self.history.stopped or "max_seconds"
                self.pausing = True

    def _done(self) -> bool:
        """Whether there is nothing to go on with."""
        return self.ended or len(self.run.losses) >= self.run.epochs

    def _end_of_batch(self, watchers: "List[Callback]") -> None:
        run = self.run
        epoch, rows = (len(run.losses) + 1, run.rows) if run.rows else (len(run.losses), len(run.x))
        batch = (rows + run.batch_size - 1) // run.batch_size
        if self._tell(watchers, lambda one: one.on_batch_end(self.net, epoch, batch, run.loss())):
            self.pausing = True

    def _end_of_epoch(self) -> None:
        epoch = len(self.run.losses)
        values = self._measured(epoch)
        for (_, curve), value in zip(self.history.curves, values):
            curve[epoch - 1:] = [value]
        self.rate = self.net.optimizer.learning_rate
        self.net._unfinished = self.unfinished() if self.stateful_callbacks else None  # set_parameters makes it None
        self.partly_reported = bool(self.stateful_callbacks)
        self.epochs_reported = epoch
        self._tell(self.callbacks, lambda one: one.on_epoch_end(self.net, epoch, self.history), epoch=True)
        self.net._unfinished = None

    def paused(self) -> "PausedTraining | str | None":
        """What an interrupted training keeps to go on, or why it cannot; None after a number that is not finite.

        If only some of the callbacks have heard of an epoch or of the end, it is what was before: all hear of it again.
        """
        run = self.run
        if run.non_finite:
            return None
        run.catch_up(self.net._engine.progress(run)[0])
        if not self.partly_reported:
            return self.unfinished()
        before: "Optional[PausedTraining]" = self.net._unfinished
        if not isinstance(before, PausedTraining):
            return f"for it was interrupted {BETWEEN}"
        self.net.optimizer.learning_rate = self.rate
        return before

    def _tell(self, callbacks: "List[Callback]", call: "Any", epoch: bool = False) -> bool:
        """Tell the callbacks, those that save last; whether one wants to stop: after an epoch it ends the training."""
        stopping = False
        early, late = [one for one in callbacks if not one.late], [one for one in callbacks if one.late]
        ordered = early + [one for one in late if one in self.stateful_callbacks]
        ordered += [one for one in late if one not in self.stateful_callbacks]
        keeping = [one for one in ordered if one in self.stateful_callbacks]
        self.partly_reported = bool(keeping)
        for callback in ordered:
            if _wants_to_stop(callback, call):
                stopping = True
                if epoch and not self.ended or not self.history.stopped:
                    self.history.stopped = _kind(callback)
                self.ended = self.ended or epoch
            if keeping and callback is keeping[-1]:
                self.partly_reported = False
        self.run.set_rate(check_learning_rate(self.net.optimizer.learning_rate))
        return stopping

    def _measured(self, epoch: int) -> "List[float]":
        """The numbers that an epoch adds to the curves."""
        engine = self.net._engine
        values: "List[float]" = []
        if self.validation:
            values.append(engine.evaluate(*self.validation))
        if self.metrics:
            inputs = [self.run.x] + ([self.validation[0]] if self.validation else [])
            predictions = [engine.predict(rows) for rows in inputs]
            for name, function in self.metrics:
                for truth, predicted in zip(self.truths, predictions):
                    values.append(to_float(function(truth, predicted), f"what the metric {name} gave"))
        for (name, _), value in zip(self.history.curves, values):
            if not -math.inf < value < math.inf:
                if name != "val_loss":
                    raise NonFiniteError(f"{name} is {value} after epoch {epoch}: metrics have to give finite numbers")
                raise NonFiniteError(f"{name} is {value} after epoch {epoch}; a smaller learning rate "
                                     f"(now {self.run.learning_rate}) or scaled inputs may help")
        return values

    # the end ---------------------------------------------------------------------------------------

    def _end(self) -> None:
        """Let the callbacks finish; a training that may go on is kept."""
        net = self.net
        if len(self.run.losses) >= self.run.epochs:
            self.history.stopped = None
        self.left = None if self._done() else self.unfinished()
        told = [one for one in self.callbacks if has_own(one, "on_train_end")]
        if not told:
            return
        before, state = self.left or self.unfinished(), net._engine.state()
        before.restored_weights = [value for values in state.parameters + state.statistics for value in values]
        self.rate, net._unfinished = net.optimizer.learning_rate, before
        self.end_reported, self.partly_reported = self._done(), True
        if not any([_wants_to_stop(one, lambda it: it.on_train_end(net, self.history)) for one in told]):
            before.restored_weights = []

    def kept(self) -> "PausedTraining | str | None":
        """What a network that a callback saves now keeps of the training, or why it cannot go on, as ``paused``."""
        if self.partly_reported and not self.end_reported and not self.run.non_finite:
            return f"for it was saved {BETWEEN}"
        return None if self.run.non_finite else self.unfinished()

    def unfinished(self) -> PausedTraining:
        """What is needed to go on from here."""
        run = self.run
        made = PausedTraining(run.epochs, run.batch_size, len(run.x), run.shuffle, self.net._engine.progress(run))
        made.epochs_reported = self.epochs_reported
        made.split, made.stratify, made.class_weight = self.part, self.chosen, self.weighted
        made.stopped = self.history.stopped if self.ended else None
        made.curves = [(name, values[:self.epochs_reported]) for name, values in self.history.curves]
        for callback in self.stateful_callbacks:
            try:
                made.callbacks.append(kept_state(_kind(callback), callback.state()))
            except Exception:
                self.partly_reported = True  # what went before is kept, if anything
                raise
        return made


def _kind(callback: Callback) -> str:
    return callback.kind or type(callback).__name__


def _wants_to_stop(callback: Callback, call: "Any") -> bool:
    try:
        return bool(call(callback))
    except StopTraining:
        return True


def _check_callbacks(callbacks: "Any") -> "List[Callback]":
    if callbacks is None or isinstance(callbacks, Callback):
        callbacks = [] if callbacks is None else [callbacks]
    if not isinstance(callbacks, (list, tuple)):
        raise TypeError(f"callbacks: expected a list of callbacks such as [EarlyStopping()], got {describe(callbacks)}")
    for k, callback in enumerate(callbacks):
        if not isinstance(callback, Callback):
            cure = "make it, with brackets" if isinstance(callback, type) else "derive its class from purenet.Callback"
            got = describe(callback)
            raise TypeError(f"callbacks[{k}]: expected a callback such as EarlyStopping(), got {got}; {cure}")
        if not isinstance(_kind(callback), str):
            raise TypeError(f"callbacks[{k}]: expected text as its kind, got {describe(_kind(callback))}")
    return list(callbacks)


def _check_metrics(measured: "Any", net: "Network") -> "List[Tuple[str, Any]]":
    """(name, function) for each metric: a function, the name of one of purenet.metrics, or a pair of both."""
    if measured is None:
        return []
    if not isinstance(measured, (list, tuple)):
        cure = f"; write [{measured!r}]" if isinstance(measured, str) and measured in metrics.NAMES else ""
        raise TypeError(f"metrics: expected a list of functions such as [accuracy], got {describe(measured)}{cure}")
    found: "List[Tuple[str, Any]]" = []
    for k, one in enumerate(measured):
        if isinstance(one, str):
            check_choice(f"metrics[{k}]", one, metrics.NAMES)
            one = getattr(metrics, one)
        name, function = one if isinstance(one, tuple) and len(one) == 2 else (getattr(one, "__name__", ""), one)
        if not callable(function) or not isinstance(name, str) or not name:
            got = describe(one)
            raise TypeError(f"metrics[{k}]: expected a function of (y, predictions), or (name, function), got {got}")
        _check_classes(f"metrics[{k}]: {name}", function, net)
        taken = ["loss", "val_loss"]
        for other, _ in found:
            taken += [other, "val_" + other]
        for curve in (name, "val_" + name):
            if curve in taken:
                raise ValueError(f"metrics[{k}]: there is a curve {curve!r} already; give (name, function)")
        found.append((name, function))
    return found


def _check_classes(name: str, function: "Any", net: "Network") -> None:
    """ValueError for a metric of classes where the outputs are none."""
    if not any([function is one for one in metrics.OF_CLASSES]):
        return
    if net.plan.steps[-1].kind not in (SOFTMAX, SIGMOID):
        cure = "take \"mean_absolute_error\" or \"r2\", or a function of yours"
        raise ValueError(f"{name} needs a softmax or sigmoid outputs, this network ends in {net.layers[-1]}; {cure}")
    if function is metrics.top_k_accuracy and net.plan.outputs == 1:
        raise ValueError(f"{name} needs an output for each class, this network has one output; take \"accuracy\"")
