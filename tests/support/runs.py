"""Train 3 epochs of 7 batches, for tests that stop the training at every batch and resume it.

The training has shuffling, dropout, Adam, warm-up, plateau, early stopping, validation, metrics and class weights.

    python -m tests.support.runs PATH BACKEND [PATIENCE EPOCHS SLOW HALT]

This command resumes from the file, or starts if it does not exist, and prints everything that the training leaves.
"""
import random
import struct
import sys
import time

import purenet
from purenet import Adam, Callback, Checkpoint, Dense, Dropout, EarlyStopping, Network, ReduceOnPlateau, WarmUp

DRAWN = random.Random(3)
X = [[DRAWN.uniform(-1, 1) for _ in range(3)] for _ in range(25)]
Y = [int(a + b > c) for a, b, c in X]
EPOCHS, BATCHES = 3, 7
RATE, WARM = 0.2, 10  # the full rate, and the steps of warm-up, which end in the second epoch


class Halt(Callback):
    """Stop after some batches. The count is not part of a checkpoint."""

    kind = "halt"

    def __init__(self, batches=0):
        self.left = batches

    def on_batch_end(self, net, epoch, batch, loss):
        self.left -= 1
        return self.left == 0


class Slow(Callback):
    """Wait before each batch is saved, so that a kill can hit any moment."""

    def __init__(self, seconds):
        self.seconds = seconds

    def on_batch_end(self, net, epoch, batch, loss):
        time.sleep(self.seconds)


def network(backend, seed=12, factor=0.5):
    layers = [Dense(6, "tanh"), Dropout(0.3), Dense(2, "softmax")]
    rate = WarmUp(ReduceOnPlateau(RATE, factor, patience=1), WARM)
    return Network(3, layers, loss="categorical_cross_entropy", optimizer=Adam(rate), seed=seed, backend=backend)


def fit(net, halt=0, path=None, patience=0, resume=False, epochs=EPOCHS, slow=0.0):
    """Train, and stop after ``halt`` batches (0: train to the end).

    ``patience``: of an early stopping that counts no epoch after the first as better. 0: usual early stopping, which
    waits for two epochs.
    """
    stopping = EarlyStopping(patience=patience, min_delta=9.0, restore_best=False) if patience else EarlyStopping(
        patience=2)
    callbacks = [stopping, Halt(halt)]
    if path:
        callbacks.append(Checkpoint(path, of="batches"))
    if slow:
        callbacks.append(Slow(slow))
    history = net.fit(X, Y, epochs, 3, validation_split=0.2, stratify=True, metrics=["accuracy"],
                      class_weight="balanced", callbacks=callbacks, resume=resume)
    history.stopping = stopping
    return history


def everything(net, history):
    """Return as text: history, digest, optimizer, schedule, early stopping, stream and position."""
    state = net._engine.state()
    kind, key, place, has_kept, kept = state.stream
    numbers = [value for own in state.optimizer_numbers for values in own for value in values]
    numbers += net.optimizer.float_settings()
    curves = [("loss", history.loss)] + history.curves
    parts = [f"{name} {[value.hex() for value in values]}" for name, values in curves]
    parts += [str(history.stopped), net.digest(), struct.pack(f"{len(numbers)}d", *numbers).hex()]
    parts += [str((list(key), place, int(has_kept), kept)), str(state.position)]
    if hasattr(history, "stopping"):
        words, best = history.stopping.state()
        parts += [str(words), str([value.hex() for value in best[:1]])]
    return "\n".join(parts)


def main(path, backend, patience=0, epochs=EPOCHS, slow=0.0, halt=0):
    """Resume from ``path``, or start, and print what is left at the end."""
    try:
        net = purenet.load(path, backend=backend)
    except FileNotFoundError:
        net = network(backend)
    history = fit(net, int(halt), path, int(patience), True, int(epochs), float(slow))
    print(everything(net, history))


if __name__ == "__main__":
    main(*sys.argv[1:])
