"""Time small uses: predict for one row, repeated calls of fit, a process's first predict, the first weights."""
import os
import subprocess
import sys

from purenet import SGD, Dense, Network, RandomState
from purenet.reference import elementary
from tools import ROOT
from tools.bench.harness import Refused, same_numbers, seconds
from tools.bench.peers import RATE


def two_layers(backend="compiled"):
    return Network(3, [Dense(4, "sigmoid"), Dense(1, "sigmoid")], loss="half_squared_error", optimizer=SGD(RATE),
                   seed=1, backend=backend)


def of_reference(table, function, count=20):
    """Seconds a call of the reference; few repetitions."""
    count = 1 if table.quick else count
    return min(seconds(function, count) for _ in range(1 if table.quick else 3))


def predict(table):
    """One row: buffers through 784-128-10, dense and with 19 % nonzero, and 64-32-10; lists through 3-4-1."""
    np = table.peer("numpy")
    if np is None or not table.twin():
        return
    x = np.array(RandomState(3).randn(1, 784))
    sparse = x * (np.array(RandomState(4).rand(1, 784)) < 0.19)
    out = np.empty((1, 10))
    for sizes, row, name, bar, filled in (
            ((784, 128, 10), x, "buffer in and out", 0.55, out), ((784, 128, 10), x, "buffer in", 0.55, None),
            ((784, 128, 10), sparse, "19 % nonzero, buffer in", 0.28, None),
            ((64, 32, 10), x[:, :64].copy(), "buffer in", 0.3, None)):
        predict_buffer(table, np, sizes, row, name, bar, filled)
    predict_list(table, np)


def predict_buffer(table, np, sizes, x, name, bar, filled):
    inputs, units, outputs = sizes
    net, reference = [
        Network(inputs, [Dense(units, "tanh"), Dense(outputs, "softmax")], loss="categorical_cross_entropy", seed=1,
                backend=backend)
        for backend in ("compiled", "reference")]
    w0, b0, w1, b1 = (np.array(values, order="F") for _, values in net.parameters())  # faster for one row
    hidden, z = np.empty((1, units)), np.empty((1, outputs))

    def by_hand():
        np.dot(x, w0, out=hidden)
        np.add(hidden, b0, out=hidden)
        np.tanh(hidden, out=hidden)
        np.dot(hidden, w1, out=z)
        np.add(z, b1, out=z)
        np.subtract(z, z.max(), out=z)
        np.exp(z, out=z)
        np.divide(z, z.sum(), out=z)

    title = "-".join(str(size) for size in sizes)
    by_hand()
    answer = net.predict(x, out=filled)
    same_bits(title, answer if filled is None else answer.tolist(), reference.predict(x.tolist()))
    same_numbers(title, "NumPy by hand", [("the prediction", answer)], [z])
    slow = of_reference(table, lambda: reference.predict(x), 3)
    times = table.timed(lambda: net.predict(x, out=filled), by_hand)
    table.row(f"predict {title}, {name}", "NumPy by hand", *times, bar=bar, reference=slow)


def predict_list(table, np):
    net, reference = two_layers(), two_layers("reference")
    row = [[0.0, 1.0, 1.0]]
    w0, b0, w1, b1 = (np.array(values) for _, values in net.parameters())
    hidden, out = np.empty((1, 4)), np.empty((1, 1))

    def sigmoid(z):
        np.negative(z, out=z)
        np.exp(z, out=z)
        np.add(z, 1.0, out=z)
        np.reciprocal(z, out=z)

    def by_hand():
        np.dot(np.array(row), w0, out=hidden)
        np.add(hidden, b0, out=hidden)
        sigmoid(hidden)
        np.dot(hidden, w1, out=out)
        np.add(out, b1, out=out)
        sigmoid(out)
        return out.tolist()

    same_bits("3-4-1", net.predict(row), reference.predict(row))
    same_numbers("3-4-1", "NumPy by hand", [("the prediction", net.predict(row))], [by_hand()])
    times = table.timed(lambda: net.predict(row), by_hand)
    slow = of_reference(table, lambda: reference.predict(row))
    table.row("predict 3-4-1, list in", "NumPy by hand", *times, bar=0.18, reference=slow)
    parameters = [values for _, values in reference.parameters()]
    layers = [parameters[:2], parameters[2:]]

    def in_lists():
        values = row[0]
        for weights, bias in layers:
            cells = []
            for j in range(len(bias)):
                total = bias[j]
                for k in range(len(values)):
                    total += values[k] * weights[k][j]
                cells.append(elementary.sigmoid(total))
            values = cells
        return [values]

    same_bits("3-4-1 in plain lists", in_lists(), reference.predict(row))
    times = table.timed(lambda: reference.predict(row), in_lists)
    table.row("reference predict 3-4-1, list in", "plain lists", *times, bar=1.5)


def same_bits(name, ours, theirs):
    if repr(ours) != repr(theirs):  # equal texts of doubles mean equal bits
        raise Refused(name, "the reference", "its bits are others")


