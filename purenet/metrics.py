"""Measure how good predictions are: plain functions of (y, predictions), with the same bits everywhere.

``y`` and ``predictions`` are rows of outputs, as ``net.predict`` returns them, or flat lists of labels, class numbers
or values. The class of a row of several outputs is the index of the largest, the first one if several are equal. The
class of a row of one output is 1 above 0.5, else 0. The formulas are scikit-learn's.

    from purenet.metrics import ConfusionMatrix, accuracy
    accuracy(y_test, net.predict(x_test))
    ConfusionMatrix(y_test, net.predict_classes(x_test))
"""
from ._core.checks import check_int, is_row, to_float
from ._core.messages import describe, escape_html, plural, printable
from ._core.rows import refuse_non_finite, rows_by_position

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Sequence

# what fit(metrics=[...]) takes by name
NAMES = ("accuracy", "top_k_accuracy", "precision", "recall", "mean_absolute_error", "r2")


def accuracy(y: "Any", predictions: "Any") -> float:
    """Return the fraction of the rows whose class is right."""
    right = 0
    truths, found = _both(_classes(y, "y"), _classes(predictions, "predictions"))
    for truth, prediction in zip(truths, found):
        if truth == prediction:
            right += 1
    return right / len(truths)


def top_k_accuracy(y: "Any", predictions: "Any", k: int = 5) -> float:
    """Return the fraction of the rows whose class is among the k largest outputs. Of equal outputs the first wins."""
    k = check_int("k", k, 1)
    right = 0
    truths, rows = _both(_classes(y, "y"), _items(predictions, "predictions"))
    for i, (truth, row) in enumerate(zip(truths, rows)):
        number = int(truth) if isinstance(truth, (int, float)) and truth - truth == 0 else -1
        if not is_row(row) or not 0 <= number < len(row) or truth != number:
            wanted = f"a row of outputs that has one of number {describe(truth)}"
            raise ValueError(f"predictions[{i}]: expected {wanted}, got {describe(row)}")
        before = 0
        for j, value in enumerate(row):
            if value > row[number] or value == row[number] and j < number:
                before += 1
        if before < k:
            right += 1
    return right / len(truths)


def precision(y: "Any", predictions: "Any") -> float:
    """Return the mean of the classes' precisions: the fraction of the rows predicted as a class that belong to it."""
    return _mean(ConfusionMatrix(y, predictions).precision)


def recall(y: "Any", predictions: "Any") -> float:
    """Return the mean of the classes' recalls: the fraction of the rows of a class that were predicted as it."""
    return _mean(ConfusionMatrix(y, predictions).recall)


OF_CLASSES = (accuracy, top_k_accuracy, precision, recall)  # not for outputs that are no classes


def mean_absolute_error(y: "Any", predictions: "Any") -> float:
    """Return the mean of the absolute errors over all numbers."""
    total = 0.0
    numbers = 0
    for truth, prediction in _columns(y, predictions):
        for a, b in zip(truth, prediction):
            total += abs(a - b)
        numbers += len(truth)
    return total / numbers


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
    return 1.0 - errors / distances


class ConfusionMatrix:
    """Count how often each class (rows) was predicted as each class (columns).

    ``labels``: the classes, by default all that occur, sorted. ``counts[i][j]``: how many rows of labels[i] were
    predicted as labels[j]. ``precision``, ``recall``, ``f1``: a number for each class, 0.0 instead of a division by 0.
    ``accuracy``: the fraction of the rows on the diagonal.
    """

    def __init__(self, y: "Any", predictions: "Any", labels: "Sequence[Any] | None" = None) -> None:
        truths, found = _both(_classes(y, "y"), _classes(predictions, "predictions"))
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
    if is_row(items[0]):
        return [rows_by_position(item, f"{name}[{i}]") if is_row(item) else item for i, item in enumerate(items)]
    return items


def _classes(values: "Any", name: str) -> "list[Any]":
    """Return the class of each row. A flat list already holds classes."""
    items = _items(values, name)
    if is_row(items[0]):
        for i, row in enumerate(items):
            for value in row:
                if isinstance(value, (str, bytes)):
                    raise TypeError(f"{name}[{i}]: expected a row of outputs, numbers, got {describe(value)} in it; "
                                    f"labels are given as a flat list, of a table one column")
        return [class_of(row) for row in items]
    for i, item in enumerate(items):
        if isinstance(item, float) and not (item - item == 0.0 and item == int(item)):
            raise ValueError(f"{name}[{i}] is {item}, expected a class; outputs are given as rows, [[{item}], ...]")
    return items


def class_of(row: "Any") -> int:
    """Return the class of a row of outputs or targets."""
    if len(row) == 1:
        return 1 if row[0] > 0.5 else 0
    largest = 0
    for j in range(1, len(row)):
        if row[j] > row[largest]:
            largest = j
    return largest


def _both(truths: "list[Any]", found: "list[Any]") -> "tuple[list[Any], list[Any]]":
    if len(truths) != len(found):
        raise ValueError(f"y has {plural(len(truths), 'row')}, predictions have {len(found)}")
    return truths, found


def _columns(y: "Any", predictions: "Any") -> "list[tuple[list[float], list[float]]]":
    """Return each column as a pair: the one of y and the one of the predictions."""
    tables = []
    for values, name in ((y, "y"), (predictions, "predictions")):
        rows = [list(item) if is_row(item) else [item] for item in _items(values, name)]
        for i, row in enumerate(rows):
            rows[i] = [v if type(v) is float else to_float(v, f"{name}[{i}]") for v in row]
            for j, value in enumerate(rows[i]):
                if value - value:  # 0 for every finite number
                    refuse_non_finite(rows, (i, j), name)
        tables.append(rows)
    truths, found = _both(*tables)
    width = len(truths[0])
    for i, (truth, prediction) in enumerate(zip(truths, found)):
        if len(truth) != width or len(prediction) != width:
            got = f"y[{i}] has {plural(len(truth), 'number')}, predictions[{i}] {len(prediction)}"
            raise ValueError(f"{got}, expected {width}")
    return [([row[j] for row in truths], [row[j] for row in found]) for j in range(width)]


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
