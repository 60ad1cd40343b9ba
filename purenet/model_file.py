"""The container of a model file: safetensors, read strictly and written atomically; docs/model-file.md has the bytes.

What the texts and tensors mean is the business of ``storage``.  Everything is checked against the size of
the file before memory is taken for it.  Reading runs on MicroPython.
"""
import binascii
import hashlib
import math
import struct
import sys
from array import array

from .words import ModelFileError, excerpt, parsed, written

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, List, Optional, Sequence, Tuple

__all__ = ["ModelFileError", "Tensor", "read", "require_writable", "write"]

LONGEST_HEADER = 1 << 20
MOST = 1 << 24  # of one dimension
DIMENSIONS = 8
MOST_TENSORS = 10000
DTYPES = (("F64", "d", 8), ("U32", "I", 4), ("I64", "q", 8))  # name, letter of struct, bytes
BEGINNING = b"{\"__metadata__\":{\"checksum\":\""
PLACE = 8 + len(BEGINNING)  # of the checksum in the file
ZEROS = b"0" * 64  # stand for the checksum while it is computed
CHUNK = 2048  # numbers converted at a time


class Tensor:
    """A named array: ``dtype`` is "F64", "U32" or "I64", ``values`` a flat list or array, row-major."""

    __slots__ = ("name", "dtype", "shape", "values")

    def __init__(self, name: str, dtype: str, shape: "Sequence[int]", values: "Any") -> None:
        self.name = name
        self.dtype = dtype
        self.shape = tuple(shape)
        self.values = values

    def __repr__(self) -> str:
        return f"Tensor({self.name!r}, {self.dtype!r}, {self.shape})"


def _layout(name: str, dtype: "Any", shape: "Any") -> "Tuple[str, int, int]":
    """The letter of struct, the bytes of a number and the count of numbers of a tensor."""
    known = [(letter, width) for other, letter, width in DTYPES if other == dtype]
    if not known:
        raise ModelFileError(f"tensor {excerpt(name)}: dtype {excerpt(dtype)} is not F64, U32 or I64")
    sound = isinstance(shape, (list, tuple)) and 1 <= len(shape) <= DIMENSIONS
    if not sound or not all([type(size) is int and 1 <= size <= MOST for size in shape]):
        wanted = f"1 to {DIMENSIONS} whole numbers from 1 to {MOST}"
        raise ModelFileError(f"tensor {excerpt(name)}: shape {excerpt(shape)} is not {wanted}")
    count = 1
    for size in shape:
        count *= size
    return known[0][0], known[0][1], count


def _first_non_finite(values: "Sequence[Any]") -> "Optional[int]":
    for k, value in enumerate(values):
        if not math.isfinite(value):
            return k
    return None


# reading -------------------------------------------------------------------------------------------

def read(path: "Any", only: "Optional[Sequence[str]]" = None) -> "Tuple[List[Tuple[str, str]], List[Tensor]]":
    """The metadata, a list of (key, text), and the tensors in the file's order.

    ``only``: the names of the tensors to read; the others have no values, and the checksum, which covers
    the whole file, is not looked at.
    Raises ModelFileError for whatever is not sound, OSError where the system does not let it be read.
    """
    with open(path, "rb") as file:
        size = file.seek(0, 2)
        file.seek(0)
        lead = file.read(8)
        if len(lead) < 8:
            raise ModelFileError(f"{size} bytes are too few for a model file")
        (length,) = struct.unpack("<Q", lead)
        if min(lead) >= 9 and max(lead) < 128:
            raise ModelFileError("no model file: this looks like text (a CSV file in the model's place?)")
        if length > LONGEST_HEADER:
            raise ModelFileError(f"no model file, or its header is longer than {LONGEST_HEADER} bytes: {length}")
        if length > size - 8:
            raise ModelFileError(f"the header has {length} bytes and the file {size}: it is cut off, or no model file")
        header = _exactly(file, length)
        if header[:len(BEGINNING)] != BEGINNING:
            raise ModelFileError("this is not a file of purenet's: the header does not begin with its checksum")
        if only is None:
            _require_checksum(file, lead + header, size - 8 - length)
        metadata, layouts = _contents(header, size - 8 - length)
        tensors = []
        for name, dtype, shape, begin in layouts:
            values: "Any" = []
            if only is None or name in only:
                file.seek(8 + length + begin)
                letter, width, count = _layout(name, dtype, shape)
                values = _numbers(file, letter, width, count)
                place = _first_non_finite(values) if dtype == "F64" else None
                if place is not None:
                    raise ModelFileError(
                        f"tensor {excerpt(name)}: number {place} is {values[place]}, not a finite number")
            tensors.append(Tensor(name, dtype, shape, values))
    return metadata, tensors


