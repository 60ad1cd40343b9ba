"""A schedule that lowers the learning rate when the loss stops improving."""
from ..._core.checks import check_float, check_int
from .base import Schedule, check_factor, check_start_rate


class ReduceOnPlateau(Schedule):
    """Multiply the learning rate by ``factor`` after every ``patience`` epochs in a row without improvement.

    An epoch is an improvement if its loss is more than ``min_delta`` below the best one. The rate stays at least
    ``min_rate``. The state of the schedule is saved with the network.
    """

    kind = "reduce_on_plateau"
    FIELDS = (("learning_rate", "real", None), ("factor", "real", 1 / 10), ("patience", "word", 10),
              ("min_delta", "real", 1 / 10000), ("min_rate", "real", 0.0))
    POSITIONAL = 1
    STATE_SIZE = 4
    uses_losses = True

    def __init__(
        self, learning_rate: float, factor: float = 1 / 10, patience: int = 10, min_delta: float = 1 / 10000,
        min_rate: float = 0.0,
    ) -> None:
        self.learning_rate = check_start_rate(learning_rate)
        self.factor = check_factor(factor)
        self.patience = check_int("patience", patience, 1)
        self.min_delta = check_float("min_delta", min_delta, 0.0)
        self.min_rate = check_float("min_rate", min_rate, 0.0)
        # the state and the number of epochs seen, in a tuple: one assignment changes both
        self._seen: "tuple[list[float], int]" = [self.learning_rate, 0.0, 0.0, 0.0], 0

    @property
    def epochs_seen(self) -> int:
        """The number of epochs it has seen since it was created."""
        return self._seen[1]

    def at(self, count: int) -> float:
        return self._seen[0][0]

    def epoch_ended(self, loss: float) -> None:
        (rate, any_yet, best, waited), epochs_seen = self._seen
        if not any_yet or loss < best - self.min_delta:
            seen = [rate, 1.0, loss, 0.0]
        elif waited + 1.0 < self.patience:
            seen = [rate, 1.0, best, waited + 1.0]
        else:
            # a rate that began below min_rate stays
            smaller = rate * self.factor
            seen = [smaller if smaller > self.min_rate else min(rate, self.min_rate), 1.0, best, 0.0]
        self._seen = seen, epochs_seen + 1

    def state(self) -> "list[float]":
        """Return the rate; 1 if there is a best loss; that loss; the number of epochs since then."""
        return list(self._seen[0])

    def set_state(self, values: "list[float]") -> None:
        rate, any_yet, best, waited = [float(value) for value in values]
        sound = 0.0 <= rate <= self.learning_rate and 0.0 <= waited < self.patience
        if not sound or any_yet not in (0.0, 1.0) or int(waited) != waited:
            raise ValueError("reduce_on_plateau: training cannot produce this state")
        self._seen = [rate, any_yet, best, waited], self.epochs_seen
