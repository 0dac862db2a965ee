"""The KPI and its change without what the data got wrong, step by step."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ccsat.cells import Asked
from ccsat.centre import Centre
from ccsat.estimates import Difference, Estimate, difference, estimate_counts
from ccsat.stages.defect import Counts, Defect, kpi_value, meet, period_counts, without

ORDER = ("duplicate", "duplicate_rows", "default_filled", "default_filled_unflagged", "selective_invitation")
UNSETTLED = "unsettled"


@dataclass(frozen=True)
class Step:
    """One correction: the KPI before it less the KPI after it, of the current period and of the baseline.

    `key` is a defect's, "unsettled" or "instrument"; `n` the rows it concerns; `values` as the defect's.
    """

    key: str
    n: int
    effect_points: float
    effect_baseline: float
    values: dict


@dataclass(frozen=True)
class Corrected:
    """The current KPI corrected, with interval.

    Attributes:
        n: Ratings left in the current period.
        as_is: The KPI as the files have it, copies of rows counted as often as they stand: `as_is - value` is the sum of the steps'
            `effect_points`. `as_is_baseline` likewise of the baseline and `effect_baseline`.
        baseline: Corrected; None where the question has none.
        change: Corrected current minus corrected baseline; where the survey changed, that of the scope it did not touch.
        steps: In the order in which they were taken.
        effective_n: `n` divided by the design effect. `numerator` / `denominator` is the value, as of an `Estimate`.
    """

    value: float
    lower: float
    upper: float
    n: float
    as_is: float
    as_is_baseline: float | None
    baseline: Estimate | None
    change: Difference | None
    steps: tuple[Step, ...]
    effective_n: float

    @property
    def numerator(self) -> float:
        return self.value * self.n

    @property
    def denominator(self) -> float:
        return self.n


def corrected_kpi(
    centre: Centre,
    asked: Asked,
    defects: Sequence[Defect],
    effects: Mapping[str, float],
    *,
    where: Mapping | None = None,
    unchanged: Mapping | None = None,
    outside: Difference | None = None,
    settled_only: bool = False,
) -> Corrected | None:
    """What would the KPI and its change be without duplicates, default fills and selective invitation?

    Copies and filled ratings are taken out; a group that invited selectively is put where its own baseline, moved as the other groups
    moved, has it; then, on request, days whose answers still come in are left out, and the change is that of the scope that a
    change of the survey did not touch.

    Args:
        effects: Design effects of the periods.
        where: Only this scope, dim -> levels.
        unchanged: The scope that the survey's change left alone, dim -> levels: its own change, corrected by the same defects, counts as the
            whole's, and the last step, "instrument", is what the rest says beyond it.
        outside: That change where it is known already; used as it is. Not with `unchanged`.
        settled_only: Without days that are not settled (in both the KPI and the steps).

    Returns:
        None where nothing is there to correct, or nothing is left.

    Assumes:
        Service outside the survey's change moved as inside; the order of the steps matters little (their rows hardly overlap).
    """
    keys = [*ORDER, UNSETTLED] if settled_only else list(ORDER)
    usable = sorted((d for d in defects if d.removed is not None and d.key in keys), key=lambda d: keys.index(d.key))
    if not usable and unchanged is None and outside is None:
        return None
    counts, loaded = _as_loaded(centre, asked, usable, where)
    baseline = "baseline" in counts
    if any(not sum(levels.values()) for levels in counts.values()):
        return None
    now, steps, borrowed = loaded, [], 0.0
    for defect in usable:
        removed = defect.removed(where)
        if not any(n for levels in removed.values() for n in levels.values()):
            continue
        after = {p: without(levels, removed.get(p, {})) for p, levels in now.items()}
        if any(not sum(levels.values()) > 0 for levels in after.values()):
            return None
        steps.append(Step(defect.key, defect.n, *_moved(now, after, asked), defect.values))
        borrowed += defect.values.get("share_of_ratings", 0.0) if defect.key == "selective_invitation" else 0.0
        now = after
    if not steps and unchanged is None and outside is None:
        return None
    wider = {"current": effects.get("current", 1.0) / max(1 - borrowed, 0.1), "baseline": effects.get("baseline", 1.0)}
    current = estimate_counts(now["current"], asked.values, unit=asked.caliber.unit, design_effect=wider["current"])
    before = (
        estimate_counts(now["baseline"], asked.values, unit=asked.caliber.unit, design_effect=wider["baseline"])
        if baseline
        else None
    )
    change = difference(now["current"], now["baseline"], asked.values, unit=asked.caliber.unit,
                        design_effects=(wider["current"], wider["baseline"])) if baseline else None  # fmt: skip
    value, lower, upper, n = current.value, current.lower, current.upper, current.n
    if baseline and (unchanged is not None or outside is not None):
        aside = (
            outside
            if unchanged is None
            else _scope_change(centre, asked, defects, effects, where, unchanged, settled_only)
        )
        if aside is None:
            return None
        change, value = aside, before.value + aside.value
        lower, upper = _sum_interval(before, aside, value, asked)
        steps.append(Step("instrument", int(current.n - aside.n), current.value - value, 0.0, dict(unchanged or {})))
        n = aside.n
    before_is = kpi_value(loaded["baseline"], asked) if baseline else None
    return Corrected(value, lower, upper, n, kpi_value(loaded["current"], asked), before_is, before, change, tuple(steps),
                     n / wider["current"])  # fmt: skip


def _as_loaded(centre: Centre, asked: Asked, usable: Sequence[Defect], where: Mapping | None) -> tuple[Counts, Counts]:
    """Counts of the facts, and with the copies that the facts leave out."""
    counts = {p: {k: float(n) for k, n in levels.items()} for p, levels in period_counts(centre, asked, where).items()}
    loaded = {p: dict(levels) for p, levels in counts.items()}
    for defect in usable:
        if defect.key == "duplicate":
            for p, levels in defect.removed(where).items():
                for level, n in levels.items():
                    loaded[p][level] = loaded[p].get(level, 0.0) + n
    return counts, loaded


def _moved(before: Counts, after: Counts, asked: Asked) -> tuple[float, float]:
    moves = {p: kpi_value(before[p], asked) - kpi_value(after[p], asked) for p in before}
    return moves["current"], moves.get("baseline", 0.0)


def _scope_change(centre: Centre, asked: Asked, defects: Sequence[Defect], effects: Mapping[str, float], where: Mapping | None,
                  unchanged: Mapping, settled_only: bool) -> Difference | None:  # fmt: skip
    """The change in the scope that the survey's change left alone, corrected."""
    scope = meet(unchanged, where)
    if scope is None:
        return None
    inner = corrected_kpi(centre, asked, defects, effects, where=scope, settled_only=settled_only)
    if inner is not None:
        return inner.change
    counts = period_counts(centre, asked, scope)
    if any(not sum(levels.values()) for levels in counts.values()):
        return None
    return difference(counts["current"], counts["baseline"], asked.values, unit=asked.caliber.unit,
                      design_effects=(effects.get("current", 1.0), effects.get("baseline", 1.0)))  # fmt: skip


def _sum_interval(before: Estimate, change: Difference, value: float, asked: Asked) -> tuple[float, float]:
    """Of baseline plus change, their errors taken as independent; within the values there are."""
    lower = value - math.hypot(before.value - before.lower, change.value - change.lower)
    upper = value + math.hypot(before.upper - before.value, change.upper - change.value)
    return max(lower, min(asked.values.values())), min(upper, max(asked.values.values()))
