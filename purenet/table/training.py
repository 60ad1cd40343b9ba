"""Train a table model on a CSV file or on rows: columns, task, split, epochs and scores.

The defaults of ``train`` were chosen by ``tools/compare/table_defaults.py --choose`` on parts of the training rows of
five data sets.
"""
from __future__ import annotations

from array import array

from .._core.checks import check_bool, check_choice, check_int, to_int
from .._core.messages import join_names, plural, quote
from ..data.csv_columns import raise_all, tried
from ..data.csv_forms import either_way
from ..layers.dense import Dense
from ..network import Network
from ..optimizers.sgd import SGD
from .checkpoint import TableCheckpoint
from .choosing import reason_to_leave_out
from .encoder import IMPUTE, TableEncoder, column_scale, data_digest
from .fitting import PATIENCE, VALIDATED, drawn, fit_best, forecast, split_table
from .reading import is_missing, is_path, name_of, names_of, read_table, refuse_missing, taken
from .scores import scores, warning_of
from .series import lagged
from .target import TASKS, classes_of, encode_targets, judge, only_labels

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, Sequence

    from ..data import Column, Table
    from .model import TableModel

    Say = Callable[[str], None]

CLASS_WEIGHTS = ("balanced",)
ON_INTERRUPT = ("raise", "keep")
MISSING = (IMPUTE, "refuse", "mean", "drop")
MOMENTUM = 9 / 10
LARGE = 4000000000  # bytes of inputs; more give a warning
EARLY = 3  # a best epoch up to this one can be chance
LEAST_LAGGED = 2  # so many training rows must have all their lags
MOST_NOTES = 100  # that a model keeps


def train(
    data: Any, target: str, *, task: str | None = None, hidden: int | Sequence[int] = (100,), activation: str = "tanh",
    epochs: int = 200, patience: int = PATIENCE, batch_size: int = 32, learning_rate: float = 1 / 100,
    seed: int | None = 0, backend: str = "auto", missing: str = IMPUTE, text: Sequence[str] = (),
    ignore: Sequence[str] = (), keep: Sequence[str] = (), inputs: Sequence[str] | None = None,
    na_values: Sequence[str] = (), lags: int = 0, delimiter: str | None = None, header: bool | None = None,
    decimal: str | None = None, encoding: str | None = None, class_weight: str | None = None,
    max_seconds: float | None = None, checkpoint: Any = None, on_interrupt: str = "raise", progress: Any = None,
    say: Say | None = None,
) -> TableModel:
    """Train a network to predict the column ``target`` of a table from the others; return a TableModel.

    ``data``: the path of a CSV file; or rows: a list of dicts, a csv.DictReader, a frame of pandas or polars, or a
    ``purenet.data.Table``. ``task``: "classification" or "regression"; by default the target decides. ``hidden``: the
    sizes of the hidden layers, or of the only one. ``activation``: that of the hidden layers. A tenth of the rows (of
    each class) is for validation: the weights of the epoch with the smallest validation loss are kept, and training
    stops after ``patience`` epochs without a smaller one. Scaling and categories come from the training rows alone.

    ``missing``: "impute" leaves out rows without a target, fills missing numbers with the mean of the training rows
    and marks them with an input of their own if there are many, and takes missing texts as a category. "mean" fills
    the numbers too, but marks no cell, "drop" leaves out rows with empty cells, "refuse" raises ValueError.
    ``na_values``: more words that stand for a missing value. Columns that name or count rows are left out, unless
    ``keep`` names them. ``inputs``: the columns to use, by default all but ``ignore``. ``lags``: how many rows before
    each row give their target's value as an input; then the last rows are for validation. ``text``, ``delimiter``,
    ``header``, ``decimal`` and ``encoding`` are those of ``read_csv``.

    ``class_weight``: "balanced" gives each class the same weight, rows / (classes * rows of the class) for each of its
    rows, as in scikit-learn. ``max_seconds``: stop training after so much time and keep the best epoch so far.
    ``checkpoint``: a file for the training in progress. If it exists, the training goes on from it, with the same bits
    as one that was never stopped; it is deleted when the training is complete. ``on_interrupt``: "keep" ends the
    training at Ctrl-C and keeps the best epoch so far; "raise" passes the KeyboardInterrupt on.

    ``progress``: True shows a line on stderr; a function is called as by ``fit``. ``say``: a function that gets notes
    for the user, line by line; ``model.notes`` has them too. ``model.history`` has the losses of all epochs.

    Everything follows from ``seed``; None draws one. Raises ValueError or TypeError for invalid data and settings,
    NonFiniteError if training overflows.
    """
    target = name_of(target, "target")
    ignore, keep, text = names_of(ignore, "ignore"), names_of(keep, "keep"), names_of(text, "text")
    inputs = None if inputs is None else names_of(inputs, "inputs")
    check_settings(task, missing, target, ignore, inputs, keep)
    check_choice("on_interrupt", on_interrupt, ON_INTERRUPT)
    header = None if header is None else check_bool("header", header)
    asked = (inputs, ignore, keep)
    form = {"delimiter": delimiter, "header": header, "decimal": decimal, "encoding": encoding,
            "na_values": [na_values] if isinstance(na_values, str) else list(na_values)}
    units = to_int(hidden)
    hidden = list(hidden) if units is None else [units]  # type: ignore[arg-type]
    seed = drawn(seed)
    return train_on(
        data, target, asked, task=task, hidden=hidden, activation=activation, epochs=epochs, patience=patience,
        batch_size=batch_size, learning_rate=learning_rate, seed=seed, backend=backend, missing=missing, text=text,
        lags=lags, form=form, class_weight=class_weight, max_seconds=max_seconds, checkpoint=checkpoint,
        on_interrupt=on_interrupt, progress=progress, say=say)


