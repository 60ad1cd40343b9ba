"""What other libraries' objects stand for: whole numbers, and rows by their position.

NumPy, pandas, polars and the like are never imported: what is asked for is what their objects can do.
"""
from .wording import UNORDERED, shown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, List, Optional


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
        from .containers import rows_of_frame

        return rows_of_frame(values, name, wanted)
    if isinstance(values, memoryview) and hasattr(values, "tolist"):  # with two dimensions it cannot be iterated
        values = values.tolist()
    try:
        iterator = iter(values)
    except TypeError:  # a number, None, an array without dimensions
        raise TypeError(f"{name}: expected {wanted}, got {shown(values)}") from None
    return list(iterator)
