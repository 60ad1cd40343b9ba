"""Encode a network's settings and state as the metadata and tensors of a model file, and decode them again.

The metadata hold lists, text, whole numbers, booleans and None. Every float is in a tensor, so no float is converted
to decimal text and back. The kinds of layers, losses and so on that a file names are looked up in closed tables: a file
cannot make purenet import or run anything. Decoding runs on MicroPython.
"""
from .._core.checks import MAX_COUNT, check_choice, check_int
from .._core.configurable import from_config
from .._core.messages import ModelFileError, describe, truncate_repr
from .._core.plan import NUMBERS
from .._core.rows import rows_by_position
from .._core.state import State
from .._model.planner import plan_of
from .._model.settings import check_settings, check_variances
from ..layers import layer_class
from ..layers.activations import ACTIVATION_SETTINGS
from ..layers.initialisers import check_initialiser
from ..losses import LOSS_SETTINGS
from ..optimizers import optimizer_class
from ..version import ARITHMETIC, __version__
from .container import Tensor
from .strict_json import from_json, is_pairs, to_json

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, Sequence

    from .._core.plan import Plan

FORMAT = "purenet model 1"
KEYS = ("numbers", "inputs", "layers", "loss", "reduction", "optimizer", "init", "seed", "stream", "position")
MEAN = "penalty_reduction", "mean"  # follows these if it is not "sum"
STREAM = 624  # words of the random stream
MAX_LAYERS = 10000
PAUSED = "run"  # the metadata and the tensor of an interrupted training
MADE = "made."  # prefix of the metadata that the user gave to save


# writing -------------------------------------------------------------------------------------------

def write_model(
    path: "Any", settings: "dict[str, Any]", state: "State", metadata: "Sequence[tuple[str, str]] | None" = None,
    table: "tuple[Any, list[Tensor]] | None" = None,
) -> None:
    """Write a network, and the table model around it if there is one, to a model file (safetensors).

    ``settings, state``: what ``Network.__getstate__`` returns. ``metadata``: (key, text) pairs of the user; None
    takes those of the network. ``table``: what ``TableModel.to_file_parts`` returns. At every moment, and after any
    error, path holds the old file or the new one.
    """
    import os

    if not hasattr(os, "replace"):
        raise RuntimeError("save: this Python cannot replace files; model files are written by CPython and PyPy: send "
                           "net.parameters() to one, and give them to set_parameters there")
    from .writer import write  # boards do without it

    pairs = rows_by_position(settings["made"] if metadata is None else metadata, "metadata", "(key, text) pairs")
    for k, pair in enumerate(pairs):
        if not isinstance(pair, (tuple, list)) or [isinstance(text, str) for text in pair] != [True, True]:
            raise TypeError(f"metadata[{k}]: expected (key, text), got {describe(pair)}")
    version = [pair for pair in pairs if pair[0] == "version"] or [("version", __version__)]
    pairs = version + [pair for pair in pairs if pair[0] != "version"]
    entries, tensors = _network_entries(settings, state, state.digest())
    if table:
        entries.append(("table", to_json(["table", table[0]])))
        tensors = tensors + table[1]
    write(path, entries + [(MADE + key, text) for key, text in pairs], tensors)


def check_header_size(settings: "dict[str, Any]", state: "State", growth: int) -> None:
    """Raise the error that saving would raise if the network does not fit in a model file. Write nothing.

    ``growth``: by how many bytes the header can grow later.
    """
    from .writer import header_of

    entries, tensors = _network_entries(settings, state, "0" * 64)
    header_of(entries + [(MADE + "version", __version__)], tensors, growth)


def _network_entries(
    settings: "dict[str, Any]", state: "State", digest: str
) -> "tuple[list[tuple[str, str]], list[Tensor]]":
    """Return the metadata and tensors of a network and of its interrupted training."""
    _check_layer_count(len(settings["layers"]))
    plan = plan_of(settings)
    words, tensors = encode(settings, state, plan)
    metadata = [("format", FORMAT), ("arithmetic", str(ARITHMETIC)), ("digest", digest), ("purenet", to_json(words))]
    paused = settings["paused"]
    if isinstance(paused, str):  # why the training cannot go on
        metadata.append((PAUSED, to_json(paused)))
    elif paused:
        from .training_format import check_parts, check_position, to_file_parts

        check_position(paused, state)
        paused_words, numbers = to_file_parts(paused)
        check_parts(paused_words, numbers, plan.total_size)
        metadata.append((PAUSED, to_json(paused_words)))
        tensors = tensors + [numbers]
    return metadata, tensors


