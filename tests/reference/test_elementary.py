"""The elementary functions: special values, no exceptions, and errors in ulp as tools/accuracy measures them."""
import math
import types
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from purenet.reference import elementary
from purenet.reference.elementary import cos, exp, expm1, log, log1p, power, sigmoid, softplus, square_root, tanh
from tests.support.oracle import assert_same_bits, bits

INF = math.inf
LARGEST = math.ldexp(1 - 2**-53, 1024)
LEAST = 5e-324
NORMAL = math.ldexp(1.0, -1022)
FUNCTIONS = [cos, exp, expm1, log, log1p, sigmoid, softplus, tanh]
named = {"ids": lambda value: getattr(value, "__name__", None)}

every_float = st.floats(allow_nan=False, allow_infinity=False)
deterministic = settings(derandomize=True, database=None, deadline=None, max_examples=500)


def same(a, b):
    return bits(a) == bits(b)


# special values ------------------------------------------------------------------------------------

@pytest.mark.parametrize("function, x, expected", [
    (exp, 0.0, 1.0), (exp, -0.0, 1.0), (exp, 1.0, math.e), (exp, INF, INF), (exp, -INF, 0.0), (exp, LEAST, 1.0),
    (expm1, 0.0, 0.0), (expm1, INF, INF), (expm1, -INF, -1.0), (expm1, LEAST, LEAST), (expm1, -60.0, -1.0),
    (log, 1.0, 0.0), (log, 0.0, -INF), (log, -0.0, -INF), (log, INF, INF),
    (log1p, 0.0, 0.0), (log1p, -1.0, -INF), (log1p, INF, INF), (log1p, LEAST, LEAST), (log1p, -LEAST, -LEAST),
    (sigmoid, 0.0, 0.5), (sigmoid, -0.0, 0.5), (sigmoid, INF, 1.0), (sigmoid, -INF, 0.0), (sigmoid, 40.0, 1.0),
    (tanh, 0.0, 0.0), (tanh, INF, 1.0), (tanh, -INF, -1.0), (tanh, 20.0, 1.0), (tanh, -20.0, -1.0),
    (tanh, LEAST, LEAST), (tanh, -LEAST, -LEAST),
    (softplus, INF, INF), (softplus, -INF, 0.0), (softplus, 800.3, 800.3), (softplus, LARGEST, LARGEST),
    (cos, 0.0, 1.0), (cos, -0.0, 1.0), (cos, LEAST, 1.0),
], **named)
def test_special_values(function, x, expected):
    assert_same_bits(function(x), expected)


@pytest.mark.parametrize("x, y, expected", [
    (0.0, 0.0, 1.0), (3.7, 0.0, 1.0), (INF, 0.0, 1.0), (1.0, 3.3e200, 1.0), (1.0, -INF, 1.0), (0.0, 2.5, 0.0),
    (0.0, -2.5, INF), (INF, 2.5, INF), (INF, -2.5, 0.0), (0.7, INF, 0.0), (1.7, INF, INF), (1.0, 1.0, 1.0),
])
def test_special_values_of_power(x, y, expected):
    assert_same_bits(power(x, y), expected)


@pytest.mark.parametrize("function", FUNCTIONS, **named)
def test_not_a_number_stays_one(function):
    assert math.isnan(function(math.nan))


@pytest.mark.parametrize("function, x", [
    (log, -LEAST), (log, -1.7), (log, -INF), (log1p, -1.0000000000000002), (log1p, -LARGEST), (log1p, -INF),
    (cos, INF), (cos, -INF), (cos, 1048576.5),
], **named)
def test_where_nothing_is_defined_comes_not_a_number(function, x):
    assert math.isnan(function(x))


def test_exp_overflows_where_it_must_and_only_there():
    assert exp(709.782712893384) < INF  # log of the largest double, rounded down
    assert exp(709.7827128933841) == INF
    assert exp(710.1) == exp(1e300) == exp(LARGEST) == INF
    assert expm1(709.782712893384) < INF == expm1(709.7827128933841)


def test_exp_underflows_gradually_and_reaches_zero_where_it_must():
    x, last = -708.3, exp(-708.3)
    assert last > NORMAL
    while last > LEAST:
        x -= 0.11
        assert 0.0 < exp(x) <= last
        last = exp(x)
    assert same(exp(-745.1332191019411), LEAST)
    assert same(exp(-745.1332191019412), 0.0)
    assert same(exp(-LARGEST), 0.0)


def test_the_small_ends_of_sigmoid_and_softplus_are_those_of_exp():
    for x in [-40.3, -708.1, -708.9, -720.7, -744.9, -745.1, -746.3]:
        assert_same_bits(softplus(x), log1p(exp(x)))
        assert abs(sigmoid(x) - exp(x)) <= math.ulp(exp(x))
    assert sigmoid(-745.1) == softplus(-745.1) == LEAST
    assert same(sigmoid(-746.3), 0.0) and same(softplus(-746.3), 0.0)


