"""Did an action work: its cells against others, before and after, with the power the comparison has."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

import numpy as np
import pandas as pd

from ccsat import registers
from ccsat.cells import Asked, ask, design_effects
from ccsat.centre import Centre
from ccsat.engine import Window
from ccsat.errors import DataError, StudyError, listing, suggestion
from ccsat.numerics.power import detectable_z, quantile, two_sided
from ccsat.question import Question
from ccsat.results import Result, result_class
from ccsat.wording import count, interval, points, text

METRICS = ("kpi", "volume")
DESIGNS = ("auto", "did", "its", "holdout")
GRADES = {"holdout": "A", "did": "B", "its": "C"}
LEAST_BEFORE, LEAST_AFTER = 3, 2  # weeks
FEW = 5  # ratings of a week below which it says nothing
UNFAIR = 0.05
BEFORE_DAYS = 56


class Told(StrEnum):
    """What a verification says."""

    WORKS = "works"
    NO_EFFECT = "no_effect"
    CANNOT_TELL = "cannot_tell"


@dataclass(frozen=True)
class Intervention:
    """What was done, where and since when.

    Attributes:
        cell: The cell it is meant to mend, `{dim: level or levels}`; empty means everything.
        scope: Where it is in force; the cell's other contacts are the comparison.
        control: The comparison, where it is not "the rest of the cell".
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


@result_class
class Verified(Result):
    """Whether an action worked; one row a week: `week, starts_on, n, value, n_control, value_control, gap, error, after`.

    `effect` is in the metric's unit inside the action's scope (a relative change for "volume"), better being positive; `points` is the
    same on the whole KPI (None for "volume"). `detectable` is the effect that would be seen with 80 % power; `more_weeks` how many further weeks
    at the present flow the predicted effect needs (0: enough, None: never, for want of weeks before).
    """

    id: str
    metric: str
    unit: str
    design: str
    grade: str
    told: Told
    because: str
    effect: float
    lower: float
    upper: float
    detectable: float
    points: float | None
    points_lower: float | None
    points_upper: float | None
    predicted_points: float | None
    predicted_effect: float | None
    p_before: float | None
    n: int
    n_control: int
    more_weeks: int | None

    def sentence(self) -> str:
        return text(f"verified.{self.told}", id=self.id, effect=text(f"verified_effect.{self.metric}", effect=points(self.effect, self.unit)), n=count(self.n),
                    interval=interval(self.lower, self.upper, self.unit, of="points"), because=text(f"verified_because.{self.because}"))  # fmt: skip


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
    last = min(as_of or centre.days[1], centre.days[1])
    span = Window("span", max(action.starts_on - timedelta(before_days), centre.days[0]), last)
    design = design if design != "auto" else "holdout" if action.holdout else "did"
    inside, outside = _sides(action, design)
    effect = max(design_effects(centre, asked, tuple(inside[0]))[0].values())
    treated, control = (
        _weekly(centre, asked, side, span, action.starts_on, whole=metric == "volume") for side in (inside, outside)
    )
    weeks = _join(treated, control, effect, metric)
    if design == "its":
        weeks = weeks.assign(gap=weeks["own"], error=weeks["own_error"])
    weeks = weeks[np.isfinite(weeks["gap"]) & np.isfinite(weeks["error"])]
    before, after = int((~weeks["after"]).sum()), int(weeks["after"].sum())
    least = 0 if design == "holdout" else LEAST_BEFORE
    if before < least or after < LEAST_AFTER:
        raise DataError("verify_weeks", action=action.id, before=before, after=after, least_before=least, least_after=LEAST_AFTER,
                        n=int(treated["rows"].sum()), n_control=int(control["rows"].sum()))  # fmt: skip
    better = asked.sign if metric == "kpi" else -1  # fewer contacts about a problem is better
    value, error, df, p_before = _estimate(weeks, design)
    now = weeks[weeks["after"]]
    share = _share(centre, asked, now, action.starts_on, last) if metric == "kpi" else None
    return _told(action, weeks, metric=metric, unit=asked.caliber.unit if metric == "kpi" else "rate", design=design, value=better * value,
                 error=error, df=df, p_before=p_before, share=share, caveats=_others(centre, action, span))  # fmt: skip


