"""TableModel: a network together with what turns a table's columns into its inputs and its outputs into answers."""
from array import array

from .data.csv_cells import KEEP, REFUSE
from .data.csv_files import read_csv_in_parts
from .doubles import Doubles
from .table_inputs import Inputs, NumberInput, TextInput
from .model_file import LONGEST_HEADER, Tensor
from .words import excerpt, written

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Iterator, List, Optional, Sequence, Tuple

    from .network import Network

MADE = (  # how a model was made: names, and what kind of value each has
    ("task", "text"), ("why", "text"), ("seed", "number"), ("hidden", "numbers"), ("epochs", "number"),
    ("batch_size", "number"), ("patience", "number"), ("best_epoch", "number"), ("epochs_done", "number"),
    ("rows", "number"), ("rows_trained", "number"), ("rows_validated", "number"), ("delimiter", "text or null"),
    ("header", "flag"), ("decimal", "text"), ("encoding", "text"), ("data_sha256", "text"),
)
HYPERPARAMETERS = ("learning rate", "momentum", "part validated")
REST = 1 << 16  # bytes of a file's header for what is no name, category or label


class TableModel:
    """A trained network and its columns; ``purenet.table_training.train`` makes it.

    ``network``; ``inputs``, its columns with scaling and categories; ``target``, the name of what it tells;
    ``labels``, the classes in the order of its outputs, empty for a regression; ``missing``, what it does about empty
    cells.  ``made``: how it was made, as [name, value] pairs without floats (``MADE``); ``hyperparameters``: learning
    rate, momentum and the part of the rows that chose the epoch.
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
        self.unseen_first: "dict[str, str]" = {}  # the first of them in each column that has any

    def __repr__(self) -> str:
        what = f"{len(self.labels)} classes" if self.labels else "a number"
        return f"<TableModel: {self.target!r} ({what}) from {len(self.inputs.inputs)} columns>"

    def draw(self, path: "Any") -> None:
        """Write a drawing of the network, with the names of the columns, to an SVG file."""
        self.network.draw(path, self.inputs.names)

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
        they count as no category; ``unseen_first`` has each column's first.  What is None is as it was in training.
        """
        missing = self.missing if missing is None else missing
        self.unseen = done = 0
        self.unseen_first = {}
        tables = read_csv_in_parts(
            path, self.inputs.kinds, delimiter=delimiter,
            header=self.of("header") is not False if header is None else header,
            decimal=decimal or self.of("decimal") or ".", encoding=encoding or self.of("encoding") or "utf-8",
            missing=REFUSE if missing == REFUSE else KEEP)
        width = self.network.plan.outputs
        for table in tables:
            def where(i: int, done: int = done) -> str:
                return f"{path}, row {done + i + 1}"

            flat, unseen = self.inputs.matrix(list(table.columns), range(table.rows), where=where)
            done += table.rows
            if unseen:
                self.unseen += unseen
                for one, column in zip(self.inputs.inputs, table.columns):
                    text = one.first_unseen(column) if one.kind == "text" else None
                    if text is not None:
                        self.unseen_first.setdefault(one.name, text)
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

    def save(self, path: "Any") -> None:
        """Write the network and all that stands around it to a model file; ``purenet.load`` makes it again.

        Raises OSError where the file cannot be written; the old one is kept then.
        """
        from .storage import save

        save(self, path)

    def file_parts(self) -> "Tuple[str, Any, List[Tensor]]":
        """"table", words (lists, text, whole numbers, booleans, None) and tensors; ``from_parts`` takes them back.

        The network is not among them.
        """
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
        return "table", words, [Tensor(name, "F64", (len(values),), values) for name, values in tensors]

    def require_room(self) -> None:
        """Refuse more names, categories and labels than a model file has room for, before anything is trained."""
        size = len(written(written(self.file_parts()[1])).encode())
        if size > LONGEST_HEADER - REST:
            texts = [(self.target, self.labels)]
            texts += [(one.name, one.categories) for one in self.inputs.inputs if one.kind == "text"]
            name, most = max(texts, key=lambda pair: len(written(pair[1])))
            raise ValueError(
                f"too many categories: the names, categories and labels of the columns take {size} bytes, and a model "
                f"file has room for {LONGEST_HEADER - REST}; those of column {name!r} ({len(most)} different texts) "
                f"take the most, so leave it out (--ignore) if you can")

    @classmethod
    def from_parts(cls, network: "Network", words: "Any", tensors: "Sequence[Tensor]") -> "TableModel":
        """The model of a network and its file's parts; ValueError where they do not belong together."""
        target, labels, missing, columns, made = understood(words)
        numbers = len([column for column in columns if column[1] == "number"])
        wanted = [("table.hyperparameters", len(HYPERPARAMETERS)), ("table.target", 2)]
        wanted += [("table.means", numbers), ("table.scales", numbers)] if numbers else []
        _require([(one.name, one.dtype, one.shape) for one in tensors] == [
            (name, "F64", (count,)) for name, count in wanted], "its tensors")
        values = [list(one.values) for one in tensors] + ([] if numbers else [[], []])
        hyperparameters, (mean, scale), means, scales = values
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
        model.hyperparameters = hyperparameters
        return model


