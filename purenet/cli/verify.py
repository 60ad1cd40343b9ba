"""``python3 -m purenet verify``: recompute the golden vectors."""
from __future__ import annotations

import argparse
import sys

from .csv_options import for_stream

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def add(commands: Any) -> argparse.ArgumentParser:
    """Add the command and its options."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "verify", help="check that this machine gives the published bits",
        description="Recompute the golden vectors on every available engine and compare their digest with the "
                    "published one. The exit status is 1 if they differ.")
    parser.add_argument("--quick", action="store_true", help="use a part of the vectors, which takes a second or two")
    return parser


def run(options: argparse.Namespace) -> int:
    """Recompute the vectors. Return 1 if a bit differs."""
    from ..verification.verify import verify

    result = verify(options.quick)
    print(for_stream(str(result), sys.stdout))
    return 0 if result.same else 1
