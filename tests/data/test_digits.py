"""The bundled digits and the split."""
import pytest

from purenet.data import load_digits, train_test_split


@pytest.mark.once
def test_digits_are_scikit_learns_copy_of_the_uci_file():
    datasets = pytest.importorskip("sklearn.datasets")
    images, labels = load_digits()
    theirs = datasets.load_digits()
    assert images == theirs.data.tolist() and labels == theirs.target.tolist()


def test_digits_are_whole():
    images, labels = load_digits()
    assert len(images) == len(labels) == 1797
    assert {len(image) for image in images} == {64}
    assert {pixel for image in images for pixel in image} == {float(k) for k in range(17)}
    assert sorted(set(labels)) == list(range(10))


def test_split_keeps_every_row_once_with_its_label():
    x = [[float(i)] for i in range(103)]
    x_train, x_test, y_train, y_test = train_test_split(x, list(range(103)), test_size=0.2, random_state=5)
    assert (len(x_train), len(x_test)) == (82, 21)
    assert sorted(y_train + y_test) == list(range(103))
    assert [row[0] for row in x_train + x_test] == y_train + y_test
    assert train_test_split(x, list(range(103)), random_state=6)[2] != y_train


@pytest.mark.once
@pytest.mark.parametrize("part", [0.1, 0.2, 0.25, 0.3, 0.7, 0.8, 0.9])
def test_split_has_scikit_learns_sizes(part):
    selection = pytest.importorskip("sklearn.model_selection")
    for count in (10, 11, 1797):
        theirs = selection.train_test_split(range(count), range(count), test_size=part)
        assert [len(p) for p in train_test_split(range(count), range(count), part)] == [len(p) for p in theirs]


@pytest.mark.parametrize("wrong", [{"test_size": 0.0}, {"test_size": 1.0}, {"y": [1, 2]}, {"test_size": 0.99}])
def test_split_refuses_what_cannot_be_split(wrong):
    with pytest.raises(ValueError):
        train_test_split(**{"x": [[1], [2], [3]], "y": [1, 2, 3], **wrong})
