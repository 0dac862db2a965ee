"""Did an action work: its cells against others, before and after, with the power the comparison has."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pandas as pd

from ccsat import registers
from ccsat.cells import Asked, ask, design_effects
from ccsat.centre import Centre
from ccsat.engine import Window
from ccsat.errors import DataError, StudyError, listing, suggestion
from ccsat.numerics.power import quantile
from ccsat.question import Question
from ccsat.register.effect import LEAST_BEFORE, Effect, estimate_effect, more_weeks
from ccsat.register.verified import UNFAIR, Told, Verified
from ccsat.register.weekly import count_weeks, set_beside

METRICS = ("kpi", "volume")
DESIGNS = ("auto", "did", "its", "holdout")
GRADES = {"holdout": "A", "did": "B", "its": "C"}
LEAST_AFTER = 2  # weeks
LEVEL = 0.05  # of the test that the sides were alike before
BEFORE_DAYS = 56
COLUMNS = ["week", "starts_on", "n", "value", "n_control", "value_control", "gap", "error", "after"]


@dataclass(frozen=True)
class Intervention:
    """What was done, where and since when.

    Attributes:
        cell: The cell it is meant to mend, `{dim: level or levels}`; empty means everything.
        scope: Where it is in force; the cell's other contacts are the comparison.
        control: The comparison, where it is not "the rest of the cell": what it does not name is as in the cell (the scope, without a cell).
        starts_on: First day in force.
        predicted_points: Points of the whole KPI that it was to bring, better being positive; None where nobody said.
    """

    id: str
    starts_on: date
    scope: Mapping[str, list[str]]
    cell: Mapping[str, list[str]]
    control: Mapping[str, list[str]] | None = None
    holdout: tuple[str, list[str]] | None = None
    predicted_points: float | None = None


def verify_action(
    centre: Centre, question: Question | Asked, action: Intervention, *, metric: str = "kpi", design: str = "auto",
    as_of: date | None = None, before_days: int = BEFORE_DAYS,
) -> Verified:  # fmt: skip
    """Did the contacts under an action move differently from those that were not, from the day it began?

    "did" compares weekly means inside the action's scope with the comparison's (weights by their noise, clusters allowed for, and the error widened where weeks
    scatter more than that); "its" compares with the scope's own level and trend before; "holdout" compares the two arms of a random
    assignment after the start. A comparison that drifted apart before the start cannot tell.

    Args:
        metric: "kpi", or "volume": contacts a week inside the scope against the comparison.
        as_of: Last day looked at; the data's last day where left out.
        before_days: Days before the start that are compared.

    Returns:
        `Verified`. "works": the interval lies on the better side of none. "no_effect": it lies below the predicted effect, which
        the comparison had 80 % power to see. Else "cannot_tell", with the weeks that are missing.

    Raises:
        DataError: Too few weeks on a side, or no contacts in the scope or the comparison.
        StudyError: No such metric or design; dimensions that the study lacks.

    Source:
        Difference in differences: Card and Krueger (1994); widening by scatter: Birge (1932), Physical Review 40, 207; DOMAIN 2.12.
    """
    asked = question if isinstance(question, Asked) else ask(centre, question)
    _check(centre, action, metric, design)
    volume = metric == "volume"
    last = min(as_of or centre.days[1], centre.days[1])
    span = Window("span", max(action.starts_on - timedelta(before_days), centre.days[0]), last)
    inside, outside = _sides(action, design)
    if design == "auto":
        design = "holdout" if action.holdout else "did" if outside else "its"
    treated, control = (
        count_weeks(centre, asked, side, span, action.starts_on, whole=volume) for side in (inside, outside)
    )
    effect = max(design_effects(centre, asked, tuple(inside[0]))[0].values())
    weeks = set_beside(treated, control, effect=effect, volume=volume, alone=design == "its")
    weeks = weeks[np.isfinite(weeks["gap"]) & np.isfinite(weeks["error"])]
    before, after = int((~weeks["after"]).sum()), int(weeks["after"].sum())
    least = 0 if design == "holdout" and not volume else LEAST_BEFORE
    if before < least or after < LEAST_AFTER:
        raise DataError("verify_weeks", action=action.id, before=before, after=after, least_before=least, least_after=LEAST_AFTER,
                        n=int(treated["rows"].sum()), n_control=int(control["rows"].sum()))  # fmt: skip
    found = estimate_effect(weeks, design, level_matters=not volume)
    share = None if volume else _share(centre, asked, treated, action.starts_on, last)
    unit = "rate" if volume else asked.caliber.unit
    better = -1 if volume else asked.sign  # fewer contacts about a problem is better
    return _told(action, weeks, found, metric=metric, unit=unit, design=design, better=better, share=share,
                 caveats=_others(centre, action, span, inside[0], outside, design))  # fmt: skip


def _check(centre: Centre, action: Intervention, metric: str, design: str) -> None:
    for name, given, known in (("metric", metric, METRICS), ("design", design, DESIGNS)):
        if given not in known:
            raise StudyError("verify_option", option=name, given=given, known=listing(known))
    if metric == "volume" and centre.study.data.contacts is None:
        raise StudyError("verify_volume", action=action.id)
    if centre.days is None:
        raise StudyError("no_time", key="actions.at", words=str(action.starts_on))
    named = {
        **action.scope,
        **action.cell,
        **(action.control or {}),
        **({action.holdout[0]: []} if action.holdout else {}),
    }
    for dim in named:
        if dim not in centre.dims:
            raise StudyError("verify_dim", action=action.id, dim=dim, known=listing(centre.dims),
                             near=suggestion(dim, centre.dims) or "–")  # fmt: skip
    if design == "holdout" and action.holdout is None:
        raise StudyError("verify_holdout", action=action.id)
    if action.starts_on > centre.days[1]:
        raise DataError("verify_not_started", action=action.id, starts_on=action.starts_on, last=centre.days[1])


def _sides(action: Intervention, design: str) -> tuple[list[Mapping], list[Mapping]]:
    """Each side as a cell and, after it, those to take away; no second side where there is no comparison."""
    cell = {dim: list(levels) for dim, levels in action.cell.items()}
    scope = {**cell, **{dim: list(levels) for dim, levels in action.scope.items()}}
    if design == "its":
        return [scope], []
    if design == "holdout" or (design == "auto" and action.holdout is not None):
        dim, held = action.holdout
        return [scope, {**scope, dim: held}], [{**scope, dim: held}]
    if action.control is not None:  # of the same cell, but for the dimensions that the control names
        return [scope], [{**(cell or scope), **action.control}]
    if not cell and len(action.scope) > 1:  # the last dimension of a scope says where, those before it say what
        cell = {dim: list(levels) for dim, levels in list(action.scope.items())[:-1]}
    if scope == cell:  # in force everywhere
        if design == "did":
            raise StudyError("verify_everywhere", action=action.id)
        return [scope], []
    return [scope], [cell, scope]


def _share(centre: Centre, asked: Asked, treated: pd.DataFrame, first: date, last: date) -> float:
    """The scope's part of all rated contacts since the start: what a move inside is worth outside."""
    table = centre.engine.marginals(
        centre.facts, [()], outcome=asked.caliber.outcome, windows=[Window("after", first, last)], where=asked.where
    )[()]
    return float(treated.loc[treated.index >= 0, "n"].sum()) / float(table["n"].sum())


