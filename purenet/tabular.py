"""TableModel: a network together with what turns a table's columns into its inputs and its outputs into answers."""
from array import array

from .data.csv_cells import KEEP, REFUSE
from .data.csv_files import read_csv_in_parts
from .doubles import Doubles, writable_doubles
from .table_inputs import Inputs, NumberInput, TextInput

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Iterator, List, Optional, Sequence, Tuple

    from .network import Network

    Tensor = Tuple[str, Tuple[int, ...], List[float]]


class TableModel:
    """A trained network and its columns; ``purenet.table_training.train`` makes it.

    ``network``; ``inputs``, its columns with scaling and categories; ``target``, the name of what it tells;
    ``labels``, the classes in the order of its outputs, empty for a regression; ``missing``, what it does about empty
    cells.  ``made``: how it was made, as [name, value] pairs without floats; ``hyperparameters``: learning rate,
    momentum and the part of the rows that chose the epoch.
    """

    def __init__(
        self, network: "Network", inputs: Inputs, target: str, labels: "List[str]", target_mean: float,
        target_scale: float, missing: str,
    ) -> None:
        self.network = network
        self.inputs = inputs
        self.target = target
        self.labels = labels
        self.target_mean = target_mean
        self.target_scale = target_scale
        self.missing = missing
        self.made: "List[List[Any]]" = []
        self.hyperparameters: "List[float]" = []
        self.scores: "Any" = None  # of the training that made it; not part of a file
        self.unseen = 0  # texts in what was predicted that were not there in training

    def __repr__(self) -> str:
        what = f"{len(self.labels)} classes" if self.labels else "a number"
        return f"<TableModel: {self.target!r} ({what}) from {len(self.inputs.inputs)} columns>"

    def of(self, name: str) -> "Any":
        """What ``made`` tells of a name; None where it tells nothing."""
        for pair in self.made:
            if pair[0] == name:
                return pair[1]
        return None

    # answers ---------------------------------------------------------------------------------------

    def outputs(self, flat: "array[float]") -> "array[float]":
        """The network's outputs for encoded rows, row after row."""
        rows = len(flat) // self.inputs.width
        found = array("d", bytes(8 * rows * self.network.plan.outputs))
        writable_doubles(found, rows, self.network.plan.outputs)
        if self.network._engine.takes_buffers:
            self.network.predict(Doubles(memoryview(flat), self.inputs.width), out=found)
        else:
            self.network.predict(flat, out=found)
        return found

    def decided(self, outputs: "array[float]") -> "List[Any]":
        """The labels of the largest outputs, the first of equals; or the numbers in the target's own unit."""
        if not self.labels:
            return [value * self.target_scale + self.target_mean for value in outputs]
        width = len(self.labels)
        answers = []
        for start in range(0, len(outputs), width):
            row = outputs[start:start + width].tolist()
            answers.append(self.labels[row.index(max(row))])
        return answers

    def predict_csv(
        self, path: str, *, delimiter: "Optional[str]" = None, header: "Optional[bool]" = None,
        decimal: "Optional[str]" = None, encoding: "Optional[str]" = None, missing: "Optional[str]" = None,
    ) -> "Iterator[Tuple[List[Any], List[Optional[List[float]]]]]":
        """Answers and outputs for the rows of a CSV file, some rows at a time: memory does not grow with the file.

        Columns are found by name in any order; those the model does not know are not read.  Rows with empty cells
        get None and None where ``missing`` is "drop".  ``unseen`` counts the texts that were not there in training;
        they count as no category.  What is None is as it was in training.
        """
        missing = self.missing if missing is None else missing
        self.unseen = 0
        tables = read_csv_in_parts(
            path, self.inputs.kinds, delimiter=delimiter,
            header=self.of("header") is not False if header is None else header,
            decimal=decimal or self.of("decimal") or ".", encoding=encoding or self.of("encoding") or "utf-8",
            missing=REFUSE if missing == REFUSE else KEEP)
        width = self.network.plan.outputs
        for table in tables:
            flat, unseen = self.inputs.matrix(list(table.columns), range(table.rows))
            self.unseen += unseen
            found = self.outputs(flat)
            answers: "List[Any]" = self.decided(found)
            rows: "List[Optional[List[float]]]" = [
                found[start:start + width].tolist() for start in range(0, len(found), width)]
            if missing == "drop":
                for column in table.columns:
                    for i in range(table.rows):
                        if column.codes[i] < 0 if column.kind == "text" else column.values[i] != column.values[i]:
                            answers[i] = rows[i] = None
            yield answers, rows

    # the parts of a file ---------------------------------------------------------------------------

    def file_parts(self) -> "Tuple[str, Any, List[Tensor]]":
        """"table", words (lists, text, whole numbers, booleans, None) and tensors (name, shape, numbers).

        The network is not among them.  ``from_parts`` takes them back.
        """
        columns = [
            [one.name, one.kind] + ([one.categories] if one.kind == "text" else []) for one in self.inputs.inputs]
        words = [["target", self.target], ["labels", self.labels], ["missing", self.missing], ["inputs", columns],
                 ["made", self.made]]
        numbers = [one for one in self.inputs.inputs if one.kind == "number"]
        tensors: "List[Tensor]" = [
            ("table.hyperparameters", (len(self.hyperparameters),), list(self.hyperparameters)),
            ("table.target", (2,), [self.target_mean, self.target_scale])]
        if numbers:
            tensors.append(("table.means", (len(numbers),), [one.mean for one in numbers]))
            tensors.append(("table.scales", (len(numbers),), [one.scale for one in numbers]))
        return "table", words, tensors

    @classmethod
    def from_parts(cls, network: "Network", words: "Any", tensors: "Sequence[Tensor]") -> "TableModel":
        """The model of a network and its file's parts; ValueError where they do not belong together."""
        _require(_pairs(words, ["target", "labels", "missing", "inputs", "made"]), "the words of a table")
        target, labels, missing, columns, made = [pair[1] for pair in words]
        _require(isinstance(target, str) and _texts(labels), "the target or its labels")
        _require(missing in ("refuse", "mean", "drop"), "what it does about empty cells")
        _require(_pairs(made, None) and isinstance(columns, list) and len(columns) > 0, "made or inputs")
        numbers = 0
        for column in columns:
            _require(isinstance(column, list) and len(column) in (2, 3) and isinstance(column[0], str), "an input")
            text = len(column) == 3 and column[1] == "text" and _texts(column[2])
            _require(text or column[1:] == ["number"], "an input")
            numbers += column[1] == "number"
        names = [column[0] for column in columns]
        _require(sorted(names + [target]) == sorted(dict.fromkeys(names + [target])), "two columns of one name")
        given = {name: (tuple(shape), list(values)) for name, shape, values in tensors}
        wanted = [("table.hyperparameters", 3), ("table.target", 2)]
        wanted += [("table.means", numbers), ("table.scales", numbers)] if numbers else []
        _require(sorted(given) == sorted([name for name, _ in wanted]) and len(tensors) == len(wanted), "its tensors")
        for name, count in wanted:
            _require(given[name][0] == (count,) and len(given[name][1]) == count, name)
            _require(all([value - value == 0.0 for value in given[name][1]]), name)
        mean, scale = given["table.target"][1]
        means, scales = [given[name][1] if name in given else [] for name in ("table.means", "table.scales")]
        _require(scale > 0.0 and all([value > 0.0 for value in scales]), "a scale")
        inputs: "List[Any]" = []
        of_numbers = iter(zip(means, scales))
        for column in columns:
            if column[1] == "number":
                own_mean, own_scale = next(of_numbers)
                inputs.append(NumberInput(column[0], own_mean, own_scale))
            else:
                inputs.append(TextInput(column[0], column[2]))
        encoded = Inputs(inputs)
        last = network.layers[-1].activation
        _require(encoded.width == network.inputs, "the number of inputs")
        _require(network.plan.outputs == (len(labels) or 1) and (last == "softmax") == bool(labels), "the outputs")
        model = cls(network, encoded, target, labels, mean, scale, missing)
        model.made = made
        model.hyperparameters = given["table.hyperparameters"][1]
        return model


