"""Judge whether a table's first row has the names of its columns, and make names of it that are all different."""
from .._core.messages import plural, quote
from .csv_forms import plain_number

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Sequence

MISSING = ("", "na", "n/a", "nan", "null", "none", "?", "-", ".", "nil", "missing", "unavailable", "unknown")
TYPES = ("d", "c", "s", "t", "discrete", "continuous", "string", "time")  # Orange's second line
FLAGS = ("", "class", "meta", "ignore", "i", "m", "c")  # Orange's third line
MOST = 9 / 10  # of a column's filled cells begin with a digit in a column of numbers
SAMPLE = 1000  # columns that are looked at


def begins_with_digit(cell: str) -> bool:
    """Return whether a cell begins as numbers, amounts, dates and times do."""
    bare = cell.lstrip("+-(<>~ $\u20ac\u00a3\u00a5.,")
    return bare[:1].isdigit()


def _is_number(cell: str) -> bool:
    return plain_number(cell) is not None or plain_number(cell, ",") is not None


def header_is_likely(first: "Sequence[str]", below: "Sequence[Sequence[str]]") -> bool:
    """Return whether the first row has names rather than cells like those below it.

    Columns of numbers decide: a text there is a name, a number is not. In columns of text a cell that occurs again
    below is no name. Numbers that count on in equal steps, such as years, can be names.
    """
    if len(below) > 1 and first and not first[0] and all(first[1:]) and _name_rows(["".join(row[:1]) for row in below]):
        return True  # R's names of rows, whose column has no name
    names = cells = repeated = texts = 0
    for j, cell in enumerate(first[:SAMPLE]):
        filled = [row[j] for row in below if row[j].lower() not in MISSING]
        if not filled or cell.lower() in MISSING:
            continue
        if _are_numbers(filled):
            like = _is_number if all(map(_is_number, filled)) else begins_with_digit
            cells += like(cell)
            names += not like(cell)
        else:
            texts += 1
            repeated += cell in filled
    if not below:
        return not first or not all([begins_with_digit(cell) for cell in first])
    if names == cells:
        return 2 * repeated < max(texts, 1) and (not repeated or len(dict.fromkeys(first)) == len(first))
    return names > cells or _counts_on(first, below[0])


def _name_rows(cells: "Sequence[str]") -> bool:
    return all(cells) and len(dict.fromkeys(cells)) == len(cells)


def _are_numbers(filled: "Sequence[str]") -> bool:
    return len([cell for cell in filled if begins_with_digit(cell)]) >= MOST * len(filled)


def _counts_on(first: "Sequence[str]", second: "Sequence[str]") -> bool:
    """Return whether the first row has years, or numbers that rise in equal steps, and the second has not."""
    numbers, others = _numbers(first), _numbers(second)
    if len(numbers) < 2:
        return False
    if sorted(dict.fromkeys(numbers)) == numbers and _are_years(numbers):
        return not _are_years(others)
    numbered = len(numbers) == len(first) and (numbers[0] == 0 or numbers[0] == 1 and len(numbers) > 2)
    return (numbered or len(numbers) > 3) and len(_steps(numbers)) == 1 and numbers[0] < numbers[1] and not (
        len(others) > 2 and len(_steps(others)) == 1)


def _numbers(row: "Sequence[str]") -> "list[float]":
    found = [plain_number(cell) for cell in row if begins_with_digit(cell)]
    return [] if None in found else found  # type: ignore[return-value]


def _are_years(numbers: "Sequence[float]") -> bool:
    return not [number for number in numbers if not 1000 < number < 3000 or number != int(number)]


def _steps(numbers: "Sequence[float]") -> "list[float]":
    return sorted(dict.fromkeys([after - before for before, after in zip(numbers, numbers[1:])]))


