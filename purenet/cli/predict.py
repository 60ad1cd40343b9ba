"""``python3 -m purenet predict MODEL.safetensors NEW.csv``: predict the rows of a CSV file."""
from __future__ import annotations

import argparse
import sys

from .._core.messages import plural, printable, quote
from ..backends import NAMES
from .csv_options import add_reading, encodable, reading, say

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ..table.model import TableModel


def add(commands: Any) -> argparse.ArgumentParser:
    """Add the command and its options."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "predict", help="predict the rows of a CSV file with a trained model",
        description="Write a prediction for every row of a CSV file on stdout, under the name of the target. Columns "
                    "are found by name, in any order. The file is read in parts, so it can be larger than memory.")
    parser.add_argument("model", metavar="MODEL.safetensors", help="a model written by train --save")
    parser.add_argument("file", metavar="NEW.csv", help="a CSV file with the columns the model was trained on")
    parser.add_argument("--probabilities", action="store_true", help="add a column with the probability of each class")
    parser.add_argument("--missing", choices=("impute", "refuse", "mean", "drop"),
                        help="missing values: impute them or fill in the mean (both as in training), refuse them, or "
                             "leave the prediction empty; default: as in training")
    parser.add_argument("--na", action="append", default=[], metavar="WORD",
                        help="another word that stands for a missing value (repeatable)")
    parser.add_argument("--backend", choices=NAMES, default="auto")
    add_reading(parser)
    return parser


def run(options: argparse.Namespace) -> int:
    """Write the predictions, part by part."""
    import csv

    from ..saving import load
    from ..table.model import TableModel

    model = load(options.model, backend=options.backend)
    if not isinstance(model, TableModel):
        raise ValueError(f"{options.model} is a network without columns; predict needs a model written by train --save")
    if options.probabilities and not model.labels:
        raise ValueError(f"--probabilities: this model predicts a number, {model.target!r}, not classes")
    encoded = Encoded(sys.stdout)
    writer = csv.writer(encoded, lineterminator="\n")
    empty = count = 0
    for answers, outputs in model.predict_csv(
            options.file, missing=options.missing, na_values=options.na, **reading(options)):
        if not count:
            names = [f"probability of {label}" for label in model.labels] if options.probabilities else []
            writer.writerow([model.target] + names)
        count += len(answers)
        for answer, row in zip(answers, outputs):
            empty += row is None
            writer.writerow(cells(model, answer, row, options.probabilities))
    if not count:
        raise ValueError(f"{options.file} has no rows")
    if empty:
        say(f"warning: {empty} of {plural(count, 'row')} with empty cells have no prediction (--missing impute "
            f"fills them)")
    if encoded.changed:
        say("warning: labels that stdout cannot encode are written with backslashes; PYTHONIOENCODING=utf-8 keeps them")
    if model.unseen:
        say(f"warning: {plural(model.unseen, 'cell')} with texts that training did not have, which count as no "
            f"category; the first in {_first(model.unseen_first)}")
    if model.odd:
        say(f"warning: {plural(model.odd, 'cell')} that are written in another form than in training, which count as "
            f"missing; the first in {_first(model.odd_first)}")
    return 0


def _first(cells: dict[str, str]) -> str:
    """Return the first cell of some columns by name, of at most ten."""
    named = [f"column {quote(name)}: {quote(cells[name])}" for name in cells]
    return ", in ".join(named[:10] + ([f"{len(named) - 10} more columns"] if len(named) > 10 else []))


def cells(model: TableModel, answer: Any, row: Any, probabilities: bool) -> list[str]:
    """Return a row of the output, with empty cells if there is no prediction."""
    if row is None:
        return [""] * (1 + (len(model.labels) if probabilities else 0))
    text = answer if model.labels else repr(answer)
    return [text] + ([repr(value) for value in row] if probabilities else [])


class Encoded:
    """Write to a stream, with backslash escapes for what it cannot encode."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream
        self.changed = False

    def write(self, text: str) -> None:
        if self._stream.isatty():  # a file gets the text as it is
            text = printable(text, keep="\n")
        written = encodable(text, self._stream)
        self.changed = self.changed or written != text
        self._stream.write(written)
