"""Compute image layers, dropout and normalisation by textbook loops, one output and one number at a time.

Like oracle.py, it shares nothing with the engines but the scalar functions and the random stream. A batch is a list of
flat rows. An image is one row, in the order row, column, channel. A layer's ``forward`` and ``backward`` take its
parameters as tables whose rows are as wide as the last dimension, and the key of the training step, None for a
prediction.
"""
import math

from tests.support import oracle
from tests.support.oracle import activate, differentiate, draw, loss_derivative, multiply, sample_loss

WORD = 2 ** 64


def zeros(rows):
    return [[0.0] * len(row) for row in rows]


class Dense:
    """A dense layer."""

    def __init__(self, shape, units, biased=True):
        self.inputs, self.shape, self.biased = math.prod(shape), (units,), biased

    def draw(self, stream, init):
        return weights_and_bias(stream, init, self.inputs, self.shape[-1], self.inputs, self.shape[-1], self.biased)

    def forward(self, rows, own, kept, key):
        return multiply(own[1][0] if self.biased else [0.0] * self.shape[0], rows, own[0])

    def backward(self, rows, outputs, d_outputs, own, key):
        weights, d_weights, d_bias = own[0], zeros(own[0]), [0.0] * self.shape[0]
        d_rows = zeros(rows)
        for i in range(len(rows)):
            for j in range(self.shape[0]):
                d_bias[j] = d_bias[j] + d_outputs[i][j]
                for k in range(self.inputs):
                    d_weights[k][j] = d_weights[k][j] + rows[i][k] * d_outputs[i][j]
                    d_rows[i][k] = d_rows[i][k] + d_outputs[i][j] * weights[k][j]
        return d_rows, [d_weights, [d_bias]][:1 + self.biased]


class Window:
    """How a window of (rows, columns) moves over images, in strides of (down, right)."""

    def __init__(self, shape, size, strides, same):
        self.height, self.width, self.channels = shape
        self.size, self.strides = size, strides
        self.out_height, self.top = extent(self.height, size[0], strides[0], same)
        self.out_width, self.left = extent(self.width, size[1], strides[1], same)

    def outputs(self):
        """Return the row and column of each output, in order."""
        return [(i, j) for i in range(self.out_height) for j in range(self.out_width)]

    def cells(self, i, j):
        """Yield each cell of an output's window, with padding: its row and column in the window and in the image."""
        for m in range(self.size[0]):
            for n in range(self.size[1]):
                yield m, n, i * self.strides[0] + m - self.top, j * self.strides[1] + n - self.left

    def inside(self, i, j):
        """Return row and column in the image of the window's cells, without padding."""
        return [(y, x) for _, _, y, x in self.cells(i, j) if 0 <= y < self.height and 0 <= x < self.width]

    def place(self, y, x, c):
        return (y * self.width + x) * self.channels + c

    def surrounded(self, row, y, x, c):
        """Return a number of an image, or 0.0 outside it."""
        return row[self.place(y, x, c)] if 0 <= y < self.height and 0 <= x < self.width else 0.0


def extent(length, size, stride, same):
    """Return the number of outputs along a side, and the padding before the first."""
    if not same:
        return (length - size) // stride + 1, 0
    outputs = math.ceil(length / stride)
    return outputs, max(0, (outputs - 1) * stride + size - length) // 2


