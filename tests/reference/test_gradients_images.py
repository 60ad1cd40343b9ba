"""The gradients of image layers, dropout and normalisation in training, against dual numbers, as in test_gradients."""
import random

import pytest

from purenet import SGD, Network
from purenet.layers import Activation, BatchNorm, Conv2D, Dense, Dropout, Flatten
from purenet.layers.pooling import AveragePool2D, GlobalAveragePool2D, MaxPool2D
from purenet.reference import training
from purenet.reference.normalisation import batch_norm_backward, inverse_deviations, moments, positions_of
from purenet.reference.training import forward, sample_losses
from tests.reference.test_gradients import assert_close, bent, derivatives

IMAGE = (5, 4, 2)
NETWORKS = {  # what comes before the last layer, over images of 5 x 4 x 2; a bias before a BatchNorm has no gradient
    "conv": lambda: [Conv2D(3, 2)],
    "conv, wide and strided": lambda: [Conv2D(2, (2, 3), (2, 1), activation="tanh")],
    "conv, same": lambda: [Conv2D(2, 3, padding="same", activation="relu")],
    "conv, same, even and strided": lambda: [Conv2D(2, (4, 2), (3, 2), "same", "softplus")],
    "conv, one by one, without bias": lambda: [Conv2D(4, 1, bias=False)],
    "conv behind conv": lambda: [Conv2D(2, (2, 1), activation="tanh"), Conv2D(3, 2, (1, 2))],
    "conv behind conv, same": lambda: [Conv2D(3, 2, activation="tanh"), Conv2D(2, (2, 3), (2, 3), "same")],
    "conv behind conv, strides that leave a rest": lambda: [Conv2D(2, 1), Conv2D(2, (1, 2), (3, 3))],
    "max pool": lambda: [Conv2D(3, 2, padding="same"), MaxPool2D(2)],
    "max pool, overlapping": lambda: [Conv2D(2, 2, padding="same"), MaxPool2D((3, 2), 1)],
    "max pool, same": lambda: [Conv2D(2, 2, padding="same"), MaxPool2D((2, 3), (3, 2), "same")],
    "average pool": lambda: [Conv2D(3, 2, padding="same"), AveragePool2D((2, 1))],
    "average pool, overlapping": lambda: [Conv2D(2, 2, padding="same"), AveragePool2D(3, (2, 1))],
    "average pool, same": lambda: [Conv2D(2, 2, padding="same"), AveragePool2D((2, 3), 2, "same")],
    "global average pool": lambda: [Conv2D(4, 2, activation="tanh"), GlobalAveragePool2D()],
    "flatten and activation": lambda: [Conv2D(2, 2), Activation("tanh"), Flatten()],
    "leaky activation": lambda: [Conv2D(2, 2), Activation(("leaky_relu", 0.3))],
    "dropout": lambda: [Dropout(0.25), Dense(4, "tanh"), Dropout(0.4)],
    "dropout of images": lambda: [Conv2D(2, 2, activation="tanh"), Dropout(0.5), Conv2D(2, 2)],
    "norm first": lambda: [BatchNorm(), Dense(3, "tanh")],
    "norm of rows": lambda: [Dense(4, bias=False), BatchNorm(0.9, 0.1), Activation("tanh")],
    "norm of images": lambda: [Conv2D(3, 2, bias=False), BatchNorm(), Activation("sigmoid"), MaxPool2D(2)],
    "norm behind norm": lambda: [
        Conv2D(2, 2, bias=False), BatchNorm(), Activation("tanh"), Conv2D(2, 2, bias=False), BatchNorm(0.5)],
    "all of them": lambda: [
        Conv2D(2, 3, padding="same", bias=False), BatchNorm(), Activation("tanh"), MaxPool2D((2, 1)), Dropout(0.2),
        Conv2D(3, (1, 2), activation="softplus"), AveragePool2D((1, 2), 1), GlobalAveragePool2D()],
}


def network(name, last=None, **options):
    return Network(IMAGE, NETWORKS[name]() + [last or Dense(2)], init="randn", backend="reference", **options)


def data(name, rows=4):
    """x, y and weights; no two numbers are equal, so that a maximum has one place."""
    stream = random.Random(name)
    x = [[stream.gauss(0.0, 1.0) for _ in range(40)] for _ in range(rows)]
    y = [[stream.gauss(0.0, 2.0) for _ in range(2)] for _ in range(rows)]
    return x, y, [stream.uniform(0.1, 3.0) for _ in range(rows)]


def tables(plan, arrays):
    """Flat arrays as the reference holds them: rows as wide as the last dimension."""
    widths = [array.shape[-1] for array in plan.parameters + plan.statistics]
    return [[list(values[k:k + width]) for k in range(0, len(values), width)] for values, width in zip(arrays, widths)]


