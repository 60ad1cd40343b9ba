"""The probes at the door: whether this process computes as the law of the bits says."""
import math

# The operands are list elements: literals would be folded when the module is compiled, perhaps elsewhere.

_TINY = [math.ldexp(1.0, -1074), 3.0, math.ldexp(1.0, 537)]
_X87 = [math.ldexp(0x1380A2F98496F6, -54), math.ldexp(0x192B8EFC212166, -54), math.ldexp(0x1EAE16A4D68F8F, -56)]

_SUM = [1.0, math.ldexp(-0x1687A56410206E, -85), math.ldexp(0x1FFFFFFFE9785B, -53)]


def subnormals_kept() -> bool:
    """Whether results below 2.2e-308 are kept (gradual underflow) and not flushed to zero in this thread."""
    return _TINY[0] * _TINY[1] * _TINY[2] * _TINY[2] == _TINY[1]


def rounds_once() -> bool:
    """Whether products are rounded once, to 53 bits; the x87 unit of 32-bit builds rounds twice."""
    return _X87[0] * _X87[1] == _X87[2]


def adds_exactly() -> bool:
    """Whether sums are rounded correctly; the software of 32-bit ARM without a floating-point unit loses bits."""
    return _SUM[0] + _SUM[1] == _SUM[2]


def require_arithmetic() -> None:
    """Refuse to compute where the bits would be other ones; stands before every fit and predict."""
    if not subnormals_kept():
        raise RuntimeError(
            "this thread flushes subnormal numbers to zero (tiny * 3.0 is not 1.5e-323): another package, "
            "probably one built with -ffast-math, has switched it on; import purenet and compute before "
            "that package, or in a process without it"
        )
