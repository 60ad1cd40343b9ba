"""Decide how the cells of a CSV column are read: as numbers, dates or texts, and in which form they are written.

A form is a list that JSON can hold: ``["text"]``, ``["number", decimal, thousands, prefix, suffix]`` with "" for none,
or ``["date", pattern]``. A prefix that begins with "(" stands for negative numbers in parentheses.
"""
import math

from .._core.messages import quote
from .csv_dates import ALIKE, PATTERNS, PIVOT, DateParser, written_date

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, Iterable, Iterator, Sequence

    Form = list[str]
    Parse = Callable[[str], "float | None"]

DIGITS = "0123456789"
PLAIN = DIGITS + "+-.eE"  # the characters of a number
MINUS = "\u2212"  # the minus sign of typesetting
BLANK = " \t"  # ignored around a cell
TEXT = ["text"]
NUMBER = ["number", ".", "", "", ""]
PANDAS_MISSING = (  # the words that pandas.read_csv takes for missing values
    "#N/A", "#N/A N/A", "#NA", "-1.#IND", "-1.#QNAN", "-NaN", "-nan", "1.#IND", "1.#QNAN", "<NA>", "N/A", "NA", "NULL",
    "NaN", "None", "n/a", "nan", "null",
)
MORE_MISSING = (  # lower case; missing values among numbers or dates, but texts among texts
    "?", ".", "-", "--", "---", "..", "...", "*", "na", "n/a", "n.a.", "n.a", "nan", "+nan", "-nan", "none", "nil",
    "null", "(null)", "\\n", "missing", "unavailable", "not available", "unknown", "undefined", "inf", "+inf", "-inf",
    "infinity", "+infinity", "-infinity", "#div/0!", "#value!", "#ref!", "#num!", "#name?", "#null!", "#n/a", "#na",
    "<na>", "nat", "0000-00-00", "0000-00-00 00:00:00",
)
CURRENCIES = (
    "$ £ € ¥ ₹ ₽ ₩ ₺ ₪ ₫ ₦ ₱ ₴ ฿ US$ USD$ R$ A$ AU$ C$ CA$ NZ$ HK$ S$ Rs Rs. kr zł Kč Ft Fr. "
    "USD EUR GBP JPY CHF CAD AUD NZD INR CNY RMB KRW BRL MXN SEK NOK DKK PLN CZK HUF RUB TRY SGD HKD").split()
UNITS = (
    "% ‰ ° °C °F mm cm dm m km in inch inches ft feet foot yd mi mile miles mg g kg t lb lbs oz ml mL cl dl l L "
    "s sec secs second seconds ms us ns min mins minute minutes h hr hrs hour hours d day days wk week weeks mo month "
    "months y yr yrs year years Hz kHz MHz GHz B KB MB GB TB kB W kW MW kWh MWh V mV A mA mAh K Pa kPa hPa bar psi rpm "
    "mph kmh km/h kph m/s kmpl mpg cc CC bhp hp HP PS Nm kcal cal kJ J dB px pt em mm² cm² m² km² m³ ha pct").split()
SEPARATORS = {  # (decimal, thousands) in the order in which they are tried, by the file's signs (see decimal_signs)
    ".": ((".", ""), (".", ","), (",", ""), (",", ".")), ";": ((".", ""), (",", ""), (".", ","), (",", ".")),
    ",": ((",", ""), (",", "."), (".", ""), (".", ",")),
    "only .": ((".", ""), (".", ",")), "only ,": ((",", ""), (",", ".")),
}
SPACED = ((".", " "), (",", " "), (".", "'"), (",", "'"))
EXACT = 1 << 53  # larger whole numbers are not all doubles
SAMPLE = 40  # different texts from which the candidates are made
NAMES_OF_DATES = ("date", "datum", "fecha", "yyyymmdd", "ymd")  # of columns whose eight digits can be dates
RARE = 20  # at most one filled cell in so many can be another than the numbers or dates of its column


def plain_number(text: str, decimal: str = ".") -> "float | None":
    """Return the finite number in a cell, or None.

    ``float`` accepts more than people mean by a number: 1_000, nan, inf, digits of other scripts, line breaks, and
    1e999, which overflows to infinity. None of these counts as a number here.
    """
    text = text.strip(BLANK)
    if decimal != ".":
        text = text.replace(".", "?").replace(decimal, ".")
    if text.strip(PLAIN):  # not empty if any character is another
        return None
    try:
        number = float(text)
    except ValueError:
        return None
    return number if -math.inf < number < math.inf else None


