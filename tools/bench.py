#!/usr/bin/env python3
"""Measure purenet's speed and size: ratios in one run, medians of 9, the bits checked before the time.

    python3 tools/bench.py [--json FILE] [--only products|training|import|steps]

Times are of a shared machine: compare ratios, not microseconds.  NumPy's row appears where NumPy is installed.
"""
import argparse
import json
import platform
import random
import statistics
import struct
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

import bench_steps  # noqa: E402
import plain_article  # noqa: E402

from purenet import SGD, Dense, Network  # noqa: E402
from purenet.data import load_digits, train_test_split  # noqa: E402
from purenet.demos import two_layer  # noqa: E402
from purenet.reference import matrix  # noqa: E402
from tests import oracle  # noqa: E402

RUNS = 9
# what each is for: the two, one row, one column, the smallest, and each side of the choice of form
SHAPES = [
    (32, 784, 128), (32, 64, 32), (1, 784, 128), (1, 64, 32), (32, 784, 1), (1, 1, 1), (1, 3, 4), (4, 3, 4), (4, 4, 1),
    (3, 4, 4), (4, 8, 9), (4, 8, 10), (1, 7, 10), (1, 8, 10), (32, 1, 32), (32, 9, 17), (64, 32, 32), (32, 32, 10),
]


def bits(rows):
    return [struct.pack(f"<{len(row)}d", *row) for row in rows]


def seconds(function, repeat):
    begun = time.perf_counter()
    for _ in range(repeat):
        function()
    return (time.perf_counter() - begun) / repeat


def compare(ours, theirs, least=0.002):
    """Medians of RUNS alternating pairs: our time, their time, and the median of the pairs' ratio ours/theirs."""
    repeat = max(1, int(least / max(1e-9, min(seconds(ours, 1), seconds(ours, 1)))))
    pairs = []
    for k in range(RUNS):
        if k % 2:
            b = seconds(theirs, repeat)
            a = seconds(ours, repeat)
        else:
            a = seconds(ours, repeat)
            b = seconds(theirs, repeat)
        pairs.append((a, b, a / b))
    return tuple(statistics.median(column) for column in zip(*pairs))


def row(results, name, ours, theirs, ratio, note):
    results.append({"name": name, "ours": ours, "theirs": theirs, "ratio": ratio, "note": note})
    print(f"{name:38} {ours * 1e6:12.1f} {theirs * 1e6:12.1f} {ratio:7.2f}  {note}", flush=True)


def products(results):
    stream = random.Random(1)

    def numbers(rows, columns):
        return [[stream.gauss(0.0, 1.0) for _ in range(columns)] for _ in range(rows)]

    for n, k, m in SHAPES:
        start, left, right = numbers(1, m)[0], numbers(n, k), numbers(k, m)
        if bits(matrix.multiply(start, left, right)) != bits(oracle.multiply(start, left, right)):
            raise SystemExit(f"bench: the bits of product {n}x{k}x{m} differ")
        measured = compare(
            lambda: matrix.multiply(start, left, right), lambda: oracle.multiply(start, left, right),
            least=0.01 if n * k * m < 1e5 else 0.0,
        )
        row(results, f"product {n}x{k}x{m}", *measured, f"of the triple loop; {1 / measured[2]:.2f} times as fast")


def two_layer_network():
    return Network(
        inputs=3, layers=[Dense(4, "sigmoid", bias=False), Dense(1, "sigmoid", bias=False)],
        optimizer=SGD(learning_rate=1.0), init="rand", seed=1, backend="reference",
    )


def training(results):
    x = [[float(value) for value in inputs] for inputs in two_layer.X]
    y = [[float(value) for value in targets] for targets in two_layer.Y]
    steps = 200
    net = two_layer_network()
    begin = [values for _, values in net.parameters()]
    net.fit(x, y, epochs=steps, batch_size=None, shuffle=False)
    if [bits(v) for _, v in net.parameters()] != [bits(v) for v in plain_article.train(x, y, *begin, steps)]:
        raise SystemExit("bench: the article's script ends in other bits")
    ours, theirs, ratio = compare(
        lambda: net.fit(x, y, epochs=steps, batch_size=None, shuffle=False),
        lambda: plain_article.train(x, y, *begin, steps), least=0.02,
    )
    row(results, "3-4-1, 4 samples, a step", ours / steps, theirs / steps, ratio, "of the article's plain-list script")

    images, labels = load_digits()
    pixels = [[pixel / 16.0 for pixel in image] for image in images]
    x, _, y, _ = train_test_split(pixels, labels)
    net = digits_network()
    times = [seconds(lambda: net.fit(x, y, epochs=1, batch_size=32), 1) for _ in range(RUNS)]
    median = statistics.median(times)
    fastest = min(times)
    name = "64-32-10, 1437 digits, batch 32, epoch"
    row(results, name, median, fastest, median / fastest, "median, of the fastest of 9")
    numpy_epoch(results, x, y)


def digits_network():
    return Network(64, [Dense(32, "tanh"), Dense(10, "softmax")], loss="categorical_cross_entropy", optimizer=SGD(0.1),
                   backend="reference")


def numpy_epoch(results, x, y):
    """The same epoch with NumPy by hand, from the same weights; it ends within 1e-12."""
    try:
        import numpy as np
    except ImportError:
        return
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
    if max(abs(np.array(v) - p).max() for (_, v), p in zip(net.parameters(), parameters)) > 1e-12:
        raise SystemExit("bench: NumPy's epoch ends elsewhere")
    measured = compare(lambda: net.fit(x, y, epochs=1, batch_size=32, shuffle=False), lambda: epoch(parameters))
    row(results, "the same epoch, unshuffled", *measured, "of NumPy by hand")


def imports(results):
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
    pairs = [(run("; import purenet"), run("")) for _ in range(5 * RUNS)]
    with_it = statistics.median(a[0] for a, _ in pairs)
    without = statistics.median(b[0] for _, b in pairs)
    more = statistics.median(a[0] - b[0] for a, b in pairs)
    memory = statistics.median(a[1] - b[1] for a, b in pairs)
    row(results, "import purenet, process", with_it, without, with_it / without,
        f"of a bare interpreter: {more * 1e3:.1f} ms and {memory / 1024:.2f} MB more")


def steps(results):
    bench_steps.steps(results, row, compare)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parts = {"products": products, "training": training, "import": imports, "steps": steps}
    parser.add_argument("--only", choices=parts, help="one part of the table")
    parser.add_argument("--json", metavar="FILE", help="also write the table as JSON")
    options = parser.parse_args()
    about = f"{platform.python_implementation()} {platform.python_version()}, {platform.machine()}"
    results = []
    print(f"purenet bench: {about}; median of {RUNS}, times in microseconds")
    print(f"{'':38} {'purenet':>12} {'other':>12} {'ratio':>7}")
    for name, part in parts.items():
        if options.only in (None, name):
            part(results)
    if options.json:
        with open(options.json, "w") as file:
            json.dump({"python": about, "rows": results}, file, indent=1)


if __name__ == "__main__":
    main()
