"""Read data frames, and arrays whose rows are views, without importing the libraries that define them."""
from .messages import UNORDERED, describe

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

PLAIN = (int, float, str, bytes, tuple)  # nothing can change these


def rows_of_frame(frame: "Any", name: str, wanted: str) -> "list[list[Any]]":
    """Return the rows of a data frame, or of a table of purenet.data, as lists. Each column keeps its own numbers."""
    if callable(getattr(frame, "rows", None)):  # of polars: needs no NumPy
        return [list(row) for row in frame.rows()]
    if hasattr(frame, "itertuples"):  # of pandas: its array would turn whole numbers beside fractions into doubles
        return [list(row) for row in frame.itertuples(index=False, name=None)]
    if hasattr(frame, "matrix"):
        return [list(row) for row in zip(*frame.columns)]
    if not hasattr(frame, "to_numpy"):
        got = f"columns ({type(frame).__name__})"
        raise TypeError(f"{name}: expected {wanted}, got {got}; give a list of rows, or an array")
    values = frame.to_numpy()
    return list(values.tolist() if hasattr(values, "tolist") else values)


def items_to_shuffle(values: "Any", name: str) -> "list[Any]":
    """Return the items of a writable sequence as a list, with copies of rows that are views of its memory.

    ``a[i], a[j] = a[j], a[i]`` on views leaves one row twice, because the first write changes both.
    Raises TypeError if items cannot be written back, are not found by position, or cannot be copied.
    """
    if hasattr(values, "to_numpy") or isinstance(values, UNORDERED):  # pandas' values[i] is not the i-th
        raise TypeError(f"{name}: expected a list or an array, got an object of type {type(values).__name__}; "
                        f"permutation gives a shuffled list of its values")
    try:
        items = list(values)
        if items:
            values[0] = items[0]
    except Exception:  # a tuple, text, a read-only array, a memoryview of two dimensions
        raise TypeError(f"{name}: expected a list or an array that can be changed, got {describe(values)}; "
                        f"permutation gives a shuffled list") from None
    if not items or values[0] is values[0]:  # the sequence holds objects, as a list does
        return items
    return [item if isinstance(item, PLAIN) else _copied(item, name) for item in items]


def _copied(item: "Any", name: str) -> "Any":
    """Return a copy of a row that is a view of its array's memory."""
    if hasattr(item, "dtype") and hasattr(item, "copy"):  # NumPy's
        return item.copy()
    if hasattr(type(item), "from_buffer_copy"):  # ctypes'
        return type(item).from_buffer_copy(item)
    raise TypeError(f"{name}: expected a list or an array of numbers, got one that makes new items at each access "
                    f"({type(item).__name__}); permutation gives a shuffled list")
