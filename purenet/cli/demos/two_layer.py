"""Train the two-layer network of the articles: learn "the second column XOR the first" from four rows.

It has three inputs, four hidden sigmoids and one output sigmoid, without biases. The loss is the sum of squared errors.
Each iteration subtracts the whole gradient (rate 1), as the articles' ``weights += dot(layer.T, delta)`` does.
"""
from __future__ import annotations

import sys

from ..._core.messages import printable
from ...inspection.svg import curve_chart, save_svg
from ...layers.dense import Dense
from ...network import Network
from ...optimizers.sgd import SGD
from ..charts import curve

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

X = [[0, 0, 1],
     [0, 1, 1],
     [1, 0, 1],
     [1, 1, 1]]
Y = [[0], [1], [1], [0]]


def make(seed: int | None, backend: str) -> tuple[Network, Any, Any, dict[str, Any]]:
    """Return the network, x, y and the options of fit."""
    net = Network(
        inputs=3,
        layers=[Dense(4, "sigmoid", bias=False), Dense(1, "sigmoid", bias=False)],
        loss="squared_error",
        optimizer=SGD(learning_rate=1.0),
        init="rand",  # uniform in [0, 1), as np.random.rand draws it
        seed=1 if seed is None else seed,
        backend=backend,
    )
    return net, X, Y, {"epochs": 1500, "batch_size": None, "shuffle": False}


def run(seed: int | None, epochs: int | None, backend: str, plot: str | None) -> None:
    """Train, print predictions beside targets, and draw the loss of every iteration."""
    net, x, y, options = make(seed, backend)
    if epochs is not None:
        options["epochs"] = epochs
    history = net.fit(x, y, **options)

    print("inputs     target  prediction")
    for row, target, prediction in zip(X, Y, net.predict(X)):
        print(f"{row}  {target[0]:6}  {prediction[0]:10.8f}")
    if history.loss:
        print(f"\nloss per iteration, {history.loss[0]:.6f} to {history.loss[-1]:.6f} (columns are means)")
        print("\n".join(curve(history.loss, sys.stdout)))
        if plot:
            save_svg(plot, curve_chart([("loss", history.loss)], "two-layer network: sum of squared errors"))
            print(f"\nwrote {printable(plot)}")
    print(f"\nSHA-256 of the weights: {net.digest()}")
