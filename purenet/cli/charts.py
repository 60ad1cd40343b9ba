"""What a terminal shows besides progress: curves and tables."""
from .._core.messages import can_encode

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import List, Sequence, TextIO

BLOCKS = " ▁▂▃▄▅▆▇█"


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
