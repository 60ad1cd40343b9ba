"""Choose the paths for an atomic replacement of a file, and check that it can be written.

``model_files/writer.py`` does the replacement.
"""
import binascii
import os
import stat

from .messages import with_path
from .paths import check_path

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def check_writable(path: "Any") -> None:
    """Raise the error that replacing this file would raise. Creates a temporary file beside it and removes it."""
    _, temporary, _ = replacement_paths(path)
    try:
        try:
            open(temporary, "xb").close()
        finally:  # also after Ctrl-C
            if os.path.exists(temporary):
                os.unlink(temporary)
    except OSError as error:
        raise with_path(error, path) from None


def replacement_paths(path: "Any") -> "tuple[str, str, int | None]":
    """Return the file to replace, a temporary file beside it, and the permissions of the old file."""
    target = os.path.realpath(os.fsdecode(check_path(path)))
    folder, name = os.path.split(target)
    temporary = os.path.join(folder, f"{name[:40]}.{binascii.hexlify(os.urandom(6)).decode()}.unfinished")
    return target, temporary, _mode(target)


def _mode(target: str) -> "int | None":
    """Return the permissions of the file to replace, or None if it does not exist. Raises if it cannot be replaced."""
    try:
        mode = os.stat(target).st_mode
    except FileNotFoundError:
        return None
    if not stat.S_ISREG(mode):
        raise ValueError(f"path: {target} is there and is not a file")
    if not os.access(target, os.W_OK):
        raise PermissionError(f"path: {target} is write-protected")
    return stat.S_IMODE(mode)
