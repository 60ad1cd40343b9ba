"""Read the container of a model file, safetensors, strictly. docs/model-file.md describes the bytes.

``network_format`` knows what the texts and tensors mean. Everything is checked against the size of the file before
memory is allocated for it. This runs on MicroPython; ``writer`` does not.
"""
import binascii
import hashlib
import math
import struct
import sys
from array import array

from .._core.arrays import size_of
from .._core.checks import MAX_UNITS
from .._core.messages import ModelFileError, truncate_repr
from .._core.paths import check_path
from .strict_json import from_json

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, Sequence

MAX_HEADER = 1 << 20  # bytes
MAX_LENGTH = MAX_UNITS  # of a dimension
MAX_DIMENSIONS = 8
MAX_TENSORS = 10000
DTYPES = (("F64", "d", 8), ("U32", "I", 4), ("I64", "q", 8))  # name, letter of struct, bytes
BEGINNING = b"{\"__metadata__\":{\"checksum\":\""
PLACE = 8 + len(BEGINNING)  # of the checksum in the file
ZEROS = b"0" * 64  # in the place of the checksum while it is computed
CHUNK = 2048  # numbers read or written at a time
SHORTER = "the file became shorter while it was read"


class Tensor:
    """A named array: ``dtype`` is "F64", "U32" or "I64", ``values`` a flat list or array, row-major.

    ``begin``: the place of its first byte in the file that it is read from.
    """

    __slots__ = ("name", "dtype", "shape", "values", "begin")

    def __init__(self, name: str, dtype: str, shape: "Sequence[int]", values: "Any", begin: int = 0) -> None:
        self.name = name
        self.dtype = dtype
        self.shape = tuple(shape)
        self.values = values
        self.begin = begin

    def __repr__(self) -> str:
        return f"Tensor({self.name!r}, {self.dtype!r}, {self.shape})"


def layout_of(name: str, dtype: "Any", shape: "Any") -> "tuple[str, int, int]":
    """Return (letter of struct, bytes of a number, count of numbers) of a tensor. Raise ModelFileError if invalid."""
    known = [(letter, width) for other, letter, width in DTYPES if other == dtype]
    if not known:
        raise ModelFileError(f"tensor {truncate_repr(name)}: dtype {truncate_repr(dtype)} is not F64, U32 or I64")
    sound = isinstance(shape, (list, tuple)) and 1 <= len(shape) <= MAX_DIMENSIONS
    if not sound or not all([type(size) is int and 1 <= size <= MAX_LENGTH for size in shape]):
        wanted = f"1 to {MAX_DIMENSIONS} whole numbers from 1 to {MAX_LENGTH}"
        raise ModelFileError(f"tensor {truncate_repr(name)}: shape {truncate_repr(shape)} is not {wanted}")
    return known[0][0], known[0][1], size_of(shape)


def check_tensor_count(count: int) -> None:
    """Raise ModelFileError if a model file cannot hold this many tensors."""
    if count > MAX_TENSORS:
        raise ModelFileError(f"it has {count} tensors; a model file has {MAX_TENSORS} at most")


