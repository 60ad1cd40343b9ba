"""Encoders beside scikit-learn's on random labels and tables, and what both refuse."""
import copy
import math
import pickle
import random

import pytest

from purenet import RandomState
from purenet.data import LabelEncoder, OneHotEncoder, StandardScaler, train_test_split

NAN = math.nan


def same(ours, theirs):
    """Whether two lists have equal values in the same places; NaN equals NaN, None only None."""
    return len(ours) == len(theirs) and all([
        a is None and b is None or a is not None and b is not None and (a == b or a != a and b != b)
        for a, b in zip(ours, theirs)])


def random_labels(draw):
    """Return up to 30 labels of one kind, with missing ones in half of the cases."""
    kind = draw.choice(["text", "whole", "real", "flag"])
    pool = {
        "text": ["a", "b", "B", "", "007", "7", "ü", "z" * 30], "whole": [0, 1, -3, 7, 1 << 40, 2],
        "real": [0.5, -0.0, 0.0, 1e300, -2.25, 3.0], "flag": [True, False],
    }[kind]
    missing = draw.choice([[], [], [NAN], [None], [None, NAN]])
    return [draw.choice(pool + missing) for _ in range(draw.randint(1, 30))]


@pytest.fixture(scope="module")
def peers():
    """scikit-learn's encoders, and a function that makes an array of objects, for which they keep every value."""
    preprocessing = pytest.importorskip("sklearn.preprocessing")
    numpy = pytest.importorskip("numpy")

    def array(rows):
        made = numpy.empty((len(rows), len(rows[0])) if isinstance(rows[0], list) else len(rows), object)
        made[:] = rows
        return made

    return preprocessing, array


@pytest.mark.once
@pytest.mark.parametrize("seed", range(400))
def test_labels_are_encoded_as_scikit_learn_does(seed, peers):
    preprocessing, array = peers
    draw = random.Random(seed)
    labels, others = random_labels(draw), random_labels(draw)
    ours, theirs = LabelEncoder(), preprocessing.LabelEncoder()
    numbers = ours.fit_transform(labels)
    assert numbers == theirs.fit_transform(array(labels)).tolist()
    assert same(ours.classes_, theirs.classes_.tolist())
    assert same(ours.inverse_transform(numbers), labels)
    known = [label for label in others if any([same([label], [one]) for one in labels])]
    if len(known) == len(others):
        assert ours.transform(others) == theirs.transform(array(others)).tolist()
    else:
        with pytest.raises(ValueError, match="did not see in fit"):
            ours.transform(others)


@pytest.mark.once
@pytest.mark.parametrize("seed", range(300))
def test_categories_are_encoded_as_scikit_learn_does(seed, peers):
    preprocessing, array = peers
    draw = random.Random(seed)
    columns = [random_labels(draw) for _ in range(draw.randint(1, 4))]
    rows = [[draw.choice(column) for column in columns] for _ in range(draw.randint(1, 12))]
    others = [[draw.choice(column) for column in columns] for _ in range(draw.randint(1, 12))]
    ours = OneHotEncoder("ignore").fit(rows)
    theirs = preprocessing.OneHotEncoder(handle_unknown="ignore", sparse_output=False).fit(array(rows))
    assert all([same(a, b.tolist()) for a, b in zip(ours.categories_, theirs.categories_)])
    encoded = ours.transform(others)
    assert encoded == theirs.transform(array(others)).tolist()
    decoded = theirs.inverse_transform(encoded)
    assert all([same(a, b) for a, b in zip(ours.inverse_transform(encoded), decoded.tolist())])
    strict, peer = OneHotEncoder().fit(rows), preprocessing.OneHotEncoder(sparse_output=False).fit(array(rows))
    if any([value for row in encoded for value in row]) and all([any(row) for row in _parts_of(encoded, ours)]):
        assert strict.transform(others) == peer.transform(array(others)).tolist()
    else:
        for call in (lambda: strict.transform(others), lambda: peer.transform(array(others)),
                     lambda: strict.inverse_transform(encoded), lambda: peer.inverse_transform(encoded)):
            with pytest.raises(ValueError):
                call()


def _parts_of(encoded, encoder):
    """The cells of each column of the encoded rows."""
    for row in encoded:
        start = 0
        for values in encoder.categories_:
            yield row[start:start + len(values)]
            start += len(values)


REFUSED = {
    "text beside numbers": [1, "a"], "two columns": [[1, 2], [3, 4]], "bytes beside text": [b"a", "a"],
}


