"""Encode labels as class numbers, and categories as columns of zeros and ones."""
from .._core.messages import describe
from .._core.rows import rows_by_position

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Sequence


def _distinct(values: "Sequence[Any]", name: str) -> "list[Any]":
    """Return the distinct values in sorted order."""
    seen: "dict[Any, bool]" = {}
    for value in values:
        seen[value] = True
    try:
        return sorted(seen)
    except TypeError:
        raise TypeError(f"{name}: values of different kinds cannot be sorted; turn all of them into text") from None


def _labels(y: "Any") -> "list[Any]":
    """Return the labels of y as a list, refusing rows of a table."""
    labels = rows_by_position(y, "y", "labels")
    for i, label in enumerate(labels):
        try:
            dict.fromkeys([label])
        except TypeError:
            got = f"got {describe(label)}; of a table give one column"
            raise TypeError(f"y[{i}]: expected a label, text or a number, {got}") from None
    return labels


def _rows(x: "Any") -> "list[list[Any]]":
    """Return the rows of x as lists."""
    rows = rows_by_position(x, "x", "rows of values")
    for row in rows:
        if isinstance(row, str) or not hasattr(row, "__len__"):
            raise ValueError("x: expected rows of values; one column is written [[value] for value in x]")
    return [rows_by_position(row, f"x[{i}]", "a row of values") for i, row in enumerate(rows)]


class LabelEncoder:
    """Encode labels as class numbers from 0, in sorted order, as scikit-learn's LabelEncoder does.

    After ``fit``, ``classes_`` is the sorted list of labels. Texts stay texts ("007" stays "007").
    """

    classes_: "list[Any]"

    def __repr__(self) -> str:
        state = f"{len(self.classes_)} labels" if hasattr(self, "classes_") else "not fitted"
        return f"<LabelEncoder: {state}>"

    def fit(self, y: "Sequence[Any]") -> "LabelEncoder":
        """Learn the labels of y."""
        self.classes_ = _distinct(_labels(y), "y")
        self._numbers = {label: number for number, label in enumerate(self.classes_)}
        return self

    def transform(self, y: "Sequence[Any]") -> "list[int]":
        """Return the class number of every label. Raises ValueError for a label that fit did not see."""
        known, numbers = self._fitted(), []
        for i, label in enumerate(_labels(y)):
            if label not in known:
                raise ValueError(f"y[{i}] is {label!r}, a label that this encoder did not see in fit")
            numbers.append(known[label])
        return numbers

    def fit_transform(self, y: "Sequence[Any]") -> "list[int]":
        """Fit to y and return its class numbers."""
        y = rows_by_position(y, "y", "labels")  # a generator gives its labels only once
        return self.fit(y).transform(y)

    def inverse_transform(self, y: "Sequence[int]") -> "list[Any]":
        """Return the label of every class number."""
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
    """Encode each value as a column of its own, 1.0 if the row has it and 0.0 if not, as in scikit-learn.

    After ``fit``, ``categories_`` has a sorted list for each column. ``handle_unknown``: "error", or "ignore" to encode
    a value that fit did not see as zeros.
    """

    categories_: "list[list[Any]]"

    def __init__(self, handle_unknown: str = "error") -> None:
        if handle_unknown not in ("error", "ignore"):
            raise ValueError(f"handle_unknown: expected \"error\" or \"ignore\", got {handle_unknown!r}")
        self.handle_unknown = handle_unknown

    def __repr__(self) -> str:
        state = f"{len(self.categories_)} columns" if hasattr(self, "categories_") else "not fitted"
        return f"<OneHotEncoder: {state}>"

    def fit(self, x: "Sequence[Sequence[Any]]") -> "OneHotEncoder":
        """Learn the values in each column of x, a list of rows."""
        x = _rows(x)
        if not x:
            raise ValueError("x: expected rows of values; one column is written [[value] for value in x]")
        for i, row in enumerate(x):
            if len(row) != len(x[0]):
                raise ValueError(f"x[{i}] has {len(row)} values, expected {len(x[0])} as in the first row")
        self.categories_ = [_distinct([row[j] for row in x], f"column {j}") for j in range(len(x[0]))]
        self._places = [{value: k for k, value in enumerate(values)} for values in self.categories_]
        return self

    def transform(self, x: "Sequence[Sequence[Any]]") -> "list[list[float]]":
        """Return the encoded rows: a number for each category of each column."""
        if not hasattr(self, "categories_"):
            raise ValueError("this OneHotEncoder is not fitted yet: call fit first")
        encoded = []
        for i, row in enumerate(_rows(x)):
            if len(row) != len(self._places):
                raise ValueError(f"x[{i}] has {len(row)} values, expected {len(self._places)}")
            cells: "list[float]" = []
            for j, value in enumerate(row):
                own = [0.0] * len(self._places[j])
                if value in self._places[j]:
                    own[self._places[j][value]] = 1.0
                elif self.handle_unknown == "error":
                    raise ValueError(f"x[{i}][{j}] is {value!r}, a value that this encoder did not see in fit;"
                                     f" handle_unknown=\"ignore\" turns such values into zeros")
                cells += own
            encoded.append(cells)
        return encoded

    def fit_transform(self, x: "Sequence[Sequence[Any]]") -> "list[list[float]]":
        """Fit to x and return it encoded."""
        x = rows_by_position(x, "x", "rows of values")  # a generator gives its rows only once
        return self.fit(x).transform(x)

    def inverse_transform(self, x: "Sequence[Sequence[float]]") -> "list[list[Any]]":
        """Return the values of encoded rows, None if all cells of a column are 0."""
        decoded = []
        for row in _rows(x):
            values: "list[Any]" = []
            start = 0
            for categories in self.categories_:
                own = row[start:start + len(categories)]
                values.append(categories[own.index(max(own))] if any(own) else None)
                start += len(categories)
            decoded.append(values)
        return decoded
