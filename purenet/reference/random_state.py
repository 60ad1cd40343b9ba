"""Random numbers: the generator MT19937, seeded and read exactly as ``numpy.random.RandomState`` does.

It reproduces articles that begin with ``np.random.seed(1)`` without NumPy. All values are NumPy's to the bit, except
that a few in a hundred of ``randn`` and ``normal`` differ by a few ulp, because the logarithm is purenet's own.
Sources: Matsumoto and Nishimura, "Mersenne Twister" (1998), Marsaglia's polar method for the normals, and NumPy's
documentation of ``RandomState``, whose streams are frozen.
"""
from .._core.checks import to_float, to_int
from .._core.messages import describe, plural
from .._core.rows import rows_by_position
from .elementary import log, square_root

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Sequence, Union

    Size = Union[int, tuple[int, ...]] | None
    State = tuple[str, Sequence[int], int, int, float]

N = 624
M = 397
WORD = 0xFFFFFFFF


class RandomState:
    """A stream of random numbers from a seed, an integer of any type from 0 to 2**32 - 1.

    ``size`` is None for one number, an integer for a list, or a tuple for nested lists.
    ``state`` continues from a state that ``get_state`` returned; the seed is then ignored.
    """

    def __init__(self, seed: int = 0, *, state: "State | None" = None) -> None:
        if state is not None:
            self.set_state(state)
            return
        wanted = "a whole number from 0 to 2**32 - 1"
        seed = _check_integer("seed", seed, wanted)
        if not 0 <= seed <= WORD:
            raise ValueError(f"seed: expected {wanted}, got {describe(seed)}")
        key = [seed] * N
        for position in range(1, N):
            seed = (1812433253 * (seed ^ (seed >> 30)) + position) & WORD
            key[position] = seed
        self._key = key
        self._position = N
        self._cached = None  # type: float | None  # the second number of a pair of gaussians

    def __repr__(self) -> str:
        return f"<RandomState, word {self._position % N} of {N} is next>"

    # the state -------------------------------------------------------------------------------------

    def get_state(self) -> "tuple[str, list[int], int, int, float]":
        """Return the state in NumPy's form: ("MT19937", 624 words, position, has_gauss, cached_gaussian)."""
        if self._cached is None:
            return "MT19937", self._key[:], self._position, 0, 0.0
        return "MT19937", self._key[:], self._position, 1, self._cached

    def set_state(self, state: "State") -> None:
        """Take a state that ``get_state`` returned, here or in NumPy."""
        if not isinstance(state, (tuple, list)) or len(state) != 5:
            raise ValueError(f"state: expected the five values that get_state returns, got {describe(state)}")
        name, words, position, has_gauss, cached = state
        key = [0] * len(words)  # of its final length at once: a list that grows needs more heap on a board
        for k in range(len(words)):
            key[k] = int(words[k])
        if name != "MT19937" or len(key) != N or not 0 <= position <= N or not all(0 <= word <= WORD for word in key):
            raise ValueError("state: expected ('MT19937', 624 words of 32 bits, position 0 to 624, has_gauss, cached)")
        self._key = key
        self._position = int(position)
        self._cached = float(cached) if has_gauss else None

    def copy(self) -> "RandomState":
        """Return an independent stream that continues with the same numbers."""
        return RandomState(state=self.get_state())

    __copy__ = copy  # copy.copy would share the words and not the position

    # single draws ----------------------------------------------------------------------------------

    def _refill(self) -> None:
        key = self._key
        for k in range(N):
            y = (key[k] & 0x80000000) | (key[(k + 1) % N] & 0x7FFFFFFF)
            key[k] = key[(k + M) % N] ^ (y >> 1) ^ (0x9908B0DF if y & 1 else 0)
        self._position = 0

    def _next_word(self) -> int:
        """Return the next 32 bits."""
        if self._position == N:
            self._refill()
        y = self._key[self._position]
        self._position += 1
        y ^= y >> 11
        y ^= (y << 7) & 0x9D2C5680
        y ^= (y << 15) & 0xEFC60000
        return y ^ (y >> 18)

    def _next_double(self) -> float:
        """Return a uniform number in [0, 1): 53 bits of two words."""
        high = self._next_word() >> 5
        low = self._next_word() >> 6
        return (high * 67108864 + low) / 9007199254740992

    def _next_gaussian(self) -> float:
        """Return a standard normal number by the polar method. The second of each pair is kept for the next call."""
        if self._cached is not None:
            gaussian = self._cached
            self._cached = None
            return gaussian
        while True:
            a = 2.0 * self._next_double() - 1.0
            b = 2.0 * self._next_double() - 1.0
            square = a * a + b * b
            if 0.0 < square < 1.0:
                break
        factor = square_root(-2.0 * log(square) / square)
        self._cached = factor * a
        return factor * b

    def _next_below(self, count: int) -> int:
        """Return an integer from 0 to count - 1: masked words, until one is small enough."""
        if count == 1:
            return 0
        most = count - 1
        mask = most
        for shift in (1, 2, 4, 8, 16, 32):
            mask |= mask >> shift
        while True:
            value = self._next_word()
            if most > WORD:
                value = (value << 32) | self._next_word()
            value &= mask
            if value <= most:
                return value

    # what users call -------------------------------------------------------------------------------

    def random_sample(self, size: "Size" = None) -> "Any":
        """Draw uniformly from [0, 1)."""
        return _shaped(self._next_double, size)

    def rand(self, *shape: int) -> "Any":
        """Draw uniformly from [0, 1): ``rand(3, 4)`` returns 3 lists of 4."""
        return _shaped(self._next_double, shape or None)

    def uniform(self, low: float = 0.0, high: float = 1.0, size: "Size" = None) -> "Any":
        """Draw uniformly from [low, high): low + (high - low) u."""
        low = to_float(low, "uniform: low")
        span = to_float(high, "uniform: high") - low
        if not span - span == 0.0:
            raise OverflowError(f"uniform: high - low must be finite, got low {low} and high {high}")
        return _shaped(lambda: low + span * self._next_double(), size)

    def randn(self, *shape: int) -> "Any":
        """Draw from the standard normal distribution: ``randn(3, 4)`` returns 3 lists of 4."""
        return _shaped(self._next_gaussian, shape or None)

    def normal(self, loc: float = 0.0, scale: float = 1.0, size: "Size" = None) -> "Any":
        """Draw normally with mean loc and standard deviation scale >= 0: loc + scale z."""
        loc, scale = to_float(loc, "normal: loc"), to_float(scale, "normal: scale")
        if not scale >= 0.0:
            raise ValueError(f"normal: expected a scale of at least 0, got {scale}")
        return _shaped(lambda: loc + scale * self._next_gaussian(), size)

    def randint(self, low: int, high: "int | None" = None, size: "Size" = None) -> "Any":
        """Draw integers from low to high - 1, within 64 bits. Without high, draw from 0 to low - 1."""
        if high is None:
            low, high = 0, low
        first, end = _check_integer("low", low), _check_integer("high", high)
        if not -(1 << 63) <= first < end <= 1 << 63:
            got = f"low {describe(first)} and high {describe(end)}"
            raise ValueError(f"randint: expected -2**63 <= low < high <= 2**63, got {got}")
        count = end - first
        return _shaped(lambda: first + self._next_below(count), size)

    def shuffle(self, values: "Any") -> None:
        """Shuffle a list, or the rows of an array, in place."""
        shuffled = values
        if not isinstance(values, list):
            from .._core.frames import items_to_shuffle

            shuffled = items_to_shuffle(values, "shuffle")
        for i in range(len(shuffled) - 1, 0, -1):
            j = self._next_below(i + 1)
            shuffled[i], shuffled[j] = shuffled[j], shuffled[i]
        if shuffled is not values:  # an array, whose rows may be views of one memory
            for i in range(len(shuffled)):
                values[i] = shuffled[i]

    def permutation(self, values: "Union[int, Sequence[Any]]") -> "list[Any]":
        """Return a shuffled list of 0 to n - 1, or of the values given."""
        shuffled = list(_values_of("permutation", values))
        self.shuffle(shuffled)
        return shuffled

    def choice(self, values: "Union[int, Sequence[Any]]", size: "Size" = None, replace: bool = True) -> "Any":
        """Draw from the values (an integer n stands for 0 to n - 1), all equally likely."""
        chosen = _values_of("choice", values)
        if not len(chosen):
            raise ValueError("choice: expected at least one value to choose from, got none")
        if replace:
            return _shaped(lambda: chosen[self._next_below(len(chosen))], size)
        count = 1
        for length in _lengths(size):
            count *= length
        if count > len(chosen):
            raise ValueError(f"choice: cannot draw {count} of {plural(len(chosen), 'value')} without replacement; "
                             "draw fewer, or leave out replace=False")
        order = iter(self.permutation(len(chosen)))
        return _shaped(lambda: chosen[next(order)], size)


