"""What a terminal shows: progress, a curve, a table.  Plain ASCII where the stream cannot encode more."""
import sys
import time

from .._core.messages import can_encode

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Callable, Optional, TextIO

REDRAW = 0.1  # seconds between two states of a terminal's line
REPORT = 10.0  # seconds between two lines in a pipe


class Progress:
    """Shows how far a training is: one line redrawn in a terminal, a line every ten seconds elsewhere.

    Given to ``fit`` as its ``progress``, inside a ``with`` block, at whose end the line is cleared.
    """

    def __init__(self, stream: "Optional[TextIO]" = None, clock: "Callable[[], float]" = time.monotonic) -> None:
        self._stream = stream or sys.stderr
        self._clock = clock
        self._redraws = self._stream.isatty()
        self._begun = self._shown = clock()
        self._width = 0
        self._full, self._empty = ("█", "░") if can_encode("█░", self._stream) else ("#", ".")

    def __call__(self, done: float, epochs: int, loss: float) -> None:
        """``done`` of ``epochs`` are behind, with the current one's fraction; ``loss`` is that one's so far."""
        now = self._clock()
        if now - self._shown < (REDRAW if self._redraws else REPORT):
            return
        self._shown = now
        left = (now - self._begun) * (epochs - done) / done
        text = f"epoch {int(done)}/{epochs}  loss {loss:.4g}  {left:.0f} s left"
        if self._redraws:
            bar = int(20 * done / epochs)
            text = self._full * bar + self._empty * (20 - bar) + "  " + text
            self._stream.write("\r" + text.ljust(self._width))
            self._width = len(text)
        else:
            self._stream.write(text + "\n")
        self._stream.flush()

    def __enter__(self) -> "Progress":
        return self

    def __exit__(self, *error: object) -> None:
        if self._width:
            self._stream.write("\r" + " " * self._width + "\r")
            self._stream.flush()
            self._width = 0
