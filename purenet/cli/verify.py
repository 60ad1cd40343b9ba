"""``python3 -m purenet verify``."""
import argparse

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def add(commands: "Any") -> argparse.ArgumentParser:
    """Add the command and its options."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "verify", help="recompute the published results: the same bits here?",
        description="Recompute the golden vectors on every engine that is here: do they give the published digest?  "
                    "Exit status 1 if not.")
    parser.add_argument("--quick", action="store_true", help="a part of the vectors, in a second or two")
    return parser


def run(options: argparse.Namespace) -> int:
    """Recompute the vectors; 1 if a bit differs."""
    from ..verification.verify import verify

    result = verify(options.quick)
    print(result)
    return 0 if result.same else 1
