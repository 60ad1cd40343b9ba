"""Compare a table as purenet reads it with ``pandas.read_csv(...).convert_dtypes()``, cell by cell.

A difference that no note mentions is a misreading. Blanks around a cell are no difference.
"""
import math
import re

NAMELESS = re.compile(r"no name|without a name|nameless|row names|first column")
MORE = re.compile(r"and \d+ more\b.*(read as|missing values|left out|is now)")


class Difference:
    """What differs in one column: kinds, cells, or the whole column; ``noted``: the note that says so, or ""."""

    def __init__(self, column, what, count, example, noted):
        self.column, self.what, self.count, self.example, self.noted = column, what, count, example, noted

    def as_list(self):
        return [self.column, self.what, self.count, self.example, self.noted]


def captured(table):
    """Return the rows of a table and (kind, cells) of each column by name: copies, since training changes columns."""
    columns = {}
    for column in table.columns:
        if column.kind == "text":
            cells = [None if code < 0 else column.labels[code] for code in column.codes]
        else:
            cells = [None if value != value else value for value in column.values]
        columns[column.name] = column.kind, cells
    return table.rows, columns


def by_pandas(path, options):
    """Return the names and typed columns of a table as pandas reads it."""
    import warnings

    import pandas

    exact = {} if options.get("engine") == "python" else {"float_precision": "round_trip", "low_memory": False}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        frame = pandas.read_csv(path, **exact, **options)
        typed = frame.convert_dtypes()
    headless = "header" in options
    names = [str(k + 1) if headless else str(name).strip() for k, name in enumerate(frame.columns)]
    return names, [typed.iloc[:, j] for j in range(len(names))]


def kind_of(series):
    """Return number, boolean or text for a column of pandas, or empty if it has no value."""
    from pandas.api import types

    if not series.notna().any():
        return "empty"
    if types.is_bool_dtype(series.dtype):
        return "boolean"
    return "number" if types.is_numeric_dtype(series.dtype) else "text"


def note_on(name, notes):
    """Return the first note that mentions a column, or ""."""
    if not name or name.startswith("Unnamed: "):
        return next((note for note in notes if NAMELESS.search(note)), "")
    written = re.compile(r"(?<![\w.])" + re.escape(name) + r"(?![\w.]*\w)")
    return next((note for note in notes if written.search(note)), "") or next(
        (note for note in notes if MORE.search(note)), "")


def differences(rows, columns, names, series, notes, target):
    """Return the differences of two readings of a table."""
    found = []
    count = len(series[0]) if series else 0
    if rows != count:
        noted = next((note for note in notes if re.search(r"\brows?\b|\blines?\b", note)), "")
        return [Difference("", f"{rows} rows, pandas {count}", abs(rows - count), "", noted)]
    for name, one in zip(names, series):
        noted = note_on(name, notes)
        theirs = kind_of(one)
        if name not in columns:
            duplicate = re.sub(r"\.\d+$", "", name)
            found.append(Difference(name, f"{theirs} column is left out", count, "", noted or (
                note_on(duplicate, notes) if duplicate != name else "")))
            continue
        kind, cells = columns[name]
        wrong, first = different_cells(kind, cells, theirs, one)
        same_kind = theirs == "empty" or kind == theirs or (kind, theirs) == ("text", "boolean") or name == target
        if not same_kind or wrong:
            what = f"{theirs} read as {kind}" if not same_kind else "cells differ"
            found.append(Difference(name, what, wrong, first, noted))
    return found


def different_cells(kind, cells, theirs, series):
    """Return how many cells differ and the first, as text."""
    wrong, first = 0, ""
    dates = None
    if kind == "date":
        dates = date_seconds(series)
        if dates is None:
            return 0, f"{series.dropna().iloc[0] if series.notna().any() else ''} (a date that pandas does not read)"
    missing = series.isna().tolist()
    for i, (cell, other) in enumerate(zip(cells, series.tolist())):
        if (same_cell(kind, cell, None if missing[i] else other) if dates is None else
                any(same_cell("number", cell, guess[i]) for guess in dates)):
            continue
        wrong += 1
        first = first or f"row {i + 1}: {'missing' if missing[i] else repr(other)} read as " \
                         f"{'missing' if cell is None else repr(cell)}"
    return wrong, first


def same_cell(kind, cell, other):
    if cell is None or other is None:
        return cell is None and other is None
    if kind == "text":
        if isinstance(other, str):
            return cell.strip() == other.strip()
        if isinstance(other, bool):
            return cell.strip().lower() == str(other).lower()
        try:
            return math.isclose(float(cell), float(other), rel_tol=1e-15)
        except ValueError:
            return False
    if isinstance(other, (str, bool)):
        return False
    return math.isclose(cell, float(other), rel_tol=1e-15)


def date_seconds(series):
    """Return the seconds since 1970 of a column of dates in each way that pandas reads it, or None."""
    import warnings

    import pandas

    ways = []
    texts = series.astype("string")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for how in ({"format": "mixed"}, {"format": "mixed", "dayfirst": True}, {"format": "%Y%m%d"}):
            try:
                dates = pandas.to_datetime(texts, utc=True, **how)
            except (ValueError, TypeError, OverflowError):
                continue
            ways.append([None if date != date else date.timestamp() for date in dates.tolist()])
    return ways or None
