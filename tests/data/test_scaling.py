"""Scalers and encoders beside scikit-learn's, and what they refuse."""
import math
from fractions import Fraction

import pytest

from purenet import RandomState
from purenet.data import LabelEncoder, MinMaxScaler, OneHotEncoder, StandardScaler, load_digits, train_test_split
from purenet.data.splitting import stratified


@pytest.fixture(scope="module")
def preprocessing():
    return pytest.importorskip("sklearn.preprocessing")


def tables():
    stream = RandomState(3)
    mixed = [[stream.randn() * 10.0 ** (5 * j - 10) + j for j in range(5)] + [7.25, 0.1] for _ in range(150)]
    return {"mixed": mixed, "one row": [[3.0, -0.0, 1e100]], "digits": load_digits()[0], "large": [[1e150], [-1e150]]}


def assert_close(ours, theirs, ulps):
    for row, other in zip(ours, theirs.tolist()):
        for a, b in zip(row, other):
            assert abs(a - b) <= ulps * math.ulp(max(abs(a), abs(b), 1.0)), (a, b)


@pytest.mark.once
@pytest.mark.parametrize("name", tables())
def test_standard_scaler_is_scikit_learns_to_the_order_of_additions(name, preprocessing):
    x = tables()[name]
    ours, theirs = StandardScaler(), preprocessing.StandardScaler()
    scaled = ours.fit_transform(x)
    assert_close(scaled, theirs.fit_transform(x), 64)
    assert_close([ours.scale_], theirs.scale_.reshape(1, -1), 8 * max(theirs.scale_))
    assert_close(ours.inverse_transform(scaled), theirs.inverse_transform(theirs.transform(x)),
                 8 * max(abs(value) for row in x for value in row))
    assert [scale == 1.0 for scale in ours.scale_] == [scale == 1.0 for scale in theirs.scale_.tolist()]


@pytest.mark.once
@pytest.mark.parametrize("name", tables())
@pytest.mark.parametrize("span", [(0.0, 1.0), (-3.0, 0.5)])
def test_min_max_scaler_is_scikit_learns_to_the_bit(name, span, preprocessing):
    x = tables()[name]
    ours, theirs = MinMaxScaler(span), preprocessing.MinMaxScaler(feature_range=span)
    assert ours.fit_transform(x) == theirs.fit_transform(x).tolist()
    assert ours.inverse_transform(x) == theirs.inverse_transform(x).tolist()
    assert ours.scale_ == theirs.scale_.tolist() and ours.min_ == theirs.min_.tolist()


def test_a_constant_column_is_only_centred():
    assert StandardScaler().fit_transform([[0.1, 1.0]] * 3 + [[0.1, 5.0]])[0][0] == 0.0
    assert MinMaxScaler().fit_transform([[5.0], [5.0]]) == [[0.0], [0.0]]


@pytest.mark.parametrize("scaler", [StandardScaler, MinMaxScaler])
@pytest.mark.parametrize("x, words", [
    ([[1.0], [math.nan]], "x[1][0] is nan"), ([[1.0], [2.0, 3.0]], "x[1] has 2 numbers"), ([], "empty"),
    ([1.0, 2.0], "[[value] for value in x]"), ([["a"]], "turn text into numbers"), ([[-1.7e308], [1.7e308]], "scale"),
])
def test_scalers_refuse_what_has_no_scale(scaler, x, words):
    with pytest.raises((ValueError, TypeError)) as error:
        scaler().fit(x)
    assert words in str(error.value)


def test_scalers_and_encoders_want_to_be_fitted_first():
    for unfitted in (StandardScaler(), MinMaxScaler(), OneHotEncoder(), LabelEncoder()):
        with pytest.raises(ValueError, match="call fit first"):
            unfitted.transform([[1.0]])
    with pytest.raises(ValueError, match="has 1 number, expected 2"):
        StandardScaler().fit([[1.0, 2.0]]).transform([[1.0]])


@pytest.mark.once
def test_one_hot_encoder_is_scikit_learns(preprocessing):
    x = [["b", "007"], ["a", "7"], ["b", "7"], ["ä", ""]]
    unknown = [["b", "7"], ["c", "007"], ["c", "8"]]
    ours = OneHotEncoder(handle_unknown="ignore")
    theirs = preprocessing.OneHotEncoder(handle_unknown="ignore", sparse_output=False)
    assert ours.fit_transform(x) == theirs.fit_transform(x).tolist()
    assert ours.transform(unknown) == theirs.transform(unknown).tolist()
    assert ours.categories_ == [own.tolist() for own in theirs.categories_]
    back = theirs.inverse_transform(theirs.transform(unknown)).tolist()
    assert ours.inverse_transform(ours.transform(unknown)) == back
    with pytest.raises(ValueError, match=r"x\[1\]\[0\] is 'c'"):
        OneHotEncoder().fit(x).transform(unknown)


@pytest.mark.once
def test_label_encoder_is_scikit_learns(preprocessing):
    y = ["dog", "007", "cat", "7", "dog"]
    ours, theirs = LabelEncoder(), preprocessing.LabelEncoder()
    assert ours.fit_transform(y) == theirs.fit_transform(y).tolist()
    assert ours.classes_ == theirs.classes_.tolist() and ours.inverse_transform([0, 3]) == ["007", "dog"]
    for wrong in (["bird"], [-1]):
        with pytest.raises(ValueError, match=r"y\[0\] is"):
            (ours.transform if wrong == ["bird"] else ours.inverse_transform)(wrong)


