"""CSV files as people have them, read once, into eight bytes a number."""
from array import array

from .csv_cells import BLANK, KEEP, REFUSE, Numbers, Texts, has_commas, is_text, numbers_of, plain_number, quoted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Iterator, List, Optional, Sequence, Tuple

DELIMITERS = ",;\t|"
FIRST = 1000  # so many rows decide what is text
CHUNK = 128  # then so many are read at a time: few enough for a processor's cache
DROP = "drop"


class Column:
    """A column of a table: ``kind`` is "number" or "text".

    Numbers: ``values``, an array of doubles, nan where the cell was empty.  Texts: ``codes``, an array of whole
    numbers, each the place of the row's text in ``labels``, -1 where the cell was empty.
    """

    def __init__(self, name: str, values: "Optional[array[float]]", codes: "Any" = None, labels: "Any" = None) -> None:
        self.name = name
        self.kind = "text" if values is None else "number"
        self.values: "array[float]" = array("d") if values is None else values
        self.codes: "array[int]" = array("i") if codes is None else codes
        self.labels: "List[str]" = [] if labels is None else labels

    def __len__(self) -> int:
        return len(self.values) if self.kind == "number" else len(self.codes)

    def __getitem__(self, i: int) -> "Any":
        """The number or the text of row i; nan or "" where the cell was empty."""
        if self.kind == "number":
            return self.values[i]
        return self.labels[self.codes[i]] if self.codes[i] >= 0 else ""

    def as_numbers(self, decimal: str = ".") -> "Optional[Column]":
        """The column as numbers; None where one of its texts is no number."""
        if self.kind == "number":
            return self
        found = numbers_of(self.name, self.codes, self.labels, decimal)
        return Column(self.name, found.values) if found else None

    def __repr__(self) -> str:
        what = "numbers" if self.kind == "number" else f"texts, {len(self.labels)} different ones"
        return f"<Column {self.name!r}: {len(self)} {what}>"


class Table:
    """What read_csv gives: ``columns`` in the file's order, ``names``, ``rows`` (how many), ``dropped`` (rows left
    out because of empty cells) and ``notes``, what was left out otherwise, in words."""

    def __init__(self, columns: "List[Column]", rows: int, dropped: int = 0, notes: "Sequence[str]" = ()) -> None:
        self.columns = columns
        self.rows = rows
        self.dropped = dropped
        self.notes = list(notes)

    @property
    def names(self) -> "List[str]":
        """The names of the columns."""
        return [column.name for column in self.columns]

    def column(self, name: str) -> Column:
        """The column of that name."""
        for column in self.columns:
            if column.name == name:
                return column
        raise ValueError(f"there is no column {name!r}; there are {listed(self.names)}")

    def matrix(self, names: "Optional[Sequence[str]]" = None) -> "memoryview[float]":
        """Columns of numbers (all of them without names) as one buffer of rows x columns doubles, as fit takes it."""
        chosen = [self.column(name) for name in names] if names is not None else [
            column for column in self.columns if column.kind == "number"]
        for column in chosen:
            if column.kind == "text":
                raise ValueError(f"column {column.name!r} is text; OneHotEncoder turns texts into numbers")
        if not chosen or not self.rows:
            raise ValueError(f"nothing to make a matrix of: {self.rows} rows of {len(chosen)} columns of numbers")
        flat = array("d", bytes(8 * self.rows * len(chosen)))
        for j, column in enumerate(chosen):
            flat[j::len(chosen)] = column.values
        return memoryview(flat).cast("B").cast("d", (self.rows, len(chosen)))

    def __repr__(self) -> str:
        return f"<Table: {self.rows} rows of {listed(self.names)}>"