def check_settings(
    task: str | None, missing: str, target: str, ignore: Sequence[str], inputs: Sequence[str] | None,
    keep: Sequence[str],
) -> None:
    """Raise ValueError for settings that are wrong for every table."""
    if task is not None and task not in TASKS:
        raise ValueError(f"task: expected classification or regression, got {task!r}")
    if missing not in MISSING:
        raise ValueError(f"missing: expected {', '.join(MISSING[:-1])} or {MISSING[-1]}, got {missing!r}")
    if target in ignore:
        raise ValueError(f"column {target!r} is both the target and ignored")
    for name in keep:
        if name in ignore:
            raise ValueError(f"column {name!r} is both ignored and kept")
    if inputs is not None and (target in inputs or len(dict.fromkeys(inputs)) < len(inputs)):
        raise ValueError(f"inputs: expected columns once each, and not the target {target!r}, got {join_names(inputs)}")


def train_on(
    data: Any, target: str, asked: Any, *, task: str | None, hidden: Sequence[int], activation: str, epochs: int,
    patience: int, batch_size: int, learning_rate: float, seed: int, backend: str, missing: str, text: Sequence[str],
    lags: int, form: dict[str, Any], progress: Any, say: Say | None, forms: dict[str, Any] | None = None,
    strict: bool = False, class_weight: str | None = None, max_seconds: float | None = None, checkpoint: Any = None,
    on_interrupt: str = "raise", known: Sequence[str] = (),
) -> TableModel:
    """Train as ``train`` describes; ``asked``: its ``inputs``, ``ignore`` and ``keep``.

    ``forms``: how the cells of columns are written, where that is known. ``strict``: as in recipe 1, only plain numbers
    are numbers and only empty cells are missing. ``known``: the classes, where they are known; other cells of the
    target are then missing values.
    """
    from .model import TableModel

    epochs = check_int("epochs", epochs, 1)
    patience = check_int("patience", patience, 1)
    batch_size = check_int("batch_size", batch_size, 1)
    lags = check_int("lags", lags, 0)
    if class_weight is not None:
        check_choice("class_weight", class_weight, CLASS_WEIGHTS)
    notes = Notes(say)
    problems: list[str] = []
    table, labels_as = read_table(data, target, asked, text, missing, task, form, forms, strict, problems)
    for note in table.notes:
        notes.say(note)
    if form["header"] is None:
        form["header"] = table.header
    place = str(data) if is_path(data) else "the data"
    task, why, goal = judge(table, target, task, target in text, form, lags, class_weight, problems)
    for note in goal.notes:
        notes.say(note)
    if known and goal.kind == "text":
        goal = only_labels(goal, known)
    found = tried(problems, choose, table, goal, asked, missing, place, notes, lags)
    if found is None:
        raise_all(problems)
    columns, kept, left_out = found

    def where(i: int) -> str:
        return f"{place}, row {kept[i] + 1}"

    tail = goal.values[len(goal) - lags:].tolist() if lags else []
    if missing == "refuse":
        tried(problems, refuse_missing, columns, range(len(kept)), where)
        tried(problems, refuse_missing, [goal], range(len(goal)), lambda i: f"{place}, row {i + 1}")
    if goal.kind == "number":
        columns += [taken(column, kept) for column in lagged(goal, lags)]
    if len(kept) < table.rows:
        goal = taken(goal, kept)
    del table  # so that encode(free=True) can free its columns
    labels: list[str] = []
    if goal.kind == "text":
        labels = tried(problems, classes_of, goal, form["decimal"]) or []
    rows = len(goal)
    if problems:
        tried(problems, TableEncoder.fitted, columns, range(rows), missing, kept)
        raise_all(problems)
    if labels:
        order = {label: k for k, label in enumerate(labels)}
        goal.codes = array("i", [order[goal.labels[code]] for code in goal.codes])
        goal.labels = labels
    digest = data_digest(columns + [goal])

    chosen, checked = split_table(goal, rows, seed, bool(lags))
    most = len(chosen) - LEAST_LAGGED
    if lags > max(most, 0):
        problems.append(f"lags: {lags} rows before are too many for {plural(len(chosen), 'row')} to train on, of which "
                        f"{LEAST_LAGGED} need them all; " + (f"at most {most}" if most > 0 else "add rows"))
    encoder = tried(problems, TableEncoder.fitted, columns, chosen, missing, kept)
    mean, scale = (None if labels else tried(problems, column_scale, goal, chosen, kept)) or (0.0, 1.0)
    raise_all(problems)
    for k, one in enumerate(encoder.inputs[len(encoder.inputs) - lags:]):
        one.form = ["lag", str(k + 1)]
    say_missing(encoder, columns, missing, notes)
    if not encoder.width:
        raise ValueError(f"{place}: no column has anything to learn from in the rows to train on")
    if 8 * rows * encoder.width > LARGE:
        widest = max(encoder.inputs, key=lambda one: one.width)
        notes.say(f"warning: {rows} rows of {encoder.width} inputs take {8 * rows * encoder.width / 1e9:.1f} GB of "
                  f"memory; column {widest.name!r} makes {widest.width} of the inputs: "
                  f"{either_way('--ignore', 'ignore', widest.name)} leaves it out")
    tail = [mean if value != value else value for value in tail]
    outputs = len(labels) or 1
    net = Network(
        encoder.width,
        [Dense(units, activation) for units in hidden] + [Dense(outputs, "softmax" if labels else "linear")],
        loss="categorical_cross_entropy" if labels else "mean_squared_error",
        optimizer=SGD(learning_rate, MOMENTUM, nesterov=True), seed=seed, backend=backend)
    model = TableModel(net, encoder, target, labels, mean, scale, missing)
    model.left_out, model.labels_as = left_out, labels_as if labels and labels_as != "date" else "text"
    model.form, model.tail = goal.form, tail
    model.notes = notes.texts
    model.check_header_size()
    if net.backend == "reference":
        notes.pass_on_if(forecast(net, encoder, columns, goal, chosen, mean, scale, batch_size))
    validation = encoder.encode(columns, checked, where=where)[0], encode_targets(goal, checked, mean, scale)
    training = encoder.encode(columns, chosen, free=True, where=where)[0], encode_targets(goal, chosen, mean, scale)
    del columns
    saved = None if checkpoint is None else TableCheckpoint(checkpoint, [
        ["target", target], ["data_sha256", digest], ["columns", [one.name for one in encoder.inputs]],
        ["hidden", [int(units) for units in hidden]], ["activation", activation], ["epochs", epochs],
        ["batch_size", batch_size], ["learning_rate", repr(learning_rate)], ["patience", patience], ["seed", net.seed],
        ["missing", missing], ["class_weight", class_weight]])
    fitted = fit_best(net, training, validation, epochs, batch_size, progress, patience, class_weight, max_seconds,
                      saved, on_interrupt)
    best, done, losses = fitted.best, fitted.done, fitted.history.loss
    model.history, model.stopped = fitted.history, fitted.stopped
    if saved is not None and saved.resumed is not None:
        notes.pass_on(f"the training went on from {saved.path}, after {plural(saved.resumed, 'epoch')}")
    if fitted.stopped:
        why_stopped = "interrupted" if fitted.stopped == "interrupt" else f"stopped after {max_seconds} s"
        notes.say(f"warning: {why_stopped}: " + (
            f"{plural(done, 'epoch')} finished, and the best one is kept" if done else
            "no epoch finished, so the weights of the last batch are kept"))
    if 0 < best <= EARLY and checked and losses and 2.0 * losses[-1] < losses[best - 1]:
        notes.say(f"warning: epoch {best} is kept, the best on the {plural(len(checked), 'row')} set apart, although "
                  f"the loss of the rows trained on fell on to {losses[-1] / losses[best - 1]:.2g} of it; try another "
                  f"--seed (seed=), or more rows")
    model.made = [
        ["task", task], ["why", why], ["seed", net.seed], ["hidden", [int(units) for units in hidden]],
        ["activation", activation], ["epochs", done if fitted.stopped and done else epochs], ["batch_size", batch_size],
        ["patience", patience], ["class_weight", class_weight], ["lags", lags],
        ["best_epoch", best], ["epochs_done", done], ["rows", rows], ["rows_trained", len(chosen)],
        ["rows_validated", len(checked)],
        ["delimiter", form["delimiter"]], ["header", form["header"]], ["decimal", form["decimal"]],
        ["encoding", form["encoding"]], ["na_values", form["na_values"]], ["data_sha256", digest],
    ]
    model.hyperparameters = [net.optimizer.learning_rate, MOMENTUM, VALIDATED]
    judged = (validation[0], checked) if checked else (training[0], chosen)
    truth = [goal.codes[i] if labels else goal.values[i] for i in judged[1]]
    model.scores = scores(model, judged[0], truth)
    notes.say_if(warning_of(model.scores, bool(labels), class_weight == "balanced"))
    return model


