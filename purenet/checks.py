"""The door: shapes and types are checked here, once, before an engine sees them.

Every number becomes a float: bool, int, float and objects with ``__float__`` are taken, text, None and
complex numbers are not.  Buffers (array, memoryview, NumPy's arrays) are taken with exactly their values
whatever their number format, order and strides, without importing NumPy.
"""
import math

from .doubles import array_of_buffer, doubles_in_place, doubles_of_lists, numbers_of_buffer, rows_of_images
from .foreign import rows_from, whole_from
from .plan import ACTIVATIONS, LOSSES, REDUCTIONS
from .reference.initialisers import INITIALISERS
from .shapes import in_brackets, index_of, product, spelled
from .wording import UNORDERED, count, shown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, List, Optional, Sequence, Tuple

    Rows = List[List[float]]

MOST = 1 << 24  # inputs or units; a larger number is a mistake
TEXT = (str, bytes, bytearray)


# single values -------------------------------------------------------------------------------------

def whole(name: str, value: "Any", least: int, most: int = MOST) -> int:
    """A whole number from least to most."""
    number = whole_from(value)
    if number is None:
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
        raise ValueError(f"{what}: {name} takes {count(len(usual), 'number')}, got {len(given)}")
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

def inputs_from(
    x: "Any", shape: "Tuple[int, ...]", hint: "Optional[Callable[[], str]]" = None, in_place: bool = False
) -> "Any":
    """x as rows of floats, from rows, from one flat buffer, or from images, each of ``shape``.

    ``hint`` has more to say in errors.  ``in_place``: doubles without gaps are left where they are, as ``Doubles``;
    plain lists become such.
    """
    width = product(shape)
    why = "the network has " + count(width, "input")
    if len(shape) == 3:
        why = f"the network's images are {spelled(shape)}"
    if in_place:
        ready = doubles_of_lists(rows_of_images(x, shape) or x, width) or doubles_in_place(x, width, image=shape)
        if ready:
            return ready
    swapped = hint() if hint else ""
    items, flat = _items(x, "x", shape=shape)
    if len(shape) == 3 and not flat:
        items = [_image(row, f"x[{i}]", shape, why) for i, row in enumerate(items)]
    if flat and isinstance(x, (list, tuple)):
        cure = "; write [[value] for value in x]" if width == 1 else "; one row is written with two brackets, [[...]]"
        wanted = f"x: expected rows of {count(width, 'number')} ({why})"
        raise ValueError(f"{wanted}, got a flat list of {len(items)}{swapped or cure}")
    if flat:
        if len(items) % width:
            raise ValueError(f"x: a flat buffer of {len(items)} numbers is not rows of {width} ({why}{swapped})")
        return [items[start:start + width] for start in range(0, len(items), width)]
    return [_row(row, i, "x", width, why + swapped) for i, row in enumerate(items)]


def _image(image: "Any", name: str, shape: "Tuple[int, ...]", why: str) -> "Any":
    """An image of x or y as a row, if it is nested or a buffer of three dimensions; rows are left to ``_row``."""
    if not _is_row(image):
        return image
    numbers = array_of_buffer(image, name, shape)
    if numbers is not None:
        return numbers
    parts = _listed(image, name, f"an image of {spelled(shape)}")
    if not parts or not _is_row(parts[0]):
        return parts
    inner = _listed(parts[0], f"{name}[0]", "numbers")
    if inner and not _is_row(inner[0]):
        cure = "one image is written [image], and every pixel is a list of its channels"
        raise ValueError(f"{name} is {len(parts)} x {len(inner)} numbers, expected {spelled(shape)} ({why}); {cure}")
    return _array(parts, shape, name, why, "pixel")


