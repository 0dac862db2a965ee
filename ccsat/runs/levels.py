"""What a run's findings amount to: green, amber or red, and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ccsat.errors import StudyError, listing
from ccsat.runs.operations import Operations

LEVELS = ("green", "amber", "red")
SHOWN = {"rate": 100.0, "nps": 100.0}  # points of a KPI as people say them
DERIVED = ("real_worse_points", "value", "new_cells")


@dataclass(frozen=True)
class Level:
    """A level with the thresholds that made it: `field`, `value`, `level`, `limit` each."""

    name: str = "green"
    because: list[dict[str, Any]] = field(default_factory=list)

    def at_least(self, other: str) -> bool:
        return LEVELS.index(self.name) >= LEVELS.index(other)


def level_of(findings: Mapping[str, Any], operations: Operations) -> Level:
    """The worst level of all thresholds, and of the limits `amber` and `red` on the worse side of the KPI's own value.

    Args:
        findings: Content of findings.json.
        operations: Its `thresholds`, `amber` and `red` are used.

    Raises:
        StudyError: A threshold's field is not in the findings.
    """
    asked = [dict(one) for one in operations.thresholds]
    if operations.amber is not None or operations.red is not None:
        worse_below = (findings.get("kpi") or {}).get("better", "high") == "high"
        asked.append({"field": "value", "amber": operations.amber, "red": operations.red, "below": worse_below})
    because = []
    for one in asked:
        value = value_of(findings, one["field"])
        name = next(
            (name for name in ("red", "amber") if _reached(value, one.get(name), one.get("below", False))), None
        )
        if name:
            because.append({"field": one["field"], "value": value, "level": name, "limit": one[name], "below": one.get("below", False)})  # fmt: skip
    worst = max((LEVELS.index(entry["level"]) for entry in because), default=0)
    return Level(LEVELS[worst], because)


def value_of(findings: Mapping[str, Any], path: str) -> Any:
    """A value of the findings by its dotted path ("check.verdict", "cells.0.points"), or a derived one.

    Derived: `value` (the KPI's current value), `real_worse_points` (points by which the KPI is worse than its baseline
    or target; 0 where the verdict is not real, and against a full mark), `new_cells` (cells that the register calls new).
    A list's place that does not exist, e.g. `cells.0.points` where no cell was found, is None and reaches no threshold.

    Raises:
        StudyError: No such key.
    """
    kpi = findings.get("kpi") or {}
    if path == "value":
        return (kpi.get("current") or {}).get("value")
    if path == "new_cells":
        return sum(cell.get("status") == "new" for cell in findings.get("cells") or [])
    if path == "real_worse_points":
        total = (kpi.get("change") or {}).get("value")
        total = kpi.get("gap") if total is None else total
        if total is None or (findings.get("check") or {}).get("verdict") != "real" or kpi.get("full_mark"):
            return 0.0
        return max(0.0, (total if kpi.get("better") == "low" else -total) * SHOWN.get(kpi.get("unit", "raw"), 1.0))
    value: Any = findings
    for part in path.split("."):
        if value is None or (isinstance(value, list) and part.isdigit() and int(part) >= len(value)):
            return None
        if isinstance(value, list) and part.isdigit():
            value = value[int(part)]
        elif isinstance(value, dict) and part in value:
            value = value[part]
        else:
            known = list(value) if isinstance(value, dict) else []
            raise StudyError("alert_field", field=path, part=part, known=listing([*known, *DERIVED], 30))
    return value


def _reached(value: Any, limit: Any, below: bool) -> bool:
    if value is None or limit is None:
        return False
    if isinstance(limit, list):
        return str(value) in limit
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return value <= limit if below else value >= limit
