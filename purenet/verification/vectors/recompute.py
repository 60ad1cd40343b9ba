"""Recompute a golden vector from its description.

Doubles are written as 16 hexadecimal digits each, sign and exponent first. A list of doubles is one text.
``backend`` arguments are ``Reference`` here or ``Compiled`` of ``compiled.py``.
"""
import struct

from ..._core.arrays import flatten, size_of
from ..._model.planner import sample_shape
from ...layers import layer_class
from ...layers.dense import Dense
from ...network import Network
from ...optimizers import optimizer_class
from ...optimizers.schedules import schedule_class
from ...optimizers.schedules.warm_up import WarmUp
from ...optimizers.sgd import SGD
from ...reference import elementary
from ...reference.random_state import RandomState

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Sequence

    from ...layers.base import Layer

SHOWN = 4  # last losses of a run that are kept


class Reference:
    """The reference engine: plain Python."""

    name = "reference"
    settings = ""

    def function(self, name: str, points: "list[tuple[float, ...]]") -> "list[float]":
        """Return an elementary function's values at some points, each a tuple of arguments."""
        compute: "Any" = getattr(elementary, name)
        return [compute(*point) for point in points]

    def stream(self, seed: int) -> RandomState:
        """Return a stream of random numbers."""
        return RandomState(seed)

    def network(self, *given: "Any", **named: "Any") -> Network:
        """Return a network on this engine."""
        return Network(*given, backend="reference", **named)


def values_of(vector: "Any", backend: "Any") -> "list[str]":
    """Return the results of a vector, in the order and form of its "gives"."""
    if "function" in vector:
        width = 2 if vector["function"] == "power" else 1
        numbers = doubles_of(vector["points"])
        points = [tuple(numbers[k:k + width]) for k in range(0, len(numbers), width)]
        return [hex_of(backend.function(vector["function"], points))]
    if "calls" in vector:
        stream = backend.stream(vector["seed"])
        return [hex_of(flatten([getattr(stream, name)(*numbers)])) for name, *numbers in vector["calls"]]
    x, y, weights = data_of(vector)
    net = network_of(vector, backend)
    history = net.fit(x, y, vector["epochs"], vector["batch"], bool(vector["shuffle"]), sample_weight=weights)
    predictions = net.predict(x[:vector["predict"]])
    return [hex_of(history.loss[-SHOWN:]), hex_of(flatten(predictions)), net.digest()]


def network_of(vector: "Any", backend: "Any") -> Network:
    """Return the network that a vector describes."""
    loss, *delta = vector["loss"]
    layers = [_layer(*layer) for layer in vector["layers"]]
    for layer in layers if "penalties" in vector else []:
        layer.l1, layer.l2 = [quotient(pair) for pair in vector["penalties"]]
    net: Network = backend.network(
        inputs_of(vector), layers,
        loss=(loss, quotient(delta[0])) if delta else loss, reduction=vector["reduction"],
        optimizer=optimizer_of(vector), init=vector["init"], seed=vector["seed"],
    )
    net.warned.append("single rows")  # batches of one row are intended here
    return net


def optimizer_of(vector: "Any") -> "Any":
    """Return the optimizer of a run, with its schedule and regularisation."""
    rate: "Any" = quotient(vector["rate"])
    if "schedule" in vector:
        kind, *given = vector["schedule"]
        rate = schedule_class(kind)(rate, *[quotient(x) if isinstance(x, list) else x for x in given])
    if "warm_up" in vector:
        rate = WarmUp(rate, *vector["warm_up"])
    regular = {name: quotient(pair) for name, pair in vector.get("regular", [])}
    if "optimizer" not in vector:
        return SGD(rate, quotient(vector["momentum"]), bool(vector["nesterov"]), **regular)
    kind, *given = vector["optimizer"]
    return optimizer_class(kind)(rate, *[quotient(pair) for pair in given], **regular)


def inputs_of(vector: "Any") -> "Any":
    """Return the width of a run's rows of x, or the shape of its images."""
    inputs = vector["inputs"]
    return tuple(inputs) if isinstance(inputs, list) else inputs


def data_of(vector: "Any") -> "Any":
    """Return x, y and the sample weights of a run, None if all are 1.

    Random ones are drawn from one stream: first x, then y, then the weights, each row by row.
    """
    stream = RandomState(vector["data"])
    rows, outputs = vector["rows"], vector["layers"][-1][0]
    x = _table(stream, vector["x"], rows, size_of(sample_shape(inputs_of(vector))))
    y = _table(stream, vector["y"], rows, outputs)
    weights = vector["weights"]
    return x, y, flatten(_table(stream, weights, rows, 1)) if weights else None


def _table(stream: RandomState, what: "Any", rows: int, columns: int) -> "list[Any]":
    """Return rows of numbers: drawn in the way that ``what`` names, or given as a list or as a text of doubles."""
    if what == "randn":
        return list(stream.randn(rows, columns))
    if what == "rand":
        return list(stream.rand(rows, columns))
    if what == "bits":
        return [[float(bit) for bit in row] for row in stream.randint(0, 2, (rows, columns))]
    if what == "classes":
        return list(stream.randint(0, columns, rows))
    numbers = [float(number) for number in what] if isinstance(what, list) else doubles_of(what)
    return [numbers[k:k + columns] for k in range(0, len(numbers), columns)]


def _layer(first: "Any", *given: "Any") -> "Layer":
    """Return a layer from its kind and settings in the order of its fields; a dense one has units first."""
    if not isinstance(first, str):
        return _dense(first, *given)
    kind = layer_class(first)
    return kind(*[_setting(value, *field) for value, field in zip(given, kind.FIELDS)])  # type: ignore[no-any-return]


def _setting(value: "Any", _: str, what: str, usual: "Any") -> "Any":
    if what == "activation" and isinstance(value, list):
        return value[0], quotient(value[1])
    return quotient(value) if what == "real" else bool(value) if usual is True else value


def _dense(units: int, activation: str, bias: int, init: "Any" = None, slope: "Any" = None) -> Dense:
    return Dense(units, (activation, quotient(slope)) if slope else activation, bool(bias), init)


def quotient(pair: "Sequence[int]") -> float:
    """Return the quotient of two whole numbers."""
    return pair[0] / pair[1]


def hex_of(values: "Sequence[Any]") -> str:
    """Return doubles or 64-bit whole numbers as text, 16 hexadecimal digits each, the most significant first."""
    import binascii

    kind = "d" if values and isinstance(values[0], float) else "q"
    return binascii.hexlify(struct.pack(f">{len(values)}{kind}", *values)).decode()


def doubles_of(text: str) -> "list[float]":
    """Return the doubles in a text of ``hex_of``."""
    import binascii

    return list(struct.unpack(f">{len(text) // 16}d", binascii.unhexlify(text)))


def place_of(vector: "Any", which: int, k: int) -> str:
    """Describe the double with index k in the result with index ``which``."""
    if "function" in vector:
        width = 32 if vector["function"] == "power" else 16
        return f"{vector['function']}({vector['points'][k * width:(k + 1) * width]})"
    if "calls" in vector:
        return f"{vector['calls'][which]}, number {k + 1}, of seed {vector['seed']}"
    if which == 0:
        return f"the loss of epoch {max(0, vector['epochs'] - SHOWN) + k + 1}"
    if which == 1:
        outputs = vector["layers"][-1][0]
        return f"prediction [{k // outputs}][{k % outputs}]"
    return "the digest of the parameters and statistics"
