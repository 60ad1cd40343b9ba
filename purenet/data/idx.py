"""Read IDX files, the format of MNIST and Fashion-MNIST (Y. LeCun, C. Cortes, "The MNIST database")."""
import sys

from .._core.arrays import format_shape, size_of
from .._core.messages import printable
from .._core.paths import check_path

TYPE_CHECKING = False
if TYPE_CHECKING:
    from array import array
    from typing import Any

KINDS = {0x08: "B", 0x09: "b", 0x0B: "h", 0x0C: "i", 0x0D: "f", 0x0E: "d"}  # type byte: type code of array
BLOCK = 1 << 20


def read_idx(path: str) -> "tuple[tuple[int, ...], array[Any]]":
    """Return the shape and values of an IDX file, plain or gzipped.

    MNIST's images are ((60000, 28, 28), array('B', ...)). The values are in row-major order, in an array of the file's
    own number format: bytes, 16- or 32-bit whole numbers, floats or doubles. Memory grows with the data that is read,
    not with the size that the header announces. Raises ValueError if the magic number, type or length is wrong.
    """
    import gzip
    import zlib

    name = printable(str(path))
    with open(check_path(path), "rb") as opened:
        packed = opened.read(2) == b"\x1f\x8b"
        opened.seek(0)
        try:
            return _read(gzip.GzipFile(fileobj=opened) if packed else opened, name)
        except (EOFError, gzip.BadGzipFile, zlib.error) as error:
            raise ValueError(f"{name} is a damaged gzip file: {error}") from None


def _read(file: "Any", name: str) -> "tuple[tuple[int, ...], array[Any]]":
    import struct
    from array import array

    magic = file.read(4)
    if len(magic) < 4 or magic[:2] != b"\0\0" or magic[2] not in KINDS or not 1 <= magic[3] <= 8:
        raise ValueError(
            f"{name} is not an IDX file: it starts with {magic.hex() or 'nothing'}, expected 0000, a type from 08 "
            f"to 0e and 01 to 08 dimensions"
        )
    dimensions = file.read(4 * magic[3])
    if len(dimensions) < 4 * magic[3]:
        raise ValueError(f"{name} ends inside its header of {magic[3]} dimensions")
    shape = struct.unpack(f">{magic[3]}I", dimensions)
    letter = KINDS[magic[2]]
    width = struct.calcsize("=" + letter)
    wanted = f"its header says {format_shape(shape)} values of {width} bytes each"
    count = width * size_of(shape)
    data = bytearray()
    while len(data) < count:
        block = file.read(min(count - len(data), BLOCK))
        if not block:
            raise ValueError(f"{name} ends after {len(data)} of {count} bytes; {wanted}")
        data += block
    if file.read(1):
        raise ValueError(f"{name} continues after its {count} bytes of values; {wanted}")
    values = array(letter)
    values.frombytes(data)
    if sys.byteorder == "little" and values.itemsize > 1:
        values.byteswap()
    return shape, values
