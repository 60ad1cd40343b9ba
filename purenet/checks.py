"""The door: shapes and types are checked here, once, before an engine sees them.

Every number becomes a float: bool, int, float and objects with ``__float__`` are taken, text, None and
complex numbers are not.  Buffers (array, memoryview, NumPy's arrays) are taken with exactly their values
whatever their number format, order and strides, without importing NumPy.
"""
import math
import struct

from .doubles import doubles_in_place
from .plan import ACTIVATIONS, LOSSES, REDUCTIONS
from .reference.initialisers import INITIALISERS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, List, Optional, Sequence, Tuple

    Rows = List[List[float]]

MOST = 1 << 24  # inputs or units; a larger number is a mistake
TEXT = (str, bytes, bytearray)
UNORDERED = (dict, set, frozenset)


# single values -------------------------------------------------------------------------------------

def whole(name: str, value: "Any", least: int, most: int = MOST) -> int:
    """A whole number from least to most."""
    number = value
    if not isinstance(value, int) and hasattr(value, "__index__"):
        try:
            number = value.__index__()  # NumPy's integers
        except Exception:  # NumPy's arrays and booleans have it only to say no
            pass
    if isinstance(number, bool) or not isinstance(number, int):
        raise TypeError(f"{name}: expected a whole number, got {shown(value)}")
    if not least <= number <= most:
        raise ValueError(f"{name}: expected a whole number from {least} to {most}, got {shown(number)}")
    return number


def real(name: str, value: "Any", least: float, below: float = math.inf) -> float:
    """A finite number, at least ``least`` and less than ``below``."""
    number = number_from(value, name)
    if not least <= number < below:
        bound = "" if below == math.inf else f" and below {below}"
        raise ValueError(f"{name}: expected a finite number from {least} up{bound}, got {number}")
    return number


def flag(name: str, value: "Any") -> bool:
    """True or False; 0 and 1 are taken too, text is not."""
    if not (isinstance(value, (bool, int)) or type(value).__name__ in ("bool", "bool_")) or value not in (0, 1):
        raise TypeError(f"{name}: expected True or False, got {shown(value)}")
    return bool(value)


def number_from(value: "Any", place: str) -> float:
    """The value as a float; place is what an error calls it."""
    if type(value) is float:
        return value
    plain = isinstance(value, (bool, int, float))
    cure = "" if plain else _cure(value, "[" in place)
    if plain or not cure and hasattr(value, "__float__"):
        try:
            return float(value)
        except OverflowError:
            raise ValueError(f"{place} is too large for a double (1.8e308)") from None
        except Exception as error:  # whatever the object's own method raises
            cure = f"; its __float__ raised {type(error).__name__}"
    raise TypeError(f"{place} is {shown(value)}, expected a number{cure}")


def _cure(value: "Any", in_table: bool) -> str:
    """What to do about a value that is no number though it may have __float__; empty if it may be one."""
    if value is None and in_table:
        return "; drop or fill missing values first"
    if isinstance(value, TEXT):
        return "; turn text into numbers first"
    if _is_row(value) and not isinstance(value, UNORDERED):
        return "; is there a bracket too many?"
    kind = type(value).__name__
    if kind[:7] == "complex" or kind == "clongdouble":  # float() of NumPy's drops the imaginary part
        return "; take the real part first"
    return ""


def named(what: str, name: "Any", known: "Sequence[str]") -> None:
    if not isinstance(name, str) or name not in known:
        got = repr(name[:40]) if isinstance(name, str) else shown(name)
        raise ValueError(f"{what}: {got} is not known; choose one of {', '.join(known)}")


def _with_reals(what: str, value: "Any", known: "Any") -> "Tuple[str, Tuple[float, ...]]":
    """A name, or a tuple of a name and the numbers it takes; known gives the usual numbers by name."""
    name, *given = value if isinstance(value, (tuple, list)) and value else (value,)
    named(what, name, list(known))
    usual = known[name]
    if given and len(given) != len(usual):
        raise ValueError(f"{what}: {name} takes {_count(len(usual), 'number')}, got {len(given)}")
    return name, tuple([real(f"{what} {name}", number, 0.0) for number in given]) or usual


