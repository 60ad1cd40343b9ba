"""Encode the columns of a table as inputs of a network: scaled numbers, one-hot categories, and parts of dates."""
from __future__ import annotations

import math
from array import array

from .._core.messages import quote
from ..data.csv_columns import raise_all, tried
from ..data.csv_forms import NUMBER, TEXT, option
from ..data.scaling import mean_and_scale
from .dates import PARTS, parts_of, varying_parts

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, Sequence

    from ..data import Column

    Where = Callable[[int], str]

MOST_CATEGORIES = 1000  # most categories of a text column; rarer texts share one input
MARKED = 20  # empty numbers and dates get an input of their own if they are more than one in so many
IMPUTE = "impute"


class NumberInput:
    """A column of numbers, encoded as ``(value - mean) / scale``; an empty cell becomes 0, the mean.

    ``marked``: whether a second input is 1.0 where the cell is empty, and 0.0 elsewhere. ``form``: how the cells of
    a file are read.
    """

    kind = "number"

    def __init__(self, name: str, mean: float, scale: float, form: Any = None, marked: bool = False) -> None:
        self.name = name
        self.mean = mean
        self.scale = scale
        self.form = list(form or NUMBER)
        self.marked = marked
        self.width = 2 if marked else 1

    @property
    def names(self) -> list[str]:
        """Return a name for each input."""
        return [self.name] + ([f"{self.name} (missing)"] if self.marked else [])

    def words(self) -> list[Any]:
        """Return what a model file of recipe 2 says about the column."""
        return [self.name, self.kind, self.form, self.marked]

    def fill(
        self, column: Column, rows: Sequence[int], flat: array[float], place: int, width: int, where: Where
    ) -> int:
        """Write rows into every ``width``-th number of flat from ``place``. Return 0, the number of unknown texts."""
        values = column.values
        mean, scale = self.mean, self.scale
        scaled = [(values[i] - mean) / scale for i in rows]
        if self.marked:
            flat[place + 1::width] = array("d", [1.0 if value != value else 0.0 for value in scaled])
        scaled = [0.0 if value != value else value for value in scaled]
        if scaled and not -math.inf < min(scaled) <= max(scaled) < math.inf:
            i = [i for i, value in zip(rows, scaled) if abs(value) == math.inf][0]
            raise ValueError(
                f"{where(i)}, column {self.name!r} is {values[i]!r}, too far from the numbers trained on (mean "
                f"{mean:.4g}, deviation {scale:.4g}) to be scaled; correct the cell")
        flat[place::width] = array("d", scaled)
        return 0


class TextInput:
    """A column of texts, one-hot encoded: 1.0 for the row's category.

    An unknown text or an empty cell gives 0.0 in every input, unless ``extras`` has an input for it. ``extras``:
    "missing" if empty cells have an input of their own, then "other" if all other texts share one.
    """

    kind = "text"

    def __init__(self, name: str, categories: list[str], form: Any = None, extras: Sequence[str] = ()) -> None:
        self.name = name
        self.categories = categories
        self.form = list(form or TEXT)
        self.extras = list(extras)
        self.width = len(categories) + len(self.extras)
        self._places = {category: k for k, category in enumerate(categories)}

    @property
    def names(self) -> list[str]:
        """Return a name for each input."""
        return [f"{self.name}={text}" for text in self.categories] + [f"{self.name} ({one})" for one in self.extras]

    def words(self) -> list[Any]:
        """Return what a model file of recipe 2 says about the column."""
        return [self.name, self.kind, self.form, self.categories, self.extras]

    def fill(
        self, column: Column, rows: Sequence[int], flat: array[float], place: int, width: int, where: Where
    ) -> int:
        """Write the rows into flat, whose rows have ``width`` numbers. Return the number of unknown texts."""
        known = len(self.categories)
        missing = known if "missing" in self.extras else -1
        other = self.width - 1 if "other" in self.extras else -1
        places = [self._places.get(label, other) for label in column.labels] + [missing]  # the last: empty cells
        codes, unseen = column.codes, 0
        for k, i in enumerate(rows):
            own = places[codes[i]]
            if own >= 0:
                flat[k * width + place + own] = 1.0
            elif codes[i] >= 0:
                unseen += 1
        return unseen

    def first_unseen(self, column: Column) -> int | None:
        """Return the row of the first text of the column that is not a category, or None."""
        if "other" in self.extras:
            return None
        unseen = [label not in self._places for label in column.labels] + [False]  # the last: empty cells
        return next((i for i, code in enumerate(column.codes) if unseen[code]), None)


