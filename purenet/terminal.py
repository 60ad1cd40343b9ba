"""What a terminal shows: progress, a curve, a table.  Plain ASCII where the stream cannot encode more."""
import sys
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Callable, List, Optional, Sequence, TextIO

BLOCKS = " ▁▂▃▄▅▆▇█"
REDRAW = 0.1  # seconds between two states of a terminal's line
REPORT = 10.0  # seconds between two lines in a pipe


def can_encode(text: str, stream: "TextIO") -> bool:
    """Whether the stream can write the text."""
    try:
        text.encode(getattr(stream, "encoding", None) or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True


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


def curve(values: "Sequence[float]", stream: "TextIO", width: int = 60, height: int = 8) -> "List[str]":
    """The lines of a bar chart of the values, each column the mean of its share of them, from 0 to the largest."""
    columns = []
    for k in range(min(width, len(values))):
        part = values[k:k + 1]
        if len(values) > width:
            part = values[k * len(values) // width:(k + 1) * len(values) // width]
        total = 0.0
        for value in part:
            total += value
        columns.append(total / len(part))
    top = max(columns) or 1.0
    blocks = BLOCKS if can_encode(BLOCKS, stream) else " ......##"
    lines = []
    for row in range(height - 1, -1, -1):
        cells = [blocks[max(0, min(8, int(8 * height * value / top + 0.5) - 8 * row))] for value in columns]
        label = f"{top:8.3g}" if row == height - 1 else f"{0:8}" if row == 0 else " " * 8
        lines.append((label + " |" + "".join(cells)).rstrip())
    return lines


def confusion_table(labels: "Sequence[int]", predictions: "Sequence[int]", classes: int) -> "List[str]":
    """The lines of a table: how often each class (rows) was taken for each class (columns); a dot for never."""
    counts = [[0] * classes for _ in range(classes)]
    for label, prediction in zip(labels, predictions):
        counts[label][prediction] += 1
    width = max(4, len(str(max(max(row) for row in counts))) + 1)
    lines = ["    " + "".join(str(j).rjust(width) for j in range(classes))]
    for i, row in enumerate(counts):
        lines.append(f"{i:3} " + "".join((str(count) if count else ".").rjust(width) for count in row))
    return lines
