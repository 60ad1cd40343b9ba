"""The reference in exact whole-number arithmetic, rounded by IEEE-754's rules, gives the bits that floats give."""
import math
import random

import pytest

from purenet import SGD, Dense, Network
from purenet.reference import elementary
from purenet.reference.engine import Total
from purenet.reference.training import batch_gradients, updated
from tests.support.numbers import Exact, double, exact
from tests.support.oracle import assert_same_bits, bits

POINTS = 1120  # of each of the nine functions: more than 10,000 in all


# the elementary functions --------------------------------------------------------------------------

def whole_steps(*numbers):
    """Where the number n of exp's 2**n changes from n to n + 1."""
    return [(n + 0.5) / elementary.PER_LN2 for n in numbers]


EXP_BORDERS = [709.782712893384, -708.3964185322641, -745.1332191019412]  # overflow, subnormal, zero
EXP_BORDERS += whole_steps(-1081, -1080, -1075, -1024, -1023, -1022, -2, -1, 0, 1, 1019, 1020, 1023, 1024)
LOG_BORDERS = [math.ldexp(elementary.SMALL_M, n) for n in (-1073, -1022, -1, 0, 1, 2, 1000)]
LOG_BORDERS += [math.ldexp(1.0, n) for n in (-1074, -1022, -52, -1, 0, 1, 1023)]
LOG1P_BORDERS = [-1.0, -0.5, -0.25, elementary.SMALL_U, 0.5, 1.0, math.ldexp(1.0, 53), math.ldexp(1.0, 1023)]
COS_BORDERS = [1048576.0] + [n * math.pi / 4 for n in (1, 2, 3, 4, 5, 6, 7, 8, 9, 101, 667542)]

FUNCTIONS = {  # by name: the borders of its branches, and between which numbers it is neither flat nor undefined
    "exp": (EXP_BORDERS, -760.0, 720.0),
    "expm1": (EXP_BORDERS + [-50.0, 700.0], -60.0, 710.0),
    "sigmoid": (EXP_BORDERS + [-x for x in EXP_BORDERS], -760.0, 760.0),
    "tanh": ([20.0] + whole_steps(0, 1, 2, 50), -22.0, 22.0),
    "log": (LOG_BORDERS, 0.0, 10.0),
    "log1p": (LOG1P_BORDERS, -1.0, 10.0),
    "softplus": (EXP_BORDERS + [-x for x in EXP_BORDERS], -760.0, 760.0),
    "cos": (COS_BORDERS, -1100000.0, 1100000.0),
}
SPECIAL = [0.0, math.ldexp(1.0, -1074), math.ldexp(1.0, -1022), math.ldexp(1.0, 1023), math.inf, math.nan]


def neighbours(x, count=3):
    """x and so many doubles on either side of it."""
    for _ in range(count):
        x = math.nextafter(x, -math.inf)
    for _ in range(2 * count + 1):
        yield x
        x = math.nextafter(x, math.inf)


def points_of(name):
    """Borders and their neighbours first, then hostile numbers of every size."""
    stream = random.Random(name)
    borders, low, high = FUNCTIONS[name]
    points = []
    for border in SPECIAL + borders:
        for x in neighbours(border):
            points += [x, -x]
    while len(points) < POINTS:
        size = double(stream.randrange(0x7FF << 52))  # every exponent is equally likely
        points += [
            size, -size, stream.gauss(0.0, 1.0) * 10.0 ** stream.randint(-20, 4),
            stream.uniform(low, high), stream.uniform(low, high),
        ]
    return [(x,) for x in points]


def points_of_power():
    """Bases as for the logarithm; exponents that bring the result to every size, overflow and 0 included."""
    stream = random.Random("power")
    points = []
    for (x,) in points_of("log")[:POINTS]:
        y = stream.choice([0.0, -0.0, 1.0, 0.5, -2.0, math.inf, stream.gauss(0.0, 1.0) * 10.0 ** stream.randint(-9, 9)])
        if stream.random() < 0.7 and 0.0 < x < math.inf and x != 1.0:
            y = stream.uniform(-760.0, 720.0) / math.log(x)
        points.append((x, y))
    return points


ALL_POINTS = {name: points_of(name) for name in FUNCTIONS}
ALL_POINTS["power"] = points_of_power()


def test_there_are_ten_thousand_points():
    assert sum(len(points) for points in ALL_POINTS.values()) >= 10000


