"""Optimizers whose steps adapt to the gradients before: descriptions, no arithmetic."""
from .checks import real
from .optimizers import COMMON, SGD, Optimizer, above_0, fixed
from .rates import Schedule

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Optional


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
    ``w = w - a m / (sqrt(v) + epsilon)``.  ``epsilon`` is 1e-8, as in the paper and scikit-learn; Keras' is 1e-7.
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
    In fit's usual batches of 32 rows signs change by chance, and the steps shrink until nothing is learned: say
    ``net.fit(x, y, batch_size=None)``.
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
        self._take(learning_rate, weight_decay, clip_norm, clip_value)
        self._shrink = real("shrink", shrink, 0.0, below=1.0)
        self._grow = real("grow", grow, 1.0)
        self._least = above_0("least", least)
        self._most = real("most", most, self.least)
        self.settings = (self.shrink, self.grow, self.least, self.most)

    @property
    def learning_rate(self) -> "Any":
        """Where the steps begin."""
        return self._learning_rate

    @learning_rate.setter
    def learning_rate(self, learning_rate: "Any") -> None:
        if isinstance(learning_rate, Schedule):
            raise ValueError("learning_rate: Rprop's is where its steps begin, a number; they change by themselves")
        self._learning_rate = learning_rate


OPTIMIZERS = (SGD, RMSprop, Adagrad, Adam, AdamW, Rprop)  # all there are
