"""Measure how good predictions are: plain functions of (y, predictions), with the same bits everywhere.

``y`` and ``predictions`` are flat lists of labels, class numbers or values, or rows of outputs as ``net.predict``
returns them. The formulas are scikit-learn's. What a row says of its class:

- A flat list has labels, text or whole numbers. A column (rows of one number) has class numbers, or one sigmoid's
  outputs if they are not all whole: class 1 above 0.5, else 0.
- If y is a flat list or a column, predictions of several numbers are scores of the classes. The largest counts, the
  first one if several are equal. The same holds for rows of y and predictions that all add up to 1: one-hot rows, a
  softmax's outputs.
- In other rows of several numbers each number is a label of its own: 0 or 1 in y, and told above 0.5 in predictions.

    from purenet.metrics import ConfusionMatrix, accuracy
    accuracy(y_test, net.predict(x_test))
    ConfusionMatrix(y_test, net.predict_classes(x_test))
"""
from ._core.checks import check_int, is_row, to_float
from ._core.messages import NonFiniteError, describe, escape_html, plural, printable
from ._core.rows import refuse_non_finite, rows_by_position

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, Sequence

# what fit(metrics=[...]) takes by name
NAMES = ("accuracy", "top_k_accuracy", "precision", "recall", "mean_absolute_error", "r2")


def accuracy(y: "Any", predictions: "Any") -> float:
    """Return the fraction of the rows whose class is right, or all of whose labels are."""
    right = 0
    truths, found = _read_both(y, predictions)
    for truth, prediction in zip(truths, found):
        if truth == prediction:
            right += 1
    return right / len(truths)


def top_k_accuracy(y: "Any", predictions: "Any", k: int = 5) -> float:
    """Return the fraction of the rows whose class is among the k largest outputs. Of equal outputs the first wins."""
    k = check_int("k", k, 1)
    right = 0
    rows, width = _parts(predictions, "predictions")
    if width < 2:
        raise ValueError(f"predictions[0]: expected a row with an output for each class, got {describe(rows[0])}")
    truths, _ = _read_both(y, rows, one_class=True)
    for truth, row in zip(truths, rows):
        own, before = row[int(truth)], 0
        for j, value in enumerate(row):
            if value > own or value == own and j < truth:
                before += 1
        if before < k:
            right += 1
    return right / len(truths)


def precision(y: "Any", predictions: "Any") -> float:
    """Return the mean of the classes' precisions: the fraction of the rows predicted as a class that belong to it.

    If rows have several labels, it is the mean over the labels, as scikit-learn's with ``average="macro"``.
    """
    return _mean_over_classes(y, predictions, lambda matrix: matrix.precision)


def recall(y: "Any", predictions: "Any") -> float:
    """Return the mean of the classes' recalls: the fraction of the rows of a class that were predicted as it.

    If rows have several labels, it is the mean over the labels, as scikit-learn's with ``average="macro"``.
    """
    return _mean_over_classes(y, predictions, lambda matrix: matrix.recall)


def _mean_over_classes(y: "Any", predictions: "Any", scores_of: "Callable[[ConfusionMatrix], list[float]]") -> float:
    truths, found = _read_both(y, predictions)
    if not isinstance(truths[0], list):
        return _mean(scores_of(ConfusionMatrix(truths, found)))
    columns = [([row[j] for row in truths], [row[j] for row in found]) for j in range(len(truths[0]))]
    return _mean([scores_of(ConfusionMatrix(a, b, labels=[0, 1]))[1] for a, b in columns])


OF_CLASSES = (accuracy, top_k_accuracy, precision, recall)  # not for outputs that are no classes


def mean_absolute_error(y: "Any", predictions: "Any") -> float:
    """Return the mean of the absolute errors over all numbers."""
    total = 0.0
    numbers = 0
    for truth, prediction in _columns(y, predictions):
        for a, b in zip(truth, prediction):
            total += abs(a - b)
        numbers += len(truth)
    return _held(total, "mean_absolute_error") / numbers


def r2(y: "Any", predictions: "Any") -> float:
    """Return the coefficient of determination: 1 minus the squared errors over the squared distances from y's mean.

    For several columns it is their mean. If all values of y are equal, it is 1.0 without an error and else 0.0.
    """
    return _mean([_r2_of(truth, prediction) for truth, prediction in _columns(y, predictions)])