def _check_layer_count(count: int) -> None:
    """Raise ModelFileError if a model file cannot hold this many layers."""
    if count > MAX_LAYERS:
        raise ModelFileError(f"layers: {count}, and a model file holds {MAX_LAYERS} at most")


def encode(settings: "dict[str, Any]", state: "State", plan: "Plan") -> "tuple[Any, list[Tensor]]":
    """Return the words and tensors of a network's settings and state."""
    inputs, layers, optimizer = settings["inputs"], settings["layers"], settings["optimizer"]
    loss, loss_settings = settings["loss"]
    floats = optimizer.float_settings()
    floats += loss_settings
    for layer in layers:
        floats += layer.float_settings()
    _, key, place, has_cached, cached = state.stream
    values = [
        NUMBERS, list(inputs) if isinstance(inputs, tuple) else inputs, [layer.config() for layer in layers], loss,
        settings["reduction"], optimizer.config(), settings["init"], settings["seed"], [place, bool(has_cached)],
        list(state.position),
    ]
    arrays = [floats] + state.parameters + state.statistics
    for own in state.optimizer_numbers:
        arrays = arrays + own
    arrays += ([[cached]] if has_cached else []) + [key]
    tensors = [Tensor(name, dtype, shape, array)
               for (name, dtype, shape), array in zip(_tensors_of(plan, len(floats), has_cached), arrays)]
    words = [[name, value] for name, value in zip(KEYS, values)]
    return words + ([list(MEAN)] if settings.get(MEAN[0], "sum") == MEAN[1] else []), tensors


# reading -------------------------------------------------------------------------------------------

def decode(
    metadata: "list[tuple[str, str]]", tensors: "list[Tensor]", fill: "Callable[[Tensor], None]"
) -> "tuple[dict[str, Any], State, tuple[Any, list[Tensor]] | None]":
    """Return settings and state of a network, and the words and tensors of the table model around it or None.

    Settings and state are those that ``write_model`` got, except backend and threads, which are not in the file.
    ``fill(tensor)`` reads the values of a tensor. Apart from the first, this happens after all names and shapes are
    checked. Raises ModelFileError for metadata and tensors that ``write_model`` does not write.
    """
    digest, words, paused, table, made = parse_metadata(metadata)
    own = [tensor for tensor in tensors if tensor.name.startswith("table.")]
    if own and table is None:
        raise ModelFileError(f"tensor {truncate_repr(own[0].name)} belongs to nothing in this file")
    end = len(tensors) - len(own)
    if own and tensors[end] is not own[0]:
        raise ModelFileError("the table's tensors are not the last ones")
    if paused == "":
        raise ModelFileError("the metadata 'run' does not say why the training cannot continue")
    has_numbers = paused is not None and not isinstance(paused, str)
    if has_numbers:
        end -= 1
        if end < 0 or (tensors[end].name, tensors[end].dtype) != (PAUSED, "F64"):
            raise ModelFileError(f"the tensor {PAUSED} of the interrupted training does not follow the network's")
    settings, plan = _plan_of(words, tensors[:end], fill)
    plan.check_memory()
    for tensor in tensors[1:]:
        fill(tensor)
    state = _state_of(words, tensors[:end], plan, settings["optimizer"], digest)
    settings["made"] = made
    if paused is not None:
        settings["paused"] = _paused_of(paused, tensors[end], plan.total_size, state) if has_numbers else paused
    return settings, state, None if table is None else (table, own)


def _paused_of(words: "Any", tensor: Tensor, total_size: int, state: State) -> "Any":
    try:
        from .training_format import check_position, paused_training_from
    except ImportError:  # a board, which cannot resume
        return None
    paused = paused_training_from(words, tensor, total_size)
    check_position(paused, state)
    return paused


