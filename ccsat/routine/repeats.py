"""Where a scheduled notebook's runs lie, what its run before said, and what is new since."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Any

WORK = ".work-"  # folder that a run works in, below the study's folder of runs
NOT_GOOD = ("artefact", "insufficient")
REGISTER = "register.sqlite"
HIGHEST = 3  # folders above a notebook's own in which the runs are looked for


class Since(StrEnum):
    """Where something stands against the run before."""

    NEW = "new"
    CONTINUING = "continuing"
    RECURRED = "recurred"
    CLOSED = "closed"


def runs_folder(out_dir: str | Path, name: str) -> Path | None:
    """The folder of all runs that a notebook works for; None where it runs by itself.

    Args:
        out_dir: Where the notebook writes: a run's work folder, a scheduler's folder inside the folder of runs, or one beside the study's own.
        name: The study's name as a folder.
    """
    inside = Path(out_dir).resolve()
    for folder in (inside, *inside.parents[:HIGHEST]):
        if folder.name.startswith(WORK):
            return folder.parent.parent
    for folder in (inside, *inside.parents[:HIGHEST]):
        known = folder.parent / name
        if folder != known and ((known / REGISTER).is_file() or any(known.glob("*/*/run.json"))):
            return folder.parent
    return None


def folder_name(study_name: str, code: str = "") -> str:
    """The folder that a study's runs of a notebook are published under."""
    name = study_name.lstrip(".") or "study"
    return f"{name}-{code}" if code else name


def findings_before(folder: Path, day: str, *, like: Mapping[str, str] | None = None) -> dict[str, Any] | None:
    """Findings of the last good run of an earlier day; of a day that ran twice, the one that finished last.

    Args:
        folder: The study's folder of a notebook's runs.
        day: The ISO day of this run.
        like: Keys of the findings' `kpi` and what they have to be: a run of another caliber is no run before.
    """
    days = sorted((path.name for path in folder.glob("*") if path.name[:1].isdigit() and path.name < day), reverse=True)
    for name in days:
        found = [
            (run.get("finished") or "", path.parent)
            for path in (folder / name).glob("*/run.json")
            if _good(run := _read(path))
        ]
        for _, place in sorted(found, reverse=True):
            findings = _read(place / "findings.json")
            kpi = findings.get("kpi") or {}
            if findings and all(kpi.get(key) == value for key, value in (like or {}).items()):
                return findings
    return None


def since(key: object, before: Collection[object], seen: Collection[object] = ()) -> Since:
    """Whether something that is open now is new, goes on, or came back.

    Args:
        before: What was open in the run before. seen: What was open earlier and closed in between.
    """
    if key in before:
        return Since.CONTINUING
    return Since.RECURRED if key in seen else Since.NEW


def _good(run: Mapping[str, Any]) -> bool:
    return bool(run) and run.get("verdict") not in NOT_GOOD and run.get("exit_code") == 0


def _read(file: Path) -> dict[str, Any]:
    """A JSON file's content; empty where it is being replaced or was spoiled by hand."""
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
