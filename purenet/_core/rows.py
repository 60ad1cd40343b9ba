"""Read rows, images and arrays of numbers from lists, buffers and data frames."""
import math

from .arrays import format_index, format_shape, index_of
from .checks import TEXT, is_row, to_float
from .messages import UNORDERED, describe, plural

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def image_from(image: "Any", name: str, shape: "tuple[int, ...]", why: str) -> "Any":
    """Return an image, nested lists or a buffer of three dimensions, as a row. A row is returned as it is."""
    if not is_row(image):
        return image
    from .buffers import array_of_buffer

    numbers = array_of_buffer(image, name, shape)
    if numbers is not None:
        return numbers
    parts = list_from(image, name, f"an image of {format_shape(shape)}")
    if not parts or not is_row(parts[0]):
        return parts
    inner = list_from(parts[0], f"{name}[0]", "numbers")
    if inner and not is_row(inner[0]):
        cure = "one image is written [image], and every pixel is a list of its channels"
        got = f"{len(parts)} x {len(inner)} numbers"
        raise ValueError(f"{name} is {got}, expected {format_shape(shape)} ({why}); {cure}")
    return array_from(parts, shape, name, why, "pixel")


def check_sample_weights(weights: "list[float]", outputs: int, name: str = "sample_weight") -> "list[float]":
    """Return sample weights, or raise ValueError if a mean over ``outputs`` outputs cannot be divided by their sum."""
    total = 0.0
    for i, weight in enumerate(weights):
        if not 0.0 <= weight < math.inf:
            raise ValueError(f"{name}[{i}] is {weight}, expected a finite number of at least 0")
        total += weight
    if total == 0.0:
        raise ValueError(f"{name}: all weights are 0, so there is nothing to learn from")
    if total * outputs == math.inf:
        raise ValueError(f"{name}: the weights add up to more than a double holds; divide them by their largest")
    return weights


def refuse_non_finite(
    rows: "Any", place: "tuple[int, int] | None", name: str, shape: "tuple[int, ...]" = ()
) -> None:
    """Raise ValueError for the non-finite number at ``place``, unless that is None. ``shape``: of a sample."""
    if place is not None:
        got = f"{value_place(name, place, shape)} is {rows[place[0]][place[1]]}"
        raise ValueError(f"{got}, expected a finite number; drop or fill the rows that have such values")


def value_place(name: str, place: "tuple[int, int]", shape: "tuple[int, ...]") -> str:
    """Return the name of a number of x or y. For images it has row, column, channel, and the index in the flat row."""
    i, j = place
    if len(shape) != 3:
        return f"{name}[{i}][{j}]"
    return f"{name}[{i}]{format_index(index_of(j, shape))} (of flat rows {name}[{i}][{j}])"


def check_array(values: "Any", shape: "tuple[int, ...]", name: str) -> "list[float]":
    """Return a parameter's values, flat, from nested lists or a buffer of its shape."""
    found = array_from(values, shape, name, f"its shape is {format_shape(shape)}")
    for k, value in enumerate(found):
        if not -math.inf < value < math.inf:
            place = f"{name}{format_index(index_of(k, shape))}"
            raise ValueError(f"{place} is {value}, expected a finite number")
    return found


def array_from(values: "Any", shape: "tuple[int, ...]", name: str, why: str, row: str = "row") -> "list[float]":
    """Return the numbers of nested lists or a buffer of a shape. ``row``: the name of a list of the last dimension."""
    width = shape[-1]
    if len(shape) > 2:
        from .buffers import array_of_buffer

        numbers = array_of_buffer(values, name, shape)
        if numbers is not None:
            return numbers
        wanted = plural(shape[0], "table") if row == "row" else plural(shape[0], "row") + f" of {row}s"
        items = list_from(values, name, wanted)
        if len(items) != shape[0]:
            raise ValueError(f"{name}: expected {wanted} ({why}), got {len(items)}")
        parts = [array_from(part, shape[1:], f"{name}[{k}]", why, row) for k, part in enumerate(items)]
        return [value for part in parts for value in part]
    wanted = ("a flat list" if len(shape) == 1 else plural(shape[0], row)) + " of " + plural(width, "number")
    items, is_flat = items_from(values, name, wanted)
    if is_flat != (len(shape) == 1) or len(items) != shape[0]:
        raise ValueError(f"{name}: expected {wanted}, got {format_dimensions(items, is_flat, row)}")
    if is_flat:
        return items
    return [value for i, cells in enumerate(items) for value in row_from(cells, i, name, width, why)]


