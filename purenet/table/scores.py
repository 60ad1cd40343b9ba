"""Score the predictions of a table model."""
from __future__ import annotations

from ..metrics import mean_absolute_error, r2

TYPE_CHECKING = False
if TYPE_CHECKING:
    from array import array
    from typing import Any

    from .model import TableModel


def scores(model: TableModel, flat: array[float], truth: list[Any]) -> Any:
    """Return the scores of the model on encoded rows with known targets.

    Classes: (accuracy, share of the most frequent class, [[class, right rows, rows]]). Numbers: (R2, mean absolute
    error, R2 of the mean, error of the mean); the last two are those of always predicting the mean of the training
    rows.
    """
    found = model.labels_of(model.outputs(flat))
    count = len(truth)
    if model.label_texts:
        counts: list[Any] = [[label, 0, 0] for label in model.label_texts]
        for label, number in zip(found, truth):
            counts[number][2] += 1
            if label == model.label_texts[number]:
                counts[number][1] += 1
        right = 0
        for _, own, _ in counts:
            right += own
        return right / count, max([rows for _, _, rows in counts]) / count, counts
    guess = [model.target_mean] * count
    return r2(truth, found), mean_absolute_error(truth, found), r2(truth, guess), mean_absolute_error(truth, guess)


def mean_recall(counts: list[Any]) -> tuple[float, float]:
    """Return the mean recall of the classes that have rows, and the mean recall of always guessing one of them."""
    recalls = [right / rows for _, right, rows in counts if rows]
    total = 0.0
    for recall in recalls:
        total += recall
    return total / len(recalls), 1 / len(recalls)


def warning_of(found: Any, classes: bool, balanced: bool = False) -> str:
    """Return a warning if scores are no better than guessing, or "". ``balanced``: judge by the mean recall."""
    if balanced:
        mean, guess = mean_recall(found[2])
        return "" if mean >= guess else (
            f"warning: the mean recall of {mean:.3f} is below that of always guessing one class, {guess:.3f}")
    if classes and found[0] < found[1]:
        return f"warning: the accuracy of {found[0]:.3f} is below that of always guessing one class, {found[1]:.3f}"
    if not classes and found[0] < found[2]:
        return f"warning: R2 {found[0]:.3f} is below that of always guessing the mean, {found[2]:.3f}"
    return ""