def targets_from(y: "Any", shape: "Tuple[int, ...]", loss: str, classes: bool, in_place: bool = False) -> "Any":
    """y as rows of floats, from rows, images of ``shape``, or flat: one value a row, or class numbers for a softmax."""
    width = product(shape)
    if in_place:
        ready = None if LOSSES[loss][2] else doubles_of_lists(rows_of_images(y, shape) or y, width)
        ready = ready or doubles_in_place(y, width, flat=width == 1 and not classes, image=shape)
        if ready:
            if LOSSES[loss][2] and ready.checked_for != loss:
                _check_probabilities(ready, loss)
                ready.checked_for = loss
            return ready
    items, flat = _items(y, "y", shape=shape)
    why = "the network has " + count(width, "output")
    if len(shape) == 3:
        why = f"the network's outputs are {spelled(shape)}"
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
        if len(shape) == 3:
            items = [_image(row, f"y[{i}]", shape, why) for i, row in enumerate(items)]
        rows = [_row(row, i, "y", width, why) for i, row in enumerate(items)]
    if LOSSES[loss][2]:
        _check_probabilities(rows, loss)
    return rows


def training_data(
    x: "Any", y: "Any", sample_weight: "Any", plan: "Any", in_place: bool = False
) -> "Tuple[Any, Any, List[float]]":
    """x, y and the sample weights (1.0 where none are given), of equal length."""
    def hint() -> str:
        return "; x and y look swapped" if _width(x) == plan.outputs != plan.inputs == _width(y) else ""

    rows = inputs_from(x, plan.shape, hint, in_place)
    targets = targets_from(y, plan.shapes[-1], plan.loss.kind, plan.steps[-1].kind == "softmax", in_place)
    if len(rows) != len(targets):
        raise ValueError(f"x has {count(len(rows), 'row')}, y has {len(targets)}: every row of x needs its row of y")
    if sample_weight is None:
        return rows, targets, [1.0] * len(rows)
    weights, flat = _items(sample_weight, "sample_weight", "a flat list of numbers")
    if not flat or len(weights) != len(rows):
        wanted = f"a flat list of {count(len(rows), 'number')}, one for each row of x"
        raise ValueError(f"sample_weight: expected {wanted}, got {_dimensions(weights, flat)}")
    return rows, targets, sample_weights(weights, plan.outputs)


def sample_weights(weights: "List[float]", outputs: int, name: str = "sample_weight") -> "List[float]":
    """Weights that a mean over such outputs can be divided by."""
    total = 0.0
    for i, weight in enumerate(weights):
        if not 0.0 <= weight < math.inf:
            raise ValueError(f"{name}[{i}] is {weight}, expected a finite number from 0 up")
        total += weight
    if total == 0.0:
        raise ValueError(f"{name}: all weights are 0, so there is nothing to learn from")
    if total * outputs == math.inf:
        raise ValueError(f"{name}: the weights add up to more than a double holds; divide them by their largest")
    return weights


def require_finite(
    rows: "Any", place: "Optional[Tuple[int, int]]", name: str, shape: "Tuple[int, ...]" = ()
) -> None:
    """Refuse the number at the place that an engine found, if it found one; ``shape``: that of a sample."""
    if place is not None:
        got = f"{_place(name, place, shape)} is {rows[place[0]][place[1]]}"
        raise ValueError(f"{got}, expected a finite number; drop or fill the rows that have such values")


def _place(name: str, place: "Tuple[int, int]", shape: "Tuple[int, ...]") -> str:
    """What a number of x or y is called: of images by row, column and channel, and by its number in their flat row."""
    i, j = place
    if len(shape) != 3:
        return f"{name}[{i}][{j}]"
    return f"{name}[{i}]{in_brackets(index_of(j, shape))} (of flat rows {name}[{i}][{j}])"


def warn_of_large(rows: "Any", place: "Tuple[int, int]", shape: "Tuple[int, ...]") -> None:
    """Say that inputs are large; boards have no warnings."""
    try:
        from warnings import warn
    except ImportError:
        return
    warn(
        f"{_place('x', place, shape)} is {rows[place[0]][place[1]]}: inputs beyond 1,000 slow training down or make it "
        f"overflow; scale them first, for example with purenet.data.StandardScaler", stacklevel=5)


