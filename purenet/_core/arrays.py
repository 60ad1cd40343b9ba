"""Convert arrays between nested lists and flat lists in row-major order."""
TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Sequence

    Shape = tuple[int, ...]


def size_of(shape: "Sequence[int]") -> int:
    """Return how many numbers an array of a shape has."""
    size = 1
    for length in shape:
        size *= length
    return size


def flatten(values: "Any") -> "list[float]":
    """Return the numbers of nested lists as one list, in order."""
    while values and isinstance(values[0], (list, tuple)):
        values = [value for part in values for value in part]
    return list(values)


def nest(values: "Sequence[float]", shape: "Sequence[int]") -> "Any":
    """Return a flat list of numbers as nested lists of a shape."""
    parts: "list[Any]" = list(values)
    for length in reversed(shape[1:]):
        parts = [parts[start:start + length] for start in range(0, len(parts), length)]
    return parts


def index_of(number: int, shape: "Sequence[int]") -> "tuple[int, ...]":
    """Return the index, in each dimension, of the number at a flat position."""
    index: "list[int]" = []
    for length in reversed(shape):
        number, k = divmod(number, length)
        index.insert(0, k)
    return tuple(index)


def format_index(index: "Sequence[int]") -> str:
    """Return an index as a program writes it: [2][0]."""
    return "".join([f"[{k}]" for k in index])


def format_shape(shape: "Sequence[int]") -> str:
    """Return a shape as text: 3 x 4."""
    return " x ".join([str(length) for length in shape])
