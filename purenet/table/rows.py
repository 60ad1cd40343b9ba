"""Make tables of Python's rows: dicts, csv.DictReader, frames of pandas and polars, and purenet's own tables."""
from __future__ import annotations

import math

from .._core.messages import quote
from ..data.csv_columns import KEEP, Texts, Values, joined_notes
from ..data.csv_forms import BLANK, NUMBER, TEXT, Words, guess_form
from ..data.table import Column, Table, column_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Sequence

MISSING_TYPES = ("NaTType", "NAType")  # of pandas
DATES = ["date", "%Y-%m-%d"]
WANTED = "a list of dicts, a csv.DictReader, a frame of pandas or polars, or a purenet.data.Table"


def table_from(
    data: Any, forms: dict[str, Any] | None = None, text: Sequence[str] = (), na_values: Sequence[Any] = (),
    undecided: Sequence[str] = (),
) -> tuple[Table, dict[str, str]]:
    """Return rows as a table, and what the values of its columns are: "text", "int", "float", "bool" or "date".

    Of a Table only the columns of numbers are listed there. None, nan, NaT and NA are missing values. Texts are read
    like the cells of a CSV file. A frame's row index is not read. ``forms``: how the texts of some columns are written.
    ``undecided``: as for ``read_csv``.
    """
    if isinstance(data, Table):
        return data, {column.name: kind_of(column.values) for column in data.columns if column.kind == "number"}
    words = Words(na_values)
    columns, kinds, notes = [], {}, []
    for name, values in columns_of(data):
        cells = [plain_value(value, i, name) for i, value in enumerate(values)]
        form = (forms or {}).get(name) or (TEXT if name in text else None)
        kinds[name] = kind_of(cells)
        column, found = column_from(name, cells, form, words, name in undecided)
        columns.append(column)
        notes += found
    if not columns or not len(columns[0]):
        raise ValueError("the data have no rows")
    return Table(columns, len(columns[0]), 0, joined_notes(notes)), kinds


def columns_of(data: Any) -> list[tuple[str, list[Any]]]:
    """Return name and values of each column of some rows."""
    if isinstance(data, Table):
        return [(column.name, list(column)) for column in data.columns]
    if hasattr(data, "get_columns"):  # of polars
        found = [(str(series.name), list(series.to_list())) for series in data.get_columns()]
    elif hasattr(data, "iloc") and hasattr(data, "columns"):  # of pandas
        found = [(str(name), list(data.iloc[:, j].tolist())) for j, name in enumerate(data.columns)]
    else:
        found = _columns_of_dicts(data)
    names = [name for name, _ in found]
    for name in names:
        if names.count(name) > 1:
            raise ValueError(f"two columns are called {quote(name)}; rename one")
    return found


def _columns_of_dicts(data: Any) -> list[tuple[str, list[Any]]]:
    if isinstance(data, (str, bytes)) or hasattr(data, "keys") or not hasattr(data, "__iter__"):
        raise TypeError(f"rows: expected {WANTED}, got {type(data).__name__}")
    rows = list(data)
    columns: dict[Any, list[Any]] = {}
    for i, row in enumerate(rows):
        if not hasattr(row, "keys"):
            raise TypeError(f"rows: expected {WANTED}, got a row {i} of type {type(row).__name__}; write a row as "
                            f"{{name: value, ...}}")
        for name in row.keys():
            if not isinstance(name, str):
                raise TypeError(f"rows[{i}]: expected names of columns, which are texts, got {name!r}" + (
                    "; the row has more cells than there are names" if name is None else ""))
            if name not in columns:
                columns[name] = [None] * len(rows)
            columns[name][i] = row[name]
    return [(name, columns[name]) for name in columns]


def plain_value(value: Any, i: int, name: str) -> Any:
    """Return a cell as None, bool, int, float, str, datetime or date; raise TypeError for anything else."""
    if value is None or type(value) in (str, int, bool):
        return value
    from datetime import date

    if type(value).__name__ in MISSING_TYPES:
        return None
    if isinstance(value, (str, int, date)):
        return value
    if hasattr(value, "item") and not hasattr(value, "__len__"):  # NumPy's numbers
        value = value.item()
        if isinstance(value, (bool, int)):
            return value
    if hasattr(value, "__float__") and not isinstance(value, complex):
        value = float(value)
        if abs(value) == math.inf:
            raise ValueError(f"row {i}, column {quote(name)} is {value}, expected a finite number")
        return value if value == value else None
    raise TypeError(f"row {i}, column {quote(name)}: expected a number, a text, a date or None, got "
                    f"{type(value).__name__}")


