"""Prepare the target column of a table model: its task, its classes or its numbers."""
from __future__ import annotations

import math
from array import array

from .._core.messages import join_names
from ..data.csv_forms import plain_number

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Sequence

    from ..data import Column

TASKS = ("classification", "regression")
FEW = 20  # at most this many different integers are guessed to be classes


def check_filled(goal: Column, path: str) -> None:
    """Raise ValueError, naming the row, if a cell of the target is empty."""
    cells: Any = goal.codes if goal.kind == "text" else goal.values
    for i, cell in enumerate(cells):
        if cell == -1 and goal.kind == "text" or cell != cell:
            raise ValueError(
                f"{path}, row {i + 1}, column {goal.name!r} is empty, and without its target there is nothing to learn "
                f"from a row; --missing drop leaves such rows out"
            )


def guess_task(goal: Column, decimal: str = ".") -> tuple[str, str]:
    """Return the task that a target suggests, and why."""
    if goal.kind == "number":
        return TASKS[1], "its target has more than 1,000 different numbers"
    numbers = [plain_number(label, decimal) for label in goal.labels]
    count = len(numbers)
    if None in numbers:
        return TASKS[0], "its target is text"
    if any(number != math.floor(number) for number in numbers if number is not None):
        return TASKS[1], "its target has numbers that are not whole"
    if count <= FEW and 2 * count <= len(goal):
        return TASKS[0], f"its target has only {count} different values, all whole numbers"
    return TASKS[1], f"its target has {count} different whole numbers"


def classes_of(goal: Column, decimal: str) -> list[str]:
    """Return the labels of a classification, sorted as numbers if all are numbers, otherwise as text."""
    labels: list[str] = sorted(goal.labels) or [repr(value) for value in sorted(dict.fromkeys(goal.values))]
    numbers = [plain_number(label, decimal) for label in labels]
    if None not in numbers:
        labels = [labels[k] for k in sorted(range(len(labels)), key=numbers.__getitem__)]  # type: ignore[arg-type]
    if len(labels) < 2:
        raise ValueError(f"column {goal.name!r} has the one value {join_names(labels)} in every row: nothing to learn")
    if len(labels) > 1000 or 2 * len(labels) > len(goal) > 10:
        cure = "is the target the right column?" if None in numbers else "--task regression takes it as a number"
        found = f"{len(labels)} different values in {len(goal)} rows"
        raise ValueError(f"column {goal.name!r} has {found}, too many for classes; {cure}")
    return labels


def target_numbers(goal: Column, decimal: str) -> Column:
    """Return the target as a column of numbers; ValueError if it has text."""
    found = goal.as_numbers(decimal)
    if found is None:
        words = [label for label in goal.labels if plain_number(label, decimal) is None]
        raise ValueError(f"column {goal.name!r} has text such as {join_names(words[:3])}: regression needs numbers")
    return found


def encode_targets(goal: Column, rows: Sequence[int], mean: float, scale: float) -> array[float]:
    """Return the targets of some rows as outputs of the network: scaled numbers, or one-hot classes."""
    if goal.kind == "number":
        return array("d", [(goal.values[i] - mean) / scale for i in rows])
    width = len(goal.labels)
    flat = array("d", bytes(8 * len(rows) * width))
    for k, i in enumerate(rows):
        flat[k * width + goal.codes[i]] = 1.0
    return flat
