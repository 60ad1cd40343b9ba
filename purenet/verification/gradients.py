"""Check a network's gradients against differences of its loss."""
from .._core.checks import check_int
from .._core.ieee754 import check_arithmetic
from .._model.inputs import check_training_data, convert_data
from .._model.results import add_penalties, check_finite, check_gradient_values, penalty_loss
from ..backends import make_engine

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ..network import Network

STEPS = (8, 11, 14, 18)  # step sizes are 2**-k; large ones suffer from curvature, small ones from rounding


class GradientCheck:
    """``errors``: a list of (name, worst relative error) of the parameters. ``worst``: the largest of them."""

    def __init__(self, errors: "list[tuple[str, float]]") -> None:
        self.errors = errors
        self.worst = max(error for _, error in errors)

    def __repr__(self) -> str:
        lines = [f"gradient check: worst relative error {self.worst:.1e}"]
        for name, error in self.errors:
            lines.append(f"  {name:12} {error:.1e}")
        return "\n".join(lines)


def check_gradients(
    net: "Network", x: "Any", y: "Any", *, sample_weight: "Any" = None, numbers: int = 50
) -> GradientCheck:
    """Compare ``net.gradients(x, y)`` with central differences of the same loss, with the layers' penalties added.

    x and y are as in ``fit``; a few rows are enough. ``numbers``: how many numbers of each parameter to check, 50 by
    default, evenly spread. Each is moved by several small steps h, and the best of the differences
    (4 D(h/2) - D(h)) / 3 with D(h) = (loss(w + h) - loss(w - h)) / 2h (Richardson) counts. The error is relative to
    the larger of the two gradients, but at least to a thousandth of the parameter's largest gradient. Gradients up to
    2**-40 of the loss count as zero, because rounding alone gives such gradients to a bias before a BatchNorm. A
    correct gradient has an error of 1e-6 or less, unless an input of a relu is close to 0. The network does not change.

    Raises ValueError if there are no parameters, or if a gradient is zero everywhere: the check would prove nothing.
    """
    numbers = check_int("numbers", numbers, 1)
    if not net.plan.parameters:
        raise ValueError("this network has no parameters, so there is nothing to check")
    check_arithmetic()
    probe = make_engine(net.backend, net.plan, net.threads)
    data = check_training_data(x, y, sample_weight, net.plan, in_place=probe.rows_in_place)
    rows, targets, weights = convert_data(data, net.plan, probe)
    state = net.engine.state()
    probe.set_state(state)
    loss, analytic = probe.gradients(rows, targets, weights)
    loss += penalty_loss(net.plan, state.parameters, weights)
    analytic = add_penalties(net.plan, state.parameters, analytic, weights)
    check_finite([loss], lambda k: "the loss")
    check_gradient_values(net.plan.parameters, analytic)
    rounding = abs(loss) / (1 << 40)

    def loss_at(p: int, k: int, value: float) -> float:
        state.parameters[p][k] = value
        probe.set_state(state)
        moved: float = probe.gradients(rows, targets, weights)[0]
        return moved + penalty_loss(net.plan, state.parameters, weights)

    errors = []
    for p, parameter in enumerate(net.plan.parameters):
        largest = max(abs(g) for g in analytic[p])
        if largest == 0.0:
            raise ValueError(
                f"the gradient of {parameter.name} is zero everywhere, so there is nothing to check; "
                "take other rows or other parameters"
            )
        worst = 0.0
        for k in range(0, parameter.size, -(-parameter.size // numbers)):
            value = state.parameters[p][k]
            g = analytic[p][k]
            best = 1.0
            for step in STEPS:
                h = 1.0 / (1 << step)
                wide = (loss_at(p, k, value + h) - loss_at(p, k, value - h)) / (2.0 * h)
                near = (loss_at(p, k, value + h * 0.5) - loss_at(p, k, value - h * 0.5)) / h
                numeric = (4.0 * near - wide) / 3.0
                scale = max(abs(g), abs(numeric), largest / 1000.0)
                best = min(best, abs(g - numeric) / scale if scale > rounding else 0.0)
            loss_at(p, k, value)
            worst = max(worst, best)
        errors.append((parameter.name, worst))
    return GradientCheck(errors)
