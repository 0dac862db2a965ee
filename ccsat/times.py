"""Dates and times from text; whether the day or the month comes first is decided from the data or asked."""

from __future__ import annotations

import re
from collections.abc import Mapping

import numpy as np
import pandas as pd

from ccsat.errors import DataError, listing

WIDE = str.maketrans("０１２３４５６７８９：／－　，．", "0123456789:/- ,.")
MONTHS = {name: i for i, name in enumerate("jan feb mar apr may jun jul aug sep oct nov dec".split(), 1)}
CLOCK = (r"(?:[T ]+(?P<noon1>[AP]M)? *(?P<H>\d{1,2})[:.](?P<M>\d{1,2})(?:[:.](?P<S>\d{1,2})(?:[.,]\d+)?)? *(?P<noon2>[AP]M)?"
         r" *(?:Z|UTC|GMT|[+-]\d\d:?\d\d)?)?")  # fmt: skip
YEAR_FIRST = re.compile(r"(?P<y>\d{4})[-/. ](?P<m>\d{1,2})[-/. ](?P<d>\d{1,2})" + CLOCK)
COMPACT = re.compile(r"(?P<y>\d{4})(?P<m>\d\d)(?P<d>\d\d)(?:[T ]?(?P<H>\d\d):?(?P<M>\d\d)(?::?(?P<S>\d\d))?)?")
PARTS = re.compile(r"(?P<a>\d{1,2})[-/. ](?P<b>\d{1,2})[-/. ](?P<y>\d{4}|\d\d)" + CLOCK)
DAY_NAMED = re.compile(r"(?P<d>\d{1,2})(?:ST|ND|RD|TH)?[-/. ]*(?P<mon>[A-Z]{3,9})[-/., ]*(?P<y>\d{4}|\d\d)" + CLOCK)
MONTH_NAMED = re.compile(r"(?P<mon>[A-Z]{3,9})[-/. ]*(?P<d>\d{1,2})(?:ST|ND|RD|TH)?[-/., ]+(?P<y>\d{4}|\d\d)" + CLOCK)
FORMS = (YEAR_FIRST, COMPACT, PARTS, DAY_NAMED, MONTH_NAMED)
SERIAL = re.compile(r"\d{5}(?:\.\d+)?")  # days since 1899-12-30, as spreadsheets count them
WEEKDAY = re.compile(r"^(?:MON|TUE|WED|THU|FRI|SAT|SUN)[A-Z]*[., ]+|[(]?(?:星期|周)[一二三四五六日天][)]?")
MANY = 20_000  # different texts from which a date and its time of day are read apart
FEW = 0.01  # at most this share of dates may speak against the order


def _plain(value: str) -> str:
    """One spelling for all: 2023年8月1日 下午3点05分 -> 2023-8-1 PM 3:05."""
    value = value.strip().translate(WIDE).upper()
    if not value.isascii():
        value = WEEKDAY.sub("", value).replace("上午", " AM ").replace("下午", " PM ").replace("晚上", " PM ")
        value = re.sub(r"[年月]", "-", value).replace("日", " ").replace("号", " ")
        value = re.sub(r"[时点](?!\d)", ":00", value)
        value = re.sub(r"[时点]", ":", value).replace("分", ":")
        value = re.sub(r":(\d{1,2})秒", r":\1", value)
        value = re.sub(r":(?=\D|$)", "", value)
    elif value[:1].isalpha():
        value = WEEKDAY.sub("", value)
    return " ".join(value.split())


def day_order(samples: pd.Series) -> str:
    """Which part comes first in numeric dates such as 03/04/2023.

    Args:
        samples: The whole column; a sample may hide the one date that decides.

    Returns:
        "day", "month", "ambiguous" (no part is above 12), or "iso" when no date is written that way.

    Raises:
        DataError: Dates of both orders, more than 1 % of them against the rest.
    """
    day = month = seen = 0
    counts = samples.value_counts()
    if len(counts) > MANY:
        counts = samples.str.replace(r"[ T].*", "", regex=True).value_counts()
    for value, n in counts.items():
        if found := PARTS.fullmatch(_plain(str(value))):
            seen += n
            first, second = int(found["a"]), int(found["b"])
            day += n * (first > 12 >= second)
            month += n * (second > 12 >= first)
    if min(day, month) > FEW * (day + month):
        raise DataError("dates_mixed", column=samples.name, day=day, month=month)
    return "iso" if not seen else "ambiguous" if day == month else "day" if day > month else "month"


def day_orders(columns: Mapping[str, pd.Series], dayfirst: bool | str = "auto") -> dict[str, bool]:
    """Whether the day comes first, for each time column of one table.

    A column that cannot tell by itself follows the others of its table where they agree.

    Raises:
        DataError: The data cannot tell: asks for data.dayfirst.
    """
    if isinstance(dayfirst, bool):
        return dict.fromkeys(columns, dayfirst)
    orders = {name: day_order(values) for name, values in columns.items()}
    told = {order for order in orders.values() if order in ("day", "month")}
    unsure = [name for name, order in orders.items() if order == "ambiguous"]
    if unsure and len(told) != 1:
        example = next(str(v) for v in columns[unsure[0]].dropna() if PARTS.fullmatch(_plain(str(v))))
        raise DataError("dates_ambiguous", columns=listing(unsure), example=example)
    return {name: (order if name not in unsure else next(iter(told))) != "month" for name, order in orders.items()}


