"""The plan of a study's latest run, as actions to put on record."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ccsat.errors import StudyError, listing


def planned_actions(folder: Path, ids: Sequence[str] = ()) -> list[dict[str, Any]]:
    """The actions of the latest run's plan: who, when, where, at what cost and with what promise.

    Args:
        folder: The study's folder of runs.
        ids: Only these.

    Raises:
        StudyError: No good run is published, its plan is empty, or holds no action of an id.
    """
    latest = folder / "latest.txt"
    place = latest.read_text(encoding="utf-8").strip() if latest.is_file() else ""
    file = folder / place / "findings.json"
    if not place or not file.is_file():
        raise StudyError("register_no_run", folder=str(folder))
    findings = json.loads(file.read_text(encoding="utf-8"))
    plan = findings.get("plan") or {}
    rows = {row["id"]: row for row in plan.get("actions", [])}
    if not rows:
        raise StudyError("register_no_plan", run=place)
    for id in ids:
        if id not in rows:
            raise StudyError("register_not_planned", id=id, run=place, known=listing(rows))
    seen = {one["action"]: one for one in plan.get("verification", [])}
    return [_action(row, seen.get(id, {}), findings) for id, row in rows.items() if not ids or id in ids]


def _action(row: Mapping[str, Any], seen: Mapping[str, Any], findings: Mapping[str, Any]) -> dict[str, Any]:
    where = seen.get("cell") or {}
    cell = next((one for one in findings.get("cells", []) if one["where"] == where), {})
    as_of = findings.get("as_of")
    causes = [one["id"] for one in findings.get("causes", []) if one["cell_rank"] == cell.get("rank")]
    return {
        "action_id": row["id"], "library_id": row["id"], "at": None if as_of in (None, "", "undated") else as_of, "title_zh": row.get("zh"), "title_en": row.get("en"), "owner": row["owner"],
        "cost": row["cost"], "lead_days": row["lead_days"], "due_on": row.get("due"), "predicted_points": row["expected_points"],
        "scope": scope_words(where) or None, "finding_id": cell.get("finding_id"), "cause": causes[0] if causes else None, "state": "planned",
    }  # fmt: skip


def scope_words(where: Mapping[str, Any]) -> str:
    """A cell as a register writes it: `dim=level|level; dim=level`."""
    return "; ".join(
        f"{dim}={'|'.join(map(str, level if isinstance(level, (list, tuple)) else [level]))}"
        for dim, level in where.items()
    )
