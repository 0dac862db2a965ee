"""Data defects: what is wrong with the rows, how many, and what it does to the KPI."""

from __future__ import annotations

import pandas as pd

from ccsat.cells import Asked, level_counts
from ccsat.centre import Centre
from ccsat.stages.business_days import calendar_defects
from ccsat.stages.defect import Defect, kpi_value
from ccsat.stages.duplicates import duplicates, twins
from ccsat.stages.filled import flagged_fill, silent_fill
from ccsat.stages.gaming import selective_invitation
from ccsat.stages.incidents import incident_windows
from ccsat.stages.lateness import late_answers

LOST_CLOCK_SHARE = 0.5  # of a day's rows at exactly midnight
LOST_CLOCK_ROWS = 30
DATE_ONLY_SHARE = 0.9  # a column at midnight this often holds dates, not times
SPARSE = 0.95
STRAIGHT_SHARE = 0.3


def find_defects(centre: Centre, asked: Asked) -> list[Defect]:
    """Every defect that the data show, worst effect first."""
    found = [*duplicates(centre, asked), *twins(centre, asked), *flagged_fill(centre, asked), *silent_fill(centre, asked),
             *selective_invitation(centre, asked), *late_answers(centre, asked), *incident_windows(centre, asked),
             *calendar_defects(centre, asked), *straight_lining(centre, asked), *lost_clocks(centre), *negative_durations(centre),
             *sparse_metrics(centre)]  # fmt: skip
    return sorted(found, key=lambda d: (-abs(d.effect_points or 0), d.key, -d.n))


def straight_lining(centre: Centre, asked: Asked) -> list[Defect]:
    """People who gave every question the same answer.

    `values`: `share`, `questions`; of a change also `share_baseline` (of that period; `share_current` of the current one) and
    `change_without`, the KPI's change among the others. They are named, not taken out: an honest answer may be the same throughout.
    """
    subs = [c for c in centre.columns if c.startswith("sub_")]
    if len(subs) < 2 or asked.caliber.outcome != "rating":
        return []
    same = " AND ".join(f"{column} = rating" for column in subs)
    row = centre.engine.query(f"SELECT COUNT(*) AS n, CAST(SUM(CASE WHEN {same} THEN 1 ELSE 0 END) AS BIGINT) AS straight "
                              f"FROM ({centre.facts}) f WHERE rating IS NOT NULL").iloc[0]  # fmt: skip
    if row["straight"] < STRAIGHT_SHARE * row["n"]:
        return []
    values = {"share": float(row["straight"] / row["n"]), "questions": len(subs) + 1}
    if asked.is_change:
        source = f"SELECT f.*, CASE WHEN {same} THEN 1 ELSE 0 END AS straight FROM ({centre.facts}) f"
        found = centre.engine.marginals(
            source, [("straight",)], outcome="rating", windows=asked.windows, where=asked.where
        )[("straight",)]
        n = (
            found.groupby(["period", "straight"])["n"]
            .sum()
            .unstack(fill_value=0)
            .reindex(columns=["0", "1"], fill_value=0)
        )
        values |= {f"share_{p}": float(n.loc[p, "1"] / n.loc[p].sum()) for p in n.index}
        others = found[found["straight"] == "0"]
        kpi = {p: kpi_value(level_counts(others, p), asked) for p in ("current", "baseline")}
        if None not in kpi.values():
            values["change_without"] = kpi["current"] - kpi["baseline"]
    return [Defect("straight_lining", int(row["straight"]), None, values)]


def lost_clocks(centre: Centre) -> list[Defect]:
    """Days on which the time of day is gone: nearly all rows at midnight."""
    found = []
    times = [
        c
        for c in centre.columns
        if c in ("at", "started_at", "responded_at", "answered_at") or c.endswith(("__start", "__end"))
    ]
    for column in times:
        name = centre.engine.quote(column)
        days = centre.engine.query(
            f"SELECT CAST({name} AS DATE) AS day, COUNT(*) AS n, "
            f"CAST(SUM(CASE WHEN {name} = CAST(CAST({name} AS DATE) AS TIMESTAMP) THEN 1 ELSE 0 END) AS BIGINT) AS midnight "
            f"FROM ({centre.facts}) f WHERE {name} IS NOT NULL GROUP BY CAST({name} AS DATE) ORDER BY day")  # fmt: skip
        if days.empty or days["midnight"].sum() > DATE_ONLY_SHARE * days["n"].sum():
            continue
        lost = days[(days["midnight"] >= LOST_CLOCK_ROWS) & (days["midnight"] > LOST_CLOCK_SHARE * days["n"])]
        theirs = _their_name(centre, column)
        if len(lost) and not any(d.values["column"] == theirs for d in found):
            listed = ", ".join(str(pd.Timestamp(day).date()) for day in lost["day"])
            found.append(Defect("lost_clock", int(lost["midnight"].sum()), None,
                                {"column": theirs, "days": listed, "of": int(lost["n"].sum())}))  # fmt: skip
    return found


def _their_name(centre: Centre, column: str) -> str:
    if column.endswith(("__start", "__end")):
        name, end = column.rsplit("__", 1)
        return str(getattr(centre.study.metric(name), end))
    return str(getattr(centre.study.columns, column, None) or column)


def negative_durations(centre: Centre) -> list[Defect]:
    """Times that end before they begin; left out wherever the metric is used."""
    found = []
    for name in centre.metrics:
        if centre.study.metric(name).start:
            n = int(
                centre.engine.query(
                    f"SELECT COUNT(*) AS n FROM ({centre.facts}) f WHERE {centre.engine.quote(name)} < 0"
                )["n"][0]
            )
            if n:
                found.append(Defect("negative_duration", n, None, {"column": name}))
    return found


def sparse_metrics(centre: Centre) -> list[Defect]:
    """Metrics that are almost always empty: not usable as drivers."""
    if not centre.metrics:
        return []
    profile = centre.engine.profile(centre.facts, list(centre.metrics))
    return [Defect("sparse_column", int(row.nulls), None, {"column": row.column, "share": row.nulls / row.rows})
            for row in profile.itertuples() if row.rows and row.nulls > SPARSE * row.rows]  # fmt: skip
