"""NumPy's RandomState, arrays and whole numbers, and pandas' columns and frames, beside what purenet makes of them."""
import warnings

import pytest

from purenet import RandomState
from purenet.data import LabelEncoder, OneHotEncoder, train_test_split
from purenet.metrics import accuracy

numpy = pytest.importorskip("numpy")
try:
    import pandas
except ImportError:  # large: it is installed for one Python alone; test_foreign.py has stand-ins for all
    pandas = None
try:
    import polars
except ImportError:
    polars = None

KINDS = ["int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64", "longlong", "intp"]
COUNTS = [0, 1, 2, 7, 100]
ARRAYS = {
    "numbers": lambda n: numpy.arange(n), "floats": lambda n: numpy.arange(n) / 4,
    "bools": lambda n: numpy.arange(n) < 3,
    "rows": lambda n: numpy.arange(3.0 * n).reshape(n, 3), "images": lambda n: numpy.arange(12 * n).reshape(n, 2, 2, 3),
    "columns": lambda n: numpy.arange(2.0 * n).reshape(2, n).T,
    "backwards": lambda n: numpy.arange(2 * n).reshape(n, 2)[::-1],
    "texts": lambda n: numpy.array([f"n{k}" for k in range(n)]),
    "records": lambda n: numpy.array([(k, k / 2) for k in range(n)], dtype="i4,f8"),
    "dates": lambda n: numpy.arange(n).astype("M8[ns]"),
    "objects": lambda n: numpy.array([str(k) for k in range(n)] + [None], dtype=object)[:n],
    "big-endian": lambda n: numpy.arange(2 * n).reshape(n, 2).astype(">i2"),
    "matrix": lambda n: numpy.asmatrix(numpy.arange(2 * n).reshape(n, 2)),
}


@pytest.mark.parametrize("count", COUNTS)
@pytest.mark.parametrize("kind", ARRAYS)
def test_an_array_is_shuffled_as_by_numpy(kind, count):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of numpy.matrix
        ours, theirs = ARRAYS[kind](count), ARRAYS[kind](count)
    stream, its = RandomState(count), numpy.random.RandomState(count)
    stream.shuffle(ours)
    its.shuffle(theirs)
    assert ours.tolist() == theirs.tolist()
    assert stream.rand() == its.rand()


@pytest.mark.parametrize("count", COUNTS)
@pytest.mark.parametrize("kind", ["numbers", "floats", "rows", "columns", "texts"])
def test_permutation_and_choice_of_an_array_are_numpys(kind, count):
    values = ARRAYS[kind](count)
    stream, its = RandomState(count), numpy.random.RandomState(count)
    assert numpy.array_equal(numpy.array(stream.permutation(values)).reshape(values.shape), its.permutation(values))
    if count and values.ndim == 1:
        for size, replace in ((None, True), ((2, 3), True), (count, False)):
            assert numpy.array_equal(stream.choice(values, size, replace), its.choice(values, size, replace))


def test_arrays_that_cannot_be_written_to_or_have_no_rows_are_refused():
    fixed = numpy.zeros((4, 2))
    fixed.flags.writeable = False
    for wrong in (fixed, numpy.array(3.0)):
        stream = RandomState(0)
        before = stream.get_state()
        with pytest.raises(TypeError, match="^shuffle: expected a list or an array"):
            stream.shuffle(wrong)
        assert stream.get_state() == before


@pytest.mark.parametrize("kind", KINDS)
def test_numpys_whole_numbers_are_what_pythons_are(kind):
    whole = getattr(numpy, kind)
    limits = numpy.iinfo(whole)
    least, most = int(limits.min), int(limits.max)
    for low, high in ((least, most), (0, 7), (most - 3, most), (least, least + 200 if least + 200 < most else most)):
        expected = numpy.random.RandomState(5).randint(low, high, 4, "uint64" if high > 1 << 63 else "int64").tolist()
        if high > 1 << 63:
            with pytest.raises(ValueError, match="randint: expected -2"):
                RandomState(5).randint(whole(low), whole(high), whole(4))
        else:
            got = RandomState(5).randint(whole(low), whole(high), whole(4))
            assert got == expected == RandomState(5).randint(low, high, 4)
            assert {type(number) for number in got} == {int}
    assert RandomState(whole(100)).rand(whole(2), whole(3)) == RandomState(100).rand(2, 3)
    for name in ("permutation", "choice"):
        got = getattr(RandomState(1), name)(whole(9))
        assert numpy.array_equal(got, getattr(numpy.random.RandomState(1), name)(9))
    assert RandomState(1).choice(whole(9), (whole(2), whole(2)), False) == RandomState(1).choice(9, (2, 2), False)
    assert RandomState(1).uniform(size=numpy.array([2, 3], whole)) == RandomState(1).uniform(size=(2, 3))


