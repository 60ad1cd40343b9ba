"""Train dense networks by textbook loops, one sample and one number at a time.

This file judges the engines, so it shares nothing with them but the scalar functions and the random stream.
It follows the formulas and the order of operations in docs/arithmetic.md, and it is slow. In a layer ``weights[k][j]``
leads from input k to output j. A bias is a table of one row, ``bias[0][j]``.
"""
import math
import struct

from purenet.reference.elementary import exp, expm1, log, log1p, sigmoid, softplus, tanh
from purenet.reference.random_state import RandomState


def multiply(start, left, right):
    """Return result[i][j] = start[j] + left[i][0] right[0][j] + left[i][1] right[1][j] + ..., added in this order."""
    result = []
    for i in range(len(left)):
        cells = []
        for j in range(len(start)):
            total = start[j]
            for k in range(len(right)):
                total = total + left[i][k] * right[k][j]
            cells.append(total)
        result.append(cells)
    return result


# one sample's activations --------------------------------------------------------------------------

def activate(name, slope, z):
    """Return a = f(z)."""
    if name == "softmax":
        largest = z[0]
        for j in range(1, len(z)):
            if z[j] > largest:
                largest = z[j]
        total = 0.0
        for j in range(len(z)):
            total = total + exp(z[j] - largest)
        return [exp(z[j] - largest) / total for j in range(len(z))]
    function = {
        "linear": lambda v: v,
        "sigmoid": sigmoid,
        "tanh": tanh,
        "relu": lambda v: 0.0 if v <= 0.0 else v,
        "leaky_relu": lambda v: v if v > 0.0 else slope * v,
        "softplus": softplus,
        "elu": lambda v: v if v > 0.0 else slope * expm1(v),
        "silu": lambda v: v * sigmoid(v),
        "gelu": lambda v: 0.5 * v * (1.0 + gelu_tanh(v)),
    }[name]
    return [function(z[j]) for j in range(len(z))]


def differentiate(name, slope, z, a, d_a):
    """Return d_z, the gradient of the loss at z, from the gradient at a."""
    if name == "softmax":
        total = 0.0
        for k in range(len(a)):
            total = total + d_a[k] * a[k]
        return [a[j] * (d_a[j] - total) for j in range(len(a))]
    derivative = {
        "linear": lambda j: d_a[j],
        "sigmoid": lambda j: d_a[j] * (a[j] * (1.0 - a[j])),
        "tanh": lambda j: d_a[j] * (1.0 - a[j] * a[j]),
        "relu": lambda j: d_a[j] if z[j] > 0.0 else 0.0,
        "leaky_relu": lambda j: d_a[j] if z[j] > 0.0 else slope * d_a[j],
        "softplus": lambda j: d_a[j] * sigmoid(z[j]),
        "elu": lambda j: d_a[j] if z[j] > 0.0 else d_a[j] * (slope * exp(z[j])),
        "silu": lambda j: d_a[j] * (sigmoid(z[j]) * (1.0 + z[j] * (1.0 - sigmoid(z[j])))),
        "gelu": lambda j: d_a[j] * gelu_derivative(z[j], gelu_tanh(z[j])),
    }[name]
    return [derivative(j) for j in range(len(a))]


def gelu_tanh(v):
    cube = 44715 / 1000000 * v * v * v
    return tanh(7978845608028654 / 10 ** 16 * (v + cube))


def gelu_derivative(v, t):
    s = v * (1.0 - t * t)
    return 0.5 * (1.0 + t + 7978845608028654 / 10 ** 16 * (s + 3.0 * (44715 / 1000000) * s * v * v))


# one sample's loss ---------------------------------------------------------------------------------

CROSS_ENTROPIES = ("binary_cross_entropy", "categorical_cross_entropy")
REDUCTIONS = {
    "squared_error": "sum",
    "half_squared_error": "sum",
    "mean_squared_error": "cell_mean",
    "mean_absolute_error": "cell_mean",
    "huber": "cell_mean",
    "binary_cross_entropy": "mean",
    "categorical_cross_entropy": "mean",
}


def sample_loss(name, delta, z, p, y):
    """Return the loss of a sample: one running total over the outputs. z: logits, p: predictions, y: targets."""
    if name == "categorical_cross_entropy":
        largest = z[0]
        for j in range(1, len(z)):
            if z[j] > largest:
                largest = z[j]
        total = 0.0
        for j in range(len(z)):
            total = total + exp(z[j] - largest)
        log_total = log(total)
    loss = 0.0
    for j in range(len(y)):
        error = p[j] - y[j]
        distance = abs(error)
        if name in ("squared_error", "mean_squared_error"):
            term = error * error
        elif name == "half_squared_error":
            term = error * error / 2.0
        elif name == "mean_absolute_error":
            term = distance
        elif name == "huber" and distance <= delta:
            term = distance * distance / 2.0
        elif name == "huber":
            term = delta * (distance - delta / 2.0)
        elif name == "binary_cross_entropy":
            term = (z[j] if z[j] > 0.0 else 0.0) - y[j] * z[j] + log1p(exp(-abs(z[j])))
        elif name == "categorical_cross_entropy":
            term = y[j] * (log_total - (z[j] - largest))
        else:
            raise KeyError(name)
        loss = loss + term
    return loss