def _check_integer(name: str, value: "Any", wanted: str = "a whole number") -> int:
    """Return an integer of any type, NumPy's too, as an int. ``wanted``: what an error says was expected."""
    number = to_int(value)
    if number is None:
        raise TypeError(f"{name}: expected {wanted}, got {describe(value)}")
    return number


def _values_of(name: str, values: "Any") -> "Sequence[Any]":
    """Return the numbers from 0 to n - 1 for an integer n, else the values given."""
    number = to_int(values)
    if number is not None:
        return range(number)
    return rows_by_position(values, name, "a whole number or a list")


def _lengths(size: "Any") -> "list[int]":
    """Return the lengths that size stands for; none for a single draw."""
    if size is None:
        return []
    if to_int(size) is not None:
        size = [size]
    wanted = "a whole number, a tuple of them or None"
    lengths = [_check_integer("size", length) for length in rows_by_position(size, "size", wanted)]
    for length in lengths:
        if length < 0:
            raise ValueError(f"size: expected whole numbers of at least 0, got {length}")
    return lengths


def _shaped(draw: "Any", size: "Any") -> "Any":
    """Return one draw, or nested lists of the given size, filled with the last index running fastest."""
    return _nested(draw, _lengths(size))


def _nested(draw: "Any", lengths: "list[int]") -> "Any":
    if not lengths:
        return draw()
    return [_nested(draw, lengths[1:]) for _ in range(lengths[0])]
