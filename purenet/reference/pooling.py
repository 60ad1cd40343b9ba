"""Pooling of images, channels last: every output is the maximum or the mean of a window of one channel.

An image is a row of height x width x channels numbers; the output has as many channels. Padding takes no part.
"""
TYPE_CHECKING = False
if TYPE_CHECKING:

    from .._core.window import Window
    from .matrix import Matrix, Row


def window_range(k: int, stride: int, padding: int, size: int, length: int) -> "tuple[int, int]":
    """Return the first row (or column) of the image that window k covers, and the one after the last."""
    start = k * stride - padding
    return start if start > 0 else 0, start + size if start + size < length else length


def max_pool_forward(inputs: "Matrix", window: "Window") -> "Matrix":
    """Return the largest number of each window, searched row by row."""
    outputs = []
    for image in inputs:
        pooled: "Row" = []
        for i in range(window.out_height):
            top, bottom = window_range(i, window.down, window.top, window.rows, window.height)
            for j in range(window.out_width):
                left, right = window_range(j, window.right, window.left, window.columns, window.width)
                index = (top * window.width + left) * window.channels
                largest = image[index:index + window.channels]
                for y in range(top, bottom):
                    for x in range(left, right):
                        index = (y * window.width + x) * window.channels
                        pixel = image[index:index + window.channels]
                        largest = [v if v > most else most for v, most in zip(pixel, largest)]
                pooled += largest
        outputs.append(pooled)
    return outputs


def max_pool_backward(inputs: "Matrix", d_outputs: "Matrix", window: "Window") -> "Matrix":
    """Return d_inputs: from 0.0, each gradient is added to the first largest number of its window, row by row."""
    d_inputs = []
    for image, d_pooled in zip(inputs, d_outputs):
        d_image = [0.0] * len(image)
        k = 0
        for i in range(window.out_height):
            top, bottom = window_range(i, window.down, window.top, window.rows, window.height)
            for j in range(window.out_width):
                left, right = window_range(j, window.right, window.left, window.columns, window.width)
                for c in range(window.channels):
                    first = (top * window.width + left) * window.channels + c
                    largest = image[first]
                    for y in range(top, bottom):
                        for x in range(left, right):
                            index = (y * window.width + x) * window.channels + c
                            if image[index] > largest:
                                first = index
                                largest = image[index]
                    d_image[first] = d_image[first] + d_pooled[k]
                    k += 1
        d_inputs.append(d_image)
    return d_inputs


def average_pool_forward(inputs: "Matrix", window: "Window") -> "Matrix":
    """Return the mean of each window: a running total row by row from 0.0, divided by the count of its numbers."""
    outputs = []
    for image in inputs:
        pooled: "Row" = []
        for i in range(window.out_height):
            top, bottom = window_range(i, window.down, window.top, window.rows, window.height)
            for j in range(window.out_width):
                left, right = window_range(j, window.right, window.left, window.columns, window.width)
                count = (bottom - top) * (right - left)
                totals = [0.0] * window.channels
                for y in range(top, bottom):
                    for x in range(left, right):
                        index = (y * window.width + x) * window.channels
                        pixel = image[index:index + window.channels]
                        totals = [total + v for total, v in zip(totals, pixel)]
                pooled += [total / count for total in totals]
        outputs.append(pooled)
    return outputs


def average_pool_backward(inputs: "Matrix", d_outputs: "Matrix", window: "Window") -> "Matrix":
    """Return d_inputs: from 0.0, each gradient / count is added to every number of its window, outputs row by row."""
    d_inputs = []
    for image, d_pooled in zip(inputs, d_outputs):
        d_image = [0.0] * len(image)
        k = 0
        for i in range(window.out_height):
            top, bottom = window_range(i, window.down, window.top, window.rows, window.height)
            for j in range(window.out_width):
                left, right = window_range(j, window.right, window.left, window.columns, window.width)
                count = (bottom - top) * (right - left)
                shares = [d / count for d in d_pooled[k:k + window.channels]]
                k += window.channels
                for y in range(top, bottom):
                    for x in range(left, right):
                        index = (y * window.width + x) * window.channels
                        pixel = d_image[index:index + window.channels]
                        d_image[index:index + window.channels] = [total + d for total, d in zip(pixel, shares)]
        d_inputs.append(d_image)
    return d_inputs
