"""One defect of the data, and the counts that tell what it does to the KPI."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import pandas as pd

from ccsat.cells import Asked, count_cells, design_effects, level_counts
from ccsat.centre import Centre
from ccsat.estimates import estimate_counts

Counts = dict[str, dict[int, float]]  # period -> level -> rows


@dataclass(frozen=True)
class Defect:
    """One defect: `effect_points` is the KPI as is minus the KPI without it; None where it does not touch the KPI.

    Attributes:
        key: Names it in the wording catalogue (`defect.KEY`).
        n: Rows that it touches, over all the data.
        effect_points: Of the current period, with its 95 % interval where there is one.
        values: Where, when and how many, as plain values.
        effect_baseline: The same of the baseline; None where there is none.
        removed: What the KPI's counts hold because of the defect, of a scope (None: the whole): period -> level -> rows, negative
            where rows are missing. None where nothing is to be taken out.
    """

    key: str
    n: int
    effect_points: float | None = None
    values: dict = field(default_factory=dict)
    effect_lower: float | None = None
    effect_upper: float | None = None
    effect_baseline: float | None = None
    removed: Callable[[Mapping | None], Counts] | None = field(default=None, repr=False, compare=False)


def kpi_value(levels: Mapping[int, float], asked: Asked) -> float | None:
    """The KPI of counts per level; None where nothing is counted."""
    n = sum(levels.values())
    return sum(asked.values.get(k, 0) * c for k, c in levels.items()) / n if n > 0 else None


def period_counts(centre: Centre, asked: Asked, where: Mapping | None = None) -> Counts:
    """Rows per level of each period, of a scope."""
    table = count_cells(centre, asked, where=where)
    return {label: level_counts(table, label) for label in labels(asked)}


def labels(asked: Asked) -> list[str]:
    """The names of the question's periods; without time everything is the current one."""
    return [window.label for window in asked.windows] or ["current"]


def without(counts: Mapping[int, float], removed: Mapping[int, float]) -> dict[int, float]:
    """Counts less what is to be taken out; no level below nothing."""
    return {k: max(counts.get(k, 0.0) - removed.get(k, 0.0), 0.0) for k in {**counts, **removed}}


def effects_of(centre: Centre, asked: Asked, counts: Counts, removed: Counts) -> dict[str, float | None]:
    """`effect_points`, its interval and `effect_baseline` of rows that are no ratings.

    The rows taken out are facts; what scatters is the KPI of the rows that stay.
    """
    found: dict[str, float | None] = {}
    for label, name in (("current", "effect_points"), ("baseline", "effect_baseline")):
        if label not in counts:
            continue
        clean = without(counts[label], removed.get(label, {}))
        whole, rest = kpi_value(counts[label], asked), kpi_value(clean, asked)
        found[name] = None if whole is None or rest is None else whole - rest
        if label == "current" and found[name] is not None:
            share = 1 - sum(clean.values()) / sum(counts[label].values())
            effect = design_effects(centre, asked)[0]["current"]
            now = estimate_counts(clean, asked.values, unit=asked.caliber.unit, design_effect=effect)
            found |= {
                "effect_lower": found[name] - share * (now.upper - now.value),
                "effect_upper": found[name] + share * (now.value - now.lower),
            }
    return found


def meet(cell: Mapping, scope: Mapping | None) -> dict | None:
    """The cell's part of a scope; None where they share nothing."""
    both: dict = {dim: _levels(value) for dim, value in cell.items()}
    for dim, value in (scope or {}).items():
        both[dim] = [level for level in _levels(value) if level in both[dim]] if dim in both else _levels(value)
    return both if all(both.values()) else None


def _levels(value: object) -> list:
    return list(value) if isinstance(value, (list, tuple)) else [value]


def given_source(centre: Centre) -> str:
    """The facts with `gave`: 1 where a person rated, 0 where nobody did or a default was filled in."""
    filled = " AND COALESCE(default_filled, 0) = 0" if "default_filled" in centre.columns else ""
    return f"SELECT f.*, CASE WHEN rating IS NOT NULL{filled} THEN 1 ELSE 0 END AS gave FROM ({centre.facts}) f"


def invited_column(centre: Centre) -> str | None:
    """The column of invitations that people can answer; None where the data have none."""
    return next((c for c in ("delivered", "pushed") if c in centre.columns), None)


def good_levels(asked: Asked) -> set[int]:
    """Levels in the best quarter of what a row can be worth."""
    low, high = min(asked.values.values()), max(asked.values.values())
    best = high if asked.sign > 0 else low
    return {k for k, value in asked.values.items() if abs(value - best) <= (high - low) / 4}


def gave_shares(centre: Centre, asked: Asked) -> dict[tuple, pd.DataFrame]:
    """Who rated of those invited, as counts: the whole, each dimension, the survey's mode. Remembered by the centre; {} without invitations."""
    base = invited_column(centre)
    if base is None or "rating" not in centre.columns:
        return {}
    sets = [
        (),
        *((dim,) for dim in asked.dims),
        *((c,) for c in ("mode",) if c in centre.columns and c not in asked.dims),
    ]
    key = ("gave_shares", asked.windows, tuple(sets))
    if key not in centre.memory:
        found = centre.engine.marginals(
            given_source(centre), sets, outcome="gave", windows=asked.windows, where={base: 1}
        )
        centre.memory[key] = {
            some: t if "period" in t.columns else t.assign(period="current") for some, t in found.items()
        }
    return centre.memory[key]
