"""Show the progress of a training on a terminal, in ASCII if its encoding has no block characters."""
import sys
import time

from .._core.messages import can_encode

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, TextIO

REDRAW = 0.1  # seconds between two updates of the line in a terminal
REPORT = 10.0  # seconds between two lines in a pipe or a file


class Progress:
    """Show how far a training is: one line that is redrawn in a terminal, or a line every ten seconds elsewhere.

    Give it to ``fit`` as ``progress``, inside a ``with`` block, which clears the line at its end.
    """

    def __init__(self, stream: "TextIO | None" = None, clock: "Callable[[], float]" = time.monotonic) -> None:
        self._stream = sys.stderr if stream is None else stream  # None if the process has no standard error
        self._clock = clock
        self._redraws = _is_terminal(self._stream)
        self._begun = self._shown = clock()
        self._width = 0
        encodes = self._stream is not None and can_encode("█░", self._stream)
        self._full, self._empty = ("█", "░") if encodes else ("#", ".")

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
            self._write("\r" + text.ljust(self._width))
            self._width = len(text)
        else:
            self._write(text + "\n")

    def _columns(self) -> int:
        """Return the width of the terminal: a longer line could not be drawn again."""
        import os

        stream: "Any" = self._stream
        try:
            return os.get_terminal_size(stream.fileno()).columns or 80
        except (OSError, ValueError, AttributeError):
            return 80

    def __enter__(self) -> "Progress":
        return self

    def __exit__(self, *error: object) -> None:
        if self._width:
            self._write("\r" + " " * self._width + "\r")
            self._width = 0

    def _write(self, text: str) -> None:
        """Write to the stream. A stream that is closed, or that nobody reads, is given up: training goes on."""
        if self._stream is None:
            return
        try:
            self._stream.write(text)
            if hasattr(self._stream, "flush"):
                self._stream.flush()
        except (OSError, ValueError):
            self._stream = None


def _is_terminal(stream: "TextIO | None") -> bool:
    """Return whether a stream is a terminal. A host's stream can have a method write only, or be closed."""
    try:
        return bool(stream is not None and hasattr(stream, "isatty") and stream.isatty())
    except (OSError, ValueError):
        return False