@pytest.mark.once
@pytest.mark.parametrize("counts", [[50, 50, 50], [59, 71, 48], [2, 2, 2], [3, 17, 5, 40, 2], [700, 11]])
@pytest.mark.parametrize("part", [0.1, 0.2, 0.25, 0.5, 0.77])
def test_a_stratified_split_is_scikit_learns_row_for_row(counts, part):
    selection = pytest.importorskip("sklearn.model_selection")
    y = [f"class {k}" for k, count in enumerate(counts) for _ in range(count)]
    RandomState(9).shuffle(y)
    rows = list(range(len(y)))
    for seed in range(5):
        try:
            theirs = selection.train_test_split(rows, y, test_size=part, random_state=seed, stratify=y)
        except ValueError:
            with pytest.raises(ValueError, match="stratify"):
                train_test_split(rows, y, part, seed, stratify=y)
        else:
            assert list(train_test_split(rows, y, part, seed, stratify=y)) == theirs


def test_a_stratified_split_refuses_a_label_of_one_row():
    with pytest.raises(ValueError, match="only one row has the label 'b'"):
        stratified(["a", "a", "b"], 1, 0)
    with pytest.raises(ValueError, match="stratify has 2 labels, x has 3 rows"):
        train_test_split([1, 2, 3], [1, 2, 3], stratify=["a", "b"])


@pytest.mark.once
def test_rows_of_several_labels_are_split_as_scikit_learn_splits_them():
    selection = pytest.importorskip("sklearn.model_selection")
    stream, same = RandomState(4), 0
    for seed in range(150):
        pool = ([0, 1], [0.0, 1.0], ["a", "b"], [9, 10, -2], [1e-5, 0.1, 1e16])[seed % 5]
        y = [[stream.choice(pool) for _ in range(1 + seed % 3)] for _ in range(8 + seed % 50)]
        rows = list(range(len(y)))
        try:
            theirs = selection.train_test_split(rows, y, test_size=0.4, random_state=seed, stratify=y)
        except ValueError:
            with pytest.raises(ValueError, match="stratify"):
                train_test_split(rows, y, 0.4, seed, stratify=y)
        else:
            assert list(train_test_split(rows, y, 0.4, seed, stratify=y)) == theirs
            same += 1
    assert same > 50


# numbers that a deviation can hardly hold ----------------------------------------------------------------

@pytest.mark.parametrize("value", [123456789012345678.0, 1.7e308, -1.7e308, 0.1, 1e-310, 1e300])
def test_a_constant_column_becomes_0_however_large_it_is(value):
    for count in (1, 2, 3, 10, 59):
        scaler = StandardScaler().fit([[value]] * count)
        assert (scaler.mean_, scaler.var_, scaler.scale_) == ([value], [0.0], [1.0])
        assert scaler.transform([[value]]) == [[0.0]]
        assert scaler.inverse_transform([[0.0]]) == [[value]]
        assert MinMaxScaler().fit_transform([[value]] * count) == [[0.0]] * count


@pytest.mark.once
def test_the_deviation_of_a_column_close_to_its_mean_is_right(preprocessing):
    numpy = pytest.importorskip("numpy")
    found = 0
    for seed in range(60):
        stream = RandomState(seed)
        mean = 10.0 ** stream.randint(3, 10)
        x = [[mean * (1.0 + stream.randn() * 1e-14)] for _ in range(30)]
        values = [Fraction(value) for (value,) in x]
        exact = sum(values) / 30
        variance = float(sum((value - exact) ** 2 for value in values) / 30)
        ours, theirs = StandardScaler().fit(x), preprocessing.StandardScaler().fit(numpy.array(x))
        assert (ours.scale_[0] == 1.0) == (theirs.scale_[0] == 1.0)
        assert abs(Fraction(ours.mean_[0]) - exact) <= 30 * 2.0 ** -53 * abs(exact)  # Higham's bound of a sum of 30
        if ours.scale_[0] != 1.0:
            found += 1
            assert math.isclose(ours.scale_[0], variance ** 0.5, rel_tol=1e-13)
            assert math.isclose(ours.var_[0], theirs.var_[0], rel_tol=1e-12)
    assert found > 10


@pytest.mark.parametrize("call, words", [
    (lambda: StandardScaler().fit([[1000.0 + k] for k in range(400)] + [[1e300]] * 4), "column 0 are too large"),
    (lambda: StandardScaler().fit([[0.0, 1e308], [1.0, 1.7e308]]), "column 1 are too large for a deviation"),
    (lambda: StandardScaler().fit([[0.0], [1e-3]]).transform([[1.0], [1e308]]), r"x\[1\]\[0\] becomes inf"),
    (lambda: StandardScaler().fit([[0.0], [1e3]]).inverse_transform([[-1e308]]), r"x\[0\]\[0\] becomes -inf"),
    (lambda: MinMaxScaler().fit([[0.0], [1e-3]]).transform([[1e308]]), r"x\[0\]\[0\] becomes inf"),
    (lambda: MinMaxScaler().fit([[0.0], [1e3]]).inverse_transform([[1e308]]), r"x\[0\]\[0\] becomes inf"),
    (lambda: MinMaxScaler((0.0, 1e9)).fit([[1.7e308], [1.7e308]]), "column 0 are too large for feature_range"),
    (lambda: MinMaxScaler((0.0, math.inf)), "expected .low, high., finite and low below high"),
    (lambda: MinMaxScaler((-1.7e308, 1.7e308)), "expected .low, high., finite and low below high"),
])
def test_a_scale_or_a_scaled_number_that_overflows_is_refused(call, words):
    with pytest.raises(ValueError, match=words):
        call()