def second_lines(rows: "Sequence[list[str]]", notes: "list[str]") -> int:
    """Return how many rows below the names have units or types instead of cells, with a note.

    Such a row alone has text in the columns of numbers, at least two, and no text of the columns of text.
    """
    flags = [cell.split(" ")[0] for cell in rows[2]] if len(rows) > 3 else []  # "meta type=image"
    if flags and _has(rows[1], TYPES) and not _has(flags, FLAGS, False) and (
            _has(flags, ("class", "meta")) or not any(flags) and not _has(rows[1], ("",) + TYPES, False)):
        notes.append("the second and third line have the columns' types (Orange) and are left out")
        return 2
    if len(rows) < 3 or len(rows[1]) != len(rows[2]):
        return 0
    texts = numbers = 0
    for j, cell in enumerate(rows[1][:SAMPLE]):
        filled = [row[j] for row in rows[2:] if j < len(row) and row[j].lower() not in MISSING]
        if not filled or cell.lower() in MISSING:
            continue
        if not _are_numbers(filled):
            numbers += cell in filled
        elif begins_with_digit(cell):
            numbers += 1
        else:
            texts += 1
    if texts < 2 or numbers:
        return 0
    shown = ", ".join([quote(cell) for cell in rows[1] if cell][:3])
    notes.append(f"the line below the names ({shown}, ...) has texts in columns of numbers and is left out")
    return 1


def _has(row: "Sequence[str]", words: "Sequence[str]", known: bool = True) -> bool:
    """Return whether a cell is one of these words, or if not ``known`` none of them."""
    return any([(cell.lower() in words) == known for cell in row])


def named(
    first: "Sequence[str]", below: "Sequence[Sequence[str]]", width: int, spaces: bool, notes: "list[str]"
) -> "list[str]":
    """Return different names for the columns, "" for those left out. Notes say what is not as in the first row."""
    names = list(first)
    if spaces and len(names) > width:
        raise ValueError(
            f"the first line has {plural(len(names), 'name')}, the rows have {plural(width, 'cell')}; put names that "
            f"hold spaces in quotes")
    while len(names) > width and not names[-1]:
        names.pop()  # the line of names alone ends with a delimiter
    if len(names) == width - 1 and below:
        if any([row[-1] for row in below]):
            _check_row_names(names, below)
            names.insert(0, "")
        else:
            names.append("")  # the rows alone end with a delimiter
    if len(names) > 1 and not any(names):
        raise ValueError("the first line has no names; use --no-header (header=False) if it is a row")
    unnamed = [j for j, name in enumerate(names) if not name]
    if unnamed[:1] == [0] and len(dict.fromkeys([row[0] for row in below])) == len(below) > 1:
        notes.append("the first column has no name and names or counts the rows: it is left out")
        unnamed.pop(0)
    if len(unnamed) == 1:
        notes.append(f"column {unnamed[0] + 1} has no name and is left out")
    elif unnamed:
        notes.append(f"{len(unnamed)} columns have no name and are left out, the first is column {unnamed[0] + 1}")
    if len(names) > 1 and not [name for name in names if len(name) < 3 or not name[0] == name[-1] == "'"]:
        names = [name[1:-1] for name in names]
        notes.append("the single quotes around the names are left out")
    numbers = [name for name in names if plain_number(name) is not None]
    if numbers:
        notes.append(f"the first line has {quote(numbers[0])} among its names; if it is data, use --no-header")
    return _different(names, notes)


def _check_row_names(names: "Sequence[str]", below: "Sequence[Sequence[str]]") -> None:
    """Raise ValueError if the first column, which has no name, does not name the rows."""
    if len(dict.fromkeys([row[0] for row in below])) < len(below):
        raise ValueError(
            f"the first line has {plural(len(names), 'name')}, the rows have {plural(len(names) + 1, 'cell')}; name "
            f"every column, put cells that hold the delimiter in quotes, or name another --delimiter (delimiter=)")


def _different(names: "list[str]", notes: "list[str]") -> "list[str]":
    """Return the names with a number behind each that occurred before, as pandas does."""
    known = dict.fromkeys(names)
    seen: "dict[str, int]" = {}
    found = []
    changed = []
    for name in names:
        count = seen.get(name, 0)
        new = name
        while name and count and new in known:
            new = f"{name}.{count}"
            count += 1
        if new != name:
            known[new] = None
            changed.append(f"{quote(name)} is now {quote(new)}")
        seen[name] = max(count, 1)
        found.append(new)
    if changed:
        notes.append(f"{plural(len(changed), 'column')} with a name that occurred before: {', '.join(changed[:3])}"
                     + (", ..." if len(changed) > 3 else ""))
    return found