def _plan_of(words: "Any", tensors: "list[Tensor]", fill: "Callable[[Tensor], None]") -> "tuple[dict[str, Any], Plan]":
    """Return the settings of a network, from its words and the first tensor, and its plan, to which all others fit."""
    stream, position = _values(words)[8:10]
    if not isinstance(stream, list) or len(stream) != 2 or not isinstance(stream[1], bool):
        raise ModelFileError(f"stream: expected position and whether it holds a number, got {truncate_repr(stream)}")
    if not isinstance(position, list) or len(position) != 3:
        raise ModelFileError(f"position: expected three whole numbers, got {truncate_repr(position)}")
    first = tensors[0] if tensors else Tensor("nothing", "", (), ())
    if (first.name, first.dtype, len(first.shape)) != ("settings", "F64", 1):
        got = f"{truncate_repr(first.name)}, {first.dtype} of shape {truncate_repr(first.shape)}"
        raise ModelFileError(f"the network needs the tensor settings, F64 of one dimension, first; got {got}")
    fill(first)
    try:
        check_int("stream", stream[0], 0, STREAM)
        for count in position:
            check_int("position", count, 0, MAX_COUNT)
        settings = settings_from(words, first.values)
    except (ValueError, TypeError) as error:
        raise ModelFileError(f"the network cannot be rebuilt: {error}") from None
    plan = plan_of(settings)
    _check_tensors(tensors, _tensors_of(plan, len(first.values), stream[1]))
    return settings, plan


def _state_of(words: "Any", tensors: "list[Tensor]", plan: "Plan", optimizer: "Any", digest: str) -> State:
    (place, has_cached), (epoch, batch, steps) = _values(words)[8:10]
    arrays = [tensor.values for tensor in tensors]
    trained = 1 + len(plan.parameters)
    first = trained + len(plan.statistics)
    slots = plan.slots
    numbers = [arrays[first + p * slots:first + (p + 1) * slots] for p in range(len(plan.parameters))]
    if plan.running_products:
        numbers.append([arrays[first + len(plan.parameters) * slots]])
    try:
        optimizer.check_state(numbers)
    except ValueError as error:
        raise ModelFileError(f"the network cannot be rebuilt: {error}") from None
    saved_stream = "MT19937", list(arrays[-1]), place, int(has_cached), arrays[-2][0] if has_cached else 0.0
    state = State(arrays[1:trained], arrays[trained:first], numbers, saved_stream, (epoch, batch, steps))
    if state.digest() != digest:
        raise ModelFileError("the digest of the parameters is not the one that the file names")
    try:
        check_variances(plan.statistics, state.statistics)
    except ValueError as error:
        raise ModelFileError(str(error)) from None
    return state


def parse_metadata(metadata: "list[tuple[str, str]]") -> "tuple[str, Any, Any, Any, list[tuple[str, str]]]":
    """Parse a file's metadata into (digest, words of the network, of a paused training, of a table, user's pairs).

    The words of a training and of a table are None if the file has none.
    """
    keys = [key for key, _ in metadata]
    if keys[:1] == ["format"] and metadata[0][1] != FORMAT:
        raise ModelFileError(f"the format is {truncate_repr(metadata[0][1])}; this purenet reads {FORMAT!r}")
    expected = ["format", "arithmetic", "digest", "purenet"]
    for key in (PAUSED, "table"):
        expected += [key] if keys[len(expected):len(expected) + 1] == [key] else []
    count = len(expected)
    if keys[:count] != expected or keys[count:count + 1] != [MADE + "version"]:
        got = truncate_repr(keys[:count + 1])
        raise ModelFileError(f"expected the metadata {', '.join(expected)}, {MADE}version, got {got}")
    for key in keys[count:]:
        if not key.startswith(MADE):
            raise ModelFileError(f"the metadata {truncate_repr(key)} is not known")
    if metadata[1][1] != str(ARITHMETIC):
        theirs = truncate_repr(metadata[1][1])
        raise ModelFileError(f"it was made with arithmetic {theirs}; this purenet has {ARITHMETIC}, with other bits")
    paused = _parsed(PAUSED, metadata[4][1]) if PAUSED in expected else None
    table = None
    if "table" in expected:
        table = _parsed("table", metadata[count - 1][1])
        if not isinstance(table, list) or len(table) != 2 or table[0] != "table":
            raise ModelFileError(f"the table {truncate_repr(table)} is of no kind that this purenet knows")
        table = table[1]
    made = [(key[len(MADE):], text) for key, text in metadata[count:]]
    return metadata[2][1], _parsed("purenet", metadata[3][1]), paused, table, made