def _require(true: "Any", what: str) -> None:
    if not true:
        raise ValueError(f"not a table's model: {what} cannot be so")


def _texts(values: "Any") -> bool:
    """Whether it is a list of texts, none of them twice."""
    if not isinstance(values, list) or not all([isinstance(value, str) for value in values]):
        return False
    return len(dict.fromkeys(values)) == len(values)


def _pairs(values: "Any", names: "Optional[List[str]]") -> bool:
    """Whether it is a list of [name, value], with these names."""
    if not isinstance(values, list) or not all([isinstance(pair, list) and len(pair) == 2 for pair in values]):
        return False
    return _texts([pair[0] for pair in values]) and (names is None or [pair[0] for pair in values] == names)


def reproduce(model: TableModel, path: str, backend: str = "auto", progress: "Any" = None) -> "Tuple[bool, str]":
    """Train again on a CSV file as the model says it was made: whether every bit is the same, and what differs."""
    from .table_training import train

    texts = [name for name, kind in model.inputs.kinds if kind == "text"]
    again = train(
        path, model.target, task=model.of("task"), hidden=model.of("hidden"), epochs=model.of("epochs"),
        batch_size=model.of("batch_size"), learning_rate=model.hyperparameters[0], seed=model.of("seed"),
        backend=backend, missing=model.missing, text=texts, inputs=[name for name, _ in model.inputs.kinds],
        header=model.of("header"), decimal=model.of("decimal"), encoding=model.of("encoding"), progress=progress)
    if again.of("data_sha256") != model.of("data_sha256"):
        return False, f"{path} has other data than the model was trained on (SHA-256 {again.of('data_sha256')})"
    if again.network.digest() != model.network.digest():
        return False, f"other weights: SHA-256 {again.network.digest()} instead of {model.network.digest()}"
    return True, f"identical: SHA-256 of the weights {again.network.digest()}"
