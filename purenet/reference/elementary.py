"""exp, log, tanh and related functions from ``+ - * /``, so that their bits are the same everywhere.

The functions of ``math`` come from the platform's libm and differ in the last bit between systems and
even between two CPUs. These use only IEEE operations, in the order written here. Constants are
quotients of integers, because not every platform reads decimals exactly. ``tools/accuracy/derive_elementary.py``
derives them, and ``tools/accuracy/elementary.py`` measures every function against mpmath.

The reference needs only ``+ - * /``, comparison and four hooks from a number: ``square_root``, ``split``,
multiplication by a ``power_of_two``, and ``bool``, which is false if a product with the number may be left out
of a sum because it is zero. Any class that has these can run through all of it:
``tests/support/numbers.py`` uses such classes to record expressions, to check IEEE arithmetic and to differentiate.
"""
import math

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

# log(2) = HIGH + LOW, with more bits than a double. HIGH has 40 bits, so that n * LN2_HIGH is exact
# for every exponent n of a double.
LN2_HIGH = 762123384785 / (1 << 40)
LN2_LOW = 912485920509646 / (1 << 90)
PER_LN2 = 1442695 / 1000000  # 1/log(2), only to find the nearest n
ROUND = float(3 << 51)  # x + ROUND - ROUND is x rounded to the nearest integer

# pi/2 as a sum of three numbers, the first two of 33 bits
HALF_PI_HIGH = 6746518852 / (1 << 32)
HALF_PI_MIDDLE = 4484108710 / (1 << 66)
HALF_PI_LOW = 2688052912830521 / (1 << 120)
PER_HALF_PI = 636619772368 / 1000000000000

SMALL_M = 181 / 256  # split at sqrt(1/2): the mantissa is taken from [181/256, 181/128)
SMALL_U = 53 / 128  # up to here log1p needs no split

INFINITY = float("inf")
NOT_A_NUMBER = INFINITY - INFINITY

POWERS = {}  # type: dict[float, float]  # 2**n by n, each stored when first needed


# hooks ---------------------------------------------------------------------------------------------

def square_root(x: "Any") -> float:
    """Return the correctly rounded square root of x >= 0 (IEEE-754)."""
    if type(x) is float:
        return math.sqrt(x)
    root: float = x.square_root()
    return root


def power_of_two(n: float) -> float:
    """Return 2**n exactly, for an integer n from -1022 to 1020."""
    power = math.ldexp(1.0, int(n))
    POWERS[float(n)] = power
    return power


def split(x: "Any") -> "tuple[float, int]":
    """Return (m, n) with x = m * 2**n exactly and 0.5 <= m < 1, for finite x > 0."""
    if type(x) is float:
        return math.frexp(x)
    parts: "tuple[float, int]" = x.split()
    return parts


# the exponential and related functions -----------------------------------------------------------------------
# With n = x / log(2) rounded to an integer and r = x - n log(2), exp(x) = 2**n exp(r).
# w(r) = r / tanh(r/2) - 2 is an even function with a short series, and
# exp(r) = (2 + w + r) / (2 + w - r) = 1 + r + r d / (2 - d) with d = r - w.

def exp(x: float) -> float:
    """Return e to the power x. exp(0) is 1; inf above 709.78; subnormal below -708.4 and 0 below -745.13."""
    n = x * PER_LN2 + ROUND - ROUND
    h = x - n * LN2_HIGH
    low = n * LN2_LOW
    r = h - low
    z = r * r
    w = z * (1 / 6 - z * (1 / 360 - z * (1 / 15120 - z * (1 / 604805 - z * (1 / 24088000)))))
    d = r - w
    y = 1.0 + (h - (low - r * d / (2.0 - d)))
    try:
        return POWERS[n] * y
    except KeyError:
        if -1022.0 <= n <= 1020.0:
            return power_of_two(n) * y
        if n > 0.0:
            return INFINITY if n > 1024.0 else power_of_two(1000.0) * y * power_of_two(n - 1000.0)
        if n < 0.0:
            return 0.0 if n < -1080.0 else power_of_two(-1000.0) * y * power_of_two(n + 1000.0)
        return x  # NaN


def expm1(x: float) -> float:
    """Return exp(x) - 1, also accurate near 0. -1 at -inf, inf above 709.78."""
    if not -50.0 < x < 700.0:
        return exp(x) - 1.0
    n = x * PER_LN2 + ROUND - ROUND
    r = x - n * LN2_HIGH - n * LN2_LOW
    z = r * r
    w = z * (1 / 6 - z * (1 / 360 - z * (1 / 15120 - z * (1 / 604805 - z * (1 / 24088000)))))
    d = r - w
    s = POWERS[n] if n in POWERS else power_of_two(n)
    return (s - 1.0) + s * (r + r * d / (2.0 - d))


def sigmoid(x: float) -> float:
    """Return 1 / (1 + exp(-x)), with one division. sigmoid(0) is 0.5; 0 at -inf, 1 at inf."""
    n = x * PER_LN2 + ROUND - ROUND
    r = x - n * LN2_HIGH - n * LN2_LOW
    z = r * r
    w = z * (1 / 6 - z * (1 / 360 - z * (1 / 15120 - z * (1 / 604805 - z * (1 / 24088000)))))
    c = 2.0 + w
    try:
        a = POWERS[n] * (c + r)
        return a / (a + (c - r))
    except KeyError:
        if -1022.0 <= n <= 1020.0:
            a = power_of_two(n) * (c + r)
            return a / (a + (c - r))
        return 1.0 if n > 0.0 else exp(x)  # here 1 + exp(x) is 1, so sigmoid(x) is exp(x)


