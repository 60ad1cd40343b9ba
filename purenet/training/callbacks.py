"""Callbacks watch a training, stop it or save it: ``fit(..., callbacks=[EarlyStopping(), Checkpoint(path)])``."""
from .._core.arrays import flatten
from .._core.checks import MAX_COUNT, check_bool, check_choice, check_float, check_int
from .._core.messages import describe, warn_user
from .._core.paths import check_path

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Protocol

    from .._core.locks import ResumePoint
    from .._core.plan import Plan
    from .history import History

    CallbackState = tuple[list[Any], list[float]]

    class TrainedNetwork(Protocol):
        """What a training needs of the network that it trains."""

        plan: Plan
        resume_point: ResumePoint
        seed: int

        @property
        def engine(self) -> Any: ...

        @property
        def layers(self) -> Any: ...

        @property
        def optimizer(self) -> Any: ...

        def __getstate__(self) -> Any: ...

        def save(self, path: Any) -> None: ...

DIGITS = 20  # of a whole number, at most
LARGER = ("accuracy", "precision", "recall", "r2")  # a metric whose name ends so is better if it is larger
SMALLER = ("loss", "error")


class StopTraining(Exception):
    """A callback raises this to stop training, as if it returned True."""


class Callback:
    """The base class of callbacks. Derive a class from it, and write the methods that you need.

    If a method returns True or raises StopTraining, training stops. After a batch, fit can go on later with
    ``resume=True``. After an epoch, the training is over. ``net`` can be used and saved, and
    ``net.optimizer.learning_rate`` set for the next batches. ``history`` holds the curves so far. Epochs and batches
    count from 1. Callbacks are called in the order of the list, except that each Checkpoint comes last.
    """

    kind = ""  # its name in a model file; the name of the class by default

    def __repr__(self) -> str:
        return f"<callback {type(self).__name__}>"

    def check_before_training(self, net: "TrainedNetwork", history: "History") -> None:
        """Raise if the callback cannot work, before training starts or resumes."""

    def on_train_begin(self, net: "TrainedNetwork", history: "History") -> "bool | None":
        """Reset the callback for a new training. If a training is resumed, set_state is called instead."""
        return None

    def on_batch_end(self, net: "TrainedNetwork", epoch: int, batch: int, loss: float) -> "bool | None":
        """Handle the end of a batch. ``loss`` is that of the epoch so far. Overriding this slows training down."""
        return None

    def on_epoch_end(self, net: "TrainedNetwork", epoch: int, history: "History") -> "bool | None":
        """Handle the end of an epoch, whose losses and metrics are in history."""
        return None

    def on_train_end(self, net: "TrainedNetwork", history: "History") -> "bool | None":
        """Handle the end of the training. It is not called after an error. Return True if you changed the network."""
        return None

    def state(self) -> "CallbackState":
        """Return what the callback needs if the training is resumed: (words, finite numbers), two lists.

        Words are text, whole numbers of at most 64 bits, True, False, None, and lists of them, nested up to eight
        levels deep. Tuples come back as lists. They are checked when training begins, and whenever they are saved.
        If a class overrides this method, its callbacks have to be given again when the training is resumed. Others
        can be left out or added. If a training is interrupted when an epoch was reported only to some of the callbacks,
        it is reported to all of them again.
        """
        return [], []

    def set_state(self, words: "list[Any]", numbers: "list[float]") -> None:
        """Restore what ``state`` returned, possibly from a file."""

    def state_growth(self, net: "TrainedNetwork") -> int:
        """Return by how many bytes the words of ``state`` can grow during training."""
        return 0

    @property
    def wants_batches(self) -> bool:
        """Whether on_batch_end is to be called."""
        return overrides(self, "on_batch_end")


def overrides(callback: Callback, method: str) -> bool:
    """Return whether a callback or its class replaces a method of Callback."""
    return getattr(getattr(callback, method), "__func__", None) is not getattr(Callback, method)


def kind_of(callback: Callback) -> str:
    """Return the name of a callback in histories and model files."""
    return callback.kind or type(callback).__name__


def check_callbacks(callbacks: "Any") -> "list[Callback]":
    """Return fit's argument ``callbacks`` as a list. Raises TypeError for what is not a callback."""
    if callbacks is None or isinstance(callbacks, Callback):
        callbacks = [] if callbacks is None else [callbacks]
    if not isinstance(callbacks, (list, tuple)):
        raise TypeError(f"callbacks: expected a list of callbacks such as [EarlyStopping()], got {describe(callbacks)}")
    for k, callback in enumerate(callbacks):
        if not isinstance(callback, Callback):
            cure = "call the class" if isinstance(callback, type) else "derive its class from purenet.Callback"
            got = describe(callback)
            raise TypeError(f"callbacks[{k}]: expected a callback such as EarlyStopping(), got {got}; {cure}")
        if not isinstance(kind_of(callback), str):
            raise TypeError(f"callbacks[{k}]: expected text as its kind, got {describe(kind_of(callback))}")
    return list(callbacks)


