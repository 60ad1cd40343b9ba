"""Train a table model again from its file and compare every bit."""
from __future__ import annotations

from .._core.messages import truncate_repr
from .model import TableModel
from .training import train

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

SAME = ("task", "hidden", "epochs", "batch_size", "seed", "delimiter", "header", "decimal", "encoding")


def reproduce(
    model: TableModel, path: str, backend: str = "auto", progress: Any = None, say: Any = None
) -> tuple[bool, str]:
    """Train again on a CSV file as the model was trained; return (whether every bit is the same, what differs).

    ``backend``, ``progress`` and ``say`` are those of ``train``. Raises ValueError if the model does not say how it
    was made.
    """
    if not model.made:
        raise ValueError("the model does not say how it was made")
    texts = [name for name, kind in model.inputs.kinds if kind == "text"] + ([model.target] if model.labels else [])
    same = {name: model.provenance(name) for name in SAME}
    again = train(
        path, model.target, learning_rate=model.hyperparameters[0], backend=backend, missing=model.missing, text=texts,
        inputs=[name for name, _ in model.inputs.kinds], progress=progress, say=say, **same)
    again.made[1] = model.made[1]  # why: this time the task is given
    digest = again.network.digest()
    if again.provenance("data_sha256") != model.provenance("data_sha256"):
        return False, f"different: {path} has other data than the model was trained on (SHA-256 of its numbers " \
                      f"{again.provenance('data_sha256')} instead of {model.provenance('data_sha256')})"
    if digest != model.network.digest():
        return False, f"different: other weights, SHA-256 {digest} instead of {model.network.digest()}"
    (words, tensors), (its_words, its_tensors) = again.to_file_parts(), model.to_file_parts()
    for (name, value), (_, its_value) in zip(words + again.made, its_words + model.made):
        if value != its_value and name != "made":
            return False, f"different: {name} is {truncate_repr(value)} instead of {truncate_repr(its_value)}"
    for tensor, its_tensor in zip(tensors, its_tensors):
        if list(map(repr, tensor.values)) != list(map(repr, its_tensor.values)):
            return False, f"different: the numbers of {tensor.name}"
    return True, f"identical: SHA-256 of the weights {digest}"
