"""The matrix product of matrix.py without the terms whose left factor is 0, where this changes no bit (law 3).

Many inputs are 0: the background of images, one-hot columns, the outputs of relu and dropout, and the gradients there.
This is the only module that leaves out terms. It has no twin, and boards do without it.
"""
import math
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Sequence

    Row = list[float]
    Matrix = list[Row]

PYPY = sys.implementation.name == "pypy"  # it compiles plain loops


def many_zeros(left: "Sequence[Sequence[float]]", terms: int) -> bool:
    """Return whether left has so many zeros that multiply_nonzero is faster. Measured by tools/bench.

    That is more than a quarter, and more again to make up for zeros_change_nothing, which takes as long as 3/4 of a
    row. With PyPy it is faster even without zeros.
    """
    if PYPY:
        return True
    zeros = 0
    for row in left:
        zeros += row.count(0.0)
    return 4 * zeros > (len(left) + 3) * terms


def zeros_change_nothing(start: "Row", right: "Sequence[Sequence[float]]") -> bool:
    """Return whether no total starts from -0.0 and every number of right is finite, which is: v - v is 0.

    Then a term whose left factor is 0 is 0.0 or -0.0, and a total that does not start from -0.0 stays as it is (law 3).
    """
    for b in start:
        if b == 0.0 and math.copysign(1.0, b) < 0.0:
            return False
    for row in right:
        for v in row:
            if v - v:
                return False
    return True


def nonzero_cells(start: "Row", left: "Sequence[Sequence[float]]", right: "Sequence[Sequence[float]]") -> "Matrix":
    """Compute the formula term by term, without the terms whose left factor is 0, if zeros_change_nothing."""
    columns = range(len(start))
    terms = range(len(right))
    result = []
    for row in left:
        totals = list(start)
        for k in terms:
            x = row[k]
            if x:  # else the term is left out
                weights = right[k]
                for j in columns:
                    totals[j] += x * weights[j]
        result.append(totals)
    return result


def nonzero_rows(start: "Row", left: "Sequence[Sequence[float]]", right: "Sequence[Sequence[float]]") -> "Matrix":
    """Compute the formula row by row, without the terms whose left factor is 0, if zeros_change_nothing.

    A pass adds eight terms of those that are left, or four, two or one of the last, left to right.
    """
    result = []
    for row in left:
        totals = list(start)
        terms = [(x, weights) for x, weights in zip(row, right) if x]  # the others are left out
        count = len(terms)
        k = 0
        while count - k >= 8:
            (x0, r0), (x1, r1), (x2, r2), (x3, r3), (x4, r4), (x5, r5), (x6, r6), (x7, r7) = terms[k:k + 8]
            totals = [
                total + x0 * w0 + x1 * w1 + x2 * w2 + x3 * w3 + x4 * w4 + x5 * w5 + x6 * w6 + x7 * w7
                for total, w0, w1, w2, w3, w4, w5, w6, w7 in zip(totals, r0, r1, r2, r3, r4, r5, r6, r7)
            ]
            k += 8
        if count - k >= 4:
            (x0, r0), (x1, r1), (x2, r2), (x3, r3) = terms[k:k + 4]
            totals = [
                total + x0 * w0 + x1 * w1 + x2 * w2 + x3 * w3
                for total, w0, w1, w2, w3 in zip(totals, r0, r1, r2, r3)
            ]
            k += 4
        if count - k >= 2:
            (x0, r0), (x1, r1) = terms[k:k + 2]
            totals = [total + x0 * w0 + x1 * w1 for total, w0, w1 in zip(totals, r0, r1)]
            k += 2
        if k < count:
            x0, r0 = terms[k]
            totals = [total + x0 * w0 for total, w0 in zip(totals, r0)]
        result.append(totals)
    return result


multiply_nonzero = nonzero_cells if PYPY else nonzero_rows
