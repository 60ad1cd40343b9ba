"""Arrays of NumPy, of every format and layout: each is taken with exactly its values or refused by name."""
import pytest

from purenet import SGD, Conv2D, Dense, Network
from tests.core.test_buffers import COLUMNS, FLOATS, assert_refused, assert_taken_as, bits, net, table_of, whole_numbers

numpy = pytest.importorskip("numpy")

__all__ = ["net"]  # the fixture
ROWS = 5
FORMATS = [
    order + kind + str(size)
    for kind, sizes in (("f", (2, 4, 8)), ("i", (1, 2, 4, 8)), ("u", (1, 2, 4, 8))) for size in sizes
    for order in ("<", ">")
] + ["?", "longlong", "ulonglong", "intp", "uintp"]


def matrix_of(code):
    """A ROWS x COLUMNS array with the extremes of its format."""
    kind = numpy.dtype(code)
    if kind.kind in "iu":
        values = numpy.array(whole_numbers(8 * kind.itemsize, kind.kind == "i"), dtype=kind)
    elif kind.kind == "b":
        values = numpy.array([True, False, False] * ROWS)
    else:
        limits = numpy.finfo(kind)
        large, small = limits.max / 8, limits.tiny
        numbers = [0.1, -0.0, 1.0, large, -large, small, small / 4, -2.5, 1 / 3, 0, 1, 2, 3, 4, 5]
        values = numpy.array(numbers, dtype=kind)
    return values.reshape(ROWS, COLUMNS)


LAYOUTS = [
    ("as it is", lambda a: a),
    ("Fortran order", lambda a: numpy.asfortranarray(a)),
    ("transposed", lambda a: a.T.copy().T),
    ("every second row", lambda a: numpy.repeat(a, 2, axis=0)[::2]),
    ("every third column", lambda a: numpy.repeat(a, 3, axis=1)[:, ::3]),
    ("rows backwards", lambda a: a[::-1]),
    ("columns backwards", lambda a: a[:, ::-1]),
    ("both backwards by 2", lambda a: numpy.repeat(numpy.repeat(a, 2, axis=0), 2, axis=1)[::-2, ::-2]),
    ("one row for all", lambda a: numpy.broadcast_to(a[0], a.shape)),
    ("read-only", lambda a: frozen(a)),
    ("unaligned", lambda a: unaligned(a)),
    ("one row", lambda a: a[:1]),
    ("a flat one", lambda a: a.ravel()),
    ("a flat one with steps", lambda a: numpy.repeat(a.ravel(), 2)[::-2]),
    ("rows of a list", lambda a: list(a)),
    ("rows of a list, backwards", lambda a: [row[::-1] for row in a]),
    ("objects", lambda a: a.astype(object)),
]


def frozen(a):
    a = a.copy()
    a.flags.writeable = False
    return a


def unaligned(a):
    memory = numpy.zeros(a.nbytes + 1, dtype=numpy.uint8)
    moved = memory[1:].view(a.dtype).reshape(a.shape)
    moved[...] = a
    return moved


@pytest.mark.parametrize("layout", [case[1] for case in LAYOUTS], ids=[case[0] for case in LAYOUTS])
@pytest.mark.parametrize("code", FORMATS)
def test_arrays_are_taken_with_exactly_their_values(net, code, layout):
    given = layout(matrix_of(code))
    values = numpy.array(given).reshape(-1, COLUMNS).tolist()
    assert_taken_as(net, given, values)


def test_scalars_of_numpy_are_numbers_and_its_whole_numbers_are_settings(net):
    x = [[numpy.float32(0.1), numpy.int8(-3), numpy.bool_(True)], [numpy.float16(0.3), numpy.uint64(2**64 - 1), 1]]
    assert_taken_as(net, x, [[float(value) for value in row] for row in x])
    assert_taken_as(net, [[numpy.array(0.5), 1.0, numpy.float64(2.0)]], [[0.5, 1.0, 2.0]])
    network = Network(numpy.int64(3), [Dense(numpy.int32(1))], optimizer=SGD(numpy.float32(0.5)), seed=numpy.uint32(7))
    assert network.seed == 7 and type(network.seed) is int
    one = network.evaluate([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], [numpy.array(1.0), numpy.array(2.0)])
    assert one == network.evaluate([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], [1.0, 2.0])


