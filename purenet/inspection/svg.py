"""Draw pictures as SVG text, without dependencies: the curves of a training, and images with their predictions.

Every picture paints its own background, so it can be read on any page, and follows the page into dark mode.
"""
import math

from .._core.files import replace_file
from .._core.messages import describe, escape_html
from .._core.paths import check_path

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Sequence

    Tick = tuple[float, str]  # a value and its label
    Curve = tuple[str, Sequence[float]]

PAPER = "#fff"
INK = "#222"
MUTED = "#666"
GRID = "#ddd"
GREY = "#bbb"
BLUE = "#1f5fa8"
RED = "#c0392b"
AMBER = "#b86e00"
DARK = (  # the colours on a dark page
    (PAPER, "#1c1c20"), (INK, "#e4e4e4"), (MUTED, "#a3a3a8"), (GRID, "#3a3a40"), (GREY, "#5c5c63"),
    (BLUE, "#7ab2f0"), (RED, "#f28b7d"), (AMBER, "#e0a54a"),
)
LARGEST = 1e300  # larger numbers are drawn as this, so that no difference overflows
LOGARITHMIC = 1000.0  # ratio of largest to smallest value from which an axis is logarithmic
MAX_POINTS = 1000  # of a curve; longer curves keep the extremes of each stretch
DASHES = ' stroke-dasharray="7 3"'  # for validation, so that it can be told apart without colour
MARK = '<svg xmlns="http://www.w3.org/2000/svg" class="purenet"'  # how every picture begins
MARKED = 30  # curves with at most this many points show each point


# the curves of a training --------------------------------------------------------------------------

