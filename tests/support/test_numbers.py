"""Check the numbers of numbers.py against the hardware, results computed by hand, and known derivatives."""
import math
import operator
import random

import pytest

from purenet import SGD, Dense, Network
from purenet.layers.activations import ACTIVATION_SETTINGS
from purenet.reference import elementary, matrix
from purenet.reference.elementary import ROUND, split, square_root
from purenet.reference.training import batch_gradients, updated
from tests.support import numbers
from tests.support.numbers import Dual, Exact, bits, double, exact, expression, first_difference, place_of, recording
from tests.support.oracle import SIZES, assert_same_bits, hostile

LARGEST = double(0x7FEFFFFFFFFFFFFF)
SPECIAL = [
    0.0, math.ldexp(1.0, -1074), math.ldexp(1.0, -1022), math.ldexp(1.0, -537), 1.0, 3.0, LARGEST, math.inf, math.nan,
]
OPERATIONS = [operator.add, operator.sub, operator.mul, operator.truediv]


def number(stream):
    """Draw a double of any kind and size, often close to a special value."""
    kind = stream.randrange(6)
    if kind == 0:
        size = stream.choice(SPECIAL)
    elif kind == 1:
        size = double(stream.randrange(0x7FF << 52))  # every exponent is equally likely
    elif kind == 2:
        size = double(stream.getrandbits(stream.randint(1, 52)))  # subnormal
    elif kind == 3:
        size = double((stream.randint(1, 2045) << 52) + stream.randint(-2, 2))  # next to a power of two
    elif kind == 4:
        size = math.ldexp(stream.getrandbits(27) | 1, stream.randint(-1000, 900))  # products end in a half
    else:
        size = stream.gauss(0.0, 1.0) * 10.0 ** stream.randint(-20, 20)
    return stream.choice([-size, size])


def partner(stream, x):
    """Draw a second operand, often so that the result is close to a rounding boundary."""
    kind = stream.randrange(6)
    if kind < 2 or x == 0.0 or not math.isfinite(x):
        return number(stream)
    _, n = math.frexp(x)
    near = stream.choice([-1.0, 1.0]) * double((0x3FF << 52) + stream.randint(-2, 2))  # 1.0 or next to it
    if kind == 2:
        return x * near  # differences cancel, quotients are near 1
    if kind == 3:
        return math.ldexp(near, max(n - 54 - stream.randint(0, 1), -1074))  # about half of the last bit of x
    if kind == 4:
        exponent = 1022 + stream.randint(0, 60)
        return math.ldexp(near, min(stream.choice([-exponent - n, n + exponent]), 1023))  # x * y or x / y is subnormal
    return math.ldexp(near * stream.choice([1.0, 1.5]), max(min(1024 - n, 1023), -1074))  # the product is about 2**1024


def pairs(count, seed):
    stream = random.Random(seed)
    for _ in range(count):
        x = number(stream)
        y = partner(stream, x)
        yield (x, y) if stream.random() < 0.7 else (y, x)


def outcome(operation, *operands):
    """Return the bits of a result, equal for every NaN, or the name of the error."""
    try:
        result = float(operation(*operands))
    except (ArithmeticError, ValueError) as error:
        return type(error).__name__
    return hex(bits(result)) if result == result else "not a number"


def differences(operation, count=4000, seed=0):
    """Return the operands on which Exact and the hardware differ."""
    return [(x, y) for x, y in pairs(count, seed) if outcome(operation, x, y) != outcome(operation, exact(x), exact(y))]


# Exact ---------------------------------------------------------------------------------------------

@pytest.mark.parametrize("operation", OPERATIONS)
def test_exact_gives_the_bits_of_the_hardware(operation):
    assert differences(operation) == []


@pytest.mark.parametrize("operation", OPERATIONS)
def test_exact_gives_the_bits_of_the_hardware_on_every_pair_of_special_numbers(operation):
    signed = SPECIAL + [-x for x in SPECIAL]
    for x in signed:
        for y in signed:
            assert outcome(operation, x, y) == outcome(operation, exact(x), exact(y)), (x, y)


