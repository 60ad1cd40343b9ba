"""Containers, whole numbers and paths of other kinds than Python's own: by position, as ints, or refused by name."""
import array
import collections
import ctypes
import os
import pathlib

import pytest

import purenet
from purenet import SGD, Checkpoint, Dense, Network, RandomState, metrics
from purenet._core.checks import to_int
from purenet._core.frames import items_to_shuffle
from purenet._core.rows import rows_by_position
from purenet.data import LabelEncoder, MinMaxScaler, OneHotEncoder, StandardScaler, read_csv, read_idx, train_test_split
from purenet.export.micropython import write_bundle
from purenet.model_files.describe import inspect
from purenet.table import train
from purenet.verification.compare_cases import csv_case


class Series:
    """Like a pandas Series that was sampled: [i] looks the label i up in its index."""

    def __init__(self, values, index=None):
        self.held = list(values)
        self.index = index or list(range(len(self.held)))[::-1]

    def __len__(self):
        return len(self.held)

    def __iter__(self):
        return iter(self.held)

    def __getitem__(self, label):
        return self.held[self.index.index(label)]

    def __setitem__(self, label, value):
        self.held[self.index.index(label)] = value

    def to_numpy(self):
        return list(self.held)


class Frame:
    """Like a pandas DataFrame: it iterates over the names of its columns, and [name] is a column."""

    def __init__(self, **columns):
        self.columns = list(columns)
        self._columns = columns

    def __len__(self):
        return len(self._columns[self.columns[0]])

    def __iter__(self):
        return iter(self.columns)

    def __getitem__(self, name):
        if name not in self._columns:
            raise KeyError(name)
        return Series(self._columns[name])

    def to_numpy(self):
        return [list(row) for row in zip(*[self._columns[name] for name in self.columns])]


class Polars(Frame):
    """Like a polars DataFrame: it iterates over its columns, and needs NumPy for to_numpy."""

    def __iter__(self):
        return iter([Series(self._columns[name]) for name in self.columns])

    def rows(self):
        return list(zip(*[self._columns[name] for name in self.columns]))

    def to_numpy(self):
        raise ModuleNotFoundError("No module named 'numpy'")


class Arrow(Frame):
    """Like a pyarrow Table: columns, and no way to rows that is known here."""

    to_numpy = property()


class Whole:
    """A whole number of somebody else's type."""

    def __init__(self, value):
        self.value = value

    def __index__(self):
        return self.value


LABELS = [2, 1, 4, 0, 3, 5, 7, 6]
CONTAINERS = {  # of LABELS
    "list": list, "tuple": tuple, "generator": iter, "deque": collections.deque, "series": Series,
    "filtered": lambda values: Series(values, [3, 8, 0, 1, 40, 2, 41, 42]),
    "text labels": lambda values: Series(values, list("hgfedcba")),
    "array": lambda values: array.array("l", values),
    "memoryview": lambda values: memoryview(array.array("l", values)),
    "ctypes": lambda values: (ctypes.c_long * len(values))(*values),
}
FRAMES = {"pandas'": Frame, "polars'": Polars}


# rows by position ----------------------------------------------------------------------------------

@pytest.mark.parametrize("kind", CONTAINERS)
def test_every_row_keeps_its_own_label(kind):
    rows, container = [[float(label)] for label in LABELS], CONTAINERS[kind]
    expected = train_test_split(rows, LABELS, 0.3, random_state=4)
    assert train_test_split(rows, container(LABELS), 0.3, random_state=4) == expected
    assert train_test_split(container(LABELS), rows, 0.3, random_state=4) == expected[2:] + expected[:2]
    halves = [label % 2 for label in LABELS]
    expected = train_test_split(rows, LABELS, 0.5, stratify=halves)
    assert train_test_split(rows, LABELS, 0.5, stratify=container(halves)) == expected


@pytest.mark.parametrize("kind", FRAMES)
def test_the_rows_of_a_data_frame_are_split_and_encoded(kind):
    frame = FRAMES[kind](a=[1.0, 2.0, 3.0, 4.0], b=["u", "v", "u", "w"])
    rows = [[1.0, "u"], [2.0, "v"], [3.0, "u"], [4.0, "w"]]
    assert rows_by_position(frame, "x") == rows
    kept, tested, numbers, others = train_test_split(frame, frame["a"], 0.5)
    assert [row[0] for row in kept + tested] == numbers + others and sorted(kept + tested) == rows
    encoder = OneHotEncoder().fit(frame)
    assert encoder.categories_ == [[1.0, 2.0, 3.0, 4.0], ["u", "v", "w"]]
    assert encoder.transform(frame) == encoder.transform(rows) == OneHotEncoder().fit_transform(rows)
    encoded = FRAMES[kind](**{f"c{j}": list(column) for j, column in enumerate(zip(*encoder.transform(rows)))})
    assert encoder.inverse_transform(encoded) == rows
    assert RandomState(1).permutation(frame) == RandomState(1).permutation(rows)
    assert RandomState(1).choice(frame) == RandomState(1).choice(rows)


