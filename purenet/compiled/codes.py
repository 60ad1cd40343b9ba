"""The numbers that the C library has for names: kinds of steps, losses, optimizers, and what was not finite."""
from ..reference.optimizers import OPTIMIZERS
from ._twin import lib

STEP_CODES = {
    "dense": lib.PURENET_DENSE,
    "conv2d": lib.PURENET_CONV2D,
    "max_pool": lib.PURENET_MAX_POOL,
    "average_pool": lib.PURENET_AVERAGE_POOL,
    "dropout": lib.PURENET_DROPOUT,
    "batch_norm": lib.PURENET_BATCH_NORM,
}
ACTIVATIONS = ("sigmoid", "tanh", "relu", "leaky_relu", "softplus", "softmax", "elu", "silu", "gelu")
STEP_CODES.update({name: getattr(lib, f"PURENET_{name.upper()}_STEP") for name in ACTIVATIONS})
LOSS_CODES = {
    "squared_error": lib.PURENET_SQUARED_ERROR,
    "half_squared_error": lib.PURENET_HALF_SQUARED_ERROR,
    "mean_squared_error": lib.PURENET_SQUARED_ERROR,
    "mean_absolute_error": lib.PURENET_MEAN_ABSOLUTE_ERROR,
    "huber": lib.PURENET_HUBER,
    "binary_cross_entropy": lib.PURENET_BINARY_CROSS_ENTROPY,
    "categorical_cross_entropy": lib.PURENET_CATEGORICAL_CROSS_ENTROPY,
}
OPTIMIZER_CODES = {name: getattr(lib, "PURENET_" + name.upper()) for name in OPTIMIZERS}
NON_FINITE = {
    lib.PURENET_NON_FINITE_LOSS: "loss",
    lib.PURENET_NON_FINITE_GRADIENT: "gradient",
    lib.PURENET_NON_FINITE_PARAMETER: "new value",
    lib.PURENET_NON_FINITE_NUMBER: "optimizer number",
    lib.PURENET_NON_FINITE_STATISTIC: "statistic",
}
