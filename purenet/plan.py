"""The plan: what both engines read instead of a description.

A plan is names and whole numbers: which steps a sample goes through, which parameters they hold, what
the loss reads, what the optimizer keeps.  A sample is always one flat row of doubles; shapes live here.
"""
from .reference.initialisers import DRAWS_BIAS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, List, Optional, Sequence, Tuple

    from .layers import Dense
    from .optimizers import SGD

NUMBERS = "binary64"  # what every number of the plan is; the only kind so far

ACTIVATIONS = {  # by name: the numbers it takes, with their usual values
    "linear": (),
    "sigmoid": (),
    "tanh": (),
    "relu": (),
    "leaky_relu": (1 / 100,),
    "softplus": (),
    "softmax": (),
}  # type: dict[str, Tuple[float, ...]]

LOSSES = {  # by name: (reduction over the batch, the numbers it takes, the output activation it belongs to)
    "squared_error": ("sum", (), None),
    "half_squared_error": ("sum", (), None),
    "mean_squared_error": ("cell_mean", (), None),
    "mean_absolute_error": ("cell_mean", (), None),
    "huber": ("cell_mean", (1.0,), None),
    "binary_cross_entropy": ("mean", (), "sigmoid"),
    "categorical_cross_entropy": ("mean", (), "softmax"),
}  # type: dict[str, Tuple[str, Tuple[float, ...], Optional[str]]]

REDUCTIONS = ("sum", "mean", "cell_mean")


class Step:
    """One kind of work: so many numbers in, so many out, and the whole and real numbers it needs.

    dense: integers are the numbers of its parameters.  Activations: reals are their parameters.
    The loss: integers are the value it reads and the divisor of its mean (0: a sum).
    """

    __slots__ = ("kind", "inputs", "outputs", "integers", "reals")

    def __init__(
        self, kind: str, inputs: int, outputs: int, integers: "Sequence[int]" = (), reals: "Sequence[float]" = ()
    ) -> None:
        self.kind = kind
        self.inputs = inputs
        self.outputs = outputs
        self.integers = tuple(integers)
        self.reals = tuple(reals)

    def __repr__(self) -> str:
        return f"Step({self.kind!r}, {self.inputs}, {self.outputs}, {self.integers}, {self.reals})"


class Parameter:
    """A trained array: its name, its shape, where it begins in the flat order, and how it begins in value."""

    __slots__ = ("name", "shape", "offset", "size", "fan_in", "fan_out", "init")

    def __init__(
        self, name: str, shape: "Tuple[int, ...]", offset: int, fan_in: int, fan_out: int, init: "Any"
    ) -> None:
        self.name = name
        self.shape = shape
        self.offset = offset
        self.size = shape[0] if len(shape) == 1 else shape[0] * shape[1]
        self.fan_in = fan_in
        self.fan_out = fan_out
        self.init = init

    def __repr__(self) -> str:
        return f"Parameter({self.name!r}, {self.shape}, offset={self.offset})"


class Plan:
    """The steps, the loss, the optimizer, and the parameters in their order."""

    def __init__(
        self, inputs: int, steps: "List[Step]", loss: Step, optimizer: Step, parameters: "List[Parameter]"
    ) -> None:
        self.numbers = NUMBERS
        self.inputs = inputs
        self.outputs = steps[-1].outputs
        self.steps = steps
        self.loss = loss
        self.optimizer = optimizer  # integers: how many numbers it keeps for each number of a parameter
        self.parameters = parameters
        self.size = parameters[-1].offset + parameters[-1].size

    def __repr__(self) -> str:
        kinds = " ".join(step.kind for step in self.steps)
        return f"<Plan: {self.inputs} -> {self.outputs}, {kinds}, {self.loss.kind}, {self.size} parameters>"


def make_plan(
    inputs: int, layers: "Sequence[Dense]", loss: "Tuple[str, Tuple[float, ...]]", reduction: "Optional[str]",
    optimizer: "SGD", init: "Any",
) -> Plan:
    """The plan of checked descriptions; the loss is its name and the numbers it takes."""
    steps: "List[Step]" = []
    parameters: "List[Parameter]" = []
    width = inputs
    offset = 0
    for number, layer in enumerate(layers):
        first = len(parameters)
        for name, shape, biased in layer.parameters(width):
            # a bias is drawn by the initialisers of the articles and is zero otherwise
            start = layer.init if layer.init is not None else init
            if biased and start not in DRAWS_BIAS:
                start = "zeros"
            parameter = Parameter(f"{number}.{name}", shape, offset, width, layer.units, start)
            parameters.append(parameter)
            offset += parameter.size
        steps.append(Step("dense", width, layer.units, range(first, len(parameters))))
        width = layer.units
        if layer.activation != "linear":
            steps.append(Step(layer.activation, width, width, (), layer.slopes))
    name, reals = loss
    usual, _, logits_of = LOSSES[name]
    reads = len(steps) - (1 if logits_of else 0)
    divisor = {"sum": 0, "mean": 1, "cell_mean": width}[reduction or usual]
    return Plan(
        inputs, steps, Step(name, width, 1, (reads, divisor), reals),
        Step(optimizer.kind, 0, 0, (optimizer.numbers,), optimizer.reals), parameters,
    )
