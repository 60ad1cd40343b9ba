"""The matrix product behind dense and convolution layers, on lists of rows.

``multiply(start, left, right)`` returns, for left (n x k) and right (k x m), the n rows

    result[i][j] = start[j] + left[i][0] right[0][j] + left[i][1] right[1][j] + ...

Each cell is one running total: it begins with start[j], and the terms are added in ascending order, each
product rounded before it is added. The two forms below do exactly these operations. They differ only
in the order of the cells, so their bits are equal. nonzero.py has a third, without the terms that are 0.
"""
import sys

try:
    from .nonzero import many_zeros, multiply_nonzero, zeros_change_nothing
except ImportError:  # boards, which have no memory for another form of the product, do without
    pass

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Iterable, Sequence

    Row = list[float]
    Matrix = list[Row]

# The fewest columns for multiply_rows, plus one for each term that is left over from the passes of eight.
# PyPy compiles plain loops and is always faster with multiply_cells. Measured by tools/bench.
WIDE = 1 << 60 if sys.implementation.name == "pypy" else 10
# The fewest columns, and the fewest rows, for which multiply looks for zeros. Boards do not.
SPARSE = {"cpython": 10, "pypy": 32}.get(sys.implementation.name, 1 << 60)
SPARSE_ROWS = 4


def multiply(start: "Row", left: "Sequence[Sequence[float]]", right: "Sequence[Sequence[float]]") -> "Matrix":
    """Compute start + left right in the form that is faster for the shape and for the zeros of left."""
    if len(start) >= SPARSE and len(left) >= SPARSE_ROWS:
        if many_zeros(left, len(right)) and zeros_change_nothing(start, right):
            return multiply_nonzero(start, left, right)
    if len(start) < WIDE or len(start) < WIDE + len(right) % 8:
        return multiply_cells(start, left, right)
    return multiply_rows(start, left, right)


def multiply_cells(start: "Row", left: "Sequence[Sequence[float]]", right: "Sequence[Sequence[float]]") -> "Matrix":
    """Compute the formula cell by cell."""
    columns = range(len(start))
    terms = range(len(right))
    result = []
    for row in left:
        totals = []
        for j in columns:
            total = start[j]
            for k in terms:
                total += row[k] * right[k][j]
            totals.append(total)
        result.append(totals)
    return result


def multiply_rows(start: "Row", left: "Sequence[Sequence[float]]", right: "Sequence[Sequence[float]]") -> "Matrix":
    """Compute the formula row by row: each pass adds eight terms, left to right, to all totals of a row."""
    grouped = len(right) // 8 * 8
    groups: "list[tuple[int, Iterable[tuple[float, ...]]]]" = [(k, zip(*right[k:k + 8])) for k in range(0, grouped, 8)]
    if len(left) > 1:
        groups = [(k, list(group)) for k, group in groups]  # zipped once for all rows
    result = []
    for row in left:
        totals = start
        for k, group in groups:
            x0, x1, x2, x3, x4, x5, x6, x7 = row[k:k + 8]
            totals = [
                total + x0 * w0 + x1 * w1 + x2 * w2 + x3 * w3 + x4 * w4 + x5 * w5 + x6 * w6 + x7 * w7
                for total, (w0, w1, w2, w3, w4, w5, w6, w7) in zip(totals, group)
            ]
        for k in range(grouped, len(right)):
            x = row[k]
            totals = [total + x * w for total, w in zip(totals, right[k])]
        result.append(totals)
    return result


def add_rows(table: "Sequence[Sequence[float]]", totals: "Row") -> "Row":
    """Add the rows in order to the totals of their columns: totals[j] + table[0][j] + table[1][j] + ..."""
    for row in table:
        totals = [total + v for total, v in zip(totals, row)]
    return totals


def transpose(matrix: "Sequence[Sequence[float]]") -> "list[Sequence[float]]":
    """Return the columns of a matrix that has at least one row."""
    return list(zip(*matrix))
