"""The forward pass, the backward pass and the update of one batch, for any plan.

Besides ``engine``, this is the only module of the reference that reads plan records. One loop over the
steps looks up the functions of each step's kind and calls them. Nothing is changed in place: all results
are new lists, and the caller decides whether they replace the old ones.
"""
from .activations import ACTIVATIONS, USES_OUTPUT
from .dense import dense_backward, dense_forward
from .losses import LOSSES
from .optimizers import OPTIMIZERS, clipped, decayed, norm_factor, penalized, penalty_term, scaled, squares

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .._core.plan import Plan, Step
    from .matrix import Matrix, Row

STEP_FUNCTIONS: "dict[str, tuple[Any, Any]]" = {"dense": (dense_forward, dense_backward)}  # by kind of step
STEP_FUNCTIONS.update(ACTIVATIONS)
PREDICT: "dict[str, Any]" = {}  # the forward functions of kinds that predict differently
STATISTICS: "dict[str, Any]" = {}  # the functions that renew the statistics of a kind
KEYS: "dict[str, Any]" = {}  # the functions that make the random key of a kind
LAZY_KINDS = ("conv2d", "max_pool", "average_pool", "dropout", "batch_norm")  # load_step_kind adds them
LIMIT = float("inf")


def load_step_kind(kind: str) -> None:
    """Import the functions of a kind of step when it is first needed, to save memory on boards.

    STEP_FUNCTIONS changes last, because another thread can look for the kind there.
    """
    if kind == "conv2d":
        from .convolution import conv2d_backward, conv2d_forward

        STEP_FUNCTIONS[kind] = conv2d_forward, conv2d_backward
    elif kind == "max_pool":
        from .pooling import max_pool_backward, max_pool_forward

        STEP_FUNCTIONS[kind] = max_pool_forward, max_pool_backward
    elif kind == "average_pool":
        from .pooling import average_pool_backward, average_pool_forward

        STEP_FUNCTIONS[kind] = average_pool_forward, average_pool_backward
    elif kind == "dropout":
        from .dropout import dropout_backward, dropout_forward, dropout_key, dropout_predict

        PREDICT[kind], KEYS[kind] = dropout_predict, dropout_key
        STEP_FUNCTIONS[kind] = dropout_forward, dropout_backward
    else:
        from .normalisation import batch_norm_backward, batch_norm_forward, batch_norm_predict, batch_norm_statistics

        PREDICT[kind], STATISTICS[kind] = batch_norm_predict, batch_norm_statistics
        STEP_FUNCTIONS[kind] = batch_norm_forward, batch_norm_backward


def forward(
    plan: "Plan", parameters: "list[Matrix]", inputs: "Matrix", steps: "int | None" = None
) -> "list[Matrix]":
    """Return the values of all steps: values[0] is the inputs, values[s + 1] the outputs of step s.

    ``parameters``: the plan's parameters, then its statistics. ``steps``: in training, the number of training steps
    done so far; None for a prediction.
    """
    values = [inputs]
    for step in plan.steps:
        kind = step.kind
        if kind not in STEP_FUNCTIONS:
            load_step_kind(kind)
        compute: Any = PREDICT[kind] if steps is None and kind in PREDICT else STEP_FUNCTIONS[kind][0]
        values.append(compute(values[-1], *arguments(plan, step, parameters, steps)))
    return values


def arguments(plan: "Plan", step: "Step", parameters: "list[Matrix]", steps: "int | None") -> "list[Any]":
    """Return what a step's function takes after inputs and gradients: window or key, parameters, settings.

    In a prediction the step's statistics follow its parameters.
    """
    found: "list[Any]" = [step.window] if step.window else []
    if steps is not None and step.kind in KEYS:
        found.append(KEYS[step.kind](plan.seed, step.layer, steps))
    indices = step.parameter_ids + step.statistic_ids if steps is None else step.parameter_ids
    return found + [parameters[p] for p in indices] + list(step.settings)


def backward(
    plan: "Plan", parameters: "list[Matrix]", values: "list[Matrix]", d_value: "Matrix", steps: int,
    d_values: "list[Matrix] | None" = None,
) -> "list[Matrix]":
    """Return the gradient of every parameter, in plan order, from the gradient at the value that the loss reads.

    ``d_values``: a list that receives the gradient at the inputs of each step, from the last step back.
    """
    gradients: "list[Matrix]" = [[]] * len(plan.parameters)
    for s in range(plan.loss_input - 1, -1, -1):
        step = plan.steps[s]
        kind = step.kind
        differentiate: Any = STEP_FUNCTIONS[kind][1]
        value = values[s + 1] if kind in USES_OUTPUT else values[s]
        if step.parameter_ids:
            d_value, *d_parameters = differentiate(value, d_value, s == 0, *arguments(plan, step, parameters, steps))
            for p, gradient in zip(step.parameter_ids, d_parameters):
                gradients[p] = gradient
        else:
            d_value = differentiate(value, d_value, *arguments(plan, step, parameters, steps))
        if d_values is not None:
            d_values.append(d_value)
    return gradients


