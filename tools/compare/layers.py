#!/usr/bin/env python3
"""Compare the layers with PyTorch's in float64: random shapes, forward, every gradient, three steps of SGD.

    python3 -m tools.compare.layers               ten shapes of each layer, on the backend that is chosen
    python3 -m tools.compare.layers --shapes 100 --backend reference

Needs PyTorch. Prints for each layer the largest difference, relative to the largest number of its array (at least 1),
and exits with 1 where one is above 1e-12. PyTorch's dropout is given purenet's draws, and the running variance of its
batch normalisation, which is unbiased, is made biased.
"""
import argparse
import random
import sys

from purenet import SGD, Network
from purenet._core.arrays import flatten
from purenet.layers import Activation, BatchNorm, Conv2D, Dense, Dropout, Flatten
from purenet.layers.activations import ACTIVATION_SETTINGS
from purenet.layers.pooling import AveragePool2D, GlobalAveragePool2D, MaxPool2D
from purenet.reference.dropout import dropout_forward, dropout_key

MOST = 1e-12
STEPS = 3
KINDS = ["conv2d", "max_pool", "average_pool", "global_average_pool", "flatten", "dropout", "batch_norm",
         "batch_norm of rows",
         *[f"activation {name}" for name in ACTIVATION_SETTINGS if name not in ("linear", "softmax")]]


