"""The penalties l1 and l2 of layers: their part of the gradients, and of the loss that the gradients belong to."""
from ..reference.optimizers import penalized

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .._core.plan import Plan


def add_penalties(plan: "Plan", parameters: "Any", gradients: "Any") -> "list[Any]":
    """Return the gradients, flat arrays, with the penalties' part of each, as a training step adds it."""
    found = []
    for parameter, values, gradient in zip(plan.parameters, parameters, gradients):
        if parameter.l1 or parameter.l2:
            gradient = penalized([values], [gradient], parameter.l1, parameter.l2)[0]
        found.append(gradient)
    return found


def penalty_loss(plan: "Plan", parameters: "Any") -> float:
    """Return the sum of l1 |w| + l2 w w over all weights, which the reported loss does not include."""
    total = 0.0
    for parameter, values in zip(plan.parameters, parameters):
        if parameter.l1 or parameter.l2:
            for w in values:
                total += parameter.l1 * abs(w) + parameter.l2 * w * w
    return total
