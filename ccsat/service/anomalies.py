"""Anomaly watch over KPIs and cells at once: one false discovery rate for all of a day's cells, and alerts with a memory."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from datetime import date

import numpy as np
import pandas as pd

from ccsat.cells import Asked, ask
from ccsat.centre import Centre
from ccsat.errors import DataError
from ccsat.monitor import LEAST_DAYS, alert_sentence, alerts, daily_sums
from ccsat.numerics.charts import Charted, Watch, watch_series
from ccsat.question import Question, day_of
from ccsat.results import Result, result_class
from ccsat.wording import count, term, text

DAILY_FDR = 0.01  # the correction is for one day: 5 % a day would be more than one false day a month, 1 % is one in three months


@dataclasses.dataclass(frozen=True)
class Sums:
    """What a KPI's charts are made of: its cells, ratings and powers a day."""

    asked: Asked
    cells: tuple[Mapping, ...]
    n: np.ndarray
    sums: np.ndarray


@result_class
class Watched(Result):
    """Alerts over KPIs and cells. The table: `kpi, caliber` and the columns of `monitor.Monitored`, open ones first, then the newest.

    `p_adjusted` is over every cell of every KPI of that day; an alert opens on the first day on which that allows it.

    Attributes:
        days: All days. judged_from: The first that could be judged. fdr: The false discovery rate.
        parts: What the charts were made of, by KPI, for `null_alerts`. watch: How.
    """

    days: pd.DatetimeIndex
    judged_from: date
    parts: tuple[Sums, ...]
    watch: Watch

    @property
    def judged_days(self) -> int:
        return int((self.days >= pd.Timestamp(self.judged_from)).sum())

    @property
    def open(self) -> pd.DataFrame:
        """Alerts that are open on the last day."""
        return self.table[self.table["state"] == "open"].reset_index(drop=True)

    def sentence(self) -> str:
        cells, last = sum(len(part.cells) for part in self.parts), self.days[-1].date()
        values = {
            "kpis": count(len(self.parts)),
            "cells": count(cells),
            "day": str(last),
            "n": count(len(self.open)),
            "closed": count(len(self.table) - len(self.open)),
        }
        if self.open.empty:
            return text("service.watch_none", **values)
        first = self.open.iloc[0]
        asked = next(
            part.asked for part in self.parts if part.asked.caliber.key == f"{first['kpi']}/{first['caliber']}"
        )
        return text("service.watch", **values, kpi=term(first["kpi"]), first=alert_sentence(first, asked))


def watch_service(
    centre: Centre, questions: Sequence[Question | Asked], *, dims: Sequence[str] | None = None, as_of: date | str | None = None, watch: Watch | None = None
) -> Watched:  # fmt: skip
    """Which cells of which KPIs are worse than they were, with one false discovery rate over all of them?

    Each KPI's cells are charted as by `monitor_kpi` (scatter between days, weekdays, drift, hysteresis). Each day's p-values of all KPIs are then
    corrected together, and an alert stands from the first day on which that correction allows it.

    Args:
        questions: One a KPI; their periods do not matter. dims: Dimensions watched; each question's by default.
        watch: Reference, memory, least ratings and the false discovery rate of a day, by default 1 %.

    Returns:
        `Watched`.

    Raises:
        DataError: No time, no question, or fewer than 29 days. As `ask`.

    Assumes:
        KPIs of the same ratings hang together positively, for which the correction holds.

    Source:
        DOMAIN 2.15; Benjamini and Yekutieli (2001), Annals of Statistics 29, 1165-1188; `numerics.charts`.
    """
    watch = watch or Watch(fdr=DAILY_FDR)
    asked = [one if isinstance(one, Asked) else ask(centre, one) for one in questions]
    if not asked:
        raise DataError("watch_no_kpi")
    if centre.days is None:
        raise DataError("monitor_time")
    last = min(centre.days[1], day_of(as_of) if isinstance(as_of, str) else as_of or centre.days[1])
    days = pd.date_range(centre.days[0], last)
    if len(days) < LEAST_DAYS:
        raise DataError("monitor_short", n=max(len(days), 0), least=LEAST_DAYS, last=last)
    parts = []
    for one in asked:
        cells, n, sums = daily_sums(centre, one, tuple(one.dims if dims is None else dims), days)
        parts.append(Sums(one, tuple(cells), n, sums))
    charts = chart_all(parts, days, watch)
    tables = []
    for part, charted in zip(parts, charts, strict=True):
        found = alerts(part.cells, part.n, part.sums, charted, days)
        found.insert(0, "kpi", part.asked.caliber.kpi)
        found.insert(1, "caliber", part.asked.caliber.id)
        tables.append(found)
    whole = [table for table in tables if len(table)]
    table = pd.concat(whole, ignore_index=True) if whole else tables[0]
    table = table.assign(still=table["state"] == "open").sort_values(["still", "opened", "p_adjusted"], ascending=[False, False, True], kind="stable", ignore_index=True).drop(columns="still")  # fmt: skip
    table["alert"] = range(1, len(table) + 1)
    judged = np.flatnonzero(np.any([np.isfinite(one.p).any(axis=0) for one in charts], axis=0))
    caveats = () if len(judged) else (("caveat.monitor_thin", {"least": watch.least}),)
    return Watched(
        table=table,
        days=days,
        judged_from=days[judged[0]].date() if len(judged) else last,
        parts=tuple(parts),
        watch=watch,
        caveats=caveats,
    )


def chart_all(parts: Sequence[Sums], days: pd.DatetimeIndex, watch: Watch) -> list[Charted]:
    """Each KPI's charts, opened where the correction over all of them allows it."""
    from scipy.stats import false_discovery_control

    weekday = days.day_of_week.to_numpy()
    charts = [watch_series(part.n, part.sums, weekday, worse=-part.asked.sign, watch=watch) for part in parts]
    p = np.concatenate([one.p for one in charts])
    joint = np.full(p.shape, np.nan)
    for t in range(p.shape[1]):
        judged = np.isfinite(p[:, t])
        if judged.any():
            joint[judged, t] = false_discovery_control(p[judged, t])
    out, start = [], 0
    for one in charts:
        adjusted = joint[start : start + len(one.p)]
        start += len(one.p)
        allowed = (one.rule > 0) & (np.nan_to_num(adjusted, nan=1.0) <= watch.fdr)
        is_open = np.zeros_like(one.open)
        for t in range(one.open.shape[1]):
            is_open[:, t] = one.open[:, t] & (allowed[:, t] | (is_open[:, t - 1] if t else False))
        out.append(dataclasses.replace(one, adjusted=adjusted, open=is_open))
    return out
