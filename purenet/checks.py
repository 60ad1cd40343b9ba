"""The door: shapes and types are checked here, once, before an engine sees them.

Every number becomes a float: bool, int, float and objects with ``__float__`` are taken, text, None and
complex numbers are not.  Buffers (array, memoryview, NumPy's arrays) are taken with exactly their values
whatever their number format, order and strides, without importing NumPy.
"""
import math
import struct

from .plan import ACTIVATIONS, LOSSES, REDUCTIONS
from .reference.initialisers import INITIALISERS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, List, Optional, Sequence, Tuple

    Rows = List[List[float]]

MOST = 1 << 24  # inputs or units; a larger number is a mistake


# the arithmetic of this process --------------------------------------------------------------------
# The operands are list elements: literals would be folded when the module is compiled, perhaps elsewhere.

_TINY = [math.ldexp(1.0, -1074), 3.0, math.ldexp(1.0, 537)]
_X87 = [math.ldexp(0x1380A2F98496F6, -54), math.ldexp(0x192B8EFC212166, -54), math.ldexp(0x1EAE16A4D68F8F, -56)]


def subnormals_kept() -> bool:
    """Whether results below 2.2e-308 are kept (gradual underflow) and not flushed to zero in this thread."""
    return _TINY[0] * _TINY[1] * _TINY[2] * _TINY[2] == _TINY[1]


def rounds_once() -> bool:
    """Whether products are rounded once, to 53 bits; the x87 unit of 32-bit builds rounds twice."""
    return _X87[0] * _X87[1] == _X87[2]


def require_arithmetic() -> None:
    """Refuse to compute where the bits would be other ones; stands before every fit and predict."""
    if not subnormals_kept():
        raise RuntimeError(
            "this thread flushes subnormal numbers to zero (tiny * 3.0 is not 1.5e-323): another package, "
            "probably one built with -ffast-math, has switched it on; import purenet and compute before "
            "that package, or in a process without it"
        )


# single values -------------------------------------------------------------------------------------

def whole(name: str, value: "Any", least: int, most: int = MOST) -> int:
    """A whole number from least to most."""
    if not isinstance(value, int) and hasattr(value, "__index__"):
        value = value.__index__()  # NumPy's integers
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(f"{name}: expected a whole number, got {_shown(value)}")
    if not least <= value <= most:
        raise ValueError(f"{name}: expected a whole number from {least} to {most}, got {value}")
    return value


def real(name: str, value: "Any", least: float, below: float = float("inf")) -> float:
    """A finite number, at least ``least`` and less than ``below``."""
    number = number_from(value, name)
    if not least <= number < below:
        bound = "finite" if below == float("inf") else f"below {below}"
        raise ValueError(f"{name}: expected a number from {least} up, {bound}, got {number}")
    return number


def number_from(value: "Any", place: str) -> float:
    """The value as a float; place is what an error calls it."""
    kind = type(value)
    if kind is float:
        return value  # type: ignore[no-any-return]
    if isinstance(value, (int, float)):
        try:
            return float(value)
        except OverflowError:
            raise ValueError(f"{place} is a whole number too large for a double") from None
    text = isinstance(value, (str, bytes, bytearray))
    if not text and hasattr(value, "__float__") and not kind.__name__.startswith("complex"):
        try:
            return float(value)
        except (TypeError, ValueError):
            pass
    cure = "convert text with float() first" if text else "drop or fill missing values first" if value is None else ""
    raise TypeError(f"{place} is {_shown(value)}, expected a number" + (f"; {cure}" if cure else ""))


def _named(what: str, name: "Any", known: "Sequence[str]") -> None:
    if not isinstance(name, str) or name not in known:
        raise ValueError(f"{what}: {_shown(name)} is not known; choose one of {', '.join(known)}")


def _with_reals(what: str, value: "Any", known: "Any") -> "Tuple[str, Tuple[float, ...]]":
    """A name, or a tuple of a name and the numbers it takes; known gives the usual numbers by name."""
    name, *given = value if isinstance(value, (tuple, list)) and value else (value,)
    _named(what, name, list(known))
    usual = known[name]
    if given and len(given) != len(usual):
        raise ValueError(f"{what}: {name} takes {len(usual)} numbers, got {len(given)}")
    return name, tuple([real(f"{what} {name}", number, 0.0) for number in given]) or usual


def activation_named(value: "Any") -> "Tuple[str, Tuple[float, ...]]":
    """The name of an activation and the numbers it takes."""
    return _with_reals("activation", value, ACTIVATIONS)


def loss_named(value: "Any") -> "Tuple[str, Tuple[float, ...]]":
    """The name of a loss and the numbers it takes."""
    return _with_reals("loss", value, {name: record[1] for name, record in LOSSES.items()})


def reduction_named(value: "Any") -> "Optional[str]":
    """The name of a reduction, or None for the loss's own."""
    if value is not None:
        _named("reduction", value, REDUCTIONS)
    return value  # type: ignore[no-any-return]


