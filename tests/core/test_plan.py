"""What a plan says of a network, and which networks are none."""
import itertools
import pickle

import pytest

import purenet
from purenet import SGD, Adam, Network
from purenet._model.planner import make_plan
from purenet.layers import Activation, BatchNorm, Conv2D, Dense, Dropout, Flatten
from purenet.layers.pooling import AveragePool2D, GlobalAveragePool2D, MaxPool2D
from tests.support.oracle import assert_same_bits

BACKENDS = purenet.backend().available


def counted(image, kernel, stride, filters):
    """The multiply-adds of a convolution inside its images, one by one."""
    tops = range(0, image[0] - kernel[0] + 1, stride)
    lefts = range(0, image[1] - kernel[1] + 1, stride)
    cells = itertools.product(tops, lefts, range(kernel[0]), range(kernel[1]), range(image[2]), range(filters))
    return len(list(cells))


@pytest.mark.parametrize("inputs, layers, work", [
    ((5,), [Dense(7), Dense(2, "tanh")], 5 * 7 + 7 * 2 + 2),
    ((6, 5, 2), [Conv2D(4, (3, 2))], counted((6, 5, 2), (3, 2), 1, 4)),
    ((9, 9, 3), [Conv2D(5, 3, 2, activation="relu")], counted((9, 9, 3), (3, 3), 2, 5) + 4 * 4 * 5),
    ((6, 6, 2), [Conv2D(4, 3, padding="same")], counted((8, 8, 2), (3, 3), 1, 4)),  # zeros are multiplied too
    ((6, 6, 3), [MaxPool2D(2), AveragePool2D(2, 1)], 6 * 6 * 3 + 2 * 2 * 4 * 3),
    ((6, 6, 3), [GlobalAveragePool2D(), Dense(1)], 6 * 6 * 3 + 3),
    ((4, 4, 3), [BatchNorm(), Dropout(0.5), Activation("relu"), Flatten()], 3 * 48),
], ids=["dense", "convolution", "strides", "padding", "pools", "global", "others"])
def test_the_work_of_a_row_is_its_multiply_adds_and_the_numbers_of_other_steps(inputs, layers, work):
    assert make_plan(inputs, layers, ("squared_error", ()), None, SGD(), "zeros").multiply_adds == work


@pytest.mark.parametrize("rows, optimizer, asked", [
    (1024, SGD(), [1 << 20]), (1023, SGD(), []), (1023, SGD(0.1, momentum=0.9), [2 * 1023 * 1024]),
    (342, Adam(), [3 * 342 * 1024]), (341, Adam(), []),
])
def test_memory_is_asked_for_from_a_million_numbers_on_with_those_of_the_optimizer(monkeypatch, rows, optimizer, asked):
    counts = []
    monkeypatch.setattr("purenet._core.memory.check_memory", counts.append)
    layers = [Dense(1024, bias=False)]
    make_plan((rows,), layers, ("squared_error", ()), None, optimizer, "zeros").check_memory()
    assert counts == asked


WITHOUT = [[MaxPool2D(2)], [GlobalAveragePool2D()], [Activation("tanh"), Dropout(0.2)]]  # parameters
OPTIMIZERS = [SGD(0.1, momentum=0.9), Adam(clip_norm=1.0, weight_decay=0.1)]


@pytest.mark.parametrize("optimizer", OPTIMIZERS, ids=["SGD", "Adam"])
@pytest.mark.parametrize("layers", WITHOUT, ids=str)
@pytest.mark.parametrize("backend", BACKENDS)
def test_a_network_without_parameters_can_be_used_like_others(backend, layers, optimizer, tmp_path):
    nets = [Network((4, 4, 1), layers, optimizer=optimizer, backend=one) for one in ("reference", backend)]
    x = [[(i * k) % 7 / 7 for i in range(16)] for k in range(5)]
    y = [[0.5] * nets[0].plan.outputs] * 5
    histories = [net.fit(x, y, 3, 2).loss for net in nets]
    assert_same_bits(*histories)
    assert_same_bits(nets[1].predict(x), nets[0].predict(x))
    assert_same_bits([nets[1].evaluate(x, y)], [nets[0].evaluate(x, y)])
    assert nets[1].gradients(x, y) == nets[1].parameters() == []
    nets[1].save(tmp_path / "none.safetensors")
    for again in (purenet.load(tmp_path / "none.safetensors", backend=backend), pickle.loads(pickle.dumps(nets[1]))):
        assert_same_bits(again.fit(x, y, 2, 2).loss, nets[0].fit(x, y, 2, 2).loss)
        nets[0] = Network((4, 4, 1), layers, optimizer=optimizer, backend="reference")
        nets[0].fit(x, y, 3, 2)


@pytest.mark.parametrize("layers", [[Flatten()], [Activation("linear")], [Flatten(), Activation("linear")]], ids=str)
def test_layers_that_compute_nothing_are_refused(layers):
    with pytest.raises(ValueError, match="^layers: none of these computes anything; add one that does, such as"):
        Network((4, 4, 1), layers)


@pytest.mark.parametrize("name, activation", [
    ("categorical_cross_entropy", "softmax"), ("binary_cross_entropy", "sigmoid")])
def test_a_loss_of_what_goes_into_the_activation_needs_a_layer_that_gives_it(name, activation):
    with pytest.raises(ValueError, match=f"^loss: {name} is computed from the inputs of the last activation"):
        Network((2, 2, 1), [Flatten(), Activation(activation)], loss=name)
