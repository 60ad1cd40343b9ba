"""Bad data: each gets one clear error that names the place and the cure, and nothing is half-changed.

The tables give what is wrong, the value, the error, and words that its text must have; ``pytest -s -k reads_well``
prints every text. Bad settings are in test_bad_settings.py.
"""
import array
import decimal
import enum
import fractions
import warnings

import pytest

import purenet
from purenet import SGD, Dense, Network, NonFiniteError

BACKENDS = purenet.backend().available
NAN, INFINITY = float("nan"), float("inf")
X = [[0.0, 0.0, 1.0], [0.0, 1.0, 1.0], [1.0, 0.0, 1.0], [1.0, 1.0, 1.0]]
Y = [[0.0], [1.0], [1.0], [0.0]]
CLASSES = [0, 1, 2, 1]


class Raises:
    """A number whose conversion fails."""

    def __init__(self, error):
        self.error = error

    def __float__(self):
        raise self.error

    def __repr__(self):
        return "Raises()"


class NoFloat:
    """Its conversion gives text."""

    def __float__(self):
        return "1.0"


class NoRepr:
    """Cannot even be shown."""

    def __repr__(self):
        raise RuntimeError("no repr")


class LongRepr:
    """Its representation is long and has several lines."""

    def __repr__(self):
        return "line\n" * 1000


def with_cell(value, i=1, j=2):
    """X with one number replaced."""
    rows = [list(row) for row in X]
    rows[i][j] = value
    return rows


def list_in_itself():
    rows = []
    rows.append(rows)
    return rows


class Nets:
    """The networks of the tables on one backend, trained a little, so that no part of their state is trivial."""

    def __init__(self, backend):
        def made(layers, loss, y, **more):
            net = Network(3, layers, loss=loss, optimizer=SGD(0.1, momentum=0.5), seed=1, backend=backend, **more)
            net.fit(X, y, epochs=2, batch_size=3)
            return net

        self.backend = backend
        self.plain = made([Dense(4, "sigmoid"), Dense(1, "sigmoid")], "squared_error", Y)
        self.two = made([Dense(2)], "mean_squared_error", [[0.0, 1.0]] * 4)
        self.binary = made([Dense(1, "sigmoid")], "binary_cross_entropy", Y)
        self.classes = made([Dense(3, "softmax")], "categorical_cross_entropy", CLASSES)

    def state(self):
        """Every bit that a call could have changed; repr tells -0.0 from 0.0."""
        saved = []
        for net in (self.plain, self.two, self.binary, self.classes):
            state = net.__getstate__()[1]
            saved.append((
                net.digest(), repr(state.parameters), repr(state.statistics), repr(state.optimizer_numbers),
                state.stream, state.position,
            ))
        return saved


# the tables: (what is wrong, the value, the error, words its text must have) ------------------------

