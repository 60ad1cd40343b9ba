"""Predict from the columns of a table: a network, the encoder of its inputs, and the labels of its outputs."""
from __future__ import annotations

from array import array

from .._core.buffers import DoubleRows
from ..data.csv_columns import KEEP, REFUSE
from ..data.csv_reader import read_csv_in_parts
from ..model_files.container import MAX_HEADER, Tensor
from ..model_files.network_format import write_model
from ..model_files.strict_json import check_that, to_json
from ..model_files.table_format import HYPERPARAMETERS, parse_table
from .encoder import NumberInput, TableEncoder, TextInput

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Iterator, Sequence

    from ..network import Network

REST = 1 << 16  # bytes of a file's header for everything but names, categories and labels


class TableModel:
    """A trained network and the columns of its table. ``purenet.table.train`` returns it.

    ``network``: the network. ``inputs``: the encoder of its columns. ``target``: the name of the predicted column.
    ``labels``: the classes in the order of the outputs, empty for a regression. ``missing``: what to do about empty
    cells. ``made``: how it was made, as [name, value] pairs without floats. ``hyperparameters``: learning rate,
    momentum, and the part of the rows for validation.
    """

    def __init__(
        self, network: Network, inputs: TableEncoder, target: str, labels: list[str], target_mean: float,
        target_scale: float, missing: str,
    ) -> None:
        self.network = network
        self.inputs = inputs
        self.target = target
        self.labels = labels
        self.target_mean = target_mean
        self.target_scale = target_scale
        self.missing = missing
        self.made: list[list[Any]] = []
        self.hyperparameters: list[float] = []
        self.scores: Any = None  # of the training that made it; not part of a file
        self.unseen = 0  # texts in the last prediction that did not occur in training
        self.unseen_first: dict[str, str] = {}  # the first of them in each column

    def __repr__(self) -> str:
        what = f"{len(self.labels)} classes" if self.labels else "a number"
        return f"<TableModel: {self.target!r} ({what}) from {len(self.inputs.inputs)} columns>"

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
        if not self.labels:
            return [value * self.target_scale + self.target_mean for value in outputs]
        width = len(self.labels)
        answers = []
        for start in range(0, len(outputs), width):
            row = outputs[start:start + width].tolist()
            answers.append(self.labels[row.index(max(row))])
        return answers

    def predict_csv(
        self, path: str, *, delimiter: str | None = None, header: bool | None = None,
        decimal: str | None = None, encoding: str | None = None, missing: str | None = None,
    ) -> Iterator[tuple[list[Any], list[list[float] | None]]]:
        """Yield (answers, outputs) for some rows of a CSV file at a time: memory does not grow with the file.

        Columns are found by name, in any order; unknown columns are not read. Arguments that are None are as in
        training. If ``missing`` is "drop", answers and outputs of rows with empty cells are None. Texts that did not
        occur in training are encoded as no category; ``unseen`` counts them, and ``unseen_first`` has each column's
        first.
        """
        missing = self.missing if missing is None else missing
        self.unseen = done = 0
        self.unseen_first = {}
        sign = decimal or self.provenance("decimal") or "."
        tables = read_csv_in_parts(
            path, [(name, ["text"] if kind == "text" else ["number", sign, "", "", ""])
                   for name, kind in self.inputs.kinds], delimiter=delimiter, decimal=sign, strict=True,
            header=self.provenance("header") is not False if header is None else header,
            encoding=encoding or self.provenance("encoding") or "utf-8",
            missing=REFUSE if missing == REFUSE else KEEP)
        width = self.network.plan.outputs
        for table in tables:
            def where(i: int, done: int = done) -> str:
                return f"{path}, row {done + i + 1}"

            flat, unseen = self.inputs.encode(list(table.columns), range(table.rows), where=where)
            done += table.rows
            if unseen:
                self.unseen += unseen
                for one, column in zip(self.inputs.inputs, table.columns):
                    text = one.first_unseen(column) if one.kind == "text" else None
                    if text is not None:
                        self.unseen_first.setdefault(one.name, text)
            found = self.outputs(flat)
            answers: list[Any] = self.labels_of(found)
            rows: list[list[float] | None] = [
                found[start:start + width].tolist() for start in range(0, len(found), width)]
            if missing == "drop":
                for column in table.columns:
                    for i in range(table.rows):
                        if column.codes[i] < 0 if column.kind == "text" else column.values[i] != column.values[i]:
                            answers[i] = rows[i] = None
            yield answers, rows

    # the parts of a file ---------------------------------------------------------------------------

    def save(self, path: Any, metadata: Sequence[tuple[str, str]] | None = None) -> None:
        """Write the model, with its network, to a model file; ``purenet.load`` reads it.

        ``metadata``: (key, text) pairs, as for ``Network.save``. Raises OSError if the file cannot be written.
        Then the old file is kept.
        """
        write_model(path, *self.network.__getstate__(), metadata, self.to_file_parts())

    def to_file_parts(self) -> tuple[Any, list[Tensor]]:
        """Return words (lists, text, whole numbers, booleans, None) and tensors of everything but the network."""
        columns = [
            [one.name, one.kind] + ([one.categories] if one.kind == "text" else []) for one in self.inputs.inputs]
        words = [["target", self.target], ["labels", self.labels], ["missing", self.missing], ["inputs", columns],
                 ["made", self.made]]
        numbers = [one for one in self.inputs.inputs if one.kind == "number"]
        tensors = [("table.hyperparameters", list(self.hyperparameters)),
                   ("table.target", [self.target_mean, self.target_scale])]
        if numbers:
            tensors.append(("table.means", [one.mean for one in numbers]))
            tensors.append(("table.scales", [one.scale for one in numbers]))
        return words, [Tensor(name, "F64", (len(values),), values) for name, values in tensors]

    def check_header_size(self) -> None:
        """Raise ValueError if names, categories and labels do not fit in a model file, before training starts."""
        size = len(to_json(to_json(self.to_file_parts()[0])).encode())
        if size > MAX_HEADER - REST:
            texts = [(self.target, self.labels)]
            texts += [(one.name, one.categories) for one in self.inputs.inputs if one.kind == "text"]
            name, most = max(texts, key=lambda pair: len(to_json(pair[1])))
            raise ValueError(
                f"too many categories: the names, categories and labels of the columns take {size} bytes, and a model "
                f"file has room for {MAX_HEADER - REST}; those of column {name!r} ({len(most)} different texts) "
                f"take the most, so leave it out (--ignore) if you can")

    @classmethod
    def from_file_parts(cls, network: Network, words: Any, tensors: Sequence[Tensor]) -> TableModel:
        """Return the model of a network, words and tensors; ValueError if they do not belong together."""
        target, labels, missing, columns, made = parse_table(words)
        numbers = len([column for column in columns if column[1] == "number"])
        wanted = [("table.hyperparameters", len(HYPERPARAMETERS)), ("table.target", 2)]
        wanted += [("table.means", numbers), ("table.scales", numbers)] if numbers else []
        layout = [(one.name, one.dtype, one.shape) for one in tensors]
        expected = [(name, "F64", (count,)) for name, count in wanted]
        check_that(layout == expected, "the table's tensors", [one for one in layout if one not in expected] or layout)
        values = [list(one.values) for one in tensors] + ([] if numbers else [[], []])
        hyperparameters, (mean, scale), means, scales = values
        check_that(scale > 0.0 and all([value > 0.0 for value in scales]), "scales", [scale] + scales)
        inputs: list[Any] = []
        of_numbers = iter(zip(means, scales))
        for column in columns:
            if column[1] == "number":
                own_mean, own_scale = next(of_numbers)
                inputs.append(NumberInput(column[0], own_mean, own_scale))
            else:
                inputs.append(TextInput(column[0], column[2]))
        encoded = TableEncoder(inputs)
        last = network.layers[-1].activation
        check_that(encoded.width == network.inputs, "the network's inputs", network.inputs)
        outputs = network.plan.outputs, last
        check_that(outputs[0] == (len(labels) or 1) and (last == "softmax") == bool(labels), "the outputs", outputs)
        model = cls(network, encoded, target, labels, mean, scale, missing)
        model.made = made
        model.hyperparameters = hyperparameters
        return model