def activation_named(value: "Any") -> "Tuple[str, Tuple[float, ...]]":
    """The name of an activation and the numbers it takes."""
    return _with_reals("activation", value, ACTIVATIONS)


def loss_named(value: "Any") -> "Tuple[str, Tuple[float, ...]]":
    """The name of a loss and the numbers it takes."""
    return _with_reals("loss", value, {name: LOSSES[name][1] for name in LOSSES})


def reduction_named(value: "Any") -> "Optional[str]":
    """The name of a reduction, or None for the loss's own."""
    if value is not None:
        named("reduction", value, REDUCTIONS)
    return value  # type: ignore[no-any-return]


def initialiser_named(value: "Any") -> "Any":
    """The name of an initialiser, or a function of (stream, shape, fan_in, fan_out)."""
    if not callable(value):
        named("init", value, list(INITIALISERS))
    return value


# tables of numbers ---------------------------------------------------------------------------------

def inputs_from(x: "Any", width: int, swapped: str = "", in_place: bool = False) -> "Any":
    """x as rows of ``width`` floats, from rows or from one flat buffer; ``swapped`` is a hint for errors.

    ``in_place``: doubles that lie in rows without gaps are left where they are, as ``Doubles``.
    """
    if in_place:
        doubles = doubles_in_place(x, width)
        if doubles:
            return doubles
    items, flat = _items(x, "x")
    why = "the network has " + _count(width, "input")
    if flat and isinstance(x, (list, tuple)):
        cure = "; write [[value] for value in x]" if width == 1 else "; one row is written with two brackets, [[...]]"
        wanted = f"x: expected rows of {_count(width, 'number')} ({why})"
        raise ValueError(f"{wanted}, got a flat list of {len(items)}{swapped or cure}")
    if flat:
        if len(items) % width:
            raise ValueError(f"x: a flat buffer of {len(items)} numbers is not rows of {width} ({why}{swapped})")
        return [items[start:start + width] for start in range(0, len(items), width)]
    return [_row(row, i, "x", width, why + swapped) for i, row in enumerate(items)]


def targets_from(y: "Any", width: int, loss: str, classes: bool, in_place: bool = False) -> "Any":
    """y as rows of ``width`` floats, from rows, or flat: one value a row, or class numbers for a softmax."""
    if in_place:
        doubles = doubles_in_place(y, width, flat=width == 1 and not classes)
        if doubles:
            if LOSSES[loss][2] and doubles.checked_for != loss:
                _check_probabilities(doubles, loss)
                doubles.checked_for = loss
            return doubles
    items, flat = _items(y, "y")
    why = "the network has " + _count(width, "output")
    if flat and classes:
        rows = [_one_hot(value, i, width) for i, value in enumerate(items)]
    elif flat and width == 1:
        rows = [[value] for value in items]
    elif flat:
        cure = "write one row for each row of x; class numbers need a softmax"
        raise ValueError(f"y: expected rows of {width} numbers ({why}), got a flat list of {len(items)}; {cure}")
    else:
        if classes:
            why += "; class numbers are given as a flat list"
        rows = [_row(row, i, "y", width, why) for i, row in enumerate(items)]
    if LOSSES[loss][2]:
        _check_probabilities(rows, loss)
    return rows


def training_data(
    x: "Any", y: "Any", sample_weight: "Any", plan: "Any", in_place: bool = False
) -> "Tuple[Any, Any, List[float]]":
    """x, y and the sample weights (1.0 where none are given), of equal length."""
    swapped = ""
    if _width(x) == plan.outputs != plan.inputs == _width(y):
        swapped = "; x and y look swapped"
    rows = inputs_from(x, plan.inputs, swapped, in_place)
    targets = targets_from(y, plan.outputs, plan.loss.kind, plan.steps[-1].kind == "softmax", in_place)
    if len(rows) != len(targets):
        raise ValueError(f"x has {_count(len(rows), 'row')}, y has {len(targets)}: every row of x needs its row of y")
    if sample_weight is None:
        return rows, targets, [1.0] * len(rows)
    weights, flat = _items(sample_weight, "sample_weight", "a flat list of numbers")
    if not flat or len(weights) != len(rows):
        wanted = f"a flat list of {_count(len(rows), 'number')}, one for each row of x"
        raise ValueError(f"sample_weight: expected {wanted}, got {_dimensions(weights, flat)}")
    total = 0.0
    for i, weight in enumerate(weights):
        if not 0.0 <= weight < math.inf:
            raise ValueError(f"sample_weight[{i}] is {weight}, expected a finite number from 0 up")
        total += weight
    if total == 0.0:
        raise ValueError("sample_weight: all weights are 0, so there is nothing to learn from")
    if total * plan.outputs == math.inf:
        raise ValueError("sample_weight: the weights add up to more than a double holds; divide them by their largest")
    return rows, targets, weights


