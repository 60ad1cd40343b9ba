"""Save and load a network or a table model."""
from ._core.messages import ModelFileError, describe, truncate_repr, with_path
from .backends import resolve_backend
from .model_files.container import Tensor, read
from .model_files.network_format import MADE, MAKERS, RUN, _network_contents, decode, encode, parse_metadata
from .model_files.strict_json import written
from .network import Network
from .version import __version__

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, List, Optional, Sequence, Tuple


def save(thing: "Any", path: "Any", metadata: "Optional[Sequence[Tuple[str, str]]]" = None) -> None:
    """Write a network, or what has one and can be loaded again, to a model file (safetensors).

    ``made``: (key, text) pairs on how it was made; without them those of the file it was loaded from, unless
    it has been trained since.  At every moment, and after any error, path holds the old file or the new one.
    Raises TypeError for other things, OSError where the file cannot be written.
    """
    import os

    if not hasattr(os, "replace"):
        raise RuntimeError("save: this Python cannot replace files; model files are written by CPython and PyPy: send "
                           "net.parameters() to one, where set_parameters takes them")
    from .model_files.writer import write  # boards do without it

    if isinstance(thing, Network):
        network, table = thing, None
    elif hasattr(thing, "to_file_parts") and hasattr(thing, "network"):
        network, table = thing.network, thing.to_file_parts()
    else:
        raise TypeError(f"thing: expected a network, or what purenet makes of one, got {describe(thing)}")
    pairs = list(network.metadata if metadata is None else metadata)
    version = [pair for pair in pairs if pair[0] == "version"] or [("version", __version__)]
    pairs = version + [pair for pair in pairs if pair[0] != "version"]
    entries, tensors = _network_contents(network, *encode(network))
    if table:
        kind, its_words, its_tensors = table
        if kind not in MAKERS:
            raise TypeError(f"thing: its kind {kind!r} is not in storage.MAKERS, so it could not be loaded again")
        if not all([tensor.name.startswith("table.") for tensor in its_tensors]):
            raise ValueError("file_parts: the names of a thing's own tensors begin with \"table.\"")
        entries.append(("table", written([kind, its_words])))
        tensors = tensors + list(its_tensors)
    write(path, entries + [(MADE + key, text) for key, text in pairs], tensors)


def load(path: "Any", *, backend: str = "auto", threads: "Optional[int]" = None) -> "Any":
    """What was saved: it goes on with the same bits, on whatever backend.

    Raises ModelFileError for a file that is not a sound model file, OSError where it cannot be read.
    """
    resolve_backend(backend)
    try:
        return _rebuild(*read(path), backend, threads)
    except ModelFileError as error:
        raise ModelFileError(f"{path}: {error}") from None
    except OSError as error:
        raise with_path(error, path) from None


def _rebuild(
    entries: "List[Tuple[str, str]]", tensors: "List[Tensor]", backend: str, threads: "Optional[int]"
) -> "Any":
    digest, words, run, table, made = parse_metadata(entries)
    own = [tensor for tensor in tensors if tensor.name.startswith("table.")]
    if own and table is None:
        raise ModelFileError(f"tensor {truncate_repr(own[0].name)} belongs to nothing in this file")
    first = len(tensors) - len(own)
    if own and tensors[first] is not own[0]:
        raise ModelFileError("the table's tensors are not the last ones")
    last = None
    if run is not None:
        first -= 1
        last = tensors[first] if first >= 0 else None
        if last is None or (last.name, last.dtype) != (RUN, "F64"):
            raise ModelFileError(f"the tensor {RUN} of the training in progress does not follow the network's")
    network = decode(words, tensors[:first], digest, backend=backend, threads=threads)
    network.metadata = made
    if last:
        network._unfinished = _paused_from(run, last, network.plan.total_size)
    if table is None:
        return network
    kind, its_words = table
    try:
        return MAKERS[kind](network, its_words, own)
    except (ValueError, TypeError, KeyError, IndexError) as error:
        raise ModelFileError(f"the {kind} cannot be made again: {error}") from None


def _paused_from(words: "Any", tensor: Tensor, held: int) -> "Any":
    try:
        from .model_files.training_format import paused_training_from
    except ImportError:  # a board, which begins a new training
        return None
    return paused_training_from(words, tensor, held)
