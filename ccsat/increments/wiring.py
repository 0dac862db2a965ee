"""A study's engine with its days kept, and what became of the days since the last run, in words for the intake's account."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

from ccsat.engine.base import NULL_LEVEL
from ccsat.engine.portable import PortableEngine

if TYPE_CHECKING:
    from ccsat.engine.base import Engine
    from ccsat.study import Study

DESCRIBES = (
    "data",
    "columns",
    "scale",
    "metrics",
    "dimensions",
    "reasons",
)  # what of a study says what stands in the facts
SHOWN = 5  # days named in a note
Note = tuple[str, dict]


def over_days(study: Study, engine: Engine, facts: str) -> tuple[Engine, list[Note]]:
    """The engine that keeps the days of a study's facts where the study has a folder for them ([increments] folder), and a note on the days.

    Args:
        engine: With everything in it that the facts are made of.
        facts: SELECT text of the facts.
    """
    asked = study.increments
    if asked.folder is None or not isinstance(engine, PortableEngine):
        return engine, []
    if "at" not in engine.columns(facts):
        return engine, [("note.increments_no_time", {})]
    from ccsat.increments.engine import DailyEngine

    made = DailyEngine(
        engine,
        Path(study.folder) / asked.folder,
        scope=scope_of(study),
        late_days=asked.late_days,
        content=asked.compare == "content",
    )
    seen = made.days.seen(facts, "at")
    if seen is None:
        return engine, [("note.increments_no_time", {})]
    states, found = seen
    days = {what: [day for day in named if day != NULL_LEVEL] for what, named in found.items()}
    dated = [day for day in states if day != NULL_LEVEL]
    trusted, late = made.days.trusted(states), days["late"]
    same = len(trusted.intersection(days["same"]))
    note = {"days": len(dated), "same": same, "again": len(dated) - same, "new": len(days["new"])}
    notes: list[Note] = [("note.increments", note)]
    if late:
        shown = ", ".join(late[:SHOWN]) + (" …" if len(late) > SHOWN else "")
        notes.append(("note.increments_late", {"late": len(late), "which": shown}))
    if not made.days.content:
        notes.append(("note.increments_rows", {"last": asked.late_days + 1}))
    return made, notes


def scope_of(study: Study) -> str:
    """A digest of what the study says of its data: where they are and how they become facts, not what stands in them."""
    from ccsat.increments.identity import plain

    told = study.model_dump(mode="json", include=set(DESCRIBES))
    return hashlib.sha256(
        repr((sorted(plain(told).items()), str(Path(study.folder).resolve()))).encode("utf-8")
    ).hexdigest()[:16]
