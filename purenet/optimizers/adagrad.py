"""The settings of Adagrad. ``reference/optimizers.py`` has its formula."""
from .._core.checks import check_float, check_positive
from .base import COMMON_FIELDS, Optimizer, read_only_setting

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class Adagrad(Optimizer):
    """Divide each gradient by the root of the sum of its squares so far (Duchi et al. 2011), in Keras' form.

    ``s = s + g g``, ``w = w - learning_rate g / sqrt(initial_accumulator_value + s + epsilon)``.
    """

    kind = "adagrad"
    FIELDS = (("learning_rate", "rate", None), ("initial_accumulator_value", "real", 1 / 10),
              ("epsilon", "real", 1 / 10000000)) + COMMON_FIELDS
    slots = 1
    never_negative = (0,)
    initial_accumulator_value = read_only_setting("_initial", "The first value of the sum of squares.")
    epsilon = read_only_setting("_epsilon", "Added to the sum of squares.")

    def __init__(
        self, learning_rate: "Any" = 1 / 1000, initial_accumulator_value: float = 1 / 10, epsilon: float = 1 / 10000000,
        weight_decay: float = 0.0, clip_norm: "float | None" = None, clip_value: "float | None" = None,
    ) -> None:
        Optimizer.__init__(self, learning_rate, weight_decay, clip_norm, clip_value)
        self._initial = check_float("initial_accumulator_value", initial_accumulator_value, 0.0)
        self._epsilon = check_positive("epsilon", epsilon)
        self.settings = (self._initial, self.epsilon)