def updated_statistics(plan: "Plan", parameters: "list[Matrix]", values: "list[Matrix]") -> "list[Matrix]":
    """Compute the new statistics from the old ones and the inputs of their steps."""
    statistics: "list[Matrix]" = []
    for s, step in enumerate(plan.steps):
        if step.statistic_ids:
            renew: Any = STATISTICS[step.kind]
            statistics += renew(values[s], *[parameters[p] for p in step.statistic_ids], *step.settings)
    return statistics


def sample_losses(plan: "Plan", values: "list[Matrix]", targets: "Matrix") -> "Row":
    """Return loss[i] of every sample, before weights and means."""
    function: Any = LOSSES[plan.loss.kind][0]
    losses: "Row" = function(values[plan.loss_input], targets, *plan.loss.settings)
    return losses


def sample_factors(plan: "Plan", weights: "Row") -> "Row":
    """Return the factor of each sample's gradient: its weight, divided if the loss is a mean.

    A mean divides by the running total of the batch's weights, times the outputs if it is over
    cells. If all weights of a batch are 0, its factors are 0.
    """
    if not plan.mean_divisor:
        return weights
    total = 0.0
    for weight in weights:
        total += weight
    if total == 0.0:
        return weights
    total = total * plan.mean_divisor
    return [weight / total for weight in weights]


def batch_gradients(
    plan: "Plan", parameters: "list[Matrix]", inputs: "Matrix", targets: "Matrix", weights: "Row", steps: int = 0
) -> "tuple[Row, list[Matrix], list[Matrix]]":
    """Return the losses of the samples, the gradient of every parameter, and the new statistics."""
    values = forward(plan, parameters, inputs, steps)
    losses = sample_losses(plan, values, targets)
    differentiate: Any = LOSSES[plan.loss.kind][1]
    d_value = differentiate(values[-1], targets, sample_factors(plan, weights), *plan.loss.settings)
    gradients = backward(plan, parameters, values, d_value, steps)
    return losses, gradients, updated_statistics(plan, parameters, values)


def penalty_factor(plan: "Plan", batch_weight: float) -> float:
    """Return the factor of the penalties: 1; of means 1 / batch_weight, or 0 if all weights of the batch are 0."""
    return 1.0 if not plan.penalty_mean else 0.0 if batch_weight == 0.0 else 1.0 / batch_weight


def penalty_sum(plan: "Plan", parameters: "list[Matrix]") -> float:
    """Return the sum of the penalties, before means: one running total over all weights."""
    total = 0.0
    for array, parameter in zip(plan.parameters, parameters):
        if array.l1 != 0.0 or array.l2 != 0.0:
            total = penalty_term(parameter, array.l1, array.l2, total)
    return total


def transform_gradients(
    plan: "Plan", parameters: "list[Matrix]", gradients: "list[Matrix]", batch_weight: float
) -> "list[Matrix]":
    """Return the gradients for the optimizer: with penalties added, then clipped."""
    found: "list[Matrix]" = []
    share = penalty_factor(plan, batch_weight)
    total = 0.0
    for array, parameter, gradient in zip(plan.parameters, parameters, gradients):
        if array.l1 != 0.0 or array.l2 != 0.0:
            gradient = penalized(parameter, gradient, array.l1 * share, array.l2 * share)
        if plan.clip_value != 0.0:
            gradient = clipped(gradient, plan.clip_value)
        if plan.clip_norm != 0.0:
            total = squares(gradient, total)
        found.append(gradient)
    if plan.clip_norm == 0.0:
        return found
    factor = norm_factor(total, plan.clip_norm)
    return [scaled(gradient, factor) for gradient in found]


def updated(
    plan: "Plan", parameters: "list[Matrix]", numbers: "list[list[Matrix]]", gradients: "list[Matrix]",
    batch_weight: float, learning_rate: float,
) -> "tuple[list[Matrix], list[list[Matrix]]]":
    """Return the new parameters and optimizer numbers.

    If the optimizer has running products, they are the last of its numbers.
    """
    optimize: Any = OPTIMIZERS[plan.optimizer.kind]
    settings = plan.optimizer.settings
    running = []
    if plan.running_products:
        running = [beta * product for beta, product in zip(settings, numbers[-1][0][0])]
    if plan.transforms_gradients():
        gradients = transform_gradients(plan, parameters, gradients, batch_weight)
    new_parameters = []
    new_numbers = []
    for parameter, old, gradient in zip(parameters, numbers, gradients):
        new_parameter, new = optimize(parameter, old, gradient, learning_rate, *settings, *running)
        if plan.weight_decay != 0.0:
            new_parameter = decayed(parameter, learning_rate * plan.weight_decay, new_parameter)
        new_parameters.append(new_parameter)
        new_numbers.append(new)
    return new_parameters, new_numbers + [[[running]]] if running else new_numbers


def all_finite(matrices: "list[Matrix]") -> bool:
    """Return whether every number is finite."""
    for matrix in matrices:
        for row in matrix:
            for value in row:
                if not -LIMIT < value < LIMIT:
                    return False
    return True


def first_non_finite(matrix: "Matrix") -> "tuple[int, int] | None":
    """Return row and column of the first number that is infinite or NaN; None if all are finite."""
    for i, row in enumerate(matrix):
        for j, value in enumerate(row):
            if not -LIMIT < value < LIMIT:
                return i, j
    return None
