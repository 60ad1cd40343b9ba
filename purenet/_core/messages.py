"""The package's exceptions, and the words that error messages are made of."""
TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Sequence, TextIO

UNORDERED = (dict, set, frozenset)
SPACES = "\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000"


class NonFiniteError(ValueError):
    """A number is infinite or not a number. A network in training keeps the state before that batch."""

    __module__ = "purenet"  # the public name, in tracebacks and pickles


class ModelFileError(ValueError):
    """A file is not a complete and valid model file. The message says what is wrong with it."""

    __module__ = "purenet"


def warn_user(text: str, category: "type[Warning] | None" = None) -> None:
    """Give a warning that points to the line of the user's code that called purenet. A board prints it."""
    try:
        from sys import _getframe
        from warnings import warn
    except ImportError:
        print("purenet: warning: " + text)
        return
    package, frame, level = __name__.split(".")[0], _getframe(1), 2
    while frame.f_back and frame.f_globals.get("__name__", "").split(".")[0] == package:
        frame, level = frame.f_back, level + 1
    warn(text, category, level)


def with_path(error: OSError, path: "Any") -> OSError:
    """Return the system's error with the file's name as the user gave it."""
    if not error.errno:
        return error
    if not hasattr(error, "strerror"):  # a board's errors have no place for a file's name
        return OSError(error.errno, str(path))
    return OSError(error.errno, error.strerror, path.__fspath__() if hasattr(path, "__fspath__") else path)


def plural(number: int, one: str, many: str = "") -> str:
    """Return a number with the word in the right form. ``many`` is needed unless it is ``one`` and an s."""
    return f"{number} {one if number == 1 else many or one + 's'}"


def describe(value: "Any") -> str:
    """Return a value as one short line."""
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
    """Return the repr of a value from a file, cut to 60 characters."""
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


def join_names(names: "Sequence[str]") -> str:
    """Return the first ten names in quotes, and how many more there are."""
    shown = ", ".join([quote(name) for name in names[:10]])
    return shown + (f" and {len(names) - 10} more" if len(names) > 10 else "")


def quote(text: str) -> str:
    """Return a text in quotes, cut to 40 characters."""
    return repr(text if len(text) <= 40 else text[:37] + "...")


def printable(text: str, keep: str = "") -> str:
    """Return a text from a file or a user for one line in a terminal.

    Control characters, line separators, bidi overrides and all else without a shape become escapes such as ``\\x1b``,
    except those in ``keep``. Spaces of every width stay. A board, which cannot tell them, gets the text as it is.
    """
    if not hasattr(text, "isprintable") or text.isprintable():
        return text
    return "".join([character if character.isprintable() or character in keep or character in SPACES
                    else repr(character)[1:-1] for character in text])


def escape_html(words: str) -> str:
    """Return a text escaped for XML and HTML. A character that XML forbids becomes U+FFFD."""
    known = [character if character >= " " and not "\ud7ff" < character < "\ue000" and character not in "\ufffe\uffff"
             or character in "\t\n\r" else "\ufffd" for character in words]
    return "".join(known).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")


def can_encode(text: str, stream: "TextIO") -> bool:
    """Return whether the stream's encoding has every character of the text."""
    try:
        text.encode(getattr(stream, "encoding", None) or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True
