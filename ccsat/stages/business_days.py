"""The calendar behind two periods: their weekdays, and days that are missing, cut off or thin."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import numpy as np
import pandas as pd

from ccsat.cells import Asked, by_level
from ccsat.centre import Centre
from ccsat.estimates import interval_table
from ccsat.stages.defect import Defect

THIN = 0.5  # of what that weekday usually has
BEYOND = 5.0  # and so many standard deviations of a day's count below it
ENOUGH_DAYS = 3  # days of a weekday to know what is usual
OPEN = 0.8  # of a weekday's dates with rows: the centre works on it
USUAL_ROWS = 10
CUT_HOURS = 2.0  # before the usual last row of a day
WORTH_SAYING = 0.25  # standard errors of the change
SURE = 2.576  # standard errors of that effect: 99 %
TWO_SIDED = 1.959963984540054


@dataclass(frozen=True)
class WeekdayMix:
    """The change with the weekdays held alike: `standardised` weighs each weekday's own change by its mean share in the two periods.

    `effect_points` is what the other mix of weekdays does, `change - standardised`, with its 95 % interval (`lower`, `upper`).
    """

    change: float
    standardised: float
    effect_points: float
    lower: float
    upper: float
    change_error: float  # standard error of the change
    table: (
        pd.DataFrame
    )  # weekday (0 is Monday), share_current, share_baseline, value_current, value_baseline, n_current, n_baseline


def weekday_mix(centre: Centre, asked: Asked) -> WeekdayMix | None:
    """How much of the change comes from other weekdays in the two periods?

    Returns:
        None without two periods, or where a weekday has ratings in one of them only.
    """
    if not asked.is_change:
        return None
    outcome = asked.caliber.outcome
    rows = centre.engine.crosstab(centre.facts, [outcome], windows=asked.windows, by_day=True, where=asked.where)
    rows = rows[rows[outcome].notna()].rename(columns={outcome: "level"}).astype({"level": int})
    rows["weekday"] = pd.to_datetime(rows["day"]).dt.day_of_week
    keys, matrix = by_level(rows, ["period", "weekday"], asked.values)
    cells = pd.concat([keys, interval_table(matrix, list(asked.values.values()), unit=asked.caliber.unit)], axis=1)
    wide = cells.pivot(index="weekday", columns="period", values=["n", "value", "variance"])
    if wide["n"].isna().any().any() or wide.empty or wide["n"].shape[1] < 2:
        return None
    n, y = wide["n"], wide["value"]
    share = n / n.sum()
    change = float((share["current"] * y["current"]).sum() - (share["baseline"] * y["baseline"]).sum())
    weight = share.mean(axis=1)
    standardised = float((weight * (y["current"] - y["baseline"])).sum())
    apart = (share["current"] - share["baseline"]) / 2
    error = float(np.sqrt((apart**2 * (wide["variance"] / n).sum(axis=1)).sum()))
    change_error = float(np.sqrt((share**2 * wide["variance"] / n).to_numpy().sum()))
    effect = change - standardised
    table = pd.DataFrame({"weekday": wide.index, **{f"{what}_{p}": part[p].to_numpy() for what, part in
                          (("share", share), ("value", y), ("n", n)) for p in ("current", "baseline")}})  # fmt: skip
    return WeekdayMix(
        change, standardised, effect, effect - TWO_SIDED * error, effect + TWO_SIDED * error, change_error, table
    )


def calendar_defects(centre: Centre, asked: Asked) -> list[Defect]:
    """Weekdays that differ enough to matter, and days of the periods that are missing, cut off or thin.

    Returns:
        `weekday_mix`: effect on the change; `values` `standardised` (points). `missing_days`: `n` days without a row that usually have some,
        or that lie outside the data; `partial_day`: the first or last day of the data, or one that ends early (`last_hour`); `thin_days`:
        other days with less than half of their weekday's usual rows (a holiday, an outage, a cut load: the data cannot say which). Their
        `n` is rows (days for `missing_days`), `values` `days`.
    """
    return [*_weekdays(centre, asked), *_day_defects(centre, asked)]


def _weekdays(centre: Centre, asked: Asked) -> list[Defect]:
    mix = weekday_mix(centre, asked)
    if mix is None or not abs(mix.effect_points) > SURE / TWO_SIDED * (mix.upper - mix.effect_points):
        return []
    n = int(mix.table["n_current"].sum())
    if abs(mix.effect_points) < WORTH_SAYING * mix.change_error:
        return []
    return [
        Defect(
            "weekday_mix",
            n,
            mix.effect_points,
            {"change": mix.change, "standardised": mix.standardised},
            mix.lower,
            mix.upper,
        )
    ]


def _day_defects(centre: Centre, asked: Asked) -> list[Defect]:
    if centre.days is None or not asked.windows:
        return []
    at = centre.engine.quote("at")
    day = f"CAST({at} AS DATE)"
    rows = centre.engine.query(f"SELECT {day} AS day, COUNT(*) AS n, MAX({at}) AS last_at FROM ({centre.facts}) f "
                               f"WHERE {at} IS NOT NULL GROUP BY {day} ORDER BY day")  # fmt: skip
    rows["day"] = pd.to_datetime(rows["day"])
    hours = (pd.to_datetime(rows["last_at"]) - rows["day"]).dt.total_seconds() / 3600
    series = pd.Series(rows["n"].to_numpy(float), rows["day"])
    wanted = pd.DatetimeIndex([day for w in asked.windows for day in pd.date_range(w.first, w.last)])
    first, last = (pd.Timestamp(day) for day in centre.days)
    usual = _usual(series, first, last)
    closed = _closed(series, first, last)
    missing = [day for day in wanted if day not in series.index
               and (usual.get(day.day_of_week, 0) >= USUAL_ROWS or (not first <= day <= last and day.day_of_week not in closed))]  # fmt: skip
    noise = _noise(series, usual)
    thin, cut = [], []
    for stamp, n in series[series.index.isin(wanted)].items():
        due = usual.get(stamp.day_of_week, 0)
        if due >= USUAL_ROWS and n < THIN * due and n < due - BEYOND * np.sqrt(due * noise):
            (cut if stamp in (first, last) else thin).append(stamp)
    clock = hours.to_numpy()
    if len(clock) > ENOUGH_DAYS and series.index[-1] in wanted and series.index[-1] not in cut:
        before = clock[:-1]
        early = np.quantile(before, 0.05) - CUT_HOURS
        if clock[-1] < early and series.iloc[-1] >= USUAL_ROWS:
            cut.append(series.index[-1])
    found = []
    for key, days in (("missing_days", missing), ("partial_day", cut), ("thin_days", thin)):
        if days:
            n = len(days) if key == "missing_days" else int(series[days].sum())
            found.append(Defect(key, n, None, {"days": _spans(days)}))
    return found


def _usual(series: pd.Series, first: pd.Timestamp, last: pd.Timestamp) -> dict[int, float]:
    """Median rows of each weekday on which the centre works."""
    found = {}
    every = pd.date_range(first, last)
    for weekday in range(7):
        dates = every[every.day_of_week == weekday]
        some = series[series.index.isin(dates)]
        if len(some) >= ENOUGH_DAYS and len(some) >= OPEN * len(dates):
            found[weekday] = float(some.median())
    return found


def _noise(series: pd.Series, usual: dict[int, float]) -> float:
    """Variance of a day's rows over that of a plain count, by the median deviation from the weekday's usual; at least 1."""
    due = pd.Series(series.index.day_of_week, series.index).map(usual)
    kept = due.notna() & (due > 0)
    if kept.sum() < ENOUGH_DAYS:
        return 1.0
    return max(1.0, float(((series[kept] - due[kept]) / np.sqrt(due[kept])).abs().median() * 1.4826) ** 2)


def _closed(series: pd.Series, first: pd.Timestamp, last: pd.Timestamp) -> set[int]:
    """Weekdays on which the centre mostly has no rows."""
    every = pd.date_range(first, last)
    dates, there = every.day_of_week.value_counts(), series.index.day_of_week.value_counts()
    return {weekday for weekday in range(7) if there.get(weekday, 0) < OPEN * dates.get(weekday, 0)}


def _spans(days: list[pd.Timestamp]) -> str:
    """Days in words that any language reads: runs as first/last."""
    runs: list[list[pd.Timestamp]] = []
    for day in sorted(days):
        if runs and day - runs[-1][-1] == timedelta(days=1):
            runs[-1].append(day)
        else:
            runs.append([day])
    return ", ".join(str(run[0].date()) if len(run) == 1 else f"{run[0].date()}/{run[-1].date()}" for run in runs)
