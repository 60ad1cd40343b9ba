"""The plan of a network, which both engines read: steps, parameters, loss and optimizer.

A sample is always one flat row of doubles; only the plan knows its shape.
"""
from .arrays import size_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Sequence

    from .arrays import Shape
    from .window import Window

    Array = tuple[str, Shape, Any]
    Part = tuple[str, Window | None, tuple[float, ...]]

NUMBERS = "binary64"  # the format of all numbers of the plan; the only one so far


class Step:
    """One operation of the plan: its kind, input and output widths, parameter indices and float settings."""

    __slots__ = ("kind", "inputs", "outputs", "parameter_ids", "settings", "window", "layer", "statistic_ids")

    def __init__(
        self, kind: str, inputs: int, outputs: int, parameter_ids: "Sequence[int]" = (),
        settings: "Sequence[float]" = (), window: "Window | None" = None, layer: int = 0,
        statistic_ids: "Sequence[int]" = (),
    ) -> None:
        self.kind = kind
        self.inputs = inputs
        self.outputs = outputs
        self.parameter_ids = tuple(parameter_ids)
        self.settings = tuple(settings)
        self.window = window
        self.layer = layer  # the index of its layer
        self.statistic_ids = tuple(statistic_ids)  # counted from the first parameter: statistics follow the parameters

    def multiply_adds(self) -> int:
        """Return the multiply-adds of a row in the forward pass, or the numbers read if nothing is multiplied."""
        window = self.window
        if window:
            seen = window.out_height * window.out_width * window.rows * window.columns * window.channels
            return seen * window.filters if self.kind == "conv2d" else seen
        return self.inputs * self.outputs if self.kind == "dense" else self.outputs

    def __repr__(self) -> str:
        return f"Step({self.kind!r}, {self.inputs}, {self.outputs}, {self.parameter_ids}, {self.settings})"


class Parameter:
    """A trained array, or a statistic, which is kept but not trained.

    ``offset``: its place in the flat order. ``init``: its initialiser. ``l1``, ``l2``: its penalties.
    """

    __slots__ = ("name", "shape", "offset", "size", "fan_in", "fan_out", "init", "l1", "l2")

    def __init__(
        self, name: str, shape: "tuple[int, ...]", offset: int, fan_in: int, fan_out: int, init: "Any",
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
    """The steps, loss and optimizer of a network, its parameters in order, the statistics after them, and the seed.

    ``loss_input``: the index of the value that the loss reads. ``mean_divisor``: a mean divides by the total weight
    times this; 0 for a sum. ``slots``: how many numbers the optimizer keeps for each number of a parameter.
    ``running_products``: how many of its settings it multiplies up, step by step. ``penalty_mean``: whether the
    penalties are divided by the total weight of the batch.
    """

    def __init__(
        self, shape: "tuple[int, ...]", steps: "list[Step]", loss: Step, loss_integers: "tuple[int, int]",
        optimizer: Step, optimizer_integers: "tuple[int, int]", parameters: "list[Parameter]",
        statistics: "list[Parameter]", seed: int, shapes: "list[tuple[int, ...]]",
        regularisation: "tuple[float, float, float]" = (0.0, 0.0, 0.0), penalty_mean: bool = False,
    ) -> None:
        self.numbers = NUMBERS
        self.shape = shape  # of a sample: (inputs,), or (rows, columns, channels)
        self.inputs = size_of(shape)
        self.outputs = steps[-1].outputs
        self.steps = steps
        self.loss = loss
        self.loss_input, self.mean_divisor = loss_integers
        self.optimizer = optimizer
        self.slots, self.running_products = optimizer_integers
        self.weight_decay, self.clip_norm, self.clip_value = regularisation  # 0.0: none
        self.penalty_mean = penalty_mean
        self.parameters = parameters
        self.statistics = statistics
        self.seed = seed
        self.shapes = shapes  # of a sample after each layer
        self.parameter_size = parameters[-1].offset + parameters[-1].size if parameters else 0
        self.total_size = statistics[-1].offset + statistics[-1].size if statistics else self.parameter_size
        self.multiply_adds = 0  # of a row in the forward pass
        for step in steps:
            self.multiply_adds += step.multiply_adds()

    def transforms_gradients(self) -> bool:
        """Return whether penalties or clipping change gradients before the optimizer gets them."""
        for parameter in self.parameters:
            if parameter.l1 != 0.0 or parameter.l2 != 0.0:
                return True
        return self.clip_norm != 0.0 or self.clip_value != 0.0

    def check_memory(self) -> None:
        """Raise MemoryError if there is no room for the parameters, statistics and numbers of the optimizer."""
        count = self.total_size + self.slots * self.parameter_size
        if count >> 20:  # smaller ones need not ask
            from .memory import check_memory

            check_memory(count)

    def __repr__(self) -> str:
        kinds = " ".join(step.kind for step in self.steps)
        return f"<Plan: {self.inputs} -> {self.outputs}, {kinds}, {self.loss.kind}, {self.parameter_size} parameters>"


class LayerPlan:
    """The steps and arrays that a layer adds to a plan.

    ``shape``: of a sample after the layer. ``steps``: (kind, window, settings) of each. ``arrays``: (name, shape,
    start) of each parameter. Start is "bias", a number, or None for weights, which the layer's or the network's
    initialiser draws and to which the layer's penalties apply. ``fans``: (fan_in, fan_out). ``statistics``: (name,
    shape, start) of each. Parameters and statistics belong to the first step.
    """

    def __init__(
        self, shape: "Shape", steps: "list[Part]", arrays: "Sequence[Array]" = (), fans: "tuple[int, int]" = (1, 1),
        statistics: "Sequence[Array]" = (),
    ) -> None:
        self.shape = shape
        self.steps = steps
        self.arrays = arrays
        self.fans = fans
        self.statistics = statistics
