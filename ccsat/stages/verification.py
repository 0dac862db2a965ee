"""How the effect of an action will be seen: metric, cells, controls, start, ratings and days needed, and when to stop."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pandas as pd

from ccsat.cells import Asked, common_effect, count_cells, design_effects, level_counts
from ccsat.centre import Centre
from ccsat.engine import Window
from ccsat.estimates import sample_size
from ccsat.numerics.power import days_to_see, power_after
from ccsat.stages.evidence import Cause

POWER = 0.8
HARM_Z = 3.0  # Haybittle-Peto: an interim look stops only beyond this, so that the last look keeps its level
FEW_LEVELS = 4  # levels that a rollout in steps needs
ENOUGH_CONTACTS = 20  # contacts of the cell in a period from which their volume is a metric
WEEKS = 14  # least days of a reading: every day of the week counts twice
NEVER = float("inf")


@dataclass(frozen=True)
class Flow:
    """What comes in a day: of the cell, and of everything outside all the cells found.

    `sd` is the spread of a row of the metric in the cell, `value` its level now; `days_before` how long it has been so.
    """

    value: float
    sd: float
    cell: float
    rest: float
    days_before: float
    design_effect: float
    n: int
    source: str  # "counted", or "approximate" without the data at hand


def flow_of(asked: Asked, cells: pd.DataFrame, rank: int, centre: Centre | None) -> Flow:
    """The daily flow of ratings in a cell, with spread and design effect."""
    row = cells.set_index("rank").loc[rank]
    days = _days(asked.current)
    n, share = float(row["n"]), float(row.get("share_volume", np.nan))
    total = n / share if share > 0 else n
    found = float(cells.loc[cells["kind"] != "mix", "n"].sum())
    value, sd, effect, source = float(row["value"]), _widest(asked), 1.0, "approximate"
    if asked.caliber.unit == "rate":
        sd = math.sqrt(max(value * (1 - value), 1e-12))
    if centre is not None:
        counts = level_counts(count_cells(centre, asked, where=row["where"]))
        if sum(counts.values()):
            scores = np.array([asked.values[level] for level in counts])
            weights = np.array(list(counts.values()), float)
            value = float(np.average(scores, weights=weights))
            sd = float(np.sqrt(np.average((scores - value) ** 2, weights=weights)))
            n, source = float(weights.sum()), "counted"
        effects, _ = design_effects(centre, asked)
        sizes = {label: sum(level_counts(count_cells(centre, asked), label).values()) for label in effects}
        effect = common_effect(effects, sizes)
    return Flow(value, sd, n / days, max(total - found, 0.0) / days, days, effect, int(n), source)


def plan_verification(
    action: Mapping,
    causes: Sequence[Cause],
    gains: Mapping[str, float],
    *,
    asked: Asked,
    cells: pd.DataFrame,
    horizon_days: int,
    centre: Centre | None = None,
    design: str | None = None,
) -> dict:
    """How will the effect of one action be seen, and can it be within the horizon?

    The metric is the KPI in the cell where the action should win most. Days needed are worked out for every design that the data allow; the
    library's design is taken where it is one of them, else the best that is in time. Where the KPI is under-powered and the cell's contacts
    grew, their number is offered instead.

    Args:
        action: `id, lead_days`. gains: Cause id -> points that the action is expected to win back of it.
        causes: Those that the action touches.
        centre: Makes flows and spreads exact; without it they come from the table of cells.

    Returns:
        Plain values, see DOMAIN 2.12: `action, metric, design, designs` (each with its days), `cells, controls, start, start_after_days,
        effect` (on the KPI in the cell), `value, value_expected, n_per_arm, design_effect, per_day, days_needed, n_needed, n_available,
        read_out, power` (at the horizon), `within_horizon, verdict` ("in_time", "too_late", "never", "no_start", "no_dates"), `alternative, stop`.
    """
    ranks: dict[int, float] = {}
    for cause in causes:
        ranks[cause.cell_rank] = ranks.get(cause.cell_rank, 0.0) + gains.get(cause.id, 0.0)
    rank = max(ranks, key=ranks.get)
    row = cells.set_index("rank").loc[rank]
    flow = flow_of(asked, cells, rank, centre)
    share = float(row.get("share_volume", 1.0))
    effect = asked.sign * ranks[rank] / share if share > 0 else 0.0
    left = horizon_days - float(action["lead_days"])
    designs = _designs(centre, asked, row["where"], flow, effect)
    chosen = (
        design
        if _read_after(designs.get(design, NEVER)) <= left
        else min(designs, key=lambda name: (designs[name] > left, *_order(name)))
    )
    if all(days > left for days in designs.values()):
        chosen = min(designs, key=lambda name: (designs[name], *_order(name)))
    days = designs[chosen]
    needed, days = days, _read_after(days)
    to = flow.value + effect
    as_of = asked.current.last if asked.current is not None else None
    start = as_of + timedelta(math.ceil(float(action["lead_days"]))) if as_of else None
    verdict = (
        "no_dates"
        if asked.current is None
        else "no_start"
        if left <= 0
        else "never"
        if not math.isfinite(days)
        else "in_time"
        if days <= left
        else "too_late"
    )
    return {
        "action": action["id"], "metric": asked.caliber.key, "design": chosen, "designs": {name: _whole(one) for name, one in designs.items()},
        "start_after_days": action["lead_days"], "start": str(start) if start else None, "cells": [dict(cells.set_index("rank").loc[r, "where"]) for r in ranks],
        "cell": dict(row["where"]), "controls": _controls(chosen, row["where"]),
        "effect": effect, "value": flow.value, "value_expected": to, "n_per_arm": _per_arm(asked, flow, effect), "design_effect": flow.design_effect,
        "per_day": flow.cell if asked.current is not None else None, "days_needed": _whole(days), "n_needed": _whole(needed * flow.cell), "n_available": max(int(left * flow.cell), 0) if asked.current is not None else None,
        "read_out": str(start + timedelta(math.ceil(days))) if start and math.isfinite(days) and days < 730 else None,
        "power": power_after(left, needed, days_before=NEVER if chosen in ("holdout", "staggered") else flow.days_before),
        "within_horizon": verdict == "in_time", "verdict": verdict, "flow": flow.source,
        "alternative": _contacts(centre, asked, row["where"], ranks[rank], row["points"], left) if verdict != "in_time" else None,
        "stop": {"look_days": _whole(days / 2), "harm_z": HARM_Z, "n": _whole(needed * flow.cell), "days": _whole(days)},
    }  # fmt: skip


def _designs(centre: Centre | None, asked: Asked, where: Mapping, flow: Flow, effect: float) -> dict[str, float]:
    """Days that each design needs, of those that the data allow."""
    same = {"sd": flow.sd, "design_effect": flow.design_effect, "power": POWER}
    if not effect or asked.current is None:  # nothing to see, or no days to count
        return {"interrupted_series": NEVER}
    half = days_to_see(effect, flow=flow.cell / 2, flow_control=flow.cell / 2, **same)
    found = {"holdout": half}
    if centre is not None and any(_many(centre, asked, dim) for dim in asked.dims if dim not in where):
        found["staggered"] = days_to_see(
            effect, flow=flow.cell / 2, flow_control=flow.cell / 2, days_before=flow.days_before, **same
        )
    if where and flow.rest > 0:
        found["difference_in_differences"] = days_to_see(
            effect, flow=flow.cell, flow_control=flow.rest, days_before=flow.days_before, **same
        )
    found["interrupted_series"] = days_to_see(effect, flow=flow.cell, days_before=flow.days_before, **same)
    return found


def _read_after(days: float) -> float:
    """Days until the effect is read: those that power asks for, and whole weeks enough."""
    return max(days, WEEKS)


def _order(name: str) -> tuple[int]:
    """Best evidence that needs no lottery first: a holdout is a lottery, so it is taken where the library says so or nothing else is in time."""
    return (("difference_in_differences", "staggered", "holdout", "interrupted_series").index(name),)


def _many(centre: Centre, asked: Asked, dim: str) -> bool:
    """Whether a dimension has enough levels of some size for a rollout in steps."""
    counts = count_cells(centre, asked, (dim,)).query("period == 'current'").groupby(dim)["n"].sum()
    return FEW_LEVELS <= int((counts > 0.02 * counts.sum()).sum()) <= 200


def _controls(design: str, where: Mapping) -> dict:
    """What it is compared with: a key of the wording, and the cell that it is about."""
    return {"key": design, "dims": list(where)}


def _per_arm(asked: Asked, flow: Flow, effect: float) -> float | None:
    """Ratings per arm of a plain comparison of two groups, with the design effect; None where there is nothing to see."""
    to = flow.value + effect
    if not effect or flow.sd <= 0:
        return None
    if asked.caliber.unit == "rate" and 0 < to < 1:
        return math.ceil(sample_size(to, flow.value, power=POWER) * flow.design_effect)
    from ccsat.numerics.power import rows_for_means

    return math.ceil(rows_for_means(abs(effect), sd=flow.sd, power=POWER) * flow.design_effect)


def _contacts(
    centre: Centre | None, asked: Asked, where: Mapping, gain: float, points: float, left: float
) -> dict | None:
    """The cell's contacts as a metric of more power: what they grew by since the baseline comes back in part.

    Days of a rollout to one half of the customers against the other; daily counts scatter more than chance, and that scatter is counted.
    """
    if centre is None or not asked.is_change or centre.study.data.contacts is None or left <= 0 or not points:
        return None
    now, before = (_daily(centre, asked, window, where) for window in (asked.current, asked.baseline))
    if min(now.sum(), before.sum()) < ENOUGH_CONTACTS:
        return None
    level, usual = float(now.mean()), float(before.mean())
    grown = level - usual
    if grown <= 0:
        return None
    effect = -grown * min(gain / abs(points), 1.0)
    scatter = _scatter((now, asked.current.first.weekday()), (before, asked.baseline.first.weekday()))
    spread = math.sqrt(scatter * level / 2)
    days = days_to_see(effect / 2, sd=spread, flow=1.0, flow_control=1.0, power=POWER)
    kept = centre.intake.table
    people = int(kept.loc[(kept["table"] == "customers") & (kept["why"] == "kept"), "n"].sum()) if len(kept) else 0
    per = 1000.0 / people if people else 1.0
    return {"metric": "contacts_per_1000_customers" if people else "contacts_per_day", "design": "holdout", "value": level * per, "value_baseline": usual * per,
            "effect": effect * per, "scatter": scatter, "days_needed": _whole(days), "within_horizon": days <= left,
            "power": power_after(left, days), "customers": people or None}  # fmt: skip


def _daily(centre: Centre, asked: Asked, window: Window, where: Mapping) -> np.ndarray:
    """Contacts of a cell on each day of a period, rated or not."""
    table = centre.engine.crosstab(
        centre.facts, [asked.caliber.outcome], windows=[window], by_day=True, where=dict(where)
    )
    counts = table.groupby(pd.to_datetime(table["day"]).dt.date)["n"].sum()
    days = [window.first + timedelta(k) for k in range((window.last - window.first).days + 1)]
    return counts.reindex(days, fill_value=0).to_numpy(float)


def _scatter(*periods: tuple[np.ndarray, int]) -> float:
    """How much more daily counts vary than chance, week days apart and each period for itself; at least 1."""
    chi, free = 0.0, 0
    for counts, first in periods:
        day = (np.arange(len(counts)) + first) % 7
        usual = np.bincount(day, counts, minlength=7) / np.maximum(np.bincount(day, minlength=7), 1)
        expected = usual[day]
        chi += float(np.divide((counts - expected) ** 2, expected, out=np.zeros(len(counts)), where=expected > 0).sum())
        free += max(len(counts) - 7, 0)
    return max(chi / free, 1.0) if free else 1.0


def _days(window: Window | None) -> float:
    return float((window.last - window.first).days + 1) if window is not None else 30.0


def _widest(asked: Asked) -> float:
    """The largest spread that the scale allows: half its range."""
    return (max(asked.values.values()) - min(asked.values.values())) / 2


def _whole(value: float) -> int | None:
    return math.ceil(value) if math.isfinite(value) and value < 1e9 else None


def due_day(asked: Asked, lead_days: float) -> date | None:
    """The day by which an action works, counted from the last day of the period."""
    return asked.current.last + timedelta(math.ceil(lead_days)) if asked.current is not None else None
