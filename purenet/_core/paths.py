"""Names of files that users give."""
from .messages import describe

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def check_path(path: "Any", name: str = "path") -> "Any":
    """The path as it was given, if it is one: text, bytes or a path object.

    Python's ``open`` takes whole numbers, and True, for open files, such as the standard output, and closes them.
    """
    if isinstance(path, bytes) and b"\0" in path:
        raise TypeError(f"{name}: expected the name of a file, got {len(path)} bytes; write them to a file first")
    if isinstance(path, int) or not isinstance(path, (str, bytes)) and not hasattr(path, "__fspath__"):
        raise TypeError(f"{name}: expected the name of a file, got {describe(path)}")
    return path
