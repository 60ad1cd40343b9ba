"""The penalties l1 and l2 in ``net.gradients``, ``net.trace`` and ``check_gradients``: those of a training step."""
import pytest

import purenet
from purenet import SGD, Conv2D, Dense, Flatten, Network, RandomState
from purenet._model.results import penalty_loss
from purenet.verification import gradients as checking

BACKENDS = purenet.backend().available


def network(name, penalty=True):
    l1, l2 = (0.03, 0.5) if penalty else (0.0, 0.0)
    layers = [Conv2D(2, 2, activation="tanh", l2=l2), Flatten(), Dense(3, "tanh", l1=l1), Dense(2, l1=l1, l2=l2)]
    return Network((3, 3, 1), layers, loss="mean_squared_error", optimizer=SGD(1.0), init="randn", seed=4, backend=name)


def data():
    stream = RandomState(2)
    return [[stream.randn() for _ in range(9)] for _ in range(5)], [[stream.randn(), stream.randn()] for _ in range(5)]


def numbers(arrays):
    flat = []
    for values in arrays:
        flat += numbers(values) if isinstance(values, list) else [values]
    return flat


@pytest.mark.parametrize("name", BACKENDS)
def test_gradients_are_those_of_the_next_step(name):
    net, (x, y) = network(name), data()
    before = numbers([values for _, values in net.parameters()])
    gradients = numbers([values for _, values in net.gradients(x, y)])
    net.partial_fit(x, y)
    after = numbers([values for _, values in net.parameters()])
    assert after == [w - 1.0 * g for w, g in zip(before, gradients)]
    plain = numbers([values for _, values in network(name, penalty=False).gradients(x, y)])
    assert plain != gradients and network(name).evaluate(x, y) == network(name, penalty=False).evaluate(x, y)


@pytest.mark.parametrize("name", BACKENDS)
def test_a_trace_has_the_same_gradients(name):
    net, (x, y) = network(name), data()
    assert net.trace(x[:1], y[:1]).gradients() == net.gradients(x[:1], y[:1])


@pytest.mark.parametrize("name", BACKENDS)
def test_gradients_with_penalties_are_checked_against_the_loss_with_them(name, monkeypatch):
    net, (x, y) = network(name), data()
    assert purenet.check_gradients(net, x, y).worst < 1e-6
    monkeypatch.setattr(checking, "penalty_loss", lambda plan, parameters: 0.0)
    assert purenet.check_gradients(net, x, y).worst > 1e-3


def test_the_loss_of_the_penalties_is_their_definition():
    net = network("reference")
    found = 0.0
    for (name, values), parameter in zip(net.parameters(), net.plan.parameters):
        if not name.endswith("bias"):
            found += sum(parameter.l1 * abs(w) + parameter.l2 * w * w for w in numbers([values]))
    state = net.engine.state()
    assert penalty_loss(net.plan, state.parameters) == pytest.approx(found, rel=1e-14)
