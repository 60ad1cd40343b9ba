"""save and load: a network, or what is built around one, as the texts and tensors of a model file.

Words are lists, text, whole numbers, True, False and None; every float is in a tensor, so that no decimal
text stands between two machines.  A file names kinds of layers, losses and so on, which are looked up in
closed tables; nothing is imported or run because a file says so.  Loading runs on MicroPython.
"""
from .._core.checks import check_choice, check_int
from .._core.configurable import from_config
from .._core.messages import ModelFileError, truncate_repr
from .._core.plan import NUMBERS
from .._core.state import State
from .._model.planner import plan_of
from .._model.settings import check_settings, check_threads, check_variances
from ..layers import layer_class
from ..layers.activations import ACTIVATION_SETTINGS
from ..layers.initialisers import check_initialiser
from ..losses import LOSS_SETTINGS
from ..network import Network
from ..optimizers import optimizer_class
from ..version import ARITHMETIC, __version__
from .container import Tensor
from .strict_json import parsed, written

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, List, Optional, Sequence, Tuple

    from .._core.plan import Plan

FORMAT = "purenet model 1"
STREAM = 624  # words of the stream
LONGEST_COUNT = 1 << 62
MOST_LAYERS = 10000
RUN = "run"  # the metadata and the tensor of a training that was broken off
MADE = "made."  # begins the keys of what is said about the making


def _table_model(network: Network, words: "Any", tensors: "List[Tensor]") -> "Any":
    from ..table.model import TableModel  # boards have no CSV files

    return TableModel.from_file_parts(network, words, tensors)


# What a file may hold beside a network, by its kind: the function of (network, words, tensors) that makes it again.
MAKERS: "dict[str, Callable[[Network, Any, List[Tensor]], Any]]" = {"table": _table_model}


def require_room(network: Network, growth: int) -> None:
    """Raise the error that ``save`` would raise because a model file has no room for the network as it is now.

    ``growth``: by how many bytes the header may become longer later on.  Nothing is written.
    """
    from .writer import header_of

    words, tensors, _, unfinished = _network_parts(network)
    metadata, tensors = _network_contents(network, words, tensors, "0" * 64, unfinished)
    header_of(metadata + [(MADE + "version", __version__)], tensors, growth)


def _network_contents(
    network: Network, words: "Any", tensors: "List[Tensor]", digest: str, unfinished: "Any"
) -> "Tuple[List[Tuple[str, str]], List[Tensor]]":
    """Return the metadata and tensors of a network and of the training in progress; ModelFileError if unfit."""
    _require_layers(len(network.layers))
    metadata = [("format", FORMAT), ("arithmetic", str(ARITHMETIC)), ("digest", digest), ("purenet", written(words))]
    if unfinished and not isinstance(unfinished, str):
        from .training_format import require_parts, to_file_parts

        run, its_tensor = to_file_parts(unfinished)
        require_parts(run, its_tensor, network.plan.total_size)
        metadata.append((RUN, written(run)))
        tensors = tensors + [its_tensor]
    return metadata, tensors


def _require_layers(count: int) -> None:
    """Raise ModelFileError if a model file cannot hold so many layers."""
    if count > MOST_LAYERS:
        raise ModelFileError(f"layers: {count}, and there may be {MOST_LAYERS}")


def parse_metadata(metadata: "List[Tuple[str, str]]") -> "Tuple[str, Any, Any, Any, List[Tuple[str, str]]]":
    """What a file's metadata say: the digest, the network's words, those of a training in progress or None, [kind,
    words] of what stands around it or None, and the pairs on the making."""
    keys = [key for key, _ in metadata]
    if keys[:1] == ["format"] and metadata[0][1] != FORMAT:
        raise ModelFileError(f"the format is {truncate_repr(metadata[0][1])}; this purenet reads {FORMAT!r}")
    expected = ["format", "arithmetic", "digest", "purenet"]
    for key in (RUN, "table"):
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
        raise ModelFileError(f"it was made under arithmetic {theirs}; this purenet's is {ARITHMETIC}, with other bits")
    run = _parsed(RUN, metadata[4][1]) if RUN in expected else None
    table = None
    if "table" in expected:
        table = _parsed("table", metadata[count - 1][1])
        if not isinstance(table, list) or len(table) != 2 or not isinstance(table[0], str) or table[0] not in MAKERS:
            raise ModelFileError(f"the table {truncate_repr(table)} is of no kind that this purenet knows")
    made = [(key[len(MADE):], text) for key, text in metadata[count:]]
    return metadata[2][1], _parsed("purenet", metadata[3][1]), run, table, made


