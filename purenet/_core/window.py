"""The window that convolutions and poolings move over an image."""
from .arrays import format_shape, size_of
from .checks import check_choice, check_int
from .messages import describe

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .arrays import Shape


class Window:
    """How a kernel moves over images, row by row, channels last.

    Sizes are (rows, columns). ``top`` and ``left``: the rows and columns that "same" padding adds there; those below
    and to the right follow from the other sizes. ``filters``: the channels of the output.
    """

    __slots__ = ("height", "width", "channels", "rows", "columns", "down", "right", "top", "left", "out_height",
                 "out_width", "filters")

    def __init__(
        self, image: "tuple[int, int, int]", kernel: "tuple[int, int]", strides: "tuple[int, int]", same: bool,
        filters: int,
    ) -> None:
        self.height, self.width, self.channels = image
        self.rows, self.columns = kernel
        # a stride longer than the image gives one output; shortened, it cannot overflow an index
        self.down, self.right = min(strides[0], image[0]), min(strides[1], image[1])
        self.filters = filters
        self.top = self.left = 0
        if same:  # one output for each stride; an odd row of padding goes below, an odd column to the right
            self.out_height = (self.height + self.down - 1) // self.down
            self.out_width = (self.width + self.right - 1) // self.right
            self.top = max(0, (self.out_height - 1) * self.down + self.rows - self.height) // 2
            self.left = max(0, (self.out_width - 1) * self.right + self.columns - self.width) // 2
        else:
            self.out_height = (self.height - self.rows) // self.down + 1
            self.out_width = (self.width - self.columns) // self.right + 1

    def __repr__(self) -> str:
        image, kernel = (self.height, self.width, self.channels), (self.rows, self.columns)
        strides = f"strides {format_shape((self.down, self.right))}, padding {format_shape((self.top, self.left))}"
        return f"<Window: {format_shape(image)} by {format_shape(kernel)}, {strides} -> {format_shape(self.shape())}>"

    def shape(self) -> "tuple[int, int, int]":
        """Return the shape of an output image."""
        return self.out_height, self.out_width, self.filters

    def integers(self) -> "list[int]":
        """Return the numbers in the order of ``__slots__``, as the C engine reads them."""
        return [getattr(self, name) for name in self.__slots__]


def check_pair(name: str, value: "Any") -> "tuple[int, int]":
    """Return (rows, columns) from one number for both or from two."""
    value = value.tolist() if hasattr(value, "tolist") else value  # an array or a scalar of NumPy
    if isinstance(value, (tuple, list)) and len(value) == 2:
        return check_int(name, value[0], 1), check_int(name, value[1], 1)
    if isinstance(value, (tuple, list)):
        raise ValueError(f"{name}: expected one whole number or (rows, columns), got {describe(value)}")
    if isinstance(value, str):
        cure = "an activation is written activation=... (of Conv2D), or is a layer, Activation(...)"
        if value in ("valid", "same"):
            cure = "the padding is written padding=..."
        raise TypeError(f"{name}: expected a whole number, got {value[:20]!r}; {cure}")
    number = check_int(name, value, 1)
    return number, number


def check_padding(padding: "Any") -> str:
    """Return "valid" or "same"."""
    check_choice("padding", padding, ("valid", "same"))
    return str(padding)


def window_over(
    kind: str, shape: "Shape", kernel: "Any", strides: "tuple[int, int]", padding: str, filters: int
) -> Window:
    """Return the window of a layer over images of a shape. ``filters`` 0: as many as the image has channels."""
    if len(shape) != 3:
        got = f"rows of {size_of(shape)} numbers"
        raise ValueError(f"{kind} needs images, rows x columns x channels, such as inputs=(28, 28, 1), and gets {got}")
    if padding == "valid" and (kernel[0] > shape[0] or kernel[1] > shape[1]):
        raise ValueError(f"the {format_shape(kernel)} window of this {kind} is larger than its image of "
                         f"{format_shape(shape)} (rows, columns, channels); padding=\"same\" goes beyond the image's "
                         "edge")
    image = shape[0], shape[1], shape[2]
    return Window(image, kernel, strides, padding == "same", filters or shape[2])