REFUSED = [
    ("long double", lambda: numpy.zeros((2, 3), "longdouble"), ["format 'g'", "float64"]),
    ("complex64", lambda: numpy.zeros((2, 3), "complex64"), ["format 'Zf'"]),
    ("complex128", lambda: numpy.zeros((2, 3), "complex128"), ["format 'Zd'"]),
    ("long complex", lambda: numpy.zeros((2, 3), "clongdouble"), ["format 'Zg'"]),
    ("datetime", lambda: numpy.zeros((2, 3), "datetime64[s]"), ["cannot be read as numbers", "'M'"]),
    ("timedelta", lambda: numpy.zeros((2, 3), "timedelta64[s]"), ["cannot be read as numbers", "'m'"]),
    ("text", lambda: numpy.array([["1", "2", "3"]]), ["format '1w'"]),
    ("bytes", lambda: numpy.array([[b"1", b"2", b"3"]]), ["format '1s'"]),
    ("raw memory", lambda: numpy.zeros((2, 3), "V8"), ["format '8x'"]),
    ("records", lambda: numpy.zeros(3, [("a", "f8"), ("b", "f8")]), ["format 'T{"]),
    ("masked", lambda: numpy.ma.masked_array([[1.0, 2.0, 3.0]], mask=[[0, 1, 0]]), ["masked", "fill or drop"]),
    ("objects with None", lambda: numpy.array([[1.0, None, 2.0]], dtype=object), ["[0][1] is None", "drop or fill"]),
    ("objects with text", lambda: numpy.array([[1.0, "2", 2.0]], dtype=object), ["[0][1] is '2'"]),
    ("ragged objects", lambda: numpy.array([[1.0, 2.0, 3.0], [1.0]], dtype=object), ["[1] has 1 number, expected 3"]),
    ("nan", lambda: numpy.array([[1.0, 2.0, numpy.nan]], dtype="f4"), ["[0][2] is nan", "finite"]),
    ("infinity", lambda: numpy.array([[1.0, -numpy.inf, 2.0]], dtype="f2"), ["[0][1] is -inf", "finite"]),
    ("three dimensions", lambda: numpy.zeros((2, 3, 3)), ["dimensions|[0][0] is a list of 3"]),
    ("no rows", lambda: numpy.zeros((0, 3)), ["empty"]),
    ("no columns", lambda: numpy.zeros((2, 0)), ["[0] has 0 numbers, expected 3"]),
    ("another width", lambda: numpy.zeros((2, 4)), ["[0] has 4 numbers, expected 3"]),
]


@pytest.mark.parametrize("make, words", [case[1:] for case in REFUSED], ids=[case[0] for case in REFUSED])
@pytest.mark.parametrize("rows", [False, True], ids=["as an array", "as rows of a list"])
def test_arrays_of_other_kinds_are_refused_by_name(net, make, words, rows):
    given = list(make()) if rows else make()
    with pytest.raises((TypeError, ValueError)) as caught:
        net.predict(given)
    text = str(caught.value)
    for word in words:
        assert any(choice in text for choice in word.split("|"))
    assert text.startswith("x") and len(text) < 300 and "\n" not in text


CELLS = [
    ("complex64", lambda: numpy.complex64(1), "real part"),
    ("complex128", lambda: numpy.complex128(1), "real part"),
    ("long complex", lambda: numpy.clongdouble(1), "real part"),
    ("datetime", lambda: numpy.datetime64("2020-01-01"), "expected a number"),
    ("timedelta", lambda: numpy.timedelta64(5, "s"), "expected a number"),
    ("text", lambda: numpy.str_("1"), "turn text into numbers"),
    ("bytes", lambda: numpy.bytes_(b"1"), "turn text into numbers"),
    ("raw memory", lambda: numpy.void(b"12345678"), "expected a number"),
    ("an array of one", lambda: numpy.array([1.0]), "bracket"),
]


@pytest.mark.parametrize("make, word", [case[1:] for case in CELLS], ids=[case[0] for case in CELLS])
def test_scalars_of_other_kinds_are_refused_by_name(net, make, word):
    assert_refused(net, [[0.0, make(), 1.0]], "x[0][1] is", word)


@pytest.mark.parametrize("value", ["True_", "array of 2", "float"])
def test_settings_that_are_no_whole_numbers_are_refused(value):
    given = {"True_": numpy.bool_(True), "array of 2": numpy.array([1, 2]), "float": numpy.float64(3.0)}[value]
    with pytest.raises(TypeError, match="units: expected a whole number"):
        Dense(given)


def test_predict_fills_arrays(net):
    rows = table_of(FLOATS)
    expected = bits(net.predict(rows))
    matrix = numpy.full((ROWS, 2), 7.0)
    assert net.predict(numpy.array(rows), out=matrix) is matrix
    assert bits(matrix.tolist()) == expected
    part = numpy.full((ROWS + 2, 2), 7.0)
    net.predict(rows, out=part[1:-1])
    assert bits(part.tolist()) == bits([[7.0, 7.0]]) + expected + bits([[7.0, 7.0]])


