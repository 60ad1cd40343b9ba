"""Time a convolutional network's step against PyTorch, and its three products against a bare register tile."""
import tempfile
from array import array

from purenet import SGD, Conv2D, Dense, MaxPool2D, Network, RandomState
from purenet._core.window import Window
from purenet.backends import LEVELS, simd_level
from tools.bench.harness import Refused, repeats, same_numbers, seconds
from tools.bench.product import built_tiles, checked_tiles, tile_work

SHAPE, FILTERS, KERNEL, CLASSES, BATCH, RATE = (28, 28, 1), (8, 16), 3, 10, 64, 0.01
NAME = f"conv {FILTERS[0]}, {FILTERS[1]} on 28x28, batch {BATCH}"
PROBE_PASSES = 3


def network(engine, threads=1):
    first, second = FILTERS
    return Network(
        SHAPE, [Conv2D(first, KERNEL, activation="relu"), MaxPool2D(2), Conv2D(second, KERNEL, activation="relu"),
                MaxPool2D(2), Dense(CLASSES, "softmax")],
        loss="categorical_cross_entropy", optimizer=SGD(RATE), seed=1, backend=engine, threads=threads)


class Torch:
    """Build the same network in PyTorch's layout, channels first. ``run`` does steps on one batch."""

    def __init__(self, torch, net, x, classes):
        torch.set_num_threads(1)
        self.torch = torch
        start = [torch.tensor(values, dtype=torch.float64) for _, values in net.parameters()]
        self.parameters = [(v.permute(3, 2, 0, 1).contiguous() if v.ndim == 4 else v).requires_grad_() for v in start]
        self.optimizer = torch.optim.SGD(self.parameters, lr=RATE)
        images = torch.from_numpy(x).reshape(-1, *SHAPE).permute(0, 3, 1, 2)
        self.x, self.classes = images.contiguous(), torch.from_numpy(classes)

    def step(self):
        functions, (k1, b1, k2, b2, weights, bias) = self.torch.nn.functional, self.parameters
        a = functions.max_pool2d(functions.relu(functions.conv2d(self.x, k1, b1)), 2)
        a = functions.max_pool2d(functions.relu(functions.conv2d(a, k2, b2)), 2)
        a = a.permute(0, 2, 3, 1).flatten(1)
        loss = functions.cross_entropy(self.torch.addmm(bias, a, weights), self.classes)
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        self.optimizer.step()

    def ends(self):
        values = [parameter.detach().numpy() for parameter in self.parameters]
        return [v.transpose(2, 3, 1, 0) if v.ndim == 4 else v for v in values]


def images(table):
    """Time the step and the products."""
    if not table.twin():
        return
    torch = table.peer("torch")
    if torch is not None:
        step(table, torch)
    products(table)
    few_filters(table)


def data():
    """Return a batch of images, one-hot classes and class numbers."""
    import numpy as np

    stream = RandomState(3)
    x, classes = np.array(stream.randn(BATCH, 784)), np.array(stream.permutation(BATCH)) % CLASSES
    return x, np.eye(CLASSES)[classes], classes


def step(table, torch):
    name = NAME
    x, y, classes = data()
    net, reference = network("compiled"), network("reference")
    other = Torch(torch, net, x, classes)
    if not table.quick:
        for one in (net, reference):
            one.fit(x, y, epochs=1, batch_size=BATCH, shuffle=False)
        if net.digest() != reference.digest():
            raise Refused(name, "the reference", "its digest is another")
        other.step()
    times = 1 if table.quick else 10

    def ours():
        net.fit(x, y, epochs=times, batch_size=BATCH, shuffle=False)

    def theirs():
        for _ in range(times):
            other.step()

    ours()
    theirs()
    same_numbers(name, "PyTorch", net.parameters(), other.ends())
    taken = table.turns(*[lambda side=side: seconds(side) / times for side in (ours, theirs)])
    same_numbers(name, "PyTorch", net.parameters(), other.ends())
    table.row(name, "PyTorch", *taken, bar=0.9)


