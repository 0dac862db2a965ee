"""One day's bad reviews: against the weeks before, where alerts are open, who can change it, and what the target still allows."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pandas as pd

from ccsat.calibers import caliber
from ccsat.cells import Asked, Measure, ask, count_cells, design_effects, level_counts, measure
from ccsat.centre import Centre
from ccsat.deductions import deduct_bad_reviews, deduct_by_reason, deduction_rows, owners_of
from ccsat.errors import NoDataError
from ccsat.estimates import Difference, difference
from ccsat.gate import daily_counts, gate_data
from ccsat.ledgers import ReasonLedger, controllable_bad_review_rate
from ccsat.monitor import Monitored, monitor_kpi
from ccsat.question import Question
from ccsat.results import Ledger, Result, result_class
from ccsat.routine.budget import Spent, spend
from ccsat.routine.repeats import Since, findings_before, folder_name, runs_folder, since

CODE = "R01"
KPI = "bad_review_rate"
BEFORE_DAYS = 28  # whole weeks, so that every weekday counts alike
BACK_DAYS = 28  # after which an alert of the same cell counts as a new one
SIDES = {
    "agent": "service",
    "centre_process": "service",
    "intelligent_service": "service",
    "mixed": "open",
    "unstated": "open",
}
STAND_INS = {
    "service": "agent",
    "business": "business_process",
    "open": "mixed",
}  # owner classes that carry a side through the ledger


@result_class
class Daily(Result):
    """A day's bad reviews.

    The table, as `Monitored` has it for alerts that are open, with `status` ("new", "continuing", "recurred") against the run before.

    Attributes:
        day: The last day with ratings up to the one asked for. measured: That day and the 28 before it. change: Their difference.
        watched: The daily watch of every cell by the study's own KPI, which sees more than the few bad reviews (by the bad-review rate where that KPI is no rating).
        whole: The bad-review rate of the whole, watched by itself.
        closed: Alerts of the run before that are open no more, each with `where, opened, closed`.
        before: Day of the run before; None where there is none.
        least, hidden: Ratings below which an alert is not shown, and how many were so left out.
        has_reasons: Whether the study names reasons.
        owners, sides, reasons: The bad-review rate of the last `span` days by owner, by side (service, business, open) and by reason; None
            where the study names no reasons, or nobody rated badly.
        spent: The month's dissatisfaction budget; None without a target for the satisfaction rate.
    """

    asked: Asked
    day: date
    measured: Measure
    change: Difference
    watched: Monitored
    whole: Monitored
    closed: tuple[Mapping[str, Any], ...]
    before: str | None
    least: int
    hidden: int
    has_reasons: bool
    span: int
    split_n: int
    owners: Ledger | None
    sides: Ledger | None
    reasons: ReasonLedger | None
    spent: Spent | None

    @property
    def today(self) -> pd.Series:
        """The day on the control chart of the bad-review rate."""
        rows = self.whole.series
        return rows[rows["day"] == pd.Timestamp(self.day)].iloc[0]

    def counts(self) -> dict[str, int]:
        """How many alerts there are of each standing, and whether the whole is out of line: by the KPI that is watched, or by its bad reviews."""
        status = self.table["status"].tolist()
        return {"open": len(status), "new": sum(one != Since.CONTINUING for one in status), "continuing": status.count(Since.CONTINUING),
                "closed": len(self.closed), "whole": int(any(not where for where in self.table["where"]) or len(self.whole.open) > 0)}  # fmt: skip


def watch_day(centre: Centre, *, as_of: str = "", out_dir: str | Path | None = None, span: int = 7) -> Daily:
    """How bad were the reviews of a day, where are alerts open, who can change it, and how much does the target still allow?

    Args:
        as_of: The ISO day; the last one in the data where empty. A day without ratings is reported by the last day that has some.
        out_dir: Where the notebook writes; the run before is looked for beside it.
        span: Days that the split by owner and reason covers: one day has too few bad reviews.

    Raises:
        NoDataError: The day is not there yet, or not in full. DataError: Fewer than 29 days of data, or none. CaliberError: A scale without bad reviews.

    Source:
        DOMAIN 2.6.5, 2.6.9, 2.7.5, 2.15, 6.5.
    """
    study, kpi = centre.study, caliber(KPI, None, centre.scale)
    question = Question(
        kpi=KPI,
        caliber=kpi.id,
        current="last 1 days",
        dims=Question.of(study).dims,
        min_n=study.question.min_n,
        as_of=as_of or None,
    )
    gate_data(centre, question)
    whole = monitor_kpi(centre, dataclasses.replace(question, current=None), dims=(), as_of=as_of or None)
    own = dataclasses.replace(Question.of(study), current=None, baseline=None, target=None)
    own = (
        own
        if caliber(own.kpi, own.caliber, centre.scale).outcome == kpi.outcome
        else dataclasses.replace(own, kpi=KPI, caliber=kpi.id)
    )
    watched = monitor_kpi(centre, own, as_of=as_of or None)
    counts = daily_counts(centre)
    day = max((one for one, n in counts.items() if n and one <= watched.last), default=None)
    if day is None:
        raise NoDataError("gate_nothing", as_of=str(watched.last), first=str(centre.days[0]))
    asked = ask(
        centre,
        dataclasses.replace(
            question, as_of=None, current=str(day), baseline=f"{day - timedelta(BEFORE_DAYS)}/{day - timedelta(1)}"
        ),
    )
    measured = measure(centre, asked)
    owners, sides, reasons, split_n = split(centre, question, day, span)
    earlier = None if out_dir is None else previous(out_dir, study.name, as_of or str(centre.days[1]), kpi.id)
    shown, closed, hidden = standing(watched, earlier, study.privacy.minimum_group)
    caveats = [*measured.caveats, *watched.caveats, ("caveat.daily_unchecked", {}), ("caveat.daily_overlap", {})]
    caveats += [("caveat.daily_hidden", {"n": hidden, "least": study.privacy.minimum_group})] if hidden else []
    caveats += [("caveat.daily_older", {"day": str(day), "asked": as_of})] if as_of and str(day) != as_of else []
    return Daily(table=shown, asked=asked, day=day, measured=measured, change=moved(centre, asked), watched=watched, whole=whole, closed=closed,
                 before=earlier["as_of"] if earlier else None, least=study.privacy.minimum_group, hidden=hidden,
                 has_reasons=centre.reasons is not None, span=span, split_n=split_n, owners=owners, sides=sides, reasons=reasons,
                 spent=spend(centre, day, counts), caveats=tuple(caveats))  # fmt: skip


def moved(centre: Centre, asked: Asked) -> Difference:
    """The day less the weeks before it."""
    counts, effects = count_cells(centre, asked), design_effects(centre, asked)[0]
    return difference(level_counts(counts, "current"), level_counts(counts, "baseline"), asked.values, unit=asked.caliber.unit,
                      design_effects=(effects["current"], effects["baseline"]))  # fmt: skip


def previous(out_dir: str | Path, study: str, day: str, id: str) -> dict[str, Any] | None:
    """Findings of the run before, of the same caliber."""
    runs = runs_folder(out_dir, folder_name(study, CODE))
    return (
        None
        if runs is None
        else findings_before(runs / folder_name(study, CODE), day, like={"key": KPI, "caliber": id})
    )


def standing(
    watched: Monitored, before: Mapping[str, Any] | None, least: int
) -> tuple[pd.DataFrame, tuple[Mapping[str, Any], ...], int]:
    """The open alerts with their status, those that are over since the run before, and how many are of too small a group."""
    key = lambda where: tuple(sorted((dim, str(level)) for dim, level in where.items()))
    same = (watched.asked.caliber.kpi, watched.asked.caliber.id)
    was = {
        key(one["cell"]): one
        for one in (before or {}).get("alerts", [])
        if one.get("state") == "open" and (one.get("kpi"), one.get("caliber")) == same
    }
    over = watched.table[watched.table["state"] != "open"]
    recent = {key(row.where) for row in over.itertuples() if before and (watched.last - row.closed).days <= BACK_DAYS}
    shown = watched.open[watched.open["n"] >= least]
    shown = shown.assign(status=[str(since(key(where), was, recent)) for where in shown["where"]])
    ended = {key(row.where): row.closed for row in over.sort_values("closed").itertuples()}
    now = {key(where) for where in watched.open["where"]}
    closed = tuple({"where": one["cell"], "opened": one["opened"], "closed": str(ended[name]) if name in ended else None} for name, one in was.items() if name not in now)  # fmt: skip
    return shown.reset_index(drop=True), closed, len(watched.open) - len(shown)


def split(
    centre: Centre, question: Question, day: date, span: int
) -> tuple[Ledger | None, Ledger | None, ReasonLedger | None, int]:
    """The bad-review rate of the last days by owner, by side and by reason; and its ratings."""
    asked = ask(
        centre,
        dataclasses.replace(question, as_of=None, current=f"{max(day - timedelta(span - 1), centre.days[0])}/{day}"),
    )
    levels = level_counts(count_cells(centre, asked))
    if centre.reasons is None or not any(asked.values[level] * n for level, n in levels.items()):
        return None, None, None, sum(levels.values())
    side = {reason: STAND_INS[SIDES.get(owner, "business")] for reason, owner in owners_of(centre).items() if isinstance(owner, str) and reason != "unstated"}  # fmt: skip
    rows = deduction_rows(centre, asked, window=asked.current)
    rows = rows.assign(bad=rows[asked.caliber.outcome].astype(int).map(asked.values))
    sides = controllable_bad_review_rate(rows, centre.reasons, side, rng=question.seed)
    return deduct_bad_reviews(centre, asked), by_side(sides), deduct_by_reason(centre, asked), sum(levels.values())


def by_side(ledger: Ledger) -> Ledger:
    """A ledger of stand-in owners under the names of the sides; what nobody named joins what is open."""
    named = {stand_in: side for side, stand_in in STAND_INS.items()} | {"unstated": "unstated"}
    return dataclasses.replace(
        ledger, key="bad_review_sides", table=ledger.table.assign(owner=ledger.table["owner"].map(named))
    )
