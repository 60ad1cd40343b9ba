"""Read CSV files into columns of numbers, dates and texts, with little memory: in one pass, or two if rows surprise."""
from .csv_columns import KEEP, REFUSE, Note, Texts, Values, joined_notes, raise_all, tried
from .csv_file import CsvFile
from .csv_forms import BLANK, NUMBER, TEXT, Guess, Words, decimal_signs, guess_form, guess_strictly, plain_numbers
from .table import Column, Table, column_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Iterator, Sequence

    from .csv_forms import Form

DROP = "drop"


def read_csv(
    path: str, *, delimiter: "str | None" = None, header: "bool | None" = None, decimal: "str | None" = None,
    encoding: "str | None" = None, missing: str = KEEP, text: "Sequence[str]" = (), undecided: "Sequence[str]" = (),
    ignore: "Sequence[str]" = (), only: "Sequence[str] | None" = None, na_values: "Sequence[Any]" = (),
    forms: "dict[str, Form] | None" = None, strict: bool = False, required: "Sequence[str]" = (),
    problems: "list[str] | None" = None,
) -> Table:
    """Read a CSV file into a Table. It takes 8 bytes per number or date and 4 per text, plus each distinct text once.

    ``path``: the file, or "-" for standard input; gzip, bz2, xz and zip are unpacked. ``delimiter``: one of
    ``, ; tab |``, or "space" for runs of spaces and tabs. ``header``: whether the first line has the names; if not, the
    columns are called "1", "2", ... ``encoding``: such as "utf-8". ``decimal``: "." or ",". By default the content
    decides on these four. Cells can be quoted and contain line breaks. CRLF, empty lines, and spaces or tabs around a
    cell are accepted. Comment lines, and lines before and behind the table, are left out, and short rows completed.

    A column is numbers or dates if its cells have one form of these: 1234.5, 1,234.5 or 1.234,5, $5 or 12 kg or 3 %,
    2020-01-31 or 31/01/2020 with or without a time. At most one filled cell in 20 can be another; it becomes a missing
    value. ``text`` names columns that stay texts. ``undecided``: columns, such as targets, that stay texts ("1.0")
    unless they have more than 1,000 distinct cells; odd cells among their numbers or dates are missing values too.
    ``forms``: the form (``Column.form``) of columns by name, which is then not decided by the cells.

    Empty cells and the words that pandas knows ("NA", "null", ...) are missing values; so are "?", "-", "missing" and
    others among numbers and dates. ``na_values``: more such words. ``missing``: "keep" missing values as nan or -1,
    "drop" their rows, or "refuse" them. ``strict``: only plain numbers are numbers, only empty cells are missing, and
    a cell that is no number in a column of numbers is refused. ``only``: the columns to read; by default all except
    those in ``ignore``. Columns without a name are left out. ``Table.notes`` says what was decided.

    Raises ValueError if the file is not such a table, OSError if it cannot be opened. The error has a line for each
    column with a cell that is refused. ``problems``: a list that gets these lines, and one for the names of columns
    that the file lacks; the table is then returned without these columns. ``required``: more columns that the file must
    have. Without the first of them it is read only to find cells that are refused.
    """
    if missing not in (REFUSE, DROP, KEEP):
        raise ValueError(f"missing: expected \"refuse\", \"drop\" or \"keep\", got {missing!r}")
    words = Words(na_values, strict)
    found: "list[str]" = []
    with CsvFile(path, delimiter, header, encoding, decimal) as file:
        tried(found, file.require, list(required) + list(text) + list(undecided) + list(ignore) + list(only or ()))
        lacks_first = len(required) > 0 and required[0] not in file.places
        if problems is None or lacks_first and missing != REFUSE:
            raise_all(found)
        left_out, chosen = dict.fromkeys(ignore), dict.fromkeys(file.names if only is None else only)
        wanted = [j for j, name in enumerate(file.names) if name and name not in left_out and name in chosen]
        reading = Reading(file, wanted, words, missing, decimal, dict.fromkeys(undecided))
        reading.forms = dict.fromkeys(text, TEXT)
        reading.forms.update(forms or {})
        try:
            while not reading.read():
                file.rewind()
        except ValueError as error:  # of a row
            raise_all(found + reading.problems() + [str(error)])
        notes, header = file.notes + reading.notes(), file.header
    found += reading.problems()
    columns = [column_of(builder) for builder in reading.builders if builder]
    rows, dropped = reading.rows, reading.dropped
    if missing == DROP and not strict:
        dropped = drop_rows(columns, rows)
        rows -= dropped
    if not rows:
        found.append(f"{path} has no rows" + (f" without empty cells (of {dropped})" if dropped else ""))
    if not rows or problems is None:
        raise_all(found)
    else:
        problems += found
    table = Table(columns, rows, dropped, notes)
    table.header = header
    table.refused = list(reading.refused)
    return table


