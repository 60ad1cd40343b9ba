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


class ResumePoint:
    """Where the training of a network can go on.

    ``running``: the trainer of the current fit, or of an interrupted one that is not put away yet.  ``paused``: a
    PausedTraining, a text that says why the training cannot go on, or None if there is nothing to resume.
    ``lock``: held while fit runs.
    """

    def __init__(self, paused: "Any" = None) -> None:
        self.lock = new_lock()
        self.running: "Any" = None
        self.paused: "Any" = paused

    def require_free(self, engine: "Any") -> None:
        """Raise RuntimeError if fit runs already, in this thread or in another."""
        if self.lock.locked():
            if engine.fit_thread == this_thread():
                raise RuntimeError("fit was called within this network's own fit, by a callback or progress; "
                                   "let it use a copy")
            raise RuntimeError("this network is in another call of fit; give each thread a copy of its own")

    def put_away(self, inside_fit: bool = False) -> None:
        """Replace the trainer of an interrupted fit by the record of its progress.

        If this is interrupted in turn, the trainer stays, and the next call puts it away.  While fit runs, only fit
        itself can do so.
        """
        if self.running and (inside_fit or not self.lock.locked()):
            self.paused = self.running.paused()
            self.running = None

    def kept(self) -> "Any":
        """Return what a copy or a file of the network keeps of its training, also while fit runs."""
        self.put_away()
        return self.running.kept() if self.running else self.paused
