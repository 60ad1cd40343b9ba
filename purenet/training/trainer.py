"""Train with validation, metrics, callbacks or a time limit, or resume an interrupted training.

``Network.fit`` uses ``Trainer`` if one of these is needed. Otherwise it uses ``loop.PlainTrainer``, as boards do.
"""
import math
import time

from .._core.arrays import flatten
from .._core.checks import check_bool, check_float
from .._core.messages import NonFiniteError, describe, plural
from .._core.paused import PausedTraining
from .._core.rows import check_sample_weights
from .._model.inputs import check_training_data, convert_data
from ..model_files.network_format import check_header_size
from ..model_files.training_format import check_callback_state
from ..optimizers.base import check_learning_rate
from .callbacks import (
    DIGITS,
    Callback,
    Checkpoint,
    StopTraining,
    check_callbacks,
    kind_of,
    overrides,
    split_by_sizes,
    with_arrays,
)
from .class_weights import apply_class_weights
from .history import History
from .labels import Measures
from .loop import train_share
from .validation import split_rows, take_rows

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .._core.state import Run
    from .callbacks import TrainedNetwork
    from .loop import ProgressFunction

BETWEEN = "when some of its callbacks had heard of a step that others had not"  # model files contain this text
clock = getattr(time, "monotonic", time.time)


