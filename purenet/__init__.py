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
from .layers import Activation, BatchNorm, Dense, Dropout, Flatten
from .lazy import load as load_name
from .network import Network, NonFiniteError
from .optimizers import SGD
from .reference.random_state import RandomState
from .version import ARITHMETIC, __version__

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .adaptive import Adagrad, Adam, AdamW, RMSprop, Rprop
    from .callbacks import Callback, Checkpoint, EarlyStopping, StopTraining
    from .comparison import Comparison, compare
    from .gradient_check import GradientCheck, check_gradients
    from .image_layers import AveragePool2D, Conv2D, GlobalAveragePool2D, MaxPool2D
    from .model_file import ModelFileError
    from .schedules import (
        Constant, CosineDecay, ExponentialDecay, InverseScaling, ReduceOnPlateau, StepDecay, WarmUp,
    )
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


# Modules that are imported only when one of these names is first asked for. The bundle for boards reads this table too.
LAZY = (
    ("adaptive", "Adagrad Adam AdamW RMSprop Rprop"),
    ("callbacks", "Callback Checkpoint EarlyStopping StopTraining"),
    ("comparison", "Comparison compare"),
    ("gradient_check", "GradientCheck check_gradients"),
    ("image_layers", "AveragePool2D Conv2D GlobalAveragePool2D MaxPool2D"),
    ("model_file", "ModelFileError"),
    ("schedules", "Constant CosineDecay ExponentialDecay InverseScaling ReduceOnPlateau StepDecay WarmUp"),
    ("storage", "load save"),
    ("verification", "Verification verify"),
)


def __dir__() -> "list[str]":
    return sorted(__all__)


def __getattr__(name: str) -> "Any":
    """Load a name of LAZY when it is first asked for, and keep it."""
    for module, names in LAZY:
        if name in names.split():
            value = load_name(__name__ + "." + module, name)
            globals()[name] = value
            return value
    raise AttributeError(f"module 'purenet' has no attribute {name!r}")
