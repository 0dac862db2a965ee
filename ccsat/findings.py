"""A trace as findings.json: the machine's copy, full precision, stable keys."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import pandas as pd

from ccsat.cells import Measure
from ccsat.estimates import Difference, Estimate
from ccsat.results import Ledger
from ccsat.stages.check import Check
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
                  "defects": [{"key": d.key, "n": d.n, "effect_points": d.effect_points, **d.values} for d in check.defects],
                  "corrected": estimate_entry(check.corrected)},
        "ledgers": [*(ledger_entry(key, ledger, trace.centre.dims) for key, ledger in trace.ledgers.items()), cells_ledger(trace)],
        "cells": [{k: getattr(row, k) for k in CELL} for row in trace.where.cells.itertuples()],
        "remainder": trace.where.remainder, "total": trace.where.total,
        "causes": [cause_entry(cause) for cause in (trace.why.causes if trace.why else ())],
        "ruled_out": list(trace.why.ruled_out) if trace.why else [],
        "plan": plan_entry(trace),
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


def ledger_entry(key: str, ledger: Ledger, dims: Sequence[str]) -> dict[str, Any]:
    """A ledger's rows as records under its key, each with the cell (`where`) or the words (`label`) it stands for."""
    rows = []
    for row in ledger.table.to_dict("records"):
        where = {dim: row[dim] for dim in dims if isinstance(row.get(dim), str)}
        name = (
            {"where": where}
            if "/" in key
            else {"label": row.get("label") or term(str(row.get("reason", row.get("owner"))))}
        )
        rows.append({**name, **row})
    return {"key": key, "total": ledger.total, "unit": ledger.unit, "rows": rows}


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
            "verification": list(plan.verification)}  # fmt: skip


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
