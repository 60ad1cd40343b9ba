"""Networks over images, judged to the bit by the textbook, on every engine and level."""
import itertools
import random

import pytest

import purenet
from purenet import SGD, Network
from purenet._core.arrays import flatten
from purenet.layers import Activation, BatchNorm, Conv2D, Dense, Dropout, Flatten
from purenet.layers.activations import ACTIVATION_SETTINGS
from purenet.layers.pooling import AveragePool2D, GlobalAveragePool2D, MaxPool2D
from purenet.reference import convolution, dropout, normalisation, pooling, training
from tests.support.cases import SGD_FORMS, probabilities
from tests.support.oracle import Book, assert_same_bits, flat, hostile

BACKENDS = purenet.backend().available
HIDDEN = sorted(set(ACTIVATION_SETTINGS) - {"softmax"})
SHAPES = 24  # random ones of each kind


# a network and data ----------------------------------------------------------------------------------

class Drawn:
    """Layers drawn one after the other."""

    def __init__(self, stream, shape):
        self.stream, self.shape, self.now, self.layers = stream, shape, shape, []

    def add(self, layer):
        self.layers.append(layer)
        self.now = layer.plan(self.now).shape

    def activation(self):
        name = self.stream.choice(HIDDEN)
        return (name, self.stream.choice([0.3, 0.01])) if ACTIVATION_SETTINGS[name] else name

    def window(self, most=4):
        """Size, strides and padding of a window that fits."""
        choice = self.stream.choice
        same = choice([False, True])
        height, width, _ = self.now
        size = tuple(choice(range(1, (most if same else min(most, length)) + 1)) for length in (height, width))
        return size, (choice([1, 2, 3]), choice([1, 1, 2, 3])), "same" if same else "valid"

    def conv(self):
        window = self.window()
        filters, biased = self.stream.choice([1, 2, 3, 5, 8, 9]), self.stream.random() < 0.7
        self.add(Conv2D(filters, *window, self.activation(), biased))

    def max_pool(self):
        self.add(MaxPool2D(*self.window(3)))

    def average_pool(self):
        self.add(AveragePool2D(*self.window(3)))

    def global_average_pool(self):
        self.add(GlobalAveragePool2D())

    def flatten(self):
        self.add(Flatten())

    def activate(self):
        self.add(Activation(self.activation()))

    def dropout(self):
        self.add(Dropout(self.stream.choice([0.0, 0.25, 0.5, 0.83])))

    def batch_norm(self):
        self.add(BatchNorm(*self.stream.choice([(0.99, 0.001), (0.0, 1e-9), (0.5, 3.7)])))


KINDS = ["conv", "max_pool", "average_pool", "global_average_pool", "flatten", "activate", "dropout", "batch_norm"]


class Case:
    """A network with a layer of some kind in it, and data; the layer stands first, or behind another."""

    def __init__(self, kind, seed):
        stream = self.stream = random.Random(f"{kind} {seed}")
        channels = 1 if seed % 3 == 0 else 5 if seed % 3 == 1 else 2
        drawn = Drawn(stream, (stream.choice([1, 3, 4, 5, 6]), stream.choice([2, 4, 5, 7]), channels))
        if stream.random() < 0.7:
            getattr(drawn, stream.choice(["conv", "conv", "batch_norm"]))()
        getattr(drawn, kind)()
        if len(drawn.now) == 3 and stream.random() < 0.3:
            getattr(drawn, stream.choice(KINDS[:-1]))()
        loss, output, units = stream.choice([
            ("squared_error", "linear", 2), ("mean_absolute_error", "tanh", 1),
            ("categorical_cross_entropy", "softmax", 3), ("binary_cross_entropy", "sigmoid", 1)])
        drawn.add(Dense(units, output, stream.random() < 0.8))
        self.drawn, self.loss, self.init = drawn, loss, stream.choice(["glorot_uniform", "randn", "he_normal"])
        self.optimizer, self.seed = stream.choice(list(SGD_FORMS.values())), stream.randrange(1 << 32)
        self.rows = 7 if seed % 2 else stream.choice([1, 1, 3, 9])
        self.x = hostile(stream, self.rows, drawn.shape[0] * drawn.shape[1] * channels, 0)
        self.y = hostile(stream, self.rows, units, 0)
        if output == "sigmoid":
            self.y = [[stream.choice([0.0, 1.0, 0.3])] for _ in range(self.rows)]
        if output == "softmax":
            self.y = [probabilities([stream.random() for _ in range(units)]) for _ in range(self.rows)]
        self.weights = [stream.choice([1.0, 0.5, 2.7]) for _ in range(self.rows)] if stream.random() < 0.4 else None

    def network(self, backend, **options):
        return Network(self.drawn.shape, self.drawn.layers, loss=self.loss, optimizer=SGD(**self.optimizer),
                       init=self.init, seed=self.seed, backend=backend, **options)

    def book(self, net):
        return Book(net, self.x, self.y, self.weights, loss=self.loss, init=self.init, seed=self.seed, **self.optimizer)


