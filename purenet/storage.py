"""save and load: a network, or what is built around one, as the texts and tensors of a model file.

Words are lists, text, whole numbers, True, False and None; every float is in a tensor, so that no decimal
text stands between two machines.  A file names kinds of layers, losses and so on, which are looked up in
closed tables; nothing is imported or run because a file says so.  Loading runs on MicroPython.
"""
from . import checks
from .backends import choose
from .descriptions import described
from .layers import layer_of_kind
from .model_file import ModelFileError, Tensor, read
from .network import Network
from .optimizers import optimizer_of_kind
from .plan import ACTIVATIONS, LOSSES, NUMBERS
from .specification import checked_description, checked_threads, planned, require_variances
from .state import State
from .version import ARITHMETIC, __version__
from .wording import shown, with_path
from .words import excerpt, parsed, written

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, List, Optional, Sequence, Tuple

    from .plan import Plan

FORMAT = "purenet model 1"
STREAM = 624  # words of the stream
LONGEST_COUNT = 1 << 62
MOST_LAYERS = 10000
RUN = "run"  # the metadata and the tensor of a training that was broken off
MADE = "made."  # begins the keys of what is said about the making


def _table_model(network: Network, words: "Any", tensors: "List[Tensor]") -> "Any":
    from .tabular import TableModel  # boards have no CSV files

    return TableModel.from_parts(network, words, tensors)


# What a file may hold beside a network, by its kind: the function of (network, words, tensors) that makes it again.
MAKERS: "dict[str, Callable[[Network, Any, List[Tensor]], Any]]" = {"table": _table_model}


def save(thing: "Any", path: "Any", made: "Optional[Sequence[Tuple[str, str]]]" = None) -> None:
    """Write a network, or what has one and can be loaded again, to a model file (safetensors).

    ``made``: (key, text) pairs on how it was made; without them those of the file it was loaded from, unless
    it has been trained since.  At every moment, and after any error, path holds the old file or the new one.
    Raises TypeError for other things, OSError where the file cannot be written.
    """
    import os

    if not hasattr(os, "replace"):
        raise RuntimeError("save: this Python cannot replace files; model files are written by CPython and PyPy: send "
                           "net.parameters() to one, where set_parameters takes them")
    from .model_writing import write  # boards do without it

    if isinstance(thing, Network):
        network, table = thing, None
    elif hasattr(thing, "file_parts") and hasattr(thing, "network"):
        network, table = thing.network, thing.file_parts()
    else:
        raise TypeError(f"thing: expected a network, or what purenet makes of one, got {shown(thing)}")
    pairs = list(network.made if made is None else made)
    version = [pair for pair in pairs if pair[0] == "version"] or [("version", __version__)]
    pairs = version + [pair for pair in pairs if pair[0] != "version"]
    metadata, tensors = _network_contents(network, *network_parts(network))
    if table:
        kind, its_words, its_tensors = table
        if kind not in MAKERS:
            raise TypeError(f"thing: its kind {kind!r} is not in storage.MAKERS, so it could not be loaded again")
        if not all([tensor.name.startswith("table.") for tensor in its_tensors]):
            raise ValueError("file_parts: the names of a thing's own tensors begin with \"table.\"")
        metadata.append(("table", written([kind, its_words])))
        tensors = tensors + list(its_tensors)
    write(path, metadata + [(MADE + key, text) for key, text in pairs], tensors)


def require_room(network: Network, growth: int) -> None:
    """Raise the error that ``save`` would raise because a model file has no room for the network as it is now.

    ``growth``: by how many bytes the header may become longer later on.  Nothing is written.
    """
    from .model_writing import header_of

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
        from .unfinished import require_parts

        run, its_tensor = unfinished.parts()
        require_parts(run, its_tensor, network.plan.held)
        metadata.append((RUN, written(run)))
        tensors = tensors + [its_tensor]
    return metadata, tensors


def _require_layers(count: int) -> None:
    """Raise ModelFileError if a model file cannot hold so many layers."""
    if count > MOST_LAYERS:
        raise ModelFileError(f"layers: {count}, and there may be {MOST_LAYERS}")


def load(path: "Any", *, backend: str = "auto", threads: "Optional[int]" = None) -> "Any":
    """What was saved: it goes on with the same bits, on whatever backend.

    Raises ModelFileError for a file that is not a sound model file, OSError where it cannot be read.
    """
    choose(backend)
    try:
        return _made_again(*read(path), backend, threads)
    except ModelFileError as error:
        raise ModelFileError(f"{path}: {error}") from None
    except OSError as error:
        raise with_path(error, path) from None


