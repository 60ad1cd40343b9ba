"""Buffers: each is taken with exactly its values or refused by name; those of NumPy are in test_buffers_numpy.py.

What is taken is judged by the bits of the predictions: they must be those of the same values as lists of floats.
"""
import array
import ctypes
import os
import struct
import subprocess
import sys

import pytest

import purenet
from purenet import Dense, Network
from purenet._model.inputs import check_inputs

COLUMNS = 3
FLOATS = [
    0.1, -0.0, 1e-310, 5e-324, 1.5e300, -2.5e-300, 3.0, 1.0 / 3.0, -7.25e-5, 2.0**53, 65504.0, 6e-8, 1e38, 1e-45, -1.0,
]


@pytest.fixture(scope="module", params=purenet.backend().available)
def net(request):
    """Every number of a row reaches every prediction, and no activation hides one."""
    return Network(COLUMNS, [Dense(2)], seed=1, init="randn", backend=request.param)


def table_of(values, columns=COLUMNS):
    return [list(values[start:start + columns]) for start in range(0, len(values), columns)]


def bits(rows):
    return [struct.pack(f"<{len(row)}d", *row) for row in rows]


def assert_taken_as(net, given, values):
    """The given x counts as these rows: the same floats at the door, the same bits out of the network."""
    floats = [[float(value) for value in row] for row in values]
    assert bits(check_inputs(given, (COLUMNS,))) == bits(floats)
    assert bits(net.predict(given)) == bits(net.predict(floats))


def assert_refused(net, given, *words):
    with pytest.raises((TypeError, ValueError)) as caught:
        net.predict(given)
    for word in words:
        assert word in str(caught.value)
    assert len(str(caught.value)) < 300 and "\n" not in str(caught.value)


