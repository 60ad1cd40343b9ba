"""Split the rows of a table, train a network on them and keep the weights of the best epoch."""
from __future__ import annotations

import os
import time
from array import array

from .._core.buffers import DoubleRows
from ..data.splitting import round_up, stratified
from ..network import Network
from ..reference.random_state import RandomState
from ..training.callbacks import Callback, EarlyStopping
from ..training.history import History
from .encoder import TableEncoder
from .target import encode_targets

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ..data import Column
    from .checkpoint import TableCheckpoint

PATIENCE = 20  # epochs without a better validation loss, after which training stops
VALIDATED = 1 / 10  # the part of the rows for validation
LEAST = 20  # with fewer rows there is no validation
SHORT = 1 / 10  # seconds; a shorter epoch is not announced
SAMPLE = 256  # rows of the training that measures how long an epoch will take


# the split -----------------------------------------------------------------------------------------

def drawn(seed: int | None) -> int:
    """Return a seed, or one from the operating system for None."""
    return int.from_bytes(os.urandom(4), "little") if seed is None else seed


def split_table(goal: Column, rows: int, seed: int, ordered: bool = False) -> tuple[list[int], list[int]]:
    """Return the indices of the training and validation rows, ascending, with each class in its proportion.

    A class with a single row goes to training. With fewer than 20 rows, or too few for the classes, there is no
    validation. ``ordered``: the last rows are for validation.
    """
    if rows < LEAST:
        return list(range(rows)), []
    checked = round_up(VALIDATED, rows)
    if ordered:
        return list(range(rows - checked)), list(range(rows - checked, rows))
    if goal.kind == "number":
        order = RandomState(seed).permutation(rows)
        return sorted(order[:rows - checked]), sorted(order[rows - checked:])
    counts = [0] * len(goal.labels)
    for code in goal.codes:
        counts[code] += 1
    classes = len([count for count in counts if count > 1])
    several = [i for i, code in enumerate(goal.codes) if counts[code] > 1]
    checked = max(checked, classes)
    if len(several) - checked < classes or not classes:
        return list(range(rows)), []
    kept, tested = stratified([goal.codes[i] for i in several], checked, seed)
    single = [i for i, code in enumerate(goal.codes) if counts[code] == 1]
    return sorted([several[k] for k in kept] + single), sorted([several[k] for k in tested])


# the epochs ----------------------------------------------------------------------------------------

def as_engine_rows(net: Network, flat: array[float], width: int) -> Any:
    """Return rows of ``width`` doubles in the form that the network's backend reads fastest."""
    if net.backend == "compiled":
        return DoubleRows(memoryview(flat), width)
    return [flat[start:start + width].tolist() for start in range(0, len(flat), width)]


class Fitted:
    """The result of a training: ``best`` is the epoch whose weights are kept, ``done`` how many epochs were finished.

    Both are 0 if none was. ``history``: their losses. ``stopped``: "max_seconds", "interrupt", or None if nothing cut
    the training short.
    """

    def __init__(self, best: int, done: int, history: History, stopped: str | None) -> None:
        self.best = best
        self.done = done
        self.history = history
        self.stopped = stopped


class BestEpoch(EarlyStopping):
    """Like EarlyStopping, without its warning of an early best epoch, for which ``train`` has a note."""

    warns = False


class LastEpoch(BestEpoch):
    """Keep the weights of the last finished epoch, for tables with too few rows for validation."""

    def __init__(self) -> None:
        super().__init__("loss", patience=1)

    def on_epoch_end(self, net: Any, epoch: int, history: History) -> bool | None:
        self.best = None  # so that every epoch counts as the best
        return super().on_epoch_end(net, epoch, history)


class Curves(Callback):
    """Hold the history, which ``fit`` does not return after Ctrl-C."""

    def __init__(self) -> None:
        self.history = History([])
        self.done = 0

    def on_epoch_end(self, net: Any, epoch: int, history: History) -> None:
        self.history, self.done = history, epoch


def fit_best(
    net: Network, training: tuple[Any, Any], validation: tuple[Any, Any], epochs: int, batch_size: int,
    progress: Any = None, patience: int = PATIENCE, class_weight: str | None = None, max_seconds: float | None = None,
    checkpoint: TableCheckpoint | None = None, on_interrupt: str = "raise",
) -> Fitted:
    """Train, and keep the weights of the best epoch.

    The best epoch has the smallest validation loss, the first of equals; without validation rows it is the last. If
    ``max_seconds`` are over, or after Ctrl-C if ``on_interrupt`` is "keep", it is the best of the epochs that were
    finished. Ctrl-C before the first one raises KeyboardInterrupt. A ``checkpoint`` is resumed, and removed in the end.
    """
    x, y = as_engine_rows(net, training[0], net.inputs), as_engine_rows(net, training[1], net.plan.outputs)
    checked: Any = None
    if len(validation[0]):
        checked = (as_engine_rows(net, validation[0], net.inputs),
                   as_engine_rows(net, validation[1], net.plan.outputs))
    stopping = BestEpoch(patience=patience) if checked else LastEpoch()
    curves = Curves()
    callbacks: list[Callback] = [stopping, curves]
    if checkpoint is not None:
        checkpoint.resume(net)
        callbacks.append(checkpoint)
    stopped = None
    try:
        history = net.fit(x, y, epochs=epochs, batch_size=batch_size, progress=progress, validation_data=checked,
                          callbacks=callbacks, class_weight=class_weight, max_seconds=max_seconds,
                          resume=checkpoint is not None)
        if history.stopped == "max_seconds":
            stopped = history.stopped
    except KeyboardInterrupt:
        if checkpoint is not None:
            checkpoint.save(net)
        if on_interrupt == "raise":
            raise
        if not stopping.best_epoch:
            raise KeyboardInterrupt("no epoch finished") from None
        stopped, history = "interrupt", curves.history
        stopping.on_train_end(net, history)
    if stopped == "max_seconds" and checkpoint is not None:
        checkpoint.save(net)
    if stopped:
        net.set_parameters(net.parameters())  # so that a later fit(resume=True) cannot continue the stopped training
    elif checkpoint is not None:
        checkpoint.remove()
    return Fitted(stopping.best_epoch, max(curves.done, stopping.best_epoch), history, stopped)


def forecast(
    net: Network, encoder: TableEncoder, columns: list[Column], goal: Column, rows: list[int], mean: float,
    scale: float, batch_size: int,
) -> str:
    """Return a sentence on how long an epoch will take, or "" if it is too short to mention.

    It is measured by training a copy of the network on some rows.
    """
    import copy

    some = rows[:SAMPLE]
    x = as_engine_rows(net, encoder.encode(columns, some)[0], net.inputs)
    y = as_engine_rows(net, encode_targets(goal, some, mean, scale), net.plan.outputs)
    tried = copy.deepcopy(net)
    begun = time.perf_counter()
    tried.fit(x, y, epochs=1, batch_size=batch_size)
    seconds = (time.perf_counter() - begun) * len(rows) / len(some)
    if seconds < SHORT:
        return ""
    long = f"{seconds:.1f} s" if seconds < 100 else f"{seconds / 60:.0f} min"
    return f"the reference engine trains: an epoch of {len(rows)} rows will take about {long}"
