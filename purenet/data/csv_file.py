"""Read the rows of a CSV file: the names of its columns, the cells, and where each cell stands."""
from .._core.messages import join_names, plural, quote
from .csv_dialect import COMMENTS, DELIMITERS, Dialect
from .csv_forms import BLANK, plain_number
from .csv_header import begins_with_digit
from .csv_rows import GAPS, SPACES, RecordError, split_block
from .csv_source import TextSource

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Iterator, Sequence

FIRST = 1000  # rows that decide how the file is written and which columns are text
FIRST_CHARACTERS = 1_000_000  # and no more than these, but for one row
CHUNK = 128  # rows read at a time after that; they fit in a processor's cache
MOST_CHUNK = 1 << 18  # characters of these rows
MOST_FOOTER = 10  # shorter lines at the end that are no rows of the table
DELIMITER_NAMES = {"tab": "\t", "\\t": "\t", "space": SPACES, "spaces": SPACES}


class Chunk:
    """Some rows, as columns of cells. ``lines``: the line on which each row ends. ``first``: its number, from 1."""

    def __init__(self, file: "CsvFile", rows: "list[list[str]]", lines: "Sequence[int]", first: int) -> None:
        self.columns: "list[Any]" = list(zip(*rows))
        self.lines = lines
        self._file = file
        self._rows: "Sequence[int]" = range(first, first + len(rows))

    def place_in(self, j: int) -> "Any":
        """Return a function that describes the place of the k-th cell of column j."""
        return lambda k: (
            f"{self._file.path}, row {self._rows[k]} (line {self.lines[k]}), column {quote(self._file.names[j])}"
        )

    def drop_empty(self, wanted: "list[int]") -> int:
        """Drop the rows with empty cells in the wanted columns. Return their number."""
        bare = [True] * len(self.lines)
        for j in wanted:
            for k, text in enumerate(self.columns[j]):
                if not text.strip(BLANK):
                    bare[k] = False
        kept = [k for k, whole in enumerate(bare) if whole]
        left_out = len(bare) - len(kept)
        if left_out:
            self.columns = [[column[k] for k in kept] for column in self.columns]
            self.lines = [self.lines[k] for k in kept]
            self._rows = [self._rows[k] for k in kept]
        return left_out


