"""Trace one sample through a network and back: every number with its formula, for ``net.trace(x, y)``.

The reference's functions compute the numbers of the next training step from the network's state. Both backends have
the same bits.
"""
from .._core.arrays import flatten, nest
from ..reference.losses import LOSSES
from ..reference.optimizers import penalized
from ..reference.training import STEP_FUNCTIONS, backward, forward, penalty_factor, sample_factors, sample_losses

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .._core.plan import Plan
    from .._core.state import State


class TraceStep:
    """One step of the plan, forward and backward.

    ``name``, such as "0.dense". ``formula`` and ``outputs`` of the forward pass. ``back``: the formula of the backward
    pass. ``d_outputs``: the gradient of the loss with respect to the outputs, None if nothing flows back.
    ``parameters``: (name, values, gradient) of each parameter, as nested lists.
    """

    def __init__(self, name: str, kind: str, outputs: "list[float]", d_outputs: "Any", parameters: "Any") -> None:
        self.name = name
        self.kind = kind
        self.formula = formula_of(STEP_FUNCTIONS[kind][0])
        self.back = formula_of(STEP_FUNCTIONS[kind][1], whole=True)
        if "bias" not in [name.split(".")[-1] for name, _, _ in parameters]:
            for term in ("bias[j] + ", "bias[f] + ", "bias + "):
                self.formula, self.back = self.formula.replace(term, ""), self.back.replace(term, "")
        self.outputs = outputs
        self.d_outputs = d_outputs
        self.parameters: "list[tuple[str, Any, Any]]" = parameters

    def __repr__(self) -> str:
        lines = [f"{self.name}: {self.formula}", f"  outputs    {_numbers(self.outputs)}"]
        if self.d_outputs is not None:
            lines.append(f"  d_outputs  {_numbers(self.d_outputs)}")
            lines.append(f"  back: {self.back}")
        for name, values, gradient in self.parameters:
            lines.append(f"  {name}  {_numbers(values)}")
            lines.append(f"  d_{name}  {_numbers(gradient)}")
        return "\n".join(lines)


class Trace:
    """The trace of one sample: ``inputs``, ``targets``, ``steps`` (a list of ``TraceStep``), ``loss``, ``formula``."""

    def __init__(
        self, inputs: "list[float]", targets: "list[float]", steps: "list[TraceStep]", loss: float, formula: str
    ) -> None:
        self.inputs = inputs
        self.targets = targets
        self.steps = steps
        self.loss = loss
        self.formula = formula

    def gradients(self) -> "list[tuple[str, Any]]":
        """Return (name, nested lists) of every parameter's gradient, as ``net.gradients`` does."""
        return [(name, gradient) for step in self.steps for name, _, gradient in step.parameters]

    def __repr__(self) -> str:
        lines = ["a step of training with one sample", f"inputs  {_numbers(self.inputs)}"]
        lines += [repr(step) for step in self.steps]
        return "\n".join(lines + [f"loss: {self.formula}", f"  targets  {_numbers(self.targets)}",
                                  f"  loss     {self.loss!r}"])


def trace(plan: "Plan", state: "State", rows: "Any", targets: "Any") -> Trace:
    """Return the trace of one sample. ``rows`` and ``targets`` have one row each, in an engine's form."""
    if len(rows) != 1:
        raise ValueError(f"x: expected one sample to trace, written [[...]], got {len(rows)}")
    inputs, wanted = _lists(rows, plan.inputs), _lists(targets, plan.outputs)
    arrays = plan.parameters + plan.statistics
    parameters = [nest(list(values), (array.size, array.shape[-1]))
                  for array, values in zip(arrays, state.parameters + state.statistics)]
    values = forward(plan, parameters, inputs, state.position[2])
    losses = sample_losses(plan, values, wanted)
    differentiate: "Any" = LOSSES[plan.loss.kind][1]
    d_values: "list[Any]" = [
        differentiate(values[-1], wanted, sample_factors(plan, [1.0]), *plan.loss.settings)]
    gradients = backward(plan, parameters, values, d_values[0], state.position[2], d_values)
    share = penalty_factor(plan, 1.0)
    for p, array in enumerate(plan.parameters):
        if array.l1 or array.l2:
            gradients[p] = penalized(parameters[p], gradients[p], array.l1 * share, array.l2 * share)
    steps = []
    for s, step in enumerate(plan.steps):
        own = [(array.name, nest(flatten(parameters[p]), array.shape), nest(flatten(gradients[p]), array.shape))
               for p, array in [(p, arrays[p]) for p in step.parameter_ids]]
        d_outputs = d_values[plan.loss_input - 1 - s][0] if s < plan.loss_input else None
        steps.append(TraceStep(f"{step.layer}.{step.kind}", step.kind, values[s + 1][0], d_outputs, own))
    return Trace(inputs[0], wanted[0], steps, losses[0], formula_of(LOSSES[plan.loss.kind][0]))


def formula_of(function: "Any", whole: bool = False) -> str:
    """Return the first paragraph of a function's docstring, or all of it; "" if docstrings are stripped."""
    text = getattr(function, "__doc__", None) or ""
    return " ".join((text if whole else text.split("\n\n")[0]).split())


def _lists(rows: "Any", width: int) -> "list[list[float]]":
    """Return an engine's rows as lists."""
    if isinstance(rows, list):
        return [list(row) if isinstance(row, (list, tuple)) else [row] for row in rows]
    count = len(rows)
    doubles = [rows.doubles[k] for k in range(count * width)]
    return nest(doubles, (count, width))  # type: ignore[no-any-return]


def _numbers(values: "Any") -> str:
    """Format numbers with six digits, lists in brackets and cut after eight items."""
    if isinstance(values, list):
        shown = [_numbers(value) for value in values[:8]]
        return "[" + ", ".join(shown + (["..."] if len(values) > 8 else [])) + "]"
    return f"{values:.6g}"
