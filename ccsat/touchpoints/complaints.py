"""Do local complaints go higher? Cohorts by week of filing, judged when they are mature or by survival, never before."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from ccsat.cells import Asked, ask
from ccsat.centre import Centre
from ccsat.engine import NULL_LEVEL, Window
from ccsat.errors import DataError, StudyError, listing, suggestion
from ccsat.estimates import adjust, wilson
from ccsat.numerics.shrinkage import shrink_rates
from ccsat.question import Question
from ccsat.results import Ledger, Result, result_class
from ccsat.touchpoints.complaint_rows import NO_LEVEL, between, complaint_dims, end_of, local_complaints
from ccsat.wording import count, percent, points, text

ESTIMATORS = ("mature", "km", "naive")
MIXED = ("mixed", "mature_or_event", "mature_or_escalated")
DAY = 24.0
LEAST_EVENTS = 5  # expected or seen, below which a cell is not ranked


@result_class
class EscalationCohorts(Result):
    """Local complaints by week of filing: `week` (its Monday), `n, escalated` (seen so far), `age_days` (of its youngest complaint), `mature` (yes/no), `value, lower,
    upper` (30-day rate by survival; empty where nothing was watched long enough), `plain` (escalated so far / n, which looks better the younger a week is).

    `rate`: the published figure, of mature complaints only: `value, lower, upper, n, numerator`.
    """

    window_days: int
    as_of: pd.Timestamp
    rate: Mapping[str, float]

    def sentence(self) -> str:
        one = self.rate
        ripe = self.table["mature"]
        return text("complaints.cohorts", value=percent(one["value"]), lower=percent(one["lower"]), upper=percent(one["upper"]), n=count(one["n"]),
                    days=self.window_days, young=count((~ripe).sum()), weeks=count(len(ripe)))  # fmt: skip


def escalation_rate(
    centre: Centre, *, estimator: str = "mature", period: str | Window | None = None, where: Mapping | None = None, as_of: str | None = None,
    window_days: int = 30, level: float = 0.95,
) -> Mapping[str, float]:  # fmt: skip
    """What share of local complaints goes to an authority within the window?

    Args:
        estimator: "mature" (only complaints whose window is over; the published figure), "km" (Kaplan-Meier, all complaints with censoring) or "naive" (nobody has
            escalated who has not yet: too low, for comparison only).
        period: "2025-03-03/2025-04-27" of filing. where: Dimension -> level.

    Returns:
        `value, lower, upper, n, numerator, estimator, biased`. NaN where nothing can be judged.

    Raises:
        StudyError: Another estimator; the mixed set "mature, or escalated already" is refused by name: it keeps every early failure and drops every early success.

    Assumes:
        "km": whether a complaint escalates does not depend on how recently it was filed.

    Source:
        DOMAIN 2.11, 2.5.7; Kaplan and Meier (1958), Journal of the American Statistical Association 53, 457-481.
    """
    if estimator in MIXED:
        raise StudyError("escalation_mixed", given=estimator, known=listing(ESTIMATORS))
    if estimator not in ESTIMATORS:
        raise StudyError(
            "escalation_estimator",
            given=estimator,
            known=listing(ESTIMATORS),
            near=suggestion(estimator, ESTIMATORS) or ESTIMATORS[0],
        )
    rows = chosen(centre, local_complaints(centre, as_of=as_of, window_days=window_days), period, where)
    if estimator == "km":
        found = survival(rows, window_days, level=level)
    else:
        rows = rows[rows["mature"]] if estimator == "mature" else rows
        found = rate_of(rows["event"], level=level)
    return {**found, "estimator": estimator, "biased": estimator == "naive" and not bool(rows["mature"].all())}


def escalation_cohorts(
    centre: Centre,
    *,
    where: Mapping | None = None,
    as_of: str | None = None,
    window_days: int = 30,
    level: float = 0.95,
) -> EscalationCohorts:
    """How did each week's local complaints fare, and which weeks can be judged?

    Args: As `escalation_rate`.

    Source:
        DOMAIN 2.11.
    """
    rows = chosen(centre, local_complaints(centre, as_of=as_of, window_days=window_days), None, where)
    if rows.empty:
        raise DataError("complaints_empty")
    made = []
    for week, part in rows.groupby(rows["filed_at"].dt.to_period("W-SUN").dt.start_time):
        found = survival(part, window_days, level=level)
        made.append({"week": week, "n": len(part), "escalated": int(part["event"].sum()), "age_days": float(part["age_h"].min() / DAY), "mature": bool(part["mature"].all()),
                     **{name: found[name] for name in ("value", "lower", "upper")}, "plain": float(part["event"].mean())})  # fmt: skip
    ripe = rate_of(rows.loc[rows["mature"], "event"], level=level)
    table = pd.DataFrame(made)
    caveats = (
        [("caveat.cohorts_young", {"n": int((~table["mature"]).sum()), "days": window_days})]
        if (~table["mature"]).any()
        else []
    )
    return EscalationCohorts(
        table=table, window_days=window_days, as_of=end_of(centre, as_of), rate=ripe, caveats=tuple(caveats)
    )


@result_class
class EscalationCells(Ledger):
    """Where more complaints escalate than before, each compared at the same age: `dim, level, n, escalated, expected` (by the baseline's hazard at each complaint's
    age, times how the cell stood to the whole in the baseline, shrunken), `points` (escalated - expected per complaint of the period), `ratio` (of the whole's hazard) and
    `ratio_baseline`, `p_value` (the cell has no other part of the escalations than the baseline leads one to expect), `p_adjusted` (Holm over all cells of all dimensions).

    The ledger is that of `dimension`, the one with the cell that departs most, and closes with a row "mix" (the cells' own baselines against the whole's). `cells`: all
    dimensions' cells, most convincing first; they overlap and do not add up.
    """

    asked: Asked
    dimension: str
    cells: pd.DataFrame

    def sentence(self) -> str:
        if self.cells.empty:
            return text("complaints.nowhere")
        top = self.cells.iloc[0]
        key = "complaints.where" if top["p_adjusted"] < 0.05 else "complaints.where_suspected"
        return text(
            key,
            where=f"{top['dim']} = {top['level']}",
            seen=count(top["escalated"]),
            expected=f"{top['expected']:.1f}",
            n=count(top["n"]),
            p=f"{top['p_value']:.3f}",
        )


def locate_escalations(
    centre: Centre,
    question: Question | Asked,
    *,
    dims: Sequence[str] | None = None,
    as_of: str | None = None,
    window_days: int = 30,
    min_n: int = 30,
) -> EscalationCells:
    """Where do more local complaints escalate than in the baseline, young complaints counted only for the time they were watched?

    Args:
        question: Its current and baseline periods, of filing. dims: By default every one that complaints have.

    Returns:
        `EscalationCells`. Its total: escalations seen less expected, per complaint of the current period.

    Raises:
        StudyError: The question has no baseline. DataError: No complaint in one of the periods.

    Assumes:
        The hazard by age of the baseline would have held. Complaints are independent; a customer's several are few.

    Source:
        Breslow and Day (1987), Statistical Methods in Cancer Research II, chapters 2-3 (observed against expected; test given the total); cells' baselines by `numerics.shrinkage`.
    """
    from scipy.stats import binom

    asked = question if isinstance(question, Asked) else ask(centre, question)
    if not asked.is_change:
        raise StudyError("escalation_baseline")
    rows = local_complaints(centre, as_of=as_of, window_days=window_days)
    now, before = between(rows, asked.current), between(rows, asked.baseline)
    if now.empty or before.empty:
        raise DataError("complaints_empty")
    hazard = cumulative_hazard(before)
    now, before = now.assign(risk=hazard(now["watched_h"])), before.assign(risk=hazard(before["watched_h"]))
    seen_all, made = int(now["event"].sum()), []
    risk_all, rate_before = float(now["risk"].sum()), float(before["event"].mean())
    for dim in dims or complaint_dims(centre):
        sums = [
            part.groupby(dim).agg(n=("event", "size"), seen=("event", "sum"), risk=("risk", "sum"))
            for part in (now, before)
        ]
        both = sums[0].join(sums[1].add_suffix("_baseline"), how="left").fillna(0.0)
        drawn = (
            shrink_rates(both["seen_baseline"], both["n_baseline"].clip(lower=1e-9))["shrunken"].to_numpy()
            if rate_before
            else 1.0
        )
        own = both["risk"] * (
            drawn / rate_before if rate_before else 1.0
        )  # how a cell stood to the whole, drawn towards it
        for (name, one), expected in zip(both.iterrows(), own, strict=True):
            k = int(one["seen"])
            share = expected / own.sum() if own.sum() > 0 else np.nan
            above = binom.sf(k, seen_all, share) + 0.5 * binom.pmf(
                k, seen_all, share
            )  # mid-p, given how many escalated in all
            made.append({"dim": dim, "level": name, "n": int(one["n"]), "n_baseline": int(one["n_baseline"]), "escalated": k, "expected": float(expected),
                         "ratio": float(k / one["risk"]) if one["risk"] else np.nan, "ratio_baseline": float(one["seen_baseline"] / one["risk_baseline"]) if one["risk_baseline"] else np.nan,
                         "p_value": float(2 * min(above, 1 - above))})  # fmt: skip
    every = pd.DataFrame(made)
    every["points"] = (every["escalated"] - every["expected"]) / len(now)
    ranked = every[
        (every["n"] >= min_n)
        & (every["n_baseline"] >= min_n)
        & (every["n"] < len(now))
        & ~every["level"].isin((NULL_LEVEL, NO_LEVEL))
        & (every[["escalated", "expected"]].max(axis=1) >= LEAST_EVENTS)
    ].copy()
    ranked["p_adjusted"] = adjust(ranked["p_value"], "holm") if len(ranked) else []
    worse = ranked[ranked["points"] > 0].sort_values(["p_value", "points"], ascending=[True, False], ignore_index=True)
    dimension = worse["dim"].iloc[0] if len(worse) else every["dim"].iloc[0]
    part = every[every["dim"] == dimension].sort_values("points", ascending=False)
    total = float((seen_all - risk_all) / len(now))
    table = part[["level", "n", "escalated", "expected", "ratio", "ratio_baseline", "p_value", "points"]]
    mix = pd.DataFrame([{"level": "mix", "n": 0, "points": total - table["points"].sum()}])
    caveats = (
        (("caveat.escalation_young", {"share": percent(float((~now["mature"]).mean()))}),)
        if not now["mature"].all()
        else ()
    )
    return EscalationCells(table=pd.concat([table, mix], ignore_index=True), key="escalations", total=total, unit="rate", asked=asked, dimension=dimension,
                           cells=worse, caveats=caveats)  # fmt: skip


# Arithmetic ------------------------------------------------------------------------------------------


def chosen(centre: Centre, rows: pd.DataFrame, period: str | Window | None, where: Mapping | None) -> pd.DataFrame:
    """The rows of a period of filing and a cell."""
    if isinstance(period, str):
        from ccsat.question import period as read_period

        period = read_period(period, as_of=centre.days[1], label="current")
    rows = between(rows, period)
    for dim, wanted in (where or {}).items():
        if dim not in complaint_dims(centre):
            raise StudyError(
                "complaints_dim",
                dim=dim,
                known=listing(complaint_dims(centre)),
                near=suggestion(dim, complaint_dims(centre)) or "–",
            )
        rows = rows[rows[dim].isin([str(one) for one in (wanted if isinstance(wanted, (list, tuple)) else [wanted])])]
    return rows


def rate_of(hits: pd.Series, *, level: float = 0.95) -> dict[str, float]:
    """A share with Wilson's interval: `value, lower, upper, n, numerator`."""
    n, x = len(hits), float(hits.sum())
    if not n:
        return {"value": np.nan, "lower": np.nan, "upper": np.nan, "n": 0, "numerator": 0.0}
    lower, upper = wilson(x, float(n), level=level)
    return {"value": x / n, "lower": float(lower), "upper": float(upper), "n": n, "numerator": x}


def survival(rows: pd.DataFrame, window_days: int, *, level: float = 0.95) -> dict[str, float]:
    """The share that escalates within the window by Kaplan-Meier, with the log-log interval; NaN where nobody was watched that long."""
    from scipy.stats import CensoredData, ecdf

    end = DAY * window_days
    events = rows.loc[rows["event"], "watched_h"].to_numpy(float)
    kept = rows.loc[~rows["event"], "watched_h"].to_numpy(float)
    nothing = {"value": np.nan, "lower": np.nan, "upper": np.nan, "n": len(rows), "numerator": float(len(events))}
    reach = min(end, max(events.max(initial=0.0), kept.max(initial=0.0)))
    if not len(rows) or reach < end - DAY:  # the last day is where nothing would be learnt any more
        return nothing
    if not len(events):
        return {**rate_of(rows["event"], level=level)}
    found = ecdf(CensoredData(uncensored=events, right=kept))
    at = np.searchsorted(found.sf.quantiles, end, side="right") - 1
    left = float(found.sf.probabilities[at])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # where nobody is left; not read here
        bounds = found.sf.confidence_interval(level, method="log-log")
    low, high = (float(side.probabilities[at]) for side in (bounds.low, bounds.high))
    return {
        **nothing,
        "value": 1 - left,
        "lower": 1 - high if np.isfinite(high) else np.nan,
        "upper": 1 - low if np.isfinite(low) else np.nan,
    }


def cumulative_hazard(rows: pd.DataFrame):
    """The Nelson-Aalen hazard by age of complaints, as a function of hours watched."""
    times = np.sort(rows.loc[rows["event"], "watched_h"].to_numpy(float))
    watched = np.sort(rows["watched_h"].to_numpy(float))
    at_risk = len(watched) - np.searchsorted(watched, times, side="left")
    steps = np.concatenate([[0.0], np.cumsum(1 / at_risk)]) if len(times) else np.zeros(1)
    return lambda hours: steps[np.searchsorted(times, np.asarray(hours, float), side="right")]


def shown_points(value: float) -> str:
    """Points of a rate in words."""
    return points(value, "rate")
