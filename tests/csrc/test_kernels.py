"""The fast forms of the compiled twin against its plain ones, to the bit, at every level of this CPU."""
import functools
import math
import random
import struct
import sys
import threading
from array import array

import pytest

from purenet import RandomState
from purenet.backends import LEVELS as NAMES
from purenet.reference import elementary
from tests.support.oracle import assert_same_bits, bits

pytestmark = pytest.mark.once

try:
    from purenet.compiled._twin import ffi, lib
    from tests.support.products import BAND, KINDS, SIZES, TERMS, THREADS, USES, Context, Product, products
except ImportError as error:
    pytest.skip(f"the compiled twin is not built ({error})", allow_module_level=True)

BEST = lib.purenet_best_level()
LEVELS = [pytest.param(level, id=NAMES[level]) for level in range(1, BEST + 1)]

# products ------------------------------------------------------------------------------------------

def no_difference(cases, level, threads=1):
    differences = [text for text in (case.difference(lib, ffi, level, threads) for case in cases) if text]
    assert not differences, f"{len(differences)} of {len(cases)}, the first: {differences[0]}"


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("use", USES)
def test_a_product_is_the_plain_ones(use, level):
    no_difference(products(use), level)


@functools.cache
def single_columns(use):
    return [Product(use, rows, terms, 1, KINDS[(rows + terms) % len(KINDS)], 2) for rows in SIZES for terms in TERMS]


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("use", USES)
def test_a_product_of_one_column_is_the_plain_ones(use, level):
    no_difference(single_columns(use), level)


@functools.cache
def single_terms(use):
    return [Product(use, rows, terms, columns, "hostile", 3)
            for rows in (1, 2, 3, 4, 5, 7, 8, 9, 33) for columns in (2, 3, 7, 8, 23, 25, 48, 49) for terms in (1, 2)]


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("use", USES)
def test_a_product_of_one_or_two_terms_is_the_plain_ones(use, level):
    no_difference(single_terms(use), level)


@pytest.mark.parametrize("threads", THREADS)
@pytest.mark.parametrize("level", [0, *LEVELS])
def test_a_product_by_many_threads_is_the_plain_ones(level, threads):
    no_difference([case for use in USES for case in products(use)[::5]], level, threads)


@functools.cache
def few_multiply_adds(use):
    sizes = (1, 2, 3, 4, 5, 7, 8, 9)
    return [Product(use, rows, terms, columns, KINDS[(rows + terms + columns) % len(KINDS)], 7)
            for rows in sizes for terms in (1, 2, 5) for columns in sizes]


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("use", USES)
def test_a_product_of_few_multiply_adds_is_the_plain_ones(use, level):
    differences = [case for case in few_multiply_adds(use)
                   if case.run(lib, ffi, level, scalar_below=1000) != case.expected]
    assert not differences, f"{len(differences)}, the first: {differences[0]}"


def test_every_thread_has_its_share(counting):
    """Whoever is free takes the next part: so every thread does, sooner or later."""
    case = Product("d_weights", 48, 33, 48, "hostile", 4)
    seen = set()
    for _ in range(20000):
        assert case.run(counting.lib, counting.ffi, 1, 3) == case.expected
        seen |= {number for number, counts in enumerate(counting.counts(3)) if counts}
        if len(seen) == 3:
            return
    raise AssertionError(f"only the threads {seen} of 3 ever did anything")


# rows, terms, columns: which kernel writes how many cells at each level
KERNELS_FOR = [
    ("forward", 16, 9, 48, [{"cells": 768}, {"tile": 768}, {"tile": 768}, {"tile": 768}]),
    ("d_inputs", 16, 9, 48, [{"cells": 768}, {"tile": 768}, {"tile": 768}, {"tile": 768}]),
    ("d_weights", 16, 9, 48, [{"cells": 768}, {"tile": 768}, {"tile": 768}, {"tile": 768}]),
    ("forward", 13, 9, 24, [{"cells": 312}, {"tile": 288, "row": 24}, {"tile": 288, "row": 24},
                            {"tile": 192, "narrow": 96, "row": 24}]),
    ("forward", 8, 9, 10, [{"cells": 80}, {"tile": 64, "narrow": 16}, {"narrow": 80}, {"narrow": 80}]),
    ("forward", 1, 9, 64, [{"cells": 64}, {"row": 64}, {"row": 64}, {"row": 64}]),
    ("forward", 9, 9, 1, [{"cells": 9}, {"column": 9}, {"column": 9}, {"column": 9}]),
    ("d_weights", 9, 9, 1, [{"cells": 9}, {"row": 8, "column": 1}, {"row": 9}, {"row": 9}]),
]


