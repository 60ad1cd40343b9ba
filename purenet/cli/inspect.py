"""``python3 -m purenet inspect MODEL.safetensors``: describe a model file, or reproduce it."""
from __future__ import annotations

import argparse

from ..backends import NAMES
from .output import Output
from .parser import add_command

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def add(commands: Any) -> argparse.ArgumentParser:
    """Add the command and its options."""
    parser = add_command(
        commands, "inspect", "describe a model file",
        "Print a model file's version, digest, layers, origin and tensors, without reading the weights. With "
        "--reproduce, train a model of train --save again. The exit status is 1 if the result is not identical.",
        "MODEL.safetensors [--reproduce DATA.csv] [options]",
        ["model.safetensors", "model.safetensors --reproduce data.csv"])
    parser.add_argument("file", metavar="MODEL.safetensors")
    parser.add_argument("--reproduce", metavar="DATA.csv", help="train again on this file and compare every bit")
    parser.add_argument("--backend", choices=NAMES, default="auto", help="engine that trains again")
    return parser


def run(options: argparse.Namespace, out: Output) -> int:
    """Describe the file, or reproduce it."""
    if options.reproduce is None:
        from ..model_files.describe import inspect

        text = inspect(options.file)
        out.lines(text)
        out.result(file=options.file, lines=text.split("\n"))
        return 0
    from ..saving import load
    from ..table.model import TableModel
    from ..table.reproduce import reproduce

    model = load(options.file, backend=options.backend)
    if not isinstance(model, TableModel):
        raise ValueError(f"--reproduce: {options.file} is a network that was not trained by train --save")
    identical, words = reproduce(model, options.reproduce, options.backend, progress=True, say=out.say)
    out.line(words)
    out.result(identical=identical, result=words, digest=model.network.digest())
    return 0 if identical else 1