@pytest.mark.parametrize("name", ALL_POINTS)
def test_exact_arithmetic_gives_the_bits_of_every_elementary_function(name):
    function = getattr(elementary, name)
    computed = 0
    for point in ALL_POINTS[name]:
        result = function(*map(exact, point))
        computed += isinstance(result, Exact)
        assert bits(float(result)) == bits(function(*point)), point
    assert computed > len(ALL_POINTS[name]) // 3  # the others are plain constants, such as exp(-1e9) = 0.0


def test_the_constants_are_their_quotients_rounded_once():
    for constant, above, below in [
        (elementary.LN2_HIGH, 762123384785, 1 << 40), (elementary.LN2_LOW, 912485920509646, 1 << 90),
        (elementary.PER_LN2, 1442695, 1000000), (elementary.ROUND, 3 << 51, 1),
        (elementary.HALF_PI_HIGH, 6746518852, 1 << 32), (elementary.HALF_PI_MIDDLE, 4484108710, 1 << 66),
        (elementary.HALF_PI_LOW, 2688052912830521, 1 << 120), (elementary.PER_HALF_PI, 636619772368, 1000000000000),
        (elementary.SMALL_M, 181, 256), (elementary.SMALL_U, 53, 128),
    ]:
        assert_same_bits(float(exact(above) / exact(below)), constant)


@pytest.mark.parametrize("name", ALL_POINTS)
def test_results_do_not_depend_on_the_powers_of_two_met_before(name):
    function = getattr(elementary, name)
    fresh = []
    for point in ALL_POINTS[name]:
        elementary.POWERS.clear()
        fresh.append(bits(function(*point)))
    elementary.POWERS.clear()
    for n in range(-1022, 1021):
        elementary.power_of_two(float(n))
    filled = [bits(function(*point)) for point in ALL_POINTS[name]]
    elementary.POWERS.clear()
    grown = [bits(function(*point)) for point in ALL_POINTS[name]]
    assert fresh == filled == grown


def test_the_powers_of_two_stay_floats_whoever_asks_for_them_first():
    elementary.POWERS.clear()
    for (x,) in ALL_POINTS["sigmoid"]:
        elementary.sigmoid(exact(x))
    assert elementary.POWERS
    for n, power in elementary.POWERS.items():
        assert type(n) is float and type(power) is float
        assert_same_bits(power, math.ldexp(1.0, int(n)))


# whole training runs -------------------------------------------------------------------------------

def two_layer_article():
    """3-4-1, no biases: the exclusive or of the first two of three inputs."""
    net = Network(3, [Dense(4, "sigmoid", bias=False), Dense(1, "sigmoid", bias=False)], loss="squared_error",
                  optimizer=SGD(1.0), init="rand", seed=1)
    return net, [[0.0, 0.0, 1.0], [0.0, 1.0, 1.0], [1.0, 0.0, 1.0], [1.0, 1.0, 1.0]], [[0.0], [1.0], [1.0], [0.0]], 1500


def three_layer_article():
    """3-4-5-1, no biases."""
    layers = [Dense(units, "sigmoid", bias=False) for units in (4, 5, 1)]
    net = Network(3, layers, loss="half_squared_error", optimizer=SGD(0.1), init="randn", seed=1)
    return net, [[0.0, 0.0, 1.0], [1.0, 1.0, 1.0], [1.0, 0.0, 1.0], [0.0, 1.0, 1.0]], [[0.0], [1.0], [1.0], [0.0]], 5000


def tables(net):
    """The parameters as the reference holds them: a bias is a table of one row."""
    return [values if isinstance(values[0], list) else [values] for _, values in net.parameters()]


def converted(matrices, kind):
    return [[[kind(w) for w in row] for row in matrix] for matrix in matrices]


@pytest.mark.full
@pytest.mark.once
@pytest.mark.parametrize("article", [two_layer_article, three_layer_article])
def test_exact_arithmetic_gives_the_bits_of_the_whole_article(article):
    net, x, y, epochs = article()
    weights = [1.0] * len(x)
    parameters, optimizer_numbers = converted(tables(net), exact), [[] for _ in net.plan.parameters]
    losses = []
    for _ in range(epochs):
        sample_losses, gradients, _ = batch_gradients(net.plan, parameters, x, y, weights)
        total = Total(net.plan.mean_divisor)
        total.add(sample_losses, weights)
        losses.append(float(total.loss()))
        parameters, optimizer_numbers = updated(
            net.plan, parameters, optimizer_numbers, gradients, total.weights, net.optimizer.learning_rate
        )
    assert all(type(w) is Exact for matrix in parameters for row in matrix for w in row)
    history = net.fit(x, y, epochs=epochs, batch_size=None, shuffle=False)
    assert_same_bits(losses, history.loss)
    assert_same_bits(converted(parameters, float), tables(net))
