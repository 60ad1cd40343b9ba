"""What passes between a network and its engine: the state that training changes, and a run of training."""
import struct

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, List, Sequence, Tuple


class State:
    """Everything that training changes; every array is a flat list, or array of doubles, in plan order.

    Save, resume, compare, pickling, copying and rollback use this and nothing else.  Inside a shuffled
    epoch ``stream`` is the stream before the epoch's permutation, from which the order is drawn again.
    """

    __slots__ = ("parameters", "statistics", "optimizer_numbers", "stream", "position")

    def __init__(
        self, parameters: "List[Sequence[float]]", statistics: "List[Sequence[float]]",
        optimizer_numbers: "List[List[Sequence[float]]]", stream: "Any", position: "Tuple[int, int, int]",
    ) -> None:
        self.parameters = parameters
        self.statistics = statistics
        self.optimizer_numbers = optimizer_numbers  # of each parameter; then, where there are, the running products
        self.stream = stream
        self.position = position  # epochs finished, batches done of this epoch, steps taken in all

    def __repr__(self) -> str:
        epoch, batch, steps = self.position
        return f"<State: epoch {epoch}, batch {batch}, {steps} steps>"

    def digest(self) -> str:
        """SHA-256 over the little-endian bytes of parameters, then statistics, in order, row-major; hexadecimal."""
        import binascii
        import hashlib

        total = hashlib.sha256()
        for values in self.parameters + self.statistics:
            for start in range(0, len(values), 256):
                part = values[start:start + 256]
                total.update(struct.pack(f"<{len(part)}d", *part))
        return binascii.hexlify(total.digest()).decode()
