"""Train the two-layer article's network with plain lists, as a reader without NumPy would write it.

Each line of the article's training loop is a line here. ``dot`` stands for np.dot and ``transpose`` for .T.
"""
from purenet.reference.elementary import sigmoid


def dot(a, b):
    columns = transpose(b)
    result = []
    for row in a:
        cells = []
        for column in columns:
            total = 0.0
            for k in range(len(row)):
                total += row[k] * column[k]
            cells.append(total)
        result.append(cells)
    return result


def transpose(a):
    return [list(column) for column in zip(*a)]


def train(x, y, weights1, weights2, iterations):
    """Return the weights after some iterations of: forward, 2 (y - output) sigmoid', backward, add."""
    for _ in range(iterations):
        layer1 = [[sigmoid(v) for v in row] for row in dot(x, weights1)]
        output = [[sigmoid(v) for v in row] for row in dot(layer1, weights2)]

        d_output = [
            [2.0 * (target - o) * (o * (1.0 - o)) for target, o in zip(target_row, row)]
            for target_row, row in zip(y, output)
        ]
        d_weights2 = dot(transpose(layer1), d_output)
        d_layer1 = [
            [d * (v * (1.0 - v)) for d, v in zip(d_row, row)]
            for d_row, row in zip(dot(d_output, transpose(weights2)), layer1)
        ]
        d_weights1 = dot(transpose(x), d_layer1)

        weights1 = [[w + d for w, d in zip(row, d_row)] for row, d_row in zip(weights1, d_weights1)]
        weights2 = [[w + d for w, d in zip(row, d_row)] for row, d_row in zip(weights2, d_weights2)]
    return weights1, weights2
