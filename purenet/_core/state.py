"""The records that a network and its engine exchange: the state that training changes, and one run of training."""
import struct

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Sequence


class State:
    """Everything that training changes. Arrays are flat, in the plan's order.

    To save, resume, compare, pickle, copy or roll back a network, nothing else is needed. Inside a shuffled epoch,
    ``stream`` is the random stream before the epoch's permutation, so that the order can be drawn again.
    """

    __slots__ = ("parameters", "statistics", "optimizer_numbers", "stream", "position")

    def __init__(
        self, parameters: "list[Sequence[float]]", statistics: "list[Sequence[float]]",
        optimizer_numbers: "list[list[Sequence[float]]]", stream: "Any", position: "tuple[int, int, int]",
    ) -> None:
        self.parameters = parameters
        self.statistics = statistics
        self.optimizer_numbers = optimizer_numbers  # of each parameter, then the running products, if any
        self.stream = stream
        self.position = position  # finished epochs, finished batches of this epoch, all steps

    def __repr__(self) -> str:
        epoch, batch, steps = self.position
        return f"<State: epoch {epoch}, batch {batch}, {steps} steps>"

    def digest(self) -> str:
        """Return the SHA-256, in hexadecimal, of the little-endian bytes of the parameters, then of the statistics."""
        import binascii
        import hashlib

        total = hashlib.sha256()
        for values in self.parameters + self.statistics:
            for start in range(0, len(values), 256):
                part = values[start:start + 256]
                total.update(struct.pack(f"<{len(part)}d", *part))
        return binascii.hexlify(total.digest()).decode()


class Run:
    """The data of one call of fit, how to go through it, and the progress so far."""

    def __init__(
        self, x: "Any", y: "Any", weights: "Any", batch_size: int, epochs: int, shuffle: bool, learning_rate: "Any",
        row_budget: int,
    ) -> None:
        self.x = x
        self.y = y
        self.weights = weights
        self.batch_size = batch_size
        self.epochs = epochs
        self.shuffle = shuffle
        self.losses: "list[float]" = []  # one for each finished epoch
        self.penalties: "list[float]" = []  # the same for penalties that are means: the sum over the epoch's batches
        self.set_rate(learning_rate)
        self.row_budget = row_budget  # rows to train on before the engine returns
        self.non_finite: "tuple[str, int, int] | None" = None  # (what, array, index) of the first such number
        self.rows = 0  # done in the current epoch
        self.epoch_loss = 0.0  # of the current epoch so far
        self.stop_epoch = epochs  # the engine returns after this epoch
        self.totals = 0.0, 0.0  # of losses and weights of the rows done, if the run resumes inside an epoch
        self.engine_scratch: "Any" = None  # belongs to the engine

    def set_rate(self, learning_rate: "Any") -> None:
        """Set the learning rate to a number, or to a schedule, which gets the losses of all epochs from now on."""
        self.learning_rate = learning_rate
        self.schedule: "Any" = learning_rate if hasattr(learning_rate, "epoch_ended") else None
        self.epochs_before = self.schedule.epochs_seen - len(self.losses) if self.schedule else 0

    def rate(self, epoch: int, step: int) -> "Any":
        """Return the learning rate of the next step, after the given numbers of epochs and steps."""
        return self.schedule.rate(epoch, step) if self.schedule else self.learning_rate

    def next_rates(self, epoch: int, batch: int, step: int) -> "list[float]":
        """Return the rates of the steps from this position on: as many as the row budget can reach, at least one.

        If the schedule depends on the losses of epochs, return the rates of the current epoch only.
        """
        samples = len(self.x)
        batches = -(-samples // self.batch_size)
        count = batches - batch
        if not self.schedule.uses_losses:
            left = batches * (self.epochs - len(self.losses)) - batch
            count = max(1, min(self.row_budget * batches // samples, left))
        return [self.rate(epoch + (batch + k) // batches, step + k) for k in range(count)]

    def epoch_ended(self, loss: float) -> None:
        """Record the loss of an epoch. The learning rate can depend on it."""
        self.losses.append(loss)
        if self.schedule:
            self.schedule.epoch_ended(loss)

    def catch_up(self, losses: "list[float]") -> None:
        """Give the schedule the losses that it missed because of an interrupt."""
        if self.schedule and self.schedule.uses_losses:
            for loss in losses[self.schedule.epochs_seen - self.epochs_before:]:
                self.schedule.epoch_ended(loss)

    def done(self) -> float:
        """Return the number of epochs done, with the fraction of the current one."""
        return len(self.losses) + self.rows / len(self.x)

    def loss(self) -> float:
        """Return the loss of the current epoch so far, or of the last one."""
        return self.epoch_loss if self.rows else self.losses[-1]
