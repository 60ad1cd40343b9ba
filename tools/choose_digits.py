#!/usr/bin/env python3
"""Choose the settings of the digits demo without looking at a test image.

For some seeds the demo's own split is made, its training images are split again 80/20, and every
setting is trained on the larger and judged on the smaller part.  Prints the median and the worst of
the validation accuracies after some numbers of epochs.  Fastest under PyPy.
"""
import argparse
import multiprocessing
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from purenet import SGD, Dense, Network  # noqa: E402
from purenet.data import load_digits, train_test_split  # noqa: E402

EPOCHS = (10, 15, 20, 25, 30, 40, 50)
SETTINGS = [
    (activation, init, rate, momentum, batch)
    for activation, init, rates in (
        ("relu", "he_uniform", (0.05, 0.1, 0.2)), ("tanh", "glorot_uniform", (0.1, 0.2, 0.4)),
        ("sigmoid", "glorot_uniform", (0.5, 1.0, 2.0)),
    )
    for rate in rates
    for momentum in (0.0, 0.9)
    for batch in (16, 32)
]


def validate(job):
    """Validation accuracy after each of EPOCHS."""
    (activation, init, rate, momentum, batch), seed = job
    images, labels = load_digits()
    x, _, y, _ = train_test_split([[pixel / 16.0 for pixel in image] for image in images], labels, seed=seed)
    x, x_valid, y, y_valid = train_test_split(x, y, seed=seed)
    rate = rate * (1.0 - momentum)
    net = Network(64, [Dense(32, activation), Dense(10, "softmax")], loss="categorical_cross_entropy",
                  optimizer=SGD(rate, momentum), init=init, seed=seed)
    scores = []
    done = 0
    for epochs in EPOCHS:
        net.fit(x, y, epochs=epochs - done, batch_size=batch)
        done = epochs
        right = [p == t for p, t in zip(net.predict_classes(x_valid), y_valid)]
        scores.append(100.0 * right.count(True) / len(right))
    return scores


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--seeds", type=int, default=10)
    options = parser.parse_args()
    print("median/worst validation accuracy after epochs:", *EPOCHS)
    with multiprocessing.Pool() as pool:
        for setting in SETTINGS:
            runs = pool.map(validate, [(setting, seed) for seed in range(options.seeds)])
            cells = []
            for k in range(len(EPOCHS)):
                scores = sorted(run[k] for run in runs)
                cells.append(f"{scores[len(scores) // 2]:5.1f}/{scores[0]:4.1f}")
            activation, init, rate, momentum, batch = setting
            print(f"{activation:8} rate {rate:.2f} momentum {momentum} batch {batch:2}  {'  '.join(cells)}", flush=True)


if __name__ == "__main__":
    main()