def test_rows_that_are_series_are_read_by_position():
    rows = [[1.0, 7.0], [2.0, 8.0]]
    odd = [Series(row) for row in rows]
    assert OneHotEncoder().fit_transform(odd) == OneHotEncoder().fit_transform(rows)
    outputs = [[0.1, 0.9], [0.8, 0.2]]
    odd = [Series(row) for row in outputs]
    assert metrics.accuracy([1, 0], odd) == metrics.top_k_accuracy([1, 0], odd, 1) == 1.0


def test_labels_are_those_of_the_rows():
    encoder = LabelEncoder().fit(Series(["oak", "ash", "oak", "elm"]))
    assert encoder.transform(Series(["elm", "oak"])) == [1, 2]
    assert encoder.inverse_transform(Series([0, 1, 2])) == ["ash", "elm", "oak"]
    assert metrics.accuracy(Series([0, 1, 1]), [0, 1, 1]) == 1.0
    assert metrics.ConfusionMatrix([0, 1], [0, 1], labels=Series([1, 0])).labels == [1, 0]
    for frame in FRAMES.values():
        assert metrics.accuracy(frame(y=[0, 1, 1]), [0, 1, 1]) == 1.0
        assert metrics.mean_absolute_error(frame(y=[0.0, 1.0], z=[2.0, 3.0]), [[0.0, 2.0], [1.0, 3.0]]) == 0.0


def test_fit_stratifies_by_position():
    x, y = [[float(k % 7)] for k in range(40)], [[float(k % 2)] for k in range(40)]
    nets = []
    for labels in ([k % 4 for k in range(40)], Series([k % 4 for k in range(40)])):
        net = Network(1, [Dense(1, "sigmoid")], optimizer=SGD(0.1), seed=1)
        net.fit(x, y, 2, validation_split=0.25, stratify=labels)
        nets.append(net.digest())
    assert nets[0] == nets[1]


@pytest.mark.parametrize("call, words", [
    (lambda frame: LabelEncoder().fit(frame), "y[0]: expected a label, text or a number, got a "),
    (lambda frame: LabelEncoder().fit(["u"]).transform(frame), "y[0]: expected a label, text or a number, got a "),
])
@pytest.mark.parametrize("kind", FRAMES)
def test_a_data_frame_of_several_columns_is_no_list_of_labels_and_the_error_has_the_cure(call, words, kind):
    with pytest.raises(TypeError) as caught:
        call(FRAMES[kind](a=["u", "u", "v", "v"], b=[1, 2, 3, 4]))
    assert str(caught.value).startswith(words) and "of a table give one column" in str(caught.value)


@pytest.mark.parametrize("values, words", [
    (Arrow(a=[1, 2], b=[3, 4]), "columns (Arrow); give a list of rows, or an array"),
    ({0: 1, 1: 2}, "got a dict of 2"), ({1, 2}, "got a set of 2"), (5.0, "got 5.0"), (None, "got None"),
])
@pytest.mark.parametrize("name, call", [
    ("x", lambda values: train_test_split(values, [1, 2])), ("y", lambda values: train_test_split([1, 2], values)),
    ("stratify", lambda values: train_test_split([1, 2], [1, 2], stratify=values) if values is not None else
     rows_by_position(values, "stratify")),
    ("y", lambda values: LabelEncoder().fit(values)), ("x", lambda values: OneHotEncoder().fit(values)),
    ("y", lambda values: metrics.accuracy(values, [0, 1])), ("choice", lambda values: RandomState(0).choice(values)),
    ("x", lambda values: StandardScaler().fit(values)),
    ("permutation", lambda values: RandomState(0).permutation(values)),
])
def test_what_has_no_rows_is_refused_by_name(name, call, values, words):
    with pytest.raises(TypeError) as caught:
        call(values)
    assert str(caught.value).startswith(name + ": expected ") and words in str(caught.value)


# RandomState ---------------------------------------------------------------------------------------

@pytest.mark.parametrize("kind", CONTAINERS)
@pytest.mark.parametrize("size, replace", [(None, True), (5, True), ((2, 2), True), (5, False)])
def test_choice_and_permutation_take_values_by_position(kind, size, replace):
    container = CONTAINERS[kind]
    expected = RandomState(3).choice(LABELS, size, replace)
    assert RandomState(3).choice(container(LABELS), size, replace) == expected
    assert RandomState(3).permutation(container(LABELS)) == RandomState(3).permutation(LABELS)


