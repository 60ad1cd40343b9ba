"""Dates and times against datetime: the calendar, every pattern, offsets and fractions; what is no date."""
import datetime
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from purenet.data.csv_dates import PATTERNS, DateParser, civil_from_days, days_from_civil, written_date

EPOCH = datetime.datetime(1970, 1, 1)
NAMES = [name for name, _ in PATTERNS]
WHOLE_DAYS = [name for name in NAMES if "%d" in name and "%y" not in name]


def seconds_of(moment):
    """The seconds as datetime's exact integers give them, rounded once."""
    gone = moment - EPOCH
    return ((gone.days * 86400 + gone.seconds) * 10 ** 6 + gone.microseconds) / 10 ** 6


def in_english(moment, pattern):
    """What strftime writes under an English locale, with years of four digits on every platform."""
    short = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()[moment.month - 1]
    return moment.strftime(pattern.replace("%b", short).replace("%Y", f"{moment.year:04d}"))


def test_the_calendar_is_that_of_datetime():
    for day in range(datetime.date.min.toordinal(), datetime.date.max.toordinal() + 1, 13):
        date = datetime.date.fromordinal(day)
        assert days_from_civil(date.year, date.month, date.day) == day - 719163
        assert civil_from_days(day - 719163) == (date.year, date.month, date.day)


@pytest.mark.parametrize("pattern", WHOLE_DAYS)
@given(moment=st.datetimes())
def test_every_pattern_reads_what_strftime_writes(pattern, moment):
    parse = DateParser(pattern).parse
    day = datetime.datetime.combine(moment.date(), datetime.time())
    assert parse(in_english(moment, pattern)) == seconds_of(day)
    for time in ("%H:%M:%S.%f", "%H:%M:%S.%fZ", "%I:%M:%S.%f %p"):
        assert parse(in_english(moment, f"{pattern} {time}")) == seconds_of(moment)
    assert written_date(seconds_of(moment)).startswith(moment.date().isoformat())


@given(moment=st.datetimes(), minutes=st.integers(-1439, 1439))
def test_iso_8601_with_offsets_is_read_as_datetime_reads_it(moment, minutes):
    aware = moment.replace(tzinfo=datetime.timezone(datetime.timedelta(minutes=minutes)))
    exact = ((aware - EPOCH.replace(tzinfo=datetime.timezone.utc)) // datetime.timedelta(microseconds=1)) / 10 ** 6
    for text in (aware.isoformat(), aware.isoformat(" "), re.sub(r":(\d\d)$", r"\1", aware.isoformat())):
        assert DateParser("%Y-%m-%d").parse(text) == exact


@pytest.mark.parametrize("pattern, text, iso", [
    ("%Y-%m-%d", "2020/1/3", "2020-01-03"), ("%Y-%m-%d", "2020-01-31T10:20", "2020-01-31 10:20:00"),
    ("%d/%m/%Y", "1.2.2020 7:05", "2020-02-01 07:05:00"), ("%m/%d/%y", "1/22/20", "2020-01-22"),
    ("%d/%m/%y", "22-01-69", "1969-01-22"), ("%d/%m/%y", "22-01-68", "2068-01-22"),
    ("%d %b %Y", "31-Jan-2020", "2020-01-31"), ("%d %b %Y", "01JAN1960", "1960-01-01"),
    ("%d %b %Y", "Fri, 31 January 2020 10:00:00 GMT", "2020-01-31 10:00:00"), ("%d %b %y", "5-Sept-01", "2001-09-05"),
    ("%b %d %Y", "Jan 31, 2020", "2020-01-31"), ("%b %d %Y", "January 31 2020 1:05 PM", "2020-01-31 13:05:00"),
    ("%b %d %Y", "Jan 1, 2020 12:00 a.m.", "2020-01-01"), ("%Y-%m", "2020-02", "2020-02-01"),
    ("%b %Y", "February 2020", "2020-02-01"), ("%Y%m%d", "20200229", "2020-02-29"),
    ("%H:%M", "7:05", "1970-01-01 07:05:00"), ("%H:%M", "23:59:59", "1970-01-01 23:59:59"),
])
def test_the_common_ways_of_writing_a_date(pattern, text, iso):
    assert written_date(DateParser(pattern).parse(text)) == iso


@pytest.mark.parametrize("pattern, text", [
    ("%Y-%m-%d", text) for text in (
        "2019-02-29", "1900-02-29", "2020-13-01", "2020-00-01", "2020-01-00", "0000-01-01", "20-01-01", "2020-01/01",
        "2020-01-01 24:00", "2020-01-01 10:60", "2020-01-01 10:00:60", "2020-01-01T", "2020-01-01 13:00 PM",
        "2020-01-01 0:00 AM", "2020-01-01 10:00+24:00", "2020-01-01x", "٢٠٢٠-٠١-٠١", "2020-01-01\n", "")
] + [("%d/%m/%Y", "31/04/2020"), ("%d %b %Y", "31 Foo 2020"), ("%d %b %Y", "31 Janu 2020"), ("%H:%M", "3:2"),
     ("%H:%M", "90:15"), ("%Y-%m", "2020-13"), ("%Y%m%d", "20201301")])
def test_what_is_no_date(pattern, text):
    assert DateParser(pattern).parse(text) is None