X_TABLE = [
    ("None", lambda: None, TypeError, ["x: expected rows of numbers, got None"]),
    ("a number", lambda: 5.0, TypeError, ["x: expected rows of numbers, got 5.0"]),
    ("text", lambda: "0 0 1", TypeError, ["x: expected rows of numbers, got '0 0 1' (str)"]),
    ("bytes", lambda: b"001", TypeError, ["x: expected rows of numbers, got b'001' (bytes)"]),
    ("bytearray", lambda: bytearray(3), TypeError, ["x: expected rows of numbers", "bytearray"]),
    ("a dict", lambda: {"a": [0, 0, 1]}, TypeError, ["x: expected rows of numbers, got a dict of 1"]),
    ("a set", lambda: {(0.0, 0.0, 1.0)}, TypeError, ["x: expected rows of numbers, got a set of 1"]),
    ("a frozenset", lambda: frozenset(), TypeError, ["x: expected rows of numbers, got a frozenset of 0"]),
    ("an object", lambda: NoRepr(), TypeError, ["x: expected rows of numbers, got an object of type NoRepr"]),
    ("a long object", lambda: LongRepr(), TypeError, ["x: expected rows of numbers", "LongRepr"]),
    ("no rows", lambda: [], ValueError, ["x is empty"]),
    ("no rows, a generator", lambda: iter([]), ValueError, ["x is empty"]),
    ("no rows, a buffer", lambda: array.array("d"), ValueError, ["x is empty"]),
    ("rows without numbers", lambda: [[], []], ValueError, ["x[0] has 0 numbers, expected 3", "3 inputs"]),
    ("a forgotten bracket", lambda: [0.0, 0.0, 1.0], ValueError, ["x: expected rows of 3", "two brackets, [[...]]"]),
    ("a bracket too many", lambda: [[[0.0, 0.0, 1.0]]], TypeError, ["x[0][0] is a list of 3", "a bracket too many"]),
    ("three dimensions", lambda: [X, X], TypeError, ["x[0][0] is a list of 3", "a bracket too many"]),
    ("ragged rows", lambda: [X[0], X[1][:2], X[2]], ValueError, ["x[1] has 2 numbers, expected 3", "3 inputs"]),
    ("rows too short", lambda: [[0.0]] * 4, ValueError, ["x[0] has 1 number, expected 3"]),
    ("rows too long", lambda: [[0.0] * 4] * 4, ValueError, ["x[0] has 4 numbers, expected 3"]),
    ("a flat buffer of another width", lambda: array.array("d", [0.0] * 4), ValueError, ["x: a flat buffer of 4", "3"]),
    ("a number for a row", lambda: [X[0], 5], TypeError, ["x[1] is 5, expected a row of 3 numbers"]),
    ("a row for a number", lambda: [5, X[0]], TypeError, ["x[1] is a list of 3, expected a number"]),
    ("None for a row", lambda: [X[0], None], TypeError, ["x[1] is None, expected a row of 3 numbers"]),
    ("None for the first row", lambda: [None, X[0]], TypeError, ["x[0] is None", "drop or fill missing values"]),
    ("a dict for a row", lambda: [X[0], {1: 2}], TypeError, ["x[1]: expected a row of 3 numbers, got a dict of 1"]),
    ("a dict for the first row", lambda: [{1: 2}], TypeError, ["x[0]: expected a row of 3 numbers, got a dict of 1"]),
    ("a set for a row", lambda: [{0.0, 1.0, 2.0}], TypeError, ["x[0]: expected a row of 3 numbers, got a set of 3"]),
    ("a frozenset for a row", lambda: [frozenset((0, 1, 2))], TypeError, ["x[0]: expected a row", "frozenset"]),
    ("text for a row", lambda: [X[0], "001"], TypeError, ["x[1] is '001' (str), expected a row of 3 numbers"]),
    ("text for the first row", lambda: ["0 0 1"], TypeError, ["x[0] is '0 0 1' (str)", "turn text into numbers"]),
    ("bytearray for a row", lambda: [X[0], bytearray(3)], TypeError, ["x[1] is bytearray", "a row of 3 numbers"]),
    ("a list in itself", list_in_itself, TypeError, ["x[0][0] is a list of 1, expected a number"]),
    ("None", lambda: with_cell(None), TypeError, ["x[1][2] is None", "drop or fill missing values first"]),
    ("text", lambda: with_cell("1.0"), TypeError, ["x[1][2] is '1.0' (str)", "turn text into numbers first"]),
    ("bytes", lambda: with_cell(b"1.0"), TypeError, ["x[1][2] is b'1.0' (bytes)", "turn text into numbers"]),
    ("complex", lambda: with_cell(1j), TypeError, ["x[1][2] is 1j (complex)", "real part"]),
    ("a list of a number", lambda: with_cell([1.0]), TypeError, ["x[1][2] is a list of 1", "bracket"]),
    ("a dict among numbers", lambda: with_cell({}), TypeError, ["x[1][2] is a dict of 0, expected a number"]),
    ("an object among numbers", lambda: with_cell(NoRepr()), TypeError, ["x[1][2] is an object of type NoRepr"]),
    ("not a number", lambda: with_cell(NAN), ValueError, ["x[1][2] is nan, expected a finite number", "drop or fill"]),
    ("infinity", lambda: with_cell(INFINITY), ValueError, ["x[1][2] is inf, expected a finite number"]),
    ("-infinity", lambda: with_cell(-INFINITY), ValueError, ["x[1][2] is -inf, expected a finite number"]),
    ("nan in a buffer", lambda: array.array("d", [0.0] * 8 + [NAN] * 4), ValueError, ["x[2][2] is nan", "finite"]),
    ("10**400", lambda: with_cell(10**400), ValueError, ["x[1][2] is too large for a double"]),
    ("10**5000", lambda: with_cell(-10**5000), ValueError, ["x[1][2] is too large for a double"]),
    ("a large fraction", lambda: with_cell(fractions.Fraction(10**400)), ValueError, ["x[1][2] is too large"]),
    ("a large decimal", lambda: with_cell(decimal.Decimal("1e400")), ValueError, ["x[1][2] is inf", "finite"]),
    ("a decimal NaN", lambda: with_cell(decimal.Decimal("NaN")), ValueError, ["x[1][2] is nan", "finite"]),
    ("a signalling NaN", lambda: with_cell(decimal.Decimal("sNaN")), TypeError, ["x[1][2]", "sNaN", "ValueError"]),
    ("__float__ raises", lambda: with_cell(Raises(KeyError("k"))), TypeError, ["x[1][2] is Raises()", "KeyError"]),
    ("__float__ divides by 0", lambda: with_cell(Raises(ZeroDivisionError())), TypeError, ["x[1][2]", "ZeroDivision"]),
    ("__float__ overflows", lambda: with_cell(Raises(OverflowError())), ValueError, ["x[1][2] is too large"]),
    ("__float__ gives text", lambda: with_cell(NoFloat()), TypeError, ["x[1][2] is an object of type NoFloat"]),
]

