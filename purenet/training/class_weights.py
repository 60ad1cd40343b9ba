"""Multiply sample weights by the weights of their classes."""
from .._core.checks import check_float, to_int
from .._core.messages import describe
from .._core.rows import check_sample_weights
from .labels import SIGMOID, SOFTMAX, labels_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Sequence


def apply_class_weights(class_weight: "Any", targets: "Any", weights: "list[float]", plan: "Any") -> "list[float]":
    """Multiply each sample weight by the weight of its row's class.

    The classes are those of ``labels_of``. ``class_weight``: a dict of weights, with 1.0 for classes that are not in
    it, or "balanced", which gives each class the weight rows / (classes * rows of the class). If the network ends in
    several sigmoids, "balanced" multiplies by the weight of each label, as scikit-learn's compute_sample_weight does.
    """
    last = plan.steps[-1].kind
    classes = plan.outputs if last == SOFTMAX else 2
    if last not in (SOFTMAX, SIGMOID):
        raise ValueError("class_weight: it needs a network for classes, with a softmax or sigmoid outputs")
    numbers = labels_of(targets, plan)
    if isinstance(class_weight, str) and class_weight == "balanced":  # arrays compare number by number
        columns = list(zip(*numbers)) if isinstance(numbers[0], list) else [numbers]
        multiplied = weights
        for column in columns:
            of_class = _balanced(column, classes)
            multiplied = [weight * of_class[number] for weight, number in zip(multiplied, column)]
    elif isinstance(class_weight, dict):
        if isinstance(numbers[0], list):
            raise ValueError("class_weight: several sigmoids are labels of their own, which have no class numbers; use "
                             "\"balanced\", or sample_weight")
        of_class = [1.0] * classes
        for key in class_weight:
            known = to_int(key)
            if known is None or not 0 <= known < classes:
                got = describe(key)
                raise ValueError(f"class_weight: expected class numbers from 0 to {classes - 1} as keys, got {got}")
            of_class[known] = check_float(f"class_weight[{known}]", class_weight[key], 0.0)
        multiplied = [weight * of_class[number] for weight, number in zip(weights, numbers)]
    else:
        got = describe(class_weight)
        raise TypeError(f"class_weight: expected a dict such as {{0: 1.0, 1: 3.0}} or \"balanced\", got {got}")
    return check_sample_weights(multiplied, plan.outputs, "class_weight times sample_weight")


def _balanced(numbers: "Sequence[int]", classes: int) -> "list[float]":
    """Return rows / (classes that occur * rows of the class) for each class."""
    counts = [0] * classes
    for number in numbers:
        counts[number] += 1
    present = len([own for own in counts if own])
    return [len(numbers) / (present * own) if own else 0.0 for own in counts]
