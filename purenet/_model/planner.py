"""Make the plan of a network from its checked settings."""
from .._core.arrays import size_of
from .._core.plan import Parameter, Plan, Step
from ..losses import LOSS_SETTINGS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Sequence

    from .._core.plan import LayerPlan
    from ..layers.base import Layer
    from ..optimizers.base import Optimizer


def make_plan(
    inputs: "tuple[int, ...]", layers: "Sequence[Layer]", loss: "tuple[str, tuple[float, ...]]",
    reduction: "str | None", optimizer: "Optimizer", init: "Any", seed: int = 0,
) -> Plan:
    """Return the plan of checked settings. ``inputs``: the shape of a sample. ``loss``: its name and numbers.

    Raises ValueError if a layer does not fit the shape that it gets.
    """
    from ..reference.initialisers import DRAWS_BIAS

    shape = inputs
    every: "list[LayerPlan]" = []
    for number, layer in enumerate(layers):
        try:
            every.append(layer.plan(shape))
        except ValueError as error:
            raise ValueError(f"layers[{number}]: {error}") from None
        shape = every[-1].shape
    parameters: "list[Parameter]" = []
    statistics: "list[Parameter]" = []
    offset = 0
    for number, (layer, parts) in enumerate(zip(layers, every)):
        for name, lengths, start in parts.arrays:
            penalties = (layer.l1, layer.l2) if start is None else (0.0, 0.0)
            if start is None or start == "bias":
                # only the articles' initialisers draw a bias; otherwise it is zero
                drawn = layer.init if layer.init is not None else init
                start = "zeros" if start == "bias" and drawn not in DRAWS_BIAS else drawn
            parameters.append(
                Parameter(f"{number}.{name}", lengths, offset, parts.fans[0], parts.fans[1], start, *penalties))
            offset += parameters[-1].size
    for number, parts in enumerate(every):
        for name, lengths, start in parts.statistics:
            statistics.append(Parameter(f"{number}.{name}", lengths, offset, 1, 1, start))
            offset += statistics[-1].size
    steps: "list[Step]" = []
    width = size_of(inputs)
    own, kept = 0, len(parameters)
    for number, parts in enumerate(every):
        parameter_ids = range(own, own + len(parts.arrays))
        statistic_ids = range(kept, kept + len(parts.statistics))
        own, kept = parameter_ids.stop, statistic_ids.stop
        size = size_of(parts.shape)
        for kind, window, settings in parts.steps:
            steps.append(Step(kind, width, size, parameter_ids, settings, window, number, statistic_ids))
            width = size
            parameter_ids = statistic_ids = range(0)  # parameters and statistics belong to the first step
    if not steps:
        raise ValueError("layers: these leave every number as it is; add one that computes, such as Dense(1)")
    name, settings = loss
    usual, _, logits_of = LOSS_SETTINGS[name]
    reads = len(steps) - (1 if logits_of else 0)
    if not reads:
        raise ValueError(f"loss: {name} is computed from what goes into the last activation, and no layer gives that; "
                         "add one before it, such as Dense")
    outputs = size_of(shape)
    divisor = {"sum": 0, "mean": 1, "cell_mean": outputs}[reduction or usual]
    return Plan(
        inputs, steps, Step(name, outputs, 1, (reads, divisor), settings),
        Step(optimizer.form, 0, 0, (optimizer.slots, optimizer.running_products), optimizer.settings),
        parameters, statistics, seed, [parts.shape for parts in every],
        (optimizer.weight_decay, optimizer.clip_norm or 0.0, optimizer.clip_value or 0.0),
    )


def plan_of(description: "dict[str, Any]") -> "Plan":
    """Return the plan of checked settings. Raises ValueError if a layer does not fit the one before it."""
    return make_plan(
        sample_shape(description["inputs"]), description["layers"], description["loss"], description["reduction"],
        description["optimizer"], description["init"], description["seed"])


def sample_shape(inputs: "Any") -> "tuple[int, ...]":
    """Return the shape of a sample: (inputs,), or (rows, columns, channels) of an image."""
    return inputs if isinstance(inputs, tuple) else (inputs,)
