"""Fork copies locks as they are, but only one thread: what the others held would stay locked in the child for ever."""
TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, List

try:
    from _thread import get_ident
except ImportError:
    def get_ident() -> int:
        """Boards have one thread."""
        return 0

this_thread = get_ident
_watched: "List[Any]" = []  # what has locks, by its id and known weakly, once there is any; empty where nothing forks


def watch(holder: "Any") -> None:
    """Let a forked child call holder._forked(), which makes the locks anew; calls pay nothing for it."""
    if not _watched:
        try:
            from os import register_at_fork
            from weakref import WeakValueDictionary
        except ImportError:  # a board, or Windows
            return
        register_at_fork(after_in_child=_forked)
        _watched.append(WeakValueDictionary())
    _watched[0][id(holder)] = holder


def _forked() -> None:
    for holder in list(_watched[0].values()):
        holder._forked()


def new_lock() -> "Any":
    """A lock whose own methods no signal handler interrupts; boards without threads need none."""
    try:
        from _thread import allocate_lock
    except ImportError:
        return NoLock()
    return allocate_lock()


class NoLock:
    """Where there is one thread."""

    def locked(self) -> bool:
        return False

    def __enter__(self) -> None:
        pass

    def __exit__(self, *error: object) -> None:
        pass
