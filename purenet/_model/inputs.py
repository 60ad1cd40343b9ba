"""Check the data of fit, predict and evaluate, once, before an engine reads it.

Every number becomes a float. bool, int, float and objects with ``__float__`` are accepted; text, None and complex
numbers are not. Buffers (array, memoryview, NumPy's arrays) of any number format, order and strides are read exactly,
without importing NumPy. ``check_inputs`` and ``check_targets`` let NaN and infinity pass; ``convert_inputs`` refuses
them: the engine searches with ``first_non_finite``, and ``_core.rows.refuse_non_finite`` raises the error.
"""
from .._core.arrays import format_shape, size_of
from .._core.checks import is_row
from .._core.messages import plural, warn_user
from .._core.rows import (
    check_sample_weights,
    format_dimensions,
    image_from,
    items_from,
    refuse_non_finite,
    row_from,
    value_place,
)
from ..losses import LOSS_SETTINGS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable

    Rows = list[list[float]]

LARGE = 1000.0 + 1 / (1 << 43)  # the double after 1,000: larger inputs slow training down, or overflow


def check_inputs(
    x: "Any", shape: "tuple[int, ...]", hint: "Callable[[], str] | None" = None, in_place: "Any" = None
) -> "Any":
    """Return x as rows of floats, from rows, one flat buffer or images, each of ``shape``.

    ``hint()`` returns a hint for errors. ``in_place``: the engine's ``rows_in_place``, if it has one.
    """
    width = size_of(shape)
    if in_place:
        ready = in_place(x, width, shape, True, True)
        if ready:
            return ready
    why = "the network has " + plural(width, "input")
    if len(shape) == 3:
        why = f"the network's images are {format_shape(shape)}"
    given_hint = hint() if hint else ""
    items, flat = items_from(x, "x", shape=shape)
    if len(shape) == 3 and not flat:
        items = [image_from(row, f"x[{i}]", shape, why) for i, row in enumerate(items)]
    if flat and (isinstance(x, (list, tuple, range)) or hasattr(x, "__next__")):
        cure = "; write [[value] for value in x]" if width == 1 else "; one row is written with two brackets, [[...]]"
        wanted = f"x: expected rows of {plural(width, 'number')} ({why})"
        raise ValueError(f"{wanted}, got a flat list of {len(items)}{given_hint or cure}")
    if flat:
        if len(items) % width:
            raise ValueError(f"x: a flat buffer of {len(items)} numbers is not rows of {width} ({why}{given_hint})")
        return [items[start:start + width] for start in range(0, len(items), width)]
    return [row_from(row, i, "x", width, why + given_hint) for i, row in enumerate(items)]


def check_targets(y: "Any", shape: "tuple[int, ...]", loss: str, classes: bool, in_place: "Any" = None) -> "Any":
    """Return y as rows of floats, from rows or images of ``shape``, or from a flat list of values or class numbers."""
    width = size_of(shape)
    if in_place:
        ready = in_place(y, width, shape, width == 1 and not classes, not LOSS_SETTINGS[loss][2])
        if ready:
            if LOSS_SETTINGS[loss][2] and ready.validated_for_loss != loss:
                _check_probabilities(ready, loss)
                ready.validated_for_loss = loss
            return ready
    items, flat = items_from(y, "y", shape=shape)
    why = "the network has " + plural(width, "output")
    if len(shape) == 3:
        why = f"the network's outputs are {format_shape(shape)}"
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
            items = [image_from(row, f"y[{i}]", shape, why) for i, row in enumerate(items)]
        rows = [row_from(row, i, "y", width, why) for i, row in enumerate(items)]
    if LOSS_SETTINGS[loss][2]:
        _check_probabilities(rows, loss)
    return rows


def check_training_data(
    x: "Any", y: "Any", sample_weight: "Any", plan: "Any", in_place: "Any" = None
) -> "tuple[Any, Any, list[float]]":
    """Return x, y and the sample weights (1.0 by default), which have equal length."""
    def hint() -> str:
        return "; x and y look swapped" if _width(x) == plan.outputs != plan.inputs == _width(y) else ""

    rows = check_inputs(x, plan.shape, hint, in_place)
    targets = check_targets(y, plan.shapes[-1], plan.loss.kind, plan.steps[-1].kind == "softmax", in_place)
    if len(rows) != len(targets):
        raise ValueError(f"x has {plural(len(rows), 'row')}, y has {len(targets)}: every row of x needs its row of y")
    if sample_weight is None:
        return rows, targets, [1.0] * len(rows)
    weights, flat = items_from(sample_weight, "sample_weight", "a flat list of numbers")
    if not flat or len(weights) != len(rows):
        wanted = f"a flat list of {plural(len(rows), 'number')}, one for each row of x"
        raise ValueError(f"sample_weight: expected {wanted}, got {format_dimensions(weights, flat)}")
    return rows, targets, check_sample_weights(weights, plan.outputs)


def convert_inputs(x: "Any", plan: "Any", engine: "Any", warned: "list[str] | None" = None) -> "Any":
    """Return checked rows of x in the engine's form. Raise ValueError if a number is not finite.

    ``warned``: the warnings that the network has given. The one about large inputs is given once and added to it.
    """
    rows = engine.convert_rows(x, plan.inputs)
    large = None
    if warned is not None and "large" not in warned:
        large = engine.first_beyond(rows, LARGE)
        if large is None:  # then all numbers are finite
            return rows
    refuse_non_finite(x, engine.first_non_finite(rows), "x", plan.shape)
    if large:
        warned.append("large")  # type: ignore[union-attr]
        warn_of_large(x, large, plan.shape)
    return rows


def convert_data(data: "Any", plan: "Any", engine: "Any", warned: "list[str] | None" = None) -> "Any":
    """Return checked x, y and weights in the engine's form, as ``convert_inputs`` does."""
    x, y, weights = data
    rows = convert_inputs(x, plan, engine, warned)
    targets = engine.convert_rows(y, plan.outputs)
    refuse_non_finite(y, engine.first_non_finite(targets), "y", plan.shapes[-1])
    return rows, targets, engine.convert_rows(weights, 1)


def warn_of_large(rows: "Any", place: "tuple[int, int]", shape: "tuple[int, ...]") -> None:
    """Warn that inputs are large."""
    warn_user(
        f"{value_place('x', place, shape)} is {rows[place[0]][place[1]]}: inputs beyond 1,000 slow training down or "
        f"make it overflow; scale them first, for example with purenet.data.StandardScaler")


def _one_hot(value: float, i: int, width: int) -> "list[float]":
    """Return the one-hot row of a class number."""
    row = [0.0] * width
    for j in range(width):
        if value == j:
            row[j] = 1.0
            return row
    raise ValueError(f"y[{i}] is {value}, expected a class number from 0 to {width - 1}, one for each output")


def _check_probabilities(rows: "Any", loss: str) -> None:
    """Raise ValueError unless targets are probabilities. For classes, each row has to add up to 1."""
    for i, row in enumerate(rows):
        total = 0.0
        for j, value in enumerate(row):
            if not 0.0 <= value <= 1.0:
                raise ValueError(f"y[{i}][{j}] is {value}: {loss} needs targets from 0 to 1")
            total += value
        if loss == "categorical_cross_entropy" and not 0.999999 < total < 1.000001:
            raise ValueError(f"y[{i}] adds up to {total}: {loss} needs rows that add up to 1, or class numbers")


def _width(values: "Any") -> int:
    """Return the length of the first row, 1 for a flat list, or 0 if unknown, for a hint in errors."""
    try:
        return len(values[0]) if is_row(values[0]) else 1
    except Exception:
        return 0
