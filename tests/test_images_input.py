"""x of a network over images: rows, nested images and buffers are the same numbers; anything else is named."""
import array
import re

import pytest

import purenet
from purenet import Conv2D, Dense, Network, checks
from purenet.doubles import Doubles
from tests.oracle import assert_same_bits

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


GIVEN = {
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
    taken = checks.inputs_from(given, SHAPE, in_place=True)
    assert isinstance(taken, Doubles) and len(taken) == 5 and taken[4] == ROWS[4]
    given.cast("B").cast("d")[-1] = 77.0
    assert taken[4][-1] == 77.0


def changed(change):
    images = nested()
    change(images)
    return images


@pytest.mark.parametrize("given, words", [
    (lambda: nested()[0], "x[0] is 4 x 2 numbers, expected 3 x 4 x 2 (the network's images are 3 x 4 x 2); one"),
    (lambda: changed(lambda x: x[2].pop()), "x[2]: expected 3 tables (the network's images are 3 x 4 x 2), got 2"),
    (lambda: changed(lambda x: x[1][2].pop()), "x[1][2]: expected 4 rows of 2 numbers, got 3 rows"),
    (lambda: changed(lambda x: x[1][2][3].append(0.0)), "x[1][2][3] has 3 numbers, expected 2 (the network's images"),
    (lambda: changed(lambda x: x[4][0][1].__setitem__(1, "dark")), "x[4][0][1][1] is 'dark' (str), expected a number"),
    (lambda: [row[:-1] for row in ROWS], "x[0] has 23 numbers, expected 24 (the network's images are 3 x 4 x 2)"),
    (lambda: NUMBERS, "x: expected rows of 24 numbers (the network's images are 3 x 4 x 2), got a flat list of 120"),
    (lambda: array.array("d", NUMBERS[1:]), "x: a flat buffer of 119 numbers is not rows of 24 (the network's images"),
    (lambda: buffer(shape=(5, 4, 3, 2)), "x: expected images of 3 x 4 x 2, got a buffer of 5 x 4 x 3 x 2; its first"),
    (lambda: buffer(shape=(5, 3, 8)), "x: expected images of 3 x 4 x 2, got a buffer of 5 x 3 x 8; its first"),
    (lambda: buffer("f", shape=(5, 2, 3, 4)), "x: expected images of 3 x 4 x 2, got a buffer of 5 x 2 x 3 x 4"),
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
    with pytest.raises(ValueError, match=re.escape("x[3][23] is inf, expected a finite number")):
        net.predict(changed(lambda x: x[3][2][3].__setitem__(1, float("inf"))))
