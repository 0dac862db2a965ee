"""What follows a run, good or failed: history, alerts, retention, the index. None of it can undo what was published."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from ccsat.errors import CcsatError
from ccsat.runs.alerts import Alerts
from ccsat.runs.history import History
from ccsat.runs.index import is_current, write_index
from ccsat.runs.levels import level_of
from ccsat.runs.operations import Operations
from ccsat.runs.retention import prune
from ccsat.study import Study
from ccsat.wording import has, interval, kpi_value, number, points, term, text

JUDGED = tuple(
    f"verdict_short.{verdict}" for verdict in ("real", "artefact", "mix", "none", "insufficient")
)  # R01 and R05 judge no data

Say = Callable[[str], None]


def follow_up(folder: Path, study: Study, operations: Operations, *, place: str | None = None, failure: Mapping[str, Any] | None = None,
              dry_run: bool = False, lang: str, say: Say, now: datetime | None = None) -> None:  # fmt: skip
    """Take the study's runs into the history, tell who is to be told, let old runs go, write the index.

    Every step is tried though the one before failed; what fails is said, and caught up by the next run.

    Args:
        folder: The study's folder; its lock is held.
        place: The run that was published just now; without it only what an earlier one left undone is done.
        failure: What `record_failure` put on record, when the run came to nothing.
        dry_run: Alerts are said, not sent, and nothing of them is kept.
    """
    history = History(folder.parent)

    def alert() -> None:
        alerts = Alerts(folder, study, operations, now=now)
        _tell(alerts, _last(history, folder, place), folder, failure, dry_run, lang, say)

    def let_go() -> None:
        if place is not None and not (operations.runs is None and operations.days is None):
            if gone := prune(folder, runs=operations.runs, days=operations.days):
                say(text("runs.pruned", lang, n=len(gone)))

    def index() -> None:
        if not is_current(folder.parent, history):
            write_index(folder.parent, history)

    for step in (lambda: history.catch_up(folder.name), alert, let_go, index):
        try:
            step()
        except (OSError, sqlite3.Error, CcsatError, ValueError, KeyError) as error:
            say(text("runs.after_failed", lang, reason=f"{type(error).__name__}: {error}"[:300]))


def _tell(alerts: Alerts, run: dict[str, Any] | None, folder: Path, failure: Mapping[str, Any] | None, dry_run: bool, lang: str,
          say: Say) -> None:  # fmt: skip
    """Take the last run's level for its readers, its end for its maintainers; send what waits."""
    messages = []
    if run is not None:
        findings = json.loads((folder / run["place"] / "findings.json").read_text(encoding="utf-8"))
        if run["good"]:
            level = level_of(findings, alerts.operations)
            words = lambda kind: content_words(kind, level.name, level.because, findings, run["place"], lang)
            messages.append(alerts.take("readers", level.name, of=_mark(run), as_of=run["as_of"], words=words, dry_run=dry_run))  # fmt: skip
        if failure is None:
            level_of_run = "green" if run["good"] else "amber"
            words = lambda kind: stopped_words(kind, findings, run["place"], lang)
            messages.append(alerts.take("maintainers", level_of_run, of=_mark(run), as_of=run["as_of"], words=words, dry_run=dry_run))  # fmt: skip
    if failure is not None:
        words = lambda kind: failure_words(kind, failure, alerts.study.name, lang)
        messages.append(alerts.take("maintainers", "red", of=str(failure["at"]) + failure["error"], as_of=str(failure.get("as_of") or ""), words=words, dry_run=dry_run))  # fmt: skip
    for message in messages:
        if message:
            say(text("alerts.would" if dry_run else "alerts.told", lang, audience=text(f"alerts.{message['audience']}", lang), subject=message["subject"]))  # fmt: skip
            if dry_run:
                say(message["body"])
    if not dry_run:
        for message, reason in alerts.flush():
            say(text("alerts.kept", lang, subject=message["subject"], reason=reason))


def _last(history: History, folder: Path, place: str | None) -> dict[str, Any] | None:
    """The run published just now, whatever the clock says; else the one that finished last, which may have told nobody."""
    runs = history.runs(folder.name)
    if place is not None:
        return next((run for run in runs if run["place"] == place), None)
    return max(runs, key=lambda run: (run["finished"], run["place"]), default=None)


