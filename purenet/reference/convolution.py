"""Convolution of images, channels last: every output applies the same kernel to a different part of the image.

An image is a row of height x width x channels numbers, an output image one of out_height x out_width x filters.
The kernel is a matrix with a row for each kernel row, column and channel, in this order, and a column per filter.
"""
from .matrix import add_rows, multiply, transpose

TYPE_CHECKING = False
if TYPE_CHECKING:

    from .._core.window import Window
    from .matrix import Matrix, Row


def patches(image: "Row", window: "Window") -> "Matrix":
    """Return for each output a row of the inputs it depends on, by kernel row, column and channel; padding is 0.0."""
    rows = []
    zeros = [0.0] * window.channels
    for i in range(window.out_height):
        for j in range(window.out_width):
            row: "Row" = []
            start = j * window.right - window.left
            inside = 0 <= start and start + window.columns <= window.width
            for m in range(window.rows):
                y = i * window.down + m - window.top
                if inside and 0 <= y < window.height:
                    index = (y * window.width + start) * window.channels
                    row += image[index:index + window.columns * window.channels]
                    continue
                for x in range(start, start + window.columns):
                    if 0 <= y < window.height and 0 <= x < window.width:
                        index = (y * window.width + x) * window.channels
                        row += image[index:index + window.channels]
                    else:
                        row += zeros
            rows.append(row)
    return rows


def output_index(position: int, stride: int, count: int) -> int:
    """Return which of count outputs has a kernel that begins at a position of the padded image; -1 if none."""
    if position < 0:
        return -1
    if stride > 1:
        if position % stride > 0:
            return -1
        position = position // stride
    return position if position < count else -1


def gradient_patches(d_image: "Row", window: "Window") -> "Matrix":
    """Return for each input a row of the gradients at the outputs that it affects, by kernel row, column and filter.

    The gradient is 0.0 where a kernel cell leads to no output.
    """
    rows = []
    zeros = [0.0] * window.filters
    for y in range(window.height):
        for x in range(window.width):
            row: "Row" = []
            for m in range(window.rows):
                i = output_index(y + window.top - m, window.down, window.out_height)
                for n in range(window.columns):
                    j = output_index(x + window.left - n, window.right, window.out_width)
                    if i >= 0 and j >= 0:
                        index = (i * window.out_width + j) * window.filters
                        row += d_image[index:index + window.filters]
                    else:
                        row += zeros
            rows.append(row)
    return rows


def flipped_kernel(kernel: "Matrix", window: "Window") -> "Matrix":
    """Return the kernel with a row for each kernel row, column and filter, and a column for each channel."""
    cells = range(0, len(kernel), window.channels)
    return [list(row) for cell in cells for row in transpose(kernel[cell:cell + window.channels])]


def conv2d_forward(inputs: "Matrix", window: "Window", kernel: "Matrix", bias: "Matrix | None" = None) -> "Matrix":
    """outputs[i][j][f] = bias[f] + sum over m, n, c of inputs[y][x][c] kernel[m][n][c][f].

    Here y = i down + m - top and x = j right + n - left.
    The terms are added by kernel row m, kernel column n, channel c, ascending. The zeros of the padding take part.
    Without a bias, 0.0 takes its place.
    """
    start = bias[0] if bias else [0.0] * window.filters
    return [
        [v for row in multiply(start, patches(image, window), kernel) for v in row] for image in inputs
    ]


def conv2d_backward(
    inputs: "Matrix", d_outputs: "Matrix", first: bool, window: "Window", kernel: "Matrix",
    bias: "Matrix | None" = None,
) -> "tuple[Matrix, ...]":
    """Return d_inputs, d_kernel and, if there is a bias, d_bias.

    forward: outputs = bias + sum over m, n, c of inputs kernel, so
    d_kernel[m][n][c][f] = sum of inputs d_outputs over samples, then the outputs row by row, ascending from 0.0,
    d_bias[f] = sum of d_outputs in the same order,
    d_inputs[y][x][c] = sum over m, n, f of d_outputs kernel, ascending from 0.0.
    The first step's inputs are the data, so their gradient is not computed.
    """
    d_inputs: "Matrix" = []
    if not first:
        right = flipped_kernel(kernel, window)
        for d_image in d_outputs:
            cells = multiply([0.0] * window.channels, gradient_patches(d_image, window), right)
            d_inputs.append([v for row in cells for v in row])
    all_patches = [row for image in inputs for row in patches(image, window)]
    width = window.filters
    d_rows = [d_image[k:k + width] for d_image in d_outputs for k in range(0, len(d_image), width)]
    d_kernel = multiply([0.0] * width, transpose(all_patches), d_rows)
    if not bias:
        return d_inputs, d_kernel
    return d_inputs, d_kernel, [add_rows(d_rows, [0.0] * width)]
