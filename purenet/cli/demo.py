"""``python3 -m purenet demo``: run the example networks."""
from __future__ import annotations

import argparse
import contextlib
import io
import os
import sys

from ..backends import NAMES
from . import demos
from .output import Output
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
    parser.set_defaults(usage_error=parser.error)
    return parser


def run(options: argparse.Namespace, out: Output) -> int:
    """Run one demo, or all quick ones."""
    if not options.name:
        if options.epochs is not None or options.plot:
            options.usage_error("--epochs and --plot need the name of a demo")
    if options.plot:
        check_plot(options.plot)
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


def check_plot(path: str) -> None:
    """Raise ValueError if the picture cannot be written, before training starts."""
    folder = os.path.dirname(path) or "."
    if not path.endswith(".svg"):
        raise ValueError(f"--plot: pictures are SVG, so the name must end in .svg, got {path}")
    if not os.path.isdir(folder) or not os.access(folder, os.W_OK):
        raise ValueError(f"--plot: the folder {folder} does not exist or cannot be written")
