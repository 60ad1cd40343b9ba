"""Train for a number of epochs: the loop that every machine has, boards included."""
from .._core.locks import this_thread
from .history import History

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable

    from .._core.locks import ResumePoint
    from .._core.plan import Plan
    from .._core.state import Run

    ProgressFunction = Callable[[float, int, float], None]  # epochs done, epochs, loss of the current epoch so far

SHARE = 300000  # multiply-adds of forward passes in one call of the engine, which then returns to report progress


class PlainTrainer:
    """A training without validation, metrics, callbacks, time limit or resume."""

    paused: "Any" = None  # nothing to resume after it has returned

    def __init__(self, plan: "Plan", engine: "Any", resume_point: "ResumePoint") -> None:
        self.plan = plan
        self.engine = engine
        self.resume_point = resume_point
        self.run: "Run"

    def train(self, run: "Run", progress: "ProgressFunction | None") -> History:
        """Train until the epochs are done."""
        self.run = run
        self.resume_point.running = self
        self.resume_point.paused = None
        while len(run.losses) < run.epochs:
            train_share(self.engine, self.plan, run)
            if progress:
                progress(run.done(), run.epochs, run.loss())
        return History(run.losses, (), run.epochs)

    def paused_to_save(self) -> "Any":
        """Return the training as it is after the last finished batch, or None if it cannot go on."""
        run = self.run
        if run.non_finite:
            return None
        progress = self.engine.progress(run)
        run.catch_up(progress[0])
        try:
            from .._core.paused import PausedTraining
        except ImportError:  # a board without this module, which cannot resume
            return None
        return PausedTraining(run.epochs, run.batch_size, len(run.x), run.shuffle, progress)

    paused_by_error = paused_to_save


def train_share(engine: "Any", plan: "Plan", run: "Run") -> None:
    """Let the engine do its next share of the training. Raise NonFiniteError if a number is not finite."""
    engine.train(run)
    if run.non_finite:
        from .._model.results import training_error

        epoch, _, steps = engine.state().position
        raise training_error(plan, run, run.rate(epoch, steps))


def rows_per_share(plan: "Plan") -> int:
    """Return how many rows the engine trains on before it returns to report progress."""
    return SHARE // plan.multiply_adds + 1


def train_alone(trainer: "Any", run: "Run", progress: "Any", engine: "Any", resume_point: "ResumePoint") -> History:
    """Train while the network's other calls of fit are locked out. After an error or Ctrl-C, record the progress."""
    with resume_point.lock:
        engine.fit_thread = this_thread()
        try:
            if progress is True:
                from .progress import Progress

                with Progress() as line:
                    return trainer.train(run, line)  # type: ignore[no-any-return]
            return trainer.train(run, progress or None)  # type: ignore[no-any-return]
        except BaseException:
            resume_point.record_progress(inside_fit=True)
            raise
        finally:
            engine.fit_thread = None
