"""Classify handwritten digits with a 64-32-10 network: 1,797 images of 8 x 8 pixels (see DIGITS.md).

The settings were chosen by ``tools/experiments/choose_digits.py`` on parts of the training images. The test images
are used once, at the end.
"""
from __future__ import annotations

import time

from ..._core.messages import printable
from ...data import load_digits, train_test_split
from ...inspection.svg import curve_chart, image_grid, save_svg
from ...layers.dense import Dense
from ...metrics import ConfusionMatrix
from ...network import Network
from ...optimizers.sgd import SGD
from ...training.progress import Progress
from . import beside

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

EPOCHS = 30
BATCH_SIZE = 16


def split(seed: int | None) -> tuple[Any, Any, Any, Any]:
    """Return x_train, x_test, y_train, y_test: four fifths of the digits for training, the rest for testing."""
    images, labels = load_digits()
    pixels = [[pixel / 16.0 for pixel in image] for image in images]
    return train_test_split(pixels, labels, test_size=0.2, random_state=0 if seed is None else seed)


def network(seed: int | None, backend: str) -> Network:
    return Network(
        inputs=64,
        layers=[Dense(32, "tanh"), Dense(10, "softmax")],
        loss="categorical_cross_entropy",
        optimizer=SGD(learning_rate=0.4),
        seed=0 if seed is None else seed,
        backend=backend,
    )


def make(seed: int | None, backend: str) -> tuple[Network, Any, Any, dict[str, Any]]:
    """Return the network, x, y and the options of fit."""
    return with_digits(network(seed, backend), seed, BATCH_SIZE)


def with_digits(net: Network, seed: int | None, batch_size: int) -> tuple[Network, Any, Any, dict[str, Any]]:
    """Return the network, the training digits and their labels, and the options of fit."""
    x_train, _, y_train, _ = split(seed)
    return net, x_train, y_train, {"epochs": EPOCHS, "batch_size": batch_size}


def run(seed: int | None, epochs: int | None, backend: str, plot: str | None) -> None:
    """Train on four fifths of the digits and show the predictions for the rest."""
    train_and_show(network(seed, backend), split(seed), EPOCHS if epochs is None else epochs, BATCH_SIZE, plot)


def train_and_show(
    net: Network, parts: tuple[Any, Any, Any, Any], epochs: int, batch_size: int, plot: str | None
) -> None:
    """Train a network on digits and print its results."""
    x_train, x_test, y_train, y_test = parts
    print(f"{len(x_train)} digits for training, {len(x_test)} for testing; backend {net.backend}", flush=True)
    begun = time.monotonic()
    with Progress() as progress:
        history = net.fit(x_train, y_train, epochs=epochs, batch_size=batch_size, progress=progress)
    seconds = time.monotonic() - begun
    if history.loss:
        print(f"epochs: {len(history.loss)}, seconds: {seconds:.1f}")
        print(f"loss: {history.loss[0]:.4f} to {history.loss[-1]:.4f}")

    predictions = net.predict_classes(x_test)
    right = [p == t for p, t in zip(predictions, y_test)].count(True)
    print(f"\n{right} of {len(y_test)} test digits read correctly: {100 * right / len(y_test):.1f} %")
    print("Training and test digits come from the same 13 writers; strangers' digits would be harder.\n")
    print(ConfusionMatrix(y_test, predictions, labels=range(10)))
    if plot:
        _save_pictures(plot, history.loss, x_test, y_test, predictions)
    print(f"\nSHA-256 of the weights: {net.digest()}")


def _save_pictures(
    plot: str, losses: list[float], images: list[list[float]], labels: list[int], predictions: list[int]
) -> None:
    """Write the loss curve to ``plot``, and beside it a picture of every misread digit and some others."""
    if losses:
        save_svg(plot, curve_chart([("loss", losses)], "digits: cross-entropy of the training images"))
        print(f"\nwrote {printable(plot)}")
    order = sorted(range(len(labels)), key=lambda i: predictions[i] == labels[i])[:40]
    chosen = [images[i] for i in order], [labels[i] for i in order], [predictions[i] for i in order]
    save_svg(beside(plot), image_grid(*chosen, side=8, white=1.0))
    print(f"wrote {printable(beside(plot))}")
