"""RandomState against NumPy's: the same numbers to the bit, and gaussians to a few ulp."""
import math
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from purenet import RandomState
from tests.support.oracle import assert_same_bits

deterministic = settings(derandomize=True, database=None, deadline=None)
seeds = st.integers(0, 2**32 - 1)
sizes = st.one_of(st.none(), st.integers(0, 40), st.lists(st.integers(0, 5), min_size=1, max_size=3).map(tuple))


@pytest.fixture(scope="module")
def numpy():
    return pytest.importorskip("numpy")


def plain(drawn):
    """What NumPy drew, as Python numbers and lists."""
    return drawn.tolist() if hasattr(drawn, "tolist") else drawn


def flat(drawn):
    return [number for part in drawn for number in flat(part)] if isinstance(drawn, list) else [drawn]


def assert_same_whole_numbers(got, expected):
    assert got == expected
    assert all(type(number) is int for number in flat(got))


def assert_close_gaussians(got, expected, loc=0.0, scale=1.0):
    """Of one shape, and 4 ulp apart at most; of loc or of the part that is added to it, whichever is larger."""
    assert shape(got) == shape(expected)
    for ours, theirs in zip(flat(got), flat(expected)):
        largest = max(abs(loc), abs(theirs - loc))
        assert abs(ours - theirs) <= 4 * math.ulp(largest), f"{ours!r} instead of {theirs!r}"


def shape(drawn):
    return [shape(part) for part in drawn] if isinstance(drawn, list) else 0


def assert_same_state(ours, theirs):
    """NumPy's words, place and knowledge of a second gaussian; that gaussian to 4 ulp."""
    name, key, position, has_gauss, cached = theirs.get_state()
    got = ours.get_state()
    assert got[:4] == (name, key.tolist(), position, has_gauss)
    if has_gauss:
        assert_close_gaussians(got[4], cached)


# one kind of draw after the other ------------------------------------------------------------------

def test_the_first_numbers_are_those_that_numpy_is_known_for():
    assert [x.hex() for x in RandomState(1).rand(3)] == [
        "0x1.ab07d0ffa3c06p-2", "0x1.70ce5f3baf051p-1", "0x1.dfb906661c000p-14"]
    stream = RandomState(1)
    assert stream.randint(10, size=5) == [5, 8, 9, 5, 0]
    assert stream.permutation(7) == [2, 6, 5, 3, 4, 1, 0]
    assert stream.choice(5, 3) == [1, 2, 4]
    assert stream.randint(-3, 1 << 40, size=2) == [1092267192674, 218673801793]
    assert stream.uniform(-1, 2, 2) == [0.2519144071013808, 0.6760694853372549]
    assert stream.choice(9, 4, replace=False) == [2, 8, 3, 4]
    # the C++ standard, [rand.predef]
    assert RandomState(5489).randint(0, 1 << 32, 10000)[-1] == 4123659995


@pytest.mark.parametrize("seed", [0, 1, 42, 1234567, 2**31 - 1, 2**31, 2**32 - 1])
def test_20000_uniforms_are_numpys(seed, numpy):
    assert_same_bits(RandomState(seed).rand(20000), plain(numpy.random.RandomState(seed).rand(20000)))


@deterministic
@given(seed=seeds, shape=st.lists(st.integers(0, 7), max_size=3))
def test_rand_and_random_sample_of_any_shape_are_numpys(numpy, seed, shape):
    ours, theirs = RandomState(seed), numpy.random.RandomState(seed)
    assert_same_bits(ours.rand(*shape), plain(theirs.rand(*shape)))
    size = tuple(shape) or None
    assert_same_bits(ours.random_sample(size), plain(theirs.random_sample(size)))
    assert_same_bits(ours.random_sample(5), plain(theirs.random_sample(5)))


finite = st.floats(-1e150, 1e150)


@deterministic
@given(seed=seeds, low=finite, high=finite, size=sizes)
def test_uniform_of_any_range_is_numpys(numpy, seed, low, high, size):
    ours, theirs = RandomState(seed), numpy.random.RandomState(seed)
    assert_same_bits(ours.uniform(low, high, size), plain(theirs.uniform(low, high, size)))
    assert_same_bits(ours.uniform(), plain(theirs.uniform()))
    assert_same_bits(ours.uniform(low=-2, high=3, size=4), plain(theirs.uniform(low=-2, high=3, size=4)))