def plain_numbers(texts: "Sequence[str]", decimal: str = ".", empty_too: bool = True) -> "list[float] | None":
    """Return the numbers in cells as plain as those of most files, nan for empty ones; None if one is not plain."""
    joined = "".join(texts)
    if not (joined.isascii() and joined.isprintable()) or "_" in joined or "n" in joined or "N" in joined:
        return None
    if decimal == ",":
        if "." in joined:
            return None
        texts = [text.replace(",", ".") for text in texts]
    try:
        filled = found = list(map(float, texts))
    except ValueError:
        if not empty_too or "" not in texts:
            return None
        try:
            found = [float(text) if text else math.nan for text in texts]
        except ValueError:
            return None
        filled = [number for number in found if number == number]
    return found if filled and max(filled) < EXACT and min(filled) > -EXACT else None


class Words:
    """The words that stand for a missing value.

    ``of_texts``: in a column of texts, the words of pandas and ``na_values``. ``numbers``: those of ``na_values`` that
    are numbers. ``strict``: only an empty cell is missing.
    """

    def __init__(self, na_values: "Iterable[Any]" = (), strict: bool = False) -> None:
        self.strict = strict
        own = [na_values] if isinstance(na_values, str) else [str(word).strip(BLANK) for word in na_values]
        self.of_texts = dict.fromkeys(own if strict else list(PANDAS_MISSING) + own)
        self._of_numbers = {} if strict else dict.fromkeys(MORE_MISSING)
        self.numbers = [number for number in map(plain_number, own) if number is not None]

    def missing(self, text: str) -> bool:
        """Return whether a word stands for a missing value among numbers or dates."""
        return text in self.of_texts or text.lower() in self._of_numbers


def number_parser(form: "Form") -> "Parse":
    """Return a function that returns the number in a text of this form, or None for another text."""
    _, decimal, thousands, prefix, suffix = form
    if not thousands and not prefix and not suffix:
        return lambda text: plain_number(text.replace(MINUS, "-"), decimal)

    def parse(text: str) -> "float | None":
        parts = split_number(text)
        if parts is None or parts[1] != prefix.lstrip("(") or parts[3] != suffix:
            return None
        sign, _, body, _ = parts
        if sign == "(" and prefix[:1] != "(":
            return None
        whole, point, rest = body.partition(decimal)
        if thousands:
            groups = whole.split(thousands)
            if len(groups) > 1 and not _grouped(groups):
                return None
            whole = "".join(groups)
        number = plain_number(whole + "." + rest if point else whole) if decimal not in rest else None
        return -number if number is not None and sign in ("-", "(") else number

    return parse


def _grouped(groups: "list[str]") -> bool:
    """Return whether groups of digits are those of thousands: 1 234 567, or 12 34 567 as in India."""
    sizes = [len(group) for group in groups]
    middle = sizes[1:-1]
    return (sizes[-1] == 3 and groups[0][:1] != "0" and "".join(groups).isdigit() and (
        1 <= sizes[0] <= 3 and middle == [3] * len(middle) or 1 <= sizes[0] <= 2 and middle == [2] * len(middle)))


def split_number(text: str) -> "tuple[str, str, str, str] | None":
    """Return (sign, prefix, digits with separators, suffix) of a text around one number; the sign can be "("."""
    text = text.replace(MINUS, "-").replace("\u00a0", " ").replace("\u202f", " ").replace("\u2019", "'").strip(BLANK)
    first = [k for k, letter in enumerate(text) if letter in DIGITS]
    if not first:
        return None
    start, end = first[0], first[-1] + 1
    if start and text[start - 1] in ".,":
        start -= 1
    left, right = text[:start], text[end:]
    sign = ""
    for mark in "+-(":
        if mark in left:
            if sign or left.count(mark) > 1:
                return None
            sign, left = mark, left.replace(mark, "")
    if sign == "(":
        if right[-1:] != ")":
            return None
        right = right[:-1]
    if right[:1] == ".":
        right = right[1:]
    return sign, left.strip(BLANK), text[start:end], right.strip(BLANK)


def accepted_by_float(text: str) -> bool:
    """Return whether ``float`` accepts the cell, including 1_000 and nan."""
    try:
        float(text)
    except ValueError:
        return False
    return True


def is_form(value: "Any") -> bool:
    """Return whether a value, such as one from a file, is a form."""
    if not isinstance(value, list) or not all([isinstance(one, str) for one in value]):
        return False
    if value[:1] == ["number"]:
        return len(value) == 5 and value[1] in (".", ",") and value[2] in ("", ".", ",", " ", "'") and (
            value[1] != value[2])
    return value == TEXT or len(value) == 2 and value[0] == "date" and value[1] in [name for name, _ in PATTERNS]


class Guess:
    """How a column seems to be written: ``form``, and ``note``, on what a reader might not expect, or "".

    Columns with the same ``key`` can share a note.
    """

    def __init__(self, form: "Form", note: str = "", key: str = "") -> None:
        self.form = form
        self.note = note
        self.key = key or note