def _made_again(
    metadata: "List[Tuple[str, str]]", tensors: "List[Tensor]", backend: str, threads: "Optional[int]"
) -> "Any":
    digest, words, run, table, made = understood(metadata)
    own = [tensor for tensor in tensors if tensor.name.startswith("table.")]
    if own and table is None:
        raise ModelFileError(f"tensor {excerpt(own[0].name)} belongs to nothing in this file")
    first = len(tensors) - len(own)
    if own and tensors[first] is not own[0]:
        raise ModelFileError("the table's tensors are not the last ones")
    last = None
    if run is not None:
        first -= 1
        last = tensors[first] if first >= 0 else None
        if last is None or (last.name, last.dtype) != (RUN, "F64"):
            raise ModelFileError(f"the tensor {RUN} of the training in progress does not follow the network's")
    network = network_from(words, tensors[:first], digest, backend=backend, threads=threads)
    network.made = made
    if last:
        network._unfinished = _unfinished_from(run, last, network.plan.held)
    if table is None:
        return network
    kind, its_words = table
    try:
        return MAKERS[kind](network, its_words, own)
    except (ValueError, TypeError, KeyError, IndexError) as error:
        raise ModelFileError(f"the {kind} cannot be made again: {error}") from None


def _unfinished_from(words: "Any", tensor: Tensor, held: int) -> "Any":
    try:
        from .unfinished import unfinished_from
    except ImportError:  # a board, which begins a new training
        return None
    return unfinished_from(words, tensor, held)


def understood(metadata: "List[Tuple[str, str]]") -> "Tuple[str, Any, Any, Any, List[Tuple[str, str]]]":
    """What a file's metadata say: the digest, the network's words, those of a training in progress or None, [kind,
    words] of what stands around it or None, and the pairs on the making."""
    keys = [key for key, _ in metadata]
    if keys[:1] == ["format"] and metadata[0][1] != FORMAT:
        raise ModelFileError(f"the format is {excerpt(metadata[0][1])}; this purenet reads {FORMAT!r}")
    expected = ["format", "arithmetic", "digest", "purenet"]
    for key in (RUN, "table"):
        expected += [key] if keys[len(expected):len(expected) + 1] == [key] else []
    count = len(expected)
    if keys[:count] != expected or keys[count:count + 1] != [MADE + "version"]:
        got = excerpt(keys[:count + 1])
        raise ModelFileError(f"expected the metadata {', '.join(expected)}, {MADE}version, got {got}")
    for key in keys[count:]:
        if not key.startswith(MADE):
            raise ModelFileError(f"the metadata {excerpt(key)} is not known")
    if metadata[1][1] != str(ARITHMETIC):
        theirs = excerpt(metadata[1][1])
        raise ModelFileError(f"it was made under arithmetic {theirs}; this purenet's is {ARITHMETIC}, with other bits")
    run = _parsed(RUN, metadata[4][1]) if RUN in expected else None
    table = None
    if "table" in expected:
        table = _parsed("table", metadata[count - 1][1])
        if not isinstance(table, list) or len(table) != 2 or not isinstance(table[0], str) or table[0] not in MAKERS:
            raise ModelFileError(f"the table {excerpt(table)} is of no kind that this purenet knows")
    made = [(key[len(MADE):], text) for key, text in metadata[count:]]
    return metadata[2][1], _parsed("purenet", metadata[3][1]), run, table, made


def _parsed(key: str, text: str) -> "Any":
    try:
        return parsed(text.encode())
    except ModelFileError as error:
        raise ModelFileError(f"the metadata {key!r} is not as it should be: {error}") from None


# a network -----------------------------------------------------------------------------------------

def network_parts(network: Network) -> "Tuple[Any, List[Tensor], str, Any]":
    """The words, tensors and digest of a network, and the training of it that was broken off, or None.

    A function given as init has done its work and stays behind.
    """
    words, tensors, state, unfinished = _network_parts(network)
    return words, tensors, state.digest(), unfinished


