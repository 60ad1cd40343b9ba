"""Which rows fit trains on, which it keeps for validation, and what weight their classes have."""
from array import array

from . import checks
from .doubles import Doubles
from .foreign import rows_from
from .metrics import class_of
from .wording import count, shown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, List, Tuple

SOFTMAX, SIGMOID = "softmax", "sigmoid"


def split_rows(targets: "Any", part: float, stratify: "Any", seed: int) -> "Tuple[List[int], List[int]]":
    """The numbers of the rows to train on and of those to validate on, each ascending.

    The validation rows are the last of ``RandomState(seed).permutation(rows)``, as many as ``part`` of all, rounded
    up; with ``stratify`` (True: by the class or value of y; or a label a row) those of
    ``train_test_split(..., stratify=)``.  ``seed`` is the network's; its stream is not read.
    """
    from .data.splitting import stratified
    from .reference.random_state import RandomState

    rows = len(targets)
    tested = int(part * rows)
    if tested < part * rows:
        tested += 1
    if tested >= rows:
        raise ValueError(f"validation_split: {part} of {count(rows, 'row')} leaves nothing to train on")
    if stratify is None or stratify is False:
        order = RandomState(seed).permutation(rows)
        return sorted(order[:rows - tested]), sorted(order[rows - tested:])
    if stratify is True:
        labels = [class_of(row) if len(row) > 1 else row[0] for row in targets]
    else:
        labels = rows_from(stratify, "stratify", "True, to go by y, or a label for each row")
    if len(labels) != rows:
        raise ValueError(f"stratify has {len(labels)} labels, x has {count(rows, 'row')}: every row needs a label")
    kept, chosen = stratified(labels, tested, seed)
    return sorted(kept), sorted(chosen)


def part_of(data: "Any", chosen: "List[int]") -> "Any":
    """Some rows of x, y and the weights."""
    x, y, weights = data
    return _rows_of(x, chosen), _rows_of(y, chosen), [weights[i] for i in chosen]


def _rows_of(rows: "Any", chosen: "List[int]") -> "Any":
    if not isinstance(rows, Doubles):
        return [rows[i] for i in chosen]
    flat = array("d")
    for i in chosen:
        flat.extend(rows[i])
    part = Doubles(memoryview(flat), rows.columns)
    part.checked_for = rows.checked_for
    return part


def _number(key: "Any") -> int:
    """A class number of any type, such as NumPy's; -1 for what is none."""
    try:
        return checks.whole("class_weight", key, 0)
    except (TypeError, ValueError):
        return -1


def with_class_weights(class_weight: "Any", targets: "Any", weights: "List[float]", plan: "Any") -> "List[float]":
    """The sample weights, each multiplied by the weight of its row's class.

    A row's class is the place of its largest target, for one sigmoid output 1 above 0.5.  ``class_weight``: a dict of
    weights, 1.0 for classes that are not in it, or "balanced": rows / (classes * rows of the class).
    """
    last = plan.steps[-1].kind
    classes = plan.outputs if last == SOFTMAX else 2
    if last != SOFTMAX and not (last == SIGMOID and plan.outputs == 1):
        raise ValueError("class_weight: it needs a network for classes, which ends in a softmax or one sigmoid output")
    numbers = [class_of(row) for row in targets]
    counts = [0] * classes
    for number in numbers:
        counts[number] += 1
    if isinstance(class_weight, str) and class_weight == "balanced":  # arrays compare number by number
        present = len([own for own in counts if own])
        of_class = [len(numbers) / (present * own) if own else 0.0 for own in counts]
    elif isinstance(class_weight, dict):
        of_class = [1.0] * classes
        for key in class_weight:
            number = _number(key)
            if not 0 <= number < classes:
                raise ValueError(f"class_weight: its keys are class numbers from 0 to {classes - 1}, got {shown(key)}")
            of_class[number] = checks.real(f"class_weight[{number}]", class_weight[key], 0.0)
    else:
        got = shown(class_weight)
        raise TypeError(f"class_weight: expected a dict such as {{0: 1.0, 1: 3.0}} or \"balanced\", got {got}")
    multiplied = [weight * of_class[number] for weight, number in zip(weights, numbers)]
    return checks.sample_weights(multiplied, plan.outputs, "class_weight times sample_weight")