def _check(centre: Centre, action: Intervention, metric: str, design: str) -> None:
    for name, given, known in (("metric", metric, METRICS), ("design", design, DESIGNS)):
        if given not in known:
            raise StudyError("verify_option", option=name, given=given, known=listing(known))
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
    """Each side as cells to add and, after the first, to take away."""
    cell = {dim: list(levels) for dim, levels in action.cell.items()}
    scope = {**cell, **{dim: list(levels) for dim, levels in action.scope.items()}}
    if design == "holdout":
        dim, held = action.holdout
        return [scope, {**scope, dim: held}], [{**scope, dim: held}]
    if action.control is not None:
        return [scope], [{**cell, **action.control}]
    if not cell and len(action.scope) > 1:  # the last dimension of a scope says where, those before it say what
        cell = {dim: list(levels) for dim, levels in list(action.scope.items())[:-1]}
    return [scope], [cell, scope]


def _weekly(
    centre: Centre, asked: Asked, side: list[Mapping], span: Window, start: date, *, whole: bool
) -> pd.DataFrame:
    """Rated rows, their mean and variance of a row, and all rows, by week from the start: `n, value, spread, rows`."""
    outcome = asked.caliber.outcome
    tables = [centre.engine.crosstab(centre.facts, [outcome], windows=[span], by_day=True, where={**(asked.where or {}), **cell} or None)
              for cell in side]  # fmt: skip
    signed = pd.concat([table.assign(n=table["n"] * (1 if i == 0 else -1)) for i, table in enumerate(tables)])
    signed["week"] = np.floor((pd.to_datetime(signed["day"]) - pd.Timestamp(start)).dt.days / 7).astype(int)
    rows = signed.groupby("week")["n"].sum()
    rated = signed[signed[outcome].notna()]
    value = rated[outcome].astype(int).map(asked.values)
    sums = (
        pd.DataFrame({"week": rated["week"], "n": rated["n"], "s": rated["n"] * value, "q": rated["n"] * value**2})
        .groupby("week")
        .sum()
    )
    made = pd.DataFrame({"rows": rows}).join(sums).fillna(0.0)
    if whole:  # a week that the data hold in part only counts too little
        starts = pd.to_timedelta(made.index * 7, unit="D") + pd.Timestamp(start)
        made = made[(starts >= pd.Timestamp(span.first)) & (starts + pd.Timedelta(6, "D") <= pd.Timestamp(span.last))]
    made["value"] = made["s"] / made["n"].where(made["n"] > 0)
    pooled = made["s"].sum() / max(made["n"].sum(), 1)
    made["spread"] = max(made["q"].sum() / max(made["n"].sum(), 1) - pooled**2, 0.0)
    return made


def _join(treated: pd.DataFrame, control: pd.DataFrame, effect: float, metric: str) -> pd.DataFrame:
    both = treated.join(control, how="inner", rsuffix="_control")
    if metric == "volume":
        both = both[(both["rows"] > 0) & (both["rows_control"] > 0)]
        own, other = np.log(both["rows"]), np.log(both["rows_control"])
        own_var, other_var = 1 / both["rows"], 1 / both["rows_control"]
    else:
        both = both[(both["n"] >= FEW) & (both["n_control"] >= FEW)]
        own, other = both["value"], both["value_control"]
        own_var, other_var = (effect * both[f"spread{s}"] / both[f"n{s}"] for s in ("", "_control"))
    return pd.DataFrame({
        "week": both.index, "n": both["n" if metric == "kpi" else "rows"], "value": both["rows"] if metric == "volume" else own, "n_control": both["n_control" if metric == "kpi" else "rows_control"],
        "value_control": both["rows_control"] if metric == "volume" else other, "gap": own - other, "error": np.sqrt(own_var + other_var), "own": own, "own_error": np.sqrt(own_var), "after": both.index >= 0,
    }).reset_index(drop=True)  # fmt: skip


def _estimate(weeks: pd.DataFrame, design: str) -> tuple[float, float, float, float | None]:
    """Effect, its error, degrees of freedom (infinite where weeks scatter no more than chance), p of a drift before."""
    after = weeks["after"].to_numpy(float)
    if design == "holdout":
        kept = weeks[weeks["after"]]
        value, error, df = _fit(kept, np.ones((len(kept), 1)))
        before = weeks[~weeks["after"]]
        return value, error, df, _flat(before, np.ones((len(before), 1))) if len(before) >= LEAST_BEFORE else None
    columns = [after, np.ones(len(weeks)), *([weeks["week"].to_numpy(float)] if design == "its" else [])]
    value, error, df = _fit(weeks, np.column_stack(columns))
    if design == "its":
        return value, error, df, None
    before = weeks[~weeks["after"]]
    drift = before["week"].to_numpy(float)
    return value, error, df, _flat(before, np.column_stack([drift - drift.mean(), np.ones(len(before))]))


