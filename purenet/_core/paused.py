"""A training that was interrupted: what ``fit(resume=True)`` needs besides the network and its data."""
TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Sequence

STRATIFIED = (None, "y", "labels")
WEIGHTED = (None, "balanced", "a dict")


class PausedTraining:
    """How far a training was when it was broken off.

    ``epochs``, ``batch_size``, ``samples``, ``shuffle``, ``split`` (validation_split), ``stratify`` (None, "y" or
    "labels") and ``class_weight`` (None, "balanced" or "a dict"): its settings.  ``losses``: of the finished epochs;
    ``rows``: done of the next one, with the running ``totals`` of their weighted losses and of their weights.
    ``told``: of how many epochs the callbacks have heard, and have their place in ``curves``, (name, values) each.
    ``stopped``: which callback has ended it.  ``callbacks``: (kind, words, numbers) each.  ``replaced``: parameters and
    statistics, flat, where a callback has put others in their place.
    """

    def __init__(
        self, epochs: int, batch_size: int, samples: int, shuffle: bool,
        progress: "tuple[list[float], int, float, float]",
    ) -> None:
        self.epochs = epochs
        self.batch_size = batch_size
        self.samples = samples
        self.shuffle = shuffle
        self.split = 0.0
        self.stratify: "str | None" = None
        self.class_weight: "str | None" = None
        self.losses, self.rows = progress[:2]
        self.totals = progress[2:]
        self.epochs_reported = len(self.losses)
        self.stopped: "str | None" = None
        self.curves: "list[tuple[str, list[float]]]" = []
        self.callbacks: "list[tuple[str, list[Any], Sequence[float]]]" = []
        self.restored_weights: "list[float]" = []

    def __repr__(self) -> str:
        done = len(self.losses)
        return f"<Unfinished: {done} of {self.epochs} epochs, {self.rows} of {self.samples} rows of the next>"
