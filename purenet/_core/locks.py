"""Locks of networks and engines, which a forked process creates again.

fork() copies every lock but only one thread, so a lock that another thread held would stay locked in the child.
"""
TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

try:
    from _thread import get_ident
except ImportError:
    def get_ident() -> int:
        """Return 0, because boards have one thread."""
        return 0

this_thread = get_ident
_watched: "list[Any]" = []  # a weak dictionary, by id, of the objects that have locks; empty if nothing can fork


def watch(holder: "Any") -> None:
    """Let a forked child call ``holder._forked()``, which makes new locks. This costs nothing when a lock is used."""
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
    """Return a lock that no signal handler can interrupt halfway. On a board without threads, return a NoLock."""
    try:
        from _thread import allocate_lock
    except ImportError:
        return NoLock()
    return allocate_lock()


class NoLock:
    """Stand in for a lock on a board, which has one thread."""

    def locked(self) -> bool:
        return False

    def __enter__(self) -> None:
        pass

    def __exit__(self, *error: object) -> None:
        pass


class ResumePoint:
    """The point at which an interrupted training of a network can be resumed.

    ``running``: the trainer of the current fit, or of an interrupted one whose progress is not recorded yet.
    ``paused``: a PausedTraining, a text that says why the training cannot go on, or None if there is nothing to resume.
    ``lock``: held while fit runs.
    """

    def __init__(self, paused: "Any" = None) -> None:
        self.lock = new_lock()
        self.running: "Any" = None
        self.paused: "Any" = paused

    def check_free(self, engine: "Any") -> None:
        """Raise RuntimeError if fit runs already, in this thread or in another."""
        if self.lock.locked():
            if engine.fit_thread == this_thread():
                raise RuntimeError("fit was called by a callback or progress function of this network's own fit; "
                                   "use a copy there")
            raise RuntimeError("this network is in another call of fit; give each thread its own copy")

    def record_progress(self, inside_fit: bool = False) -> None:
        """Replace the trainer of an interrupted fit by the record of its progress.

        If this is interrupted in turn, the trainer stays, and the next call replaces it. While fit runs, only fit
        itself can do this.
        """
        if self.running and (inside_fit or not self.lock.locked()):
            self.paused = self.running.paused_by_error()
            self.running = None

    def paused_to_save(self) -> "Any":
        """Return what a copy or file of the network needs to resume its training, also while fit runs."""
        running = self.running  # another thread's fit can end now
        return running.paused_to_save() if running else self.paused


class CallLocks:
    """The two locks around a call that lets other threads run: ``with locks.enter(thread), locks.lock:``.

    ``lock`` is held during the call. Of the threads that find it locked, the one that runs fit waits, and all others
    are refused. ``entered`` is taken before it; a call that has looked at ``lock`` itself takes both without ``enter``.
    Both are locks of ``_thread``: from CPython 3.10 on, no signal handler runs between their methods and the block that
    they guard, as it could in methods of a class in Python.
    """

    def __init__(self) -> None:
        from _thread import RLock

        self.lock = new_lock()
        self.entered: "Any" = RLock()

    def enter(self, fit_thread: "int | None") -> "Any":
        """Return the lock to take before ``lock``. Raise RuntimeError if this thread must not wait for it."""
        # A signal handler of the thread that is in the call would wait for itself. The private _is_owned is the only
        # way to ask an RLock who holds it, and a variable beside the lock could be wrong after an interrupt.
        if self.lock.locked() and (fit_thread != get_ident() or self.entered._is_owned()):
            raise RuntimeError("this network is in use by another thread; give each thread its own copy")
        return self.entered
