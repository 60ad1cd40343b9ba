"""Draw a network as SVG: its layers from left to right, its weights as coloured lines, its images as sheets."""
from .._core.arrays import format_shape, nest
from .._core.messages import plural
from .svg import AMBER, BLUE, GREY, INK, MUTED, PAPER, RED, line, number, shortened, svg, text, text_width

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Sequence

    from .._core.plan import Plan, Step
    from .._core.state import State
    from ..layers.base import Layer

MAX_CIRCLES = 10  # per layer; a larger layer shows its first and last four
RADIUS = 9
BETWEEN = 36  # pixels between circles
MAX_SHEETS = 6  # in a stack of images
OFFSET = 5  # pixels between sheets
LARGEST_SIDE = 110  # side of the largest image in pixels
MAX_NAME = 22  # characters of an input's name
LEGEND = ((BLUE, "weight above 0"), (RED, "weight below 0"), (AMBER, "input of one output"),
          (GREY, "other connection"))
WIDER = "wider line: larger weight, within its layer"


def network_drawing(plan: "Plan", layers: "Sequence[Layer]", state: "State", names: "Sequence[str]" = ()) -> str:
    """Return a drawing of a network: a column per layer, with its settings and output shape below.

    A row of numbers is a column of at most ten circles. An image is a stack of sheets, one per channel, at most six.
    A dense layer's weights are blue if positive and red if negative, wider and stronger the larger they are within
    their layer. A convolution or pooling layer shows the window of one output. Other lines are grey. ``names``: a name
    for each input, instead of x1, x2, ... Raises ValueError if their number is wrong.
    """
    if names and (len(plan.shape) > 1 or len(names) != plan.inputs):
        wanted = "none, because its inputs are images"
        if len(plan.shape) == 1:
            wanted = f"{plan.inputs} names, one for each input"
        raise ValueError(f"names: this network needs {wanted}, got {len(names)}")
    shapes = [plan.shape] + plan.shapes
    captions = [["Input", _sized(plan.shape, "input")]]
    captions += [[type(layer).__name__] + settings(layer) + [_sized(shape, "output")]
                 for layer, shape in zip(layers, plan.shapes)]
    side = max([max(shape[:2]) for shape in shapes if len(shape) > 1] + [1])
    columns: "list[Any]" = [_Sheets(shape, side) if len(shape) > 1 else _Circles(shape[0]) for shape in shapes]
    labels = [shortened(names[k] if names else f"x{k + 1}", MAX_NAME) for k in range(plan.inputs)]
    shown = [labels[k] for k, _ in columns[0].places] if len(plan.shape) == 1 else []
    before = max([text_width(label, 12) for label in shown] + [0]) + 10
    halves = [max([column.width / 2] + [text_width(words, 12) / 2 for words in caption])
              for column, caption in zip(columns, captions)]
    x = 20 + max(halves[0], columns[0].width / 2 + before)
    height = max([column.height for column in columns])
    for k, column in enumerate(columns):
        if k:
            x += max(120, halves[k - 1] + halves[k] + 16, columns[k - 1].width / 2 + column.width / 2 + 60)
        column.move(x, 24 + height / 2)
    width = x + halves[-1] + 20
    parts: "list[str]" = []
    windows: "list[str]" = []
    colours: "list[str]" = []
    for k in range(len(layers)):
        step = _window_step(plan, k)
        if step and len(shapes[k + 1]) > 1:
            windows += _window_lines(columns[k], columns[k + 1], step)
            colours.append(AMBER)
        else:
            table = _weights(plan, state, k) if len(shapes[k]) == 1 else None  # a sheet is many numbers
            parts += _lines(columns[k], columns[k + 1], table, not table and shapes[k] == shapes[k + 1])
            colours += [BLUE, RED] if table else [GREY]
    for column in columns:
        parts += column.drawn()
    parts += windows
    for label, (_, (right, y)) in zip(shown, columns[0].places if shown else []):
        parts.append(text(right - RADIUS - 7, y + 4, label, 12, "end"))
    bottom = 24 + height + 24
    for column, caption in zip(columns, captions):
        for row, words in enumerate(caption):
            parts.append(text(column.x, bottom + 16 * row, words, 12, "middle", INK if row == 0 else MUTED, row == 0))
    bottom += 16 * max([len(caption) for caption in captions]) + 12
    legend, wide, bottom = _legend([entry for entry in LEGEND if entry[0] in colours], bottom, max(width, 240))
    width = max(width, wide)
    title = "Network: " + ", ".join([" ".join(caption[:1] + caption[-1:]) for caption in captions])
    return svg(width, bottom, title, parts + legend)