def _r2_of(truth: "list[float]", prediction: "list[float]") -> float:
    mean = _mean(truth)
    errors = distances = 0.0
    equal = right = True
    for a, b in zip(truth, prediction):
        errors += (a - b) * (a - b)
        distances += (a - mean) * (a - mean)
        equal = equal and a == truth[0]
        right = right and a == b
    if equal or distances == 0.0:  # the rounded mean of equal values may be another, and squares may vanish
        return 1.0 if right else 0.0
    return 1.0 - _held(errors, "r2") / _held(distances, "r2")


class ConfusionMatrix:
    """Count how often each class (rows) was predicted as each class (columns).

    ``labels``: the classes, by default all that occur, sorted. ``counts[i][j]``: how many rows of labels[i] were
    predicted as labels[j]. ``precision``, ``recall``, ``f1``: a number for each class, 0.0 instead of a division by 0.
    ``accuracy``: the fraction of the rows on the diagonal.
    """

    def __init__(self, y: "Any", predictions: "Any", labels: "Sequence[Any] | None" = None) -> None:
        truths, found = _read_both(y, predictions, one_class=True)
        self.labels = _sorted(_different(truths + found)) if labels is None else rows_by_position(labels, "labels")
        places = {}
        for place, label in enumerate(self.labels):
            places[label] = place
        if len(places) < len(self.labels):
            raise ValueError(f"labels: expected every class once, got {describe(labels)}")
        size = len(self.labels)
        self.counts = [[0] * size for _ in range(size)]
        for truth, prediction in zip(truths, found):
            for name, label in (("y", truth), ("predictions", prediction)):
                if label not in places:
                    raise ValueError(f"labels: {name} has {describe(label)}, which is none of them")
            self.counts[places[truth]][places[prediction]] += 1

    @property
    def accuracy(self) -> float:
        """Return the fraction of the rows that are right."""
        rows = right = 0
        for i, row in enumerate(self.counts):
            right += row[i]
            for number in row:
                rows += number
        return right / rows

    @property
    def precision(self) -> "list[float]":
        """For each class, the fraction of the rows predicted as it that belong to it."""
        return [self._fraction(j, [row[j] for row in self.counts]) for j in range(len(self.labels))]

    @property
    def recall(self) -> "list[float]":
        """For each class, the fraction of its rows that were predicted as it."""
        return [self._fraction(i, row) for i, row in enumerate(self.counts)]

    @property
    def f1(self) -> "list[float]":
        """For each class, the harmonic mean of precision and recall."""
        scores = []
        for i, row in enumerate(self.counts):
            around = 0
            for j, other in enumerate(self.counts):
                around += row[j] + other[i]
            scores.append(2 * row[i] / around if around else 0.0)
        return scores

    def _fraction(self, i: int, line: "list[int]") -> float:
        total = 0
        for number in line:
            total += number
        return self.counts[i][i] / total if total else 0.0

    def _table(self) -> "list[list[str]]":
        """Return the cells: a heading, a line for each class with its recall, and a line of precisions."""
        lines = [["true \\ predicted"] + [printable(str(label)) for label in self.labels] + ["recall"]]
        for label, row, part in zip(self.labels, self.counts, self.recall):
            lines.append([printable(str(label))] + [str(number) if number else "." for number in row] + [f"{part:.3f}"])
        return lines + [["precision"] + [f"{part:.3f}" for part in self.precision] + [f"{self.accuracy:.3f}"]]

    def __repr__(self) -> str:
        lines = self._table()
        widths = [max([len(line[k]) for line in lines]) for k in range(len(lines[0]))]
        texts = []
        for line in lines:
            texts.append("  ".join([" " * (width - len(cell)) + cell for cell, width in zip(line, widths)]))
        return "\n".join(texts)

    def _repr_html_(self) -> str:
        """Return the table that notebooks show."""
        rows = []
        for k, line in enumerate(self._table()):
            cells = []
            for j, cell in enumerate(line):
                kind = "th" if k == 0 or j == 0 else "td"
                cells.append(f"<{kind}>{escape_html(cell)}</{kind}>")
            rows.append("<tr>" + "".join(cells) + "</tr>")
        return "<table>" + "".join(rows) + "</table>"


