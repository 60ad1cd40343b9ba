"""Write the container of a model file, safetensors, and replace the old file in one step."""
import binascii
import hashlib
import struct

from .._core.files import replace_file
from .._core.messages import truncate_repr
from . import container
from .container import CHUNK, PLACE, ZEROS, check_tensor_count, first_non_finite, layout_of
from .strict_json import to_json

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Sequence

    from .container import Tensor


def write(path: "Any", metadata: "Sequence[tuple[str, str]]", tensors: "Sequence[Tensor]") -> None:
    """Write metadata and tensors so that ``read`` reads them; path always holds the old file or the whole new one.

    Raises OSError, or ValueError if something cannot be stored.
    """
    for tensor in tensors:
        _check_values(tensor)
    header = header_of(metadata, tensors)
    replace_file(path, lambda file: _write_to(file, header, tensors))


def _check_values(tensor: "Tensor") -> None:
    """Raise ValueError if the values of a tensor do not match its shape or are not finite."""
    _, _, count = layout_of(tensor.name, tensor.dtype, tensor.shape)
    if len(tensor.values) != count:
        raise ValueError(f"tensor {tensor.name}: shape {tensor.shape} and {len(tensor.values)} values do not agree")
    place = first_non_finite(tensor.values) if tensor.dtype == "F64" else None
    if place is not None:
        raise ValueError(f"tensor {tensor.name}: number {place} is {tensor.values[place]}, not a finite number")


def header_of(metadata: "Sequence[tuple[str, str]]", tensors: "Sequence[Tensor]", growth: int = 0) -> bytes:
    """Return the length and the header, with zeros for the checksum. The values of the tensors are not read.

    Raises ValueError or TypeError for whatever ``read`` refuses. ``growth``: by how many bytes the header can grow
    later, for which there must be room too.
    """
    texts = [("checksum", ZEROS.decode())] + [(key, text) for key, text in metadata]
    for _, text in texts:
        if not isinstance(text, str):
            raise TypeError(f"metadata: expected pairs of text, got {truncate_repr(text)}")
    check_tensor_count(len(tensors))
    contents: "list[tuple[str, Any]]" = [("__metadata__", tuple(texts))]
    reached = 0
    for tensor in tensors:
        _, width, count = layout_of(tensor.name, tensor.dtype, tensor.shape)
        end = reached + count * width
        offsets = [reached, end]
        contents.append(
            (tensor.name, (("dtype", tensor.dtype), ("shape", list(tensor.shape)), ("data_offsets", offsets))))
        reached = end
    _check_names([key for key, _ in texts])
    _check_names([name for name, _ in contents])
    header = to_json(tuple(contents)).encode("utf-8")
    header += b" " * (-len(header) % 8)
    taken, most = len(header) + growth, container.MAX_HEADER
    if taken > most:
        parts = [(len(text.encode()), f"the text {truncate_repr(key)}") for key, text in texts]
        parts.append((len(to_json(tuple(contents[1:])).encode()), "the list of tensors"))
        size, largest = max(parts)
        soon = f", or soon {taken}" if growth else ""
        raise ValueError(f"the names and texts take {len(header)} bytes{soon}; a model file has room for {most}; "
                         f"{largest} takes the most, {size}")
    return struct.pack("<Q", len(header)) + header


def _check_names(names: "list[Any]") -> None:
    known = {}
    for name in names:
        if not isinstance(name, str):
            raise TypeError(f"names are text, got {truncate_repr(name)}")
        if name in known:
            raise ValueError(f"the name {truncate_repr(name)} occurs twice")
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
