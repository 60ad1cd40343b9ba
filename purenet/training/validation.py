"""Which rows fit trains on, which it keeps for validation, and what weight their classes have."""
from array import array

from .._core.buffers import DoubleRows
from .._core.foreign import rows_by_position
from .._core.messages import plural
from ..metrics import class_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, List, Tuple


def split_rows(targets: "Any", part: float, stratify: "Any", seed: int) -> "Tuple[List[int], List[int]]":
    """The numbers of the rows to train on and of those to validate on, each ascending.

    The validation rows are the last of ``RandomState(seed).permutation(rows)``, as many as ``part`` of all, rounded
    up; with ``stratify`` (True: by the class or value of y; or a label a row) those of
    ``train_test_split(..., stratify=)``.  ``seed`` is the network's; its stream is not read.
    """
    from ..data.splitting import part_of, stratified
    from ..reference.random_state import RandomState

    rows = len(targets)
    tested = part_of(part, rows)
    if tested >= rows:
        raise ValueError(f"validation_split: {part} of {plural(rows, 'row')} leaves nothing to train on")
    if stratify is None or stratify is False:
        order = RandomState(seed).permutation(rows)
        return sorted(order[:rows - tested]), sorted(order[rows - tested:])
    if stratify is True:
        labels = [class_of(row) if len(row) > 1 else row[0] for row in targets]
    else:
        labels = rows_by_position(stratify, "stratify", "True, to go by y, or a label for each row")
    if len(labels) != rows:
        raise ValueError(f"stratify has {len(labels)} labels, x has {plural(rows, 'row')}: every row needs a label")
    kept, chosen = stratified(labels, tested, seed)
    return sorted(kept), sorted(chosen)


def take_rows(data: "Any", chosen: "List[int]") -> "Any":
    """Some rows of x, y and the weights."""
    x, y, weights = data
    return _rows_of(x, chosen), _rows_of(y, chosen), [weights[i] for i in chosen]


def _rows_of(rows: "Any", chosen: "List[int]") -> "Any":
    if not isinstance(rows, DoubleRows):
        return [rows[i] for i in chosen]
    flat = array("d")
    for i in chosen:
        flat.extend(rows[i])
    part = DoubleRows(memoryview(flat), rows.columns)
    part.validated_for_loss = rows.validated_for_loss
    return part