class EarlyStopping(Callback):
    """Stop training if ``patience`` epochs in a row bring no improvement.

    ``monitor``: "loss", "val_loss" (default), or the name of a metric such as "val_accuracy".
    ``min_delta``: an improvement has to be larger than this, 0.0 by default.
    ``restore_best``: when fit returns, give the network the parameters and statistics of its best epoch, the first of
    equals. The optimizer's numbers, the random stream and the counts of epochs and steps stay, as in Keras. After an
    error or Ctrl-C nothing is restored, because the training can go on. The same fit with
    ``resume=True, max_seconds=0`` then trains on one more batch and restores the best epoch.
    ``mode``: "min" or "max"; None (default) derives it from the name of ``monitor``.

    ``best`` is the best value so far, and ``best_epoch`` its epoch, counted from 1, or 0 before the first.
    """

    kind = "early_stopping"
    warns = True  # of a best epoch that is the first; tables say it in a note instead

    def __init__(
        self, monitor: str = "val_loss", patience: int = 10, min_delta: float = 0.0, restore_best: bool = True,
        mode: "str | None" = None,
    ) -> None:
        if not isinstance(monitor, str):
            raise TypeError(f"monitor: expected a name such as \"val_loss\", got {describe(monitor)}")
        self.monitor = monitor
        self.patience = check_int("patience", patience, 0)
        self.min_delta = check_float("min_delta", min_delta, 0.0)
        self.restore_best = check_bool("restore_best", restore_best)
        if mode is not None:
            check_choice("mode", mode, ("min", "max"))
        elif any([monitor.endswith(word) for word in SMALLER]):
            mode = "min"
        elif any([monitor.endswith(word) for word in LARGER]):
            mode = "max"
        else:
            raise ValueError(f"mode: give \"min\" or \"max\", because {monitor!r} does not show which of them is "
                             "better; curves have the metric's whole name, such as \"val_accuracy\"")
        self.mode = mode
        self._reset()

    def _reset(self) -> None:
        self.best: "float | None" = None
        self.best_epoch = 0
        self.wait = 0
        self._arrays: "list[Any]" = []  # parameters, then statistics

    def __repr__(self) -> str:
        return f"EarlyStopping(monitor={self.monitor!r}, patience={self.patience}, min_delta={self.min_delta!r})"

    def check_before_training(self, net: "TrainedNetwork", history: "History") -> None:
        try:
            history[self.monitor]
        except ValueError as error:
            cure = "name it in metrics"
            if self.monitor[:4] == "val_" and "val_loss" not in [name for name, _ in history.curves]:
                cure = "give validation_data or validation_split, or monitor \"loss\""
            raise ValueError(f"EarlyStopping: {error}; {cure}") from None

    def on_train_begin(self, net: "TrainedNetwork", history: "History") -> None:
        self._reset()

    def on_epoch_end(self, net: "TrainedNetwork", epoch: int, history: "History") -> "bool | None":
        value = history[self.monitor][-1]
        if self.best is None:
            better = True
        elif self.mode == "min":
            better = value < self.best - self.min_delta
        else:
            better = value > self.best + self.min_delta
        if not better:
            self.wait += 1
            return self.wait >= self.patience
        arrays = self._arrays
        if self.restore_best:
            state = net.engine.state()
            arrays = state.parameters + state.statistics
        self.best, self.best_epoch, self.wait, self._arrays = value, epoch, 0, arrays  # at once, for Ctrl-C
        return None

    def on_train_end(self, net: "TrainedNetwork", history: "History") -> "bool | None":
        if not self._arrays:
            return None
        wanted = [parameter.size for parameter in net.plan.parameters + net.plan.statistics]
        if [len(values) for values in self._arrays] != wanted:
            raise ValueError("EarlyStopping: the parameters to restore do not have this network's sizes; "
                             "use a new EarlyStopping()")
        fell = history.loss[-1] < history.loss[0] and self.monitor[:4] == "val_"
        if self.warns and self.best_epoch == 1 and len(history.loss) > 2 and fell:
            warn_user(f"EarlyStopping: the best {self.monitor} is that of epoch 1 of {len(history.loss)}, though the "
                      "training loss fell on: the network keeps the weights of epoch 1, hardly trained. Try a smaller "
                      "learning rate or network, and see that validation and training rows are alike")
        net.engine.set_state(with_arrays(net.engine.state(), self._arrays))
        return True

    def state(self) -> "CallbackState":
        numbers = ([] if self.best is None else [self.best]) + flatten(self._arrays)
        return [self.best_epoch, self.wait, [len(values) for values in self._arrays]], numbers

    def state_growth(self, net: "TrainedNetwork") -> int:
        restored = net.plan.parameters + net.plan.statistics if self.restore_best else []
        sizes = [parameter.size for parameter in restored]
        return len(str(sizes)) + 2 * DIGITS

    def set_state(self, words: "list[Any]", numbers: "list[float]") -> None:
        best_epoch, wait, sizes = words
        arrays = split_by_sizes(numbers[1:], [check_int("sizes", size, 1, MAX_COUNT) for size in sizes])
        self._reset()
        self.best_epoch, self.wait = check_int("best_epoch", best_epoch, 0), check_int("wait", wait, 0)
        if self.best_epoch:
            self.best = numbers[0]
        self._arrays = arrays


