"""Read CSV files into columns of numbers and texts, in one pass and with little memory."""
from .._core.messages import quote
from .csv_columns import KEEP, REFUSE, Numbers, Texts, is_text, written_otherwise
from .csv_file import CsvFile
from .table import Column, Table

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Container, Iterator, Sequence

    from .csv_file import Chunk

DROP = "drop"


def read_csv(
    path: str, *, delimiter: "str | None" = None, header: "bool | None" = None, decimal: str = ".",
    encoding: "str | None" = None, missing: str = REFUSE, text: "Sequence[str]" = (),
    undecided: "Sequence[str]" = (), ignore: "Sequence[str]" = (), only: "Sequence[str] | None" = None,
) -> Table:
    """Read a CSV file into a Table. It takes 8 bytes per number and 4 per text, plus each distinct text once.

    ``path``: the file, or "-" for standard input; gzip, bz2, xz and zip are unpacked. ``delimiter``: one of
    ``, ; tab |``, or "space" for runs of spaces and tabs. ``header``: whether the first line has the names; if not, the
    columns are called "1", "2", ... ``encoding``: such as "utf-8". By default the content decides on these three.
    ``decimal``: "." or ",". Cells can be quoted and contain line breaks. CRLF, empty lines, and spaces or tabs around a
    cell are accepted. Comment lines, and lines before and behind the table, are left out, and short rows completed.

    A column is text if most of its first 1,000 cells are not numbers, or if ``text`` names it. In a column of numbers
    every cell must be a finite number as people write it: 1_000, nan, inf and 1e999 are refused with their place.
    ``undecided``: columns, such as targets, that stay text ("007") unless they have more than 1,000 distinct cells and
    all are numbers. ``missing``: "refuse" empty cells, "drop" their rows, or "keep" them as nan or -1. ``only``: the
    columns to read; by default all except those in ``ignore``. Columns without a name are left out. ``Table.notes``
    says what was decided and left out.

    Raises ValueError if the file is not such a table, OSError if it cannot be opened.
    """
    if missing not in (REFUSE, DROP, KEEP):
        raise ValueError(f"missing: expected \"refuse\", \"drop\" or \"keep\", got {missing!r}")
    builders: "list[Any]" = []
    wanted: "list[int]" = []
    rows = dropped = 0
    with CsvFile(path, delimiter, header, encoding, decimal) as file:
        file.require(list(text) + list(undecided) + list(ignore) + list(only or ()))
        texts, labels, left_out = dict.fromkeys(text), dict.fromkeys(undecided), dict.fromkeys(ignore)
        chosen = dict.fromkeys(file.names if only is None else only)
        for chunk in file.chunks():
            if not builders:
                wanted = [j for j, name in enumerate(file.names) if name and name not in left_out and name in chosen]
                builders = [_builder(file, chunk, j, missing, texts, labels) for j in wanted]
            if missing == DROP:
                dropped += chunk.drop_empty(wanted)
            for builder, j in zip(builders, wanted):
                builder.append(chunk.columns[j], chunk.place_in(j))
            rows += len(chunk.lines)
    if not rows:
        raise ValueError(f"{path} has no rows" + (f" without empty cells (of {dropped})" if dropped else ""))
    return Table([_column(builder) for builder in builders], rows, dropped, file.notes)


def _column(builder: "Any") -> Column:
    if builder.kind == "text":
        builder = builder.finish()
    if builder.kind == "text":
        return Column(builder.name, None, builder.codes, builder.labels)
    return Column(builder.name, builder.values)


def _builder(
    file: CsvFile, chunk: "Chunk", j: int, missing: str, text: "Container[str]", undecided: "Container[str]"
) -> "Any":
    """Return an empty column of numbers or texts for column j, depending on its first cells."""
    name, cells = file.names[j], chunk.columns[j]
    if name in text or name in undecided:
        return Texts(name, file.decimal, missing, name in undecided)
    if not is_text(cells, file.decimal):
        coded = [cell for cell in cells if cell[:1] == "0" and cell[1:2].isdigit()]
        if coded:
            file.notes.append(f"column {quote(name)} is read as numbers, {coded[0]} too; --text keeps codes")
        return Numbers(name, file.decimal, missing)
    if written_otherwise(cells, file.decimal):
        other, signs = (",", "commas") if file.decimal == "." else (".", "points")
        raise ValueError(
            f"{chunk.place_in(j)(0)} and others of its column look like numbers with {signs}: use --decimal "
            f"{other} (decimal=\"{other}\") if these are decimal signs, remove them if they separate thousands, "
            f"or read the column as text (--text {name}, text=[{name!r}])"
        )
    return Texts(name, file.decimal, missing)


def read_csv_in_parts(
    path: str, kinds: "Sequence[tuple[str, str]]", *, delimiter: "str | None" = None, header: "bool | None" = None,
    decimal: str = ".", encoding: "str | None" = None, missing: str = REFUSE,
) -> "Iterator[Table]":
    """Yield tables with some columns and some rows of a CSV file. Memory does not grow with the file.

    ``kinds``: (name, "number" or "text") of each column to read, in the order wanted. Every table has its own labels.
    ``missing``: "refuse" or "keep".
    """
    with CsvFile(path, delimiter, header, encoding, decimal) as file:
        file.require([name for name, _ in kinds])
        for chunk in file.chunks():
            builders: "list[Any]" = []
            for name, kind in kinds:
                builder: "Any" = (Texts if kind == "text" else Numbers)(name, decimal, missing)
                place = file.places[name]
                builder.append(chunk.columns[place], chunk.place_in(place))
                builders.append(builder)
            yield Table([_column(builder) for builder in builders], len(chunk.lines), 0, file.notes)