def convolutions(stream, filters, level):
    """A function that does the products of both convolutions for a batch, and how many multiply-adds they are.

    What others do by im2col, finding what a kernel sees, is in it; the sums of the biases, no products, are not.
    """
    from purenet.compiled._twin import ffi, lib

    first, second = filters
    layers = [Window(SHAPE, (KERNEL, KERNEL), (1, 1), False, first),
              Window((13, 13, first), (KERNEL, KERNEL), (1, 1), False, second)]
    context = ffi.new("purenet_context *", {"level": level, "threads": 1})
    kept = [context]

    def numbers(count):
        values = array("d", stream.randn(count))
        kept.append(values)
        return ffi.from_buffer("double[]", values)

    context.packing = numbers(lib.PURENET_PACKING_SIZE)
    calls, work = [], 0
    for number, w in enumerate(layers):
        window = ffi.new("purenet_window *", w.integers())
        offsets = ffi.new("ptrdiff_t[]", lib.purenet_conv2d_offsets(window))
        kept.extend([window, offsets])
        cells, count, terms = w.height * w.width, w.out_height * w.out_width, w.rows * w.columns
        x, d = numbers(BATCH * cells * w.channels), numbers(BATCH * count * w.filters)
        kernel, bias = numbers(terms * w.channels * w.filters), numbers(w.filters)
        zeros = ffi.new("double[]", max(w.channels, w.filters))
        scratch = numbers(lib.purenet_conv2d_scratch(window))
        outputs, d_x = numbers(BATCH * count * w.filters), numbers(BATCH * cells * w.channels)
        d_kernel = numbers(terms * w.channels * w.filters)
        kept.append(zeros)
        calls.append((window, x, d, kernel, bias, zeros, scratch, offsets, outputs, number == 0, d_x, d_kernel))
        work += BATCH * terms * w.channels * w.filters * (2 * count + (cells if number else 0))

    def run():
        for window, x, d, kernel, bias, zeros, scratch, offsets, outputs, is_first, d_x, d_kernel in calls:
            lib.purenet_conv2d_forward(context, x, window, kernel, bias, zeros, BATCH, scratch, offsets, outputs)
            lib.purenet_conv2d_backward(
                context, x, d, is_first, window, kernel, zeros, BATCH, scratch, offsets, d_x, d_kernel, ffi.NULL)

    run.kept = kept  # C's records alone do not keep what they point to
    run.results = lambda: [bytes(ffi.buffer(values)) for call in calls for values in (call[8], *call[10:])]
    return run, work


def products(table):
    """Multiply-adds a second of a batch's three kinds of products, and of the bare tile without FMA."""
    level = LEVELS[simd_level()]
    if level == "plain":
        return
    with tempfile.TemporaryDirectory() as folder:
        library = built_tiles(table, folder)
        if library is None:
            return
        separate, _ = checked_tiles(library, level)
        run, work = convolutions(RandomState(6), FILTERS, simd_level())
        least = 0.0 if table.quick else 0.04
        times, passes = repeats(run, least), PROBE_PASSES * repeats(lambda: separate(PROBE_PASSES), least)
        taken = table.turns(lambda: seconds(run, times), lambda: seconds(lambda: separate(passes)))
    ours = [2e-9 * work / t for t in taken[0]]
    theirs = [tile_work(level) * passes / t for t in taken[1]]
    table.row("the convolutions' products", "no-FMA tile", ours, theirs, bar=0.55, at_least=True, unit="GFLOP/s")


def few_filters(table):
    """Seconds a multiply-add of a batch's products with one to four filters, and of the plain form."""
    if simd_level() == 0:
        return
    for filters in (1, 2, 3, 4):
        name = f"convolutions of {filters} filter{'s' * (filters > 1)}"
        fast, work = convolutions(RandomState(6), (filters, filters), simd_level())
        plain, _ = convolutions(RandomState(6), (filters, filters), 0)
        fast()
        plain()
        if fast.results() != plain.results():
            raise Refused(name, "the plain form", "its bits are others")
        times = repeats(fast, 0.0 if table.quick else 0.04)
        taken = table.turns(lambda run=fast: seconds(run, times), lambda run=plain: seconds(run, times))
        table.row(name, "plain C", *[[t / work for t in side] for side in taken], note="a multiply-add")