def kind_of(cells: Sequence[Any]) -> str:
    """Return what the filled cells are: "int", "float", "bool" or "date"; "text" if there are none or several kinds."""
    filled = [value for value in cells if value is not None and value == value]
    for kind, types in (("bool", (bool,)), ("int", (int,)), ("float", (int, float))):
        if filled and all([isinstance(value, types) for value in filled]):
            return kind
    return "text" if not filled or [value for value in filled if isinstance(value, (str, int, float))] else "date"


def column_from(
    name: str, cells: Sequence[Any], form: Any, words: Words, undecided: bool = False
) -> tuple[Column, list[Any]]:
    """Return the column of some cells, and notes on it; without a ``form`` it follows from the cells."""
    kind = kind_of(cells)
    if form is None:
        if kind in ("int", "float") or not [value for value in cells if value is not None]:
            form = NUMBER
        elif kind == "date":
            form = DATES
    if form is None or form[0] == "text":
        def guess(counted: Any) -> Any:
            return guess_form(name, counted, words)

        column = Texts(name, words, KEEP, guess if form is None and kind != "bool" else None, undecided)
        column.append([as_text(value) for value in cells] or [""], str)
        done: Any = column.finish()
    else:
        done = Values(name, form, words, KEEP)
        done.values.fromlist([_number(done, value, k) for k, value in enumerate(cells)])
    return column_of(done), ([done.note] if done.note.text else []) + done.notes()


def _number(column: Values, value: Any, k: int) -> float:
    """Return a cell of a column of numbers or dates as a double, nan if it is missing or cannot be read."""
    if isinstance(value, str):
        return column.value(value.strip(BLANK), 1, "row {}".format, k)
    if value is None:
        return math.nan
    if isinstance(value, (int, float)) and column.kind == "number":
        return float(value)
    if not isinstance(value, (int, float)) and column.kind == "date":
        return seconds_of(value)
    return float(column.value(as_text(value), 1, "row {}".format, k))


def seconds_of(value: Any) -> float:
    """Return the seconds since 1970-01-01 00:00 UTC of a date or datetime; without an offset it counts as UTC."""
    from datetime import date, datetime

    seconds: float = 86400.0 * (value.toordinal() - date(1970, 1, 1).toordinal())
    if isinstance(value, datetime):
        seconds += 3600.0 * value.hour + 60.0 * value.minute + value.second + value.microsecond / 1000000
        offset = value.utcoffset()
        if offset is not None:
            seconds -= 86400.0 * offset.days + offset.seconds
    return seconds


def as_text(value: Any) -> str:
    """Return a cell as the text that a CSV file would have for it."""
    if value is None:
        return ""
    if isinstance(value, float) and value == math.floor(value) and abs(value) < 1e15:
        return str(int(value))
    return value if isinstance(value, str) else str(value)


def columns_for(
    forms: Sequence[tuple[str, Any]], wanted: tuple[str, Any] | None, data: Any, na_values: Sequence[Any] = ()
) -> tuple[list[Column], int]:
    """Return the columns of rows that a model reads, and the number of rows.

    ``forms``: name and form of each column, in order. ``wanted``: those of a last column, left out if the rows do
    not have it.
    """
    if not isinstance(data, Table) and not hasattr(data, "__len__"):
        data = list(data)  # an iterator gives its rows only once
    known = dict(columns_of(data))
    rows = data.rows if isinstance(data, Table) else len(data)
    if not rows or not known and not forms:
        return [], rows
    if wanted and wanted[0] in known:
        forms = [*forms, wanted]
    absent = [quote(name) for name, _ in forms if name not in known]
    if absent:
        raise ValueError(f"the rows have no column {', '.join(absent)}; they have {', '.join(map(quote, known))}")
    words = Words(na_values)
    columns = []
    for name, form in forms:
        if isinstance(data, Table) and data.column(name).kind == form[0]:
            columns.append(data.column(name))
        else:
            cells = [plain_value(value, i, name) for i, value in enumerate(known[name])]
            columns.append(column_from(name, cells, form, words)[0])
    return columns, rows
