"""Hold the columns of a table: numbers and texts."""
from array import array

from .._core.messages import join_names, plural
from .csv_columns import numbers_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Iterator, Sequence


class Column:
    """A column of a table: ``kind`` is "number" or "text".

    A column of numbers has ``values``, an array of doubles, nan for empty cells. A column of texts has ``labels``, its
    distinct texts, and ``codes``, an array with the index of each row's text in ``labels``, -1 for empty cells.
    """

    def __init__(self, name: str, values: "array[float] | None", codes: "Any" = None, labels: "Any" = None) -> None:
        self.name = name
        self.kind = "text" if values is None else "number"
        self.values: "array[float]" = array("d") if values is None else values
        self.codes: "array[int]" = array("i") if codes is None else codes
        self.labels: "list[str]" = [] if labels is None else labels

    def __len__(self) -> int:
        return len(self.values) if self.kind == "number" else len(self.codes)

    def __getitem__(self, i: int) -> "Any":
        """Return the number or text of row i, nan or "" for an empty cell."""
        if self.kind == "number":
            return self.values[i]
        return self.labels[self.codes[i]] if self.codes[i] >= 0 else ""

    def __iter__(self) -> "Iterator[Any]":
        for i in range(len(self)):
            yield self[i]

    def as_numbers(self, decimal: str = ".") -> "Column | None":
        """Return the column as numbers, or None if one of its texts is not a number."""
        if self.kind == "number":
            return self
        found = numbers_of(self.name, self.codes, self.labels, decimal)
        return Column(self.name, found.values) if found else None

    def __repr__(self) -> str:
        what = "numbers" if self.kind == "number" else f"texts, {len(self.labels)} distinct"
        return f"<Column {self.name!r}: {len(self)} {what}>"


class Table:
    """A table read by ``read_csv``.

    ``columns`` are in the file's order, with their ``names``. ``rows``: the number of rows. ``dropped``: the number of
    rows dropped because of empty cells. ``notes``: sentences on anything else that was left out.
    """

    def __init__(self, columns: "list[Column]", rows: int, dropped: int = 0, notes: "Sequence[str]" = ()) -> None:
        self.columns = columns
        self._named = {column.name: column for column in columns}
        self.rows = rows
        self.dropped = dropped
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
