"""Products without the terms of zeros: the triple loop's bits, with floats and with the other kinds of number."""
import math
import random

import pytest

from purenet.reference import matrix, nonzero
from tests.reference.test_matrix import SHAPES, judge
from tests.support.numbers import Dual, exact, place_of, recording
from tests.support.oracle import SIZES, assert_same_bits, bits, hostile
from tests.support.oracle import multiply as textbook

FORMS = pytest.mark.parametrize("form", [nonzero.nonzero_rows, nonzero.nonzero_cells])


def sparse(stream, rows, columns, share):
    """A hostile table, most of it zeros of both signs."""
    return [[value if stream.random() < share else stream.choice([0.0, -0.0]) for value in row]
            for row in hostile(stream, rows, columns)]


def excluded(stream, terms, columns):
    """start and right for which zeros may not be left out, one case each."""
    start, right = [v or 1.0 for v in hostile(stream, 1, columns)[0]], hostile(stream, terms, columns)
    j, k = stream.randrange(columns), stream.randrange(terms)
    yield [-0.0 if n == j else v for n, v in enumerate(start)], right
    for value in (math.inf, -math.inf, math.nan):
        changed = [row[:] for row in right]
        changed[k][j] = value
        yield start, changed


@pytest.fixture
def everywhere(monkeypatch):
    """multiply looks for zeros in every product, and leaves them out where they change nothing; how often it does."""
    calls = []
    monkeypatch.setattr(matrix, "SPARSE", 0)
    monkeypatch.setattr(matrix, "SPARSE_ROWS", 0)
    monkeypatch.setattr(matrix, "many_zeros", lambda *_: True)

    def counted(form):
        monkeypatch.setattr(matrix, "multiply_nonzero", lambda *what: calls.append(1) or form(*what))
        return calls

    return counted


@FORMS
def test_product_without_the_terms_of_zeros_is_the_triple_loop_to_the_bit(form, everywhere):
    calls = everywhere(form)
    judge(matrix.multiply)
    assert len(calls) > len(SHAPES)


@FORMS
def test_sparse_products_are_the_triple_loop_to_the_bit(form, everywhere):
    calls, stream = everywhere(form), random.Random(3)
    count = 0
    for terms in SIZES:
        for columns in (1, 10, 17):
            for share in (0.0, 0.2, 0.6):
                left, right = sparse(stream, 5, terms, share), hostile(stream, terms, columns)
                start = [v + 0.0 for v in hostile(stream, 1, columns)[0]]  # -0.0 + 0.0 is 0.0
                assert_same_bits(matrix.multiply(start, left, right), textbook(start, left, right))
                assert_same_bits(matrix.multiply(start, matrix.transpose(matrix.transpose(left)), right),
                                 textbook(start, left, right))
                count += 2
    assert len(calls) == count


@FORMS
def test_no_zero_is_left_out_where_a_total_starts_from_negative_zero_or_right_is_not_finite(form, everywhere):
    calls, stream = everywhere(form), random.Random(4)
    differs = 0
    for terms in SIZES:
        for start, right in excluded(stream, terms, 12):
            left = sparse(stream, 5, terms, 0.1)
            expected = textbook(start, left, right)
            assert_same_bits(matrix.multiply(start, left, right), expected)
            differs += list(map(bits_of, form(start, left, right))) != list(map(bits_of, expected))
    assert calls == [] and differs > 3 * len(SIZES)  # leaving them out all the same would have been seen


def bits_of(row):
    return [bits(value) for value in row]


def test_a_total_that_starts_from_zero_stays_zero_and_never_becomes_negative_zero(everywhere):
    everywhere(nonzero.nonzero_rows)
    for x, w in [(0.0, -1.0), (-0.0, 1.0), (5e-324, -0.25), (-1.0, 0.0)]:
        left, right = [[0.0, x, -0.0]] * 4, [[-2.0]] + [[w]] + [[3.0]]
        assert_same_bits(matrix.multiply([0.0], left, right), [[0.0]] * 4)


