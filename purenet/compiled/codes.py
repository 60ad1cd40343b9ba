"""Map the names of steps, losses and optimizers to the C library's codes, and its codes of errors to names."""
from ..reference.optimizers import OPTIMIZERS
from ._twin import lib

LAYERS = ("dense", "conv2d", "max_pool", "average_pool", "dropout", "batch_norm")
ACTIVATIONS = ("sigmoid", "tanh", "relu", "leaky_relu", "softplus", "softmax", "elu", "silu", "gelu")
LOSSES = (
    "squared_error", "half_squared_error", "mean_absolute_error", "huber", "binary_cross_entropy",
    "categorical_cross_entropy",
)

STEP_CODES = {name: getattr(lib, f"PURENET_{name.upper()}") for name in LAYERS}
STEP_CODES.update({name: getattr(lib, f"PURENET_{name.upper()}_STEP") for name in ACTIVATIONS})
LOSS_CODES = {name: getattr(lib, f"PURENET_{name.upper()}") for name in LOSSES}
LOSS_CODES["mean_squared_error"] = lib.PURENET_SQUARED_ERROR  # the same formula; only the default reduction differs
OPTIMIZER_CODES = {name: getattr(lib, f"PURENET_{name.upper()}") for name in OPTIMIZERS}
NON_FINITE = {
    lib.PURENET_NON_FINITE_LOSS: "loss",
    lib.PURENET_NON_FINITE_GRADIENT: "gradient",
    lib.PURENET_NON_FINITE_PARAMETER: "new value",
    lib.PURENET_NON_FINITE_NUMBER: "optimizer number",
    lib.PURENET_NON_FINITE_STATISTIC: "statistic",
}