@pytest.mark.parametrize("use, rows, terms, columns, expected", KERNELS_FOR)
def test_the_intended_kernel_writes_all_cells(use, rows, terms, columns, expected, counting):
    case = Product(use, rows, terms, columns, "hostile", 5)
    for level in range(BEST + 1):
        counting.counts()
        assert case.difference(counting.lib, counting.ffi, level) == ""
        assert counting.counts() == [expected[level]], level


@pytest.mark.parametrize("threads", [1, *THREADS])
@pytest.mark.parametrize("level", LEVELS)
def test_every_cell_is_written_once_and_by_a_fast_kernel(level, threads, counting):
    for use in USES:
        for case in products(use)[::9]:
            counting.counts()
            case.run(counting.lib, counting.ffi, level, threads)
            written = counting.counts(threads)
            assert sum(sum(counts.values()) for counts in written) == case.rows * case.columns, case
            assert not any("cells" in counts for counts in written), case


@functools.cache
def beyond_a_range():
    """Products whose rows and terms are gone through in several ranges."""
    shapes = [(193, 20, 26), (200, 513, 25), (385, 9, 3), (5, 1030, 49), (1, 1025, 200), (3, 600, 1), (192, 512, 24)]
    return [Product(use, *shape, "hostile", 6) for use in USES for shape in shapes]


@pytest.mark.parametrize("threads", [1, 3])
@pytest.mark.parametrize("level", LEVELS)
def test_a_product_of_many_rows_or_terms_is_the_plain_one(level, threads):
    no_difference(beyond_a_range(), level, threads)


@pytest.mark.parametrize("use", USES)
def test_the_plain_product_is_the_textbooks(use):
    for case in products(use, 9):
        got = struct.unpack(f"{case.rows * case.columns}d", case.expected[1])
        assert_same_bits(list(got), case.book(), repr(case))


def test_the_cases_overflow_vanish_and_keep_the_sign_of_zero():
    """The cases have what they are meant to have."""
    seen = set()
    for use in USES:
        for case in products(use):
            for value in struct.unpack(f"{case.rows * case.columns}d", case.expected[1]):
                subnormal = 0.0 < abs(value) < 2.0 ** -1022
                negative_zero = value == 0.0 and math.copysign(1.0, value) < 0.0
                seen.add("nan" if value != value else "inf" if math.isinf(value) else "subnormal" if subnormal else
                         "-0.0" if negative_zero else "number")
    assert seen == {"nan", "inf", "subnormal", "-0.0", "number"}


# tables of exp, sigmoid and tanh -------------------------------------------------------------------

def around(x):
    return [x, math.nextafter(x, math.inf), math.nextafter(x, -math.inf)]


BORDERS = [20.0, 707.35, 707.7, 708.39, 709.09, 709.78, 710.1, 744.44, 745.13, 745.14, 748.0, 0.3466]
SPECIAL = [math.nan, math.inf, -math.inf, 0.0, -0.0, 5e-324, -5e-324, 1e-310, -1e-310, 1.7e308, -1.7e308, 1e5, -1e5] + [
    sign * value for border in BORDERS for value in around(border) for sign in (1.0, -1.0)]


@functools.cache
def tables():
    """Tables of 1 to 33 numbers: usual ones, one special number at each place, and special ones throughout."""
    stream = random.Random(5)
    found = []
    for count in range(1, 34):
        usual = [[stream.gauss(0.0, scale) for _ in range(count)] for scale in (1e-9, 0.5, 6.0, 250.0)]
        found += usual
        for place in range(count):
            for special in (SPECIAL[(count + place) % len(SPECIAL)], stream.choice(SPECIAL)):
                table = list(stream.choice(usual[:3]))
                table[place] = special
                found.append(table)
        found.append([stream.choice(SPECIAL) for _ in range(count)])
    for special in SPECIAL:
        for place in (0, 3, 8):
            found.append([0.3] * place + [special] + [-1.1] * (8 - place))
    return found


