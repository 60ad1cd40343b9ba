"""The dense layer: every output depends on every input.

Shapes: inputs (samples x fan_in), weights (fan_in x units), bias (one row of units), outputs (samples x units).
"""
from .matrix import add_rows, multiply, transpose

TYPE_CHECKING = False
if TYPE_CHECKING:

    from .matrix import Matrix


def dense_forward(inputs: "Matrix", weights: "Matrix", bias: "Matrix | None" = None) -> "Matrix":
    """outputs[i][j] = bias[j] + sum over k of inputs[i][k] weights[k][j], k ascending; 0.0 if there is no bias."""
    start = bias[0] if bias else [0.0] * len(weights[0])
    return multiply(start, inputs, weights)


def dense_backward(
    inputs: "Matrix", d_outputs: "Matrix", first: bool, weights: "Matrix", bias: "Matrix | None" = None
) -> "tuple[Matrix, ...]":
    """Return d_inputs, d_weights and, if there is a bias, d_bias.

    forward: outputs[i][j] = bias[j] + sum over k of inputs[i][k] weights[k][j], so
    d_weights[k][j] = sum over i of inputs[i][k] d_outputs[i][j], i ascending from 0.0,
    d_bias[j] = sum over i of d_outputs[i][j], i ascending from 0.0,
    d_inputs[i][k] = sum over j of d_outputs[i][j] weights[k][j], j ascending from 0.0.
    The first step's inputs are the data, so their gradient is not computed.
    """
    d_inputs = [] if first else multiply([0.0] * len(weights), d_outputs, transpose(weights))
    d_weights = multiply([0.0] * len(weights[0]), transpose(inputs), d_outputs)
    if not bias:
        return d_inputs, d_weights
    return d_inputs, d_weights, [add_rows(d_outputs, [0.0] * len(bias[0]))]