def _told(action: Intervention, weeks: pd.DataFrame, found: Effect, *, metric: str, unit: str, design: str, better: int, share: float | None,
          caveats: tuple) -> Verified:  # fmt: skip
    value, half, detectable = better * found.value, quantile(0.95, found.df) * found.error, found.detectable
    lower, upper = value - half, value + half
    predicted = action.predicted_points / share if action.predicted_points and share else None
    told, because = Told.CANNOT_TELL, "noise"
    if found.p_before is not None and found.p_before < LEVEL:
        because = "unlike" if design == "holdout" else "drift"
    elif lower > 0:
        told, because = Told.WORKS, "beyond"
    elif upper < 0:
        told, because = Told.NO_EFFECT, "worse"
    elif predicted is not None and upper < predicted and detectable <= predicted:
        told, because = Told.NO_EFFECT, "powered"
    elif predicted is None:
        because = "volume" if metric == "volume" else "no_prediction"
    elif detectable <= predicted:
        because = "between"
    wait = None if predicted is None else more_weeks(weeks, design, found, predicted, level_matters=metric == "kpi")
    if metric == "volume":  # of logarithms: how much fewer
        value, lower, upper, detectable = (-math.expm1(-x) for x in (value, lower, upper, detectable))
    now = weeks[weeks["after"]]
    scaled = (None, None, None) if share is None else (value * share, lower * share, upper * share)
    starts = [action.starts_on + timedelta(7 * int(week)) for week in weeks["week"]]
    return Verified(
        table=weeks.assign(starts_on=starts)[COLUMNS].reset_index(drop=True), caveats=caveats, id=action.id, metric=metric, unit=unit, design=design,
        grade=GRADES[design] if because not in UNFAIR else "D", told=told, because=because, effect=value, lower=lower, upper=upper,
        detectable=detectable, points=scaled[0], points_lower=scaled[1], points_upper=scaled[2], predicted_points=action.predicted_points,
        predicted_effect=predicted, p_before=found.p_before, n=int(now["n"].sum()), n_control=int(now["n_control"].sum()), weeks=len(now),
        more_weeks=wait)  # fmt: skip


def _others(
    centre: Centre, action: Intervention, span: Window, inside: Mapping, outside: list[Mapping], design: str
) -> tuple:
    """A caveat for changes and other actions of the weeks compared that touch one side and not the other alike.

    Where there is no comparison, whatever touches the scope; else what is about a dimension by which the sides differ. A random holdout is touched alike.
    """
    if design == "holdout":
        return ()
    other = outside[0] if outside else {}
    differ = {dim for dim in inside if other.get(dim) != inside[dim]}
    found = []
    for table, key in ((centre.changes, "change_id"), (centre.actions, "action_id")):
        if table.empty:
            continue
        within = table["at"].between(pd.Timestamp(span.first), pd.Timestamp(span.last) + pd.Timedelta(1, "D"))
        for row in table[within].itertuples():
            scope, name = registers.scope(row.scope), str(getattr(row, key))
            sides = {dim: set(inside[dim]) | set(other.get(dim, ())) for dim in scope.keys() & inside.keys()}
            touches = all(
                set(scope[dim]) & levels
                for dim, levels in sides.items()
                if not outside or dim in other or dim not in differ
            )
            if name != action.id and touches and (not outside or differ & scope.keys()):
                found.append(name)
    return (("caveat.verify_others", {"ids": ", ".join(found)}),) if found else ()
