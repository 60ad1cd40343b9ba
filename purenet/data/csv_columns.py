"""The cells of a CSV column as they become numbers or texts: what is taken, what is refused, and in which words.

Both kinds of column take a chunk of cells at a time.  A chunk that could hold something odd is looked at cell by
cell; the others go through ``float`` as a whole.
"""
import math
from array import array

from .._core.messages import quote

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, List, Optional, Sequence

PLAIN = "0123456789+-.eE"  # what a number is written with
BLANK = " \t"  # around a cell, these do not count
MOST_LABELS = 1000  # an undecided column with more different cells than this becomes numbers where it can
REFUSE = "refuse"
KEEP = "keep"


def plain_number(text: str, decimal: str = ".") -> "Optional[float]":
    """The finite number that a cell holds, else None.

    ``float`` takes more than people mean by a number: 1_000, nan, inf, digits of other scripts, line breaks; and 1e999
    overflows to infinity.  None of these is a number here.
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


def as_float_takes(text: str) -> bool:
    """Whether ``float`` takes the cell, oddities included."""
    try:
        float(text)
    except ValueError:
        return False
    return True


def is_text(texts: "Sequence[str]", decimal: str) -> bool:
    """Whether most of the filled cells are no numbers, not even odd ones."""
    filled = [text for text in texts if text.strip(BLANK)]
    numbers = [text for text in filled if as_float_takes(text) or plain_number(text, decimal) is not None]
    return 2 * len(numbers) < len(filled)


def written_otherwise(texts: "Sequence[str]", decimal: str) -> bool:
    """Whether most of the filled cells would be numbers with the other decimal sign, or without the thousands' one."""
    other = "," if decimal == "." else "."
    filled = [text for text in texts if text.strip(BLANK)]
    swapped = [text for text in filled if plain_number(text, other) is not None]
    if any([other in text for text in swapped]) and 2 * len(swapped) > len(filled):
        return True
    bare = [text.replace(other, "") if decimal in text else text for text in filled]
    numbers = [text for text in bare if plain_number(text, decimal) is not None]
    return bare != filled and 2 * len(numbers) > len(filled)


def complaint_of_empty(place: str) -> str:
    return (
        f"{place} is empty; fill it in, or choose --missing mean or --missing drop (in read_csv missing=\"keep\" or "
        f"\"drop\")"
    )


def complaint_of_text(text: str, place: str, name: str, decimal: str = ".") -> str:
    """Why a cell of a column of numbers is refused, and the cure."""
    stripped = text.strip(BLANK)
    try:
        large = abs(float(stripped)) == math.inf and stripped.strip("+-")[:1] not in ("i", "I")
    except ValueError:
        large = False
    if large:
        return f"{place} is {quote(text)}, which is too large for a double (1.8e308); mend the cell"
    if stripped.lower().strip("+-") in ("nan", "na", "n/a", "inf", "infinity", "null", "none", "?", "-"):
        cure = "where a value is missing, leave the cell empty and choose --missing mean or --missing drop"
    elif decimal == "." and plain_number(stripped, ",") is not None:
        cure = "say --decimal , (decimal=\",\") if these are decimal signs"
    elif decimal == "," and plain_number(stripped, ".") is not None:
        cure = "say --decimal . (decimal=\".\") if points are decimal signs here"
    else:
        cure = f"mend the cell, or train with the column as text (--text {name}, in read_csv text=[{name!r}])"
    return f"{place} is {quote(text)}, not a number like the others of its column; {cure}"


class Numbers:
    """A column of numbers that grows: ``values`` holds eight bytes each, nan where the cell was empty."""

    kind = "number"

    def __init__(self, name: str, decimal: str = ".", missing: str = REFUSE) -> None:
        self.name = name
        self.values = array("d")
        self._decimal = decimal
        self._missing = missing

    def take(self, texts: "Sequence[str]", place: "Callable[[int], str]") -> None:
        """Add the cells; ``place(k)`` names the k-th for an error."""
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
                    raise ValueError(complaint_of_text(text, place(k), self.name, self._decimal))
                if self._missing != KEEP:
                    raise ValueError(complaint_of_empty(place(k)))
                number = math.nan
            self.values.append(number)


class Interned(dict):  # type: ignore[type-arg]
    """Gives each new text the next number."""

    def __init__(self, labels: "List[str]") -> None:
        self.labels = labels

    def __missing__(self, text: str) -> int:
        number = self[text] = len(self.labels)
        self.labels.append(text)
        return number


class Texts:
    """A column of texts that grows: each different text once in ``labels``, and its place there four bytes a row.

    The code is -1 where the cell was empty.  ``undecided``: it turns into numbers when more than MOST_LABELS
    different cells were seen and all were numbers.
    """

    kind = "text"

    def __init__(self, name: str, decimal: str = ".", missing: str = REFUSE, undecided: bool = False) -> None:
        self.name = name
        self.codes = array("i")
        self.labels: "List[str]" = []
        self._interned = Interned(self.labels)
        self._decimal = decimal
        self._missing = missing
        self._undecided = undecided
        self._complaint = "" if undecided else None  # of the first cell that only float takes for a number
        self._numbers: "Optional[Numbers]" = None

    def take(self, texts: "Sequence[str]", place: "Callable[[int], str]") -> None:
        """Add the cells; ``place(k)`` names the k-th for an error."""
        if self._numbers:
            self._numbers.take(texts, place)
            return
        stripped = [text.strip(BLANK) for text in texts]
        before = len(self.labels)
        if "" in stripped:
            if self._missing != KEEP:
                raise ValueError(complaint_of_empty(place(stripped.index(""))))
            self.codes.fromlist([self._interned[text] if text else -1 for text in stripped])
        else:
            self.codes.fromlist(list(map(self._interned.__getitem__, stripped)))
        if "\0" in "".join(stripped):
            k = ["\0" in text for text in stripped].index(True)
            raise ValueError(f"{place(k)} has a byte of zero in it: is this a text file?")
        if self._complaint == "":
            for label in self.labels[before:]:
                if as_float_takes(label) and plain_number(label, self._decimal) is None:
                    self._complaint = complaint_of_text(label, place(stripped.index(label)), self.name, self._decimal)
                    break
        if self._undecided and len(self.labels) > MOST_LABELS:
            self._numbers = numbers_of(self.name, self.codes, self.labels, self._decimal, self._missing)
            self._undecided = False

    def finished(self) -> "Any":
        """The column as it is in the end: itself, or the numbers it became.

        Where half of an undecided column's texts are numbers, one such as nan or 1_000 is refused.
        """
        if self._complaint:
            numbers = [label for label in self.labels if plain_number(label, self._decimal) is not None]
            if 2 * len(numbers) >= len(self.labels):
                raise ValueError(self._complaint)
        return self._numbers or self


def numbers_of(
    name: str, codes: "array[int]", labels: "List[str]", decimal: str = ".", missing: str = REFUSE
) -> "Optional[Numbers]":
    """The column of numbers that the texts are; None where one of them is no number."""
    found = [plain_number(label, decimal) for label in labels]
    if None in found:
        return None
    column = Numbers(name, decimal, missing)
    column.values.extend([found[code] if code >= 0 else math.nan for code in codes])  # type: ignore[misc]
    return column