def listed(names: "Sequence[str]") -> str:
    """Names for a message, the first ten of them."""
    shown = ", ".join([quoted(name) for name in names[:10]])
    return shown + (f" and {len(names) - 10} more" if len(names) > 10 else "")


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
        for name in list(text) + list(undecided) + list(ignore) + list(only or ()):
            file.place_of(name)
        for chunk in file.chunks():
            if not builders:
                wanted = [j for j, name in enumerate(file.names)
                          if name and name not in ignore and (only is None or name in only)]
                builders = [file.builder(chunk, j, missing, text, undecided) for j in wanted]
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
                place = file.names.index(name)
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
        self.path = path
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
        import csv
        import gzip
        import io

        binary: "Any" = self._binary
        if binary.peek(2)[:2] == b"\x1f\x8b":
            binary = io.BufferedReader(gzip.GzipFile(fileobj=binary))
        try:
            start = binary.peek(2)[:2]
            wide = start in (b"\xff\xfe", b"\xfe\xff") or self._encoding.lower()[:6] in ("utf-16", "utf-32")
            if not wide and b"\0" in binary.peek(1024)[:1024]:
                raise ValueError(f"{self.path} is not text: it has zero bytes (NUL); is it a CSV file?")
        except _damage() as error:
            raise self._in_words(error, 1) from None
        encoding = "utf-16" if start in (b"\xff\xfe", b"\xfe\xff") else self._encoding
        if encoding.lower() in ("utf-8", "utf8"):
            encoding = "utf-8-sig"
        try:
            stream = io.TextIOWrapper(binary, encoding, newline="")
        except LookupError:
            raise ValueError(f"encoding: {encoding!r} is not known; examples are utf-8, latin-1, cp1252") from None
        self._stream = stream  # until the end: a stream that is dropped closes its file, with a warning
        self._before = 0  # lines in front of those that the reader counts
        try:
            lines = self._record(stream)
            told = "".join(lines).strip()
            if told[:4].lower() == "sep=" and len(told) == 5:  # Excel's way to name the delimiter
                delimiter = delimiter or told[4]
                lines = self._record(stream)
            if not lines:
                raise ValueError(f"{self.path} is empty")
            if delimiter is None:
                known = [letter for letter in DELIMITERS if letter != self._decimal]
                counts = [len(next(csv.reader(lines, delimiter=one, skipinitialspace=True))) for one in known]
                delimiter = known[counts.index(max(counts))]
            first = [name.strip(BLANK) for name in next(self._reader(lines, delimiter))]
        except _damage() as error:
            raise self._in_words(error, self._before) from None
        if header:
            self._check_names(first)
            self.names = first
        else:
            from itertools import chain

            self.names = [str(j + 1) for j in range(len(first))]
            self._before -= len(lines)
            stream = chain(lines, stream)  # type: ignore[assignment]
        self.delimiter = delimiter
        self._rows = self._reader(stream, delimiter)

    def _reader(self, lines: "Any", delimiter: str) -> "Any":
        import csv

        return csv.reader(lines, delimiter=delimiter, skipinitialspace=True, strict=True)

    def _record(self, stream: "Any") -> "List[str]":
        """The lines of the first record that is not empty."""
        lines: "List[str]" = []
        while not lines or "".join(lines).count('"') % 2 and len(lines) < 1000:
            line = stream.readline()
            if not line:
                break
            self._before += 1
            if lines or line.strip():
                lines.append(line)
        return lines

    def _check_names(self, names: "List[str]") -> None:
        for j, name in enumerate(names):
            if not name:
                self.notes.append(f"column {j + 1} has no name and is left out")
            elif name in names[:j]:
                raise ValueError(f"{self.path}: two columns are called {quoted(name)}; give one another name")
        numbers = [name for name in names if plain_number(name, self._decimal) is not None]
        if numbers and len(numbers) < len(names):
            self.notes.append(f"the first line has {numbers[0]} among its names; if it is data, say --no-header")
        counted = [[str(k + start) for k in range(len(names))] for start in (0, 1)]
        if names not in counted and None not in [plain_number(name, self._decimal) for name in names]:
            raise ValueError(
                f"{self.path}: the first line has numbers ({', '.join(names[:3])}{', ...' if len(names) > 3 else ''}) "
                f"where names of columns were expected; add a line of names, or say --no-header (header=False)"
            )

    def place_of(self, name: str) -> int:
        """Where the column of that name is."""
        self.require([name])
        return self.names.index(name)

    def require(self, names: "Sequence[str]") -> None:
        """Refuse a file without columns of these names."""
        absent = [name for name in names if not name or name not in self.names]
        if not absent:
            return
        hint = ""
        if len(self.names) == 1 and any([one in self.names[0] for one in DELIMITERS]):
            hint = f", read with {self.delimiter!r} between cells and {self._decimal!r} as decimal sign: --delimiter " \
                   f"and --decimal say otherwise"
        raise ValueError(
            f"{self.path} has no column {listed(absent)}; it has {listed([n for n in self.names if n])}{hint}")

    def builder(self, chunk: Chunk, j: int, missing: str, text: "Sequence[str]", undecided: "Sequence[str]") -> "Any":
        """What column j becomes, judged by its first cells."""
        name, cells = self.names[j], chunk.columns[j]
        if name in text or name in undecided:
            return Texts(name, self._decimal, missing, name in undecided)
        if not is_text(cells, self._decimal):
            coded = [cell for cell in cells if cell[:1] == "0" and cell[1:2].isdigit()]
            if coded:
                self.notes.append(f"column {quoted(name)} is read as numbers, {coded[0]} too; --text keeps codes")
            return Numbers(name, self._decimal, missing)
        if self._decimal == "." and has_commas(cells):
            raise ValueError(
                f"{chunk.place_in(j)(0)} and others of its column look like numbers with commas: say --decimal , "
                f"(decimal=\",\") if these are decimal signs, take them out if they separate thousands, or read the "
                f"column as text (--text {name}, text=[{name!r}])"
            )
        return Texts(name, self._decimal, missing)

    def chunks(self) -> "Iterator[Chunk]":
        """The rows, a chunk at a time."""
        rows: "List[List[str]]" = []
        lines: "List[int]" = []
        reader, width, before, count, size = self._rows, len(self.names), self._before, 0, FIRST
        try:
            for row in reader:
                if len(row) != width:
                    if not row:
                        continue
                    raise ValueError(
                        f"{self.path}, row {count + len(rows) + 1} (line {reader.line_num + before}) has {len(row)} "
                        f"cells, the first line has {width}; a cell that holds the delimiter must be in quotes"
                    )
                rows.append(row)
                lines.append(reader.line_num + before)
                if len(rows) == size:
                    yield Chunk(self, rows, lines, count + 1)
                    count += len(rows)
                    rows, lines, size = [], [], CHUNK
        except _damage() as error:
            raise self._in_words(error, reader.line_num + before) from None
        if rows:
            yield Chunk(self, rows, lines, count + 1)

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
