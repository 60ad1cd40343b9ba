#!/usr/bin/env python3
"""Choose the settings of the digits demos without looking at a test image.

    python3 -m tools.experiments.choose_digits [dense | convolutional] [--seeds 10] [--test]

For each seed the training images of the demo's split are split again, 80/20. Every setting is trained on the larger
part and scored on the smaller. The command prints the median and the worst validation accuracy after some numbers of
epochs. With --test it trains the demo itself instead and prints the accuracy on the test images for every seed. Run the
dense networks under PyPy, and the convolutional ones with the compiled engine.
"""
import argparse
import multiprocessing
import statistics
import time
from itertools import product

from purenet import SGD, Activation, BatchNorm, Constant, Conv2D, Dense, Dropout, MaxPool2D, Network, StepDecay
from purenet.cli.demos import make
from purenet.cli.demos.digits import split
from purenet.data import train_test_split

DENSE = [
    (activation, init, rate, momentum, batch)
    for activation, init, rates in (
        ("relu", "he_uniform", (0.05, 0.1, 0.2)), ("tanh", "glorot_uniform", (0.1, 0.2, 0.4)),
        ("sigmoid", "glorot_uniform", (0.5, 1.0, 2.0)),
    )
    for rate in rates
    for momentum in (0.0, 0.9)
    for batch in (16, 32)
]
CONVOLUTIONAL = list(product((False, True), (0.0, 0.4), (0.01, 0.02, 0.04), (False, True)))
LAST = 30  # epochs of a convolutional network; a decaying rate falls in the last third of them


def dense(setting, seed):
    """Return a network, its batch size, and the name of the setting."""
    activation, init, rate, momentum, batch = setting
    net = Network(64, [Dense(32, activation), Dense(10, "softmax")], loss="categorical_cross_entropy",
                  optimizer=SGD(rate * (1.0 - momentum), momentum), init=init, seed=seed)
    return net, batch, f"{activation:8} rate {rate:.2f} momentum {momentum} batch {batch:2}"


def convolutional(setting, seed):
    """Return a network, its batch size, and the name of the setting."""
    normalised, dropout, rate, decayed = setting
    layers = []
    for filters, padding in ((16, "same"), (32, "valid")):
        between = [BatchNorm()] if normalised else []
        layers += [Conv2D(filters, 3, padding=padding, bias=not normalised), *between, Activation("relu")]
    layers += [MaxPool2D(2), *([Dropout(dropout)] if dropout else []), Dense(10, "softmax")]
    schedule = StepDecay(rate, LAST * 2 // 3, unit="epochs") if decayed else Constant(rate)
    net = Network((8, 8, 1), layers, loss="categorical_cross_entropy", init="he_normal", seed=seed,
                  optimizer=SGD(schedule, momentum=0.9, nesterov=True))
    name = f"{'BatchNorm' if normalised else '':9} dropout {dropout} rate {rate:.2f} {'decays' if decayed else '':6}"
    return net, 32, name


FAMILIES = {"dense": (dense, DENSE, (10, 15, 20, 25, 30, 40, 50)),
            "convolutional": (convolutional, CONVOLUTIONAL, (10, 20, LAST))}


def validate(job):
    """Return the name of a setting, and its validation accuracy after each number of epochs."""
    family, setting, seed = job
    make, _, rounds = FAMILIES[family]
    x, _, y, _ = split(seed)
    x, x_valid, y, y_valid = train_test_split(x, y, random_state=seed)
    net, batch, name = make(setting, seed)
    scores = []
    done = 0
    for epochs in rounds:
        net.fit(x, y, epochs=epochs - done, batch_size=batch)
        done = epochs
        right = [p == t for p, t in zip(net.predict_classes(x_valid), y_valid)]
        scores.append(100.0 * right.count(True) / len(right))
    return name, scores


def test(job):
    """Return a demo's accuracy in percent on its test images, and the seconds of its training."""
    demo, seed = job
    _, x_test, _, y_test = split(seed)
    net, x, y, options = make(demo, seed, "auto")
    begun = time.monotonic()
    net.fit(x, y, **options)
    seconds = time.monotonic() - begun
    right = [p == t for p, t in zip(net.predict_classes(x_test), y_test)]
    return 100.0 * right.count(True) / len(right), seconds


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("family", nargs="?", choices=FAMILIES, default="dense")
    parser.add_argument("--seeds", type=int, default=10, help="number of seeds (10)")
    parser.add_argument("--test", action="store_true", help="score the demo itself on its test images")
    options = parser.parse_args()
    if options.test:
        demo = {"dense": "digits", "convolutional": "digits-conv"}[options.family]
        with multiprocessing.Pool() as pool:
            runs = pool.map(test, [(demo, seed) for seed in range(options.seeds)], 1)
        for seed, (accuracy, seconds) in enumerate(runs):
            print(f"seed {seed}: {accuracy:.2f} % of the test images, {seconds:.1f} s")
        scores = [accuracy for accuracy, _ in runs]
        print(f"median {statistics.median(scores):.2f} %, worst {min(scores):.2f} %")
        return
    _, settings, rounds = FAMILIES[options.family]
    print("median/worst validation accuracy after epochs:", *rounds)
    with multiprocessing.Pool() as pool:
        for setting in settings:
            runs = pool.map(validate, [(options.family, setting, seed) for seed in range(options.seeds)], 1)
            cells = [f"{statistics.median(scores):5.1f}/{min(scores):4.1f}" for scores in zip(*[s for _, s in runs])]
            print(f"{runs[0][0]}  {'  '.join(cells)}", flush=True)


if __name__ == "__main__":
    main()
