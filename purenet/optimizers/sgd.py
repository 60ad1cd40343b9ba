"""The settings of stochastic gradient descent. ``reference/optimizers.py`` has its formulas."""
from .._core.checks import check_bool, check_float
from .base import COMMON_FIELDS, Optimizer, read_only_setting

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class SGD(Optimizer):
    """Stochastic gradient descent, optionally with momentum or Nesterov momentum.

    Without momentum ``w = w - learning_rate g``; with momentum ``v = momentum v - learning_rate g`` and ``w = w + v``
    (Polyak 1964); with ``nesterov=True`` ``w = w + (momentum v - learning_rate g)`` (Sutskever et al. 2013).
    ``Optimizer`` describes the last three settings.
    """

    kind = "sgd"
    FIELDS = (("learning_rate", "rate", None), ("momentum", "real", 0.0), ("nesterov", "word", False)) + COMMON_FIELDS
    momentum = read_only_setting("_momentum", "The part of the last step that is kept.")
    nesterov = read_only_setting("_nesterov", "Whether to use Nesterov momentum.")

    def __init__(
        self, learning_rate: "Any" = 1 / 100, momentum: float = 0.0, nesterov: bool = False, weight_decay: float = 0.0,
        clip_norm: "float | None" = None, clip_value: "float | None" = None,
    ) -> None:
        Optimizer.__init__(self, learning_rate, weight_decay, clip_norm, clip_value)
        self._momentum = check_float("momentum", momentum, 0.0, below=1.0)
        self._nesterov = check_bool("nesterov", nesterov)
        if self.nesterov and not self.momentum:
            raise ValueError("nesterov: needs a momentum above 0, for example momentum=0.9")
        if self.momentum:
            self.slots, self.settings = 1, (self.momentum,)

    @property
    def form(self) -> str:
        if not self.momentum:
            return "sgd"
        return "sgd_nesterov" if self.nesterov else "sgd_momentum"
