"""Split rows into those to train on and those for validation."""
from array import array

from .._core.buffers import DoubleRows
from .._core.messages import plural
from .labels import SIGMOID, SOFTMAX, labels_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .._core.plan import Plan


def split_rows(targets: "Any", part: float, stratify: "Any", plan: "Plan") -> "tuple[list[int], list[int]]":
    """Return the numbers of the rows to train on and of those for validation, both ascending.

    The validation rows are the last of ``RandomState(seed).permutation(rows)``; their number is ``part`` of all rows,
    rounded up. With ``stratify`` they are those of ``train_test_split(..., stratify=)``. True takes the class of y as
    each row's label, all labels of the row if the network ends in several sigmoids, or its values if there are no
    classes. A list gives the labels. The seed is the network's, whose own stream does not change.
    """
    from ..data.splitting import round_up, strata_from, stratified
    from ..reference.random_state import RandomState

    rows, seed = len(targets), plan.seed
    count = round_up(part, rows)
    if count >= rows:
        raise ValueError(f"validation_split: {part} of {plural(rows, 'row')} leaves no rows to train on")
    if stratify is None or stratify is False:
        order = RandomState(seed).permutation(rows)
        return sorted(order[:rows - count]), sorted(order[rows - count:])
    if stratify is True:
        if plan.steps[-1].kind in (SOFTMAX, SIGMOID):
            stratify = labels_of(targets, plan)
        else:
            stratify = [list(row) if len(row) > 1 else row[0] for row in targets]
    labels = strata_from(stratify, "True, to go by y, or a label for each row")
    if len(labels) != rows:
        raise ValueError(f"stratify has {len(labels)} labels, x has {plural(rows, 'row')}: every row needs a label")
    training, validation = stratified(labels, count, seed)
    return sorted(training), sorted(validation)


def take_rows(data: "Any", chosen: "list[int]") -> "Any":
    """Return the chosen rows of x, y and the weights."""
    x, y, weights = data
    return _rows_of(x, chosen), _rows_of(y, chosen), [weights[i] for i in chosen]


def _rows_of(rows: "Any", chosen: "list[int]") -> "Any":
    if not isinstance(rows, DoubleRows):
        return [rows[i] for i in chosen]
    flat = array("d")
    for i in chosen:
        flat.extend(rows[i])
    part = DoubleRows(memoryview(flat), rows.columns)
    part.validated_for_loss = rows.validated_for_loss
    return part
