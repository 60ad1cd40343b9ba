"""Numbers that cannot blow up silently: one warning of large inputs, and every layer under law 7."""
import math
import warnings
from array import array

import pytest

import purenet
from purenet import SGD, Dense, Network, NonFiniteError, backend
from tests.training.test_fit_options import HEIGHTS, SPIRAL, curve

BACKENDS = backend().available

# large inputs --------------------------------------------------------------------------------------

@pytest.mark.parametrize("name", BACKENDS)
@pytest.mark.parametrize("form", ["lists", "buffer"])
def test_large_inputs_are_warned_of_once_a_network(name, form):
    for place in (0, 1, 37, 58, 59):
        flat = [1000.0, -1000.0] * 30
        flat[place] = -1000.0000000000001 if place % 2 else 1e300
        rows = [flat[k:k + 2] for k in range(0, 60, 2)] if form == "lists" else array("d", flat)
        net = Network(2, [Dense(1, init="zeros")], optimizer=SGD(0.0), backend=name)
        with pytest.warns(UserWarning, match=rf"x\[{place // 2}\]\[{place % 2}\] is .*: inputs beyond") as told:
            net.fit(rows, HEIGHTS)
        assert len(told) == 1 and told[0].filename == __file__
        net.fit(rows, HEIGHTS)  # warnings are errors here
    net = Network(2, [Dense(1, init="zeros")], optimizer=SGD(0.0), backend=name)
    net.fit([[1000.0, -1000.0]] * 30, HEIGHTS)
    net.predict([[1e9, 1.0]])
    net.evaluate([[1e9, 1.0]], [[1.0]])


@pytest.mark.parametrize("name", BACKENDS)
@pytest.mark.parametrize("bad", [math.inf, -math.inf, math.nan])
def test_numbers_that_are_none_are_refused_not_warned_of(name, bad):
    net = curve(name)
    rows = [[0.5, 0.5] for _ in range(30)]
    rows[17][1], rows[3][0] = bad, 1e5
    with pytest.raises(ValueError, match=r"x\[17\]\[1\] is "):
        net.fit(rows, HEIGHTS)
    assert "large" not in net.warned


@pytest.mark.parametrize("name", BACKENDS)
def test_the_first_number_beyond_is_found_wherever_it_is(name):
    if name == "compiled":
        from purenet.compiled._twin import lib

        for level in range(lib.purenet_best_level() + 1):
            for count in (0, 1, 2, 31, 32, 33, 70):
                for place in range(count):
                    values = [999.0] * count
                    values[place:] = [1e3] + [math.nan] * (count - place - 1)
                    assert lib.purenet_first_beyond(level, values, count, 1e3) == place
                assert lib.purenet_first_beyond(level, [-999.0] * count, count, 1e3) == -1
    net = curve(name)
    for bad in (1e3, -1e3, math.inf, math.nan):
        table = net._engine.convert_rows([[1.0, 2.0], [3.0, 4.0], [5.0, bad], [bad, bad]], 2)
        assert net._engine.first_beyond(table, 1e3) == (2, 1) and net._engine.first_beyond(table, math.inf) == (
            None if abs(bad) == 1e3 else (2, 1))


# every layer under law 7 ---------------------------------------------------------------------------

LAYERS = {
    "conv2d": [purenet.Conv2D(2, 2), purenet.Flatten(), Dense(1)],
    "max_pool": [purenet.Conv2D(2, 2), purenet.MaxPool2D(2, 1), purenet.Flatten(), Dense(1)],
    "average_pool": [purenet.Conv2D(2, 2), purenet.AveragePool2D(2, 1), purenet.Flatten(), Dense(1)],
    "global_average_pool": [purenet.Conv2D(2, 2), purenet.GlobalAveragePool2D(), Dense(1)],
    "dropout": [purenet.Flatten(), purenet.Dropout(0.25), Dense(1)],
    "batch_norm": [purenet.Flatten(), Dense(3), purenet.BatchNorm(), Dense(1)],
}


@pytest.mark.filterwarnings("ignore:.*inputs beyond 1,000")
@pytest.mark.parametrize("name", BACKENDS)
@pytest.mark.parametrize("kind", LAYERS)
def test_every_layer_that_overflows_says_so_with_a_hint_and_keeps_the_state(kind, name):
    net = Network((4, 4, 1), LAYERS[kind], optimizer=SGD(0.001), backend=name, seed=1)
    image = [[float((5 * k + i) % 7) for k in range(16)] for i in range(8)]
    net.fit(image[:4], [[1.0]] * 4, 1, 4)
    before = net._engine.state()
    large = [[value * (1e307 if kind == "batch_norm" else 1e170) for value in row] for row in image]
    hint = "is not finite in epoch 1, batch 1; .*smaller learning rate .*scaled inputs"
    with pytest.raises(NonFiniteError, match=hint):
        net.fit(large, [[1e200]] * 8, 1, 4)
    after = net._engine.state()
    assert (after.parameters, after.statistics) == (before.parameters, before.statistics)
    assert (after.position, after.stream) == (before.position, before.stream)


def test_nothing_is_warned_of_without_cause():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        curve().fit(SPIRAL, HEIGHTS, validation_split=0.2)
