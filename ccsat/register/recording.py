"""A finished run put on record before it is published: its cells get the findings they are, and where these stand."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from ccsat.errors import CcsatError
from ccsat.register.history import Findings

NEEDED = ("kpi", "check", "cells")  # of findings.json: others are no satisfaction trace


def record(folder: Path, inside: Path, place: str, *, finished: str) -> tuple[dict[str, Any], dict[str, Any] | None]:
    """Say in a run's findings.json which finding each cell is, and whether it is new, goes on or came back; and which are gone.

    Runs that were published and not recorded are caught up first; those recorded and never published are dropped.
    The run itself never fails by it.

    Args:
        folder: The study's folder of runs, where the register lies.
        inside: Where the run's files are, before it is published.
        place: Where it will be published, `as_of/key`.
        finished: The moment, ISO.

    Returns:
        The findings with `finding_id, status` in each cell and `closed`, as written; and the note for run.json:
        `{"recorded": True, "caught_up": n, "new": n, "continuing": n, "recurred": n, "closed": n}`, or `{"recorded": False, "error", "message", "message_zh"}`;
        None for a run without cells.
    """
    file = inside / "findings.json"
    findings = json.loads(file.read_text(encoding="utf-8"))
    if not all(key in findings for key in NEEDED):
        return findings, None
    try:
        register = Findings(folder)
        caught_up = catch_up(register, folder, but=place)
        stands = register.record_run(place, findings, finished=finished, published=False)
        by_rank = {one["rank"]: one for one in stands if "rank" in one}
        cells = [
            {**cell, **{key: by_rank[cell["rank"]][key] for key in ("finding_id", "status")}}
            for cell in findings["cells"]
        ]
        named = {**findings, "cells": cells, "closed": [one for one in stands if "rank" not in one]}
        draft = inside / ".findings.part"
        draft.write_text(json.dumps(named, ensure_ascii=False, indent=1, allow_nan=False) + "\n", encoding="utf-8")
        draft.replace(file)
    except Exception as error:  # whatever it is: a run is worth more than its place in the register
        return findings, _failed(error)
    told = [one["status"] for one in stands]
    return named, {"recorded": True, "caught_up": caught_up} | {
        name: told.count(name) for name in ("new", "continuing", "recurred", "closed")
    }


def catch_up(register: Findings, folder: Path, *, but: str = "") -> int:
    """Record the published runs that are not on record, oldest first, and forget those that were never published; returns how many were recorded.

    A run that was published once and is pruned now stays on record.
    """
    lying = {f"{path.parts[-3]}/{path.parts[-2]}": path.parent for path in folder.glob("*/*/run.json")}
    lying.pop(but, None)
    register.settle(lying, but=but)
    known = set(register.places())
    missing = []
    for place in lying.keys() - known:
        try:
            run = json.loads((lying[place] / "run.json").read_text(encoding="utf-8"))
            findings = json.loads((lying[place] / "findings.json").read_text(encoding="utf-8"))
        except (OSError, ValueError):
            continue  # spoiled by hand: no run to record
        if isinstance(findings, dict) and all(key in findings for key in NEEDED):
            missing.append((run.get("as_of") or "", run.get("finished") or "", place, findings))
    for _, finished, place, findings in sorted(missing, key=lambda one: one[:3]):
        register.record_run(place, findings, finished=finished)
    return len(missing)


def _failed(error: Exception) -> dict[str, Any]:
    name = type(error).__name__
    both = {lang: error.message(lang) if isinstance(error, CcsatError) else f"{name}: {error}" for lang in ("en", "zh")}
    return {"recorded": False, "error": name, "message": both["en"], "message_zh": both["zh"]}
