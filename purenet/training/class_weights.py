"""Multiply sample weights by the weights of their classes."""
from .._core.checks import check_float, to_int
from .._core.messages import describe
from .._core.rows import check_sample_weights
from ..metrics import class_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

SOFTMAX, SIGMOID = "softmax", "sigmoid"


def apply_class_weights(class_weight: "Any", targets: "Any", weights: "list[float]", plan: "Any") -> "list[float]":
    """Multiply each sample weight by the weight of its row's class.

    The class of a row is the index of its largest target. For one sigmoid output it is 1 if the target is above 0.5,
    else 0. ``class_weight``: a dict of weights, with 1.0 for classes that are not in it, or "balanced", which gives
    each class the weight rows / (classes * rows of the class).
    """
    last = plan.steps[-1].kind
    classes = plan.outputs if last == SOFTMAX else 2
    if last != SOFTMAX and not (last == SIGMOID and plan.outputs == 1):
        raise ValueError("class_weight: it needs a network for classes, with a softmax or one sigmoid output")
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
            known = to_int(key)
            if known is None or not 0 <= known < classes:
                got = describe(key)
                raise ValueError(f"class_weight: expected class numbers from 0 to {classes - 1} as keys, got {got}")
            of_class[known] = check_float(f"class_weight[{known}]", class_weight[key], 0.0)
    else:
        got = describe(class_weight)
        raise TypeError(f"class_weight: expected a dict such as {{0: 1.0, 1: 3.0}} or \"balanced\", got {got}")
    multiplied = [weight * of_class[number] for weight, number in zip(weights, numbers)]
    return check_sample_weights(multiplied, plan.outputs, "class_weight times sample_weight")