def parameter_from(values: "Any", shape: "Tuple[int, ...]", name: str) -> "List[float]":
    """A parameter's values, flat, from nested lists or a buffer of its shape."""
    found = _array(values, shape, name, f"its shape is {spelled(shape)}")
    for k, value in enumerate(found):
        if not -math.inf < value < math.inf:
            place = f"{name}{in_brackets(index_of(k, shape))}"
            raise ValueError(f"{place} is {value}, expected a finite number")
    return found


def _array(values: "Any", shape: "Tuple[int, ...]", name: str, why: str, row: str = "row") -> "List[float]":
    """The numbers of nested lists or a buffer of a shape, row by row; ``row``: what the last dimension is called."""
    width = shape[-1]
    if len(shape) > 2:
        numbers = array_of_buffer(values, name, shape)
        if numbers is not None:
            return numbers
        wanted = count(shape[0], "table") if row == "row" else count(shape[0], "row") + f" of {row}s"
        items = _listed(values, name, wanted)
        if len(items) != shape[0]:
            raise ValueError(f"{name}: expected {wanted} ({why}), got {len(items)}")
        return [value for k, part in enumerate(items) for value in _array(part, shape[1:], f"{name}[{k}]", why, row)]
    wanted = ("a flat list" if len(shape) == 1 else count(shape[0], row)) + " of " + count(width, "number")
    items, is_flat = _items(values, name, wanted)
    if is_flat != (len(shape) == 1) or len(items) != shape[0]:
        raise ValueError(f"{name}: expected {wanted}, got {_dimensions(items, is_flat, row)}")
    if is_flat:
        return items
    return [value for i, cells in enumerate(items) for value in _row(cells, i, name, width, why)]


def _items(
    values: "Any", name: str, wanted: str = "rows of numbers", shape: "Tuple[int, ...]" = ()
) -> "Tuple[List[Any], bool]":
    """The rows, or the floats of a flat list or buffer, and whether it is flat; ``shape``: that of a sample."""
    items = _listed(values, name, wanted, shape)
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
    except Exception:  # TypeError of a number, of None, of an array without dimensions; views of several say no too
        return getattr(value, "ndim", 0) > 1
    return True


def _listed(values: "Any", name: str, wanted: str, shape: "Tuple[int, ...]" = ()) -> "List[Any]":
    """What a list, buffer, array, data frame or generator holds, as a list."""
    if isinstance(values, list):
        return values
    if isinstance(values, tuple):
        return list(values)
    if isinstance(values, TEXT + UNORDERED):
        raise TypeError(f"{name}: expected {wanted}, got {shown(values)}")
    if hasattr(values, "mask") and hasattr(values, "fill_value"):
        raise TypeError(f"{name}: masked arrays are not taken; fill or drop the masked entries first")
    items = numbers_of_buffer(values, name, shape)
    if items is not None:
        return items
    if hasattr(values, "to_numpy"):
        return _listed(values.to_numpy(), name, wanted, shape)  # a data frame or one of its columns
    if hasattr(values, "tolist"):
        values = values.tolist()  # arrays of objects, tensors
    return rows_from(values, name, wanted)


def _row(row: "Any", i: int, name: str, width: int, why: str) -> "List[float]":
    """Row i as a list of ``width`` floats."""
    if not isinstance(row, (list, tuple)):
        wanted = f"a row of {count(width, 'number')}"
        if not _is_row(row):
            raise TypeError(f"{name}[{i}] is {shown(row)}, expected {wanted} ({why})")
        row = _listed(row, f"{name}[{i}]", wanted)
    for value in row:
        if type(value) is not float:
            row = [number_from(value, f"{name}[{i}][{j}]") for j, value in enumerate(row)]
            break
    if len(row) != width:
        raise ValueError(f"{name}[{i}] has {count(len(row), 'number')}, expected {width} ({why})")
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


def _dimensions(items: "List[Any]", flat: bool, row: str = "row") -> str:
    return f"a flat list of {len(items)}" if flat else count(len(items), row)
