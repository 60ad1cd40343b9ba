"""``python3 -m purenet bundle --micropython OUT``: write the files that a board needs."""
from __future__ import annotations

import argparse
import os
import sys

from .csv_options import for_stream

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def add(commands: Any) -> argparse.ArgumentParser:
    """Add the command and its options."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "bundle", help="write the files that a board with MicroPython needs",
        description="Write the files that a board with MicroPython needs to train networks and to load models saved on "
                    "CPython or PyPy. The board's floats must be doubles.")
    parser.add_argument("--micropython", metavar="OUT", required=True,
                        help="the folder to write: a new or empty one, or an earlier bundle, which is replaced")
    return parser


def run(options: argparse.Namespace) -> int:
    """Write the bundle and print how to copy it to a board."""
    from ..export.micropython import write_bundle

    out = options.micropython
    names = write_bundle(out)
    package = os.path.join(out, "purenet")
    size = 0
    for name in names:
        size += os.path.getsize(os.path.join(package, name))
    print(for_stream(f"wrote {len(names)} files, {size // 1000} KB, to {package}", sys.stdout))
    print(for_stream(f"copy it to a board: mpremote cp -r {package} :", sys.stdout))
    return 0