class Notes:
    """Collect notes, and pass them on to a function, such as one that prints them."""

    def __init__(self, say: Say | None) -> None:
        self.texts: list[str] = []
        self._say = say

    def pass_on(self, text: str) -> None:
        """Pass on a text without keeping it."""
        if self._say is not None:
            self._say(text)

    def pass_on_if(self, text: str) -> None:
        """Pass a text on, unless it is empty."""
        if text:
            self.pass_on(text)

    def say(self, text: str) -> None:
        """Keep a note and pass it on."""
        if len(self.texts) < MOST_NOTES:
            self.texts.append(text)
        self.pass_on(text)

    def say_if(self, text: str) -> None:
        """Keep a note and pass it on, unless it is empty."""
        if text:
            self.say(text)


def choose(
    table: Table, goal: Column, asked: Any, missing: str, place: str, notes: Notes, lags: int
) -> tuple[list[Column], Sequence[int], list[list[str]]]:
    """Return the columns to train on, with only the rows to train on; the indices of these rows in the table; and the
    columns left out, as [name, reason].
    """
    inputs, ignored, keep = asked
    target = goal.name
    rows: Sequence[int] = range(table.rows)
    kept = [i for i in rows if not is_missing(goal, i)]
    if len(kept) < table.rows:
        notes.say(f"left out: {plural(table.rows - len(kept), 'row')} without a target (column {quote(target)})")
        rows = kept
    if table.rows == 1:
        raise ValueError(f"{place} has one row: nothing to learn from")
    if len(rows) < 2:
        raise ValueError(f"{place} has {len(rows) or 'no'} row{'s' * (not rows)} with a target (column "
                         f"{quote(target)}): nothing to learn from")
    names = inputs if inputs is not None else [
        name for name in table.names + table.refused if name != target and name not in ignored]
    if not names and not lags:
        raise ValueError(f"{place} has no column but {quote(target)}; if it has more, name their delimiter with "
                         f"--delimiter")
    names = [name for name in names if name in table.names]  # the problems say why the others are not there
    reasons = {} if inputs is not None else {
        name: reason_to_leave_out(table.column(name), rows) or reason_to_leave_out(
            table.column(name), range(table.rows)) for name in names if name not in keep}
    chosen = [name for name in names if not reasons.get(name)]
    if names and not chosen and not lags:  # these columns are better than none
        useful = [name for name in names if not reasons[name].startswith("all its")]
        chosen = useful or names
        reasons = {name: reasons[name] for name in reasons if name not in chosen}
        notes.say(f"no column is left but {join_names(chosen)}, so {'it is' if len(chosen) == 1 else 'they are'} kept")
    left_out = [[name, reasons[name]] for name in reasons if reasons[name]]
    say_left_out(left_out, notes)
    columns = [table.column(name) for name in chosen]
    if missing == "drop":
        whole = [i for i in rows if not any([is_missing(column, i) for column in columns])]
        if len(whole) < len(rows):
            notes.say(f"left out: {plural(len(rows) - len(whole), 'row')} with empty cells")
            rows = whole
        if len(rows) < 2:
            raise ValueError(f"{place} has {len(rows) or 'no'} row{'s' * (not rows)} without empty cells: nothing to "
                             f"learn from; --missing impute fills them")
    if len(rows) < table.rows:
        columns = [taken(column, rows) for column in columns]
    return columns, rows, left_out