# reading y and predictions ----------------------------------------------------------------------------

def _items(values: "Any", name: str) -> "list[Any]":
    """Return the rows or values of a list, array or other container."""
    items = rows_by_position(values, name)
    if not items:
        raise ValueError(f"{name} is empty")
    return [rows_by_position(item, f"{name}[{i}]") if is_row(item) else item for i, item in enumerate(items)]


def _parts(values: "Any", name: str) -> "tuple[list[Any], int]":
    """Return (the label of each row, 1), or (rows of finite numbers, their width)."""
    items = _items(values, name)
    width = len(items[0]) if isinstance(items[0], list) else 0
    for i, item in enumerate(items):
        own = len(item) if isinstance(item, list) else 0
        if own != width or isinstance(item, list) and not item:
            got = f"has {plural(own, 'number')}" if isinstance(item, list) else f"is {describe(item)}"
            raise ValueError(f"{name}[{i}] {got}, expected as many numbers as in {name}[0], and at least one")
    if width < 2:
        return _labels([item[0] for item in items] if width else items, name, width == 1), 1
    for i, row in enumerate(items):
        items[i] = [v if type(v) is float else to_float(v, f"{name}[{i}][{j}]") for j, v in enumerate(row)]
        _refuse_non_finite(items, i, name)
    return items, width


def _labels(values: "list[Any]", name: str, in_column: bool) -> "list[Any]":
    """Return the labels of a flat list or a column. A column can have the outputs of one sigmoid instead."""
    outputs = False
    for i, value in enumerate(values):
        if _kind(value) != _kind(values[0]):
            wanted = f"a label as {name}[0], {describe(values[0])}: all text or all numbers"
            raise TypeError(f"{name}[{i}] is {describe(value)}, expected {wanted}")
        if _kind(value) == "number" and not isinstance(value, int):
            number = to_float(value, f"{name}[{i}]")
            if number - number != 0.0 or number != int(number):
                outputs = True
                if not in_column:
                    cure = f"outputs are given as rows, [[{number}], ...]"
                    raise ValueError(f"{name}[{i}] is {number}, expected a class; {cure}")
    if not outputs:
        return values
    for i, value in enumerate(values):
        if not 0.0 <= value <= 1.0:
            wanted = "an output from 0 to 1 as in other rows, or a class number in every row"
            raise ValueError(f"{name}[{i}] is {value}, expected {wanted}")
    return [1 if value > 0.5 else 0 for value in values]


def _read_both(y: "Any", predictions: "Any", one_class: bool = False) -> "tuple[list[Any], list[Any]]":
    """Return the label of each row of y and of the predictions, or lists of 0 and 1 if rows have several labels.

    ``one_class``: raise ValueError if rows have several labels.
    """
    truths, width = _parts(y, "y")
    found, outputs = _parts(predictions, "predictions")
    _both(truths, found)
    if width == outputs == 1:
        if _kind(truths[0]) != _kind(found[0]):
            got = f"y[0] is {describe(truths[0])}, predictions[0] {describe(found[0])}"
            raise TypeError(f"{got}: expected labels of one kind, all text or all numbers")
        return truths, found
    if width > 1 and outputs > 1 and width != outputs:
        raise ValueError(f"y[0] has {width} numbers, predictions[0] {outputs}")
    for name, classes, columns in (("y", truths, width), ("predictions", found, outputs)):
        size = max(width, outputs)
        for i, value in enumerate(classes if columns == 1 else ()):
            if _kind(value) != "number" or not 0 <= value < size:
                raise ValueError(f"{name}[{i}] is {describe(value)}, expected a class number from 0 to {size - 1}, "
                                 f"because the other rows have {size} outputs")
    one_hot = width == 1 or _add_up_to_1(truths)
    scores = 1 in (width, outputs)
    if one_class:
        scores = scores or _add_up_to_1(found) or not _only_0_and_1(found)
    elif not scores:  # rows of 0 and 1 alone are labels, as in scikit-learn
        scores = _add_up_to_1(found) and not _only_0_and_1(truths + found)
    if one_hot and scores:
        return ([row if width == 1 else index_of_largest(row) for row in truths],
                [row if outputs == 1 else index_of_largest(row) for row in found])
    if one_class or outputs == 1:
        raise ValueError("y: expected one class for each row, but its rows of several numbers do not add up to 1; "
                         "compare the columns of several labels one by one")
    return _told(truths, "y", True), _told(found, "predictions", False)


