"""purenet: neural networks in plain Python, the same bits everywhere.

    from purenet import Network, Dense, SGD

    net = Network(inputs=3, layers=[Dense(4, "sigmoid"), Dense(1, "sigmoid")], optimizer=SGD(1.0))
    history = net.fit(x, y, epochs=1500)
    net.predict(x)

See README.md for the law of the bits, and ``purenet.reference`` for every formula as a line of code.
"""
if 1.0 + 1.0 / float(1 << 40) == 1.0:  # a call, which no compiler on another machine works out beforehand
    raise ImportError(
        "purenet needs doubles, and this interpreter's floats have single precision; boards whose MicroPython has "
        "doubles are the Teensy 4.0 and 4.1, those with an i.MX RT1020 to RT1170, NUCLEO-F767ZI, NUCLEO-H723ZG, "
        "NUCLEO-H743ZI, the pyboard D SF6, and other pyboards with the firmware marked DP"
    )

from .backends import backend
from .history import History
from .layers import (
    Activation, AveragePool2D, BatchNorm, Conv2D, Dense, Dropout, Flatten, GlobalAveragePool2D, MaxPool2D,
)
from .network import Network, NonFiniteError
from .optimizers import SGD, Adagrad, Adam, AdamW, RMSprop, Rprop
from .reference.random_state import RandomState
from .schedules import (
    Constant, CosineDecay, ExponentialDecay, InverseScaling, ReduceOnPlateau, StepDecay, WarmUp,
)
from .version import ARITHMETIC, __version__

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .callbacks import Callback, Checkpoint, EarlyStopping, StopTraining
    from .comparison import Comparison, compare
    from .gradient_check import GradientCheck, check_gradients
    from .model_file import ModelFileError
    from .storage import load, save
    from .verification import Verification, verify

__all__ = [
    "ARITHMETIC", "Activation", "Adagrad", "Adam", "AdamW", "AveragePool2D", "BatchNorm", "Callback", "Checkpoint",
    "Comparison", "Constant", "Conv2D", "CosineDecay", "Dense", "Dropout", "EarlyStopping", "ExponentialDecay",
    "Flatten", "GlobalAveragePool2D", "GradientCheck", "History", "InverseScaling", "MaxPool2D", "ModelFileError",
    "Network", "NonFiniteError", "RMSprop", "RandomState", "ReduceOnPlateau", "Rprop", "SGD", "StepDecay",
    "StopTraining", "Verification", "WarmUp", "__version__", "backend", "check_gradients", "compare", "load", "save",
    "verify",
]


def __dir__() -> "list[str]":
    return sorted(__all__)


def __getattr__(name: str) -> "Any":
    if name in ("Callback", "Checkpoint", "EarlyStopping", "StopTraining"):
        from .callbacks import Callback, Checkpoint, EarlyStopping, StopTraining

        found = (Callback, Checkpoint, EarlyStopping, StopTraining)
        return found[("Callback", "Checkpoint", "EarlyStopping", "StopTraining").index(name)]
    if name in ("check_gradients", "GradientCheck"):
        from .gradient_check import GradientCheck, check_gradients

        return GradientCheck if name == "GradientCheck" else check_gradients
    if name in ("compare", "Comparison"):
        from .comparison import Comparison, compare

        return Comparison if name == "Comparison" else compare
    if name == "ModelFileError":
        from .model_file import ModelFileError

        return ModelFileError
    if name in ("save", "load"):
        from .storage import load, save

        return save if name == "save" else load
    if name in ("verify", "Verification"):
        from .verification import Verification, verify

        return Verification if name == "Verification" else verify
    raise AttributeError(f"module 'purenet' has no attribute {name!r}")
