"""CSV files as people have them, read once, into eight bytes a number."""
from ..files import file_name
from ..wording import count
from .csv_cells import BLANK, KEEP, REFUSE, Numbers, Texts, is_text, plain_number, quoted, written_otherwise
from .table import Column, Table, listed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Container, Iterator, List, Optional, Sequence, Tuple

DELIMITERS = ",;\t|"
FIRST = 1000  # so many rows decide what is text
CHUNK = 128  # then so many are read at a time: few enough for a processor's cache
DROP = "drop"
BOM = b"\xef\xbb\xbf"  # of UTF-8


def read_csv(
    path: str, *, delimiter: "Optional[str]" = None, header: bool = True, decimal: str = ".", encoding: str = "utf-8",
    missing: str = REFUSE, text: "Sequence[str]" = (), undecided: "Sequence[str]" = (), ignore: "Sequence[str]" = (),
    only: "Optional[Sequence[str]]" = None,
) -> Table:
    """Read a CSV file once, column by column: eight bytes a number, four bytes a text and each different text once.

    ``path``: the file, plain or gzipped.  ``delimiter``: one of ``, ; tab |``, found from the first line where it is
    not given.  ``header``: whether the first line has the names; else the columns are called "1", "2", ...
    ``decimal``: "." or ",".  Cells may be quoted and have line breaks; a BOM, CRLF and empty lines are taken.  Spaces
    and tabs around a cell do not count.

    A column is text where most of its first cells are no numbers, and where ``text`` names it.  A column of numbers
    holds finite numbers as people write them: 1_000, nan, inf, 1e999 are refused, with row, line, column and cure.
    ``undecided``: columns, such as targets, that are kept as text ("007") unless they have more than 1,000 different
    cells, all of them numbers.  ``missing``: "refuse" empty cells, "drop" their rows, or "keep" them as nan or -1.
    ``only``: the columns to read, else all but those to ``ignore``; columns without a name are not read either, of
    which ``notes`` tells.

    Raises ValueError for what cannot be read as such a table, OSError for what cannot be opened.
    """
    if missing not in (REFUSE, DROP, KEEP):
        raise ValueError(f"missing: expected \"refuse\", \"drop\" or \"keep\", got {missing!r}")
    builders: "List[Any]" = []
    wanted: "List[int]" = []
    rows = dropped = 0
    with CsvFile(path, delimiter, header, encoding, decimal) as file:
        file.require(list(text) + list(undecided) + list(ignore) + list(only or ()))
        texts, left_out = dict.fromkeys(text), dict.fromkeys(ignore)
        chosen = dict.fromkeys(file.names if only is None else only)
        for chunk in file.chunks():
            if not builders:
                wanted = [j for j, name in enumerate(file.names) if name and name not in left_out and name in chosen]
                builders = [file.builder(chunk, j, missing, texts, undecided) for j in wanted]
            if missing == DROP:
                dropped += chunk.drop_empty(wanted)
            for builder, j in zip(builders, wanted):
                builder.take(chunk.columns[j], chunk.place_in(j))
            rows += len(chunk.lines)
    if not rows:
        raise ValueError(f"{path} has no rows" + (f" without empty cells (of {dropped})" if dropped else ""))
    return Table([_column(builder) for builder in builders], rows, dropped, file.notes)


def _column(builder: "Any") -> Column:
    if builder.kind == "text":
        builder = builder.finished()
    if builder.kind == "text":
        return Column(builder.name, None, builder.codes, builder.labels)
    return Column(builder.name, builder.values)


def read_csv_in_parts(
    path: str, kinds: "Sequence[Tuple[str, str]]", *, delimiter: "Optional[str]" = None, header: bool = True,
    decimal: str = ".", encoding: str = "utf-8", missing: str = REFUSE,
) -> "Iterator[Table]":
    """Some columns of a CSV file, some rows at a time: memory does not grow with the file.

    ``kinds``: (name, "number" or "text") of each column, in the order wanted; the others are not read.  Every table
    has labels of its own.  ``missing``: "refuse" or "keep".
    """
    with CsvFile(path, delimiter, header, encoding, decimal) as file:
        file.require([name for name, _ in kinds])
        for chunk in file.chunks():
            builders: "List[Any]" = []
            for name, kind in kinds:
                builder: "Any" = (Texts if kind == "text" else Numbers)(name, decimal, missing)
                place = file.places[name]
                builder.take(chunk.columns[place], chunk.place_in(place))
                builders.append(builder)
            yield Table([_column(builder) for builder in builders], len(chunk.lines), 0, file.notes)


