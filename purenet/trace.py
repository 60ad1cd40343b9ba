"""net.trace(x, y): every number of one sample's way forward and back, with the formula that it comes from.

The numbers are those of the next step of training, by the reference's own functions from the network's state: both
backends have these bits.
"""
from .reference.losses import LOSSES
from .reference.training import STEP_FUNCTIONS, backward, forward, sample_factors, sample_losses
from .shapes import nested

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, List, Tuple

    from .plan import Plan
    from .state import State


class TraceStep:
    """One step: ``name`` ("0.dense"), ``formula`` and ``outputs`` of the way forward; ``back``, the formula of the way
    back, ``d_outputs``, the gradient of the loss by its outputs (None where nothing flows back), and ``parameters``:
    (name, values, gradient) of each of its own, nested lists.
    """

    def __init__(self, name: str, kind: str, outputs: "List[float]", d_outputs: "Any", parameters: "Any") -> None:
        self.name = name
        self.kind = kind
        self.formula = formula_of(STEP_FUNCTIONS[kind][0])
        self.back = formula_of(STEP_FUNCTIONS[kind][1], whole=True)
        if "bias" not in [name.split(".")[-1] for name, _, _ in parameters]:
            for term in ("bias[j] + ", "bias[f] + ", "bias + "):
                self.formula, self.back = self.formula.replace(term, ""), self.back.replace(term, "")
        self.outputs = outputs
        self.d_outputs = d_outputs
        self.parameters: "List[Tuple[str, Any, Any]]" = parameters

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
    """``inputs``, ``targets``, ``steps`` (a list of ``TraceStep``), ``loss`` of the sample and ``d_loss``: the gradient
    of the loss at ``reads``, the step whose outputs the loss reads.
    """

    def __init__(
        self, inputs: "List[float]", targets: "List[float]", steps: "List[TraceStep]", loss: float, formula: str
    ) -> None:
        self.inputs = inputs
        self.targets = targets
        self.steps = steps
        self.loss = loss
        self.formula = formula

    def gradients(self) -> "List[Tuple[str, Any]]":
        """(name, nested lists) of the gradient of every parameter, as ``net.gradients`` gives them."""
        return [(name, gradient) for step in self.steps for name, _, gradient in step.parameters]

    def __repr__(self) -> str:
        lines = ["a step of training with one sample", f"inputs  {_numbers(self.inputs)}"]
        lines += [repr(step) for step in self.steps]
        return "\n".join(lines + [f"loss: {self.formula}", f"  targets  {_numbers(self.targets)}",
                                  f"  loss     {self.loss!r}"])


def trace(plan: "Plan", state: "State", rows: "Any", targets: "Any") -> Trace:
    """Return the way of one sample through a network and back; rows and targets, one of each, in an engine's form."""
    if len(rows) != 1:
        raise ValueError(f"x: expected one sample to trace, written [[...]], got {len(rows)}")
    inputs, wanted = _lists(rows, plan.inputs), _lists(targets, plan.outputs)
    arrays = plan.parameters + plan.statistics
    parameters = [nested(list(values), (array.size, array.shape[-1]))
                  for array, values in zip(arrays, state.parameters + state.statistics)]
    values = forward(plan, parameters, inputs, state.position[2])
    losses = sample_losses(plan.loss, values, wanted)
    differentiate: "Any" = LOSSES[plan.loss.kind][1]
    d_values: "List[Any]" = [
        differentiate(values[-1], wanted, sample_factors(plan.loss, [1.0]), *plan.loss.reals)]
    gradients = backward(plan, parameters, values, d_values[0], state.position[2], d_values)
    reads = plan.loss.integers[0]
    steps = []
    for s, step in enumerate(plan.steps):
        own = [(plan.parameters[p].name, nested([v for row in parameters[p] for v in row], plan.parameters[p].shape),
                nested([v for row in gradients[p] for v in row], plan.parameters[p].shape)) for p in step.integers]
        d_outputs = d_values[reads - 1 - s][0] if s < reads else None
        steps.append(TraceStep(f"{step.layer}.{step.kind}", step.kind, values[s + 1][0], d_outputs, own))
    return Trace(inputs[0], wanted[0], steps, losses[0], formula_of(LOSSES[plan.loss.kind][0]))


def formula_of(function: "Any", whole: bool = False) -> str:
    """What a function's docstring states in its first paragraph, or in whole; "" where docstrings are left out."""
    text = getattr(function, "__doc__", None) or ""
    return " ".join((text if whole else text.split("\n\n")[0]).split())


def _lists(rows: "Any", width: int) -> "List[List[float]]":
    """Rows of an engine's form as lists."""
    if isinstance(rows, list):
        return [list(row) if isinstance(row, (list, tuple)) else [row] for row in rows]
    count = len(rows)
    doubles = [rows.doubles[k] for k in range(count * width)]
    return [doubles[k:k + width] for k in range(0, len(doubles), width)]


def _numbers(values: "Any") -> str:
    """Numbers in few characters; nested ones in brackets; what is too long is cut."""
    if isinstance(values, list):
        shown = [_numbers(value) for value in values[:8]]
        return "[" + ", ".join(shown + (["..."] if len(values) > 8 else [])) + "]"
    return f"{values:.6g}"