def to_time(text: pd.Series, dayfirst: bool | str = "auto", clock: pd.Series | None = None, *,
            column: str | None = None) -> tuple[pd.Series, pd.Series]:  # fmt: skip
    """Local times (datetime64[us]) and which texts were refused.

    Reads year-first dates, day/month/year in the order given, month names, 2023年8月1日, compact digits and
    spreadsheet day numbers. A time zone behind the clock is dropped: times stay as the centre's clock showed them.

    Args:
        dayfirst: For dates such as 03/04/2023; "auto" decides from this column alone (`day_orders` from a table's).
        clock: The time of day where it is a column of its own; it replaces any time in the date.
        column: The column's name for messages; the series' own by default.

    Raises:
        DataError: "auto", and the data cannot tell or are written both ways.
    """
    if not isinstance(dayfirst, bool):
        column = str(column or text.name)
        dayfirst = day_orders({column: text.rename(column)})[column]
    values = _many_times(text, dayfirst) if text.nunique() > MANY else _times(text, dayfirst)
    rejected = text.notna() & values.isna()
    if clock is None:
        return values, rejected
    spans, refused = _time_of_day(clock)
    days = values.dt.normalize()
    return (days + spans).where(spans.notna(), values), rejected | (refused & values.notna())


def _times(text: pd.Series, dayfirst: bool) -> pd.Series:
    codes, different = pd.factorize(text)
    known = np.append(_read([_plain(str(value)) for value in different], dayfirst), np.datetime64("NaT"))
    return pd.Series(known[codes], index=text.index, dtype="datetime64[us]")  # code -1, a blank, is the last


def _many_times(text: pd.Series, dayfirst: bool) -> pd.Series:
    """Dates and times of day read apart, as there are few of each; what does not split is read whole."""
    halves = text.str.extract(r"^([^ T]+)[ T](\d[\d:]*)$")
    days = _times(halves[0], dayfirst)
    spans, _ = _time_of_day(halves[1])
    values = days + spans
    left = text.notna() & values.isna()
    return values.where(~left, _times(text[left], dayfirst).reindex(text.index)) if left.any() else values


def _read(plain: list[str], dayfirst: bool) -> np.ndarray:
    parts = np.zeros((len(plain), 6), dtype=np.int64)
    times = np.full(len(plain), np.datetime64("NaT"), dtype="datetime64[us]")
    for i, value in enumerate(plain):
        found = next((match for form in FORMS if (match := form.fullmatch(value))), None)
        if found:
            parts[i] = _parts(found.groupdict(), dayfirst)
        elif SERIAL.fullmatch(value) and 20000 <= float(value) < 80000:
            times[i] = np.datetime64("1899-12-30", "us") + np.timedelta64(round(float(value) * 86400), "s")
    year, month, day, hour, minute, second = parts.T
    fits = (year >= 1900) & (month >= 1) & (month <= 12) & (day >= 1) & (hour < 24) & (minute < 60) & (second < 60)
    first = (year[fits] - 1970).astype("datetime64[Y]").astype("datetime64[M]") + (month[fits] - 1)
    date = first.astype("datetime64[D]") + (day[fits] - 1)
    stays = date.astype("datetime64[M]") == first  # 31 February is refused, not moved
    span = (hour[fits] * 3600 + minute[fits] * 60 + second[fits]).astype("timedelta64[s]")
    times[fits] = np.where(stays, date.astype("datetime64[us]") + span, np.datetime64("NaT"))
    return times


def _parts(group: dict[str, str | None], dayfirst: bool) -> tuple[int, ...]:
    year = int(group["y"])
    if len(group["y"]) == 2:
        year += 2000 if year < 70 else 1900
    if "a" in group:
        day, month = (group["a"], group["b"]) if dayfirst else (group["b"], group["a"])
    else:
        day, month = group["d"], group.get("m") or MONTHS.get(group["mon"][:3].lower(), 0)
    return year, int(month), int(day), *_clock_parts(group)


def _clock_parts(group: dict[str, str | None]) -> tuple[int, int, int]:
    hour, minute, second = (int(group.get(part) or 0) for part in "HMS")
    noon = group.get("noon1") or group.get("noon2")
    if noon and hour <= 12:
        hour = hour % 12 + 12 * (noon == "PM")
    return hour, minute, second


def _time_of_day(clock: pd.Series) -> tuple[pd.Series, pd.Series]:
    def span(value: str) -> np.timedelta64:
        value = _plain(value)
        if re.fullmatch(r"0?\.\d+|0", value):  # a spreadsheet's part of a day
            return np.timedelta64(round(float(value) * 86400), "s")
        dated = value[:1].isdigit() and ":" not in value.partition(" ")[0] and " " in value  # 1899-12-31 11:55:41
        found = re.fullmatch(r"(?:\d[\d/.-]*\d)?" + CLOCK, value if dated else f" {value}")
        if not found or found["H"] is None:
            return np.timedelta64("NaT")
        hour, minute, second = _clock_parts(found.groupdict())
        if hour > 23 or minute > 59 or second > 59:
            return np.timedelta64("NaT")
        return np.timedelta64(hour * 3600 + minute * 60 + second, "s")

    codes, different = pd.factorize(clock)
    known = np.array([*(span(str(value)) for value in different), np.timedelta64("NaT")], dtype="timedelta64[us]")
    spans = pd.Series(known[codes], index=clock.index, dtype="timedelta64[us]")
    return spans, clock.notna() & spans.isna()
