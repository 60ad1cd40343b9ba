"""``python3 -m purenet demo``: run the example networks."""
from __future__ import annotations

import argparse
import contextlib
import io
import sys

from ..backends import NAMES
from . import demos
from .output import Output
from .output_files import check_picture
from .parser import add_command

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def add(commands: Any) -> argparse.ArgumentParser:
    """Add the command and its options."""
    parser = add_command(
        commands, "demo", "train the articles' networks, or read handwritten digits",
        "Train and show one demo, or all quick ones.", "[NAME] [options]", ["", "digits --seed 3 --plot loss.svg"])
    parser.add_argument("name", nargs="?", choices=demos.NAMES, metavar="NAME",
                        help=f"one of {', '.join(demos.NAMES)}; default: {', '.join(demos.QUICK)}")
    parser.add_argument("--seed", type=int, help="seed of the first weights (and of the split)")
    parser.add_argument("--epochs", type=int, help="number of epochs")
    parser.add_argument("--backend", choices=NAMES, default="auto")
    parser.add_argument("--plot", metavar="FILE.svg", help="also write pictures")
    parser.add_argument("--force", action="store_true", help="let --plot overwrite a file that purenet did not draw")
    parser.set_defaults(usage_error=parser.error)
    return parser


def run(options: argparse.Namespace, out: Output) -> int:
    """Run one demo, or all quick ones."""
    if not options.name:
        if options.epochs is not None or options.plot is not None:
            options.usage_error("--epochs and --plot need the name of a demo")
    if options.plot is not None:
        check_picture("--plot", options.plot, force=options.force)
        if options.name in demos.WITH_IMAGES:
            check_picture("--plot", demos.beside(options.plot), force=options.force)
    shown = io.StringIO() if out.as_json else sys.stdout  # with --json the text is in the result
    with contextlib.redirect_stdout(shown):
        if options.name:
            demos.run(options.name, options.seed, options.epochs, options.backend, options.plot)
        else:
            demos.run_all(options.seed, options.backend)
    if isinstance(shown, io.StringIO):
        lines = shown.getvalue().splitlines()
        mark = "SHA-256 of the weights: "
        out.result(demos=[options.name] if options.name else list(demos.QUICK),
                   digests=[line[len(mark):] for line in lines if line.startswith(mark)], lines=lines)
    return 0