def parser_of(form: "Form") -> "Parse":
    """Return the function that reads a cell of numbers or dates."""
    return DateParser(form[1]).parse if form[0] == "date" else number_parser(form)


def option(name: str, value: str) -> str:
    """Return the words of a command line for an option and its value, quoted for the shell."""
    import shlex

    return f"{name}={shlex.quote(value)}" if value[:1] == "-" else f"{name} {shlex.quote(value)}"


def either_way(name: str, argument: str, value: str) -> str:
    """Return an option with its value, and the argument that says the same in Python."""
    return f"{option(name, value)} ({argument}=[{value!r}])"


def guess_form(
    name: str, counted: "Sequence[tuple[str, int]]", words: Words, signs: str = ".", odd_too: bool = False
) -> Guess:
    """Return how a column is written, by its different texts, without the empty one, and how often each occurs.

    ``signs``: a key of SEPARATORS. A column is numbers or dates if all texts but missing values have one form, or all
    but a few: at most one in RARE, and fewer than those that have it. ``odd_too``: or any number of others.
    """
    others = [text for text, _ in counted if words.missing(text) and text not in words.of_texts]
    counted = [pair for pair in counted if not words.missing(pair[0])]
    texts = [text for text, _ in counted]
    if not texts:
        return Guess(TEXT if others else NUMBER)
    if is_code(texts):
        zero = [text for text in texts if text[0] == "0"][0]
        return Guess(TEXT, f"read as text: as a number {quote(zero)} would lose its zeros", "codes")
    form, fits, total = best_form(name, counted, signs)
    if not fits:
        return Guess(TEXT)
    parse = parser_of(form)
    odd = [text for text in texts if parse(text) is None]
    if _is_undecided(form[1], texts, odd):
        return Guess(TEXT, f"read as text: nothing says whether day or month comes first in {quote(texts[0])}; dates "
                           f"such as 2020-01-31 are read as dates", "day or month first")
    if not odd_too and ((total - fits) * RARE > total or total - fits >= fits):
        note = f"read as text: {total - fits} of {total} filled cells, such as {quote(odd[0])}, are no {form[0]}s"
        if len(odd) == 1 and not any([letter in DIGITS for letter in odd[0]]):
            note += f"; if that is a missing value, {either_way('--na', 'na_values', odd[0])}"
        return Guess(TEXT, note if 2 * fits >= total else "")
    return Guess(form, *_note(form, [text for text in texts if parse(text) is not None]))


def _is_undecided(pattern: str, texts: "Sequence[str]", odd: "Sequence[str]") -> bool:
    """Return whether another pattern reads the dates as well, or some of the odd texts.

    With points the day comes first, if the year has four digits.
    """
    patterns = [one for alike in ALIKE for one in alike if pattern in alike and one != pattern]
    for parse in [DateParser(one).parse for one in patterns]:
        if odd and [text for text in odd if parse(text) is not None]:
            return True
        if not odd and not [text for text in texts if parse(text) is None]:
            return pattern != "%d/%m/%Y" or "." not in texts[0]
    return False


def guess_strictly(counted: "Sequence[tuple[str, int]]", decimal: str, all_of_them: bool = False) -> Guess:
    """Return NUMBER with this decimal sign if half of the cells, or all of them, are numbers, and TEXT if not."""
    fits = total = 0
    for text, count in counted:
        total += count
        if plain_number(text, decimal) is not None or accepted_by_float(text) and not all_of_them:
            fits += count
    return Guess(["number", decimal, "", "", ""] if fits == total or 2 * fits >= total and not all_of_them else TEXT)


def is_code(texts: "Sequence[str]") -> bool:
    """Return whether texts are codes such as 007: digits of one length, of which some begin with a zero."""
    size = len(texts[0])
    return (size > 1 and any([text[:1] == "0" for text in texts])
            and all([len(text) == size and text.isdigit() and text.isascii() for text in texts]))


def best_form(name: str, counted: "Sequence[tuple[str, int]]", signs: str) -> "tuple[Form, int, int]":
    """Return the form that most cells have, how many have it, and the number of cells."""
    best, most, total = TEXT, 0, 0
    for _, count in counted:
        total += count
    for form in candidates(name, counted[:SAMPLE], signs):
        parse, fits = parser_of(form), 0
        for text, count in counted:
            if parse(text) is not None:
                fits += count
        if fits > most:
            best, most = form, fits
        if fits == total:
            break
    return best, most, total