def _sized(shape: "Sequence[int]", one: str) -> str:
    """Return a shape as text: 3 outputs, or 28 x 28 x 8."""
    return format_shape(shape) if len(shape) > 1 else f"{shape[0]:,} {one}{'' if shape[0] == 1 else 's'}"


def settings(layer: "Any") -> "list[str]":
    """Return a layer's settings as lines: its window, strides, rate and activation."""
    lines = []
    window = getattr(layer, "kernel_size", None) or getattr(layer, "pool_size", None)
    if window:
        strides = layer.strides or window
        filters = getattr(layer, "filters", None)
        default = (1, 1) if filters else window
        lines.append(f"{plural(filters, 'filter')} {format_shape(window)}" if filters
                     else f"window {format_shape(window)}")
        if strides != default:
            lines.append(f"stride {strides[0] if strides[0] == strides[1] else format_shape(strides)}")
        if layer.padding == "same":
            lines.append("same padding")
    if hasattr(layer, "rate"):
        lines.append(f"rate {layer.rate:g}")
    if layer.activation != "linear":
        lines.append(" ".join([layer.activation] + [f"{slope:g}" for slope in layer.slopes]))
    return lines


class _Circles:
    """A column of circles for a row of numbers. ``places``: (number, (x, y)) of each circle."""

    width: float = 2 * RADIUS

    def __init__(self, count: int) -> None:
        self.cut = count > MAX_CIRCLES
        self.shown = [0, 1, 2, 3, count - 4, count - 3, count - 2, count - 1] if self.cut else list(range(count))
        self.height = BETWEEN * (len(self.shown) + self.cut)
        self.x = self.middle = 0.0
        self.places: "list[tuple[int, tuple[float, float]]]" = [(k, (0.0, 0.0)) for k in self.shown]

    def move(self, x: float, middle: float) -> None:
        """Move the column to its place."""
        self.x, self.middle = x, middle
        top = middle - self.height / 2 + BETWEEN / 2
        slots = [k + (self.cut and k > 3) for k in range(len(self.shown))]  # the dots take one slot
        self.places = [(shown, (x, top + BETWEEN * slot)) for shown, slot in zip(self.shown, slots)]

    def ends(self, side: int) -> "list[tuple[int, tuple[float, float]]]":
        """Return where lines end, on the left (-1) or right (1) side."""
        return self.places

    def drawn(self) -> "list[str]":
        """Return the circles, with dots for those left out."""
        parts = [f'<circle cx="{number(x)}" cy="{number(y)}" r="{RADIUS}" fill="{PAPER}" stroke="{INK}"/>'
                 for _, (x, y) in self.places]
        dots = [f'<circle cx="{number(self.x)}" cy="{number(self.middle + 7 * k)}" r="1.5" fill="{MUTED}"/>'
                for k in (-1, 0, 1)]
        return parts + (dots if self.cut else [])


class _Sheets:
    """A stack of sheets for an image, the first channel in front."""

    def __init__(self, shape: "Sequence[int]", side: int) -> None:
        self.tall = max(14.0, LARGEST_SIDE * shape[0] / side)
        self.wide = max(14.0, LARGEST_SIDE * shape[1] / side)
        self.sheets = min(MAX_SHEETS, shape[2])
        self.width = self.wide + OFFSET * (self.sheets - 1)
        self.height = self.tall + OFFSET * (self.sheets - 1)
        self.x = self.left = self.top = 0.0  # left and top: of the sheet in front

    def move(self, x: float, middle: float) -> None:
        """Move the stack to its place."""
        self.x = x
        self.left, self.top = x - self.width / 2, middle + self.height / 2 - self.tall

    def ends(self, side: int) -> "list[tuple[int, tuple[float, float]]]":
        """Return where lines end, on the left (-1) or right (1) side."""
        return [(0, (self.x + side * self.width / 2, self.top + self.tall / 2 - (self.height - self.tall) / 2))]

    def drawn(self) -> "list[str]":
        """Return the sheets, from back to front."""
        return [f'<rect x="{number(self.left + OFFSET * k)}" y="{number(self.top - OFFSET * k)}" '
                f'width="{number(self.wide)}" height="{number(self.tall)}" fill="{PAPER}" stroke="{INK}"/>'
                for k in range(self.sheets - 1, -1, -1)]


