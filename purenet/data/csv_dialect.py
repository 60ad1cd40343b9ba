"""Judge by the first lines how a file is written: its delimiter, its comment lines, and the lines before its rows."""
from .._core.messages import plural, quote
from .csv_header import begins_with_digit, header_is_likely, named, second_lines
from .csv_rows import GAPS, NOT_CLOSED, SPACES, Block, RecordError, split_block

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Sequence

DELIMITERS = ",;\t|"
COMMENTS = ("#", "%", "//")
ENOUGH = 9 / 10  # of a perfect score: then spaces are not tried
ARFF = ("@relation", "@attribute", "@data")
SAMPLE = 200  # rows, and columns, whose cells are looked at
MOST_COLUMNS = 100_000  # keeps the memory of a hostile file within bounds


class Dialect:
    """How a file is written, judged by its first lines.

    ``names``: of the columns, "" for one that is left out. ``skip``: the number of lines before the rows. ``mark``:
    what comment lines start with, or "". ``comments``: such lines before the rows. ``header``: whether the file has a
    line of names.
    """

    def __init__(self, text: str, delimiter: "str | None", header: "bool | None", decimal: "str | None") -> None:
        self.notes: "list[str]" = []
        self.names: "list[str]" = []
        self.header = bool(header)
        self.comments: "list[int]" = []
        text, self.skip, said = _without_sep(text)
        self.mark, comment = _comment_mark(text)
        self.delimiter = delimiter or said or _found_delimiter(
            text, self.mark, DELIMITERS.replace(decimal or ".", ""))
        if self.delimiter in (SPACES, GAPS) and not delimiter:
            self.notes.append("cells are separated by " + (
                "spaces or tabs" if self.delimiter == SPACES else "two or more spaces"))
        block = _split(text, self.delimiter, self.mark)
        filled = [k for k, row in enumerate(block.rows) if _is_filled(row)]
        rows = [[cell.strip(" \t") for cell in block.rows[k]] for k in filled]
        if not rows:
            if '"' in text:
                raise ValueError(f"line {self.skip + 1}: {NOT_CLOSED}")
            return
        if max([len(row) for row in rows]) > MOST_COLUMNS:
            raise ValueError(f"a row has more than {MOST_COLUMNS:,} cells, the most that are read; is this a table?")
        self._width = _common_width(rows)[0]
        start = self._start(rows)
        if start:
            self.notes.append(f"{plural(start, 'line')} before the table left out, the first is {quote(rows[0][0])}")
        names = self._names(rows, start, header, comment)
        if not self.header:
            self._number_columns(rows[start], header)
        elif names:
            self.names = named(names, self._below(rows[start:]), self._width, False, self.notes)
        else:
            below = self._below(rows[start + 1:])
            self.names = named(rows[start], below, self._width, self.delimiter == SPACES, self.notes)
            start += 1 + second_lines(rows[start:], self.notes)
        skip = max([line for line in block.comments if line < block.ends[filled[0]]] + [0])
        skip = max(skip, block.ends[filled[start - 1]] if start else 0)
        self.comments = [self.skip + line for line in block.comments if line <= skip]
        if names and not _attributes(rows):
            self.comments.pop()
        self.skip += skip

    def _below(self, rows: "Sequence[list[str]]") -> "list[list[str]]":
        return [row for row in rows if len(row) == self._width]

    def _start(self, rows: "Sequence[list[str]]") -> int:
        """Return the number of rows before the table: they are narrower than it, and not its names."""
        for k, row in enumerate(rows):
            if row[0].lower().startswith(ARFF):
                continue
            if len(row) == self._width:
                return k
            behind = self._below(rows[k + 1:])
            follows = k + 1 == len(rows) or len(rows[k + 1]) >= self._width
            title = len(row) == 1 and behind and header_is_likely(behind[0], behind[1:])
            if len(row) >= self._width - 1 and follows and not title:
                return k
        return 0

    def _names(self, rows: "Sequence[list[str]]", start: int, header: "bool | None", comment: str) -> "list[str]":
        """Decide whether there is a header. Return its names if they stand before the table's first row."""
        if header is not None:
            return []
        names = _attributes(rows[:start])
        if len(names) == self._width:
            self.notes.append("the names of the columns are those of the lines @attribute (ARFF)")
            self.header = True
            return names
        self.header = len(rows[start]) != self._width or header_is_likely(
            rows[start], self._below(rows[start + 1:]))
        if not comment or self.header and not all([begins_with_digit(cell) for cell in rows[start]]):
            return []
        names = [name.strip(" \t") for name in _split(comment, self.delimiter, "").rows[0]]
        if len(names) != self._width or not header_is_likely(names, self._below(rows[start:])):
            return []
        self.notes.append(f"the names of the columns are those of a comment line, without its {self.mark}")
        self.header = True
        return names

    def _number_columns(self, first: "Sequence[str]", header: "bool | None") -> None:
        self.names = [str(j + 1) for j in range(max(self._width, len(first)))]
        if header is None:
            shown = ", ".join([quote(cell) for cell in first[:3]]) + (", ..." if len(first) > 3 else "")
            self.notes.append(
                f"the first line ({shown}) looks like a row, not like names: the columns are called by their numbers, "
                f"from 1 (--header, header=True, takes it for names)")


