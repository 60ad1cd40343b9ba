"""Define three kinds of number that ``purenet.reference`` can compute with in place of floats.

``Recorder`` has a float and records the expression that produced it. Two programs whose outputs have the same
expressions give the same bits for all inputs that take the same branches.
``Exact`` computes every result in integers and rounds it once, as IEEE 754 says. It checks the hardware.
``Dual`` has a value and a derivative. It differentiates the reference's own forward code.
Each has the operations that the reference uses: ``+ - * /``, comparison, ``square_root()``, ``split()``, ``float()``
or ``hash()`` to look up a power of two, and ``bool()``: whether the terms with it must be added.
"""
import functools
import math
import operator
import struct

from purenet.reference.elementary import ROUND


def bits(x):
    """Return the 64 bits of a number as an integer."""
    return struct.unpack("<Q", struct.pack("<d", x))[0]


def double(pattern):
    """Return the float with these 64 bits."""
    return struct.unpack("<d", struct.pack("<Q", pattern))[0]


# Recorder ------------------------------------------------------------------------------------------
# An expression is the place of its last operation in NODES. Equal expressions have equal places, and
# operands stand before the operations that use them.

NODES = []  # (operation, left, right); ("input", name, None); ("constant", bits, None)
PLACES = {}  # the place of each in NODES


def place(operation, left, right=None):
    """Return the index of a node: an operation on two nodes (or one, if right is None), an input or a constant."""
    node = operation, left, right
    if node not in PLACES:
        PLACES[node] = len(NODES)
        NODES.append(node)
    return PLACES[node]


def place_of(x):
    """Return the index of a number's node. A plain number is a constant."""
    return x.place if isinstance(x, Recorder) else place("constant", bits(x))


def recording(name, value):
    """Return an input: a named number that records the operations on it."""
    return Recorder(value, place("input", name))


def _binary(operation, compute):
    def method(self, other):
        return Recorder(compute(self, other), place(operation, self.place, place_of(other)))

    return method


def _reflected(operation, compute):
    def method(self, other):
        return Recorder(compute(self, other), place(operation, place_of(other), self.place))

    return method


class Recorder(float):
    """A float that knows its expression. Its value decides which branches are taken."""

    __slots__ = ("place",)

    def __new__(cls, value, place):
        self = super().__new__(cls, value)
        self.place = place
        return self

    __add__, __radd__ = _binary("+", float.__add__), _reflected("+", float.__radd__)
    __sub__, __rsub__ = _binary("-", float.__sub__), _reflected("-", float.__rsub__)
    __mul__, __rmul__ = _binary("*", float.__mul__), _reflected("*", float.__rmul__)
    __truediv__, __rtruediv__ = _binary("/", float.__truediv__), _reflected("/", float.__rtruediv__)

    # the law of the bits knows no others, and a float's own would lose the expression
    __pos__ = __abs__ = __round__ = __divmod__ = __rdivmod__ = None
    __pow__ = __rpow__ = __mod__ = __rmod__ = __floordiv__ = __rfloordiv__ = None

    def __neg__(self):
        return Recorder(-float(self), place("neg", self.place))

    def __bool__(self):
        return True  # a product left out would be missing from the expression

    def square_root(self):
        return Recorder(math.sqrt(self), place("sqrt", self.place))

    def split(self):
        m, n = math.frexp(self)
        return Recorder(m, place("mantissa", self.place)), Recorder(n, place("exponent", self.place))

    def __repr__(self):
        return f"<{float(self)!r}: {expression(self)}>"


def expression(x):
    """Return the expression of a number as text. Parts used more than once get a name: "t1 = a*b; t1+t1"."""
    return expression_at(place_of(x))


def expression_at(end):
    """Return the expression of a node as text."""
    uses = {end: 0}
    waiting = [end]
    while waiting:
        for operand in operands(waiting.pop()):
            if operand not in uses:
                waiting.append(operand)
            uses[operand] = uses.get(operand, 0) + 1
    text = {}
    named = []
    for k in sorted(uses):
        operation, left, right = NODES[k]
        if operation == "input":
            whole = text[k] = left
        elif operation == "constant":
            whole = text[k] = repr(double(left))
        else:
            whole = f"{operation} {text[left]}" if right is None else f"{text[left]}{operation}{text[right]}"
            text[k] = f"({whole})"
            if uses[k] > 1:
                text[k] = f"t{len(named) + 1}"
                named.append(f"{text[k]} = {whole}; ")
    return "".join(named) + whole