@pytest.mark.parametrize("operation", OPERATIONS)
def test_exact_takes_floats_and_whole_numbers_on_either_side(operation):
    for x, y in pairs(500, 1):
        assert outcome(operation, x, exact(y)) == outcome(operation, exact(x), y) == outcome(operation, x, y)
    stream = random.Random(2)
    for x, _ in pairs(500, 3):
        n = stream.choice([-1, 1]) * stream.getrandbits(stream.randint(1, 80))
        assert outcome(operation, exact(x), n) == outcome(operation, x, n)
        assert outcome(operation, n, exact(x)) == outcome(operation, n, x)


def test_exact_square_root_gives_the_bits_of_the_hardware():
    for x, y in pairs(4000, 4):
        for square in (x, x * x, y * y, y * y * double(bits(1.0) + 1), y * y * double(bits(1.0) - 1)):
            assert outcome(square_root, exact(square)) == outcome(square_root, square), square


def test_exact_negation_and_conversion_keep_the_bits():
    for x, _ in pairs(4000, 5):
        assert outcome(operator.neg, exact(x)) == outcome(operator.neg, x)
        assert outcome(float, exact(x)) == outcome(float, x)
        assert outcome(int, exact(x)) == outcome(int, x)


def test_exact_compares_and_hashes_as_floats_do():
    relations = [operator.lt, operator.le, operator.eq, operator.ne, operator.gt, operator.ge]
    for x, y in pairs(4000, 6):
        for holds in relations:
            assert holds(exact(x), exact(y)) is holds(exact(x), y) is holds(x, exact(y)) is holds(x, y), (x, y)
        if x == x:
            assert hash(exact(x)) == hash(x)
            assert {x: "found"}[exact(x)] == "found"
        assert bool(exact(x)) is bool(x)


def test_exact_and_dual_split_as_frexp_does():
    for x, _ in pairs(4000, 7):
        if math.isfinite(x) and x != 0.0:
            m, n = split(exact(x))
            assert_same_bits([float(m), float(n)], list(map(float, math.frexp(x))))
            dual_m, dual_n = split(Dual(x, 0.0))
            assert_same_bits([dual_m.value, float(dual_n)], list(map(float, math.frexp(x))))


def half_up(mantissa, excess):
    return mantissa + (1 << excess - 1) >> excess


def towards_zero(mantissa, excess):
    return mantissa >> excess


def twice(mantissa, excess):
    """Round to 64 bits first, as an x87 unit does."""
    first = mantissa.bit_length() - 64
    if 0 < first < excess:
        mantissa = mantissa + (1 << first - 1) - 1 + (mantissa >> first & 1) >> first
        excess -= first
    return mantissa + (1 << excess - 1) - 1 + (mantissa >> excess & 1) >> excess


@pytest.mark.parametrize("broken", [half_up, towards_zero, twice])
def test_operands_find_a_rounding_that_is_wrong(broken, monkeypatch):
    right = numbers.rounded

    def rounded(sign, mantissa, exponent):
        excess = max(mantissa.bit_length() - 53, numbers.LEAST - exponent)
        if excess <= 0:
            return right(sign, mantissa, exponent)
        return right(sign, broken(mantissa, excess), exponent + excess)

    monkeypatch.setattr(numbers, "rounded", rounded)
    for operation in (operator.add, operator.mul, operator.truediv):
        assert differences(operation), operation


@pytest.mark.parametrize("operation", OPERATIONS)
def test_operands_find_a_flush_of_subnormals_to_zero(operation, monkeypatch):
    right = numbers.rounded

    def rounded(sign, mantissa, exponent):
        result = right(sign, mantissa, exponent)
        return right(sign, 0, 0) if result.mantissa and result.mantissa < 1 << 52 else result

    monkeypatch.setattr(numbers, "rounded", rounded)
    assert differences(operation)


# Recorder ------------------------------------------------------------------------------------------

A, B, C = recording("a", 0.3), recording("b", -7.1), recording("c", 5e-324)


def table(name, rows):
    """Return the numbers of a table as inputs name0, name1, ..., row by row."""
    return [[recording(f"{name}{i * len(row) + j}", x) for j, x in enumerate(row)] for i, row in enumerate(rows)]


