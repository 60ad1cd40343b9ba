"""``python3 -m purenet verify``: recompute the golden vectors."""
from __future__ import annotations

import argparse

from ..training.progress import Progress
from .output import Output
from .parser import add_command

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def add(commands: Any) -> argparse.ArgumentParser:
    """Add the command and its options."""
    parser = add_command(
        commands, "verify", "check that this machine gives the published bits",
        "Recompute the golden vectors on every available engine and compare their digest with the published one. The "
        "exit status is 1 if they differ.", "[--quick] [--json]", ["--quick"])
    parser.add_argument("--quick", action="store_true", help="use a part of the vectors, which takes a second or two")
    return parser


def run(options: argparse.Namespace, out: Output) -> int:
    """Recompute the vectors. Return 1 if a bit differs."""
    from ..verification.verify import verify

    with Progress() as progress:
        result = verify(options.quick, progress.show)
    out.lines(str(result))
    wrong = [one for done in result.passes for one in done.differences[:1]]
    out.result(
        same=result.same, kind=result.kind, vectors=result.count, published=result.published,
        environment={name: text for name, text in result.evidence}, not_verified=result.absent or None,
        passes=[{"engine": done.engine, "settings": done.settings, "seconds": done.seconds, "digest": done.digest,
                 "differences": len(done.differences)} for done in result.passes],
        first_difference=repr(wrong[0]) if wrong else None, causes=result.causes())
    return 0 if result.same else 1
