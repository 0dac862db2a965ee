"""Hypotheses from business rules: do the contacts that a rule was applied to carry what a cell loses?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from ccsat.cells import Asked, agent_carried, count_cells, design_effects
from ccsat.centre import Centre
from ccsat.engine import NULL_LEVEL
from ccsat.estimates import adjust, difference_table
from ccsat.stages.evidence import GAP_OF_KIND, OWNER_OF_KIND, SIGNIFICANT, Cause, Evidence, Link, part_of

COLUMN = "rule_code"
CARRIES = 0.5  # of the cell's loss that contacts under the rule must carry
MENTIONED = 0.3  # of the cell's contacts from which a rule that is ruled out is worth a line
GREW = 0.2  # rise in the share of the cell's contacts under the rule that can explain a change
SPREAD = 0.8  # of the teams (or other levels that agents carry) that must be below for "whoever serves"
FOLLOWED = "process_followed"


@dataclass
class Ruled:
    """One rule in one cell: counts per level with it and without it, inside the cell and outside."""

    code: str
    share: float
    share_before: float
    carries: float
    contrast: dict = field(default_factory=dict)
    p_adjusted: float = 1.0


def rule_causes(
    centre: Centre, asked: Asked, cell: Mapping, *, rank: int, points: float, chain: tuple[Link, ...], owner: str
) -> tuple[list[Cause], list[dict]]:
    """Business rules whose contacts carry a cell's loss.

    A rule is compared inside the cell where the cell has enough contacts without it; else its contacts are compared with all contacts outside the
    cell, and the rule cannot be told from the rest of what sets the cell apart (`covers` says so). For a change the rule must have come to more contacts:
    one that held before as it does now explains none. With a contrast beyond chance (Holm over the rules) and customers who name first what rules lead to, the
    rule is an association of grade C; without, D.

    Args:
        chain, owner: The links before, and the owner class of what customers name first.

    Returns:
        Causes `rule:CODE`; and `{"id", "why", ...numbers}` with why "rule_constant", "rule_light" or "rule_no_worse".
    """
    if COLUMN not in centre.columns or points * asked.sign >= 0:
        return [], []
    found = _measured(centre, asked, cell)
    causes, out = [], []
    for one in found:
        numbers = {"share": one.share, "carries": one.carries, **one.contrast}
        why = None
        if asked.is_change and one.share - one.share_before < GREW:
            why = "rule_constant"
        elif one.carries < CARRIES:
            why = "rule_light"
        elif not one.p_adjusted < SIGNIFICANT or one.contrast["value"] * asked.sign >= 0:
            why = "rule_no_worse"
        if why:
            if one.share >= MENTIONED:
                out.append({"id": f"rule:{one.code}", "why": why, **numbers, "share_before": one.share_before})
            continue
        named = owner == OWNER_OF_KIND["rule"]
        evidence = [Evidence("rule_covers" if one.contrast["covers"] else "rule_within", "C" if named else "D",
                             {**numbers, "p": one.p_adjusted})]  # fmt: skip
        if named:
            evidence.append(Evidence("rule_named", "D", {"owner": owner}))
        evidence += [
            piece
            for piece in (_followed(centre, asked, cell, one.code), _whoever(centre, asked, cell, one.code))
            if piece
        ]
        links = (*chain, Link("rule", {"id": one.code, "share": one.share}, changeable=True))
        causes.append(Cause(rank, f"rule:{one.code}", "rule", OWNER_OF_KIND["rule"], GAP_OF_KIND["rule"], tuple(evidence), links,
                            part_of(points, points * one.carries), one.carries))  # fmt: skip
    return causes, out


def _measured(centre: Centre, asked: Asked, cell: Mapping) -> list[Ruled]:
    inside, everywhere = _by_rule(centre, asked, cell), _by_rule(centre, asked, None)
    now, all_now = _of(inside, "current"), _of(everywhere, "current")
    n, lost = now["n"].sum(), now["lost"].sum()
    if not n:
        return []
    before = _of(inside, "baseline")
    effect = max(design_effects(centre, asked, tuple(cell))[0].values(), default=1.0)
    outside = _levels(all_now, asked) - _levels(now, asked)
    found = []
    for code in now["rule"].unique():
        if not code:
            continue
        under, free = now[now["rule"] == code], now[now["rule"] != code]
        one = Ruled(
            code, float(under["n"].sum() / n), _share(before, code), float(under["lost"].sum() / lost) if lost else 0.0
        )
        covers = bool(free["n"].sum() < asked.question.min_n)
        against = outside if covers else _levels(free, asked)
        if under["n"].sum() < asked.question.min_n or not against.sum():
            continue
        row = difference_table(_levels(under, asked)[None], against[None], list(asked.values.values()), unit=asked.caliber.unit,
                               design_effects=(effect, effect)).iloc[0]  # fmt: skip
        one.contrast = {"value": float(row["value"]), "lower": float(row["lower"]), "upper": float(row["upper"]), "n": int(row["n"]),
                        "n_control": int(row["n_baseline"]), "covers": covers}  # fmt: skip
        one.p_adjusted = float(row["p_value"])
        found.append(one)
    for one, p in zip(found, adjust([one.p_adjusted for one in found], "holm") if found else (), strict=True):
        one.p_adjusted = float(p)
    return sorted(found, key=lambda one: (-one.carries, one.code))


def _by_rule(centre: Centre, asked: Asked, cell: Mapping | None) -> pd.DataFrame:
    """Counts per period, rule ("" for none) and level, with what they lose."""
    key = ("rules", asked.caliber.key, asked.windows, repr(sorted((cell or {}).items(), key=repr)))
    if key not in centre.memory:
        outcome = asked.caliber.outcome
        table = centre.engine.crosstab(
            centre.facts, [COLUMN, outcome], windows=asked.windows, where={**(asked.where or {}), **(cell or {})}
        )
        table = table[table[outcome].notna()].rename(columns={outcome: "level", COLUMN: "rule"})
        table = table if "period" in table.columns else table.assign(period="current")
        named = table["rule"].notna() & (table["rule"] != NULL_LEVEL)
        table["rule"] = table["rule"].astype(object).where(named, "")
        table["lost"] = table["n"] * (asked.full - table["level"].astype(int).map(asked.values)).abs()
        centre.memory[key] = table
    return centre.memory[key]


def _of(table: pd.DataFrame, period: str) -> pd.DataFrame:
    return table[table["period"] == period]


def _share(table: pd.DataFrame, code: str) -> float:
    whole = table["n"].sum()
    return float(table.loc[table["rule"] == code, "n"].sum() / whole) if whole else 0.0


def _levels(table: pd.DataFrame, asked: Asked) -> np.ndarray:
    """Counts per level of the scale, in the order of `asked.values`."""
    sums = table.groupby(table["level"].astype(int))["n"].sum()
    return np.array([float(sums.get(level, 0)) for level in asked.values])


def _followed(centre: Centre, asked: Asked, cell: Mapping, code: str) -> Evidence | None:
    """Contacts under the rule where the process was followed, against all others of the centre where it was: by design, not by a slip."""
    if FOLLOWED not in centre.columns:
        return None
    here = {**cell, COLUMN: code, FOLLOWED: 1}
    under = _counts(centre, asked, here)
    rest = _counts(centre, asked, {FOLLOWED: 1}) - under
    if under.sum() < asked.question.min_n or not rest.sum():
        return None
    row = difference_table(under[None], rest[None], list(asked.values.values()), unit=asked.caliber.unit).iloc[0]
    if row["lower"] <= 0 <= row["upper"] or row["value"] * asked.sign >= 0:
        return None
    return Evidence("rule_followed", "D", {"value": float(row["value"]), "lower": float(row["lower"]), "upper": float(row["upper"]),
                                           "n": int(row["n"]), "n_control": int(row["n_baseline"])})  # fmt: skip


def _counts(centre: Centre, asked: Asked, where: Mapping) -> np.ndarray:
    table = count_cells(centre, asked, where=where)
    return _levels(table[table["period"] == "current"], asked)


def _whoever(centre: Centre, asked: Asked, cell: Mapping, code: str) -> Evidence | None:
    """Of the finest level that agents carry: how many do worse under the rule than without it? Agents are not it where nearly all do."""
    dims = [dim for dim in asked.dims if agent_carried(dim) and dim not in cell]
    tables = {
        dim: (_per_level(centre, asked, dim, {**cell, COLUMN: code}), _per_level(centre, asked, dim, {}))
        for dim in dims
    }
    dim = max(dims, key=lambda one: len(tables[one][1]), default=None)
    if dim is None:
        return None
    under, whole = tables[dim]
    both = under.join(whole, how="inner", rsuffix="_all")
    both = both[both["n"] >= max(asked.question.min_n / 3, 5)]
    if len(both) < 4:
        return None
    rest = (both["s_all"] - both["s"]) / (both["n_all"] - both["n"])
    worse = int((asked.sign * (both["s"] / both["n"] - rest) < 0).sum())
    if worse < SPREAD * len(both):
        return None
    return Evidence("rule_whoever", "D", {"dim": dim, "worse": worse, "of": len(both)})


def _per_level(centre: Centre, asked: Asked, dim: str, where: Mapping) -> pd.DataFrame:
    table = count_cells(centre, asked, (dim,), where=where or None)
    table = table[table["period"] == "current"]
    return table.assign(s=table["n"] * table["level"].astype(int).map(asked.values)).groupby(dim)[["n", "s"]].sum()
