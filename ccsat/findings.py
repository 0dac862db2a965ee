"""A trace as findings.json: the machine's copy, full precision, stable keys."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import pandas as pd

from ccsat.cells import Measure
from ccsat.estimates import Difference, Estimate
from ccsat.results import Ledger
from ccsat.stages.agents import Agents
from ccsat.stages.check import Check
from ccsat.stages.corrected import Corrected
from ccsat.stages.defect import Defect
from ccsat.stages.evidence import Cause
from ccsat.trace import Trace
from ccsat.wording import language, term, text

SCHEMA = 1


def gather_findings(
    trace: Trace, *, as_of: str | None = None, timings: dict[str, float] | None = None
) -> dict[str, Any]:
    """The trace as plain data, for `findings.json`.

    Rates are 0 to 1, scores 0 to 100, points in the KPI's own unit; words are in the session's language.
    """
    check = trace.check
    return clean({
        "schema": SCHEMA, "study": trace.centre.study.name, "as_of": as_of, "lang": language(),
        "kpi": kpi_entry(check.headline, check=check),
        "kpis": [kpi_entry(one) for one in trace.kpis],
        "intake": {"read": trace.centre.intake.read, "kept": trace.centre.intake.kept, "set_aside": trace.centre.intake.set_aside},
        "check": {"verdict": check.verdict.value, "forced": trace.forced, "legs": legs_entry(check.legs),
                  "because": [{"key": key, **values} for key, values in check.because], "in_words": check.because_in_words(),
                  "defects": [defect_entry(d) for d in check.defects], "clean": difference_entry(check.clean), **correction_entry(check.corrected)},
        "ledgers": [*(ledger_entry(key, ledger, trace.centre.dims) for key, ledger in ledgers_of(trace).items()), cells_ledger(trace)],
        "cells": [{k: getattr(row, k) for k in CELL} for row in trace.where.cells.itertuples()],
        "declared": declared_cells(trace), "undecided": trace.where.undecided.to_dict("records"),
        "remainder": trace.where.remainder, "total": trace.where.total,
        "causes": [cause_entry(cause) for cause in (trace.why.causes if trace.why else ())],
        "ruled_out": list(trace.why.ruled_out) if trace.why else [],
        "doses": trace.why.doses.table.to_dict("records") if trace.why and trace.why.doses else [],
        "standing": trace.why.standing.table.to_dict("records") if trace.why and trace.why.standing else [],
        "agents": agents_entry(trace.why.agents) if trace.why else None,
        "plan": plan_entry(trace),
        "mix_target": trace.mix_target.table.iloc[0].to_dict() | {"against": trace.mix_target.against, "standing": trace.mix_target.standing} if trace.mix_target else None,
        "dispatch": trace.dispatch.table.to_dict("records") if trace.dispatch else [],
        "budget": vars(trace.budget) if trace.budget else None,
        "caveats": [text(key, **values) for key, values in trace.caveats],
        "timings": timings or {},
    })  # fmt: skip


CELL = ("rank", "where", "n", "n_baseline", "value", "value_baseline", "points", "lower", "upper", "share_gap", "share_volume",
        "p_adjusted", "stability", "kind")  # fmt: skip


def kpi_entry(measured: Measure, *, check: Check | None = None) -> dict[str, Any]:
    """One indicator: key, caliber, direction, unit, values with intervals."""
    asked = measured.asked
    entry = {"key": asked.caliber.kpi, "caliber": asked.caliber.id, "better": asked.caliber.better, "unit": asked.caliber.unit,
             "name": term(asked.caliber.kpi), "current": estimate_entry(measured.headline["current"]),
             "baseline": estimate_entry(measured.headline.get("baseline")), "target": asked.target if check else None,
             "cluster": measured.cluster,
             "periods": {w.label: [str(w.first), str(w.last)] for w in asked.windows}}  # fmt: skip
    if check is not None:
        entry["change"] = difference_entry(check.change) if asked.is_change else None
        entry["gap"] = None if asked.is_change else check.change.value
        entry["full_mark"] = asked.full_mark_target
        entry["gap_interval"] = None if asked.is_change else [check.change.lower, check.change.upper]
    return entry


def estimate_entry(estimate: Estimate | None) -> dict[str, Any] | None:
    """A value with its interval and what it was counted from."""
    if estimate is None:
        return None
    return {"value": estimate.value, "lower": estimate.lower, "upper": estimate.upper, "n": int(estimate.n),
            "numerator": estimate.numerator, "denominator": estimate.denominator, "effective_n": estimate.effective_n}  # fmt: skip


def difference_entry(change: Difference) -> dict[str, Any]:
    """A difference with its interval."""
    return {"value": change.value, "lower": change.lower, "upper": change.upper, "p_value": change.p_value}


def defect_entry(defect: Defect) -> dict[str, Any]:
    """A defect with its numbers."""
    return {**defect.values, "key": defect.key, "n": defect.n, "effect_points": defect.effect_points,
            "effect_lower": defect.effect_lower, "effect_upper": defect.effect_upper, "effect_baseline": defect.effect_baseline}  # fmt: skip


def correction_entry(corrected: Corrected | Estimate | None) -> dict[str, Any]:
    """The corrected KPI, its change, and the steps that lead there."""
    if not isinstance(corrected, Corrected):
        return {"corrected": estimate_entry(corrected), "corrected_change": None, "corrections": []}
    change = corrected.change
    return {"corrected": estimate_entry(corrected) | {"as_is": corrected.as_is}, "corrected_change": None if change is None else difference_entry(change),
            "corrections": [vars(step) for step in corrected.steps]}  # fmt: skip


def declared_cells(trace: Trace) -> list[dict[str, Any]]:
    """Scopes of declared changes that moved although the search did not name them; outside the ledger of cells."""
    if trace.why is None or trace.why.cells.empty:
        return []
    rows = trace.why.cells[trace.why.cells["kind"] == "declared"]
    return [{k: getattr(row, k) for k in CELL if k in rows.columns} for row in rows.itertuples()]


def agents_entry(agents: Agents | None) -> dict[str, Any] | None:
    """Whether any agent stands apart: counts only, no names."""
    return None if agents is None else {"reason": agents.reason, **agents.counts, "p_value": agents.p_value}


def ledgers_of(trace: Trace) -> dict[str, Ledger]:
    """All accounts of a trace by key."""
    more = {"five_errors": trace.errors, "cause_tree": trace.tree}
    return trace.ledgers | {key: ledger for key, ledger in more.items() if ledger is not None}


def ledger_entry(key: str, ledger: Ledger, dims: Sequence[str]) -> dict[str, Any]:
    """A ledger's rows as records under its key, each with the cell (`where`) or the words (`label`) it stands for."""
    rows = []
    for row in ledger.table.to_dict("records"):
        where = {dim: row[dim] for dim in dims if isinstance(row.get(dim), str)}
        name = {"where": where} if "/" in key else {"label": row.get("label") or term(str(named(row)))}
        rows.append({**name, **row})
    return {"key": key, "total": ledger.total, "unit": ledger.unit, "rows": rows}


