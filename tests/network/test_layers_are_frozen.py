"""A network's layers are its own: what happens to the given ones changes nothing, and its own cannot be changed.

And what else of a network may be set afterwards.
"""
import copy
import pickle
import re

import pytest

import purenet
from purenet import Callback, CosineDecay, Network, Rprop
from purenet.layers import Activation, BatchNorm, Conv2D, Dense, Dropout, Flatten, MaxPool2D
from tests.support.oracle import assert_same_bits

X = [[k / 7 - 1.0 for k in range(start, start + 16)] for start in range(5)]
Y = [[0.1], [0.7], [-0.4], [0.0], [2.0]]


def sown(stream, shape, fan_in, fan_out):
    return stream.randn(*shape)


def layers():
    return [Conv2D(2, 2, activation="tanh", init=sown), MaxPool2D(2, strides=1), BatchNorm(), Flatten(),
            Dense(3, ("leaky_relu", 0.2), l2=0.01), Dropout(0.3), Activation("sigmoid"), Dense(1)]


CHANGES = [(0, "filters", 5), (0, "activation", "relu"), (0, "padding", "same"), (1, "pool_size", (1, 1)),
           (2, "momentum", 0.1), (4, "units", 5), (4, "slopes", (0.7,)), (4, "l2", 0.5), (5, "rate", 0.9),
           (6, "activation", "tanh"), (7, "bias", False)]


@pytest.fixture(params=purenet.backend().available)
def backend(request):
    return request.param


def test_a_layer_that_is_changed_later_changes_neither_the_network_nor_its_copies(backend, tmp_path):
    given = layers()
    net, untouched = [Network((4, 4, 1), given, seed=1, backend=backend) for _ in range(2)]
    for number, name, value in CHANGES:
        setattr(given[number], name, value)
    net.save(tmp_path / "net")
    copies = [net, copy.copy(net), copy.deepcopy(net), pickle.loads(pickle.dumps(net)), purenet.load(tmp_path / "net")]
    plain = untouched.predict(X)
    untouched.fit(X, Y, epochs=3, batch_size=2)
    for one in copies:
        assert_same_bits(one.predict(X), plain)
        one.fit(X, Y, epochs=3, batch_size=2)
        assert one.digest() == untouched.digest()
        assert repr(one.layers).replace("init='zeros'", f"init={sown!r}") == repr(untouched.layers)


@pytest.mark.parametrize("number, name, value", CHANGES)
def test_a_networks_own_layers_cannot_be_changed_nor_those_of_its_copies(number, name, value, tmp_path):
    net = Network((4, 4, 1), layers(), seed=1)
    net.save(tmp_path / "net")
    for one in (net, copy.copy(net), pickle.loads(pickle.dumps(net)), purenet.load(tmp_path / "net")):
        before = repr(one)
        with pytest.raises(AttributeError, match=re.escape(f"{name}: the layers of a network cannot be changed; make")):
            setattr(one.layers[number], name, value)
        assert repr(one) == before


def test_a_copy_of_a_networks_layer_can_be_changed_and_makes_another_network():
    layer = Network(2, [Dense(2), Dense(1)]).layers[0].copy()
    layer.units = 3
    assert [p.shape for p in Network(2, [layer, Dense(1)]).plan.parameters] == [(2, 3), (3,), (3, 1), (1,)]


@pytest.mark.parametrize("make", [lambda values: values, lambda values: tuple(reversed(values))])
def test_statistics_can_be_set_as_parameters_can(backend, make):
    net, other = [Network((4, 4, 1), layers(), seed=1, backend=backend) for _ in range(2)]
    net.fit(X, Y, 3)
    other.set_parameters(net.parameters())
    assert other.digest() != net.digest()
    other.set_statistics(make(net.statistics()))
    assert other.digest() == net.digest() and other.statistics() == net.statistics()
    assert_same_bits(other.predict(X), net.predict(X))
    (mean, variance) = [name for name, _ in net.statistics()]
    for values, words in [
        ([(mean, [0.0, 0.0]), (variance, [1.0, -1.0])], "2.moving_variance has a negative number"),
        ([(mean, [0.0, 0.0])], "values: expected each of 2.moving_mean, 2.moving_variance once (2 names), got 2."),
        (net.parameters(), "values: expected each of 2.moving_mean, 2.moving_variance once (2 names), got 0.kernel"),
        ([(mean, [0.0]), (variance, [1.0, 1.0])], "2.moving_mean: expected a flat list of 2 numbers"),
    ]:
        with pytest.raises(ValueError, match=re.escape(words)):
            other.set_statistics(values)
        assert other.digest() == net.digest()


def test_a_schedule_for_rprop_is_refused_whenever_it_comes(tmp_path):
    net = Network(1, [Dense(1)], optimizer=Rprop(0.1))
    schedule = CosineDecay(0.1, 3)
    for refused in (lambda: Rprop(schedule), lambda: setattr(net.optimizer, "learning_rate", schedule)):
        with pytest.raises(ValueError, match="learning_rate: Rprop needs a number, its first step size"):
            refused()
    net.optimizer.learning_rate = 0.25
    net.save(tmp_path / "net")
    for one in (net, copy.copy(net), pickle.loads(pickle.dumps(net)), purenet.load(tmp_path / "net")):
        assert one.optimizer.learning_rate == 0.25 and repr(one.optimizer) == "Rprop(learning_rate=0.25)"


def test_callbacks_and_windows_can_be_read():
    class Mine(Callback):
        pass

    assert repr(Mine()) == "<callback Mine>"
    window = Network((5, 4, 3), [Conv2D(2, 3, (2, 1), "same")]).plan.steps[0].window
    assert repr(window) == "<Window: 5 x 4 x 3 by 3 x 3, strides 2 x 1, padding 1 x 1 -> 3 x 4 x 2>"


def test_a_layer_is_checked_again_when_a_network_is_made_of_it():
    layer = Dense(2)
    layer.units = -5
    with pytest.raises(ValueError, match="units: expected a whole number from 1"):
        Network(2, [layer])
