"""The base class of learning-rate schedules, and checks of their settings.

Both engines ask ``Run.rate`` in ``_core/state.py`` for the rate of each step, and that asks ``Schedule.rate``.
"""
from ..._core.checks import check_choice, check_float
from ..._core.configurable import Configurable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

UNITS = ("steps", "epochs")


class Schedule(Configurable):
    """The base class of learning-rate schedules."""

    learning_rate: "Any"
    unit = ""  # what it counts: "steps", "epochs" or nothing
    uses_losses = False  # whether its rates depend on the losses of earlier epochs
    epochs_seen: "Any" = 0  # the number of epochs whose losses it got, if it uses them

    def rate(self, epoch: int, step: int) -> float:
        """Return the learning rate of the next step, after ``epoch`` whole epochs and ``step`` steps in all."""
        return self.at(step if self.unit == "steps" else epoch)

    def at(self, count: int) -> float:
        """Return the learning rate after ``count`` steps or epochs."""
        raise NotImplementedError

    def epoch_ended(self, loss: float) -> None:
        """Use the loss of an epoch that has ended."""

    def _begin(self, learning_rate: "Any", unit: "Any") -> None:
        self.learning_rate = check_start_rate(learning_rate)
        check_choice("unit", unit, UNITS)
        self.unit = str(unit)


def check_start_rate(learning_rate: "Any") -> float:
    """Return the first learning rate of a schedule as a float."""
    if isinstance(learning_rate, Schedule):
        inner = type(learning_rate).__name__
        cure = "give this schedule to WarmUp instead" if inner == "WarmUp" else "only WarmUp takes another schedule"
        raise TypeError(f"learning_rate: expected a number, got a {inner}; {cure}")
    return check_float("learning_rate", learning_rate, 0.0)


def check_factor(factor: "Any") -> float:
    """Return a factor above 0 and up to 1 as a float."""
    number = check_float("factor", factor, 0.0)
    if not 0.0 < number <= 1.0:
        raise ValueError(f"factor: expected a number above 0 and up to 1, got {number}")
    return number