class CsvFile:
    """An open CSV file: the names of its columns, then its rows in chunks. What is not given, the content decides.

    ``path``: the file, or "-" for standard input; plain, or compressed with gzip, bz2, xz or zip. ``delimiter``: one of
    ``, ; tab |``, or "space" for runs of spaces and tabs. ``header``: whether there is a line of names.
    ``decimal``: a decimal sign that cannot be the delimiter too.

    ``names`` has "" for a column that is left out. ``places``: the index of each name. ``notes``: sentences about what
    was decided and left out, complete after the last chunk. ``delimiter``, ``encoding`` and ``header``: as decided.
    """

    def __init__(
        self, path: "Any", delimiter: "str | None" = None, header: "bool | None" = None, encoding: "str | None" = None,
        decimal: "str | None" = None,
    ) -> None:
        delimiter = DELIMITER_NAMES.get(delimiter or "", delimiter)
        if delimiter is not None and delimiter not in list(DELIMITERS) + [SPACES, GAPS]:
            raise ValueError(f"delimiter: expected one of , ; tab | space, got {delimiter!r}")
        if decimal not in (".", ",", None) or decimal and decimal == delimiter:
            raise ValueError(f"decimal: expected . or a comma that is not the delimiter too, got {decimal!r}")
        self.decimal = decimal or "."
        self._source = TextSource(path, encoding)
        self.path = self._source.path
        self.encoding = self._source.encoding
        try:
            dialect = Dialect(self._first_lines(), delimiter, header, decimal)
            if not dialect.names:
                raise ValueError("the file is empty")
        except ValueError as error:
            self._source.close()
            raise ValueError(f"{self.path}: {error}") from None
        self.names, self.delimiter, self.header = dialect.names, dialect.delimiter, dialect.header
        self.notes = self._source.notes + dialect.notes
        self.places = {name: j for j, name in enumerate(self.names)}
        self._skip, self._mark, self._comments = dialect.skip, dialect.mark, dialect.comments
        self.rewind()

    def __enter__(self) -> "CsvFile":
        return self

    def __exit__(self, *error: object) -> None:
        self._source.close()

    def rewind(self) -> None:
        """Go back to the first row."""
        self._source.rewind()
        self._line = self._done = 0  # lines and rows read
        self._left_out = _Counts()
        self._left_out.comments += self._comments
        for _ in range(self._skip):
            self._source.stream.readline()
            self._line += 1

    def require(self, names: "Sequence[str]") -> None:
        """Raise ValueError if the file lacks one of these columns."""
        absent = [name for name in dict.fromkeys(names) if not name or name not in self.places]
        if not absent:
            return
        hint = ""
        if len(self.names) == 1 and any([one in self.names[0] for one in DELIMITERS]):
            hint = f", read with delimiter {self.delimiter!r} and decimal sign {self.decimal!r}; --delimiter and " \
                   f"--decimal change them"
        elif not self.header:
            hint = "; its first line was not taken for names (--header, header=True, takes it so)"
        raise ValueError(
            f"{self.path} has no column {join_names(absent)}; it has {join_names([n for n in self.names if n])}{hint}")

    def chunks(self) -> "Iterator[Chunk]":
        """Yield the rows in chunks."""
        waiting: "list[tuple[list[str], int]]" = []  # shorter rows, which can be the file's end
        while True:
            text = self._piece()
            if not text:
                break
            rows, lines = self._rows(text, waiting)
            if rows:
                yield Chunk(self, rows, lines, self._done + 1)
                self._done += len(rows)
        if waiting and self._done and self._is_footer(waiting):
            self._left_out.footer = [line for _, line in waiting]
            self._left_out.footer_text = waiting[0][0][0]
        elif waiting:
            rows = [self._fitted(row, line, k) for k, (row, line) in enumerate(waiting)]
            yield Chunk(self, rows, [line for _, line in waiting], self._done + 1)
            self._done += len(rows)
        for note in self._left_out.notes():
            if note not in self.notes:
                self.notes.append(note)

    def _is_footer(self, waiting: "Sequence[tuple[list[str], int]]") -> bool:
        """Return whether the last rows, which are shorter than the table, begin with a text or are one cell."""
        return not self._left_out.short and not [
            row for row, _ in waiting if begins_with_digit(row[0]) and len(row) > 1
            or len(self.names) == 2 and plain_number(row[0]) is not None]

    def _first_lines(self) -> str:
        """Return the lines that decide how the file is written."""
        lines: "list[str]" = []
        size = 0
        while len(lines) < FIRST and size < FIRST_CHARACTERS:
            line = self._source.stream.readline()
            if not line:
                break
            lines.append(line)
            size += len(line)
        self._size = min(MOST_CHUNK, CHUNK * (size // (len(lines) or 1) + 1))
        return "".join(lines)

    def _piece(self) -> str:
        """Return the text of the next rows, "" at the end of the file."""
        if not self._done:
            return self._first_lines()
        text = self._source.stream.read(self._size)
        return str(text + self._source.stream.readline() if text else "")

    def _rows(self, text: str, waiting: "list[tuple[list[str], int]]") -> "tuple[list[list[str]], Sequence[int]]":
        """Return the rows in a text of whole lines and the line on which each ends. Add rows at its end to waiting."""
        before, width = self._line, len(self.names)
        try:
            block = split_block(text, self._source.stream, self.delimiter, self._mark)
        except RecordError as error:
            raise ValueError(f"{self.path}, line {before + error.line}: {error}") from None
        self._line += block.taken
        self._left_out.comments += [before + line for line in block.comments]
        self._left_out.odd += [before + line for line in block.odd]
        if not waiting and width > 1 and list(dict.fromkeys(map(len, block.rows))) == [width]:
            if isinstance(block.ends, range):
                return block.rows, range(before + 1, before + 1 + len(block.rows))
            return block.rows, [before + end for end in block.ends]
        rows: "list[list[str]]" = []
        lines: "list[int]" = []
        for row, end in zip(block.rows, block.ends):
            line = before + end
            if len(row) == width and (width > 1 or row[0].strip(BLANK)):
                if waiting:
                    self._take(waiting, rows, lines)
                rows.append(row)
                lines.append(line)
            elif len(row) > 1 or row and row[0].strip(BLANK):  # not a blank line
                if row[0].lstrip(BLANK).startswith(COMMENTS):
                    self._left_out.comments.append(line)
                    continue
                waiting.append((row, line))
                if len(waiting) > MOST_FOOTER or len(row) > width:
                    self._take(waiting, rows, lines)
        return rows, lines

    def _take(self, waiting: "list[tuple[list[str], int]]", rows: "list[list[str]]", lines: "list[int]") -> None:
        """Take the rows of another width as rows of the table, which goes on behind them."""
        for row, line in waiting:
            rows.append(self._fitted(row, line, len(rows)))
            lines.append(line)
        waiting.clear()

    def _fitted(self, row: "list[str]", line: int, k: int) -> "list[str]":
        """Return a row of another width with empty cells added, or taken off."""
        width = len(self.names)
        if len(row) < width:
            self._left_out.short.append(line)
            return row + [""] * (width - len(row))
        if any([cell.strip(BLANK) for cell in row[width:]]):
            raise ValueError(
                f"{self.path}, row {self._done + k + 1} (line {line}) has {plural(len(row), 'cell')}, the table has "
                f"{plural(width, 'column')} with the delimiter {_name(self.delimiter)}; put a cell that holds it in "
                f"quotes, or name another --delimiter (delimiter=)")
        self._left_out.long.append(line)
        return row[:width]


class _Counts:
    """The lines of what was left out or added while the rows were read."""

    def __init__(self) -> None:
        self.comments: "list[int]" = []
        self.odd: "list[int]" = []
        self.short: "list[int]" = []
        self.long: "list[int]" = []
        self.footer: "list[int]" = []
        self.footer_text = ""

    def notes(self) -> "list[str]":
        """Return a sentence about each that occurred."""
        told = [
            (self.comments, "comment line", "left out"),
            (self.short, "row", "with fewer cells than the table has columns: the rest is taken as empty"),
            (self.long, "row", "with empty cells behind the last column, which are left out"),
            (self.odd, "row", "with text behind a closing quote, which is taken as part of the cell"),
            (self.footer, "line", f"of another width at the end ({quote(self.footer_text)}) left out")]
        return [f"{plural(len(lines), what)} {words} (first: line {min(lines)})"
                for lines, what, words in told if lines]


def _name(delimiter: str) -> str:
    return {"\t": "tab", SPACES: "space", GAPS: "two spaces"}.get(delimiter, delimiter)