def candidates(name: str, counted: "Sequence[tuple[str, int]]", signs: str) -> "Iterator[Form]":
    """Yield the forms that the first texts of a column could have, the likeliest first."""
    with_digits = [text for text, _ in counted if any([letter in DIGITS for letter in text])]
    if not _is_most(with_digits, counted):
        return
    lowered = name.lower()
    if any([word in lowered for word in NAMES_OF_DATES]) and _fits_most(["date", "%Y%m%d"], counted):
        yield ["date", "%Y%m%d"]
    parts = [part for part in map(split_number, with_digits) if part]
    affixes = [(part[1], part[3]) for part in parts]
    prefix, suffix = max(dict.fromkeys(affixes), key=affixes.count) if affixes else ("?", "")
    if (not prefix or prefix in CURRENCIES) and (not suffix or suffix in CURRENCIES or suffix in UNITS):
        opened = "(" if any([part[0] == "(" for part in parts]) else ""
        spaced = any([" " in part[2] or "'" in part[2] for part in parts])
        for decimal, thousands in SEPARATORS[signs] + (SPACED if spaced else ()):
            yield ["number", decimal, thousands, opened + prefix, suffix]
    for pattern, _ in PATTERNS:
        if pattern != "%Y%m%d" and _fits_most(["date", pattern], counted):
            yield ["date", pattern]


def _fits_most(form: "Form", counted: "Sequence[tuple[str, int]]") -> bool:
    """Return whether half of the cells, or of the different texts, have this form."""
    parse = parser_of(form)
    return _is_most([text for text, _ in counted if parse(text) is not None], counted)


def _is_most(texts: "Sequence[str]", counted: "Sequence[tuple[str, int]]") -> bool:
    """Return whether half of the cells, or of the different texts, are among these."""
    some, total, own = 0, 0, dict.fromkeys(texts)
    for text, count in counted:
        total += count
        some += count if text in own else 0
    return 2 * some >= total or 2 * len(own) >= len(counted)


def _note(form: "Form", texts: "Sequence[str]") -> "tuple[str, str]":
    """Return what to say about numbers or dates in this form, and the key of that note."""
    parse = parser_of(form)
    if form[0] == "date":
        found = parse(texts[0]) or 0.0
        if form[1] == "%H:%M":
            return f"read as times, in seconds: {quote(texts[0])} is {_short(found)}", form[1]
        century = f" (two-digit years below {PIVOT} are 20..)" if "%y" in form[1] else ""
        written = written_date(found)
        example = f": {quote(texts[0])} is {written}" if texts[0] != written else ""
        return f"read as dates{example}{century}", form[1]
    special = [text for text in texts if plain_number(text) is None]
    if not special and form[1] == ".":
        zeros = [text for text in texts if text[:1] == "0" and text[1:2].isdigit()]
        if not zeros:
            return "", ""
        return f"read as numbers, {quote(zeros[0])} too; text=[...] (--text) keeps codes", "zeros"
    if form[1:] == [",", "", "", ""] and not [text for text in texts if "," in text]:
        return "", ""
    example = max(special or texts, key=len)
    note, key = f"read as numbers: {quote(example)} is {_short(parse(example) or 0.0)}", " ".join(form)
    _, decimal, thousands, prefix, suffix = form
    mark = thousands or decimal
    swapped = number_parser(["number", mark, "", prefix, suffix] if thousands else
                            ["number", "," if mark == "." else ".", mark, prefix, suffix])
    with_mark = [text for text in special or texts if mark in text]
    if mark in ",." and with_mark and not [text for text in with_mark if swapped(text) is None]:
        other = mark if thousands else "." if mark == "," else ","
        key += " alike"
        note += f", since {mark!r} {'separates thousands' if thousands else 'is the decimal sign'}; " \
                f"decimal={other!r} (--decimal {other}) reads it otherwise"
    return note, key


def _short(number: float) -> str:
    return repr(number)[:-2] if repr(number).endswith(".0") else repr(number)


def decimal_signs(columns: "Sequence[Sequence[str]]", delimiter: str) -> str:
    """Return the key of SEPARATORS for a file, by the first cells of its columns.

    It is "," if a column can only be read with decimal commas, and none only with points; ";" if nothing says so but
    the delimiter.
    """
    comma = point = False
    with_comma, with_point = number_parser(["number", ",", ".", "", ""]), number_parser(["number", ".", ",", "", ""])
    for cells in columns:
        some = [text.strip(BLANK) for text in cells[:SAMPLE]]
        joined = "".join(some)
        if "," not in joined and "." not in joined:
            continue
        some = [text for text in some if text]
        commas = [text for text in some if with_comma(text) is not None]
        points = [text for text in some if with_point(text) is not None]
        if 2 * len(commas) > len(some) and len(commas) > len(points):
            comma = True
        if 2 * len(points) > len(some) and len(points) > len(commas):
            point = True
    if comma and not point:
        return ","
    return ";" if delimiter == ";" and not point else "."
