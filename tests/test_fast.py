"""The fast forms of the compiled twin against its plain ones, to the bit, at every level of this CPU.

``Product`` and ``products()`` are also what tests/test_broken_kernels.py shows its broken kernels.
"""
import functools
import math
import random
import struct
from array import array

import pytest

from purenet import RandomState
from purenet.backends import LEVELS as NAMES
from purenet.reference import elementary
from tests.oracle import assert_same_bits, bits, hostile, multiply

try:
    from purenet.compiled._twin import ffi, lib
except ImportError as error:
    pytest.skip(f"the compiled twin is not built ({error})", allow_module_level=True)

BEST = lib.purenet_best_level()
LEVELS = [pytest.param(level, id=NAMES[level]) for level in range(1, BEST + 1)]

# products ------------------------------------------------------------------------------------------

SIZES = [*range(1, 18), 24, 25, 31, 32, 33, 48, 49]
TERMS = [*range(1, 18), 31, 32, 33]
USES = ("forward", "d_weights", "d_inputs")
KINDS = ("hostile", "hostile", "zeros", "wide", "tiny", "huge", "not finite")

BAND = struct.pack("<Q", 0xFFF8DEADBEEF5A5A) * 24  # a not-a-number that no operation makes
TAIL = BAND * 128                                  # room for a broken kernel to read what is not its own


def numbers(stream, kind, count):
    """Numbers with all 53 bits in use, with zeros of both signs and subnormals among them."""
    decades = {"hostile": 3, "zeros": 3, "wide": 100, "tiny": 0, "huge": 3, "not finite": 3}[kind]
    values = hostile(stream, 1, count, decades)[0]
    if kind == "zeros":
        return [value if stream.random() < 0.6 else math.copysign(0.0, value) for value in values]
    scale = {"tiny": 2.0 ** -530, "huge": 2.0 ** 515}.get(kind, 1.0)
    if kind == "not finite":
        values[stream.randrange(count)] = stream.choice([math.inf, -math.inf, math.nan])
    return [value * scale for value in values]


