"""Take dates apart: hour, weekday and month of a time in seconds since 1970-01-01."""
from __future__ import annotations

from ..data.csv_dates import civil_from_days

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Sequence

DAY = 86400  # seconds
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
PARTS = (("hour", tuple(range(24)), 0), ("weekday", WEEKDAYS, 0), ("month", tuple(range(1, 13)), 1))
MANY_DAYS = 7  # if dates fall on at most so many days of the month, weekdays say nothing


def parts_of(seconds: float) -> tuple[int, int, int]:
    """Return hour, weekday (0: Monday) and month (1: January) of a time."""
    days, rest = divmod(seconds, DAY)
    return int(rest // 3600), (int(days) + 3) % 7, civil_from_days(int(days))[1]


def varying_parts(times: Sequence[float]) -> list[str]:
    """Return the parts of PARTS that differ among some times.

    The weekday is left out if there are no more than seven different days of the month: of dates such as the first of
    each month, it differs without saying anything.
    """
    found = [parts_of(time) for time in times]
    parts = [part for k, (part, _, _) in enumerate(PARTS) if len(dict.fromkeys([one[k] for one in found])) > 1]
    days = dict.fromkeys([civil_from_days(int(time // DAY))[2] for time in times])
    if "weekday" in parts and len(days) <= MANY_DAYS:
        parts.remove("weekday")
    return parts
