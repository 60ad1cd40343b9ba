"""x of a network over images: rows, nested images and buffers are the same numbers; anything else is named."""
import array
import re

import pytest

import purenet
from purenet import Conv2D, Dense, Network
from purenet._core.arrays import flatten
from purenet._core.buffers import DoubleRows, rows_in_place
from purenet._model.inputs import check_inputs
from tests.support.oracle import assert_same_bits

SHAPE = (3, 4, 2)
NUMBERS = [k / 7 - 5.0 for k in range(5 * 24)]
ROWS = [NUMBERS[k:k + 24] for k in range(0, len(NUMBERS), 24)]
Y = [[0.1], [0.7], [-0.4], [0.0], [2.0]]


@pytest.fixture(params=purenet.backend().available)
def net(request):
    return Network(SHAPE, [Conv2D(2, 2, activation="tanh"), Dense(1)], seed=1, backend=request.param)


def nested(kind=list):
    return [kind(kind(kind(row[(y * 4 + x) * 2:][:2]) for x in range(4)) for y in range(3)) for row in ROWS]


def buffer(code="d", shape=(5, *SHAPE), values=NUMBERS):
    return memoryview(array.array(code, values)).cast("B").cast(code, list(shape))


def images_alone(code="d", shape=SHAPE, values=NUMBERS):
    return [memoryview(array.array(code, values[k:k + 24])).cast("B").cast(code, list(shape))
            for k in range(0, 120, 24)]


GIVEN = {
    "images alone": images_alone(), "some alone": [*images_alone()[:2], *nested()[2:]],
    "nested lists": nested(), "nested tuples": nested(tuple), "rows": ROWS, "a generator": None, "a mixture": None,
    "four dimensions": buffer(), "two dimensions": buffer(shape=(5, 24)), "one dimension": array.array("d", NUMBERS),
}


@pytest.mark.parametrize("what", GIVEN)
def test_all_forms_of_images_are_the_same_numbers(net, what):
    given = GIVEN[what]
    if what == "a mixture":
        given = [ROWS[0], *nested()[1:3], tuple(ROWS[3]), array.array("d", ROWS[4])]

    def fresh():
        return iter(nested()) if what == "a generator" else given

    assert_same_bits(net.predict(fresh()), net.predict(ROWS))
    assert_same_bits(net.evaluate(fresh(), Y), net.evaluate(ROWS, Y))
    other = Network(SHAPE, [Conv2D(2, 2, activation="tanh"), Dense(1)], seed=1, backend=net.backend)
    assert_same_bits(net.fit(fresh(), Y, 2, 2).loss, other.fit(ROWS, Y, 2, 2).loss)
    assert net.digest() == other.digest()


def test_whole_numbers_and_floats_of_four_dimensions_are_converted(net):
    whole = [k % 256 for k in range(5 * 24)]
    rows = [[float(v) for v in whole[k:k + 24]] for k in range(0, len(whole), 24)]
    for code in "BHiqf":
        assert_same_bits(net.predict(buffer(code, values=whole)), net.predict(rows))


def test_doubles_of_four_dimensions_are_left_where_they_are():
    given = buffer()
    taken = check_inputs(given, SHAPE, in_place=rows_in_place)
    assert isinstance(taken, DoubleRows) and len(taken) == 5 and taken[4] == ROWS[4]
    given.cast("B").cast("d")[-1] = 77.0
    assert taken[4][-1] == 77.0


def changed(change):
    images = nested()
    change(images)
    return images


