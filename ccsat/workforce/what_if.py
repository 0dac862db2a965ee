"""What if volume, handling time or staff were different: the wait that a queue model gives, and the satisfaction that goes with it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ccsat.cells import Asked, agent_carried, ask
from ccsat.centre import Centre
from ccsat.deductions import deduction_rows
from ccsat.engine import Window
from ccsat.errors import DataError, listing
from ccsat.question import Question
from ccsat.results import Result, result_class
from ccsat.wording import interval, number, percent, points, text
from ccsat.workforce.erlang import FIELDS_A, each, queue_a
from ccsat.workforce.floor import handling_time, interval_seconds, read_intervals

WAIT = "queue_wait_s"
MOST_LEVELS = 30  # of a dimension that is held equal
LEAST_ROWS = 200
OFF = 0.5  # part by which the model's wait may miss the measured one before it is said
RARE = 20


@dataclass(frozen=True)
class WaitEffect:
    """The driver model with the wait in it.

    Attributes:
        value: Share satisfied that the model gives at the waits as they were. n: Ratings. held: Dimensions held equal.
        slope, se: Of log(1 + wait / within), in log-odds. odds_ratio: Per doubling of (wait + within).
        share_at: Function of a factor on all waits -> change of the share satisfied, its standard error.
    """

    value: float
    n: int
    held: tuple[str, ...]
    slope: float
    se: float
    frame: tuple

    def move(self, ratio: float) -> tuple[float, float, float]:
        """What goes with all waits being `ratio` times as long: change of the share satisfied, with 95 % limits."""
        design, at, waits, beta, covariance, within = self.frame
        if ratio == 1:
            return 0.0, 0.0, 0.0
        other = design.copy()
        other[:, at] = np.log1p(waits * ratio / within)
        then, now = (1 / (1 + np.exp(-np.clip(one @ beta, -40, 40))) for one in (other, design))
        slope = ((then * (1 - then))[:, None] * other - (now * (1 - now))[:, None] * design).mean(0)
        change, se = float((then - now).mean()), float(np.sqrt(slope @ covariance @ slope))
        return change, change - 1.96 * se, change + 1.96 * se


def wait_effect(centre: Centre, asked: Asked, *, window: Window | None = None, channel: str | None = None, within: float = 20.0,
                held: Sequence[str] | None = None) -> WaitEffect:  # fmt: skip
    """How does satisfaction go with the wait, other things equal?

    A logit of satisfied on log(1 + wait / within) and the dimensions held equal; errors by customer where there are some.

    Args:
        held: Dimensions; by default all of the study that say what the contact was about and who called, of up to 30 levels (an agent's are not
            held: who is on duty may follow from the same shortage).

    Raises:
        DataError: No waits, fewer than 200 ratings, or one answer only.

    Assumes:
        Nothing else that goes with the wait and the rating is left out. It is an association.
    """
    import statsmodels.api as sm

    if WAIT not in centre.columns:
        raise DataError("workforce_columns", table="contacts", columns=WAIT, known=listing(centre.columns, 20))
    if set(asked.values.values()) - {0.0, 1.0}:
        raise DataError("workforce_rate_kpi", kpi=asked.caliber.key)
    some = [dim for dim in centre.dims if not agent_carried(dim)] if held is None else list(held)
    more = [WAIT, *some] + (
        ["channel"] if channel is not None and "channel" in centre.columns and "channel" not in some else []
    )
    rows = deduction_rows(centre, asked, window=window, more=more)
    if channel is not None and "channel" in rows:
        rows = rows[rows["channel"] == channel]
    rows = rows.dropna(subset=[WAIT])
    rows = rows[rows[WAIT] >= 0].reset_index(drop=True)
    good = asked.full - rows["deduction"].to_numpy(float)
    if len(rows) < LEAST_ROWS or len(np.unique(good)) < 2 or rows[WAIT].nunique() < 2:
        raise DataError("workforce_ratings", n=len(rows), least=LEAST_ROWS)
    parts, names = [np.ones((len(rows), 1)), np.log1p(rows[[WAIT]].to_numpy(float) / within)], []
    for dim in some:
        levels = rows[dim].astype("object").where(rows[dim].notna(), "∅").astype(str)
        seen = levels.value_counts()
        if not 2 <= len(seen) <= MOST_LEVELS:
            continue
        keep = levels.where(levels.map(seen) >= RARE, seen.index[0])
        dummies = pd.get_dummies(keep, dtype=float).drop(columns=seen.index[0])
        mixed = [name for name in dummies if 0 < good[dummies[name] == 1].sum() < (dummies[name] == 1).sum()]
        if mixed:
            parts.append(dummies[mixed].to_numpy())
            names.append(dim)
    design = np.column_stack(parts)
    design = design[:, [0, 1, *(2 + _apart(design[:, :2], design[:, 2:]))]]
    options = {"cov_type": "HC1"}
    if "customer_id" in rows and rows["customer_id"].notna().all():
        options = {"cov_type": "cluster", "cov_kwds": {"groups": pd.factorize(rows["customer_id"])[0]}}
    fit = sm.GLM(good, design, family=sm.families.Binomial()).fit(**options)
    beta, covariance = np.asarray(fit.params), np.asarray(fit.cov_params())
    frame = (design, 1, rows[WAIT].to_numpy(float), beta, covariance, within)
    return WaitEffect(
        float(good.mean()), len(rows), tuple(names), float(beta[1]), float(np.sqrt(covariance[1, 1])), frame
    )


def _apart(first: np.ndarray, rest: np.ndarray) -> np.ndarray:
    """Columns that those before them do not settle (one dimension may be a finer cut of another)."""
    from scipy.linalg import qr

    both = np.column_stack([first, rest])
    r = qr(both, mode="r")[0]
    diagonal = np.abs(np.diag(r[:, : r.shape[0]]))
    return np.flatnonzero(diagonal[2:] > 1e-8 * np.maximum(np.linalg.norm(rest, axis=0), 1e-300))


@result_class
class WhatIf(Result):
    """A changed floor against the present one.

    The table: rows "now" and "then": `which, calls` (all intervals)`, aht_s, staff` (mean)`, occupancy, service_level, asa_s, wait_s, abandon_rate, satisfaction,
    lower, upper` (of the satisfaction; the row "then" moves by what goes with the wait alone)`, n` (intervals).

    Attributes:
        change: Of the share satisfied, with `change_lower, change_upper` (95 %); None where ratings or waits are lacking. unit: Of points.
        ratio: Waits then over waits now, by the model. patience: Mean seconds until a waiting caller hangs up, as estimated or given.
        measured: What the data show beside the row "now": `service_level, asa_s, abandon_rate`.
        effect: The driver model.
    """

    change: float | None
    change_lower: float | None
    change_upper: float | None
    ratio: float
    patience: float
    measured: dict[str, float]
    effect: WaitEffect | None

    def sentence(self) -> str:
        now, then = self.table.iloc[0], self.table.iloc[1]
        said = text("workforce.what_if", asa=number(now["asa_s"], 1), asa_then=number(then["asa_s"], 1), level=percent(now["service_level"]),
                    level_then=percent(then["service_level"]), lost=percent(now["abandon_rate"]), lost_then=percent(then["abandon_rate"]))  # fmt: skip
        if self.change is None:
            return said
        return said + text("workforce.what_if_satisfaction", change=points(self.change, "rate"),
                           interval=interval(self.change_lower, self.change_upper, "rate", of="points"), n=number(self.effect.n, 0))  # fmt: skip


def what_if(
    centre: Centre, *, volume: float = 1.0, aht: float = 1.0, staff: float = 1.0, add_staff: int = 0, channel: str | None = None, concurrency: float = 1.0,
    within: float = 20.0, patience: float | None = None, window: tuple[object, object] | None = None, held: Sequence[str] | None = None,
) -> WhatIf:  # fmt: skip
    """What would callers wait, and how satisfied are those who wait so long, with other volume, handling time or staff?

    Each interval is a queue with abandonment (Erlang A) with the agents who were scheduled in it. The waits of the ratings are stretched by the model's ratio of
    waits, and the driver model says what share satisfied goes with these.

    Args:
        volume, aht, staff: Factors; 1.25 is a quarter more. add_staff: Agents more (or fewer) in each interval.
        channel: A level of the channel; all channels as one line where not given. concurrency: Contacts that an agent handles side by side.
        patience: Mean seconds until a caller hangs up; by default mean wait times calls over abandoned calls.
        window: First and last day; all where not given.
        held: As `wait_effect`.

    Raises:
        DataError: As `read_intervals` and `handling_time`; no `scheduled` agents; a factor that is not positive.

    Source:
        DOMAIN 2.3, A25; Garnett, Mandelbaum, Reiman (2002).
    """
    for name, value in (("volume", volume), ("aht", aht), ("staff", staff)):
        if not value > 0:
            raise DataError("workforce_number", name=name, value=str(value), least="> 0")
    rows = read_intervals(centre, channel=channel, window=window)
    if "scheduled" not in rows:
        raise DataError("workforce_columns", table="intervals", columns="scheduled", known=listing(rows.columns))
    rows = rows[rows["offered"] > 0]
    handled = handling_time(centre, channel=channel, concurrency=concurrency, window=window)
    hours = interval_seconds(rows) / 3600
    days = None if window is None else Window("current", *(pd.Timestamp(str(one)).date() for one in window))
    asked, effect, caveats = _satisfaction(centre), None, [("caveat.what_if_association", {})]
    try:
        effect = wait_effect(centre, asked, window=days, channel=channel, within=within, held=held)
    except DataError as error:
        caveats = [("caveat.what_if_no_ratings", {"why": error.message().splitlines()[0]})]
    measured = _measured(centre, rows, channel, days)
    if patience is None:
        lost, wait = measured["abandon_rate"], measured["asa_s"]
        if not (lost > 0 and wait > 0):
            raise DataError("workforce_patience", lost=percent(lost), wait=number(wait, 1))
        patience = wait / lost
        caveats.append(("caveat.patience_estimated", {"patience": number(patience, 0)}))
    agents = np.maximum(np.round(rows["scheduled"].to_numpy(float)), 1)
    calls = rows["offered"].to_numpy(float) / hours
    shown = []
    for which, factors in (("now", (1.0, 1.0, 1.0, 0)), ("then", (volume, aht, staff, add_staff))):
        there = np.maximum(np.round(agents * factors[2]) + factors[3], 1)
        found = each(queue_a, FIELDS_A, calls * factors[0], handled["aht_s"] * factors[1], there, within, patience)
        weight = calls * factors[0]
        mean = lambda name, found=found, weight=weight: float(np.average(found[name], weights=weight))
        served = weight * (1 - found["abandon_rate"])
        shown.append({"which": which, "calls": float(weight.sum() * hours), "aht_s": handled["aht_s"] * factors[1], "staff": float(there.mean()),
                      "occupancy": float(np.average(found["occupancy"], weights=there)), "service_level": mean("service_level"),
                      "asa_s": float(np.average(found["asa_s"], weights=served)), "wait_s": mean("wait_s"), "abandon_rate": mean("abandon_rate"), "n": len(rows)})  # fmt: skip
    ratio = shown[1]["asa_s"] / shown[0]["asa_s"] if shown[0]["asa_s"] > 0 else np.nan
    if abs(shown[0]["asa_s"] / measured["asa_s"] - 1) > OFF:
        caveats.append(
            ("caveat.what_if_off", {"model": number(shown[0]["asa_s"], 1), "measured": number(measured["asa_s"], 1)})
        )
    moved = (None, None, None) if effect is None or not np.isfinite(ratio) else effect.move(ratio)
    table = pd.DataFrame(shown)
    if moved[0] is not None:
        table = table.assign(
            satisfaction=[effect.value, effect.value + moved[0]],
            lower=[np.nan, effect.value + moved[1]],
            upper=[np.nan, effect.value + moved[2]],
        )
    return WhatIf(table=table, change=moved[0], change_lower=moved[1], change_upper=moved[2], ratio=float(ratio), patience=float(patience), measured=measured,
                  effect=effect, caveats=tuple(caveats))  # fmt: skip


def _satisfaction(centre: Centre) -> Asked:
    """The study's own KPI where it counts ratings as good or not, else the satisfaction rate."""
    own = Question.of(centre.study)
    settled = ask(centre, Question(kpi=own.kpi, caliber=own.caliber))
    return (
        settled
        if settled.caliber.outcome == "rating" and set(settled.values.values()) <= {0.0, 1.0}
        else ask(centre, Question())
    )


