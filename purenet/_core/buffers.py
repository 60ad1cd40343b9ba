"""Read numbers from buffers: use native doubles in place, and convert other formats."""
import struct

from .arrays import format_shape, size_of
from .messages import describe, plural

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Iterator

CHUNK = 4096  # numbers converted at a time


class DoubleRows:
    """Rows of ``columns`` native doubles without gaps. ``flat``: all numbers, as a list or a view of the user's buffer.

    ``validated_for_loss``: the loss for which these targets were checked, so that the next fit does not check again.
    """

    def __init__(self, flat: "Any", columns: int) -> None:
        self.flat = flat
        self.columns = columns
        self.validated_for_loss = ""

    def __len__(self) -> int:
        return len(self.flat) // self.columns

    def __getitem__(self, i: int) -> "list[float]":
        return list(self.flat[i * self.columns:(i + 1) * self.columns])

    def __iter__(self) -> "Iterator[list[float]]":
        for i in range(len(self)):
            yield self[i]


def doubles_of_lists(rows: "Any", columns: int) -> "DoubleRows | None":
    """Return a list of lists of ``columns`` plain numbers as DoubleRows, or None if it holds anything else."""
    if type(rows) is not list or not rows:
        return None
    if len(rows) * columns <= CHUNK:
        numbers = _floats(rows, columns)
        return DoubleRows(numbers, columns) if numbers else None
    packed = bytearray()
    for start in range(0, len(rows), CHUNK // columns + 1):
        numbers = _floats(rows[start:start + CHUNK // columns + 1], columns)
        if not numbers:
            return None
        packed += struct.pack(f"{len(numbers)}d", *numbers)
    return DoubleRows(memoryview(packed).cast("d"), columns)


def _floats(rows: "list[Any]", columns: int) -> "list[float] | None":
    """Return the numbers of lists of ``columns`` plain numbers as one list, or None if they hold anything else."""
    numbers: "list[float]" = []
    for row in rows:
        if type(row) is not list or len(row) != columns:
            return None
        numbers += row
    kinds = list(map(type, numbers))
    count = len(kinds)
    if kinds.count(float) == count:
        return numbers
    if kinds.count(int) != count and kinds.count(float) + kinds.count(int) + kinds.count(bool) != count:
        return None
    try:
        return list(map(float, numbers))
    except OverflowError:  # check_inputs names the place
        return None


def rows_of_images(images: "Any", shape: "tuple[int, ...]") -> "list[list[Any]] | None":
    """Return a list of images, each nested lists of ``shape``, as a list of rows, or None if it is anything else."""
    if type(images) is not list or len(shape) != 3:
        return None
    height, width, channels = shape
    rows = []
    for image in images:
        if type(image) is not list or len(image) != height:
            return None
        row: "list[Any]" = []
        for line in image:
            if type(line) is not list or len(line) != width:
                return None
            for pixel in line:
                if type(pixel) is not list or len(pixel) != channels:
                    return None
                row += pixel
        rows.append(row)
    return rows


def doubles_in_place(
    values: "Any", columns: int, flat: bool = True, image: "tuple[int, ...]" = ()
) -> "DoubleRows | None":
    """Return a buffer of native doubles as DoubleRows, or None if it is no such buffer of rows of ``columns``.

    ``flat``: also accept one dimension, row after row. ``image``: the shape of a row; also accept such images.
    """
    if isinstance(values, DoubleRows):
        return values if values.columns == columns else None
    if isinstance(values, (list, tuple, bytes, bytearray)) or hasattr(values, "mask"):
        return None
    try:
        view = memoryview(values)
        if view.format not in ("d", "@d") or not view.c_contiguous or not view.nbytes:
            return None
        if view.ndim == 2 and view.shape == (view.nbytes // 8 // columns, columns):
            return DoubleRows(view.cast("B").cast("d"), columns)
        if view.ndim == 4 and image == tuple(view.shape or ())[1:]:
            return DoubleRows(view.cast("B").cast("d"), columns)
        if view.ndim == 1 and flat and len(view) % columns == 0:
            return DoubleRows(view, columns)
    except Exception:  # not a buffer, or one that cannot be read in place: the caller converts it
        return None
    return None


def rows_in_place(values: "Any", columns: int, shape: "tuple[int, ...]", flat: bool, lists: bool) -> "Any":
    """Return a buffer of doubles, or with ``lists`` also lists of plain numbers, as DoubleRows. Else return None.

    ``shape``: of one row. ``flat``: whether a buffer of one dimension holds rows, one after the other.
    """
    found = None
    if lists and type(values) is list:
        images = rows_of_images(values, shape) if len(shape) == 3 else None
        found = doubles_of_lists(images or values, columns)
    return found if found is not None else doubles_in_place(values, columns, flat, image=shape)


def numbers_of_buffer(values: "Any", name: str, image: "tuple[int, ...]" = ()) -> "list[Any] | None":
    """Return the numbers of a buffer of one or two dimensions as lists, or None if it is no buffer or holds objects.

    ``image``: the shape of a row if rows are images; the buffer can then have four dimensions.
    """
    found = _contents(values, name)
    if found is None:
        return None
    numbers, shape = found
    if len(image) == 3 and len(shape) > 2:
        if shape[1:] != image:
            got = f"a buffer of {format_shape(shape)}; its first dimension counts the images, its last the channels"
            raise ValueError(f"{name}: expected images of {format_shape(image)}, got {got}")
        shape = shape[0], size_of(image)
    if len(shape) not in (1, 2):
        if not shape:
            raise TypeError(f"{name}: expected rows of numbers, got one number")
        got = f"a buffer of {len(shape)} dimensions; reshape it to rows"
        raise ValueError(f"{name}: expected rows of numbers, got {got}")
    if len(shape) == 1:
        return numbers
    return [numbers[i * shape[1]:(i + 1) * shape[1]] for i in range(shape[0])]


def array_of_buffer(values: "Any", name: str, shape: "tuple[int, ...]") -> "list[float] | None":
    """Return the numbers, row by row, of a buffer of three or more dimensions, or None if it is anything else.

    Raises ValueError if its shape is another one.
    """
    if isinstance(values, (list, tuple)) or hasattr(values, "mask"):
        return None
    try:
        if memoryview(values).ndim < 3:
            return None
    except Exception:  # no buffer, or a board's
        return None
    found = _contents(values, name)
    if found is None:
        return None
    numbers, its = found
    if its != shape:
        raise ValueError(f"{name}: expected {format_shape(shape)} numbers, got a buffer of {format_shape(its)}")
    return numbers


def _contents(values: "Any", name: str) -> "tuple[list[Any], tuple[int, ...]] | None":
    """Return the numbers of a buffer, row by row, and its shape, or None if it is no buffer or holds objects."""
    try:
        view = memoryview(values)
    except TypeError:
        return None
    except Exception as error:  # ValueError or BufferError, which boards lack
        raise TypeError(f"{name}: this buffer cannot be read as numbers ({error})") from None
    if not hasattr(view, "ndim"):
        return list(values), (len(values),)  # MicroPython's arrays
    if view.format in ("O", "@O", "=O"):
        return None
    order, letter = view.format[:-1], view.format[-1:]
    if order in ("", "@", "=", "^") and letter in "lLnNqQ":  # their sizes differ by platform; NumPy's ^ is unaligned
        signed = "q" if view.itemsize == 8 else "i"
        order, letter = "=", signed if letter.islower() else signed.upper()
    order = order.replace("^", "=")
    known = letter in "bBhHiIlLqQefd?" and order in ("", "@", "=", "<", ">", "!")
    if not known or struct.calcsize(order + letter) != view.itemsize:
        got = f"a buffer of format {view.format[:40]!r}, not numbers that fit a double"
        cure = "turn text into numbers first" if letter in "swuU" else "convert it to float64 first"
        raise TypeError(f"{name}: expected rows of numbers, got {got}; {cure}")
    return [float(value) for (value,) in struct.iter_unpack(order + letter, view.tobytes())], tuple(view.shape or ())


def writable_doubles(out: "Any", rows: int, shape: "tuple[int, ...]") -> "Any":
    """Return a flat writable view of a buffer of native doubles that has room for ``rows`` rows of ``shape``."""
    wanted = "out: expected a writable, C-contiguous buffer of native doubles such as array('d'), got"
    try:
        view = memoryview(out)
    except Exception:
        raise TypeError(f"{wanted} {describe(out)}") from None
    board = not hasattr(view, "format")  # MicroPython's views have only a length
    if not board and view.format not in ("d", "@d"):
        raise TypeError(f"{wanted} one of format {view.format[:40]!r}")
    if not board and (view.readonly or not view.c_contiguous):
        raise TypeError(f"{wanted} one that is {'read-only' if view.readonly else 'not contiguous'}")
    room = len(view) if board else view.nbytes // 8
    columns = size_of(shape)
    room_needed = rows * columns
    if room != room_needed:
        raise ValueError(f"out: expected room for {plural(room_needed, 'number')}, got room for {room}")
    if not board and view.ndim > 1 and view.shape not in ((rows, columns), (rows,) + shape):
        images = f" or {rows} x {format_shape(shape)}" if len(shape) == 3 else ""
        raise ValueError(f"out: expected a shape of {rows} x {columns}{images}, got {view.shape}")
    return view if board else view.cast("B").cast("d")
