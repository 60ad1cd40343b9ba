"""What the commands for CSV files share: how a file is written, and how text is shown."""
import sys

from .._core.messages import can_encode

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from typing import Any


def add_reading(parser: "argparse.ArgumentParser") -> None:
    """The options that say how a CSV file is written."""
    how = parser.add_argument_group("how the file is written, where that cannot be seen")
    how.add_argument("--delimiter", metavar="CHARACTER", help="what separates cells: , ; tab or |")
    how.add_argument("--decimal", choices=(".", ","), help="the decimal sign")
    how.add_argument("--encoding", metavar="NAME", help="such as latin-1; UTF-8 without it")
    how.add_argument("--no-header", dest="header", action="store_false", default=None,
                     help="there is no line of names; the columns are called 1, 2, 3, ...")


def reading(options: "argparse.Namespace") -> "dict[str, Any]":
    """These options as read_csv takes them."""
    given = [("delimiter", options.delimiter), ("decimal", options.decimal), ("encoding", options.encoding),
             ("header", options.header)]
    return {name: value for name, value in given if value is not None}


def for_stream(text: str, stream: "Any") -> str:
    """The text, with backslashes for what the stream cannot encode."""
    return text if can_encode(text, stream) else text.encode("ascii", "backslashreplace").decode()


def say(text: str) -> None:
    """A line on stderr: what is no result."""
    print(for_stream(f"purenet: {text}", sys.stderr), file=sys.stderr, flush=True)


def one_line(text: str) -> str:
    """A text from a file as part of a line."""
    return text if text.isprintable() else repr(text)
