"""How good an anomaly watch is: days until a known problem is seen, false alerts a month, and what it would ring were nothing to change."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from datetime import date

import numpy as np
import pandas as pd

from ccsat.errors import DataError
from ccsat.monitor import LEAST_DAYS
from ccsat.results import Result, result_class
from ccsat.service.anomalies import Watched, chart_all
from ccsat.wording import count, number, text

MONTH = 30.0  # days
DRAWS = 20


@result_class
class WatchGrade(Result):
    """How good a watch was where the truth is known, one row a planted problem.

    The table: `where, onset, found, kpi, opened, delay_days` (from the onset to the alert of that very cell; None where there was none)`, n` (ratings while open).

    Attributes:
        false_alerts: Opened before any onset, or where no planted problem has a row. echoes: Others after an onset, in cells that share rows with it.
        per_month: False alerts in 30 judged days, with a 95 % Poisson interval `lower, upper`. judged_days: Days judged.
    """

    false_alerts: int
    echoes: int
    per_month: float
    lower: float
    upper: float
    judged_days: int

    def sentence(self) -> str:
        found = self.table[self.table["found"]] if len(self.table) else self.table
        return text("service.grade", n=count(len(self.table)), found=count(len(found)), delay="–" if found.empty else number(found["delay_days"].mean(), 1), false=count(self.false_alerts),
                    per_month=number(self.per_month, 1), lower=number(self.lower, 1), upper=number(self.upper, 1), echoes=count(self.echoes), days=count(self.judged_days))  # fmt: skip


def grade_watch(watched: Watched, planted: Sequence[tuple[Mapping, date]]) -> WatchGrade:
    """How long did the watch take to see what is known to have happened, and how often did it cry wolf?

    Args:
        planted: `(cell, first day)` of each problem that is known: a world's truth, or incidents that were confirmed afterwards. None: every alert is false.

    Source:
        DOMAIN 2.15; interval of a count: Garwood (1936), Biometrika 28, 437-442.
    """
    from scipy.special import chdtri

    rows, table = [], watched.table
    same = [[_same(where, cell) for cell in table["where"]] for where, _ in planted]
    for (where, onset), mine in zip(planted, same, strict=True):
        hits = table[np.array(mine, bool) & (table["opened"] >= onset)] if len(table) else table
        first = hits.sort_values("opened", kind="stable").iloc[0] if len(hits) else None
        rows.append((dict(where), onset, first is not None, None if first is None else first["kpi"], None if first is None else first["opened"],
                     None if first is None else (first["opened"] - onset).days, 0 if first is None else int(first["n"])))  # fmt: skip
    false = echoes = 0
    for place, alert in enumerate(table.itertuples()):
        known = [k for k, (_, onset) in enumerate(planted) if alert.opened >= onset]
        if any(same[k][place] for k in known):
            continue
        shares = any(_shares(planted[k][0], alert.where) for k in known)
        echoes, false = echoes + shares, false + (not shares)
    scale = MONTH / watched.judged_days if watched.judged_days else np.nan
    low = chdtri(2 * false, 0.975) / 2 if false else 0.0
    return WatchGrade(table=pd.DataFrame(rows, columns=["where", "onset", "found", "kpi", "opened", "delay_days", "n"]), false_alerts=false, echoes=echoes, per_month=false * scale,
                      lower=float(low) * scale, upper=float(chdtri(2 * false + 2, 0.025)) / 2 * scale, judged_days=watched.judged_days)  # fmt: skip


@dataclasses.dataclass(frozen=True)
class NullAlerts:
    """Alerts in 30 judged days were there no change: the mean over draws and its 95 % interval, `shares`: of draws with so many alerts a month."""

    per_month: float
    lower: float
    upper: float
    draws: int
    judged_days: int

    def sentence(self) -> str:
        return text(
            "service.null_alerts",
            per_month=number(self.per_month, 1),
            lower=number(self.lower, 1),
            upper=number(self.upper, 1),
            draws=count(self.draws),
            days=count(self.judged_days),
        )


def null_alerts(
    watched: Watched, *, draws: int = DRAWS, last: date | None = None, rng: np.random.Generator | int = 0
) -> NullAlerts:
    """How many alerts a month would this watch raise on this centre if nothing changed?

    The centre's own days are put into another order, all cells and KPIs of a day together and weekdays among themselves: sizes, scatter and what hangs
    together stay, any change in time is gone.

    Args:
        last: Use days up to this one only, e.g. the last before a problem that is known.

    Assumes:
        Days of the same weekday are exchangeable; a problem within them widens the scatter and so hides alerts.
    """
    rng = np.random.default_rng(rng)
    keep = watched.days if last is None else watched.days[watched.days <= pd.Timestamp(last)]
    if len(keep) < LEAST_DAYS:
        raise DataError("monitor_short", n=len(keep), least=LEAST_DAYS, last=last)
    weekday, counts = keep.day_of_week.to_numpy(), []
    judged = 0
    for _ in range(draws):
        order = np.arange(len(keep))
        for day in range(7):
            of = np.flatnonzero(weekday == day)
            order[of] = rng.permutation(of)
        mixed = [dataclasses.replace(part, n=part.n[:, order], sums=part.sums[:, :, order]) for part in watched.parts]
        charts = chart_all(mixed, keep, watched.watch)
        judged = int(np.any([np.isfinite(one.p).any(axis=0) for one in charts], axis=0).sum())
        counts.append(sum(int((np.diff(one.open.astype(int), axis=1, prepend=0) > 0).sum()) for one in charts))
    monthly = np.array(counts) * MONTH / max(judged, 1)
    half = 1.96 * monthly.std(ddof=1) / np.sqrt(draws) if draws > 1 else np.nan
    return NullAlerts(
        float(monthly.mean()), float(max(monthly.mean() - half, 0)), float(monthly.mean() + half), draws, judged
    )


def _levels(cell: Mapping) -> dict[str, frozenset]:
    return {
        dim: frozenset(map(str, level if isinstance(level, (list, tuple)) else [level])) for dim, level in cell.items()
    }


def _same(planted: Mapping, alert: Mapping) -> bool:
    """Whether an alert is about the planted cell, or (where that has several columns or levels) a side of it."""
    cell, seen = _levels(planted), _levels(alert)
    return bool(seen) and all(dim in cell and levels <= cell[dim] for dim, levels in seen.items())


def _shares(planted: Mapping, alert: Mapping) -> bool:
    """Whether two cells can have a row in common: they name no dimension with other levels."""
    cell, seen = _levels(planted), _levels(alert)
    return all(levels & cell[dim] for dim, levels in seen.items() if dim in cell)
