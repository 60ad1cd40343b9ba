"""A training that was broken off: what fit needs, beside the network and its data, to go on with the same bits."""
import math
from array import array

from .._core.checks import check_int
from .._core.messages import ModelFileError, describe, truncate_repr
from .._core.paused import STRATIFIED, WEIGHTED, PausedTraining
from .container import LONGEST_HEADER, Tensor, first_non_finite, shape_of
from .strict_json import parsed, written

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, List, Sequence, Tuple

KEYS = ("epochs", "batch_size", "samples", "shuffle", "stratify", "class_weight", "rows", "told", "stopped", "losses",
        "curves", "callbacks", "replaced")
TENSOR = "run"
LONGEST = 1 << 62


def kept_state(kind: str, state: "Any") -> "Tuple[str, List[Any], Sequence[float]]":
    """Return kind, words and numbers of what a callback's ``state`` gave: a copy, as a model file gives it back.

    Tuples become lists, as in JSON.  Raises ValueError or TypeError, naming the callback, if a model file cannot hold it.
    """
    try:
        if not isinstance(state, (tuple, list)) or len(state) != 2:
            raise TypeError(f"expected (words, numbers), two lists, got {describe(state)}")
        words, numbers = state
        words = _as_lists(words)
        text = written([kind, _stored(words), 0], 3)
        if len(text) > LONGEST_HEADER:
            raise ValueError(f"its words take {len(text)} characters, and a model file has room for {LONGEST_HEADER}; "
                             f"return numbers as the second list, which may be longer")
        if isinstance(numbers, (str, bytes, bytearray)):
            raise TypeError(f"the numbers: expected a list, got {describe(numbers)}")
        packed = array("d", numbers)
        if not all(map(math.isfinite, packed)):
            place = first_non_finite(packed)
            raise ValueError(f"number {place} is {packed[place or 0]}, not a finite number")
    except (ValueError, TypeError, OverflowError) as error:
        known = TypeError if isinstance(error, TypeError) else ValueError
        raise known(f"state of the callback {kind}: {error}") from None
    return kind, parsed(written(words).encode()), packed


def _as_lists(value: "Any") -> "Any":
    """Return the value with its tuples as lists."""
    return [_as_lists(one) for one in value] if isinstance(value, (list, tuple)) else value


def _stored(words: "Any") -> "Any":
    """Return a callback's words as they stand in a file: a list of up to four levels itself, others as JSON text.

    A file has three lists around them, and no more than eight levels in all.
    """
    try:
        if isinstance(words, list) and written(words, 4):
            return words
    except ValueError:  # too deep
        pass
    return written(words)


def _read_words(stored: "Any") -> "Any":
    """Return the words that ``_stored`` has made so; ValueError for what it does not make."""
    if not isinstance(stored, str):
        return stored
    words = parsed(stored.encode())
    _check(_stored(words) == stored, "callbacks", stored)
    return words


def to_file_parts(paused: PausedTraining) -> "Tuple[List[Any], Tensor]":
    """Return the words and the tensor of a model file."""
    numbers = list(paused.totals) + [paused.split] + paused.losses
    for _, values in paused.curves:
        numbers += values
    for _, _, own in paused.callbacks:
        numbers += own
    numbers += paused.restored_weights
    values_of: "List[Any]" = [
        paused.epochs, paused.batch_size, paused.samples, paused.shuffle, paused.stratify, paused.class_weight, paused.rows,
        paused.epochs_reported, paused.stopped, len(paused.losses), [[name, len(values)] for name, values in paused.curves],
        [[kind, _stored(words), len(own)] for kind, words, own in paused.callbacks], len(paused.restored_weights),
    ]
    words = [[key, value] for key, value in zip(KEYS, values_of)]
    shape = shape_of(len(numbers))
    if len(shape) == 2:
        numbers += [0.0] * (shape[0] * shape[1] - len(numbers))
    return words, Tensor(TENSOR, "F64", shape, numbers)


