"""A training that was interrupted: what ``fit(resume=True)`` needs besides the network and its data."""
from ..model_files.container import Tensor, shape_of
from ..model_files.training_format import _stored

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, List, Optional, Sequence, Tuple

KEYS = ("epochs", "batch_size", "samples", "shuffle", "stratify", "class_weight", "rows", "told", "stopped", "losses",
        "curves", "callbacks", "replaced")
STRATIFIED = (None, "y", "labels")
WEIGHTED = (None, "balanced", "a dict")
TENSOR = "run"


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
        progress: "Tuple[List[float], int, float, float]",
    ) -> None:
        self.epochs = epochs
        self.batch_size = batch_size
        self.samples = samples
        self.shuffle = shuffle
        self.split = 0.0
        self.stratify: "Optional[str]" = None
        self.class_weight: "Optional[str]" = None
        self.losses, self.rows = progress[:2]
        self.totals = progress[2:]
        self.epochs_reported = len(self.losses)
        self.stopped: "Optional[str]" = None
        self.curves: "List[Tuple[str, List[float]]]" = []
        self.callbacks: "List[Tuple[str, List[Any], Sequence[float]]]" = []
        self.restored_weights: "List[float]" = []

    def __repr__(self) -> str:
        done = len(self.losses)
        return f"<Unfinished: {done} of {self.epochs} epochs, {self.rows} of {self.samples} rows of the next>"

    def parts(self) -> "Tuple[List[Any], Tensor]":
        """The words and the tensor of a model file."""
        numbers = list(self.totals) + [self.split] + self.losses
        for _, values in self.curves:
            numbers += values
        for _, _, own in self.callbacks:
            numbers += own
        numbers += self.restored_weights
        values_of: "List[Any]" = [
            self.epochs, self.batch_size, self.samples, self.shuffle, self.stratify, self.class_weight, self.rows,
            self.epochs_reported, self.stopped, len(self.losses), [[name, len(values)] for name, values in self.curves],
            [[kind, _stored(words), len(own)] for kind, words, own in self.callbacks], len(self.restored_weights),
        ]
        words = [[key, value] for key, value in zip(KEYS, values_of)]
        shape = shape_of(len(numbers))
        if len(shape) == 2:
            numbers += [0.0] * (shape[0] * shape[1] - len(numbers))
        return words, Tensor(TENSOR, "F64", shape, numbers)
