"""Read labels and categories, texts or numbers, from lists, arrays, frames and columns."""
import math

from .checks import is_row
from .messages import describe
from .rows import rows_by_position

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def labels_from(values: "Any", name: str, wanted: str = "labels", missing: bool = True) -> "list[Any]":
    """Return the labels of a container as a list of Python's own values, by position. NumPy's scalars become Python's.

    Rows of one label, as a column of a frame has, count as that label. pandas' NA becomes None. ``missing``: also take
    None, NaN and infinity. Raises TypeError for anything that is no label, ValueError for a missing one.
    """
    labels = []
    for i, item in enumerate(rows_by_position(values, name, wanted)):
        row = rows_by_position(item, f"{name}[{i}]", "a label") if is_row(item) else [item]
        label = plain(row[0]) if len(row) == 1 else row
        if is_row(label) or not is_hashable(label):
            got = f"got {describe(item)}; of a table give one column"
            raise TypeError(f"{name}[{i}]: expected a label, text or a number, {got}")
        if not missing and (label is None or is_nan(label) or label in (math.inf, -math.inf)):
            raise ValueError(f"{name}[{i}] is {label}, expected a label; drop or fill the rows without one")
        labels.append(label)
    return labels


def plain(value: "Any") -> "Any":
    """Return a scalar of NumPy as Python's, pandas' NA as None, and anything else as it is."""
    if type(value).__name__ == "NAType":
        return None
    scalar = getattr(value, "ndim", 1) == 0 and value.dtype.kind in "biufSU"
    return value.item() if scalar else value


def is_nan(value: "Any") -> bool:
    """Return whether a value is not a number, as a float or as a missing time."""
    return bool(value != value)


def is_hashable(label: "Any") -> bool:
    """Return whether a value can be a key of a dict, as labels are."""
    try:
        return bool({label: True})
    except TypeError:
        return False


def categories_of(values: "list[Any]", name: str) -> "list[Any]":
    """Return the distinct values, sorted, followed by None and NaN if they occur. All NaNs are one."""
    known = {key_of(value): value for value in values}
    missing = [known.pop(key) for key in (None, NAN) if key in known]
    try:
        return sorted(known) + missing
    except TypeError:
        kinds = sorted(dict.fromkeys([type(value).__name__ for value in known]))
        raise TypeError(f"{name}: expected texts only or numbers only, got {' and '.join(kinds)}; "
                        f"turn all of them into text") from None


NAN = ("NaN",)  # no label is a tuple


def key_of(value: "Any") -> "Any":
    """Return the key of a label in dicts: itself, or one key for all NaNs, which are not equal to themselves."""
    return NAN if is_nan(value) else value