Y_TABLE = [
    ("None", "plain", lambda: None, TypeError, ["y: expected rows of numbers, got None"]),
    ("a number", "plain", lambda: 1.0, TypeError, ["y: expected rows of numbers, got 1.0"]),
    ("text", "plain", lambda: "0110", TypeError, ["y: expected rows of numbers", "'0110' (str)"]),
    ("a dict", "plain", lambda: {0: 1}, TypeError, ["y: expected rows of numbers, got a dict of 1"]),
    ("a set", "classes", lambda: {0, 1, 2}, TypeError, ["y: expected rows of numbers, got a set of 3"]),
    ("empty", "plain", lambda: [], ValueError, ["y is empty"]),
    ("too few rows", "plain", lambda: Y[:3], ValueError, ["x has 4 rows, y has 3", "needs its row of y"]),
    ("too many, flat", "plain", lambda: [0.0] * 5, ValueError, ["x has 4 rows, y has 5"]),
    ("too wide", "plain", lambda: [[0.0, 1.0]] * 4, ValueError, ["y[0] has 2 numbers, expected 1", "1 output"]),
    ("ragged", "two", lambda: [[0.0, 1.0], [0.0]] * 2, ValueError, ["y[1] has 1 number, expected 2", "2 outputs"]),
    ("flat for two outputs", "two", lambda: [0.0] * 4, ValueError, ["y: expected rows of 2 numbers", "flat list of 4"]),
    ("a bracket too many", "two", lambda: [[[0.0, 1.0]] * 4], TypeError, ["y[0][0] is a list of 2", "bracket"]),
    ("None among numbers", "plain", lambda: [0.0, None, 1.0, 0.0], TypeError, ["y[1] is None", "drop or fill"]),
    ("text among numbers", "plain", lambda: [[0.0], [1.0], ["1"], [0.0]], TypeError, ["y[2][0] is '1'", "turn text"]),
    ("complex", "plain", lambda: [[0.0], [1.0], [1j], [0.0]], TypeError, ["y[2][0] is 1j (complex)", "real part"]),
    ("not a number", "plain", lambda: [[0.0], [1.0], [NAN], [0.0]], ValueError, ["y[2][0] is nan", "finite"]),
    ("infinity", "two", lambda: [[0.0, 1.0]] * 3 + [[0.0, INFINITY]], ValueError, ["y[3][1] is inf", "finite"]),
    ("10**400", "plain", lambda: [0, 1, 10**400, 0], ValueError, ["y[2] is too large for a double"]),
    ("a class too high", "classes", lambda: [0, 1, 3, 1], ValueError, ["y[2] is 3.0", "class number from 0 to 2"]),
    ("a class below 0", "classes", lambda: [0, -1, 2, 1], ValueError, ["y[1] is -1.0", "class number from 0 to 2"]),
    ("a class between", "classes", lambda: [0, 1, 2, 0.5], ValueError, ["y[3] is 0.5", "class number", "each output"]),
    ("a class nan", "classes", lambda: [NAN, 1, 2, 1], ValueError, ["y[0] is nan", "class number"]),
    ("a class in words", "classes", lambda: ["cat", "dog", "cat", "dog"], TypeError, ["y[0] is 'cat' (str)"]),
    ("classes as rows", "classes", lambda: [[0], [1], [2], [1]], ValueError, ["y[0] has 1 number", "flat list"]),
    ("not adding up", "classes", lambda: [[0.5, 0.5, 0.5]] * 4, ValueError, ["y[0] adds up to 1.5", "add up to 1"]),
    ("above 1", "classes", lambda: [[2.0, -1.0, 0.0]] * 4, ValueError, ["y[0][0] is 2.0", "targets from 0 to 1"]),
    ("above 1", "binary", lambda: [0, 1, 1.5, 0], ValueError, ["y[2][0] is 1.5", "binary_cross_entropy", "0 to 1"]),
    ("below 0", "binary", lambda: [[0], [-1], [1], [0]], ValueError, ["y[1][0] is -1.0", "targets from 0 to 1"]),
    ("nan", "binary", lambda: [0, 1, NAN, 0], ValueError, ["y[2][0] is nan", "targets from 0 to 1"]),
]