def operands(k):
    """Return the indices of a node's operands, () for inputs and constants."""
    operation, left, right = NODES[k]
    if operation in ("input", "constant"):
        return ()
    return (left,) if right is None else (left, right)


def first_difference(x, y):
    """Return, as two texts, the first computed operation in which the expressions of x and y differ, or None."""
    a, b = place_of(x), place_of(y)
    if a == b:
        return None
    while NODES[a][0] == NODES[b][0] and operands(a):
        below = next((p, q) for p, q in zip(operands(a), operands(b)) if p != q)
        if not (operands(below[0]) and operands(below[1])):
            break
        a, b = below
    return expression_at(a), expression_at(b)


# Exact ---------------------------------------------------------------------------------------------

LEAST = -1074  # the exponent of the smallest subnormal, 2**-1074
MOST = 971  # the exponent of the largest double, (2**53 - 1) * 2**971


def exact(x):
    """Return a float or an integer as an Exact, rounded if it needs more than 53 bits."""
    if type(x) is Exact:
        return x
    if isinstance(x, int):
        return rounded(-1 if x < 0 else 1, abs(x), 0)
    return _decoded(bits(x))


@functools.lru_cache(maxsize=4096)
def _decoded(pattern):
    sign = -1 if pattern >> 63 else 1
    exponent = pattern >> 52 & 0x7FF
    fraction = pattern & (1 << 52) - 1
    if exponent == 0x7FF:
        return Exact(0 if fraction else sign, None, 0)
    if exponent == 0:
        return Exact(sign, fraction, LEAST)
    return Exact(sign, 1 << 52 | fraction, LEAST - 1 + exponent)


def rounded(sign, mantissa, exponent):
    """Return the double nearest to sign * mantissa * 2**exponent, with ties to the even mantissa."""
    excess = mantissa.bit_length() - 53
    if exponent + excess < LEAST or not mantissa:
        excess = LEAST - exponent
    if excess > 0:
        mantissa = mantissa + (1 << excess - 1) - 1 + (mantissa >> excess & 1) >> excess
    else:
        mantissa <<= -excess
    exponent += excess
    if exponent >= MOST and mantissa << exponent - MOST >= 1 << 53:
        return Exact(sign, None, 0)
    return Exact(sign, mantissa, exponent)


def _added(x, y, sign):
    """Return x + sign * y."""
    y_sign = sign * y.sign
    if x.mantissa is None or y.mantissa is None:
        signs = {s for s, number in ((x.sign, x), (y_sign, y)) if number.mantissa is None}
        return Exact(signs.pop() if len(signs) == 1 else 0, None, 0)  # inf - inf is not a number
    shift = x.exponent - y.exponent
    if shift > 0:
        total = x.sign * (x.mantissa << shift) + y_sign * y.mantissa
        exponent = y.exponent
    else:
        total = x.sign * x.mantissa + y_sign * (y.mantissa << -shift)
        exponent = x.exponent
    if total:
        return rounded(1, total, exponent) if total > 0 else rounded(-1, -total, exponent)
    return Exact(x.sign if x.sign == y_sign else 1, 0, LEAST)  # x - x is 0.0, -0.0 - 0.0 is -0.0


def _compared(holds):
    def method(self, other):
        other = exact(other)
        return self.sign != 0 and other.sign != 0 and holds(self.rank(), other.rank())

    return method


