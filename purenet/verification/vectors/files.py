"""Read and write the files of golden vectors.

A file is JSON: "[", a header line, a line for each vector, and "]". A vector's line has its head (number, name and
description), its results, and a check: the first digits of the SHA-256 of everything before it. The digest of a file
is the SHA-256 of its text. The published digests are in ``purenet.verification.verify``.
"""
import json

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Sequence

FILES = {"quick": "quick.json", "full": "full.json.gz"}
GIVES = ',"gives":["'
CHECK = '"],"check":"'
CHECK_DIGITS = 8


def header(kind: str, arithmetic: int, count: int) -> str:
    """Return the header line of a file."""
    return f'{{"vectors":"{kind}","arithmetic":{arithmetic},"count":{count}}}'


def line_of(head: str, values: "Sequence[str]") -> str:
    """Return the line of a vector: its head, its results and the check."""
    text = head + GIVES + '","'.join(values) + CHECK
    return text + sha256(text)[:CHECK_DIGITS] + '"}'


def head_of(line: str) -> str:
    """Return the part of a line before the results."""
    return line[:line.index(GIVES)]


def text_of(lines: "Sequence[str]") -> str:
    """Return the text of a file from its lines, the header first."""
    return "[\n" + ",\n".join(lines) + "\n]\n"


def sha256(text: str) -> str:
    """Return the SHA-256 of an ASCII text in hexadecimal."""
    import binascii
    import hashlib

    return binascii.hexlify(hashlib.sha256(text.encode()).digest()).decode()


def read(kind: str) -> "list[str]":
    """Return the lines of "quick" or "full", the header first."""
    return lines_of(_bytes(kind), FILES[kind])


def lines_of(packed: bytes, name: str) -> "list[str]":
    """Return the lines of a file's bytes. Raises ValueError if the file is damaged or was edited."""
    try:
        if name.endswith(".gz"):
            import gzip

            packed = gzip.decompress(packed)
        text = packed.decode()
    except EOFError:
        raise ValueError(f"{name} is cut short: it ends before its packed data does; install purenet again") from None
    except Exception as error:  # gzip, zlib and the decoder raise different ones
        raise ValueError(f"{name} cannot be unpacked ({error}); install purenet again") from None
    lines = text.replace("\r\n", "\n").split("\n")
    if lines[0] != "[" or lines[-2:] != ["]", ""]:
        raise ValueError(f"{name} is cut short: its last line is not \"]\"; install purenet again")
    lines = [line[:-1] if line.endswith(",") else line for line in lines[1:-2]]
    _check_order(lines, name)
    for line in lines[1:]:
        head, check = line[:line.index(CHECK) + len(CHECK)], line[-CHECK_DIGITS - 2:]
        if check != sha256(head)[:CHECK_DIGITS] + '"}':
            raise ValueError(f"{name}: {called(json.loads(line))} has been edited: its line and its check disagree")
    return lines


def called(vector: "Any") -> str:
    """Return a vector's number and name for a message."""
    return f"vector {vector['number']} ({vector['name']})"


def _check_order(lines: "list[str]", name: str) -> None:
    """Raise ValueError if a vector is missing, repeated or out of order."""
    try:
        count = json.loads(lines[0])["count"]
        numbers = [json.loads(line)["number"] for line in lines[1:] if line.index(GIVES) < line.index(CHECK)]
    except (ValueError, KeyError, IndexError):
        raise ValueError(f"{name} has a line that is not a vector; install purenet again") from None
    for number in range(1, count + 1):
        if number not in numbers:
            raise ValueError(f"{name}: vector {number} is missing: of {count} the file has {len(numbers)}")
    for expected, number in zip(range(1, count + 1), numbers):
        if number != expected:
            raise ValueError(f"{name}: the order is wrong: vector {number} is in the place of vector {expected}")
    if len(numbers) != count:
        raise ValueError(f"{name}: the header says {count} vectors, the file has {len(numbers)}: some are repeated")


def _bytes(kind: str) -> bytes:
    """Return the bytes of a file of the package, which can be in a zip. Boards have no pkgutil."""
    try:
        from pkgutil import get_data
    except ImportError:
        with open(__file__[:-len("files.py")] + FILES[kind], "rb") as file:
            return file.read()
    found = get_data("purenet", "verification/vectors/" + FILES[kind])
    if found is None:
        raise FileNotFoundError(f"purenet/verification/vectors/{FILES[kind]} is missing from this installation")
    return found
