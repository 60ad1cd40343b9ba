"""Check the arguments of ``Network`` and of its methods that set parameters."""
from .._core.arrays import nest, size_of
from .._core.checks import MAX_THREADS, check_choice, check_int
from .._core.messages import describe, warn_user
from .._core.rows import check_array
from ..layers.base import Layer
from ..layers.initialisers import check_initialiser
from ..losses import LOSS_SETTINGS, REDUCTIONS, check_loss, check_reduction
from ..optimizers.base import Optimizer
from ..optimizers.sgd import SGD
from .planner import plan_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .._core.plan import Parameter, Plan


def check_settings(
    *, inputs: "Any", layers: "Any", loss: "Any", optimizer: "Any", init: "Any", seed: "Any", backend: str,
    threads: "Any", reduction: "Any", penalty_reduction: "Any" = "sum",
) -> "dict[str, Any]":
    """Return the checked settings of a network. The loss has to fit the last layer."""
    description = {
        "inputs": _check_sample_shape(inputs),
        "layers": _check_layers(layers),
        "loss": check_loss(loss),
        "optimizer": _check_optimizer(optimizer),
        "init": check_initialiser(init),
        "seed": check_int("seed", seed, 0, 0xFFFFFFFF),
        "backend": backend,
        "threads": check_threads(threads),
        "reduction": check_reduction(reduction),
        "penalty_reduction": penalty_reduction,
    }
    check_choice("penalty_reduction", penalty_reduction, REDUCTIONS[:2])
    if plan_of(description).outputs == 1 and description["layers"][-1].activation == "softmax":
        raise ValueError(f"layers[{len(layers) - 1}]: a softmax of one output is always 1; use sigmoid for two classes")
    name = description["loss"][0]
    belongs = LOSS_SETTINGS[name][2]
    last = description["layers"][-1].activation
    if belongs and last != belongs:
        raise ValueError(f"loss: {name} needs a last layer with {belongs} activation, but this one has {last}")
    return description


def check_threads(threads: "Any") -> "int | None":
    """Return the number of threads, or None, which leaves it to PURENET_THREADS."""
    return None if threads is None else check_int("threads", threads, 1, MAX_THREADS)


def _check_sample_shape(inputs: "Any") -> "Any":
    inputs = inputs.tolist() if hasattr(inputs, "tolist") else inputs  # an array or a scalar of NumPy
    if not isinstance(inputs, (tuple, list)):
        return check_int("inputs", inputs, 1)
    if len(inputs) != 3:
        wanted = "a whole number, or rows, columns and channels of an image such as (28, 28, 1)"
        raise TypeError(f"inputs: expected {wanted}, got {describe(inputs)}")
    shape = tuple([check_int("inputs", length, 1) for length in inputs])
    check_int("inputs", size_of(shape), 1)
    return shape


def _check_layers(layers: "Any") -> "list[Layer]":
    if isinstance(layers, Layer):
        raise TypeError("layers: expected a list of layers; one layer is written [Dense(...)]")
    if not isinstance(layers, (list, tuple)) or not layers:
        raise TypeError("layers: expected a list of at least one layer, such as [Dense(4, \"sigmoid\"), Dense(1)]")
    copies = []
    for number, layer in enumerate(layers):
        if not isinstance(layer, Layer):
            got = describe(layer)
            raise TypeError(f"layers[{number}]: expected a layer such as Dense(4, \"sigmoid\"), got {got}")
        if layer.activation == "softmax" and number < len(layers) - 1:
            raise ValueError(f"layers[{number}]: only the last layer can have softmax; use another activation here")
        copies.append(layer.frozen_copy(functions=True))  # changing the user's layer later does not change the network
    return copies


def _check_optimizer(optimizer: "Optimizer | None") -> Optimizer:
    if optimizer is None:
        return SGD()
    if not isinstance(optimizer, Optimizer):
        raise TypeError(f"optimizer: expected an optimizer such as SGD(learning_rate=0.1), got {describe(optimizer)}")
    return optimizer.copy()  # type: ignore[no-any-return]


