"""Train a table model again from its file and compare every bit."""
from __future__ import annotations

from .._core.messages import truncate_repr
from .model import TableModel
from .training import train_on

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

SAME = ("task", "hidden", "epochs", "batch_size", "seed")
FORM = ("delimiter", "header", "decimal", "encoding")
WRITTEN = ("made", "notes", "left_out")  # a reproduction may differ in these; the pairs of "made" are compared below


def reproduce(
    model: TableModel, path: Any, backend: str = "auto", progress: Any = None, say: Any = None
) -> tuple[bool, str]:
    """Train again on the same data as the model was trained; return (whether every bit is the same, what differs).

    ``path``: a CSV file, or rows. ``backend``, ``progress`` and ``say`` are those of ``train``. Raises ValueError if
    the model does not say how it was made.
    """
    if not model.made:
        raise ValueError("the model does not say how it was made")
    of = model.provenance
    if not of("epochs_done"):
        raise ValueError("the training was stopped in its first epoch, so it cannot be reproduced")
    old, lags = model.recipe == 1, of("lags") or 0
    forms = dict(model.forms())
    names = list(forms)
    forms[model.target] = model.form
    if old and not model.label_texts:
        forms[model.target] = ["number", of("decimal"), "", "", ""]
    form = {name: of(name) for name in FORM}
    form["na_values"] = of("na_values") or []
    asked: Any = (names, [], [])
    again = train_on(
        path, model.target, asked, forms=forms, strict=old, activation=of("activation") or "tanh",
        patience=of("patience"), class_weight=of("class_weight"), lags=lags,
        learning_rate=model.hyperparameters[0], backend=backend, missing=model.missing, text=[], form=form,
        progress=progress, say=say, known=model.label_texts, **{name: of(name) for name in SAME})
    if old:
        again.to_recipe_1()
    again.made[1] = model.made[1]  # the entry "why" differs, since this time the task is given
    digest = again.network.digest()
    if again.provenance("data_sha256") != of("data_sha256"):
        return False, f"different: {path} has other data than the model was trained on (SHA-256 of its numbers " \
                      f"{again.provenance('data_sha256')} instead of {of('data_sha256')})"
    if digest != model.network.digest():
        return False, f"different: other weights, SHA-256 {digest} instead of {model.network.digest()}"
    (words, tensors), (its_words, its_tensors) = again.to_file_parts(), model.to_file_parts()
    for (name, value), (_, its_value) in zip(words + again.made, its_words + model.made):
        if value != its_value and name not in WRITTEN:
            return False, f"different: {name} is {truncate_repr(value)} instead of {truncate_repr(its_value)}"
    for tensor, its_tensor in zip(tensors, its_tensors):
        if list(map(repr, tensor.values)) != list(map(repr, its_tensor.values)):
            return False, f"different: the numbers of {tensor.name}"
    return True, f"identical: SHA-256 of the weights {digest}"
