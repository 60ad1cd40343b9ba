"""Time an epoch of Fashion-MNIST against PyTorch, with the networks of experiments/fashion.py in the same order."""
from tools.bench.harness import same_numbers, seconds
from tools.bench.peers import Purenet
from tools.experiments import fashion

BAR = 0.9
CHECKED = 20 * fashion.BATCH  # images compared before anything is timed
# (pairs, tries of each side in a pair, epochs per try). Few epochs in all, because rounding errors grow: after 30
# epochs the two sides of the dense network, which do the same work, are far apart.
TURNS = {"dense": (4, 3, 1), "convolutional": (3, 1, 1)}
TITLES = {"dense": "784-128-10", "convolutional": "convolutional"}


class Torch:
    """PyTorch's functions and its Adam, channels before rows as it has them; ``form``: which of Adam's.

    The epochs are in the order that purenet draws from its stream. Adam's epsilon is divided by what purenet's
    formula multiplies it with, a number a step, so that both compute the same.
    """

    FORMS = {"Adam": {}, "Adam foreach": {"foreach": True}, "Adam fused": {"fused": True}}

    def __init__(self, torch, net, x, y, form):
        import numpy as np

        torch.set_num_threads(1)
        self.torch, self.layers, self.steps = torch, net.layers, 0
        self.order = np.random.RandomState()
        self.order.set_state(net._engine.state().stream)
        shape = net.plan.shape
        self.x = torch.from_numpy(np.frombuffer(x).reshape(-1, *(shape[2:] + shape[:2])))
        self.y = torch.from_numpy(np.asarray(y).astype(np.int64))
        self.name = f"PyTorch ({form})"
        start = dict(net.parameters())
        self.parameters, self.shapes = [], []
        for number, layer in enumerate(self.layers):
            for what in ("kernel", "weights", "bias"):
                if f"{number}.{what}" in start:
                    values = np.array(start[f"{number}.{what}"])
                    axes = {"kernel": (3, 2, 0, 1), "bias": (0,)}.get(what, (0, 1))
                    inside = values.shape
                    if what == "weights" and len(shape) == 3:  # rows, columns, channels become channels, rows, columns
                        inside, axes = (*shape, layer.units), (2, 0, 1, 3)
                    turned = np.ascontiguousarray(values.reshape(inside).transpose(axes))
                    self.shapes.append((turned.shape, np.argsort(axes), values.shape))
                    flat = turned.reshape(-1, layer.units) if what == "weights" else turned
                    self.parameters.append(torch.tensor(flat, requires_grad=True))
            shape = layer.plan(shape).shape
        self.adam = net.optimizer
        self.optimizer = torch.optim.Adam(self.parameters, self.adam.learning_rate, **self.FORMS[form])

    def step(self, rows):
        functions, given = self.torch.nn.functional, iter(self.parameters)
        a = self.x[rows]
        for layer in self.layers:
            if layer.kind == "conv2d":
                a = functions.conv2d(a, next(given), next(given))
            elif layer.kind == "max_pool":
                a = functions.max_pool2d(a, layer.pool_size)
            else:
                weights, bias = next(given), next(given)
                a = self.torch.addmm(bias, a.flatten(1), weights)
            if layer.activation == "relu":
                a = functions.relu(a)
        functions.cross_entropy(a, self.y[rows]).backward()
        self.steps += 1
        self.optimizer.param_groups[0]["eps"] = 1e-8 / (1.0 - 0.999 ** self.steps) ** 0.5
        self.optimizer.step()
        self.optimizer.zero_grad()

    def run(self, epochs):
        for _ in range(epochs):
            order = self.torch.from_numpy(self.order.permutation(len(self.x)))
            for begin in range(0, len(order), fashion.BATCH):
                self.step(order[begin:begin + fashion.BATCH])

    def ends(self):
        return [parameter.detach().numpy().reshape(turned).transpose(back).reshape(shape)
                for parameter, (turned, back, shape) in zip(self.parameters, self.shapes)]


def checked_sides(torch, name, x, y, form):
    """Both sides, which have done some steps on the same images and ended in the same numbers."""
    make = fashion.NETWORKS[name]
    ours = Purenet(make(1, decays=False), x, y, fashion.BATCH, shuffle=True)
    other = Torch(torch, ours.net, x, y, form)
    for side in (ours, other):
        side.run(1)
    same_numbers(TITLES[name], other.name, ours.ends(), other.ends())
    return ours, other


def quickest(torch, name, x, y):
    """The form of PyTorch's Adam that takes the least time here."""
    taken = {}
    for form in Torch.FORMS:
        _, side = checked_sides(torch, name, x, y, form)
        taken[form] = min(seconds(lambda: side.run(1)) for _ in range(3))
    return min(taken, key=taken.get)


def epochs(table):
    """A row a network: seconds an epoch, both sides' parameters compared after the first and after the last."""
    torch = table.peer("torch")
    if torch is None or not table.twin():
        return
    try:
        x, y = fashion.read(table.images, "train", fashion.TRAINING)
    except fashion.Missing as missing:
        table.skip("rows of Fashion-MNIST", str(missing))
        return
    few = memoryview(x)[:CHECKED * fashion.SIDE ** 2], y[:CHECKED]
    if table.quick:
        x, y = few
    for name, (pairs, tries, rounds) in TURNS.items():
        ours, other = checked_sides(torch, name, x, y, quickest(torch, name, *few))
        times = table.turns(*[lambda side=side: seconds(lambda: side.run(rounds)) / rounds for side in (ours, other)],
                            pairs=pairs, tries=tries)
        same_numbers(TITLES[name], other.name, ours.ends(), other.ends())
        how = f"{pairs} pairs, the best of {tries}"
        table.row(f"fashion epoch, {TITLES[name]}", other.name, *times, bar=BAR, note=how)