@pytest.mark.parametrize("given, words", [
    (lambda: nested()[0], "x[0] is 4 x 2 numbers, expected 3 x 4 x 2 (the network's images are 3 x 4 x 2); one"),
    (lambda: changed(lambda x: x[2].pop()), "x[2]: expected 3 rows of pixels (the network's images are"),
    (lambda: changed(lambda x: x[1][2].pop()), "x[1][2]: expected 4 pixels of 2 numbers, got 3 pixels"),
    (lambda: changed(lambda x: x[1][2][3].append(0.0)), "x[1][2][3] has 3 numbers, expected 2 (the network's images"),
    (lambda: changed(lambda x: x[4][0][1].__setitem__(1, "dark")), "x[4][0][1][1] is 'dark' (str), expected a number"),
    (lambda: [row[:-1] for row in ROWS], "x[0] has 23 numbers, expected 24 (the network's images are 3 x 4 x 2)"),
    (lambda: NUMBERS, "x: expected rows of 24 numbers (the network's images are 3 x 4 x 2), got a flat list of 120"),
    (lambda: array.array("d", NUMBERS[1:]), "x: a flat buffer of 119 numbers is not rows of 24 (the network's images"),
    (lambda: buffer(shape=(5, 4, 3, 2)), "x: expected images of 3 x 4 x 2, got a buffer of 5 x 4 x 3 x 2; its first"),
    (lambda: buffer(shape=(5, 3, 8)), "x: expected images of 3 x 4 x 2, got a buffer of 5 x 3 x 8; its first"),
    (lambda: buffer("f", shape=(5, 2, 3, 4)), "x: expected images of 3 x 4 x 2, got a buffer of 5 x 2 x 3 x 4"),
    (lambda: images_alone(shape=(3, 2, 4)), "x[0]: expected 3 x 4 x 2 numbers, got a buffer of 3 x 2 x 4"),
    (lambda: [*nested()[:2], buffer()], "x[2]: expected 3 x 4 x 2 numbers, got a buffer of 5 x 3 x 4 x 2"),
    (lambda: [], "x is empty"),
    (lambda: [[]], "x[0] has 0 numbers, expected 24"),
    (lambda: [[[]]], "x[0]"),
    (lambda: [None], "x"),
])
def test_what_is_no_image_is_named_with_its_shape(net, given, words):
    with pytest.raises((ValueError, TypeError), match=re.escape(words)) as caught:
        net.predict(given())
    assert len(str(caught.value)) < 300


def test_a_network_over_rows_takes_no_images():
    with pytest.raises((ValueError, TypeError), match=re.escape("x[0]")):
        Network(24, [Dense(1)]).predict(nested())
    with pytest.raises(ValueError, match="got a buffer of 4 dimensions; reshape it to rows"):
        Network(24, [Dense(1)]).predict(buffer())


def test_a_number_that_is_not_finite_is_named(net):
    words = "x[3][2][3][1] (of flat rows x[3][23]) is inf, expected a finite number"
    with pytest.raises(ValueError, match=re.escape(words)):
        net.predict(changed(lambda x: x[3][2][3].__setitem__(1, float("inf"))))
    with pytest.raises(ValueError, match=re.escape("y[1][0] is nan, expected a finite number")):
        net.evaluate(ROWS, [[0.0], [float("nan")], [0.0], [0.0], [0.0]])
    with pytest.warns(UserWarning, match=re.escape("x[3][2][3][1] (of flat rows x[3][23]) is 2000.0: inputs beyond")):
        net.fit(changed(lambda x: x[3][2][3].__setitem__(1, 2000.0)), Y)


def over_images(backend, loss="squared_error", activation="linear"):
    return Network(SHAPE, [Conv2D(2, 3, padding="same", activation=activation)], loss=loss, seed=1, backend=backend)


@pytest.mark.parametrize("loss, activation", [("squared_error", "linear"), ("binary_cross_entropy", "sigmoid")])
@pytest.mark.parametrize("what", ["nested lists", "a generator", "four dimensions", "images alone", "whole numbers"])
def test_targets_may_be_images_where_the_outputs_are(net, loss, activation, what):
    rows = [[float(k % 3 == 0) for k in range(24 * i, 24 * i + 24)] for i in range(5)]
    flat = [value for row in rows for value in row]
    images = [[[row[(y * 4 + x) * 2:][:2] for x in range(4)] for y in range(3)] for row in rows]

    def targets():
        return {"nested lists": images, "a generator": iter(images), "four dimensions": buffer(values=flat),
                "images alone": images_alone(values=flat),
                "whole numbers": buffer("b", values=[int(value) for value in flat])}[what]

    mine, other = [over_images(net.backend, loss, activation) for _ in range(2)]
    assert_same_bits(mine.evaluate(ROWS, targets()), other.evaluate(ROWS, rows))
    assert mine.fit(ROWS, targets(), 2, validation_data=(ROWS, targets())).val_loss == \
        other.fit(ROWS, rows, 2, validation_data=(ROWS, rows)).val_loss
    assert mine.digest() == other.digest()


