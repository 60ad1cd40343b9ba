"""The plain training: nothing but epochs, which is all that a board has."""
TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .._core.state import Run


class PlainTraining:
    """A training of nothing but epochs, for a network to put away when it is interrupted."""

    def __init__(self, engine: "Any", run: "Run") -> None:
        self._engine = engine
        self._run = run

    def kept(self) -> "Any":
        """What fit(resume=True) needs of the training, as of the last finished batch; None if it cannot go on.

        Boards do not have the module for it, and keep nothing.
        """
        run = self._run
        if run.non_finite:
            return None
        progress = self._engine.progress(run)
        run.catch_up(progress[0])
        try:
            from .._core.paused import PausedTraining
        except ImportError:
            return None
        return PausedTraining(run.epochs, run.batch_size, len(run.x), run.shuffle, progress)

    paused = kept
