"""Give each row of a series the target's numbers in the rows before it: the known ones, or else the predicted ones."""
from __future__ import annotations

import math
from array import array

from ..data.scaling import mean_and_scale
from ..data.table import Column
from .reading import is_missing

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, Iterable, Sequence


def lagged(goal: Column, lags: int) -> list[Column]:
    """Return columns with the numbers of ``goal`` 1, 2, ... rows before a row, missing where there is no such row."""
    gap = array("d", [math.nan])
    return [Column(lag_name(goal.name, k), gap * min(k, len(goal)) + goal.values[:max(0, len(goal) - k)])
            for k in range(1, lags + 1)]


def lag_name(target: str, k: int) -> str:
    """Return the name of the column with the target's numbers k rows before."""
    return f"{target} ({k} row{'s' * (k > 1)} before)"


def numbers_before(model: Any, parts: Iterable[Sequence[Column]]) -> list[float]:
    """Return the target's numbers before the first row of data, nan where they are missing.

    They are ``model.tail``, the last numbers of the training, unless the data begins with all rows trained on. These
    begin with a target, have the training's number of rows, and the mean and scale of its targets to the last bit, and
    end with its tail. ``parts``: columns of some rows at a time, the target's last; those before it are the inputs if
    the training left out rows with empty cells. A missing number of the target counts as the mean, as in training.
    """
    tail, mean = model.tail, model.target_mean
    rows, trained = model.provenance("rows"), model.provenance("rows_trained")
    recent: list[float] = []
    whole = array("d")  # the targets of the rows that the training did not leave out
    for columns in parts if rows else ():
        recent = recent[max(0, len(recent) - len(tail)):]
        for i, value in enumerate(columns[-1].values):
            if not recent and value != value:
                return list(tail)
            recent.append(mean if value != value else value)
            if not any([is_missing(column, i) for column in columns]):
                whole.append(value)
            if len(whole) > rows:
                return list(tail)
            if len(whole) == rows and recent[-1] == tail[-1] and recent[-len(tail):] == tail:
                found = mean_and_scale(whole[:trained])
                return [math.nan] * len(tail) if (found[0], found[2]) == (mean, model.target_scale) else list(tail)
    return list(tail)


def with_lags(
    model: Any, columns: list[Column], known: Sequence[Column], rows: int, before: list[float],
    where: Callable[[int], str],
) -> tuple[list[Column], list[float]]:
    """Return the columns with the lag columns added, and the target's numbers before the next row.

    ``known``: the target's column, or nothing. Where it has no number, the row's own prediction takes its place.
    ``before``: the target's numbers before the first row.
    """
    lags = len(before)
    columns = columns + [Column(one.name, array("d", bytes(8 * rows))) for one in model.inputs.inputs[-lags:]]
    for i in range(rows):
        for k in range(lags):
            columns[k - lags].values[i] = before[-1 - k]
        value = known[0].values[i] if known else math.nan
        if value != value:
            value = model.labels_of(model.outputs(model.inputs.encode(list(columns), [i], where=where)[0]))[0]
        before = before[1:] + [value]
    return columns, before