class Reading:
    """The columns of a file while it is read, perhaps more than once."""

    def __init__(
        self, file: CsvFile, wanted: "list[int]", words: Words, missing: str, decimal: "str | None",
        undecided: "dict[str, Any]",
    ) -> None:
        self.forms: "dict[str, Form]" = {}  # that are given
        self.builders: "list[Any]" = []
        self.refused: "dict[str, str]" = {}  # columns with a cell that is refused, and the error
        self.rows = self.dropped = 0
        self._file = file
        self._wanted = wanted
        self._words = words
        self._missing = missing
        self._decimal = decimal
        self._undecided = undecided
        self._surprises: "dict[str, list[tuple[str, int]]]" = {}  # cells of later rows that had another form
        self._settled: "dict[str, bool]" = {}  # columns that are decided when all their cells are known

    def read(self) -> bool:
        """Read all rows. Return False if later rows contradict the first ones, so that all are to be read again."""
        self.builders = []
        self.refused = {}
        self.rows = self.dropped = 0
        for chunk in self._file.chunks():
            if not self.builders:
                self.builders = self._begun([chunk.columns[j] for j in self._wanted])
            if self._missing == DROP and self._words.strict:
                self.dropped += chunk.drop_empty(self._wanted)
            self.rows += len(chunk.lines)
            for k, j in enumerate(self._wanted):
                self._go_on(k, "append", chunk.columns[j], chunk.place_in(j))
        self.builders = [self._go_on(k, "finish") for k in range(len(self.builders))]
        return not [True for builder in self.builders if builder and self._is_contradicted(builder)]

    def _go_on(self, k: int, step: str, *arguments: "Any") -> "Any":
        """Let a column append cells or finish. If it refuses a cell, it is given up, and the others go on."""
        if not self.builders[k]:
            return None
        try:
            return getattr(self.builders[k], step)(*arguments)
        except ValueError as error:
            self.refused[self.builders[k].name] = str(error)
            self.builders[k] = None

    def problems(self) -> "list[str]":
        """Return the errors of the columns that were given up, in the order of the columns."""
        names = [self._file.names[j] for j in self._wanted]
        return [self.refused[name] for name in names if name in self.refused]

    def _begun(self, columns: "list[Any]") -> "list[Any]":
        """Return an empty column for each column of the first rows, in the form that these suggest."""
        if self._words.strict or self._decimal:
            signs = f"only {self._decimal or '.'}"
        else:
            signs = decimal_signs(columns, self._file.delimiter)
        return [self._builder(self._file.names[j], cells, signs) for j, cells in zip(self._wanted, columns)]

    def _builder(self, name: str, cells: "Sequence[str]", signs: str) -> "Any":
        missing, words = REFUSE if self._missing == REFUSE else KEEP, self._words

        def guess(counted: "list[tuple[str, int]]", first: bool = False) -> "Guess":
            if words.strict:
                return guess_strictly(counted, signs[-1:], not first)
            surprises = self._surprises.get(name, []) if first else []
            return guess_form(name, surprises[:20] + counted + surprises[20:], words, signs, bool(surprises))

        form = self.forms.get(name)
        if form is not None:
            return Texts(name, words, missing) if form[0] == "text" else Values(name, form, words, missing)
        if name in self._undecided or name in self._settled:
            return Texts(name, words, missing, guess, name in self._undecided, name not in self._settled)
        plain = "," not in signs and name not in self._surprises and _is_plain(cells)
        found = Guess(NUMBER) if plain else guess(_counted(cells), True)
        if found.form is TEXT:
            return Texts(name, words, missing, None if words.strict else guess)
        column = Values(name, found.form, words, missing)
        column.note = Note(name, found.note, found.key)
        return column

    def _is_contradicted(self, builder: "Any") -> bool:
        """Return whether later cells ask for another form, and record how to read the column next time."""
        name = builder.name
        if builder.kind == "text" or not builder.odd or name in self.forms or name in self._settled:
            return False
        odd = [(text, builder.odd_texts[text]) for text in builder.odd_texts]
        if name not in self._surprises and guess_form(name, odd, self._words).form is not TEXT:
            self._surprises[name] = odd
            return True
        if builder.fails():
            self._settled[name] = True
            return True
        return False

    def notes(self) -> "list[str]":
        """Return sentences on how the columns were read."""
        found: "list[Note]" = []
        for builder in filter(None, self.builders):
            found += ([builder.note] if builder.note.text else []) + builder.notes()
        return joined_notes(found)


