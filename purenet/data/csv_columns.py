"""Turn the cells of a CSV column into numbers or texts, or refuse them with an error that names the cell.

Both kinds of column take a chunk of cells at a time. A chunk with unusual characters is checked cell by cell. All
others are converted by ``float`` in one go.
"""
import math
from array import array

from .._core.messages import quote

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, Sequence

PLAIN = "0123456789+-.eE"  # the characters of a number
BLANK = " \t"  # ignored around a cell
MOST_LABELS = 1000  # an undecided column with more distinct cells becomes numbers if all of them are numbers
REFUSE = "refuse"
KEEP = "keep"


def plain_number(text: str, decimal: str = ".") -> "float | None":
    """Return the finite number in a cell, or None.

    ``float`` accepts more than people mean by a number: 1_000, nan, inf, digits of other scripts, line breaks, and
    1e999, which overflows to infinity. None of these counts as a number here.
    """
    text = text.strip(BLANK)
    if decimal != ".":
        text = text.replace(".", "?").replace(decimal, ".")
    for letter in text:
        if letter not in PLAIN:
            return None
    try:
        number = float(text)
    except ValueError:
        return None
    return number if -math.inf < number < math.inf else None


def accepted_by_float(text: str) -> bool:
    """Return whether ``float`` accepts the cell, including 1_000 and nan."""
    try:
        float(text)
    except ValueError:
        return False
    return True


def is_text(texts: "Sequence[str]", decimal: str) -> bool:
    """Return whether ``float`` rejects most of the cells that are not empty."""
    filled = [text for text in texts if text.strip(BLANK)]
    numbers = [text for text in filled if accepted_by_float(text) or plain_number(text, decimal) is not None]
    return 2 * len(numbers) < len(filled)


def written_otherwise(texts: "Sequence[str]", decimal: str) -> bool:
    """Return whether most cells would be numbers with the other decimal sign or without thousands separators."""
    other = "," if decimal == "." else "."
    filled = [text for text in texts if text.strip(BLANK)]
    swapped = [text for text in filled if plain_number(text, other) is not None]
    if any([other in text for text in swapped]) and 2 * len(swapped) > len(filled):
        return True
    bare = [text.replace(other, "") if decimal in text else text for text in filled]
    numbers = [text for text in bare if plain_number(text, decimal) is not None]
    return bare != filled and 2 * len(numbers) > len(filled)


def empty_cell_message(place: str) -> str:
    """Return the error for an empty cell, with the cure."""
    return (
        f"{place} is empty; fill it in, or choose --missing mean or --missing drop (in read_csv missing=\"keep\" or "
        f"\"drop\")"
    )


def bad_number_message(text: str, place: str, name: str, decimal: str = ".") -> str:
    """Return why a cell of a column of numbers is refused, with the cure."""
    stripped = text.strip(BLANK)
    try:
        large = abs(float(stripped)) == math.inf and stripped.strip("+-")[:1] not in ("i", "I")
    except ValueError:
        large = False
    if large:
        return f"{place} is {quote(text)}, which is too large for a double (1.8e308); correct the cell"
    if stripped.lower().strip("+-") in ("nan", "na", "n/a", "inf", "infinity", "null", "none", "?", "-"):
        cure = "if a value is missing, leave the cell empty and choose --missing mean or --missing drop"
    elif decimal == "." and plain_number(stripped, ",") is not None:
        cure = "use --decimal , (decimal=\",\") if these are decimal signs"
    elif decimal == "," and plain_number(stripped, ".") is not None:
        cure = "use --decimal . (decimal=\".\") if points are decimal signs here"
    else:
        cure = f"correct the cell, or train with the column as text (--text {name}, in read_csv text=[{name!r}])"
    return f"{place} is {quote(text)}, not a number like the others of its column; {cure}"


