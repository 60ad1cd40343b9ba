"""Time the reference engine: products, training and import against plain lists, NumPy and a bare interpreter."""
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
