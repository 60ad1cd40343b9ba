"""The optimizers: each computes new parameters w and new optimizer numbers from the old ones and the gradient g.
All have the shape of the parameter, and nothing is changed in place. Penalties and clipping change the gradient
before the optimizer uses it. Weight decay changes the parameter afterwards.
"""
from .elementary import square_root

TYPE_CHECKING = False
if TYPE_CHECKING:

    from .matrix import Matrix


def penalized(parameter: "Matrix", gradient: "Matrix", l1: float, l2: float) -> "Matrix":
    """g = g + (l1 sign(w) + 2 l2 w), where the second term is the derivative of l1 |w| + l2 w w."""
    return [
        [g + ((l1 if w > 0.0 else -l1 if w < 0.0 else 0.0) + (l2 + l2) * w) for w, g in zip(row, g_row)]
        for row, g_row in zip(parameter, gradient)
    ]


def penalty_term(parameter: "Matrix", l1: float, l2: float, total: float) -> float:
    """Return total plus the sum of l1 |w| + l2 w w, one running total."""
    for row in parameter:
        for w in row:
            total += l1 * (w if w > 0.0 else -w) + l2 * w * w
    return total


def clipped(gradient: "Matrix", limit: float) -> "Matrix":
    """g = g clipped to [-limit, limit]."""
    # g - g is 0, but NaN if g is infinite, so that the engine still finds it
    return [
        [g - g + limit if g > limit else g - g - limit if g < -limit else g for g in row] for row in gradient
    ]


def squares(gradient: "Matrix", total: float) -> float:
    """Return total plus the sum of g g, one running total."""
    for row in gradient:
        for g in row:
            total += g * g
    return total


def norm_factor(total: float, limit: float) -> float:
    """Return the factor for gradients whose squares add up to total: limit / norm if norm > limit, else 1."""
    norm = square_root(total)
    # norm - norm is 0, but NaN if norm is infinite, so that the engine still finds it
    return norm - norm + limit / norm if norm > limit else 1.0


def scaled(gradient: "Matrix", factor: float) -> "Matrix":
    """g = g factor."""
    return [[g * factor for g in row] for row in gradient]


def decayed(parameter: "Matrix", decay: float, new_parameter: "Matrix") -> "Matrix":
    """new w = new w - decay w, with the w before the optimizer."""
    return [[new_w - decay * w for w, new_w in zip(row, new_row)] for row, new_row in zip(parameter, new_parameter)]


def sgd(
    parameter: "Matrix", numbers: "list[Matrix]", gradient: "Matrix", learning_rate: float
) -> "tuple[Matrix, list[Matrix]]":
    """w = w - learning_rate g."""
    return [
        [w - learning_rate * g for w, g in zip(row, g_row)] for row, g_row in zip(parameter, gradient)
    ], numbers


def sgd_momentum(
    parameter: "Matrix", numbers: "list[Matrix]", gradient: "Matrix", learning_rate: float, momentum: float
) -> "tuple[Matrix, list[Matrix]]":
    """v = momentum v - learning_rate g; w = w + v (Polyak's heavy ball)."""
    velocity = [
        [momentum * v - learning_rate * g for v, g in zip(v_row, g_row)]
        for v_row, g_row in zip(numbers[0], gradient)
    ]
    return [[w + v for w, v in zip(row, v_row)] for row, v_row in zip(parameter, velocity)], [velocity]


def sgd_nesterov(
    parameter: "Matrix", numbers: "list[Matrix]", gradient: "Matrix", learning_rate: float, momentum: float
) -> "tuple[Matrix, list[Matrix]]":
    """v = momentum v - learning_rate g; w = w + (momentum v - learning_rate g) with the new v (Sutskever 2013)."""
    velocity = [
        [momentum * v - learning_rate * g for v, g in zip(v_row, g_row)]
        for v_row, g_row in zip(numbers[0], gradient)
    ]
    return [
        [w + (momentum * v - learning_rate * g) for w, v, g in zip(row, v_row, g_row)]
        for row, v_row, g_row in zip(parameter, velocity, gradient)
    ], [velocity]


def rmsprop(
    parameter: "Matrix", numbers: "list[Matrix]", gradient: "Matrix", learning_rate: float, rho: float, epsilon: float
) -> "tuple[Matrix, list[Matrix]]":
    """v = rho v + (1 - rho) (g g); w = w - learning_rate g / sqrt(v + epsilon) (Hinton 2012)."""
    rest = 1.0 - rho
    means = [
        [rho * v + rest * (g * g) for v, g in zip(v_row, g_row)] for v_row, g_row in zip(numbers[0], gradient)
    ]
    return [
        [w - learning_rate * g / square_root(v + epsilon) for w, v, g in zip(row, v_row, g_row)]
        for row, v_row, g_row in zip(parameter, means, gradient)
    ], [means]