def paused_training_from(words: "Any", tensor: Tensor, held: int) -> PausedTraining:
    """What wrote such parts; ModelFileError for any others.  ``held``: numbers of the network."""
    counts = require_parts(words, tensor, held)
    try:
        return _parse(words, list(tensor.values), counts)
    except (ValueError, TypeError) as error:
        raise ModelFileError(f"the training in progress cannot be so: {error}") from None


def require_parts(words: "Any", tensor: Tensor, held: int) -> "List[int]":
    """Return how many numbers each part of the tensor has; ModelFileError for parts that no training has."""
    try:
        counts = _counts(words, held)
        wanted = 0
        for count in counts:
            wanted += count
        _check(tuple(tensor.shape) == shape_of(wanted), f"how many numbers it has: not {wanted}", tensor.shape)
        filling = list(tensor.values[wanted:])
        _check([repr(value) for value in filling] == ["0.0"] * len(filling), "what fills up the last row", filling)
        return counts
    except (ValueError, TypeError) as error:
        raise ModelFileError(f"the training in progress cannot be so: {error}") from None


def _counts(words: "Any", held: int) -> "List[int]":
    _check(_is_pairs(words) and [key for key, _ in words] == list(KEYS), "its keys", words)
    values = [value for _, value in words]
    epochs, batch_size, samples, shuffle, stratify, class_weight, rows, told, stopped = values[:9]
    losses, curves, callbacks, replaced = values[9:]
    check_int("epochs", epochs, 0, LONGEST)
    check_int("batch_size", batch_size, 1, LONGEST)
    check_int("samples", samples, 1, LONGEST)
    check_int("losses", losses, 0, epochs)
    check_int("told", told, max(0, losses - 1), losses)
    check_int("rows", rows, 0, samples - 1)
    _check(rows % batch_size == 0 and not (rows and losses == epochs), "rows", rows)
    _check(type(shuffle) is bool, "shuffle", shuffle)
    _check(stratify in STRATIFIED, "stratify", stratify)
    _check(class_weight in WEIGHTED, "class_weight", class_weight)
    _check(stopped is None or isinstance(stopped, str), "stopped", stopped)
    _check(_is_pairs(curves), "curves", curves)
    _check(isinstance(callbacks, list) and all([isinstance(one, list) and len(one) == 3 for one in callbacks]),
             "callbacks", callbacks)
    _check(replaced in (0, held) and type(replaced) is int, "replaced", replaced)
    for name, count in curves:
        _check(isinstance(name, str) and count == told and type(count) is int, "curves", curves)
    for kind, own, count in callbacks:
        _check(isinstance(kind, str) and isinstance(own, (list, str)), "callbacks", callbacks)
        _read_words(own)
        check_int("callbacks", count, 0, LONGEST)
    return [3, losses] + [count for _, count in curves] + [count for _, _, count in callbacks] + [replaced]


def _parse(words: "Any", numbers: "List[float]", counts: "List[int]") -> PausedTraining:
    epochs, batch_size, samples, shuffle, stratify, class_weight, rows, told, stopped = [
        value for _, value in words[:9]]
    curves, callbacks = words[10][1], words[11][1]
    parts = []
    start = 0
    for count in counts:
        parts.append(numbers[start:start + count])
        start += count
    total, weight, split = parts[0]
    _check(0.0 <= split < 1.0, "validation_split", split)
    made = PausedTraining(epochs, batch_size, samples, shuffle, (parts[1], rows, total, weight))
    made.epochs_reported = told
    made.split, made.stratify, made.class_weight = split, stratify, class_weight
    made.stopped = stopped
    made.curves = [(name, values) for (name, _), values in zip(curves, parts[2:])]
    made.callbacks = [(kind, _read_words(own), values) for (kind, own, _), values in zip(callbacks, parts[2 + len(curves):])]
    made.restored_weights = parts[-1]
    return made


def _is_pairs(value: "Any") -> bool:
    return isinstance(value, list) and all([isinstance(pair, list) and len(pair) == 2 for pair in value])


def _check(true: "Any", what: str, got: "Any") -> None:
    if not true:
        raise ValueError(f"{what}: {truncate_repr(got)}")


def joined(arrays: "Sequence[Sequence[float]]") -> "List[float]":
    """All numbers of some arrays, one after the other."""
    return [value for values in arrays for value in values]
