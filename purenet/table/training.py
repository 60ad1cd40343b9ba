"""Train a table model on a CSV file: task, split, epochs and scores.

The defaults of ``train`` were chosen by ``tools/compare/table_defaults.py --choose`` on parts of the training rows of
five data sets.
"""
from __future__ import annotations

import time
from array import array

from .._core.buffers import DoubleRows
from .._core.checks import check_bool, check_int
from .._core.messages import join_names, plural
from ..data.csv_reader import read_csv
from ..data.splitting import round_up, stratified
from ..layers.dense import Dense
from ..network import Network
from ..optimizers.sgd import SGD
from ..reference.random_state import RandomState
from ..training.callbacks import EarlyStopping
from .encoder import TableEncoder, column_scale, data_digest
from .scores import scores
from .target import TASKS, check_filled, classes_of, encode_targets, guess_task, target_numbers

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, Sequence

    from ..data import Column
    from .model import TableModel

MISSING = ("refuse", "mean", "drop")
PATIENCE = 20  # epochs without a better validation loss, after which training stops
MOMENTUM = 9 / 10
VALIDATED = 1 / 10  # the part of the rows for validation
LEAST = 20  # with fewer rows there is no validation
LARGE = 4000000000  # bytes of inputs; more give a warning
SAMPLE = 256  # rows of the training that measures how long an epoch will take


def train(
    path: str, target: str, *, task: str | None = None, hidden: Sequence[int] = (100,), epochs: int = 200,
    batch_size: int = 32, learning_rate: float = 1 / 100, seed: int = 0, backend: str = "auto", missing: str = "refuse",
    text: Sequence[str] = (), ignore: Sequence[str] = (), inputs: Sequence[str] | None = None,
    delimiter: str | None = None, header: bool = True, decimal: str = ".", encoding: str = "utf-8",
    progress: Any = None, say: Callable[[str], None] | None = None,
) -> TableModel:
    """Train a network on a CSV file to predict the column ``target`` from the others; return a TableModel.

    ``task``: "classification" or "regression"; by default the target decides. ``hidden``: the sizes of the hidden
    tanh layers. A tenth of the rows (of each class) is for validation: the weights of the epoch with the smallest
    validation loss are kept, and training stops after 20 epochs without a smaller one. Scaling and categories come
    from the training rows alone. ``missing``: "refuse" empty cells, fill them with the "mean" (texts: with no
    category), or "drop" their rows. ``inputs``: the columns to use, by default all but ``ignore``. ``text``,
    ``delimiter``, ``header``, ``decimal`` and ``encoding`` are those of ``read_csv``. ``progress``: True shows a line
    on stderr; a function is called as by ``fit``. ``say``: a function that gets notes for the user, line by line.

    Everything follows from ``seed``. Raises ValueError or TypeError for invalid data and settings, NonFiniteError if
    training overflows.
    """
    from .model import TableModel

    say = say or _silence
    if task is not None and task not in TASKS:
        raise ValueError(f"task: expected classification or regression, got {task!r}")
    if missing not in MISSING:
        raise ValueError(f"missing: expected refuse, mean or drop, got {missing!r}")
    epochs = check_int("epochs", epochs, 1)
    batch_size = check_int("batch_size", batch_size, 1)
    header = check_bool("header", header)
    if target in ignore:
        raise ValueError(f"column {target!r} is both the target and ignored")
    if inputs is not None and (target in inputs or len(dict.fromkeys(inputs)) < len(inputs)):
        raise ValueError(f"inputs: expected columns once each, and not the target {target!r}, got {join_names(inputs)}")
    table = read_csv(
        path, delimiter=delimiter, header=header, decimal=decimal, encoding=encoding, ignore=ignore,
        only=None if inputs is None else list(inputs) + [target],
        missing="keep" if missing == "mean" else missing, text=text,
        undecided=() if task == TASKS[1] or target in text else [target])
    for note in table.notes:
        say(note)
    if table.dropped:
        say(f"left out: {plural(table.dropped, 'row')} with empty cells")
    names = [name for name in table.names if name != target] if inputs is None else list(inputs)
    rows = table.rows
    if rows < 2:
        raise ValueError(f"{path} has one row: nothing to learn from")
    columns = [table.column(name) for name in names]
    goal = table.column(target)
    place = f"{path}, row" + (" without empty cells" if table.dropped else "")
    del table  # so that encode(free=True) can free its columns
    if not columns:
        raise ValueError(f"{path} has no column but {target!r}; if it has more, name their delimiter with --delimiter")
    check_filled(goal, path)
    if task is None and target in text:
        task, why = TASKS[0], "its target is read as text"
    else:
        task, why = guess_task(goal, decimal) if task is None else (task, "it was asked for")
    labels: list[str] = []
    if task == TASKS[0]:
        labels = classes_of(goal, decimal)
        order = [labels.index(label) for label in goal.labels]
        goal.codes = array("i", [order[code] for code in goal.codes])
        goal.labels = labels
    else:
        goal = target_numbers(goal, decimal)
    digest = data_digest(columns + [goal])

    chosen, checked = split_table(goal, rows, seed)
    encoder = TableEncoder.fitted(columns, chosen)
    if not encoder.width:
        raise ValueError(f"{path}: no column has anything to learn from in the rows to train on")
    if 8 * rows * encoder.width > LARGE:
        widest = max(encoder.inputs, key=lambda one: one.width)
        say(f"warning: {rows} rows of {encoder.width} inputs take {8 * rows * encoder.width / 1e9:.1f} GB of memory; "
            f"column {widest.name!r} makes {widest.width} of the inputs: --ignore leaves it out")
    mean, scale = (0.0, 1.0) if labels else column_scale(goal, chosen)
    outputs = len(labels) or 1
    net = Network(
        encoder.width, [Dense(units, "tanh") for units in hidden] + [Dense(outputs, "softmax" if labels else "linear")],
        loss="categorical_cross_entropy" if labels else "mean_squared_error",
        optimizer=SGD(learning_rate, MOMENTUM, nesterov=True), seed=seed, backend=backend)
    model = TableModel(net, encoder, target, labels, mean, scale, missing)
    model.check_header_size()
    if net.backend == "reference":
        say(_forecast(net, encoder, columns, goal, chosen, mean, scale, batch_size))

    def where(i: int) -> str:
        return f"{place} {i + 1}"

    validation = encoder.encode(columns, checked, where=where)[0], encode_targets(goal, checked, mean, scale)
    training = encoder.encode(columns, chosen, free=True, where=where)[0], encode_targets(goal, chosen, mean, scale)
    del columns
    best, done = fit_best(net, training, validation, epochs, batch_size, progress)
    model.made = [
        ["task", task], ["why", why], ["seed", net.seed],
        ["hidden", [step.outputs for step in net.plan.steps if step.kind == "tanh"]], ["epochs", epochs],
        ["batch_size", batch_size], ["patience", PATIENCE], ["best_epoch", best], ["epochs_done", done],
        ["rows", len(goal)], ["rows_trained", len(chosen)], ["rows_validated", len(checked)],
        ["delimiter", delimiter], ["header", header], ["decimal", decimal], ["encoding", encoding],
        ["data_sha256", digest],
    ]
    model.hyperparameters = [net.optimizer.learning_rate, MOMENTUM, VALIDATED]
    judged = (validation[0], checked) if checked else (training[0], chosen)
    truth = [goal.codes[i] if labels else goal.values[i] for i in judged[1]]
    model.scores = scores(model, judged[0], truth)
    return model


