"""Optimizers: descriptions, no arithmetic."""
from .checks import flag, real
from .descriptions import Description
from .schedules import SCHEDULES, Schedule, rate_from

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, List, Optional, Tuple


def fixed(name: str, meaning: str) -> "Any":
    """A setting that cannot be changed: the plan is made of it."""
    return property(lambda self: getattr(self, name), None, None, meaning)


COMMON = (("weight_decay", "option", 0.0), ("clip_norm", "option", None), ("clip_value", "option", None))


class Optimizer(Description):
    """What every optimizer is: a learning rate, which may be changed between fits, and settings that may not.

    ``learning_rate``: a number or a schedule.  ``weight_decay``: what a step takes from every parameter besides,
    learning_rate weight_decay w with the old w (decoupled: the gradient does not see it).  ``clip_norm``: gradients
    whose norm, over all parameters, is above it are multiplied by clip_norm / norm; ``clip_value``: numbers of
    gradients above it, or below minus it, become that.
    """

    NESTED = SCHEDULES
    learning_rate: "Any"
    running = 0  # products that go on from step to step, of its first settings
    numbers = 0  # that it keeps for each number of a parameter
    never_negative: "Tuple[int, ...]" = ()  # which of them
    settings: "Tuple[float, ...]" = ()  # what its formula needs besides the learning rate
    weight_decay = fixed("_weight_decay", "How much of a parameter a step takes, times the learning rate.")
    clip_norm = fixed("_clip_norm", "The largest norm of all gradients together; None: any.")
    clip_value = fixed("_clip_value", "The largest number of a gradient; None: any.")

    def _take(self, learning_rate: "Any", weight_decay: float, clip_norm: "Any", clip_value: "Any") -> None:
        """Check and keep what all of them have."""
        self.learning_rate = rate_from(learning_rate)
        self._weight_decay = real("weight_decay", weight_decay, 0.0)
        self._clip_norm = None if clip_norm is None else above_0("clip_norm", clip_norm)
        self._clip_value = None if clip_value is None else above_0("clip_value", clip_value)
        if self._clip_norm and self._clip_value:
            raise ValueError("clip_norm, clip_value: gradients are clipped in one way; give one of them")

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


def above_0(name: str, value: "Any") -> float:
    """A finite number above 0."""
    number = real(name, value, 0.0)
    if not number:
        raise ValueError(f"{name}: expected a number above 0, got {number}")
    return number


class SGD(Optimizer):
    """Gradient descent on batches, with momentum and Nesterov's form of it.

    Without momentum ``w = w - learning_rate g``; with it ``v = momentum v - learning_rate g`` and ``w = w + v``
    (Polyak), or with ``nesterov=True`` ``w = w + (momentum v - learning_rate g)`` (Sutskever et al. 2013).
    The last three settings are every optimizer's: see ``Optimizer``.
    """

    kind = "sgd"
    FIELDS = (("learning_rate", "rate", None), ("momentum", "real", 0.0), ("nesterov", "word", False)) + COMMON
    momentum = fixed("_momentum", "How much of the last step is kept.")
    nesterov = fixed("_nesterov", "Whether the momentum is Nesterov's.")

    def __init__(
        self, learning_rate: "Any" = 1 / 100, momentum: float = 0.0, nesterov: bool = False, weight_decay: float = 0.0,
        clip_norm: "Optional[float]" = None, clip_value: "Optional[float]" = None,
    ) -> None:
        self._take(learning_rate, weight_decay, clip_norm, clip_value)
        self._momentum = real("momentum", momentum, 0.0, below=1.0)
        self._nesterov = flag("nesterov", nesterov)
        if self.nesterov and not self.momentum:
            raise ValueError("nesterov: it needs a momentum above 0, for example momentum=0.9")
        if self.momentum:
            self.numbers, self.settings = 1, (self.momentum,)

    @property
    def form(self) -> str:
        if not self.momentum:
            return "sgd"
        return "sgd_nesterov" if self.nesterov else "sgd_momentum"


class RMSprop(Optimizer):
    """A step in proportion to the gradient over its recent size (Hinton 2012), in Keras' form.

    ``v = rho v + (1 - rho) g g``, ``w = w - learning_rate g / sqrt(v + epsilon)``; with momentum
    ``u = momentum u + learning_rate g / sqrt(v + epsilon)``, ``w = w - u``.
    """

    kind = "rmsprop"
    FIELDS = (("learning_rate", "rate", None), ("rho", "real", 9 / 10), ("momentum", "real", 0.0),
              ("epsilon", "real", 1 / 10000000)) + COMMON
    never_negative = (0,)
    rho = fixed("_rho", "How much of the mean of the squares is kept.")
    momentum = fixed("_momentum", "How much of the last step is kept.")
    epsilon = fixed("_epsilon", "Added to the mean of the squares.")

    def __init__(
        self, learning_rate: "Any" = 1 / 1000, rho: float = 9 / 10, momentum: float = 0.0,
        epsilon: float = 1 / 10000000, weight_decay: float = 0.0, clip_norm: "Optional[float]" = None,
        clip_value: "Optional[float]" = None,
    ) -> None:
        self._take(learning_rate, weight_decay, clip_norm, clip_value)
        self._rho = real("rho", rho, 0.0, below=1.0)
        self._momentum = real("momentum", momentum, 0.0, below=1.0)
        self._epsilon = above_0("epsilon", epsilon)
        self.settings = (self.rho, self.epsilon) + ((self.momentum,) if self.momentum else ())
        self.numbers = 2 if self.momentum else 1

    @property
    def form(self) -> str:
        return "rmsprop_momentum" if self.momentum else "rmsprop"


