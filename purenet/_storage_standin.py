"""STAND-IN, to be deleted when ``storage.py`` joins: just enough of save and load for the tables' commands."""
import binascii
import os
import struct

from .layers import Dense
from .network import Network
from .optimizers import SGD
from .tabular import TableModel

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def check_writable(path: str) -> None:
    """Refuse a file that could not be written, before anything is trained."""
    folder = os.path.dirname(path) or "."
    if os.path.isdir(path) or not os.path.isdir(folder) or not os.access(folder, os.W_OK):
        raise ValueError(f"--save: {path} cannot be written; does its folder exist?")


def save(thing: "TableModel", path: str, made: "Any" = None) -> None:
    """Write a model; the stand-in's form is JSON with doubles in hexadecimal."""
    import json

    net = thing.network
    _, words, tensors = thing.file_parts()
    state = net._engine.state()
    plan = [net.inputs, [[layer.units, layer.activation] for layer in net.layers], net.loss, net.seed]
    floats = [[name, list(shape), _packed(values)] for name, shape, values in tensors]
    with open(path, "w", encoding="utf-8") as file:
        json.dump([plan, words, floats, [_packed(values) for values in state.parameters]], file)


def load(path: str) -> "Any":
    """Read a model."""
    import json

    with open(path, encoding="utf-8") as file:
        (inputs, layers, loss, seed), words, floats, parameters = json.load(file)
    net = Network(inputs, [Dense(units, activation) for units, activation in layers], loss=loss, seed=seed,
                  optimizer=SGD(1 / 50, 9 / 10, True))
    state = net._engine.state()
    state.parameters = [_unpacked(text) for text in parameters]
    net._engine.set_state(state)
    return TableModel.from_parts(net, words, [(name, shape, _unpacked(text)) for name, shape, text in floats])


def _packed(values: "Any") -> str:
    return binascii.hexlify(struct.pack(f"<{len(values)}d", *values)).decode()


def _unpacked(text: str) -> "Any":
    return list(struct.unpack(f"<{len(text) // 16}d", binascii.unhexlify(text)))
