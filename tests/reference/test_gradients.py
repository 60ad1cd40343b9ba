"""Every gradient against the derivative of the loss itself, carried forward through the reference by dual numbers."""
import random

import pytest

from purenet import SGD, Dense, Network
from purenet.reference import training
from purenet.reference.activations import ACTIVATIONS
from purenet.reference.elementary import log
from purenet.reference.losses import LOSSES
from purenet.reference.training import STEP_FUNCTIONS, forward, sample_losses, updated
from tests.page.from_the_page import REDUCTIONS
from tests.support.numbers import Dual, dual, expression, recording
from tests.support.oracle import assert_same_bits

TOLERANCE = 1e-12
HIDDEN = ["linear", "sigmoid", "tanh", "relu", "leaky_relu", ("leaky_relu", 0.3), "softplus", "elu", ("elu", 0.3),
          "silu", "gelu"]
OUTPUT = {"binary_cross_entropy": "sigmoid", "categorical_cross_entropy": "softmax"}


def network(layers, loss, **options):
    """Layers of 4, 3, ... units, the last of 3, as (activation, bias); parameters by ``randn``."""
    units = [4] * (len(layers) - 1) + [3]
    described = [Dense(n, activation, bias) for n, (activation, bias) in zip(units, layers)]
    return Network(3, described, loss=loss, init="randn", backend="reference", **options)


