"""Prepare the target column of a table model: its task, its classes or its numbers."""
from __future__ import annotations

import math
from array import array

from .._core.messages import join_names, quote
from ..data.csv_columns import tried
from ..data.csv_dates import written_date
from ..data.csv_forms import plain_number
from ..data.table import Column

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Sequence

    from ..data.table import Table

TASKS = ("classification", "regression")
FEWEST = 4  # up to so many different numbers show no order
FEW = 20  # at most this many different integers are guessed to be classes


def judge(
    table: Table, target: str, task: str | None, as_text: bool, form: dict[str, Any], lags: int,
    class_weight: str | None, problems: list[str],
) -> tuple[str | None, str, Column]:
    """Return the task, why, and the target. ``problems`` gets what is wrong; an unusable target becomes zeros."""
    why, goal = "", Column(target, array("d", bytes(8 * table.rows)))
    if target in table.names:
        found = tried(
            problems, decide, table.column(target), task, as_text, form["decimal"], form["na_values"])
        if found:
            task, why, goal = found
    if lags and task == TASKS[0]:
        problems.append(f"lags: column {quote(target)} has classes; lags need a target of numbers; leave --lags "
                        f"out")
    if class_weight and task == TASKS[1]:
        problems.append(f"class_weight: column {quote(target)} has numbers and no classes to weigh; leave "
                        f"--class-weight out")
    return task, why, goal


def decide(
    goal: Column, task: str | None, as_text: bool, decimal: str | None, na_values: Sequence[Any]
) -> tuple[str, str, Column]:
    """Return the task, why, and the target: texts for a classification, numbers for a regression."""
    if task is None:
        task, why = (TASKS[0], "its target is read as text") if as_text else guess_task(goal, decimal, na_values)
    else:
        why = "it was asked for"
    return task, why, as_labels(goal) if task == TASKS[0] else target_numbers(goal, decimal, na_values)


def guess_task(goal: Column, decimal: str | None = None, na_values: Sequence[Any] = ()) -> tuple[str, str]:
    """Return the task that a target suggests, and why, in some cases with the option for the other task.

    Texts are classes. Numbers are classes if they are whole, have at most 20 different values in at least twice as
    many rows (five times as many, if there are more than four), and are not ordered: ``is_ordered`` tells.
    """
    found = goal.as_numbers(decimal, na_values)
    if found is None or found.kind != "number":
        return TASKS[0], "its target is text" if goal.kind == "text" else "its target has dates"
    counts: dict[float, int] = {}
    rows = 0
    for value in found.values:
        if value == value:
            counts[value] = counts.get(value, 0) + 1
            rows += 1
    count = len(counts)
    if [value for value in counts if value != math.floor(value)]:
        return TASKS[1], "its target has numbers that are not whole"
    coded = [label for label in goal.labels if label[:1] == "0" and label[1:2].isdigit()]
    if coded and 2 * len(goal.labels) <= rows:
        return TASKS[0], f"its target has codes such as {coded[0]}"
    if count > FEW or 2 * count > rows or count > FEWEST and 5 * count > rows:
        return TASKS[1], f"its target has {count} different whole numbers"
    if is_ordered([int(value) for value in counts], [counts[value] for value in counts]):
        return TASKS[1], f"its target has {count} different whole numbers that look like counts or ratings; --task " \
                         f"classification takes them as classes"
    return TASKS[0], (f"its target has only {count} different values, all whole numbers" +
                      "; --task regression takes them as numbers" * (count > 2))


def is_ordered(numbers: Sequence[int], counts: Sequence[int]) -> bool:
    """Return whether different whole numbers, each with its count of rows, look like counts or ratings, not classes.

    Up to four numbers, and numbers that are about equally frequent (the rarest at least a third as frequent as the
    commonest), are classes. Of the others more than ten are ordered; five to ten numbers are ordered if their
    frequencies rise to one peak and fall after it, or only rise or fall. The numbers between them that do not occur
    count as 0 rows. A step in the wrong direction of at most the square root of the larger count may be chance.
    """
    if len(numbers) <= FEWEST or 3 * min(counts) >= max(counts):
        return False
    if len(numbers) > 10:
        return True
    if max(numbers) - min(numbers) >= FEW:
        return False
    found = [0] * (max(numbers) - min(numbers) + 1)
    for number, count in zip(numbers, counts):
        found[number - min(numbers)] += count
    peak = found.index(max(found))
    for k in range(1, len(found)):
        wrong = found[k - 1] - found[k] if k <= peak else found[k] - found[k - 1]
        if wrong > 0 and wrong * wrong > max(found[k - 1:k + 1]):
            return False
    return True


def _counts(goal: Column) -> list[int]:
    """Return the number of rows of each label."""
    counts = [0] * (len(goal.labels) + 1)
    for code in goal.codes:
        counts[code] += 1
    return counts[:-1]


def as_labels(goal: Column) -> Column:
    """Return a target of numbers as texts, whole numbers without a point."""
    if goal.kind == "text":
        return Column(goal.name, None, goal.codes, list(goal.labels))
    places: dict[float, int] = {}
    codes = [places.setdefault(value, len(places)) if value == value else -1 for value in goal.values]
    if goal.kind == "date":
        return Column(goal.name, None, array("i", codes), list(map(written_date, places)))
    labels = [str(int(value)) if value == math.floor(value) and abs(value) < 1e15 else repr(value) for value in places]
    return Column(goal.name, None, array("i", codes), labels)


def only_labels(goal: Column, labels: Sequence[str]) -> Column:
    """Return a target of texts whose cells with other labels are missing values."""
    known = dict.fromkeys(labels)
    table = [k if label in known else -1 for k, label in enumerate(goal.labels)] + [-1]
    return Column(goal.name, None, array("i", [table[code] for code in goal.codes]), goal.labels)


def classes_of(goal: Column, decimal: str | None) -> list[str]:
    """Return the labels of a classification, sorted as numbers if all are numbers, otherwise as text."""
    used = _counts(goal)
    labels: list[str] = sorted([label for label, count in zip(goal.labels, used) if count])
    numbers = [plain_number(label, decimal or ".") for label in labels]
    if None not in numbers:
        labels = [labels[k] for k in sorted(range(len(labels)), key=numbers.__getitem__)]  # type: ignore[arg-type]
    if len(labels) < 2:
        raise ValueError(f"column {goal.name!r} has the one value {join_names(labels)} in every row: nothing to learn; "
                         f"choose another --target")
    if len(labels) > 1000 or 2 * len(labels) > len(goal) > 10:
        cure = "is the target the right column?" if None in numbers else "--task regression takes it as a number"
        dates = goal.as_numbers(decimal)
        if dates is not None and dates.kind == "date":
            cure = "these are dates, which cannot be predicted as numbers"
        found = f"{len(labels)} different values in {len(goal)} rows"
        raise ValueError(f"column {goal.name!r} has {found}, too many for classes; {cure}")
    return labels


def target_numbers(goal: Column, decimal: str | None, na_values: Sequence[Any]) -> Column:
    """Return the target as a column of numbers; ValueError if it has text."""
    found = goal.as_numbers(decimal, na_values)
    if found is None or found.kind != "number":
        words = [label for label in goal.labels if plain_number(label, decimal or ".") is None]
        what = f"text such as {join_names(words[:3])}" if words else "dates"
        raise ValueError(f"column {quote(goal.name)} has {what}: regression needs numbers; --task "
                         f"classification takes them as classes")
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
