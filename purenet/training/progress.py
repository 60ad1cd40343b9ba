"""Show the progress of a training on a terminal, in ASCII if its encoding has no block characters."""
import sys
import time

from .._core.messages import can_encode

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Callable, TextIO

REDRAW = 0.1  # seconds between two updates of the line in a terminal
REPORT = 10.0  # seconds between two lines in a pipe or a file


class Progress:
    """Show how far a training is: one line that is redrawn in a terminal, or a line every ten seconds elsewhere.

    Give it to ``fit`` as ``progress``, inside a ``with`` block, which clears the line at its end.
    """

    def __init__(self, stream: "TextIO | None" = None, clock: "Callable[[], float]" = time.monotonic) -> None:
        self._stream = stream or sys.stderr
        self._clock = clock
        self._redraws = self._stream.isatty()
        self._begun = self._shown = clock()
        self._width = 0
        self._full, self._empty = ("█", "░") if can_encode("█░", self._stream) else ("#", ".")

    def __call__(self, done: float, epochs: int, loss: float) -> None:
        """Show that ``done`` of ``epochs`` are done, with the fraction of the current one, and its ``loss`` so far."""
        self.show(done, epochs, f"epoch {int(done)}/{epochs}  loss {loss:.4g}")

    def show(self, done: float, number: int, text: str) -> None:
        """Show that ``done`` of a number of steps are done, with a text and the time that is left."""
        now = self._clock()
        if now - self._shown < (REDRAW if self._redraws else REPORT):
            return
        self._shown = now
        left = (now - self._begun) * (number - done) / (done or 1)
        text += f"  {left:.0f} s left"
        if self._redraws:
            bar = int(20 * done / number)
            text = (self._full * bar + self._empty * (20 - bar) + "  " + text)[:self._columns() - 1]
            self._stream.write("\r" + text.ljust(self._width))
            self._width = len(text)
        else:
            self._stream.write(text + "\n")
        self._stream.flush()

    def _columns(self) -> int:
        """Return the width of the terminal: a longer line could not be drawn again."""
        import os

        try:
            return os.get_terminal_size(self._stream.fileno()).columns or 80
        except (OSError, ValueError, AttributeError):
            return 80

    def __enter__(self) -> "Progress":
        return self

    def __exit__(self, *error: object) -> None:
        if self._width:
            self._stream.write("\r" + " " * self._width + "\r")
            self._stream.flush()
            self._width = 0
