"""Data defects: what is wrong with the rows, how many, and what it does to the KPI."""

from __future__ import annotations

from dataclasses import dataclass, field

import pandas as pd

from ccsat.cells import Asked, count_cells, level_counts
from ccsat.centre import Centre

LOST_CLOCK_SHARE = 0.5  # of a day's rows at exactly midnight
LOST_CLOCK_ROWS = 30
DATE_ONLY_SHARE = 0.9  # a column at midnight this often holds dates, not times
SPARSE = 0.95
STRAIGHT_SHARE = 0.3


@dataclass(frozen=True)
class Defect:
    """One defect: `effect_points` is KPI as is minus KPI without the rows; None where it does not touch the KPI."""

    key: str
    n: int
    effect_points: float | None = None
    values: dict = field(default_factory=dict)


def find_defects(centre: Centre, asked: Asked) -> list[Defect]:
    """Every defect that the data show, worst effect first."""
    found = [*duplicates(centre, asked), *default_filled(centre, asked), *straight_lining(centre, asked),
             *lost_clocks(centre), *negative_durations(centre), *sparse_metrics(centre)]  # fmt: skip
    return sorted(found, key=lambda d: (-abs(d.effect_points or 0), d.key, -d.n))


def kpi_value(levels: dict[int, int], asked: Asked) -> float | None:
    """The KPI of counts per level; None where nothing is counted."""
    n = sum(levels.values())
    return sum(asked.values.get(k, 0) * c for k, c in levels.items()) / n if n else None


def _effect(centre: Centre, asked: Asked, without: dict) -> float | None:
    """KPI of the current period as is, minus KPI of the rows that meet `without`."""
    whole = kpi_value(level_counts(count_cells(centre, asked)), asked)
    clean = kpi_value(level_counts(count_cells(centre, asked, where=without)), asked)
    return None if whole is None or clean is None else whole - clean


def duplicates(centre: Centre, asked: Asked) -> list[Defect]:
    """Rows with an id that stands already; they are counted once."""
    if not centre.repeats:
        return []
    effect = None
    if asked.caliber.outcome == "rating" and centre.repeats.get("levels"):
        clean = centre.engine.marginals(centre.facts, [()], outcome="rating")[()]
        effect = kpi_value(centre.repeats["levels"], asked) - kpi_value(
            dict(zip(clean["level"], clean["n"], strict=True)), asked
        )
    return [Defect("duplicate", centre.repeats["n"], effect, {"column": centre.repeats["column"]})]


def default_filled(centre: Centre, asked: Asked) -> list[Defect]:
    """Ratings that nobody gave: unanswered surveys recorded as satisfied."""
    if "default_filled" not in centre.columns:
        return []
    n = sum(level_counts(count_cells(centre, asked, where={"default_filled": 1})).values())
    return [Defect("default_filled", n, _effect(centre, asked, {"default_filled": 0}))] if n else []


def straight_lining(centre: Centre, asked: Asked) -> list[Defect]:
    """People who gave every question the same answer."""
    subs = [c for c in centre.columns if c.startswith("sub_")]
    if len(subs) < 2:
        return []
    same = " AND ".join(f"{column} = rating" for column in subs)
    row = centre.engine.query(f"SELECT COUNT(*) AS n, CAST(SUM(CASE WHEN {same} THEN 1 ELSE 0 END) AS BIGINT) AS straight "
                              f"FROM ({centre.facts}) f WHERE rating IS NOT NULL").iloc[0]  # fmt: skip
    if row["straight"] < STRAIGHT_SHARE * row["n"]:
        return []
    return [
        Defect(
            "straight_lining",
            int(row["straight"]),
            None,
            {"share": float(row["straight"] / row["n"]), "questions": len(subs) + 1},
        )
    ]


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
