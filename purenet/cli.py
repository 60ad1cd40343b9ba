"""The commands of ``python3 -m purenet``: argparse and nothing else."""
import argparse
import os
import sys

from . import __version__, demos
from .backends import NAMES, backend

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Optional, Sequence


def main(arguments: "Optional[Sequence[str]]" = None) -> int:
    """Run a command; the exit status is 0, 1 for an error, 2 for wrong usage, 130 after Ctrl-C."""
    parser = argparse.ArgumentParser(
        prog="python3 -m purenet", description="Neural networks in plain Python, the same bits everywhere."
    )
    parser.add_argument("--version", action="version", version=f"purenet {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)

    demo = commands.add_parser("demo", help="the articles' networks and handwritten digits",
                               description="Train and show one of the demos, or all of them.")
    demo.add_argument("name", nargs="?", choices=demos.NAMES, metavar="NAME",
                      help=f"one of {', '.join(demos.NAMES)}; all of them without a name")
    demo.add_argument("--seed", type=int, help="another start (and split)")
    demo.add_argument("--epochs", type=int, help="how many times to go through the data")
    demo.add_argument("--backend", choices=NAMES, default="auto")
    demo.add_argument("--plot", metavar="FILE.svg", help="also write pictures")
    commands.add_parser("info", help="what computes here, and why")

    options = parser.parse_args(arguments)
    if options.command == "demo" and not options.name and (options.epochs is not None or options.plot):
        parser.error("--epochs and --plot need the name of a demo")
    try:
        if options.command == "demo" and options.plot:
            check_plot(options.plot)
        if options.command == "info":
            print(f"purenet {__version__}, Python {sys.version.split()[0]} ({sys.implementation.name}), {sys.platform}")
            print(backend())
        elif options.name:
            demos.run(options.name, options.seed, options.epochs, options.backend, options.plot)
        else:
            demos.run_all(options.seed, options.backend)
        sys.stdout.flush()
    except (ValueError, TypeError, RuntimeError, OSError) as error:
        if isinstance(error, BrokenPipeError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # the reader has gone: nothing to say
            return 1
        print(f"purenet: error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\npurenet: interrupted", file=sys.stderr)
        return 130
    return 0


def check_plot(path: str) -> None:
    """Refuse a picture that could not be written, before anything is trained."""
    folder = os.path.dirname(path) or "."
    if not path.endswith(".svg"):
        raise ValueError(f"--plot: pictures are SVG, so the name must end in .svg, got {path}")
    if not os.path.isdir(folder) or not os.access(folder, os.W_OK):
        raise ValueError(f"--plot: the folder {folder} does not exist or cannot be written")
