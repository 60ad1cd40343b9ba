"""Pictures as SVG text, without dependencies: a loss curve, a network, images with what a network made of them."""
from .files import file_name
from .shapes import spelled

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import List, Sequence, Tuple

    from .network import Network

INK = "#222"
BLUE = "#1f5fa8"
RED = "#c0392b"


def save_svg(path: str, svg: str) -> None:
    """Write the picture to a file."""
    with open(file_name(path), "w", encoding="utf-8") as file:
        file.write(svg)


def loss_curve(losses: "Sequence[float]", title: str, validation: "Sequence[float]" = ()) -> str:
    """The loss of every epoch as a line, and in red that of the validation rows; both axes begin at zero."""
    width, height, left, top, right, bottom = 640, 400, 70, 40, 20, 50
    span_x, span_y = width - left - right, height - top - bottom
    largest = max([*losses, *validation]) or 1.0
    parts = [_text(width / 2, 24, title, 16, "middle")]
    for k in range(5):
        y = top + span_y * k / 4
        parts.append(f'<line x1="{left}" y1="{y:.2f}" x2="{width - right}" y2="{y:.2f}" stroke="#ddd"/>')
        parts.append(_text(left - 8, y + 4, f"{largest * (4 - k) / 4:.3g}", 12, "end"))
    for epoch in range(0, len(losses) + 1, (len(losses) + 3) // 4):
        parts.append(_text(left + span_x * epoch / len(losses), height - bottom + 20, str(epoch), 12, "middle"))
    for values, colour, name in ((losses, BLUE, "training"), (validation, RED, "validation")):
        if not values:
            continue
        shown = list(range(0, len(values), max(1, len(values) // 1000)))
        if shown[-1] != len(values) - 1:
            shown.append(len(values) - 1)
        points = " ".join([f"{left + span_x * (k + 1) / len(losses):.2f},"
                           f"{top + span_y * (1.0 - values[k] / largest):.2f}" for k in shown])
        parts.append(f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2"/>')
        if validation:
            parts.append(_text(width - right, top + (16 if colour == RED else 0), name, 12, "end", colour))
    parts.append(_text(left + span_x / 2, height - 10, "epoch", 12, "middle"))
    parts.append(_text(14, top - 12, "loss", 12, "start"))
    return _svg(width, height, parts)


def image_grid(
    images: "Sequence[Sequence[float]]", labels: "Sequence[int]", predictions: "Sequence[int]", side: int, white: float
) -> str:
    """Square images of side x side pixels from 0 to ``white``, each with its prediction below; wrong ones in red."""
    cell, columns, pixel = 90, 10, 8
    rows = (len(images) + columns - 1) // columns
    parts: "List[str]" = []
    for number, (image, label, prediction) in enumerate(zip(images, labels, predictions)):
        left, top = number % columns * cell + 13, number // columns * (cell + 20) + 10
        for k, value in enumerate(image):
            shade = 255 - int(255 * value / white)
            parts.append(
                f'<rect x="{left + k % side * pixel}" y="{top + k // side * pixel}" width="{pixel}" height="{pixel}" '
                f'fill="rgb({shade},{shade},{shade})"/>'
            )
        text = str(prediction) if prediction == label else f"{prediction} (is {label})"
        parts.append(_text(left + 32, top + 84, text, 14, "middle", INK if prediction == label else RED))
    return _svg(columns * cell, rows * (cell + 20) + 10, parts)


def network_drawing(net: "Network") -> str:
    """The layers of a network from left to right: a circle for each number of a sample, a line for each weight.

    Of more than 10 numbers the first and the last stand for all; an image is drawn as a sheet.  A dense layer's
    weights are blue above 0 and red below, the stronger the larger; other lines are grey, and so are those from a
    sheet, which stand for many weights.  Where a layer changes each number by itself, so go the lines.
    """
    shapes = [net.inputs if isinstance(net.inputs, tuple) else (net.inputs,)] + net.plan.shapes
    names = ["inputs"] + [type(layer).__name__ for layer in net.layers]
    gap, height = 130, 380
    columns = [_column(shape, 60 + gap * k, height) for k, shape in enumerate(shapes)]
    parts: "List[str]" = []
    weights = {name.split(".")[0]: values for name, values in net.parameters() if name.endswith(".weights")}
    for k, (before, after) in enumerate(zip(columns, columns[1:])):
        table = weights.get(str(k)) if len(shapes[k]) == 1 else None  # a sheet stands for many numbers
        one_by_one = not table and shapes[k] == shapes[k + 1]
        largest = max([abs(value) for row in table for value in row]) if table else 0.0
        for i, x1, y1 in before:
            for j, x2, y2 in after:
                if one_by_one and i != j:
                    continue
                value = table[i][j] if table else 0.0
                strength = abs(value) / largest if largest else 0.15
                parts.append(
                    f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" '
                    f'stroke="{RED if value < 0.0 else BLUE if value > 0.0 else "#bbb"}" '
                    f'stroke-opacity="{0.1 + 0.9 * strength:.2f}"/>')
    for column, shape, name in zip(columns, shapes, names):
        for _, x, y in column:
            if len(shape) > 1:
                parts.append(f'<rect x="{x - 24:.1f}" y="{y - 24:.1f}" width="48" height="48" fill="white" '
                             f'stroke="{INK}"/>')
            else:
                parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="9" fill="white" stroke="{INK}"/>')
        x = column[0][1]
        if len(shape) == 1 and shape[0] > len(column):
            parts.append(_text(x, height / 2 + 4, "...", 16, "middle"))
        parts.append(_text(x, height - 24, name, 12, "middle"))
        parts.append(_text(x, height - 8, spelled(shape), 12, "middle"))
    return _svg(60 * 2 + gap * (len(shapes) - 1), height, parts)


def _column(shape: "Sequence[int]", x: float, height: int) -> "List[Tuple[int, float, float]]":
    """(number, x, y) of each circle of a layer; an image has one place."""
    if len(shape) > 1:
        return [(0, x, height / 2 - 10)]
    count = shape[0]
    shown = list(range(count)) if count <= 10 else [0, 1, 2, 3, count - 4, count - 3, count - 2, count - 1]
    span = (height - 100) / max(len(shown) if count <= 10 else 9, 1)
    places = []
    for k, number in enumerate(shown):
        slot = k if count <= 10 or k < 4 else k + 1  # one is left out for the dots
        places.append((number, x, height / 2 - 10 + (slot - ((len(shown) if count <= 10 else 9) - 1) / 2) * span))
    return places


def _svg(width: int, height: int, parts: "List[str]") -> str:
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}">'
    background = f'<rect width="{width}" height="{height}" fill="white"/>'
    return "\n".join([head, background] + parts + ["</svg>"]) + "\n"


def _text(x: float, y: float, text: str, size: int, anchor: str, colour: str = INK) -> str:
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return (
        f'<text x="{x:.2f}" y="{y:.2f}" font-family="sans-serif" font-size="{size}" text-anchor="{anchor}" '
        f'fill="{colour}">{text}</text>'
    )
