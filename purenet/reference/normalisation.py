"""Batch normalisation (Ioffe and Szegedy 2015): scale every channel to mean 0 and variance 1, then by gamma and beta.

A row is a sample of one or more positions with a number for each channel, channels last. gamma and beta have one
number per channel. Sums go over samples, then positions.
"""
from .elementary import square_root

TYPE_CHECKING = False
if TYPE_CHECKING:

    from .matrix import Matrix, Row


def positions_of(inputs: "Matrix", channels: int) -> "Matrix":
    """Return a row for each position of each sample."""
    return [row[k:k + channels] for row in inputs for k in range(0, len(row), channels)]


def moments(positions: "Matrix", channels: int) -> "tuple[Row, Row]":
    """Return the mean of each channel and its biased variance, the mean of the squared deviations."""
    count = len(positions)
    totals = [0.0] * channels
    for row in positions:
        totals = [total + v for total, v in zip(totals, row)]
    mean = [total / count for total in totals]
    totals = [0.0] * channels
    for row in positions:
        totals = [total + (v - m) * (v - m) for total, v, m in zip(totals, row, mean)]
    return mean, [total / count for total in totals]


def inverse_deviations(variance: "Row", epsilon: float) -> "Row":
    """Return 1 / sqrt(variance + epsilon) of each channel."""
    return [1.0 / square_root(v + epsilon) for v in variance]


def batch_norm_forward(
    inputs: "Matrix", gamma: "Matrix", beta: "Matrix", epsilon: float, momentum: float
) -> "Matrix":
    """outputs = gamma ((inputs - mean) (1 / sqrt(variance + epsilon))) + beta, with the moments of the batch."""
    mean, variance = moments(positions_of(inputs, len(gamma[0])), len(gamma[0]))
    return batch_norm_predict(inputs, gamma, beta, [mean], [variance], epsilon, momentum)


def batch_norm_predict(
    inputs: "Matrix", gamma: "Matrix", beta: "Matrix", mean: "Matrix", variance: "Matrix", epsilon: float,
    momentum: float,
) -> "Matrix":
    """outputs = gamma ((inputs - mean) (1 / sqrt(variance + epsilon))) + beta, with the moving moments."""
    inverse = inverse_deviations(variance[0], epsilon)
    count = len(inputs[0]) // len(inverse)
    means, scales, shifts = list(mean[0]) * count, list(gamma[0]) * count, list(beta[0]) * count
    return [
        [g * ((v - m) * r) + b for v, m, r, g, b in zip(row, means, inverse * count, scales, shifts)]
        for row in inputs
    ]


def batch_norm_statistics(
    inputs: "Matrix", mean: "Matrix", variance: "Matrix", epsilon: float, momentum: float
) -> "tuple[Matrix, Matrix]":
    """Return the moving moments: momentum times the old ones plus 1 - momentum times those of the batch."""
    new_mean, new_variance = moments(positions_of(inputs, len(mean[0])), len(mean[0]))
    rest = 1.0 - momentum
    return (
        [[momentum * old + rest * new for old, new in zip(mean[0], new_mean)]],
        [[momentum * old + rest * new for old, new in zip(variance[0], new_variance)]],
    )


def batch_norm_backward(
    inputs: "Matrix", d_outputs: "Matrix", first: bool, gamma: "Matrix", beta: "Matrix", epsilon: float, momentum: float
) -> "tuple[Matrix, Matrix, Matrix]":
    """Return d_inputs, d_gamma and d_beta.

    forward: outputs = gamma normal + beta, normal = (inputs - mean) inverse, inverse = 1 / sqrt(variance + epsilon), so
    d_beta = sum of d_outputs, d_gamma = sum of d_outputs normal, both from 0.0, and through mean and variance
    d_inputs = gamma inverse (d_outputs - d_beta / count - normal (d_gamma / count)).
    """
    channels = len(gamma[0])
    positions = positions_of(inputs, channels)
    d_positions = positions_of(d_outputs, channels)
    count = len(positions)
    mean, variance = moments(positions, channels)
    inverse = inverse_deviations(variance, epsilon)
    d_beta = [0.0] * channels
    d_gamma = [0.0] * channels
    for row, d_row in zip(positions, d_positions):
        d_beta = [total + d for total, d in zip(d_beta, d_row)]
        d_gamma = [total + d * ((v - m) * r) for total, d, v, m, r in zip(d_gamma, d_row, row, mean, inverse)]
    d_inputs: "Matrix" = []
    if not first:
        scale = [g * r for g, r in zip(gamma[0], inverse)]
        shift = [total / count for total in d_beta]
        slope = [total / count for total in d_gamma]
        d_inputs = [
            [s * ((d - b) - ((v - m) * r) * g)
             for v, d, m, r, s, b, g in zip(row, d_row, mean * (len(row) // channels), inverse * (len(row) // channels),
                                            scale * (len(row) // channels), shift * (len(row) // channels),
                                            slope * (len(row) // channels))]
            for row, d_row in zip(inputs, d_outputs)
        ]
    return d_inputs, [d_gamma], [d_beta]
