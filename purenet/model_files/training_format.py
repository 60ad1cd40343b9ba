"""Encode an interrupted training as the words and the tensor of a model file, and decode it again."""
import math
from array import array

from .._core.checks import MAX_COUNT, check_int
from .._core.messages import ModelFileError, describe
from .._core.paused import STRATIFIED, WEIGHTED, PausedTraining
from .container import MAX_HEADER, Tensor, first_non_finite, shape_of
from .strict_json import check_that, from_json, is_pairs, to_json

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Sequence

    from .._core.state import State

KEYS = ("epochs", "batch_size", "samples", "shuffle", "stratify", "class_weight", "rows", "told", "stopped", "losses",
        "curves", "callbacks", "replaced")
NAME = "run"  # of its metadata and its tensor in a file


def check_callback_state(kind: str, state: "Any") -> "tuple[str, list[Any], Sequence[float]]":
    """Return (kind, words, numbers) of a callback's state, copied as a model file would give it back.

    Tuples become lists, as in JSON. Raises ValueError or TypeError, naming the callback, if a model file cannot hold
    the state.
    """
    try:
        if not isinstance(state, (tuple, list)) or len(state) != 2:
            raise TypeError(f"expected (words, numbers), two lists, got {describe(state)}")
        words, numbers = state
        words = _as_lists(words)
        text = to_json([kind, _stored(words), 0], 3)
        if len(text) > MAX_HEADER:
            raise ValueError(f"its words take {len(text)} characters, and a model file has room for {MAX_HEADER}; "
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
    return kind, from_json(to_json(words).encode()), packed


def _as_lists(value: "Any") -> "Any":
    """Return the value with its tuples as lists."""
    return [_as_lists(one) for one in value] if isinstance(value, (list, tuple)) else value


def _stored(words: "Any") -> "Any":
    """Return a callback's words as the file has them: a list of up to four levels as it is, anything else as JSON text.

    The file puts three lists around them and allows eight levels in all.
    """
    try:
        if isinstance(words, list) and to_json(words, 4):
            return words
    except ValueError:  # too deep
        pass
    return to_json(words)


def _read_words(stored: "Any") -> "Any":
    """Return the words that ``_stored`` has stored. Raise ValueError for what it does not return."""
    if not isinstance(stored, str):
        return stored
    words = from_json(stored.encode())
    check_that(_stored(words) == stored, "callbacks", stored)
    return words


def to_file_parts(paused: PausedTraining) -> "tuple[list[Any], Tensor]":
    """Return the words and the tensor of a paused training."""
    numbers = list(paused.totals) + [paused.validation_split] + paused.losses
    for _, curve in paused.curves:
        numbers += curve
    for _, _, own in paused.callbacks:
        numbers += own
    numbers += paused.restored_weights
    values: "list[Any]" = [
        paused.epochs, paused.batch_size, paused.samples, paused.shuffle, paused.stratify, paused.class_weight,
        paused.rows, paused.epochs_reported, paused.stopped, len(paused.losses),
        [[name, len(curve)] for name, curve in paused.curves],
        [[kind, _stored(words), len(own)] for kind, words, own in paused.callbacks], len(paused.restored_weights),
    ]
    shape = shape_of(len(numbers))
    if len(shape) == 2:
        numbers += [0.0] * (shape[0] * shape[1] - len(numbers))
    return [[key, value] for key, value in zip(KEYS, values)], Tensor(NAME, "F64", shape, numbers)


def paused_training_from(words: "Any", tensor: Tensor, total_size: int) -> PausedTraining:
    """Return the paused training of words and a tensor. Raise ModelFileError if ``to_file_parts`` never returns these.

    ``total_size``: how many parameters and statistics the network has.
    """
    counts = check_parts(words, tensor, total_size)
    try:
        return _parse(words, list(tensor.values), counts)
    except (ValueError, TypeError) as error:
        raise _invalid(error) from None


def check_parts(words: "Any", tensor: Tensor, total_size: int) -> "list[int]":
    """Return how many numbers each part of the tensor has. Raise ModelFileError if words or tensor are invalid."""
    try:
        counts = _counts(words, total_size)
        wanted = 0
        for count in counts:
            wanted += count
        check_that(tuple(tensor.shape) == shape_of(wanted), f"the shape for {wanted} numbers", tensor.shape)
        padding = list(tensor.values[wanted:])
        check_that([repr(value) for value in padding] == ["0.0"] * len(padding), "the end of the last row", padding)
        return counts
    except (ValueError, TypeError) as error:
        raise _invalid(error) from None


def check_position(paused: PausedTraining, state: "State") -> None:
    """Raise ModelFileError if a state cannot be the one at which this training was interrupted.

    Before the first step of a training the position is still that of the one before it.
    """
    epoch, batch, steps = state.position
    done, rows = len(paused.losses), paused.rows
    steps_before = epoch - done
    steps_of_run = done * -(-paused.samples // paused.batch_size) + batch
    agree = batch * paused.batch_size == rows or not (done or rows)
    if not agree or steps_before < 0 or steps < steps_before + steps_of_run:
        run = f"{done} epochs and {rows} rows in batches of {paused.batch_size}"
        raise ModelFileError(f"the interrupted training has done {run}, and the network's position is {epoch} epochs, "
                             f"{batch} batches and {steps} steps, which do not agree")


def _invalid(error: Exception) -> ModelFileError:
    return ModelFileError(f"the interrupted training is not valid: {error}")


def _counts(words: "Any", total_size: int) -> "list[int]":
    check_that(is_pairs(words, KEYS), "its words", words)
    epochs, batch_size, samples, shuffle, stratify, class_weight, rows, reported, stopped, losses, curves, callbacks, \
        replaced = [value for _, value in words]
    check_int("epochs", epochs, 0, MAX_COUNT)
    check_int("batch_size", batch_size, 1, MAX_COUNT)
    check_int("samples", samples, 1, MAX_COUNT)
    check_int("losses", losses, 0, epochs)
    check_int("told", reported, max(0, losses - 1), losses)
    check_int("rows", rows, 0, samples - 1)
    check_that(rows % batch_size == 0 and not (rows and losses == epochs), "rows", rows)
    check_that(type(shuffle) is bool, "shuffle", shuffle)
    check_that(stratify in STRATIFIED, "stratify", stratify)
    check_that(class_weight in WEIGHTED, "class_weight", class_weight)
    check_that(stopped is None or isinstance(stopped, str), "stopped", stopped)
    check_that(is_pairs(curves), "curves", curves)
    check_that(isinstance(callbacks, list) and all([isinstance(one, list) and len(one) == 3 for one in callbacks]),
               "callbacks", callbacks)
    check_that(replaced in (0, total_size) and type(replaced) is int, "replaced", replaced)
    for name, count in curves:
        check_that(isinstance(name, str) and count == reported and type(count) is int, "curves", curves)
    for kind, own, count in callbacks:
        check_that(isinstance(kind, str) and isinstance(own, (list, str)), "callbacks", callbacks)
        _read_words(own)
        check_int("callbacks", count, 0, MAX_COUNT)
    return [3, losses] + [count for _, count in curves] + [count for _, _, count in callbacks] + [replaced]


def _parse(words: "Any", numbers: "list[float]", counts: "list[int]") -> PausedTraining:
    epochs, batch_size, samples, shuffle, stratify, class_weight, rows, reported, stopped, _, curves, callbacks, _ = [
        value for _, value in words]
    parts = []
    start = 0
    for count in counts:
        parts.append(numbers[start:start + count])
        start += count
    total, weight, split = parts[0]
    check_that(0.0 <= split < 1.0, "validation_split", split)
    check_that(weight >= 0.0 if rows else total == weight == 0.0, "the totals of the epoch in progress", parts[0][:2])
    paused = PausedTraining(epochs, batch_size, samples, shuffle, (parts[1], rows, total, weight))
    paused.epochs_reported = reported
    paused.validation_split, paused.stratify, paused.class_weight = split, stratify, class_weight
    paused.stopped = stopped
    paused.curves = [(name, values) for (name, _), values in zip(curves, parts[2:])]
    own_parts = parts[2 + len(curves):]
    paused.callbacks = [(kind, _read_words(own), values) for (kind, own, _), values in zip(callbacks, own_parts)]
    paused.restored_weights = parts[-1]
    return paused
