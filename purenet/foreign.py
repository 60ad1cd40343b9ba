"""What other libraries' objects stand for: whole numbers, rows by their position, names of files.

NumPy, pandas, polars and the like are never imported: what is asked for is what their objects can do.
"""
from .wording import UNORDERED, shown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, List, Optional

PLAIN = (int, float, complex, str, bytes, tuple)  # nothing can change these


def whole_from(value: "Any") -> "Optional[int]":
    """The value as an int if it is a whole number, NumPy's too; None for anything else, and for True and False."""
    if not isinstance(value, int) and hasattr(value, "__index__") and type(value).__name__ not in ("bool_", "bool"):
        try:
            value = value.__index__()
        except Exception:  # NumPy's arrays have it only to say no, and its booleans, some of which say 1
            return None
    return None if isinstance(value, bool) or not isinstance(value, int) else int(value)


def rows_from(values: "Any", name: str, wanted: str = "rows or a flat list") -> "List[Any]":
    """The rows or values of a container as a list, in the order in which they stand there; a list is given as it is.

    ``values[i]`` is not that: a pandas Series looks i up in its index, which sorting and sampling put out of order.
    A data frame, which iterates over its columns, gives its rows as lists.
    """
    if isinstance(values, list):
        return values
    if isinstance(values, UNORDERED):
        raise TypeError(f"{name}: expected {wanted}, got {shown(values)}")
    if not isinstance(getattr(values, "columns", 0), int):  # a data frame
        if callable(getattr(values, "rows", None)):  # polars'
            return [list(row) for row in values.rows()]
        if not hasattr(values, "to_numpy"):
            got = f"columns ({type(values).__name__})"
            raise TypeError(f"{name}: expected {wanted}, got {got}; give a list of rows, or an array")
        values = values.to_numpy()
        if hasattr(values, "tolist"):
            values = values.tolist()
    if isinstance(values, memoryview) and hasattr(values, "tolist"):  # with two dimensions it cannot be iterated
        values = values.tolist()
    try:
        iterator = iter(values)
    except TypeError:  # a number, None, an array without dimensions
        raise TypeError(f"{name}: expected {wanted}, got {shown(values)}") from None
    return list(iterator)


def own_items(values: "Any", name: str) -> "List[Any]":
    """The items of a sequence that can be written to, as a list; rows that are views of its memory are copied.

    Raises TypeError where items cannot be written back, are not found by their position, or cannot be copied.
    """
    if hasattr(values, "to_numpy") or isinstance(values, UNORDERED):  # pandas' values[i] is not the i-th
        raise TypeError(f"{name}: expected a list or an array, got an object of type {type(values).__name__}; "
                        f"permutation gives a shuffled list of its values")
    try:
        items = list(values)
        if items:
            values[0] = items[0]
    except Exception:  # a tuple, text, a read-only array, a memoryview of two dimensions
        raise TypeError(f"{name}: expected a list or an array that can be changed, got {shown(values)}; "
                        f"permutation gives a shuffled list") from None
    if not items or values[0] is values[0]:  # the sequence holds objects, as a list does
        return items
    return [item if isinstance(item, PLAIN) else _copied(item, name) for item in items]


def _copied(item: "Any", name: str) -> "Any":
    """A copy of a row that may be a view of its array's memory."""
    if hasattr(item, "dtype") and hasattr(item, "copy"):  # NumPy's
        return item.copy()
    if hasattr(type(item), "from_buffer_copy"):  # ctypes'
        return type(item).from_buffer_copy(item)
    raise TypeError(f"{name}: expected a list or an array of numbers, got one whose items are made anew each time "
                    f"({type(item).__name__}); permutation gives a shuffled list")


def file_name(path: "Any", name: str = "path") -> "Any":
    """The path as it was given, if it is one: text, bytes or a path object.

    Python's ``open`` takes whole numbers, and True, for open files, such as the standard output, and closes them.
    """
    if isinstance(path, bytes) and b"\0" in path:
        raise TypeError(f"{name}: expected the name of a file, got {len(path)} bytes; write them to a file first")
    if not isinstance(path, (str, bytes)) and not hasattr(path, "__fspath__"):
        raise TypeError(f"{name}: expected the name of a file, got {shown(path)}")
    return path
