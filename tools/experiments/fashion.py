#!/usr/bin/env python3
"""Train two networks on the 60,000 images of Fashion-MNIST for ten epochs, and test them on 10,000.

    python3 -m tools.experiments.fashion [dense] [convolutional] [--data FOLDER] [--seeds 3] [--choose]

Prints the test accuracy of each network from seeds 0, 1 and 2, and the median. --choose reads no test image: it trains
every setting on 50,000 images and scores it on the other 10,000. The images are Zalando's (MIT licence), in Debian's
package dataset-fashion-mnist. --data names another folder with the same four files. Without the files, the command says
so and exits with 0. `python3 -m tools.bench --only fashion` times an epoch.
"""
import argparse
import statistics
import struct
import sys
import time
from array import array
from pathlib import Path

from purenet import Adam, Conv2D, CosineDecay, Dense, MaxPool2D, Network, backend
from purenet.data import read_idx

FOLDER = "/usr/share/datasets/fashion-mnist"
SIDE, CLASSES = 28, 10
TRAINING, TEST, HELD_OUT = 60000, 10000, 10000
PART = 1 << 16  # pixels converted to doubles at a time
EPOCHS = 10


class Missing(Exception):
    """The data files are missing. The message says how to get them."""


def read(folder, part, count):
    """Return the pixels, from 0.0 to 1.0, and the class numbers of a part of the data: "train" or "t10k"."""
    paths = [Path(folder) / f"{part}-{kind}-ubyte.gz" for kind in ("images-idx3", "labels-idx1")]
    for path in paths:
        if not path.is_file():
            raise Missing(f"Fashion-MNIST is not here ({path} is missing): apt-get install dataset-fashion-mnist, or "
                          f"name a folder that has its four .gz files")
    arrays = []
    for path, wanted, most in zip(paths, ((count, SIDE, SIDE), (count,)), (255, CLASSES - 1)):
        shape, values = read_idx(str(path))
        if shape != wanted or values.typecode != "B" or max(values) > most:
            raise ValueError(f"{path}: expected {' x '.join(map(str, wanted))} bytes from 0 to {most}, got "
                             f"{' x '.join(map(str, shape))} numbers of type {values.typecode} up to {max(values)}")
        arrays.append(values)
    return fractions(arrays[0].tobytes()), array("d", arrays[1])


def fractions(data):
    """Return every byte / 255 as a double.

    One translation gives the first byte of every double, the next the second, and so on: no loop over the numbers.
    """
    tables = [bytes(column) for column in zip(*[struct.pack("d", value / 255) for value in range(256)])]
    doubles = array("d")
    for begin in range(0, len(data), PART):
        part = data[begin:begin + PART]
        room = bytearray(8 * len(part))
        for k, table in enumerate(tables):
            room[k::8] = part.translate(table)
        doubles.frombytes(room)
    return doubles


def network(inputs, layers, rate, decays, seed):
    """Return a network with the settings that all of them share."""
    return Network(inputs, layers, loss="categorical_cross_entropy", init="he_normal", seed=seed,
                   optimizer=Adam(CosineDecay(rate, EPOCHS, unit="epochs") if decays else rate))


def dense(seed, rate=0.002, decays=True):
    """Return a 784-128-10 network."""
    layers = [Dense(128, "relu"), Dense(CLASSES, "softmax")]
    return network(SIDE * SIDE, layers, rate, decays, seed)


def convolutional(seed, rate=0.002, decays=True, filters=(16, 32), units=128):
    """Return a network of two convolutions, each with 2 x 2 max pooling, and a hidden layer of ``units`` units."""
    layers = []
    for count in filters:
        layers += [Conv2D(count, 3, activation="relu"), MaxPool2D(2)]
    if units:
        layers.append(Dense(units, "relu"))
    return network((SIDE, SIDE, 1), [*layers, Dense(CLASSES, "softmax")], rate, decays, seed)


BATCH = 32
NETWORKS = {"dense": dense, "convolutional": convolutional}
WANTED = {"dense": 88.0, "convolutional": 90.5}
SETTINGS = {
    "dense": [{"rate": rate, "decays": decays} for rate in (0.0005, 0.001, 0.002) for decays in (False, True)],
    "convolutional": [{"rate": rate, "filters": filters, "units": units} for filters, units, rate in (
        ((8, 16), 0, 0.004), ((16, 32), 0, 0.002), ((16, 32), 128, 0.001), ((16, 32), 128, 0.002))],
}


def trained(net, x, y, x_test, y_test):
    """Train, and return the test accuracy in percent and the seconds per epoch."""
    begun = time.monotonic()
    net.fit(x, y, epochs=EPOCHS, batch_size=BATCH)
    seconds = (time.monotonic() - begun) / EPOCHS
    right = [a == b for a, b in zip(net.predict_classes(x_test), y_test)].count(True)
    return 100.0 * right / len(y_test), seconds


def choose(name, data, seeds):
    """Print the validation accuracy of every setting."""
    x, y = data
    kept = len(y) - HELD_OUT
    pixels = memoryview(x)
    parts = pixels[:kept * SIDE * SIDE], y[:kept], pixels[kept * SIDE * SIDE:], y[kept:]
    for setting in SETTINGS[name]:
        scores = [trained(NETWORKS[name](seed, **setting), *parts)[0] for seed in range(seeds)]
        print(f"{name} {setting}: median {statistics.median(scores):.2f} %, worst {min(scores):.2f} %", flush=True)


def score(name, training, test, seeds):
    """Print the test accuracy for every seed, and return whether the median reaches its target."""
    scores = []
    for seed in range(seeds):
        accuracy, seconds = trained(NETWORKS[name](seed), *training, *test)
        print(f"{name}, seed {seed}: {accuracy:.2f} % of {len(test[1])}, {seconds:.1f} s an epoch", flush=True)
        scores.append(accuracy)
    median = statistics.median(scores)
    reached = median >= WANTED[name]
    print(f"{name}: median {median:.2f} %, wanted {WANTED[name]} %: {'reached' if reached else 'MISSED'}", flush=True)
    return reached


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(NETWORKS) + "; default: both")
    parser.add_argument("--data", metavar="FOLDER", default=FOLDER, help="where the four .gz files are")
    parser.add_argument("--seeds", type=int, default=3, help="number of seeds (3)")
    parser.add_argument("--choose", action="store_true", help="compare settings on held-out training images")
    options = parser.parse_args(arguments)
    names = options.names or list(NETWORKS)
    if not set(names) <= set(NETWORKS):
        parser.error(f"expected some of {', '.join(NETWORKS)}, got {' '.join(names)}")
    try:
        training = read(options.data, "train", TRAINING)
        test = None if options.choose else read(options.data, "t10k", TEST)
    except Missing as missing:
        print(f"skipped: {missing}")
        return 0
    except ValueError as error:
        print(f"fashion: error: {error}", file=sys.stderr)
        return 1
    if "compiled" not in backend().available:
        print("the compiled engine is not available (python3 -m purenet info says why): the reference will take days")
    reached = True
    for name in names:
        if options.choose:
            choose(name, training, options.seeds)
        else:
            reached = score(name, training, test, options.seeds) and reached
    return 0 if reached else 1


if __name__ == "__main__":
    sys.exit(main())
