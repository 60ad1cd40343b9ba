"""Steps of which threads divide every part: the reference's bits, and its words where a number is not finite."""
import random

import pytest

from purenet import (
    SGD,
    Adagrad,
    Adam,
    AdamW,
    BatchNorm,
    Conv2D,
    Dense,
    Dropout,
    MaxPool2D,
    Network,
    NonFiniteError,
    RMSprop,
    Rprop,
)
from tests.support.cases import everything
from tests.support.oracle import assert_same_bits

try:
    from tests.compiled.test_engines import NAMES, lib, settings_for
except ImportError as error:
    pytest.skip(f"the compiled twin is not built ({error})", allow_module_level=True)

pytestmark = [pytest.mark.once, pytest.mark.filterwarnings("ignore:.*inputs beyond 1,000")]

THREADS = (1, 2, 3, 7)
LEVELS = NAMES[:lib.purenet_best_level() + 1]
OPTIMIZERS = {
    "sgd": SGD(1e-4), "momentum": SGD(1e-4, momentum=0.9), "nesterov": SGD(1e-4, momentum=0.9, nesterov=True),
    "rmsprop": RMSprop(0.001), "rmsprop with momentum": RMSprop(0.001, momentum=0.5), "adagrad": Adagrad(0.01),
    "adam": Adam(0.01), "adamw": AdamW(0.01), "rprop": Rprop(0.01),
    "clipped by norm": Adam(0.01, clip_norm=0.5), "clipped by value": SGD(0.01, momentum=0.9, clip_value=0.01),
    "decayed": RMSprop(0.001, momentum=0.5, weight_decay=0.1),
}
NETWORKS = {  # more parameters than are updated at once, and a penalty that ends within such a part
    "dense": (20, [Dense(40, "tanh", l2=0.01), Dropout(0.3), Dense(30, "sigmoid"), BatchNorm(), Dense(3, l1=0.01)]),
    "convolutional": ((6, 7, 5), [
        Conv2D(17, 3, padding="same", activation="relu", l2=0.01), BatchNorm(), Conv2D(9, (2, 3), (2, 1)),
        MaxPool2D(2, 1), Dropout(0.3), Dense(17, "gelu"), Dense(3)]),
}


def made(network, optimizer, backend, threads=1, level=NAMES[0]):
    shape, layers = NETWORKS[network]
    with settings_for(level):
        return Network(shape, layers, optimizer=OPTIMIZERS[optimizer], loss="squared_error", seed=5, backend=backend,
                       threads=threads)


def rows_of(network, rows=9):
    stream, inputs = random.Random(11), 20 if network == "dense" else 6 * 7 * 5
    return [[[stream.gauss(0.0, 1.0) for _ in range(width)] for _ in range(rows)] for width in (inputs, 3)]


def seen(net, x, y):
    losses = net.fit(x, y, 2, 7).loss
    return [losses, everything(net)[:3], net._engine.state().statistics, net.predict(x), net.evaluate(x, y)]


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("network", NETWORKS)
def test_every_optimizer_gives_the_references_bits_in_any_number_of_threads(network, optimizer):
    reference = made(network, optimizer, "reference")
    x, y = rows_of(network)
    expected = seen(reference, x, y)
    for level in {NAMES[0], LEVELS[-1]}:
        for threads in THREADS:
            net = made(network, optimizer, "compiled", threads, level)
            assert_same_bits(seen(net, x, y), expected, f"{level}, {threads} threads: ")


@pytest.mark.parametrize("optimizer", ["sgd", "momentum", "adam", "clipped by norm", "clipped by value"])
@pytest.mark.parametrize("network", NETWORKS)
@pytest.mark.parametrize("scale", [1e160, 1e307])
def test_the_first_number_that_is_not_finite_is_the_same_in_any_number_of_threads(network, optimizer, scale):
    reference = made(network, optimizer, "reference")
    x, y = rows_of(network)
    y[4][1] = scale  # squared it overflows, or its gradient does
    with pytest.raises(NonFiniteError) as raised:
        reference.fit(x, y, 2, 7, shuffle=False)
    for threads in THREADS:
        net = made(network, optimizer, "compiled", threads, LEVELS[-1])
        before = net.digest()
        with pytest.raises(NonFiniteError) as own:
            net.fit(x, y, 2, 7, shuffle=False)
        assert str(own.value) == str(raised.value)
        assert net.digest() == before == reference.digest()


@pytest.mark.parametrize("rate", [1e307, 3e307, 1e308])
@pytest.mark.parametrize("network", NETWORKS)
def test_the_first_parameter_that_overflows_is_the_same_in_any_number_of_threads(network, rate):
    """The gradients are finite, and a later part of the update may find its number first."""
    shape, layers = NETWORKS[network]
    x, y = rows_of(network)
    words = []
    for backend, threads in [("reference", 1), *(("compiled", threads) for threads in THREADS)]:
        with settings_for(LEVELS[-1]):
            net = Network(shape, layers, optimizer=SGD(rate), loss="squared_error", seed=5, backend=backend,
                          threads=threads)
        with pytest.raises(NonFiniteError) as raised:
            net.fit(x, y, 1, 9, shuffle=False)
        words.append(str(raised.value))
    assert words == words[:1] * 5 and "new value" in words[0]


@pytest.mark.parametrize("optimizer, size, what", [
    (SGD(1e303), 1e4, "new value"), (SGD(1e303, momentum=0.9), 1e4, "new value"),
    (Adam(0.1), 1e160, "optimizer number"),
])
@pytest.mark.parametrize("column", [0, 50, 99])
@pytest.mark.parametrize("threads", THREADS)
def test_one_row_of_weights_that_overflows_is_found_in_every_part_of_the_update(threads, column, optimizer, size, what):
    """Only the weights of one input have a large gradient."""
    x = [[size if k == column else 0.0 for k in range(100)] for _ in range(5)]
    y = [[1.0] * 40 for _ in range(5)]
    words = []
    for backend in ("reference", "compiled"):
        with settings_for(LEVELS[-1]):
            net = Network(100, [Dense(40)], optimizer=optimizer, seed=5, backend=backend, threads=threads,
                          loss="squared_error" if size < 1e9 else "mean_absolute_error")
        with pytest.raises(NonFiniteError) as raised:
            net.fit(x, y, 1, 5, shuffle=False)
        words.append(str(raised.value))
    assert words[0] == words[1] and what in words[0]
