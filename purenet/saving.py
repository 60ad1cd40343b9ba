"""Save and load a network or a table model."""
from ._core.messages import ModelFileError, describe, printable, with_path
from ._model.settings import check_threads
from .backends import resolve_backend
from .model_files.container import read
from .model_files.network_format import decode
from .network import Network

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Sequence


def save(thing: "Any", path: "Any", metadata: "Sequence[tuple[str, str]] | None" = None) -> None:
    """Write a network or a table model to a model file (safetensors). ``load`` reads it.

    ``metadata``: (key, text) pairs of your own. By default the file gets those of the file that the network was loaded
    from, unless it has been trained since. At every moment, and after any error, path holds the old file or the new
    one. Raises TypeError if ``thing`` is neither, OSError if the file cannot be written.
    """
    if not isinstance(thing, Network):
        from .table import TableModel  # boards do without it

        if not isinstance(thing, TableModel):
            raise TypeError(f"thing: expected a network or a table model, got {describe(thing)}")
    thing.save(path, metadata)


def load(path: "Any", *, backend: str = "auto", threads: "int | None" = None) -> "Any":
    """Return the network or table model in a model file. Training continues with the same bits, on any backend.

    Raises ModelFileError if the file is not a sound model file or its network does not fit in memory, OSError if it
    cannot be read.
    """
    resolve_backend(backend)
    threads = check_threads(threads)
    try:
        return _rebuild(path, backend, threads)
    except ModelFileError as error:
        raise ModelFileError(f"{printable(str(path))}: {error}") from None
    except MemoryError as error:
        said = str(error) or "its network does not fit in memory here"
        raise ModelFileError(f"{printable(str(path))}: {said}") from None
    except OSError as error:
        raise with_path(error, path) from None


def _rebuild(path: "Any", backend: str, threads: "int | None") -> "Any":
    settings, state, table = read(path, decode)
    settings["backend"], settings["threads"] = backend, threads
    network: Network = object.__new__(Network)
    network.__setstate__((settings, state))
    if table is None:
        return network
    from .table import TableModel  # boards have no CSV files

    try:
        return TableModel.from_file_parts(network, *table)
    except (ValueError, TypeError, KeyError, IndexError) as error:
        raise ModelFileError(f"the table model cannot be rebuilt: {error}") from None
