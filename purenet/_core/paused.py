"""An interrupted training: what ``fit(resume=True)`` needs besides the network and its data."""
TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Sequence

STRATIFIED = (None, "y", "labels")
WEIGHTED = (None, "balanced", "a dict")


class PausedTraining:
    """The settings of an interrupted training, and its progress.

    Settings: ``epochs``, ``batch_size``, ``samples``, ``shuffle``, ``validation_split``, ``stratify`` (None, "y" or
    "labels") and ``class_weight`` (None, "balanced" or "a dict").
    ``losses``: one for each finished epoch.
    ``rows``: the number of rows done in the next epoch.
    ``totals``: the running totals of these rows' weighted losses and of their weights.
    ``epochs_reported``: how many epochs were reported to the callbacks.
    ``curves``: (name, values) of each validation loss and metric, a value for each reported epoch.
    ``callbacks``: (kind, words, numbers) of each callback that has a state.
    ``stopped``: the callback that ended the training, or None.
    ``restored_weights``: the flat parameters and statistics to train on with, if a callback has set others in the end.
    """

    def __init__(
        self, epochs: int, batch_size: int, samples: int, shuffle: bool,
        progress: "tuple[list[float], int, float, float]",
    ) -> None:
        self.epochs = epochs
        self.batch_size = batch_size
        self.samples = samples
        self.shuffle = shuffle
        self.validation_split = 0.0
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
        return f"<PausedTraining: {done} of {self.epochs} epochs, {self.rows} of {self.samples} rows of the next>"