class DateInput:
    """A column of dates: days since 1970, scaled; then, one-hot encoded, the ``parts`` hour, weekday and month.

    An empty cell gives 0.0 in every input; if ``marked``, a last input is 1.0 there.
    """

    kind = "date"

    def __init__(
        self, name: str, mean: float, scale: float, form: Any = None, parts: Sequence[str] = (), marked: bool = False
    ) -> None:
        self.name = name
        self.mean = mean
        self.scale = scale
        self.form = form
        self.parts = list(parts)
        self.marked = marked
        self.width = len(self.names)

    @property
    def names(self) -> list[str]:
        """Return a name for each input."""
        names = [f"{self.name} (days)"]
        for part, values, _ in PARTS:
            if part in self.parts:
                names += [f"{self.name} ({part} {value})" for value in values]
        return names + ([f"{self.name} (missing)"] if self.marked else [])

    def words(self) -> list[Any]:
        """Return what a model file of recipe 2 says about the column."""
        return [self.name, self.kind, self.form, self.parts, self.marked]

    def fill(
        self, column: Column, rows: Sequence[int], flat: array[float], place: int, width: int, where: Where
    ) -> int:
        """Write the rows into flat, whose rows have ``width`` numbers. Return 0, the number of unknown texts."""
        for k, i in enumerate(rows):
            value = column.values[i]
            start = k * width + place
            if value != value:
                if self.marked:
                    flat[start + self.width - 1] = 1.0
                continue
            flat[start] = (value / 86400.0 - self.mean) / self.scale
            start += 1
            for (part, values, first), number in zip(PARTS, parts_of(value)):
                if part in self.parts:
                    flat[start + number - first] = 1.0
                    start += len(values)
        return 0


class TableEncoder:
    """The inputs of a network that reads tables, in order: NumberInput, TextInput and DateInput objects."""

    def __init__(self, inputs: list[Any]) -> None:
        self.inputs = inputs
        self.width = 0
        for one in inputs:
            self.width += one.width

    def __repr__(self) -> str:
        return f"<TableEncoder: {len(self.inputs)} columns, {self.width} numbers a row>"

    @classmethod
    def fitted(
        cls, columns: list[Column], rows: Sequence[int], missing: str = "mean", kept: Sequence[int] | None = None
    ) -> TableEncoder:
        """Return an encoder with the scales and categories of some rows of the columns, the training rows.

        ``missing``: if it is "impute", missing texts are a category, and columns of numbers and dates with more than
        one missing cell in 20 are marked. ``kept``: the rows' numbers in the table, from 0, for errors.
        """
        problems: list[str] = []
        inputs = [tried(problems, _fitted, column, rows, missing == IMPUTE, kept) for column in columns]
        raise_all(problems)
        return cls(inputs)

    @property
    def kinds(self) -> list[tuple[str, str]]:
        """Return (name, kind) of each column."""
        return [(one.name, one.kind) for one in self.inputs]

    @property
    def names(self) -> list[str]:
        """Return a name for each number of a row: the column's name, column=category, or column (part of a date)."""
        names: list[str] = []
        for one in self.inputs:
            names += one.names
        return names

    def encode(
        self, columns: list[Any], rows: Sequence[int], free: bool = False, where: Where = "row {}".format
    ) -> tuple[array[float], int]:
        """Return some rows of the columns as rows of ``width`` doubles, and how many texts are unknown.

        ``free``: remove each column from the list after use, to free its memory. ``where(i)`` names row i, from 0,
        in errors.
        """
        flat = array("d", bytes(8 * len(rows) * self.width))
        place = unseen = 0
        for j, one in enumerate(self.inputs):
            unseen += one.fill(columns[j], rows, flat, place, self.width, where)
            place += one.width
            if free:
                columns[j] = None
        return flat, unseen


