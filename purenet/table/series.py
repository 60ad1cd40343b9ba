"""Give each row of a series the target's numbers in the rows before it: the known ones, or else the predicted ones."""
from __future__ import annotations

import math
from array import array

from ..data.table import Column

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


def numbers_before(tail: Sequence[float], mean: float, parts: Iterable[Sequence[float]]) -> list[float]:
    """Return the target's numbers just before the first new row: ``tail``, the last ones of the training.

    If ``tail`` occurs in the data, they begin with training rows, and what was before is unknown: nan. ``parts``: the
    target's numbers in the data, part by part. A missing one counts as the ``mean``.
    """
    lags, recent, found = len(tail), [], False
    for values in parts:
        recent += [mean if value != value else value for value in values]
        found = found or any([recent[i:i + lags] == tail for i in range(len(recent) - lags + 1)])
        recent = recent[max(0, len(recent) - lags + 1):]
    return [math.nan] * lags if found else list(tail)


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
