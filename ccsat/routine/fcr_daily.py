"""One day's first-contact resolution: provisional rates, the twelve indicators, and where alerts are open."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pandas as pd

from ccsat.cells import Asked, Measure, ask, measure
from ccsat.centre import Centre
from ccsat.errors import DataError, NoDataError
from ccsat.estimates import Difference
from ccsat.findings import difference_entry, estimate_entry, kpi_entry, ledger_entry
from ccsat.kpis.facing import facing
from ccsat.kpis.fcr import read_id
from ccsat.monitor import LEAST_DAYS, Monitored, monitor_kpi
from ccsat.question import Question, day_of
from ccsat.results import Result, result_class
from ccsat.routine.daily import BEFORE_DAYS, moved, standing
from ccsat.routine.daily_findings import ALERT, ALERT_LEVEL, SCHEMA
from ccsat.routine.files import write_files
from ccsat.routine.repeats import Since, findings_before, folder_name, runs_folder
from ccsat.touchpoints.fcr_day import FcrDay, daily_fcr, ripe_day
from ccsat.wording import language, text

CODE = "R02"
KPI = "fcr"


@result_class
class FcrWatched(Result):
    """A day's first-contact resolution and its alerts.

    The table, as `Monitored` has it for alerts that are open, with `status` ("new", "continuing", "recurred") against the run before.

    Attributes:
        fcr: The twelve indicators of the day, the provisional rates by Kaplan-Meier among them.
        day: The last day all of whose contacts can be judged; measured: that day and the 28 before it. change: Their difference.
        watched: The daily watch of every cell up to that day. closed: Alerts of the run before that are open no more.
        before: Day of the run before; None where there is none. least, hidden: Contacts below which an alert is not shown, and how many were so left out.
    """

    asked: Asked
    fcr: FcrDay
    day: date
    measured: Measure
    change: Difference
    watched: Monitored
    closed: tuple[Mapping[str, Any], ...]
    before: str | None
    least: int
    hidden: int

    def counts(self) -> dict[str, int]:
        """How many alerts there are of each standing, and whether the whole is one of them."""
        status = self.table["status"].tolist()
        return {"open": len(status), "new": sum(one != Since.CONTINUING for one in status), "continuing": status.count(Since.CONTINUING),
                "closed": len(self.closed), "whole": int(any(not where for where in self.table["where"]))}  # fmt: skip


def watch_fcr(
    centre: Centre, *, as_of: str = "", out_dir: str | Path | None = None, caliber: str = "24h"
) -> FcrWatched:
    """How is first-contact resolution today, provisionally; where is it out of line; and whom should somebody call back?

    Args:
        as_of: The ISO day; the last one in the data where empty.
        out_dir: Where the notebook writes; the run before is looked for beside it.
        caliber: FCR caliber id that is watched and that losses are counted by; a shorter window alerts sooner.

    Raises:
        NoDataError: The day is not there yet, or nobody can be judged. DataError: No time, or fewer than 29 days that can be judged. CaliberError: No such caliber, or
            the data lack what it counts.

    Source:
        DOMAIN 2.5.7, 2.5.8, 2.15, 6.5.
    """
    way, study = read_id(caliber), centre.study
    if centre.days is None:
        raise DataError("monitor_time")
    first, last = centre.days
    asked_day = day_of(as_of) if as_of else last
    if asked_day > last:
        raise NoDataError("gate_nothing", as_of=str(asked_day), first=str(first))
    fcr = daily_fcr(centre, as_of=asked_day, caliber=way.id)
    day = ripe_day(fcr.day, way.hours)
    if (day - first).days + 1 < LEAST_DAYS:
        raise DataError("monitor_short", n=max((day - first).days + 1, 0), least=LEAST_DAYS, last=str(day))
    question = Question(KPI, way.id, min_n=study.question.min_n, fdr=study.question.fdr, as_of=str(asked_day))
    face = facing(centre, question)
    own = tuple(dim for dim in (Question.of(study).dims or centre.dims) if dim in face.dims)
    plain = dataclasses.replace(question, as_of=None, dims=own)
    watched = monitor_kpi(face, ask(face, plain), as_of=day)
    seen = watched.series[(watched.series["cell"] == 0) & (watched.series["n"] > 0)]["day"]
    shown_day = seen.max().date() if len(seen) else day
    asked = ask(
        face,
        dataclasses.replace(
            plain, current=str(shown_day), baseline=f"{shown_day - timedelta(BEFORE_DAYS)}/{shown_day - timedelta(1)}"
        ),
    )
    measured = measure(face, asked)
    earlier = None if out_dir is None else previous(out_dir, study.name, str(asked_day), way.id)
    shown, closed, hidden = standing(watched, earlier, study.privacy.minimum_group)
    caveats = [
        *fcr.caveats,
        *(one for one in watched.caveats if one[0] != "caveat.kpi_immature"),
        ("caveat.fcr_watched", {"day": str(day), "caliber": way.id}),
        ("caveat.daily_overlap", {}),
    ]
    caveats += [("caveat.daily_hidden", {"n": hidden, "least": study.privacy.minimum_group})] if hidden else []
    caveats += (
        [("caveat.daily_older", {"day": str(fcr.day), "asked": as_of})] if as_of and str(fcr.day) != as_of else []
    )
    return FcrWatched(table=shown, asked=asked, fcr=fcr, day=shown_day, measured=measured, change=moved(face, asked), watched=watched, closed=closed,
                      before=earlier["as_of"] if earlier else None, least=study.privacy.minimum_group, hidden=hidden, caveats=tuple(caveats))  # fmt: skip


def previous(out_dir: str | Path, study: str, day: str, id: str) -> dict[str, Any] | None:
    """Findings of the run before, of the same caliber."""
    runs = runs_folder(out_dir, folder_name(study, CODE))
    return (
        None
        if runs is None
        else findings_before(runs / folder_name(study, CODE), day, like={"key": KPI, "caliber": id})
    )


def fcr_findings(
    found: FcrWatched, study: str, *, as_of: str, intake: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """The day as plain data.

    `kpi` is the watched caliber on the last day that can be judged. `provisional`: 2, 24 and 48 hours by Kaplan-Meier over the last three days. `indicators`: the twelve, each
    `indicator, value, lower, upper, n, lacking`. `alerts`: as R01 has them; those of the run before that are over have the state "recovered" and the status "closed".
    `watch`: how many are `open`, `new`, `continuing`, `closed`, whether the `whole` is one (0 or 1), how many cells were watched. `rising`: topics whose repeat rate rose.
    """
    of = {"kpi": KPI, "caliber": found.asked.caliber.id, "unit": found.asked.caliber.unit}
    day, chart = found.fcr, found.watched.series[found.watched.series["cell"] == 0].iloc[-1]
    names = ("caliber", "hours", "value", "lower", "upper", "n")
    return {
        "schema": SCHEMA, "study": study, "as_of": as_of, "lang": language(), "day": str(day.day),
        "kpi": {**kpi_entry(found.measured), "change": difference_entry(found.change), "gap": None},
        "check": {"verdict": verdict_of(found)},
        "chart": {name: chart[name] for name in ("expected", "lower", "upper", "n", "rule")} | {"open": bool(chart["open"])},
        "provisional": [{name: row[name] for name in names} for row in day.provisional.table.to_dict("records")],
        "left_out": day.provisional.left_out, "indicators": day.table.to_dict("records"),
        "rising": day.topics[day.topics["rising"].astype(bool)].to_dict("records"), "callbacks": day.callbacks,
        "watch": {**of, **found.counts(), "cells": len(found.watched.cells), "judged_from": str(found.watched.judged_from), "judged_to": str(found.day), "before": found.before,
                  "hidden": found.hidden, "rising": int(day.topics["rising"].sum()) if len(day.topics) else 0},
        "alerts": [*(of | _open(row) for row in found.table.to_dict("records")),
                   *(of | {"cell": one["where"], "state": "recovered", "status": "closed", "opened": one["opened"], "closed": one["closed"]} for one in found.closed)],
        "ledgers": [] if day.losses is None else [ledger_entry("fcr/topic", day.losses, ())],
        "agreement": None if day.agreed is None else {"kappa": day.agreed.kappa, "lower": day.agreed.lower, "upper": day.agreed.upper, "n": day.agreed.n},
        "current": estimate_entry(found.measured.headline["current"]), "intake": intake, "caveats": [text(key, **values) for key, values in found.caveats],
    }  # fmt: skip


def verdict_of(found: FcrWatched) -> str:
    """ "alert" while an alert is open, else "quiet"."""
    return "alert" if len(found.table) else "quiet"


def write_fcr(found: FcrWatched, centre: Centre, out_dir: str | Path, *, as_of: str = "") -> None:
    """Write `findings.json`, `alerts.csv`, `watch.csv`, `indicators.csv`, `losses.csv`, `repeats.csv` and, last, `result.json`. No row of a single customer leaves."""
    intake = {"read": centre.intake.read, "kept": centre.intake.kept, "set_aside": centre.intake.set_aside}
    content = fcr_findings(found, centre.study.name, as_of=as_of or str(centre.days[1]), intake=intake)
    write_files(out_dir, content, tables_of(found), verdict=verdict_of(found))


def tables_of(found: FcrWatched) -> dict[str, pd.DataFrame]:
    """The alerts, the whole's control chart, the indicators, the losses, and the day's repeats by topic."""
    whole = found.watched.series[found.watched.series["cell"] == 0].drop(columns="cell")
    losses = found.fcr.losses.table if found.fcr.losses is not None else pd.DataFrame(columns=["topic", "n", "lost"])
    return {
        "alerts": found.table,
        "watch": whole,
        "indicators": found.fcr.table,
        "losses": losses,
        "repeats": found.fcr.repeats,
    }


def _open(row: dict[str, Any]) -> dict[str, Any]:
    change = {"value": row["change"], "lower": row["lower"], "upper": row["upper"], "level": ALERT_LEVEL}
    return {"cell": row["where"], **{name: row[name] for name in ALERT}, "change": change}