@pytest.mark.once
@pytest.mark.parametrize("labels", REFUSED.values(), ids=REFUSED.keys())
def test_both_refuse(labels, peers):
    preprocessing, array = peers
    with pytest.raises((TypeError, ValueError)):
        preprocessing.LabelEncoder().fit(array(labels))
    with pytest.raises(TypeError, match="^y"):
        LabelEncoder().fit(labels)


@pytest.mark.parametrize("labels, words", [
    ([1, "a", 0.5], "y: expected texts only or numbers only, got float and int and str; turn all of them into text"),
    ([[1, 2]], "y[0]: expected a label, text or a number, got a list of 2; of a table give one column"),
    ([{}], "y[0]: expected a label"), ("abc", "y: expected labels, got 'abc' (str)"),
])
def test_errors_name_the_place_and_the_cure(labels, words):
    with pytest.raises(TypeError) as error:
        LabelEncoder().fit(labels)
    assert str(error.value).startswith(words)


def test_a_nan_is_known_whatever_object_it_is():
    encoder = LabelEncoder().fit([float("nan"), 1.0, float("nan"), 0.5])
    assert encoder.classes_[:2] == [0.5, 1.0] and len(encoder.classes_) == 3
    assert encoder.transform([float("nan"), -float("nan"), 1.0]) == [2, 2, 1]
    assert OneHotEncoder().fit([[float("nan")], [1.0]]).transform([[float("nan")]]) == [[0.0, 1.0]]


@pytest.mark.once
def test_missing_marks_of_pandas_are_read_as_their_kind():
    pandas = pytest.importorskip("pandas")
    series = pandas.Series([2, None, 1], dtype="Int64")
    assert LabelEncoder().fit(series).classes_ == [1, 2, None]
    frame = pandas.DataFrame({"n": series, "t": ["a", "b", "a"], "r": [0.5, 1.5, 0.5]})
    assert OneHotEncoder().fit(frame).categories_ == [[1, 2, None], ["a", "b"], [0.5, 1.5]]
    day = pandas.Timestamp(2026, 1, 3)
    assert LabelEncoder().fit(pandas.Series([pandas.NaT, day, pandas.NaT])).classes_ == [day, pandas.NaT]


@pytest.mark.once
def test_times_are_labels_and_no_numbers_and_large_whole_numbers_beside_fractions_stay_whole():
    numpy, pandas = pytest.importorskip("numpy"), pytest.importorskip("pandas")
    times = numpy.array(["2026-01-03", "2026-01-02"], "M8[ns]")
    assert LabelEncoder().fit(times).classes_ == [times[1], times[0]]
    for spans in ([[times[0] - times[1]]], [[times[0]]]):
        with pytest.raises(TypeError, match=r"x\[0\]\[0\] .*; turn times into numbers first"):
            StandardScaler().fit(spans)
    frame = pandas.DataFrame({"n": [(1 << 53) + 1, 1 << 53], "r": [0.5, 0.25]})
    assert OneHotEncoder().fit(frame).categories_ == [[1 << 53, (1 << 53) + 1], [0.25, 0.5]]


@pytest.mark.parametrize("handle", ["error", "ignore"])
def test_what_is_not_fitted_or_not_of_its_width_is_refused(handle):
    hot, labels = OneHotEncoder(handle), LabelEncoder()
    for call, given in ((hot.inverse_transform, [[1.0]]), (hot.transform, [[1]]), (labels.transform, [1]),
                        (labels.inverse_transform, [1])):
        with pytest.raises(ValueError, match="not fitted yet"):
            call(given)
    encoder = OneHotEncoder(handle).fit([["a"], ["b"]])
    for call, given in ((encoder.inverse_transform, [[1.0, 0.0, 0.0]]), (encoder.transform, [["a", "b"]])):
        with pytest.raises(ValueError, match=r"x\[0\] has . values, expected "):
            call(given)
    with pytest.raises(ValueError, match="handle_unknown"):
        OneHotEncoder("skip")


@pytest.mark.parametrize("label", [NAN, None, math.inf])
def test_rows_without_a_label_cannot_be_stratified(label):
    with pytest.raises(ValueError, match=r"stratify\[3\] is .*drop or fill the rows without one"):
        train_test_split([1] * 6, [1] * 6, 0.5, stratify=[0.0, 1.0, 0.0, label, 1.0, 0.0])


@pytest.mark.parametrize("draws", [0, 1, 623, 624, 625])
def test_a_copy_of_a_stream_is_independent_and_goes_on_with_the_same_numbers(draws):
    stream = RandomState(3)
    stream.random_sample(draws)
    stream.randn()
    copies = [copy.copy(stream), copy.deepcopy(stream), pickle.loads(pickle.dumps(stream)), stream.copy()]
    expected = stream.copy().randn(700)
    stream.rand(5)
    for one in copies:
        assert one.randn(700) == expected
