"""``python3 -m purenet train DATA.csv --target COLUMN``: train a network on a CSV file."""
from __future__ import annotations

import argparse
import shlex
import time

from .._core.messages import plural, printable
from ..backends import NAMES
from .csv_options import add_reading, reading
from .output import Output, program
from .output_files import check_model, check_output, check_picture
from .parser import add_command

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ..table.model import TableModel

MISSING = ("impute", "refuse", "mean", "drop")
MOST_SHOWN = 50  # most classes whose recall is shown


def add(commands: Any) -> argparse.ArgumentParser:
    """Add the command and its options."""
    parser = add_command(
        commands, "train", "train a network on your CSV file",
        "Train a network to predict one column of a CSV file from the others, and print how good it is. Ctrl-C ends "
        "the training and keeps the best epoch so far; a second one ends the program.",
        "DATA.csv --target COLUMN [--save MODEL.safetensors] [options]",
        ["data.csv --target price", "data.csv --target species --save model.safetensors --plot loss.svg",
         "data.csv --target species --checkpoint running.safetensors --max-seconds 3600"])
    parser.add_argument("file", metavar="DATA.csv", help="a CSV file; - for standard input")
    parser.add_argument("--target", required=True, metavar="COLUMN", help="the column to predict")
    parser.add_argument("--save", metavar="MODEL.safetensors", help="write the trained model to this file, for predict")
    parser.add_argument("--force", action="store_true",
                        help="let --save and --plot overwrite a file that is no model or picture of purenet")
    parser.add_argument("--plot", metavar="FILE.svg", help="draw the losses of all epochs")
    parser.add_argument("--checkpoint", metavar="FILE",
                        help="save the training here from time to time; go on with it if the file exists")
    parser.add_argument("--max-seconds", type=float, metavar="SECONDS",
                        help="stop after so much time and keep the best epoch so far")
    parser.add_argument("--class-weight", choices=("balanced",), help="give each class the same weight")
    parser.add_argument("--task", choices=("classification", "regression"), help="default: guessed from the target")
    parser.add_argument("--missing", choices=MISSING, default=MISSING[0],
                        help="missing values: impute them (the default: numbers become the mean, texts a category of "
                             "their own), refuse them, fill in the mean (texts: no category), or drop their rows")
    parser.add_argument("--na", action="append", default=[], metavar="WORD",
                        help="another word that stands for a missing value (repeatable)")
    parser.add_argument("--keep", action="append", default=[], metavar="COLUMN",
                        help="use a column although it seems to name or count rows (repeatable)")
    parser.add_argument("--ignore", action="append", default=[], metavar="COLUMN",
                        help="ignore a column (repeatable)")
    parser.add_argument("--text", action="append", default=[], metavar="COLUMN",
                        help="treat a column of numbers as categories (repeatable)")
    parser.add_argument("--hidden", type=sizes, default=[100], metavar="SIZES",
                        help="units of the hidden layers, such as 100 (the default), 64,32, or 0 for none")
    parser.add_argument("--activation", choices=("tanh", "relu", "sigmoid", "elu", "silu", "gelu"), default="tanh",
                        help="of the hidden layers (tanh)")
    parser.add_argument("--patience", type=int, default=20, metavar="EPOCHS",
                        help="stop after so many epochs without a better validation loss (20)")
    parser.add_argument("--lags", type=int, default=0, metavar="ROWS",
                        help="for series: the target's values in so many rows before are inputs (0)")
    parser.add_argument("--epochs", type=int, default=200, help="largest number of epochs (200)")
    parser.add_argument("--batch-size", type=int, default=32, metavar="ROWS", help="rows per step (32)")
    parser.add_argument("--learning-rate", type=float, default=1 / 100, metavar="RATE", help="learning rate (0.01)")
    parser.add_argument("--seed", type=int, default=0, help="seed of the split and the first weights (0)")
    parser.add_argument("--backend", choices=NAMES, default="auto")
    add_reading(parser)
    return parser


def sizes(text: str) -> list[int]:
    """Return the sizes of hidden layers from text: "64,32", or "0" for none."""
    try:
        return [] if text.strip() == "0" else [int(part) for part in text.split(",")]
    except ValueError:
        raise argparse.ArgumentTypeError(f"expected sizes such as 64,32, got {text!r}") from None