def test_multiply_leaves_zeros_out_where_there_are_many_of_them(monkeypatch):
    monkeypatch.setattr(matrix, "multiply_nonzero", lambda *_: "nonzero")
    monkeypatch.setattr(matrix, "SPARSE", 10)
    monkeypatch.setattr(nonzero, "PYPY", False)
    right = [[1.0] * 12] * 16
    for zeros, rows, columns, chosen in [(8, 16, 12, True), (4, 16, 12, False), (8, 16, 9, False), (16, 3, 12, False)]:
        left = [[0.0] * zeros + [1.0] * (16 - zeros)] * rows
        product = matrix.multiply([0.5] * columns, left, [row[:columns] for row in right])
        assert (product == "nonzero") == chosen, (zeros, rows, columns)


# other kinds of number -----------------------------------------------------------------------------

def table(name, values):
    return [[recording(f"{name}{i},{j}", value) for j, value in enumerate(row)] for i, row in enumerate(values)]


@FORMS
@pytest.mark.parametrize("constants", [False, True], ids=["inputs", "constant zeros"])
def test_a_recorder_keeps_the_terms_of_zeros(form, constants, everywhere):
    calls = everywhere(form)
    stream = random.Random(11)
    start, left = table("b", hostile(stream, 1, 5))[0], table("x", sparse(stream, 4, 13, 0.4))
    right = table("w", hostile(stream, 13, 5))
    if constants:  # as relu and dropout give them
        left = [[float(x) if x == 0.0 else x for x in row] for row in left]
    else:
        product = form(start, left, right)
        assert [list(map(place_of, row)) for row in product] == [
            list(map(place_of, row)) for row in matrix.multiply_cells(start, left, right)]
    product, cells = matrix.multiply(start, left, right), matrix.multiply_cells(start, left, right)
    assert [list(map(place_of, row)) for row in product] == [list(map(place_of, row)) for row in cells]
    assert calls == []


@FORMS
def test_exact_numbers_leave_zeros_out_where_floats_do(form, everywhere):
    calls, stream = everywhere(form), random.Random(12)
    left, right = sparse(stream, 3, 11, 0.4), hostile(stream, 11, 4)
    infinite = [row[:] for row in right]
    infinite[5][2] = math.inf
    for start, factor, left_out in [([1.0, 0.0, 2.0, 3.0], right, 1), ([1.0, -0.0, 2.0, 3.0], right, 0),
                                    ([1.0, 0.0, 2.0, 3.0], infinite, 0)]:
        calls.clear()
        own = [list(map(exact, start)), *[[list(map(exact, row)) for row in rows] for rows in (left, factor)]]
        product = [[float(cell) for cell in row] for row in matrix.multiply(*own)]
        assert_same_bits(product, matrix.multiply_cells(start, left, factor))
        assert len(calls) == left_out


@FORMS
def test_a_dual_is_left_out_only_where_value_and_derivative_are_zero(form, everywhere):
    calls = everywhere(form)
    assert not Dual(0.0, -0.0) and Dual(0.0, 1.0) and Dual(1.0, 0.0) and Dual(math.nan, 0.0)
    stream = random.Random(13)

    def duals(values):
        return [[Dual(value, stream.choice([0.0, 0.0, 1.5])) for value in row] for row in values]

    start, right = duals(hostile(stream, 1, 4))[0], duals(hostile(stream, 11, 4))
    left = duals(sparse(stream, 3, 11, 0.4))
    for first in (start[0], Dual(-0.0, 2.0), Dual(0.0, 0.0)):
        start[0] = first
        product, cells = matrix.multiply(start, left, right), matrix.multiply_cells(start, left, right)
        assert_same_bits([[x.value for x in row] for row in product], [[x.value for x in row] for row in cells])
        assert [[x.derivative for x in row] for row in product] == [[x.derivative for x in row] for row in cells]
    assert len(calls) == 2  # not from -0.0
