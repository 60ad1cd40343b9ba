"""The initial values of parameters: each function draws one parameter from the stream, row by row.

``rand`` and ``randn`` are those of the articles. The others scale by fan_in and fan_out, the numbers of inputs
and outputs of the layer (Glorot and Bengio 2010; He et al. 2015; LeCun et al. 1998). Uniform values are in
[-limit, limit); normal values are not truncated. Only ``rand`` and ``randn`` draw biases.
"""
from .elementary import square_root

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .random_state import RandomState

DRAWS_BIAS = ("rand", "randn")


def rand(stream: "RandomState", shape: "tuple[int, ...]", fan_in: int, fan_out: int) -> "Any":
    """Draw uniformly from [0, 1)."""
    return stream.rand(*shape)


def randn(stream: "RandomState", shape: "tuple[int, ...]", fan_in: int, fan_out: int) -> "Any":
    """Draw from the standard normal distribution."""
    return stream.randn(*shape)


def glorot_uniform(stream: "RandomState", shape: "tuple[int, ...]", fan_in: int, fan_out: int) -> "Any":
    """Draw uniformly, limit = sqrt(6 / (fan_in + fan_out))."""
    limit = square_root(6.0 / (fan_in + fan_out))
    return stream.uniform(-limit, limit, shape)


def glorot_normal(stream: "RandomState", shape: "tuple[int, ...]", fan_in: int, fan_out: int) -> "Any":
    """Draw normally, standard deviation sqrt(2 / (fan_in + fan_out))."""
    return stream.normal(0.0, square_root(2.0 / (fan_in + fan_out)), shape)


def he_uniform(stream: "RandomState", shape: "tuple[int, ...]", fan_in: int, fan_out: int) -> "Any":
    """Draw uniformly, limit = sqrt(6 / fan_in)."""
    limit = square_root(6.0 / fan_in)
    return stream.uniform(-limit, limit, shape)


def he_normal(stream: "RandomState", shape: "tuple[int, ...]", fan_in: int, fan_out: int) -> "Any":
    """Draw normally, standard deviation sqrt(2 / fan_in)."""
    return stream.normal(0.0, square_root(2.0 / fan_in), shape)


def lecun_normal(stream: "RandomState", shape: "tuple[int, ...]", fan_in: int, fan_out: int) -> "Any":
    """Draw normally, standard deviation sqrt(1 / fan_in)."""
    return stream.normal(0.0, square_root(1.0 / fan_in), shape)


def zeros(stream: "RandomState", shape: "tuple[int, ...]", fan_in: int, fan_out: int) -> "Any":
    """Return 0.0 everywhere; draw nothing."""
    return filled(0.0, shape)


def filled(value: float, shape: "tuple[int, ...]") -> "Any":
    """Return nested lists of one value."""
    if len(shape) == 1:
        return [value] * shape[0]
    return [filled(value, shape[1:]) for _ in range(shape[0])]


INITIALISERS = {
    "rand": rand,
    "randn": randn,
    "glorot_uniform": glorot_uniform,
    "glorot_normal": glorot_normal,
    "he_uniform": he_uniform,
    "he_normal": he_normal,
    "lecun_normal": lecun_normal,
    "zeros": zeros,
}


def first_values(
    init: "Any", stream: "RandomState", shape: "tuple[int, ...]", fan_in: int, fan_out: int
) -> "Any":
    """Return a parameter's initial values. ``init``: a name, a function like those above, or one number for all."""
    if isinstance(init, float):
        return filled(init, shape)
    function = INITIALISERS[init] if isinstance(init, str) else init
    return function(stream, shape, fan_in, fan_out)