def test_numpys_bools_and_floats_are_no_whole_numbers():
    for wrong in (numpy.bool_(True), numpy.float64(2.0)):
        for call in (lambda n: RandomState(n), lambda n: RandomState(0).randint(n), lambda n: RandomState(0).rand(n),
                     lambda n: RandomState(0).randint(0, n), lambda n: RandomState(0).permutation(n),
                     lambda n: RandomState(0).choice(n), lambda n: RandomState(0).choice(5, n)):
            with pytest.raises(TypeError, match="expected .*whole number"):
                call(wrong)


def test_numpys_floats_of_fewer_bits_are_made_doubles_first():
    third = numpy.float32(1 / 3)
    for name in ("uniform", "normal"):
        got = getattr(RandomState(2), name)(-third, third, 5)
        assert got == getattr(RandomState(2), name)(-float(third), float(third), 5)
        assert {type(number) for number in got} == {float}


if pandas:
    def test_a_pandas_column_or_frame_gives_every_row_its_own_label():
        frame = pandas.DataFrame({"a": [float(k) for k in range(12)], "b": [k % 3 for k in range(12)]})
        odd = frame.sample(frac=1, random_state=1)
        for table in (odd, frame[frame["a"] > 3], frame.sort_values("b"), odd.set_index("b", drop=False)):
            kept, tested, y_kept, y_tested = train_test_split(table[["a"]], table["a"], 0.34)
            assert [row[0] for row in kept + tested] == y_kept + y_tested
            labels = table["b"].tolist()
            expected = train_test_split(table[["a"]].to_numpy().tolist(), labels, 0.5, stratify=labels)
            assert train_test_split(table[["a"]], table["b"], 0.5, stratify=table["b"]) == expected
            assert RandomState(3).choice(table["a"], 20) == RandomState(3).choice(table["a"].tolist(), 20)
            assert RandomState(3).permutation(table["a"]) == RandomState(3).permutation(table["a"].tolist())
            assert RandomState(3).permutation(table) == RandomState(3).permutation(table.to_numpy().tolist())
            for held in (table["a"], table):
                with pytest.raises(TypeError, match="^shuffle: .*permutation gives a shuffled list"):
                    RandomState(3).shuffle(held)
        texts = pandas.DataFrame({"kind": ["oak", "ash", "oak"], "size": [1, 2, 1]})
        assert OneHotEncoder().fit(texts).categories_ == [["ash", "oak"], [1, 2]]
        assert LabelEncoder().fit(texts["kind"][::-1]).classes_ == ["ash", "oak"]
        assert accuracy(texts[["size"]] - 1, [0, 1, 0]) == 1.0


if polars:
    def test_a_polars_column_or_frame_gives_every_row_its_own_label():
        frame = polars.DataFrame({"a": [float(k) for k in range(12)], "b": [k % 3 for k in range(12)]})
        for table in (frame.sample(fraction=1.0, shuffle=True, seed=1), frame.filter(frame["a"] > 3)):
            kept, tested, y_kept, y_tested = train_test_split(table, table["a"], 0.34, stratify=table["b"])
            assert [row[0] for row in kept + tested] == y_kept + y_tested
            assert RandomState(3).permutation(table) == RandomState(3).permutation([list(row) for row in table.rows()])
            assert RandomState(3).choice(table["a"], 20) == RandomState(3).choice(table["a"].to_list(), 20)
            for held in (table["a"], table):
                with pytest.raises(TypeError, match="^shuffle: .*permutation gives a shuffled list"):
                    RandomState(3).shuffle(held)
        texts = polars.DataFrame({"kind": ["oak", "ash", "oak"], "size": [1, 2, 1]})
        assert OneHotEncoder().fit(texts).categories_ == [["ash", "oak"], [1, 2]]
        assert LabelEncoder().fit(texts["kind"]).classes_ == ["ash", "oak"]
        with pytest.raises(TypeError, match="of a table give one column"):
            LabelEncoder().fit(texts)
        assert LabelEncoder().fit(texts[["kind"]]).classes_ == ["ash", "oak"]
        assert accuracy(texts[["size"]].select(polars.col("size") - 1), [0, 1, 0]) == 1.0
