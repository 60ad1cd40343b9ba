"""Parse the command line of ``python3 -m purenet`` and run one command."""
from __future__ import annotations

import os
import sys
import warnings

from ..backends import backend
from ..version import __version__
from . import bundle, compare, demo, inspect, predict, train, verify
from .output import Output, discard, system_error
from .parser import Parser, add_command, did_you_mean

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from typing import Sequence

STATUS = """exit status:
  0    it worked
  1    an error, or a difference found by verify, compare or inspect --reproduce
  2    wrong usage
  130  Ctrl-C, also if train kept the best epoch so far"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command. Return its exit status: 0, 1 for an error, 2 for wrong usage, 130 after Ctrl-C.

    With None it reads sys.argv and acts as the program. Once Ctrl-C has ended a command, the program ignores
    further ones.
    """
    out = Output()
    try:
        try:
            return _run(arguments, out)
        except KeyboardInterrupt:  # no handler is needed: engines keep the state of the last finished batch
            _ignore_ctrl_c(arguments)
            out.interrupted()
            return 130
    except KeyboardInterrupt:  # a second Ctrl-C while the first is handled
        _ignore_ctrl_c(arguments)
        return 130


def _ignore_ctrl_c(arguments: Sequence[str] | None) -> None:
    """Ignore Ctrl-C at the end of the program, which still prints a message. A caller's own handler is left alone."""
    if arguments is None:
        import signal

        signal.signal(signal.SIGINT, signal.SIG_IGN)


def _run(arguments: Sequence[str] | None, out: Output) -> int:
    """Run a command, with its errors and warnings as lines of ``out``."""
    if sys.stdout is None:  # closed by the calling process
        sys.stdout = open(os.devnull, "w")
    if sys.stderr is None:  # errors must not end up on stdout
        sys.stderr = open(os.devnull, "w")
    given = sys.argv[1:] if arguments is None else list(arguments)
    parser = Parser(
        prog="purenet", description="Neural networks in plain Python, the same bits everywhere.", epilog=STATUS)
    parser.add_argument("--version", action="version", version=f"purenet {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for module in (demo, compare, inspect, train, predict, verify, bundle):
        module.add(commands).set_defaults(run=module.run)
    shown = add_command(commands, "info", "show which engine computes here, and why",
                        "Show the versions, which engine computes here, and why.")
    shown.set_defaults(run=info)
    if given and given[0][:1] != "-" and given[0] not in commands.choices:
        parser.as_json = "--json" in given
        parser.error(f"there is no command {given[0]!r}{did_you_mean(given[0], list(commands.choices))}")

    options = parser.parse_args(given)
    out.as_json = options.json
    try:
        with warnings.catch_warnings():
            warnings.showwarning = lambda message, *where: out.say(f"warning: {message}")
            status: int = options.run(options, out)
        sys.stdout.flush()
        return status
    except (ValueError, TypeError, RuntimeError, OSError) as error:
        if isinstance(error, BrokenPipeError):  # the reader closed the pipe
            discard(sys.stdout)
            return 1
        words = system_error(error) if isinstance(error, OSError) else str(error)
        out.error(*getattr(error, "problems", [words]))
        return 1
    except MemoryError as error:
        out.error(str(error) or "there is not enough memory for this; fewer rows, columns or units take less")
        return 1


def info(options: argparse.Namespace, out: Output) -> int:
    """Print the versions and the engines."""
    found, python, implementation = backend(), sys.version.split()[0], sys.implementation.name
    out.line(f"purenet {__version__}, Python {python} ({implementation}), {sys.platform}")
    out.lines(str(found))
    out.result(
        purenet=__version__, python=python, implementation=implementation, platform=sys.platform, backend=found.chosen,
        available=found.available, reasons=[{"backend": name, "reason": why} for name, why in found.reasons])
    return 0