class Product:
    """One call of purenet_multiply on hostile numbers, in one of the three uses a dense layer has for it.

    All that it sees and writes lies in one arena, every array between guard bands.
    """

    def __init__(self, use, rows, terms, columns, kind, seed):
        self.use, self.rows, self.terms, self.columns, self.kind = use, rows, terms, columns, kind
        stream = random.Random(f"{use} {rows} {terms} {columns} {kind} {seed}")
        left, right = numbers(stream, kind, rows * terms), numbers(stream, kind, terms * columns)
        self.left_steps = (1, rows) if use == "d_weights" else (terms, 1)
        self.right_steps = (1, terms) if use == "d_inputs" else (columns, 1)
        self.start_step = {"forward": stream.choice([0, 0, columns]), "d_weights": columns, "d_inputs": 0}[use]
        start = numbers(stream, kind, rows * columns if self.start_step else columns)
        if use == "d_inputs":
            start = [0.0] * columns
        elif stream.random() < 0.5:  # one cell in which every product and the start are -0.0
            i, j = stream.randrange(rows), stream.randrange(columns)
            start[i * self.start_step + j] = -0.0
            for k in range(terms):
                other = right[self.right_at(k, j)]
                if not math.isfinite(other):
                    other = right[self.right_at(k, j)] = 1.7
                left[self.left_at(i, k)] = -math.copysign(0.0, other)
        self.left, self.right, self.start = left, right, start
        count = rows * columns
        result = start if use == "d_weights" else [0.0] * count
        self.template, self.at = b"", {}
        arrays = [("left", left), ("right", right)] + [("start", start)] * (use != "d_weights")
        for name, values in [*arrays, ("packed", None), ("result", result)]:
            self.template += BAND
            self.at[name] = len(self.template) // 8
            part = BAND * terms if values is None else array("d", values).tobytes()
            if name == "result" and use != "d_weights":
                part = (BAND * (count // 24 + 1))[:8 * count]
            self.template += part
        self.template += TAIL
        self.at.setdefault("start", self.at["result"])
        self.expected = self.run(lib, ffi, 0)

    def left_at(self, i, k):
        return i * self.left_steps[0] + k * self.left_steps[1]

    def right_at(self, k, j):
        return k * self.right_steps[0] + j * self.right_steps[1]

    def run(self, lib, ffi, level):
        """The arena afterwards, not-a-numbers of the result made one, without the packed part."""
        arena = ffi.new("double[]", len(self.template) // 8)
        ffi.memmove(arena, self.template, len(self.template))
        at = self.at
        lib.purenet_multiply(
            level, arena + at["start"], self.start_step, arena + at["left"], *self.left_steps,
            arena + at["right"], *self.right_steps, self.rows, self.terms, self.columns, arena + at["packed"],
            arena + at["result"])
        memory = ffi.buffer(arena)
        count = self.rows * self.columns
        result = memory[8 * at["result"]:8 * (at["result"] + count)]
        values = struct.unpack(f"{count}d", result)
        if not all(map(math.isfinite, values)):
            result = b"".join(map(bits, values))
        packed = 8 * at["packed"]
        return memory[:packed], result, memory[packed + 8 * 24 * self.terms:8 * at["result"]], \
            memory[8 * (at["result"] + count):]

    def difference(self, lib, ffi, level):
        """What a level does otherwise than the plain form of the intact library; "" if nothing."""
        got = self.run(lib, ffi, level)
        if got == self.expected:
            return ""
        if got[1] == self.expected[1]:
            return f"{self!r} at level {level}: written where nothing is to be written"
        cell = next(k for k in range(len(got[1]) // 8) if got[1][8 * k:8 * k + 8] != self.expected[1][8 * k:8 * k + 8])
        one, other = (struct.unpack_from("d", result, 8 * cell)[0] for result in (got[1], self.expected[1]))
        i, j = divmod(cell, self.columns)
        return f"{self!r} at level {level}: cell [{i}][{j}] is {one!r}, plain {other!r}"

    def book(self):
        """The result by the textbook, flat."""
        right = [[self.right[self.right_at(k, j)] for j in range(self.columns)] for k in range(self.terms)]
        cells = []
        for i in range(self.rows):
            start = self.start[i * self.start_step:i * self.start_step + self.columns]
            cells += multiply(start, [[self.left[self.left_at(i, k)] for k in range(self.terms)]], right)[0]
        return cells

    def __repr__(self):
        return f"<{self.use}: {self.rows} rows, {self.terms} terms, {self.columns} columns, {self.kind}>"


@functools.cache
def products(use, every=1, seed=1):
    """Every pair of rows and columns, with every number of terms in turn."""
    pairs = [(rows, columns) for rows in SIZES for columns in SIZES]
    random.Random(f"{use} {seed}").shuffle(pairs)
    return [Product(use, rows, TERMS[n % len(TERMS)], columns, KINDS[n % len(KINDS)], seed)
            for n, (rows, columns) in enumerate(pairs) if n % every == 0]


def no_difference(cases, level):
    differences = [text for text in (case.difference(lib, ffi, level) for case in cases) if text]
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
@pytest.mark.parametrize("name", ["sigmoid", "tanh"])
def test_a_table_is_made_of_the_scalar_functions_numbers(name, level, in_place):
    forward, scalar = getattr(lib, f"purenet_{name}_forward"), getattr(lib, f"purenet_{name}")
    for table in tables():
        got = through(lambda z, count, a: forward(level, z, count, a), table, in_place)
        assert list(map(bits, got)) == [bits(scalar(x)) for x in table], (table, got)


@pytest.mark.parametrize("name", ["exp", "expm1", "sigmoid", "tanh", "softplus"])
def test_the_scalar_functions_are_the_references(name):
    ours, reference = getattr(lib, f"purenet_{name}"), getattr(elementary, name)
    for x in {bits(x): x for table in tables() for x in table}.values():
        assert bits(ours(x)) == bits(reference(x)), x


def test_softplus_is_made_of_the_scalar_functions():
    for table in tables()[::3]:
        got = through(lib.purenet_softplus_forward, table)
        assert list(map(bits, got)) == [bits(lib.purenet_softplus(x)) for x in table], table
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
    """The only table of exp that the library offers; its vectors cross the borders of rows."""
    for n, table in enumerate(tables()):
        columns = next(c for c in (n % 7 + 1, 3, 2, 1) if len(table) % c == 0)
        rows = len(table) // columns
        got = through(lambda z, count, a: lib.purenet_softmax_forward(level, z, rows, columns, a), table, in_place)
        expected = [a for i in range(rows) for a in softmax(table[i * columns:(i + 1) * columns])]
        assert list(map(bits, got)) == list(map(bits, expected)), (table, got)


# what else is not plain ----------------------------------------------------------------------------

@pytest.mark.parametrize("special", [math.inf, -math.inf, math.nan, -math.nan])
def test_the_first_number_that_is_not_finite_is_found(special):
    for count in range(1, 34):
        values = [1.7e308, -1.7e308, 5e-324, -0.0] * 9
        assert lib.purenet_first_non_finite(values[:count], count) == -1
        for place in range(count):
            table = values[:count]
            table[place] = special
            assert lib.purenet_first_non_finite(table, count) == place
            table[-1] = math.inf
            assert lib.purenet_first_non_finite(table, count) == place
    assert lib.purenet_first_non_finite([math.nan], 0) == -1


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
        room = ffi.new("int64_t[]", [-7] * (count + 2))
        lib.purenet_permutation(stream, count, room + 1)
        assert list(room) == [-7, *reference.permutation(count), -7]
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