class Exact:
    """A binary64 number as sign * mantissa * 2**exponent in integers. No float is used.

    The mantissa has 53 bits (or is 2**53, after rounding up), and fewer only with the exponent LEAST. It is None for
    infinities and NaN. NaN has the sign 0.
    """

    __slots__ = ("sign", "mantissa", "exponent")

    def __init__(self, sign, mantissa, exponent):
        self.sign = sign
        self.mantissa = mantissa
        self.exponent = exponent

    def __add__(self, other):
        return _added(self, exact(other), 1)

    def __radd__(self, other):
        return _added(exact(other), self, 1)

    def __sub__(self, other):
        return _added(self, exact(other), -1)

    def __rsub__(self, other):
        return _added(exact(other), self, -1)

    def __mul__(self, other):
        other = exact(other)
        if self.mantissa is None or other.mantissa is None:
            zero = self.mantissa == 0 or other.mantissa == 0
            return Exact(0 if zero else self.sign * other.sign, None, 0)
        return rounded(self.sign * other.sign, self.mantissa * other.mantissa, self.exponent + other.exponent)

    __rmul__ = __mul__  # the order of the factors changes no bit

    def __truediv__(self, other):
        other = exact(other)
        sign = self.sign * other.sign
        if other.mantissa == 0:
            raise ZeroDivisionError("division by zero")  # as with floats
        if self.mantissa is None:
            return Exact(0 if other.mantissa is None else sign, None, 0)
        if other.mantissa is None:
            return Exact(sign, 0, LEAST) if sign else other
        # 110 bits more leave at least 57 in the quotient; its last one stands for all that follow
        quotient, rest = divmod(self.mantissa << 110, other.mantissa)
        return rounded(sign, quotient | (rest > 0), self.exponent - 110 - other.exponent)

    def __rtruediv__(self, other):
        return exact(other) / self

    def __neg__(self):
        return Exact(-self.sign, self.mantissa, self.exponent)

    def square_root(self):
        """Return the square root. Raises ValueError below 0, like ``math.sqrt``."""
        if self.sign < 0 and self.mantissa != 0:
            raise ValueError("square root of a negative number")
        if self.mantissa is None:
            return self
        shift = 112 + (self.exponent & 1)
        square = self.mantissa << shift
        root = math.isqrt(square)
        return rounded(self.sign, root | (root * root < square), (self.exponent - shift) // 2)

    def split(self):
        """Return m and n with self = m * 2**n and 0.5 <= m < 1, both Exact, for finite numbers except 0."""
        n = self.mantissa.bit_length() + self.exponent
        return rounded(self.sign, self.mantissa, self.exponent - n), exact(n)

    def rank(self):
        """Return an integer that orders as the numbers do: the bits without the sign, times the sign."""
        if self.mantissa is None:
            return self.sign * (0x7FF << 52)
        return self.sign * ((self.exponent - LEAST << 52) + self.mantissa)

    __eq__ = _compared(operator.eq)
    __lt__, __le__ = _compared(operator.lt), _compared(operator.le)
    __gt__, __ge__ = _compared(operator.gt), _compared(operator.ge)

    def __bool__(self):
        return self.mantissa != 0

    def __float__(self):
        if self.sign == 0:
            return double(0x7FF8 << 48)
        return double(abs(self.rank()) | (1 << 63 if self.sign < 0 else 0))

    def __hash__(self):
        return hash(float(self))

    def __int__(self):
        """Round towards 0, like ``int`` of a float."""
        if self.mantissa is None:
            raise (OverflowError if self.sign else ValueError)("not a finite number")
        size = self.mantissa << self.exponent if self.exponent > 0 else self.mantissa >> -self.exponent
        return self.sign * size

    def __repr__(self):
        return f"exact({float(self)!r})"


# Dual ----------------------------------------------------------------------------------------------

def dual(x):
    """Return a number as a Dual. A plain number has the derivative 0."""
    return x if type(x) is Dual else Dual(float(x), 0.0)


def _by_value(holds):
    return lambda self, other: holds(self.value, dual(other).value)


class Dual:
    """A value and its derivative by one variable (forward-mode differentiation). It compares as its value."""

    __slots__ = ("value", "derivative")

    def __init__(self, value, derivative):
        self.value = value
        self.derivative = derivative

    def __add__(self, other):
        if type(other) is float and other == ROUND:
            return self.value + other  # the first half of rounding: a whole number does not change with x
        other = dual(other)
        return Dual(self.value + other.value, self.derivative + other.derivative)

    def __radd__(self, other):
        return dual(other) + self

    def __sub__(self, other):
        other = dual(other)
        return Dual(self.value - other.value, self.derivative - other.derivative)

    def __rsub__(self, other):
        return dual(other) - self

    def __mul__(self, other):
        other = dual(other)
        return Dual(self.value * other.value, self.derivative * other.value + self.value * other.derivative)

    def __rmul__(self, other):
        return dual(other) * self

    def __truediv__(self, other):
        other = dual(other)
        quotient = self.value / other.value
        return Dual(quotient, (self.derivative - quotient * other.derivative) / other.value)

    def __rtruediv__(self, other):
        return dual(other) / self

    def __neg__(self):
        return Dual(-self.value, -self.derivative)

    def __bool__(self):
        return self.value != 0.0 or self.derivative != 0.0

    def __float__(self):
        return self.value

    def square_root(self):
        root = math.sqrt(self.value)
        return Dual(root, self.derivative / (2.0 * root))

    def split(self):
        m, n = math.frexp(self.value)
        return Dual(m, math.ldexp(self.derivative, -n)), n

    __eq__ = _by_value(operator.eq)
    __lt__, __le__ = _by_value(operator.lt), _by_value(operator.le)
    __gt__, __ge__ = _by_value(operator.gt), _by_value(operator.ge)

    def __repr__(self):
        return f"Dual({self.value!r}, {self.derivative!r})"
