"""Judge a table model on rows with known answers: permutation importances, and a report of its scores."""
from __future__ import annotations

import math
from array import array

from .._core.checks import check_int
from ..data.csv_reader import read_csv
from ..data.scaling import mean_and_scale
from ..metrics import mean_absolute_error, r2
from ..reference.random_state import RandomState
from .fitting import drawn
from .reading import is_path, taken
from .rows import as_text, plain_value, table_from

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Sequence

LARGEST_SEED = 1 << 31  # as in scikit-learn; exclusive


def known_answers(model: Any, data: Any, labels: Any) -> list[Any]:
    """Return the right answers, those of ``labels`` or of the target's column: texts for classes, or numbers."""
    if labels is None:
        values = list(table_from(read(model, data), {model.target: model.form})[0].column(model.target))
        missing = [i for i, value in enumerate(values) if value == "" or value != value]
    else:
        values = [plain_value(value, i, "labels") for i, value in enumerate(labels)]
        missing = [i for i, value in enumerate(values) if value is None]
    if missing:
        raise ValueError(f"row {missing[0]} has no {model.target!r}, and nothing to compare a prediction with")
    return [as_text(value) for value in values] if model.label_texts else [float(value) for value in values]


def read(model: Any, data: Any) -> Any:
    """Return rows as they are, and a file as a table whose columns are read as in training."""
    if not is_path(data):
        return data
    forms = dict(model.forms())
    forms[model.target] = model.form
    return read_csv(data, forms=forms, na_values=model.provenance("na_values") or [])


def score(model: Any, answers: Sequence[Any], truth: Sequence[Any]) -> float:
    """Return accuracy or R2."""
    if not model.label_texts:
        return r2(truth, answers)
    return [a == b for a, b in zip(answers, truth)].count(True) / len(truth)


def importances(
    model: Any, data: Any, labels: Any, n_repeats: int, random_state: int | None
) -> list[tuple[str, float, float]]:
    """Return (column, mean, standard deviation) of how much the score falls, as ``TableModel.importances`` says.

    The rows are shuffled as scikit-learn's ``permutation_importance`` does for the same ``random_state``.
    """
    n_repeats, random_state = check_int("n_repeats", n_repeats, 1), drawn(random_state)
    if model.tail:
        raise ValueError("importances: a model with lags needs its rows in order")
    data = read(model, data)
    columns, rows = model.columns_of(data)
    truth = known_answers(model, data, labels)
    if len(truth) != rows:
        raise ValueError(f"labels: expected {rows}, one for each row, got {len(truth)}")

    def scored(changed: list[Any]) -> float:
        return score(model, model.predict_columns(changed, rows, "mean")[0], truth)

    base = scored(list(columns))
    seed = int(RandomState(random_state).randint(0, LARGEST_SEED))
    found = []
    for j, column in enumerate(columns):
        stream, order, falls = RandomState(seed), list(range(rows)), []
        for _ in range(n_repeats):
            stream.shuffle(order)
            column = taken(column, order)
            falls.append(base - scored(columns[:j] + [column] + columns[j + 1:]))
        mean, variance, _ = mean_and_scale(falls)
        found.append((column.name, mean, math.sqrt(variance)))
    return found


class Report:
    """The scores of a model on rows with known answers. ``str`` gives them as text; ``scores``: a dict of numbers."""

    def __init__(self, model: Any, truth: list[Any], answers: list[Any]) -> None:
        self.scores: dict[str, float] = {"rows": len(truth)}
        self.lines = []
        if model.label_texts:
            self._of_classes(model, [as_text(answer) for answer in answers], truth)
        else:
            guess = array("d", [model.target_mean]) * len(truth)
            self.scores.update(r2=r2(truth, answers), mean_absolute_error=mean_absolute_error(truth, answers),
                               r2_of_guessing=r2(truth, guess.tolist()))
            self.lines = [f"{len(truth)} rows: R2 {self.scores['r2']:.3f}, mean absolute error "
                          f"{self.scores['mean_absolute_error']:.4g}; always guessing {model.target_mean:.4g}: R2 "
                          f"{self.scores['r2_of_guessing']:.3f}"]

    def _of_classes(self, model: Any, answers: list[str], truth: list[str]) -> None:
        counts = {label: truth.count(label) for label in model.label_texts}
        most = max(model.label_texts, key=lambda label: counts[label])
        self.scores.update(accuracy=score(model, answers, truth), accuracy_of_guessing=counts[most] / len(truth))
        self.lines = [f"{len(truth)} rows: accuracy {self.scores['accuracy']:.3f}; always guessing {most}: "
                      f"{self.scores['accuracy_of_guessing']:.3f}"]
        width = max([len(label) for label in model.label_texts])
        for label in model.label_texts:
            right = [a == b == label for a, b in zip(answers, truth)].count(True)
            recall = right / counts[label] if counts[label] else math.nan
            precision = right / answers.count(label) if label in answers else math.nan
            self.scores[f"recall of {label}"], self.scores[f"precision of {label}"] = recall, precision
            self.lines.append(f"  {label.ljust(width)}  recall {recall:.3f}  precision {precision:.3f}  "
                              f"({counts[label]} rows)")

    def __str__(self) -> str:
        return "\n".join(self.lines)

    def __repr__(self) -> str:
        return f"<Report: {self.lines[0]}>"
