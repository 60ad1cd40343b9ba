"""Read the rows of tables: features for estimators, scalers and encoders, and the names of their columns."""
import math

from .checks import is_row
from .labels import plain
from .messages import describe, plural
from .rows import items_from, list_from, refuse_non_finite, row_from, rows_by_position

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def number_rows(x: "Any", name: str = "X", width: int = 0, missing: bool = False) -> "list[list[float]]":
    """Return x as rows of floats, all of one length: ``width``, or that of the first row if it is 0.

    ``missing``: also take NaN. Raises ValueError or TypeError with the place of a number that cannot be taken.
    """
    items, flat = items_from(x, name)
    if flat:
        raise ValueError(f"{name}: expected rows of numbers, got {len(items)} numbers; write [[value] for value in "
                         f"{name}] for one column, [{name}] for one row")
    why = "as the fitted rows have" if width else "as the first row has"
    if not width:
        items = [list_from(items[0], f"{name}[0]", "a row of numbers")] + items[1:]
        width = len(items[0])
        if not width:
            raise ValueError(f"{name}[0] is empty, expected a row of numbers")
    rows = [row_from(row, i, name, width, why) for i, row in enumerate(items)]
    for i, row in enumerate(rows):
        for j, value in enumerate(row):
            if not -math.inf < value < math.inf and not (missing and value != value):
                refuse_non_finite(rows, (i, j), name)
    return rows


def value_rows(x: "Any", name: str = "X", width: int = 0) -> "list[list[Any]]":
    """Return x as rows of values of any kind, all of one length. NumPy's scalars become Python's, pandas' NA None."""
    table = []
    for i, row in enumerate(rows_by_position(x, name, "rows of values")):
        if not is_row(row):
            raise ValueError(f"{name}: expected rows of values; one column is written [[value] for value in {name}]")
        cells = [plain(value) for value in rows_by_position(row, f"{name}[{i}]", "a row of values")]
        width = width or len(cells)
        if len(cells) != width:
            got = f"{name}[{i}] has {plural(len(cells), 'value')}"
            raise ValueError(f"{got}, expected {width} as in the first row or in fit")
        table.append(cells)
    if not width or not table:
        cure = f"one column is written [[value] for value in {name}]"
        raise ValueError(f"{name} is empty, expected rows of values; {cure}")
    return table


def column_names(x: "Any") -> "list[str]":
    """Return the names of a frame's columns, if all of them are texts; else an empty list."""
    columns = getattr(x, "columns", None)
    names = list(columns) if columns is not None and not isinstance(columns, int) else []
    return names if all([isinstance(name, str) for name in names]) else []


def check_lengths(parts: "list[tuple[str, Any]]") -> int:
    """Return the common number of rows of (name, values), or raise ValueError if two of them differ."""
    first, values = parts[0]
    for name, others in parts[1:]:
        if len(others) != len(values):
            raise ValueError(f"{first} has {plural(len(values), 'row')}, {name} has {len(others)}: every row of "
                             f"{first} needs its own in {name}")
    return len(values)


def check_weights(weights: "Any", rows: int) -> "list[float]":
    """Return sample weights as floats, 1.0 each for None. Raise ValueError for a negative or non-finite one."""
    if weights is None:
        return [1.0] * rows
    items, flat = items_from(weights, "sample_weight", "a number for each row")
    if not flat or len(items) != rows:
        raise ValueError(f"sample_weight: expected {plural(rows, 'number')}, one for each row, "
                         f"got {describe(weights)}")
    for i, weight in enumerate(items):
        if not 0.0 <= weight < math.inf:
            raise ValueError(f"sample_weight[{i}] is {weight}, expected a finite number of at least 0")
    return items
