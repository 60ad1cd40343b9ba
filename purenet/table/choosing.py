"""Choose the columns of a table to train on: leave out those that name or count its rows, or say nothing.

A column is left out if

- all its cells are empty, or all have one value and none is empty;
- it counts the rows: each cell is a whole number, one more than the cell above it, and its name is not that of
  a time (``Year``, ``t``, ...), because a series is a function of time;
- its name says that it numbers the rows (``id``, ``PassengerId``, ``row``, ``index``, ...), and its cells are whole
  numbers of which no two are equal;
- it has texts that name the rows: more than 20 different texts, more than one for every two filled cells, or at least
  10 texts of which no two are equal.

The last three rules need at least 20 rows, or 10 for texts of which no two are equal.
"""
from __future__ import annotations

import math
import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Sequence

    from ..data import Column

FEW_ROWS = 20  # with fewer rows, numbers can count up and still be measurements
FEW_NAMES = 10  # with fewer cells, texts can all differ and still not name the rows
TIMES = ("t", "time", "times", "date", "year", "years", "yr", "quarter", "month", "week", "day", "days", "hour",
         "minute", "second", "period", "age")  # words in names of columns that count up and still matter
NAMING = ("id", "ids", "uid", "uuid", "guid", "rowid", "rowname", "rownames")  # last words in names of row numbers
NAMING_ALONE = ("index", "idx", "key", "row", "rows", "serial", "record", "obs", "unnamed")  # the only word


def reason_to_leave_out(column: Column, rows: Sequence[int]) -> str:
    """Return why there is nothing to learn from a column in some rows, or ""."""
    if column.kind == "text":
        return _of_texts(column, rows)
    values: Sequence[float] = column.values if len(rows) == len(column) else [column.values[i] for i in rows]
    if all(value != value for value in values):
        return "all its cells are empty"
    first = values[0]
    if all(value == first for value in values):
        return f"all its cells are {_written(first)}" if column.kind == "number" else "all its cells are equal"
    if column.kind == "date" or len(values) < FEW_ROWS or first != first or first != math.floor(first):
        return ""
    if all(value == first + k for k, value in enumerate(values)) and not [
            word for word in words_of(column.name) if word in TIMES]:
        return f"it counts the rows, from {_written(first)} to {_written(values[-1])}"
    if is_a_name_of_numbers(column.name) and len(dict.fromkeys(values)) == len(values) and all(
            value == value and value == math.floor(value) for value in values):
        return "by its name it numbers the rows, and no two of its cells are equal"
    return ""


def _of_texts(column: Column, rows: Sequence[int]) -> str:
    counts = [0] * (len(column.labels) + 1)
    for i in rows:
        counts[column.codes[i]] += 1  # the last one is for empty cells
    missing = counts.pop()
    texts = [k for k, count in enumerate(counts) if count]
    filled = len(rows) - missing
    if not texts:
        return "all its cells are empty"
    if len(texts) == 1 and not missing:
        return f"all its cells are {column.labels[texts[0]]!r:.40}"
    if len(texts) == filled >= FEW_NAMES or len(texts) > 20 and 2 * len(texts) > filled:
        return f"its {len(texts)} different texts in {filled} cells, such as {column.labels[texts[0]]!r:.40}, name rows"
    return ""


def is_a_name_of_numbers(name: str) -> bool:
    """Return whether a column has the name of one that numbers the rows: ``id``, ``customer_id``, ``PassengerId``."""
    words = words_of(name)
    return words[-1:] != [] and (words[-1] in NAMING or len(words) == 1 and words[0] in NAMING_ALONE)


def words_of(name: str) -> list[str]:
    """Return the words of a column's name, in lower case: those of PassengerId are passenger and id."""
    return [word.lower() for word in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[^\W\d_A-Z]+", name)]


def _written(value: float) -> str:
    return str(int(value)) if value == math.floor(value) and abs(value) < 1e15 else repr(value)
