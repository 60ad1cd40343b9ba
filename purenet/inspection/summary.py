"""Summarise a network: layers, output shapes, parameters and memory, for ``net.summary()``."""
from .._core.arrays import format_shape
from .._core.messages import escape_html

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Sequence

    from .._core.plan import Plan
    from ..layers.base import Layer

HEADINGS = ("layer", "output shape", "parameters", "numbers")


class Summary:
    """A network's layers and sizes. Print it, or let a notebook show it.

    ``rows``: (layer, output shape, names and shapes of its parameters, count of numbers). ``parameters`` and
    ``statistics``: counts of numbers. ``bytes``: the memory of parameters, statistics and optimizer state, without the
    data and the values between layers. ``about``: a line on loss, optimizer and backend.
    """

    def __init__(self, plan: "Plan", layers: "Sequence[Layer]", about: str) -> None:
        self.rows: "list[tuple[str, tuple[int, ...], str, int]]" = []
        for number, (layer, shape) in enumerate(zip(layers, plan.shapes)):
            arrays = [array for array in plan.parameters + plan.statistics if array.name.split(".")[0] == str(number)]
            told = ", ".join([f"{array.name.split('.')[1]} {format_shape(array.shape)}" for array in arrays])
            size = 0
            for array in arrays:
                size += array.size
            self.rows.append((repr(layer), shape, told, size))
        self.inputs = plan.shape
        self.parameters = plan.parameter_size
        self.statistics = plan.total_size - plan.parameter_size
        self.bytes = 8 * (plan.total_size + plan.parameter_size * plan.slots + plan.running_products)
        self.about = about

    def table(self) -> "list[tuple[str, str, str, str]]":
        """Return the cells of the table, a row per layer, the inputs first."""
        cells = [("inputs", format_shape(self.inputs), "", "")]
        for layer, shape, told, size in self.rows:
            cells.append((layer, format_shape(shape), told, f"{size:,}" if size else ""))
        return cells

    def totals(self) -> str:
        """Return the line below the table."""
        kept = f", {self.statistics:,} kept statistics" if self.statistics else ""
        return f"{self.parameters:,} parameters{kept}, {_size(self.bytes)} with the optimizer's state"

    def __repr__(self) -> str:
        cells = [HEADINGS] + self.table()
        widths = [max([len(row[k]) for row in cells]) for k in range(4)]
        lines = ["  ".join([row[k].ljust(widths[k]) for k in range(3)] + [row[3].rjust(widths[3])]).rstrip()
                 for row in cells]
        lines.insert(1, "-" * (widths[0] + widths[1] + widths[2] + widths[3] + 6))
        return "\n".join(lines + [lines[1], self.totals(), self.about])

    def _repr_html_(self) -> str:
        """Return the table as HTML for notebooks."""
        left, right = ' style="text-align:left"', ' style="text-align:right"'
        sides = (left, left, left, right)
        head = "".join([f'<th scope="col"{side}>{name}</th>' for name, side in zip(HEADINGS, sides)])
        rows = "".join(["<tr>" + "".join([f"<td{side}>{escape_html(cell)}</td>" for cell, side in zip(row, sides)])
                        + "</tr>" for row in self.table()])
        return f"<table><tr>{head}</tr>{rows}</table><p>{escape_html(self.totals())}<br>{escape_html(self.about)}</p>"


def _size(count: int) -> str:
    """Return a number of bytes in readable units."""
    if count < 10000:
        return f"{count:,} bytes"
    return f"{count / 1000:,.0f} KB" if count < 10000000 else f"{count / 1000000:,.0f} MB"
