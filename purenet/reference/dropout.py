"""Dropout (Srivastava et al. 2014): training sets each number to 0 with a given probability, and scales the others.

A draw is computed from integers alone, so it depends on no stream, order or thread. The generator is splitmix64
(Steele, Lea and Flood 2014).
"""
TYPE_CHECKING = False
if TYPE_CHECKING:
    from .matrix import Matrix

MASK = 0xFFFFFFFFFFFFFFFF


def splitmix(number: int) -> int:
    """Return 64 pseudo-random bits from an integer of 64 bits."""
    z = (number + 0x9E3779B97F4A7C15) & MASK
    z = ((z ^ z >> 30) * 0xBF58476D1CE4E5B9) & MASK
    z = ((z ^ z >> 27) * 0x94D049BB133111EB) & MASK
    return z ^ z >> 31


def dropout_key(seed: int, layer: int, step: int) -> int:
    """Return the key of a layer's first draw in a training step."""
    return splitmix(splitmix(splitmix(seed) + layer) + step)


def dropout_forward(inputs: "Matrix", key: int, rate: float) -> "Matrix":
    """outputs[k] = inputs[k] (1 / (1 - rate)) if draw k of the key, in [0, 1), is at least rate, else 0."""
    scale = 1.0 / (1.0 - rate)
    outputs = []
    k = 0
    for row in inputs:
        kept = []
        for v in row:
            draw = (splitmix(key + k) >> 11) / 9007199254740992
            kept.append(v * scale if draw >= rate else 0.0)
            k += 1
        outputs.append(kept)
    return outputs


def dropout_predict(inputs: "Matrix", rate: float) -> "Matrix":
    """outputs = inputs: outside training nothing is dropped."""
    return inputs


def dropout_backward(inputs: "Matrix", d_outputs: "Matrix", key: int, rate: float) -> "Matrix":
    """d_inputs = d_outputs (1 / (1 - rate)) if the input was kept, else 0: the same draws again."""
    return dropout_forward(d_outputs, key, rate)