class Chunk:
    """Some rows as columns of cells, the line on which each row ends, and the number of the first row, from 1."""

    def __init__(self, file: "CsvFile", rows: "List[List[str]]", lines: "List[int]", first: int) -> None:
        self.columns: "List[Any]" = list(zip(*rows))
        self.lines = lines
        self._file = file
        self._rows = range(first, first + len(rows))

    def place_in(self, j: int) -> "Any":
        """A function that gives the name of the k-th cell of column j."""
        return lambda k: (
            f"{self._file.path}, row {self._rows[k]} (line {self.lines[k]}), column {quoted(self._file.names[j])}"
        )

    def drop_empty(self, wanted: "List[int]") -> int:
        """Leave out the rows with empty cells in the wanted columns; how many."""
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
    """An opened CSV file: the names of its columns, then its rows chunk by chunk."""

    def __init__(self, path: str, delimiter: "Optional[str]", header: bool, encoding: str, decimal: str) -> None:
        if delimiter in ("tab", "\\t"):
            delimiter = "\t"
        if delimiter is not None and (delimiter not in DELIMITERS or len(delimiter) != 1):
            raise ValueError(f"delimiter: expected one of , ; tab |, got {delimiter!r}")
        if decimal not in (".", ",") or decimal == delimiter:
            raise ValueError(f"decimal: expected . or a comma that is not the delimiter too, got {decimal!r}")
        self.path = file_name(path)
        self.notes: "List[str]" = []
        self._decimal = decimal
        self._encoding = encoding
        self._binary = open(path, "rb")
        try:
            self._open(delimiter, header)
        except BaseException:
            self._binary.close()
            raise

    def __enter__(self) -> "CsvFile":
        return self

    def __exit__(self, *error: object) -> None:
        self._binary.close()

    def _open(self, delimiter: "Optional[str]", header: bool) -> None:
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
            raise self._in_words(error, 1) from None
        encoding = "utf-16" if start[:2] in (b"\xff\xfe", b"\xfe\xff") else self._encoding
        if start == BOM:  # nothing else begins so
            encoding = self._encoding = "utf-8-sig"
        try:
            stream = io.TextIOWrapper(binary, encoding, newline="")
        except LookupError:
            raise ValueError(f"encoding: {encoding!r} is not known; examples are utf-8, latin-1, cp1252") from None
        self._stream = stream  # until the end: a stream that is dropped closes its file, with a warning
        self._before = 0  # lines in front of those that the reader counts
        reader: "Any" = None
        try:
            line = self._filled_line()
            told = line.strip()
            if told[:4].lower() == "sep=" and len(told) == 5:  # Excel's way to name the delimiter
                delimiter = delimiter or told[4]
                line = self._filled_line()
            if not line:
                raise ValueError(f"{self.path} is empty")
            self._before -= 1
            lines = [line]
            self.delimiter = delimiter or self._found_delimiter(lines)
            reader = self._reader(chain(lines, stream), self.delimiter)
            first = next(reader)
        except _damage() as error:
            raise self._in_words(error, self._before + (reader.line_num if reader else 0)) from None
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
        """The next line that is not empty; "" at the end of the file."""
        for line in self._stream:
            self._before += 1
            if line.strip():
                return str(line)
        return ""

    def _found_delimiter(self, lines: "List[str]") -> str:
        """The delimiter that makes the most cells of the first record, which begins with ``lines``.

        A record may have many lines; those that are read for it are added, so that none is lost.
        """
        import csv

        def more() -> "Iterator[str]":
            yield from list(lines)
            for line in self._stream:
                lines.append(line)
                yield line

        found, most = "", 0
        for one in DELIMITERS.replace(self._decimal, ""):
            try:
                cells = len(next(self._reader(more(), one)))
            except csv.Error:  # a quote that does not end, or one huge cell
                continue
            if cells > most:
                found, most = one, cells
        return found or DELIMITERS.replace(self._decimal, "")[0]

    def _check_names(self, names: "List[str]") -> None:
        known = {}
        for j, name in enumerate(names):
            if not name:
                self.notes.append(f"column {j + 1} has no name and is left out")
            elif name in known:
                raise ValueError(f"{self.path}: two columns are called {quoted(name)}; give one another name")
            known[name] = True
        numbers = [name for name in names if plain_number(name, self._decimal) is not None]
        if numbers and len(numbers) < len(names):
            self.notes.append(f"the first line has {numbers[0]} among its names; if it is data, say --no-header")
        counted = [[str(k + start) for k in range(len(names))] for start in (0, 1)]
        if names not in counted and None not in [plain_number(name, self._decimal) for name in names]:
            raise ValueError(
                f"{self.path}: the first line has numbers ({', '.join(names[:3])}{', ...' if len(names) > 3 else ''}) "
                f"where names of columns were expected; add a line of names, or say --no-header (header=False)"
            )

    def require(self, names: "Sequence[str]") -> None:
        """Refuse a file without columns of these names."""
        absent = [name for name in names if not name or name not in self.places]
        if not absent:
            return
        hint = ""
        if len(self.names) == 1 and any([one in self.names[0] for one in DELIMITERS]):
            hint = f", read with {self.delimiter!r} between cells and {self._decimal!r} as decimal sign: --delimiter " \
                   f"and --decimal say otherwise"
        raise ValueError(
            f"{self.path} has no column {listed(absent)}; it has {listed([n for n in self.names if n])}{hint}")

    def builder(
        self, chunk: Chunk, j: int, missing: str, text: "Container[str]", undecided: "Container[str]"
    ) -> "Any":
        """What column j becomes, judged by its first cells."""
        name, cells = self.names[j], chunk.columns[j]
        if name in text or name in undecided:
            return Texts(name, self._decimal, missing, name in undecided)
        if not is_text(cells, self._decimal):
            coded = [cell for cell in cells if cell[:1] == "0" and cell[1:2].isdigit()]
            if coded:
                self.notes.append(f"column {quoted(name)} is read as numbers, {coded[0]} too; --text keeps codes")
            return Numbers(name, self._decimal, missing)
        if written_otherwise(cells, self._decimal):
            other, signs = (",", "commas") if self._decimal == "." else (".", "points")
            raise ValueError(
                f"{chunk.place_in(j)(0)} and others of its column look like numbers with {signs}: say --decimal "
                f"{other} (decimal=\"{other}\") if these are decimal signs, take them out if they separate thousands, "
                f"or read the column as text (--text {name}, text=[{name!r}])"
            )
        return Texts(name, self._decimal, missing)

    def chunks(self) -> "Iterator[Chunk]":
        """The rows, a chunk at a time."""
        rows: "List[List[str]]" = []
        lines: "List[int]" = []
        reader, width, before, done, size = self._lines, len(self.names), self._before, 0, FIRST
        try:
            for row in self._rows:
                if len(row) != width:
                    if not row:
                        continue
                    raise ValueError(
                        f"{self.path}, row {done + len(rows) + 1} (line {reader.line_num + before}) has "
                        f"{count(len(row), 'cell')}, the first line has {width}; a cell that holds the delimiter must "
                        f"be in quotes"
                    )
                rows.append(row)
                lines.append(reader.line_num + before)
                if len(rows) == size:
                    yield Chunk(self, rows, lines, done + 1)
                    done += len(rows)
                    rows, lines, size = [], [], CHUNK
        except _damage() as error:
            raise self._in_words(error, reader.line_num + before) from None
        if rows:
            yield Chunk(self, rows, lines, done + 1)

    def _in_words(self, error: Exception, line: int) -> ValueError:
        """What stopped the reading, and the cure."""
        if isinstance(error, UnicodeError):
            cure = "save it as UTF-8, or name its encoding, such as --encoding latin-1 (encoding=\"latin-1\")"
            return ValueError(f"{self.path}, about line {line + 1}: not text in {self._encoding}; {cure}")
        cure = "" if isinstance(error, (EOFError, OSError)) else "; is there a quote that is not closed or not doubled?"
        return ValueError(f"{self.path}, line {line}: {error}{cure}")


def _damage() -> "Tuple[Any, ...]":
    """The errors of a file that is not what it seems to be."""
    import csv
    import gzip
    import zlib

    return UnicodeError, csv.Error, EOFError, gzip.BadGzipFile, zlib.error
