"""Forward, backward and update of one batch, for any plan.

This is the only module of the reference that reads plan records: one loop over the steps picks each
step's pair of functions by its kind and hands it its lists.  Nothing is changed in place: what comes
out is new, and whoever called decides whether it takes the place of the old.
"""
from .activations import ACTIVATIONS, FROM_A
from .dense import dense_backward, dense_forward
from .losses import LOSSES
from .optimizers import OPTIMIZERS, clipped, decayed, norm_factor, penalized, scaled, squares

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, List, Optional, Tuple

    from ..plan import Plan, Step
    from .matrix import Matrix, Row

KINDS: "dict[str, Tuple[Any, Any]]" = {"dense": (dense_forward, dense_backward)}  # of steps: their pairs of functions
KINDS.update(ACTIVATIONS)
PREDICT: "dict[str, Any]" = {}  # of kinds that predict in another way
STATISTICS: "dict[str, Any]" = {}  # of kinds that keep some
KEYS: "dict[str, Any]" = {}  # of kinds that draw numbers
LATER = ("conv2d", "max_pool", "average_pool", "dropout", "batch_norm")  # which open_room() adds
LIMIT = float("inf")


def open_room(kind: str) -> None:
    """Import the functions of a kind of step that many networks do without, and a board's memory is small.

    KINDS comes last, since another thread may look for the kind there.
    """
    if kind == "conv2d":
        from .convolution import conv2d_backward, conv2d_forward

        KINDS[kind] = conv2d_forward, conv2d_backward
    elif kind == "max_pool":
        from .pooling import max_pool_backward, max_pool_forward

        KINDS[kind] = max_pool_forward, max_pool_backward
    elif kind == "average_pool":
        from .pooling import average_pool_backward, average_pool_forward

        KINDS[kind] = average_pool_forward, average_pool_backward
    elif kind == "dropout":
        from .dropout import dropout_backward, dropout_forward, dropout_key, dropout_predict

        PREDICT[kind], KEYS[kind] = dropout_predict, dropout_key
        KINDS[kind] = dropout_forward, dropout_backward
    else:
        from .normalisation import batch_norm_backward, batch_norm_forward, batch_norm_predict, batch_norm_statistics

        PREDICT[kind], STATISTICS[kind] = batch_norm_predict, batch_norm_statistics
        KINDS[kind] = batch_norm_forward, batch_norm_backward


def forward(
    plan: "Plan", parameters: "List[Matrix]", inputs: "Matrix", steps: "Optional[int]" = None
) -> "List[Matrix]":
    """values[0] is the inputs, values[s + 1] what step s makes of values[s].

    ``parameters``: the plan's, then its statistics.  ``steps``: how many steps of training are done, where this is the
    next one; without it this is a prediction.
    """
    values = [inputs]
    for step in plan.steps:
        kind = step.kind
        if kind not in KINDS:
            open_room(kind)
        compute: Any = PREDICT[kind] if steps is None and kind in PREDICT else KINDS[kind][0]
        values.append(compute(values[-1], *arguments(plan, step, parameters, steps)))
    return values


def arguments(plan: "Plan", step: "Step", parameters: "List[Matrix]", steps: "Optional[int]") -> "List[Any]":
    """What a step's functions take after the tables: its window or its key, its parameters, its real numbers.

    Where it predicts its statistics stand behind its parameters.
    """
    taken: "List[Any]" = [step.window] if step.window else []
    if steps is not None and step.kind in KEYS:
        taken.append(KEYS[step.kind](plan.seed, step.layer, steps))
    numbers = step.integers + step.kept if steps is None else step.integers
    return taken + [parameters[p] for p in numbers] + list(step.reals)


def backward(
    plan: "Plan", parameters: "List[Matrix]", values: "List[Matrix]", d_value: "Matrix", steps: int,
    d_values: "Optional[List[Matrix]]" = None,
) -> "List[Matrix]":
    """The gradient of every parameter, in plan order, from the gradient at what the loss reads.

    d_values: a list for the gradients at what each step gets, from the last of them back.
    """
    gradients: "List[Matrix]" = [[]] * len(plan.parameters)
    for s in range(plan.loss.integers[0] - 1, -1, -1):
        step = plan.steps[s]
        kind = step.kind
        differentiate: Any = KINDS[kind][1]
        seen = values[s + 1] if kind in FROM_A else values[s]
        if step.integers:
            d_value, *d_own = differentiate(seen, d_value, s == 0, *arguments(plan, step, parameters, steps))
            for p, gradient in zip(step.integers, d_own):
                gradients[p] = gradient
        else:
            d_value = differentiate(seen, d_value, *arguments(plan, step, parameters, steps))
        if d_values is not None:
            d_values.append(d_value)
    return gradients