def _parsed(key: str, text: str) -> "Any":
    try:
        return from_json(text.encode())
    except ModelFileError as error:
        raise ModelFileError(f"the metadata {key!r} is not valid: {error}") from None


def settings_from(words: "Any", floats: "Sequence[float]") -> "dict[str, Any]":
    """Return a network's settings from its words and the tensor "settings"; ValueError or TypeError if invalid."""
    numbers, inputs, layers, loss, reduction, optimizer, init, seed = _values(words)[:8]
    check_choice("numbers", numbers, [NUMBERS])
    check_choice("loss", loss, list(LOSS_SETTINGS))
    check_initialiser(init)
    taken = [0]  # how many of the floats

    def take(count: int) -> "list[float]":
        start = taken[0]
        taken[0] += count
        if taken[0] > len(floats):
            raise ModelFileError("settings has fewer numbers than the network has settings")
        return list(floats[start:taken[0]])

    made_optimizer = _configured("the optimizer", optimizer, optimizer_class, take)
    loss_settings = take(len(LOSS_SETTINGS[loss][1]))
    layers = layers if isinstance(layers, list) else []
    _check_layer_count(len(layers))
    made_layers = [_configured(f"layer {number}", config, layer_class, take) for number, config in enumerate(layers)]
    if taken[0] < len(floats):
        raise ModelFileError(f"settings has {len(floats) - taken[0]} numbers too many")
    return check_settings(
        inputs=inputs, layers=made_layers, loss=[loss] + loss_settings, optimizer=made_optimizer, init=init, seed=seed,
        backend="auto", threads=None, reduction=reduction,
        penalty_reduction="mean" if len(words) > len(KEYS) else "sum",
    )


def _schedule_class(kind: "Any") -> "Any":
    """Return the class of a kind of schedule; its module is loaded only for a file that has one."""
    from ..optimizers.schedules import schedule_class

    return schedule_class(kind)


def _configured(what: str, config: "Any", class_of: "Any", take: "Any") -> "Any":
    try:
        return from_config(config, class_of, _schedule_class, ACTIVATION_SETTINGS, take)
    except ModelFileError:
        raise
    except (ValueError, TypeError) as error:
        raise ModelFileError(f"{what}: {error}; got {truncate_repr(config)}") from None


def _values(words: "Any") -> "list[Any]":
    """Return the values of the words of a network."""
    if not is_pairs(words, KEYS) and not (is_pairs(words, KEYS + MEAN[:1]) and words[-1][1] == MEAN[1]):
        got = truncate_repr(words)
        raise ModelFileError(f"the network: expected [key, value] for each of {', '.join(KEYS)}, got {got}")
    return [pair[1] for pair in words]


# the tensors of a network --------------------------------------------------------------------------

def _tensors_of(plan: "Plan", setting_count: int, has_cached: bool) -> "list[tuple[str, str, tuple[int, ...]]]":
    """Return name, dtype and shape of every tensor of a network, in the order of the file."""
    layout: "list[tuple[str, str, tuple[int, ...]]]" = [("settings", "F64", (setting_count,))]
    for parameter in plan.parameters + plan.statistics:
        layout.append((parameter.name, "F64", parameter.shape))
    for parameter in plan.parameters:
        for k in range(plan.slots):
            layout.append((f"{parameter.name}.optimizer.{k}", "F64", parameter.shape))
    if plan.running_products:
        layout.append(("optimizer.0", "F64", (plan.running_products,)))
    if has_cached:
        layout.append(("stream.cached", "F64", (1,)))
    layout.append(("stream", "U32", (STREAM,)))
    return layout


def _check_tensors(tensors: "list[Tensor]", expected: "list[tuple[str, str, tuple[int, ...]]]") -> None:
    for k, (name, dtype, shape) in enumerate(expected):
        got = "nothing"
        if k < len(tensors):
            tensor = tensors[k]
            if (tensor.name, tensor.dtype, tensor.shape) == (name, dtype, shape):
                continue
            got = f"{truncate_repr(tensor.name)}, {tensor.dtype} of shape {truncate_repr(tensor.shape)}"
        wanted = f"{name}, {dtype} of shape {truncate_repr(shape)}"
        raise ModelFileError(f"the network needs the tensor {wanted}, next; got {got}")
    if len(tensors) > len(expected):
        raise ModelFileError(f"tensor {truncate_repr(tensors[len(expected)].name)} is not one of the network's")