@pytest.mark.parametrize("x, text", [
    (A, "a"),
    (0.1, "0.1"),
    (A + B, "a+b"),
    (1.5 - A, "1.5-a"),
    (A * 3, "a*3.0"),
    (-A / B, "(neg a)/b"),
    (A * B + C, "(a*b)+c"),
    (A * (B + C), "a*(b+c)"),
    (0.0 + A * B - -0.0, "(0.0+(a*b))--0.0"),
    ((A * B) + (A * B), "t1 = a*b; t1+t1"),
    (square_root(A + 1.0), "sqrt (a+1.0)"),
    (split(A)[0] * split(A)[1], "(mantissa a)*(exponent a)"),
])
def test_recorder_names_the_expression_of_a_result(x, text):
    assert expression(x) == text


@pytest.mark.parametrize("operation", OPERATIONS)
def test_recorder_gives_the_bits_of_floats(operation):
    for x, y in pairs(500, 8):
        expected = outcome(operation, x, y)
        assert outcome(operation, recording("x", x), recording("y", y)) == expected
        assert outcome(operation, recording("x", x), y) == outcome(operation, x, recording("y", y)) == expected


def test_recorder_does_not_let_an_expression_get_lost():
    for lost in (abs, round, operator.pos, lambda x: x ** 2, lambda x: 2.0 ** x, lambda x: x % 1.0, lambda x: 1.0 // x):
        with pytest.raises(TypeError):
            lost(A)


@pytest.mark.parametrize("activation", sorted(set(ACTIVATION_SETTINGS) - {"linear"}))
@pytest.mark.parametrize("kind", [exact, lambda x: recording("number", x)], ids=["Exact", "Recorder"])
def test_a_training_step_gives_the_bits_of_floats(activation, kind):
    stream = random.Random(activation)
    net = Network(3, [Dense(11, "softplus"), Dense(2, activation)], loss="huber", init="randn",
                  optimizer=SGD(0.3, momentum=0.7))
    x, y = hostile(stream, 5, 3, 1), hostile(stream, 5, 2, 1)
    weights = [stream.gauss(0.0, 1.0) ** 2 for _ in x]
    parameters = [values if isinstance(values[0], list) else [values] for _, values in net.parameters()]
    numbers_kept = [[hostile(stream, len(values), len(values[0]))] for values in parameters]

    def step(convert):
        own = [[[convert(w) for w in row] for row in values] for values in parameters]
        losses, gradients, _ = batch_gradients(net.plan, own, x, y, weights)
        return losses, gradients, updated(net.plan, own, numbers_kept, gradients, sum(weights), 0.3)

    def floats(nested):
        return [floats(part) for part in nested] if isinstance(nested, (list, tuple)) else float(nested)

    assert_same_bits(floats(step(kind)), floats(step(float)))


def swapped(start, left, right):
    """Return the product with the factors of one term swapped."""
    result = matrix.multiply_cells(start, left, right)
    total = start[1]
    for k in range(len(right)):
        total += right[k][1] * left[0][k] if k == 2 else left[0][k] * right[k][1]
    result[0][1] = total
    return result


def reversed_sum(start, left, right):
    return matrix.multiply_cells(start, [row[::-1] for row in left], right[::-1])


@pytest.mark.parametrize("broken, cell, place", [
    (swapped, (0, 1), ("x2*w5", "w5*x2")),
    (reversed_sum, (1, 0), ("x4*w0", "x7*w6")),
])
def test_recorder_finds_the_operation_in_which_a_product_differs(broken, cell, place):
    stream = random.Random(9)
    start = table("b", hostile(stream, 1, 2))[0]
    x, w = table("x", hostile(stream, 2, 4)), table("w", hostile(stream, 4, 2))
    right, wrong = matrix.multiply_cells(start, x, w), broken(start, x, w)
    i, j = cell
    assert first_difference(right[i][j], wrong[i][j]) == place
    assert first_difference(right[i][j], right[i][j]) is None


def test_recorder_tells_constants_apart_by_their_bits():
    assert first_difference(A + 0.0, A + -0.0) == ("a+0.0", "a+-0.0")
    assert first_difference(A * 0.1, A * (0.3 / 3.0)) == ("a*0.1", "a*0.09999999999999999")
    assert first_difference(square_root(A + C), square_root(A - C)) == ("a+c", "a-c")
    assert first_difference(A, B) == ("a", "b")


@pytest.mark.parametrize("terms", SIZES)
def test_the_forms_of_the_product_have_the_same_expressions(terms):
    stream = random.Random(terms)
    for rows, columns in [(1, 1), (1, 12), (2, 11), (3, 2), (4, 5)]:
        start = table("b", hostile(stream, 1, columns))[0]
        left, right = table("x", hostile(stream, rows, terms)), table("w", hostile(stream, terms, columns))
        cells, by_rows = matrix.multiply_cells(start, left, right), matrix.multiply_rows(start, left, right)
        assert [list(map(place_of, row)) for row in cells] == [list(map(place_of, row)) for row in by_rows]


# Dual ----------------------------------------------------------------------------------------------

def sigmoid_of(x):
    return 1.0 / (1.0 + math.exp(-x))


DERIVATIVES = {
    "exp": (math.exp, -30.0, 30.0),
    "expm1": (math.exp, -30.0, 30.0),
    "sigmoid": (lambda x: sigmoid_of(x) * sigmoid_of(-x), -30.0, 30.0),
    "tanh": (lambda x: 1.0 / math.cosh(x) ** 2, -8.0, 8.0),
    "log": (lambda x: 1.0 / x, 1e-9, 60.0),
    "log1p": (lambda x: 1.0 / (1.0 + x), -0.99, 60.0),
    "softplus": (sigmoid_of, -30.0, 30.0),
    "cos": (lambda x: -math.sin(x), -30.0, 30.0),
}


@pytest.mark.parametrize("name", DERIVATIVES)
def test_dual_differentiates_the_elementary_functions(name):
    known, low, high = DERIVATIVES[name]
    stream = random.Random(name)
    for _ in range(500):
        x, inner = stream.uniform(low, high), stream.gauss(0.0, 1.0)
        result = getattr(elementary, name)(Dual(x, inner))
        assert_same_bits(result.value, getattr(elementary, name)(x))
        assert result.derivative == pytest.approx(known(x) * inner, rel=1e-12, abs=1e-14)


def test_dual_differentiates_arithmetic_powers_and_roots():
    stream = random.Random(10)
    for _ in range(500):
        x, y, p = stream.uniform(0.1, 5.0), stream.gauss(0.0, 1.0), stream.uniform(-3.0, 3.0)
        dual = Dual(x, 1.0)
        for result, derivative in [
            (y + dual, 1.0), (y - dual, -1.0), (dual - y, 1.0), (y * dual, y), (-dual, -1.0), (dual * dual, 2.0 * x),
            (y / dual, -y / x / x), (dual / y, 1.0 / y), (dual / (dual + 7.0), 7.0 / (x + 7.0) ** 2),
            (square_root(dual), 0.5 / math.sqrt(x)),
            (elementary.power(dual, p), p * x ** (p - 1.0)),
            (elementary.power(x, Dual(p, 1.0)), math.log(x) * x ** p),
        ]:
            assert result.derivative == pytest.approx(derivative, rel=1e-12)


def test_dual_does_not_differentiate_rounding_to_a_whole_number():
    assert dual_parts(Dual(2.7, 1.0) + ROUND - ROUND) == (3.0, 0.0)
    assert dual_parts(Dual(2.7, 1.0) - (Dual(2.7, 1.0) + ROUND - ROUND)) == (2.7 - 3.0, 1.0)


def dual_parts(x):
    return (x.value, x.derivative) if isinstance(x, Dual) else (x, 0.0)


def test_the_numbers_show_what_they_are():
    assert repr(exact(-0.1)) == "exact(-0.1)"
    assert isinstance(eval(repr(exact(0.1))), Exact)
    assert repr(Dual(0.5, -1.0)) == "Dual(0.5, -1.0)"
    assert repr(A * 3.0) == f"<{0.3 * 3.0!r}: a*3.0>"
