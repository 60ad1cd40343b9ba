"""``python3 -m purenet inspect MODEL.safetensors``: describe a model file, or reproduce it."""
from __future__ import annotations

import argparse
import sys

from ..backends import NAMES
from .csv_options import for_stream, say

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def add(commands: Any) -> argparse.ArgumentParser:
    """Add the command and its options."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "inspect", help="describe a model file",
        description="Print a model file's version, digest, layers, origin and tensors, without reading the weights. "
                    "With --reproduce, train a model of train --save again. The exit status is 1 if the result is not "
                    "identical.")
    parser.add_argument("file", metavar="MODEL.safetensors")
    parser.add_argument("--reproduce", metavar="DATA.csv", help="train again on this file and compare every bit")
    parser.add_argument("--backend", choices=NAMES, default="auto", help="engine that trains again")
    return parser


def run(options: argparse.Namespace) -> int:
    """Describe the file, or reproduce it."""
    if options.reproduce is None:
        from ..model_files.describe import inspect

        print(for_stream(inspect(options.file), sys.stdout))
        return 0
    from ..saving import load
    from ..table.model import TableModel
    from ..table.reproduce import reproduce

    model = load(options.file, backend=options.backend)
    if not isinstance(model, TableModel):
        raise ValueError(f"--reproduce: {options.file} is a network that was not trained by train --save")
    identical, words = reproduce(model, options.reproduce, options.backend, progress=True, say=say)
    print(for_stream(words, sys.stdout))
    return 0 if identical else 1
