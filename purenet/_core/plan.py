"""The plan: what both engines read instead of a description.

A plan is names and whole numbers: which steps a sample goes through, which parameters they hold, what
the loss reads, what the optimizer keeps.  A sample is always one flat row of doubles; shapes live here.
"""
from .arrays import size_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, List, Optional, Sequence, Tuple

    from .arrays import Shape
    from .window import Window

    Array = Tuple[str, Shape, Any]
    Part = Tuple[str, Optional[Window], Tuple[float, ...]]

NUMBERS = "binary64"  # what every number of the plan is; the only kind so far


class Step:
    """One kind of work: so many numbers in, so many out, and the whole and real numbers it needs.

    ``integers`` are the numbers of its own parameters; of the loss: the value that it reads and the divisor of its
    mean (0: a sum); of the optimizer: how many numbers it keeps for each number of a parameter, and how many running
    products, which its first reals are multiplied into.
    """

    __slots__ = ("kind", "inputs", "outputs", "parameter_ids", "settings", "window", "layer", "statistic_ids")

    def __init__(
        self, kind: str, inputs: int, outputs: int, parameter_ids: "Sequence[int]" = (), settings: "Sequence[float]" = (),
        window: "Optional[Window]" = None, layer: int = 0, statistic_ids: "Sequence[int]" = (),
    ) -> None:
        self.kind = kind
        self.inputs = inputs
        self.outputs = outputs
        self.parameter_ids = tuple(parameter_ids)
        self.settings = tuple(settings)
        self.window = window
        self.layer = layer  # the number of the layer that it belongs to
        self.statistic_ids = tuple(statistic_ids)  # the numbers of its statistics, which stand behind all the parameters

    def multiply_adds(self) -> int:
        """How many multiply-adds a row takes, forwards; where nothing is multiplied, how many numbers it looks at."""
        window = self.window
        if window:
            seen = window.out_height * window.out_width * window.rows * window.columns * window.channels
            return seen * window.filters if self.kind == "conv2d" else seen
        return self.inputs * self.outputs if self.kind == "dense" else self.outputs

    def __repr__(self) -> str:
        return f"Step({self.kind!r}, {self.inputs}, {self.outputs}, {self.parameter_ids}, {self.settings})"


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
        self.size = size_of(shape)
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
        self.inputs = size_of(shape)
        self.outputs = steps[-1].outputs
        self.steps = steps
        self.loss = loss
        self.optimizer = optimizer
        self.weight_decay, self.clip_norm, self.clip_value = regularisation  # 0.0: there is none
        self.parameters = parameters
        self.statistics = statistics
        self.seed = seed
        self.shapes = shapes  # of a sample after each layer
        self.parameter_size = parameters[-1].offset + parameters[-1].size if parameters else 0
        self.total_size = statistics[-1].offset + statistics[-1].size if statistics else self.parameter_size
        self.multiply_adds = 0  # of a row, in multiply-adds
        for step in steps:
            self.multiply_adds += step.multiply_adds()

    def transforms_gradients(self) -> bool:
        """Whether gradients are changed before the optimizer gets them: by penalties, or by clipping."""
        for parameter in self.parameters:
            if parameter.l1 or parameter.l2:
                return True
        return bool(self.clip_norm or self.clip_value)

    def __repr__(self) -> str:
        kinds = " ".join(step.kind for step in self.steps)
        return f"<Plan: {self.inputs} -> {self.outputs}, {kinds}, {self.loss.kind}, {self.parameter_size} parameters>"


class LayerPlan:
    """What a layer adds to a plan.

    ``shape``: that of a sample after it; ``steps``: (kind, window, reals) of each; ``arrays``: (name, shape, start) of
    each parameter, start being "bias", a number, or None for the layer's own initialiser or the network's (of weights:
    to them the layer's penalties apply);
    ``fans``: how many numbers meet in an output, and in how many outputs a number goes; ``statistics``: (name, shape,
    start) of each.  Parameters and statistics are the first step's.
    """

    def __init__(
        self, shape: "Shape", steps: "List[Part]", arrays: "Sequence[Array]" = (), fans: "Tuple[int, int]" = (1, 1),
        statistics: "Sequence[Array]" = (),
    ) -> None:
        self.shape = shape
        self.steps = steps
        self.arrays = arrays
        self.fans = fans
        self.statistics = statistics
