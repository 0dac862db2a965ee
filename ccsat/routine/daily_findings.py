"""A day's bad reviews as findings.json and tables: what alert rules and the next run read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd

from ccsat.centre import Centre
from ccsat.findings import difference_entry, estimate_entry, kpi_entry, ledger_entry
from ccsat.routine.daily import Daily
from ccsat.routine.files import write_files
from ccsat.wording import language, text

SCHEMA = 1
ALERT_LEVEL = 0.8  # of an alert's interval: see `monitor`
ALERT = (
    "episode",
    "state",
    "status",
    "opened",
    "closed",
    "rule",
    "n",
    "value",
    "expected",
    "p_adjusted",
    "share",
    "points",
)


def day_findings(daily: Daily, study: str, *, as_of: str, intake: dict[str, Any] | None = None) -> dict[str, Any]:
    """The day as plain data.

    `kpi` is the bad-review rate and `chart` the day on its control chart. `alerts`: those open, each `kpi, caliber, unit, cell, opened, state, status, rule, n, value, expected, change {value, lower, upper, level}` and more; those of the
    run before that are over have the state "recovered" and the status "closed". `watch`: how many are `open`, `new`, `continuing`, `closed`, whether the
    `whole` is one (0 or 1), and how many cells were watched since when. Rates are 0 to 1.
    """
    kpi = {**kpi_entry(daily.measured), "change": difference_entry(daily.change), "gap": None}
    chart, watched = daily.today, daily.watched.asked.caliber
    of = {"kpi": watched.kpi, "caliber": watched.id, "unit": watched.unit}
    return {
        "schema": SCHEMA, "study": study, "as_of": as_of, "lang": language(), "day": str(daily.day), "kpi": kpi,
        "check": {"verdict": verdict_of(daily)},
        "chart": {"expected": chart["expected"], "lower": chart["lower"], "upper": chart["upper"], "n": chart["n"], "rule": chart["rule"], "open": bool(chart["open"])},
        "watch": {**of, **daily.counts(), "cells": len(daily.watched.cells), "judged_from": str(daily.watched.judged_from), "before": daily.before, "hidden": daily.hidden},
        "alerts": [*(of | _open(row) for row in daily.table.to_dict("records")),
                   *(of | {"cell": one["where"], "state": "recovered", "status": "closed", "opened": one["opened"], "closed": one["closed"]} for one in daily.closed)],
        "ledgers": [ledger_entry(key, ledger, ()) for key, ledger in (("bad_review/owner", daily.owners), ("bad_review/side", daily.sides), ("bad_review/reason", daily.reasons)) if ledger is not None],
        "split": {"days": daily.span, "n": daily.split_n},
        "budget": _spent(daily), "intake": intake, "caveats": [text(key, **values) for key, values in daily.caveats],
    }  # fmt: skip


def verdict_of(daily: Daily) -> str:
    """ "alert" while an alert is open, else "quiet": no verdict on the data, which only the trace gives."""
    return "alert" if len(daily.table) else "quiet"


def write_day(daily: Daily, centre: Centre, out_dir: str | Path, *, as_of: str = "") -> None:
    """Write `findings.json`, `alerts.csv`, `watch.csv`, `split.csv` and, last, `result.json`."""
    day = as_of or str(centre.days[1])
    intake = {"read": centre.intake.read, "kept": centre.intake.kept, "set_aside": centre.intake.set_aside}
    found = day_findings(daily, centre.study.name, as_of=day, intake=intake)
    write_files(out_dir, found, tables_of(daily), verdict=verdict_of(daily))


def tables_of(daily: Daily) -> dict[str, pd.DataFrame]:
    """The alerts, the whole's control chart, and the split by owner and reason."""
    whole = daily.whole.series.drop(columns="cell")
    ledgers = {"owner": daily.owners, "side": daily.sides, "reason": daily.reasons}
    parts = [ledger.table.assign(by=by) for by, ledger in ledgers.items() if ledger is not None]
    split = (
        pd.concat(parts, ignore_index=True)
        if parts
        else pd.DataFrame(columns=["by", "owner", "points", "lower", "upper", "share"])
    )
    return {"alerts": daily.table, "watch": whole, "split": split[["by", *(name for name in split if name != "by")]]}


def _open(row: dict[str, Any]) -> dict[str, Any]:
    change = {"value": row["change"], "lower": row["lower"], "upper": row["upper"], "level": ALERT_LEVEL}
    return {"cell": row["where"], **{name: row[name] for name in ALERT}, "change": change}


def _spent(daily: Daily) -> dict[str, Any] | None:
    spent = daily.spent
    if spent is None:
        return None
    return {**vars(spent.budget), "burn_lower": spent.lower, "burn_upper": spent.upper, "expected_n": spent.expected_n, "target": spent.measured.asked.target,
            "kpi": spent.measured.asked.caliber.kpi, "caliber": spent.measured.asked.caliber.id, "period": [str(spent.first), str(spent.last)],
            "to": str(daily.day), "current": estimate_entry(spent.measured.headline["current"])}  # fmt: skip
