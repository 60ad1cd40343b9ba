"""How errors show values and counts."""
TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

UNORDERED = (dict, set, frozenset)


def count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


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


def with_path(error: OSError, path: "Any") -> OSError:
    """The system's error, naming the file as the user did."""
    if not error.errno:
        return error
    if not hasattr(error, "strerror"):  # a board, which names no file, and shows one so
        return OSError(error.errno, str(path))
    return OSError(error.errno, error.strerror, path.__fspath__() if hasattr(path, "__fspath__") else path)
