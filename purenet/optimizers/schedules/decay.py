"""Learning-rate schedules: the rate of every step, from how many steps or epochs the network has been trained.

They count from the network's first step, so a network that is saved and goes on elsewhere goes on with the same rates.
Under the law of the bits: ``+ - * /`` and the functions of ``reference.elementary``.
"""
from ..._core.checks import check_float, check_int
from ...reference.elementary import cos, power
from .base import Schedule, check_factor, check_start_rate

PI = 884279719003555 / (1 << 48)
UNIT = ("unit", "word", "steps")


class Constant(Schedule):
    """The same learning rate for every step, to stand behind a warm-up."""

    kind = "constant"
    FIELDS = (("learning_rate", "real", None),)
    POSITIONAL = 1

    def __init__(self, learning_rate: float) -> None:
        self.learning_rate = check_start_rate(learning_rate)

    def at(self, count: int) -> float:
        return self.learning_rate  # type: ignore[no-any-return]


class Decay(Schedule):
    """What step and exponential decay have in common: a length and a factor."""

    FIELDS = (("learning_rate", "real", None), ("length", "word", None), ("factor", "real", 1 / 10), UNIT)
    POSITIONAL = 2

    def __init__(self, learning_rate: float, length: int, factor: float = 1 / 10, unit: str = "steps") -> None:
        self._begin(learning_rate, unit)
        self.length = check_int("length", length, 1)
        self.factor = check_factor(factor)


class StepDecay(Decay):
    """The learning rate times ``factor`` (0.1) for every ``length`` steps (``unit="epochs"``: epochs) that are over."""

    kind = "step_decay"

    def at(self, count: int) -> float:
        rate: float = self.learning_rate
        return rate * whole_power(self.factor, count // self.length)


class ExponentialDecay(Decay):
    """The learning rate times ``factor`` to the power of count / ``length``; it counts steps or epochs."""

    kind = "exponential_decay"

    def at(self, count: int) -> float:
        rate: float = self.learning_rate
        return rate * power(self.factor, count / self.length)


class InverseScaling(Schedule):
    """The learning rate over (count + 1) to the power of ``power_t`` (0.5); it counts steps or epochs."""

    kind = "inverse_scaling"
    FIELDS = (("learning_rate", "real", None), ("power_t", "real", 1 / 2), UNIT)
    POSITIONAL = 1

    def __init__(self, learning_rate: float, power_t: float = 1 / 2, unit: str = "steps") -> None:
        self._begin(learning_rate, unit)
        self.power_t = check_float("power_t", power_t, 0.0)

    def at(self, count: int) -> float:
        rate: float = self.learning_rate
        return rate / power(count + 1.0, self.power_t)


class CosineDecay(Schedule):
    """Half a cosine from the learning rate down to ``alpha`` (0.0) times it in ``length`` steps or epochs; then that.

    ``learning_rate ((1 - alpha) (1/2 (1 + cos(pi count / length))) + alpha)`` (Loshchilov and Hutter 2017).
    """

    kind = "cosine_decay"
    FIELDS = (("learning_rate", "real", None), ("length", "word", None), ("alpha", "real", 0.0), UNIT)
    POSITIONAL = 2

    def __init__(self, learning_rate: float, length: int, alpha: float = 0.0, unit: str = "steps") -> None:
        self._begin(learning_rate, unit)
        self.length = check_int("length", length, 1)
        self.alpha = check_float("alpha", alpha, 0.0)

    def at(self, count: int) -> float:
        rate: float = self.learning_rate
        done = min(count, self.length) / self.length
        return rate * ((1.0 - self.alpha) * (0.5 * (1.0 + cos(PI * done))) + self.alpha)


def whole_power(base: float, exponent: int) -> float:
    """base to the power of a whole number from 0 up, by squaring."""
    result = 1.0
    while exponent:
        if exponent % 2:
            result = result * base
        base = base * base
        exponent = exponent // 2
    return result
