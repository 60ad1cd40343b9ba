"""Learning rates: a number, or a schedule, which gives one for every step."""
from ..._core.checks import check_choice, check_float
from ..._core.configurable import Configurable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

UNITS = ("steps", "epochs")


class Schedule(Configurable):
    """What every schedule is: ``rate(epoch, step)`` after so many whole epochs, and so many steps in all."""

    learning_rate: "Any"
    unit = ""  # what it counts; empty: nothing
    waits = False  # whether the rates of an epoch depend on the losses of those before it
    heard: "Any" = 0  # of how many epochs it has taken note, if it waits for them

    def rate(self, epoch: int, step: int) -> float:
        """The learning rate of the step that comes next."""
        return self.at(step if self.unit == "steps" else epoch)

    def at(self, count: int) -> float:
        """The learning rate after so many steps or epochs."""
        raise NotImplementedError

    def epoch_ended(self, loss: float) -> None:
        """Take note of the loss of an epoch."""

    def _begin(self, learning_rate: "Any", unit: "Any") -> None:
        self.learning_rate = check_start_rate(learning_rate)
        check_choice("unit", unit, UNITS)
        self.unit = str(unit)


def check_start_rate(learning_rate: "Any") -> float:
    """The learning rate that a schedule begins with."""
    if isinstance(learning_rate, Schedule):
        inner = type(learning_rate).__name__
        cure = f"the other way round, {inner} around it" if inner == "WarmUp" else "only WarmUp stands before another"
        raise TypeError(f"learning_rate: expected a number, got a {inner}; {cure}")
    return check_float("learning_rate", learning_rate, 0.0)


def check_factor(factor: "Any") -> float:
    """A factor by which rates become smaller."""
    number = check_float("factor", factor, 0.0)
    if not 0.0 < number <= 1.0:
        raise ValueError(f"factor: expected a number above 0 and up to 1, got {number}")
    return number
