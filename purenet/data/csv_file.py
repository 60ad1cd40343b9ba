"""Open a CSV file and read its rows: encoding, delimiter, the names of the columns, and where each cell stands."""
from .._core.messages import join_names, plural, quote
from .._core.paths import check_path
from .csv_forms import BLANK, plain_number

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Iterator, Sequence

DELIMITERS = ",;\t|"
FIRST = 1000  # rows that decide which columns are text
CHUNK = 128  # rows read at a time after that; they fit in a processor's cache
BOM = b"\xef\xbb\xbf"  # of UTF-8


class Chunk:
    """Some rows, as columns of cells. ``lines``: the line on which each row ends. ``first``: its number, from 1."""

    def __init__(self, file: "CsvFile", rows: "list[list[str]]", lines: "list[int]", first: int) -> None:
        self.columns: "list[Any]" = list(zip(*rows))
        self.lines = lines
        self._file = file
        self._rows = range(first, first + len(rows))

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
            self._rows = [self._rows[k] for k in kept]  # type: ignore[assignment]
        return left_out


class CsvFile:
    """An open CSV file: reads the names of the columns, then the rows in chunks."""

    def __init__(self, path: str, delimiter: "str | None", header: bool, encoding: str, decimal: str) -> None:
        if delimiter in ("tab", "\\t"):
            delimiter = "\t"
        if delimiter is not None and (delimiter not in DELIMITERS or len(delimiter) != 1):
            raise ValueError(f"delimiter: expected one of , ; tab |, got {delimiter!r}")
        if decimal not in (".", ",") or decimal == delimiter:
            raise ValueError(f"decimal: expected . or a comma that is not the delimiter too, got {decimal!r}")
        self.path = check_path(path)
        self.notes: "list[str]" = []
        self.decimal = decimal
        self._encoding = encoding
        self._binary = open(path, "rb")
        self._how = delimiter, header
        try:
            self._open(delimiter, header)
        except BaseException:
            self._binary.close()
            raise

    def rewind(self) -> None:
        """Start again from the first row."""
        self._stream.detach()
        self._binary.seek(0)
        self.notes = []
        self._open(*self._how)

    def __enter__(self) -> "CsvFile":
        return self

    def __exit__(self, *error: object) -> None:
        self._binary.close()

    def _open(self, delimiter: "str | None", header: bool) -> None:
        import gzip
        import io
        from itertools import chain

        binary: "Any" = self._binary
        if binary.peek(2)[:2] == b"\x1f\x8b":
            binary = io.BufferedReader(gzip.GzipFile(fileobj=binary))
        try:
            start = binary.peek(3)[:3]
            wide = start[:2] in (b"\xff\xfe", b"\xfe\xff") or self._encoding.lower()[:6] in ("utf-16", "utf-32")
            if not wide and b"\0" in binary.peek(1024)[:1024]:
                raise ValueError(f"{self.path} is not text: it has zero bytes (NUL); is it a CSV file?")
        except _damage() as error:
            raise self._read_error(error, 1) from None
        encoding = "utf-16" if start[:2] in (b"\xff\xfe", b"\xfe\xff") else self._encoding
        if start == BOM:  # no other encoding starts like this
            encoding = self._encoding = "utf-8-sig"
        try:
            stream = io.TextIOWrapper(binary, encoding, newline="")
        except LookupError:
            raise ValueError(f"encoding: {encoding!r} is not known; examples are utf-8, latin-1, cp1252") from None
        self._stream = stream  # kept: a stream that is garbage collected closes its file with a warning
        self._before = 0  # lines read before csv.reader starts to count
        reader: "Any" = None
        try:
            line = self._filled_line()
            first_line = line.strip()
            if first_line[:4].lower() == "sep=" and len(first_line) == 5:  # Excel names the delimiter so
                delimiter = delimiter or first_line[4]
                line = self._filled_line()
            if not line:
                raise ValueError(f"{self.path} is empty")
            self._before -= 1
            lines = [line]
            self.delimiter = delimiter or self._found_delimiter(lines)
            reader = self._reader(chain(lines, stream), self.delimiter)
            first = next(reader)
        except _damage() as error:
            raise self._read_error(error, self._before + (reader.line_num if reader else 0)) from None
        self.names = [name.strip(BLANK) for name in first] if header else [str(j + 1) for j in range(len(first))]
        if header:
            self._check_names(self.names)
        self.places = {name: j for j, name in enumerate(self.names)}
        self._lines = reader
        self._rows = reader if header else chain([first], reader)

    def _reader(self, lines: "Any", delimiter: str) -> "Any":
        import csv

        return csv.reader(lines, delimiter=delimiter, skipinitialspace=True, strict=True)

    def _filled_line(self) -> str:
        """Return the next line that is not empty, or "" at the end of the file."""
        for line in self._stream:
            self._before += 1
            if line.strip():
                return str(line)
        return ""

    def _found_delimiter(self, lines: "list[str]") -> str:
        """Return the delimiter that splits the first record, which starts with ``lines``, into the most cells.

        A record can span many lines. Lines read here are appended to ``lines``, so that none is lost.
        """
        import csv

        def more() -> "Iterator[str]":
            yield from list(lines)
            for line in self._stream:
                lines.append(line)
                yield line

        found, most = "", 0
        for one in DELIMITERS.replace(self.decimal, ""):
            try:
                cells = len(next(self._reader(more(), one)))
            except csv.Error:  # a quote that is not closed, or one huge cell
                continue
            if cells > most:
                found, most = one, cells
        return found or DELIMITERS.replace(self.decimal, "")[0]

    def _check_names(self, names: "list[str]") -> None:
        known = {}
        for j, name in enumerate(names):
            if not name:
                self.notes.append(f"column {j + 1} has no name and is left out")
            elif name in known:
                raise ValueError(f"{self.path}: two columns are called {quote(name)}; rename one")
            known[name] = True
        numbers = [name for name in names if plain_number(name, self.decimal) is not None]
        if numbers and len(numbers) < len(names):
            self.notes.append(f"the first line has {numbers[0]} among its names; if it is data, use --no-header")
        counted = [[str(k + start) for k in range(len(names))] for start in (0, 1)]
        if names not in counted and None not in [plain_number(name, self.decimal) for name in names]:
            raise ValueError(
                f"{self.path}: the first line has numbers ({', '.join(names[:3])}{', ...' if len(names) > 3 else ''}) "
                f"where names of columns were expected; add a line of names, or use --no-header (header=False)"
            )

    def require(self, names: "Sequence[str]") -> None:
        """Raise ValueError if the file lacks one of these columns."""
        absent = [name for name in names if not name or name not in self.places]
        if not absent:
            return
        hint = ""
        if len(self.names) == 1 and any([one in self.names[0] for one in DELIMITERS]):
            hint = f", read with delimiter {self.delimiter!r} and decimal sign {self.decimal!r}; --delimiter and " \
                   f"--decimal change them"
        raise ValueError(
            f"{self.path} has no column {join_names(absent)}; it has {join_names([n for n in self.names if n])}{hint}")

    def chunks(self) -> "Iterator[Chunk]":
        """Yield the rows in chunks."""
        rows: "list[list[str]]" = []
        lines: "list[int]" = []
        reader, width, before, done, size = self._lines, len(self.names), self._before, 0, FIRST
        try:
            for row in self._rows:
                if len(row) != width:
                    if not row:
                        continue
                    raise ValueError(
                        f"{self.path}, row {done + len(rows) + 1} (line {reader.line_num + before}) has "
                        f"{plural(len(row), 'cell')}, the first line has {width}; a cell that holds the delimiter must "
                        f"be in quotes"
                    )
                rows.append(row)
                lines.append(reader.line_num + before)
                if len(rows) == size:
                    yield Chunk(self, rows, lines, done + 1)
                    done += len(rows)
                    rows, lines, size = [], [], CHUNK
        except _damage() as error:
            raise self._read_error(error, reader.line_num + before) from None
        if rows:
            yield Chunk(self, rows, lines, done + 1)

    def _read_error(self, error: Exception, line: int) -> ValueError:
        """Return the error that stopped reading, with its place and the cure."""
        if isinstance(error, UnicodeError):
            cure = "save it as UTF-8, or give its encoding, such as --encoding latin-1 (encoding=\"latin-1\")"
            return ValueError(f"{self.path}, about line {line + 1}: not text in {self._encoding}; {cure}")
        cure = "" if isinstance(error, (EOFError, OSError)) else "; is there a quote that is not closed or not doubled?"
        return ValueError(f"{self.path}, line {line}: {error}{cure}")


def _damage() -> "tuple[Any, ...]":
    """Return the exceptions that a damaged file can raise."""
    import csv
    import gzip
    import zlib

    return UnicodeError, csv.Error, EOFError, gzip.BadGzipFile, zlib.error
