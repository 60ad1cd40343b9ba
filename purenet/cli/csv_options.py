"""Options for CSV files that several commands share."""
from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from typing import Any


def add_reading(parser: argparse.ArgumentParser) -> None:
    """Add the options that describe a CSV file's format."""
    how = parser.add_argument_group("format of the CSV file, if it is not detected")
    how.add_argument("--delimiter", metavar="CHARACTER", help="separator of cells: , ; tab | or space")
    how.add_argument("--decimal", choices=(".", ","), help="the decimal sign")
    how.add_argument("--encoding", metavar="NAME", help="such as latin-1; default: the bytes decide")
    how.add_argument("--header", action="store_true", default=None, help="the first line has the columns' names")
    how.add_argument("--no-header", dest="header", action="store_false", default=None,
                     help="the file has no line of names; the columns are called 1, 2, 3, ...")


def reading(options: argparse.Namespace) -> dict[str, Any]:
    """Return these options as arguments of read_csv."""
    given = [("delimiter", options.delimiter), ("decimal", options.decimal), ("encoding", options.encoding),
             ("header", options.header)]
    return {name: value for name, value in given if value is not None}
