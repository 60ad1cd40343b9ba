"""How good predictions are: plain functions of (y, predictions), under the law of the bits.

``y`` and ``predictions`` are rows of outputs, as ``net.predict`` gives them, or flat: labels, class numbers, values.
Of a row of several outputs the class is the place of the largest, the first of equals; of a row of one output, and of
a sigmoid's, it is 1 above 0.5, else 0.  The formulas are scikit-learn's.

    from purenet.metrics import ConfusionMatrix, accuracy
    accuracy(y_test, net.predict(x_test))
    ConfusionMatrix(y_test, net.predict_classes(x_test))
"""
from ._core.checks import check_int, to_float
from ._core.messages import describe, escape_html, plural
from ._core.rows import rows_by_position

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, List, Optional, Sequence, Tuple

# what fit(metrics=[...]) takes by name
NAMES = ("accuracy", "top_k_accuracy", "precision", "recall", "mean_absolute_error", "r2")


def accuracy(y: "Any", predictions: "Any") -> float:
    """The part of the rows whose class is right."""
    right = 0
    truths, found = _both(_classes(y, "y"), _classes(predictions, "predictions"))
    for truth, prediction in zip(truths, found):
        if truth == prediction:
            right += 1
    return right / len(truths)


def top_k_accuracy(y: "Any", predictions: "Any", k: int = 5) -> float:
    """The part of the rows whose class is among the k largest of the outputs; of equal ones the first go before."""
    k = check_int("k", k, 1)
    right = 0
    truths, rows = _both(_classes(y, "y"), _items(predictions, "predictions"))
    for i, (truth, row) in enumerate(zip(truths, rows)):
        number = int(truth) if isinstance(truth, (int, float)) and truth - truth == 0 else -1
        if not _is_row(row) or not 0 <= number < len(row) or truth != number:
            raise ValueError(f"predictions[{i}]: expected a row of outputs that has one of number {describe(truth)}, got "
                             f"{describe(row)}")
        before = 0
        for j, value in enumerate(row):
            if value > row[number] or value == row[number] and j < number:
                before += 1
        if before < k:
            right += 1
    return right / len(truths)


def precision(y: "Any", predictions: "Any") -> float:
    """The mean of the classes' precisions: of the rows that were taken for a class, the part that is of it."""
    return _mean(ConfusionMatrix(y, predictions).precision)


def recall(y: "Any", predictions: "Any") -> float:
    """The mean of the classes' recalls: of the rows of a class, the part that was taken for it."""
    return _mean(ConfusionMatrix(y, predictions).recall)


OF_CLASSES = (accuracy, top_k_accuracy, precision, recall)  # outputs that are no classes are not for them


def mean_absolute_error(y: "Any", predictions: "Any") -> float:
    """The mean over all numbers of how far the prediction is off."""
    total = 0.0
    numbers = 0
    for truth, prediction in _columns(y, predictions):
        for a, b in zip(truth, prediction):
            total += abs(a - b)
        numbers += len(truth)
    return total / numbers


def r2(y: "Any", predictions: "Any") -> float:
    """The coefficient of determination: 1 less the squared errors over the squared distances from the mean of y.

    Of several columns the mean.  Where all values of y are equal, 1.0 for no error and else 0.0.
    """
    return _mean([_r2_of(truth, prediction) for truth, prediction in _columns(y, predictions)])


