"""Make the networks and data that ``python3 -m purenet compare`` trains: for a CSV file, or at random.

Each function returns (network, x, y, options of fit).
"""
import math

from .._core.messages import join_names
from ..data.csv_forms import option
from ..data.csv_reader import read_csv
from ..layers.activations import ACTIVATION_SETTINGS, Activation
from ..layers.convolution import Conv2D
from ..layers.dense import Dense
from ..layers.dropout import Dropout
from ..layers.normalisation import BatchNorm
from ..layers.pooling import AveragePool2D, GlobalAveragePool2D, MaxPool2D
from ..layers.reshaping import Flatten
from ..losses import LOSS_SETTINGS, REDUCTIONS
from ..network import Network
from ..optimizers.adagrad import Adagrad
from ..optimizers.adam import Adam
from ..optimizers.rmsprop import RMSprop
from ..optimizers.rprop import Rprop
from ..optimizers.schedules.decay import CosineDecay
from ..optimizers.schedules.plateau import ReduceOnPlateau
from ..optimizers.schedules.warm_up import WarmUp
from ..optimizers.sgd import SGD
from ..reference.random_state import RandomState

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, Sequence

    from ..layers.base import Layer

    Case = tuple[Network, Any, Any, "dict[str, Any]"]

SIZES = list(range(1, 18)) + [31, 32, 33]  # every remainder of 4 and 8, and around 16 and 32
ROWS = [1, 2, 3, 4, 5, 8, 11, 16, 17, 33, 100, 127, 128, 129, 255, 257, 300]  # around the sizes of the engine's slices
INITS = ("rand", "randn", "glorot_uniform", "glorot_normal", "he_uniform", "he_normal", "lecun_normal", "zeros")
RATES = (1 / 1000, 0.0173, 0.1, 1.0, 1e3)  # the last ones overflow, which is compared too


def csv_case(path: "Any", seed: int = 0, ignore: "Sequence[str]" = (), **reading: "Any") -> "Case":
    """Return a network of 8 hidden units for a CSV file of numbers, each column divided by its largest magnitude.

    The last column is the target; those of ``ignore`` are left out. ``reading``: options of ``read_csv``.
    """
    table = read_csv(path, strict=True, missing="refuse", ignore=ignore, **reading)
    texts = [column.name for column in table.columns if column.kind == "text"]
    if texts:
        cure = " ".join([option("--ignore", name) for name in texts])
        raise ValueError(f"{path}: {'column' if len(texts) == 1 else 'columns'} {join_names(texts)} with texts: "
                         f"compare takes numbers; {cure} leaves them out")
    if len(table.columns) < 2:
        raise ValueError(f"{path}: expected at least two columns, the last one the target")
    numbers: "Any" = table.matrix(table.names).tolist()
    largest = [max(map(abs, column)) or 1.0 for column in table.columns]
    rows = [[value / most for value, most in zip(row, largest)] for row in numbers]
    net = Network(
        len(largest) - 1, [Dense(8, "tanh"), Dense(1)], loss="mean_squared_error", optimizer=SGD(0.1, 0.9), seed=seed,
        backend="reference")
    return net, [row[:-1] for row in rows], [row[-1] for row in rows], {"epochs": 20}


def random_case(seed: int) -> "Case":
    """Return a random network with random settings, and difficult data for it, all drawn from a seed."""
    stream = RandomState(seed)

    def one_of(options: "Any") -> "Any":
        return options[stream.randint(len(options))]

    rows, inputs = one_of(ROWS), one_of(SIZES)
    loss = one_of(sorted(LOSS_SETTINGS))
    layers: "list[Layer]" = []
    if one_of((False, False, True)):
        inputs, layers = _images(one_of)
    hidden = [name for name in sorted(ACTIVATION_SETTINGS) if name != "softmax"]
    for _ in range(stream.randint(4)):
        layers.append(one_of((_layer, _layer, _layer, _between))(one_of, one_of(hidden)))
    last = _layer(one_of, LOSS_SETTINGS[loss][2] or one_of(sorted(ACTIVATION_SETTINGS)))
    layers.append(last)
    net = Network(
        inputs, layers, loss=(loss, one_of((1 / 10, 1.0, 3.7))) if loss == "huber" else loss,
        reduction=one_of((None, None) + REDUCTIONS), init=one_of(INITS), seed=seed, backend="reference",
        optimizer=_optimizer(one_of))
    span = one_of((0, 0, 3, 20, 300))
    x = [[_hostile(stream, span) for _ in range(net.plan.inputs)] for _ in range(rows)]
    y = _targets(stream, rows, last.units, loss, span)
    weights = [one_of((0.0, 1.0, stream.rand() * 9.0)) for _ in range(rows)] if one_of((False, False, True)) else None
    if weights and not any(weights):
        weights[-1] = 0.37
    return net, x, y, {
        "epochs": 1 + stream.randint(2 if rows > 40 else 4),
        "batch_size": one_of((None, 1, 2, 3, 5, 7, 16, 32, 130, 256)),
        "shuffle": one_of((False, True)), "sample_weight": weights,
    }


