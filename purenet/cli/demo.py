"""``python3 -m purenet demo``: run the example networks."""
from __future__ import annotations

import argparse
import os

from ..backends import NAMES
from . import demos

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def add(commands: Any) -> argparse.ArgumentParser:
    """Add the command and its options."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "demo", help="train the articles' networks, or read handwritten digits",
        description="Train and show one demo, or all quick ones.")
    parser.add_argument("name", nargs="?", choices=demos.NAMES, metavar="NAME",
                        help=f"one of {', '.join(demos.NAMES)}; default: {', '.join(demos.QUICK)}")
    parser.add_argument("--seed", type=int, help="seed of the first weights (and of the split)")
    parser.add_argument("--epochs", type=int, help="number of epochs")
    parser.add_argument("--backend", choices=NAMES, default="auto")
    parser.add_argument("--plot", metavar="FILE.svg", help="also write pictures")
    parser.set_defaults(usage_error=parser.error)
    return parser


def run(options: argparse.Namespace) -> int:
    """Run one demo, or all quick ones."""
    if not options.name:
        if options.epochs is not None or options.plot:
            options.usage_error("--epochs and --plot need the name of a demo")
        demos.run_all(options.seed, options.backend)
        return 0
    if options.plot:
        check_plot(options.plot)
    demos.run(options.name, options.seed, options.epochs, options.backend, options.plot)
    return 0


def check_plot(path: str) -> None:
    """Raise ValueError if the picture cannot be written, before training starts."""
    folder = os.path.dirname(path) or "."
    if not path.endswith(".svg"):
        raise ValueError(f"--plot: pictures are SVG, so the name must end in .svg, got {path}")
    if not os.path.isdir(folder) or not os.access(folder, os.W_OK):
        raise ValueError(f"--plot: the folder {folder} does not exist or cannot be written")
