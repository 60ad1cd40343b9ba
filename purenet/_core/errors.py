"""The exceptions of the package."""
TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class NonFiniteError(ValueError):
    """A number is infinite or not a number; a network that was being trained keeps the state before that batch."""


class ModelFileError(ValueError):
    """A file is not a whole and sound model file; the message says what is wrong with it."""


def with_path(error: OSError, path: "Any") -> OSError:
    """The system's error, naming the file as the user did."""
    if not error.errno:
        return error
    if not hasattr(error, "strerror"):  # a board, which names no file, and shows one so
        return OSError(error.errno, str(path))
    return OSError(error.errno, error.strerror, path.__fspath__() if hasattr(path, "__fspath__") else path)
