"""The run of 3 epochs x 7 batches that is stopped everywhere: shuffled, with dropout, validation, early stopping."""
import random
import struct
import sys
import time

import purenet
from purenet import SGD, Callback, Checkpoint, Dense, Dropout, EarlyStopping, Network

DRAWN = random.Random(3)
X = [[DRAWN.uniform(-1, 1) for _ in range(3)] for _ in range(25)]
Y = [int(a + b > c) for a, b, c in X]
EPOCHS, BATCHES = 3, 7


class Halt(Callback):
    """Stops after so many batches, counted by itself; saves nothing of it."""

    kind = "halt"

    def __init__(self, batches=0):
        self.left = batches

    def on_batch_end(self, net, epoch, batch, loss):
        self.left -= 1
        return self.left == 0


class SlowDown(Callback):
    """Halves the learning rate after an epoch that was no better: a schedule with a state of its own."""

    def __init__(self):
        self.least = None

    def on_train_begin(self, net, history):
        self.least = None

    def on_epoch_end(self, net, epoch, history):
        if self.least is not None and history.loss[-1] >= self.least:
            net.optimizer.learning_rate = net.optimizer.learning_rate / 2
        self.least = history.loss[-1] if self.least is None else min(self.least, history.loss[-1])

    def state(self):
        return [self.least is not None], [] if self.least is None else [self.least]

    def set_state(self, words, numbers):
        self.least = numbers[0] if words[0] else None


def network(backend, seed=8):
    layers = [Dense(6, "tanh"), Dropout(0.3), Dense(2, "softmax")]
    return Network(3, layers, loss="categorical_cross_entropy", optimizer=SGD(0.5, 0.9), seed=seed, backend=backend)


def fit(net, halt=0, path=None, patience=1, resume=False, epochs=EPOCHS, slow=0.0):
    """Part of the run, or all of it."""
    callbacks = [EarlyStopping(patience=patience), SlowDown(), Halt(halt)]
    if path:
        callbacks.append(Checkpoint(path, of="batches"))
    if slow:
        callbacks.append(Slow(slow))
    return net.fit(X, Y, epochs, 3, validation_split=0.2, stratify=True, metrics=["accuracy"], class_weight="balanced",
                   callbacks=callbacks, resume=resume)


class Slow(Callback):
    """Takes its time before every batch is saved, so that a kill can hit anything."""

    def __init__(self, seconds):
        self.seconds = seconds

    def on_batch_end(self, net, epoch, batch, loss):
        time.sleep(self.seconds)


def everything(net, history):
    """All that the run leaves, as text: history, digest, optimizer, stream, position."""
    state = net._engine.state()
    kind, key, place, has_kept, kept = state.stream
    numbers = [value for own in state.optimizer_numbers for values in own for value in values]
    curves = [("loss", history.loss)] + history.curves
    parts = [f"{name} {[value.hex() for value in values]}" for name, values in curves]
    parts += [str(history.stopped), net.digest(), struct.pack(f"{len(numbers)}d", *numbers).hex()]
    parts += [str((list(key), place, int(has_kept), kept)), str(state.position), net.optimizer.learning_rate.hex()]
    return "\n".join(parts)


def main(path, backend, patience, epochs, slow):
    """In a process of its own: go on from the file if it is there, else begin; print everything at the end."""
    try:
        net = purenet.load(path, backend=backend)
    except FileNotFoundError:
        net = network(backend)
    history = fit(net, path=path, patience=int(patience), resume=True, epochs=int(epochs), slow=float(slow))
    print(everything(net, history))


if __name__ == "__main__":
    main(*sys.argv[1:])
