"""The trace-analysis table (溯源分析表): one row a traced problem, 33 columns, and a remainder that closes it."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from ccsat.engine import NULL_LEVEL, Window
from ccsat.numerics.portfolio import Action, uplift
from ccsat.stages.evidence import Cause, Link
from ccsat.stages.said import link_sentence
from ccsat.trace import Trace
from ccsat.wording import count, interval, language, points, term, text

COLUMNS = ("no", "found_on", "as_of", "kpi", "caliber", "period", "baseline", "current", "target", "gap", "data_verdict",
           "data_evidence", "cell", "n_cell", "share_volume", "points", "points_ci", "share_gap", "lift", "symptom", "cause_chain",
           "root_cause", "cause_class", "gap_type", "evidence_grade", "owner_dept", "controllable", "action", "expected_points",
           "due", "verify_by", "verified", "status")  # fmt: skip


def headers() -> dict[str, tuple[str, str]]:
    """Column to its header in Chinese and English, in the table's order."""
    return {name: (text(f"column.{name}", "zh"), text(f"column.{name}", "en")) for name in COLUMNS}


def trace_table(trace: Trace, *, as_of: str) -> pd.DataFrame:
    """One row a located cell with its best supported cause, then the remainder.

    Returns:
        The 33 columns of `COLUMNS`; values, shares and points in full precision (points of the rows add up to the gap or the change), words in the
        session's language.
    """
    shared = _shared(trace, as_of)
    rows = [{**shared, **_cell(trace, row)} for row in trace.where.cells.itertuples()]
    rows.append({**shared, "cell": text("table.remainder"), "points": trace.where.remainder,
                 "share_gap": trace.where.remainder / trace.where.total if trace.where.total else None,
                 "status": text("status.open" if rows else f"status.{trace.check.verdict.value}")})  # fmt: skip
    table = pd.DataFrame(rows, dtype=object).reindex(columns=list(COLUMNS)).astype(object)
    table["no"] = range(1, len(table) + 1)
    return table.where(table.notna(), None)


def _shared(trace: Trace, as_of: str) -> dict:
    check, asked = trace.check, trace.asked
    headline = check.headline.headline
    return {
        "found_on": as_of, "as_of": as_of, "kpi": term(asked.caliber.kpi), "caliber": text(f"caliber.{asked.caliber.key}"),
        "period": period_words(asked.current), "baseline": headline["baseline"].value if "baseline" in headline else None,
        "current": headline["current"].value, "target": asked.target, "gap": trace.where.total,
        "data_verdict": text(f"verdict_short.{check.verdict}"), "data_evidence": evidence_words(trace),
    }  # fmt: skip


def period_words(window: Window | None) -> str:
    """A period as its first and last day."""
    return text("period.all") if window is None else f"{window.first} – {window.last}"


def evidence_words(trace: Trace) -> str:
    """What stage 1 rests on, in one cell."""
    change, unit = trace.check.change, trace.asked.caliber.unit
    words = [
        text(
            "evidence.change" if trace.asked.is_change else "evidence.gap",
            change=points(change.value, unit),
            interval=interval(change.lower, change.upper, unit, of="points"),
        )
    ]
    words += [text(f"defect_short.{d.key}", n=count(d.n)) for d in trace.check.defects]
    return text("joined").join(words)


def cell_words(where: Mapping) -> str:
    """A cell in words: `channel = phone, team = T01 | T02`."""
    if not where:
        return text("table.everything")
    return ", ".join(f"{dim} = {level_words(level)}" for dim, level in where.items())


def level_words(level: object) -> str:
    """A level, several joined by bars, an empty one named."""
    levels = level if isinstance(level, (list, tuple)) else [level]
    return " | ".join(text("table.blank") if one == NULL_LEVEL else str(one) for one in levels)


def _cell(trace: Trace, row: object) -> dict:
    cause = next((c for c in trace.why.causes if c.cell_rank == row.rank), None) if trace.why else None
    unit, full = trace.asked.caliber.unit, trace.asked.full
    overall = abs(full - trace.check.headline.headline["current"].value)
    fields = {
        "cell": cell_words(row.where), "n_cell": int(row.n), "share_volume": row.share_volume, "points": row.points,
        "points_ci": interval(row.lower, row.upper, unit, of="points"), "share_gap": row.share_gap,
        "lift": abs(full - row.value) / overall if overall and pd.notna(row.value) else None,
        "symptom": symptom_words(row.where), "status": text("status.open"),
    }  # fmt: skip
    return {**fields, **(_cause(trace, cause) if cause else {"root_cause": text("table.no_cause")})}


def _cause(trace: Trace, cause: Cause) -> dict:
    actions = []
    if trace.plan is not None and not trace.plan.table.empty:
        known = {one.id: one for one in trace.plan.choice.actions}
        actions = [row for row in trace.plan.table.itertuples() if cause.id in trace.plan.touches[row.id]]
    return {
        "cause_chain": " → ".join(link_words(link) for link in cause.chain),
        "root_cause": text("table.root_cause", wording=text(f"wording.{cause.wording}"), cause=link_words(cause.root)),
        "cause_class": text(f"cause_class.{cause.kind}"), "gap_type": term(cause.gap_type), "evidence_grade": cause.grade,
        "owner_dept": owner_words(cause),
        "controllable": text("yes" if cause.controllable else "no"),
        "action": text("joined").join(action_words(a) for a in actions) or None,
        "expected_points": _expected(trace, cause, [known[a.id] for a in actions]) if actions else None,
        "due": text("joined").join(text("table.days", n=int(a.lead_days)) for a in actions) or None,
        "verify_by": text("joined").join(dict.fromkeys(text(f"verify.{one['design']}") for one in trace.plan.verification
                                                       if one["action"] in {a.id for a in actions})) or None,
    }  # fmt: skip


def _expected(trace: Trace, cause: Cause, actions: list[Action]) -> float:
    """What the chosen actions together win back of one cause, their overlap removed; never more than the whole plan."""
    own = uplift([a.id for a in actions], actions, {cause.id: abs(cause.points)}, horizon_days=trace.plan.horizon_days)
    return min(own, trace.plan.expected_points) * trace.asked.sign


def owner_words(cause: Cause) -> str:
    """Who can change a cause: the owner class, and the department where the calendar names one."""
    dept = term(cause.owner_dept) if cause.owner_dept else None
    return term(cause.owner) + (text("table.dept", dept=dept) if dept and dept != term(cause.owner) else "")


def action_words(action: object) -> str:
    """An action's name in the session's language."""
    return f"{action.id} {getattr(action, language())}"


def symptom_words(where: Mapping) -> str:
    """The symptom that a cell shows."""
    return text("link.symptom", cell=cell_words(where)) if where else text("link.symptom_everywhere")


def link_words(link: Link) -> str:
    """One link of a chain in words."""
    if (said := link_sentence(link)) is not None:
        return said
    values = dict(link.values)
    if link.key == "symptom":
        return symptom_words(values["where"])
    if link.key == "change":
        values["title"] = values[f"title_{language()}"]
    return text(f"link.{link.key}", **values)