def check(net, x, y, weights):
    """AssertionError if a gradient is not the derivative of the sum of weighted losses of the next step of training."""
    plan = net.plan
    state = net._engine.state()
    held = tables(plan, state.parameters + state.statistics)
    gradients = tables(plan, net._engine.gradients(x, y, weights)[1])

    def loss():
        total = 0.0
        for loss, weight in zip(sample_losses(plan, forward(plan, held, x, state.position[2]), y), weights):
            total = total + weight * loss
        return total

    expected = derivatives(held[:len(plan.parameters)], loss)
    assert len(gradients) == len(expected)
    for parameter, got, derivative in zip(plan.parameters, gradients, expected):
        assert len(got) == len(derivative)
        assert_close(got, derivative, parameter.name)


@pytest.mark.parametrize("name", NETWORKS)
def test_gradients_are_the_derivatives_of_the_first_step_and_of_a_later_one(name):
    net = network(name, optimizer=SGD(0.001))
    x, y, weights = data(name)
    check(net, x, y, weights)
    net.fit(x, y, 3, 2)
    assert net._engine.state().position[2] == 6
    check(net, x, y, weights)


@pytest.mark.parametrize("loss, last", [("categorical_cross_entropy", "softmax"), ("binary_cross_entropy", "sigmoid")])
def test_gradients_are_the_derivatives_under_cross_entropies(loss, last):
    x, _, weights = data(loss)
    y = [[0.25, 0.75], [1.0, 0.0], [0.0, 1.0], [1.0, 0.0]]
    check(network("all of them", Dense(2, last), loss=loss, reduction="sum"), x, y, weights)


def test_the_moments_move_with_the_parameters():
    """The bias before a BatchNorm changes nothing, for the mean goes with it: nearly no gradient is left."""
    net = Network(3, [Dense(2), BatchNorm(), Activation("tanh"), Dense(1)], init="randn", backend="reference")
    stream = random.Random(1)
    x = [[stream.gauss(0.0, 1.0) for _ in range(3)] for _ in range(6)]
    gradients = dict(net.gradients(x, [[stream.gauss(0.0, 1.0)] for _ in x]))
    assert max(abs(d) for d in gradients["0.bias"]) < 1e-13
    assert min(abs(d) for d in gradients["1.beta"]) > 1e-3


# the check itself: a backward function off by a billionth in one of its results is found ---------------

@pytest.mark.parametrize("kind, which, name", [
    ("conv2d", 0, "conv behind conv"), ("conv2d", 1, "conv"), ("conv2d", 2, "conv"), ("max_pool", 0, "max pool"),
    ("average_pool", 0, "average pool"), ("average_pool", 0, "global average pool"),
    ("dropout", 0, "dropout of images"),
    ("batch_norm", 0, "norm of rows"), ("batch_norm", 1, "norm of rows"), ("batch_norm", 2, "norm of rows"),
])
def test_the_check_finds_a_broken_layer(kind, which, name, monkeypatch):
    net = network(name)
    check(net, *data(name))
    pair = training.STEP_FUNCTIONS[kind]
    monkeypatch.setitem(training.STEP_FUNCTIONS, kind, (pair[0], lambda *operands: bent(pair[1](*operands), which)))
    with pytest.raises(AssertionError):
        check(net, *data(name))


def test_the_check_finds_the_draws_of_another_step(monkeypatch):
    net = network("dropout")
    usual = training.backward
    monkeypatch.setattr(training, "backward", lambda *operands: usual(*operands[:-1], operands[-1] + 1))
    with pytest.raises(AssertionError):
        check(net, *data("dropout"))


def test_the_check_finds_moments_that_are_taken_for_constants(monkeypatch):
    """The gradient without its way through mean and variance."""
    def without(inputs, d_outputs, first, gamma, beta, epsilon, momentum):
        _, d_gamma, d_beta = batch_norm_backward(inputs, d_outputs, first, gamma, beta, epsilon, momentum)
        inverse = inverse_deviations(moments(positions_of(inputs, len(gamma[0])), len(gamma[0]))[1], epsilon)
        scale = [g * r for g, r in zip(gamma[0], inverse)]
        return [[d * s for d, s in zip(row, scale * len(row))] for row in d_outputs], d_gamma, d_beta

    net = network("norm of rows")
    training.load_step_kind("batch_norm")
    monkeypatch.setitem(training.STEP_FUNCTIONS, "batch_norm", (training.STEP_FUNCTIONS["batch_norm"][0], without))
    with pytest.raises(AssertionError, match="0.weights"):
        check(net, *data("norm of rows"))