def curve_chart(curves: "Sequence[Curve]", title: str) -> str:
    """Return a chart of named curves with a value per epoch: a panel for the loss and for each metric.

    A curve "val_..." shares the panel of its training curve, with a legend. Axes have round ticks. The vertical axis is
    logarithmic if positive values span three powers of ten or more.
    """
    names = [name for name, _ in curves]
    panels: "list[tuple[str, list[tuple[str, str, Sequence[float]]]]]" = []
    for name, values in curves:
        if name.startswith("val_") and name[4:] in names:
            panels[[panel for panel, _ in panels].index(name[4:])][1].append(("validation", RED, values))
        else:
            panels.append((name, [("training", BLUE, values)]))
    width, height, columns = (640, 360, 1) if len(panels) == 1 else (460, 300, 2)
    parts = [text(20, 28, title, 15)]
    for k, (name, drawn) in enumerate(panels):
        parts += _panel(name, drawn, k % columns * width, 40 + k // columns * height, width, height)
    rows = (len(panels) + columns - 1) // columns
    return svg(columns * width, 40 + rows * height, f"{title}: {', '.join(names)}", parts)


def _panel(
    name: str, curves: "list[tuple[str, str, Sequence[float]]]", x: float, y: float, width: float, height: float
) -> "list[str]":
    """Return the parts of one chart: its name, a legend for two curves, axes and curves."""
    points = [(label, colour, [(epoch, max(-LARGEST, min(LARGEST, value))) for epoch, value in enumerate(values, 1)
                               if value == value]) for label, colour, values in curves]
    values = [value for _, _, curve in points for _, value in curve]
    epochs = max([len(values) for _, _, values in curves])
    called = shortened(name, 28 if width > 600 else 20)
    parts = [text(x + 20, y + 20, called, 13)]
    if not values:
        return parts + [text(x + width / 2, y + height / 2, "no values", 12, "middle", MUTED)]
    logarithmic = min(values) > 1 / LARGEST and max(values) >= LOGARITHMIC * min(values)
    ticks = log_ticks(min(values), max(values)) if logarithmic else round_ticks(
        *_range(min(values), max(values), epochs == 1))
    if logarithmic:
        parts.append(text(x + 20 + text_width(called, 13) + 8, y + 20, "log scale", 11, "start", MUTED))
    left = x + 30 + max([text_width(label, 12) for _, label in ticks])
    right, top, bottom = x + width - 32, y + 42, y + height - 48
    scale = math.log10 if logarithmic else float
    low, high = scale(ticks[0][0]), scale(ticks[-1][0])

    def place(epoch: int, value: float) -> "tuple[float, float]":
        across = (epoch - 1) / (epochs - 1) if epochs > 1 else 0.5
        return left + (right - left) * across, bottom - (bottom - top) * (scale(value) - low) / (high - low)

    for value, label in ticks:
        height_of = place(1, value)[1]
        colour = MUTED if value == ticks[0][0] else GRID
        parts.append(line(left, height_of, right, height_of, colour))
        parts.append(text(left - 8, height_of + 4, label, 12, "end", MUTED))
    for tick, label in round_ticks(1, epochs, 6, whole=True) if epochs > 1 else [(1.0, "1")]:
        if 1 <= tick <= epochs:
            across = place(int(tick), ticks[0][0])[0]
            parts.append(line(across, bottom, across, bottom + 5, MUTED))
            parts.append(text(across, bottom + 19, label, 12, "middle", MUTED))
    parts.append(text((left + right) / 2, bottom + 38, "epoch", 12, "middle", MUTED))
    after = right
    for label, colour, curve in reversed(points if len(points) > 1 else []):
        after -= text_width(label, 12)
        parts.append(text(after, y + 20, label, 12))
        parts.append(line(after - 32, y + 16, after - 6, y + 16, colour, 2, 1, dashed=label == "validation"))
        after -= 32 + 18
    for label, colour, curve in points:
        if not curve:
            continue
        told = escape_html(f"{name}, {label}: {curve[0][1]:.6g} to {curve[-1][1]:.6g}")
        places = [place(epoch, value) for epoch, value in _thinned(curve)]
        written = " ".join([f"{number(across)},{number(down)}" for across, down in places])
        dashes = DASHES if label == "validation" else ""
        parts.append(f'<polyline points="{written}" fill="none" stroke="{colour}" stroke-width="2" '
                     f'stroke-linejoin="round"{dashes}><title>{told}</title></polyline>')
        if len(places) <= MARKED:
            parts += [f'<circle cx="{number(across)}" cy="{number(down)}" r="{3 if len(places) > 1 else 4}" '
                      f'fill="{colour}"/>' for across, down in places]
    return parts


def _range(low: float, high: float, single: bool) -> "tuple[float, float]":
    """Return the range of an axis. It includes 0 unless several values are close together and far from 0."""
    if single or high - low <= 1e-9 * max(abs(low), abs(high)) or high - low > max(high, -low) / 4:
        low, high = min(low, 0.0), max(high, 0.0)
    return (low, high) if high - low > 1 / LARGEST else (0.0, 1.0)


def _thinned(curve: "list[tuple[int, float]]") -> "list[tuple[int, float]]":
    """Return about MAX_POINTS points of a curve: the first, the last, and the extremes of every stretch between."""
    if len(curve) <= MAX_POINTS:
        return curve
    stretch = (2 * len(curve) + MAX_POINTS - 1) // MAX_POINTS
    kept = [curve[0]]
    for start in range(0, len(curve), stretch):
        part = curve[start:start + stretch]
        kept += sorted([min(part, key=lambda point: point[1]), max(part, key=lambda point: point[1])])
    kept.append(curve[-1])
    return [point for k, point in enumerate(kept) if not k or point != kept[k - 1]]


# ticks ---------------------------------------------------------------------------------------------

def round_ticks(low: float, high: float, most: int = 5, whole: bool = False) -> "list[Tick]":
    """Return (value, label) of the ticks of an axis from ``low`` or below to ``high`` or above.

    Their distance is the smallest of 1, 2 or 5 times a power of ten that needs at most ``most`` steps. With ``whole``
    it is at least 1.
    """
    exponent = math.floor(math.log10((high - low) / most)) - 1
    if whole:
        exponent = max(exponent, 0)
    while True:
        for digit in (1, 2, 5):
            step = float(f"{digit}e{exponent}")
            first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)  # 0.3 / 0.1 is just below 3
            if last - first <= most:
                numbers = [k * digit for k in range(first, last + 1)]
                largest = max(-numbers[0], numbers[-1])  # one notation for the whole axis
                return [(float(f"{n}e{exponent}"), decimal(n, exponent, largest)) for n in numbers]
        exponent += 1


def log_ticks(low: float, high: float, most: int = 9) -> "list[Tick]":
    """Return (value, label) of the ticks of a logarithmic axis from ``low`` or below to ``high`` or above.

    They are 1, 2 and 5 times each power of ten, or as many of the powers alone as make at most ``most`` ticks.
    """
    start, end = math.floor(math.log10(low)), math.ceil(math.log10(high))
    for digits, stride in (((1, 2, 5), 1), ((1,), 1), ((1,), 2), ((1,), 5), ((1,), 10), ((1,), 20), ((1,), 50),
                           ((1,), 100)):
        ticks = [(float(f"{digit}e{exponent}"), decimal(digit, exponent))
                 for exponent in range(start - stride, end + stride + 1) if exponent % stride == 0 for digit in digits]
        first = max([k for k, tick in enumerate(ticks) if tick[0] <= low])
        last = min([k for k, tick in enumerate(ticks) if tick[0] >= high])
        if last - first < most:
            break
    return ticks[first:last + 1]


def decimal(digits: int, exponent: int, largest: int = 0) -> str:
    """Return the whole number ``digits`` times 10 to the ``exponent`` as a label, exactly: 0.05, 1,500, 2e-7.

    ``largest``: the digits of the largest label of the same axis.
    """
    value = float(f"{digits}e{exponent}")
    if not digits:
        return "0"
    if exponent >= -4 and max(abs(value), float(f"{largest}e{exponent}")) < 1e6:
        return f"{value:,.{max(0, -exponent)}f}"
    written = str(abs(digits))
    fraction = written[1:].rstrip("0")
    return f"{'-' * (digits < 0)}{written[0]}{'.' * bool(fraction)}{fraction}e{exponent + len(written) - 1}"


