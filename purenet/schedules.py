"""Learning-rate schedules: the rate of every step, from how many steps or epochs the network has been trained.

They count from the network's first step, so a network that is saved and goes on elsewhere goes on with the same rates.
Under the law of the bits: ``+ - * /`` and the functions of ``reference.elementary``.
"""
from .checks import named, real, whole
from .descriptions import of_kind
from .rates import UNITS, Schedule, number_not_schedule, rate_from
from .reference.elementary import cos, power

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, List, Tuple

PI = 884279719003555 / (1 << 48)
UNIT = ("unit", "word", "steps")


class Constant(Schedule):
    """The same learning rate for every step, to stand behind a warm-up."""

    kind = "constant"
    FIELDS = (("learning_rate", "real", None),)
    PLAIN = 1

    def __init__(self, learning_rate: float) -> None:
        self.learning_rate = number_not_schedule(learning_rate)

    def at(self, count: int) -> float:
        return self.learning_rate  # type: ignore[no-any-return]


class Decay(Schedule):
    """What step and exponential decay have in common: a length and a factor."""

    FIELDS = (("learning_rate", "real", None), ("length", "word", None), ("factor", "real", 1 / 10), UNIT)
    PLAIN = 2

    def __init__(self, learning_rate: float, length: int, factor: float = 1 / 10, unit: str = "steps") -> None:
        self._begin(learning_rate, unit)
        self.length = whole("length", length, 1)
        self.factor = factor_from(factor)


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
    PLAIN = 1

    def __init__(self, learning_rate: float, power_t: float = 1 / 2, unit: str = "steps") -> None:
        self._begin(learning_rate, unit)
        self.power_t = real("power_t", power_t, 0.0)

    def at(self, count: int) -> float:
        rate: float = self.learning_rate
        return rate / power(count + 1.0, self.power_t)


class CosineDecay(Schedule):
    """Half a cosine from the learning rate down to ``alpha`` (0.0) times it in ``length`` steps or epochs; then that.

    ``learning_rate ((1 - alpha) (1/2 (1 + cos(pi count / length))) + alpha)`` (Loshchilov and Hutter 2017).
    """

    kind = "cosine_decay"
    FIELDS = (("learning_rate", "real", None), ("length", "word", None), ("alpha", "real", 0.0), UNIT)
    PLAIN = 2

    def __init__(self, learning_rate: float, length: int, alpha: float = 0.0, unit: str = "steps") -> None:
        self._begin(learning_rate, unit)
        self.length = whole("length", length, 1)
        self.alpha = real("alpha", alpha, 0.0)

    def at(self, count: int) -> float:
        rate: float = self.learning_rate
        done = min(count, self.length) / self.length
        return rate * ((1.0 - self.alpha) * (0.5 * (1.0 + cos(PI * done))) + self.alpha)


