"""Handwritten digits again, read by a convolutional network, from the same split as ``digits.py``'s.

The settings were chosen by ``tools/experiments/choose_digits.py convolutional`` on parts of the training images; the test images
are read once, at the end.  The reference engine would take long: ``demo`` without a name leaves this one out.
"""
import time

from ... import SGD, Conv2D, Dense, Dropout, MaxPool2D, Network, StepDecay
from ..._core.messages import plural
from .digits import split, train_and_show

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

EPOCHS = 30
BATCH_SIZE = 32


def network(seed: "int | None", backend: str) -> Network:
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


def make(seed: "int | None", backend: str) -> "tuple[Network, Any, Any, dict[str, Any]]":
    """The network, x, y, and what fit is told."""
    x_train, _, y_train, _ = split(seed)
    return network(seed, backend), x_train, y_train, {"epochs": EPOCHS, "batch_size": BATCH_SIZE}


def run(seed: "int | None", epochs: "int | None", backend: str, plot: "str | None") -> None:
    """Train on four fifths of the digits, and show how the rest is read."""
    net, parts = network(seed, backend), split(seed)
    rounds = EPOCHS if epochs is None else epochs
    if net.backend == "reference" and rounds:
        _warn_of_time(net, parts, rounds)
    train_and_show(net, parts, rounds, BATCH_SIZE, plot)


def _warn_of_time(net: Network, parts: "tuple[Any, Any, Any, Any]", epochs: int) -> None:
    """Say how long the reference will be busy, from the gradients of one image, which change nothing."""
    x_train, _, y_train, _ = parts
    begun = time.perf_counter()
    net.gradients(x_train[:1], y_train[:1])
    seconds = (time.perf_counter() - begun) * len(x_train) * epochs
    long = f"{seconds:.0f} s" if seconds < 100 else f"{seconds / 60:.0f} min"
    print(f"{plural(epochs, 'epoch')} will take the reference engine about {long}, the compiled one seconds "
          "(python3 -m purenet info says why it is not used); --epochs sets fewer", flush=True)
