"""Relative days on the business's clock: across midnight, clock changes, month ends and leap days."""

from datetime import UTC, date, datetime, timedelta

import pytest

from ccsat.engine import Window
from ccsat.errors import StudyError
from ccsat.question import period
from ccsat.runs.days import resolve_day


def at(words):
    return datetime.fromisoformat(words).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("words", "zone", "now", "day"),
    [
        ("today", "Asia/Shanghai", "2024-06-30T15:59", "2024-06-30"),
        ("today", "Asia/Shanghai", "2024-06-30T16:01", "2024-07-01"),  # Shanghai is past midnight, UTC is not
        ("yesterday", "Asia/Shanghai", "2024-06-30T16:01", "2024-06-30"),
        ("yesterday", "America/New_York", "2024-03-10T12:00", "2024-03-09"),  # the day of 23 hours
        ("yesterday", "America/New_York", "2024-03-11T04:30", "2024-03-10"),
        ("yesterday", "America/New_York", "2024-11-04T05:30", "2024-11-03"),  # the day of 25 hours
        ("today-1", "Europe/Berlin", "2024-10-27T23:30", "2024-10-27"),
        ("yesterday", "UTC", "2024-03-01T00:10", "2024-02-29"),
        ("yesterday", "UTC", "2023-03-01T00:10", "2023-02-28"),
        ("today - 31", "UTC", "2024-03-31T10:00", "2024-02-29"),
        ("昨天", "Asia/Shanghai", "2024-01-01T01:00", "2023-12-31"),
        ("2024-06-03", "Asia/Shanghai", "2024-06-30T16:01", "2024-06-03"),
        (None, "Asia/Shanghai", "2024-06-30T16:01", None),
    ],
)
def test_words_become_a_day_of_the_business(words, zone, now, day):
    assert resolve_day(words, zone=zone, now=at(now)) == day


@pytest.mark.parametrize("zone", ["America/New_York", "Europe/Berlin", "Asia/Shanghai", "Australia/Lord_Howe"])
def test_every_hour_of_a_year_names_the_day_before_the_local_day(zone):
    from zoneinfo import ZoneInfo

    for hour in range(0, 366 * 24, 5):
        now = datetime(2024, 1, 1, tzinfo=UTC) + timedelta(hours=hour)
        local = now.astimezone(ZoneInfo(zone)).date()
        assert resolve_day("yesterday", zone=zone, now=now) == (local - timedelta(1)).isoformat()


@pytest.mark.parametrize("words", ["30.06.2024", "2024-6-3", "2024-02-30", "tomorrow", "today+1", "", "20240630"])
def test_other_words_are_refused(words):
    with pytest.raises(StudyError, match="ISO date"):
        resolve_day(words, zone="UTC")


def test_an_unknown_zone_is_refused_whatever_the_day():
    for words in ("today", "2024-06-30", None):
        with pytest.raises(StudyError, match="Mars/Olympus"):
            resolve_day(words, zone="Mars/Olympus")


@pytest.mark.parametrize(
    ("words", "as_of", "first", "last"),
    [
        ("last month", "2024-03-01", "2024-02-01", "2024-02-29"),
        ("last month", "2024-02-29", "2024-02-01", "2024-02-29"),
        ("last month", "2024-02-28", "2024-01-01", "2024-01-31"),
        ("month before last", "2024-03-31", "2024-02-01", "2024-02-29"),
        ("month before last", "2024-03-30", "2024-01-01", "2024-01-31"),
        ("last month", "2024-01-15", "2023-12-01", "2023-12-31"),
        ("last week", "2024-01-03", "2023-12-25", "2023-12-31"),
        ("last week", "2024-03-10", "2024-03-04", "2024-03-10"),
        ("last 7 days", "2024-03-03", "2024-02-26", "2024-03-03"),
    ],
)
def test_periods_of_a_day_at_the_ends_of_months(words, as_of, first, last):
    found = period(words, as_of=date.fromisoformat(as_of), label="current")
    assert found == Window("current", date.fromisoformat(first), date.fromisoformat(last))


def test_every_day_of_five_years_has_whole_months_before_it():
    for n in range(5 * 366):
        as_of = date(2023, 1, 1) + timedelta(n)
        current = period("last month", as_of=as_of, label="current")
        before = period("month before last", as_of=as_of, label="baseline")
        assert current.first.day == before.first.day == 1 and current.last <= as_of
        assert before.last + timedelta(1) == current.first and (current.last + timedelta(1)).day == 1
