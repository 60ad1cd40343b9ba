"""Arrays of any number of dimensions, as nested lists and as flat ones in row-major order."""
TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, List, Sequence, Tuple

    Shape = Tuple[int, ...]


def size_of(shape: "Sequence[int]") -> int:
    """How many numbers an array of a shape has."""
    size = 1
    for length in shape:
        size *= length
    return size


def flatten(values: "Any") -> "List[float]":
    """The numbers of nested lists, in order."""
    while values and isinstance(values[0], (list, tuple)):
        values = [value for part in values for value in part]
    return list(values)


def nest(values: "Sequence[float]", shape: "Sequence[int]") -> "Any":
    """Nested lists of a shape from its numbers."""
    parts: "List[Any]" = list(values)
    for length in reversed(shape[1:]):
        parts = [parts[start:start + length] for start in range(0, len(parts), length)]
    return parts


def index_of(number: int, shape: "Sequence[int]") -> "Tuple[int, ...]":
    """Where a number of an array stands: its index in each dimension."""
    index: "List[int]" = []
    for length in reversed(shape):
        number, k = divmod(number, length)
        index.insert(0, k)
    return tuple(index)


def format_index(index: "Sequence[int]") -> str:
    """An index as it is written in a program: [2][0]."""
    return "".join([f"[{k}]" for k in index])


def format_shape(shape: "Sequence[int]") -> str:
    """A shape as it is written in a sentence: 3 x 4."""
    return " x ".join([str(length) for length in shape])