class Adagrad(Optimizer):
    """A step in proportion to the gradient over the size of all before it (Duchi et al. 2011), in Keras' form.

    ``s = s + g g``, ``w = w - learning_rate g / sqrt(initial_accumulator_value + s + epsilon)``.
    """

    kind = "adagrad"
    FIELDS = (("learning_rate", "rate", None), ("initial_accumulator_value", "real", 1 / 10),
              ("epsilon", "real", 1 / 10000000)) + COMMON
    numbers = 1
    never_negative = (0,)
    initial_accumulator_value = fixed("_initial", "Added to the squares, as if they had begun there.")
    epsilon = fixed("_epsilon", "Added to the squares.")

    def __init__(
        self, learning_rate: "Any" = 1 / 1000, initial_accumulator_value: float = 1 / 10, epsilon: float = 1 / 10000000,
        weight_decay: float = 0.0, clip_norm: "Optional[float]" = None, clip_value: "Optional[float]" = None,
    ) -> None:
        self._take(learning_rate, weight_decay, clip_norm, clip_value)
        self._initial = real("initial_accumulator_value", initial_accumulator_value, 0.0)
        self._epsilon = above_0("epsilon", epsilon)
        self.settings = (self._initial, self.epsilon)


class Adam(Optimizer):
    """Adaptive moments (Kingma and Ba 2015), in the form that Keras and scikit-learn compute.

    ``m = beta_1 m + (1 - beta_1) g``, ``v = beta_2 v + (1 - beta_2) g g``, and with b1_t and b2_t, the products of as
    many beta_1 and beta_2 as there were steps, ``a = learning_rate sqrt(1 - b2_t) / (1 - b1_t)``,
    ``w = w - a m / (sqrt(v) + epsilon)``.
    """

    kind = "adam"
    FIELDS = (("learning_rate", "rate", None), ("beta_1", "real", 9 / 10), ("beta_2", "real", 999 / 1000),
              ("epsilon", "real", 1 / 100000000)) + COMMON
    numbers = running = 2
    never_negative = (1,)
    beta_1 = fixed("_beta_1", "How much of the mean of the gradients is kept.")
    beta_2 = fixed("_beta_2", "How much of the mean of their squares is kept.")
    epsilon = fixed("_epsilon", "Added to the root of the mean of the squares.")

    def __init__(
        self, learning_rate: "Any" = 1 / 1000, beta_1: float = 9 / 10, beta_2: float = 999 / 1000,
        epsilon: float = 1 / 100000000, weight_decay: float = 0.0, clip_norm: "Optional[float]" = None,
        clip_value: "Optional[float]" = None,
    ) -> None:
        self._take(learning_rate, weight_decay, clip_norm, clip_value)
        self._beta_1 = real("beta_1", beta_1, 0.0, below=1.0)
        self._beta_2 = real("beta_2", beta_2, 0.0, below=1.0)
        self._epsilon = above_0("epsilon", epsilon)
        self.settings = (self.beta_1, self.beta_2, self.epsilon)

    @property
    def form(self) -> str:
        return "adam"


class AdamW(Adam):
    """Adam with decoupled weight decay (Loshchilov and Hutter 2019): Adam whose usual ``weight_decay`` is 0.004."""

    kind = "adamw"
    FIELDS = Adam.FIELDS[:4] + (("weight_decay", "real", 4 / 1000),) + COMMON[1:]

    def __init__(
        self, learning_rate: "Any" = 1 / 1000, beta_1: float = 9 / 10, beta_2: float = 999 / 1000,
        epsilon: float = 1 / 100000000, weight_decay: float = 4 / 1000, clip_norm: "Optional[float]" = None,
        clip_value: "Optional[float]" = None,
    ) -> None:
        Adam.__init__(self, learning_rate, beta_1, beta_2, epsilon, weight_decay, clip_norm, clip_value)


class Rprop(Optimizer):
    """Resilient propagation (Riedmiller and Braun 1993), in PyTorch's form: for the full batch, ``batch_size=None``.

    Each number has a step of its own, first the learning rate.  Where the gradient keeps its sign the step becomes
    ``grow`` times as long; where the sign changes, ``shrink`` times, and the gradient counts as 0 until the next time.
    Steps stay between ``least`` and ``most``; ``w = w - step`` for a gradient above 0, ``w + step`` below.
    """

    kind = "rprop"
    FIELDS = (("learning_rate", "real", None), ("shrink", "real", 1 / 2), ("grow", "real", 6 / 5),
              ("least", "real", 1 / 1000000), ("most", "real", 50.0)) + COMMON
    numbers = 2
    never_negative = (1,)
    shrink = fixed("_shrink", "What a step is multiplied by where the gradient's sign changes.")
    grow = fixed("_grow", "What a step is multiplied by where the gradient keeps its sign.")
    least = fixed("_least", "The shortest step.")
    most = fixed("_most", "The longest step.")

    def __init__(
        self, learning_rate: float = 1 / 100, shrink: float = 1 / 2, grow: float = 6 / 5, least: float = 1 / 1000000,
        most: float = 50.0, weight_decay: float = 0.0, clip_norm: "Optional[float]" = None,
        clip_value: "Optional[float]" = None,
    ) -> None:
        if isinstance(learning_rate, Schedule):
            raise ValueError("learning_rate: Rprop's is where its steps begin, a number; they change by themselves")
        self._take(learning_rate, weight_decay, clip_norm, clip_value)
        self._shrink = real("shrink", shrink, 0.0, below=1.0)
        self._grow = real("grow", grow, 1.0)
        self._least = above_0("least", least)
        self._most = real("most", most, self.least)
        self.settings = (self.shrink, self.grow, self.least, self.most)


OPTIMIZERS = (SGD, RMSprop, Adagrad, Adam, AdamW, Rprop)
