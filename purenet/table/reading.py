"""Read the table to train on, and take rows of it."""
from __future__ import annotations

from array import array

from .._core.checks import to_int
from .._core.messages import join_names, quote
from ..data.csv_columns import raise_all, tried
from ..data.csv_reader import read_csv
from ..data.table import Column, Table

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, Sequence


def read_table(
    data: Any, target: str, asked: Any, text: Sequence[str], missing: str, task: str | None, form: dict[str, Any],
    forms: dict[str, Any] | None, strict: bool, problems: list[str],
) -> tuple[Table, str]:
    """Return the table of a CSV file or of rows, and what the target's values are in Python.

    That is "date" or one of ``LABELS_AS`` in ``model_files/table_format.py``. ``asked``: ``inputs``, ``ignore`` and
    ``keep`` of ``train``. ``form``: the file's delimiter, header, decimal, encoding and na_values, None where they are
    not known. ``forms``: how the cells of its columns are written, where that is known. ``problems`` gets what is wrong
    with columns, which are left out.
    """
    inputs, ignored, keep = asked
    given = {name: form[name] for name in form if form[name] is not None}
    undecided = [] if task == "regression" or target in text or target in (forms or {}) else [target]
    labels_as = "text"
    if is_path(data):
        table = read_csv(
            data, ignore=ignored, only=None if inputs is None else [*inputs, target],
            missing="refuse" if missing == "refuse" else "keep", text=text, undecided=undecided, forms=forms,
            strict=strict, required=[target, *keep], problems=problems, **given)
    else:
        from .rows import table_from

        table, kinds = table_from(data, forms, text, form["na_values"], undecided)
        labels_as = kinds.get(target, "text")
        tried(problems, check_names, table, [target, *text, *ignored, *(inputs or []), *keep])
    return table, labels_as


def name_of(value: Any, what: str) -> str:
    """Return the name of a column; a whole number, as frames have them, is taken as text."""
    number = to_int(value)
    if isinstance(value, str) or number is not None:
        return value if number is None else str(number)
    raise TypeError(f"{what}: expected the name of a column, got {type(value).__name__}; the values themselves belong "
                    f"into the data, as one more column")


def names_of(value: Any, what: str) -> list[str]:
    """Return names of columns as a list, also for a single name."""
    return [name_of(value, what)] if isinstance(value, str) or to_int(value) is not None else [
        name_of(one, what) for one in value]


def is_path(data: Any) -> bool:
    """Return whether data is the path of a file, and not rows."""
    return isinstance(data, (str, bytes)) or hasattr(data, "__fspath__")


def check_names(table: Table, names: Sequence[str]) -> None:
    """Raise ValueError if the table lacks some of these columns."""
    absent = [name for name in names if name not in table.names]
    if absent:
        raise ValueError(f"there is no column {join_names(absent)}; there are {join_names(table.names)}")


def is_missing(column: Column, i: int) -> bool:
    """Return whether a cell of a column is missing."""
    return column.codes[i] < 0 if column.kind == "text" else column.values[i] != column.values[i]


def refuse_missing(columns: Sequence[Column], rows: Sequence[int], where: Callable[[int], str]) -> None:
    """Raise ValueError for the first missing value of each of some columns, with its place."""
    problems = []
    for column in columns:
        i = next((i for i in rows if is_missing(column, i)), None)
        if i is not None:
            problems.append(f"{where(i)}, column {quote(column.name)} is missing; fill it in, or choose --missing "
                            f"impute or --missing drop")
    raise_all(problems)


def taken(column: Column, rows: Sequence[int]) -> Column:
    """Return a column with only these rows of the given one."""
    if column.kind == "text":
        return Column(column.name, None, array("i", [column.codes[i] for i in rows]), column.labels, column.form)
    return Column(column.name, array("d", [column.values[i] for i in rows]), form=column.form)