def _parsed(key: str, text: str) -> "Any":
    try:
        return parsed(text.encode())
    except ModelFileError as error:
        raise ModelFileError(f"the metadata {key!r} is not as it should be: {error}") from None


# a network -----------------------------------------------------------------------------------------

def encode(network: Network) -> "Tuple[Any, List[Tensor], str, Any]":
    """The words, tensors and digest of a network, and the training of it that was broken off, or None.

    A function given as init has done its work and stays behind.
    """
    words, tensors, state, unfinished = _network_parts(network)
    return words, tensors, state.digest(), unfinished


def _network_parts(network: Network) -> "Tuple[Any, List[Tensor], State, Any]":
    description, state = network.__getstate__()
    inputs, layers, optimizer = description["inputs"], description["layers"], description["optimizer"]
    loss, reals = description["loss"]
    settings = optimizer.float_settings()
    settings += reals
    for layer in layers:
        settings += layer.float_settings()
    _, key, place, has_cached, cached = state.stream
    words = [
        ["numbers", NUMBERS],
        ["inputs", list(inputs) if isinstance(inputs, tuple) else inputs],
        ["layers", [layer.config() for layer in layers]],
        ["loss", loss],
        ["reduction", description["reduction"]],
        ["optimizer", optimizer.config()],
        ["init", description["init"]],
        ["seed", description["seed"]],
        ["stream", [place, bool(has_cached)]],
        ["position", list(state.position)],
    ]
    tensors = [Tensor("settings", "F64", (len(settings),), settings)]
    arrays = network.plan.parameters + network.plan.statistics
    for parameter, values in zip(arrays, state.parameters + state.statistics):
        tensors.append(Tensor(parameter.name, "F64", parameter.shape, values))
    for parameter, own in zip(network.plan.parameters, state.optimizer_numbers):
        for k, values in enumerate(own):
            tensors.append(Tensor(f"{parameter.name}.optimizer.{k}", "F64", parameter.shape, values))
    for own in state.optimizer_numbers[len(network.plan.parameters):]:
        tensors.append(Tensor("optimizer.0", "F64", (len(own[0]),), own[0]))
    if has_cached:
        tensors.append(Tensor("stream.cached", "F64", (1,), [cached]))
    tensors.append(Tensor("stream", "U32", (STREAM,), key))
    return words, tensors, state, description["unfinished"]


def decode(
    words: "Any", tensors: "List[Tensor]", digest: str, *, backend: str = "auto", threads: "Optional[int]" = None
) -> Network:
    """The network of words, tensors and digest as ``network_parts`` gives them; ModelFileError for any others."""
    values = _values(words, WORDS, "the network")
    stream, position = values[8:]
    if not isinstance(stream, list) or len(stream) != 2 or not isinstance(stream[1], bool):
        raise ModelFileError(f"stream: expected its place and whether a number waits, got {truncate_repr(stream)}")
    if not isinstance(position, list) or len(position) != 3:
        raise ModelFileError(f"position: expected three whole numbers, got {truncate_repr(position)}")
    try:
        place = check_int("stream", stream[0], 0, STREAM)
        counts = [check_int("position", count, 0, LONGEST_COUNT) for count in position]
        description = settings_from(words, tensors[0].values if tensors else [])
    except (ValueError, TypeError) as error:
        raise ModelFileError(f"the network cannot be made again: {error}") from None
    description["backend"] = backend
    description["threads"] = check_threads(threads)
    plan = plan_of(description)
    kept = plan.optimizer.parameter_ids[0]
    _check_tensors(tensors, _expected(plan, kept, len(tensors[0].values), stream[1]))
    arrays = [tensor.values for tensor in tensors]
    trained = 1 + len(plan.parameters)
    first = trained + len(plan.statistics)
    numbers = [arrays[first + p * kept:first + (p + 1) * kept] for p in range(len(plan.parameters))]
    if plan.optimizer.parameter_ids[1]:
        numbers.append([arrays[first + len(plan.parameters) * kept]])
    try:
        description["optimizer"].require_sound(numbers)
    except ValueError as error:
        raise ModelFileError(f"the network cannot be made again: {error}") from None
    cached = arrays[-2][0] if stream[1] else 0.0
    epoch, batch, steps = counts
    stream = "MT19937", arrays[-1], place, int(stream[1]), cached
    state = State(arrays[1:trained], arrays[trained:first], numbers, stream, (epoch, batch, steps))
    if state.digest() != digest:
        raise ModelFileError("the digest of the parameters is not the one that the file names")
    try:
        check_variances(plan.statistics, state.statistics)
    except ValueError as error:
        raise ModelFileError(str(error)) from None
    network: Network = object.__new__(Network)
    network.__setstate__((description, state))
    return network