def _silence(text: str) -> None:
    """Ignore notes for the user."""


# the split -----------------------------------------------------------------------------------------

def split_table(goal: Column, rows: int, seed: int) -> tuple[list[int], list[int]]:
    """Return the indices of the training and validation rows, ascending, with each class in its proportion.

    A class of one row is for training. With fewer than 20 rows, or too few for the classes, there is no validation.
    """
    if rows < LEAST:
        return list(range(rows)), []
    checked = round_up(VALIDATED, rows)
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


def fit_best(
    net: Network, training: tuple[Any, Any], validation: tuple[Any, Any], epochs: int, batch_size: int,
    progress: Any = None,
) -> tuple[int, int]:
    """Train, keep the weights of the best epoch, and return (best epoch, epochs done).

    The best epoch has the smallest validation loss, the first of equals; without validation rows it is the last.
    """
    x, y = as_engine_rows(net, training[0], net.inputs), as_engine_rows(net, training[1], net.plan.outputs)
    if not len(validation[0]):
        net.fit(x, y, epochs=epochs, batch_size=batch_size, progress=progress)
        return epochs, epochs
    checked = as_engine_rows(net, validation[0], net.inputs), as_engine_rows(net, validation[1], net.plan.outputs)
    stopping = EarlyStopping(patience=PATIENCE)
    history = net.fit(x, y, epochs=epochs, batch_size=batch_size, progress=progress, validation_data=checked,
                      callbacks=[stopping])
    return stopping.best_epoch, len(history.loss)


def _forecast(
    net: Network, encoder: TableEncoder, columns: list[Column], goal: Column, rows: list[int], mean: float,
    scale: float, batch_size: int,
) -> str:
    """Return how long an epoch will take, measured by training a copy of the network on some rows."""
    import copy

    some = rows[:SAMPLE]
    x = as_engine_rows(net, encoder.encode(columns, some)[0], net.inputs)
    y = as_engine_rows(net, encode_targets(goal, some, mean, scale), net.plan.outputs)
    tried = copy.deepcopy(net)
    begun = time.perf_counter()
    tried.fit(x, y, epochs=1, batch_size=batch_size)
    seconds = (time.perf_counter() - begun) * len(rows) / len(some)
    long = f"{seconds:.1f} s" if seconds < 100 else f"{seconds / 60:.0f} min"
    return f"the reference engine trains: an epoch of {len(rows)} rows will take about {long}"
