"""What may watch a training, stop it, and keep it: ``fit(..., callbacks=[EarlyStopping(), Checkpoint(path)])``."""
from .._core.checks import check_bool, check_choice, check_float, check_int
from .._core.messages import describe
from .._core.paths import check_path

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, List, Optional, Tuple

    from ..network import Network
    from .history import History

    Kept = Tuple[List[Any], List[float]]  # words (text, whole numbers, True, False, None, lists of them), numbers

LONGEST = 1 << 62  # numbers of an array
DIGITS = 20  # of a whole number, at most
LARGER = ("accuracy", "precision", "recall", "r2")  # how the names of curves end of which more is better
SMALLER = ("loss", "error")


class StopTraining(Exception):
    """Raised by a callback to stop training, as if it returned True."""


class Callback:
    """What fit calls meanwhile; a class of yours has the methods that it needs.

    A method that returns True, or raises StopTraining, stops the training: after a batch fit may go on later with
    ``resume=True``, after an epoch the training is over.  ``net`` may be used and saved, and
    ``net.optimizer.learning_rate`` set for the next batches; ``history`` holds the curves so far.  Epochs and batches
    count from 1.
    """

    late = False  # called after the others: so that what it saves is what they keep too
    kind = ""  # what a file calls it; the name of its class where this is empty

    def __repr__(self) -> str:
        return f"<callback {type(self).__name__}>"

    def _check(self, net: "Network", history: "History") -> None:
        """Say what cannot be, before time is spent: when training begins, and when it goes on."""

    def on_train_begin(self, net: "Network", history: "History") -> None:
        """Training begins anew: forget what was before.  One that goes on has set_state instead."""

    def on_batch_end(self, net: "Network", epoch: int, batch: int, loss: float) -> "Optional[bool]":
        """A batch is done; ``loss``: that of the epoch so far.  Training is slower where there is such a method."""
        return None

    def on_epoch_end(self, net: "Network", epoch: int, history: "History") -> "Optional[bool]":
        """An epoch is done, and its losses and metrics stand in history."""
        return None

    def on_train_end(self, net: "Network", history: "History") -> "Optional[bool]":
        """Training has ended, not by an error; True says that the network was changed."""
        return None

    def state(self) -> "Kept":
        """What a run that goes on needs to know: words and finite numbers.

        Words are text, whole numbers of at most 64 bits, True, False, None, and lists of them, at most eight within
        each other; tuples come back as lists.  They are checked when training begins, and whenever they are saved.
        Callbacks whose class has this method have to be there again when the run goes on; others may come and go.
        Where one was interrupted while they heard of an epoch, all hear of it again.
        """
        return [], []

    def set_state(self, words: "List[Any]", numbers: "List[float]") -> None:
        """Take what state gave; it may come from a file."""

    def _growth(self, net: "Network") -> int:
        """Return by how many bytes the words of ``state`` may become longer than when training begins."""
        return 0

    @property
    def wants_batches(self) -> bool:
        """Whether on_batch_end is to be called."""
        return has_own(self, "on_batch_end")


def has_own(callback: Callback, method: str) -> bool:
    """Whether a callback, or its class, has a method of its own instead of Callback's empty one."""
    return (getattr(type(callback), method) is not getattr(Callback, method)
            or method in getattr(callback, "__dict__", ()))


