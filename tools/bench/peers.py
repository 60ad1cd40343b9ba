"""Run one training with purenet, NumPy by hand, PyTorch and scikit-learn.

Every side has ``run(epochs)``, which trains on all batches in order, and ``ends()``, which returns the parameters as
arrays in purenet's order and shapes. ``run`` includes conversions. x is an array for all. y has the form that suits
the side best: one-hot rows for purenet and NumPy, class numbers for PyTorch and scikit-learn, zeros and ones for a
single output.

All share the loss: mean cross-entropy over the batch, with softmax for several outputs and sigmoid for one. purenet,
PyTorch and scikit-learn also compute its value; NumPy by hand does not.
"""
import warnings
from collections import namedtuple

from purenet import SGD, Dense, Network, RandomState

RATE = 0.01
BATCHES = 4  # in the data

Training = namedtuple("Training", "name sizes hidden batch steps bars")


def made_of(training):
    """Return x, one-hot y (for one output a column of 0 and 1) and class numbers for some batches."""
    import numpy as np

    stream = RandomState(3)
    rows, outputs = BATCHES * training.batch, training.sizes[-1]
    x = np.array(stream.randn(rows, training.sizes[0]))
    classes = np.array(stream.permutation(rows)) % max(2, outputs)  # every class is there
    y = np.eye(outputs)[classes] if outputs > 1 else classes.astype(float).reshape(-1, 1)
    return x, y, classes


def network(training, engine="compiled", threads=1):
    *hidden, outputs = training.sizes[1:]
    last = Dense(outputs, "softmax" if outputs > 1 else "sigmoid")
    loss = "categorical_cross_entropy" if outputs > 1 else "binary_cross_entropy"
    return Network(training.sizes[0], [Dense(units, training.hidden) for units in hidden] + [last], loss=loss,
                   optimizer=SGD(RATE), seed=1, backend=engine, threads=threads)


class Purenet:
    """A network of purenet's."""

    def __init__(self, net, x, y, batch, shuffle=False):
        self.net, self.x, self.y, self.batch, self.shuffle = net, x, y, batch, shuffle

    def run(self, epochs):
        self.net.fit(self.x, self.y, epochs=epochs, batch_size=self.batch, shuffle=self.shuffle)

    def ends(self):
        return self.net.parameters()


class ByHand:
    """NumPy, every table written to memory that is used again."""

    name = "NumPy by hand"

    def __init__(self, training, start, x, y):
        import numpy as np

        self.np, self.training, self.x, self.y = np, training, x, y
        self.weights = [np.array(values) for _, values in start[::2]]
        self.biases = [np.array(values) for _, values in start[1::2]]
        batch, widths = training.batch, training.sizes[1:]
        self.values = [np.empty((batch, units)) for units in widths]
        self.d_values = [np.empty((batch, units)) for units in widths]
        self.slopes = [np.empty((batch, units)) for units in widths[:-1]]
        self.d_weights = [np.empty_like(weights) for weights in self.weights]
        self.d_biases = [np.empty_like(bias) for bias in self.biases]
        self.of_row = np.empty((batch, 1))

    def sigmoid(self, z):
        np = self.np
        np.negative(z, out=z)
        np.exp(z, out=z)
        np.add(z, 1.0, out=z)
        np.reciprocal(z, out=z)

    def softmax(self, z):
        np = self.np
        np.maximum.reduce(z, axis=1, keepdims=True, out=self.of_row)
        np.subtract(z, self.of_row, out=z)
        np.exp(z, out=z)
        np.add.reduce(z, axis=1, keepdims=True, out=self.of_row)
        np.divide(z, self.of_row, out=z)

    def step(self, x, y):
        np, last = self.np, len(self.weights) - 1
        before = [x, *self.values[:-1]]
        for k, (a, weights, bias) in enumerate(zip(self.values, self.weights, self.biases)):
            np.dot(before[k], weights, out=a)
            np.add(a, bias, out=a)
            if k == last and self.training.sizes[-1] > 1:
                self.softmax(a)
            elif k == last or self.training.hidden == "sigmoid":
                self.sigmoid(a)
            else:
                np.tanh(a, out=a)
        d = self.d_values[last]
        np.subtract(self.values[last], y, out=d)
        np.multiply(d, 1.0 / len(x), out=d)
        for k in range(last, -1, -1):
            np.dot(before[k].T, self.d_values[k], out=self.d_weights[k])
            np.add.reduce(self.d_values[k], axis=0, out=self.d_biases[k])
            if k:
                a, slope, d = before[k], self.slopes[k - 1], self.d_values[k - 1]
                np.dot(self.d_values[k], self.weights[k].T, out=d)
                np.multiply(a, a, out=slope)
                np.subtract(a if self.training.hidden == "sigmoid" else 1.0, slope, out=slope)
                np.multiply(d, slope, out=d)
            np.multiply(self.d_weights[k], RATE, out=self.d_weights[k])
            np.subtract(self.weights[k], self.d_weights[k], out=self.weights[k])
            np.multiply(self.d_biases[k], RATE, out=self.d_biases[k])
            np.subtract(self.biases[k], self.d_biases[k], out=self.biases[k])

    def run(self, epochs):
        batch = self.training.batch
        for _ in range(epochs):
            for begin in range(0, len(self.x), batch):
                self.step(self.x[begin:begin + batch], self.y[begin:begin + batch])

    def ends(self):
        return [values for pair in zip(self.weights, self.biases) for values in pair]