class Side:
    """PyTorch's side of a network: the same parameters as leaves, in purenet's layout."""

    def __init__(self, torch, net):
        self.torch, self.net, self.steps = torch, net, 0
        self.parameters = {name: self.tensor(values).requires_grad_() for name, values in net.parameters()}
        self.statistics = {name: self.tensor(values) for name, values in net.statistics()}
        sgd = net.optimizer
        self.optimizer = torch.optim.SGD(
            self.parameters.values(), sgd.learning_rate, sgd.momentum, nesterov=sgd.nesterov)

    def tensor(self, values):
        return self.torch.tensor(values, dtype=self.torch.float64)

    def forward(self, x, training):
        """Images are samples x channels x rows x columns here."""
        for number, layer in enumerate(self.net.layers):
            x = getattr(self, layer.kind)(x, layer, number, training)
            if layer.activation != "linear" and layer.kind != "activation":
                x = self.activation(x, layer, number, training)
        return x

    def padded(self, x, layer, size, value=0.0):
        """Asymmetric padding as Keras and TensorFlow define "same"."""
        if layer.padding == "valid":
            return x
        sides = []
        for length, kernel, stride in zip(x.shape[:1:-1], size[::-1], self.strides(layer)[::-1]):
            total = max(0, (-(-length // stride) - 1) * stride + kernel - length)
            sides += [total // 2, total - total // 2]
        return self.torch.nn.functional.pad(x, sides, value=value)

    def strides(self, layer):
        return layer.strides or layer.pool_size

    def dense(self, x, layer, number, training):
        x = self.flatten(x, layer, number, training)
        z = x @ self.parameters[f"{number}.weights"]
        return z + self.parameters[f"{number}.bias"] if layer.bias else z

    def conv2d(self, x, layer, number, training):
        kernel = self.parameters[f"{number}.kernel"].permute(3, 2, 0, 1).contiguous()
        return self.torch.nn.functional.conv2d(
            self.padded(x, layer, layer.kernel_size), kernel, self.parameters.get(f"{number}.bias"), layer.strides)

    def max_pool(self, x, layer, number, training):
        x = self.padded(x, layer, layer.pool_size, -float("inf"))
        return self.torch.nn.functional.max_pool2d(x, layer.pool_size, self.strides(layer))

    def average_pool(self, x, layer, number, training):
        pool = self.torch.nn.functional.avg_pool2d
        counts = self.padded(self.torch.ones_like(x), layer, layer.pool_size)
        size, strides = layer.pool_size, self.strides(layer)
        return pool(self.padded(x, layer, size), size, strides) / pool(counts, size, strides)

    def global_average_pool(self, x, layer, number, training):
        return x.mean((2, 3))

    def flatten(self, x, layer, number, training):
        return x.permute(0, 2, 3, 1).flatten(1) if x.dim() == 4 else x

    def activation(self, x, layer, number, training):
        functional, name = self.torch.nn.functional, layer.activation
        if name == "gelu":
            return functional.gelu(x, approximate="tanh")
        return getattr(self.torch if name in ("sigmoid", "tanh") else functional, name)(x, *layer.slopes)

    def dropout(self, x, layer, number, training):
        if not training:
            return x
        rows = self.torch.ones_like(self.flatten(x, layer, number, training)).tolist()
        mask = self.tensor(dropout_forward(rows, dropout_key(self.net.seed, number, self.steps), layer.rate))
        if x.dim() == 4:
            mask = mask.reshape(x.shape[0], x.shape[2], x.shape[3], x.shape[1]).permute(0, 3, 1, 2)
        return x * mask

    def batch_norm(self, x, layer, number, training):
        names = f"{number}.moving_mean", f"{number}.moving_variance"
        mean, variance = [self.statistics[name].clone() for name in names]
        rest = 1.0 - layer.momentum
        y = self.torch.nn.functional.batch_norm(
            x, mean, variance, self.parameters[f"{number}.gamma"], self.parameters[f"{number}.beta"], training,
            rest, layer.epsilon)
        if training:
            count = x.numel() // x.shape[1]
            old = layer.momentum * self.statistics[names[1]]
            self.statistics = {**self.statistics, names[0]: mean,
                               names[1]: old + (variance - old) * ((count - 1) / count)}
        return y

    def gradients(self, x, y):
        """Of half the sum of squared errors; moves the statistics, as training does."""
        self.optimizer.zero_grad()
        ((self.forward(x, True) - y) ** 2).sum().mul(0.5).backward()
        return {name: leaf.grad for name, leaf in self.parameters.items()}

    def step(self, x, y):
        self.gradients(x, y)
        self.optimizer.step()
        self.steps += 1


def network(kind, stream, seed, backend):
    """Return a network with a layer of this kind between two others."""
    choice = stream.choice
    shape = choice([3, 4, 6, 7]), choice([2, 5, 8, 9]), (1, 5, 2)[seed % 3]
    same = choice([True, False])
    size = tuple(choice([1, 2, 3, 4][:4 if same else length]) for length in shape[:2])
    window = size, (1 + seed % 3, choice([1, 2, 3]))
    padding = "same" if same else "valid"
    before = [Conv2D(choice([1, 2, 5]), (2, 1), padding="same")] if seed % 2 or "pool" in kind or "flat" in kind else []
    rate = choice([0.1, 0.5, 0.83])
    layer = {
        "conv2d": lambda: Conv2D(choice([1, 3, 5]), *window, padding, "linear", choice([True, False])),
        "max_pool": lambda: MaxPool2D(*window, padding), "average_pool": lambda: AveragePool2D(*window, padding),
        "global_average_pool": GlobalAveragePool2D, "flatten": Flatten, "dropout": lambda: Dropout(rate),
        "batch_norm": lambda: BatchNorm(choice([0.99, 0.5]), choice([0.001, 0.1])),
        "batch_norm of rows": lambda: BatchNorm(choice([0.99, 0.5]), choice([0.001, 0.1])),
    }.get(kind)
    if kind == "batch_norm of rows":
        before = [Dense(4, "tanh")]
    if layer is None:
        name = kind.split()[1]
        before = [Conv2D(3, 2, padding="same")]
        layers = [*before, Activation((name, choice([0.2, 1.0])) if ACTIVATION_SETTINGS[name] else name), Dense(3)]
    else:
        layers = [*before, layer(), Dense(3)]
    momentum = choice([0.0, 0.9])
    return Network(shape, layers, loss="half_squared_error", seed=seed, backend=backend,
                   optimizer=SGD(0.01, momentum, bool(momentum) and choice([True, False])))


def difference(torch, got, expected):
    """Return the largest difference of two arrays, relative to the largest number."""
    expected = expected.detach().flatten()
    got = torch.tensor(flatten(got), dtype=torch.float64)
    assert got.shape == expected.shape
    return float((got - expected).abs().max() / max(1.0, float(expected.abs().max())))


def compare(torch, kind, seed, backend):
    """Return the largest differences of the forward pass, of the gradients, and after the steps."""
    stream = random.Random(f"{kind} {seed}")
    net = network(kind, stream, seed, backend)
    rows = 1 if seed % 4 == 3 and kind != "batch_norm of rows" else 7
    height, width, channels = net.inputs
    x = [[stream.gauss(0.0, 1.0) for _ in range(height * width * channels)] for _ in range(rows)]
    y = [[stream.gauss(0.0, 1.0) for _ in range(3)] for _ in range(rows)]
    side = Side(torch, net)
    images = side.tensor(x).reshape(rows, height, width, channels).permute(0, 3, 1, 2)
    forward = difference(torch, net.predict(x), side.forward(images, False))
    found = Side(torch, net).gradients(images, side.tensor(y))
    gradients = max(difference(torch, values, found[name]) for name, values in net.gradients(x, y))
    net.fit(x, y, STEPS, None, shuffle=False)
    for _ in range(STEPS):
        side.step(images, side.tensor(y))
    after = [difference(torch, values, side.parameters[name]) for name, values in net.parameters()]
    after += [difference(torch, values, side.statistics[name]) for name, values in net.statistics()]
    after.append(difference(torch, net.predict(x), side.forward(images, False)))
    return forward, gradients, max(after)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shapes", type=int, default=10, help="how many of each layer (10)")
    parser.add_argument("--backend", default="auto", help="auto, reference or compiled")
    options = parser.parse_args()
    try:
        import torch
    except ImportError:
        raise SystemExit("compare_layers: PyTorch is not installed here (pip install torch)") from None
    print(f"PyTorch {torch.__version__}, float64; {options.shapes} shapes each\n")
    print(f"{'layer':24}{'forward':>10}{'gradients':>11}{f'{STEPS} steps':>10}")
    worst = 0.0
    for kind in KINDS:
        found = [compare(torch, kind, seed, options.backend) for seed in range(options.shapes)]
        largest = [max(column) for column in zip(*found)]
        worst = max(worst, *largest)
        print(f"{kind:24}{largest[0]:10.1e}{largest[1]:11.1e}{largest[2]:10.1e}")
    print(f"\nlargest difference {worst:.1e}, {'within' if worst <= MOST else 'ABOVE'} {MOST:.0e}")
    return 0 if worst <= MOST else 1


if __name__ == "__main__":
    sys.exit(main())