def tanh(x: float) -> float:
    """Return the hyperbolic tangent: y / (y + 2) with y = exp(2x) - 1. tanh(0) is 0; -1 and 1 at -inf and inf."""
    if not -20.0 < x < 20.0:
        return 1.0 if x > 0.0 else -1.0 if x < 0.0 else x
    x = x + x
    n = x * PER_LN2 + ROUND - ROUND
    r = x - n * LN2_HIGH - n * LN2_LOW
    z = r * r
    w = z * (1 / 6 - z * (1 / 360 - z * (1 / 15120 - z * (1 / 604805 - z * (1 / 24088000)))))
    d = r - w
    s = POWERS[n] if n in POWERS else power_of_two(n)
    y = (s - 1.0) + s * (r + r * d / (2.0 - d))
    return y / (y + 2.0)


# the logarithm and related functions -------------------------------------------------------------------------
# With x = 2**n (1 + f) and s = f / (2 + f), log(1 + f) = log((1 + s) / (1 - s)), an odd function of s.

def log(x: float) -> float:
    """Return the natural logarithm. -inf at 0, inf at inf, NaN below 0."""
    if not 0.0 < x < INFINITY:
        return -INFINITY if x == 0.0 else NOT_A_NUMBER if x < 0.0 else x
    m, n = split(x)
    if m < SMALL_M:
        m = m + m
        n = n - 1
    f = m - 1.0
    s = f / (2.0 + f)
    z = s * s
    t = z * (2 / 3 + z * (2 / 5 + z * (2 / 7 + z * (2 / 9 + z * (2 / 11 + z * (2 / 13 + z * (
        133255 / 1000000 + z * (123475 / 1000000))))))))
    return n * LN2_HIGH + (f - (s * (f - t) - n * LN2_LOW))


def log1p(x: float) -> float:
    """Return log(1 + x), also accurate near 0. -inf at -1, inf at inf, NaN below -1."""
    if not -1.0 < x < INFINITY:
        return -INFINITY if x == -1.0 else NOT_A_NUMBER if x < 0.0 else x
    if -0.25 < x <= SMALL_U:
        n = 0
        f = x
        c = 0.0
    else:
        u = 1.0 + x
        c = (x - (u - 1.0) if x < 1.0 else 1.0 - (u - x)) / u  # the rounding error of 1 + x
        m, n = split(u)
        if m < SMALL_M:
            m = m + m
            n = n - 1
        f = m - 1.0
    s = f / (2.0 + f)
    z = s * s
    t = z * (2 / 3 + z * (2 / 5 + z * (2 / 7 + z * (2 / 9 + z * (2 / 11 + z * (2 / 13 + z * (
        133255 / 1000000 + z * (123475 / 1000000))))))))
    return n * LN2_HIGH + (f - (s * (f - t) - (n * LN2_LOW + c)))


def softplus(x: float) -> float:
    """Return log(1 + exp(x)), as max(x, 0) + log1p(exp(-|x|)), which cannot overflow. 0 at -inf, inf at inf."""
    if x > 0.0:
        return x + log1p(exp(-x))
    return log1p(exp(x))


# others --------------------------------------------------------------------------------------------

def cos(x: float) -> float:
    """Return the cosine for |x| up to 2**20; NaN beyond, where the reduction by pi/2 has no digits left."""
    if not -1048576.0 <= x <= 1048576.0:
        return NOT_A_NUMBER
    n = x * PER_HALF_PI + ROUND - ROUND
    h = x - n * HALF_PI_HIGH - n * HALF_PI_MIDDLE
    low = n * HALF_PI_LOW
    r = h - low
    z = r * r
    quadrant = int(n) & 3
    if quadrant & 1:
        # sin(r), Taylor; (h - r) - low is the rounding error of r
        t = r + (((h - r) - low) - r * z * (1 / 6 - z * (1 / 120 - z * (1 / 5040 - z * (1 / 362880 - z * (
            1 / 39916800 - z * (1 / 6227020800 - z * (1 / 1307674368000))))))))
        return -t if quadrant == 1 else t
    # cos(r), Taylor; the derivative -r corrects for the rounding error of r
    t = z * z * (1 / 24 - z * (1 / 720 - z * (1 / 40320 - z * (1 / 3628800 - z * (1 / 479001600 - z * (
        1 / 87178291200 - z * (1 / 20922789888000)))))))
    half = z * 0.5
    u = 1.0 - half
    t = u + (((1.0 - u) - half) + (t - r * ((h - r) - low)))
    return t if quadrant == 0 else -t


def power(x: float, y: float) -> float:
    """Return x to the power y for x >= 0, as exp(y log(x)). The relative error grows with |y log(x)|.

    power(x, 0) and power(1, y) are 1. For x < 0 and any other y the result is NaN.
    """
    if y == 0.0 or x == 1.0:
        return 1.0
    return exp(y * log(x))
