"""Time the reference engine: products, training and import against plain lists, NumPy and a bare interpreter."""
import functools
import random
import statistics
import struct
import subprocess
import sys
import time

from purenet import SGD, Dense, Network
from purenet.cli.demos import two_layer
from purenet.data import load_digits, train_test_split
from purenet.reference import matrix
from tests.support import oracle
from tools import ROOT
from tools.bench import plain_article
from tools.bench.harness import Refused, same_numbers, seconds

# the sizes of the issue, one row, one column, the smallest, and both sides of the choice of form
SHAPES = [
    (32, 784, 128), (32, 64, 32), (1, 784, 128), (1, 64, 32), (32, 784, 1), (1, 1, 1), (1, 3, 4), (4, 3, 4), (4, 4, 1),
    (3, 4, 4), (4, 8, 9), (4, 8, 10), (1, 7, 10), (1, 8, 10), (32, 1, 32), (32, 9, 17), (64, 32, 32), (32, 32, 10),
]


def bits(rows):
    return [struct.pack(f"<{len(row)}d", *row) for row in rows]


def products(table):
    """Time the reference's product beside the textbook's triple loop."""
    stream = random.Random(1)

    def numbers(rows, columns):
        return [[stream.gauss(0.0, 1.0) for _ in range(columns)] for _ in range(rows)]

    for n, k, m in SHAPES[4:8] if table.quick else SHAPES:
        start, left, right = numbers(1, m)[0], numbers(n, k), numbers(k, m)
        if bits(matrix.multiply(start, left, right)) != bits(oracle.multiply(start, left, right)):
            raise Refused(f"product {n}x{k}x{m}", "the triple loop", "its bits are others")
        times = table.timed(
            lambda: matrix.multiply(start, left, right), lambda: oracle.multiply(start, left, right),
            least=0.01 if n * k * m < 1e5 else 0.0,
        )
        table.row(f"reference product {n}x{k}x{m}", "triple loop", *times)


def every_term(function):
    """Call a function without leaving out the terms whose left factor is zero."""
    usual = matrix.SPARSE
    matrix.SPARSE = 1 << 60
    try:
        return function()
    finally:
        matrix.SPARSE = usual


def sparse_rows(stream, rows, columns, nonzero):
    return [[stream.random() if stream.random() < nonzero else 0.0 for _ in range(columns)] for _ in range(rows)]


def one_hot_rows(stream, rows, columns, ones):
    """Return rows of ``ones`` groups of columns, each with a single 1.0."""
    size = columns // ones
    chosen = [[group * size + stream.randrange(size) for group in range(ones)] for _ in range(rows)]
    return [[float(j in own) for j in range(columns)] for own in chosen]


def compiled_product(start, left, right, transposed):
    """Return a function that computes start + left right in C, as rows of bytes."""
    from purenet.compiled._twin import ffi, lib
    from tests.support.products import Context

    rows, terms, columns = len(left), len(right), len(start)
    numbers = [ffi.new("double[]", oracle.flat([values])[0]) for values in ([start], left, right)]
    if transposed:
        numbers[1] = ffi.new("double[]", oracle.flat([matrix.transpose(left)])[0])
    result, context = ffi.new("double[]", rows * columns), Context(ffi, lib.purenet_best_level())

    def product():
        lib.purenet_multiply(context.c, numbers[0], 0, numbers[1], *((1, rows) if transposed else (terms, 1)),
                             numbers[2], columns, 1, rows, terms, columns, result)
        return [bytes(ffi.buffer(result)[8 * columns * i:8 * columns * (i + 1)]) for i in (0, rows - 1)]

    return product


def compiled_zeros(table, pixels):
    """Time C's products of sparse rows beside those of full rows of the same shape."""
    stream = random.Random(3)
    full = sparse_rows(stream, len(pixels), len(pixels[0]), 1.0)
    for what, turn in (("forward", list), ("gradient", matrix.transpose)):
        lefts = turn(pixels), turn(full)
        start, right = sparse_rows(stream, 1, 128, 1.0)[0], sparse_rows(stream, len(lefts[0][0]), 128, 1.0)
        sides = [compiled_product(start, left, right, what == "gradient") for left in lefts]
        for side, left in zip(sides, lefts):
            if side() != bits(matrix.multiply_cells(start, [left[0], left[-1]], right)):
                raise Refused(f"compiled product, {what}", "the reference", "its bits are others")
        name = f"compiled {len(pixels)}x{len(pixels[0])}x128, 19 %, {what}"
        table.row(name, "full rows", *table.timed(*sides, least=0.01))


