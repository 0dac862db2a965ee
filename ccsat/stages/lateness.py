"""Answers still to come: how late people answer, which days are settled, and what the rest may still do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial

import numpy as np
import pandas as pd

from ccsat.cells import Asked
from ccsat.centre import Centre
from ccsat.stages.defect import Counts, Defect, invited_column, kpi_value, labels, period_counts

IN_TIME = 0.99  # of the answers come within the answer window
STEPS = 8  # buckets per factor e of the lag: each is 12 % wide
WORTH_SAYING = 0.01  # of the current ratings that are still to come
ENOUGH = 100  # answers with a lag
STARTS = ("delivered_at", "pushed_at", "ended_at", "started_at", "at")


@dataclass(frozen=True)
class Lateness:
    """How late answers come, and what follows for the current period.

    Attributes:
        as_of: Moment up to which the data reach.
        median_hours, window_hours: Half, and 99 %, of the history's answers come within (the slowest mode's window).
        outstanding: Answers of the current period that are still to be expected, and `share`, of those there.
        unsettled_from: First day of the current period whose answer window has not passed; None where all have.
        late: KPI of the history's answers that came later than the median; `early`: of the others.
        effect_points: KPI now less the KPI expected when they have come.
        days: One row a day of the current period: `day, n, settled`.
    """

    as_of: pd.Timestamp
    median_hours: float
    window_hours: float
    outstanding: float
    share: float
    unsettled_from: date | None
    early: float | None
    late: float | None
    effect_points: float
    days: pd.DataFrame


def answer_lateness(centre: Centre, asked: Asked) -> Lateness | None:
    """How late do answers come, and how many of the current period's are still outstanding?

    Each invitation without an answer is expected to be answered with the chance that those of its mode had in the history, given that
    they had not answered by its age. Where invitations are unknown, answers of each age are scaled up by the share that comes later.

    Returns:
        None without times of answer, without periods, or with fewer than 100 answers in the history (the baseline; of a level the
        period itself).
    """
    start = next((c for c in STARTS if c in centre.columns), None)
    if asked.caliber.outcome != "rating" or not asked.windows or start is None or "answered_at" not in centre.columns:
        return None
    history = asked.baseline or asked.current
    lags = _lags(centre, history, start)
    if lags["n"].sum() < ENOUGH:
        return None
    as_of = _as_of(centre, asked)
    modes = {mode: _Mode.of(rows, asked) for mode, rows in lags.groupby("mode") if rows["n"].sum() >= ENOUGH}
    everyone = _Mode.of(lags, asked)
    window = max([m.quantile(IN_TIME) for m in modes.values()] or [everyone.quantile(IN_TIME)])
    waiting = _waiting(centre, asked, start, as_of, window)
    invited = _answered_share(centre, asked, history)
    counts = period_counts(centre, asked)["current"]
    n, more, worth = sum(counts.values()), 0.0, 0.0
    for row in waiting.itertuples():
        mode = modes.get(row.mode, everyone)
        left = 1 - mode.within(row.bucket)
        p = invited.get(row.mode) if invited is not None else None
        due = row.n * p * left / (1 - p * (1 - left)) if p is not None else row.n * left / max(1 - left, 0.05)
        more += due
        worth += due * mode.value_after(row.bucket)
    now = kpi_value(counts, asked)
    effect = now - (now * n + worth) / (n + more) if n and more else 0.0
    days = _days(centre, asked, as_of, window)
    unsettled = days.loc[~days["settled"], "day"]
    middle = everyone.bucket(0.5)
    return Lateness(as_of, everyone.quantile(0.5), window, more, more / n if n else 0.0, min(unsettled) if len(unsettled) else None,
                    everyone.value_between(-1, middle), everyone.value_after(middle), float(effect), days)  # fmt: skip


def late_answers(centre: Centre, asked: Asked) -> list[Defect]:
    """The current period's answers that are still to come, where they are at least one in a hundred.

    `values`: `share` (of the answers there), `from_day` (first day not settled), `window_hours`, `median_hours`, `as_of`.
    """
    late = answer_lateness(centre, asked)
    if late is None or late.share < WORTH_SAYING or late.unsettled_from is None:
        return []
    values = {"share": late.share, "from_day": str(late.unsettled_from), "window_hours": late.window_hours,
              "median_hours": late.median_hours, "as_of": str(late.as_of)}  # fmt: skip
    removed = partial(_unsettled, centre, asked, late.unsettled_from)
    return [Defect("unsettled", round(late.outstanding), late.effect_points, values, removed=removed)]


@dataclass(frozen=True)
class _Mode:
    """The lags of one mode's answers, bucket by bucket: rows and total of the KPI."""

    n: pd.Series
    s: pd.Series

    @classmethod
    def of(cls, rows: pd.DataFrame, asked: Asked) -> _Mode:
        worth = rows["n"] * rows["rating"].map(asked.values).fillna(0)
        sums = pd.DataFrame({"n": rows["n"], "s": worth}).groupby(rows["bucket"]).sum().sort_index()
        return cls(sums["n"], sums["s"])

    def within(self, bucket: int) -> float:
        """Share of the answers that come before the end of a bucket."""
        return float(self.n[self.n.index <= bucket].sum() / self.n.sum())

    def bucket(self, share: float) -> int:
        return int(self.n.index[np.searchsorted(self.n.cumsum() / self.n.sum(), share)])

    def quantile(self, share: float) -> float:
        """Hours within which a share of the answers come."""
        return float(np.expm1((self.bucket(share) + 1) / STEPS) / 60)

    def value_between(self, low: int, high: int) -> float:
        some = (self.n.index > low) & (self.n.index <= high)
        return (
            float(self.s[some].sum() / self.n[some].sum()) if self.n[some].sum() else float(self.s.sum() / self.n.sum())
        )

    def value_after(self, bucket: int) -> float:
        """KPI of the answers that come later; of all where none does."""
        return self.value_between(bucket, np.inf)


