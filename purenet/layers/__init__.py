"""Layers: the settings that a network is built from. What a layer computes is in ``purenet.reference``.

A constructor checks its settings with ``purenet._core.checks``, which writes the error messages.
"""
from .._core.lazy import load_class, load_kind
from .base import Layer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .activations import Activation
    from .convolution import Conv2D
    from .dense import Dense
    from .dropout import Dropout
    from .normalisation import BatchNorm
    from .pooling import AveragePool2D, GlobalAveragePool2D, MaxPool2D
    from .reshaping import Flatten

__all__ = [
    "Activation", "AveragePool2D", "BatchNorm", "Conv2D", "Dense", "Dropout", "Flatten", "GlobalAveragePool2D", "Layer",
    "MaxPool2D",
]

KINDS = (  # kind in model files, module, class
    ("dense", "dense", "Dense"),
    ("flatten", "reshaping", "Flatten"),
    ("activation", "activations", "Activation"),
    ("dropout", "dropout", "Dropout"),
    ("batch_norm", "normalisation", "BatchNorm"),
    ("conv2d", "convolution", "Conv2D"),
    ("max_pool", "pooling", "MaxPool2D"),
    ("average_pool", "pooling", "AveragePool2D"),
    ("global_average_pool", "pooling", "GlobalAveragePool2D"),
)


def __getattr__(name: str) -> "Any":
    return load_class("purenet.layers", KINDS, name)


def layer_class(kind: "Any") -> "Any":
    """Return the class of a kind of layer; raise ValueError for an unknown kind."""
    return load_kind("purenet.layers", KINDS, kind)
