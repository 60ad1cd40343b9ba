"""Products of many zeros in C: terms are left out where no bit can change, and only there, at every level."""
import math
import random

import pytest

from tests.support.oracle import bits, hostile

pytestmark = pytest.mark.once

try:
    from tests.csrc.test_kernels import LEVELS
    from tests.support.products import Context
except ImportError as error:
    pytest.skip(f"the compiled twin is not built ({error})", allow_module_level=True)


def sparse_difference(lib, ffi, level, shape, transposed=False, steps=False, share=0.2, start_with=None,
                      right_with=None, threads=1):
    """Where a product with many zeros differs from the plain one, "" if nowhere. ``_with``: (place, value) to plant."""
    rows, terms, columns = shape
    stream = random.Random(str(shape))
    left = [v if stream.random() < share else stream.choice([0.0, -0.0]) for v in hostile(stream, 1, rows * terms)[0]]
    right = hostile(stream, 1, terms * columns)[0]
    start = [v + 0.0 for v in hostile(stream, 1, rows * columns if steps else columns)[0]]
    for numbers, planted in ((start, start_with), (right, right_with)):
        if planted:
            numbers[planted[0]] = planted[1]
    if start_with:  # in this cell all terms are -0.0 too, but one that is left out
        i, j = divmod(start_with[0], columns)
        for k in range(terms):
            left[i + k * rows if transposed else i * terms + k] = -math.copysign(0.0, right[k * columns + j])
        k = terms // 2
        left[i + k * rows if transposed else i * terms + k] = math.copysign(0.0, right[k * columns + j])
    given = [ffi.new("double[]", values) for values in (start, left, right)]
    results = []
    for own_level, own_threads in ((level, threads), (0, 1)):
        results.append(ffi.new("double[]", rows * columns))
        lib.purenet_multiply(Context(ffi, own_level, own_threads).c, given[0], columns if steps else 0, given[1],
                             1 if transposed else terms, rows if transposed else 1, given[2], columns, 1, *shape,
                             results[-1])
    pairs = enumerate(zip(*results))
    return next((f"{n}: {got!r}, plain {plain!r}" for n, (got, plain) in pairs if bits(got) != bits(plain)), "")


SPARSE = [(32, 32, 64), (33, 45, 65), (40, 33, 131), (32, 600, 66), (64, 40, 71)]
LEFT_OUT = {"share": 0.2}, {"share": 0.0}, {"share": 0.2, "transposed": True}, {"share": 0.2, "steps": True}
KEPT = [{"share": 0.6}]
KEPT += [{"start_with": (place, -0.0), **more} for place in (0, 30, 63) for more in ({}, {"transposed": True})]
KEPT += [{"right_with": (place, value)} for place in (0, 31 * 64 + 5, 32 * 64 - 1)
         for value in (math.inf, -math.inf, math.nan)]


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("shape", SPARSE, ids=str)
def test_terms_of_zeros_are_left_out_and_the_product_is_the_plain_one(shape, level, threads, counting):
    for how in LEFT_OUT:
        counting.counts()
        assert sparse_difference(counting.lib, counting.ffi, level, shape, **how, threads=threads) == ""
        written = counting.counts(threads)
        if threads == 1:
            assert written[0].get("nonzero") == shape[0] * shape[2]


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("how", KEPT, ids=str)
def test_terms_of_zeros_are_kept_where_they_could_change_a_bit(how, level, counting):
    for shape in [(32, 32, 64), (33, 45, 71)]:
        counting.counts()
        assert sparse_difference(counting.lib, counting.ffi, level, shape, **how) == ""
        assert "nonzero" not in counting.counts()[0]
    if "start_with" in how:  # in the columns that fill no vector
        assert sparse_difference(counting.lib, counting.ffi, level, (33, 45, 71), start_with=(70, -0.0)) == ""
    if "right_with" in how:
        planted = (44 * 71 + 70, how["right_with"][1])
        assert sparse_difference(counting.lib, counting.ffi, level, (33, 45, 71), right_with=planted) == ""
