"""Periods in words: whole days, counted from the day asked for."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ccsat.engine import Window
from ccsat.errors import StudyError
from ccsat.question import Question, day_of, is_relative, period
from ccsat.study import check_study

WEDNESDAY = date(2024, 6, 19)


def days(words, as_of=WEDNESDAY, **more):
    window = period(words, as_of=as_of, label="current", **more)
    return str(window.first), str(window.last)


@pytest.mark.parametrize(("words", "first", "last"), [
    ("2024-06", "2024-06-01", "2024-06-30"), ("2024-02", "2024-02-01", "2024-02-29"), ("2023-02", "2023-02-01", "2023-02-28"),
    ("2024-12", "2024-12-01", "2024-12-31"), ("2024-06-03", "2024-06-03", "2024-06-03"),
    ("2024-06-01/2024-06-20", "2024-06-01", "2024-06-20"), (" 2024-06-01 / 2024-06-20 ", "2024-06-01", "2024-06-20"),
    ("2024-05/2024-06", "2024-05-01", "2024-06-30"), ("2024-05-15/2024-06", "2024-05-15", "2024-06-30"),
    ("last week", "2024-06-10", "2024-06-16"), ("Last  Week", "2024-06-10", "2024-06-16"), ("week before last", "2024-06-03", "2024-06-09"),
    ("last month", "2024-05-01", "2024-05-31"), ("month before last", "2024-04-01", "2024-04-30"),
    ("last 28 days", "2024-05-23", "2024-06-19"), ("last 1 day", "2024-06-19", "2024-06-19"), ("last 7 days", "2024-06-13", "2024-06-19"),
])  # fmt: skip
def test_words_are_whole_days(words, first, last):
    assert days(words) == (first, last)


@pytest.mark.parametrize(("as_of", "week", "month", "before"), [
    (date(2024, 6, 16), ("2024-06-10", "2024-06-16"), ("2024-05-01", "2024-05-31"), ("2024-04-01", "2024-04-30")),  # a Sunday ends its week
    (date(2024, 6, 17), ("2024-06-10", "2024-06-16"), ("2024-05-01", "2024-05-31"), ("2024-04-01", "2024-04-30")),
    (date(2024, 6, 30), ("2024-06-24", "2024-06-30"), ("2024-06-01", "2024-06-30"), ("2024-05-01", "2024-05-31")),  # so does a month's last day
    (date(2024, 2, 29), ("2024-02-19", "2024-02-25"), ("2024-02-01", "2024-02-29"), ("2024-01-01", "2024-01-31")),
    (date(2023, 2, 28), ("2023-02-20", "2023-02-26"), ("2023-02-01", "2023-02-28"), ("2023-01-01", "2023-01-31")),
    (date(2024, 2, 28), ("2024-02-19", "2024-02-25"), ("2024-01-01", "2024-01-31"), ("2023-12-01", "2023-12-31")),
    (date(2024, 3, 31), ("2024-03-25", "2024-03-31"), ("2024-03-01", "2024-03-31"), ("2024-02-01", "2024-02-29")),
    (date(2024, 1, 1), ("2023-12-25", "2023-12-31"), ("2023-12-01", "2023-12-31"), ("2023-11-01", "2023-11-30")),
])  # fmt: skip
def test_relative_words_count_from_the_day_asked(as_of, week, month, before):
    assert (days("last week", as_of), days("last month", as_of), days("month before last", as_of)) == (
        week,
        month,
        before,
    )


@given(st.dates(date(2000, 1, 1), date(2099, 12, 31)))
def test_weeks_and_months_are_whole_past_and_adjoining(as_of):
    for last, earlier in (("last week", "week before last"), ("last month", "month before last")):
        new, old = (period(words, as_of=as_of, label="current") for words in (last, earlier))
        assert new.last <= as_of and old.last == new.first - timedelta(1)
    week = period("last week", as_of=as_of, label="current")
    assert (week.first.weekday(), week.last.weekday(), as_of - week.last < timedelta(7)) == (0, 6, True)


def test_before_is_as_long_and_just_before():
    current = Window("current", date(2024, 6, 1), date(2024, 6, 20))
    assert days("before", current=current) == ("2024-05-12", "2024-05-31")


@pytest.mark.parametrize("words", [
    "", "june", "2024", "2024-13", "2024-00", "2024-06-31", "2024-06-20/2024-06-01", "2024-06-01/", "/", "2024-06-01/2024-06-02/2024-06-03",
    "last 0 days", "last days", "last 99999999999 days", "before", "next week", "06/2024",
])  # fmt: skip
def test_other_words_are_refused_with_examples(words):
    with pytest.raises(StudyError) as caught:
        days(words)
    assert f"'{words}'" in caught.value.message("en") and "last 28 days" in caught.value.message("en")
    assert f"当期“{words}”" in caught.value.message("zh")


def test_relative_words_need_a_day():
    with pytest.raises(StudyError, match="last week"):
        days("last week", None)
    assert days("2024-06", None) == ("2024-06-01", "2024-06-30")


@pytest.mark.parametrize(
    ("words", "relative"),
    [("last week", True), ("before", True), ("2024-06", False), (" 20240601/20240630", False), (None, False)],
)
def test_what_moves_with_the_day(words, relative):
    assert is_relative(words) is relative


def test_a_day_is_an_iso_date():
    assert day_of("2024-06-30") == date(2024, 6, 30)
    with pytest.raises(StudyError, match=r"30\.06\.2024"):
        day_of("30.06.2024")


def test_the_studys_question(tmp_path):
    study = check_study(
        {"data": {"surveys": "a.csv"}, "question": {"kpi": "nps", "dims": ["a"], "target": 0.3}}, folder=tmp_path
    )
    assert Question.of(study, as_of="2024-06-30") == Question("nps", target=0.3, dims=("a",), as_of="2024-06-30")
