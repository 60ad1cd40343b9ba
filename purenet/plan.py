"""The plan: what both engines read instead of a description.

A plan is names and whole numbers: which steps a sample goes through, which parameters they hold, what
the loss reads, what the optimizer keeps.  A sample is always one flat row of doubles; shapes live here.
"""
from .reference.initialisers import DRAWS_BIAS
from .shapes import product

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, List, Optional, Sequence, Tuple

    from .image_layers import Window
    from .layers import Layer, Parts
    from .optimizers import Optimizer

NUMBERS = "binary64"  # what every number of the plan is; the only kind so far

ACTIVATIONS = {  # by name: the numbers it takes, with their usual values
    "linear": (),
    "sigmoid": (),
    "tanh": (),
    "relu": (),
    "leaky_relu": (1 / 100,),
    "softplus": (),
    "softmax": (),
    "elu": (1.0,),
    "silu": (),
    "gelu": (),
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

    ``integers`` are the numbers of its own parameters; of the loss: the value that it reads and the divisor of its
    mean (0: a sum); of the optimizer: how many numbers it keeps for each number of a parameter, and how many running
    products, which its first reals are multiplied into.
    """

    __slots__ = ("kind", "inputs", "outputs", "integers", "reals", "window", "layer", "kept")

    def __init__(
        self, kind: str, inputs: int, outputs: int, integers: "Sequence[int]" = (), reals: "Sequence[float]" = (),
        window: "Optional[Window]" = None, layer: int = 0, kept: "Sequence[int]" = (),
    ) -> None:
        self.kind = kind
        self.inputs = inputs
        self.outputs = outputs
        self.integers = tuple(integers)
        self.reals = tuple(reals)
        self.window = window
        self.layer = layer  # the number of the layer that it belongs to
        self.kept = tuple(kept)  # the numbers of its statistics, which stand behind all the parameters

    def work(self) -> int:
        """How many multiply-adds a row takes, forwards; where nothing is multiplied, how many numbers it looks at."""
        window = self.window
        if window:
            seen = window.out_height * window.out_width * window.rows * window.columns * window.channels
            return seen * window.filters if self.kind == "conv2d" else seen
        return self.inputs * self.outputs if self.kind == "dense" else self.outputs

    def __repr__(self) -> str:
        return f"Step({self.kind!r}, {self.inputs}, {self.outputs}, {self.integers}, {self.reals})"


class Parameter:
    """A trained array, or a statistic, which is kept and not trained.

    Its name, its shape, where it begins in the flat order, how it begins in value, and what penalties it has.
    """

    __slots__ = ("name", "shape", "offset", "size", "fan_in", "fan_out", "init", "l1", "l2")

    def __init__(
        self, name: str, shape: "Tuple[int, ...]", offset: int, fan_in: int, fan_out: int, init: "Any",
        l1: float = 0.0, l2: float = 0.0,
    ) -> None:
        self.name = name
        self.shape = shape
        self.offset = offset
        self.size = product(shape)
        self.fan_in = fan_in
        self.fan_out = fan_out
        self.init = init
        self.l1 = l1
        self.l2 = l2

    def __repr__(self) -> str:
        return f"Parameter({self.name!r}, {self.shape}, offset={self.offset})"


class Plan:
    """The steps, the loss, the optimizer, the parameters in their order, the statistics behind them, and the seed."""

    def __init__(
        self, shape: "Tuple[int, ...]", steps: "List[Step]", loss: Step, optimizer: Step,
        parameters: "List[Parameter]", statistics: "List[Parameter]", seed: int, shapes: "List[Tuple[int, ...]]",
        regularisation: "Tuple[float, float, float]" = (0.0, 0.0, 0.0),
    ) -> None:
        self.numbers = NUMBERS
        self.shape = shape  # of a sample: how many numbers, or rows, columns and channels
        self.inputs = product(shape)
        self.outputs = steps[-1].outputs
        self.steps = steps
        self.loss = loss
        self.optimizer = optimizer
        self.weight_decay, self.clip_norm, self.clip_value = regularisation  # 0.0: there is none
        self.parameters = parameters
        self.statistics = statistics
        self.seed = seed
        self.shapes = shapes  # of a sample after each layer
        self.size = parameters[-1].offset + parameters[-1].size if parameters else 0
        self.held = statistics[-1].offset + statistics[-1].size if statistics else self.size
        self.work = 0  # of a row, in multiply-adds
        for step in steps:
            self.work += step.work()

    def prepares(self) -> bool:
        """Whether gradients are changed before the optimizer gets them: by penalties, or by clipping."""
        for parameter in self.parameters:
            if parameter.l1 or parameter.l2:
                return True
        return bool(self.clip_norm or self.clip_value)

    def __repr__(self) -> str:
        kinds = " ".join(step.kind for step in self.steps)
        return f"<Plan: {self.inputs} -> {self.outputs}, {kinds}, {self.loss.kind}, {self.size} parameters>"


def make_plan(
    inputs: "Tuple[int, ...]", layers: "Sequence[Layer]", loss: "Tuple[str, Tuple[float, ...]]",
    reduction: "Optional[str]", optimizer: "Optimizer", init: "Any", seed: int = 0,
) -> Plan:
    """The plan of checked descriptions: the shape of a sample, the layers, name and numbers of the loss, ...

    ValueError where a layer does not fit the shape that it gets.
    """
    shape = inputs
    every: "List[Parts]" = []
    for number, layer in enumerate(layers):
        try:
            every.append(layer.parts(shape))
        except ValueError as error:
            raise ValueError(f"layers[{number}]: {error}") from None
        shape = every[-1].shape
    parameters: "List[Parameter]" = []
    statistics: "List[Parameter]" = []
    offset = 0
    for number, (layer, parts) in enumerate(zip(layers, every)):
        for name, lengths, start in parts.arrays:
            penalties = (layer.l1, layer.l2) if start is None else (0.0, 0.0)
            if start is None or start == "bias":
                # a bias is drawn by the initialisers of the articles and is zero otherwise
                drawn = layer.init if layer.init is not None else init
                start = "zeros" if start == "bias" and drawn not in DRAWS_BIAS else drawn
            parameters.append(
                Parameter(f"{number}.{name}", lengths, offset, parts.fans[0], parts.fans[1], start, *penalties))
            offset += parameters[-1].size
    for number, parts in enumerate(every):
        for name, lengths, start in parts.statistics:
            statistics.append(Parameter(f"{number}.{name}", lengths, offset, 1, 1, start))
            offset += statistics[-1].size
    steps: "List[Step]" = []
    width = product(inputs)
    own, kept = 0, len(parameters)
    for number, parts in enumerate(every):
        integers = range(own, own + len(parts.arrays))
        held = range(kept, kept + len(parts.statistics))
        own, kept = integers.stop, held.stop
        for kind, window, reals in parts.steps:
            steps.append(Step(kind, width, product(parts.shape), integers, reals, window, number, held))
            width = product(parts.shape)
            integers = held = range(0)  # parameters and statistics are the first step's
    if not steps:
        raise ValueError("layers: these leave every number as it is; add one that computes, such as Dense(1)")
    name, reals = loss
    usual, _, logits_of = LOSSES[name]
    reads = len(steps) - (1 if logits_of else 0)
    if not reads:
        raise ValueError(f"loss: {name} is computed from what goes into the last activation, and no layer gives that; "
                         "add one before it, such as Dense")
    outputs = product(shape)
    divisor = {"sum": 0, "mean": 1, "cell_mean": outputs}[reduction or usual]
    return Plan(
        inputs, steps, Step(name, outputs, 1, (reads, divisor), reals),
        Step(optimizer.form, 0, 0, (optimizer.numbers, optimizer.running), optimizer.settings), parameters, statistics,
        seed, [parts.shape for parts in every],
        (optimizer.weight_decay, optimizer.clip_norm or 0.0, optimizer.clip_value or 0.0),
    )
