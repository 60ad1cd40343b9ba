"""How errors show values and counts."""
TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Sequence, TextIO

UNORDERED = (dict, set, frozenset)


def plural(number: int, one: str, many: str = "") -> str:
    """Return a number with the word in the right form. ``many`` is needed unless it is ``one`` and an s."""
    return f"{number} {one if number == 1 else many or one + 's'}"


def describe(value: "Any") -> str:
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


def truncate_repr(value: "Any") -> str:
    """What a file holds, for an error message: never more than 60 characters of it."""
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


def join_names(names: "Sequence[str]") -> str:
    """Names for a message, the first ten of them."""
    shown = ", ".join([quote(name) for name in names[:10]])
    return shown + (f" and {len(names) - 10} more" if len(names) > 10 else "")


def quote(text: str) -> str:
    """The cell for a message: in quotes, at most 40 characters."""
    return repr(text if len(text) <= 40 else text[:37] + "...")


def escape_html(words: str) -> str:
    """Return a text as it is written in XML and HTML; a character that XML cannot have becomes a mark."""
    known = [character if character >= " " and not "\ud7ff" < character < "\ue000" and character not in "\ufffe\uffff"
             or character in "\t\n\r" else "\ufffd" for character in words]
    return "".join(known).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")


def can_encode(text: str, stream: "TextIO") -> bool:
    """Whether the stream can write the text."""
    try:
        text.encode(getattr(stream, "encoding", None) or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True