def run(options: argparse.Namespace, out: Output) -> int:
    """Train, save and print the summary. Return 130 if Ctrl-C ended the training."""
    from ..table.training import train

    data = (options.file, "the file with the data")
    if options.save is not None:
        check_model("--save", options.save, [data], options.force)
    if options.checkpoint is not None:
        check_output("--checkpoint", options.checkpoint, [data, (options.save, "the file of --save")])
    if options.plot is not None:
        others = [data, (options.save, "the file of --save"), (options.checkpoint, "the file of --checkpoint")]
        check_picture("--plot", options.plot, others, options.force)
    begun = time.monotonic()
    try:
        model = train(
            options.file, options.target, task=options.task, hidden=options.hidden, epochs=options.epochs,
            batch_size=options.batch_size, learning_rate=options.learning_rate, seed=options.seed,
            backend=options.backend, missing=options.missing, text=options.text, ignore=options.ignore,
            keep=options.keep, na_values=options.na, activation=options.activation, patience=options.patience,
            lags=options.lags, class_weight=options.class_weight, max_seconds=options.max_seconds,
            checkpoint=options.checkpoint, on_interrupt="keep", progress=True, say=out.say, **reading(options))
    except KeyboardInterrupt as interrupt:
        if options.save and str(interrupt):
            out.say(f"{interrupt}, so {options.save} is not written")
        raise
    seconds = time.monotonic() - begun
    if options.save:  # before the summary, since printing it fails if its reader is gone
        model.save(options.save)
    if options.plot:
        model.history.plot(options.plot)
    for line in summary(model, seconds):
        out.line(line)
    if options.plot:
        out.line(f"wrote {options.plot}")
    if options.save:
        out.line(f"saved {options.save}; {program()} predict {shlex.quote(options.save)} NEW.csv")
    if model.stopped and options.checkpoint:
        out.line(f"the same command goes on from {options.checkpoint}")
    out.result(**result(model, seconds), saved=options.save or None)
    return 130 if model.stopped == "interrupt" else 0


def result(model: TableModel, seconds: float) -> dict[str, Any]:
    """Return what was trained and how good it is, for JSON."""
    names = ("task", "why", "seed", "rows", "rows_trained", "rows_validated", "best_epoch", "epochs_done")
    found = {name: model.provenance(name) for name in names}
    scores: dict[str, Any]
    if model.labels:
        accuracy, baseline, classes = model.scores
        scores = {"accuracy": accuracy, "baseline_accuracy": baseline,
                  "classes": [{"class": label, "right": right, "rows": count} for label, right, count in classes]}
    else:
        r2, error, baseline, baseline_error = model.scores
        scores = {"r2": r2, "mean_absolute_error": error, "baseline_r2": baseline,
                  "baseline_mean_absolute_error": baseline_error}
    return dict(
        found, target=model.target, columns=[{"name": name, "kind": kind} for name, kind in model.inputs.kinds],
        left_out=[{"name": name, "reason": reason} for name, reason in model.left_out], layers=layer_sizes(model),
        backend=model.network.backend, stopped=model.stopped, seconds=seconds, scores=scores,
        digest=model.network.digest())


def layer_sizes(model: TableModel) -> list[int]:
    """Return the number of inputs, then the units of each layer."""
    plan = model.network.plan
    return [plan.inputs] + [step.outputs for step in plan.steps if step.kind == "dense"]


def summary(model: TableModel, seconds: float) -> list[str]:
    """Return the lines on what was trained and how good it is."""
    from ..table.scores import mean_recall

    of = model.provenance
    kinds = [kind for _, kind in model.inputs.kinds]
    net = model.network
    widths = [str(size) for size in layer_sizes(model)]
    lines = [
        f"{plural(of('rows'), 'row')}; {of('task')} of {printable(model.target)}, since {of('why')}; from columns of "
        f"numbers: {kinds.count('number')}, of text: {kinds.count('text')}" +
        (f", of dates: {kinds.count('date')}" if "date" in kinds else ""),
        f"network {'-'.join(widths)}, seed {of('seed')}, backend {net.backend}: " +
        (f"epoch {of('best_epoch')} of {of('epochs_done')} is kept" if of("epochs_done") else "no epoch finished") +
        f", {seconds:.1f} s",
        f"on {plural(of('rows_validated'), 'row')} that chose the epoch, not trained on:" if of("rows_validated") else
        f"on the {of('rows_trained')} rows it was trained on, too few to set some aside: new rows will score worse",
    ]
    if not model.labels:
        score, trivial, error, trivial_error = model.scores[0], model.scores[2], model.scores[1], model.scores[3]
        return lines + [
            f"  R2 {score:.3f}, mean absolute error {plain(error)}",
            f"  always guessing the mean {plain(model.target_mean)}: R2 {trivial:.3f}, error {plain(trivial_error)}",
            f"SHA-256 of the weights: {net.digest()}"]
    score, trivial, classes = model.scores
    most = max(classes, key=lambda told: told[2])
    if of("class_weight"):
        mean, guess = mean_recall(classes)
        lines.append(f"  mean recall {mean:.3f}, with classes of equal weight; always guessing one: {guess:.3f}")
    lines.append(f"  accuracy {score:.3f}; always guessing {printable(most[0])}: {trivial:.3f}")
    width = max([len(printable(told[0])) for told in classes[:MOST_SHOWN]])
    for label, right, count in classes[:MOST_SHOWN]:
        share = f"{right / count:.3f}  ({right} of {count})" if count else "no such row"
        lines.append(f"  recall of {printable(label).ljust(width)}  {share}")
    if len(classes) > MOST_SHOWN:
        lines.append(f"  and {len(classes) - MOST_SHOWN} more classes")
    return lines + [f"SHA-256 of the weights: {net.digest()}"]


def plain(value: float) -> str:
    """Return a number with four significant digits, without an exponent from 0.0001 up to 1e15."""
    text = f"{value:.4g}"
    return f"{float(text):.0f}" if "e+" in text and abs(value) < 1e15 else text
