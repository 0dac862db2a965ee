"""A cause with its evidence: graded by rule, worded by grade.

Rules of the grades (DOMAIN 2.12). A piece of evidence carries the grade that its design can carry, and a cause has the best of its pieces:

- **A** a random holdout: only a register of actions with a randomised arm gives it, never this module's reading of history.
- **B** a difference in differences whose two groups were declared before anybody looked: inside and outside the scope that the calendar of
  changes itself states (or an action's scope), never a cell that was chosen because it fell. All of these must hold: the contrast of inside and
  outside is beyond chance after Holm's correction over all the changes that could be tested; the leads before the date are flat, as a trend and
  each for itself (beyond chance, or a quarter of the contrast); most of the contrast is left when a trend is let through; the date is among the likely days of the break; a break fits clearly
  better than a steady drift; no other change of the same days and contacts could have made it.
- **C** an association with matching date and scope; a reason or driver that moved in the cell apart from the rest; a business rule or a
  campaign whose contacts carry the loss, with a contrast beyond chance and customers who name what such a rule or promise leads to.
- **D** one sign alone: the date, the scope, or a reason that only grew with all the others.
"""

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
OWNER_OF_KIND = {"business_rule": "business_rule", "marketing": "marketing", "rule": "business_rule", "campaign": "marketing",
                 "ivr_menu": "intelligent_service", "bot_release": "intelligent_service", "routing": "centre_process",
                 "staffing": "centre_process", "price": "billing_product", "network": "network"}  # fmt: skip
OWNER_UNNAMED = {"process": "business_process", "system": "business_process"}
GAP_OF_KIND = {"process": "design", "business_rule": "design", "marketing": "promotion", "ivr_menu": "design",
               "bot_release": "design", "system": "design", "price": "design", "routing": "execution",
               "staffing": "execution", "network": "execution", "rule": "design", "campaign": "promotion"}  # fmt: skip
GAP_OF_OWNER = {"agent": "execution", "centre_process": "execution", "business_process": "design", "business_rule": "design",
                "marketing": "promotion", "intelligent_service": "design", "network": "execution"}  # fmt: skip
ONLY_A_DATE = {"timing", "scope_partly", "rival", "beside"}  # a cause with nothing else is one of many suspects
NAMES_A_CAUSE = ("change", "rule", "campaign")  # links that are a root; those before it say how it is felt


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
        id: "change:ID", "rule:CODE", "campaign:ID", "reason:CODE" or "driver:METRIC".
        kind: Cause class: the change's kind, or "rule", "campaign", "reason" or "driver".
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

    @property
    def depth(self) -> int:
        """How many links the chain has, from the symptom to the last one known."""
        return len(self.chain)

    @property
    def root(self) -> Link | None:
        """The link that names the cause: a change, rule or campaign; else the last one."""
        named = [link for link in self.chain if link.key in NAMES_A_CAUSE]
        return named[-1] if named else self.chain[-1] if self.chain else None

    @property
    def last_changeable(self) -> Link | None:
        """The deepest link that somebody can change; None where the chain ends before one."""
        return next((link for link in reversed(self.chain) if link.changeable), None)


def part_of(whole: float, points: float) -> float:
    """Points of a cell that a cause can account for: of the cell's sign, and no more than the cell has."""
    return math.copysign(min(abs(points), abs(whole)), whole)


def owner_of_change(kind: str, named: str) -> str:
    """Owner class of a change, given the owner of the reason that customers name ("mixed" where there is none)."""
    return OWNER_OF_KIND.get(kind) or (named if named != "mixed" else OWNER_UNNAMED.get(kind, named))


def ranked(causes: Sequence[Cause]) -> list[Cause]:
    """Best supported first: grade, then changes before reasons and drivers (nearer the root) unless only their date fits, then the cell, then fit."""
    order = {"driver": 2, "reason": 1}

    def place(cause: Cause) -> int:
        return 3 if {piece.kind for piece in cause.evidence} <= ONLY_A_DATE else order.get(cause.kind, 0)

    return sorted(causes, key=lambda c: (c.grade, place(c), c.cell_rank, -c.weight, c.id))