def say_left_out(left_out: list[list[str]], notes: Notes) -> None:
    """Say which columns are left out, one line for each reason."""
    grouped: dict[str, list[str]] = {}
    for name, reason in left_out:
        grouped.setdefault(reason, []).append(name)
    for reason in grouped:
        names = grouped[reason]
        notes.say(f"left out: column {join_names(names)}, since {reason}; {either_way('--keep', 'keep', names[0])} "
                  f"keeps {'it' if len(names) == 1 else 'the first'}")


def say_missing(encoder: TableEncoder, columns: list[Column], missing: str, notes: Notes) -> None:
    """Say how many missing cells each column has, and what they become; a line for numbers and one for texts."""
    found: dict[str, list[str]] = {"numbers": [], "texts": []}
    inputs = [one for one in encoder.inputs if one.form[0] != "lag"]
    marked = [one.name for one in inputs if one.kind != "text" and one.marked]
    for one, column in zip(inputs, columns):
        count = column.codes.count(-1) if one.kind == "text" else len([1 for value in column.values if value != value])
        if count:
            found["texts" if one.kind == "text" else "numbers"].append(f"{count} of {quote(one.name)}")
    if found["numbers"]:
        marks = f"; inputs of their own mark those of {join_names(marked)}" if marked else ""
        notes.say(f"missing numbers are filled with the mean of the training rows: {_some(found['numbers'])}{marks}")
    if found["texts"]:
        what = "are a category of their own" if missing == IMPUTE else "count as no category"
        notes.say(f"missing texts {what}: {_some(found['texts'])}")


def _some(texts: list[str], most: int = 10) -> str:
    """Join the first texts, and say how many more there are."""
    more = [f"and {len(texts) - most} more columns"] if len(texts) > most else []
    return ", ".join(texts[:most] + more)