def _told(rows: "list[list[float]]", name: str, whole: bool) -> "list[list[int]]":
    """Return 1 for each label that a row has, and 0 for the others."""
    for i, row in enumerate(rows):
        for j, value in enumerate(row):
            if not 0.0 <= value <= 1.0 or whole and 0.0 < value < 1.0:
                wanted = "0 or 1" if whole else "a number from 0 to 1"
                raise ValueError(f"{name}[{i}][{j}] is {value}, expected {wanted} for each label; if each row has "
                                 "one class, give y as class numbers")
    return [[1 if value > 0.5 else 0 for value in row] for row in rows]


def _add_up_to_1(rows: "list[list[float]]") -> bool:
    """Return whether every row can be the probabilities of classes that exclude each other."""
    for row in rows:
        total = 0.0
        for value in row:
            if value < 0.0:
                return False
            total += value
        if not 0.999999 < total < 1.000001:
            return False
    return True


def _only_0_and_1(rows: "list[list[float]]") -> bool:
    for row in rows:
        for value in row:
            if value not in (0.0, 1.0):
                return False
    return True


def index_of_largest(row: "Sequence[float]") -> int:
    """Return the index of the largest number of a row, the first of equals."""
    largest = 0
    for j in range(1, len(row)):
        if row[j] > row[largest]:
            largest = j
    return largest


def _kind(label: "Any") -> str:
    """Return "text", "number", or the type of a label of another kind."""
    if isinstance(label, str):
        return "text"
    if isinstance(label, (int, float)) or hasattr(label, "__float__") and not is_row(label):
        return "number"
    return type(label).__name__


def _refuse_non_finite(rows: "list[list[float]]", i: int, name: str) -> None:
    for j, value in enumerate(rows[i]):
        if value - value:  # 0 for every finite number
            refuse_non_finite(rows, (i, j), name)


def _both(truths: "list[Any]", found: "list[Any]") -> "tuple[list[Any], list[Any]]":
    if len(truths) != len(found):
        raise ValueError(f"y has {plural(len(truths), 'row')}, predictions have {len(found)}")
    return truths, found


def _columns(y: "Any", predictions: "Any") -> "list[tuple[list[float], list[float]]]":
    """Return each column as a pair: the one of y and the one of the predictions."""
    tables = []
    for values, name in ((y, "y"), (predictions, "predictions")):
        rows = [item if isinstance(item, list) else [item] for item in _items(values, name)]
        for i, row in enumerate(rows):
            rows[i] = [v if type(v) is float else to_float(v, f"{name}[{i}]") for v in row]
            _refuse_non_finite(rows, i, name)
        tables.append(rows)
    truths, found = _both(*tables)
    width = len(truths[0])
    for i, (truth, prediction) in enumerate(zip(truths, found)):
        if not len(truth) == len(prediction) == width > 0:
            got = f"y[{i}] has {plural(len(truth), 'number')}, predictions[{i}] {len(prediction)}"
            raise ValueError(f"{got}, expected {width or 'at least one'}")
    return [([row[j] for row in truths], [row[j] for row in found]) for j in range(width)]


def _held(total: float, name: str) -> float:
    if total - total:
        raise NonFiniteError(f"{name}: its total is beyond what a double holds (1.8e308); scale y and predictions down")
    return total


def _different(labels: "list[Any]") -> "list[Any]":
    known = {}
    for label in labels:
        known[label] = True
    return list(known)


def _sorted(labels: "list[Any]") -> "list[Any]":
    try:
        return sorted(labels)
    except TypeError:
        raise TypeError("labels: these classes have no order; give them in one, labels=[...]") from None


def _mean(values: "Sequence[float]") -> float:
    total = 0.0
    for value in values:
        total += value
    return total / len(values)