def data(loss, seed, rows=5):
    """x, y and sample weights, one of them 0.0; y are probabilities where the loss compares those."""
    stream = random.Random(seed)
    x = [[stream.gauss(0.0, 1.0) * 10.0 ** stream.uniform(-1.0, 0.3) for _ in range(3)] for _ in range(rows)]
    y = [[stream.gauss(0.0, 2.0) for _ in range(3)] for _ in range(rows)]
    if loss == "binary_cross_entropy":
        y = [[stream.choice([0.0, 1.0, stream.random()]) for _ in range(3)] for _ in range(rows)]
    if loss == "categorical_cross_entropy":
        y = [stream.choice([[0.0, 1.0, 0.0], [0.0, 0.0, 1.0], soft_target(stream)]) for _ in range(rows)]
    weights = [stream.uniform(0.1, 3.0) for _ in range(rows)]
    weights[rows // 2] = 0.0
    return x, y, weights


def soft_target(stream):
    a, b = stream.uniform(0.0, 0.5), stream.uniform(0.0, 0.5)
    return [a, b, 1.0 - (a + b)]


def total_loss(plan, reduction, parameters, x, y, weights):
    """The loss by the design's table, as a formula."""
    total, total_weight = 0.0, 0.0
    for loss, weight in zip(sample_losses(plan, forward(plan, parameters, x), y), weights):
        total = total + weight * loss
        total_weight = total_weight + weight
    divisor = {"sum": 1.0, "mean": total_weight, "cell_mean": total_weight * len(y[0])}[reduction]
    return total / divisor


def derivatives(parameters, loss):
    """Return the derivative of ``loss()`` by every number of every parameter, one forward pass for each."""
    result = []
    for matrix in parameters:
        result.append([])
        for row in matrix:
            result[-1].append([])
            for j, w in enumerate(row):
                row[j] = Dual(w, 1.0)
                result[-1][-1].append(dual(loss()).derivative)
                row[j] = w
    return result


def tables(named):
    """Parameters or gradients as the reference holds them: a bias is a table of one row."""
    return [[list(row) for row in values] if isinstance(values[0], list) else [list(values)] for _, values in named]


def assert_close(got, expected, place=""):
    """Within the tolerance, relative to the larger of the two, but at least to a hundredth of the table's largest."""
    largest = max(abs(d) for row in expected for d in row)
    assert largest > 0.0, f"{place}: nothing to compare"
    for i, (row, expected_row) in enumerate(zip(got, expected)):
        assert len(row) == len(expected_row)
        for j, (g, d) in enumerate(zip(row, expected_row)):
            error = abs(g - d) / max(abs(g), abs(d), largest / 100.0)
            assert error <= TOLERANCE, f"{place}[{i}][{j}]: {g} instead of {d}"


def check(net, reduction=None, weighted=True, seed=0):
    """AssertionError if a gradient of the network is not the derivative of its loss."""
    loss = net.plan.loss.kind
    x, y, weights = data(loss, f"{loss} {seed}")
    if not weighted:
        weights = [1.0] * len(x)
    gradients = tables(net.gradients(x, y, sample_weight=weights if weighted else None))
    parameters = tables(net.parameters())
    expected = derivatives(
        parameters, lambda: total_loss(net.plan, reduction or REDUCTIONS[loss], parameters, x, y, weights))
    for parameter, got, derivative in zip(net.plan.parameters, gradients, expected):
        assert_close(got, derivative, parameter.name)


# whole networks ------------------------------------------------------------------------------------

@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("last", HIDDEN + ["softmax"])
@pytest.mark.parametrize("hidden", HIDDEN)
def test_gradients_are_the_derivatives_for_every_pair_of_activations(hidden, last, bias):
    check(network([(hidden, bias), (last, bias)], "squared_error", seed=1))


@pytest.mark.parametrize("weighted", [True, False])
@pytest.mark.parametrize("reduction", [None, "sum", "mean", "cell_mean"])
@pytest.mark.parametrize("loss", [*REDUCTIONS, ("huber", 0.2), ("huber", 3.0)])
def test_gradients_are_the_derivatives_for_every_loss_and_reduction(loss, reduction, weighted):
    name = loss if isinstance(loss, str) else loss[0]
    check(network([("tanh", True), (OUTPUT.get(name, "linear"), True)], loss, reduction=reduction), reduction, weighted)


@pytest.mark.parametrize("loss", [name for name in REDUCTIONS if name not in OUTPUT])
def test_gradients_are_the_derivatives_through_the_full_jacobian_of_softmax(loss):
    check(network([("softplus", True), ("softmax", True)], loss, seed=2))


@pytest.mark.parametrize("depth", [1, 2, 3, 5])
@pytest.mark.parametrize("loss", ["half_squared_error", *OUTPUT])
def test_gradients_are_the_derivatives_at_every_depth(loss, depth):
    layers = [(activation, bias) for activation, bias in zip(["sigmoid", "linear", "leaky_relu", "tanh"],
                                                             [False, True, True, False])][:depth - 1]
    for seed in range(3):
        check(network(layers + [(OUTPUT.get(loss, "linear"), seed != 1)], loss, seed=seed), seed=seed)


def test_the_design_names_every_loss_and_activation_there_is():
    assert set(REDUCTIONS) == set(LOSSES)
    assert {name if isinstance(name, str) else name[0] for name in HIDDEN} | {"softmax"} == (
        set(ACTIVATIONS) | {"linear"})


# the check itself: a backward function off by a billionth is found -------------------------------------

def bent(result, which=-1):
    """A result, or one of several, with its first row off by a billionth."""
    if isinstance(result, tuple):
        return tuple(bent(part) if k == which % len(result) and part else part for k, part in enumerate(result))
    return [[d * (1.0 + 1e-9) for d in row] if i == 0 else row for i, row in enumerate(result)]


def bend(monkeypatch, functions, name):
    pair = functions[name]
    monkeypatch.setitem(functions, name, (pair[0], lambda *operands: bent(pair[1](*operands))))


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_the_check_finds_a_broken_activation(activation, monkeypatch):
    net = network([("tanh", True), (activation, True)], "squared_error", seed=3)
    check(net)
    bend(monkeypatch, STEP_FUNCTIONS, activation)
    with pytest.raises(AssertionError):
        check(net)


@pytest.mark.parametrize("loss", REDUCTIONS)
def test_the_check_finds_a_broken_loss(loss, monkeypatch):
    net = network([("tanh", True), (OUTPUT.get(loss, "linear"), True)], loss, seed=3)
    check(net)
    bend(monkeypatch, LOSSES, loss)
    with pytest.raises(AssertionError):
        check(net)


@pytest.mark.parametrize("bias", [True, False])
def test_the_check_finds_a_broken_dense_layer(bias, monkeypatch):
    net = network([("tanh", bias), ("linear", bias)], "squared_error", seed=3)
    check(net)
    bend(monkeypatch, STEP_FUNCTIONS, "dense")
    with pytest.raises(AssertionError):
        check(net)


def test_the_check_finds_forgotten_sample_weights(monkeypatch):
    monkeypatch.setattr(training, "sample_factors", lambda loss, weights: [1.0] * len(weights))
    check(network([("linear", True)], "squared_error"), weighted=False)
    with pytest.raises(AssertionError):
        check(network([("linear", True)], "squared_error"))


# cross-entropies -----------------------------------------------------------------------------------

def textbook_binary(p, y):
    total = 0.0
    for p_j, y_j in zip(p, y):
        total = total - (y_j * log(p_j) + (1.0 - y_j) * log(1.0 - p_j))
    return total


def textbook_categorical(p, y):
    total = 0.0
    for p_j, y_j in zip(p, y):
        total = total - y_j * log(p_j)
    return total


@pytest.mark.parametrize("loss, activation, textbook", [
    ("binary_cross_entropy", "sigmoid", textbook_binary),
    ("categorical_cross_entropy", "softmax", textbook_categorical),
])
def test_cross_entropy_backward_is_the_derivative_by_the_logits(loss, activation, textbook):
    loss_forward, loss_backward = LOSSES[loss]
    activate = ACTIVATIONS[activation][0]
    stream = random.Random(loss)
    _, targets, _ = data(loss, "logits", rows=200)
    for y in targets:
        z = [stream.gauss(0.0, 1.0) * 2.0 for _ in y]
        factor = stream.uniform(0.1, 3.0)
        from_logits, from_predictions = [], []
        for j in range(len(z)):
            dual = [[Dual(v, float(k == j)) for k, v in enumerate(z)]]
            from_logits.append((factor * loss_forward(dual, [y])[0]).derivative)
            from_predictions.append((factor * textbook(activate(dual)[0], y)).derivative)
        got = loss_backward(activate([z]), [y], [factor])
        assert_close(got, [from_logits], "by the loss from logits")
        assert_close(got, [from_predictions], "by the textbook's loss")
        assert loss_forward([z], [y])[0] == pytest.approx(textbook(activate([z])[0], y), rel=1e-12)


@pytest.mark.parametrize("loss, z, y, d_z", [
    ("binary_cross_entropy", [-800.0, 800.0, -800.0, 800.0], [0.0, 1.0, 1.0, 0.0], [0.0, 0.0, -1.0, 1.0]),
    ("categorical_cross_entropy", [900.0, -900.0, 0.0], [0.0, 1.0, 0.0], [1.0, -1.0, 0.0]),
])
def test_cross_entropy_stays_finite_where_the_predictions_are_0_and_1(loss, z, y, d_z):
    activate = ACTIVATIONS[OUTPUT[loss]][0]
    assert_same_bits(LOSSES[loss][0]([z], [y]), [1600.0 if loss == "binary_cross_entropy" else 1800.0])
    assert_same_bits(LOSSES[loss][1](activate([z]), [y], [1.0]), [d_z])


# optimizers ----------------------------------------------------------------------------------------

@pytest.mark.parametrize("optimizer, new_w, new_v", [
    (SGD(0.1), "w-(rate*g)", None),
    (SGD(0.1, momentum=0.9), "w+((0.9*v)-(rate*g))", "(0.9*v)-(rate*g)"),
    (SGD(0.1, momentum=0.9, nesterov=True), "t1 = rate*g; w+((0.9*((0.9*v)-t1))-t1)", "(0.9*v)-(rate*g)"),
], ids=repr)
def test_sgd_computes_the_formula_of_the_design(optimizer, new_w, new_v):
    net = Network(1, [Dense(1, bias=False)], optimizer=optimizer)
    w, v, g = recording("w", 0.7), recording("v", -0.3), recording("g", 1.9)
    kept = [[[v]]] if new_v else []
    parameters, numbers = updated(net.plan, [[[w]]], [kept], [[[g]]], 1.0, recording("rate", 0.1))
    assert expression(parameters[0][0][0]) == new_w
    assert [expression(own[0][0]) for own in numbers[0]] == ([new_v] if new_v else [])
