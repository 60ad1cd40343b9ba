"""Parse the command line of ``python3 -m purenet`` and run one command."""
from __future__ import annotations

import argparse
import os
import sys

from ..backends import backend
from ..version import __version__
from . import bundle, compare, demo, inspect, predict, train, verify
from .csv_options import for_stream, say

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command. Return its exit status: 0, 1 for an error, 2 for wrong usage, 130 after Ctrl-C."""
    parser = argparse.ArgumentParser(
        prog="python3 -m purenet", description="Neural networks in plain Python, the same bits everywhere."
    )
    parser.add_argument("--version", action="version", version=f"purenet {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for module in (demo, compare, inspect, train, predict, verify, bundle):
        module.add(commands).set_defaults(run=module.run)
    commands.add_parser("info", help="show which engine computes here, and why").set_defaults(run=info)

    if sys.stdout is None:  # closed by the calling process
        sys.stdout = open(os.devnull, "w")
    if sys.stderr is None:  # errors must not end up on stdout
        sys.stderr = open(os.devnull, "w")
    options = parser.parse_args(arguments)
    try:
        status: int = options.run(options)
        sys.stdout.flush()
        return status
    except (ValueError, TypeError, RuntimeError, OSError) as error:
        if isinstance(error, BrokenPipeError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # the reader has closed the pipe
            return 1
        say(f"error: {error}")
        return 1
    except MemoryError as error:
        say(f"error: {str(error) or 'there is not enough memory for this; fewer rows, columns or units take less'}")
        return 1
    except KeyboardInterrupt:  # the library has no handler of its own: engines keep the state after each batch
        print("\npurenet: interrupted", file=sys.stderr)
        return 130


def info(options: argparse.Namespace) -> int:
    """Print the versions and the engines."""
    print(f"purenet {__version__}, Python {sys.version.split()[0]} ({sys.implementation.name}), {sys.platform}")
    print(for_stream(str(backend()), sys.stdout))
    return 0
