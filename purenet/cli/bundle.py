"""``python3 -m purenet bundle --micropython OUT``: write the files that a board needs."""
from __future__ import annotations

import argparse
import os
import shlex

from .output import Output
from .parser import add_command

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def add(commands: Any) -> argparse.ArgumentParser:
    """Add the command and its options."""
    parser = add_command(
        commands, "bundle", "write the files that a board with MicroPython needs",
        "Write the files that a board with MicroPython needs to train networks and to load models saved on CPython or "
        "PyPy. The board's floats must be doubles.", "--micropython OUT", ["--micropython board"])
    parser.add_argument("--micropython", metavar="OUT", required=True,
                        help="the folder to write: a new or empty one, or an earlier bundle, which is replaced")
    return parser


def run(options: argparse.Namespace, out: Output) -> int:
    """Write the bundle and print how to copy it to a board."""
    from ..export.micropython import write_bundle

    if options.micropython == "-":
        raise ValueError("--micropython: a folder cannot be written to standard output; ./- is a folder of this name")
    names = write_bundle(options.micropython)
    package = os.path.join(options.micropython, "purenet")
    size = 0
    for name in names:
        size += os.path.getsize(os.path.join(package, name))
    out.line(f"wrote {len(names)} files, {size // 1000} KB, to {package}")
    out.line(f"copy it to a board: mpremote cp -r {shlex.quote(package)} :")
    out.result(folder=package, files=len(names), bytes=size)
    return 0