def initialiser_named(value: "Any") -> "Any":
    """The name of an initialiser, or a function of (stream, shape, fan_in, fan_out)."""
    if not callable(value):
        _named("init", value, list(INITIALISERS))
    return value


# tables of numbers ---------------------------------------------------------------------------------

def inputs_from(x: "Any", width: int, swapped: str = "") -> "Rows":
    """x as rows of ``width`` floats, from rows or from one flat buffer; ``swapped`` is a hint for errors."""
    items, flat = _items(x, "x")
    why = f"the network has {width} input{'s' if width > 1 else ''}"
    if flat and isinstance(x, (list, tuple)):
        cure = "write [[value] for value in x]" if width == 1 else "one row is written with two brackets, [[...]]"
        raise ValueError(f"x: expected rows of {width} numbers ({why}), got a flat list of {len(items)}; {cure}")
    if flat:
        if len(items) % width:
            raise ValueError(f"x: a flat buffer of {len(items)} numbers is not rows of {width} ({why})")
        return [items[start:start + width] for start in range(0, len(items), width)]
    return [_row(row, i, "x", width, why + swapped) for i, row in enumerate(items)]


def targets_from(y: "Any", width: int, loss: str, classes: bool) -> "Rows":
    """y as rows of ``width`` floats, from rows, or flat: one value a row, or class numbers for a softmax."""
    items, flat = _items(y, "y")
    why = f"the network has {width} output{'s' if width > 1 else ''}"
    if flat and classes:
        rows = [_one_hot(value, i, width) for i, value in enumerate(items)]
    elif flat and width == 1:
        rows = [[value] for value in items]
    elif flat:
        raise ValueError(f"y: expected rows of {width} numbers ({why}), got a flat list of {len(items)}")
    else:
        if classes:
            why += "; class numbers are given as a flat list"
        rows = [_row(row, i, "y", width, why) for i, row in enumerate(items)]
    if LOSSES[loss][2]:
        _check_probabilities(rows, loss)
    return rows


def training_data(x: "Any", y: "Any", sample_weight: "Any", plan: "Any") -> "Tuple[Rows, Rows, List[float]]":
    """x, y and the sample weights (1.0 where none are given), of equal length."""
    swapped = ""
    if _width(x) == plan.outputs != plan.inputs == _width(y):
        swapped = "; x and y look swapped"
    rows = inputs_from(x, plan.inputs, swapped)
    targets = targets_from(y, plan.outputs, plan.loss.kind, plan.steps[-1].kind == "softmax")
    if len(rows) != len(targets):
        raise ValueError(f"x has {len(rows)} rows, y has {len(targets)}: every row of x needs its row of y")
    if sample_weight is None:
        return rows, targets, [1.0] * len(rows)
    weights, flat = _items(sample_weight, "sample_weight")
    if not flat or len(weights) != len(rows):
        raise ValueError(f"sample_weight: expected a flat list of {len(rows)} numbers, one for each row of x")
    for i, weight in enumerate(weights):
        if not 0.0 <= weight < math.inf:
            raise ValueError(f"sample_weight[{i}] is {weight}, expected a finite number from 0 up")
    if not any(weights):
        raise ValueError("sample_weight: all weights are 0, so there is nothing to learn from")
    return rows, targets, weights


def require_finite(rows: "Rows", place: "Optional[Tuple[int, int]]", name: str) -> None:
    """Refuse the number at the place that an engine found, if it found one."""
    if place is not None:
        i, j = place
        raise ValueError(
            f"{name}[{i}][{j}] is {rows[i][j]}, expected a finite number; drop or fill the rows that have such values"
        )


def parameter_from(values: "Any", shape: "Tuple[int, ...]", name: str) -> "List[float]":
    """A parameter's values, flat, from nested lists or a buffer of its shape."""
    items, flat = _items(values, name)
    if len(shape) == 1:
        if not flat or len(items) != shape[0]:
            raise ValueError(f"{name}: expected a flat list of {shape[0]} numbers, got {_dimensions(items, flat)}")
        row = items
    else:
        if flat or len(items) != shape[0]:
            raise ValueError(f"{name}: expected {shape[0]} rows of {shape[1]} numbers, got {_dimensions(items, flat)}")
        why = f"its shape is {shape[0]} x {shape[1]}"
        row = [value for i, values in enumerate(items) for value in _row(values, i, name, shape[1], why)]
    for j, value in enumerate(row):
        if not -math.inf < value < math.inf:
            raise ValueError(f"{name}: number {j} is {value}, expected finite numbers")
    return row


