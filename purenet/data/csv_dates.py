"""Read dates and times as seconds since 1970-01-01 00:00, in the proleptic Gregorian calendar.

A pattern names the order of a date's parts as ``strftime`` does; its separators stand for any of ``/ . -``, and beside
the name of a month also for blanks and commas. Days, months and hours can have one digit. A time can follow any date:
``T`` or a blank, hours and minutes, then seconds with a fraction, AM or PM, and an offset from UTC, which counts.
"""
TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

DAY = 86400  # seconds
MONTHS = ("january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
          "december")
PIVOT = 69  # two-digit years below it are 20.., the others 19.., as strptime has it
Y, Y2, M, D, B = r"(?P<Y>\d{4})", r"(?P<y>\d\d)", r"(?P<m>\d\d?)", r"(?P<d>\d\d?)", r"(?P<b>[A-Za-z]{3,9})"
SIGN, SAME = r"(?P<s>[/.-])", r"(?P=s)"
GAP = r"(?:\s*[/.,-]\s*|\s+)"
WEEKDAY = r"(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*\.?,?\s+)?"
PATTERNS = (  # in the order in which they are tried
    ("%Y-%m-%d", Y + SIGN + M + SAME + D), ("%d/%m/%Y", D + SIGN + M + SAME + Y), ("%m/%d/%Y", M + SIGN + D + SAME + Y),
    ("%d/%m/%y", D + SIGN + M + SAME + Y2), ("%m/%d/%y", M + SIGN + D + SAME + Y2),
    ("%y-%m-%d", Y2 + "-" + M + "-" + D),
    ("%d %b %Y", WEEKDAY + D + GAP + "?" + B + GAP + "?" + Y),
    ("%d %b %y", WEEKDAY + D + GAP + "?" + B + GAP + "?" + Y2),
    ("%b %d %Y", WEEKDAY + B + GAP + D + GAP + Y), ("%Y-%m", Y + "-" + M), ("%b %Y", B + GAP + Y),
    ("%H:%M", ""), ("%Y%m%d", r"(?P<Y>\d{4})(?P<m>\d\d)(?P<d>\d\d)"),
)
ALIKE = (  # patterns that many dates share: a number above 12, or above 31, tells them apart
    ("%d/%m/%Y", "%m/%d/%Y"), ("%d/%m/%y", "%m/%d/%y", "%y-%m-%d"),
)
CLOCK = r"(?P<H>\d\d?):(?P<M>\d\d)(?::(?P<S>\d\d)(?:[.,](?P<f>\d+))?)?(?:\s?(?P<p>[AaPp])\.?[Mm]\.?)?"
ZONE = r"(?:\s?(?P<z>Z|UTC|GMT|[+-]\d\d(?::?\d\d)?))?"


def days_from_civil(year: int, month: int, day: int) -> int:
    """Return the days from 1970-01-01 to a date.

    Years are counted from March, so that a leap day ends its year; 400 of them have 146,097 days (Howard Hinnant,
    "chrono-compatible low-level date algorithms").
    """
    year -= month <= 2
    month = (month + 9) % 12  # 0 is March
    return 365 * year + year // 4 - year // 100 + year // 400 + (153 * month + 2) // 5 + day - 1 - 719468


def civil_from_days(days: int) -> "tuple[int, int, int]":
    """Return (year, month, day) of a number of days since 1970-01-01."""
    days += 719468
    era, rest = days // 146097, days % 146097
    year = (rest - rest // 1460 + rest // 36524 - rest // 146096) // 365
    rest -= 365 * year + year // 4 - year // 100
    month = (5 * rest + 2) // 153
    return (year + 400 * era + (month >= 10), month + 3 if month < 10 else month - 9,
            rest - (153 * month + 2) // 5 + 1)


def days_in_month(year: int, month: int) -> int:
    """Return the number of days of a month."""
    if month == 2:
        return 29 if year % 4 == 0 and (year % 100 != 0 or year % 400 == 0) else 28
    return 30 if month in (4, 6, 9, 11) else 31


class DateParser:
    """Read texts of one of ``PATTERNS``."""

    def __init__(self, pattern: str) -> None:
        import re

        source = [regex for name, regex in PATTERNS if name == pattern][0]
        source = source + r"(?:(?:T|,?\s+)" + CLOCK + ZONE + ")?" if source else CLOCK
        self._match: "Any" = re.compile(source, re.ASCII).fullmatch

    def parse(self, text: str) -> "float | None":
        """Return the seconds since 1970-01-01 00:00 of a date or time, or None for another text."""
        match = self._match(text)
        if match is None:
            return None
        found = match.groupdict()
        seconds = _date(found) if "Y" in found or "y" in found else 0
        clock = _clock(found) if found["H"] else 0
        if seconds is None or clock is None:
            return None
        seconds += clock
        if not found["f"]:
            return float(seconds)
        parts = int("1" + "0" * len(found["f"]))
        return (seconds * parts + int(found["f"])) / parts


def _date(found: "Any") -> "int | None":
    """Return the seconds to the start of a day, or None if there is no such day."""
    year = int(found.get("Y") or found["y"])
    if "y" in found:
        year += 2000 if year < PIVOT else 1900
    month, day = _month(found["b"].lower()) if "b" in found else int(found["m"]), int(found.get("d") or 1)
    if year < 1 or not 1 <= month <= 12 or not 1 <= day <= days_in_month(year, month):
        return None
    return days_from_civil(year, month, day) * DAY


def _month(name: str) -> int:
    """Return the number of a month by its English name or the first three letters, 0 for another word."""
    known = [k + 1 for k, one in enumerate(MONTHS) if name in (one, one[:3], one[:4] if one == "september" else one)]
    return known[0] if known else 0


def _clock(found: "Any") -> "int | None":
    """Return the seconds since midnight UTC, or as written without an offset; None if there is no such time."""
    hour, minute, second = int(found["H"]), int(found["M"]), int(found["S"] or 0)
    if found["p"]:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if found["p"] in "Pp" else 0)
    zone = found.get("z") or "Z"
    digits = zone[1:].replace(":", "") if zone[0] in "+-" else "0000"
    offset = int(digits[:2]) * 3600 + int(digits[2:] or 0) * 60
    if hour > 23 or minute > 59 or second > 59 or offset >= DAY:
        return None
    return hour * 3600 + minute * 60 + second - (-offset if zone[0] == "-" else offset)


def written_date(seconds: float) -> str:
    """Return seconds since 1970-01-01 as people write them in ISO 8601, without a time at midnight."""
    days, rest = int(seconds // DAY), seconds % DAY
    whole = int(rest)
    year, month, day = civil_from_days(days)
    date = f"{year:04d}-{month:02d}-{day:02d}"
    return date + (f" {whole // 3600:02d}:{whole // 60 % 60:02d}:{whole % 60:02d}" if rest else "")
