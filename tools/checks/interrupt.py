#!/usr/bin/env python3
"""Measure how soon Ctrl-C ends a call, whether it leaves the last finished batch, and the memory of the call.

    python3 -m tools.checks.interrupt [--samples 60000] [--images 512] [--threads 1] [--repeats 5]

Each measurement is a process that trains, predicts or evaluates on a NumPy array: rows for 784-512-10, or images for
two convolutions. Another process sends it SIGINT. It needs Linux, NumPy and the compiled engine.
Latency: the longest time from sending the signal to catching KeyboardInterrupt.
Memory: the rise of the peak (VmHWM) above the memory before the network was made.
"""
import argparse
import json
import signal
import subprocess
import sys
import time
from array import array
from pathlib import Path

from tools import ROOT

CASES = [(None, False), (None, True), (64, False), (64, True)]  # batch_size and shuffle
UNITS, OUTPUTS = 512, 10
SHAPES = {"dense": (784,), "images": (64, 64, 3)}  # of a sample


def network(threads, kind):
    from purenet import SGD, Conv2D, Dense, GlobalAveragePool2D, Network

    options = {"threads": threads} if threads > 1 else {}
    layers = [Dense(UNITS, "relu")]
    if kind == "images":
        layers = [Conv2D(32, 3, activation="relu"), Conv2D(32, 3, activation="relu"), GlobalAveragePool2D()]
    return Network(SHAPES[kind] if kind == "images" else SHAPES[kind][0], layers + [Dense(OUTPUTS, "softmax")],
                   loss="categorical_cross_entropy", optimizer=SGD(0.01, momentum=0.9), seed=1, backend="compiled",
                   **options)


def data(samples, kind):
    import numpy

    generator = numpy.random.default_rng(1)
    y = numpy.zeros((samples, OUTPUTS))
    y[numpy.arange(samples), generator.integers(0, OUTPUTS, samples)] = 1.0
    return generator.random((samples,) + SHAPES[kind]), y


def content(net, stream=None):
    """Return what an interrupt must not tear: the stream before the epoch's order is drawn, and all numbers."""
    state = net._engine.state()
    numbers = [array("d", values).tobytes() for kept in state.optimizer_numbers for values in kept]
    return stream or state.stream, net.digest(), numbers


def trained(net, x, y, batch_size, shuffle, steps):
    """Return the contents of a network after some batches, whose rows are put in order here."""
    from purenet import RandomState

    stream = RandomState(0)
    stream.set_state(net._engine.state().stream)
    before = stream.get_state()
    size = batch_size or len(x)
    while steps:
        order = stream.permutation(len(x)) if shuffle else list(range(len(x)))
        rows = order[:steps * size]
        net.fit(x[rows], y[rows], batch_size=size, shuffle=False)
        steps -= -(-len(rows) // size)
        if len(rows) == len(x):
            before = stream.get_state()
    return content(net, before)


def peak():
    """Return the peak memory of this process in bytes."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM:"))


def child(samples, batch_size, shuffle, threads, kind, call):
    """Train, predict or evaluate until SIGINT comes, and print what came of it."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    x, y = data(samples, kind)
    held = peak()
    net = network(threads, kind)
    told = []

    def tell(done, epochs, loss):
        if not told:
            told.append(print("running", flush=True))

    try:
        if call == "fit":
            net.fit(x, y, epochs=1000, batch_size=batch_size, shuffle=shuffle, progress=tell)
        tell(0, 0, 0.0)
        while True:
            net.predict(x) if call == "predict" else net.evaluate(x, y)
    except KeyboardInterrupt:
        caught = time.monotonic()
    added = peak() - held
    steps = net._engine.state().position[2]
    whole = content(net) == trained(network(threads, kind), x, y, batch_size, shuffle, steps)
    print(json.dumps({"caught": caught, "added": added, "steps": steps, "whole": whole}), flush=True)


def interrupt(samples, batch_size, shuffle, threads=1, delay=0.5, first="", kind="dense", call="fit"):
    """Return (latency in seconds, added bytes, steps done, whether the state matches). first: code the child runs."""
    arguments = f"{samples}, {batch_size}, {shuffle}, {threads}, {kind!r}, {call!r}"
    code = f"{first}\nfrom tools.checks.interrupt import child; child({arguments})"
    paths = f"import sys; sys.path.insert(0, {str(ROOT)!r})\n"
    with subprocess.Popen([sys.executable, "-c", paths + code], stdout=subprocess.PIPE, text=True) as process:
        try:
            started = process.stdout.readline()
            time.sleep(delay)
            sent = time.monotonic()
            process.send_signal(signal.SIGINT)
            printed, _ = process.communicate(timeout=300)
        finally:
            process.kill()
    if started != "running\n" or process.returncode:
        raise RuntimeError(f"the training process failed: {started}{printed}")
    result = json.loads(printed)
    return result["caught"] - sent, result["added"], result["steps"], result["whole"]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--samples", type=int, default=60000, help="rows of the dense network")
    parser.add_argument("--images", type=int, default=512, help="images of the other")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--repeats", type=int, default=5, help="measurements of each case")
    options = parser.parse_args()
    print(f"threads: {options.threads}")
    print("network call      batch_size  shuffle  latency  added memory  state of the last finished batch (most steps)")
    cases = [(kind, "fit") + case for kind in SHAPES for case in CASES]
    cases += [(kind, call) + CASES[0] for kind in SHAPES for call in ("predict", "evaluate")]
    failed = 0
    for kind, call, batch_size, shuffle in cases:
        samples = options.images if kind == "images" else options.samples
        results = [interrupt(samples, batch_size, shuffle, options.threads, 0.3 + 0.137 * number, "", kind, call)
                   for number in range(options.repeats)]
        latency, added, steps, _ = (max(column) for column in zip(*results))
        whole = all(result[3] for result in results)
        failed += not whole
        print(f"{kind:7} {call:8}  {batch_size!s:10}  {shuffle!s:7}  {1e3 * latency:4.0f} ms  {added / 1e6:9.1f} MB  "
              f"{'yes' if whole else 'NO'} ({steps})", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