def loss_derivative(name, delta, p, y):
    """Return the derivative of the loss with respect to a prediction, or to its logit for the cross-entropies."""
    error = p - y
    if name in ("squared_error", "mean_squared_error"):
        return 2.0 * error
    if name == "mean_absolute_error":
        return 1.0 if error > 0.0 else -1.0 if error < 0.0 else 0.0
    if name == "huber" and error > delta:
        return delta
    if name == "huber" and error < -delta:
        return -delta
    return error


# parameters ----------------------------------------------------------------------------------------

def draw(stream, init, rows, columns, fan_in, fan_out):
    """Return a parameter's initial values, drawn row by row."""
    if init == "zeros":
        return [[0.0] * columns for _ in range(rows)]
    if init in ("rand", "randn"):
        number = stream.rand if init == "rand" else stream.randn
    elif init in ("glorot_uniform", "he_uniform"):
        limit = math.sqrt(6.0 / (fan_in + fan_out if init == "glorot_uniform" else fan_in))

        def number():
            return -limit + (limit - -limit) * stream.rand()
    else:
        deviation = math.sqrt({
            "glorot_normal": 2.0 / (fan_in + fan_out),
            "he_normal": 2.0 / fan_in,
            "lecun_normal": 1.0 / fan_in,
        }[init])

        def number():
            return 0.0 + deviation * stream.randn()
    return [[number() for _ in range(columns)] for _ in range(rows)]


def sgd(w, v, g, learning_rate, momentum, nesterov):
    """Return a parameter's new value and velocity, from its gradient g."""
    if momentum == 0.0:
        return w - learning_rate * g, v
    v = momentum * v - learning_rate * g
    if nesterov:
        return w + (momentum * v - learning_rate * g), v
    return w + v, v


def like(tables):
    """Return zeros of the same shapes."""
    return [[[0.0] * len(row) for row in table] for table in tables]


def first_non_finite(tables):
    """Return (table, index in it) of the first number that is infinite or NaN, or None."""
    for p in range(len(tables)):
        flat = [value for row in tables[p] for value in row]
        for n in range(len(flat)):
            if not math.isfinite(flat[n]):
                return p, n
    return None


class NotFinite(Exception):
    """A batch has a result that is not finite. Its arguments: what, parameter, index in it, epoch, batch."""


# the network ---------------------------------------------------------------------------------------