def _network_parts(network: Network) -> "Tuple[Any, List[Tensor], State, Any]":
    description, state = network.__getstate__()
    inputs, layers, optimizer = description["inputs"], description["layers"], description["optimizer"]
    loss, reals = description["loss"]
    settings = optimizer.reals()
    settings += reals
    for layer in layers:
        settings += layer.reals()
    _, key, place, has_cached, cached = state.stream
    words = [
        ["numbers", NUMBERS],
        ["inputs", list(inputs) if isinstance(inputs, tuple) else inputs],
        ["layers", [layer.words() for layer in layers]],
        ["loss", loss],
        ["reduction", description["reduction"]],
        ["optimizer", optimizer.words()],
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


def network_from(
    words: "Any", tensors: "List[Tensor]", digest: str, *, backend: str = "auto", threads: "Optional[int]" = None
) -> Network:
    """The network of words, tensors and digest as ``network_parts`` gives them; ModelFileError for any others."""
    values = _values(words, WORDS, "the network")
    stream, position = values[8:]
    if not isinstance(stream, list) or len(stream) != 2 or not isinstance(stream[1], bool):
        raise ModelFileError(f"stream: expected its place and whether a number waits, got {excerpt(stream)}")
    if not isinstance(position, list) or len(position) != 3:
        raise ModelFileError(f"position: expected three whole numbers, got {excerpt(position)}")
    try:
        place = checks.whole("stream", stream[0], 0, STREAM)
        counts = [checks.whole("position", count, 0, LONGEST_COUNT) for count in position]
        description = description_from(words, tensors[0].values if tensors else [])
    except (ValueError, TypeError) as error:
        raise ModelFileError(f"the network cannot be made again: {error}") from None
    description["backend"] = backend
    description["threads"] = checked_threads(threads)
    plan = planned(description)
    kept = plan.optimizer.integers[0]
    _require_tensors(tensors, _expected(plan, kept, len(tensors[0].values), stream[1]))
    arrays = [tensor.values for tensor in tensors]
    trained = 1 + len(plan.parameters)
    first = trained + len(plan.statistics)
    numbers = [arrays[first + p * kept:first + (p + 1) * kept] for p in range(len(plan.parameters))]
    if plan.optimizer.integers[1]:
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
        require_variances(plan.statistics, state.statistics)
    except ValueError as error:
        raise ModelFileError(str(error)) from None
    network: Network = object.__new__(Network)
    network.__setstate__((description, state))
    return network


WORDS = ("numbers", "inputs", "layers", "loss", "reduction", "optimizer", "init", "seed", "stream", "position")


def description_from(words: "Any", settings: "Sequence[float]") -> "dict[str, Any]":
    """What a network is made of; backend and threads are not said in a file.  ValueError or TypeError if unfit."""
    numbers, inputs, layers, loss, reduction, optimizer, init, seed = _values(words, WORDS, "the network")[:8]
    checks.named("numbers", numbers, [NUMBERS])
    checks.named("loss", loss, list(LOSSES))
    checks.initialiser_named(init)
    rest = list(settings)

    def take(count: int) -> "List[float]":
        if len(rest) < count:
            raise ModelFileError("settings has fewer numbers than the network has settings")
        taken = rest[:count]
        rest[:count] = []
        return taken

    described_optimizer = _described("the optimizer", optimizer, optimizer_of_kind, take)
    reals = take(len(LOSSES[loss][1]))
    layers = layers if isinstance(layers, list) else []
    _require_layers(len(layers))
    made = [_described(f"layer {number}", words_of_layer, layer_of_kind, take)
            for number, words_of_layer in enumerate(layers)]
    if rest:
        raise ModelFileError(f"settings has {len(rest)} numbers too many")
    return checked_description(
        inputs=inputs, layers=made, loss=[loss] + reals, optimizer=described_optimizer, init=init, seed=seed,
        backend="auto", threads=None, reduction=reduction,
    )


def _described(what: str, words: "Any", class_of: "Any", take: "Any") -> "Any":
    try:
        return described(words, class_of, ACTIVATIONS, take)
    except ModelFileError:
        raise
    except (ValueError, TypeError) as error:
        raise ModelFileError(f"{what}: {error}; got {excerpt(words)}") from None


def _expected(plan: "Plan", kept: int, settings: int, cached: bool) -> "List[Tuple[str, str, Tuple[int, ...]]]":
    """Name, dtype and shape of every tensor of a network, in order."""
    expected: "List[Tuple[str, str, Tuple[int, ...]]]" = [("settings", "F64", (settings,))]
    for parameter in plan.parameters + plan.statistics:
        expected.append((parameter.name, "F64", parameter.shape))
    for parameter in plan.parameters:
        for k in range(kept):
            expected.append((f"{parameter.name}.optimizer.{k}", "F64", parameter.shape))
    if plan.optimizer.integers[1]:
        expected.append(("optimizer.0", "F64", (plan.optimizer.integers[1],)))
    if cached:
        expected.append(("stream.cached", "F64", (1,)))
    expected.append(("stream", "U32", (STREAM,)))
    return expected


def _require_tensors(tensors: "List[Tensor]", expected: "List[Tuple[str, str, Tuple[int, ...]]]") -> None:
    for k, (name, dtype, shape) in enumerate(expected):
        got = "nothing"
        if k < len(tensors):
            tensor = tensors[k]
            if (tensor.name, tensor.dtype, tensor.shape) == (name, dtype, shape):
                continue
            got = f"{excerpt(tensor.name)}, {tensor.dtype} of shape {excerpt(tensor.shape)}"
        raise ModelFileError(f"the network needs the tensor {name}, {dtype} of shape {excerpt(shape)}, next; got {got}")
    if len(tensors) > len(expected):
        raise ModelFileError(f"tensor {excerpt(tensors[len(expected)].name)} is not one of the network's")


def _values(words: "Any", keys: "Sequence[str]", what: str) -> "List[Any]":
    """The values of a list of [key, value] that has exactly these keys in this order."""
    pairs = isinstance(words, list) and all([isinstance(pair, list) and len(pair) == 2 for pair in words])
    if not pairs or [pair[0] for pair in words] != list(keys):
        raise ModelFileError(f"{what}: expected [key, value] for each of {', '.join(keys)}, got {excerpt(words)}")
    return [pair[1] for pair in words]
