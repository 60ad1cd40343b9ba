"""Split text into rows of cells: by ``str.split``, with quotes by the module csv, else record by record."""
from .csv_source import MOST_CHARACTERS, TOO_LONG

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Iterator, Sequence

SPACES = " "  # the delimiter of tables whose cells are separated by runs of spaces and tabs
GAPS = "  "  # of tables whose cells can hold single spaces, and are separated by two or more
NOT_CLOSED = "a quote opens a cell and is not closed; close it, or write two quotes for one in a quoted cell"
SEPARATORS = "\x0b\x0c\x1c\x1d\x1e\x1f"  # in ASCII, but for blanks and line ends, where str.split() splits


class RecordError(ValueError):
    """A record cannot be read. ``line``: its first line, counted from 1 in its block. ``block``: the rows before it."""

    def __init__(self, words: str, line: int) -> None:
        super().__init__(words)
        self.line = line
        self.block = Block()


class Block:
    """Rows split from a piece of text.

    ``ends``: the line on which each row ends, counted from 1 in the piece. ``taken``: the number of lines.
    ``comments``: the lines left out. ``odd``: the ends of the rows with text behind a closing quote.
    """

    def __init__(self) -> None:
        self.rows: "list[list[str]]" = []
        self.ends: "Sequence[int]" = []
        self.comments: "list[int]" = []
        self.odd: "list[int]" = []
        self.taken = 0


def split_block(text: str, stream: "Any", delimiter: str, mark: str = "") -> Block:
    """Return the rows in a text of whole lines. ``mark``: what comment lines start with.

    A record that goes on behind the text is completed from ``stream``. An empty line gives a row of at most one cell.
    Raises RecordError for a quote that is not closed.
    """
    if '"' in text:
        return _quoted(text, stream, delimiter, mark)
    block = Block()
    block.rows = _plain(text, delimiter)
    block.taken = len(block.rows)
    block.ends = range(1, block.taken + 1)
    if mark and mark in text:
        kept = [k for k, row in enumerate(block.rows) if not row or not row[0].startswith(mark)]
        there = dict.fromkeys(kept)
        block.comments = [k + 1 for k in range(block.taken) if k not in there]
        block.rows, block.ends = [block.rows[k] for k in kept], [k + 1 for k in kept]
    return block


def _plain(text: str, delimiter: str) -> "list[list[str]]":
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    lines = text.split("\n")
    if not lines[-1]:
        lines.pop()
    if delimiter == GAPS:
        return [[cell for cell in line.split(GAPS) if cell.strip(" ")] for line in lines]
    if delimiter != SPACES:
        return [line.split(delimiter) for line in lines]
    if text.isascii() and not [one for one in SEPARATORS if one in text]:
        return [line.split() for line in lines]
    return [[cell for cell in line.replace("\t", " ").split(" ") if cell] for line in lines]


class _Lines:
    """Gives out the lines of a block, and those behind it while a record goes on. Leaves comment lines out."""

    def __init__(self, text: str, stream: "Any", mark: str) -> None:
        import io

        self.block = list(io.StringIO(text, newline=""))
        self.taken = 0
        self.begins = True  # whether the next line begins a record
        self.comments: "list[int]" = []
        self.odd: "list[int]" = []
        self._stream = stream
        self._mark = mark
        self._behind = 0  # characters taken behind the block
        self._first = 1  # the line that begins the record

    def feed(self) -> "Iterator[str]":
        """Yield the lines."""
        while self.taken < len(self.block) or not self.begins:
            if self.taken < len(self.block):
                line = self.block[self.taken]
            else:
                line = self._stream.readline() if self._stream else ""
                self._behind += len(line)
                if self._behind > MOST_CHARACTERS:
                    raise RecordError(TOO_LONG, self._first)
                if not line:
                    return
            self.taken += 1
            if self.begins and self._mark and line.startswith(self._mark):
                self.comments.append(self.taken)
                continue
            if self.begins:
                self.begins, self._first = False, self.taken
            yield line


def _quoted(text: str, stream: "Any", delimiter: str, mark: str) -> Block:
    import csv

    lines = _Lines(text, stream, mark)
    block = Block()
    rows, ends = block.rows, []
    if delimiter not in (SPACES, GAPS) and not mark:
        reader = csv.reader(lines.block, delimiter=delimiter, skipinitialspace=True, strict=True)
        try:
            for row in reader:
                rows.append(row)
                ends.append(reader.line_num)
        except csv.Error:  # a quote that is not doubled or not closed here, or a cell that is long for csv
            pass
        lines.taken = ends[-1] if ends else 0
    try:
        for row in _records(lines, delimiter):
            rows.append(row)
            ends.append(lines.taken)
            lines.begins = True
    except RecordError as error:
        error.block = block
        raise
    finally:
        block.ends, block.taken, block.comments, block.odd = ends, lines.taken, lines.comments, lines.odd
    return block


def _records(lines: _Lines, delimiter: str) -> "Iterator[list[str]]":
    """Yield the rows as csv does, but without its limit. A quote that is not the first of its cell is a character."""
    import re

    ends = {SPACES: "[ \t]*[\r\n]|[ \t]+", GAPS: "[ \t]*[\r\n]|  +"}.get(delimiter, re.escape(delimiter) + "|[\r\n]")
    end_of_cell = re.compile(ends + "|\\Z")
    feed = lines.feed()
    for line in feed:
        first, row, place = lines.taken, [], 0
        if delimiter in (SPACES, GAPS):
            line = line.lstrip(" \t") + "\n"
        while True:
            start = place
            while line[start:start + 1] == " ":
                start += 1
            quoted, behind = line[start:start + 1] == '"', place
            if quoted:
                parts, line, behind = _quoted_cell(line, start + 1, feed)
                if not parts:
                    raise RecordError(NOT_CLOSED, first)
            found: "Any" = end_of_cell.search(line, behind)
            rest = line[behind:found.start()]
            if not quoted:
                row.append(rest)
            elif rest.strip(" \t"):  # as csv and pandas do, if they are not strict
                row.append("".join(parts) + rest)
                lines.odd.append(lines.taken)
            else:
                row.append("".join(parts))
            place = found.end()
            if found.group()[-1:] in ("", "\r", "\n"):
                break
        yield row


def _quoted_cell(line: str, place: int, feed: "Iterator[str]") -> "tuple[list[str], str, int]":
    """Return the pieces of a cell, its last line, and the place behind its closing quote. Without one: no pieces."""
    parts = []
    while True:
        end = line.find('"', place)
        while end < 0:
            more = next(feed, None)
            if more is None:
                return [], line, place
            parts.append(line[place:])
            line, place = more, 0
            end = line.find('"')
        parts.append(line[place:end])
        if line[end + 1:end + 2] != '"':
            return parts, line, end + 1
        parts.append('"')
        place = end + 2
