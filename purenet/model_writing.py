"""Writing a model file: safetensors, in one way; at any moment the old file or the whole new one is there."""
import binascii
import hashlib
import os
import stat
import struct

from . import model_file
from .files import file_name
from .model_file import CHUNK, PLACE, ZEROS, first_non_finite, layout_of, require_count
from .wording import with_path
from .words import excerpt, written

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, List, Optional, Sequence, Tuple

    from .model_file import Tensor


def write(path: "Any", metadata: "Sequence[Tuple[str, str]]", tensors: "Sequence[Tensor]") -> None:
    """Write a file that ``read`` reads, in such a way that path holds the old file or the whole new one.

    A temporary file in the same folder (NAME.RANDOM.unfinished) is written, brought to the disk and
    renamed; it is removed after any error, and only a process that is killed leaves it behind.  The old
    file's permissions are kept; where path is a symbolic link, the file it points to is replaced.
    Raises OSError, or ValueError where something cannot be stored.
    """
    for tensor in tensors:
        _require_values(tensor)
    header = header_of(metadata, tensors)
    target, temporary, mode = _places(path)
    try:
        with open(temporary, "xb") as file:
            if mode is not None:
                os.chmod(temporary, mode)
            _write_to(file, header, tensors)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, target)
    except FileExistsError:  # somebody else's temporary file
        raise
    except BaseException as error:
        try:
            os.unlink(temporary)
        except OSError:
            pass
        if isinstance(error, OSError):
            raise with_path(error, path) from None
        raise
    try:
        directory = os.open(os.path.dirname(target), os.O_RDONLY)
    except OSError:  # Windows opens no folders
        return
    try:
        os.fsync(directory)
    except OSError:  # nor do all file systems bring them to the disk
        pass
    finally:
        os.close(directory)


def require_writable(path: "Any") -> None:
    """Raise the error that ``write`` would raise for this path: a temporary file is made and removed."""
    _, temporary, _ = _places(path)
    try:
        open(temporary, "xb").close()
        os.unlink(temporary)
    except OSError as error:
        raise with_path(error, path) from None


def _places(path: "Any") -> "Tuple[str, str, Optional[int]]":
    """The file to replace, a temporary one beside it, and the permissions of the old one."""
    target = os.path.realpath(os.fsdecode(file_name(path)))
    folder, name = os.path.split(target)
    temporary = os.path.join(folder, f"{name[:40]}.{binascii.hexlify(os.urandom(6)).decode()}.unfinished")
    return target, temporary, _mode(target)


def _mode(target: str) -> "Optional[int]":
    """The permissions of the file that is to be replaced, if there is one and it may be."""
    try:
        mode = os.stat(target).st_mode
    except FileNotFoundError:
        return None
    if not stat.S_ISREG(mode):
        raise ValueError(f"path: {target} is there and is not a file")
    if not os.access(target, os.W_OK):
        raise PermissionError(f"path: {target} is write-protected")
    return stat.S_IMODE(mode)


def _require_values(tensor: "Tensor") -> None:
    """Raise ValueError if the values of a tensor do not agree with its shape, or are not finite."""
    _, _, count = layout_of(tensor.name, tensor.dtype, tensor.shape)
    if len(tensor.values) != count:
        raise ValueError(f"tensor {tensor.name}: shape {tensor.shape} and {len(tensor.values)} values do not agree")
    place = first_non_finite(tensor.values) if tensor.dtype == "F64" else None
    if place is not None:
        raise ValueError(f"tensor {tensor.name}: number {place} is {tensor.values[place]}, not a finite number")


def header_of(metadata: "Sequence[Tuple[str, str]]", tensors: "Sequence[Tensor]", growth: int = 0) -> bytes:
    """Return the length and the header, with zeros for the checksum; the values of the tensors are not looked at.

    Raises ValueError or TypeError for whatever ``read`` refuses.  ``growth``: by how many bytes the header may become
    longer later on, for which there has to be room too.
    """
    texts = [("checksum", ZEROS.decode())] + [(key, text) for key, text in metadata]
    for _, text in texts:
        if not isinstance(text, str):
            raise TypeError(f"metadata: expected pairs of text, got {excerpt(text)}")
    require_count(len(tensors))
    contents: "List[Tuple[str, Any]]" = [("__metadata__", tuple(texts))]
    reached = 0
    for tensor in tensors:
        _, width, count = layout_of(tensor.name, tensor.dtype, tensor.shape)
        end = reached + count * width
        offsets = [reached, end]
        contents.append(
            (tensor.name, (("dtype", tensor.dtype), ("shape", list(tensor.shape)), ("data_offsets", offsets))))
        reached = end
    _require_names([key for key, _ in texts])
    _require_names([name for name, _ in contents])
    header = written(tuple(contents)).encode("utf-8")
    header += b" " * (-len(header) % 8)
    taken, most = len(header) + growth, model_file.LONGEST_HEADER
    if taken > most:
        parts = [(len(text.encode()), f"the text {excerpt(key)}") for key, text in texts]
        parts.append((len(written(tuple(contents[1:])).encode()), "the list of tensors"))
        size, largest = max(parts)
        soon = f", or soon {taken}" if growth else ""
        raise ValueError(f"the names and texts take {len(header)} bytes{soon}; a model file has room for {most}; "
                         f"{largest} takes the most, {size}")
    return struct.pack("<Q", len(header)) + header


def _require_names(names: "List[Any]") -> None:
    known = {}
    for name in names:
        if not isinstance(name, str):
            raise TypeError(f"names are text, got {excerpt(name)}")
        if name in known:
            raise ValueError(f"the name {excerpt(name)} is there twice")
        known[name] = True


def _write_to(file: "Any", header: bytes, tensors: "Sequence[Tensor]") -> None:
    total = hashlib.sha256(header)
    file.write(header)
    for tensor in tensors:
        letter, _, count = layout_of(tensor.name, tensor.dtype, tensor.shape)
        for start in range(0, count, CHUNK):
            part = tensor.values[start:start + CHUNK]
            try:
                data = struct.pack(f"<{len(part)}{letter}", *part)
            except struct.error:
                raise ValueError(f"tensor {tensor.name}: a value is not one of {tensor.dtype}") from None
            total.update(data)
            file.write(data)
    file.seek(PLACE)
    file.write(binascii.hexlify(total.digest()))
