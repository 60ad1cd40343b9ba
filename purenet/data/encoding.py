"""Encoding what is no number: classes as whole numbers, categories as columns of zeros and ones."""
from .._core.messages import describe
from .._core.rows import rows_by_position

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, List, Sequence


def _distinct(values: "Sequence[Any]", name: str) -> "List[Any]":
    """The values that occur, each once, in sorted order."""
    seen: "dict[Any, bool]" = {}
    for value in values:
        seen[value] = True
    try:
        return sorted(seen)
    except TypeError:
        raise TypeError(f"{name}: values of different kinds cannot be sorted; turn all of them into text") from None


def _labels(y: "Any") -> "List[Any]":
    """The labels of y, by position; a row of a table is none."""
    labels = rows_by_position(y, "y", "labels")
    for i, label in enumerate(labels):
        try:
            dict.fromkeys([label])
        except TypeError:
            got = f"got {describe(label)}; of a table give one column"
            raise TypeError(f"y[{i}]: expected a label, text or a number, {got}") from None
    return labels


def _rows(x: "Any") -> "List[List[Any]]":
    """The rows of x, by position, as lists."""
    rows = rows_by_position(x, "x", "rows of values")
    for row in rows:
        if isinstance(row, str) or not hasattr(row, "__len__"):
            raise ValueError("x: expected rows of values; one column is written [[value] for value in x]")
    return [rows_by_position(row, f"x[{i}]", "a row of values") for i, row in enumerate(rows)]


class LabelEncoder:
    """Numbers the labels of a classification from 0 up, in sorted order, as scikit-learn's does.

    ``classes_`` is the sorted list of labels after ``fit``; text keeps its characters ("007" stays "007").
    """

    classes_: "List[Any]"

    def __repr__(self) -> str:
        told = f"{len(self.classes_)} labels" if hasattr(self, "classes_") else "not fitted"
        return f"<LabelEncoder: {told}>"

    def fit(self, y: "Sequence[Any]") -> "LabelEncoder":
        """Take the labels that occur in y."""
        self.classes_ = _distinct(_labels(y), "y")
        self._numbers = {label: number for number, label in enumerate(self.classes_)}
        return self

    def transform(self, y: "Sequence[Any]") -> "List[int]":
        """The class number of every label; a label that fit did not see is an error."""
        known, numbers = self._fitted(), []
        for i, label in enumerate(_labels(y)):
            if label not in known:
                raise ValueError(f"y[{i}] is {label!r}, a label that was not there when this encoder was fitted")
            numbers.append(known[label])
        return numbers

    def fit_transform(self, y: "Sequence[Any]") -> "List[int]":
        """Fit to y and give its class numbers."""
        y = rows_by_position(y, "y", "labels")  # once: a generator gives its labels only once
        return self.fit(y).transform(y)

    def inverse_transform(self, y: "Sequence[int]") -> "List[Any]":
        """The label of every class number."""
        self._fitted()
        y = rows_by_position(y, "y", "class numbers")
        for i, number in enumerate(y):
            if not 0 <= number < len(self.classes_):
                raise ValueError(f"y[{i}] is {number}, expected a class number from 0 to {len(self.classes_) - 1}")
        return [self.classes_[number] for number in y]

    def _fitted(self) -> "dict[Any, int]":
        if not hasattr(self, "classes_"):
            raise ValueError("this LabelEncoder is not fitted yet: call fit first")
        return self._numbers


class OneHotEncoder:
    """Gives every value a column of its own: 1.0 where the row has it, 0.0 elsewhere, as scikit-learn's does.

    ``categories_`` is a sorted list for each column after ``fit``.  ``handle_unknown``: "error", or "ignore",
    which turns a value that fit did not see into zeros.
    """

    categories_: "List[List[Any]]"

    def __init__(self, handle_unknown: str = "error") -> None:
        if handle_unknown not in ("error", "ignore"):
            raise ValueError(f"handle_unknown: expected \"error\" or \"ignore\", got {handle_unknown!r}")
        self.handle_unknown = handle_unknown

    def __repr__(self) -> str:
        told = f"{len(self.categories_)} columns" if hasattr(self, "categories_") else "not fitted"
        return f"<OneHotEncoder: {told}>"

    def fit(self, x: "Sequence[Sequence[Any]]") -> "OneHotEncoder":
        """Take the values that occur in each column of x, a list of rows."""
        x = _rows(x)
        if not x:
            raise ValueError("x: expected rows of values; one column is written [[value] for value in x]")
        for i, row in enumerate(x):
            if len(row) != len(x[0]):
                raise ValueError(f"x[{i}] has {len(row)} values, expected {len(x[0])} as in the first row")
        self.categories_ = [_distinct([row[j] for row in x], f"column {j}") for j in range(len(x[0]))]
        self._places = [{value: k for k, value in enumerate(values)} for values in self.categories_]
        return self

    def transform(self, x: "Sequence[Sequence[Any]]") -> "List[List[float]]":
        """The rows of x with each value as zeros and a one; rows x (categories of all columns)."""
        if not hasattr(self, "categories_"):
            raise ValueError("this OneHotEncoder is not fitted yet: call fit first")
        encoded = []
        for i, row in enumerate(_rows(x)):
            if len(row) != len(self._places):
                raise ValueError(f"x[{i}] has {len(row)} values, expected {len(self._places)}")
            cells: "List[float]" = []
            for j, value in enumerate(row):
                own = [0.0] * len(self._places[j])
                if value in self._places[j]:
                    own[self._places[j][value]] = 1.0
                elif self.handle_unknown == "error":
                    raise ValueError(f"x[{i}][{j}] is {value!r}, a value that was not there when this encoder was "
                                     f"fitted; handle_unknown=\"ignore\" turns such values into zeros")
                cells += own
            encoded.append(cells)
        return encoded

    def fit_transform(self, x: "Sequence[Sequence[Any]]") -> "List[List[float]]":
        """Fit to x and give it encoded."""
        x = rows_by_position(x, "x", "rows of values")  # once: a generator gives its rows only once
        return self.fit(x).transform(x)

    def inverse_transform(self, x: "Sequence[Sequence[float]]") -> "List[List[Any]]":
        """The values of encoded rows; None where all cells of a column are 0."""
        decoded = []
        for row in _rows(x):
            values: "List[Any]" = []
            start = 0
            for categories in self.categories_:
                own = row[start:start + len(categories)]
                values.append(categories[own.index(max(own))] if any(own) else None)
                start += len(categories)
            decoded.append(values)
        return decoded
