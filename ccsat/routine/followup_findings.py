"""Verified actions as findings.json and tables: what alert rules and the next run read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd

from ccsat.centre import Centre
from ccsat.findings import kpi_entry
from ccsat.routine.files import write_files
from ccsat.routine.followup import Followed
from ccsat.wording import language, text

SCHEMA = 1
WEEK = ("week", "starts_on", "n", "value", "n_control", "value_control", "gap", "error", "after")


def action_findings(followed: Followed, study: str, *, as_of: str) -> dict[str, Any]:
    """The verified actions as plain data.

    `actions`: a row of `Followed.table` each, with `verified` (every metric's numbers and sentences); `follow`: how many of each answer and standing;
    `settled`, `overdue`, `gone` besides. `kpi` is the study's own over the last 28 days. Rates are 0 to 1.
    """
    return {
        "schema": SCHEMA, "study": study, "as_of": as_of, "lang": language(), "day": str(followed.day),
        "kpi": {**kpi_entry(followed.measured), "change": None, "gap": None}, "check": {"verdict": verdict_of(followed)},
        "follow": {**followed.counts(), "before": followed.before, "recorded": followed.recorded},
        "actions": [{**row, "verified": [_verified(one) for one in followed.verified[row["action_id"]]]} for row in _plain(followed.table)],
        "settled": [{name: row[name] for name in ("action_id", "as_of", "told", "because", "design", "grade", "n", "n_control", "points", "points_lower", "points_upper",
                                                  "predicted_points")} for row in _plain(followed.settled)],
        "overdue": [{name: row[name] for name in ("action_id", "owner", "due_on", "predicted_points")} for row in _plain(followed.overdue)],
        "gone": list(followed.gone), "caveats": [text(key, **values) for key, values in followed.caveats],
    }  # fmt: skip


def verdict_of(followed: Followed) -> str:
    """ "settled" where every action in force has a firm answer, "pending" where one has none yet, "no_actions" where none is in force."""
    if followed.table.empty:
        return "settled" if len(followed.settled) else "no_actions"
    return "settled" if followed.table["told"].isin(("works", "no_effect")).all() else "pending"


def write_followed(followed: Followed, centre: Centre, out_dir: str | Path, *, as_of: str = "") -> None:
    """Write `findings.json`, `actions.csv`, `weeks.csv` and, last, `result.json`."""
    weeks = [
        one.table.assign(action_id=id, metric=one.metric) for id, told in followed.verified.items() for one in told
    ]
    table = pd.concat(weeks, ignore_index=True) if weeks else pd.DataFrame(columns=["action_id", "metric", *WEEK])
    found = action_findings(followed, centre.study.name, as_of=as_of or str(followed.day))
    write_files(
        out_dir,
        found,
        {"actions": followed.table, "weeks": table[["action_id", "metric", *WEEK]]},
        verdict=verdict_of(followed),
    )


def _plain(table: pd.DataFrame) -> list[dict[str, Any]]:
    return table.astype(object).where(table.notna(), None).to_dict("records")


def _verified(one: Any) -> dict[str, Any]:
    names = ("metric", "unit", "design", "grade", "told", "because", "effect", "lower", "upper", "detectable", "points", "points_lower", "points_upper", "predicted_points",
             "predicted_effect", "p_before", "n", "n_control", "weeks", "more_weeks")  # fmt: skip
    return {**{name: getattr(one, name) for name in names}, "told": str(one.told), "in_words": one.sentences()}
