"""The losses against what NumPy and mpmath make of their textbook definitions."""
import math
import random

import pytest

from purenet import SGD, Dense, Network
from purenet.losses import LOSS_SETTINGS
from purenet.reference.losses import LOSSES as FUNCTIONS
from tests.support.oracle import bits, hostile

CLOSE = 1e-12
PLAIN = sorted(name for name in LOSS_SETTINGS if not LOSS_SETTINGS[name][2])


@pytest.fixture
def numpy():
    return pytest.importorskip("numpy")


@pytest.fixture
def mp():
    mpmath = pytest.importorskip("mpmath")
    with mpmath.workprec(200):
        yield mpmath.mp


def straight_through(loss, width, **changes):
    """A network whose predictions are x, or whose logits are x where the loss reads logits."""
    net = Network(width, [Dense(width, LOSS_SETTINGS[loss][2] or "linear", bias=False)], loss=loss, **changes)
    net.set_parameters([("0.weights", [[1.0 if j == k else 0.0 for j in range(width)] for k in range(width)])])
    return net


def data(rows, width, seed, decades=1):
    stream = random.Random(seed)
    weights = [stream.choice([0.0, 1.0, stream.uniform(0.1, 9.0)]) for _ in range(rows - 1)] + [0.73]
    return hostile(stream, rows, width, decades), hostile(stream, rows, width, decades), weights


def shares(targets):
    """Rows of targets from 0 to 1, and rows that also add up to 1."""
    parts = [[abs(math.sin(value)) for value in row] for row in targets]
    return parts, [[part / math.fsum(row) if any(row) else 1.0 / len(row) for part in row] for row in parts]


def assert_close(got, expected, least=1e-300):
    """Within CLOSE of what is expected, or of ``least`` if that is more."""
    assert math.isfinite(got)
    assert abs(got - expected) <= CLOSE * max(abs(expected), least), f"{got!r} instead of {expected!r}"


# the losses of differences, by NumPy ---------------------------------------------------------------

def by_numpy(numpy, loss, delta, predictions, targets):
    """Each cell's loss."""
    e = numpy.array(predictions) - numpy.array(targets)
    return {
        "squared_error": lambda: e ** 2,
        "half_squared_error": lambda: e ** 2 / 2,
        "mean_squared_error": lambda: e ** 2,
        "mean_absolute_error": lambda: numpy.abs(e),
        "huber": lambda: numpy.where(numpy.abs(e) <= delta, e ** 2 / 2, delta * (numpy.abs(e) - delta / 2)),
    }[loss]()


@pytest.mark.parametrize("loss", PLAIN)
def test_the_losses_of_samples_are_numpys(loss, numpy):
    for seed, (rows, width, delta) in enumerate([(1, 1, 1.0), (7, 5, 1.0), (40, 3, 0.37), (3, 33, 4.1)]):
        predictions, targets, _ = data(rows, width, seed)
        reals = (delta,) if loss == "huber" else ()
        losses = FUNCTIONS[loss][0](predictions, targets, *reals)
        for got, expected in zip(losses, by_numpy(numpy, loss, delta, predictions, targets).sum(axis=1)):
            assert_close(got, expected)


@pytest.mark.parametrize("loss", PLAIN)
def test_total_and_means_are_numpys(loss, numpy):
    x, y, weights = data(rows=300, width=5, seed=8)
    cells = by_numpy(numpy, loss, 1.0, x, y)
    for given in (weights, None):
        used = numpy.array(given or [1.0] * len(x))
        expected = {
            "sum": (used @ cells).sum(),
            "mean": numpy.average(cells.sum(axis=1), weights=used),
            "cell_mean": numpy.average(cells.mean(axis=1), weights=used),
        }
        expected[None] = expected["sum" if loss in ("squared_error", "half_squared_error") else "cell_mean"]
        for reduction in expected:
            net = straight_through(loss, 5, reduction=reduction)
            assert_close(net.evaluate(x, y, sample_weight=given), expected[reduction])


@pytest.mark.parametrize("loss", sorted(LOSS_SETTINGS))
def test_the_loss_that_fit_reports_without_learning_is_that_of_evaluate(loss):
    x, y, weights = data(rows=300, width=4, seed=2)
    y = {"sigmoid": shares(y)[0], "softmax": shares(y)[1], None: y}[LOSS_SETTINGS[loss][2]]
    net = straight_through(loss, 4, optimizer=SGD(0.0))
    fitted = net.fit(x, y, 1, 64, False, sample_weight=weights).loss[0]
    assert bits(fitted) == bits(net.evaluate(x, y, sample_weight=weights))