def _numbers(file: "Any", letter: str, width: int, count: int) -> "Any":
    """The next numbers of the data: doubles as an array where this Python fills those with bytes, others as a list."""
    packed: "Any" = array("d")
    if letter != "d" or not hasattr(packed, "frombytes"):  # boards do not
        packed = None
    values: "List[Any]" = []
    for start in range(0, count, CHUNK):
        some = min(CHUNK, count - start)
        part = _exactly(file, some * width)
        if packed is None:
            values.extend(struct.unpack(f"<{some}{letter}", part))
        else:
            packed.frombytes(part)
    if packed is None:
        return values
    if sys.byteorder == "big":
        packed.byteswap()
    return packed


def _exactly(file: "Any", count: int) -> bytes:
    part: bytes = file.read(count)
    if len(part) != count:
        raise ModelFileError("the file became shorter while it was read")
    return part


def _require_checksum(file: "Any", begun: bytes, rest: int) -> None:
    """Nothing of a damaged file is looked at."""
    total = hashlib.sha256(begun[:PLACE] + ZEROS + begun[PLACE + 64:])
    for start in range(0, rest, 8 * CHUNK):
        total.update(_exactly(file, min(8 * CHUNK, rest - start)))
    if binascii.hexlify(total.digest()) != begun[PLACE:PLACE + 64]:
        raise ModelFileError("the checksum does not match: the file is damaged or cut off, or something else wrote it")


def _contents(header: bytes, room: int) -> "Tuple[List[Tuple[str, str]], List[Tuple[str, str, List[int], int]]]":
    """Metadata and (name, dtype, shape, first byte) of the tensors, checked against the bytes of the data."""
    text = header.rstrip(b" ")
    if len(header) % 8 or len(header) - len(text) > 7:
        raise ModelFileError(f"the header ({len(header)} bytes) is not filled up with spaces to a multiple of 8")
    try:
        contents = parsed(text)
    except ModelFileError as error:
        raise ModelFileError(f"the header is not as it should be: {error}") from None
    metadata = contents[0][1]
    for key, value in metadata:
        if not isinstance(value, str):
            raise ModelFileError(f"the metadata {excerpt(key)} is not text")
    if len(metadata[0][1]) != 64:
        raise ModelFileError("the checksum has not 64 digits")
    if len(contents) - 1 > MOST_TENSORS:
        raise ModelFileError(f"it has {len(contents) - 1} tensors; a model file has {MOST_TENSORS} at most")
    layouts = []
    reached = 0
    for name, entry in contents[1:]:
        if not isinstance(entry, tuple) or [key for key, _ in entry] != ["dtype", "shape", "data_offsets"]:
            raise ModelFileError(f"tensor {excerpt(name)}: expected dtype, shape and data_offsets and nothing else")
        (_, dtype), (_, shape), (_, offsets) = entry
        _, width, count = _layout(name, dtype, shape if isinstance(shape, list) else None)
        if not isinstance(offsets, list) or len(offsets) != 2 or not all([type(place) is int for place in offsets]):
            raise ModelFileError(f"tensor {excerpt(name)}: data_offsets {excerpt(offsets)} are not two whole numbers")
        begin, end = offsets
        if begin != reached:
            raise ModelFileError(
                f"tensor {excerpt(name)} begins at {begin}, but {reached} bytes of data are before it: "
                f"{'a hole' if begin > reached else 'an overlap'}"
            )
        if end - begin != count * width:
            takes = f"{dtype} of shape {excerpt(shape)} takes {count * width} bytes"
            raise ModelFileError(f"tensor {excerpt(name)}: {takes}, not {end - begin}")
        if end > room:
            raise ModelFileError(f"tensor {excerpt(name)} ends at byte {end} of the data, of which there are {room}: "
                                 f"the file is cut off")
        layouts.append((name, dtype, shape, begin))
        reached = end
    if reached != room:
        raise ModelFileError(f"{room - reached} bytes follow the last tensor")
    return list(metadata[1:]), layouts