def named(row: dict[str, Any]) -> Any:
    """What a row of a ledger stands for: its reason, owner or error."""
    return next((row[name] for name in ("reason", "owner", "error") if name in row), None)


def cells_ledger(trace: Trace) -> dict[str, Any]:
    """The located cells and what is left: closes on the total."""
    rows = [{"where": row.where, "points": row.points} for row in trace.where.cells.itertuples()]
    return {"key": "cells", "total": trace.where.total, "unit": trace.asked.caliber.unit,
            "rows": [*rows, {"label": "remainder", "points": trace.where.remainder}]}  # fmt: skip


def legs_entry(legs: dict) -> dict[str, Any]:
    """The artefact test's legs with their evidence."""
    return {
        name: {k: difference_entry(v) if isinstance(v, Difference) else v for k, v in leg.items()}
        for name, leg in legs.items()
    }


def cause_entry(cause: Cause) -> dict[str, Any]:
    """A cause with its chain and evidence."""
    return {"cell_rank": cause.cell_rank, "id": cause.id, "class": cause.kind, "owner": cause.owner, "owner_dept": cause.owner_dept,
            "gap_type": cause.gap_type, "controllable": cause.controllable, "grade": cause.grade, "wording": cause.wording,
            "depth": cause.depth,
            "last_changeable": cause.last_changeable.key if cause.last_changeable else None,
            "chain": [{"key": link.key, "changeable": link.changeable, **link.values} for link in cause.chain],
            "evidence": [{"kind": e.kind, "grade": e.grade, **e.values} for e in cause.evidence], "points": cause.points}  # fmt: skip


def plan_entry(trace: Trace) -> dict[str, Any]:
    """The plan; empty where the trace did not reach it."""
    plan, solution = trace.plan, trace.centre.study.solution
    if plan is None:
        return {"budget": solution.budget, "horizon_days": solution.horizon_days, "actions": [], "expected_points": 0.0, "lower": 0.0, "upper": 0.0,
                "runner_up": None, "stability": None, "verification": []}  # fmt: skip
    return {"budget": plan.budget, "horizon_days": plan.horizon_days, "actions": plan.table.to_dict("records"),
            "expected_points": plan.expected_points, "lower": plan.lower, "upper": plan.upper, "runner_up": plan.runner_up, "stability": plan.stability,
            "verification": list(plan.verification), "verified_together": list(plan.verified_together), "source": plan.source, "gap": plan.gap,
            "low": plan.low, "high": plan.high, "what_if": plan.what_if.to_dict("records"), "left_out": list(plan.left_out),
            "suggested": plan.suggested.to_dict("records")}  # fmt: skip


def clean(value: Any) -> Any:
    """Plain JSON values: no NaN, no numpy, no dates."""
    if isinstance(value, dict):
        return {str(k): clean(v) for k, v in value.items()}
    if isinstance(value, (list, tuple, set)):
        return [clean(v) for v in value]
    if hasattr(value, "item"):
        value = value.item()
    if value is None or value is pd.NA or value is pd.NaT or (isinstance(value, float) and not math.isfinite(value)):
        return None
    return value if isinstance(value, (str, int, float, bool)) else str(value)
