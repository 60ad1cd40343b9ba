"""Learning-rate schedules that depend on the number of steps or epochs a network has been trained for.

They count from the network's first step, so a network that is saved and loaded goes on with the same rates.
They compute with ``+ - * /`` and the functions of ``reference.elementary`` only, so their bits are the same everywhere.
"""
from ..._core.checks import check_float, check_int
from ...reference.elementary import cos, power
from .base import Schedule, check_factor, check_start_rate

PI = 884279719003555 / (1 << 48)
UNIT = ("unit", "word", "steps")


class Constant(Schedule):
    """The same learning rate for every step, for use after a warm-up."""

    kind = "constant"
    FIELDS = (("learning_rate", "real", None),)
    POSITIONAL = 1

    def __init__(self, learning_rate: float) -> None:
        self.learning_rate = check_start_rate(learning_rate)

    def at(self, count: int) -> float:
        return self.learning_rate  # type: ignore[no-any-return]


class Decay(Schedule):
    """The base class of step and exponential decay."""

    FIELDS = (("learning_rate", "real", None), ("length", "word", None), ("factor", "real", 1 / 10), UNIT)
    POSITIONAL = 2

    def __init__(self, learning_rate: float, length: int, factor: float = 1 / 10, unit: str = "steps") -> None:
        self._begin(learning_rate, unit)
        self.length = check_int("length", length, 1)
        self.factor = check_factor(factor)


class StepDecay(Decay):
    """Multiply the learning rate by ``factor`` after every ``length`` steps, or epochs with ``unit="epochs"``."""

    kind = "step_decay"

    def at(self, count: int) -> float:
        rate: float = self.learning_rate
        return rate * whole_power(self.factor, count // self.length)


class ExponentialDecay(Decay):
    """Multiply the learning rate by ``factor`` to the power of count / ``length``, where count is steps or epochs."""

    kind = "exponential_decay"

    def at(self, count: int) -> float:
        rate: float = self.learning_rate
        return rate * power(self.factor, count / self.length)


class InverseScaling(Schedule):
    """Divide the learning rate by (count + 1) to the power of ``power_t``, where count is steps or epochs."""

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
    """Lower the learning rate along half a cosine to ``alpha`` times its value, in ``length`` steps or epochs.

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
    """Return base to the power of an integer of at least 0, by squaring."""
    result = 1.0
    while exponent:
        if exponent % 2:
            result = result * base
        base = base * base
        exponent = exponent // 2
    return result
