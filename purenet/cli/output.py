"""What commands print: results on stdout as text or JSON, notes on stderr; nothing from a file unescaped."""
from __future__ import annotations

import os
import sys

from .._core.messages import can_encode, printable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class Output:
    """Print the lines and notes of a command, or one JSON object that has its notes."""

    def __init__(self, as_json: bool = False) -> None:
        self.as_json = as_json
        self.notes: list[str] = []

    def say(self, text: str) -> None:
        """Print a note on stderr, or keep it for the JSON object."""
        if self.as_json:
            self.notes.append(text)
        else:
            say(text)

    def line(self, text: str) -> None:
        """Print a line on stdout, unless the result is JSON."""
        if not self.as_json:
            print(for_stream(printable(text), sys.stdout), flush=True)

    def lines(self, text: str) -> None:
        """Print the lines of a text whose line breaks are the program's own, unless the result is JSON."""
        if not self.as_json:
            print(for_stream(text, sys.stdout), flush=True)

    def result(self, **fields: Any) -> None:
        """Print the fields and the notes as one line of JSON, if the result is JSON."""
        if self.as_json:
            print(json_line(dict(fields, notes=self.notes)), flush=True)

    def error(self, *texts: str) -> None:
        """Print an error: a line on stderr for each of its texts, or a JSON object on stdout."""
        try:
            sys.stdout.flush()
            self.result(error="\n".join(texts))
            if self.as_json:
                return
        except OSError:  # nothing more can be written there
            discard(sys.stdout)
        for text in texts:
            say(f"error: {text}")

    def interrupted(self) -> None:
        """Print that Ctrl-C ended the command, as an error if the result is JSON."""
        if self.as_json:
            self.error("interrupted")
        else:
            write_error("\npurenet: interrupted\n")


def json_line(value: Any) -> str:
    """Return one line of JSON in ASCII. Numbers that are not finite become null."""
    import json

    return json.dumps(_finite(value), allow_nan=False).replace("\x7f", "\\u007f")


def _finite(value: Any) -> Any:
    if isinstance(value, float):
        return value if value - value == 0.0 else None
    if isinstance(value, dict):
        return {key: _finite(value[key]) for key in value}
    return [_finite(one) for one in value] if isinstance(value, (list, tuple)) else value


def program() -> str:
    """Return how to start this program again: as it was started, purenet or python3 -m purenet."""
    name = os.path.splitext(os.path.basename(sys.argv[0] if sys.argv else ""))[0]
    return "purenet" if name == "purenet" else "python3 -m purenet"


def for_stream(text: str, stream: Any) -> str:
    """Return the lines of a text with escapes for what is not printable or what the stream cannot encode."""
    return encodable(printable(text, keep="\n"), stream)


def encodable(text: str, stream: Any) -> str:
    """Return the text with backslash escapes for characters that the stream cannot encode."""
    return text if can_encode(text, stream) else text.encode("ascii", "backslashreplace").decode()


def say(text: str) -> None:
    """Print a message on stderr, in one line."""
    write_error(for_stream(printable(f"purenet: {text}"), sys.stderr) + "\n")


def write_error(text: str) -> None:
    """Write to stderr. If that fails, because the disk is full or the pipe is closed, discard what follows."""
    try:
        sys.stderr.write(text)
        sys.stderr.flush()
    except OSError:
        discard(sys.stderr)


def discard(stream: Any) -> None:
    """Redirect the stream to os.devnull, because Python flushes the rest at exit and would fail again."""
    try:
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
    except (OSError, ValueError):  # a stream without a file descriptor
        pass


def system_error(error: OSError) -> str:
    """Return the message of an OSError, with its file if it has one."""
    if not error.errno or not error.strerror:
        return str(error)
    name = error.filename
    return error.strerror if name is None else f"{os.fsdecode(name) or repr(name)}: {error.strerror}"