class Network:
    """A dense network. ``layers``: a list of (units, activation, slope, whether it has a bias)."""

    def __init__(
        self, inputs, layers, loss="squared_error", delta=1.0, reduction=None, learning_rate=0.01, momentum=0.0,
        nesterov=False, init="glorot_uniform", seed=0,
    ):
        self.layers = layers
        self.outputs = layers[-1][0]
        self.loss = loss
        self.delta = delta
        self.reduction = reduction or REDUCTIONS[loss]
        self.sgd = learning_rate, momentum, nesterov
        self.stream = RandomState(seed)
        self.parameters = []
        fan_in = inputs
        for units, _, _, biased in layers:
            self.parameters.append(draw(self.stream, init, fan_in, units, fan_in, units))
            if biased:
                bias_init = init if init in ("rand", "randn") else "zeros"
                self.parameters.append(draw(self.stream, bias_init, 1, units, fan_in, units))
            fan_in = units
        self.velocities = like(self.parameters)

    def forward(self, x):
        """Return, for one sample, z of every layer, and the inputs followed by a of every layer."""
        zs, activations = [], [x]
        p = 0
        for units, name, slope, biased in self.layers:
            start = self.parameters[p + 1][0] if biased else [0.0] * units
            zs.append(multiply(start, [activations[-1]], self.parameters[p])[0])
            activations.append(activate(name, slope, zs[-1]))
            p += 2 if biased else 1
        return zs, activations

    def backward(self, zs, activations, d_a, gradients):
        """Add one sample's part to the gradients, from the last layer to the first. d_a: the loss's derivative."""
        p = len(self.parameters)
        for n in range(len(self.layers) - 1, -1, -1):
            units, name, slope, biased = self.layers[n]
            p -= 2 if biased else 1
            inputs = activations[n]
            if n == len(self.layers) - 1 and self.loss in CROSS_ENTROPIES:
                d_z = d_a  # the derivative by the logits
            else:
                d_z = differentiate(name, slope, zs[n], activations[n + 1], d_a)
            for k in range(len(inputs)):
                for j in range(units):
                    gradients[p][k][j] += inputs[k] * d_z[j]
            if biased:
                for j in range(units):
                    gradients[p + 1][0][j] += d_z[j]
            d_a = []
            for k in range(len(inputs)):
                total = 0.0
                for j in range(units):
                    total += d_z[j] * self.parameters[p][k][j]
                d_a.append(total)

    def batch(self, x, y, weights):
        """Return the loss of each sample, and the gradient of the whole batch."""
        outputs = self.outputs
        total_weight = 0.0
        for i in range(len(x)):
            total_weight += weights[i]
        losses, gradients = [], like(self.parameters)
        for i in range(len(x)):
            factor = weights[i]
            if self.reduction == "mean" and total_weight != 0.0:
                factor = weights[i] / total_weight
            if self.reduction == "cell_mean" and total_weight != 0.0:
                factor = weights[i] / (total_weight * outputs)
            zs, activations = self.forward(x[i])
            losses.append(sample_loss(self.loss, self.delta, zs[-1], activations[-1], y[i]))
            d = []
            for j in range(outputs):
                d.append(loss_derivative(self.loss, self.delta, activations[-1][j], y[i][j]) * factor)
            self.backward(zs, activations, d, gradients)
        return losses, gradients

    def reduced(self, total, total_weight):
        """Return the sum, or the mean, with one division at the end."""
        if self.reduction == "mean":
            return total / total_weight
        if self.reduction == "cell_mean":
            return total / (total_weight * self.outputs)
        return total

    def step(self, gradients):
        """Return the new parameters and velocities."""
        parameters, velocities = like(self.parameters), like(self.parameters)
        for p in range(len(parameters)):
            for k in range(len(parameters[p])):
                for j in range(len(parameters[p][k])):
                    w, v, g = self.parameters[p][k][j], self.velocities[p][k][j], gradients[p][k][j]
                    parameters[p][k][j], velocities[p][k][j] = sgd(w, v, g, *self.sgd)
        return parameters, velocities

    def fit(self, x, y, epochs, batch_size, shuffle=False, weights=None):
        """Train, and return the loss of each epoch. NotFinite leaves the parameters as they were before that batch."""
        weights = weights or [1.0] * len(x)
        epoch_losses = []
        for epoch in range(epochs):
            order = self.stream.permutation(len(x)) if shuffle else list(range(len(x)))
            total = total_weight = 0.0
            for number, first in enumerate(range(0, len(x), batch_size)):
                chosen = order[first:first + batch_size]
                losses, gradients = self.batch([x[i] for i in chosen], [y[i] for i in chosen],
                                               [weights[i] for i in chosen])
                parameters, velocities = self.step(gradients)
                batch_total = 0.0
                for n in range(len(chosen)):
                    batch_total += weights[chosen[n]] * losses[n]
                    total += weights[chosen[n]] * losses[n]
                    total_weight += weights[chosen[n]]
                for what, tables in [("loss", [[[batch_total]]]), ("gradient", gradients), ("new value", parameters),
                                     ("optimizer number", velocities)]:
                    if first_non_finite(tables):
                        raise NotFinite(what, *first_non_finite(tables), epoch, number)
                self.parameters, self.velocities = parameters, velocities
            epoch_losses.append(self.reduced(total, total_weight))
        return epoch_losses

    def predict(self, x):
        return [self.forward(x[i])[1][-1] for i in range(len(x))]

    def evaluate(self, x, y, weights=None):
        weights = weights or [1.0] * len(x)
        losses, _ = self.batch(x, y, weights)
        total = total_weight = 0.0
        for i in range(len(x)):
            total += weights[i] * losses[i]
            total_weight += weights[i]
        return self.reduced(total, total_weight)

    def gradients(self, x, y, weights=None):
        return self.batch(x, y, weights or [1.0] * len(x))[1]


# what every test that compares bits needs -----------------------------------------------------------

SIZES = list(range(1, 18)) + [31, 32, 33]  # every remainder of 4 and 8, and both sides of 16 and 32


def bits(number):
    """Return the 64 bits of a double. Every NaN gives the same, because the bits of NaN are not portable."""
    return struct.pack("<d", number if number == number else math.nan)


def assert_same_bits(got, expected, place=""):
    """Raise AssertionError unless two numbers or nested lists are equal in shape and in every bit."""
    if isinstance(expected, float):
        if not isinstance(got, float) or bits(got) != bits(expected):
            raise AssertionError(f"{place or 'number'} is {got!r}, expected {expected!r}")
    else:
        if len(got) != len(expected):
            raise AssertionError(f"{place or 'list'} has {len(got)} entries, expected {len(expected)}")
        for n in range(len(expected)):
            assert_same_bits(got[n], expected[n], f"{place}[{n}]")


def hostile(stream, rows, columns, decades=3):
    """Return a table of gaussians times powers of ten, with some zeros of both signs and some subnormals."""
    def number():
        kind = stream.random()
        if kind < 0.04:
            return stream.choice([0.0, -0.0])
        if kind < 0.06:
            return math.ldexp(stream.choice([-1.0, 1.0]) * stream.getrandbits(40), -1074)
        return stream.gauss(0.0, 1.0) * 10.0 ** stream.randint(-decades, decades)

    return [[number() for _ in range(columns)] for _ in range(rows)]
