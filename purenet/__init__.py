"""purenet: neural networks in plain Python, the same bits everywhere.

    from purenet import Network, Dense, SGD

    net = Network(inputs=3, layers=[Dense(4, "sigmoid"), Dense(1, "sigmoid")], optimizer=SGD(1.0))
    history = net.fit(x, y, epochs=1500)
    net.predict(x)

See docs/bits.md for the laws of the bits, and ``purenet.reference`` for every formula as a line of code.
"""
if 1.0 + 1.0 / float(1 << 40) == 1.0:  # float() is called so that no cross-compiler folds this
    raise ImportError(
        "purenet needs doubles, and this interpreter's floats have single precision; boards whose MicroPython has "
        "doubles are the Teensy 4.0 and 4.1, those with an i.MX RT1020 to RT1170, NUCLEO-F767ZI, NUCLEO-H723ZG, "
        "NUCLEO-H743ZI, the pyboard D SF6, and other pyboards with the firmware marked DP"
    )

from ._core.lazy import load as load_name
from .backends import backend
from .layers.dense import Dense
from .network import Network
from .optimizers.sgd import SGD
from .version import ARITHMETIC, __version__

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ._core.messages import ModelFileError, NonFiniteError
    from .layers import Activation, AveragePool2D, BatchNorm, Conv2D, Dropout, Flatten, GlobalAveragePool2D, MaxPool2D
    from .optimizers import Adagrad, Adam, AdamW, RMSprop, Rprop
    from .optimizers.schedules import (
        Constant,
        CosineDecay,
        ExponentialDecay,
        InverseScaling,
        ReduceOnPlateau,
        StepDecay,
        WarmUp,
    )
    from .reference.random_state import RandomState
    from .saving import load, save
    from .training.callbacks import Callback, Checkpoint, EarlyStopping, StopTraining
    from .training.history import History
    from .verification.compare import Comparison, compare
    from .verification.gradients import GradientCheck, check_gradients
    from .verification.verify import Verification, verify

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
    ("_core.messages", "ModelFileError NonFiniteError"),
    ("layers", "Activation AveragePool2D BatchNorm Conv2D Dropout Flatten GlobalAveragePool2D MaxPool2D"),
    ("optimizers", "Adagrad Adam AdamW RMSprop Rprop"),
    ("optimizers.schedules", "Constant CosineDecay ExponentialDecay InverseScaling ReduceOnPlateau StepDecay WarmUp"),
    ("reference.random_state", "RandomState"),
    ("saving", "load save"),
    ("training.callbacks", "Callback Checkpoint EarlyStopping StopTraining"),
    ("training.history", "History"),
    ("verification.compare", "Comparison compare"),
    ("verification.gradients", "GradientCheck check_gradients"),
    ("verification.verify", "Verification verify"),
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