# any number ----------------------------------------------------------------------------------------

@deterministic
@given(x=every_float)
@example(x=LARGEST)
@example(x=-LARGEST)
@example(x=NORMAL)
def test_no_number_raises_an_exception_and_every_value_lies_where_it_should(x):
    assert 0.0 <= exp(x)
    assert -1.0 <= expm1(x)
    assert 0.0 <= sigmoid(x) <= 1.0
    assert -1.0 <= tanh(x) <= 1.0
    assert max(x, 0.0) <= softplus(x)
    assert math.isnan(log(x)) if x < 0.0 else -745.0 < log(x) < 709.79 or x == 0.0
    assert math.isnan(log1p(x)) if x < -1.0 else log1p(x) <= max(x, 0.0) or x < 1.0
    assert -1.0 <= cos(x) <= 1.0 if abs(x) <= 1048576.0 else math.isnan(cos(x))


@deterministic
@given(x=every_float, y=every_float)
def test_no_pair_of_numbers_raises_an_exception(x, y):
    value = power(x, y)
    assert value >= 0.0 if x >= 0.0 or y == 0.0 else math.isnan(value)


@deterministic
@given(x=st.floats(0.0, LARGEST))
def test_square_root_is_that_of_ieee_754(x):
    assert_same_bits(square_root(x), math.sqrt(x))


@deterministic
@given(x=every_float)
def test_cos_is_even(x):
    assert cos(-x) == cos(x) or abs(x) > 1048576.0


@deterministic
@given(x=st.floats(-800.0, 800.0))
def test_a_power_of_two_met_before_changes_no_bit(x):
    for function in (exp, expm1, sigmoid, tanh):
        elementary.POWERS.clear()
        first = function(x)
        assert_same_bits(function(x), first)


def test_constants_are_what_they_stand_for():
    assert same(elementary.LN2_HIGH + elementary.LN2_LOW, math.log(2.0))
    assert elementary.LN2_HIGH * 2**40 == int(elementary.LN2_HIGH * 2**40)
    assert same(elementary.HALF_PI_HIGH + elementary.HALF_PI_MIDDLE + elementary.HALF_PI_LOW, math.pi / 2)
    assert elementary.ROUND == 2.0**52 + 2.0**51
    assert elementary.SMALL_M < math.sqrt(0.5) < elementary.SMALL_M * 2.0 < math.sqrt(2.0) * 1.001


# accuracy ------------------------------------------------------------------------------------------

BOUNDS = {"exp": 1, "log": 1, "softplus": 2, "sigmoid": 3, "tanh": 3}
# what the others reach today
REACHED = {"expm1": 3, "log1p": 2, "cos": 2}


@pytest.fixture(scope="module")
def accuracy():
    pytest.importorskip("mpmath")
    from tools.accuracy import elementary as accuracy

    return accuracy


@pytest.mark.full
@pytest.mark.once
@pytest.mark.parametrize("name", [*BOUNDS, *REACHED])
def test_the_error_is_within_its_bound(accuracy, name):
    assert accuracy.FUNCTIONS[name][0] == BOUNDS.get(name)
    worst, where, _ = accuracy.measure((name, 20000 if name in BOUNDS else 5000, "test"))
    assert worst <= {**BOUNDS, **REACHED}[name], f"{worst} ulp at {where!r}"


def test_every_function_is_measured(accuracy):
    assert sorted(accuracy.FUNCTIONS) == sorted(BOUNDS.keys() | REACHED.keys())


@pytest.mark.parametrize("name, right, wrong", [
    ("exp", "762123384785 / (1 << 40)", "762123384784 / (1 << 40)"),
    ("exp", "912485920509646", "912485320509646"),
    ("exp", "1 / 15120 ", "1 / 15121 "),
    ("exp", "1 / 24088000", "1 / 24388000"),
    ("exp", "3 << 51", "1 << 51"),
    ("log", "2 / 7 ", "2 / 7.0001 "),
    ("log", "133255 / 1000000", "133355 / 1000000"),
    ("log", "912485920509646", "902485920509646"),
    ("sigmoid", "1 / 360 ", "1 / 361 "),
    ("sigmoid", "1 / 604805", "1 / 614805"),
    ("tanh", "1 / 15120 ", "1 / 15121 "),
    ("softplus", "2 / 5 ", "2 / 5.001 "),
    ("softplus", "123475 / 1000000", "133475 / 1000000"),
    ("cos", "1 / 479001600", "1 / 479001"),
    ("cos", "2688052912830521", "2688052912830"),
])
def test_a_wrong_constant_exceeds_the_bound(accuracy, monkeypatch, name, right, wrong):
    source = Path(elementary.__file__).read_text()
    assert right in source
    broken = types.ModuleType("broken")
    exec(source.replace(right, wrong), vars(broken))
    monkeypatch.setattr(accuracy, "elementary", broken)
    worst, _, _ = accuracy.measure((name, 3000, "test"))
    assert worst > {**BOUNDS, **REACHED}[name]