def _r2_of(truth: "List[float]", prediction: "List[float]") -> float:
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
    """How often each class (rows) was taken for each class (columns).

    ``labels``: the classes, by default those that occur, sorted.  ``counts[i][j]``: the rows of labels[i] that were
    taken for labels[j].  ``precision``, ``recall``, ``f1``: a number for each class, 0.0 where there is nothing to
    divide by.  ``accuracy``: the part of the rows on the diagonal.
    """

    def __init__(self, y: "Any", predictions: "Any", labels: "Optional[Sequence[Any]]" = None) -> None:
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
        """The part of the rows that are right."""
        rows = right = 0
        for i, row in enumerate(self.counts):
            right += row[i]
            for number in row:
                rows += number
        return right / rows

    @property
    def precision(self) -> "List[float]":
        """For each class: of the rows that were taken for it, the part that is of it."""
        return [self._part(j, [row[j] for row in self.counts]) for j in range(len(self.labels))]

    @property
    def recall(self) -> "List[float]":
        """For each class: of its rows, the part that was taken for it."""
        return [self._part(i, row) for i, row in enumerate(self.counts)]

    @property
    def f1(self) -> "List[float]":
        """For each class the harmonic mean of precision and recall."""
        scores = []
        for i, row in enumerate(self.counts):
            around = 0
            for j, other in enumerate(self.counts):
                around += row[j] + other[i]
            scores.append(2 * row[i] / around if around else 0.0)
        return scores

    def _part(self, i: int, line: "List[int]") -> float:
        total = 0
        for number in line:
            total += number
        return self.counts[i][i] / total if total else 0.0

    def _table(self) -> "List[List[str]]":
        """The cells: a heading, then a line for each class, with its precision and recall."""
        lines = [["true \\ predicted"] + [str(label) for label in self.labels] + ["recall"]]
        for label, row, part in zip(self.labels, self.counts, self.recall):
            lines.append([str(label)] + [str(number) if number else "." for number in row] + [f"{part:.3f}"])
        return lines + [["precision"] + [f"{part:.3f}" for part in self.precision] + [f"{self.accuracy:.3f}"]]

    def __repr__(self) -> str:
        lines = self._table()
        widths = [max([len(line[k]) for line in lines]) for k in range(len(lines[0]))]
        texts = []
        for line in lines:
            texts.append("  ".join([" " * (width - len(cell)) + cell for cell, width in zip(line, widths)]))
        return "\n".join(texts)

    def _repr_html_(self) -> str:
        """What notebooks show."""
        rows = []
        for k, line in enumerate(self._table()):
            cells = []
            for j, cell in enumerate(line):
                kind = "th" if k == 0 or j == 0 else "td"
                cells.append(f"<{kind}>{escape_html(cell)}</{kind}>")
            rows.append("<tr>" + "".join(cells) + "</tr>")
        return "<table>" + "".join(rows) + "</table>"


# what functions of (y, predictions) are given --------------------------------------------------------

def _items(values: "Any", name: str) -> "List[Any]":
    """The rows or values of a list, array or whatever has them."""
    if not _is_row(values):
        raise TypeError(f"{name}: expected rows or a flat list, got {describe(values)}")
    if hasattr(values, "tolist"):
        values = values.tolist()
    items = rows_by_position(values, name)
    if not items:
        raise ValueError(f"{name} is empty")
    if _is_row(items[0]):
        return [rows_by_position(item, f"{name}[{i}]") if _is_row(item) else item for i, item in enumerate(items)]
    return items


def _is_row(value: "Any") -> bool:
    if isinstance(value, (str, bytes)):
        return False
    try:
        iter(value)
    except TypeError:  # a number
        return False
    return True


def _classes(values: "Any", name: str) -> "List[Any]":
    """The class of each row; a flat list is taken as it stands."""
    items = _items(values, name)
    if _is_row(items[0]):
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
    """The class that a row of outputs, or of targets, names."""
    if len(row) == 1:
        return 1 if row[0] > 0.5 else 0
    largest = 0
    for j in range(1, len(row)):
        if row[j] > row[largest]:
            largest = j
    return largest


def _both(truths: "List[Any]", found: "List[Any]") -> "Tuple[List[Any], List[Any]]":
    if len(truths) != len(found):
        raise ValueError(f"y has {plural(len(truths), 'row')}, predictions have {len(found)}")
    return truths, found


def _columns(y: "Any", predictions: "Any") -> "List[Tuple[List[float], List[float]]]":
    """The columns of both, each as (y's, the predictions')."""
    tables = []
    for values, name in ((y, "y"), (predictions, "predictions")):
        rows = [list(item) if _is_row(item) else [item] for item in _items(values, name)]
        for i, row in enumerate(rows):
            rows[i] = [v if type(v) is float else to_float(v, f"{name}[{i}]") for v in row]
        tables.append(rows)
    truths, found = _both(*tables)
    width = len(truths[0])
    for i, (truth, prediction) in enumerate(zip(truths, found)):
        if len(truth) != width or len(prediction) != width:
            got = f"y[{i}] has {plural(len(truth), 'number')}, predictions[{i}] {len(prediction)}"
            raise ValueError(f"{got}, expected {width}")
    return [([row[j] for row in truths], [row[j] for row in found]) for j in range(width)]


def _different(labels: "List[Any]") -> "List[Any]":
    known = {}
    for label in labels:
        known[label] = True
    return list(known)


def _sorted(labels: "List[Any]") -> "List[Any]":
    try:
        return sorted(labels)
    except TypeError:
        raise TypeError("labels: these classes have no order; give them in one, labels=[...]") from None


def _mean(values: "Sequence[float]") -> float:
    total = 0.0
    for value in values:
        total += value
    return total / len(values)
