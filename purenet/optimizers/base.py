"""Optimizers: descriptions, no arithmetic.  What all of them are, and SGD; ``adaptive`` has the others."""
from .._core.checks import check_float, check_positive
from .._core.configurable import Configurable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, List, Tuple


def read_only_setting(name: str, meaning: str) -> "Any":
    """A setting that cannot be changed: the plan is made of it."""
    return property(lambda self: getattr(self, name), None, None, meaning)


def is_schedule(learning_rate: "Any") -> bool:
    """Whether a learning rate is a schedule, which gives one for every step."""
    return isinstance(learning_rate, Configurable) and hasattr(learning_rate, "epoch_ended")


def check_learning_rate(learning_rate: "Any") -> "Any":
    """Return a learning rate: a schedule as it is, or a number of at least 0 as a float."""
    return learning_rate if is_schedule(learning_rate) else check_float("learning_rate", learning_rate, 0.0)


COMMON_FIELDS = (("weight_decay", "option", 0.0), ("clip_norm", "option", None), ("clip_value", "option", None))


class Optimizer(Configurable):
    """What every optimizer is: a learning rate, which may be changed between fits, and settings that may not.

    ``learning_rate``: a number or a schedule.  ``weight_decay``: what a step takes from every parameter besides,
    learning_rate weight_decay w with the old w (decoupled: the gradient does not see it).  ``clip_norm``: gradients
    whose norm, over all parameters, is above it are multiplied by clip_norm / norm; ``clip_value``: numbers of
    gradients above it, or below minus it, become that.
    """

    learning_rate: "Any"
    running = 0  # products that go on from step to step, of its first settings
    numbers = 0  # that it keeps for each number of a parameter
    never_negative: "Tuple[int, ...]" = ()  # which of them
    settings: "Tuple[float, ...]" = ()  # what its formula needs besides the learning rate
    weight_decay = read_only_setting("_weight_decay", "How much of a parameter a step takes, times the learning rate.")
    clip_norm = read_only_setting("_clip_norm", "The largest norm of all gradients together; None: any.")
    clip_value = read_only_setting("_clip_value", "The largest number of a gradient; None: any.")

    def _take(self, learning_rate: "Any", weight_decay: float, clip_norm: "Any", clip_value: "Any") -> None:
        """Check and keep what all of them have."""
        self.learning_rate = check_learning_rate(learning_rate)
        self._weight_decay = check_float("weight_decay", weight_decay, 0.0)
        self._clip_norm = None if clip_norm is None else check_positive("clip_norm", clip_norm)
        self._clip_value = None if clip_value is None else check_positive("clip_value", clip_value)
        if self._clip_norm and self._clip_value:
            raise ValueError("clip_norm, clip_value: gradients are clipped in one way; give one of them")

    def __setattr__(self, name: str, value: "Any") -> None:
        if name[:1] != "_" and name not in ("learning_rate", "numbers", "settings"):
            cure = "only learning_rate can be changed, other settings are given when it is made"
            raise AttributeError(f"{name}: {cure}")
        object.__setattr__(self, name, value)

    @property
    def form(self) -> str:
        """The name that the engines know its formula by."""
        return self.kind

    def require_sound(self, numbers: "List[Any]") -> None:
        """ValueError where optimizer numbers, as a state has them, are not such as training leaves behind."""
        for own in numbers[len(numbers) - 1:] if self.running else []:
            if not all([0.0 <= product <= 1.0 for product in own[0]]):
                raise ValueError(f"a running product of {self.kind} is not between 0 and 1")
        for own in numbers[:len(numbers) - 1] if self.running else numbers:
            for k in self.never_negative:
                if own[k] and min(own[k]) < 0.0:
                    raise ValueError(f"an optimizer number of {self.kind} is below 0, which it cannot become")
