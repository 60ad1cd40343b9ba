"""Predict from the columns of a table: a network, the encoder of its inputs, and the labels of its outputs."""
from __future__ import annotations

import re
from array import array

from .._core.buffers import DoubleRows
from .._core.messages import plural, quote, warn_user
from ..data.csv_file import CsvFile
from ..data.csv_forms import NUMBER, TEXT
from ..data.csv_reader import read_csv_in_parts
from ..data.table import Column
from ..model_files.container import MAX_HEADER, Tensor
from ..model_files.network_format import write_model
from ..model_files.strict_json import check_that, to_json
from ..model_files.table_format import HYPERPARAMETERS, RECIPE, parse_table
from .encoder import DateInput, NumberInput, TableEncoder, TextInput
from .reading import is_missing, is_path, refuse_missing
from .series import numbers_before, with_lags

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, Iterator, Sequence

    from ..network import Network

REST = 1 << 16  # bytes of a file's header for everything but names, categories and labels


class TableModel:
    """A trained network and the columns of its table. ``purenet.table.train`` returns it.

    ``network``: the network. ``inputs``: the encoder of its columns. ``target``: the name of the predicted column.
    ``label_texts``: the classes as a file has them, in the order of the outputs, empty for a regression. ``missing``:
    what to do about empty cells. ``notes``: what was decided about the data, as sentences. ``left_out``: the columns
    that were not used, as [name, reason]. ``made``: how it was made, as [name, value] pairs without floats (a file
    keeps floats in tensors). ``hyperparameters``: learning rate, momentum, and the part of the rows for validation.
    ``recipe``: the version of the rules by which columns become inputs.
    """

    def __init__(
        self, network: Network, inputs: TableEncoder, target: str, labels: list[str], target_mean: float,
        target_scale: float, missing: str,
    ) -> None:
        self.network = network
        self.inputs = inputs
        self.target = target
        self.label_texts = labels
        self._whole = all([re.fullmatch("0|-?[1-9][0-9]{0,999}", label) for label in labels])
        self.target_mean = target_mean
        self.target_scale = target_scale
        self.missing = missing
        self.recipe = RECIPE
        self.form: Any = TEXT if labels else NUMBER  # how the target's cells are written
        self.labels_as = "text"  # or "int", "float", "bool": what the classes are in Python
        self.left_out: list[list[str]] = []
        self.notes: list[str] = []
        self.tail: list[float] = []  # the target's last numbers, for lags
        self._before: list[float] = []  # the target's numbers before the next row
        self.made: list[list[Any]] = []
        self.hyperparameters: list[float] = []
        self.scores: Any = None  # of the training; this and the next two are not saved
        self.history: Any = None
        self.stopped: str | None = None  # "interrupt" or "max_seconds" if that cut the training short
        self.unseen = 0  # texts in the last prediction that did not occur in training
        self.unseen_first: dict[str, str] = {}  # the first of them in each column
        self.odd = 0  # cells in the last prediction that are written in another form than in training
        self.odd_first: dict[str, str] = {}
        self._places: dict[tuple[str, str], str] = {}  # the rows of these first texts and cells
        self.copied: list[tuple[str, Sequence[str]]] = []  # cells of the last part of predict_csv

    def __repr__(self) -> str:
        what = f"{len(self.label_texts)} classes" if self.label_texts else "a number"
        return f"<TableModel: {self.target!r} ({what}) from {len(self.inputs.inputs)} columns>"

    @property
    def labels(self) -> list[Any]:
        """Return the classes as ``predict`` gives them, in the order of ``predict_proba``; empty for a regression."""
        return [self.in_python(label) for label in self.label_texts]

    def digest(self) -> str:
        """Return the SHA-256 of the network's weights."""
        return self.network.digest()

    def draw(self, path: Any) -> None:
        """Write a drawing of the network, with the names of the columns, to an SVG file."""
        self.network.draw(path, self.inputs.names)

    def provenance(self, name: str) -> Any:
        """Return the value of a name in ``made``, or None."""
        for pair in self.made:
            if pair[0] == name:
                return pair[1]
        return None

    # answers ---------------------------------------------------------------------------------------

    def outputs(self, flat: array[float]) -> array[float]:
        """Return the network's outputs for encoded rows, row after row."""
        rows = len(flat) // self.inputs.width
        found = array("d", bytes(8 * rows * self.network.plan.outputs))
        if self.network.backend == "compiled":
            self.network.predict(DoubleRows(memoryview(flat), self.inputs.width), out=found)
        else:
            self.network.predict(flat, out=found)
        return found

    def labels_of(self, outputs: array[float]) -> list[Any]:
        """Return the labels of the largest outputs, the first of equals, or numbers in the target's unit."""
        if not self.label_texts:
            return [value * self.target_scale + self.target_mean for value in outputs]
        width = len(self.label_texts)
        answers = []
        for start in range(0, len(outputs), width):
            row = outputs[start:start + width].tolist()
            answers.append(self.label_texts[row.index(max(row))])
        return answers

    def predict_csv(
        self, path: str, *, delimiter: str | None = None, header: bool | None = None,
        decimal: str | None = None, encoding: str | None = None, missing: str | None = None,
        na_values: Sequence[str] = (), copied: Sequence[str] | bool = (),
    ) -> Iterator[tuple[list[Any], list[list[float] | None]]]:
        """Yield (answers, outputs) for some rows of a CSV file at a time: memory does not grow with the file.

        Columns are found by name, in any order; unknown columns are not read. Answers are texts for classes. Arguments
        that are None are as in training. If ``missing`` is "drop", answers and outputs of rows with empty cells are
        None; if it is "refuse", the first one raises ValueError. Texts that did not occur in training are encoded as no
        category; ``unseen`` counts them, and ``unseen_first`` has each column's first. Cells that are not written as in
        training count as empty; ``odd`` and ``odd_first`` do the same for them. A model with lags also reads the
        target, if the file has it. ``copied``: names of columns, or True for all; ``self.copied`` has their cells in
        these rows, unchanged.
        """
        missing = self.missing if missing is None else missing
        header = self.provenance("header") if header is None else header
        encoding = encoding or self.provenance("encoding")
        decimal = decimal or self.provenance("decimal")
        self.start_counting()
        done, forms = 0, self.forms(decimal)
        how: Any = {"delimiter": delimiter, "decimal": decimal, "strict": self.recipe == 1, "header": header,
                    "encoding": encoding, "na_values": [*(self.provenance("na_values") or []), *na_values]}
        if self.tail and path != "-":
            with CsvFile(path, delimiter, header, encoding, decimal) as file:
                known = [(self.target, self.form)] * (self.target in file.names)
            if known:
                judged = (forms if self.missing == "drop" else []) + known
                parts: Any = read_csv_in_parts(path, judged, **how)
                self._before = numbers_before(self, (table.columns for table in parts))
                parts.close()
            forms += known
        for table in read_csv_in_parts(
                path, forms, missing="refuse" if missing == "refuse" and not self.tail else "keep", copied=copied,
                **how):
            def where(i: int, done: int = done) -> str:
                return f"{path}, row {done + i + 1}"

            done += table.rows
            self.copied = table.copied
            yield self.predict_columns(list(table.columns), table.rows, missing, where)

    def predict(self, data: Any) -> list[Any]:
        """Return the prediction for each row: a number, or a class, one of ``labels``.

        ``data``: rows as for ``train``, such as a list of dicts; or the path of a CSV file. Missing values are as in
        training; ``unseen`` and ``odd`` count what training did not have, and a warning reports it.
        """
        found = self._answers(data)
        self._warn()
        return found

    def _answers(self, data: Any) -> list[Any]:
        return [answer for answers, _ in self._parts(data) for answer in map(self.in_python, answers)]

    def _warn(self) -> None:
        """Warn of cells that training did not have."""
        for text in self.surprises():
            warn_user(text)

    def surprises(self) -> list[str]:
        """Return sentences on the texts and cells of the last prediction that training did not have."""
        found = []
        if self.unseen:
            found.append(f"{plural(self.unseen, 'cell')} with texts that training did not have, which count as no "
                         f"category; the first in {self._first(self.unseen_first, 'unseen')}")
        if self.odd:
            found.append(f"{plural(self.odd, 'cell')} written in another form than in training, which count as "
                         f"missing; the first in {self._first(self.odd_first, 'odd')}")
        return found

    def _first(self, cells: dict[str, str], what: str) -> str:
        """Return the first such cell of each column, as text; at most ten columns."""
        named = [f"column {quote(name)}: {quote(cells[name])} ({self._places[what, name]})" for name in cells]
        return ", in ".join(named[:10] + ([f"{len(named) - 10} more columns"] if len(named) > 10 else []))

    def predict_proba(self, data: Any) -> list[Any]:
        """Return for each row a list with the probability of each class, in the order of ``labels``."""
        if not self.label_texts:
            raise ValueError(f"this model predicts a number, {self.target!r}, and no classes")
        found = [row for _, rows in self._parts(data) for row in rows]
        self._warn()
        return found

    def importances(
        self, data: Any, labels: Any = None, n_repeats: int = 5, random_state: int | None = 0
    ) -> list[tuple[str, float, float]]:
        """Return (column, mean, standard deviation) of how much the score falls when a column is shuffled.

        That is permutation importance as scikit-learn defines it: accuracy or R2 of the rows less that of the rows
        with the column shuffled, ``n_repeats`` times. ``labels``: the right answers; by default the rows have them.
        """
        from .importances import importances

        return importances(self, data, labels, n_repeats, random_state)

    def report(self, data: Any, labels: Any = None) -> Any:
        """Return the scores on rows with known answers: ``str`` of it is a text, ``scores`` a dict of numbers.

        ``labels``: the right answers; by default the rows have them.
        """
        from .importances import Report, known_answers

        found = Report(self, known_answers(self, data, labels), self._answers(data))
        self._warn()
        return found

    def in_python(self, answer: Any) -> Any:
        """Return a prediction as Python's value: True for "True" if the classes were bools, and so on.

        Texts become ints if all classes are whole numbers as Python writes them.
        """
        if answer is None or not self.label_texts:
            return answer
        if self.labels_as in ("bool", "float"):
            return answer == "True" if self.labels_as == "bool" else float(answer)
        return int(answer) if self._whole else answer

    def _parts(self, data: Any) -> Any:
        if is_path(data):
            return self.predict_csv(data)
        self.start_counting()
        columns, rows = self.columns_of(data)
        if len(columns) > len(self.forms()):  # with the target's, for lags
            self._before = numbers_before(self, [columns if self.missing == "drop" else columns[-1:]])
        return [self.predict_columns(columns, rows, self.missing)]

    def columns_of(self, data: Any) -> tuple[list[Column], int]:
        """Return the columns of rows that the model reads, and the number of rows."""
        from .rows import columns_for

        return columns_for(self.forms(), (self.target, self.form) if self.tail else None, data,
                           self.provenance("na_values") or [])

    def forms(self, decimal: str | None = None) -> list[tuple[str, Any]]:
        """Return name and form of each column to read; ``decimal`` replaces the decimal sign of plain numbers."""
        sign = decimal or self.provenance("decimal") or "."
        found: list[tuple[str, Any]] = []
        for one in self.inputs.inputs[:len(self.inputs.inputs) - len(self.tail)]:
            form = one.form
            if form[0] == "number" and form[2:] == ["", "", ""] and (decimal or self.recipe == 1):
                form = ["number", sign, "", "", ""]
            found.append((one.name, form))
        return found

    def start_counting(self) -> None:
        """Forget the texts and cells of the last prediction."""
        self.unseen = self.odd = 0
        self.unseen_first = {}
        self.odd_first = {}
        self._places = {}
        self._before = list(self.tail)

    def predict_columns(
        self, columns: list[Column], rows: int, missing: str, where: Callable[[int], str] = "row {}".format
    ) -> tuple[list[Any], list[list[float] | None]]:
        """Return (answers, outputs) for rows of the columns of ``forms()``, with None where ``predict_csv`` gives it.

        With lags, the target's column can be one more.
        """
        if not rows:
            return [], []
        own = len(self.inputs.inputs) - len(self.tail)
        columns, known = columns[:own], columns[own:]
        if missing == "refuse":
            refuse_missing(columns, range(rows), where)
        every = columns
        if self.tail:
            every, self._before = with_lags(self, columns, known, rows, self._before, where)
        flat, unseen = self.inputs.encode(list(every), range(rows), where=where)
        self.unseen += unseen
        for one, column in zip(self.inputs.inputs, columns):
            self.odd += column.odd
            if column.odd:
                self.odd_first.setdefault(one.name, column.first_odd)
                self._places.setdefault(("odd", one.name), where(column.odd_row).rpartition(", ")[2])
            row = one.first_unseen(column) if unseen and one.kind == "text" else None
            if row is not None:
                self.unseen_first.setdefault(one.name, column[row])
                self._places.setdefault(("unseen", one.name), where(row).rpartition(", ")[2])
        found = self.outputs(flat)
        width = self.network.plan.outputs
        answers: list[Any] = self.labels_of(found)
        outputs: list[list[float] | None] = [
            found[start:start + width].tolist() for start in range(0, len(found), width)]
        if missing == "drop":
            for column in columns:
                for i in range(rows):
                    if is_missing(column, i):
                        answers[i] = outputs[i] = None
        return answers, outputs

    # the parts of a file ---------------------------------------------------------------------------

    def save(self, path: Any, metadata: Sequence[tuple[str, str]] | None = None) -> None:
        """Write the model, with its network, to a model file; ``purenet.load`` reads it.

        ``metadata``: (key, text) pairs, as for ``Network.save``. Raises OSError if the file cannot be written.
        Then the old file is kept.
        """
        parts = self.to_file_parts()
        self.network.use_saved(lambda settings, state: write_model(path, settings, state, metadata, parts))

    def to_file_parts(self) -> tuple[Any, list[Tensor]]:
        """Return words (lists, text, whole numbers, booleans, None) and tensors of everything but the network."""
        inputs = self.inputs.inputs
        columns = [
            [one.name, one.kind] + ([one.categories] if one.kind == "text" else []) for one in inputs]
        words: list[list[Any]] = [["target", self.target], ["labels", self.label_texts], ["missing", self.missing],
                                  ["inputs", columns], ["made", self.made]]
        if self.recipe > 1:
            words[3][1] = [one.words() for one in inputs]
            words = [["recipe", self.recipe], ["form", self.form], ["labels_as", self.labels_as],
                     ["left_out", self.left_out], ["notes", self.notes]] + words
        numbers = [one for one in inputs if one.kind != "text"]
        tensors = [("table.hyperparameters", list(self.hyperparameters)),
                   ("table.target", [self.target_mean, self.target_scale])]
        if numbers:
            tensors.append(("table.means", [one.mean for one in numbers]))
            tensors.append(("table.scales", [one.scale for one in numbers]))
        if self.tail:
            tensors.append(("table.tail", list(self.tail)))
        return words, [Tensor(name, "F64", (len(values),), values) for name, values in tensors]

    def to_recipe_1(self) -> None:
        """Become a model of recipe 1, whose file says less about how it was made."""
        self.recipe = 1
        self.made = [pair for pair in self.made if pair[0] not in ("activation", "class_weight", "lags", "na_values")]

    def check_header_size(self) -> None:
        """Raise ValueError if names, categories and labels do not fit in a model file, before training starts."""
        size = len(to_json(to_json(self.to_file_parts()[0])).encode())
        if size > MAX_HEADER - REST:
            texts = [(self.target, self.label_texts)]
            texts += [(one.name, one.categories) for one in self.inputs.inputs if one.kind == "text"]
            name, most = max(texts, key=lambda pair: len(to_json(pair[1])))
            raise ValueError(
                f"too many categories: the names, categories and labels of the columns take {size} bytes, and a model "
                f"file has room for {MAX_HEADER - REST}; those of column {name!r} ({len(most)} different texts) "
                f"take the most, so leave it out (--ignore) if you can")

    @classmethod
    def from_file_parts(cls, network: Network, words: Any, tensors: Sequence[Tensor]) -> TableModel:
        """Return the model of a network, words and tensors; ValueError if they do not belong together."""
        of = parse_table(words)
        columns, labels = of["inputs"], of["labels"]
        numbers = len([column for column in columns if column[1] != "text"])
        wanted = [("table.hyperparameters", len(HYPERPARAMETERS)), ("table.target", 2)]
        wanted += [("table.means", numbers), ("table.scales", numbers)] if numbers else []
        lags = dict(of["made"]).get("lags", 0)
        wanted += [("table.tail", lags)] if lags else []
        layout = [(one.name, one.dtype, one.shape) for one in tensors]
        expected = [(name, "F64", (count,)) for name, count in wanted]
        check_that(layout == expected, "the table's tensors", [one for one in layout if one not in expected] or layout)
        values = {one.name: list(one.values) for one in tensors}
        mean, scale = values["table.target"]
        means, scales = values.get("table.means", []), values.get("table.scales", [])
        check_that(scale > 0.0 and all([value > 0.0 for value in scales]), "scales", [scale] + scales)
        of_numbers = iter(zip(means, scales))
        encoded = TableEncoder([_input_of(column, of_numbers) for column in columns])
        last = network.layers[-1].activation
        check_that(encoded.width == network.inputs, "the network's inputs", network.inputs)
        outputs = network.plan.outputs, last
        check_that(outputs[0] == (len(labels) or 1) and (last == "softmax") == bool(labels), "the outputs", outputs)
        model = cls(network, encoded, of["target"], labels, mean, scale, of["missing"])
        model.made, model.hyperparameters = of["made"], values["table.hyperparameters"]
        model.recipe, model.form, model.labels_as = of["recipe"], of["form"] or model.form, of["labels_as"]
        model.left_out, model.notes, model.tail = of["left_out"], of["notes"], values.get("table.tail", [])
        return model


def _input_of(column: list[Any], of_numbers: Iterator[tuple[float, float]]) -> Any:
    """Return the input that a file's words describe, with the next mean and scale."""
    name, kind, *more = column
    if kind == "text":
        return TextInput(name, *more) if len(more) == 1 else TextInput(name, more[1], more[0], more[2])
    mean, scale = next(of_numbers)
    if kind == "date":
        return DateInput(name, mean, scale, *more)
    return NumberInput(name, mean, scale, *more)