def updated_statistics(plan: "Plan", parameters: "List[Matrix]", values: "List[Matrix]") -> "List[Matrix]":
    """The new statistics, from the old ones and what the steps saw."""
    statistics: "List[Matrix]" = []
    for s, step in enumerate(plan.steps):
        if step.kept:
            renew: Any = STATISTICS[step.kind]
            statistics += renew(values[s], *[parameters[p] for p in step.kept], *step.reals)
    return statistics


def sample_losses(loss: "Step", values: "List[Matrix]", targets: "Matrix") -> "Row":
    """loss[i] of every sample, before weights and means."""
    function: Any = LOSSES[loss.kind][0]
    losses: "Row" = function(values[loss.integers[0]], targets, *loss.reals)
    return losses


def sample_factors(loss: "Step", weights: "Row") -> "Row":
    """What each sample's derivative is multiplied by: its weight, divided for means.

    A mean divides by the running total of the batch's weights, times the outputs where it is over
    cells.  A batch whose weights are all 0 has nothing to say: its factors are 0.
    """
    divisor = loss.integers[1]
    if not divisor:
        return weights
    total = 0.0
    for weight in weights:
        total += weight
    if total == 0.0:
        return weights
    total = total * divisor
    return [weight / total for weight in weights]


def batch_gradients(
    plan: "Plan", parameters: "List[Matrix]", inputs: "Matrix", targets: "Matrix", weights: "Row", steps: int = 0
) -> "Tuple[Row, List[Matrix], List[Matrix]]":
    """The samples' losses, the gradient of every parameter, and the new statistics."""
    values = forward(plan, parameters, inputs, steps)
    losses = sample_losses(plan.loss, values, targets)
    differentiate: Any = LOSSES[plan.loss.kind][1]
    d_value = differentiate(values[-1], targets, sample_factors(plan.loss, weights), *plan.loss.reals)
    gradients = backward(plan, parameters, values, d_value, steps)
    return losses, gradients, updated_statistics(plan, parameters, values)


def prepared(plan: "Plan", parameters: "List[Matrix]", gradients: "List[Matrix]") -> "List[Matrix]":
    """What the optimizer gets of the gradients: with the penalties' part, then clipped."""
    found: "List[Matrix]" = []
    total = 0.0
    for array, parameter, gradient in zip(plan.parameters, parameters, gradients):
        if array.l1 or array.l2:
            gradient = penalized(parameter, gradient, array.l1, array.l2)
        if plan.clip_value:
            gradient = clipped(gradient, plan.clip_value)
        if plan.clip_norm:
            total = squares(gradient, total)
        found.append(gradient)
    if not plan.clip_norm:
        return found
    factor = norm_factor(total, plan.clip_norm)
    return [scaled(gradient, factor) for gradient in found]


def updated(
    plan: "Plan", parameters: "List[Matrix]", numbers: "List[List[Matrix]]", gradients: "List[Matrix]",
    learning_rate: float,
) -> "Tuple[List[Matrix], List[List[Matrix]]]":
    """The new parameters and optimizer numbers.

    Behind those of the parameters stands, where the optimizer has them, a row of running products.
    """
    optimize: Any = OPTIMIZERS[plan.optimizer.kind]
    reals = plan.optimizer.reals
    running = []
    if plan.optimizer.integers[1]:
        running = [beta * product for beta, product in zip(reals, numbers[-1][0][0])]
    if plan.prepares():
        gradients = prepared(plan, parameters, gradients)
    new_parameters = []
    new_numbers = []
    for parameter, own, gradient in zip(parameters, numbers, gradients):
        new_parameter, own = optimize(parameter, own, gradient, learning_rate, *reals, *running)
        if plan.weight_decay:
            new_parameter = decayed(parameter, learning_rate * plan.weight_decay, new_parameter)
        new_parameters.append(new_parameter)
        new_numbers.append(own)
    return new_parameters, new_numbers + [[[running]]] if running else new_numbers


def all_finite(matrices: "List[Matrix]") -> bool:
    """Whether no number is infinite or not a number."""
    for matrix in matrices:
        for row in matrix:
            for value in row:
                if not -LIMIT < value < LIMIT:
                    return False
    return True


def first_non_finite(matrix: "Matrix") -> "Optional[Tuple[int, int]]":
    """Row and column of the first number that is infinite or not a number; None if all are finite."""
    for i, row in enumerate(matrix):
        for j, value in enumerate(row):
            if not -LIMIT < value < LIMIT:
                return i, j
    return None
