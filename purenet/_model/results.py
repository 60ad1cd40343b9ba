"""Add penalties to gradients, and refuse results that are infinite or not a number, with an error that helps."""
from .._core.arrays import format_index, index_of
from .._core.messages import NonFiniteError
from ..reference.optimizers import penalized
from ..reference.training import penalty_factor, penalty_sum

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .._core.plan import Parameter, Plan
    from .._core.state import Run

FEW = 64  # numbers that are checked here faster than by an engine


def check_outputs(rows: "Any") -> None:
    """Raise NonFiniteError if an output is not finite. ``rows``: lists of numbers."""
    for i, outputs in enumerate(rows):
        check_finite(outputs, lambda j, i=i: f"output {j} of x[{i}]")


def check_filled_outputs(view: "Any", columns: int, engine: "Any") -> None:
    """Raise NonFiniteError if an output is not finite. ``view``: doubles, row by row, that an engine has written."""
    if len(view) > FEW and engine.takes_buffers:
        from .._core.buffers import DoubleRows

        if engine.first_non_finite(engine.convert_rows(DoubleRows(view, columns), columns)) is None:
            return
    else:
        for value in view:
            if value - value:  # 0 for every finite number
                break
        else:
            return
    check_finite(view, lambda k: "output {1} of x[{0}]".format(*divmod(k, columns)))


def check_gradient_values(parameters: "list[Parameter]", gradients: "Any") -> None:
    """Raise NonFiniteError if a gradient, given flat, is not finite."""
    for parameter, values in zip(parameters, gradients):
        check_finite(values, lambda k, p=parameter: f"the gradient of {parameter_place(p, k)}")


def check_finite(values: "Any", name_of: "Any") -> None:
    """Raise NonFiniteError for the first number that is not finite. ``name_of(k)`` returns the name of number k."""
    k = 0
    for value in values:
        if value - value:
            raise NonFiniteError(
                f"{name_of(k)} is {value}: numbers on the way to it are beyond what a double holds (1.8e308). Scale "
                "the inputs and targets, or begin again with a smaller learning rate if the parameters have become "
                "large")
        k += 1


def add_penalties(plan: "Plan", parameters: "Any", gradients: "Any", weights: "Any") -> "list[Any]":
    """Return the gradients, flat arrays, with the penalties' part of each, as a training step adds it.

    ``weights``: of the batch's rows, in an engine's form.
    """
    found = []
    share = penalty_factor(plan, _total(weights))
    for parameter, values, gradient in zip(plan.parameters, parameters, gradients):
        if parameter.l1 or parameter.l2:
            gradient = penalized([values], [gradient], parameter.l1 * share, parameter.l2 * share)[0]
        found.append(gradient)
    return found


def penalty_loss(plan: "Plan", parameters: "Any", weights: "Any") -> float:
    """Return the penalties of all weights, which the reported loss does not include. Arguments as above."""
    return penalty_factor(plan, _total(weights)) * penalty_sum(plan, [[values] for values in parameters])


def _total(weights: "Any") -> float:
    total = 0.0
    for weight in weights if isinstance(weights, list) else weights.doubles[0:len(weights)]:
        total += weight
    return total


def parameter_place(parameter: "Parameter", k: int) -> str:
    """Return the name of a number of a parameter: 0.weights[2][0]."""
    return parameter.name + format_index(index_of(k, parameter.shape))


def training_error(plan: "Plan", run: "Run", rate: float) -> NonFiniteError:
    """Return the error for a batch with a number that is not finite: where it is, and what can help."""
    what, p, k = run.non_finite or ("", 0, 0)
    epoch, batch = len(run.losses), run.rows // run.batch_size
    arrays = plan.parameters + plan.statistics
    place = "the loss" if what == "loss" else f"the {what} of {parameter_place(arrays[p], k)}"
    cures = [f"a smaller learning rate (now {rate})", "scaled inputs"]
    if not plan.mean_divisor:
        cures.append("a loss that takes the mean")
    clipped = ""
    if plan.clip_norm and what in ("new value", "optimizer number") and p == k == 0:  # all gradients times a nan
        clipped = " clip_norm adds up squares of the gradients, which overflow beyond 1e154; clip_value does not."
    last = f"{',' if len(cures) > 2 else ''} or {cures[-1]}"
    return NonFiniteError(
        f"{place} is not finite in epoch {epoch + 1}, batch {batch + 1}; the network keeps the state before that batch."
        f"{clipped} Begin again with a new Network and {', '.join(cures[:-1])}{last}"
    )
