"""Replace a file in one step, and check that it can be written."""
import binascii
import os
import stat

from .messages import with_path
from .paths import check_path

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable


def replace_file(path: "Any", write: "Callable[[Any], object]") -> None:
    """Let ``write`` fill a file so that path always holds the old file or the whole new one.

    A temporary file in the same folder (NAME.RANDOM.unfinished) is written, flushed to the disk and renamed. It is
    removed after any error; only a killed process leaves it behind. It never gives anybody more access than the old
    file, whose permissions are kept, and owner and group if this user may; a new file's follow the umask. If path is a
    symbolic link, the file it points to is replaced; other hard links to that file keep the old contents.
    """
    target, temporary, old = replacement_paths(path)
    try:
        with open_new(temporary, old) as file:
            write(file)
            if old:
                keep_access(temporary, old)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, target)
    except FileExistsError:  # the temporary file of another process
        raise
    except BaseException as error:
        try:
            os.unlink(temporary)
        except OSError:
            pass
        if isinstance(error, OSError):
            raise with_path(error, path) from None
        raise
    try:
        directory = os.open(os.path.dirname(target), os.O_RDONLY)
    except OSError:  # Windows cannot open folders
        return
    try:
        os.fsync(directory)
    except OSError:  # not all file systems can flush folders
        pass
    finally:
        os.close(directory)


def check_writable(path: "Any") -> None:
    """Raise the error that replacing this file would raise. Creates a temporary file beside it and removes it."""
    _, temporary, old = replacement_paths(path)
    try:
        try:
            open_new(temporary, old).close()
        finally:  # also after Ctrl-C
            if os.path.exists(temporary):
                os.unlink(temporary)
    except OSError as error:
        raise with_path(error, path) from None


def replacement_paths(path: "Any") -> "tuple[str, str, os.stat_result | None]":
    """Return the file to replace, a temporary file beside it, and what the system knows of the old file."""
    target = os.path.realpath(os.fsdecode(check_path(path)))
    folder, name = os.path.split(target)
    temporary = os.path.join(folder, f"{name[:40]}.{binascii.hexlify(os.urandom(6)).decode()}.unfinished")
    return target, temporary, _old_file(target)


def open_new(path: str, old: "os.stat_result | None") -> "Any":
    """Create a file and open it for writing bytes. Raises FileExistsError if it is there.

    Only its owner has access to it if it will replace an old file, until ``keep_access``. Else the umask decides.
    """
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    return open(os.open(path, flags, 0o666 if old is None else 0o600), "wb")


def keep_access(path: str, old: "os.stat_result") -> None:
    """Give a file the permissions of the old file that it replaces, and its owner and group if this user may.

    If the group changes, the new one gets no more permissions than everybody.
    """
    mode = stat.S_IMODE(old.st_mode)
    new = os.stat(path)
    if (new.st_uid, new.st_gid) != (old.st_uid, old.st_gid):
        for owner in (old.st_uid, -1):
            try:
                os.chown(path, owner, old.st_gid)
                break
            except OSError:  # only root can give files away
                pass
        if os.stat(path).st_gid != old.st_gid:
            mode &= 0o707 | (mode & 0o007) << 3
    os.chmod(path, mode)


def _old_file(target: str) -> "os.stat_result | None":
    """Return the status of the file to replace, or None if it does not exist. Raises if it cannot be replaced."""
    try:
        old = os.stat(target)
    except FileNotFoundError:
        return None
    if not stat.S_ISREG(old.st_mode):
        raise ValueError(f"path: {target} exists and is not a regular file")
    if not os.access(target, os.W_OK):
        raise PermissionError(f"path: {target} is write-protected")
    return old
