"""Read and write the JSON in the header of a model file. Each value has one spelling, and no other is read.

Text is str, integers have 64 bits, arrays are lists, and objects are tuples of (key, value), which have an order on
every Python. There are no other numbers and no white space, so a text that is read is written again byte for byte.
"""
from .._core.messages import ModelFileError, truncate_repr

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

MAX_DEPTH = 8  # levels of nested arrays and objects
MIN_INT, MAX_INT = -(1 << 63), (1 << 63) - 1

NAMED = ((b"true", True), (b"false", False), (b"null", None))
ESCAPES = (("\\", "\\\\"), ("\"", "\\\""), ("\b", "\\b"), ("\f", "\\f"), ("\n", "\\n"), ("\r", "\\r"), ("\t", "\\t"))
SHORT = "\b\f\n\r\t"
ESCAPED = {escape.encode(): character for character, escape in ESCAPES}  # what an escape stands for
ESCAPED.update({f"\\u{code:04x}".encode(): chr(code) for code in range(32) if chr(code) not in SHORT})


# writing -------------------------------------------------------------------------------------------

def to_json(value: "Any", depth: int = 0) -> str:
    """Return the one JSON text of a value. ``from_json`` reads every text that this returns.

    ``depth``: the number of arrays and objects around the value. Raises TypeError for a type that this JSON does not
    have, ValueError for an integer of more than 64 bits, half a surrogate pair, a key that occurs twice in an object,
    and arrays and objects that are nested too deep.
    """
    if value is None or value is True or value is False:
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, str):
        return _quoted(value)
    if isinstance(value, int):
        if not MIN_INT <= value <= MAX_INT:
            raise ValueError("a whole number of more than 64 bits cannot be stored")
        return str(int(value))
    if isinstance(value, (list, tuple)) and depth == MAX_DEPTH:
        raise ValueError(f"lists are nested too deep to be stored: {depth + 1} levels, and {MAX_DEPTH} are allowed")
    if isinstance(value, list):
        return "[" + ",".join([to_json(one, depth + 1) for one in value]) + "]"
    if isinstance(value, tuple):
        known = {}
        for pair in value:
            if not isinstance(pair, tuple) or len(pair) != 2 or not isinstance(pair[0], str):
                raise TypeError("a tuple is stored only if it consists of (text, value) pairs; use a list instead")
            if pair[0] in known:
                raise ValueError(f"the key {truncate_repr(pair[0])} occurs twice in an object, which cannot be stored")
            known[pair[0]] = True
        return "{" + ",".join([_quoted(key) + ":" + to_json(one, depth + 1) for key, one in value]) + "}"
    kind = type(value).__name__
    raise TypeError(f"text, whole numbers, True, False, None and lists of them can be stored, not {kind}")


def _quoted(text: str) -> str:
    try:
        text.encode("utf-8")
    except ValueError:  # UnicodeEncodeError is one
        raise ValueError(f"the text {truncate_repr(text)} has half a surrogate pair, which cannot be stored") from None
    for character, escape in ESCAPES:
        text = text.replace(character, escape)
    for code in range(32):
        if chr(code) in text:
            text = text.replace(chr(code), f"\\u{code:04x}")
    return "\"" + text + "\""


# reading -------------------------------------------------------------------------------------------

def from_json(text: bytes) -> "Any":
    """Return the value of a text that ``to_json`` returned, in UTF-8.

    Raises ModelFileError, with the offset of the byte, for any other text.
    """
    try:
        text.decode("utf-8")
    except ValueError:  # UnicodeDecodeError is one
        raise ModelFileError("the text is not UTF-8") from None
    if text and min(text) < 32:
        raise ModelFileError("the text has control characters")
    value, at = _value(text, 0, 0)
    if at != len(text):
        raise ModelFileError(f"something follows the JSON value at byte {at}: {truncate_repr(text[at:at + 30])}")
    return value