def _optimizer(one_of: "Callable[[Any], Any]") -> "Any":
    rate, momentum = one_of(RATES), one_of((0.0, 0.0, 0.5, 0.87))
    clip_norm, clip_value = one_of(((None, None), (None, None), (0.7, None), (None, 0.1)))
    regular = {"weight_decay": one_of((0.0, 0.0, 0.31)), "clip_norm": clip_norm, "clip_value": clip_value}
    kind = one_of((SGD, SGD, RMSprop, Adagrad, Adam, Rprop))
    if kind is not Rprop:
        rate = one_of((rate, rate, rate, CosineDecay(rate, 9), WarmUp(ReduceOnPlateau(rate, patience=1), 3)))
    if kind is SGD:
        return SGD(rate, momentum, momentum > 0.0 and one_of((False, True)), **regular)
    return RMSprop(rate, 0.8, momentum, **regular) if kind is RMSprop else kind(rate, **regular)


def _images(one_of: "Callable[[Any], Any]") -> "tuple[tuple[int, ...], list[Layer]]":
    """Return a shape of images, and layers for them."""
    shape: "tuple[int, ...]" = (one_of((1, 2, 4, 5)), one_of((2, 3, 5, 7)), one_of((1, 1, 2, 5)))
    images, layers = shape, []
    for _ in range(one_of((1, 2, 3))):
        window, strides = (one_of((1, 2, 3, 4)), one_of((1, 2, 3))), (one_of((1, 1, 2, 3)), one_of((1, 1, 2, 3)))
        fits = window[0] <= shape[0] and window[1] <= shape[1]
        padding = one_of(("valid", "same")) if fits else "same"
        layers.append(one_of((
            Conv2D(one_of((1, 2, 3, 8, 9)), window, strides, padding, one_of(("linear", "relu", "tanh", "silu"))),
            Conv2D(one_of((1, 4, 17)), window, strides, padding, "linear", one_of((True, False)), one_of(INITS)),
            MaxPool2D(window, strides, padding), AveragePool2D(window, strides, padding), BatchNorm(), Dropout(0.25),
            Activation("relu"), Flatten(), GlobalAveragePool2D())))
        shape = layers[-1].plan(shape).shape
        if len(shape) == 1:
            break
    return images, layers


def _between(one_of: "Callable[[Any], Any]", activation: str) -> "Layer":
    layer: "Layer" = one_of((Dropout(one_of((0.0, 0.5, 0.83))), BatchNorm(one_of((0.0, 0.9)), one_of((0.001, 1e-9))),
                             Activation(activation)))
    return layer


def _layer(one_of: "Callable[[Any], Any]", activation: str) -> Dense:
    units = one_of(SIZES)
    given: "Any" = (activation, one_of((0.0, 0.01, 0.2, 1.7))) if ACTIVATION_SETTINGS[activation] else activation
    return Dense(
        units + 1 if activation == "softmax" and units == 1 else units, given, one_of((True, True, False)),
        one_of((None, None, None) + INITS), one_of((0.0, 0.0, 0.01)), one_of((0.0, 0.0, 0.17)))


def _hostile(stream: RandomState, span: int) -> float:
    """Return a gaussian times a power of two, or sometimes a zero of either sign or a subnormal."""
    kind = stream.randint(50)
    if kind < 4:
        return (0.0, -0.0, math.ldexp(1.0, -1074), math.ldexp(-3.0, -1060))[kind]
    value: float = math.ldexp(stream.randn(), stream.randint(-span, span + 1))
    return value


def _targets(stream: RandomState, rows: int, units: int, loss: str, span: int) -> "Any":
    if loss == "binary_cross_entropy":
        return [[(0.0, 1.0, stream.rand())[stream.randint(3)] for _ in range(units)] for _ in range(rows)]
    if loss == "categorical_cross_entropy":
        if stream.randint(2) or units == 1:
            return [stream.randint(units) for _ in range(rows)]
        y = []
        for _ in range(rows):
            share = stream.randint(257) / 256.0  # so that both add up to exactly 1
            y.append([share, 1.0 - share] + [0.0] * (units - 2))
        return y
    return [[_hostile(stream, span) for _ in range(units)] for _ in range(rows)]
