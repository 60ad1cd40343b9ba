"""Optimizers: descriptions, no arithmetic."""
from .checks import flag, real

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Tuple


class SGD:
    """Gradient descent on batches, with momentum and Nesterov's form of it.

    Without momentum ``w = w - learning_rate g``; with it ``v = momentum v - learning_rate g`` and ``w = w + v``
    (Polyak), or with ``nesterov=True`` ``w = w + (momentum v - learning_rate g)`` (Sutskever et al. 2013).
    """

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

    def copy(self) -> "SGD":
        """The same settings in an object of its own."""
        return SGD(self.learning_rate, self.momentum, self.nesterov)

    @property
    def kind(self) -> str:
        """The name the engines know it by."""
        if not self.momentum:
            return "sgd"
        return "sgd_nesterov" if self.nesterov else "sgd_momentum"

    @property
    def numbers(self) -> int:
        """How many numbers it keeps for each number of a parameter."""
        return 1 if self.momentum else 0

    @property
    def reals(self) -> "Tuple[float, ...]":
        """What its formula needs besides the learning rate."""
        return (self.momentum,) if self.momentum else ()

    def __repr__(self) -> str:
        text = f"SGD(learning_rate={self.learning_rate!r}"
        if self.momentum:
            text += f", momentum={self.momentum!r}"
        if self.nesterov:
            text += ", nesterov=True"
        return text + ")"