def _measured(centre: Centre, rows: pd.DataFrame, channel: str | None, days: Window | None) -> dict[str, float]:
    """What callers met in fact."""
    offered = float(rows["offered"].sum())
    lost = float(rows["abandoned"].sum()) / offered if "abandoned" in rows else np.nan
    fast = float(rows["answered_20s"].sum()) / offered if "answered_20s" in rows else np.nan
    wait = np.nan
    if WAIT in centre.columns:
        quote = centre.engine.quote
        where = [f"{quote(WAIT)} >= 0"]
        if channel is not None and "channel" in centre.columns:
            where.append(f"{quote('channel')} = '{channel.replace(chr(39), chr(39) * 2)}'")
        if days is not None and "at" in centre.columns:
            after = pd.Timestamp(days.last) + pd.Timedelta(days=1)
            where.append(
                f"{quote('at')} >= TIMESTAMP '{pd.Timestamp(days.first)}' AND {quote('at')} < TIMESTAMP '{after}'"
            )
        wait = float(
            centre.engine.query(
                f"SELECT AVG({quote(WAIT)} * 1.0) AS w FROM ({centre.facts}) f WHERE {' AND '.join(where)}"
            )["w"][0]
        )
    return {"service_level": fast, "asa_s": wait, "abandon_rate": lost, "n": offered}