counts = st.one_of(
    st.integers(1, 1000),
    st.builds(lambda k, d: min(max((1 << k) + d, 1), 1 << 64), st.integers(0, 64), st.sampled_from([-1, 0, 1])),
    st.integers(1, 1 << 64),
)


@st.composite
def ranges(draw):
    """low and high with any count of whole numbers between them, within 64 bits."""
    count = draw(counts)
    low = draw(st.one_of(st.just(-(1 << 63)), st.just((1 << 63) - count), st.integers(-(1 << 63), (1 << 63) - count)))
    return low, low + count


@settings(deterministic, max_examples=300)
@given(seed=seeds, range_=ranges(), size=sizes)
def test_randint_of_any_range_is_numpys(numpy, seed, range_, size):
    ours, theirs = RandomState(seed), numpy.random.RandomState(seed)
    low, high = range_
    assert_same_whole_numbers(ours.randint(low, high, size), plain(theirs.randint(low, high, size, dtype="int64")))
    if 0 < high:
        assert_same_whole_numbers(ours.randint(high), plain(theirs.randint(high, dtype="int64")))
    assert_same_state(ours, theirs)


@deterministic
@given(seed=seeds, n=st.integers(0, 300))
def test_permutation_and_shuffle_are_numpys(numpy, seed, n):
    ours, theirs = RandomState(seed), numpy.random.RandomState(seed)
    assert_same_whole_numbers(ours.permutation(n), plain(theirs.permutation(n)))
    words = [f"n{i}" for i in range(n)]
    assert ours.permutation(words) == plain(theirs.permutation(words))
    assert words == [f"n{i}" for i in range(n)]
    other = words[:]
    assert ours.shuffle(words) is theirs.shuffle(other) is None
    assert words == other
    rows = [[i, -i] for i in range(n)]
    assert ours.permutation(rows) == plain(theirs.permutation(numpy.array(rows))) or not n
    assert_same_state(ours, theirs)


@deterministic
@given(seed=seeds, n=st.integers(1, 200), size=sizes, replace=st.booleans())
def test_choice_is_numpys(numpy, seed, n, size, replace):
    ours, theirs = RandomState(seed), numpy.random.RandomState(seed)
    words = [f"n{i}" for i in range(n)]
    try:
        expected = plain(theirs.choice(n, size, replace))
    except ValueError:
        with pytest.raises(ValueError, match="without replacement"):
            ours.choice(n, size, replace)
        return
    assert_same_whole_numbers(ours.choice(n, size, replace), expected)
    assert ours.choice(words, size, replace) == plain(theirs.choice(words, size, replace))
    assert_same_state(ours, theirs)


# gaussians -----------------------------------------------------------------------------------------

def test_of_200000_gaussians_95_percent_are_numpys_and_none_is_more_than_4_ulp_off(numpy):
    from tools.accuracy import gaussians as randn_accuracy

    assert randn_accuracy.good(randn_accuracy.distances((7, 100000)) + randn_accuracy.distances((2**32 - 7, 100000)))


@deterministic
@given(seed=seeds, loc=st.floats(-1e9, 1e9), scale=st.floats(0.0, 1e9), size=sizes)
def test_normal_is_numpys_to_4_ulp_of_its_larger_part(numpy, seed, loc, scale, size):
    ours, theirs = RandomState(seed), numpy.random.RandomState(seed)
    z = numpy.random.RandomState(seed).standard_normal(size)
    got, expected = ours.normal(loc, scale, size), plain(theirs.normal(loc, scale, size))
    assert shape(got) == shape(expected)
    for a, b, c in zip(flat(got), flat(expected), flat(plain(z))):
        assert abs(a - b) <= 4 * math.ulp(max(abs(loc), abs(scale * c)))


# any draws in any order ----------------------------------------------------------------------------

draws = st.one_of(
    st.tuples(st.just("rand"), st.lists(st.integers(0, 4), max_size=2)),
    st.tuples(st.just("random_sample"), st.tuples(sizes)),
    st.tuples(st.just("uniform"), st.tuples(finite, finite, sizes)),
    st.tuples(st.just("randint"), st.tuples(ranges(), sizes).map(lambda drawn: (*drawn[0], drawn[1]))),
    st.tuples(st.just("permutation"), st.tuples(st.integers(0, 30))),
    st.tuples(st.just("choice"), st.tuples(st.integers(1, 30), st.one_of(st.none(), st.integers(0, 50)))),
    st.tuples(st.just("choice"), st.tuples(st.integers(30, 50), st.integers(0, 30), st.just(False))),
    st.tuples(st.just("randn"), st.lists(st.integers(0, 3), max_size=2)),
    st.tuples(st.just("normal"), st.tuples(st.just(0.0), st.floats(1e-3, 1e3), sizes)),
    st.tuples(st.just("exchange"), st.just(())),
)