def test_the_derivative_of_an_absolute_error_is_0_on_the_target():
    backward = FUNCTIONS["mean_absolute_error"][1]
    assert backward([[1.7, -0.3, 0.2]], [[1.7, 0.1, 0.1]], [0.9]) == [[0.0, -0.9, 0.9]]


# the cross-entropies, by mpmath --------------------------------------------------------------------

EXTREME = [0.0, -0.0, 1e-300, 5e-324, 0.3, -0.7, 18.1, -36.9, 37.1, -37.3, 40.3, 709.7, -709.9, 745.3, -746.1,
           1e4, -1e4, 3.3e100, -3.3e100, 8.1e307, -8.1e307]


def binary_by_mpmath(mp, logits, targets):
    """-y log p - (1 - y) log(1 - p) with p = 1 / (1 + exp(-z)), written so that mpmath's exponent stays in reach."""
    total = mp.mpf(0)
    for z, y in zip(logits, targets):
        z, y = mp.mpf(z), mp.mpf(y)
        log_p = -mp.log1p(mp.exp(-z)) if z > -2000 else z
        log_q = -mp.log1p(mp.exp(z)) if z < 2000 else -z
        total += -y * log_p - (1 - y) * log_q
    return total


def categorical_by_mpmath(mp, logits, targets):
    """-y log p with p = exp(z) / sum of exp(z)."""
    logits = [mp.mpf(z) - mp.mpf(max(logits)) for z in logits]
    log_sum = mp.log(mp.fsum(mp.exp(z) if z > -5000 else 0 for z in logits))
    return mp.fsum(mp.mpf(y) * (log_sum - z) for z, y in zip(logits, targets))


def test_binary_cross_entropy_is_right_for_any_logit(mp):
    for z in EXTREME:
        for y in [0.0, 1.0, 0.5, 0.1379]:
            assert_close(FUNCTIONS["binary_cross_entropy"][0]([[z]], [[y]])[0], binary_by_mpmath(mp, [z], [y]))


def test_categorical_cross_entropy_is_right_for_any_two_logits(mp):
    for z in EXTREME:
        for other in EXTREME:
            for targets in ([1.0, 0.0], [0.0, 1.0], [0.5, 0.5], [0.137, 0.863]):
                got = FUNCTIONS["categorical_cross_entropy"][0]([[z, other]], [targets])[0]
                # 1 + exp(-z) is rounded before its logarithm is taken: a loss near 0 has digits as a part of 1
                assert_close(got, categorical_by_mpmath(mp, [z, other], targets), least=1.0)


@pytest.mark.parametrize("width", [1, 2, 10, 33])
def test_cross_entropies_of_a_batch_are_mpmaths(width, mp):
    logits, targets, weights = data(rows=600 // width, width=width, seed=width, decades=2)
    parts, probabilities = shares(targets)
    total_weight = mp.fsum(weights)
    for loss, y, by_mpmath in [("binary_cross_entropy", parts, binary_by_mpmath),
                               ("categorical_cross_entropy", probabilities, categorical_by_mpmath)]:
        if width == 1 and loss == "categorical_cross_entropy":
            continue
        expected = mp.fsum(w * by_mpmath(mp, z, row) for w, z, row in zip(weights, logits, y)) / total_weight
        assert_close(straight_through(loss, width).evaluate(logits, y, sample_weight=weights), expected)


def test_the_gradients_at_extreme_logits_are_finite_and_p_minus_y():
    for loss, y in [("binary_cross_entropy", [0.0, 1.0, 0.25]), ("categorical_cross_entropy", [0.0, 0.75, 0.25])]:
        for z in EXTREME:
            net = straight_through(loss, 3)
            p = net.predict([[z, 0.0, -z]])[0]
            assert all(0.0 <= value <= 1.0 for value in p)
            d = FUNCTIONS[loss][1]([p], [y], [0.7])[0]
            assert [bits(value) for value in d] == [bits((p[j] - y[j]) * 0.7) for j in range(3)]


@pytest.mark.once
def test_cross_entropies_are_scikit_learns_log_loss():
    metrics = pytest.importorskip("sklearn.metrics")
    x, y, weights = data(rows=300, width=7, seed=5, decades=0)
    classes = [i % 7 for i in range(300)]
    net = straight_through("categorical_cross_entropy", 7)
    expected = metrics.log_loss(classes, net.predict(x), sample_weight=weights)
    assert_close(net.evaluate(x, classes, sample_weight=weights), expected)
    x = [row[:1] for row in x]
    classes = [i % 2 for i in range(300)]
    net = straight_through("binary_cross_entropy", 1)
    expected = metrics.log_loss(classes, [row[0] for row in net.predict(x)], sample_weight=weights)
    assert_close(net.evaluate(x, classes, sample_weight=weights), expected)
