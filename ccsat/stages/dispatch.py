"""The daily work list: what goes to whom first, by points a day, the chance that it is real, and whose hands it is in."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
from scipy.special import ndtr

from ccsat.ledgers.targets import dispatch_order
from ccsat.results import Result, result_class
from ccsat.stages.action_library import OPEN
from ccsat.stages.briefs import cause_name
from ccsat.stages.evidence import Cause
from ccsat.stages.explain import Why
from ccsat.stages.solve import Plan
from ccsat.stages.whatif import share_points
from ccsat.wording import percent, term, text

Z95 = 1.959963984540054
SURE = 0.999  # no estimate is said to be surer than this
COLUMNS = ["owner", "department", "topic", "cell_rank", "where", "points", "lower", "upper", "n", "points_per_day", "probability", "part", "controllable",
           "grade", "actions", "priority"]  # fmt: skip


@result_class
class Dispatch(Result):
    """Work by owner and topic, most urgent first.

    The table: `owner, department, topic` (its best supported cause's name; language of the session), `cell_rank, where, points, lower, upper` (of the cell, signed like
    the KPI's change), `n, points_per_day` (what the cell costs all of a day's ratings together: for a rate, ratings a day that are not satisfied because of
    it), `probability` (that the cell's points are of their sign), `part` (of the cell's points that causes of this owner account for), `controllable` (the same, 0 where no owner is known),
    `grade, actions` (planned, ids), `priority` (product of the three).
    """

    unit: str

    def sentence(self) -> str:
        if self.table.empty:
            return text("dispatch.none")
        first = self.table.iloc[0]
        return text("dispatch.sentence", n=len(self.table), owner=term(first["owner"]), topic=first["topic"], per_day=f"{first['points_per_day']:.3g}",
                    probability=percent(min(first["probability"], SURE)), controllable=percent(first["controllable"], 0))  # fmt: skip


def dispatch_list(why: Why, plan: Plan | None = None) -> Dispatch:
    """What should be sent out first, and to whom?

    Args:
        plan: Whose actions are named beside the topics.

    Returns:
        One row an owner and cell. What nobody is known to hold ("mixed", "unstated") stands last: it cannot be sent to anyone, it must be looked into.

    Source:
        DOMAIN 2.6.9.
    """
    asked, sign = why.asked, why.asked.sign
    worse = [c for c in why.causes if c.points * sign < 0]
    sizes = share_points(worse)
    days = (asked.current.last - asked.current.first).days + 1 if asked.current is not None else 1
    rows = []
    for cell in why.cells.itertuples():
        if not cell.points * sign < 0 or cell.kind == "mix":
            continue
        here = [c for c in worse if c.cell_rank == cell.rank]
        error = (cell.upper - cell.lower) / (2 * Z95)
        total = cell.n / cell.share_volume if cell.share_volume > 0 else cell.n
        shared = {"cell_rank": cell.rank, "where": cell.where, "points": cell.points, "lower": cell.lower, "upper": cell.upper, "n": int(cell.n),
                  "points_per_day": abs(cell.points) * total / days, "probability": float(ndtr(abs(cell.points) / error)) if error > 0 else 1.0}  # fmt: skip
        held = _held(here, sizes, abs(cell.points))
        for owner, part in held.items():
            own = [c for c in here if c.owner == owner]
            rows.append({**shared, "owner": owner, "department": next((c.owner_dept for c in own if c.owner_dept), None),
                         "topic": cause_name(own[0]) if own else text("table.no_cause"), "part": part, "controllable": 0.0 if owner in OPEN else part,
                         "grade": min((c.grade for c in own), default=None), "actions": _planned(plan, own)})  # fmt: skip
    table = pd.DataFrame(rows, columns=COLUMNS[:-1])
    numbers = ["points_per_day", "probability", "part", "controllable"]
    table = dispatch_order(table.astype(dict.fromkeys(numbers, float))).table
    return Dispatch(table=table[COLUMNS], unit=asked.caliber.unit)


def _held(causes: list[Cause], sizes: Mapping[str, float], whole: float) -> dict[str, float]:
    """Owner -> part of the cell that its causes account for; what is left is nobody's yet."""
    held: dict[str, float] = {}
    for cause in causes:
        held[cause.owner] = held.get(cause.owner, 0.0) + sizes.get(cause.id, 0.0)
    total = max(sum(held.values()), whole)
    parts = {owner: points / total for owner, points in held.items() if points > 0}
    left = 1 - sum(parts.values())
    if left > 1e-9:
        parts["unstated"] = parts.get("unstated", 0.0) + left
    return parts


def _planned(plan: Plan | None, causes: list[Cause]) -> tuple[str, ...]:
    ids = {cause.id for cause in causes}
    return tuple(action for action, fixes in (plan.touches if plan else {}).items() if ids & set(fixes))