def as_matrix(flat, columns=COLUMNS):
    """A two-dimensional memoryview of an array's memory."""
    view = memoryview(flat)
    return view.cast("B").cast(view.format, [len(view) // columns, columns])


def whole_numbers(bits_each, signed):
    """The largest, the smallest and others; more than 53 bits are rounded to the nearest double as in lists."""
    low, high = (-(1 << bits_each - 1), (1 << bits_each - 1) - 1) if signed else (0, (1 << bits_each) - 1)
    middle = high // 3
    return [low, high, 0, 1, middle, low // 2, high - 1, low + 1, 7, 100, middle + 1, high // 7, 2, 3, high // 2]


@pytest.mark.parametrize("code", "bBhHiIlLqQ")
def test_arrays_of_whole_numbers_are_taken_with_their_values(net, code):
    size = array.array(code).itemsize
    numbers = array.array(code, whole_numbers(8 * size, code.islower()))
    assert_taken_as(net, numbers, table_of(numbers.tolist()))
    assert_taken_as(net, as_matrix(numbers), table_of(numbers.tolist()))


@pytest.mark.parametrize("code", "fd")
def test_arrays_of_floats_are_taken_with_their_values(net, code):
    numbers = array.array(code, [value for value in FLOATS if code == "d" or abs(value) < 1e38] + [0.0, 0.5, 0.75])
    del numbers[len(numbers) // COLUMNS * COLUMNS:]
    assert_taken_as(net, numbers, table_of(numbers.tolist()))
    assert_taken_as(net, as_matrix(numbers), table_of(numbers.tolist()))


def test_a_view_of_part_of_an_array_is_taken(net):
    numbers = array.array("d", FLOATS)
    assert_taken_as(net, memoryview(numbers)[3:12], table_of(FLOATS[3:12]))


@pytest.mark.parametrize("step", [2, 3, -1, -2])
def test_views_with_steps_are_taken_in_their_order(net, step):
    numbers = array.array("d", FLOATS * 6)
    assert_taken_as(net, memoryview(numbers)[::step], table_of((FLOATS * 6)[::step]))


def test_read_only_and_unaligned_views_are_taken(net):
    packed = b"?" + struct.pack("=15d", *FLOATS)
    view = memoryview(packed)[1:].cast("d")
    assert view.readonly
    assert_taken_as(net, view, table_of(FLOATS))


def test_rows_that_are_arrays_or_views_are_taken(net):
    rows = table_of(FLOATS)
    assert_taken_as(net, [array.array("d", row) for row in rows], rows)
    assert_taken_as(net, tuple(memoryview(array.array("d", row)) for row in rows), rows)
    singles = [array.array("f", [0.1, 2.5, -3.3]), array.array("f", [1e-40, 7.0, -0.0])]
    assert_taken_as(net, singles, [row.tolist() for row in singles])


CTYPES = [
    ctypes.c_int8, ctypes.c_uint8, ctypes.c_int16, ctypes.c_uint16, ctypes.c_int32, ctypes.c_uint32, ctypes.c_long,
    ctypes.c_ulong, ctypes.c_int64, ctypes.c_uint64, ctypes.c_size_t, ctypes.c_float, ctypes.c_double, ctypes.c_bool,
]


@pytest.mark.parametrize("kind", CTYPES, ids=lambda kind: kind.__name__)
def test_ctypes_arrays_are_taken_with_their_values(net, kind):
    values = [0, 1, 100, 1, 2, 3] if kind is not ctypes.c_bool else [False, True, True, True, False, False]
    assert_taken_as(net, (kind * 6)(*values), table_of(values))
    matrix = (kind * 3 * 2)((kind * 3)(*values[:3]), (kind * 3)(*values[3:]))
    assert_taken_as(net, matrix, table_of(values))


class Pair(ctypes.Structure):
    _fields_ = [("a", ctypes.c_double), ("b", ctypes.c_double)]


def test_buffers_that_hold_no_numbers_are_refused_by_name(net):
    assert_refused(net, (ctypes.c_char * 3)(), "x: ", "format", "c")
    assert_refused(net, (ctypes.c_wchar * 3)(), "x: ", "format", "u")
    assert_refused(net, (Pair * 3)(), "x: ", "format", "T{")
    assert_refused(net, memoryview(b"abc").cast("c"), "x: ", "format 'c'")
    assert_refused(net, memoryview(array.array("d", [0.0] * 27)).cast("B").cast("d", [3, 3, 3]), "x: ", "3 dimensions")
    released = memoryview(array.array("d", FLOATS))
    released.release()
    assert_refused(net, released, "x: this buffer cannot be read")


def test_a_flat_y_is_one_value_a_row_or_class_numbers(net):
    x = table_of(FLOATS[:12])
    one = Network(COLUMNS, [Dense(1)], loss="mean_absolute_error", seed=1, backend=net.backend)
    y = [0.1, 0.2, -0.3, 4.0]
    for given in (array.array("d", y), memoryview(array.array("d", y)), as_matrix(array.array("d", y), 1), tuple(y)):
        assert repr(one.gradients(x, given)) == repr(one.gradients(x, [[value] for value in y]))
    classes = Network(COLUMNS, [Dense(3, "softmax")], loss="categorical_cross_entropy", seed=1, backend=net.backend)
    one_hot = [[0.0, 0.0, 1.0], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [1.0, 0.0, 0.0]]
    x = [[0.5, -0.25, 1.0], [0.0, 3.0, 1.0], [0.125, 0.0, -1.0], [1.0, 1.0, 1.0]]
    for code in "bBhHiIlLqQfd":
        given = array.array(code, [2, 0, 1, 0])
        assert repr(classes.gradients(x, given)) == repr(classes.gradients(x, one_hot))


def test_sample_weights_and_parameters_may_be_buffers(net):
    x, y = [[0.5, -0.25, 1.0], [0.0, 3.0, 1.0]], [[1.0, 2.0], [0.0, 0.5]]
    weights = array.array("f", [0.5, 2.0])
    assert net.evaluate(x, y, sample_weight=weights) == net.evaluate(x, y, sample_weight=[0.5, 2.0])
    copy = Network(COLUMNS, [Dense(2)], backend=net.backend)
    copy.set_parameters([
        (name, as_matrix(array.array("d", [v for row in values for v in row]), 2) if name == "0.weights"
         else array.array("d", values)) for name, values in net.parameters()
    ])
    assert copy.digest() == net.digest()


class Frame:
    """What a data frame or one of its columns offers."""

    def __init__(self, values):
        self.values = values
        self.columns = ["a", "b", "c"]

    def to_numpy(self):
        return self.values

    def __iter__(self):
        return iter(self.columns)

    def __getitem__(self, key):
        raise KeyError(key)


class Tensor:
    """What a tensor offers that does not share its memory."""

    def __init__(self, values):
        self.values = values

    def tolist(self):
        return self.values

    def __iter__(self):
        raise RuntimeError("tolist is the way")


def test_data_frames_and_tensors_are_taken(net):
    rows = table_of(FLOATS)
    assert_taken_as(net, Frame(rows), rows)
    assert_taken_as(net, Frame(as_matrix(array.array("d", FLOATS))), rows)
    assert_taken_as(net, Tensor(rows), rows)
    assert_taken_as(net, [Frame(row) for row in rows], rows)
    one = Network(COLUMNS, [Dense(1)], seed=1, backend=net.backend)
    x, y = [[0.5, -0.25, 1.0], [0.0, 3.0, 1.0]], [1.0, 2.0]
    for given in (Frame(y), Frame(array.array("d", y)), Tensor(y), Tensor([[1.0], [2.0]])):
        assert one.evaluate(x, given) == one.evaluate(x, y)


def test_data_frames_and_tensors_of_a_wrong_shape_are_refused(net):
    assert_refused(net, Frame([[1.0, None, 2.0]]), "x[0][1] is None", "drop or fill")
    assert_refused(net, Frame([[1.0, 2.0]]), "x[0] has 2 numbers, expected 3")
    assert_refused(net, Tensor(1.0), "x: expected rows of numbers, got 1.0")
    assert_refused(net, Tensor([[[1.0, 2.0, 3.0]]]), "x[0][0] is a list of 3")


def test_predict_fills_a_buffer_of_doubles_and_returns_it(net):
    rows = table_of(FLOATS)
    expected = [value for row in net.predict(rows) for value in row]
    flat = array.array("d", [7.0] * 10)
    assert net.predict(rows, out=flat) is flat
    assert bits([flat]) == bits([expected])
    matrix = as_matrix(array.array("d", [7.0] * 10), 2)
    net.predict(rows, out=matrix)
    assert bits(matrix.tolist()) == bits(net.predict(rows))
    part = array.array("d", [7.0] * 12)
    net.predict(rows, out=memoryview(part)[1:11])
    assert bits([part]) == bits([[7.0] + expected + [7.0]])


def test_predict_may_fill_the_very_buffer_it_reads(net):
    square = Network(2, [Dense(2)], seed=1, backend=net.backend)
    numbers = array.array("d", [0.5, 1.5, -2.5, 3.5])
    expected = square.predict(table_of(numbers, 2))
    square.predict(numbers, out=numbers)
    assert bits(table_of(numbers, 2)) == bits(expected)


def test_purenet_never_imports_numpy():
    script = """
import array, sys
import purenet
net = purenet.Network(3, [purenet.Dense(4, "sigmoid"), purenet.Dense(1)])
x = array.array("f", [0.5] * 12)
net.fit(x, [0.0, 1.0, 1.0, 0.0], epochs=2)
net.predict(x, out=array.array("d", [0.0] * 4))
net.evaluate(x, array.array("d", [0.0] * 4))
net.digest()
print([name for name in sys.modules if name.split(".")[0] == "numpy"])
"""
    run = subprocess.run([sys.executable, "-c", script], stdout=subprocess.PIPE, env=environment(), check=True)
    assert run.stdout.decode().strip() == "[]"


def environment():
    """This process's environment with the package's folder on the path."""
    folder = os.path.dirname(os.path.dirname(os.path.abspath(purenet.__file__)))
    return dict(os.environ, PYTHONPATH=folder)
