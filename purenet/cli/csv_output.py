"""Write rows as CSV to stdout or to a file that is replaced at the end."""
from __future__ import annotations

import os
import re
import sys

from .._core.files import keep_access, open_new, replacement_paths
from .._core.messages import printable, with_path
from .output import encodable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Sequence

FORMULA = "=+-@\t\r\n\uff1d\uff0b\uff0d\uff20"  # first characters of formulas, by OWASP's list, also full-width
NUMBER = re.compile(r"[+-]?[0-9][0-9.,]*(?:[eE][+-]?[0-9]+)?|[+-]?[.,][0-9]+(?:[eE][+-]?[0-9]+)?")


def as_text(cell: str) -> str:
    """Return a cell that no spreadsheet runs as a formula: with an apostrophe before it, unless it is a number."""
    return "'" + cell if cell[:1] and cell[0] in FORMULA and not NUMBER.fullmatch(cell) else cell


class CsvOutput:
    """Write rows as CSV to ``path``, or to stdout if it is "-". A file is in UTF-8, and replaced at the end.

    ``raw``: leave cells that a spreadsheet would run as a formula as they are. ``changed``: whether stdout could not
    encode a character. A terminal gets escapes for characters that are not printable.
    """

    def __init__(self, path: str = "-", raw: bool = False) -> None:
        import csv

        self.changed = False
        self._raw = raw
        self._file: Any = None
        self._terminal = path == "-" and sys.stdout.isatty()
        if path != "-":
            self._target, self._temporary, self._old = replacement_paths(path)
            try:
                self._file = open_new(self._temporary, self._old)
            except OSError as error:
                raise with_path(error, path) from None
        self._writer = csv.writer(self, lineterminator="\n")

    def row(self, cells: Sequence[str]) -> None:
        """Write a row."""
        if not self._raw:
            cells = [as_text(cell) for cell in cells]
        self._writer.writerow([printable(cell) for cell in cells] if self._terminal else cells)

    def text(self, text: str) -> None:
        """Write a line that is not CSV, such as JSON."""
        self.write(text + "\n")

    def write(self, text: str) -> None:
        """Write a text, for csv.writer."""
        if self._file is not None:
            self._file.write(text.encode("utf-8", "backslashreplace"))
            return
        written = encodable(text, sys.stdout)
        self.changed = self.changed or written != text
        sys.stdout.write(written)

    def __enter__(self) -> CsvOutput:
        return self

    def __exit__(self, error: Any, *rest: object) -> None:
        if self._file is None:
            return
        self._file.close()
        if error is not None:
            os.unlink(self._temporary)
            return
        if self._old:
            keep_access(self._temporary, self._old)
        os.replace(self._temporary, self._target)