def _bucket(centre: Centre, later: str, earlier: str) -> str:
    minutes = f"{centre.engine.seconds(later, earlier)} / 60.0"
    return f"CAST(FLOOR({STEPS} * LN(1.0 + CASE WHEN {minutes} > 0 THEN {minutes} ELSE 0 END)) AS INTEGER)"


def _mode(centre: Centre) -> str:
    return "COALESCE(CAST(mode AS VARCHAR), '')" if "mode" in centre.columns else "''"


def _within(centre: Centre, window) -> str:
    day = f"CAST({centre.engine.quote('at')} AS DATE)"
    return f"{day} BETWEEN DATE '{window.first}' AND DATE '{window.last}'"


def _real(centre: Centre) -> str:
    return "AND COALESCE(default_filled, 0) = 0" if "default_filled" in centre.columns else ""


def _lags(centre: Centre, history, start: str) -> pd.DataFrame:
    bucket = _bucket(centre, "answered_at", centre.engine.quote(start))
    return centre.engine.query(
        f"SELECT mode_name AS mode, bucket, rating, COUNT(*) AS n FROM (SELECT {_mode(centre)} AS mode_name, {bucket} AS bucket, rating "
        f"FROM ({centre.facts}) f WHERE rating IS NOT NULL AND answered_at IS NOT NULL AND {centre.engine.quote(start)} IS NOT NULL "
        f"{_real(centre)} AND {_within(centre, history)}) q GROUP BY mode_name, bucket, rating"
    )


def _as_of(centre: Centre, asked: Asked) -> pd.Timestamp:
    """The end of the question's day, else the last moment in the data."""
    if asked.question.as_of:
        return pd.Timestamp(asked.question.as_of) + pd.Timedelta(days=1)
    times = [
        c for c in ("at", "started_at", "ended_at", "pushed_at", "delivered_at", "answered_at") if c in centre.columns
    ]
    row = centre.engine.query(f"SELECT {', '.join(f'MAX({centre.engine.quote(c)}) AS m{i}' for i, c in enumerate(times))} "
                              f"FROM ({centre.facts}) f").iloc[0]  # fmt: skip
    return max(pd.Timestamp(value) for value in row if not pd.isna(value))


def _waiting(centre: Centre, asked: Asked, start: str, as_of: pd.Timestamp, window: float) -> pd.DataFrame:
    """Contacts of the current period younger than the answer window, by mode and age: unanswered invitations, or answers where those are unknown."""
    base = invited_column(centre)
    open_ones = f"{base} = 1 AND rating IS NULL" if base else "rating IS NOT NULL"
    moment, since = f"TIMESTAMP '{as_of}'", f"TIMESTAMP '{as_of - pd.Timedelta(hours=window)}'"
    name = centre.engine.quote(start)
    return centre.engine.query(
        f"SELECT mode_name AS mode, bucket, COUNT(*) AS n FROM (SELECT {_mode(centre)} AS mode_name, {_bucket(centre, moment, name)} "
        f"AS bucket FROM ({centre.facts}) f WHERE {open_ones} AND {name} > {since} AND {_within(centre, asked.current)}) q "
        f"GROUP BY mode_name, bucket"
    )


def _answered_share(centre: Centre, asked: Asked, history) -> dict[str, float] | None:
    """Share of each mode's invitations that the history answered; None where invitations are unknown."""
    base = invited_column(centre)
    if base is None:
        return None
    rows = centre.engine.query(
        f"SELECT {_mode(centre)} AS mode, COUNT(*) AS n, COUNT(answered_at) AS x FROM ({centre.facts}) f WHERE {base} = 1 "
        f"AND {_within(centre, history)} GROUP BY {_mode(centre)}"
    )
    whole = float(rows["x"].sum() / max(rows["n"].sum(), 1))
    return _Known({row.mode: row.x / row.n for row in rows.itertuples() if row.n}, whole)


class _Known(dict):
    """Shares by mode; the whole's for a mode that the history does not know."""

    def __init__(self, shares: Mapping[str, float], whole: float):
        super().__init__(shares)
        self.whole = whole

    def get(self, key, default=None):
        return super().get(key, self.whole)


def _days(centre: Centre, asked: Asked, as_of: pd.Timestamp, window: float) -> pd.DataFrame:
    outcome = asked.caliber.outcome
    rows = centre.engine.crosstab(centre.facts, [outcome], windows=[asked.current], by_day=True, where=asked.where)
    n = rows[rows[outcome].notna()].groupby("day")["n"].sum()
    days = [pd.Timestamp(day).date() for day in n.index]
    settled = [pd.Timestamp(day) + timedelta(days=1) + timedelta(hours=window) <= as_of for day in days]
    return pd.DataFrame({"day": days, "n": n.to_numpy(), "settled": settled})


def _unsettled(centre: Centre, asked: Asked, first: date, where: Mapping | None) -> Counts:
    """Ratings of the days that are not settled, of a scope; those that nobody gave are no business of it."""
    outcome = asked.caliber.outcome
    none: Counts = {p: {} for p in labels(asked)}
    real = {"default_filled": 0} if "default_filled" in centre.columns else {}
    rows = centre.engine.crosstab(centre.facts, [outcome], windows=[asked.current], by_day=True,
                                  where={**(asked.where or {}), **real, **(where or {})})  # fmt: skip
    rows = rows[rows[outcome].notna() & (pd.to_datetime(rows["day"]) >= pd.Timestamp(first))]
    sums = rows.groupby(outcome)["n"].sum()
    return {**none, "current": {int(k): float(n) for k, n in sums.items()}}