def through(function, table, in_place=False):
    """What function(z, count, a) makes of a table; a stands between guard bands, z is not changed unless it is a."""
    count = len(table)
    memory = array("d", BAND + array("d", table).tobytes() + BAND + BAND * (count // 24 + 1))
    arena = ffi.from_buffer("double[]", memory)
    before, z, a = memory.tobytes(), 24, 24 if in_place else 48 + count
    function(arena + z, count, arena + a)
    after = memory.tobytes()
    assert after[:8 * a] == before[:8 * a] and after[8 * (a + count):] == before[8 * (a + count):]
    return memory[a:a + count].tolist()


@pytest.mark.parametrize("in_place", [False, True])
@pytest.mark.parametrize("level", [0, *LEVELS])
@pytest.mark.parametrize("name", ["exp", "sigmoid", "tanh", "log", "softplus"])
def test_a_table_is_made_of_the_scalar_functions_numbers(name, level, in_place):
    of_table, scalar = getattr(lib, f"purenet_{name}_table"), getattr(lib, f"purenet_{name}")
    for table in tables():
        table = [abs(x) for x in table] if name == "log" and len(table) % 3 else table
        context = Context(ffi, level)
        got = through(lambda x, count, y: of_table(context.c, x, count, y), table, in_place)
        assert list(map(bits, got)) == [bits(scalar(x)) for x in table], (table, got)


@pytest.mark.parametrize("level", [0, *LEVELS])
@pytest.mark.parametrize("name", ["exp", "sigmoid", "tanh", "log", "softplus"])
def test_every_number_of_a_table_is_written_once(name, level, counting):
    function = getattr(counting.lib, f"purenet_{name}_table")
    seen = set()
    for table in tables():
        context = Context(counting.ffi, level)
        counting.counts()
        function(context.c, table, len(table), counting.ffi.new("double[]", len(table)))
        written = counting.counts()[0]
        assert sum(written.values()) == len(table)
        seen |= set(written)
    assert seen == ({"scalar", "vector"} if level else {"scalar"})


def test_a_build_without_the_macro_counts_nothing():
    assert not hasattr(lib, "PURENET_KERNELS") and "kernel_counts" not in dir(lib)


@pytest.mark.parametrize("name", ["exp", "expm1", "sigmoid", "tanh", "log", "log1p", "softplus"])
def test_the_scalar_functions_are_the_references(name):
    ours, reference = getattr(lib, f"purenet_{name}"), getattr(elementary, name)
    for x in {bits(x): x for table in tables() for x in table}.values():
        assert bits(ours(x)) == bits(reference(x)), x


def test_the_derivative_of_softplus_is_made_of_the_scalar_sigmoid():
    for table in tables()[::3]:
        d_a = array("d", [1.7 - k for k in range(len(table))])
        given = ffi.from_buffer("double[]", d_a)
        got = through(lambda z, count, d: lib.purenet_softplus_backward(z, given, count, d), table)
        assert list(map(bits, got)) == [bits(d * lib.purenet_sigmoid(x)) for d, x in zip(d_a, table)], table


def softmax(row):
    largest = row[0]
    for value in row:
        if value > largest:
            largest = value
    powers = [lib.purenet_exp(value - largest) for value in row]
    total = 0.0
    for power in powers:
        total += power
    return [power / total if total == total else math.nan for power in powers]


@pytest.mark.parametrize("in_place", [False, True])
@pytest.mark.parametrize("level", [0, *LEVELS])
def test_softmax_is_made_of_the_scalar_exp(level, in_place):
    """Its vectors cross the borders of rows."""
    for n, table in enumerate(tables()):
        columns = next(c for c in (n % 7 + 1, 3, 2, 1) if len(table) % c == 0)
        rows = len(table) // columns
        context = Context(ffi, level)
        totals = ffi.new("double[]", rows)
        got = through(lambda z, count, a: lib.purenet_softmax_forward(context.c, z, rows, columns, totals, a), table,
                      in_place)
        expected = [a for i in range(rows) for a in softmax(table[i * columns:(i + 1) * columns])]
        assert list(map(bits, got)) == list(map(bits, expected)), (table, got)


# what else is not plain ----------------------------------------------------------------------------

@pytest.mark.parametrize("level", [0, *LEVELS])
@pytest.mark.parametrize("special", [math.inf, -math.inf, math.nan, -math.nan])
def test_the_first_number_that_is_not_finite_is_found(special, level):
    for count in range(1, 34):
        values = [1.7e308, -1.7e308, 5e-324, -0.0] * 9
        assert lib.purenet_first_non_finite(level, values[:count], count) == -1
        for place in range(count):
            table = values[:count]
            table[place] = special
            assert lib.purenet_first_non_finite(level, table, count) == place
            table[-1] = math.inf
            assert lib.purenet_first_non_finite(level, table, count) == place
    assert lib.purenet_first_non_finite(level, [math.nan], 0) == -1


@pytest.mark.parametrize("level", [0, *LEVELS])
def test_the_search_ends_with_the_table_although_another_thread_changes_it(level):
    count = 400000
    values = ffi.new("double[]", count + 1)
    values[count] = math.inf  # where a search beyond the table would end
    searched = []

    def change():
        while not searched:
            values[count - 1] = math.inf
            values[count - 1] = 0.0

    thread = threading.Thread(target=change)
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        thread.start()
        places = [lib.purenet_first_non_finite(level, values, count) for _ in range(200)]
    finally:
        searched.append(True)
        thread.join()
        sys.setswitchinterval(interval)
    assert max(places) < count


SEEDS = [0, 1, 42, 2**31, 2**32 - 1]


def streams(seed):
    stream = ffi.new("purenet_stream *")
    lib.purenet_seed(stream, seed)
    return stream, RandomState(seed)


def same_stream(stream, reference):
    _, key, position, has_cached, cached = reference.get_state()
    assert (list(stream.key), stream.position, stream.has_cached) == (list(key), position, has_cached)
    assert not has_cached or bits(stream.cached) == bits(cached)


@pytest.mark.parametrize("seed", SEEDS)
def test_words_doubles_and_gaussians_are_the_references(seed):
    stream, reference = streams(seed)
    same_stream(stream, reference)
    for n in range(700):
        assert lib.purenet_next_word(stream) == reference._next_word()
        assert bits(lib.purenet_next_double(stream)) == bits(reference.rand())
        assert bits(lib.purenet_next_gaussian(stream)) == bits(reference.randn())
        if n % 100 == 0:
            same_stream(stream, reference)


COUNTS = [1, 2, 3, 4, 5, 1000, 2**31 - 1, 2**31, 2**31 + 1, 2**32 - 1, 2**32, 2**32 + 1, 3 * 2**40 + 7,
          2**62, 2**63 - 1]


@pytest.mark.parametrize("count", COUNTS)
def test_whole_numbers_below_a_count_are_the_references(count):
    for seed in SEEDS:
        stream, reference = streams(seed)
        for _ in range(50):
            assert lib.purenet_next_below(stream, count) == reference._next_below(count)
        same_stream(stream, reference)


@pytest.mark.parametrize("seed", SEEDS)
def test_permutations_are_the_references(seed):
    stream, reference = streams(seed)
    for count in [*range(1, 34), 1000]:
        numbers = ffi.new("int64_t[]", [-7] * (count + 2))
        lib.purenet_permutation(stream, count, numbers + 1)
        assert list(numbers) == [-7, *reference.permutation(count), -7]
        same_stream(stream, reference)


@pytest.mark.parametrize("kind", ["UNIFORM", "NORMAL"])
def test_drawn_numbers_are_the_references(kind):
    stream, reference = streams(9)
    for count in (1, 2, 3, 33):
        values = ffi.new("double[]", [7.0] * (count + 1))
        lib.purenet_draw(stream, getattr(lib, f"PURENET_{kind}"), -0.37, 1.9, count, values)
        expected = reference.uniform(-0.37, 1.9, count) if kind == "UNIFORM" else reference.normal(-0.37, 1.9, count)
        assert_same_bits(list(values), [*expected, 7.0])
        same_stream(stream, reference)
