"""Options for CSV files, and output of text, that several commands share."""
from __future__ import annotations

import sys

from .._core.messages import can_encode, printable

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from typing import Any


def add_reading(parser: argparse.ArgumentParser) -> None:
    """Add the options that describe a CSV file's format."""
    how = parser.add_argument_group("format of the CSV file, if it is not detected")
    how.add_argument("--delimiter", metavar="CHARACTER", help="separator of cells: , ; tab or |")
    how.add_argument("--decimal", choices=(".", ","), help="the decimal sign")
    how.add_argument("--encoding", metavar="NAME", help="such as latin-1; default: UTF-8")
    how.add_argument("--no-header", dest="header", action="store_false", default=None,
                     help="the file has no line of names; the columns are called 1, 2, 3, ...")


def reading(options: argparse.Namespace) -> dict[str, Any]:
    """Return these options as arguments of read_csv."""
    given = [("delimiter", options.delimiter), ("decimal", options.decimal), ("encoding", options.encoding),
             ("header", options.header)]
    return {name: value for name, value in given if value is not None}


def for_stream(text: str, stream: Any) -> str:
    """Return the lines of a text with escapes for what is not printable or what the stream cannot encode."""
    return encodable(printable(text, keep="\n"), stream)


def encodable(text: str, stream: Any) -> str:
    """Return the text with backslash escapes for characters that the stream cannot encode."""
    return text if can_encode(text, stream) else text.encode("ascii", "backslashreplace").decode()


def say(text: str) -> None:
    """Print a message on stderr."""
    print(for_stream(f"purenet: {text}", sys.stderr), file=sys.stderr, flush=True)


def one_line(text: str) -> str:
    """Return a text from a file with escapes for what is not printable, line breaks too."""
    return printable(text)