def _fitted(column: Column, rows: Sequence[int], impute: bool, kept: Sequence[int] | None) -> Any:
    """Return the input for a column, fitted to some of its rows."""
    form = column.form
    if column.kind == "text":
        categories, missing, other = _categories(column, rows)
        extras = ["missing"] * (impute and missing) + ["other"] * other
        return TextInput(column.name, categories, form, extras)
    values = column.values
    mean, scale = column_scale(column, rows, kept)
    marked = impute and MARKED * len([i for i in rows if values[i] != values[i]]) > len(rows)
    if column.kind == "date":
        parts = varying_parts([values[i] for i in rows if values[i] == values[i]])
        return DateInput(column.name, mean, scale, form, parts, marked)
    return NumberInput(column.name, mean, scale, form, marked)


def column_scale(column: Column, rows: Sequence[int], kept: Sequence[int] | None = None) -> tuple[float, float]:
    """Return mean and scale of a column in some rows, without empty cells; (0.0, 1.0) if all are empty.

    For dates they are in days. ``kept``: as for ``TableEncoder.fitted``.
    """
    values = column.values
    filled = [values[i] for i in rows if values[i] == values[i]]
    if not filled:
        return 0.0, 1.0
    if column.kind == "date":
        filled = [value / 86400.0 for value in filled]
    mean, variance, scale = mean_and_scale(filled)
    if not (mean - mean == 0.0 and variance - variance == 0.0 and scale > 0.0):
        far = max([i for i in rows if values[i] == values[i]], key=lambda i: abs(values[i]))
        raise ValueError(
            f"column {quote(column.name)} has numbers too large for a deviation in doubles, such as {values[far]!r} in "
            f"row {(kept[far] if kept else far) + 1}; correct the cell, write the column in larger units, or leave it "
            f"out ({option('--ignore', column.name)})")
    return mean, scale


def _categories(column: Column, rows: Sequence[int]) -> tuple[list[str], bool, bool]:
    """Return the texts in some rows of a column, sorted, whether cells are missing, and whether texts are left out.

    Of more than MOST_CATEGORIES texts the commonest are returned; of equally common ones, the alphabetically first.
    """
    counts = [0] * (len(column.labels) + 1)
    for i in rows:
        counts[column.codes[i]] += 1  # the last one is for empty cells
    missing = counts.pop() > 0
    found = [k for k, count in enumerate(counts) if count]
    chosen = sorted(found, key=lambda k: (-counts[k], column.labels[k]))[:MOST_CATEGORIES]
    return sorted([column.labels[k] for k in chosen]), missing, len(chosen) < len(found)


def data_digest(columns: Sequence[Column]) -> str:
    """Return the SHA-256 over every cell as a little-endian double, column after column.

    A text counts as its index among the column's sorted texts, an empty cell as the quiet NaN 0x7ff8000000000000.
    """
    import hashlib
    import sys

    total = hashlib.sha256()
    for column in columns:
        places = {label: float(k) for k, label in enumerate(sorted(column.labels))}
        numbers = [places[label] for label in column.labels] + [math.nan]
        for start in range(0, len(column), 4096):
            if column.kind != "text":
                values = column.values[start:start + 4096]
                part = array("d", [math.nan if value != value else value for value in values])
            else:
                part = array("d", [numbers[code] for code in column.codes[start:start + 4096]])
            if sys.byteorder == "big":
                part.byteswap()
            total.update(part.tobytes())
    return total.hexdigest()
