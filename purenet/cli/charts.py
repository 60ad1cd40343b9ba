"""Draw a curve in a terminal."""
from __future__ import annotations

from .._core.messages import can_encode

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Sequence, TextIO

BLOCKS = " ▁▂▃▄▅▆▇█"


def curve(values: Sequence[float], stream: TextIO, width: int = 60, height: int = 8) -> list[str]:
    """Return the lines of a bar chart of the values, from 0 to the largest. A column can be the mean of several."""
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
