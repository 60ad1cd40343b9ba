"""Replace files atomically, and check that a file can be written."""
import binascii
import os
import stat

from .messages import with_path
from .paths import check_path

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Optional, Tuple


def check_writable(path: "Any") -> None:
    """Raise the error that ``write`` would raise for this path: a temporary file is made and removed."""
    _, temporary, _ = replacement_paths(path)
    try:
        try:
            open(temporary, "xb").close()
        finally:  # also when Ctrl-C comes just then
            if os.path.exists(temporary):
                os.unlink(temporary)
    except OSError as error:
        raise with_path(error, path) from None


def replacement_paths(path: "Any") -> "Tuple[str, str, Optional[int]]":
    """The file to replace, a temporary one beside it, and the permissions of the old one."""
    target = os.path.realpath(os.fsdecode(check_path(path)))
    folder, name = os.path.split(target)
    temporary = os.path.join(folder, f"{name[:40]}.{binascii.hexlify(os.urandom(6)).decode()}.unfinished")
    return target, temporary, _mode(target)


def _mode(target: str) -> "Optional[int]":
    """The permissions of the file that is to be replaced, if there is one and it may be."""
    try:
        mode = os.stat(target).st_mode
    except FileNotFoundError:
        return None
    if not stat.S_ISREG(mode):
        raise ValueError(f"path: {target} is there and is not a file")
    if not os.access(target, os.W_OK):
        raise PermissionError(f"path: {target} is write-protected")
    return stat.S_IMODE(mode)
