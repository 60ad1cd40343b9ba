"""Pooling of images, channels last: every output is the largest or the mean of a part of one channel.

An image is a row of height x width x channels numbers; the output has as many channels.  Padding takes no part.
"""
TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Tuple

    from ..image_layers import Window
    from .matrix import Matrix, Row


def part(k: int, stride: int, before: int, size: int, length: int) -> "Tuple[int, int]":
    """The first row or column of the image that output k sees, and the one behind the last."""
    start = k * stride - before
    return start if start > 0 else 0, start + size if start + size < length else length


def max_pool_forward(inputs: "Matrix", window: "Window") -> "Matrix":
    """The largest number of each part, looked for row by row."""
    outputs = []
    for image in inputs:
        pooled: "Row" = []
        for i in range(window.out_height):
            top, bottom = part(i, window.down, window.top, window.rows, window.height)
            for j in range(window.out_width):
                left, right = part(j, window.right, window.left, window.columns, window.width)
                place = (top * window.width + left) * window.channels
                largest = image[place:place + window.channels]
                for y in range(top, bottom):
                    for x in range(left, right):
                        place = (y * window.width + x) * window.channels
                        seen = image[place:place + window.channels]
                        largest = [v if v > most else most for v, most in zip(seen, largest)]
                pooled += largest
        outputs.append(pooled)
    return outputs


def max_pool_backward(inputs: "Matrix", d_outputs: "Matrix", window: "Window") -> "Matrix":
    """d_outputs goes to the first of the largest numbers of its part; added up from 0.0, outputs row by row."""
    d_inputs = []
    for image, d_pooled in zip(inputs, d_outputs):
        d_image = [0.0] * len(image)
        k = 0
        for i in range(window.out_height):
            top, bottom = part(i, window.down, window.top, window.rows, window.height)
            for j in range(window.out_width):
                left, right = part(j, window.right, window.left, window.columns, window.width)
                for c in range(window.channels):
                    first = (top * window.width + left) * window.channels + c
                    largest = image[first]
                    for y in range(top, bottom):
                        for x in range(left, right):
                            place = (y * window.width + x) * window.channels + c
                            if image[place] > largest:
                                first = place
                                largest = image[place]
                    d_image[first] = d_image[first] + d_pooled[k]
                    k += 1
        d_inputs.append(d_image)
    return d_inputs


def average_pool_forward(inputs: "Matrix", window: "Window") -> "Matrix":
    """The mean of each part: a running total row by row from 0.0, divided by how many numbers it has."""
    outputs = []
    for image in inputs:
        pooled: "Row" = []
        for i in range(window.out_height):
            top, bottom = part(i, window.down, window.top, window.rows, window.height)
            for j in range(window.out_width):
                left, right = part(j, window.right, window.left, window.columns, window.width)
                count = (bottom - top) * (right - left)
                totals = [0.0] * window.channels
                for y in range(top, bottom):
                    for x in range(left, right):
                        place = (y * window.width + x) * window.channels
                        seen = image[place:place + window.channels]
                        totals = [total + v for total, v in zip(totals, seen)]
                pooled += [total / count for total in totals]
        outputs.append(pooled)
    return outputs


def average_pool_backward(inputs: "Matrix", d_outputs: "Matrix", window: "Window") -> "Matrix":
    """d_outputs / count goes to each number of its part; added up from 0.0, outputs row by row."""
    d_inputs = []
    for image, d_pooled in zip(inputs, d_outputs):
        d_image = [0.0] * len(image)
        k = 0
        for i in range(window.out_height):
            top, bottom = part(i, window.down, window.top, window.rows, window.height)
            for j in range(window.out_width):
                left, right = part(j, window.right, window.left, window.columns, window.width)
                count = (bottom - top) * (right - left)
                shares = [d / count for d in d_pooled[k:k + window.channels]]
                k += window.channels
                for y in range(top, bottom):
                    for x in range(left, right):
                        place = (y * window.width + x) * window.channels
                        seen = d_image[place:place + window.channels]
                        d_image[place:place + window.channels] = [total + d for total, d in zip(seen, shares)]
        d_inputs.append(d_image)
    return d_inputs