def _is_plain(cells: "Sequence[str]") -> bool:
    """Return whether all cells are numbers that are certainly no codes and no dates such as 20200131."""
    return plain_numbers(cells) is not None and not [
        cell for cell in cells if cell[:1] == "0" and cell[1:2].isdigit() or len(cell) == 8 and cell.isdigit()]


def _counted(cells: "Sequence[str]") -> "list[tuple[str, int]]":
    """Return the different texts of cells that are not empty, and how often each occurs."""
    from collections import Counter

    counts = Counter([cell.strip(BLANK) for cell in cells])
    return [(text, counts[text]) for text in counts if text]


def drop_rows(columns: "list[Column]", rows: int) -> int:
    """Drop the rows with missing values from columns. Return their number."""
    whole = [True] * rows
    for column in columns:
        missing = [code < 0 for code in column.codes] if column.kind == "text" else [
            value != value for value in column.values]
        if True in missing:
            whole = [one and not gone for one, gone in zip(whole, missing)]
    kept = [i for i in range(rows) if whole[i]]
    if len(kept) < rows:
        for column in columns:
            column.keep(kept)
    return rows - len(kept)


def read_csv_in_parts(
    path: str, forms: "Sequence[tuple[str, Form]]", *, delimiter: "str | None" = None, header: "bool | None" = None,
    decimal: "str | None" = None, encoding: "str | None" = None, missing: str = KEEP, na_values: "Sequence[Any]" = (),
    strict: bool = False, copied: "Any" = (),
) -> "Iterator[Table]":
    """Yield tables with some columns and some rows of a CSV file. Memory does not grow with the file.

    ``forms``: the name and the form (``Column.form``) of each column to read, in the order wanted. Every table has its
    own labels. ``missing``: "refuse" or "keep" missing values. ``decimal``: a sign that cannot be the delimiter too.
    ``strict``, ``na_values``: as for ``read_csv``. A cell that has another form is a missing value too: ``Column.odd``
    counts them, ``Column.first_odd`` is the first. ``copied``: names of columns, or True for all, whose cells
    ``Table.copied`` has as they are in the file.
    """
    words = Words(na_values, strict)
    with CsvFile(path, delimiter, header, encoding, decimal) as file:
        extra = [name for name in file.names if name] if copied is True else list(copied)
        file.require([name for name, _ in forms] + extra)
        for chunk in file.chunks():
            builders: "list[Any]" = []
            for name, form in forms:
                builder: "Any" = Texts(name, words, missing) if form[0] == "text" else Values(
                    name, form, words, missing)
                place = file.places[name]
                builder.append(chunk.columns[place], chunk.place_in(place))
                builders.append(builder.finish())
            table = Table([column_of(builder) for builder in builders], len(chunk.lines), 0, file.notes)
            table.copied = [(name, chunk.columns[file.places[name]]) for name in extra]
            yield table