def test_outputs_that_are_images_fill_a_buffer_of_four_dimensions(net):
    mine = over_images(net.backend)
    out = array.array("d", [0.0] * 120)
    view = memoryview(out).cast("B").cast("d", [5, *SHAPE])
    assert mine.predict(ROWS, out=view) is view
    assert_same_bits([list(out[k:k + 24]) for k in range(0, 120, 24)], mine.predict(ROWS))
    for shape in [(5, 4, 3, 2), (15, 8), (5, 12, 2)]:
        words = f"out: expected a shape of 5 x 24 or 5 x 3 x 4 x 2, got {shape}"
        with pytest.raises(ValueError, match=re.escape(words)):
            mine.predict(ROWS, out=memoryview(out).cast("B").cast("d", list(shape)))


@pytest.mark.parametrize("given, words", [
    (lambda: changed(lambda y: y[2].pop()), "y[2]: expected 3 rows of pixels (the network's outputs are 3 x 4 x 2)"),
    (lambda: changed(lambda y: y[1][2].pop()), "y[1][2]: expected 4 pixels of 2 numbers, got 3 pixels"),
    (lambda: changed(lambda y: y[4][0][1].__setitem__(1, "dark")), "y[4][0][1][1] is 'dark' (str)"),
    (lambda: changed(lambda y: y[4][0][1].__setitem__(1, float("inf"))), "y[4][0][1][1] (of flat rows y[4][3]) is inf"),
    (lambda: buffer(shape=(5, 4, 3, 2)), "y: expected images of 3 x 4 x 2, got a buffer of 5 x 4 x 3 x 2"),
    (lambda: [row[:-1] for row in ROWS], "y[0] has 23 numbers, expected 24 (the network's outputs are 3 x 4 x 2)"),
])
def test_targets_that_are_no_such_images_are_named(net, given, words):
    with pytest.raises((ValueError, TypeError), match=re.escape(words)):
        over_images(net.backend).evaluate(ROWS, given())


@pytest.mark.parametrize("form", ["whole", "parts", "rows"])
def test_kernels_are_taken_from_buffers_of_four_dimensions(net, form):
    kernel = [k / 7 - 1.0 for k in range(16)]
    view = memoryview(array.array("d", kernel)).cast("B")
    given = {"whole": view.cast("d", [2, 2, 2, 2]),
             "parts": [view[64 * k:64 * k + 64].cast("d", [2, 2, 2]) for k in range(2)],
             "rows": [[view[32 * k:32 * k + 32].cast("d", [2, 2]) for k in (j, j + 1)] for j in (0, 2)]}[form]
    made = Network(SHAPE, [Conv2D(2, 2, activation="tanh", init=lambda *_: given), Dense(1)], backend=net.backend)
    net.set_parameters([("0.kernel", given)] + net.parameters()[1:])
    for one in (net, made):
        assert_same_bits(flatten(one.parameters()[0][1]), kernel)


def test_kernels_of_another_shape_are_named(net):
    before = net.digest()
    for shape in [(2, 2, 4, 1), (4, 2, 2)]:
        given = memoryview(array.array("d", [0.0] * 16)).cast("B").cast("d", list(shape))
        got = " x ".join(map(str, shape))
        words = f"0.kernel: expected 2 x 2 x 2 x 2 numbers, got a buffer of {got}"
        with pytest.raises(ValueError, match=re.escape(words)):
            net.set_parameters([("0.kernel", given)] + net.parameters()[1:])
    assert net.digest() == before