def _is_filled(row: "Sequence[str]") -> bool:
    return len(row) > 1 or bool(row and row[0].strip(" \t"))


def _split(text: str, delimiter: str, mark: str) -> Block:
    """Return the rows of the first lines. The last record can be cut off."""
    try:
        return split_block(text, None, delimiter, mark)
    except RecordError as error:
        return error.block


def _without_sep(text: str) -> "tuple[str, int, str]":
    """Return the text behind Excel's line "sep=;", the number of lines before it, and the delimiter it names."""
    import io

    stream = io.StringIO(text, newline="")
    line, before = "\n", 0
    while line and not line.strip():
        line = stream.readline()
        before += 1
    told = line.strip("\r\n").strip('"')
    if told[:4].lower() == "sep=" and told[4:] in ["\\t", SPACES] + list(DELIMITERS):
        return stream.read(), before, told[4:].replace("\\t", "\t")
    return text, 0, ""


def _comment_mark(text: str) -> "tuple[str, str]":
    """Return what the comment lines start with, and the last one before the table without it. "", "" if there are none.

    Lines are comments if the first line is one, and few lines behind it start in the same way.
    """
    lines = [line.strip() for line in text.replace("\r", "\n").split("\n") if line.strip()]
    for mark in COMMENTS:
        if not lines or not lines[0].startswith(mark):
            continue
        plain = [k for k, line in enumerate(lines) if not line.startswith(mark)]
        if plain and 2 * len(plain) >= len(lines) - plain[0]:
            return mark, lines[plain[0] - 1].lstrip(mark[0] + " \t")
    return "", ""


def _attributes(rows: "Sequence[list[str]]") -> "list[str]":
    """Return the names in ARFF's lines of attributes."""
    import re

    found = [re.match(r"""@attribute\s+(?:'([^']*)'|"([^"]*)"|(\S+))""", ",".join(row), re.IGNORECASE) for row in rows]
    return [one.group(1) or one.group(2) or one.group(3) for one in found if one]


def _found_delimiter(text: str, mark: str, candidates: str) -> str:
    """Return the delimiter that most rows bear out: it gives them the same number of cells, and whole cells."""
    best, most = candidates[0], (0.0, 0)
    for one in candidates:
        score = _score(text, one, mark)
        if score > most:
            best, most = one, score
    if most[0] >= ENOUGH:
        return best
    least = max(most[0], ENOUGH * ENOUGH)
    for one in (SPACES, GAPS):
        score = _score(text, one, mark)
        if score[0] > least:
            best, least = one, score[0]
    return best


def _score(text: str, delimiter: str, mark: str) -> "tuple[float, int]":
    """Return how well the rows fit a delimiter, from 0 to 1, and the number of columns it gives."""
    if delimiter not in text and delimiter != SPACES:
        return 0.0, 0
    rows = [row for row in _split(text, delimiter, mark).rows if _is_filled(row)]
    if not rows:
        return 0.0, 0
    width, share = _common_width(rows)
    if width < 2:
        return 0.0, 0
    cells = [cell for row in rows[:SAMPLE] if len(row) == width for cell in row[:SAMPLE]]
    whole = [cell for cell in cells if _is_whole(cell)]
    return round(share * len(whole) / len(cells), 6), width


def _common_width(rows: "Sequence[list[str]]") -> "tuple[int, float]":
    """Return the number of cells of most rows, and the share of these rows from the first of them on."""
    counts: "dict[int, int]" = {}
    for row in rows:
        counts[len(row)] = counts.get(len(row), 0) + 1
    wide = [width for width in counts if width > 1]
    if not wide:
        return 1, 1.0
    width = max(wide, key=lambda width: (counts[width], width))
    start = [len(row) for row in rows].index(width)
    share = counts[width] / (len(rows) - start) * (1 - start / len(rows) / 2)
    return (width, share) if 2 * counts[width] >= len(rows) - start else (1, share)


def _is_whole(cell: str) -> bool:
    """Return whether a cell looks like one cell: a number, or text in which no other delimiter seems to stand."""
    import re

    cell = cell.strip()
    if not cell or re.match(r"[-+]?[.,]?\d[\d.,]*([eE][-+]?\d+)?%?$|[-+]?\d{1,3}( \d{3})+([.,]\d+)?$", cell):
        return True
    if re.match(r"[-+\d.,eE]+([ \t]+[-+\d.,eE]+)+$", cell):  # several numbers
        return False
    return not re.search(r"[,;|](?! )|\t", cell)