@settings(deterministic, max_examples=200)
@given(seed=seeds, draws=st.lists(draws, min_size=2, max_size=25))
def test_any_draws_in_any_order_are_numpys(numpy, seed, draws):
    ours, theirs = RandomState(seed), numpy.random.RandomState(seed)
    for name, arguments in draws:
        if name == "exchange":  # each goes on from the other's state
            states = ours.get_state(), theirs.get_state()
            ours.set_state(states[1])
            theirs.set_state(states[0])
            continue
        got = getattr(ours, name)(*arguments)
        if name == "randint":
            expected = theirs.randint(*arguments, dtype="int64")
        else:
            expected = getattr(theirs, name)(*arguments)
        if name in ("randn", "normal"):
            assert_close_gaussians(got, plain(expected))
        elif name in ("rand", "random_sample", "uniform"):
            assert_same_bits(got, plain(expected))
        else:
            assert_same_whole_numbers(got, plain(expected))
        assert_same_state(ours, theirs)


def test_a_single_gaussian_keeps_its_other_for_the_next_call_whatever_is_drawn_between():
    stream, undisturbed = RandomState(9), RandomState(9)
    first, second = undisturbed.randn(2)
    assert_same_bits(stream.randn(), first)
    stream.rand(3)
    stream.randint(7)
    stream.permutation(5)
    assert_same_bits(stream.randn(), second)


# the state -----------------------------------------------------------------------------------------

@pytest.mark.parametrize("gaussians", [0, 1, 2, 311, 313])
def test_a_state_goes_to_numpy_and_back(gaussians, numpy):
    ours, theirs = RandomState(3), numpy.random.RandomState(4)
    ours.randn(gaussians)
    theirs.set_state(ours.get_state())
    assert_same_bits(ours.randn(), theirs.randn())
    assert_same_bits(ours.rand(700), plain(theirs.rand(700)))
    theirs.randn(gaussians)
    ours.set_state(theirs.get_state())
    assert_same_bits(ours.randn(), theirs.randn())
    assert_same_bits(ours.rand(700), plain(theirs.rand(700)))


@pytest.mark.parametrize("words", [0, 1, 623, 624, 625, 1248])
@pytest.mark.parametrize("gaussians", [0, 1])
def test_a_copy_and_a_restored_state_go_on_with_the_same_numbers_and_alone(words, gaussians):
    stream = RandomState(11)
    stream.randn(gaussians)
    for _ in range(words):
        stream.randint(1 << 32)
    state = stream.get_state()
    restored = RandomState(12)
    restored.set_state(state)
    copied = stream.copy()
    expected = [stream.randn(), *stream.rand(700)]
    assert_same_bits([copied.randn(), *copied.rand(700)], expected)
    assert_same_bits([restored.randn(), *restored.rand(700)], expected)
    restored.set_state(state)
    assert_same_bits([restored.randn(), *restored.rand(700)], expected)


@pytest.mark.parametrize("change", [
    lambda name, key, *rest: ("PCG64", key, *rest),
    lambda name, key, *rest: (name, key[:-1], *rest),
    lambda name, key, *rest: (name, key[:-1] + [1 << 32], *rest),
    lambda name, key, *rest: (name, key[:-1] + [-1], *rest),
    lambda name, key, position, *rest: (name, key, 625, *rest),
    lambda name, key, position, *rest: (name, key, -1, *rest),
    lambda *state: state[:3],
])
def test_a_state_that_is_none_is_refused_and_changes_nothing(change):
    stream = RandomState(5)
    before = stream.get_state()
    with pytest.raises(ValueError):
        stream.set_state(change(*before))
    assert stream.get_state() == before


# what cannot be drawn ------------------------------------------------------------------------------

class Whole:
    """A whole number of somebody else's type."""

    def __index__(self):
        return 4000000000


def test_a_seed_is_a_whole_number_of_any_type():
    assert RandomState(Whole()).get_state() == RandomState(4000000000).get_state()