class Conv2D(Window):
    """A convolution. The kernel's table has one row for each row, column and channel of the window."""

    def __init__(self, shape, filters, size, strides=(1, 1), same=False, biased=True):
        super().__init__(shape, size, strides, same)
        self.filters, self.biased = filters, biased
        self.shape = self.out_height, self.out_width, filters

    def draw(self, stream, init):
        cells = math.prod(self.size)
        fans = cells * self.channels, cells * self.filters
        return weights_and_bias(stream, init, cells * self.channels, self.filters, *fans, self.biased)

    def row_of(self, m, n, c):
        return (m * self.size[1] + n) * self.channels + c

    def forward(self, rows, own, kept, key):
        outputs = []
        for row in rows:
            outputs.append([])
            for i, j in self.outputs():
                for f in range(self.filters):
                    total = own[1][0][f] if self.biased else 0.0
                    for m, n, y, x in self.cells(i, j):
                        for c in range(self.channels):
                            total = total + self.surrounded(row, y, x, c) * own[0][self.row_of(m, n, c)][f]
                    outputs[-1].append(total)
        return outputs

    def backward(self, rows, outputs, d_outputs, own, key):
        d_kernel, d_bias = zeros(own[0]), [0.0] * self.filters
        for row, d_row in zip(rows, d_outputs):
            for number, (i, j) in enumerate(self.outputs()):
                for f in range(self.filters):
                    d = d_row[number * self.filters + f]
                    d_bias[f] = d_bias[f] + d
                    for m, n, y, x in self.cells(i, j):
                        for c in range(self.channels):
                            k = self.row_of(m, n, c)
                            d_kernel[k][f] = d_kernel[k][f] + self.surrounded(row, y, x, c) * d
        d_rows = [[self.d_input(d_row, own[0], y, x, c) for y in range(self.height) for x in range(self.width)
                   for c in range(self.channels)] for d_row in d_outputs]
        return d_rows, [d_kernel, [d_bias]][:1 + self.biased]

    def d_input(self, d_row, kernel, y, x, c):
        """Return the gradient at an input: the sum over kernel cells and filters, 0.0 for a cell without an output."""
        through = {}
        for number, (i, j) in enumerate(self.outputs()):
            for m, n, of_y, of_x in self.cells(i, j):
                if (of_y, of_x) == (y, x):
                    through[m, n] = number
        total = 0.0
        for m in range(self.size[0]):
            for n in range(self.size[1]):
                for f in range(self.filters):
                    d = d_row[through[m, n] * self.filters + f] if (m, n) in through else 0.0
                    total = total + d * kernel[self.row_of(m, n, c)][f]
        return total


class Plain:
    """A layer without parameters."""

    def draw(self, stream, init):
        return []


class MaxPool2D(Plain, Window):
    def __init__(self, shape, size, strides, same=False):
        super().__init__(shape, size, strides, same)
        self.shape = self.out_height, self.out_width, self.channels

    def first_largest(self, row, i, j, c):
        places = [self.place(y, x, c) for y, x in self.inside(i, j)]
        largest = max(row[place] for place in places)
        return [place for place in places if row[place] == largest][0]

    def forward(self, rows, own, kept, key):
        return [[row[self.first_largest(row, i, j, c)] for i, j in self.outputs() for c in range(self.channels)]
                for row in rows]

    def backward(self, rows, outputs, d_outputs, own, key):
        d_rows = zeros(rows)
        for row, d_row, d_output in zip(rows, d_rows, d_outputs):
            for number, (i, j) in enumerate(self.outputs()):
                for c in range(self.channels):
                    place = self.first_largest(row, i, j, c)
                    d_row[place] = d_row[place] + d_output[number * self.channels + c]
        return d_rows, []


class AveragePool2D(MaxPool2D):
    def forward(self, rows, own, kept, key):
        outputs = []
        for row in rows:
            outputs.append([])
            for i, j in self.outputs():
                for c in range(self.channels):
                    total = 0.0
                    for y, x in self.inside(i, j):
                        total = total + row[self.place(y, x, c)]
                    outputs[-1].append(total / len(self.inside(i, j)))
        return outputs

    def backward(self, rows, outputs, d_outputs, own, key):
        d_rows = zeros(rows)
        for d_row, d_output in zip(d_rows, d_outputs):
            for number, (i, j) in enumerate(self.outputs()):
                for c in range(self.channels):
                    share = d_output[number * self.channels + c] / len(self.inside(i, j))
                    for y, x in self.inside(i, j):
                        d_row[self.place(y, x, c)] = d_row[self.place(y, x, c)] + share
        return d_rows, []