def understood(words: "Any") -> "Tuple[str, List[str], str, List[Any], List[List[Any]]]":
    """Target, labels, missing, columns and made of a file's words; ValueError where they cannot be so."""
    _require(_pairs(words, ["target", "labels", "missing", "inputs", "made"]), "the words of a table")
    target, labels, missing, columns, made = [pair[1] for pair in words]
    _require(isinstance(target, str) and _texts(labels), "the target or its labels")
    _require(missing in ("refuse", "mean", "drop"), "what it does about empty cells")
    _require(isinstance(columns, list) and len(columns) > 0, "inputs")
    for column in columns:
        _require(isinstance(column, list) and len(column) in (2, 3) and isinstance(column[0], str), "an input")
        text = len(column) == 3 and column[1] == "text" and _texts(column[2])
        _require(text or column[1:] == ["number"], "an input")
    _require(_texts([column[0] for column in columns] + [target]), "two columns of one name")
    _require(made == [] or _pairs(made, [name for name, _ in MADE]), "made")
    for (name, kind), (_, value) in zip(MADE, made):
        _require(_is_of(kind, value), f"made: {name} = {excerpt(value)}")
    return target, labels, missing, columns, made


def _require(true: "Any", what: str) -> None:
    if not true:
        raise ValueError(f"not a table's model: {what} cannot be so")


def _texts(values: "Any") -> bool:
    """Whether it is a list of texts, none of them twice."""
    if not isinstance(values, list) or not all([isinstance(value, str) for value in values]):
        return False
    return len(dict.fromkeys(values)) == len(values)


def _pairs(values: "Any", names: "List[str]") -> bool:
    """Whether it is a list of [name, value], with these names."""
    if not isinstance(values, list) or not all([isinstance(pair, list) and len(pair) == 2 for pair in values]):
        return False
    return [pair[0] for pair in values] == names


def _is_of(kind: str, value: "Any") -> bool:
    """Whether a value of ``made`` is of its kind."""
    if kind == "numbers":
        return isinstance(value, list) and all([type(one) is int for one in value])
    if kind == "text or null":
        return value is None or isinstance(value, str)
    return type(value) is {"text": str, "number": int, "flag": bool}[kind]


def reproduce(
    model: TableModel, path: str, backend: str = "auto", progress: "Any" = None, say: "Any" = None
) -> "Tuple[bool, str]":
    """Train again on a CSV file as the model says it was made: whether every bit is the same, and what differs.

    ``backend``, ``progress`` and ``say`` are train's.  Raises ValueError for a model that does not say how it was made.
    """
    from .table_training import train

    if not model.made:
        raise ValueError("the model does not say how it was made")
    texts = [name for name, kind in model.inputs.kinds if kind == "text"] + ([model.target] if model.labels else [])
    again = train(
        path, model.target, task=model.of("task"), hidden=model.of("hidden"), epochs=model.of("epochs"),
        batch_size=model.of("batch_size"), learning_rate=model.hyperparameters[0], seed=model.of("seed"),
        backend=backend, missing=model.missing, text=texts, inputs=[name for name, _ in model.inputs.kinds],
        delimiter=model.of("delimiter"), header=model.of("header"), decimal=model.of("decimal"),
        encoding=model.of("encoding"), progress=progress, say=say)
    again.made[1] = model.made[1]  # why: this time the task was given
    digest = again.network.digest()
    if again.of("data_sha256") != model.of("data_sha256"):
        return False, f"different: {path} has other data than the model was trained on (SHA-256 of its numbers " \
                      f"{again.of('data_sha256')} instead of {model.of('data_sha256')})"
    if digest != model.network.digest():
        return False, f"different: other weights, SHA-256 {digest} instead of {model.network.digest()}"
    (_, words, tensors), (_, its_words, its_tensors) = again.file_parts(), model.file_parts()
    for (name, value), (_, its_value) in zip(words + again.made, its_words + model.made):
        if value != its_value and name != "made":
            return False, f"different: {name} is {excerpt(value)} instead of {excerpt(its_value)}"
    for tensor, its_tensor in zip(tensors, its_tensors):
        if list(map(repr, tensor.values)) != list(map(repr, its_tensor.values)):
            return False, f"different: the numbers of {tensor.name}"
    return True, f"identical: SHA-256 of the weights {digest}"