def rmsprop_momentum(
    parameter: "Matrix", numbers: "list[Matrix]", gradient: "Matrix", learning_rate: float, rho: float, epsilon: float,
    momentum: float,
) -> "tuple[Matrix, list[Matrix]]":
    """v = rho v + (1 - rho) (g g); u = momentum u + learning_rate g / sqrt(v + epsilon); w = w - u."""
    rest = 1.0 - rho
    means = [
        [rho * v + rest * (g * g) for v, g in zip(v_row, g_row)] for v_row, g_row in zip(numbers[0], gradient)
    ]
    velocity = [
        [momentum * u + learning_rate * g / square_root(v + epsilon) for v, u, g in zip(v_row, u_row, g_row)]
        for v_row, u_row, g_row in zip(means, numbers[1], gradient)
    ]
    return [[w - u for w, u in zip(row, u_row)] for row, u_row in zip(parameter, velocity)], [means, velocity]


def adagrad(
    parameter: "Matrix", numbers: "list[Matrix]", gradient: "Matrix", learning_rate: float, initial: float,
    epsilon: float,
) -> "tuple[Matrix, list[Matrix]]":
    """s = s + g g; w = w - learning_rate g / sqrt(initial + s + epsilon) (Duchi et al. 2011)."""
    totals = [[s + g * g for s, g in zip(s_row, g_row)] for s_row, g_row in zip(numbers[0], gradient)]
    return [
        [w - learning_rate * g / square_root(initial + s + epsilon) for w, s, g in zip(row, s_row, g_row)]
        for row, s_row, g_row in zip(parameter, totals, gradient)
    ], [totals]


def adam(
    parameter: "Matrix", numbers: "list[Matrix]", gradient: "Matrix", learning_rate: float, beta_1: float,
    beta_2: float, epsilon: float, b1_t: float, b2_t: float,
) -> "tuple[Matrix, list[Matrix]]":
    """m = beta_1 m + (1 - beta_1) g; v = beta_2 v + (1 - beta_2) (g g); w = w - a m / (sqrt(v) + epsilon).

    With a = learning_rate sqrt(1 - b2_t) / (1 - b1_t) (Kingma and Ba 2015, the end of section 2).
    """
    a = learning_rate * square_root(1.0 - b2_t) / (1.0 - b1_t)
    rest_1 = 1.0 - beta_1
    rest_2 = 1.0 - beta_2
    means = [
        [beta_1 * m + rest_1 * g for m, g in zip(m_row, g_row)] for m_row, g_row in zip(numbers[0], gradient)
    ]
    squared = [
        [beta_2 * v + rest_2 * (g * g) for v, g in zip(v_row, g_row)] for v_row, g_row in zip(numbers[1], gradient)
    ]
    return [
        [w - a * m / (square_root(v) + epsilon) for w, m, v in zip(row, m_row, v_row)]
        for row, m_row, v_row in zip(parameter, means, squared)
    ], [means, squared]


def rprop(
    parameter: "Matrix", numbers: "list[Matrix]", gradient: "Matrix", learning_rate: float, shrink: float, grow: float,
    least: float, most: float,
) -> "tuple[Matrix, list[Matrix]]":
    """w = w - s sign(g), where s grows if g keeps its sign. If g changes it, s shrinks and g becomes 0.

    (Riedmiller and Braun 1993.)
    """
    parameters: "Matrix" = []
    gradients: "Matrix" = []
    steps: "Matrix" = []
    for row, p_row, s_row, g_row in zip(parameter, numbers[0], numbers[1], gradient):
        parameters.append([])
        gradients.append([])
        steps.append([])
        for w, p, s, g in zip(row, p_row, s_row, g_row):
            agreement = g * p
            if s == 0.0:  # the first step
                s = learning_rate
            s = s * grow if agreement > 0.0 else s * shrink if agreement < 0.0 else s
            s = least if s < least else most if s > most else s
            g = g - g if agreement < 0.0 else g  # 0, but NaN if g is infinite, so that the engine still finds it
            parameters[-1].append(w - s if g > 0.0 else w + s if g < 0.0 else w)
            gradients[-1].append(g)
            steps[-1].append(s)
    return parameters, [gradients, steps]


OPTIMIZERS = {
    "sgd": sgd, "sgd_momentum": sgd_momentum, "sgd_nesterov": sgd_nesterov, "rmsprop": rmsprop,
    "rmsprop_momentum": rmsprop_momentum, "adagrad": adagrad, "adam": adam, "rprop": rprop,
}