class EarlyStopping(Callback):
    """Ends training when ``patience`` epochs in a row have not brought anything better.

    ``monitor``: "loss", "val_loss", or the name of a metric such as "val_accuracy".  ``min_delta``: by how much more
    than this the best value has to be beaten.  ``mode``: "min" or "max"; None tells by the name.  ``restore_best``:
    when fit returns, whatever has stopped it, the network gets the parameters and statistics that it had after its best
    epoch, the first of equals; optimizer, stream and position stay as they are, as in Keras.  Not after an error or
    Ctrl-C, for the training may go on: the same fit with ``resume=True, max_seconds=0`` takes one more batch and then
    gives the best.
    ``best_epoch`` counts from 1, 0 before there is one; ``best`` is its value.
    """

    kind = "early_stopping"

    def __init__(
        self, monitor: str = "val_loss", patience: int = 10, min_delta: float = 0.0, restore_best: bool = True,
        mode: "Optional[str]" = None,
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
            cure = "; a metric's curve has its whole name, such as \"val_accuracy\""
            raise ValueError(
                f"mode: say \"min\" or \"max\", which of them is better cannot be told from {monitor!r}{cure}")
        self.mode = mode
        self._forget()

    def _forget(self) -> None:
        self.best: "Optional[float]" = None
        self.best_epoch = 0
        self.wait = 0
        self._arrays: "List[Any]" = []  # parameters, then statistics

    def __repr__(self) -> str:
        return f"EarlyStopping(monitor={self.monitor!r}, patience={self.patience}, min_delta={self.min_delta!r})"

    def _check(self, net: "Network", history: "History") -> None:
        try:
            history[self.monitor]
        except ValueError as error:
            cure = "name it in metrics"
            if self.monitor[:4] == "val_" and "val_loss" not in [name for name, _ in history.curves]:
                cure = "give validation_data or validation_split, or monitor \"loss\""
            raise ValueError(f"EarlyStopping: {error}; {cure}") from None

    def on_train_begin(self, net: "Network", history: "History") -> None:
        self._forget()

    def on_epoch_end(self, net: "Network", epoch: int, history: "History") -> "Optional[bool]":
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
        self.best, self.best_epoch, self.wait = value, epoch, 0
        if self.restore_best:
            state = net._engine.state()
            self._arrays = state.parameters + state.statistics
        return None

    def on_train_end(self, net: "Network", history: "History") -> "Optional[bool]":
        if not self._arrays:
            return None
        wanted = [parameter.size for parameter in net.plan.parameters + net.plan.statistics]
        if [len(values) for values in self._arrays] != wanted:
            raise ValueError("EarlyStopping: the best parameters are not those of this network")
        net._engine.set_state(with_arrays(net._engine.state(), self._arrays))
        return True

    def state(self) -> "Kept":
        numbers = [] if self.best is None else [self.best]
        for values in self._arrays:
            numbers += values
        return [self.best_epoch, self.wait, [len(values) for values in self._arrays]], numbers

    def _growth(self, net: "Network") -> int:
        kept = net.plan.parameters + net.plan.statistics if self.restore_best else []
        sizes = [parameter.size for parameter in kept]
        return len(str(sizes)) + 2 * DIGITS

    def set_state(self, words: "List[Any]", numbers: "List[float]") -> None:
        best_epoch, wait, sizes = words
        arrays = cut(numbers[1:], [check_int("sizes", size, 1, LONGEST) for size in sizes])
        self._forget()
        self.best_epoch, self.wait = check_int("best_epoch", best_epoch, 0), check_int("wait", wait, 0)
        if self.best_epoch:
            self.best = numbers[0]
        self._arrays = arrays


class Checkpoint(Callback):
    """Saves the network, and the training in progress, ``every`` so many epochs, or batches of an epoch.

    ``of``: "epochs", or "batches", which saves at the end of an epoch too.

    ``path`` always holds a whole file: the last one saved.  ``net = purenet.load(path)``, and fit with the same data
    and settings and ``resume=True`` goes on from there with the same bits, also in the middle of an epoch.  It is
    saved after the last epoch too, before EarlyStopping restores the best one.
    """

    late = True
    kind = "checkpoint"

    def __init__(self, path: "Any", every: int = 1, of: str = "epochs") -> None:
        check_choice("of", of, ("epochs", "batches"))
        self.path = check_path(path)
        self.every = check_int("every", every, 1)
        self.of = of

    def __repr__(self) -> str:
        return f"Checkpoint({self.path!r}, every={self.every}, of={self.of!r})"

    def _check(self, net: "Network", history: "History") -> None:
        try:
            from .._core.files import check_writable
        except ImportError:  # a board, as save will say
            return
        check_writable(self.path)

    def _require_room(self, net: "Network", growth: int) -> None:
        """Refuse a network or a training that does not fit in a model file, when training begins."""
        from ..model_files.network_format import check_header_size

        try:
            check_header_size(*net.__getstate__(), growth)
        except (ValueError, TypeError) as error:
            raise type(error)(f"{self!r}: this cannot be saved: {error}; use a smaller network, fewer callbacks, or no "
                              f"Checkpoint") from None

    @property
    def wants_batches(self) -> bool:
        return self.of == "batches"

    def on_batch_end(self, net: "Network", epoch: int, batch: int, loss: float) -> "Optional[bool]":
        if batch % self.every == 0:
            net.save(self.path)
        return None

    def on_epoch_end(self, net: "Network", epoch: int, history: "History") -> "Optional[bool]":
        if self.of == "batches" or epoch % self.every == 0 or history.stopped or epoch == history.epochs:
            net.save(self.path)
        return None


def with_arrays(state: "Any", arrays: "List[Any]") -> "Any":
    """The state with other parameters and statistics."""
    trained = len(state.parameters)
    state.parameters, state.statistics = list(arrays[:trained]), list(arrays[trained:])
    return state


def cut(numbers: "Any", sizes: "List[int]") -> "List[Any]":
    """Numbers in parts of such sizes; ValueError where they do not make up these."""
    parts = []
    start = 0
    for size in sizes:
        parts.append(list(numbers[start:start + size]))
        start += size
    if start != len(numbers):
        raise ValueError(f"{len(numbers)} numbers are not parts of {sizes}")
    return parts
