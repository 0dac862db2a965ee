"""Text to values: every form that exports use, and what is refused."""

from __future__ import annotations

import datetime as dt

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ccsat.casts import blank_codes, day_order, day_orders, to_duration, to_flag, to_number, to_rating, to_time
from ccsat.errors import DataError


def column(*values: str | None) -> pd.Series:
    return pd.Series(list(values), dtype="str", name="when")


def first(cast) -> list:
    return [None if pd.isna(v) else v for v in cast[0]]


@pytest.mark.parametrize("written", [
    "2023-08-01 15:04:05", "2023/8/1 15:04:05", "2023.08.01 15:04:05", "20230801150405", "2023-08-01T15:04:05Z",
    "2023-08-01T15:04:05.250+08:00", "01/08/2023 15:04:05", "1-8-23 15:04:05", "01/08/2023 3:04:05 PM", "1-Aug-23 15:04:05",
    "Aug 1, 2023 3:04:05 PM", "Tue, 1 August 2023 15:04:05", "2023年8月1日 15时04分05秒", "2023年8月1日下午3:04:05",
    "２０２３－０８－０１　１５：０４：０５", "45139.62783564815",
])  # fmt: skip
def test_one_moment_in_many_forms(written):
    values, rejected = to_time(column(written), True)
    assert values[0] == pd.Timestamp(2023, 8, 1, 15, 4, 5) and not rejected[0]


def test_impossible_dates_are_refused_and_blanks_are_not():
    values, rejected = to_time(column("2023-02-30", "31/04/2023", "soon", None, "2023-02-28", "2023-08-01 25:00"), True)
    assert rejected.tolist() == [True, True, True, False, False, True]
    assert values.notna().tolist() == [False, False, False, False, True, False]


def test_day_or_month_first_is_told_from_all_values():
    assert day_order(column("01/02/2023", "13/02/2023")) == "day"
    assert day_order(column("01/02/2023 10:00", "02/13/2023 10:00")) == "month"
    assert day_order(column("01/02/2023", "11/12/2023")) == "ambiguous"
    assert day_order(column("2023-01-02", "26-Aug-23", None)) == "iso"


def test_ambiguous_dates_ask_unless_another_column_tells():
    unsure, sure = column("01/02/2023"), column("25/02/2023")
    with pytest.raises(DataError, match="dayfirst"):
        to_time(unsure)
    with pytest.raises(DataError, match="do not tell"):
        day_orders({"a": unsure, "b": column("2023-01-01")})
    assert day_orders({"a": unsure, "b": sure}) == {"a": True, "b": True}
    assert day_orders({"a": unsure}, False) == {"a": False}
    assert to_time(unsure, False)[0][0] == pd.Timestamp(2023, 1, 2)


def test_a_few_dates_of_the_other_order_are_refused_and_many_are_an_error():
    values = column(*["25/02/2023"] * 200, "02/25/2023")
    read, rejected = to_time(values)
    assert rejected.sum() == 1 and read[0] == pd.Timestamp(2023, 2, 25)
    with pytest.raises(DataError, match="both ways"):
        day_order(column("25/02/2023", "02/25/2023"))


def test_a_clock_column_is_joined_to_its_date():
    dates = column(*["2021-01-01"] * 6)
    clock = column("09:12:58", "9:05 AM", "0.5", "1899-12-31 11:55:41", "下午3:05", "noon")
    values, rejected = to_time(dates, clock=clock)
    assert [v.time() for v in values[:5]] == [
        dt.time(9, 12, 58),
        dt.time(9, 5),
        dt.time(12),
        dt.time(11, 55, 41),
        dt.time(15, 5),
    ]
    assert rejected.tolist() == [False] * 5 + [True]


@given(st.lists(st.datetimes(dt.datetime(1990, 1, 1), dt.datetime(2060, 1, 1)), min_size=1, max_size=20), st.booleans())
def test_written_times_come_back(moments, dayfirst):
    form = "%d/%m/%Y %H:%M:%S" if dayfirst else "%m/%d/%Y %H:%M:%S"
    values, rejected = to_time(column(*(m.strftime(form) for m in moments)), dayfirst)
    assert list(values) == [pd.Timestamp(m).floor("s") for m in moments] and not rejected.any()


def test_many_different_times_read_as_few_do():
    times = pd.date_range("2023-01-05", periods=25_000, freq="37min")
    text = pd.Series(times.strftime("%d/%m/%Y %H:%M:%S"), dtype="str")
    text[7], text[8], text[9] = "2023-01-01T01:02:03Z", "never", None
    values, rejected = to_time(text, True)
    assert values[0] == times[0] and values.iloc[-1] == times[-1]
    assert values[7] == pd.Timestamp(2023, 1, 1, 1, 2, 3) and rejected.sum() == 1 and pd.isna(values[9])


def test_numbers():
    values = to_number(column("1,234", "12.5", "85%", "￥1,200.50", "１２", "x", None, "-3", "30元"))
    assert first(values) == [1234, 12.5, 0.85, 1200.5, 12, None, None, -3, 30]
    assert values[1].tolist() == [False] * 5 + [True] + [False] * 3


def test_a_comma_marks_decimals_only_where_nothing_else_fits():
    assert first(to_number(column("1,5", "1.234,56", "2,345"))) == [1.5, 1234.56, 2.345]
    assert first(to_number(column("2,345", "1,234,567"))) == [2345, 1234567]


def test_flags():
    values, rejected = to_flag(column("Y", "n", "是", None, "?", "1.0"), ["y", "是", "1"], ["n", "0"])
    assert first((values,)) == [1, 0, 1, None, None, 1] and rejected.tolist() == [False] * 4 + [True, False]
    assert first(to_flag(column("是", None), ["是"], [""])) == [1, 0]


@pytest.mark.parametrize(("scale", "written", "level"), [
    ("five", "5", 5), ("five", "5.0", 5), ("five", "５", 5), ("five", "5分", 5), ("five", "4 - Satisfied", 4), ("five", "★★★", 3),
    ("five", "非常满意", 5), ("five", "不满意", 2), ("five", "Very Dissatisfied", 1), ("five", "4.5", None), ("five", "6", None),
    ("five", "-1", None), ("three", "满意", 3), ("three", "差评", 1), ("thumb", "赞", 1), ("thumb", "👎", 0), ("ten", "10", 10),
    ("ten", "0", None), ("nps", "0", 0), ("five", "10/10", None),
])  # fmt: skip
def test_ratings(scale, written, level):
    values, rejected = to_rating(column(written), scale)
    assert first((values,)) == [level] and rejected[0] == (level is None)


def test_the_studys_labels_come_first():
    assert first(to_rating(column("1", "好", "5"), "five", {"1": 5, "好": 4})) == [5, 4, 5]


def test_durations_are_seconds():
    written = column(
        "00:04:43", "4:43", "3分20秒", "1小时", "1h 5m", "90", "36:00:00", "-00:01:00", "soon", None, "00:75:00"
    )
    values, rejected = to_duration(written)
    assert first((values,)) == [283, 283, 200, 3600, 3900, 90, 129600, -60, None, None, None]
    assert rejected.sum() == 2


def test_codes_for_missing_are_one_code_however_written():
    assert first((blank_codes(column("98", "98.0", "5", "n/a", None), ["98", "N/A"]),)) == [None, None, "5", None, None]
