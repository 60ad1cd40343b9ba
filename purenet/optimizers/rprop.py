"""The Rprop optimizer."""
from .._core.checks import check_float, check_positive
from .base import COMMON_FIELDS, Optimizer, is_schedule, read_only_setting

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Optional


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
              ("least", "real", 1 / 1000000), ("most", "real", 50.0)) + COMMON_FIELDS
    numbers = 2
    never_negative = (1,)
    shrink = read_only_setting("_shrink", "What a step is multiplied by where the gradient's sign changes.")
    grow = read_only_setting("_grow", "What a step is multiplied by where the gradient keeps its sign.")
    least = read_only_setting("_least", "The shortest step.")
    most = read_only_setting("_most", "The longest step.")

    def __init__(
        self, learning_rate: float = 1 / 100, shrink: float = 1 / 2, grow: float = 6 / 5, least: float = 1 / 1000000,
        most: float = 50.0, weight_decay: float = 0.0, clip_norm: "Optional[float]" = None,
        clip_value: "Optional[float]" = None,
    ) -> None:
        self._take(learning_rate, weight_decay, clip_norm, clip_value)
        self._shrink = check_float("shrink", shrink, 0.0, below=1.0)
        self._grow = check_float("grow", grow, 1.0)
        self._least = check_positive("least", least)
        self._most = check_float("most", most, self.least)
        self.settings = (self.shrink, self.grow, self.least, self.most)

    @property
    def learning_rate(self) -> "Any":
        """Where the steps begin."""
        return self._learning_rate

    @learning_rate.setter
    def learning_rate(self, learning_rate: "Any") -> None:
        if is_schedule(learning_rate):
            raise ValueError("learning_rate: Rprop's is where its steps begin, a number; they change by themselves")
        self._learning_rate = learning_rate
