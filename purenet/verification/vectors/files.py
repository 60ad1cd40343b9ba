"""The files of golden vectors: their form, and four ways in which they are refused.

A file is JSON: "[", a line that says what it is, a line for each vector, and "]".  A vector's line is its head (its
number, name and description), what it gives, and a check: the first digits of the SHA-256 of all before it.  The
digest of a file is the SHA-256 of its text; the published ones stand in ``purenet.verification.verify``.
"""
import json

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, List, Sequence

FILES = {"quick": "quick.json", "full": "full.json.gz"}
GIVES = ',"gives":["'
CHECK = '"],"check":"'
CHECK_DIGITS = 8


def header(kind: str, arithmetic: int, count: int) -> str:
    """The line that says what a file is."""
    return f'{{"vectors":"{kind}","arithmetic":{arithmetic},"count":{count}}}'


def line_of(head: str, values: "Sequence[str]") -> str:
    """The line of a vector: its head, the values that it gives, and the check."""
    text = head + GIVES + '","'.join(values) + CHECK
    return text + sha256(text)[:CHECK_DIGITS] + '"}'


def head_of(line: str) -> str:
    """What stands before the values in a line."""
    return line[:line.index(GIVES)]


def text_of(lines: "Sequence[str]") -> str:
    """The whole file, from the line that says what it is to the last vector's."""
    return "[\n" + ",\n".join(lines) + "\n]\n"


def sha256(text: str) -> str:
    """The SHA-256 of a text in ASCII, hexadecimal."""
    import binascii
    import hashlib

    return binascii.hexlify(hashlib.sha256(text.encode()).digest()).decode()


def read(kind: str) -> "List[str]":
    """The lines of "quick" or "full", the one that says what it is first."""
    return lines_of(_bytes(kind), FILES[kind])


def lines_of(packed: bytes, name: str) -> "List[str]":
    """The lines of a file's bytes; a ValueError says what is wrong with a file that is not as it was made."""
    try:
        if name.endswith(".gz"):
            import gzip

            packed = gzip.decompress(packed)
        text = packed.decode()
    except EOFError:
        raise ValueError(f"{name} is cut short: it ends before its packed data does; install purenet again") from None
    except Exception as error:  # gzip, zlib and the decoder each have their own
        raise ValueError(f"{name} cannot be unpacked ({error}); install purenet again") from None
    lines = text.replace("\r\n", "\n").split("\n")
    if lines[0] != "[" or lines[-2:] != ["]", ""]:
        raise ValueError(f"{name} is cut short: its last line is not the one that ends it; install purenet again")
    lines = [line[:-1] if line.endswith(",") else line for line in lines[1:-2]]
    _require_order(lines, name)
    for line in lines[1:]:
        head, check = line[:line.index(CHECK) + len(CHECK)], line[-CHECK_DIGITS - 2:]
        if check != sha256(head)[:CHECK_DIGITS] + '"}':
            raise ValueError(f"{name}: {called(json.loads(line))} has been edited: its line and its check disagree")
    return lines


def called(vector: "Any") -> str:
    """How a vector is named in a sentence."""
    return f"vector {vector['number']} ({vector['name']})"


def _require_order(lines: "List[str]", name: str) -> None:
    """Refuse a file in which a vector is missing or stands elsewhere."""
    try:
        count = json.loads(lines[0])["count"]
        numbers = [json.loads(line)["number"] for line in lines[1:] if line.index(GIVES) < line.index(CHECK)]
    except (ValueError, KeyError, IndexError):
        raise ValueError(f"{name} has a line that is no vector; install purenet again") from None
    for number in range(1, count + 1):
        if number not in numbers:
            raise ValueError(f"{name}: vector {number} is missing: {count} are promised, {len(numbers)} are there")
    for expected, number in zip(range(1, count + 1), numbers):
        if number != expected:
            raise ValueError(f"{name}: the order is wrong: vector {number} stands where vector {expected} should")
    if len(numbers) != count:
        raise ValueError(f"{name}: {count} vectors are promised, {len(numbers)} are there: some stand there twice")


def _bytes(kind: str) -> bytes:
    """The bytes of a file of the package, which may lie in a zip; boards have no pkgutil."""
    try:
        from pkgutil import get_data
    except ImportError:
        with open(__file__[:-len("files.py")] + FILES[kind], "rb") as file:
            return file.read()
    found = get_data("purenet", "verification/vectors/" + FILES[kind])
    if found is None:
        raise FileNotFoundError(f"purenet/vectors/{FILES[kind]} is missing from this installation")
    return found