def _items(values: "Any", name: str) -> "Tuple[List[Any], bool]":
    """The rows, or the floats of a flat list or buffer, and whether it is flat."""
    if values is None or isinstance(values, (str, bytes, bytearray, dict, set, frozenset)):
        raise TypeError(f"{name}: expected rows of numbers, got {_shown(values)}")
    if hasattr(values, "mask") and hasattr(values, "fill_value"):
        raise TypeError(f"{name}: masked arrays are not taken; fill or drop the masked entries first")
    items = _from_buffer(values, name)
    if items is None and hasattr(values, "to_numpy"):
        return _items(values.to_numpy(), name)  # a data frame
    if items is None:
        try:
            items = values.tolist() if hasattr(values, "tolist") else list(values)
        except TypeError:
            raise TypeError(f"{name}: expected rows of numbers, got {_shown(values)}") from None
    if not isinstance(items, list) or not items:
        raise ValueError(f"{name} has no rows" if isinstance(items, list) else f"{name}: expected rows, got one number")
    flat = not isinstance(items[0], (list, tuple)) and not hasattr(items[0], "__iter__")
    if flat or isinstance(items[0], (str, bytes)):
        return [number_from(value, f"{name}[{i}]") for i, value in enumerate(items)], True
    return items, False


def _from_buffer(values: "Any", name: str) -> "Optional[List[Any]]":
    """The numbers of a one- or two-dimensional buffer as (nested) lists; None if it is none, or holds objects."""
    if isinstance(values, (list, tuple)):
        return None
    try:
        view = memoryview(values)
    except TypeError:
        return None
    except (ValueError, BufferError) as error:
        raise TypeError(f"{name}: this buffer cannot be read as numbers ({error})") from None
    code = getattr(view, "format", "d")
    if code in ("O", "@O", "=O"):
        return None
    if not hasattr(view, "ndim"):
        return list(values)  # MicroPython's arrays
    if view.ndim not in (1, 2):
        raise ValueError(f"{name}: expected rows of numbers, got a buffer of {view.ndim} dimensions")
    letter = code[-1]
    if letter not in "bBhHiIlLqQnNefd?" or code[:-1] not in ("", "@", "=", "<", ">", "!", "^"):
        raise TypeError(f"{name}: buffers of format {code!r} are not numbers that a double can hold; convert it first")
    order = code[:-1].replace("^", "=")  # NumPy writes ^ for unaligned numbers in native order
    if order in ("=", "") and letter in "lLnNqQ":
        order, letter = "=", {8: "q", 4: "i"}[view.itemsize].upper() if letter.isupper() else {8: "q", 4: "i"}[view.itemsize]
    numbers = [float(value) for (value,) in struct.iter_unpack(order + letter, view.tobytes())]
    if view.ndim == 1:
        return numbers
    columns = view.shape[1]
    return [numbers[i * columns:(i + 1) * columns] for i in range(view.shape[0])]


def _row(row: "Any", i: int, name: str, width: int, why: str) -> "List[float]":
    """Row i as a list of ``width`` floats."""
    if not isinstance(row, (list, tuple)):
        if isinstance(row, (str, bytes, dict, set)) or not hasattr(row, "__iter__"):
            raise TypeError(f"{name}[{i}] is {_shown(row)}, expected a row of {width} numbers ({why})")
        if hasattr(row, "mask") and hasattr(row, "fill_value"):
            raise TypeError(f"{name}[{i}]: masked arrays are not taken; fill or drop the masked entries first")
        row = list(row)
    if len(row) != width:
        raise ValueError(f"{name}[{i}] has {len(row)} number{'s' if len(row) != 1 else ''}, expected {width} ({why})")
    for value in row:
        if type(value) is not float:
            return [number_from(value, f"{name}[{i}][{j}]") for j, value in enumerate(row)]
    return list(row)


def _one_hot(value: float, i: int, width: int) -> "List[float]":
    """The row of a class number: 1.0 at its place, 0.0 elsewhere."""
    row = [0.0] * width
    for j in range(width):
        if value == j:
            row[j] = 1.0
            return row
    raise ValueError(f"y[{i}] is {value}, expected a class number from 0 to {width - 1} (the network has {width} outputs)")


def _check_probabilities(rows: "Rows", loss: str) -> None:
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
    """The length of the first row, or 0 if there is none."""
    try:
        return len(values[0])
    except (TypeError, IndexError, KeyError):
        return 0


def _dimensions(items: "List[Any]", flat: bool) -> str:
    return f"a flat list of {len(items)}" if flat else f"{len(items)} rows"


def _shown(value: "Any") -> str:
    """The value for an error message, short."""
    text = repr(value)
    if len(text) > 40:
        text = text[:37] + "..."
    return text if value is None else f"{text} ({type(value).__name__})"


def writable_doubles(out: "Any", count: int) -> "Any":
    """A flat writable view of a buffer of ``count`` native doubles."""
    try:
        view = memoryview(out)
    except TypeError:
        raise TypeError(f"out: expected a writable buffer of doubles such as array('d'), got {_shown(out)}") from None
    if view.format not in ("d", "@d") or view.readonly or not view.c_contiguous:
        raise TypeError("out: expected a writable, C-contiguous buffer of native doubles, such as array('d')")
    view = view.cast("B").cast("d")
    if len(view) != count:
        raise ValueError(f"out: expected room for {count} numbers, got {len(view)}")
    return view