def _value(text: bytes, at: int, depth: int) -> "tuple[Any, int]":
    """Return the value that begins at a byte, and the byte after it."""
    first = text[at:at + 1]
    if first == b"\"":
        return _string(text, at)
    if first == b"[" or first == b"{":
        if depth == MAX_DEPTH:
            raise ModelFileError(f"more than {MAX_DEPTH} arrays and objects are nested at byte {at}")
        return _array(text, at + 1, depth + 1) if first == b"[" else _object(text, at + 1, depth + 1)
    for name, value in NAMED:
        if text[at:at + len(name)] == name:
            return value, at + len(name)
    return _number(text, at)


def _array(text: bytes, at: int, depth: int) -> "tuple[list[Any], int]":
    values: "list[Any]" = []
    if text[at:at + 1] == b"]":
        return values, at + 1
    while True:
        value, at = _value(text, at, depth)
        values.append(value)
        at += 1
        mark = text[at - 1:at]
        if mark == b"]":
            return values, at
        if mark != b",":
            raise ModelFileError(f"expected , or ] at byte {at - 1}, got {truncate_repr(mark)}")


def _object(text: bytes, at: int, depth: int) -> "tuple[tuple[tuple[str, Any], ...], int]":
    pairs: "list[tuple[str, Any]]" = []
    known = {}
    if text[at:at + 1] == b"}":
        return (), at + 1
    while True:
        if text[at:at + 1] != b"\"":
            raise ModelFileError(f"expected a key at byte {at}, got {truncate_repr(text[at:at + 1])}")
        key, at = _string(text, at)
        if key in known:
            raise ModelFileError(f"the key {truncate_repr(key)} occurs twice in an object")
        known[key] = True
        if text[at:at + 1] != b":":
            raise ModelFileError(f"expected : at byte {at}, got {truncate_repr(text[at:at + 1])}")
        value, at = _value(text, at + 1, depth)
        pairs.append((key, value))
        at += 1
        mark = text[at - 1:at]
        if mark == b"}":
            return tuple(pairs), at
        if mark != b",":
            raise ModelFileError(f"expected , or }} at byte {at - 1}, got {truncate_repr(mark)}")


def _string(text: bytes, at: int) -> "tuple[str, int]":
    """Return the text whose opening quotation mark is at a byte, and the byte after it."""
    pieces = []
    at += 1
    end = -1
    while True:
        if end < at:
            end = text.find(b"\"", at)
        if end < 0:
            raise ModelFileError(f"a text that has begun before byte {at} does not end")
        escape = text.find(b"\\", at, end)
        if escape < 0:
            pieces.append(text[at:end].decode("utf-8"))
            return "".join(pieces), end + 1
        if escape > at:
            pieces.append(text[at:escape].decode("utf-8"))
        at = escape + 2
        character = ESCAPED.get(text[escape:at])
        if character is None:
            at = escape + 6
            character = ESCAPED.get(text[escape:at])
            if character is None:
                got = truncate_repr(text[escape:at])
                raise ModelFileError(f"{got} at byte {escape} is no escape of a model file")
        pieces.append(character)


def _number(text: bytes, at: int) -> "tuple[int, int]":
    end = at + 1 if text[at:at + 1] == b"-" else at
    while b"0" <= text[end:end + 1] <= b"9" and end - at <= 20:
        end += 1
    digits = text[at:end]
    number = int(digits.decode()) if digits not in (b"", b"-") else 0
    if str(number).encode() != digits or text[end:end + 1] in (b".", b"e", b"E"):
        got = truncate_repr(text[at:at + 20])
        raise ModelFileError(f"expected text, a whole number, true, false, null, [ or {{ at byte {at}, got {got}")
    if not MIN_INT <= number <= MAX_INT or end - at > 20:
        raise ModelFileError(f"the number at byte {at} has more than 64 bits")
    return number, end


# checking what was read ----------------------------------------------------------------------------

def is_pairs(value: "Any", keys: "Any" = None) -> bool:
    """Return whether a value is a list of [key, value] lists. ``keys``: the keys that it must have, in order."""
    if not isinstance(value, list) or not all([isinstance(pair, list) and len(pair) == 2 for pair in value]):
        return False
    return keys is None or [pair[0] for pair in value] == list(keys)


def check_that(condition: "Any", what: str, got: "Any") -> None:
    """Raise ValueError unless the condition is true. ``what``: the part of the file. ``got``: its value there."""
    if not condition:
        raise ValueError(f"{what} cannot be {truncate_repr(got)}")
