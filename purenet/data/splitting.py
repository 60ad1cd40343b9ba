"""Split rows into a part for training and a part for testing."""
from .._core.checks import is_row, to_float
from .._core.labels import categories_of, labels_from
from .._core.messages import plural
from .._core.rows import rows_by_position
from ..reference.random_state import RandomState

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Sequence


def train_test_split(
    x: "Sequence[Any]", y: "Sequence[Any]", test_size: float = 0.2, random_state: int = 0, *,
    stratify: "Sequence[Any] | None" = None,
) -> "tuple[list[Any], list[Any], list[Any], list[Any]]":
    """Return x_train, x_test, y_train, y_test: the rows in a random order, the part ``test_size`` of them for testing.

    The number of test rows is rounded up, as in scikit-learn. Without ``stratify`` the order is
    ``RandomState(random_state).permutation``, and the last rows are for testing. With ``stratify``, a label for each
    row (usually y), both parts have every label in the proportion of the whole: the rows are those that scikit-learn's
    function takes for the same arguments, in its order. If y has several labels in each row, rows that have the same
    labels belong together.
    """
    x, y = rows_by_position(x, "x"), rows_by_position(y, "y")
    if len(x) != len(y):
        raise ValueError(f"x has {len(x)} rows, y has {len(y)}: every row of x needs its row of y")
    test_size = to_float(test_size, "test_size")
    if not 0.0 < test_size < 1.0:
        raise ValueError(f"test_size: expected a number between 0 and 1, got {test_size}")
    tested = round_up(test_size, len(x))
    kept = len(x) - tested
    if not kept:
        raise ValueError(f"test_size: {test_size} of {len(x)} rows leaves nothing to train on")
    if stratify is None:
        order = RandomState(random_state).permutation(len(x))
        train, test = order[:kept], order[kept:]
    else:
        stratify = strata_from(stratify, "a label for each row, usually y")
        if len(stratify) != len(x):
            raise ValueError(f"stratify has {len(stratify)} labels, x has {len(x)} rows: every row needs a label")
        train, test = stratified(stratify, tested, random_state)
    return [x[i] for i in train], [x[i] for i in test], [y[i] for i in train], [y[i] for i in test]


def round_up(part: float, rows: int) -> int:
    """Return ``part`` of a number of rows, rounded up as scikit-learn does."""
    count = int(part * rows)
    return count + 1 if count < part * rows else count


def stratified(labels: "Sequence[Any]", tested: int, seed: int) -> "tuple[list[int], list[int]]":
    """Return the indices of the rows to train on and of ``tested`` rows to test on, each label in its proportion.

    Labels are processed in sorted order. Every draw is that of scikit-learn's StratifiedShuffleSplit.
    """
    rows: "dict[Any, list[int]]" = {}
    for i, label in enumerate(labels):
        rows.setdefault(label, []).append(i)
    members = [rows[label] for label in categories_of(list(rows), "stratify")]
    counts = [len(own) for own in members]
    kept = len(labels) - tested
    for label in sorted(rows):
        if len(rows[label]) < 2:
            raise ValueError(f"stratify: only one row has the label {label!r}, and both parts need one")
    for part, count in (("train", kept), ("test", tested)):
        if count < len(counts):
            raise ValueError(f"stratify: {plural(count, 'row')} to {part} on cannot have each of {len(counts)} labels")
    stream = RandomState(seed)
    for_training = _shares(counts, kept, stream)
    for_testing = _shares([count - own for count, own in zip(counts, for_training)], tested, stream)
    train: "list[int]" = []
    test: "list[int]" = []
    for own, first, second in zip(members, for_training, for_testing):
        order = [own[k] for k in stream.permutation(len(own))]
        train += order[:first]
        test += order[first:first + second]
    return stream.permutation(train), stream.permutation(test)


def strata_from(values: "Any", wanted: str) -> "list[Any]":
    """Return the label of each row. Rows of several labels become one text each, by which scikit-learn sorts them."""
    items = rows_by_position(values, "stratify", wanted)
    if not items or not is_row(items[0]):
        return labels_from(items, "stratify", wanted, missing=False)
    table = [labels_from(row, f"stratify[{i}]", "labels as in the first row", missing=False)
             for i, row in enumerate(items)]
    if not table[0]:
        raise ValueError("stratify[0] is empty, expected a label")
    for i, row in enumerate(table):
        if len(row) != len(table[0]):
            got = f"stratify[{i}] has {plural(len(row), 'label')}"
            raise ValueError(f"{got}, expected {len(table[0])} as stratify[0] has")
    cells = [cell for row in table for cell in row]
    numbers = all([isinstance(cell, (bool, int, float)) for cell in cells])
    if numbers and any([isinstance(cell, float) for cell in cells]):  # as in an array, whose numbers are of one type
        table = [[float(cell) for cell in row] for row in table]
    elif numbers and not all([isinstance(cell, bool) for cell in cells]):
        table = [[int(cell) for cell in row] for row in table]
    return [" ".join([str(cell) for cell in row]) for row in table]


def _shares(counts: "list[int]", drawn: int, stream: "RandomState") -> "list[int]":
    """Return how many to take of each count, ``drawn`` in total.

    Each gets the floor of its share. The largest remainders get one more, with ties drawn at random.
    """
    total = 0
    for count in counts:
        total += count
    exact = [count / total * drawn for count in counts]
    shares = [int(share) for share in exact]
    missing = drawn
    for share in shares:
        missing -= share
    remainders = [share - whole for share, whole in zip(exact, shares)]
    for i, value in enumerate(sorted(remainders, reverse=True)):
        if not missing:
            break
        if i and value == sorted(remainders, reverse=True)[i - 1]:
            continue
        equal = [k for k, remainder in enumerate(remainders) if remainder == value]
        chosen = stream.choice(equal, size=min(len(equal), missing), replace=False)
        for k in chosen:
            shares[k] += 1
        missing -= len(chosen)
    return shares
