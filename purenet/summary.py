"""net.summary(): a network's layers, the shapes of a sample between them, its parameters and its memory."""
from .picture import escaped
from .shapes import spelled

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import List, Sequence, Tuple

    from .layers import Layer
    from .plan import Plan

HEADINGS = ("layer", "output shape", "parameters", "numbers")


class Summary:
    """``rows``: (layer, shape of a sample after it, names and shapes of its parameters, how many numbers).

    ``parameters`` are trained, ``statistics`` kept; ``bytes`` is the memory of what is saved of them and of the
    optimizer, without the data and the values between the layers.  ``about``: a line on the rest of the network.
    """

    def __init__(self, plan: "Plan", layers: "Sequence[Layer]", about: str) -> None:
        self.rows: "List[Tuple[str, Tuple[int, ...], str, int]]" = []
        for number, (layer, shape) in enumerate(zip(layers, plan.shapes)):
            arrays = [array for array in plan.parameters + plan.statistics if array.name.split(".")[0] == str(number)]
            told = ", ".join([f"{array.name.split('.')[1]} {spelled(array.shape)}" for array in arrays])
            size = 0
            for array in arrays:
                size += array.size
            self.rows.append((repr(layer), shape, told, size))
        self.inputs = plan.shape
        self.parameters = plan.size
        self.statistics = plan.held - plan.size
        self.bytes = 8 * (plan.held + plan.size * plan.optimizer.integers[0] + plan.optimizer.integers[1])
        self.about = about

    def table(self) -> "List[Tuple[str, str, str, str]]":
        """The cells of the table, a row a layer, the inputs first."""
        cells = [("inputs", spelled(self.inputs), "", "")]
        for layer, shape, told, size in self.rows:
            cells.append((layer, spelled(shape), told, f"{size:,}" if size else ""))
        return cells

    def totals(self) -> str:
        """The line below the table."""
        kept = f", {self.statistics:,} kept statistics" if self.statistics else ""
        return f"{self.parameters:,} parameters{kept}, {_size(self.bytes)} with what the optimizer keeps"

    def __repr__(self) -> str:
        cells = [HEADINGS] + self.table()
        widths = [max([len(row[k]) for row in cells]) for k in range(4)]
        lines = ["  ".join([_left(row[k], widths[k]) for k in range(3)] + [_right(row[3], widths[3])]).rstrip()
                 for row in cells]
        lines.insert(1, "-" * (widths[0] + widths[1] + widths[2] + widths[3] + 6))
        return "\n".join(lines + [lines[1], self.totals(), self.about])

    def _repr_html_(self) -> str:
        """What notebooks show."""
        left, right = ' style="text-align:left"', ' style="text-align:right"'
        sides = (left, left, left, right)
        head = "".join([f'<th scope="col"{side}>{name}</th>' for name, side in zip(HEADINGS, sides)])
        rows = "".join(["<tr>" + "".join([f"<td{side}>{escaped(cell)}</td>" for cell, side in zip(row, sides)])
                        + "</tr>" for row in self.table()])
        return f"<table><tr>{head}</tr>{rows}</table><p>{escaped(self.totals())}<br>{escaped(self.about)}</p>"


def _left(text: str, width: int) -> str:
    return text + " " * (width - len(text))


def _right(text: str, width: int) -> str:
    return " " * (width - len(text)) + text


def _size(count: int) -> str:
    """A number of bytes as one reads it."""
    if count < 10000:
        return f"{count:,} bytes"
    return f"{count / 1000:,.0f} KB" if count < 10000000 else f"{count / 1000000:,.0f} MB"
