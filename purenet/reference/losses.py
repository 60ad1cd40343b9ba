"""The losses: each has a function for the loss of a sample, and one for its gradient at the predictions.

``NAME_forward(predictions, targets)`` returns loss[i] for every sample: one running total from 0.0 over its
outputs, in ascending order. ``NAME_backward(predictions, targets, factors)`` returns derivative * factors[i],
where the factor comes from ``training.sample_factors``: the weight of the sample, divided if the loss is a mean.

The two cross-entropies are computed from the logits, the values before the output activation:
``forward`` takes the logits; ``backward`` takes the predictions and returns the gradient at the logits, p - y.
"""
from .elementary import exp, log, log1p

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .matrix import Matrix, Row


def squared_error_forward(predictions: "Matrix", targets: "Matrix") -> "Row":
    """loss[i] = sum over j of (p - y)^2."""
    losses = []
    for row, target_row in zip(predictions, targets):
        total = 0.0
        for p, y in zip(row, target_row):
            total += (p - y) * (p - y)
        losses.append(total)
    return losses


def squared_error_backward(predictions: "Matrix", targets: "Matrix", factors: "Row") -> "Matrix":
    """d_p = 2 (p - y) factor."""
    return [
        [2.0 * (p - y) * factor for p, y in zip(row, target_row)]
        for row, target_row, factor in zip(predictions, targets, factors)
    ]


def half_squared_error_forward(predictions: "Matrix", targets: "Matrix") -> "Row":
    """loss[i] = sum over j of (p - y)^2 / 2."""
    losses = []
    for row, target_row in zip(predictions, targets):
        total = 0.0
        for p, y in zip(row, target_row):
            total += (p - y) * (p - y) * 0.5
        losses.append(total)
    return losses


def half_squared_error_backward(predictions: "Matrix", targets: "Matrix", factors: "Row") -> "Matrix":
    """d_p = (p - y) factor."""
    return [
        [(p - y) * factor for p, y in zip(row, target_row)]
        for row, target_row, factor in zip(predictions, targets, factors)
    ]


def mean_absolute_error_forward(predictions: "Matrix", targets: "Matrix") -> "Row":
    """loss[i] = sum over j of |p - y|; the mean divides at the end."""
    losses = []
    for row, target_row in zip(predictions, targets):
        total = 0.0
        for p, y in zip(row, target_row):
            total += p - y if p > y else y - p
        losses.append(total)
    return losses


def mean_absolute_error_backward(predictions: "Matrix", targets: "Matrix", factors: "Row") -> "Matrix":
    """d_p = factor if p > y, -factor if p < y, else 0."""
    return [
        [factor if p > y else -factor if p < y else 0.0 for p, y in zip(row, target_row)]
        for row, target_row, factor in zip(predictions, targets, factors)
    ]


def huber_forward(predictions: "Matrix", targets: "Matrix", delta: float) -> "Row":
    """loss[i] = sum over j of e^2 / 2 if |e| <= delta, else delta (|e| - delta / 2), where e = p - y."""
    losses = []
    for row, target_row in zip(predictions, targets):
        total = 0.0
        for p, y in zip(row, target_row):
            e = p - y if p > y else y - p
            total += e * e * 0.5 if e <= delta else delta * (e - delta * 0.5)
        losses.append(total)
    return losses


def huber_backward(predictions: "Matrix", targets: "Matrix", factors: "Row", delta: float) -> "Matrix":
    """d_p = e factor, where e = p - y clipped to [-delta, delta]."""
    return [
        [(delta if p - y > delta else -delta if p - y < -delta else p - y) * factor for p, y in zip(row, target_row)]
        for row, target_row, factor in zip(predictions, targets, factors)
    ]


def binary_cross_entropy_forward(logits: "Matrix", targets: "Matrix") -> "Row":
    """loss[i] = sum over j of (max(z, 0) - y z) + log(1 + exp(-|z|)), which is -y log p - (1 - y) log(1 - p)."""
    losses = []
    for row, target_row in zip(logits, targets):
        total = 0.0
        for z, y in zip(row, target_row):
            if z > 0.0:
                total += (z - y * z) + log1p(exp(-z))
            else:
                total += (0.0 - y * z) + log1p(exp(z))
        losses.append(total)
    return losses


def categorical_cross_entropy_forward(logits: "Matrix", targets: "Matrix") -> "Row":
    """loss[i] = sum over j of y (log(total) - (z - max z)), which is -y log p; total as in softmax."""
    losses = []
    for row, target_row in zip(logits, targets):
        largest = row[0]
        for z in row:
            if z > largest:
                largest = z
        total = 0.0
        for z in row:
            total += exp(z - largest)
        log_total = log(total)
        total = 0.0
        for z, y in zip(row, target_row):
            total += y * (log_total - (z - largest))
        losses.append(total)
    return losses


LOSSES = {
    "squared_error": (squared_error_forward, squared_error_backward),
    "half_squared_error": (half_squared_error_forward, half_squared_error_backward),
    "mean_squared_error": (squared_error_forward, squared_error_backward),
    "mean_absolute_error": (mean_absolute_error_forward, mean_absolute_error_backward),
    "huber": (huber_forward, huber_backward),
    "binary_cross_entropy": (binary_cross_entropy_forward, half_squared_error_backward),
    "categorical_cross_entropy": (categorical_cross_entropy_forward, half_squared_error_backward),
}