def compare(case, backend, epochs=2, batch_size=4, shuffle=True):
    """AssertionError if the engine differs from the textbook in a bit of anything that can be seen."""
    net = case.network(backend)
    book = case.book(net)
    x, y, weights = case.x, case.y, case.weights
    assert_same_bits(net._engine.state().parameters, flat(book.parameters), "first parameters")
    assert_same_bits(net.fit(x, y, epochs, batch_size, shuffle, sample_weight=weights).loss,
                     book.fit(epochs, batch_size, shuffle), "losses")
    state = net._engine.state()
    assert_same_bits(state.parameters, flat(book.parameters), "parameters")
    assert_same_bits(state.statistics, flat(book.kept), "statistics")
    if "momentum" in case.optimizer:
        velocities = [values for own in state.optimizer_numbers for values in own]
        assert_same_bits(velocities, flat(book.velocities), "velocities")
    assert_same_bits(net.predict(x), book.predicted(x), "predictions")
    assert_same_bits(net.evaluate(x, y, sample_weight=weights), book.evaluate(), "evaluate")
    got = [flatten(array) for _, array in net.gradients(x, y, sample_weight=weights)]
    assert_same_bits(got, flat(book.gradients(range(len(x)))[1]), "gradients")


@pytest.mark.filterwarnings("ignore:layers.*BatchNorm turns a batch of one row")
@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("seed", range(SHAPES))
@pytest.mark.parametrize("kind", KINDS)
def test_a_random_network_with_such_a_layer_is_the_textbooks_to_the_bit(kind, seed, backend):
    compare(Case(kind, seed), backend)


def test_the_random_networks_reach_what_matters():
    cases = [Case(kind, seed) for kind in KINDS for seed in range(SHAPES)]
    steps = [step for case in cases for step in case.network("reference").plan.steps if step.window]
    windows, kernels = [[step.window for step in some] for some in (
        steps, [step for step in steps if step.kind == "conv2d"])]
    assert {stride for window in kernels for stride in (window.down, window.right)} == {1, 2, 3}
    assert {(window.rows, window.columns) for window in kernels} >= {(2, 2), (1, 4), (4, 3), (3, 3), (1, 1)}
    assert {window.channels for window in kernels} >= {1, 2, 5}
    assert {window.top * 2 < window.rows - 1 for window in kernels if window.top} == {False, True}
    assert sum(window.height != window.width for window in windows) > 50
    assert sum(window.left > 0 for window in windows) > 20 < sum(window.top > 0 for window in windows)
    assert {len(case.x) for case in cases} >= {1, 7}
    assert {layer.activation for case in cases for layer in case.drawn.layers} == set(ACTIVATION_SETTINGS)


# the textbook finds what is broken -------------------------------------------------------------------

BROKEN = {  # what is broken: module, name, and its changed form
    "rows of a patch from the right": (convolution, "patches", lambda usual: lambda image, window: [
        row[::-1] for row in usual(image, window)]),
    "a kernel that is not flipped": (convolution, "flipped_kernel", lambda usual: lambda kernel, window: usual(
        kernel[::-1], window)),
    "a sum over samples from the last": (convolution, "transpose", lambda usual: lambda table: usual(table[::-1])),
    "a pool that is a row too short": (pooling, "window_range", lambda usual: lambda k, stride, before, size, length: (
        usual(k, stride, before, size, length)[0],
        max(usual(k, stride, before, size, length)[0] + 1, usual(k, stride, before, size, length)[1] - 1))),
    "draws that do not move with the step": (training.KEYS, "dropout", lambda usual: lambda seed, layer, step: usual(
        seed, layer, 0)),
    "draws that do not depend on the layer": (training.KEYS, "dropout", lambda usual: lambda seed, layer, step: usual(
        seed, 0, step)),
    "another generator": (dropout, "splitmix", lambda usual: lambda number: usual(number) ^ 1 << 63),
    "unbiased variance": (normalisation, "moments", lambda usual: lambda positions, channels: (
        usual(positions, channels)[0], [v * len(positions) / max(1, len(positions) - 1) for v in usual(
            positions, channels)[1]])),
    "positions by channel": (normalisation, "positions_of", lambda usual: lambda inputs, channels: usual(
        inputs, channels)[::-1]),
}


@pytest.mark.once
@pytest.mark.parametrize("name", BROKEN)
def test_the_textbook_finds_what_is_broken(name, monkeypatch):
    where, function, change = BROKEN[name]
    training.load_step_kind("dropout")
    if where is training.KEYS:
        monkeypatch.setitem(where, function, change(where[function]))
    else:
        monkeypatch.setattr(where, function, change(getattr(where, function)))
    caught = 0
    for seed, kind in itertools.product(range(SHAPES), KINDS):
        try:
            compare(Case(kind, seed), "reference", epochs=1)
        except AssertionError:
            caught += 1
        if caught == 5:
            return
    raise AssertionError(f"only {caught} networks show it")
