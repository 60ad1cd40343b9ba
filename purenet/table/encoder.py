"""Encode the columns of a table as inputs of a network: scaled numbers, and one-hot categories."""
from __future__ import annotations

import math
from array import array

from ..data.scaling import mean_and_scale

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, Sequence

    from ..data import Column

    Where = Callable[[int], str]

MOST_CATEGORIES = 1000  # of a column of texts


class NumberInput:
    """A column of numbers, encoded as ``(value - mean) / scale``; an empty cell becomes 0, the mean."""

    kind = "number"
    width = 1

    def __init__(self, name: str, mean: float, scale: float) -> None:
        self.name = name
        self.mean = mean
        self.scale = scale

    def fill(
        self, column: Column, rows: Sequence[int], flat: array[float], place: int, width: int, where: Where
    ) -> int:
        """Write the rows into every ``width``-th number of flat from ``place`` on. Return 0: no text is unknown."""
        mean, scale, values = self.mean, self.scale, column.values
        scaled = [(values[i] - mean) / scale for i in rows]
        scaled = [0.0 if value != value else value for value in scaled]
        if scaled and not -math.inf < min(scaled) <= max(scaled) < math.inf:
            i = [i for i, value in zip(rows, scaled) if abs(value) == math.inf][0]
            raise ValueError(
                f"{where(i)}, column {self.name!r} is {values[i]!r}, too far from the numbers trained on (mean "
                f"{mean:.4g}, deviation {scale:.4g}) to be scaled; correct the cell")
        flat[place::width] = array("d", scaled)
        return 0


class TextInput:
    """A column of texts, one-hot encoded: 1.0 for the row's category, all 0.0 for an unknown text or an empty cell."""

    kind = "text"

    def __init__(self, name: str, categories: list[str]) -> None:
        self.name = name
        self.categories = categories
        self.width = len(categories)
        self._places = {category: k for k, category in enumerate(categories)}

    def fill(
        self, column: Column, rows: Sequence[int], flat: array[float], place: int, width: int, where: Where
    ) -> int:
        """Write the rows into flat, whose rows have ``width`` numbers. Return the number of unknown texts."""
        places = [self._places.get(label, -1) for label in column.labels] + [0]  # the last one is for empty cells
        codes, unseen = column.codes, 0
        for k, i in enumerate(rows):
            own = places[codes[i]]
            if codes[i] < 0:
                continue
            if own < 0:
                unseen += 1
            else:
                flat[k * width + place + own] = 1.0
        return unseen

    def first_unseen(self, column: Column) -> str | None:
        """Return the first text of the column that is not a category, or None."""
        unseen = [label for label in column.labels if label not in self._places]
        return unseen[0] if unseen else None


class TableEncoder:
    """The inputs of a network that reads tables, in order: NumberInput and TextInput objects."""

    def __init__(self, inputs: list[Any]) -> None:
        self.inputs = inputs
        self.width = 0
        for one in inputs:
            self.width += one.width

    def __repr__(self) -> str:
        return f"<TableEncoder: {len(self.inputs)} columns, {self.width} numbers a row>"

    @classmethod
    def fitted(cls, columns: list[Column], rows: Sequence[int]) -> TableEncoder:
        """Return an encoder with the scales and categories of some rows of the columns, the training rows."""
        inputs: list[Any] = []
        for column in columns:
            if column.kind == "text":
                inputs.append(TextInput(column.name, _categories(column, rows)))
            else:
                mean, scale = column_scale(column, rows)
                inputs.append(NumberInput(column.name, mean, scale))
        return cls(inputs)

    @property
    def kinds(self) -> list[tuple[str, str]]:
        """Return (name, kind) of each column."""
        return [(one.name, one.kind) for one in self.inputs]

    @property
    def names(self) -> list[str]:
        """Return a name for each number of a row: the column's name, or column=category for each category."""
        names: list[str] = []
        for one in self.inputs:
            names += [one.name] if one.kind == "number" else [f"{one.name}={text}" for text in one.categories]
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


def column_scale(column: Column, rows: Sequence[int]) -> tuple[float, float]:
    """Return mean and scale of a column in some rows, without empty cells; (0.0, 1.0) if all are empty."""
    values = column.values
    filled = [values[i] for i in rows if values[i] == values[i]]
    if not filled:
        return 0.0, 1.0
    mean, _, scale = mean_and_scale(filled)
    if not (mean - mean == 0.0 and scale - scale == 0.0):
        raise ValueError(
            f"column {column.name!r} has numbers up to {max([abs(value) for value in filled])!r}, too large for a "
            f"deviation in doubles; write it in larger units, or leave it out (--ignore {column.name})"
        )
    return mean, scale


def _categories(column: Column, rows: Sequence[int]) -> list[str]:
    """Return the different texts in some rows of a column, sorted."""
    seen = [False] * (len(column.labels) + 1)
    for i in rows:
        seen[column.codes[i]] = True  # the last one is for empty cells
    found = sorted([label for label, there in zip(column.labels, seen) if there])
    if len(found) > MOST_CATEGORIES or len(found) > 20 and 2 * len(found) > len(rows):
        raise ValueError(
            f"column {column.name!r} has {len(found)} different texts in {len(rows)} rows, such as {found[0][:30]!r}: "
            f"they look like names of rows, not categories; leave it out (--ignore {column.name})"
        )
    return found


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
