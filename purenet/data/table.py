"""Hold the columns of a table: numbers, dates and texts."""
from array import array

from .._core.messages import join_names, plural
from .csv_columns import joined_notes, numbers_of
from .csv_forms import NUMBER, TEXT, Words

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Iterator, Sequence

    from .csv_forms import Form


class Column:
    """A column of a table: ``kind`` is "number", "date" or "text".

    A column of numbers has ``values``, an array of doubles, nan for missing values. So has a column of dates: seconds
    since 1970-01-01 00:00. A column of texts has ``labels``, its distinct texts, and ``codes``, an array with the index
    of each row's text in ``labels``, -1 for missing values.

    ``form``: how its cells are read, as a list: ["text"], ["number", decimal, thousands, prefix, suffix] with "" for
    none, or ["date", pattern]. ``odd``: the number of cells that have another form and count as missing values.
    ``first_odd``: the first of them, in row ``odd_row``, from 0. ``notes``: sentences on how ``as_numbers`` read it.
    """

    def __init__(
        self, name: str, values: "array[float] | None", codes: "Any" = None, labels: "Any" = None,
        form: "Form | None" = None,
    ) -> None:
        self.name = name
        self.form = list(form or (TEXT if values is None else NUMBER))
        self.kind = self.form[0]
        self.values: "array[float]" = array("d") if values is None else values
        self.codes: "array[int]" = array("i") if codes is None else codes
        self.labels: "list[str]" = [] if labels is None else labels
        self.odd = self.odd_row = 0
        self.first_odd = ""
        self.notes: "list[str]" = []

    def __len__(self) -> int:
        return len(self.codes) if self.kind == "text" else len(self.values)

    def __getitem__(self, i: int) -> "Any":
        """Return the number, seconds or text of row i, nan or "" for a missing value."""
        if self.kind != "text":
            return self.values[i]
        return self.labels[self.codes[i]] if self.codes[i] >= 0 else ""

    def __iter__(self) -> "Iterator[Any]":
        for i in range(len(self)):
            yield self[i]

    def keep(self, rows: "Sequence[int]") -> None:
        """Keep only these rows, and the labels that occur in them."""
        if self.kind != "text":
            self.values = array("d", [self.values[i] for i in rows])
            return
        places: "dict[int, int]" = {}
        self.codes = array("i", [places.setdefault(self.codes[i], len(places)) if self.codes[i] >= 0 else -1
                                 for i in rows])
        self.labels = [self.labels[code] for code in places]

    def as_numbers(self, decimal: "str | None" = None, na_values: "Sequence[Any]" = ()) -> "Column | None":
        """Return the column as numbers or dates, or None if its texts have no form of these.

        As in ``read_csv``, words for missing values and a few other texts become missing values; ``form`` is the form
        found.
        """
        if self.kind != "text":
            return self
        found = numbers_of(self.name, self.codes, self.labels, Words(na_values), f"only {decimal}" if decimal else ".")
        if found is None:
            return None
        column = column_of(found)
        column.notes = joined_notes(([found.note] if found.note.text else []) + found.notes())
        return column

    def __repr__(self) -> str:
        what = f"texts, {len(self.labels)} distinct" if self.kind == "text" else self.kind + "s"
        return f"<Column {self.name!r}: {len(self)} {what}>"


def column_of(builder: "Any") -> Column:
    """Return the column that was built from cells."""
    if builder.kind == "text":
        column = Column(builder.name, None, builder.codes, builder.labels)
    else:
        column = Column(builder.name, builder.values, form=builder.form)
    column.odd, column.odd_row = builder.odd, builder.odd_row
    column.first_odd = next(iter(builder.odd_texts), "")
    return column


class Table:
    """A table read by ``read_csv``.

    ``columns`` are in the file's order, with their ``names``. ``rows``: the number of rows. ``dropped``: the number of
    rows dropped because of missing values. ``header``: whether the file has a line of names, None without a file.
    ``notes``: sentences on what was left out, or not read as it stands.
    """

    def __init__(self, columns: "list[Column]", rows: int, dropped: int = 0, notes: "Sequence[str]" = ()) -> None:
        self.columns = columns
        self._named = {column.name: column for column in columns}
        self.rows = rows
        self.dropped = dropped
        self.header: "bool | None" = None
        self.refused: "list[str]" = []  # columns that read_csv left out, with an entry in ``problems``
        self.copied: "list[tuple[str, Sequence[str]]]" = []  # what read_csv_in_parts was asked to copy
        self.notes = list(notes)

    @property
    def names(self) -> "list[str]":
        """Return the names of the columns."""
        return [column.name for column in self.columns]

    def column(self, name: str) -> Column:
        """Return the column of that name."""
        if name not in self._named:
            raise ValueError(f"there is no column {name!r}; there are {join_names(self.names)}")
        return self._named[name]

    def matrix(self, names: "Sequence[str] | None" = None) -> "memoryview[float]":
        """Return columns of numbers, by default all, as one buffer of rows x columns doubles, ready for fit."""
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
        return f"<Table: {plural(self.rows, 'row')} of {join_names(self.names)}>"