class Trainer:
    """One call of fit, with all its options.

    ``net`` is the network, which callbacks get. The other arguments are those of fit.
    """
    def __init__(
        self, net: "TrainedNetwork", class_weight: "Any", validation_data: "Any", validation_split: "Any",
        stratify: "Any", measured: "Any", callbacks: "Any", max_seconds: "float | None", resume: "Any",
    ) -> None:
        self.net = net
        self.engine = net.engine
        self.resume_point = net.resume_point
        self.class_weight = class_weight
        self.validation_data = validation_data
        self.validation_split = check_float("validation_split", validation_split, 0.0, below=1.0)
        self.stratify = stratify
        if validation_data is not None and self.validation_split:
            raise ValueError("validation_split: it cannot be used together with validation_data; give only one")
        if stratify is not None and stratify is not False and not self.validation_split:
            raise ValueError("stratify: it needs a validation_split, whose rows it chooses; give both, or neither")
        self.stratified_by = None if stratify is None or stratify is False else "y" if stratify is True else "labels"
        self.weighted_by = None if class_weight is None else "balanced" if isinstance(class_weight, str) else "a dict"
        self.metrics = Measures(measured, net)
        self.callbacks = _checkpoints_last(check_callbacks(callbacks))
        self.stateful_callbacks = [one for one in self.callbacks if _is_stateful(one)]
        self.seconds = math.inf if max_seconds is None else check_float("max_seconds", max_seconds, 0.0)
        self.resume = check_bool("resume", resume)
        self.validation: "Any" = None  # x, y and weights in the engine's form
        self.run: "Run"
        self.history: History
        self.rate: "Any" = None  # the learning rate before the last epoch was reported to the callbacks
        self.epochs_reported = 0  # to the callbacks
        self.partly_reported = False  # the current batch, epoch or end is reported to some stateful callbacks only
        self.end_reported = False  # the training is over, and this is being reported
        self.paused: "PausedTraining | None" = None  # what another fit can resume after this one has returned
        self.pausing = False  # stop now, so that another fit can resume
        self.ended = False  # by a callback, so that it cannot be resumed

    def split_data(self, data: "Any") -> "Any":
        """Return the rows to train on of the checked x, y and weights. The others are used for validation."""
        net = self.net
        other = None
        if self.validation_split:
            training, validation = split_rows(data[1], self.validation_split, self.stratify, net.plan)
            data, other = take_rows(data, training), take_rows(data, validation)
            for part, name in ((data, "to train on"), (other, "for validation")):
                check_sample_weights(part[2], net.plan.outputs, f"sample_weight of the rows {name}")
            self.validation = convert_data(other, net.plan, self.engine)
        if self.validation_data is not None:
            other = self._checked_validation()
        self.metrics.set_targets([one[1] for one in (data, other) if one])
        if self.class_weight is not None:
            data = data[0], data[1], apply_class_weights(self.class_weight, data[1], data[2], net.plan)
        return data

    def _checked_validation(self) -> "Any":
        """Return the checked ``validation_data``, which ``self.validation`` then holds in the engine's form."""
        given = self.validation_data
        if not isinstance(given, (tuple, list)) or len(given) not in (2, 3):
            raise TypeError(f"validation_data: expected (x, y) or (x, y, sample_weight), got {describe(given)}")
        x, y, weights = given if len(given) == 3 else (given[0], given[1], None)
        try:
            data = check_training_data(x, y, weights, self.net.plan, in_place=self.engine.rows_in_place)
            self.validation = convert_data(data, self.net.plan, self.engine)
            return data
        except (ValueError, TypeError) as error:
            raise type(error)(f"validation_data: {error}") from None

    # the loop --------------------------------------------------------------------------------------

    def train(self, run: "Run", progress: "ProgressFunction | None") -> History:
        """Train until all epochs are done or something stops the training."""
        self.run = run
        names = ["val_loss"] if self.validation else []
        for name in self.metrics.names:
            names += [name] + (["val_" + name] if self.validation else [])
        self.history = History(run.losses, [(name, []) for name in names], run.epochs)
        for callback in self.callbacks:
            callback.check_before_training(self.net, self.history)
        point = self.resume_point
        before = point.paused if self.resume else None
        if isinstance(before, str):
            raise ValueError(f"resume: the training cannot go on, {before}; fit without resume starts a new one")
        if before:
            self._resume(before)
        else:
            self.pausing = self._report(self.callbacks, lambda one: one.on_train_begin(self.net, self.history))
            self.partly_reported = False
        point.running = self
        try:
            self._check_savable()
        except BaseException:
            point.running = None  # nothing has been trained, so an earlier training can still be resumed
            raise
        point.paused = None
        try:
            self._loop(progress)
            self._end()
        except NonFiniteError:
            point.running = point.paused = None
            raise
        return self.history

    def _resume(self, before: PausedTraining) -> None:
        """Continue an interrupted training. Raise ValueError if its settings were different."""
        run, net = self.run, self.net
        for name, given, expected in (
            ("batch_size", run.batch_size, before.batch_size), ("shuffle", run.shuffle, before.shuffle),
            ("validation_split", self.validation_split, before.validation_split),
            ("stratify", self.stratified_by, before.stratify), ("class_weight", self.weighted_by, before.class_weight),
            ("x", plural(len(run.x), "row"), plural(before.samples, "row")),
            ("validation and metrics", [name for name, _ in self.history.curves], [name for name, _ in before.curves]),
            ("callbacks", [kind_of(one) for one in self.stateful_callbacks], [kind for kind, _, _ in before.callbacks]),
        ):
            if given != expected:
                raise ValueError(f"resume: {name}: got {given}, but the interrupted training had {expected}")
        begun = len(before.losses) + (before.rows > 0)
        if run.epochs < begun:
            raise ValueError(f"resume: epochs: got {run.epochs}, but the interrupted training had begun {begun}")
        for callback, (kind, words, numbers) in zip(self.stateful_callbacks, before.callbacks):
            try:
                callback.set_state(words, list(numbers))
            except (ValueError, TypeError, IndexError) as error:
                raise ValueError(f"resume: {kind} cannot continue from its saved state: {error}") from None
        if before.restored_weights:
            sizes = [array.size for array in net.plan.parameters + net.plan.statistics]
            self.engine.set_state(with_arrays(self.engine.state(), split_by_sizes(before.restored_weights, sizes)))
        run.losses += before.losses
        run.set_rate(run.learning_rate)  # a schedule already knows these losses
        run.rows, run.totals = before.rows, before.totals
        for (_, curve), (_, values) in zip(self.history.curves, before.curves):
            curve += values
        self.epochs_reported = before.epochs_reported
        self.history.stopped, self.ended = before.stopped, before.stopped is not None

    def _check_savable(self) -> None:
        """Raise if a model file cannot hold the state of a callback, or a Checkpoint could not save the network."""
        paused = self.paused_now()
        checkpoints = [one for one in self.callbacks if isinstance(one, Checkpoint)]
        if not checkpoints:
            return
        # the whole numbers in the file that can get more digits during training
        numbers = 20 + len(paused.curves) + len(paused.callbacks)
        growth = DIGITS * numbers
        for callback in self.callbacks:
            growth += callback.state_growth(self.net)
        try:
            settings, state = self.net.__getstate__()
            for callback in self.callbacks:
                settings["paused"].stopped = kind_of(callback)  # the file names it if it stops the training
                check_header_size(settings, state, growth)
        except (ValueError, TypeError) as error:
            raise type(error)(f"{checkpoints[0]!r}: this network cannot be saved: {error}; use a smaller one, fewer "
                              f"callbacks, or no Checkpoint") from None

    def _loop(self, progress: "ProgressFunction | None") -> None:
        """Train share by share. Shares end at batches if a callback listens to them, or when the time is over."""
        run = self.run
        listeners = [callback for callback in self.callbacks if callback.wants_batches]
        end = clock() + self.seconds
        share = run.row_budget
        if self.epochs_reported < len(run.losses):
            self._end_of_epoch()
        while not self.ended and not self.pausing and len(run.losses) < run.epochs:
            run.stop_epoch = len(run.losses) + 1
            left = run.batch_size - run.rows % run.batch_size
            late = clock() >= end
            run.row_budget = given = min(share, left) if listeners or late else share
            train_share(self.engine, self.net.plan, run)
            if given == share:
                share = min(run.row_budget, len(run.x))  # the engine adjusts it; one epoch at most
            if progress:
                progress(run.done(), run.epochs, run.loss())
            batch_ended = run.rows % run.batch_size == 0
            if batch_ended and listeners:
                self._end_of_batch(listeners)
            if len(run.losses) > self.epochs_reported:
                self._end_of_epoch()
            if batch_ended and clock() >= end and not self._done():
                self.history.stopped = self.history.stopped or "max_seconds"
                self.pausing = True

    def _done(self) -> bool:
        """Return whether the training is over and cannot be paused."""
        return self.ended or len(self.run.losses) >= self.run.epochs

    def _end_of_batch(self, listeners: "list[Callback]") -> None:
        run = self.run
        epoch, rows = (len(run.losses) + 1, run.rows) if run.rows else (len(run.losses), len(run.x))
        batch = (rows + run.batch_size - 1) // run.batch_size
        self.pausing = self._report(listeners, lambda one: one.on_batch_end(self.net, epoch, batch, run.loss()))

    def _end_of_epoch(self) -> None:
        epoch = len(self.run.losses)
        values = self._measure(epoch)
        for (_, curve), value in zip(self.history.curves, values):
            curve[epoch - 1:] = [value]
        self.rate = self.net.optimizer.learning_rate
        # set_parameters sets it to None, because the change cannot be undone
        self.resume_point.paused = self.paused_now() if self.stateful_callbacks else None
        self.partly_reported = bool(self.stateful_callbacks)
        self.epochs_reported = epoch
        self._report(self.callbacks, lambda one: one.on_epoch_end(self.net, epoch, self.history), epoch=True)
        self.resume_point.paused = None

    def paused_by_error(self) -> "PausedTraining | str | None":
        """Return what to resume after an error or Ctrl-C, or a text that says why the training cannot go on.

        If an epoch or the end was reported only to some of the callbacks, return the progress before it. It is then
        reported to all of them again. Return None if a number was not finite.
        """
        run = self.run
        if run.non_finite:
            return None
        run.catch_up(self.engine.progress(run)[0])
        if not self.partly_reported:
            return self.paused_now()
        before: "PausedTraining | None" = self.resume_point.paused
        if not isinstance(before, PausedTraining):
            return f"for it was interrupted {BETWEEN}"
        self.net.optimizer.learning_rate = self.rate
        return before

    def _report(self, callbacks: "list[Callback]", call: "Any", epoch: bool = False) -> bool:
        """Report to the callbacks, and return whether one stops the training. After an epoch it cannot be resumed."""
        stopping = False
        stateful = [one for one in callbacks if one in self.stateful_callbacks]
        self.partly_reported = bool(stateful)
        for callback in callbacks:
            if _stops(callback, call):
                stopping = True
                if epoch and not self.ended or not self.history.stopped:
                    self.history.stopped = kind_of(callback)
                self.ended = self.ended or epoch
            if stateful and callback is stateful[-1]:
                self.partly_reported = False
        self.run.set_rate(check_learning_rate(self.net.optimizer.learning_rate))
        return stopping

    def _measure(self, epoch: int) -> "list[float]":
        """Return the validation loss and the metrics after an epoch."""
        engine = self.engine
        values: "list[float]" = [engine.evaluate(*self.validation)] if self.validation else []
        if self.metrics.names:
            inputs = [self.run.x] + ([self.validation[0]] if self.validation else [])
            values += self.metrics.values([engine.predict(rows) for rows in inputs])
        for (name, _), value in zip(self.history.curves, values):
            if not -math.inf < value < math.inf:
                if name != "val_loss":
                    raise NonFiniteError(f"{name} is {value} after epoch {epoch}: metrics must return finite numbers")
                raise NonFiniteError(f"{name} is {value} after epoch {epoch}; a smaller learning rate "
                                     f"(now {self.run.learning_rate}) or scaled inputs may help")
        return values

    # the end ---------------------------------------------------------------------------------------

    def _end(self) -> None:
        """Record what another fit can resume, and report the end to the callbacks."""
        net = self.net
        if len(self.run.losses) >= self.run.epochs:
            self.history.stopped = None
        self.paused = None if self._done() else self.paused_now()
        listeners = [one for one in self.callbacks if overrides(one, "on_train_end")]
        if not listeners:
            return
        before, state = self.paused or self.paused_now(), self.engine.state()
        before.restored_weights = flatten(state.parameters + state.statistics)
        self.rate, self.resume_point.paused = net.optimizer.learning_rate, before
        self.end_reported, self.partly_reported = self._done(), True
        if not any([_stops(one, lambda it: it.on_train_end(net, self.history)) for one in listeners]):
            before.restored_weights = []

    def paused_to_save(self) -> "PausedTraining | str | None":
        """Return what to save with the network while it is trained. The result is as that of ``paused_by_error``."""
        if self.partly_reported and not self.end_reported and not self.run.non_finite:
            return f"for it was saved {BETWEEN}"
        return None if self.run.non_finite else self.paused_now()

    def paused_now(self) -> PausedTraining:
        """Return the training as it is after the last finished batch."""
        run = self.run
        made = PausedTraining(run.epochs, run.batch_size, len(run.x), run.shuffle, self.engine.progress(run))
        made.epochs_reported = self.epochs_reported
        made.validation_split = self.validation_split
        made.stratify, made.class_weight = self.stratified_by, self.weighted_by
        made.stopped = self.history.stopped if self.ended else None
        made.curves = [(name, values[:self.epochs_reported]) for name, values in self.history.curves]
        for callback in self.stateful_callbacks:
            try:
                made.callbacks.append(check_callback_state(kind_of(callback), callback.state()))
            except Exception:
                self.partly_reported = True  # to resume before this report, if possible
                raise
        return made


def _is_stateful(callback: Callback) -> bool:
    """Return whether a model file holds a state of the callback."""
    return type(callback).state is not Callback.state


def _checkpoints_last(callbacks: "list[Callback]") -> "list[Callback]":
    """Put each Checkpoint after the callbacks whose state it saves."""
    return sorted(callbacks, key=lambda one: 1 + (not _is_stateful(one)) if isinstance(one, Checkpoint) else 0)


def _stops(callback: Callback, call: "Any") -> bool:
    """Call a method of the callback, and return whether it stops the training."""
    try:
        return bool(call(callback))
    except StopTraining:
        return True