def zeros(table):
    """Time the reference with terms of zeros left out beside itself with every term: products, then epochs."""
    stream = random.Random(2)
    many = 64 if table.quick else 784
    pixels = sparse_rows(stream, 32 if table.quick else 256, many, 0.19)
    for name, left, columns in [
        (f"32x{many}x128, 19 % nonzero", pixels[:32], 128), ("32x40x32, one-hot", one_hot_rows(stream, 32, 40, 5), 32),
        ("1437x40x32, one-hot", one_hot_rows(stream, 1437, 40, 5), 32),
        ("32x64x32, no zeros", sparse_rows(stream, 32, 64, 1.0), 32),
    ]:
        for what, factor in (("forward", left), ("gradient", matrix.transpose(left))):
            start, right = sparse_rows(stream, 1, columns, 1.0)[0], sparse_rows(stream, len(factor[0]), columns, 1.0)
            product = functools.partial(matrix.multiply, start, factor, right)
            if bits(product()) != bits(every_term(product)) or bits(product()) != bits(matrix.multiply_cells(
                    start, factor, right)):
                raise Refused(f"product {name}", "every term", "its bits are others")
            times = table.timed(product, lambda: every_term(product), least=0.01)
            table.row(f"reference {name}, {what}", "every term", *times)
    if table.twin():
        compiled_zeros(table, pixels[:64])
    labels = [stream.randrange(10) for _ in pixels]
    for momentum in (0.0, 0.9):
        net = Network(many, [Dense(128, "relu"), Dense(10, "softmax")], loss="categorical_cross_entropy",
                      optimizer=SGD(0.01, momentum), backend="reference")
        copy = Network(many, net.layers, loss=net.loss, optimizer=net.optimizer, backend="reference")

        def epoch(own):
            return seconds(lambda: own.fit(pixels, labels, epochs=1, batch_size=32))

        times = table.turns(lambda: epoch(net), lambda: every_term(lambda: epoch(copy)), pairs=3, tries=1)
        if net.digest() != copy.digest():
            raise Refused("784-128-10", "every term", "it ends in other bits")
        table.row(f"reference {many}-128-10, {'momentum' if momentum else 'SGD'}, an epoch", "every term", *times)


def two_layer_network():
    return Network(
        inputs=3, layers=[Dense(4, "sigmoid", bias=False), Dense(1, "sigmoid", bias=False)],
        optimizer=SGD(learning_rate=1.0), init="rand", seed=1, backend="reference",
    )


def training(table):
    """Time the article's network beside the article's script in lists, then an epoch of digits beside NumPy."""
    x = [[float(value) for value in inputs] for inputs in two_layer.X]
    y = [[float(value) for value in targets] for targets in two_layer.Y]
    steps = 20 if table.quick else 200
    net = two_layer_network()
    begin = [values for _, values in net.parameters()]
    net.fit(x, y, epochs=steps, batch_size=None, shuffle=False)
    if [bits(v) for _, v in net.parameters()] != [bits(v) for v in plain_article.train(x, y, *begin, steps)]:
        raise Refused("3-4-1", "the article's script", "it ends in other bits")
    times = table.turns(
        lambda: seconds(lambda: net.fit(x, y, epochs=steps, batch_size=None, shuffle=False)) / steps,
        lambda: seconds(lambda: plain_article.train(x, y, *begin, steps)) / steps,
    )
    table.row("reference 3-4-1, a step", "the article in lists", *times)
    images, labels = load_digits()
    pixels = [[pixel / 16.0 for pixel in image] for image in images]
    x, _, y, _ = train_test_split(pixels, labels)
    np = table.peer("numpy")
    if np is not None:
        numpy_epoch(table, np, x[:64] if table.quick else x, y[:64] if table.quick else y)


def digits_network():
    return Network(64, [Dense(32, "tanh"), Dense(10, "softmax")], loss="categorical_cross_entropy", optimizer=SGD(0.1),
                   backend="reference")


def numpy_epoch(table, np, x, y):
    """Time an epoch in batches of 32 from lists. NumPy's side starts from arrays."""
    xs, ys = np.array(x), np.eye(10)[y]

    def epoch(parameters):
        w0, b0, w1, b1 = parameters
        for k in range(0, len(xs), 32):
            a, t = xs[k:k + 32], ys[k:k + 32]
            hidden = np.tanh(a @ w0 + b0)
            z = hidden @ w1 + b1
            powers = np.exp(z - z.max(axis=1, keepdims=True))
            d_z = (powers / powers.sum(axis=1, keepdims=True) - t) / len(a)
            d_hidden = (d_z @ w1.T) * (1.0 - hidden * hidden)
            w1 -= 0.1 * (hidden.T @ d_z)
            b1 -= 0.1 * d_z.sum(axis=0)
            w0 -= 0.1 * (a.T @ d_hidden)
            b0 -= 0.1 * d_hidden.sum(axis=0)

    net = digits_network()
    parameters = [np.array(values) for _, values in net.parameters()]
    net.fit(x, y, epochs=1, batch_size=32, shuffle=False)
    epoch(parameters)
    same_numbers("digits", "NumPy by hand", net.parameters(), parameters)
    times = table.turns(
        lambda: seconds(lambda: net.fit(x, y, epochs=1, batch_size=32, shuffle=False)),
        lambda: seconds(lambda: epoch(parameters)),
    )
    same_numbers("digits", "NumPy by hand", net.parameters(), parameters)
    table.row(f"reference 64-32-10, {len(x)} digits", "NumPy by hand", *times)


def imports(table):
    """Wall time and peak memory (VmHWM) of whole processes that import purenet, above bare ones."""
    code = (
        "import sys; sys.path.insert(0, {root!r}){more}\n"
        "print([line.split()[1] for line in open('/proc/self/status') if line.startswith('VmHWM')][0])"
    )

    def run(more):
        begun = time.perf_counter()
        out = subprocess.run([sys.executable, "-I", "-S", "-c", code.format(root=str(ROOT), more=more)],
                             stdout=subprocess.PIPE, check=True).stdout
        return time.perf_counter() - begun, int(out)

    run("; import purenet")
    memory = {"": [], "; import purenet": []}

    def whole(more):
        taken, kilobytes = run(more)
        memory[more].append(kilobytes)
        return taken

    times = table.turns(lambda: whole("; import purenet"), lambda: whole(""))
    more = statistics.median(a - b for a, b in zip(*times))
    with_it, without = (statistics.median(memory[key]) for key in ("; import purenet", ""))
    table.row("import purenet, a process", "bare interpreter", *times,
              note=f"{more * 1e3:.1f} ms and {(with_it - without) / 1024:.2f} MB more")
