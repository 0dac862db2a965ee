"""Ratings that nobody gave: unanswered invitations recorded as satisfied, with a flag or without."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd

from ccsat.cells import Asked, count_cells, level_counts
from ccsat.centre import Centre
from ccsat.stages.defect import (
    Counts,
    Defect,
    effects_of,
    gave_shares,
    given_source,
    good_levels,
    invited_column,
    labels,
    meet,
    period_counts,
)

NEARLY_ALL = 0.95  # answered of a group's invitations on a day that a fill leaves; of its new ratings that are good
USUAL_MOST = 0.85  # a group that always answers more than this cannot jump to nearly all
FEW = 20  # invitations of a group on such days
FEW_A_DAY = 4
JUMP = 4.0  # standard errors of a period's answered share before days are looked at
ALL_FLAGS = 0.95  # of the filled rows in one level: that level is where
MOST_GROUPS = 200


def flagged_fill(centre: Centre, asked: Asked) -> list[Defect]:
    """Ratings that the data say were filled in.

    `values`: `n_current`, `n_baseline`, `where` ("dim=level", "" where it is everywhere) and `days` ("first/last", "" without time).
    """
    if "default_filled" not in centre.columns:
        return []
    removed = partial(_flagged, centre, asked)
    filled = removed(None)
    n = int(sum(sum(levels.values()) for levels in filled.values()))
    if not n:
        return []
    values = {
        **{f"n_{p}": int(sum(levels.values())) for p, levels in filled.items()},
        "where": _where(centre, asked, {"default_filled": 1}, n),
        "days": "",
    }
    if asked.windows:
        rows = centre.engine.crosstab(centre.facts, ["default_filled"], windows=asked.windows, by_day=True,
                                      where={**(asked.where or {}), "default_filled": 1})  # fmt: skip
        values["days"] = f"{pd.Timestamp(rows['day'].min()).date()}/{pd.Timestamp(rows['day'].max()).date()}"
    counts = period_counts(centre, asked)
    return [Defect("default_filled", n, values=values, removed=removed, **effects_of(centre, asked, counts, filled))]


def _flagged(centre: Centre, asked: Asked, where: Mapping | None) -> Counts:
    table = count_cells(centre, asked, where={**(where or {}), "default_filled": 1})
    return {p: {k: float(n) for k, n in level_counts(table, p).items()} for p in labels(asked)}


def _where(centre: Centre, asked: Asked, cell: Mapping, n: int) -> str:
    """The level that holds nearly all the rows of a cell, of the dimension where it is the rarest; "" where none does."""
    sets = [(dim,) for dim in asked.dims]
    found = centre.engine.marginals(
        centre.facts, sets, outcome=asked.caliber.outcome, windows=asked.windows, where={**(asked.where or {}), **cell}
    )
    best = ("", 0.5)
    for (dim,), table in found.items():
        level = table.groupby(dim)["n"].sum().sort_values().tail(1)
        whole = count_cells(centre, asked, (dim,))
        if len(level) and level.iloc[0] >= ALL_FLAGS * n:
            share = whole.loc[whole[dim] == level.index[0], "n"].sum() / whole["n"].sum()
            best = min(best, (f"{dim}={level.index[0]}", float(share)), key=lambda one: one[1])
    return best[0]


def silent_fill(centre: Centre, asked: Asked) -> list[Defect]:
    """Groups that nearly all answer, all well, on some days, and did not before: filled in, though nothing says so.

    A group is a level of a dimension, or the whole. What is taken out of its days is what goes beyond the answers that as many
    invitations gave on its other days.

    Returns:
        One `default_filled_unflagged` a group; of groups of several dimensions on the same days the largest. `values`: `where`, `days`
        (first/last), `share` and `share_usual` (of the invitations, answered), `n_current`, `n_baseline` (ratings too many).
    """
    base = invited_column(centre)
    if base is None or "rating" not in centre.columns or asked.caliber.outcome != "rating" or not asked.windows:
        return []
    source = given_source(centre)
    shares = gave_shares(centre, asked)
    sets = [(), *((dim,) for dim in asked.dims)]
    found: list[_Group] = []
    for some in sets:
        levels = _jumped(shares[some], some)
        if levels is not None:
            found += _groups(centre, asked, source, base, some, levels)
    kept: list[_Group] = []
    for group in sorted(found, key=lambda g: -g.extra):
        if not any(set(group.days) & set(one.days) and one.dims != group.dims for one in kept):
            kept.append(group)
    return [_defect(centre, asked, source, base, group) for group in kept]


@dataclass(frozen=True)
class _Group:
    """A group's filled days: what it answers on its other days, and how many answers are too many."""

    cell: dict
    days: list
    share: float
    usual: float
    levels: pd.Series  # of its usual answers
    extra: float

    @property
    def dims(self) -> tuple:
        return tuple(self.cell)


