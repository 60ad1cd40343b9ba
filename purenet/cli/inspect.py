"""``python3 -m purenet inspect MODEL.safetensors``."""
import argparse
import sys

from ..backends import NAMES
from .csv_options import for_stream, say

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def add(commands: "Any") -> argparse.ArgumentParser:
    """Add the command and its options."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "inspect", help="show what a model file holds",
        description="Show what a model file says of itself: version, digest, layers, how it was made, its tensors.  "
                    "The weights are not read.  With --reproduce a model that train --save wrote is trained again; the "
                    "exit status is 1 where the result is not identical.")
    parser.add_argument("file", metavar="MODEL.safetensors")
    parser.add_argument("--reproduce", metavar="DATA.csv", help="train again on this file, and compare every bit")
    parser.add_argument("--backend", choices=NAMES, default="auto", help="what trains again")
    return parser


def run(options: argparse.Namespace) -> int:
    """Show the file, or make it again."""
    if options.reproduce is None:
        from ..model_files.describe import inspect

        print(for_stream(inspect(options.file), sys.stdout))
        return 0
    from ..saving import load
    from ..table.model import TableModel
    from ..table.reproduce import reproduce

    model = load(options.file, backend=options.backend)
    if not isinstance(model, TableModel):
        raise ValueError(f"--reproduce: {options.file} is a network that was not made from a CSV file")
    identical, words = reproduce(model, options.reproduce, options.backend, progress=True, say=say)
    print(for_stream(words, sys.stdout))
    return 0 if identical else 1