# writing -------------------------------------------------------------------------------------------

def write(path: "Any", metadata: "Sequence[Tuple[str, str]]", tensors: "Sequence[Tensor]") -> None:
    """Write a file that ``read`` reads, in such a way that path holds the old file or the whole new one.

    A temporary file in the same folder (NAME.RANDOM.unfinished) is written, brought to the disk and
    renamed; it is removed after any error, and only a process that is killed leaves it behind.  The old
    file's permissions are kept; where path is a symbolic link, the file it points to is replaced.
    Raises OSError, or ValueError where something cannot be stored.
    """
    import os

    if not hasattr(os, "replace"):
        raise RuntimeError("save: this Python cannot replace files; model files are written by CPython and PyPy")
    header = _header(metadata, tensors)
    target, temporary, mode = _places(path)
    try:
        with open(temporary, "xb") as file:
            if mode is not None:
                os.chmod(temporary, mode)
            _write_to(file, header, tensors)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, target)
    except BaseException as error:
        if not isinstance(error, FileExistsError):  # somebody else's
            try:
                os.unlink(temporary)
            except OSError:
                pass
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
    import os

    _, temporary, _ = _places(path)
    open(temporary, "xb").close()
    os.unlink(temporary)


def _places(path: "Any") -> "Tuple[str, str, Optional[int]]":
    """The file to replace, a temporary one beside it, and the permissions of the old one."""
    import os

    target = os.path.realpath(os.fsdecode(path))
    folder, name = os.path.split(target)
    temporary = os.path.join(folder, f"{name[:40]}.{binascii.hexlify(os.urandom(6)).decode()}.unfinished")
    return target, temporary, _mode(target)


def _mode(target: str) -> "Optional[int]":
    """The permissions of the file that is to be replaced, if there is one and it may be."""
    import os
    import stat

    try:
        mode = os.stat(target).st_mode
    except FileNotFoundError:
        return None
    if not stat.S_ISREG(mode):
        raise ValueError(f"path: {target} is there and is not a file")
    if not os.access(target, os.W_OK):
        raise PermissionError(f"path: {target} is write-protected")
    return stat.S_IMODE(mode)


def _header(metadata: "Sequence[Tuple[str, str]]", tensors: "Sequence[Tensor]") -> bytes:
    """Length and header, with zeros for the checksum."""
    texts = [("checksum", ZEROS.decode())] + [(key, text) for key, text in metadata]
    for _, text in texts:
        if not isinstance(text, str):
            raise TypeError(f"metadata: expected pairs of text, got {excerpt(text)}")
    if len(tensors) > MOST_TENSORS:
        raise ValueError(f"{len(tensors)} tensors are too many; a model file has room for {MOST_TENSORS}")
    contents: "List[Tuple[str, Any]]" = [("__metadata__", tuple(texts))]
    reached = 0
    for tensor in tensors:
        _, width, count = _layout(tensor.name, tensor.dtype, tensor.shape)
        if len(tensor.values) != count:
            raise ValueError(f"tensor {tensor.name}: shape {tensor.shape} and {len(tensor.values)} values do not agree")
        place = _first_non_finite(tensor.values) if tensor.dtype == "F64" else None
        if place is not None:
            raise ValueError(f"tensor {tensor.name}: number {place} is {tensor.values[place]}, not a finite number")
        end = reached + count * width
        offsets = [reached, end]
        contents.append(
            (tensor.name, (("dtype", tensor.dtype), ("shape", list(tensor.shape)), ("data_offsets", offsets))))
        reached = end
    _require_names([key for key, _ in texts])
    _require_names([name for name, _ in contents])
    try:
        header = written(tuple(contents)).encode("utf-8")
    except UnicodeEncodeError:
        raise ValueError("a text with half a surrogate pair cannot be stored") from None
    header += b" " * (-len(header) % 8)
    if len(header) > LONGEST_HEADER:
        raise ValueError(f"the names and texts take {len(header)} bytes; a model file has room for {LONGEST_HEADER}")
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
        letter, _, count = _layout(tensor.name, tensor.dtype, tensor.shape)
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