WEIGHT_TABLE = [
    ("a number", lambda: 1.0, TypeError, ["sample_weight: expected a flat list of numbers, got 1.0"]),
    ("text", lambda: "1111", TypeError, ["sample_weight: expected", "'1111' (str)"]),
    ("a dict", lambda: {0: 1.0}, TypeError, ["sample_weight: expected", "a dict of 1"]),
    ("empty", lambda: [], ValueError, ["sample_weight is empty"]),
    ("too few", lambda: [1.0] * 3, ValueError, ["sample_weight: expected a flat list of 4 numbers", "list of 3"]),
    ("too many", lambda: [1.0] * 5, ValueError, ["sample_weight: expected a flat list of 4 numbers", "list of 5"]),
    ("rows", lambda: [[1.0]] * 4, ValueError, ["sample_weight: expected a flat list of 4 numbers", "got 4 rows"]),
    ("negative", lambda: [1.0, 1.0, -1.0, 1.0], ValueError, ["sample_weight[2] is -1.0", "number of at least 0"]),
    ("not a number", lambda: [1.0, NAN, 1.0, 1.0], ValueError, ["sample_weight[1] is nan", "finite"]),
    ("infinite", lambda: [1.0, 1.0, 1.0, INFINITY], ValueError, ["sample_weight[3] is inf", "finite"]),
    ("None", lambda: [1.0, None, 1.0, 1.0], TypeError, ["sample_weight[1] is None", "drop or fill"]),
    ("text in it", lambda: ["1", 1, 1, 1], TypeError, ["sample_weight[0] is '1' (str)", "turn text into numbers"]),
    ("all zero", lambda: [0.0] * 4, ValueError, ["sample_weight: all weights are 0"]),
    ("more than a double", lambda: [1e308] * 4, ValueError, ["sample_weight: the weights add up", "divide them"]),
]

# every case as (id, what to call with the networks, error, words) ----------------------------------

def data_cases():
    for what, x, error, words in X_TABLE:
        yield f"fit x {what}", lambda nets, x=x: nets.plain.fit(x(), Y), error, words
        yield f"predict x {what}", lambda nets, x=x: nets.plain.predict(x()), error, words
        yield f"predict_classes x {what}", lambda nets, x=x: nets.classes.predict_classes(x()), error, words
        yield f"evaluate x {what}", lambda nets, x=x: nets.plain.evaluate(x(), Y), error, words
        yield f"gradients x {what}", lambda nets, x=x: nets.plain.gradients(x(), Y), error, words
    for what, net, y, error, words in Y_TABLE:
        for method in ("fit", "evaluate", "gradients"):
            def call(nets, net=net, method=method, y=y):
                return getattr(getattr(nets, net), method)(X, y())
            yield f"{method} y of {net} {what}", call, error, words
    for what, weights, error, words in WEIGHT_TABLE:
        for method in ("fit", "evaluate", "gradients"):
            def call(nets, method=method, weights=weights):
                return getattr(nets.two, method)(X, [[0.0, 1.0]] * 4, sample_weight=weights())
            yield f"{method} sample_weight {what}", call, error, words
    for method in ("fit", "evaluate", "gradients"):
        for what, x, y in (
            ("lists", Y, X), ("flat y", [0.0, 1.0, 1.0, 0.0], X), ("tuples", tuple(map(tuple, Y)), tuple(X)),
        ):
            def call(nets, method=method, x=x, y=y):
                return getattr(nets.plain, method)(x, y)
            yield f"{method} x and y swapped {what}", call, ValueError, ["x", "x and y look swapped"]