def require_finite(rows: "Any", place: "Optional[Tuple[int, int]]", name: str) -> None:
    """Refuse the number at the place that an engine found, if it found one."""
    if place is not None:
        i, j = place
        raise ValueError(
            f"{name}[{i}][{j}] is {rows[i][j]}, expected a finite number; drop or fill the rows that have such values"
        )


def parameter_from(values: "Any", shape: "Tuple[int, ...]", name: str) -> "List[float]":
    """A parameter's values, flat, from nested lists or a buffer of its shape."""
    width = shape[-1]
    wanted = ("a flat list" if len(shape) == 1 else _count(shape[0], "row")) + " of " + _count(width, "number")
    items, flat = _items(values, name, wanted)
    if flat != (len(shape) == 1) or len(items) != shape[0]:
        raise ValueError(f"{name}: expected {wanted}, got {_dimensions(items, flat)}")
    rows = [items] if flat else [
        _row(row, i, name, width, f"its shape is {shape[0]} x {width}") for i, row in enumerate(items)
    ]
    for i, row in enumerate(rows):
        for j, value in enumerate(row):
            if not -math.inf < value < math.inf:
                place = f"[{j}]" if flat else f"[{i}][{j}]"
                raise ValueError(f"{name}{place} is {value}, expected a finite number")
    return [value for row in rows for value in row]


def _items(values: "Any", name: str, wanted: str = "rows of numbers") -> "Tuple[List[Any], bool]":
    """The rows, or the floats of a flat list or buffer, and whether it is flat."""
    items = _listed(values, name, wanted)
    if not items:
        raise ValueError(f"{name} is empty, expected {wanted}")
    if _is_row(items[0]):
        return items, False
    return [number_from(value, f"{name}[{i}]") for i, value in enumerate(items)], True


def _is_row(value: "Any") -> bool:
    if isinstance(value, TEXT):
        return False
    try:
        iter(value)
    except Exception:  # TypeError of a number, of None, of an array without dimensions
        return False
    return True


def _listed(values: "Any", name: str, wanted: str) -> "List[Any]":
    """What a list, buffer, array, data frame or generator holds, as a list."""
    if isinstance(values, list):
        return values
    if isinstance(values, tuple):
        return list(values)
    if isinstance(values, TEXT + UNORDERED):
        raise TypeError(f"{name}: expected {wanted}, got {shown(values)}")
    if hasattr(values, "mask") and hasattr(values, "fill_value"):
        raise TypeError(f"{name}: masked arrays are not taken; fill or drop the masked entries first")
    items = _from_buffer(values, name)
    if items is not None:
        return items
    if hasattr(values, "to_numpy"):
        return _listed(values.to_numpy(), name, wanted)  # a data frame or one of its columns
    if hasattr(values, "tolist"):
        values = values.tolist()  # arrays of objects, tensors
    if not _is_row(values):
        raise TypeError(f"{name}: expected {wanted}, got {shown(values)}")
    return list(values)


def _from_buffer(values: "Any", name: str) -> "Optional[List[Any]]":
    """The numbers of a one- or two-dimensional buffer as (nested) lists; None if it is none, or holds objects."""
    try:
        view = memoryview(values)
    except TypeError:
        return None
    except Exception as error:  # ValueError or BufferError, which boards lack
        raise TypeError(f"{name}: this buffer cannot be read as numbers ({error})") from None
    if not hasattr(view, "ndim"):
        return list(values)  # MicroPython's arrays
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
    shape: "Any" = view.shape
    if len(shape) not in (1, 2):
        got = f"a buffer of {len(shape)} dimensions; reshape it to rows" if shape else "one number"
        raise ValueError(f"{name}: expected rows of numbers, got {got}")
    numbers = [float(value) for (value,) in struct.iter_unpack(order + letter, view.tobytes())]
    if len(shape) == 1:
        return numbers
    return [numbers[i * shape[1]:(i + 1) * shape[1]] for i in range(shape[0])]


