"""Classify handwritten digits with a convolutional network, on the same split as ``digits.py``.

The settings were chosen by ``python3 -m tools.experiments.choose_digits convolutional`` on parts of the training
images. The test images are used once, at the end. This takes long on the reference engine, so ``demo`` without a name
leaves it out.
"""
from __future__ import annotations

import time

from ..._core.messages import plural
from ...layers.convolution import Conv2D
from ...layers.dense import Dense
from ...layers.dropout import Dropout
from ...layers.pooling import MaxPool2D
from ...network import Network
from ...optimizers.schedules.decay import StepDecay
from ...optimizers.sgd import SGD
from ..output import program
from .digits import EPOCHS, split, train_and_show, with_digits

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

BATCH_SIZE = 32


def network(seed: int | None, backend: str) -> Network:
    return Network(
        inputs=(8, 8, 1),
        layers=[
            Conv2D(16, 3, padding="same", activation="relu"),
            Conv2D(32, 3, activation="relu"),
            MaxPool2D(2),
            Dropout(0.4),
            Dense(10, "softmax"),
        ],
        loss="categorical_cross_entropy",
        optimizer=SGD(StepDecay(0.02, 20, unit="epochs"), momentum=0.9, nesterov=True),
        init="he_normal",
        seed=0 if seed is None else seed,
        backend=backend,
    )


def make(seed: int | None, backend: str) -> tuple[Network, Any, Any, dict[str, Any]]:
    """Return the network, x, y and the options of fit."""
    return with_digits(network(seed, backend), seed, BATCH_SIZE)


def run(seed: int | None, epochs: int | None, backend: str, plot: str | None) -> None:
    """Train on four fifths of the digits and show the predictions for the rest."""
    net, parts = network(seed, backend), split(seed)
    rounds = EPOCHS if epochs is None else epochs
    if net.backend == "reference" and rounds:
        _warn_of_time(net, parts, rounds)
    train_and_show(net, parts, rounds, BATCH_SIZE, plot)


def _warn_of_time(net: Network, parts: tuple[Any, Any, Any, Any], epochs: int) -> None:
    """Estimate the reference engine's time from the gradients of one image, and print it."""
    x_train, _, y_train, _ = parts
    begun = time.perf_counter()
    net.gradients(x_train[:1], y_train[:1])
    seconds = (time.perf_counter() - begun) * len(x_train) * epochs
    long = f"{seconds:.0f} s" if seconds < 100 else f"{seconds / 60:.0f} min"
    print(f"{plural(epochs, 'epoch')} will take the reference engine about {long}, the compiled one seconds "
          f"({program()} info says why it is not used); --epochs sets fewer", flush=True)
