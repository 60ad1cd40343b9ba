"""Train the three-layer network of the articles: 3-4-5-1 sigmoids, no biases, half the squared error, rate 0.1.

The first weights are those of ``np.random.seed(1)`` and ``np.random.randn``, layer by layer, without NumPy.
"""
from __future__ import annotations

from ..._core.messages import printable
from ...inspection.svg import curve_chart, save_svg
from ...layers.dense import Dense
from ...network import Network
from ...optimizers.sgd import SGD

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

X = [[0, 0, 1],
     [1, 1, 1],
     [1, 0, 1],
     [0, 1, 1]]
Y = [[0], [1], [1], [0]]


def make(seed: int | None, backend: str) -> tuple[Network, Any, Any, dict[str, Any]]:
    """Return the network, x, y and the options of fit."""
    net = Network(
        inputs=3,
        layers=[
            Dense(4, "sigmoid", bias=False),
            Dense(5, "sigmoid", bias=False),
            Dense(1, "sigmoid", bias=False),
        ],
        loss="half_squared_error",
        optimizer=SGD(learning_rate=0.1),
        init="randn",
        seed=1 if seed is None else seed,
        backend=backend,
    )
    return net, X, Y, {"epochs": 5000, "batch_size": None, "shuffle": False}


def run(seed: int | None, epochs: int | None, backend: str, plot: str | None) -> None:
    """Train, print the cost every 1000 epochs, then the predictions to eight digits."""
    net, x, y, options = make(seed, backend)
    if epochs is not None:
        options["epochs"] = epochs
    history = net.fit(x, y, **options)

    for epoch in range(0, len(history.loss), 1000):
        print(f"Cost after epoch {epoch}: {history.loss[epoch]:f}")
    print("\ninputs     target  prediction")
    for row, target, prediction in zip(X, Y, net.predict(X)):
        print(f"{row}  {target[0]:6}  {prediction[0]:10.8f}")
    if plot and history.loss:
        save_svg(plot, curve_chart([("loss", history.loss)], "three-layer network: half the squared error"))
        print(f"\nwrote {printable(plot)}")
    print(f"\nSHA-256 of the weights: {net.digest()}")