def _fit(weeks: pd.DataFrame, x: np.ndarray) -> tuple[float, float, float]:
    """First coefficient of a weighted fit with known noise, widened where the weeks scatter more than it."""
    y, w = weeks["gap"].to_numpy(float), 1 / np.maximum(weeks["error"].to_numpy(float), 1e-12) ** 2
    information = x.T @ (w[:, None] * x)
    beta = np.linalg.solve(information, x.T @ (w * y))
    df = len(y) - x.shape[1]
    scatter = float(w @ (y - x @ beta) ** 2) / df if df > 0 else 1.0
    error = math.sqrt(np.linalg.inv(information)[0, 0] * max(scatter, 1.0))
    return float(beta[0]), error, float(df) if scatter > 1 else math.inf


def _flat(weeks: pd.DataFrame, x: np.ndarray) -> float:
    """p-value of the first coefficient being none."""
    value, error, df = _fit(weeks, x)
    return float(two_sided(value / error, df)) if error > 0 else 1.0


def _share(centre: Centre, asked: Asked, now: pd.DataFrame, first: date, last: date) -> float:
    """The scope's part of all rated contacts since the start: what a move inside is worth outside."""
    table = centre.engine.marginals(
        centre.facts, [()], outcome=asked.caliber.outcome, windows=[Window("after", first, last)], where=asked.where
    )[()]
    return float(now["n"].sum()) / float(table["n"].sum())  # fmt: skip


def _told(action: Intervention, weeks: pd.DataFrame, *, metric: str, unit: str, design: str, value: float, error: float, df: float,
          p_before: float | None, share: float | None, caveats: tuple) -> Verified:  # fmt: skip
    half = quantile(0.95, df) * error
    lower, upper = value - half, value + half
    detectable = detectable_z(error, df)
    predicted = action.predicted_points / share if action.predicted_points and share else None
    told, because = Told.CANNOT_TELL, "noise"
    if p_before is not None and p_before < UNFAIR:
        because = "drift"
    elif lower > 0:
        told, because = Told.WORKS, "beyond"
    elif upper < 0:
        told, because = Told.NO_EFFECT, "worse"
    elif predicted is not None and upper < predicted and detectable <= predicted:
        told, because = Told.NO_EFFECT, "powered"
    elif predicted is None:
        because = "no_prediction"
    if metric == "volume":
        value, lower, upper, detectable = (1 - math.exp(-x) for x in (value, lower, upper, detectable))
    now = weeks[weeks["after"]]
    scaled = (None, None, None) if share is None else (value * share, lower * share, upper * share)
    return Verified(
        table=weeks.drop(columns=["own", "own_error"]), caveats=caveats, id=action.id, metric=metric, unit=unit, design=design,
        grade=GRADES[design] if because != "drift" else "D", told=told, because=because, effect=value, lower=lower, upper=upper, detectable=detectable,
        points=scaled[0], points_lower=scaled[1], points_upper=scaled[2], predicted_points=action.predicted_points, predicted_effect=predicted,
        p_before=p_before, n=int(now["n"].sum()), n_control=int(now["n_control"].sum()), more_weeks=_more_weeks(weeks, predicted, detectable))  # fmt: skip


def _more_weeks(weeks: pd.DataFrame, predicted: float | None, detectable: float) -> int | None:
    """Further weeks at the present flow until the predicted effect has 80 % power; None where the weeks before are too few for it ever."""
    if predicted is None or detectable <= predicted:
        return 0 if predicted is not None else None
    parts = {after: 1 / float((1 / part["error"] ** 2).sum()) for after, part in weeks.groupby("after")}
    scale = (detectable / detectable_z(1.0)) ** 2 / sum(parts.values())
    room = (predicted / detectable_z(1.0)) ** 2 / scale - parts.get(False, 0.0)
    had = int(weeks["after"].sum())
    return None if room <= 0 else max(1, math.ceil(had * (parts[True] / room - 1)))


def _others(centre: Centre, action: Intervention, span: Window) -> tuple:
    """A caveat for changes and other actions near the start whose scope touches the action's."""
    found = []
    for table, key in ((centre.changes, "change_id"), (centre.actions, "action_id")):
        if table.empty:
            continue
        inside = (table["at"] >= pd.Timestamp(action.starts_on) - pd.Timedelta(14, "D")) & (
            table["at"] <= pd.Timestamp(span.last)
        )
        for row in table[inside].itertuples():
            scope = registers.scope(row.scope)
            apart = any(
                dim in action.scope and not set(levels) & set(action.scope[dim]) for dim, levels in scope.items()
            )
            if getattr(row, key) != action.id and not apart and scope:
                found.append(str(getattr(row, key)))
    return (("caveat.verify_others", {"ids": ", ".join(found)}),) if found else ()