def _mark(run: Mapping[str, Any]) -> str:
    return f"{run['place']} {run['finished']}"


def content_words(kind: str, level: str, because: list[dict[str, Any]], findings: Mapping[str, Any], place: str, lang: str) -> tuple[str, str]:  # fmt: skip
    """Subject and body of an alert on what a run found."""
    kpi = findings.get("kpi") or {}
    unit, current = kpi.get("unit", "raw"), kpi.get("current") or {}
    value = kpi_value(current.get("value"), unit)
    subject = text("alerts.subject", lang, study=findings.get("study", ""), level=text(f"alerts.level_{level}", lang), kind=text(f"alerts.kind_{kind}", lang),
                   kpi=term(kpi.get("key", ""), lang), value=value, as_of=findings.get("as_of", ""))  # fmt: skip
    lines = [text("alerts.value", lang, kpi=term(kpi.get("key", ""), lang), value=value, lower=kpi_value(current.get("lower"), unit),
                  upper=kpi_value(current.get("upper"), unit), n=number(current.get("n"), 0))]  # fmt: skip
    total = (kpi.get("change") or {}).get("value")
    if total is not None or kpi.get("gap") is not None:
        lines.append(text("alerts.change" if total is not None else "alerts.gap", lang, points=points(total if total is not None else kpi["gap"], unit)))  # fmt: skip
    key = f"verdict_short.{(findings.get('check') or {}).get('verdict', '')}"
    if key in JUDGED:
        lines.append(text("alerts.verdict", lang, verdict=text(key, lang)))
    for one in because:
        limit = " / ".join(map(str, one["limit"])) if isinstance(one["limit"], list) else f"{one['limit']:g}"
        value_words = f"{one['value']:.4g}" if isinstance(one["value"], float) else str(one["value"])
        key = f"alert_field.{one['field']}"
        lines.append("- " + text("alerts.because", lang, field=text(key, lang) if has(key) else one["field"], value=value_words,
                                 level=text(f"alerts.level_{one['level']}", lang), limit=limit))  # fmt: skip
    for cell in (findings.get("cells") or [])[:3]:
        where = ", ".join(f"{name}={value}" for name, value in cell.get("where", {}).items())
        lines.append("- " + text("alerts.cell", lang, where=where, points=points(cell["points"], unit), n=number(cell.get("n"), 0)))  # fmt: skip
    for one in [alert for alert in findings.get("alerts") or [] if alert.get("state") == "open"][:3]:
        where = ", ".join(f"{name}={value}" for name, value in one["cell"].items()) or text("monitor.whole", lang)
        change = one["change"]
        lines.append("- " + text("alerts.open_cell", lang, where=where, opened=one["opened"], points=points(change["value"], one["unit"]), n=number(one["n"], 0),
                                 interval=interval(change["lower"], change["upper"], one["unit"], of="points"), status=text(f"finding_status.{one['status']}", lang)))  # fmt: skip
    lines.append(text("alerts.report", lang, place=f"{place}/report.html"))
    return subject, "\n".join(lines) + "\n"


def stopped_words(kind: str, findings: Mapping[str, Any], place: str, lang: str) -> tuple[str, str]:
    """Subject and body of an alert on a run that the data gate stopped, or on the first good one after."""
    verdict = (findings.get("check") or {}).get("verdict", "")
    key = f"verdict_short.{verdict}"
    values = {"study": findings.get("study", ""), "as_of": findings.get("as_of", ""), "verdict": text(key, lang) if has(key) else verdict,
              "place": f"{place}/report.html", "kind": text(f"alerts.kind_{kind}", lang)}  # fmt: skip
    name = "back" if kind == "recovered" else "stopped"
    return text(f"alerts.{name}_subject", lang, **values), text(f"alerts.{name}_body", lang, **values)


def failure_words(kind: str, failure: Mapping[str, Any], study: str, lang: str) -> tuple[str, str]:
    """Subject and body of an alert on a run that came to nothing."""
    message = str(failure["message_zh"] if lang == "zh" else failure["message"])
    values = {"study": study, "as_of": failure.get("as_of") or "–", "kind": text(f"alerts.kind_{kind}", lang), "message": message, "code": failure["exit_code"],
              "first": message.splitlines()[0][:120]}  # fmt: skip
    return text("alerts.failure_subject", lang, **values), text("alerts.failure_body", lang, **values)