OUTS = [
    ("float32", lambda: numpy.zeros((ROWS, 2), "f4"), ["format 'f'"]),
    ("big-endian", lambda: numpy.zeros((ROWS, 2), ">f8"), ["format '>d'"]),
    ("int64", lambda: numpy.zeros((ROWS, 2), "i8"), ["native doubles"]),
    ("objects", lambda: numpy.zeros((ROWS, 2), object), ["format 'O'"]),
    ("datetime", lambda: numpy.zeros((ROWS, 2), "M8[s]"), ["native doubles"]),
    ("Fortran order", lambda: numpy.zeros((ROWS, 2), order="F"), ["not contiguous"]),
    ("every second column", lambda: numpy.zeros((ROWS, 4))[:, ::2], ["not contiguous"]),
    ("backwards", lambda: numpy.zeros((ROWS, 2))[::-1], ["not contiguous"]),
    ("read-only", lambda: frozen(numpy.zeros((ROWS, 2))), ["read-only"]),
    ("too large", lambda: numpy.zeros((ROWS, 3)), ["room for 10 numbers", "room for 15"]),
    ("no rows", lambda: numpy.zeros((0, 2)), ["room for 10 numbers", "room for 0"]),
]


@pytest.mark.parametrize("make, words", [case[1:] for case in OUTS], ids=[case[0] for case in OUTS])
def test_arrays_that_cannot_be_filled_are_refused_and_left_alone(net, make, words):
    out = make()
    before = out.copy()
    with pytest.raises((TypeError, ValueError)) as caught:
        net.predict(table_of(FLOATS), out=out)
    for word in ["out: expected"] + words:
        assert word in str(caught.value)
    assert (out == before).all()


def test_the_arrays_that_were_given_are_not_changed(net):
    x, y = numpy.array(table_of(FLOATS)) * 1e-300, numpy.ones((ROWS, 2), "f4")
    before = x.tobytes(), y.tobytes()
    Network(COLUMNS, [Dense(2)], backend=net.backend).fit(x, y, epochs=3, batch_size=2)
    assert (x.tobytes(), y.tobytes()) == before




def test_a_table_to_fill_must_have_the_outputs_shape():
    two = Network(3, [Dense(2)])
    with pytest.raises(ValueError, match=r"out: expected a shape of 4 x 2, got \(2, 4\)"):
        two.predict([[0.1, 0.2, 0.3]] * 4, out=numpy.empty((2, 4)))


@pytest.mark.parametrize("strided", [
    lambda x: x[:, ::-1], lambda x: x.transpose(0, 2, 1, 3).copy().transpose(0, 2, 1, 3), lambda x: x.astype(">f8"),
    lambda x: x.astype("float32")])
def test_images_of_any_order_are_taken(net, strided):
    images = Network((3, 4, 2), [Conv2D(2, 2), Dense(1)], seed=1, backend=net.backend)
    given = strided(numpy.arange(120.0).reshape(5, 3, 4, 2) / 7.0)
    assert bits(images.predict(given)) == bits(images.predict(given.reshape(5, 24).tolist()))


@pytest.mark.parametrize("code", ["<f8", ">f4", "u1"])
def test_parameters_images_and_targets_are_taken_as_arrays_of_as_many_dimensions(code):
    images = (numpy.arange(5 * 3 * 4 * 2).reshape(5, 3, 4, 2) % 7).astype(code)
    mine, other = [Network((3, 4, 2), [Conv2D(2, 3, padding="same")], init=init, seed=1) for init in (
        "glorot_uniform", lambda stream, shape, *_: numpy.array(other_values(shape)))]
    mine.set_parameters([(name, numpy.array(values)) for name, values in other.parameters()])
    assert mine.digest() == other.digest()
    rows = images.reshape(5, -1).astype(float).tolist()
    for given in (images, list(images), numpy.asfortranarray(images), images[::-1][::-1]):
        assert bits(mine.predict(given)) == bits(mine.predict(rows))
        assert mine.evaluate(given, given) == mine.evaluate(rows, rows)
    out = numpy.zeros((5, 3, 4, 2))
    assert bits(mine.predict(images, out=out).reshape(5, -1).tolist()) == bits(mine.predict(rows))


def other_values(shape):
    return numpy.arange(float(numpy.prod(shape))).reshape(shape) / 7
