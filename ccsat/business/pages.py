"""One page for each department: what a trace found of its own, its fair part of the target, its agreement, and what is asked of it."""

from __future__ import annotations

import pandas as pd

from ccsat.cells import Asked
from ccsat.centre import Centre
from ccsat.deductions import deduct_by_owner
from ccsat.errors import CcsatError
from ccsat.ledgers import fair_targets
from ccsat.results import Ledger, Result, result_class
from ccsat.stages.briefs import Brief, briefs
from ccsat.trace import Trace
from ccsat.wording import points, term, text

ACHIEVABLE = 0.5  # of a department's points that it can win within the period, unless said otherwise


@result_class
class OwnerPages(Result):
    """The pages of a trace: `owner, department, problems, causes, asks, points` (of its cells)`, target, target_lower, target_upper, controllable, open_items` (of its agreement).

    `pages`: the briefs themselves. `targets`: the reduction by department, closing on what the company wants; None where no target is missed or reasons are not named.
    """

    pages: tuple[Brief, ...]
    targets: Ledger | None
    unit: str

    def sentence(self) -> str:
        if not self.pages:
            return text("pages.none")
        top = self.table.iloc[0]
        return text(
            "pages.sentence",
            n=len(self.pages),
            owner=term(top["owner"]),
            points=points(top["points"], self.unit),
            asks=int(top["asks"]),
        )


def owner_pages(trace: Trace, *, reduction: float | None = None, achievable: float | None = None) -> OwnerPages:
    """What is each department told, and what is its fair part?

    Args:
        reduction: What the company wants to win, in the KPI's unit; by default the gap to the target, else what was lost against the baseline.
        achievable: Part of a department's points that it can win; half where there is no word of it. With neither, the trace's own fair targets stand.

    Source:
        DOMAIN U3.3b, 2.7.5.
    """
    asked, centre = trace.asked, trace.centre
    if trace.why is None or trace.plan is None:
        return OwnerPages(
            table=pd.DataFrame(columns=["owner"]),
            pages=(),
            targets=None,
            unit=asked.caliber.unit,
            caveats=(("caveat.pages_stopped", {}),),
        )
    if reduction is None and achievable is None and "fair_targets" in trace.ledgers:
        targets, pages = trace.ledgers["fair_targets"], trace.briefs
    else:
        targets = owner_targets(
            centre, asked, trace, reduction=reduction, achievable=ACHIEVABLE if achievable is None else achievable
        )
        pages = briefs(trace.why, trace.plan, centre=centre, targets=targets)
    rows = [{"owner": page.owner, "department": page.department, "problems": len(page.problems), "causes": len(page.causes), "asks": len(page.asks),
             "points": float(sum(one.points for one in page.problems)), **{f"target{end}": (page.target or {}).get(name) for end, name in (("", "points"), ("_lower", "lower"), ("_upper", "upper"))},
             "controllable": (page.target or {}).get("controllable"), "open_items": sum(item.open for item in page.ola.items)} for page in pages]  # fmt: skip
    return OwnerPages(table=pd.DataFrame(rows, columns=["owner", "department", "problems", "causes", "asks", "points", "target", "target_lower", "target_upper", "controllable", "open_items"]),
                      pages=pages, targets=targets, unit=asked.caliber.unit)  # fmt: skip


def owner_targets(
    centre: Centre, asked: Asked, trace: Trace, *, reduction: float | None = None, achievable: float = ACHIEVABLE
) -> Ledger | None:
    """The reduction shared out by what each owner class controls; None where nothing is to be won, or no reasons are named."""
    now = trace.check.headline.headline["current"].value
    if reduction is None:
        goal = (
            asked.target
            if asked.target is not None and not asked.full_mark_target
            else trace.check.headline.headline["baseline"].value
            if asked.is_change
            else None
        )
        reduction = 0.0 if goal is None else max(asked.sign * (goal - now), 0.0)
    if reduction <= 0 or centre.reasons is None:
        return None
    try:
        return fair_targets(deduct_by_owner(centre, asked), reduction, achievable=achievable)
    except CcsatError:
        return None
