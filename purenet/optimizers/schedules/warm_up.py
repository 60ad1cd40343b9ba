"""A schedule that begins with a small learning rate."""
from ..._core.checks import check_choice, check_int
from ..base import check_learning_rate
from .base import UNITS, Schedule
from .decay import UNIT

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class WarmUp(Schedule):
    """Raise the learning rate linearly over the first ``length`` steps, or epochs with ``unit="epochs"``.

    The first rate is 1 / length of the full rate. ``learning_rate``: a number, or a schedule that begins after the
    warm-up and counts in the same unit.
    """

    kind = "warm_up"
    FIELDS = (("learning_rate", "rate", None), ("length", "word", None), UNIT)
    POSITIONAL = 2

    def __init__(self, learning_rate: "Any", length: int, unit: str = "steps") -> None:
        check_choice("unit", unit, UNITS)
        self.unit = str(unit)
        self.length = check_int("length", length, 1)
        self.learning_rate = check_learning_rate(learning_rate)
        if isinstance(learning_rate, WarmUp):
            raise ValueError("learning_rate: a warm-up cannot be followed by another warm-up")
        if isinstance(learning_rate, Schedule):
            if learning_rate.unit not in ("", unit):
                raise ValueError(f"unit: the warm-up counts {unit}, the schedule after it {learning_rate.unit}; give "
                                 f"both the same unit")
            self.uses_losses = learning_rate.uses_losses

    def at(self, count: int) -> float:
        follows = self.learning_rate
        rate: float = follows.at(max(0, count - self.length)) if isinstance(follows, Schedule) else follows
        return rate * ((count + 1) / self.length) if count < self.length else rate

    @property
    def epochs_seen(self) -> int:
        """The number of epochs that the schedule after it has seen."""
        follows = self.learning_rate
        return follows.epochs_seen if isinstance(follows, Schedule) else 0

    def epoch_ended(self, loss: float) -> None:
        if isinstance(self.learning_rate, Schedule):
            self.learning_rate.epoch_ended(loss)
