"""The commands of ``python3 -m purenet``: argparse and nothing else."""
import argparse
import os
import sys

from .. import __version__
from ..backends import NAMES, backend
from . import bundle, demos, inspect, predict, train, verify
from .compare import run

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Optional, Sequence

RUN = {"bundle": bundle.run, "compare": run, "inspect": inspect.run, "predict": predict.run, "train": train.run,
       "verify": verify.run}


def main(arguments: "Optional[Sequence[str]]" = None) -> int:
    """Run a command; the exit status is 0, 1 for an error, 2 for wrong usage, 130 after Ctrl-C."""
    parser = argparse.ArgumentParser(
        prog="python3 -m purenet", description="Neural networks in plain Python, the same bits everywhere."
    )
    parser.add_argument("--version", action="version", version=f"purenet {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)

    demo = commands.add_parser("demo", help="the articles' networks and handwritten digits",
                               description="Train and show one of the demos, or all that are quick.")
    demo.add_argument("name", nargs="?", choices=demos.NAMES, metavar="NAME",
                      help=f"one of {', '.join(demos.NAMES)}; without a name {', '.join(demos.QUICK)}")
    demo.add_argument("--seed", type=int, help="another start (and split)")
    demo.add_argument("--epochs", type=int, help="how many times to go through the data")
    demo.add_argument("--backend", choices=NAMES, default="auto")
    demo.add_argument("--plot", metavar="FILE.svg", help="also write pictures")

    compared = commands.add_parser("compare", description="Train on both engines from the same start: are they "
                                   "identical in every bit, and how much faster is one?  Exit status 1 if not. "
                                   "Without --csv, --demo or --random the quick demos are compared.",
                                   help="train on both engines and compare every bit")
    what = compared.add_mutually_exclusive_group()
    what.add_argument("--csv", metavar="FILE", help="a small network for a file of numbers, the last column the target")
    what.add_argument("--demo", choices=demos.NAMES, metavar="NAME", help=f"one of {', '.join(demos.NAMES)}")
    what.add_argument("--random", type=int, metavar="N", help="N random networks, from --seed on, each with its own")
    compared.add_argument("--seed", type=int, help="another start")
    compared.add_argument("--epochs", type=int, help="how many times to go through the data")
    inspect.add(commands)
    train.add(commands)
    predict.add(commands)
    verify.add(commands)
    bundle.add(commands)
    commands.add_parser("info", help="what computes here, and why")

    if sys.stdout is None:  # closed by who called
        sys.stdout = open(os.devnull, "w")
    if sys.stderr is None:  # what has no place to go must not come on stdout
        sys.stderr = open(os.devnull, "w")
    options = parser.parse_args(arguments)
    if options.command == "demo" and not options.name and (options.epochs is not None or options.plot):
        parser.error("--epochs and --plot need the name of a demo")
    try:
        if options.command == "demo" and options.plot:
            check_plot(options.plot)
        if options.command == "info":
            print(f"purenet {__version__}, Python {sys.version.split()[0]} ({sys.implementation.name}), {sys.platform}")
            print(backend())
        elif options.command in RUN:
            status = RUN[options.command](options)
            sys.stdout.flush()
            return status
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
    except MemoryError:
        print("purenet: error: there is not enough memory for this; fewer rows, columns or units take less",
              file=sys.stderr)
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