def _row(row: "Any", i: int, name: str, width: int, why: str) -> "List[float]":
    """Row i as a list of ``width`` floats."""
    if not isinstance(row, (list, tuple)):
        wanted = f"a row of {_count(width, 'number')}"
        if not _is_row(row):
            raise TypeError(f"{name}[{i}] is {shown(row)}, expected {wanted} ({why})")
        row = _listed(row, f"{name}[{i}]", wanted)
    for value in row:
        if type(value) is not float:
            row = [number_from(value, f"{name}[{i}][{j}]") for j, value in enumerate(row)]
            break
    if len(row) != width:
        raise ValueError(f"{name}[{i}] has {_count(len(row), 'number')}, expected {width} ({why})")
    return list(row)


def _one_hot(value: float, i: int, width: int) -> "List[float]":
    """The row of a class number: 1.0 at its place, 0.0 elsewhere."""
    row = [0.0] * width
    for j in range(width):
        if value == j:
            row[j] = 1.0
            return row
    raise ValueError(f"y[{i}] is {value}, expected a class number from 0 to {width - 1}, one for each output")


def _check_probabilities(rows: "Any", loss: str) -> None:
    """Cross-entropies compare probabilities: 0 to 1, and for classes a row adds up to 1."""
    for i, row in enumerate(rows):
        total = 0.0
        for j, value in enumerate(row):
            if not 0.0 <= value <= 1.0:
                raise ValueError(f"y[{i}][{j}] is {value}: {loss} needs targets from 0 to 1")
            total += value
        if loss == "categorical_cross_entropy" and not 0.999999 < total < 1.000001:
            raise ValueError(f"y[{i}] adds up to {total}: {loss} needs rows that add up to 1, or class numbers")


def _width(values: "Any") -> int:
    """The length of the first row, 1 for a flat list, 0 where that cannot be seen: it is only for a hint."""
    try:
        return len(values[0]) if _is_row(values[0]) else 1
    except Exception:
        return 0


def _count(count: int, what: str) -> str:
    return f"{count} {what}" if count == 1 else f"{count} {what}s"


def _dimensions(items: "List[Any]", flat: bool) -> str:
    return f"a flat list of {len(items)}" if flat else _count(len(items), "row")


def shown(value: "Any") -> str:
    """The value for an error message: one short line."""
    kind = type(value).__name__
    if isinstance(value, (list, tuple) + UNORDERED):
        return f"a {kind} of {len(value)}"
    if isinstance(value, int) and not -1 << 64 < value < 1 << 64:
        return "a huge whole number"  # Python refuses to print some
    try:
        text = " ".join(repr(value).split())
    except Exception:
        text = "<>"
    if text[:1] == "<":
        return f"an object of type {kind}"
    text = text if len(text) <= 40 else text[:37] + "..."
    return text if value is None or kind in ("int", "float") else f"{text} ({kind})"


def writable_doubles(out: "Any", rows: int, columns: int) -> "Any":
    """A flat writable view of a buffer of native doubles, rows x columns or flat."""
    wanted = "out: expected a writable, C-contiguous buffer of native doubles such as array('d'), got"
    try:
        view = memoryview(out)
    except Exception:
        raise TypeError(f"{wanted} {shown(out)}") from None
    board = not hasattr(view, "format")  # MicroPython's views have no more than their length
    if not board and view.format not in ("d", "@d"):
        raise TypeError(f"{wanted} one of format {view.format[:40]!r}")
    if not board and (view.readonly or not view.c_contiguous):
        raise TypeError(f"{wanted} one that is {'read-only' if view.readonly else 'not contiguous'}")
    room = len(view) if board else view.nbytes // 8
    count = rows * columns
    if room != count:
        raise ValueError(f"out: expected room for {_count(count, 'number')}, got room for {room}")
    if not board and view.ndim > 1 and view.shape != (rows, columns):
        raise ValueError(f"out: expected a shape of {rows} x {columns}, got {view.shape}")
    return view if board else view.cast("B").cast("d")