class Numbers:
    """A growing column of numbers. ``values`` is an array of doubles, nan for empty cells."""

    kind = "number"

    def __init__(self, name: str, decimal: str = ".", missing: str = REFUSE) -> None:
        self.name = name
        self.values = array("d")
        self._decimal = decimal
        self._missing = missing

    def append(self, texts: "Sequence[str]", place: "Callable[[int], str]") -> None:
        """Append cells. ``place(k)`` returns the place of the k-th cell for an error message."""
        joined = "".join(texts)
        plain = joined.isascii() and joined.isprintable() and self._decimal == "."
        if plain and "_" not in joined and "n" not in joined and "N" not in joined:
            try:
                found = list(map(float, texts))
            except ValueError:
                found = []
            if found and max(found) < math.inf and min(found) > -math.inf:
                self.values.fromlist(found)
                return
        for k, text in enumerate(texts):
            number = plain_number(text, self._decimal)
            if number is None:
                if text.strip(BLANK):
                    raise ValueError(bad_number_message(text, place(k), self.name, self._decimal))
                if self._missing != KEEP:
                    raise ValueError(empty_cell_message(place(k)))
                number = math.nan
            self.values.append(number)


class Interned(dict):  # type: ignore[type-arg]
    """A dict that gives each new text the next number."""

    def __init__(self, labels: "list[str]") -> None:
        self.labels = labels

    def __missing__(self, text: str) -> int:
        number = self[text] = len(self.labels)
        self.labels.append(text)
        return number


class Texts:
    """A growing column of texts: each distinct text once in ``labels``, and its index there in ``codes``, per row.

    The code of an empty cell is -1. An ``undecided`` column turns into numbers once it has more than MOST_LABELS
    distinct cells, if all of them are numbers.
    """

    kind = "text"

    def __init__(self, name: str, decimal: str = ".", missing: str = REFUSE, undecided: bool = False) -> None:
        self.name = name
        self.codes = array("i")
        self.labels: "list[str]" = []
        self._interned = Interned(self.labels)
        self._decimal = decimal
        self._missing = missing
        self._undecided = undecided
        self._complaint = "" if undecided else None  # about the first cell that only float accepts as a number
        self._numbers: "Numbers | None" = None

    def append(self, texts: "Sequence[str]", place: "Callable[[int], str]") -> None:
        """Append cells. ``place(k)`` returns the place of the k-th cell for an error message."""
        if self._numbers:
            self._numbers.append(texts, place)
            return
        stripped = [text.strip(BLANK) for text in texts]
        before = len(self.labels)
        if "" in stripped:
            if self._missing != KEEP:
                raise ValueError(empty_cell_message(place(stripped.index(""))))
            self.codes.fromlist([self._interned[text] if text else -1 for text in stripped])
        else:
            self.codes.fromlist(list(map(self._interned.__getitem__, stripped)))
        if "\0" in "".join(stripped):
            k = ["\0" in text for text in stripped].index(True)
            raise ValueError(f"{place(k)} contains a zero byte: is this a text file?")
        if self._complaint == "":
            for label in self.labels[before:]:
                if accepted_by_float(label) and plain_number(label, self._decimal) is None:
                    self._complaint = bad_number_message(label, place(stripped.index(label)), self.name, self._decimal)
                    break
        if self._undecided and len(self.labels) > MOST_LABELS:
            self._numbers = numbers_of(self.name, self.codes, self.labels, self._decimal, self._missing)
            self._undecided = False

    def finish(self) -> "Any":
        """Return this column, or the column of numbers that it has become.

        Raises ValueError if at least half of an undecided column's texts are numbers and one is like nan or 1_000.
        """
        if self._complaint:
            numbers = [label for label in self.labels if plain_number(label, self._decimal) is not None]
            if 2 * len(numbers) >= len(self.labels):
                raise ValueError(self._complaint)
        return self._numbers or self


def numbers_of(
    name: str, codes: "array[int]", labels: "list[str]", decimal: str = ".", missing: str = REFUSE
) -> "Numbers | None":
    """Return the column of numbers that the texts spell, or None if a text is not a number."""
    found = [plain_number(label, decimal) for label in labels]
    if None in found:
        return None
    column = Numbers(name, decimal, missing)
    column.values.extend([found[code] if code >= 0 else math.nan for code in codes])  # type: ignore[misc]
    return column