def two_columns(kind, count=6):
    return ((kind * 2) * count)(*[(kind(2 * k), kind(2 * k + 1)) for k in range(count)])


class Pair(ctypes.Structure):
    _fields_ = [("a", ctypes.c_int), ("b", ctypes.c_double)]


SHUFFLED = {  # a container of 0 to 5 or of rows that begin with 2 * that, and what is looked at
    "list": (list(range(6)), lambda k: k), "rows": ([[2.0 * k] for k in range(6)], lambda row: row[0] / 2),
    "deque": (collections.deque(range(6)), lambda k: k), "UserList": (collections.UserList(range(6)), lambda k: k),
    "bytearray": (bytearray(range(6)), lambda k: k), "array": (array.array("d", range(6)), lambda k: k),
    "memoryview": (memoryview(array.array("d", range(6))), lambda k: k),
    "strided": (memoryview(array.array("d", [k / 2 for k in range(12)]))[::2], lambda k: k),
    "ctypes": ((ctypes.c_int * 6)(*range(6)), lambda k: k),
    "ctypes' rows": (two_columns(ctypes.c_double), lambda row: row[0] / 2),
    "ctypes' records": ((Pair * 6)(*[(k, 0.5) for k in range(6)]), lambda pair: pair.a),
}


@pytest.mark.parametrize("kind", SHUFFLED)
def test_shuffle_loses_no_row(kind):
    values, number = SHUFFLED[kind]
    assert RandomState(0).shuffle(values) is None
    assert [number(value) for value in values] == [5, 2, 1, 3, 0, 4]  # NumPy's


def test_the_objects_of_a_sequence_stay_the_same_objects():
    held = [[k] for k in range(6)]
    for kind in (list, collections.deque, collections.UserList):
        values = kind(held)
        RandomState(0).shuffle(values)
        assert list(map(id, values)) == [id(held[k]) for k in (5, 2, 1, 3, 0, 4)]


class Rows:
    """A sequence that makes its items anew each time, which might be views of one memory."""

    def __init__(self):
        self.numbers = [[k] for k in range(6)]

    def __len__(self):
        return 6

    def __getitem__(self, i):
        return set(self.numbers[i])

    def __setitem__(self, i, value):
        self.numbers[i] = list(value)


@pytest.mark.parametrize("values", [
    tuple(range(6)), range(6), "abcdef", b"abcdef", {k: k for k in range(6)}, set(range(6)), Series(range(6)),
    Frame(a=list(range(6))), Polars(a=list(range(6))), 6, None, memoryview(bytes(6)), Rows(),
    memoryview(array.array("d", range(12))).cast("B").cast("d", (6, 2)),
], ids=lambda values: type(values).__name__)
def test_what_cannot_be_shuffled_in_place_is_a_type_error_and_nothing_is_drawn(values):
    stream = RandomState(0)
    before = stream.get_state()
    with pytest.raises(TypeError, match="^shuffle: expected a list or an array"):
        stream.shuffle(values)
    assert stream.get_state() == before


def test_no_items_and_one_are_shuffled_too():
    for values in ([], [7], array.array("d"), array.array("d", [7.0]), two_columns(ctypes.c_double, 1)):
        stream = RandomState(0)
        before, copied = stream.get_state(), items_to_shuffle(values, "values")
        stream.shuffle(values)
        assert len(copied) == len(values) and stream.get_state() == before


CALLS = {  # of a whole number
    "seed": lambda n: RandomState(n(7)).rand(), "randint": lambda n: RandomState(0).randint(n(7)),
    "low": lambda n: RandomState(0).randint(n(-1 << 62), (1 << 62) + 5, 2),
    "high": lambda n: RandomState(0).randint(-1 << 62, n((1 << 62) + 5), 2),
    "both": lambda n: RandomState(0).randint(n(-1 << 63), n(1 << 63), 2),
    "size of randint": lambda n: RandomState(0).randint(5, size=n(3)),
    "sizes": lambda n: RandomState(0).normal(size=(n(2), n(3))), "rand": lambda n: RandomState(0).rand(n(2), n(3)),
    "randn": lambda n: RandomState(0).randn(n(2)), "uniform": lambda n: RandomState(0).uniform(size=[n(2)]),
    "random_sample": lambda n: RandomState(0).random_sample(n(2)),
    "permutation": lambda n: RandomState(0).permutation(n(5)), "choice": lambda n: RandomState(0).choice(n(5)),
    "size of choice": lambda n: RandomState(0).choice(5, n(2), False),
    "sizes of choice": lambda n: RandomState(0).choice(9, (n(2), n(2)), False),
}


@pytest.mark.parametrize("name", CALLS)
def test_whole_numbers_of_any_type_are_taken(name):
    assert CALLS[name](Whole) == CALLS[name](int)


