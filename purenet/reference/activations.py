"""The activations: each has a function from z to a = f(z), and one from d_a, the gradient at a, to d_z.

z and a have a row of numbers per sample. The backward functions of the names in ``USES_OUTPUT`` take a,
the others take z. ``linear`` has no functions, because its a is its z.
"""
from .elementary import exp, expm1, sigmoid, softplus, tanh

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .matrix import Matrix

SQRT_2_PER_PI = 7978845608028654 / 10000000000000000
CUBIC = 44715 / 1000000


def sigmoid_forward(z: "Matrix") -> "Matrix":
    """a = 1 / (1 + exp(-z))."""
    return [[sigmoid(v) for v in row] for row in z]


def sigmoid_backward(a: "Matrix", d_a: "Matrix") -> "Matrix":
    """d_z = d_a (a (1 - a))."""
    return [[d * (v * (1.0 - v)) for v, d in zip(row, d_row)] for row, d_row in zip(a, d_a)]


def tanh_forward(z: "Matrix") -> "Matrix":
    """a = tanh(z)."""
    return [[tanh(v) for v in row] for row in z]


def tanh_backward(a: "Matrix", d_a: "Matrix") -> "Matrix":
    """d_z = d_a (1 - a a)."""
    return [[d * (1.0 - v * v) for v, d in zip(row, d_row)] for row, d_row in zip(a, d_a)]


def relu_forward(z: "Matrix") -> "Matrix":
    """a = z if z > 0, else 0; NaN stays NaN."""
    return [[0.0 if v <= 0.0 else v for v in row] for row in z]


def relu_backward(a: "Matrix", d_a: "Matrix") -> "Matrix":
    """d_z = d_a if z > 0, else 0."""
    return [[d if v > 0.0 else 0.0 for v, d in zip(row, d_row)] for row, d_row in zip(a, d_a)]


def leaky_relu_forward(z: "Matrix", slope: float) -> "Matrix":
    """a = z if z > 0, else slope z."""
    return [[v if v > 0.0 else slope * v for v in row] for row in z]


def leaky_relu_backward(z: "Matrix", d_a: "Matrix", slope: float) -> "Matrix":
    """d_z = d_a if z > 0, else slope d_a."""
    return [[d if v > 0.0 else slope * d for v, d in zip(row, d_row)] for row, d_row in zip(z, d_a)]


def softplus_forward(z: "Matrix") -> "Matrix":
    """a = log(1 + exp(z))."""
    return [[softplus(v) for v in row] for row in z]


def softplus_backward(z: "Matrix", d_a: "Matrix") -> "Matrix":
    """d_z = d_a sigmoid(z)."""
    return [[d * sigmoid(v) for v, d in zip(row, d_row)] for row, d_row in zip(z, d_a)]


def softmax_forward(z: "Matrix") -> "Matrix":
    """a[j] = exp(z[j] - max z) / sum over k of exp(z[k] - max z), k ascending from 0.0."""
    a = []
    for row in z:
        largest = row[0]
        for v in row:
            if v > largest:
                largest = v
        powers = [exp(v - largest) for v in row]
        total = 0.0
        for power in powers:
            total += power
        a.append([power / total for power in powers])
    return a


def softmax_backward(a: "Matrix", d_a: "Matrix") -> "Matrix":
    """d_z[j] = a[j] (d_a[j] - sum over k of d_a[k] a[k]), k ascending from 0.0: the full Jacobian."""
    d_z = []
    for row, d_row in zip(a, d_a):
        total = 0.0
        for v, d in zip(row, d_row):
            total += d * v
        d_z.append([v * (d - total) for v, d in zip(row, d_row)])
    return d_z


def elu_forward(z: "Matrix", slope: float) -> "Matrix":
    """a = z if z > 0, else slope expm1(z), which is slope (exp(z) - 1) (Clevert et al. 2015)."""
    return [[v if v > 0.0 else slope * expm1(v) for v in row] for row in z]


def elu_backward(z: "Matrix", d_a: "Matrix", slope: float) -> "Matrix":
    """d_z = d_a if z > 0, else d_a (slope exp(z))."""
    return [[d if v > 0.0 else d * (slope * exp(v)) for v, d in zip(row, d_row)] for row, d_row in zip(z, d_a)]


def silu_forward(z: "Matrix") -> "Matrix":
    """a = z sigmoid(z) (Hendrycks and Gimpel 2016; Elfwing et al. 2017)."""
    return [[v * sigmoid(v) for v in row] for row in z]


def silu_slope(v: float) -> float:
    """Return the derivative of silu."""
    s = sigmoid(v)
    return s * (1.0 + v * (1.0 - s))


def silu_backward(z: "Matrix", d_a: "Matrix") -> "Matrix":
    """d_z = d_a (s (1 + z (1 - s))), where s = sigmoid(z)."""
    return [[d * silu_slope(v) for v, d in zip(row, d_row)] for row, d_row in zip(z, d_a)]


def gelu_forward(z: "Matrix") -> "Matrix":
    """a = z / 2 (1 + tanh(sqrt(2 / pi) (z + 0.044715 z z z))): the tanh form of Hendrycks and Gimpel 2016."""
    return [[0.5 * v * (1.0 + tanh(SQRT_2_PER_PI * (v + CUBIC * v * v * v))) for v in row] for row in z]


def gelu_slope(v: float) -> float:
    """Return the derivative of gelu."""
    t = tanh(SQRT_2_PER_PI * (v + CUBIC * v * v * v))
    s = v * (1.0 - t * t)  # 0 for large v, so v * v cannot overflow below
    return 0.5 * (1.0 + t + SQRT_2_PER_PI * (s + 3.0 * CUBIC * s * v * v))


def gelu_backward(z: "Matrix", d_a: "Matrix") -> "Matrix":
    """d_z = d_a / 2 (1 + t + sqrt(2 / pi) (s + 0.134145 s z z)), where t is the tanh and s = z (1 - t t)."""
    return [[d * gelu_slope(v) for v, d in zip(row, d_row)] for row, d_row in zip(z, d_a)]


ACTIVATIONS = {
    "sigmoid": (sigmoid_forward, sigmoid_backward),
    "tanh": (tanh_forward, tanh_backward),
    "relu": (relu_forward, relu_backward),
    "leaky_relu": (leaky_relu_forward, leaky_relu_backward),
    "softplus": (softplus_forward, softplus_backward),
    "softmax": (softmax_forward, softmax_backward),
    "elu": (elu_forward, elu_backward),
    "silu": (silu_forward, silu_backward),
    "gelu": (gelu_forward, gelu_backward),
}
USES_OUTPUT = ("sigmoid", "tanh", "relu", "softmax")
