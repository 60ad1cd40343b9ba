"""Judge trainings by tests/page, which was written from docs/arithmetic.md and imports nothing of purenet."""
import copy
import math
import operator
import struct

from tests.page.from_the_page import sample_loss, total
from tests.page.images import ImageRun


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


def described(layer):
    """Return a layer as the golden vectors describe it."""
    slopes = [slope.as_integer_ratio() for slope in getattr(layer, "slopes", ())]
    activation = [layer.activation, *slopes] if slopes else layer.activation
    if layer.kind == "dense":
        return [layer.units, layer.activation, layer.bias, layer.init, *slopes]
    given = {
        "conv2d": lambda: [layer.filters, layer.kernel_size, layer.strides, layer.padding, activation, layer.bias],
        "max_pool": lambda: [layer.pool_size, layer.strides or layer.pool_size, layer.padding],
        "activation": lambda: [activation],
        "dropout": lambda: [layer.rate.as_integer_ratio()],
        "batch_norm": lambda: [layer.momentum.as_integer_ratio(), layer.epsilon.as_integer_ratio()],
    }
    given["average_pool"] = given["max_pool"]
    return [layer.kind, *given.get(layer.kind, list)()]


class NotFinite(Exception):
    """A batch has a result that is not finite. Its arguments: what, parameter, index in it, epoch, batch."""


class Book(ImageRun):
    """The textbook's training of a network of purenet's, whose settings are all that it takes from it."""

    def __init__(
        self, net, x, y, weights, *, loss, delta=1.0, reduction=None, init="glorot_uniform", seed=0,
        learning_rate=0.01, momentum=0.0, nesterov=False,
    ):
        super().__init__({
            "inputs": list(net.plan.shape), "layers": [described(layer) for layer in net.layers], "data": 0,
            "rows": len(x), "x": [number for row in x for number in row], "y": [number for row in y for number in row],
            "weights": weights, "loss": [loss, delta.as_integer_ratio()], "reduction": reduction, "init": init,
            "seed": seed, "rate": learning_rate.as_integer_ratio(), "momentum": momentum.as_integer_ratio(),
            "nesterov": nesterov})

    def fit(self, epochs, batch_size, shuffle):
        """Train, and return the loss of each epoch. NotFinite leaves the parameters as they were before that batch."""
        self.v.update(batch=batch_size, shuffle=shuffle)
        return [self.epoch() for _ in range(epochs)]

    def gradients(self, chosen):
        losses, found = super().gradients(chosen)
        self.batch_loss = self.weighted_total(losses, chosen)
        return losses, found

    def weighted_total(self, losses, chosen):
        return total(self.weights[i] * loss for i, loss in zip(chosen, losses))

    def move(self, found, momentum):
        before = copy.deepcopy((self.parameters, self.velocities))
        super().move(found, momentum)
        for what, tables in [("loss", [[[self.batch_loss]]]), ("gradient", found), ("new value", self.parameters),
                             ("optimizer number", self.velocities)]:
            for p, numbers in enumerate(flat(tables)):
                place = next((k for k, number in enumerate(numbers) if not math.isfinite(number)), None)
                if place is not None:
                    self.parameters, self.velocities = before
                    batches = -(-len(self.x) // self.v["batch"])
                    raise NotFinite(what, p, place, self.epochs, self.steps % batches)

    def evaluate(self):
        values = self.values(self.x, False)
        losses = [sample_loss(self.loss, self.delta, *three) for three in zip(values[-1], values[-2], self.y)]
        return self.weighted_total(losses, range(len(losses))) / self.divisor(self.weights)

    def stream_state(self):
        """Return key, position, and whether a gaussian is kept, as RandomState does."""
        return self.stream.key, 624 - operator.length_hint(self.stream.words), int(self.stream.kept is not None)


def flat(tables):
    """Return each table as one list."""
    return [[number for row in table for number in row] for table in tables]


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
