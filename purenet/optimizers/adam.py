"""The settings of Adam and AdamW. ``reference/optimizers.py`` has their formula."""
from .._core.checks import check_float, check_positive
from .base import COMMON_FIELDS, Optimizer, read_only_setting

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class Adam(Optimizer):
    """Adaptive moments (Kingma and Ba 2015), in the form of Keras and scikit-learn.

    ``m = beta_1 m + (1 - beta_1) g``, ``v = beta_2 v + (1 - beta_2) g g``; in step t, with b1_t and b2_t the products
    of t factors beta_1 and beta_2, ``a = learning_rate sqrt(1 - b2_t) / (1 - b1_t)``,
    ``w = w - a m / (sqrt(v) + epsilon)``. ``epsilon`` is 1e-8, as in the paper and scikit-learn; Keras uses 1e-7.
    """

    kind = "adam"
    FIELDS = (("learning_rate", "rate", None), ("beta_1", "real", 9 / 10), ("beta_2", "real", 999 / 1000),
              ("epsilon", "real", 1 / 100000000)) + COMMON_FIELDS
    slots = running_products = 2
    never_negative = (1,)
    beta_1 = read_only_setting("_beta_1", "The part of the mean gradient that is kept.")
    beta_2 = read_only_setting("_beta_2", "The part of the mean of squares that is kept.")
    epsilon = read_only_setting("_epsilon", "Added to the root of the mean of squares.")

    def __init__(
        self, learning_rate: "Any" = 1 / 1000, beta_1: float = 9 / 10, beta_2: float = 999 / 1000,
        epsilon: float = 1 / 100000000, weight_decay: float = 0.0, clip_norm: "float | None" = None,
        clip_value: "float | None" = None,
    ) -> None:
        Optimizer.__init__(self, learning_rate, weight_decay, clip_norm, clip_value)
        self._beta_1 = check_float("beta_1", beta_1, 0.0, below=1.0)
        self._beta_2 = check_float("beta_2", beta_2, 0.0, below=1.0)
        self._epsilon = check_positive("epsilon", epsilon)
        self.settings = (self.beta_1, self.beta_2, self.epsilon)

    @property
    def form(self) -> str:
        return "adam"


class AdamW(Adam):
    """Adam with a default ``weight_decay`` of 0.004, decoupled (Loshchilov and Hutter 2019)."""

    kind = "adamw"
    FIELDS = Adam.FIELDS[:4] + (("weight_decay", "real", 4 / 1000),) + COMMON_FIELDS[1:]

    def __init__(
        self, learning_rate: "Any" = 1 / 1000, beta_1: float = 9 / 10, beta_2: float = 999 / 1000,
        epsilon: float = 1 / 100000000, weight_decay: float = 4 / 1000, clip_norm: "float | None" = None,
        clip_value: "float | None" = None,
    ) -> None:
        Adam.__init__(self, learning_rate, beta_1, beta_2, epsilon, weight_decay, clip_norm, clip_value)