def _lines(before: "Any", after: "Any", table: "Any", one_by_one: bool) -> "list[str]":
    """Return the lines between two columns: in the colours of the weights, or grey."""
    largest = max([abs(value) for row in table for value in row]) if table else 0.0
    parts = []
    for i, (x1, y1) in before.ends(1):
        for j, (x2, y2) in after.ends(-1):
            if one_by_one and i != j:
                continue
            value = table[i][j] if table else 0.0
            strength = abs(value) / largest if largest else 0.0
            colour = RED if value < 0.0 else BLUE if value > 0.0 else GREY
            wide, strong = (0.8 + 2.2 * strength, 0.2 + 0.8 * strength) if strength else (1.0, 1.0)
            parts.append(line(x1, y1, x2, y2, colour, wide, strong))
    return parts


def _weights(plan: "Plan", state: "State", layer: int) -> "list[Sequence[float]] | None":
    """Return the weights of a dense layer, a row per input, or None for another layer."""
    for parameter, values in zip(plan.parameters, state.parameters):
        if parameter.name == f"{layer}.weights":
            return nest(values, parameter.shape)  # type: ignore[no-any-return]
    return None


def _window_step(plan: "Plan", layer: int) -> "Step | None":
    """Return a layer's step that moves a window over images, or None."""
    for step in plan.steps:
        if step.layer == layer and step.window:
            return step
    return None


def _window_lines(before: "_Sheets", after: "_Sheets", step: "Step") -> "list[str]":
    """Return the window of one output and that output, to scale.

    A convolution's window covers all channels, so it is a block. A pooling's window lies on one channel.
    """
    window: "Any" = step.window
    i = window.out_height * (1 + 2 * (step.layer % 2)) // 4  # alternate between high and low
    j = window.out_width // 2
    down, right = before.tall / window.height, before.wide / window.width
    top, left = max(0, i * window.down - window.top), max(0, j * window.right - window.left)
    end = min(window.height, i * window.down - window.top + window.rows)
    edge = min(window.width, j * window.right - window.left + window.columns)
    x1, y1 = before.left + left * right, before.top + top * down
    wide, tall = (edge - left) * right, (end - top) * down
    cell_wide, cell_tall = after.wide / window.out_width, after.tall / window.out_height
    x2, y2 = after.left + j * cell_wide, after.top + i * cell_tall
    boxes = [f'<rect x="{number(x)}" y="{number(y)}" width="{number(w)}" height="{number(h)}" fill="{AMBER}" '
             f'fill-opacity="0.3" stroke="{AMBER}"/>'
             for x, y, w, h in ((x1, y1, wide, tall), (x2, y2, cell_wide, cell_tall))]
    depth = OFFSET * (before.sheets - 1) if step.kind == "conv2d" else 0
    if depth:
        boxes.append(f'<path d="M{number(x1)} {number(y1)}l{depth} -{depth}h{number(wide)}v{number(tall)}'
                     f'l-{depth} {depth}v{number(-tall)}zm{number(wide)} 0l{depth} -{depth}" '
                     f'fill="{AMBER}" fill-opacity="0.15" stroke="{AMBER}"/>')
    x1, y1 = x1 + wide + depth, y1 - depth
    return boxes + [line(x1, y1, x2, y2, AMBER), line(x1, y1 + tall, x2, y2 + cell_tall, AMBER)]


def _legend(entries: "list[tuple[str, str]]", y: float, width: float) -> "tuple[list[str], float, float]":
    """Return the legend of some colours in as many lines as needed, its width and its end."""
    parts: "list[str]" = []
    x = widest = 20.0
    for colour, words in entries:
        if x > 20 and x + 28 + text_width(words, 12) > width:
            x, y = 20.0, y + 18
        parts += [line(x, y - 4, x + 20, y - 4, colour, 2), text(x + 28, y, words, 12, "start", MUTED)]
        x += 28 + text_width(words, 12) + 16
        widest = max(widest, x)
    if LEGEND[0] in entries:
        y += 18
        parts.append(text(20, y, WIDER, 12, "start", MUTED))
        widest = max(widest, 20 + text_width(WIDER, 12))
    return parts, widest, y + 16
