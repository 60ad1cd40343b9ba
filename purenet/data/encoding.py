"""Encode labels as class numbers, and categories as columns of zeros and ones."""
import math

from .._core.checks import check_choice, is_row, to_float, to_int
from .._core.labels import categories_of, is_hashable, key_of, labels_from, plain
from .._core.messages import describe
from .._core.rows import rows_by_position

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Sequence


def _table(x: "Any", width: int = 0) -> "list[list[Any]]":
    """Return the rows of x as lists, all of one length: ``width``, or that of the first row if it is 0."""
    rows = rows_by_position(x, "x", "rows of values")
    table = []
    for i, row in enumerate(rows):
        if not is_row(row):
            raise ValueError("x: expected rows of values; one column is written [[value] for value in x]")
        cells = [plain(value) for value in rows_by_position(row, f"x[{i}]", "a row of values")]
        width = width or len(cells)
        if len(cells) != width:
            raise ValueError(f"x[{i}] has {len(cells)} values, expected {width} as in the first row or in fit")
        table.append(cells)
    if not width or not table:
        raise ValueError("x is empty, expected rows of values; one column is written [[value] for value in x]")
    return table


def _category(value: "Any", i: int, j: int) -> "Any":
    """Return the key of a category. Raise ValueError or TypeError if it cannot be one."""
    if not is_hashable(value) or is_row(value):
        raise TypeError(f"x[{i}][{j}]: expected a category, text or a number, got {describe(value)}")
    if value in (math.inf, -math.inf):
        raise ValueError(f"x[{i}][{j}] is {value}, expected a category; drop or fill the rows that have such values")
    return key_of(value)


class LabelEncoder:
    """Encode labels as class numbers from 0, in sorted order, as scikit-learn's LabelEncoder does.

    After ``fit``, ``classes_`` is the sorted list of labels. None and NaN are labels too, the last ones. Texts stay
    texts ("007" stays "007"). Raises TypeError for texts beside numbers.
    """

    classes_: "list[Any]"

    def __repr__(self) -> str:
        state = f"{len(self.classes_)} labels" if hasattr(self, "classes_") else "not fitted"
        return f"<LabelEncoder: {state}>"

    def fit(self, y: "Sequence[Any]") -> "LabelEncoder":
        """Learn the labels of y."""
        self.classes_ = categories_of(labels_from(y, "y"), "y")
        self._numbers = {key_of(label): number for number, label in enumerate(self.classes_)}
        return self

    def transform(self, y: "Sequence[Any]") -> "list[int]":
        """Return the class number of every label. Raises ValueError for a label that fit did not see."""
        known, numbers = self._fitted(), []
        for i, label in enumerate(labels_from(y, "y")):
            if key_of(label) not in known:
                raise ValueError(f"y[{i}] is {label!r}, a label that this encoder did not see in fit")
            numbers.append(known[key_of(label)])
        return numbers

    def fit_transform(self, y: "Sequence[Any]") -> "list[int]":
        """Fit to y and return its class numbers."""
        y = labels_from(y, "y")  # a generator gives its labels only once
        return self.fit(y).transform(y)

    def inverse_transform(self, y: "Sequence[int]") -> "list[Any]":
        """Return the label of every class number."""
        most = len(self._fitted()) - 1
        labels = []
        for i, value in enumerate(labels_from(y, "y", "class numbers")):
            number = to_int(value)
            if number is None:
                raise TypeError(f"y[{i}] is {describe(value)}, expected a class number from 0 to {most}")
            if not 0 <= number <= most:
                raise ValueError(f"y[{i}] is {number}, expected a class number from 0 to {most}")
            labels.append(self.classes_[number])
        return labels

    def _fitted(self) -> "dict[Any, int]":
        if not hasattr(self, "classes_"):
            raise ValueError("this LabelEncoder is not fitted yet: call fit first")
        return self._numbers


class OneHotEncoder:
    """Encode each value as a column of its own, 1.0 if the row has it and 0.0 if not, as in scikit-learn.

    After ``fit``, ``categories_`` has a sorted list for each column; None and NaN are categories too, the last ones.
    ``handle_unknown``: "error", or "ignore" to encode a value that fit did not see as zeros. Raises TypeError for texts
    beside numbers in a column, ValueError for infinity.
    """

    categories_: "list[list[Any]]"

    def __init__(self, handle_unknown: str = "error") -> None:
        check_choice("handle_unknown", handle_unknown, ("error", "ignore"))
        self.handle_unknown = handle_unknown

    def __repr__(self) -> str:
        state = f"{len(self.categories_)} columns" if hasattr(self, "categories_") else "not fitted"
        return f"<OneHotEncoder: {state}>"

    def fit(self, x: "Sequence[Sequence[Any]]") -> "OneHotEncoder":
        """Learn the values in each column of x, a list of rows."""
        rows = _table(x)
        for i, row in enumerate(rows):
            for j, value in enumerate(row):
                _category(value, i, j)
        self.categories_ = [categories_of([row[j] for row in rows], f"x: column {j}") for j in range(len(rows[0]))]
        self._places = [{key_of(value): k for k, value in enumerate(values)} for values in self.categories_]
        return self

    def transform(self, x: "Sequence[Sequence[Any]]") -> "list[list[float]]":
        """Return the encoded rows: a number for each category of each column."""
        self._require_fitted()
        encoded = []
        for i, row in enumerate(_table(x, len(self._places))):
            cells: "list[float]" = []
            for j, value in enumerate(row):
                own = [0.0] * len(self._places[j])
                key = _category(value, i, j)
                if key in self._places[j]:
                    own[self._places[j][key]] = 1.0
                elif self.handle_unknown == "error":
                    raise ValueError(f"x[{i}][{j}] is {value!r}, a value that this encoder did not see in fit;"
                                     f" handle_unknown=\"ignore\" turns such values into zeros")
                cells += own
            encoded.append(cells)
        return encoded

    def fit_transform(self, x: "Sequence[Sequence[Any]]") -> "list[list[float]]":
        """Fit to x and return it encoded."""
        x = _table(x)  # a generator gives its rows only once
        return self.fit(x).transform(x)

    def inverse_transform(self, x: "Sequence[Sequence[float]]") -> "list[list[Any]]":
        """Return the values of encoded rows.

        If all cells of a column are 0, that is None with handle_unknown="ignore", and else a ValueError.
        """
        self._require_fitted()
        decoded = []
        width = len([value for values in self.categories_ for value in values])
        for i, row in enumerate(_table(x, width)):
            cells = [to_float(value, f"x[{i}][{j}]") for j, value in enumerate(row)]
            values: "list[Any]" = []
            for j, categories in enumerate(self.categories_):
                own, cells = cells[:len(categories)], cells[len(categories):]
                if not any(own) and self.handle_unknown == "error":
                    raise ValueError(f"x[{i}]: all cells of column {j} are 0, so it has no value")
                values.append(categories[own.index(max(own))] if any(own) else None)
            decoded.append(values)
        return decoded

    def _require_fitted(self) -> None:
        if not hasattr(self, "categories_"):
            raise ValueError("this OneHotEncoder is not fitted yet: call fit first")
