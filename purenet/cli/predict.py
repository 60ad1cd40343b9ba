"""``python3 -m purenet predict MODEL.safetensors NEW.csv``: predict the rows of a CSV file."""
from __future__ import annotations

import argparse
import os

from .._core.messages import plural
from ..backends import NAMES
from .csv_options import add_reading, reading
from .csv_output import CsvOutput
from .output import Output, json_line
from .output_files import check_output, is_model, judged
from .parser import add_command

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ..table.model import TableModel


def add(commands: Any) -> argparse.ArgumentParser:
    """Add the command and its options."""
    parser = add_command(
        commands, "predict", "predict the rows of a CSV file with a trained model",
        "Write a prediction for every row of a CSV file on stdout, under the name of the target, or \"predicted NAME\" "
        "beside a copied column of that name. Columns are found by name, in any order. The file is read in parts, so "
        "it can be larger than memory. Cells that a spreadsheet would run as a formula get an apostrophe. With --json "
        "every row is a JSON object, and the last object has the notes.", "MODEL.safetensors NEW.csv [options]",
        ["model.safetensors new.csv > predictions.csv", "model.safetensors new.csv --keep id --proba -o out.csv",
         "model.safetensors - < new.csv"])
    parser.add_argument("model", metavar="MODEL.safetensors", help="a model written by train --save")
    parser.add_argument("file", metavar="NEW.csv",
                        help="a CSV file with the columns the model was trained on; - for standard input")
    parser.add_argument("-o", "--output", metavar="FILE", default="-",
                        help="write to this file, in UTF-8; - (the default) is standard output")
    parser.add_argument("--proba", action="store_true", help="add a column with the probability of each class")
    parser.add_argument("--keep", action="append", default=[], metavar="COLUMN",
                        help="copy a column of the input before the prediction (repeatable)")
    parser.add_argument("--keep-all", action="store_true", help="copy all columns of the input")
    parser.add_argument("--raw", action="store_true", help="leave cells that a spreadsheet would run as a formula")
    parser.add_argument("--missing", choices=("impute", "refuse", "mean", "drop"),
                        help="missing values: impute them or fill in the mean (both as in training), refuse them, or "
                             "leave the prediction empty; default: as in training")
    parser.add_argument("--na", action="append", default=[], metavar="WORD",
                        help="another word that stands for a missing value (repeatable)")
    parser.add_argument("--backend", choices=NAMES, default="auto")
    add_reading(parser)
    return parser


def run(options: argparse.Namespace, out: Output) -> int:
    """Write the predictions, part by part."""
    from ..saving import load
    from ..table.model import TableModel

    model = load(options.model, backend=options.backend)
    if not isinstance(model, TableModel):
        raise ValueError(f"{options.model} is a network without columns; predict needs a model written by train --save")
    if options.proba and not model.labels:
        raise ValueError(f"--proba: this model predicts a number, {model.target!r}, not classes")
    if options.output != "-":
        check_output("-o", options.output, [(options.model, "the model"), (options.file, "the file with the data")])
        if os.path.exists(options.output) and judged("-o", options.output, is_model):
            raise ValueError(f"-o: {options.output} is a model of purenet; choose another name")
    empty = count = 0
    with CsvOutput(options.output, options.raw) as written:
        for answers, outputs in model.predict_csv(
                options.file, missing=options.missing, na_values=options.na,
                copied=options.keep_all or options.keep, **reading(options)):
            if not count and not out.as_json:
                names = [f"probability of {label}" for label in model.label_texts] if options.proba else []
                kept, name = [name for name, _ in model.copied], model.target
                while name in kept:
                    name = f"predicted {name}"
                written.row(kept + [name] + names)
            count += len(answers)
            for i, (answer, row) in enumerate(zip(answers, outputs)):
                empty += row is None
                copied = [(name, values[i]) for name, values in model.copied]
                if out.as_json:
                    written.text(json_line(fields(model, answer, row, options.proba, copied)))
                else:
                    written.row([cell for _, cell in copied] + cells(model, answer, row, options.proba))
        if not count:
            raise ValueError(f"{options.file} has no rows")
        warn(model, empty, count, written.changed, out)
        if out.as_json:
            written.text(json_line({"rows": count, "notes": out.notes}))
    return 0


def warn(model: TableModel, empty: int, count: int, changed: bool, out: Output) -> None:
    """Say what was not predicted or not read as in training."""
    if empty:
        out.say(f"warning: {empty} of {plural(count, 'row')} with empty cells have no prediction (--missing impute "
                f"fills them)")
    if changed:
        out.say("warning: labels that stdout cannot encode are written with backslashes; PYTHONIOENCODING=utf-8 keeps "
                "them")
    for text in model.surprises():
        out.say(f"warning: {text}")


def fields(model: TableModel, answer: Any, row: Any, proba: bool, copied: list[tuple[str, str]]) -> dict[str, Any]:
    """Return a row of the output as a JSON object."""
    found = {"prediction": answer if model.labels_as == "text" else model.in_python(answer)}
    if proba:
        found["probabilities"] = None if row is None else dict(zip(model.label_texts, row))
    if copied:
        found["kept"] = dict(copied)
    return found


def cells(model: TableModel, answer: Any, row: Any, proba: bool) -> list[str]:
    """Return a row of the output, with empty cells if there is no prediction."""
    if row is None:
        return [""] * (1 + (len(model.label_texts) if proba else 0))
    text = answer if model.label_texts else repr(answer)
    return [text] + ([repr(value) for value in row] if proba else [])
