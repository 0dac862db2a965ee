"""A cause with its evidence: graded by rule, worded by grade."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

GRADES = ("A", "B", "C", "D")
WORDING = {"A": "confirmed", "B": "confirmed", "C": "probable", "D": "suspected"}
SIGNIFICANT = 0.05
MATERIAL = 0.1  # of a cell's points that a reason or driver must carry to be named
CENTRE_OWNED = ("agent", "centre_process")

# What a kind of change usually means: who owns it, and which of the five gaps it opens. A process or system is
# owned by whoever owns what customers name; the kind says it only where they name nothing.
OWNER_OF_KIND = {"business_rule": "business_rule", "marketing": "marketing",
                 "ivr_menu": "intelligent_service", "bot_release": "intelligent_service", "routing": "centre_process",
                 "staffing": "centre_process", "price": "billing_product", "network": "network"}  # fmt: skip
OWNER_UNNAMED = {"process": "business_process"}
GAP_OF_KIND = {"process": "design", "business_rule": "design", "marketing": "promotion", "ivr_menu": "design",
               "bot_release": "design", "system": "design", "price": "design", "routing": "execution",
               "staffing": "execution", "network": "execution"}  # fmt: skip
GAP_OF_OWNER = {"agent": "execution", "centre_process": "execution", "business_process": "design", "business_rule": "design",
                "marketing": "promotion", "intelligent_service": "design", "network": "execution"}  # fmt: skip


@dataclass(frozen=True)
class Evidence:
    """One piece: its kind (a wording key), the grade it can carry, and its numbers."""

    kind: str
    grade: str
    values: dict = field(default_factory=dict)


@dataclass(frozen=True)
class Link:
    """One link of a cause chain: a wording key with values, and whether somebody can change it."""

    key: str
    values: dict = field(default_factory=dict)
    changeable: bool = False


@dataclass(frozen=True)
class Cause:
    """Why a cell moved, as far as the data show.

    Attributes:
        cell_rank: The cell it explains.
        id: "change:ID", "reason:CODE" or "driver:METRIC".
        kind: Cause class: the change's kind, or "reason" or "driver".
        owner: Owner class.
        grade: Best grade that the evidence carries; A to D.
        points: Points of the cell it can account for, signed like the total.
    """

    cell_rank: int
    id: str
    kind: str
    owner: str
    gap_type: str
    evidence: tuple[Evidence, ...]
    chain: tuple[Link, ...]
    points: float
    weight: float  # for ranking within a grade: how much of the cell it fits
    owner_dept: str | None = None

    @property
    def grade(self) -> str:
        return min((e.grade for e in self.evidence), default="D")

    @property
    def wording(self) -> str:
        return WORDING[self.grade]

    @property
    def controllable(self) -> bool:
        return self.owner in CENTRE_OWNED


def part_of(whole: float, points: float) -> float:
    """Points of a cell that a cause can account for: of the cell's sign, and no more than the cell has."""
    return math.copysign(min(abs(points), abs(whole)), whole)


def owner_of_change(kind: str, named: str) -> str:
    """Owner class of a change, given the owner of the reason that customers name ("mixed" where there is none)."""
    return OWNER_OF_KIND.get(kind) or (named if named != "mixed" else OWNER_UNNAMED.get(kind, named))


def ranked(causes: Sequence[Cause]) -> list[Cause]:
    """Best supported first: grade, then changes before reasons and drivers (nearer the root), then fit."""
    order = {"driver": 2, "reason": 1}
    return sorted(causes, key=lambda c: (c.grade, order.get(c.kind, 0), c.cell_rank, -c.weight, c.id))
