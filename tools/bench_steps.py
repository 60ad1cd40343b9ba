"""Training steps beside NumPy by hand, for tools/bench.py: same data, same start, same weights at the end."""
from purenet import SGD, Dense, Network, RandomState, backend

# name, sizes, hidden activation, loss, batch, steps timed at a time
NETWORKS = [
    ("3-4-1", (3, 4, 1), "sigmoid", "half_squared_error", 4, 4000),
    ("3-4-5-1", (3, 4, 5, 1), "sigmoid", "half_squared_error", 4, 4000),
    ("64-32-10", (64, 32, 10), "tanh", "categorical_cross_entropy", 32, 600),
    ("784-128-10", (784, 128, 10), "tanh", "categorical_cross_entropy", 64, 60),
    ("784-512-512-10", (784, 512, 512, 10), "tanh", "categorical_cross_entropy", 128, 8),
]
RATE = 0.01
BATCHES = 4


def network(sizes, hidden, loss, engine):
    last = "softmax" if loss == "categorical_cross_entropy" else "sigmoid"
    layers = [Dense(units, hidden) for units in sizes[1:-1]] + [Dense(sizes[-1], last)]
    return Network(sizes[0], layers, loss=loss, optimizer=SGD(RATE), seed=1, backend=engine)


class ByHand:
    """The same training in NumPy, with buffers that are used again."""

    def __init__(self, np, parameters, hidden, loss, batch):
        self.np, self.hidden, self.mean = np, hidden, loss == "categorical_cross_entropy"
        self.weights = [np.array(values) for _, values in parameters[::2]]
        self.biases = [np.array(values) for _, values in parameters[1::2]]
        self.values = [np.empty((batch, len(bias))) for bias in self.biases]
        self.d_values = [np.empty((batch, len(bias))) for bias in self.biases]
        self.d_weights = [np.empty_like(weights) for weights in self.weights]

    def activate(self, z, kind):
        np = self.np
        if kind == "tanh":
            np.tanh(z, out=z)
        elif kind == "sigmoid":
            np.negative(z, out=z)
            np.exp(z, out=z)
            np.add(z, 1.0, out=z)
            np.reciprocal(z, out=z)
        else:
            np.subtract(z, z.max(axis=1, keepdims=True), out=z)
            np.exp(z, out=z)
            np.divide(z, z.sum(axis=1, keepdims=True), out=z)

    def step(self, x, y):
        np, last = self.np, len(self.weights) - 1
        before = [x, *self.values[:-1]]
        for k, (a, weights, bias) in enumerate(zip(self.values, self.weights, self.biases)):
            np.matmul(before[k], weights, out=a)
            np.add(a, bias, out=a)
            self.activate(a, self.hidden if k < last else "softmax" if self.mean else "sigmoid")
        d = self.d_values[last]
        np.subtract(self.values[last], y, out=d)
        if self.mean:
            np.divide(d, len(x), out=d)
        else:
            np.multiply(d, self.values[last] * (1.0 - self.values[last]), out=d)
        for k in range(last, -1, -1):
            np.matmul(before[k].T, self.d_values[k], out=self.d_weights[k])
            if k:
                a, d = before[k], self.d_values[k - 1]
                np.matmul(self.d_values[k], self.weights[k].T, out=d)
                np.multiply(d, a * (1.0 - a) if self.hidden == "sigmoid" else 1.0 - a * a, out=d)
            self.biases[k] -= RATE * self.d_values[k].sum(axis=0)
            self.weights[k] -= RATE * self.d_weights[k]


def steps(results, row, compare):
    """A row a network: the compiled engine (or the reference, where it is alone) beside NumPy."""
    try:
        import numpy as np
    except ImportError:
        return
    engine = backend().chosen
    for name, sizes, hidden, loss, batch, count in NETWORKS:
        stream = RandomState(3)
        x = np.array(stream.randn(BATCHES * batch, sizes[0]))
        y = np.array(stream.rand(BATCHES * batch, sizes[-1]))
        if loss == "categorical_cross_entropy":
            y = np.eye(sizes[-1])[y.argmax(axis=1)]
        net = network(sizes, hidden, loss, engine)
        hand = ByHand(np, net.parameters(), hidden, loss, batch)
        epochs = max(1, count // BATCHES)

        def ours():
            net.fit(x, y, epochs=epochs, batch_size=batch, shuffle=False)

        def theirs():
            for _ in range(epochs):
                for start in range(0, len(x), batch):
                    hand.step(x[start:start + batch], y[start:start + batch])

        ours()
        theirs()
        ends = [np.array(values) for _, values in net.parameters()]
        if max(abs(end - hers).max() for end, hers in zip(ends[::2], hand.weights)) > 1e-9:
            raise SystemExit(f"bench: NumPy's {name} ends elsewhere")
        measured = [value / (epochs * BATCHES) for value in compare(ours, theirs)[:2]]
        ratio = measured[0] / measured[1]
        row(results, f"{name}, batch {batch}, a step, {engine}", *measured, ratio, "of NumPy by hand")