WORDS = ("numbers", "inputs", "layers", "loss", "reduction", "optimizer", "init", "seed", "stream", "position")


def settings_from(words: "Any", settings: "Sequence[float]") -> "dict[str, Any]":
    """What a network is made of; backend and threads are not said in a file.  ValueError or TypeError if unfit."""
    numbers, inputs, layers, loss, reduction, optimizer, init, seed = _values(words, WORDS, "the network")[:8]
    check_choice("numbers", numbers, [NUMBERS])
    check_choice("loss", loss, list(LOSS_SETTINGS))
    check_initialiser(init)
    rest = list(settings)

    def take(count: int) -> "List[float]":
        if len(rest) < count:
            raise ModelFileError("settings has fewer numbers than the network has settings")
        taken = rest[:count]
        rest[:count] = []
        return taken

    described_optimizer = _configured("the optimizer", optimizer, optimizer_class, take)
    reals = take(len(LOSS_SETTINGS[loss][1]))
    layers = layers if isinstance(layers, list) else []
    _require_layers(len(layers))
    made = [_configured(f"layer {number}", words_of_layer, layer_class, take)
            for number, words_of_layer in enumerate(layers)]
    if rest:
        raise ModelFileError(f"settings has {len(rest)} numbers too many")
    return check_settings(
        inputs=inputs, layers=made, loss=[loss] + reals, optimizer=described_optimizer, init=init, seed=seed,
        backend="auto", threads=None, reduction=reduction,
    )


def _schedule_class(kind: "Any") -> "Any":
    """Return the class of a kind of schedule; its module is loaded only for a file that has one."""
    from ..optimizers.schedules import schedule_class

    return schedule_class(kind)


def _configured(what: str, words: "Any", class_of: "Any", take: "Any") -> "Any":
    try:
        return from_config(words, class_of, _schedule_class, ACTIVATION_SETTINGS, take)
    except ModelFileError:
        raise
    except (ValueError, TypeError) as error:
        raise ModelFileError(f"{what}: {error}; got {truncate_repr(words)}") from None


def _expected(plan: "Plan", kept: int, settings: int, cached: bool) -> "List[Tuple[str, str, Tuple[int, ...]]]":
    """Name, dtype and shape of every tensor of a network, in order."""
    expected: "List[Tuple[str, str, Tuple[int, ...]]]" = [("settings", "F64", (settings,))]
    for parameter in plan.parameters + plan.statistics:
        expected.append((parameter.name, "F64", parameter.shape))
    for parameter in plan.parameters:
        for k in range(kept):
            expected.append((f"{parameter.name}.optimizer.{k}", "F64", parameter.shape))
    if plan.optimizer.parameter_ids[1]:
        expected.append(("optimizer.0", "F64", (plan.optimizer.parameter_ids[1],)))
    if cached:
        expected.append(("stream.cached", "F64", (1,)))
    expected.append(("stream", "U32", (STREAM,)))
    return expected


def _check_tensors(tensors: "List[Tensor]", expected: "List[Tuple[str, str, Tuple[int, ...]]]") -> None:
    for k, (name, dtype, shape) in enumerate(expected):
        got = "nothing"
        if k < len(tensors):
            tensor = tensors[k]
            if (tensor.name, tensor.dtype, tensor.shape) == (name, dtype, shape):
                continue
            got = f"{truncate_repr(tensor.name)}, {tensor.dtype} of shape {truncate_repr(tensor.shape)}"
        raise ModelFileError(f"the network needs the tensor {name}, {dtype} of shape {truncate_repr(shape)}, next; got {got}")
    if len(tensors) > len(expected):
        raise ModelFileError(f"tensor {truncate_repr(tensors[len(expected)].name)} is not one of the network's")


def _values(words: "Any", keys: "Sequence[str]", what: str) -> "List[Any]":
    """The values of a list of [key, value] that has exactly these keys in this order."""
    pairs = isinstance(words, list) and all([isinstance(pair, list) and len(pair) == 2 for pair in words])
    if not pairs or [pair[0] for pair in words] != list(keys):
        raise ModelFileError(f"{what}: expected [key, value] for each of {', '.join(keys)}, got {truncate_repr(words)}")
    return [pair[1] for pair in words]