def validated_initialiser(parameter: "Any") -> "Any":
    """Return the name of an initialiser, a number, or the user's function with a check of its result."""
    if isinstance(parameter.init, (str, float)):
        return parameter.init

    def checked(stream: "Any", shape: "Any", fan_in: int, fan_out: int) -> "Any":
        values = parameter.init(stream, shape, fan_in, fan_out)
        return nest(check_array(values, shape, f"init of {parameter.name}"), shape)

    return checked


def check_named_arrays(values: "Any", wanted: "list[Parameter]", what: str) -> "list[list[float]]":
    """Return the numbers, flat, of a list of (name, values) that has every wanted name once, in the wanted order."""
    pairs = isinstance(values, (list, tuple))
    if not pairs or not all(isinstance(pair, (list, tuple)) and len(pair) == 2 for pair in values):
        got = describe(values)
        raise TypeError(f"values: expected a list of (name, values) as {what}() returns it, got {got}")
    given = [(str(name), value) for name, value in values]
    names = [parameter.name for parameter in wanted]
    if sorted([name for name, _ in given]) != sorted(names):
        some = ", ".join(names[:4]) + (", ..." if len(names) > 4 else "") or "none"
        found = ", ".join([name[:20] for name, _ in given[:4]]) or "none"
        raise ValueError(f"values: expected each of {some} once ({len(names)} names), got {found} ({len(given)})")
    return [check_array(value, parameter.shape, name)
            for parameter in wanted for name, value in given if name == parameter.name]


def check_variances(statistics: "list[Parameter]", arrays: "list[Any]") -> None:
    """Raise ValueError for a variance below 0."""
    for statistic, values in zip(statistics, arrays):
        if statistic.name.endswith("variance") and min(values) < 0.0:
            raise ValueError(f"{statistic.name} has a negative number, but a variance cannot be negative")


def portable_initialiser(init: "Any") -> "Any":
    """Return the initialiser, or "zeros" for a function, which neither pickles nor files hold."""
    return init if init is None or isinstance(init, str) else "zeros"


def warn_of_single_rows(plan: "Plan", rows: int, batch_size: int, warned: "list[str]") -> None:
    """Warn once that BatchNorm turns batches of one row into constants. ``warned``: which warnings were given."""
    if "single rows" in warned or min(rows, batch_size) > 1 and rows % batch_size != 1:
        return
    single = [step.layer for step in plan.steps
              if step.kind == "batch_norm" and size_of(plan.shapes[step.layer]) == plan.shapes[step.layer][-1]]
    if not single:
        return
    warned.append("single rows")
    if min(rows, batch_size) == 1:
        what = "BatchNorm turns a batch of one row into equal outputs, so the layers before it learn nothing"
        cure = "use batches of two rows or more"
    else:
        what = (f"the last batch of each epoch has one row ({rows} rows in batches of {batch_size}). BatchNorm turns "
                "it into equal outputs, and moving_variance moves towards its variance, 0")
        cure = "choose another batch_size or leave a row out"
    warn_user(f"layers[{single[0]}]: {what}; {cure}")


LARGE_BATCH = 64  # rows whose losses add up to much more than their mean
BOUNDED = ("sigmoid", "softmax", "tanh")  # activations whose outputs cannot overflow


def warn_of_large_sums(
    plan: "Plan", weights: "list[float]", batch_size: int, rate: float, warned: "list[str]"
) -> None:
    """Warn once that SGD is likely to overflow if the loss adds up over a large batch. ``weights``: of the rows.

    With squared errors of scaled inputs, steps grow if the learning rate times the total weight of a batch exceeds 1.
    """
    rows = min(len(weights), batch_size)
    if plan.mean_divisor or rows < LARGE_BATCH or plan.optimizer.kind not in ("sgd", "sgd_momentum", "sgd_nesterov"):
        return
    if "sums" in warned or plan.clip_norm or plan.clip_value or plan.steps[-1].kind in BOUNDED:
        return
    total = 0.0
    for weight in weights:
        total += weight
    total = total / len(weights) * rows
    if total * rate <= 1.0:
        return
    warned.append("sums")
    warn_user(f"loss: {plan.loss.kind} adds up over the {rows} rows of a batch, so a learning rate of {rate:.6g} "
              f"works as {total * rate:.6g} does for a mean, and training is likely to overflow; use "
              "loss=\"mean_squared_error\", smaller batches or a smaller learning rate")