class GlobalAveragePool2D(AveragePool2D):
    def __init__(self, shape):
        super().__init__(shape, shape[:2], (1, 1))
        self.shape = (shape[2],)


class Activation(Plain):
    def __init__(self, shape, name, slope):
        self.shape, self.name, self.slope = shape, name, slope

    def forward(self, rows, own, kept, key):
        return [activate(self.name, self.slope, row) for row in rows]

    def backward(self, rows, outputs, d_outputs, own, key):
        return [differentiate(self.name, self.slope, *three) for three in zip(rows, outputs, d_outputs)], []


class Flatten(Activation):
    def __init__(self, shape):
        super().__init__((math.prod(shape),), "linear", 0.0)


def mixed(z):
    """Return splitmix64 of z."""
    z = (z + 0x9E3779B97F4A7C15) % WORD
    z = (z ^ z // 2 ** 30) * 0xBF58476D1CE4E5B9 % WORD
    z = (z ^ z // 2 ** 27) * 0x94D049BB133111EB % WORD
    return z ^ z // 2 ** 31


class Dropout(Plain):
    """A dropout layer. ``key``: (seed, training step). ``number``: the layer's index."""

    number = None

    def __init__(self, shape, rate):
        self.shape, self.rate = shape, rate

    def forward(self, rows, own, kept, key):
        if key is None:
            return rows
        start = mixed((mixed((mixed(key[0]) + self.number) % WORD) + key[1]) % WORD)
        outputs = zeros(rows)
        for i in range(len(rows)):
            for j in range(len(rows[i])):
                draw = mixed((start + i * len(rows[i]) + j) % WORD) // 2 ** 11 / 2 ** 53
                if draw >= self.rate:
                    outputs[i][j] = rows[i][j] * (1.0 / (1.0 - self.rate))
        return outputs

    def backward(self, rows, outputs, d_outputs, own, key):
        return self.forward(d_outputs, own, None, key), []


class BatchNorm:
    def __init__(self, shape, momentum, epsilon):
        self.shape, self.momentum, self.epsilon, self.channels = shape, momentum, epsilon, shape[-1]

    def draw(self, stream, init):
        return [[[1.0] * self.channels], [[0.0] * self.channels]]

    def moments(self, rows, c):
        """Return mean, biased variance and count of a channel's numbers, added by sample, then by position."""
        numbers = [row[k] for row in rows for k in range(c, len(row), self.channels)]
        total = 0.0
        for number in numbers:
            total = total + number
        mean, total = total / len(numbers), 0.0
        for number in numbers:
            total = total + (number - mean) * (number - mean)
        return mean, total / len(numbers), len(numbers)

    def normal(self, row, k, mean, variance):
        return (row[k] - mean) * (1.0 / math.sqrt(variance + self.epsilon))

    def forward(self, rows, own, kept, key):
        outputs = zeros(rows)
        for c in range(self.channels):
            mean, variance = (kept[0][0][c], kept[1][0][c]) if key is None else self.moments(rows, c)[:2]
            for row, output in zip(rows, outputs):
                for k in range(c, len(row), self.channels):
                    output[k] = own[0][0][c] * self.normal(row, k, mean, variance) + own[1][0][c]
        return outputs

    def moved(self, rows, kept):
        """Return the moving means and variances after a batch."""
        means, variances = zeros(kept[0]), zeros(kept[1])
        for c in range(self.channels):
            for old, new, place in zip(kept, self.moments(rows, c), (means, variances)):
                place[0][c] = self.momentum * old[0][c] + (1.0 - self.momentum) * new
        return [means, variances]

    def backward(self, rows, outputs, d_outputs, own, key):
        d_rows, d_gamma, d_beta = zeros(rows), zeros(own[0]), zeros(own[1])
        for c in range(self.channels):
            mean, variance, count = self.moments(rows, c)
            places = [(i, k) for i in range(len(rows)) for k in range(c, len(rows[i]), self.channels)]
            for i, k in places:
                d_beta[0][c] = d_beta[0][c] + d_outputs[i][k]
                d_gamma[0][c] = d_gamma[0][c] + d_outputs[i][k] * self.normal(rows[i], k, mean, variance)
            scale = own[0][0][c] * (1.0 / math.sqrt(variance + self.epsilon))
            for i, k in places:
                through_variance = self.normal(rows[i], k, mean, variance) * (d_gamma[0][c] / count)
                d_rows[i][k] = scale * (d_outputs[i][k] - d_beta[0][c] / count - through_variance)
        return d_rows, [d_gamma, d_beta]


def weights_and_bias(stream, init, rows, columns, fan_in, fan_out, biased):
    tables = [draw(stream, init, rows, columns, fan_in, fan_out)]
    if biased:
        tables.append(draw(stream, init if init in ("rand", "randn") else "zeros", 1, columns, fan_in, fan_out))
    return tables


class Network(oracle.Network):
    """A network of the layers above. For a loss with logits the last layer is its Activation.

    ``numbers``: for each layer, the index of the layer that it belongs to in the network under test.
    """

    def __init__(self, layers, numbers, seed=0, init="glorot_uniform", **options):
        super().__init__(1, [(layers[-1].shape[-1], "linear", 0.0, False)], seed=seed, init="zeros", **options)
        self.layers, self.seed, self.steps = layers, seed, 0
        self.parameters, self.owned = [], []
        for layer, number in zip(layers, numbers):
            layer.number = number
            tables = layer.draw(self.stream, init)
            self.owned.append(range(len(self.parameters), len(self.parameters) + len(tables)))
            self.parameters += tables
        self.velocities = oracle.like(self.parameters)
        self.kept = [[[[0.0] * layer.channels], [[1.0] * layer.channels]] if isinstance(layer, BatchNorm) else None
                     for layer in layers]

    def own(self, n):
        return [self.parameters[p] for p in self.owned[n]]

    def values(self, x, key=None):
        """Return x and the outputs of every layer."""
        values = [x]
        for n, layer in enumerate(self.layers):
            values.append(layer.forward(values[-1], self.own(n), self.kept[n], key))
        return values

    def losses(self, values, y):
        return [sample_loss(self.loss, self.delta, *three) for three in zip(values[-2], values[-1], y)]

    def batch(self, x, y, weights):
        values = self.values(x, (self.seed, self.steps))
        divisor = 1.0
        total_weight = 0.0
        for weight in weights:
            total_weight = total_weight + weight
        if self.reduction != "sum" and total_weight != 0.0:
            divisor = total_weight * (self.outputs if self.reduction == "cell_mean" else 1)
        d = [[loss_derivative(self.loss, self.delta, p, t) * (weight / divisor) for p, t in zip(p_row, y_row)]
             for p_row, y_row, weight in zip(values[-1], y, weights)]
        gradients = [None] * len(self.parameters)
        for n in range(len(self.layers) - 1 - (self.loss in oracle.CROSS_ENTROPIES), -1, -1):
            d, found = self.layers[n].backward(values[n], values[n + 1], d, self.own(n), (self.seed, self.steps))
            for p, gradient in zip(self.owned[n], found):
                gradients[p] = gradient
        self.moved = [layer.moved(values[n], self.kept[n]) if self.kept[n] else None
                      for n, layer in enumerate(self.layers)]
        return self.losses(values, y), gradients

    def step(self, gradients):
        self.kept = self.moved
        self.steps += 1
        return super().step(gradients)

    def predict(self, x):
        return self.values(x)[-1]

    def evaluate(self, x, y, weights=None):
        weights = weights or [1.0] * len(x)
        total = total_weight = 0.0
        for weight, loss in zip(weights, self.losses(self.values(x), y)):
            total += weight * loss
            total_weight += weight
        return self.reduced(total, total_weight)
