"""``python3 -m purenet compare``: train on both engines and compare every bit."""
from __future__ import annotations

import argparse
import shlex

from .._core.checks import check_int
from .._core.messages import printable
from ..data.csv_forms import option
from ..training.progress import Progress
from . import demos
from .csv_options import add_reading, reading
from .output import Output, program
from .parser import add_command

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Iterator


def add(commands: Any) -> argparse.ArgumentParser:
    """Add the command and its options."""
    parser = add_command(
        commands, "compare", "train on both engines and compare every bit",
        "Train on both engines from the same state and compare every bit and the speed. The exit status is 1 if a bit "
        "differs. By default the quick demos are compared.", "[--csv FILE | --demo NAME | --random N] [options]",
        ["--random 100 --seed 7", "--csv data.csv --epochs 5"])
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--csv", metavar="FILE", help="a small network for a file of numbers; the last column is the "
                                                    "target")
    what.add_argument("--demo", choices=demos.NAMES, metavar="NAME", help=f"one of {', '.join(demos.NAMES)}")
    what.add_argument("--random", type=int, metavar="N", help="N random networks, with the seeds from --seed on")
    parser.add_argument("--seed", type=int, help="seed of the first weights")
    parser.add_argument("--epochs", type=int, help="number of epochs")
    parser.add_argument("--ignore", action="append", default=[], metavar="COLUMN",
                        help="leave out a column of the file (repeatable)")
    add_reading(parser)
    return parser


def run(options: argparse.Namespace, out: Output) -> int:
    """Compare the engines on every case of the options. Return 1 if any case differs."""
    from ..verification.compare import compare

    cases: list[dict[str, Any]] = []
    differences = 0
    for name, again, (net, x, y, fit_options) in _cases(options):
        if options.epochs is not None:
            fit_options["epochs"] = options.epochs
        with Progress() as progress:
            result = compare(net, x, y, progress=progress, **fit_options)
        again = f"{program()} compare {again}"
        out.lines(f"{printable(name)}: {result}")
        if not result.identical:
            differences += 1
            out.line(f"  again: {again}")
        cases.append({
            "name": name, "identical": result.identical, "network": result.net, "batches": result.batches,
            "epochs": result.epochs, "difference": repr(result.difference) if result.difference else None,
            "seconds": {"reference": result.seconds[0], "compiled": result.seconds[1]} if result.seconds else None,
            "again": again})
    if len(cases) > 1:
        out.line(f"{len(cases)} compared, {differences or 'none'} different")
    out.result(identical=not differences, cases=cases)
    return 1 if differences else 0


def _cases(options: argparse.Namespace) -> Iterator[tuple[str, str, Any]]:
    """Yield (name, options that select this case alone, (network, x, y, options of fit))."""
    from ..verification.compare_cases import csv_case, random_case

    seed = options.seed or 0
    epochs = "" if options.epochs is None else f" --epochs {options.epochs}"
    if options.csv is not None:
        case = csv_case(options.csv, seed, options.ignore, **reading(options))
        left_out = "".join([" " + option("--ignore", name) for name in options.ignore])
        yield options.csv, f"--csv {shlex.quote(options.csv)}{left_out} --seed {seed}{epochs}", case
    elif options.random is not None:
        for k in range(seed, seed + check_int("--random", options.random, 1)):
            yield f"random {k}", f"--random 1 --seed {k}{epochs}", random_case(k)
    else:
        given = "" if options.seed is None else f" --seed {seed}"
        for name in [options.demo] if options.demo else demos.QUICK:
            yield name, f"--demo {name}{given}{epochs}", demos.make(name, options.seed, "reference")
