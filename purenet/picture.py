"""Pictures as SVG text, without dependencies: a loss curve, and images with what a network made of them."""
TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import List, Sequence

INK = "#222"
BLUE = "#1f5fa8"
RED = "#c0392b"


def save_svg(path: str, svg: str) -> None:
    """Write the picture to a file."""
    with open(path, "w", encoding="utf-8") as file:
        file.write(svg)


def loss_curve(losses: "Sequence[float]", title: str) -> str:
    """The loss of every epoch as a line; both axes begin at zero."""
    width, height, left, top, right, bottom = 640, 400, 70, 40, 20, 50
    span_x, span_y = width - left - right, height - top - bottom
    largest = max(losses) or 1.0
    step = max(1, len(losses) // 1000)
    shown = list(range(0, len(losses), step))
    if shown[-1] != len(losses) - 1:
        shown.append(len(losses) - 1)
    points = " ".join(
        f"{left + span_x * (k + 1) / len(losses):.2f},{top + span_y * (1.0 - losses[k] / largest):.2f}" for k in shown
    )
    parts = [_text(width / 2, 24, title, 16, "middle")]
    for k in range(5):
        y = top + span_y * k / 4
        parts.append(f'<line x1="{left}" y1="{y:.2f}" x2="{width - right}" y2="{y:.2f}" stroke="#ddd"/>')
        parts.append(_text(left - 8, y + 4, f"{largest * (4 - k) / 4:.3g}", 12, "end"))
        x = left + span_x * k / 4
        parts.append(_text(x, height - bottom + 20, f"{len(losses) * k / 4:.0f}", 12, "middle"))
    parts.append(f'<polyline points="{points}" fill="none" stroke="{BLUE}" stroke-width="2"/>')
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