def test_a_seed_may_be_one_of_numpys_whole_numbers_but_no_bool_float_or_array(numpy):
    kinds = [numpy.int8, numpy.uint8, numpy.int32, numpy.uint32, numpy.int64, numpy.uint64]
    for kind in kinds:
        stream = RandomState(kind(123))
        assert stream.get_state() == RandomState(123).get_state()
        assert [type(word) for word in set(stream.get_state()[1])] == [int] * 624
    assert RandomState(numpy.uint32(2**32 - 1)).rand() == numpy.random.RandomState(2**32 - 1).rand()
    for wrong in (numpy.True_, numpy.float64(3.0), numpy.array([1, 2]), numpy.array(3.0), numpy.str_("3")):
        with pytest.raises(TypeError, match="seed: expected a whole number"):
            RandomState(wrong)
    with pytest.raises(ValueError, match="seed: expected a whole number from 0 to .*, got -1"):
        RandomState(numpy.int64(-1))


@pytest.mark.parametrize("seed, error", [
    (-1, ValueError), (2**32, ValueError), (10**30, ValueError), (1.0, TypeError), (True, TypeError), ("1", TypeError),
    (None, TypeError), ([1], TypeError),
])
def test_a_seed_that_is_none_is_refused(seed, error):
    with pytest.raises(error, match="^seed: expected a whole number from 0 to"):
        RandomState(seed)


@pytest.mark.parametrize("draw, words", [
    (lambda stream: stream.randint(5, 5), "low 5 and high 5"),
    (lambda stream: stream.randint(5, 4), "low 5 and high 4"),
    (lambda stream: stream.randint(0), "low 0 and high 0"),
    (lambda stream: stream.randint(-3), "low 0 and high -3"),
    (lambda stream: stream.randint(0, (1 << 63) + 1), "within|high <= 2"),
    (lambda stream: stream.randint(-(1 << 63) - 1, 0), "low"),
    (lambda stream: stream.normal(0.0, -0.1), "expected a scale of at least 0, got"),
    (lambda stream: stream.normal(scale=math.nan), "expected a scale of at least 0, got"),
    (lambda stream: stream.choice([]), "choice: expected at least one value to choose from, got none"),
    (lambda stream: stream.choice(0), "choice: expected at least one value to choose from, got none"),
    (lambda stream: stream.choice(3, 4, replace=False), "cannot draw 4 of 3 values without replacement"),
    (lambda stream: stream.choice([1, 2, 3], (2, 2), replace=False), "cannot draw 4 of 3 values without replacement"),
])
def test_what_cannot_be_drawn_is_a_value_error_and_draws_nothing(draw, words):
    stream = RandomState(5)
    before = stream.get_state()
    with pytest.raises(ValueError, match=words):
        draw(stream)
    assert stream.get_state() == before


@pytest.mark.parametrize("low, high", [(-1.7e308, 1.7e308), (0.0, math.inf), (math.nan, 1.0), (-math.inf, 0.0)])
def test_a_range_that_is_not_finite_is_an_overflow_as_in_numpy(low, high):
    with pytest.raises(OverflowError, match="uniform: high - low must be finite, got low"):
        RandomState(0).uniform(low, high)


def test_two_seeds_give_two_streams_and_one_seed_one():
    stream = random.Random(3)
    for _ in range(20):
        seed = stream.getrandbits(32)
        assert RandomState(seed).rand(4) == RandomState(seed).rand(4) != RandomState(seed ^ 1).rand(4)


@pytest.mark.parametrize("call, words", [
    (lambda stream: stream.uniform("a", 1.0), "uniform: low is 'a'"),
    (lambda stream: stream.uniform(0.0, None), "uniform: high is None, expected a number"),
    (lambda stream: stream.normal([0.0], 1.0), "normal: loc is a list of 1, expected a number"),
    (lambda stream: stream.normal(0.0, "1"), "normal: scale is '1'"),
])
def test_a_bound_that_is_no_number_is_a_type_error_that_names_it(call, words):
    with pytest.raises(TypeError, match=words):
        call(RandomState(0))


@pytest.mark.parametrize("state", [("MT19937", [0] * 624, 0), {"bit_generator": "MT19937"}, None, 5])
def test_a_state_of_another_form_is_refused_with_the_right_one(state):
    with pytest.raises(ValueError, match="state: expected the five values that get_state returns, got "):
        RandomState(0).set_state(state)