CASES = list(data_cases())


def refused(call, error, words, *arguments):
    """The text of the error that the call raises, after a look at its form."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises((ValueError, TypeError)) as caught:
            call(*arguments)
    text = str(caught.value)
    assert isinstance(caught.value, error), f"{type(caught.value).__name__}: {text}"
    for word in words:
        assert word in text
    assert "\n" not in text and text == text.strip() and len(text) < 300
    return text


def refused_everywhere(everywhere, call, error, words):
    """Check that every backend refuses the call with the same text and keeps the state of its networks."""
    texts = []
    for nets in everywhere:
        before = nets.state()
        texts.append(refused(call, error, words, nets))
        assert nets.state() == before
    print(texts[0])
    assert texts == [texts[0]] * len(texts)


@pytest.fixture(scope="module")
def everywhere():
    """The networks of the tables on every backend that exists here."""
    return [Nets(backend) for backend in BACKENDS]


@pytest.mark.parametrize("call, error, words", [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_bad_data_reads_well_and_changes_nothing(everywhere, call, error, words):
    refused_everywhere(everywhere, call, error, words)


def test_bad_x_leaves_out_as_it_was(everywhere):
    for nets in everywhere:
        out = array.array("d", [7.0] * 4)
        refused(lambda: nets.plain.predict(with_cell(NAN), out=out), ValueError, ["x[1][2] is nan"])
        assert out.tolist() == [7.0] * 4


def test_numbers_that_overflow_in_training_leave_the_state_before_that_batch(everywhere):
    for nets in everywhere:
        before = nets.state()
        words = ["epoch 1, batch 1", "keeps the state"]
        print(refused(lambda: nets.two.fit(X, [[1e200, 0.0]] * 4), NonFiniteError, words))
        assert nets.state() == before


# what is taken -------------------------------------------------------------------------------------

class Level(enum.IntEnum):
    ONE = 1


class Half:
    def __float__(self):
        return 0.5


HALF, QUARTER = fractions.Fraction(1, 2), decimal.Decimal("0.25")
TAKEN = [
    ("bools and whole numbers", lambda: [[True, False, 1], [0, -3, 2**60]], [[1.0, 0.0, 1.0], [0.0, -3.0, 2.0**60]]),
    ("objects with __float__", lambda: [[HALF, QUARTER, Half()], [Level.ONE] * 3], [[0.5, 0.25, 0.5], [1.0, 1.0, 1.0]]),
    ("tuples", lambda: ((0.5, 1.5, 2.5), (1.0, 2.0, 3.0)), [[0.5, 1.5, 2.5], [1.0, 2.0, 3.0]]),
    ("ranges", lambda: [range(3), range(1, 4)], [[0.0, 1.0, 2.0], [1.0, 2.0, 3.0]]),
    ("a generator of rows", lambda: (row for row in X), X),
    ("generators in a list", lambda: [(v for v in row) for row in X], X),
    ("subnormals and the largest", lambda: [[5e-324, -0.0, 1.7e308]], [[5e-324, -0.0, 1.7e308]]),
]


@pytest.mark.parametrize("given, floats", [case[1:] for case in TAKEN], ids=[case[0] for case in TAKEN])
def test_other_kinds_of_numbers_and_rows_are_taken_as_their_floats(everywhere, given, floats):
    for nets in everywhere:
        assert repr(nets.plain.predict(given())) == repr(nets.plain.predict(floats))
