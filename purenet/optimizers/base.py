"""The base class of the optimizers and the settings that all of them have."""
from .._core.checks import check_float, check_positive
from .._core.configurable import Configurable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def read_only_setting(name: str, meaning: str) -> "Any":
    """Return a property for a setting that cannot be changed, because the network's plan is made from it."""
    return property(lambda self: getattr(self, name), None, None, meaning)


def is_schedule(learning_rate: "Any") -> bool:
    """Return whether a learning rate is a schedule, which gives one for every step."""
    return isinstance(learning_rate, Configurable) and hasattr(learning_rate, "epoch_ended")


def check_learning_rate(learning_rate: "Any") -> "Any":
    """Return a learning rate: a schedule as it is, or a number of at least 0 as a float."""
    return learning_rate if is_schedule(learning_rate) else check_float("learning_rate", learning_rate, 0.0)


COMMON_FIELDS = (("weight_decay", "option", 0.0), ("clip_norm", "option", None), ("clip_value", "option", None))


class Optimizer(Configurable):
    """The base class of optimizers, with the settings that all of them have.

    ``learning_rate``: a number or a schedule. It can be changed between fits; other settings cannot.
    ``weight_decay``: each step also subtracts learning_rate weight_decay w, with the old w, from every parameter w.
    The gradient does not include it (decoupled weight decay).
    ``clip_norm``: gradients whose norm over all parameters is larger are multiplied by clip_norm / norm.
    ``clip_value``: each number of a gradient is limited to [-clip_value, clip_value].
    """

    learning_rate: "Any"
    slots = 0  # how many arrays it keeps for each parameter, such as velocities
    never_negative: "tuple[int, ...]" = ()  # which of these arrays cannot have negative numbers
    running_products = 0  # how many of its first settings it raises to the power of the step, as Adam's beta_1 ** t
    settings: "tuple[float, ...]" = ()  # the numbers that its formula needs besides the learning rate
    weight_decay = read_only_setting("_weight_decay", "The part of a parameter that a step subtracts, times the rate.")
    clip_norm = read_only_setting("_clip_norm", "The largest norm of all gradients; None: no limit.")
    clip_value = read_only_setting("_clip_value", "The largest number of a gradient; None: no limit.")

    def __init__(self, learning_rate: "Any", weight_decay: float, clip_norm: "Any", clip_value: "Any") -> None:
        self.learning_rate = check_learning_rate(learning_rate)
        self._weight_decay = check_float("weight_decay", weight_decay, 0.0)
        self._clip_norm = None if clip_norm is None else check_positive("clip_norm", clip_norm)
        self._clip_value = None if clip_value is None else check_positive("clip_value", clip_value)
        if self._clip_norm and self._clip_value:
            raise ValueError("clip_norm, clip_value: gradients are clipped in one way; give only one of them")

    def __setattr__(self, name: str, value: "Any") -> None:
        if name[:1] != "_" and name not in ("learning_rate", "slots", "settings"):
            raise AttributeError(f"{name}: only learning_rate can be changed; give other settings to a new optimizer")
        object.__setattr__(self, name, value)

    @property
    def form(self) -> str:
        """Return the name of its formula in ``purenet.reference.optimizers``."""
        return self.kind

    def check_state(self, numbers: "list[Any]") -> None:
        """Raise ValueError if training cannot produce these numbers, which have the form of a state."""
        parameters = len(numbers) - bool(self.running_products)  # the products follow the arrays of the parameters
        for own in numbers[parameters:]:
            if not all([0.0 <= product <= 1.0 for product in own[0]]):
                raise ValueError(f"a running product of {self.kind} is not between 0 and 1")
        for own in numbers[:parameters]:
            for k in self.never_negative:
                if own[k] and min(own[k]) < 0.0:
                    raise ValueError(f"an optimizer number of {self.kind} is below 0, which training cannot produce")
