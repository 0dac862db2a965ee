"""One change beside one cell: what fits, how the parts moved, and why it is ruled out where it is."""

from __future__ import annotations

from dataclasses import dataclass, field

from ccsat.stages.controls import Moved
from ccsat.stages.hypotheses import Weighed
from ccsat.stages.timing import Break
from ccsat.stages.work import Work

NOTHING = 1 / 3  # of a move, below which another part counts as unmoved
STAFFING, OF_PEOPLE = "staffing", ("staffing", "routing")  # kinds of change that are about who serves, or whom


@dataclass
class Judged:
    """One change beside one cell: what fits, or why it is ruled out.

    `inside` the part of the cell in its scope, `rest` the cell's other part, `elsewhere` the scope outside the cell: how each moved at the date.
    """

    change: Weighed
    why: str | None = None
    numbers: dict = field(default_factory=dict)
    found: Break | None = None
    fit: float = 0.0
    part: float = 1.0
    inside: Moved | None = None
    n: int = 0
    rival: str | None = None
    second: bool = False  # the rival fits the cell clearly better
    work: Work | None = None
    beside: dict | None = None  # the cell's part outside its scope, where that moved as well


def still(inside: Moved, away: Moved) -> bool:
    """Whether the scope outside the cell stood still where the cell moved."""
    return inside.unlike(away) and away.value / inside.value < NOTHING


def beside(inside: Moved, other: Moved) -> dict:
    """The numbers of two parts side by side."""
    return {
        "value": inside.value,
        "n": inside.n,
        "value_control": other.value,
        "error_control": other.error,
        "n_control": other.n,
    }
