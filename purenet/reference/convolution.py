"""Convolution of images, channels last: every output sees the same kernel over another part of the image.

An image is a row of height x width x channels numbers, an output image one of out_height x out_width x filters.
The kernel is a matrix: a row for each of its rows, columns and channels, in this order, and a column for each filter.
"""
from .matrix import add_rows, multiply, transpose

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Optional, Tuple

    from ..image_layers import Window
    from .matrix import Matrix, Row


def patches(image: "Row", window: "Window") -> "Matrix":
    """What each output sees, a row an output: kernel row, kernel column, channel; 0.0 where there is no image."""
    rows = []
    nothing = [0.0] * window.channels
    for i in range(window.out_height):
        for j in range(window.out_width):
            row: "Row" = []
            start = j * window.right - window.left
            inside = 0 <= start and start + window.columns <= window.width
            for m in range(window.rows):
                y = i * window.down + m - window.top
                if inside and 0 <= y < window.height:
                    place = (y * window.width + start) * window.channels
                    row += image[place:place + window.columns * window.channels]
                    continue
                for x in range(start, start + window.columns):
                    if 0 <= y < window.height and 0 <= x < window.width:
                        place = (y * window.width + x) * window.channels
                        row += image[place:place + window.channels]
                    else:
                        row += nothing
            rows.append(row)
    return rows


def output_at(place: int, stride: int, count: int) -> int:
    """Which of count outputs sees a place of the image with the first cell of its kernel; -1 if none does."""
    if place < 0:
        return -1
    if stride > 1:
        if place % stride > 0:
            return -1
        place = place // stride
    return place if place < count else -1


def seen_by(d_image: "Row", window: "Window") -> "Matrix":
    """The gradients at the outputs that each input goes to, a row an input: kernel row, kernel column, filter.

    Where the kernel's cell leads to no output, 0.0.
    """
    rows = []
    nothing = [0.0] * window.filters
    for y in range(window.height):
        for x in range(window.width):
            row: "Row" = []
            for m in range(window.rows):
                i = output_at(y + window.top - m, window.down, window.out_height)
                for n in range(window.columns):
                    j = output_at(x + window.left - n, window.right, window.out_width)
                    if i >= 0 and j >= 0:
                        place = (i * window.out_width + j) * window.filters
                        row += d_image[place:place + window.filters]
                    else:
                        row += nothing
            rows.append(row)
    return rows


def turned(kernel: "Matrix", window: "Window") -> "Matrix":
    """The kernel with a row for each of its rows, columns and filters, and a column for each channel."""
    cells = range(0, len(kernel), window.channels)
    return [list(row) for cell in cells for row in transpose(kernel[cell:cell + window.channels])]


def conv2d_forward(inputs: "Matrix", window: "Window", kernel: "Matrix", bias: "Optional[Matrix]" = None) -> "Matrix":
    """outputs[i][j][f] = bias[f] + sum over m, n, c of inputs[y][x][c] kernel[m][n][c][f].

    There y = i down + m - top and x = j right + n - left.
    The terms are added by kernel row m, kernel column n, channel c, ascending; padding is zeros that take part; 0.0
    stands for no bias.
    """
    start = bias[0] if bias else [0.0] * window.filters
    return [
        [v for row in multiply(start, patches(image, window), kernel) for v in row] for image in inputs
    ]


def conv2d_backward(
    inputs: "Matrix", d_outputs: "Matrix", first: bool, window: "Window", kernel: "Matrix",
    bias: "Optional[Matrix]" = None,
) -> "Tuple[Matrix, ...]":
    """d_inputs, d_kernel and, with a bias, d_bias.

    forward: outputs = bias + sum over m, n, c of inputs kernel, so
    d_kernel[m][n][c][f] = sum of inputs d_outputs over samples, then the outputs row by row, ascending from 0.0,
    d_bias[f] = sum of d_outputs in the same order,
    d_inputs[y][x][c] = sum over m, n, f of d_outputs kernel, ascending from 0.0;
    the first step's inputs are the data, and their gradient, which nobody asks for, is left out.
    """
    d_inputs: "Matrix" = []
    if not first:
        right = turned(kernel, window)
        for d_image in d_outputs:
            cells = multiply([0.0] * window.channels, seen_by(d_image, window), right)
            d_inputs.append([v for row in cells for v in row])
    seen = [row for image in inputs for row in patches(image, window)]
    width = window.filters
    d_rows = [d_image[k:k + width] for d_image in d_outputs for k in range(0, len(d_image), width)]
    d_kernel = multiply([0.0] * width, transpose(seen), d_rows)
    if not bias:
        return d_inputs, d_kernel
    return d_inputs, d_kernel, [add_rows(d_rows, [0.0] * width)]
