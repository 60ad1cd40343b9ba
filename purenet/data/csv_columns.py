"""Turn the cells of a CSV column into numbers, dates or texts, or refuse them with an error that names the cell.

Every kind of column takes a chunk of cells at a time. A chunk of plain numbers is converted by ``float`` in one go, one
with unusual characters cell by cell.
"""
import math
from array import array

from .._core.messages import plural, quote
from .csv_forms import (
    BLANK,
    EXACT,
    RARE,
    TEXT,
    accepted_by_float,
    guess_form,
    option,
    parser_of,
    plain_number,
    plain_numbers,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, Sequence

    from .csv_forms import Form, Guess, Words

MOST_LABELS = 1000  # a column of more different texts is looked at again: can it be numbers?
REFUSE = "refuse"
KEEP = "keep"


class Problems(ValueError):
    """Several problems at once. Its text has a line for each of them."""

    @property
    def problems(self) -> "tuple[str, ...]":
        """Return the lines."""
        return self.args

    def __str__(self) -> str:
        return "\n".join(self.args)


def tried(problems: "list[str]", function: "Any", *arguments: "Any") -> "Any":
    """Return what a function returns. If it raises ValueError, return None and add its text to ``problems``.

    That is any ValueError: the function must raise it only for what the user can mend.
    """
    try:
        return function(*arguments)
    except Problems as error:
        problems += error.problems
    except ValueError as error:
        problems.append(str(error))
    return None


def raise_all(problems: "Sequence[str]") -> None:
    """Raise one error for all problems, if there are any."""
    if len(problems) > 1:
        raise Problems(*problems)
    if problems:
        raise ValueError(problems[0])


def missing_message(text: str, place: str) -> str:
    """Return the error for a missing value, with the cure."""
    what = f"is {quote(text)}, which stands for a missing value" if text else "is empty"
    return (
        f"{place} {what}; fill it in, or choose --missing impute or --missing drop (in read_csv missing=\"keep\" or "
        f"\"drop\")"
    )


def odd_message(text: str, place: str, name: str, kind: str = "number", decimal: str = ".") -> str:
    """Return why a cell of a column of numbers or dates is refused, with the cure."""
    stripped = text.strip(BLANK)
    large = accepted_by_float(stripped) and abs(float(stripped)) == math.inf
    if large and stripped.strip("+-")[:1] not in ("i", "I"):
        return f"{place} is {quote(text)}, which is too large for a double (1.8e308); correct the cell"
    if stripped.lower().strip("+") in ("nan", "-nan", "na", "n/a", "inf", "-inf", "infinity", "-infinity", "null",
                                       "none", "?", "-", ".", "#n/a", "<na>", "\\n"):
        cure = "if a value is missing, leave the cell empty and choose --missing impute or --missing drop"
    elif decimal == "." and plain_number(stripped, ",") is not None:
        cure = "use --decimal , (decimal=\",\") if these are decimal signs"
    elif decimal == "," and plain_number(stripped, ".") is not None:
        cure = "use --decimal . (decimal=\".\") if points are decimal signs here"
    else:
        text_option = option("--text", name)
        cure = f"correct the cell, or train with the column as text ({text_option}, in read_csv text=[{name!r}])"
    return f"{place} is {quote(text)}, not a {kind} like the others of its column; {cure}"


class Note:
    """What happened to a column. Columns with the same ``key`` share a sentence; ``count`` cells are missing values."""

    def __init__(self, name: str, text: str, key: str = "", count: int = 0) -> None:
        self.name = name
        self.text = text
        self.key = key or name + text
        self.count = count


class Values:
    """A growing column of numbers or dates in one form. ``values`` is an array of doubles, nan for missing values.

    A cell that has another form and is no word for a missing value is ``odd``: refused if ``missing`` is "refuse" or
    ``words`` are strict, a missing value otherwise. ``odd_texts`` has the first of them, and how often each occurs;
    ``odd_row`` is the first one's row.
    """

    def __init__(self, name: str, form: "Form", words: "Words", missing: str = REFUSE) -> None:
        self.name = name
        self.form = form
        self.kind = form[0]
        self.values = array("d")
        self.note = Note(name, "")  # on the form
        self.odd = self.rounded = self.odd_row = 0
        self.odd_texts: "dict[str, int]" = {}
        self.marks: "dict[str, int]" = {}  # words for missing values, and how often each occurs
        self.example = ""  # of a whole number that is rounded
        self._words = words
        self._missing = missing
        self._parse = parser_of(form)
        self._decimal = form[1] if form[0] == "number" and form[2:] == ["", "", ""] else ""
        self._known: "dict[str, float]" = {}  # of dates, which repeat and take long to read

    def append(self, texts: "Sequence[str]", place: "Callable[[int], str]") -> None:
        """Append cells. ``place(k)`` returns the place of the k-th cell for an error message."""
        found = None
        if self._decimal and not self._words.numbers:
            found = plain_numbers(texts, self._decimal, self._missing == KEEP)
        if found is None:
            found = [self.value(text.strip(BLANK), 1, place, k) for k, text in enumerate(texts)]
        self.values.fromlist(found)

    def value(self, text: str, count: int, place: "Callable[[int], str]", k: int) -> float:
        """Return the number in a cell, which occurs ``count`` times, or nan for a missing value."""
        if text in self._known:
            return self._known[text]
        number = self._parse(text) if text else None
        if number is not None:
            if self.kind == "date" and len(self._known) < MOST_LABELS:
                self._known[text] = number
            return self._checked(number, text, count, place, k) if self.kind == "number" else number
        if text and not self._words.missing(text):
            if self._missing == REFUSE or self._words.strict:
                raise ValueError(odd_message(text, place(k), self.name, self.kind, self._decimal))
            self.odd_row = self.odd_row if self.odd else len(self.values) + k
            self.odd += count
            if text in self.odd_texts or len(self.odd_texts) < MOST_LABELS:
                self.odd_texts[text] = self.odd_texts.get(text, 0) + count
            return math.nan
        return self._missed(text, count, place, k)

    def _missed(self, text: str, count: int, place: "Callable[[int], str]", k: int) -> float:
        if self._missing == REFUSE:
            raise ValueError(missing_message(text, place(k)))
        if text:
            self.marks[text] = self.marks.get(text, 0) + count
        return math.nan

    def _checked(self, number: float, text: str, count: int, place: "Callable[[int], str]", k: int) -> float:
        """Return a number, or nan if it is one of ``na_values``; count the whole numbers that are rounded."""
        if number in self._words.numbers:
            return self._missed(text, count, place, k)
        if abs(number) >= EXACT and text.strip("+-").isdigit() and int(text) != number:
            self.rounded += count
            self.example = self.example or text
        return number

    def finish(self) -> "Values":
        """Return this column."""
        return self

    def fails(self) -> bool:
        """Return whether too many cells are odd."""
        filled = len([value for value in self.values if value == value]) if self.odd else 0
        return self.odd * RARE > filled + self.odd or self.odd > 0 and self.odd >= filled

    def notes(self) -> "list[Note]":
        """Return what happened to the cells."""
        found = marks_note(self.name, self.marks)
        found += odd_note(self.name, self.kind, self.odd, self.odd_texts)
        if self.rounded:
            found.append(Note(self.name, f"whole numbers such as {self.example} are rounded to 53 bits", "rounded"))
        return found


def marks_note(name: str, marks: "dict[str, int]") -> "list[Note]":
    """Return the note on words that stand for missing values."""
    if not marks:
        return []
    shown = [quote(word) for word in marks]
    words = " or ".join(shown) if len(shown) < 4 else ", ".join(shown[:3]) + ", ..."
    count = 0
    for word in marks:
        count += marks[word]
    return [Note(name, "of " + words, "marks " + words, count)]


def odd_note(name: str, kind: str, odd: int, texts: "dict[str, int]") -> "list[Note]":
    """Return the note on cells that have another form than their column."""
    return [Note(name, f"such as {quote(next(iter(texts)))}, among {kind}s,", "", odd)] if odd else []


def joined_notes(notes: "list[Note]") -> "list[str]":
    """Return the notes as sentences, one for all columns with the same note."""
    groups: "dict[str, list[Note]]" = {}
    for note in notes:
        groups.setdefault(note.key, []).append(note)
    return [_sentence(groups[key]) for key in groups]


def _sentence(notes: "list[Note]") -> str:
    names = [quote(note.name) for note in notes]
    if len(names) > 3:
        names = [", ".join(names[:2]) + f" and {len(names) - 2} more"]
    count = 0
    for note in notes:
        count += note.count
    text = notes[0].text
    if count:
        text = f"{plural(count, 'cell')} {text} {'is a missing value' if count == 1 else 'are missing values'}"
    return f"column{'s' if len(notes) > 1 else ''} {', '.join(names)}: {text}"


class Interned(dict):  # type: ignore[type-arg]
    """A dict that gives each new text the next number, "" the number -1, and other missing words -2, -3, ..."""

    def __init__(self, labels: "list[str]", words: "Words") -> None:
        self.labels = labels
        self.marks: "list[str]" = []
        self._missing = words.of_texts
        self[""] = -1

    def __missing__(self, text: str) -> int:
        if text in self._missing:
            self.marks.append(text)
            number = self[text] = -1 - len(self.marks)
        else:
            number = self[text] = len(self.labels)
            self.labels.append(text)
        return number


class Texts:
    """A growing column of texts: each distinct text once in ``labels``, and its index there in ``codes``, per row.

    The code of a missing value is -1. ``guess`` returns the form of a column by its texts. With it, the column turns
    into numbers or dates in the end, or (``early``) once it has more than MOST_LABELS labels, if they have one form. An
    ``undecided`` column does so only with more than MOST_LABELS labels; with fewer, what is no number or date among
    them becomes a missing value. ``odd``, ``odd_texts`` and ``odd_row``: as for Values.
    """

    kind = "text"
    form = TEXT

    def __init__(
        self, name: str, words: "Words", missing: str = REFUSE,
        guess: "Callable[[list[tuple[str, int]]], Guess] | None" = None, undecided: bool = False,
        early: bool = True,
    ) -> None:
        self.name = name
        self.codes = array("i")
        self.labels: "list[str]" = []
        self.note = Note(name, "")  # on the form
        self.odd = self.odd_row = 0
        self.odd_texts: "dict[str, int]" = {}
        self._odd_kind = ""
        self._interned = Interned(self.labels, words)
        self._marks: "dict[str, int]" = {}  # words for missing values, and how often each occurs
        self._words = words
        self._missing = missing
        self._guess = guess
        self._undecided = undecided
        self._early = guess is not None and early
        self._values: "Values | None" = None

    def append(self, texts: "Sequence[str]", place: "Callable[[int], str]") -> None:
        """Append cells. ``place(k)`` returns the place of the k-th cell for an error message."""
        if self._values:
            self._values.append(texts, place)
            return
        stripped = [text.strip(BLANK) for text in texts]
        codes = list(map(self._interned.__getitem__, stripped))
        if self._missing != KEEP and min(codes) < 0:
            k = codes.index(min(codes))
            raise ValueError(missing_message(stripped[k], place(k)))
        self.codes.fromlist(codes)
        if "\0" in "".join(stripped):
            k = ["\0" in text for text in stripped].index(True)
            raise ValueError(f"{place(k)} contains a zero byte: is this a text file?")
        if self._early and len(self.labels) > MOST_LABELS:
            self._early = False
            self._values = self._as_values()
            if not self._values and not self.note.text:  # less than half of the texts have a form
                self._guess = None

    def finish(self) -> "Texts | Values":
        """Return this column, or the column of numbers or dates that it has become."""
        if self._guess and not self._values:
            if self._undecided:
                self._drop_others()
            else:
                self._values = self._as_values()
        if self._values:
            return self._values
        if self._interned.marks:
            from collections import Counter

            counts = Counter(self.codes)
            self._marks = {word: counts[-2 - k] for k, word in enumerate(self._interned.marks)}
            self.codes = array("i", [max(code, -1) for code in self.codes])
        return self

    def _as_values(self) -> "Values | None":
        """Return the column that the texts spell, or None if they have no form."""
        from collections import Counter

        counts = Counter(self.codes)
        guess = self._guess([(label, counts[k]) for k, label in enumerate(self.labels)])  # type: ignore[misc]
        self.note = Note(self.name, guess.note, guess.key)
        if guess.form[0] == "text":
            return None
        column = Values(self.name, guess.form, self._words, self._missing)
        column.note = self.note

        def place(k: int) -> str:
            return f"row {self.codes.index(k) + 1}, column {quote(self.name)}"

        table = [column.value(label, counts[k], place, k) for k, label in enumerate(self.labels)]
        column.odd_row = self.codes.index(column.odd_row) if column.odd else 0  # until now it is a label's
        for k, word in enumerate(self._interned.marks):
            column.marks[word] = counts[-2 - k]
        table += [math.nan] * (1 + len(self._interned.marks))
        column.values.extend([table[code] for code in self.codes])
        return column

    def _drop_others(self) -> None:
        """Take words such as "?", and a few other texts, for missing values if the labels are numbers or dates."""
        from collections import Counter

        counts = Counter(self.codes)
        guess = self._guess([(label, counts[k]) for k, label in enumerate(self.labels)])  # type: ignore[misc]
        if guess.form[0] == "text":
            self.note = Note(self.name, guess.note, guess.key)
            return
        parse, marks, table = parser_of(guess.form), self._interned.marks, []
        kept: "list[str]" = []
        for k, label in enumerate(self.labels):
            number = parse(label)
            if self._words.strict or number is not None and number not in self._words.numbers:
                table.append(len(kept))
                kept.append(label)
            elif number is not None or self._words.missing(label):
                marks.append(label)
                table.append(-1 - len(marks))
            else:
                self.odd_row = self.odd_row if self.odd else self.codes.index(k)
                self.odd_texts[label] = counts[k]
                self.odd += counts[k]
                table.append(-1)
        self._odd_kind, self.labels = guess.form[0], kept
        self.codes = array("i", [table[code] if code >= 0 else code for code in self.codes])

    def notes(self) -> "list[Note]":
        """Return what happened to the cells."""
        return marks_note(self.name, self._marks) + odd_note(self.name, self._odd_kind, self.odd, self.odd_texts)


def numbers_of(
    name: str, codes: "array[int]", labels: "list[str]", words: "Words", signs: str = "."
) -> "Values | None":
    """Return the column of numbers or dates that the texts spell, or None if they have no form."""
    column = Texts(name, words, KEEP, lambda counted: guess_form(name, counted, words, signs))
    column.labels, column.codes = labels, codes
    found = column.finish()
    return found if isinstance(found, Values) else None
