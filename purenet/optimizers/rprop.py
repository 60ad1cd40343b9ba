"""The settings of Rprop. ``reference/optimizers.py`` has its formula."""
from .._core.checks import check_float, check_positive
from .base import COMMON_FIELDS, Optimizer, is_schedule, read_only_setting

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class Rprop(Optimizer):
    """Resilient propagation (Riedmiller and Braun 1993), in PyTorch's form. Use it with ``batch_size=None``.

    Each number has its own step size, which starts at the learning rate. It is multiplied by ``grow`` if the gradient
    keeps its sign. If the sign changes, it is multiplied by ``shrink``, and the gradient is taken as 0 once.
    Step sizes stay between ``least`` and ``most``. ``w = w - step`` if the gradient is above 0, ``w + step`` if below.
    In the default batches of 32 rows signs change by chance, so the steps shrink until nothing is learned.
    """

    kind = "rprop"
    FIELDS = (("learning_rate", "real", None), ("shrink", "real", 1 / 2), ("grow", "real", 6 / 5),
              ("least", "real", 1 / 1000000), ("most", "real", 50.0)) + COMMON_FIELDS
    slots = 2
    never_negative = (1,)
    shrink = read_only_setting("_shrink", "The factor of a step size if the gradient changes its sign.")
    grow = read_only_setting("_grow", "The factor of a step size if the gradient keeps its sign.")
    least = read_only_setting("_least", "The smallest step size.")
    most = read_only_setting("_most", "The largest step size.")

    def __init__(
        self, learning_rate: float = 1 / 100, shrink: float = 1 / 2, grow: float = 6 / 5, least: float = 1 / 1000000,
        most: float = 50.0, weight_decay: float = 0.0, clip_norm: "float | None" = None,
        clip_value: "float | None" = None,
    ) -> None:
        Optimizer.__init__(self, learning_rate, weight_decay, clip_norm, clip_value)
        self._shrink = check_float("shrink", shrink, 0.0, below=1.0)
        self._grow = check_float("grow", grow, 1.0)
        self._least = check_positive("least", least)
        self._most = check_float("most", most, self.least)
        self.settings = (self.shrink, self.grow, self.least, self.most)

    @property
    def learning_rate(self) -> "Any":
        """The first step size."""
        return self._learning_rate

    @learning_rate.setter
    def learning_rate(self, learning_rate: "Any") -> None:
        if is_schedule(learning_rate):
            raise ValueError(
                "learning_rate: Rprop needs a number, its first step size; it changes step sizes by itself")
        self._learning_rate = learning_rate