def _jumped(table: pd.DataFrame, some: tuple) -> list[str] | None:
    """Levels whose answered share differs between the periods beyond chance; None where there are none. [] means the whole."""
    keys = [table["period"], table["level"]]
    sums = table["n"].groupby([table[some[0]] if some else pd.Series("", table.index), *keys], observed=True).sum()
    wide = sums.unstack([1, 2], fill_value=0)
    if {p for p, _ in wide.columns} != {"current", "baseline"}:
        return [] if not some else sorted(map(str, wide.index))[:MOST_GROUPS]
    n = wide.T.groupby(level=0).sum().T
    x = wide.T[wide.columns.get_level_values(1) == 1].groupby(level=0).sum().T.reindex(columns=n.columns, fill_value=0)
    pooled = x.sum(axis=1) / n.sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        z = (x["current"] / n["current"] - x["baseline"] / n["baseline"]).abs() / np.sqrt(
            pooled * (1 - pooled) * (1 / n).sum(axis=1)
        )
    jumped = z[z > JUMP].sort_values(ascending=False).index[:MOST_GROUPS]
    return None if not len(jumped) else list(map(str, jumped)) if some else []


def _groups(centre: Centre, asked: Asked, source: str, base: str, some: tuple, levels: list[str]) -> list[_Group]:
    """The groups of one dimension that have filled days."""
    levels = _nearly_all(centre, asked, source, base, some, levels)
    if levels is None:
        return []
    where = {**({some[0]: levels} if some else {}), base: 1}
    table = centre.engine.crosstab(source, [*some, "gave", "rating"], windows=asked.windows, by_day=True, where=where)
    found = []
    for level, rows in table.groupby(some[0]) if some else [(None, table)]:
        days = rows.assign(x=rows["n"] * rows["gave"]).groupby("day")[["n", "x"]].sum()
        full = days[days["x"] >= NEARLY_ALL * days["n"]]
        rest = days.drop(full.index)
        if full["n"].sum() < FEW or rest["n"].sum() < FEW or rest["x"].sum() > USUAL_MOST * rest["n"].sum():
            continue
        answers = rows[(rows["gave"] == 1)]
        dist = answers[~answers["day"].isin(full.index)].groupby("rating")["n"].sum()
        dist, usual = dist / dist.sum(), rest["x"].sum() / rest["n"].sum()
        seen = answers[answers["day"].isin(full.index)].groupby("rating")["n"].sum()
        extra = full["x"].sum() - usual * full["n"].sum()
        good = good_levels(asked)
        bad = seen[~seen.index.isin(good)].sum()
        due = usual * full["n"].sum() * dist[~dist.index.isin(good)].sum()
        if bad <= due + (1 - NEARLY_ALL) * extra + 2 * np.sqrt(due + 1):
            share = float(full["x"].sum() / full["n"].sum())
            found.append(
                _Group({some[0]: level} if some else {}, sorted(full.index), share, float(usual), dist, float(extra))
            )
    return found


def _nearly_all(
    centre: Centre, asked: Asked, source: str, base: str, some: tuple, levels: list[str]
) -> list[str] | None:
    """Those of the levels that have enough invitations on days on which nearly all were answered; None where none has."""
    engine = centre.engine
    day = f"CAST({engine.quote('at')} AS DATE)"
    keys = [*map(engine.quote, some), day]
    first, last = min(w.first for w in asked.windows), max(w.last for w in asked.windows)
    days = engine.query(
        f"SELECT {', '.join([*keys, 'COUNT(*) AS n'])} FROM ({source}) s WHERE {engine.quote(base)} = 1 "
        f"AND {day} BETWEEN DATE '{first}' AND DATE '{last}' GROUP BY {', '.join(keys)} "
        f"HAVING COUNT(*) >= {FEW_A_DAY} AND SUM(gave) >= {NEARLY_ALL} * COUNT(*)"
    )
    if not some:
        return [] if days["n"].sum() >= FEW else None
    sums = days.groupby(some[0])["n"].sum()
    kept = [level for level in levels if sums.get(level, 0) >= FEW]
    return kept or None


def _defect(centre: Centre, asked: Asked, source: str, base: str, group: _Group) -> Defect:
    removed = partial(_too_many, centre, asked, source, base, group)
    extra, counts = removed(None), period_counts(centre, asked)
    n = {p: round(sum(levels.values())) for p, levels in extra.items()}
    first, last = (str(pd.Timestamp(day).date()) for day in (group.days[0], group.days[-1]))
    values = {"where": ";".join(f"{dim}={level}" for dim, level in group.cell.items()), "days": f"{first}/{last}",
              "share": group.share, "share_usual": group.usual, **{f"n_{p}": k for p, k in n.items()}}  # fmt: skip
    return Defect("default_filled_unflagged", sum(n.values()), values=values, removed=removed,
                  **effects_of(centre, asked, counts, extra))  # fmt: skip


def _too_many(centre: Centre, asked: Asked, source: str, base: str, group: _Group, where: Mapping | None) -> Counts:
    """Ratings of the group's filled days beyond its usual ones, per period and level, of a scope."""
    none: Counts = {p: {} for p in labels(asked)}
    cell = meet(group.cell, where)
    if cell is None:
        return none
    rows = centre.engine.crosstab(
        source, ["gave", "rating"], windows=asked.windows, by_day=True, where={**cell, base: 1}
    )
    rows = rows[rows["day"].isin(group.days)]
    for p, part in rows.groupby("period"):
        due = part["n"].sum() * group.usual * group.levels
        seen = part[part["gave"] == 1].groupby("rating")["n"].sum()
        more = seen.sub(due.reindex(seen.index, fill_value=0)).clip(lower=0)
        none[p] = {int(k): float(v) for k, v in more.items() if v > 0}
    return none