# images --------------------------------------------------------------------------------------------

def image_grid(
    images: "Sequence[Sequence[float]]", labels: "Sequence[int]", predictions: "Sequence[int]", side: int, white: float
) -> str:
    """Return square images of side x side pixels, 0 to ``white``, dark on light, each above its prediction.

    A wrong prediction is red and has the true label beside it.
    """
    cell, columns, pixel = 90, 10, 8
    rows = (len(images) + columns - 1) // columns
    shades: "list[str]" = [""] * 256  # one path per shade is far smaller than one square per pixel
    parts: "list[str]" = []
    wrong = 0
    for k, (image, label, prediction) in enumerate(zip(images, labels, predictions)):
        left, top = k % columns * cell + 13, k // columns * (cell + 20) + 10
        for place, value in enumerate(image):
            shade = max(0, min(255, 255 - int(255 * value / white)))
            shades[shade] += f"M{left + place % side * pixel} {top + place // side * pixel}h{pixel}v{pixel}h-{pixel}z"
        told = str(prediction) if prediction == label else f"{prediction} (is {label})"
        wrong += prediction != label
        parts.append(text(left + 32, top + 84, told, 14, "middle", INK if prediction == label else RED))
    parts += [f'<path d="{path}" fill="rgb({shade},{shade},{shade})" shape-rendering="crispEdges"/>'
              for shade, path in enumerate(shades) if path]
    title = f"{len(images)} images with their predictions, {wrong} of them wrong"
    return svg(columns * cell, rows * (cell + 20) + 10, title, parts)


# parts of pictures ---------------------------------------------------------------------------------

def check_svg_path(path: "Any") -> None:
    """Raise ValueError if a path does not end in .svg, by which browsers know the format."""
    if not str(check_path(path)).lower().endswith(".svg"):
        raise ValueError(f"path: expected a name that ends in .svg, got {describe(path)}")


def save_svg(path: str, picture: str) -> None:
    """Write a picture to a file. At every moment, and after any error, path holds the old file or the new one."""
    replace_file(path, lambda file: file.write(picture.encode("utf-8")))


def is_drawn_here(path: str) -> bool:
    """Return whether a file begins as the pictures of ``svg`` do."""
    with open(path, "rb") as file:
        return file.read(len(MARK)) == MARK.encode()


def svg(width: float, height: float, title: str, parts: "list[str]") -> str:
    """Return the picture of some parts, with a title for screen readers and colours for light and dark pages."""
    size = f'viewBox="0 0 {number(width)} {number(height)}" width="{number(width)}" height="{number(height)}"'
    dark = "".join([f'.purenet [{kind}="{light}"]{{{kind}:{colour}}}'
                    for light, colour in DARK for kind in ("fill", "stroke")])
    return "\n".join([
        f'{MARK} role="img" {size} '
        'font-family="system-ui, sans-serif" style="max-width:100%;height:auto">',
        f"<title>{escape_html(title)}</title>",
        f"<style>@media (prefers-color-scheme:dark){{{dark}}}</style>",
        f'<rect width="{number(width)}" height="{number(height)}" rx="6" fill="{PAPER}"/>',
    ] + parts + ["</svg>"]) + "\n"


def line(
    x1: float, y1: float, x2: float, y2: float, colour: str, width: float = 1, opacity: float = 1,
    dashed: bool = False,
) -> str:
    """Return a straight line."""
    thick = f' stroke-width="{number(width)}"' if width != 1 else ""
    faint = f' stroke-opacity="{opacity:.2f}"' if opacity != 1 else ""
    return (f'<line x1="{number(x1)}" y1="{number(y1)}" x2="{number(x2)}" y2="{number(y2)}" stroke="{colour}"'
            f"{thick}{faint}{DASHES if dashed else ''}/>")


def text(
    x: float, y: float, words: str, size: int, anchor: str = "start", colour: str = INK, bold: bool = False
) -> str:
    """Return a line of text whose start, middle or end stands at x."""
    weight = ' font-weight="600"' if bold else ""
    return (f'<text x="{number(x)}" y="{number(y)}" font-size="{size}" text-anchor="{anchor}"{weight} '
            f'fill="{colour}">{escape_html(words)}</text>')


def text_width(words: str, size: int) -> float:
    """Return an upper estimate of a text's width."""
    return 0.6 * size * len(words)


def shortened(words: str, most: int) -> str:
    """Return a text cut to at most ``most`` characters."""
    return words if len(words) <= most else words[:most - 1] + "\u2026"


def number(value: float) -> str:
    """Return a coordinate with at most one decimal."""
    return f"{value:.1f}".removesuffix(".0")
