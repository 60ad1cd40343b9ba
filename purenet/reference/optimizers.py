"""The optimizers: from a parameter, its own numbers, and its gradient g to the new parameter and numbers.

All are rows of numbers of the parameter's shape; nothing is changed in place.
"""
TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import List, Tuple

    from .matrix import Matrix


def sgd(
    parameter: "Matrix", numbers: "List[Matrix]", gradient: "Matrix", learning_rate: float
) -> "Tuple[Matrix, List[Matrix]]":
    """w = w - learning_rate g."""
    return [
        [w - learning_rate * g for w, g in zip(row, g_row)] for row, g_row in zip(parameter, gradient)
    ], numbers


def sgd_momentum(
    parameter: "Matrix", numbers: "List[Matrix]", gradient: "Matrix", learning_rate: float, momentum: float
) -> "Tuple[Matrix, List[Matrix]]":
    """v = momentum v - learning_rate g; w = w + v (Polyak's heavy ball)."""
    velocity = [
        [momentum * v - learning_rate * g for v, g in zip(v_row, g_row)]
        for v_row, g_row in zip(numbers[0], gradient)
    ]
    return [[w + v for w, v in zip(row, v_row)] for row, v_row in zip(parameter, velocity)], [velocity]


def sgd_nesterov(
    parameter: "Matrix", numbers: "List[Matrix]", gradient: "Matrix", learning_rate: float, momentum: float
) -> "Tuple[Matrix, List[Matrix]]":
    """v = momentum v - learning_rate g; w = w + (momentum v - learning_rate g) with the new v (Sutskever 2013)."""
    velocity = [
        [momentum * v - learning_rate * g for v, g in zip(v_row, g_row)]
        for v_row, g_row in zip(numbers[0], gradient)
    ]
    return [
        [w + (momentum * v - learning_rate * g) for w, v, g in zip(row, v_row, g_row)]
        for row, v_row, g_row in zip(parameter, velocity, gradient)
    ], [velocity]


OPTIMIZERS = {"sgd": sgd, "sgd_momentum": sgd_momentum, "sgd_nesterov": sgd_nesterov}