class Torch:
    """PyTorch: its functions, its gradients, and the quickest of three ways to update."""

    name = "PyTorch"
    UPDATES = ("SGD", "SGD fused", "no_grad")

    def __init__(self, training, start, x, classes, update):
        import torch

        torch.set_num_threads(1)
        self.torch, self.training, self.update = torch, training, update
        self.x, self.y = x, classes if training.sizes[-1] > 1 else classes.astype(float).reshape(-1, 1)
        self.parameters = [torch.tensor(values, dtype=torch.float64, requires_grad=True) for _, values in start]
        if update != "no_grad":
            self.optimizer = torch.optim.SGD(self.parameters, lr=RATE, fused=True if update == "SGD fused" else None)
        functions = torch.nn.functional
        self.loss = (functions.cross_entropy if training.sizes[-1] > 1 else functions.binary_cross_entropy_with_logits)

    def step(self, x, y):
        torch, a, parameters = self.torch, x, self.parameters
        for k in range(0, len(parameters), 2):
            a = torch.addmm(parameters[k + 1], a, parameters[k])
            if k + 2 < len(parameters):
                a = torch.sigmoid(a) if self.training.hidden == "sigmoid" else torch.tanh(a)
        loss = self.loss(a, y)
        if self.update == "no_grad":
            gradients = torch.autograd.grad(loss, parameters)
            with torch.no_grad():
                for parameter, gradient in zip(parameters, gradients):
                    parameter.sub_(gradient, alpha=RATE)
        else:
            loss.backward()
            self.optimizer.step()
            self.optimizer.zero_grad()

    def run(self, epochs):
        x, y, batch = self.torch.from_numpy(self.x), self.torch.from_numpy(self.y), self.training.batch
        for _ in range(epochs):
            for begin in range(0, len(x), batch):
                self.step(x[begin:begin + batch], y[begin:begin + batch])

    def ends(self):
        return [parameter.detach().numpy() for parameter in self.parameters]


class ScikitLearn:
    """MLPClassifier without penalty, momentum, schedule, shuffling or early end; warm, from purenet's parameters.

    Its loss is log_loss, the mean over the batch, behind softmax or, for two classes, one sigmoid. fit makes
    its parameters at first and goes on with them from then on, so it is called once, and they are overwritten.
    """

    name = "scikit-learn"

    def __init__(self, training, start, x, classes):
        import numpy as np
        from sklearn.neural_network import MLPClassifier

        self.x, self.y = x, classes
        self.model = MLPClassifier(
            training.sizes[1:-1], activation="logistic" if training.hidden == "sigmoid" else "tanh", solver="sgd",
            alpha=0.0, batch_size=training.batch, learning_rate="constant", learning_rate_init=RATE, momentum=0.0,
            nesterovs_momentum=False, shuffle=False, warm_start=True, tol=0.0, n_iter_no_change=1 << 40, random_state=0,
        )
        self.run(1)
        self.model.coefs_ = [np.array(values) for _, values in start[::2]]
        self.model.intercepts_ = [np.array(values) for _, values in start[1::2]]

    def run(self, epochs):
        self.model.max_iter = epochs
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # scikit-learn's that it has not converged
            self.model.fit(self.x, self.y)

    def ends(self):
        return [values for pair in zip(self.model.coefs_, self.model.intercepts_) for values in pair]
