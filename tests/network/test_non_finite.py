"""What is infinite or not a number is never told as an answer, and what is said about it is true."""
import array
import re
import warnings

import pytest

import purenet
from purenet import SGD, Adam, BatchNorm, Conv2D, Dense, Flatten, MaxPool2D, Network, NonFiniteError
from tests.support.oracle import assert_same_bits

HINT = re.escape(": numbers on the way to it are beyond what a double holds (1.8e308). Scale the inputs and")


@pytest.fixture(params=purenet.backend().available)
def backend(request):
    return request.param


def overflowing(backend):
    """A network whose outputs overflow for rows other than zeros."""
    net = Network(2, [Dense(3, "softmax")], loss="categorical_cross_entropy", backend=backend)
    net.set_parameters([("0.weights", [[1e308, -1e308, 0.0]] * 2), ("0.bias", [0.0] * 3)])
    return net


ROWS = [[0.0, 0.0]] * 30 + [[1.0, 1.0]]


def test_outputs_that_are_not_numbers_raise(backend):
    net = overflowing(backend)
    for call in (net.predict, net.predict_classes, lambda x: net.predict(x, out=array.array("d", [0.0] * 93))):
        with pytest.raises(NonFiniteError, match=re.escape("output 0 of x[30] is nan") + HINT):
            call(ROWS)
    with pytest.raises(NonFiniteError, match=re.escape("output 0 of x[1] is nan") + HINT):  # so few that Python looks
        net.predict(ROWS[-2:], out=array.array("d", [0.0] * 6))
    assert len(net.predict(ROWS[:-1])) == 30 and net.predict_classes(ROWS[:-1]) == [0] * 30
    out = array.array("d", [9.0] * 90)
    assert net.predict(ROWS[:-1], out=out) is out and out[0] == 1 / 3


def test_infinite_outputs_raise_and_the_largest_double_does_not(backend):
    net = Network(1, [Dense(2)], backend=backend)
    net.set_parameters([("0.weights", [[0.0, -1e308]]), ("0.bias", [0.0, 0.0])])
    assert net.predict([[1.0], [-1.7976931348623157]]) == [[0.0, -1e308], [0.0, 1e308 * 1.7976931348623157]]
    with pytest.raises(NonFiniteError, match=re.escape("output 1 of x[1] is -inf") + HINT):
        net.predict([[1.0], [2.0]])


def test_a_loss_and_gradients_that_are_not_finite_raise(backend):
    net = overflowing(backend)
    with pytest.raises(NonFiniteError, match="the loss is (nan|inf)" + HINT):
        net.evaluate(ROWS, [0] * 31)
    for call in (net.gradients, lambda x, y: purenet.check_gradients(net, x, y)):
        with pytest.raises(NonFiniteError, match="is (nan|inf)" + HINT):
            call(ROWS, [0] * 31)
    with pytest.raises(NonFiniteError, match=re.escape("the gradient of 0.weights[0][0] is nan") + HINT):
        net.gradients(ROWS, [0] * 31)
    assert net.evaluate(ROWS[:-1], [0] * 30) > 1.0 and len(net.gradients(ROWS[:-1], [0] * 30)) == 2


@pytest.mark.filterwarnings("ignore:.*inputs beyond 1,000")
@pytest.mark.parametrize("loss, reduction, summed", [
    ("squared_error", None, True), ("squared_error", "mean", False), ("mean_squared_error", None, False),
    ("mean_squared_error", "sum", True), ("huber", None, False)])
def test_a_loss_that_takes_the_mean_is_recommended_where_this_one_does_not(loss, reduction, summed, backend):
    net = Network(1, [Dense(1)], loss=loss, reduction=reduction, optimizer=SGD(1e300), backend=backend)
    with pytest.raises(NonFiniteError) as caught:
        net.fit([[1e200]], [[1.0]], 5)
    end = ", scaled inputs, or a loss that takes the mean" if summed else " or scaled inputs"
    assert str(caught.value).endswith(f"Begin again with a new Network and a smaller learning rate (now 1e+300){end}")


@pytest.mark.parametrize("optimizer", [SGD, Adam])
def test_a_clipping_that_overflows_is_named(optimizer, backend):
    def told(x, **settings):
        net = Network(1, [Dense(1)], loss="mean_absolute_error", optimizer=optimizer(1.0, **settings), backend=backend)
        with pytest.raises(NonFiniteError) as caught:
            net.fit([[x]], [[1.0]], 1)
        return str(caught.value)

    words = "clip_norm adds up squares of the gradients, which overflow beyond 1e154; clip_value does not. Begin again"
    with pytest.warns(UserWarning):
        assert words in told(1e160, clip_norm=1.0)
    net = Network(1, [Dense(1)], loss="mean_absolute_error", optimizer=optimizer(1.0, clip_value=1.0), backend=backend)
    with pytest.warns(UserWarning):
        net.fit([[1e160]], [[1.0]], 1)


def test_inputs_that_a_leading_batch_norm_scales_are_not_warned_of(backend):
    x, y = [[5000.0], [-7000.0], [100.0]], [[0.0], [1.0], [0.5]]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for layers in ([BatchNorm(), Dense(1)], [Flatten(), BatchNorm(), Dense(1)]):
            Network(1, layers, backend=backend).fit(x, y)
    with pytest.warns(UserWarning, match="inputs beyond 1,000"):
        Network(1, [Dense(1), BatchNorm()], optimizer=SGD(1e-9), backend=backend).fit(x, y)


@pytest.mark.parametrize("make, cure", [
    (lambda: MaxPool2D(2, "same"), "the padding is written padding=..."),
    (lambda: Conv2D(2, 3, "valid"), "the padding is written padding=..."),
    (lambda: Conv2D(2, 3, "relu"), "an activation is written activation=... (of Conv2D), or is a layer, Activation("),
    (lambda: MaxPool2D(2, "relu"), "an activation is written activation=... (of Conv2D), or is a layer, Activation("),
])
def test_a_word_for_strides_is_told_where_it_belongs(make, cure):
    with pytest.raises(TypeError, match=re.escape(f"; {cure}")):
        make()


@pytest.mark.parametrize("padding", ["valid", "same"])
@pytest.mark.parametrize("layer", [lambda s, p: Conv2D(2, 3, s, p), lambda s, p: MaxPool2D(3, s, p)])
def test_no_engine_computes_places_with_strides_beyond_the_image(layer, padding, backend):
    x = [[(k * k % 23) / 7 - 1.0 for k in range(i, i + 20)] for i in range(3)]
    long, short = [Network((5, 4, 1), [layer(strides, padding), Dense(1)], seed=1, backend=backend)
                   for strides in (1 << 24, (5, 4))]
    window = long.plan.steps[0].window
    assert (window.down, window.right) == (5, 4) and window.shape()[:2] == (1, 1)
    assert long.layers[0].strides == (1 << 24, 1 << 24)
    assert_same_bits(long.predict(x), short.predict(x))
    for net in (long, short):
        net.fit(x, [[0.0], [1.0], [2.0]], 2)
    assert long.digest() == short.digest()