def fit(table):
    """fit(x, y, epochs=1) called anew on four rows as lists; NumPy's step begins with arrays."""
    np = table.peer("numpy")
    if np is None or not table.twin():
        return
    x, y = [[0, 0, 1], [0, 1, 1], [1, 0, 1], [1, 1, 1]], [[0], [1], [1], [0]]
    net, reference = two_layers(), two_layers("reference")
    hand = HalfSquares(np, net.parameters(), x, y)
    calls = 20 if table.quick else 1000
    ours = [lambda net=net: net.fit(x, y, epochs=1, shuffle=False) for net in (net, reference)]
    slow = seconds(ours[1], calls // 10)
    seconds(ours[0], calls // 10)
    same_bits("3-4-1, fit called anew", net.parameters(), reference.parameters())
    seconds(hand.step, calls // 10)
    same_numbers("3-4-1, fit called anew", "NumPy by hand", net.parameters(), hand.ends())
    times = table.turns(lambda: seconds(ours[0], calls), lambda: seconds(hand.step, calls))
    same_numbers("3-4-1, fit called anew", "NumPy by hand", net.parameters(), hand.ends())
    table.row("3-4-1, fit of one epoch, lists", "NumPy by hand", *times, bar=0.4, reference=slow)


class HalfSquares:
    """A step of 3-4-1 with half the squared error in NumPy, into tables that are used again."""

    def __init__(self, np, start, x, y):
        self.np, self.x, self.y = np, np.array(x, float), np.array(y, float)
        self.w0, self.b0, self.w1, self.b1 = (np.array(values) for _, values in start)
        self.hidden, self.out, self.d_hidden, self.d_out, self.slope, self.slope_out = (
            np.empty((4, units)) for units in (4, 1, 4, 1, 4, 1))
        self.d_w0, self.d_b0, self.d_w1, self.d_b1 = (np.empty_like(table) for table in self.ends())

    def ends(self):
        return [self.w0, self.b0, self.w1, self.b1]

    def layer(self, inputs, weights, bias, a):
        np = self.np
        np.dot(inputs, weights, out=a)
        np.add(a, bias, out=a)
        np.negative(a, out=a)
        np.exp(a, out=a)
        np.add(a, 1.0, out=a)
        np.reciprocal(a, out=a)

    def times_slope(self, d, a, slope):
        np = self.np
        np.subtract(1.0, a, out=slope)
        np.multiply(slope, a, out=slope)
        np.multiply(d, slope, out=d)

    def step(self):
        np = self.np
        self.layer(self.x, self.w0, self.b0, self.hidden)
        self.layer(self.hidden, self.w1, self.b1, self.out)
        np.subtract(self.out, self.y, out=self.d_out)
        self.times_slope(self.d_out, self.out, self.slope_out)
        np.dot(self.hidden.T, self.d_out, out=self.d_w1)
        np.add.reduce(self.d_out, axis=0, out=self.d_b1)
        np.dot(self.d_out, self.w1.T, out=self.d_hidden)
        self.times_slope(self.d_hidden, self.hidden, self.slope)
        np.dot(self.x.T, self.d_hidden, out=self.d_w0)
        np.add.reduce(self.d_hidden, axis=0, out=self.d_b0)
        for table, d in zip(self.ends(), (self.d_w0, self.d_b0, self.d_w1, self.d_b1)):
            np.multiply(d, RATE, out=d)
            np.subtract(table, d, out=table)


PURENET = """
import sys, time
begun = time.perf_counter()
sys.path.insert(0, {root!r})
from purenet import Dense, Network
net = Network(3, [Dense(4, "sigmoid"), Dense(1, "sigmoid")], seed=1, backend={backend!r})
prediction = net.predict([[0.0, 1.0, 1.0]])
print(time.perf_counter() - begun, net.backend, repr(prediction))
"""
NUMPY = """
import time
begun = time.perf_counter()
import numpy
print(time.perf_counter() - begun)
"""


def first(table):
    """The first predict of a process, from before the import, beside the import of NumPy; bytecode is there."""
    if table.peer("numpy") is None or not table.twin():
        return
    left_out = ("PURENET_BACKEND", "PYTHONDONTWRITEBYTECODE")  # the first process writes the bytecode
    environment = {name: value for name, value in os.environ.items() if name not in left_out}

    def inside(code):
        done = subprocess.run([sys.executable, "-c", code], stdout=subprocess.PIPE, check=True, env=environment,
                              text=True)
        return done.stdout.split(maxsplit=2)

    def ours(backend="auto"):
        taken, chosen, prediction = inside(PURENET.format(root=str(ROOT), backend=backend))
        expected = "reference" if backend == "reference" else "compiled"
        if chosen != expected or prediction.strip() != wanted:
            raise Refused("the first predict", "the new process", f"its {chosen} engine gives {prediction}")
        return float(taken)

    wanted = repr(two_layers().predict([[0.0, 1.0, 1.0]]))
    ours()
    inside(NUMPY)
    times = table.turns(ours, lambda: float(inside(NUMPY)[0]))
    slow = min(ours("reference") for _ in range(table.pairs))
    table.row("first predict of a process", "import numpy", *times, bar=0.25, reference=slow)


def randn(table):
    """784x512 gaussian weights when a network is made, beside those of NumPy's RandomState."""
    np = table.peer("numpy")
    if np is None or not table.twin():
        return

    inputs, units = (78, 51) if table.quick else (784, 512)

    def ours(backend="compiled"):
        return Network(inputs, [Dense(units, bias=False)], init="randn", seed=0, backend=backend)

    def theirs():
        return np.random.RandomState(0).randn(inputs, units)

    reference = ours("reference")
    if ours().digest() != reference.digest():
        raise Refused("the first weights", "the reference", "its digest is another")
    same_numbers("the first weights", "NumPy", ours().parameters(), [theirs()])
    slow = of_reference(table, lambda: ours("reference"), 1)
    times = table.timed(ours, theirs)
    table.row(f"randn, network of {inputs}x{units}", "NumPy's RandomState", *times, bar=1.5, reference=slow)
