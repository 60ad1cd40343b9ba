"""Data: the bundled digits, and splitting."""
from .reference.random_state import RandomState

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, List, Sequence, Tuple



def load_digits() -> "Tuple[List[List[float]], List[int]]":
    """The 1,797 bundled digits: images, each a row of 64 pixels from 0.0 to 16.0, and which digit each is.

    Source: UCI Optical Recognition of Handwritten Digits (CC BY 4.0), see ``demos/DIGITS.md``.
    """
    import gzip
    import pkgutil

    packed = pkgutil.get_data("purenet", "demos/digits.csv.gz")
    if packed is None:
        raise FileNotFoundError("purenet/demos/digits.csv.gz is missing from this installation")
    images, labels = [], []
    for line in gzip.decompress(packed).decode("ascii").splitlines():
        numbers = [int(text) for text in line.split(",")]
        images.append([float(pixel) for pixel in numbers[:64]])
        labels.append(numbers[64])
    return images, labels


def train_test_split(
    x: "Sequence[Any]", y: "Sequence[Any]", test_part: float = 0.2, seed: int = 0
) -> "Tuple[List[Any], List[Any], List[Any], List[Any]]":
    """x_train, x_test, y_train, y_test: the rows in a random order, the last ``test_part`` of them for testing.

    The number of test rows is rounded up, as scikit-learn does; the order is ``RandomState(seed).permutation``.
    """
    if len(x) != len(y):
        raise ValueError(f"x has {len(x)} rows, y has {len(y)}: every row of x needs its row of y")
    if not 0.0 < test_part < 1.0:
        raise ValueError(f"test_part: expected a number between 0 and 1, got {test_part}")
    order = RandomState(seed).permutation(len(x))
    tested = int(test_part * len(x))
    if tested < test_part * len(x):
        tested += 1
    kept = len(x) - tested
    if not kept:
        raise ValueError(f"test_part: {test_part} of {len(x)} rows leaves nothing to train on")
    return (
        [x[i] for i in order[:kept]], [x[i] for i in order[kept:]],
        [y[i] for i in order[:kept]], [y[i] for i in order[kept:]],
    )