class ReduceOnPlateau(Schedule):
    """The learning rate times ``factor`` (0.1) each time that ``patience`` (10) epochs in a row brought nothing.

    An epoch has brought something if its loss is more than ``min_delta`` below the best one.  The rate does not go
    below ``min_rate``.  What it has seen is saved with the network.
    """

    kind = "reduce_on_plateau"
    FIELDS = (("learning_rate", "real", None), ("factor", "real", 1 / 10), ("patience", "word", 10),
              ("min_delta", "real", 1 / 10000), ("min_rate", "real", 0.0))
    PLAIN = 1
    STATE = 4
    waits = True

    def __init__(
        self, learning_rate: float, factor: float = 1 / 10, patience: int = 10, min_delta: float = 1 / 10000,
        min_rate: float = 0.0,
    ) -> None:
        self.learning_rate = number_not_schedule(learning_rate)
        self.factor = factor_from(factor)
        self.patience = whole("patience", patience, 1)
        self.min_delta = real("min_delta", min_delta, 0.0)
        self.min_rate = real("min_rate", min_rate, 0.0)
        # the state, and of how many epochs it has heard: both change by one assignment
        self._seen: "Tuple[List[float], int]" = [self.learning_rate, 0.0, 0.0, 0.0], 0

    @property
    def heard(self) -> int:
        """Of how many epochs it has taken note since it was made."""
        return self._seen[1]

    def at(self, count: int) -> float:
        return self._seen[0][0]

    def epoch_ended(self, loss: float) -> None:
        (rate, any_yet, best, waited), heard = self._seen
        if not any_yet or loss < best - self.min_delta:
            seen = [rate, 1.0, loss, 0.0]
        elif waited + 1.0 < self.patience:
            seen = [rate, 1.0, best, waited + 1.0]
        else:
            # a rate that was given below the least one stays
            smaller = rate * self.factor
            seen = [smaller if smaller > self.min_rate else min(rate, self.min_rate), 1.0, best, 0.0]
        self._seen = seen, heard + 1

    def state(self) -> "List[float]":
        """The rate now; 1 once there is a best loss; that loss; how many epochs have brought nothing since."""
        return list(self._seen[0])

    def set_state(self, values: "List[float]") -> None:
        rate, any_yet, best, waited = [float(value) for value in values]
        sound = 0.0 <= rate <= self.learning_rate and 0.0 <= waited < self.patience
        if not sound or any_yet not in (0.0, 1.0) or int(waited) != waited:
            raise ValueError("reduce_on_plateau: its state is not one that it comes to")
        self._seen = [rate, any_yet, best, waited], self.heard


class WarmUp(Schedule):
    """In the first ``length`` steps (``unit="epochs"``: epochs) a part of the learning rate that grows in a line.

    The rate of the first is 1 / length of the full one.  ``learning_rate``: a number, or a schedule that begins when
    the warm-up is over and counts in the same unit.
    """

    kind = "warm_up"
    FIELDS = (("learning_rate", "rate", None), ("length", "word", None), UNIT)
    PLAIN = 2

    def __init__(self, learning_rate: "Any", length: int, unit: str = "steps") -> None:
        named("unit", unit, UNITS)
        self.unit = str(unit)
        self.length = whole("length", length, 1)
        self.learning_rate = rate_from(learning_rate)
        if isinstance(learning_rate, WarmUp):
            raise ValueError("learning_rate: a warm-up stands before another schedule, not before a warm-up")
        if isinstance(learning_rate, Schedule):
            if learning_rate.unit not in ("", unit):
                raise ValueError(f"unit: the warm-up counts {unit}, what follows it {learning_rate.unit}; give both "
                                 f"the same unit")
            self.waits = learning_rate.waits

    def at(self, count: int) -> float:
        follows = self.learning_rate
        rate: float = follows.at(max(0, count - self.length)) if isinstance(follows, Schedule) else follows
        return rate * ((count + 1) / self.length) if count < self.length else rate

    @property
    def heard(self) -> int:
        """Of how many epochs the schedule behind it has taken note."""
        follows = self.learning_rate
        return follows.heard if isinstance(follows, Schedule) else 0

    def epoch_ended(self, loss: float) -> None:
        if isinstance(self.learning_rate, Schedule):
            self.learning_rate.epoch_ended(loss)


SCHEDULES = (Constant, StepDecay, ExponentialDecay, InverseScaling, CosineDecay, ReduceOnPlateau, WarmUp)


def schedule_of_kind(kind: "Any") -> "Any":
    """The class of such a kind of schedule; ValueError for none."""
    return of_kind(kind, SCHEDULES)


def factor_from(factor: "Any") -> float:
    """A factor by which rates become smaller."""
    number = real("factor", factor, 0.0)
    if not 0.0 < number <= 1.0:
        raise ValueError(f"factor: expected a number above 0 and up to 1, got {number}")
    return number


def whole_power(base: float, exponent: int) -> float:
    """base to the power of a whole number from 0 up, by squaring."""
    result = 1.0
    while exponent:
        if exponent % 2:
            result = result * base
        base = base * base
        exponent = exponent // 2
    return result
