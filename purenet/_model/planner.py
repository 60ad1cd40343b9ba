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
    reduction: "str | None", optimizer: "Optimizer", init: "Any", seed: int = 0, penalty_reduction: str = "sum",
) -> Plan:
    """Return the plan of checked settings. ``inputs``: the shape of a sample. ``loss``: its name and numbers.

    Raises ValueError if a layer does not fit the shape that it gets.
    """
    from ..reference.initialisers import DRAWS_BIAS

    shape = inputs
    added: "list[LayerPlan]" = []  # what each layer adds
    for number, layer in enumerate(layers):
        try:
            added.append(layer.plan(shape))
        except ValueError as error:
            raise ValueError(f"layers[{number}]: {error}") from None
        shape = added[-1].shape
    parameters: "list[Parameter]" = []
    statistics: "list[Parameter]" = []
    offset = 0
    for number, (layer, own) in enumerate(zip(layers, added)):
        for name, lengths, start in own.arrays:
            penalties = (layer.l1, layer.l2) if start is None else (0.0, 0.0)
            if start is None or start == "bias":
                # only the articles' initialisers draw a bias; otherwise it is zero
                drawn = layer.init if layer.init is not None else init
                start = "zeros" if start == "bias" and drawn not in DRAWS_BIAS else drawn
            parameters.append(
                Parameter(f"{number}.{name}", lengths, offset, own.fans[0], own.fans[1], start, *penalties))
            offset += parameters[-1].size
    for number, own in enumerate(added):
        for name, lengths, start in own.statistics:
            statistics.append(Parameter(f"{number}.{name}", lengths, offset, 1, 1, start))
            offset += statistics[-1].size
    steps: "list[Step]" = []
    width = size_of(inputs)
    parameter_ids, statistic_ids = range(0), range(len(parameters), len(parameters))
    for number, own in enumerate(added):
        parameter_ids = range(parameter_ids.stop, parameter_ids.stop + len(own.arrays))
        statistic_ids = range(statistic_ids.stop, statistic_ids.stop + len(own.statistics))
        size = size_of(own.shape)
        ids = parameter_ids, statistic_ids
        for kind, window, settings in own.steps:
            steps.append(Step(kind, width, size, ids[0], settings, window, number, ids[1]))
            width = size
            ids = range(0), range(0)  # parameters and statistics belong to the first step
    if not steps:
        raise ValueError("layers: none of these computes anything; add one that does, such as Dense(1)")
    name, settings = loss
    default, _, activation = LOSS_SETTINGS[name]
    loss_input = len(steps) - (1 if activation else 0)  # a cross-entropy reads the last activation's inputs
    if not loss_input:
        raise ValueError(f"loss: {name} is computed from the inputs of the last activation, but no layer computes "
                         "these; add one before it, such as Dense")
    outputs = size_of(shape)
    mean_divisor = {"sum": 0, "mean": 1, "cell_mean": outputs}[reduction or default]
    return Plan(
        inputs, steps, Step(name, outputs, 1, (), settings), (loss_input, mean_divisor),
        Step(optimizer.form, 0, 0, (), optimizer.settings), (optimizer.slots, optimizer.running_products),
        parameters, statistics, seed, [own.shape for own in added],
        (optimizer.weight_decay, optimizer.clip_norm or 0.0, optimizer.clip_value or 0.0),
        penalty_reduction == "mean",
    )


def plan_of(description: "dict[str, Any]") -> "Plan":
    """Return the plan of checked settings. Raises ValueError if a layer does not fit the one before it."""
    return make_plan(
        sample_shape(description["inputs"]), description["layers"], description["loss"], description["reduction"],
        description["optimizer"], description["init"], description["seed"], description.get("penalty_reduction", "sum"))


def sample_shape(inputs: "Any") -> "tuple[int, ...]":
    """Return the shape of a sample: (inputs,), or (rows, columns, channels) of an image."""
    return inputs if isinstance(inputs, tuple) else (inputs,)
