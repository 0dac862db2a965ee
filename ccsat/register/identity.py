"""Which finding of a run is which of the runs before: one identity, however its rank or its points move."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

OVERLAP = 0.5  # Jaccard of the levels that two cells share a dimension by
NAMED = ("change", "rule", "campaign")  # kinds of cause that name one event, so that they tell a finding by themselves
RENAMED = 0.1  # likeness by the cause alone: below that of any overlap


class Status(StrEnum):
    """Where a finding stands in the order of the runs."""

    NEW = "new"
    CONTINUING = "continuing"
    CLOSED = "closed"
    RECURRED = "recurred"


@dataclass(frozen=True)
class Sighting:
    """A cell that a run found: what it is about, and its best supported cause."""

    kpi: str
    caliber: str
    cell: Mapping[str, object]
    points: float
    cause: str | None = None

    @property
    def levels(self) -> dict[str, frozenset[str]]:
        return {
            dim: frozenset(map(str, level if isinstance(level, (list, tuple)) else [level]))
            for dim, level in self.cell.items()
        }


def finding_id(sighting: Sighting) -> str:
    """A name for the finding that a sighting begins: the same on every machine."""
    what = json.dumps([sighting.kpi, sighting.caliber, sighting.points < 0, {dim: sorted(levels) for dim, levels in sorted(sighting.levels.items())}],
                      ensure_ascii=False)  # fmt: skip
    return "F-" + hashlib.sha256(what.encode("utf-8")).hexdigest()[:8]


def alike(one: Sighting, other: Sighting) -> float:
    """How much two sightings look like one finding, 0 to 1: none where they are about another KPI, way or place.

    One cell may be the other with a further dimension; levels of a shared dimension have to overlap. The same cause counts for it. A cell under
    another name is the same finding, as a last resort, where both name one change, rule or campaign as their cause.
    """
    if (one.kpi, one.caliber, one.points < 0) != (other.kpi, other.caliber, other.points < 0):
        return 0.0
    a, b = one.levels, other.levels
    same = one.cause is not None and one.cause == other.cause
    renamed = RENAMED if same and one.cause.partition(":")[0] in NAMED else 0.0
    if not (a.keys() <= b.keys() or b.keys() <= a.keys()) or bool(a) != bool(b):
        return renamed
    shared = a.keys() & b.keys()
    overlaps = [len(a[dim] & b[dim]) / len(a[dim] | b[dim]) for dim in shared]
    if any(overlap < OVERLAP for overlap in overlaps):
        return renamed
    fit = (sum(overlaps) / len(overlaps) if overlaps else 1.0) * (len(shared) + 1) / (max(len(a), len(b)) + 1)
    return 0.8 * fit + 0.2 * same


def holds(one: Sighting, cell: Mapping[str, object], points: float) -> bool:
    """Whether a sighting's cell takes in another, of points of the same sign: what became of a finding that was merged into a wider one."""
    whole, part = one.levels, Sighting(one.kpi, one.caliber, cell, points).levels
    return bool(whole) and (one.points < 0) == (points < 0) and all(part.get(dim, frozenset()) and part[dim] <= levels for dim, levels in whole.items())  # fmt: skip


def assign(known: Mapping[str, Sighting], seen: Sequence[Sighting]) -> list[str]:
    """Each sighting's finding: the known one it looks most like, each at most once; else a new one.

    Args:
        known: Finding -> its latest sighting.
    """
    pairs = sorted(
        ((alike(known[id], one), id, i) for id in known for i, one in enumerate(seen)),
        key=lambda pair: (-pair[0], pair[1], pair[2]),
    )
    given: dict[int, str] = {}
    for fit, id, i in pairs:
        if fit > 0 and i not in given and id not in given.values():
            given[i] = id
    for i, one in enumerate(seen):
        if i not in given:
            name, number = finding_id(one), 1
            while name in known or name in given.values():
                number += 1
                name = f"{finding_id(one)}-{number}"
            given[i] = name
    return [given[i] for i in range(len(seen))]


def status(seen_in: Sequence[bool]) -> Status | None:
    """Where a finding stands after a series of runs that could have seen it, oldest first; None before its first."""
    if not any(seen_in):
        return None
    if not seen_in[-1]:
        return Status.CLOSED
    first = seen_in.index(True)
    if first == len(seen_in) - 1:
        return Status.NEW
    return Status.CONTINUING if seen_in[-2] else Status.RECURRED