@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize("wrong", [True, 2.0, "3"])
def test_what_is_no_whole_number_is_refused_by_name(name, wrong):
    if wrong == "3" and name in ("permutation", "choice"):
        return  # its characters
    with pytest.raises(TypeError, match="^(seed|low|high|size|choice|permutation): expected .*whole number"):
        CALLS[name](lambda n: wrong)


@pytest.mark.parametrize("size", [-1, (2, -1), (0, -1)])
def test_a_size_below_0_is_refused_and_nothing_is_drawn(size):
    stream = RandomState(0)
    before = stream.get_state()
    with pytest.raises(ValueError, match="size: expected whole numbers of at least 0, got -1"):
        stream.rand(*size) if isinstance(size, tuple) else stream.rand(size)
    assert stream.get_state() == before


def test_whole_numbers_are_ints_and_nothing_else_is_one():
    class Own(int):
        pass

    for number in (Own(7), Whole(7), 7):
        assert type(to_int(number)) is int and to_int(number) == 7
    for other in (True, False, 7.0, "7", None, [7]):
        assert to_int(other) is None


# the names of files --------------------------------------------------------------------------------

def a_net():
    return Network(1, [Dense(1)], seed=0)


PATHS = {
    "load": purenet.load, "inspect": inspect, "read_csv": read_csv, "read_idx": read_idx, "csv_case": csv_case,
    "train": lambda path: train(path, "y"), "save": lambda path: a_net().save(path),
    "draw": lambda path: a_net().draw(path), "write_bundle": write_bundle, "Checkpoint": Checkpoint,
    "plot": lambda path: a_net().fit([[1.0]], [[1.0]]).plot(path),
}


@pytest.mark.parametrize("wrong", [0, 1, 2, True, False, Whole(1), 1.0, ["a.csv"]], ids=lambda wrong: f"{wrong}"[:8])
@pytest.mark.parametrize("name", PATHS)
def test_a_number_is_no_name_of_a_file_and_no_stream_is_closed(name, wrong):
    kept = [os.dup(number) for number in range(3)]
    closed = []
    try:
        with pytest.raises(TypeError, match="^(path|--micropython): expected the name of a file, got |^rows: "):
            PATHS[name](wrong)
    finally:
        for number in range(3):
            try:
                os.fstat(number)
            except OSError:
                closed.append(number)
                os.dup2(kept[number], number)
            os.close(kept[number])
    assert not closed


@pytest.mark.parametrize("kind", [str, pathlib.Path, os.fsencode])
def test_text_path_objects_and_bytes_name_files_as_ever(kind, tmp_path):
    net = a_net()
    name = kind(str(tmp_path / "net"))
    net.save(name)
    assert purenet.load(name).digest() == net.digest() and "purenet" in inspect(name)
    (tmp_path / "t.csv").write_text("x,y\n1,2\n")
    assert read_csv(kind(str(tmp_path / "t.csv"))).names == ["x", "y"]
    (tmp_path / "t.idx").write_bytes(bytes([0, 0, 8, 1, 0, 0, 0, 2, 5, 6]))
    assert list(read_idx(kind(str(tmp_path / "t.idx")))[1]) == [5, 6]
    net.fit([[1.0]], [[1.0]], callbacks=[Checkpoint(name)])
    assert purenet.load(name).digest() == net.digest()
    if kind is not os.fsencode:
        net.draw(kind(str(tmp_path / "net.svg")))
        assert (tmp_path / "net.svg").read_text().startswith("<svg")



@pytest.mark.parametrize("make", [LabelEncoder, OneHotEncoder, StandardScaler, MinMaxScaler])
def test_fit_transform_loses_no_row_of_a_generator(make):
    rows = [3.0, 1.0, 2.0] if make is LabelEncoder else [[3.0], [1.0], [2.0]]
    assert make().fit_transform(row for row in rows) == make().fit_transform(rows)


@pytest.mark.parametrize("call", [metrics.accuracy, metrics.precision, metrics.ConfusionMatrix])
def test_labels_in_rows_are_refused_by_metrics_with_the_cure(call):
    with pytest.raises(TypeError, match=r"y\[0\]\[0\] is 'a' \(str\), expected a number"):
        call([["a", "b"], ["b", "a"]], ["a", "b"])
    with pytest.raises(TypeError, match=r"predictions\[1\]\[1\] is 'b' \(str\), expected a number"):
        call([[1.0, 0.0], [0.0, 1.0]], [[1.0, 0.0], [0.0, "b"]])
    call([["a"], ["b"]], ["a", "b"])  # a column has labels, as in scikit-learn


def test_a_whole_number_that_says_it_is_a_path_is_none():
    class Both(int):
        def __fspath__(self):
            return "model"

    with pytest.raises(TypeError, match="path: expected the name of a file, got 1"):
        purenet.load(Both(1))
