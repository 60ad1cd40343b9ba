"""Test whether this process computes as IEEE 754 says: rounding, subnormal numbers and sums."""
import math

# The operands are list elements: literals would be folded when the module is compiled, perhaps on another machine.

_TINY = [math.ldexp(1.0, -1074), 3.0, math.ldexp(1.0, 537)]
_X87 = [math.ldexp(0x1380A2F98496F6, -54), math.ldexp(0x192B8EFC212166, -54), math.ldexp(0x1EAE16A4D68F8F, -56)]

_SUM = [1.0, math.ldexp(-0x1687A56410206E, -85), math.ldexp(0x1FFFFFFFE9785B, -53)]


def subnormals_kept() -> bool:
    """Return whether this thread keeps results below 2.2e-308 (gradual underflow) and does not flush them to zero."""
    return _TINY[0] * _TINY[1] * _TINY[2] * _TINY[2] == _TINY[1]


def rounds_once() -> bool:
    """Return whether products are rounded once, to 53 bits. The x87 unit of 32-bit builds rounds twice."""
    return _X87[0] * _X87[1] == _X87[2]


def adds_exactly() -> bool:
    """Return whether sums are rounded correctly. The software floats of some 32-bit ARM systems lose bits."""
    return _SUM[0] + _SUM[1] == _SUM[2]


def check_arithmetic() -> None:
    """Raise RuntimeError if this thread flushes subnormals, which changes bits. Called by every fit and predict."""
    if not subnormals_kept():
        raise RuntimeError(
            "this thread flushes subnormal numbers to zero (tiny * 3.0 is not 1.5e-323): another package, "
            "probably one built with -ffast-math, has switched it on; import purenet and compute before "
            "that package, or in a process without it"
        )