def shape_of(count: int) -> "tuple[int, ...]":
    """Return the shape that holds a list of numbers: one dimension, or rows if one dimension cannot hold so many."""
    rows = -(-count // MAX_LENGTH)
    return (count,) if rows <= 1 else (rows, -(-count // rows))


def first_non_finite(values: "Sequence[Any]") -> "int | None":
    """Return the index of the first infinite or NaN value, or None."""
    k = 0
    for value in values:  # enumerate would make a tuple for each value, which costs a board memory
        if not math.isfinite(value):
            return k
        k += 1
    return None


# reading -------------------------------------------------------------------------------------------

def read(path: "Any", use: "Callable[[Any, list[Tensor], Any], Any]", whole: bool = True) -> "Any":
    """Return ``use(metadata, tensors, fill)``: metadata, a list of (key, text), and the tensors in the file's order.

    The tensors have no values yet, so that ``use`` can refuse their names and shapes before they take memory.
    ``fill(tensor)`` reads those of one, which take as much memory as in the file. ``whole``: verify the checksum first.
    Raises ModelFileError if the file is not sound, OSError if it cannot be read.
    """
    with open(check_path(path), "rb") as file:
        size = file.seek(0, 2)
        file.seek(0)
        lead = file.read(8)
        if len(lead) < 8:
            raise ModelFileError(f"{size} bytes are too few for a model file")
        (length,) = struct.unpack("<Q", lead)
        if min(lead) >= 9 and max(lead) < 128:
            raise ModelFileError("no model file: this looks like text (a CSV file in the model's place?)")
        if length > MAX_HEADER:
            raise ModelFileError(f"no model file, or its header is longer than {MAX_HEADER} bytes: {length}")
        if length > size - 8:
            raise ModelFileError(f"the header has {length} bytes and the file {size}: it is cut off, or no model file")
        header = _exactly(file, length)
        if header[:len(BEGINNING)] != BEGINNING:
            raise ModelFileError("this is not a model file of purenet: the header does not begin with its checksum")
        if whole:
            _check_checksum(file, lead + header, size - 8 - length)
        metadata, tensors = _contents(header, size - 8 - length)
        return use(metadata, tensors, lambda tensor: _fill(file, tensor))


def _fill(file: "Any", tensor: Tensor) -> None:
    """Read the values of a tensor into an array: a list would take more memory than the file has bytes."""
    letter, width, count = layout_of(tensor.name, tensor.dtype, tensor.shape)
    file.seek(tensor.begin)
    values = array(letter, bytes(width * count))
    if file.readinto(values) != width * count:
        raise ModelFileError(SHORTER)
    if sys.byteorder == "big":
        values.byteswap()
    place = first_non_finite(values) if tensor.dtype == "F64" else None
    if place is not None:
        raise ModelFileError(
            f"tensor {truncate_repr(tensor.name)}: number {place} is {values[place]}, not a finite number")
    tensor.values = values


def _exactly(file: "Any", count: int) -> bytes:
    part: bytes = file.read(count)
    if len(part) != count:
        raise ModelFileError(SHORTER)
    return part


def _check_checksum(file: "Any", begun: bytes, rest: int) -> None:
    """Raise ModelFileError if the checksum is wrong, before anything else in the file is read."""
    total = hashlib.sha256(begun[:PLACE] + ZEROS + begun[PLACE + 64:])
    part = memoryview(bytearray(min(8 * CHUNK, rest)))
    while rest:
        count = file.readinto(part[:rest])
        if not count:
            raise ModelFileError(SHORTER)
        total.update(part[:count])
        rest -= count
    if binascii.hexlify(total.digest()) != begun[PLACE:PLACE + 64]:
        raise ModelFileError("the checksum does not match: the file is damaged or cut off, or something else wrote it")


def _contents(header: bytes, room: int) -> "tuple[list[tuple[str, str]], list[Tensor]]":
    """Return the metadata and the tensors without values, checked against the size of the data."""
    text = header.rstrip(b" ")
    if len(header) % 8 or len(header) - len(text) > 7:
        raise ModelFileError(f"the header ({len(header)} bytes) is not filled up with spaces to a multiple of 8")
    try:
        contents = from_json(text)
    except ModelFileError as error:
        raise ModelFileError(f"the header is not valid: {error}") from None
    metadata = contents[0][1]
    for key, value in metadata:
        if not isinstance(value, str):
            raise ModelFileError(f"the metadata {truncate_repr(key)} is not text")
    if len(metadata[0][1]) != 64:
        raise ModelFileError("the checksum does not have 64 digits")
    check_tensor_count(len(contents) - 1)
    tensors = []
    reached = 0
    for name, entry in contents[1:]:
        if not isinstance(entry, tuple) or [key for key, _ in entry] != ["dtype", "shape", "data_offsets"]:
            raise ModelFileError(f"tensor {truncate_repr(name)}: expected exactly dtype, shape and data_offsets")
        (_, dtype), (_, shape), (_, offsets) = entry
        _, width, count = layout_of(name, dtype, shape if isinstance(shape, list) else None)
        if not isinstance(offsets, list) or len(offsets) != 2 or not all([type(place) is int for place in offsets]):
            got = truncate_repr(offsets)
            raise ModelFileError(f"tensor {truncate_repr(name)}: data_offsets {got} are not two whole numbers")
        begin, end = offsets
        if begin != reached:
            raise ModelFileError(
                f"tensor {truncate_repr(name)} begins at {begin}, but {reached} bytes of data are before it: "
                f"{'a hole' if begin > reached else 'an overlap'}"
            )
        if end - begin != count * width:
            takes = f"{dtype} of shape {truncate_repr(shape)} takes {count * width} bytes"
            raise ModelFileError(f"tensor {truncate_repr(name)}: {takes}, not {end - begin}")
        if end > room:
            raise ModelFileError(
                f"tensor {truncate_repr(name)} ends at byte {end} of the data, which has {room}: the file is cut off")
        tensors.append(Tensor(name, dtype, shape, [], 8 + len(header) + begin))
        reached = end
    if reached != room:
        raise ModelFileError(f"{room - reached} bytes follow the last tensor")
    return list(metadata[1:]), tensors
