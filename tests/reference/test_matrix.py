"""The product behind every layer, judged by the textbook's triple loop; and the judge, judged by broken products."""
import math
import random
from fractions import Fraction

import pytest

from purenet.reference import matrix
from tests.support.oracle import SIZES, assert_same_bits, hostile
from tests.support.oracle import multiply as textbook

# every number of terms with every number of columns, and every number of rows with a few of both
SHAPES = [(1 + (terms + columns) % 3, terms, columns) for terms in SIZES for columns in SIZES]
SHAPES += [(rows, terms, columns) for rows in SIZES for terms, columns in [(1, 3), (5, 1), (8, 11), (9, 10), (17, 12)]]


def operands(rows, terms, columns, seed=0):
    """start, left and right for each kind of operand, hostile in its own way."""
    stream = random.Random(f"{rows} {terms} {columns} {seed}")
    for decades in (0, 2, 100):
        start = hostile(stream, 1, columns, decades)[0]
        yield start, hostile(stream, rows, terms, decades), hostile(stream, terms, columns, decades)
    # all terms are -0.0 and so is the start, in every other column: -0.0 must come out
    start = [-0.0 if j % 2 else 0.0 for j in range(columns)]
    yield start, [[0.0] * terms for _ in range(rows)], [[-1.7] * columns for _ in range(terms)]
    # and a zero input hides a number only while that number is finite
    yield start, [[-0.0] * terms for _ in range(rows)], [[math.inf] * columns for _ in range(terms)]


def judge(kernel, shapes=SHAPES):
    """AssertionError if a product differs from the textbook's in a bit, or changes what it was given."""
    for shape in shapes:
        for start, left, right in operands(*shape):
            kept = [start[:], [row[:] for row in left], [row[:] for row in right]]
            assert_same_bits(kernel(start, left, right), textbook(start, left, right), "{} x {} x {}: ".format(*shape))
            assert_same_bits([start, left, right], kept, "an operand")


@pytest.mark.parametrize("kernel", [matrix.multiply, matrix.multiply_cells, matrix.multiply_rows])
def test_product_is_the_triple_loop_to_the_bit(kernel):
    judge(kernel)


@pytest.mark.parametrize("wide", [1, 5, 1 << 60])
def test_multiply_gives_the_same_bits_whichever_form_it_chooses(wide, monkeypatch):
    monkeypatch.setattr(matrix, "WIDE", wide)
    judge(matrix.multiply, [(3, 8, 1), (2, 9, 4), (2, 15, 5), (1, 16, 6), (4, 33, 17)])


def test_multiply_takes_the_rows_form_where_the_result_is_wide_and_the_cells_form_where_it_is_not(monkeypatch):
    monkeypatch.setattr(matrix, "WIDE", 5)
    monkeypatch.setattr(matrix, "multiply_cells", lambda *_: "cells")
    monkeypatch.setattr(matrix, "multiply_rows", lambda *_: "rows")
    assert matrix.multiply([0.0] * 4, [[1.0] * 8], [[1.0] * 4] * 8) == "cells"
    assert matrix.multiply([0.0] * 13, [[1.0] * 8], [[1.0] * 13] * 8) == "rows"


@pytest.mark.parametrize("kernel", [matrix.multiply_cells, matrix.multiply_rows])
def test_the_product_of_a_transposed_matrix_is_that_of_the_matrix_written_out(kernel):
    for start, left, right in operands(3, 13, 12):
        turned = [[right[k][j] for k in range(13)] for j in range(12)]
        assert_same_bits(kernel(start, left, matrix.transpose(turned)), textbook(start, left, right))


def test_transpose_turns_rows_into_columns():
    assert [list(row) for row in matrix.transpose([[1.5, 2.5, 3.5], [4.5, 5.5, 6.5]])] == [
        [1.5, 4.5], [2.5, 5.5], [3.5, 6.5]]


# broken products: each is wrong in one way that a test with tidy numbers or square shapes may miss --

def summed(sum_of):
    """The product whose cells are sum_of(start, terms)."""
    def product(start, left, right):
        return [
            [sum_of(start[j], [row[k] * right[k][j] for k in range(len(right))]) for j in range(len(start))]
            for row in left
        ]

    return product


def ascending(total, terms):
    for term in terms:
        total += term
    return total


def pairwise(terms):
    if len(terms) == 1:
        return terms[0]
    half = len(terms) // 2
    return pairwise(terms[:half]) + pairwise(terms[half:])


def in_two_lanes(start, terms):
    lanes = [start, 0.0]
    for k, term in enumerate(terms):
        lanes[k % 2] += term
    return lanes[0] + lanes[1] if len(terms) > 1 else lanes[0]


def compensated(start, terms):
    if not all(map(math.isfinite, terms)):
        return ascending(start, terms)
    return math.fsum([start] + terms) or ascending(start, terms)


def transposed(start, left, right):
    rows, columns = len(right), len(right[0])
    return textbook(start, left, [[right[j % rows][k % columns] for j in range(columns)] for k in range(rows)])


def skipping_zero_inputs(start, left, right):
    result = []
    for row in left:
        kept = [k for k in range(len(row)) if row[k] != 0.0]
        result.append([ascending(start[j], [row[k] * right[k][j] for k in kept]) for j in range(len(start))])
    return result


def contracted(start, left, right):
    """With a fused multiply-add, which rounds once."""
    result = []
    for row in left:
        totals = []
        for j in range(len(start)):
            total = start[j]
            for k in range(len(right)):
                plain = total + row[k] * right[k][j]
                if math.isfinite(plain) and plain != 0.0:
                    plain = float(Fraction(total) + Fraction(row[k]) * Fraction(right[k][j]))
                total = plain
            totals.append(total)
        result.append(totals)
    return result


BROKEN = {
    "sums in reverse": summed(lambda start, terms: ascending(start, terms[::-1])),
    "sums pairwise": summed(lambda start, terms: pairwise([start] + terms)),
    "sums in two lanes": summed(in_two_lanes),
    "sums with compensation": summed(compensated),
    "adds the start last": summed(lambda start, terms: ascending(terms[0], terms[1:]) + start),
    "drops the last term": summed(lambda start, terms: ascending(start, terms[:-1] or terms)),
    "drops what follows the last eight": summed(
        lambda start, terms: ascending(start, terms[:len(terms) // 8 * 8] or terms)),
    "is right only for multiples of four": summed(
        lambda start, terms: ascending(start, terms + [terms[-1]] * (-len(terms) % 4))),
    "reads the transposed matrix": transposed,
    "loses -0.0": summed(lambda start, terms: ascending(0.0 + start, terms)),
    "skips zero inputs": skipping_zero_inputs,
    "contracts multiply and add": contracted,
    "forgets the last row": lambda start, left, right: textbook(start, left[:-1] or left, right),
    "writes into its start": lambda start, left, right: [
        [start.__setitem__(j, value) or value for j, value in enumerate(row)] for row in textbook(start, left, right)],
}


def test_the_judge_lets_the_sum_pass_from_which_the_broken_ones_are_made():
    judge(summed(ascending))


@pytest.mark.parametrize("name", BROKEN)
def test_the_judge_catches_a_product_that(name):
    with pytest.raises(AssertionError):
        judge(BROKEN[name])
