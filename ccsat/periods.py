"""A sensible comparison for a series of days: the latest complete period against the one before."""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta

import pandas as pd

ENOUGH = 100  # rated rows in each period
SLACK = timedelta(2)  # days a month may lack at either end
STALE = timedelta(10)  # a month that ended longer ago is not the latest period


@dataclass(frozen=True)
class Comparison:
    """Two periods (first and last day each), how they were chosen, and the rows in each."""

    current: tuple[date, date]
    baseline: tuple[date, date]
    by: str
    n: int
    n_baseline: int


def latest_comparison(times: pd.Series) -> Comparison | None:
    """The latest complete month, four weeks or week against the one before; else the later half against the earlier.

    Args:
        times: When the rated rows were rated. One in a thousand at either end is taken for misdated.

    Returns:
        None for a single day.
    """
    days = times.dropna().dt.normalize().sort_values().reset_index(drop=True)
    if days.empty:
        return None
    cut = len(days) // 1000
    first, last = days.iloc[cut].date(), days.iloc[len(days) - 1 - cut].date()
    if first == last:
        return None
    counts = days.dt.date.value_counts()
    options = [
        ("month", _months(first, last)),
        ("four_weeks", _weeks(first, last, 4)),
        ("week", _weeks(first, last, 1)),
    ]
    for by, pair in options:
        if pair and min(_n(counts, pair[0]), _n(counts, pair[1])) >= ENOUGH:
            return Comparison(*pair, by, _n(counts, pair[0]), _n(counts, pair[1]))
    middle = first + (last - first + timedelta(1)) // 2
    halves = (middle, last), (first, middle - timedelta(1))
    return Comparison(*halves, "halves", _n(counts, halves[0]), _n(counts, halves[1]))


def _n(counts: pd.Series, period: tuple[date, date]) -> int:
    return int(counts[[period[0] <= day <= period[1] for day in counts.index]].sum())


def _months(first: date, last: date) -> tuple[tuple[date, date], tuple[date, date]] | None:
    end = last.replace(day=monthrange(last.year, last.month)[1])
    if end - last > SLACK:
        end = last.replace(day=1) - timedelta(1)
    start = end.replace(day=1)
    before_end = start - timedelta(1)
    before_start = before_end.replace(day=1)
    if last - end > STALE or first > before_start + SLACK:
        return None
    return (start, end), (before_start, before_end)


def _weeks(first: date, last: date, n: int) -> tuple[tuple[date, date], tuple[date, date]] | None:
    end = last if last.weekday() == 6 else last - timedelta(last.weekday() + 1)
    start = end - timedelta(7 * n - 1)
    before = start - timedelta(7 * n), start - timedelta(1)
    return ((start, end), before) if before[0] >= first else None