class Checkpoint(Callback):
    """Save the network and the training in progress regularly, so that it can be resumed after a crash.

    ``every``: save after this many epochs or batches, 1 by default.
    ``of``: "epochs" (default), or "batches", which count from 1 in each epoch and whose end is saved too.

    ``path``: a file that always holds the last state saved, complete. If it is text with names in braces, such as
    "net-{epoch:03d}-{val_loss:.2f}.safetensors", each state has a file of its own, as with Keras' ModelCheckpoint. The
    names are epoch and the curves of the history, for batches epoch, batch and loss. A brace is written "{{" or "}}".

    Load it with ``net = purenet.load(path)``, and call fit
    with the same data and settings and ``resume=True``: training goes on with the same bits, even in the middle of an
    epoch. After the last epoch the file is saved before EarlyStopping restores the best epoch.
    """

    kind = "checkpoint"

    def __init__(self, path: "Any", every: int = 1, of: str = "epochs") -> None:
        check_choice("of", of, ("epochs", "batches"))
        self.path = check_path(path)
        self.every = check_int("every", every, 1)
        self.of = of
        self._batch = 0

    def __repr__(self) -> str:
        return f"Checkpoint({self.path!r}, every={self.every}, of={self.of!r})"

    def check_before_training(self, net: "TrainedNetwork", history: "History") -> None:
        names = dict.fromkeys([name for name, _ in history.curves], 0.0)
        file = self._file(1, 1, 0.0, names)
        try:
            from .._core.files import check_writable
        except ImportError:  # a board, where save raises an error
            return
        check_writable(file)

    def _file(self, epoch: int, batch: int, loss: float, curves: "dict[str, float]") -> "Any":
        """Return the path with the values of the names in its braces."""
        path = self.path.__fspath__() if hasattr(self.path, "__fspath__") else self.path
        if not isinstance(path, str) or "{" not in path and "}" not in path:
            return self.path
        values: "dict[str, Any]" = {"batch": batch} if self.of == "batches" else dict(curves)
        values.update({"epoch": epoch, "loss": loss})
        try:
            return path.format(**values)
        except (ValueError, KeyError, IndexError, AttributeError, TypeError):
            known = ", ".join(sorted(values))
            raise ValueError(f"{self!r}: names in the braces of its path can be {known}, with a format as in "
                             "{epoch:03d}; a brace of its own is written {{ or }}") from None

    @property
    def wants_batches(self) -> bool:
        return self.of == "batches"

    def on_batch_end(self, net: "TrainedNetwork", epoch: int, batch: int, loss: float) -> "bool | None":
        self._batch = batch
        if batch % self.every == 0:
            net.save(self._file(epoch, batch, loss, {}))
        return None

    def on_epoch_end(self, net: "TrainedNetwork", epoch: int, history: "History") -> "bool | None":
        if self.of == "batches" or epoch % self.every == 0 or history.stopped or epoch == history.epochs:
            curves = {name: values[-1] for name, values in history.curves}
            net.save(self._file(epoch, self._batch, history.loss[-1], curves))
        return None


def with_arrays(state: "Any", arrays: "list[Any]") -> "Any":
    """Return the state with other parameters and statistics."""
    trained = len(state.parameters)
    state.parameters, state.statistics = list(arrays[:trained]), list(arrays[trained:])
    return state


def split_by_sizes(numbers: "Any", sizes: "list[int]") -> "list[Any]":
    """Split a list into parts of the given sizes. Raises ValueError if they do not add up to its length."""
    parts = []
    start = 0
    for size in sizes:
        parts.append(list(numbers[start:start + size]))
        start += size
    if start != len(numbers):
        raise ValueError(f"expected parts of {sizes} numbers, got {len(numbers)} numbers in all")
    return parts
