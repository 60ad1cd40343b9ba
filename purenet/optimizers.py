"""Optimizers: descriptions, no arithmetic."""
from .checks import flag, real
from .descriptions import Description

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Tuple


class Optimizer(Description):
    """What every optimizer is: a learning rate, which may be changed between fits, and settings that may not."""

    learning_rate: float

    @property
    def form(self) -> str:
        """The name that the engines know its formula by."""
        return self.kind

    @property
    def numbers(self) -> int:
        """How many numbers it keeps for each number of a parameter."""
        return 0

    @property
    def settings(self) -> "Tuple[float, ...]":
        """What its formula needs besides the learning rate."""
        return ()


class SGD(Optimizer):
    """Gradient descent on batches, with momentum and Nesterov's form of it.

    Without momentum ``w = w - learning_rate g``; with it ``v = momentum v - learning_rate g`` and ``w = w + v``
    (Polyak), or with ``nesterov=True`` ``w = w + (momentum v - learning_rate g)`` (Sutskever et al. 2013).
    """

    kind = "sgd"
    FIELDS = (("learning_rate", "real", None), ("momentum", "real", 0.0), ("nesterov", "word", False))

    def __init__(self, learning_rate: float = 1 / 100, momentum: float = 0.0, nesterov: bool = False) -> None:
        self.learning_rate = real("learning_rate", learning_rate, 0.0)
        self._momentum = real("momentum", momentum, 0.0, below=1.0)
        self._nesterov = flag("nesterov", nesterov)
        if self.nesterov and not self.momentum:
            raise ValueError("nesterov: it needs a momentum above 0, for example momentum=0.9")

    @property
    def momentum(self) -> float:
        """How much of the last step is kept."""
        return self._momentum

    @property
    def nesterov(self) -> bool:
        """Whether the momentum is Nesterov's."""
        return self._nesterov

    @property
    def form(self) -> str:
        if not self.momentum:
            return "sgd"
        return "sgd_nesterov" if self.nesterov else "sgd_momentum"

    @property
    def numbers(self) -> int:
        return 1 if self.momentum else 0

    @property
    def settings(self) -> "Tuple[float, ...]":
        return (self.momentum,) if self.momentum else ()


OPTIMIZERS = (SGD,)