def items_from(
    values: "Any", name: str, wanted: str = "rows of numbers", shape: "tuple[int, ...]" = ()
) -> "tuple[list[Any], bool]":
    """Return (rows, False), or (the floats of a flat list or buffer, True). ``shape``: of a sample."""
    items = list_from(values, name, wanted, shape)
    if not items:
        raise ValueError(f"{name} is empty, expected {wanted}")
    if is_row(items[0]):
        return items, False
    return [to_float(value, f"{name}[{i}]") for i, value in enumerate(items)], True


def rows_by_position(values: "Any", name: str, wanted: str = "rows or a flat list") -> "list[Any]":
    """Return the rows or values of a container as a list, by position. A list is returned as it is.

    Values of one dimension become Python's own. Rows of arrays stay views. ``values[i]`` would look i up in the index
    of a pandas Series, which sorting and sampling put out of order. A data frame iterates over its columns; here it and
    a table of purenet.data give their rows as lists.
    """
    if isinstance(values, list):
        return values
    _refuse_others(values, name, wanted)
    if not isinstance(getattr(values, "columns", 0), int):  # a data frame
        from .frames import rows_of_frame

        return rows_of_frame(values, name, wanted)
    kind = getattr(getattr(values, "dtype", None), "kind", "")  # NumPy's times would become whole numbers
    if hasattr(values, "tolist") and kind not in ("m", "M") and (
            getattr(values, "ndim", 1) == 1 or isinstance(values, memoryview)):
        values = values.tolist()
    try:
        iterator = iter(values)
    except TypeError:  # a number, None, an array without dimensions
        raise TypeError(f"{name}: expected {wanted}, got {describe(values)}") from None
    return list(iterator)


def list_from(values: "Any", name: str, wanted: str, shape: "tuple[int, ...]" = ()) -> "list[Any]":
    """Return the items of a list, buffer, array, data frame or generator as a list."""
    if isinstance(values, list):
        return values
    if isinstance(values, tuple):
        return list(values)
    _refuse_others(values, name, wanted)
    from .buffers import numbers_of_buffer

    items = numbers_of_buffer(values, name, shape)
    if items is not None:
        return items
    if hasattr(values, "to_numpy"):  # a data frame or one of its columns
        try:
            values = values.to_numpy()
        except ImportError:  # those of polars do without NumPy
            return rows_by_position(values, name, wanted)
        return list_from(values, name, wanted, shape)
    if hasattr(values, "tolist"):
        values = values.tolist()  # arrays of objects, tensors
    return rows_by_position(values, name, wanted)


def _refuse_others(values: "Any", name: str, wanted: str) -> None:
    """Raise TypeError for what can be iterated over and is no container of rows or values in an order."""
    if isinstance(values, TEXT + UNORDERED):
        raise TypeError(f"{name}: expected {wanted}, got {describe(values)}")
    if hasattr(values, "mask") and hasattr(values, "fill_value"):
        raise TypeError(f"{name}: masked arrays are not accepted; fill or drop the masked entries first")
    if hasattr(values, "toarray"):
        raise TypeError(f"{name}: sparse matrices are not accepted; give {name}.toarray()")


def row_from(row: "Any", i: int, name: str, width: int, why: str) -> "list[float]":
    """Return row i as a list of ``width`` floats."""
    if not isinstance(row, (list, tuple)):
        wanted = f"a row of {plural(width, 'number')}"
        if not is_row(row):
            raise TypeError(f"{name}[{i}] is {describe(row)}, expected {wanted} ({why})")
        row = list_from(row, f"{name}[{i}]", wanted)
    for value in row:
        if type(value) is not float:
            row = [to_float(value, f"{name}[{i}][{j}]") for j, value in enumerate(row)]
            break
    if len(row) != width:
        raise ValueError(f"{name}[{i}] has {plural(len(row), 'number')}, expected {width} ({why})")
    return list(row)


def format_dimensions(items: "list[Any]", flat: bool, row: str = "row") -> str:
    """Return what a message says of some data: a flat list of 5, or 5 rows."""
    return f"a flat list of {len(items)}" if flat else plural(len(items), row)
