"""The settings of RMSprop. ``reference/optimizers.py`` has its formulas."""
from .._core.checks import check_float, check_positive
from .base import COMMON_FIELDS, Optimizer, read_only_setting

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class RMSprop(Optimizer):
    """Divide each gradient by the root of the mean of its recent squares (Hinton 2012), in Keras' form.

    ``v = rho v + (1 - rho) g g``, ``w = w - learning_rate g / sqrt(v + epsilon)``; with momentum
    ``u = momentum u + learning_rate g / sqrt(v + epsilon)``, ``w = w - u``.
    """

    kind = "rmsprop"
    FIELDS = (("learning_rate", "rate", None), ("rho", "real", 9 / 10), ("momentum", "real", 0.0),
              ("epsilon", "real", 1 / 10000000)) + COMMON_FIELDS
    never_negative = (0,)
    rho = read_only_setting("_rho", "The part of the mean of squares that is kept.")
    momentum = read_only_setting("_momentum", "The part of the last step that is kept.")
    epsilon = read_only_setting("_epsilon", "Added to the mean of squares.")

    def __init__(
        self, learning_rate: "Any" = 1 / 1000, rho: float = 9 / 10, momentum: float = 0.0,
        epsilon: float = 1 / 10000000, weight_decay: float = 0.0, clip_norm: "float | None" = None,
        clip_value: "float | None" = None,
    ) -> None:
        Optimizer.__init__(self, learning_rate, weight_decay, clip_norm, clip_value)
        self._rho = check_float("rho", rho, 0.0, below=1.0)
        self._momentum = check_float("momentum", momentum, 0.0, below=1.0)
        self._epsilon = check_positive("epsilon", epsilon)
        self.settings = (self.rho, self.epsilon) + ((self.momentum,) if self.momentum else ())
        self.slots = 2 if self.momentum else 1

    @property
    def form(self) -> str:
        return "rmsprop_momentum" if self.momentum else "rmsprop"
