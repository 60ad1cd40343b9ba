"""Tables of doubles that lie in a buffer already and are used where they lie."""
TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Iterator, List, Optional


class Doubles:
    """Rows of ``columns`` native doubles without gaps, in somebody's buffer; ``flat`` is a view of all of them.

    ``checked_for``: the loss whose targets they were found to be; who fits them again need not look again.
    """

    def __init__(self, flat: "Any", columns: int) -> None:
        self.flat = flat
        self.columns = columns
        self.checked_for = ""

    def __len__(self) -> int:
        return len(self.flat) // self.columns

    def __getitem__(self, i: int) -> "List[float]":
        row: "List[float]" = self.flat[i * self.columns:(i + 1) * self.columns].tolist()
        return row

    def __iter__(self) -> "Iterator[List[float]]":
        for i in range(len(self)):
            yield self[i]


def doubles_in_place(values: "Any", columns: int, flat: bool = True) -> "Optional[Doubles]":
    """The values as Doubles if they are a buffer of rows of ``columns`` native doubles, or of one after the other."""
    if isinstance(values, Doubles):
        return values if values.columns == columns else None
    if isinstance(values, (list, tuple, bytes, bytearray)) or hasattr(values, "mask"):
        return None
    try:
        view = memoryview(values)
        if view.format not in ("d", "@d") or not view.c_contiguous or not view.nbytes:
            return None
        if view.ndim == 2 and view.shape == (view.nbytes // 8 // columns, columns):
            return Doubles(view.cast("B").cast("d"), columns)
        if view.ndim == 1 and flat and len(view) % columns == 0:
            return Doubles(view, columns)
    except Exception:  # not a buffer, or one that cannot be read in place: the door looks at it again
        return None
    return None
