"""How well a table model predicts."""
from ..metrics import mean_absolute_error, r2

TYPE_CHECKING = False
if TYPE_CHECKING:
    from array import array
    from typing import Any, List

    from .model import TableModel


def scores(model: "TableModel", flat: "array[float]", truth: "List[Any]") -> "Any":
    """What the summary tells of some rows whose targets are known.

    Classes: (share of right rows, share that the most frequent class has, [(class, right, rows)]).  Numbers: (R2, R2
    of the mean of the rows trained on, mean absolute error, that of the mean), R2 being 1 less the squared errors over
    the squared distances from the mean of these rows.
    """
    found = model.labels_of(model.outputs(flat))
    count = len(truth)
    if model.labels:
        told: "List[Any]" = [[label, 0, 0] for label in model.labels]
        for label, number in zip(found, truth):
            told[number][2] += 1
            if label == model.labels[number]:
                told[number][1] += 1
        right = 0
        for _, own, _ in told:
            right += own
        return right / count, max([rows for _, _, rows in told]) / count, told
    guess = [model.target_mean] * count
    return r2(truth, found), mean_absolute_error(truth, found), r2(truth, guess), mean_absolute_error(truth, guess)
