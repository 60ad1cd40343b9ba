"""Stochastic gradient descent."""
from .._core.checks import check_bool, check_float
from .base import COMMON_FIELDS, Optimizer, read_only_setting

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Optional


class SGD(Optimizer):
    """Gradient descent on batches, with momentum and Nesterov's form of it.

    Without momentum ``w = w - learning_rate g``; with it ``v = momentum v - learning_rate g`` and ``w = w + v``
    (Polyak), or with ``nesterov=True`` ``w = w + (momentum v - learning_rate g)`` (Sutskever et al. 2013).
    The last three settings are every optimizer's: see ``Optimizer``.
    """

    kind = "sgd"
    FIELDS = (("learning_rate", "rate", None), ("momentum", "real", 0.0), ("nesterov", "word", False)) + COMMON_FIELDS
    momentum = read_only_setting("_momentum", "How much of the last step is kept.")
    nesterov = read_only_setting("_nesterov", "Whether the momentum is Nesterov's.")

    def __init__(
        self, learning_rate: "Any" = 1 / 100, momentum: float = 0.0, nesterov: bool = False, weight_decay: float = 0.0,
        clip_norm: "Optional[float]" = None, clip_value: "Optional[float]" = None,
    ) -> None:
        self._take(learning_rate, weight_decay, clip_norm, clip_value)
        self._momentum = check_float("momentum", momentum, 0.0, below=1.0)
        self._nesterov = check_bool("nesterov", nesterov)
        if self.nesterov and not self.momentum:
            raise ValueError("nesterov: it needs a momentum above 0, for example momentum=0.9")
        if self.momentum:
            self.numbers, self.settings = 1, (self.momentum,)

    @property
    def form(self) -> str:
        if not self.momentum:
            return "sgd"
        return "sgd_nesterov" if self.nesterov else "sgd_momentum"
