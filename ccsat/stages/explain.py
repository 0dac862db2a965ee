"""Stage 3, deep trace: why did the cells move, as far as the data show?"""

from __future__ import annotations

import dataclasses

import pandas as pd

from ccsat.cells import Asked, ask
from ccsat.centre import Centre
from ccsat.deductions import reason_label
from ccsat.ledgers import UNSTATED
from ccsat.question import Question
from ccsat.results import Result, result_class
from ccsat.stages.calendar import change_causes
from ccsat.stages.drivers import driver_causes, driver_moves
from ccsat.stages.evidence import Cause, Link, ranked
from ccsat.stages.locate import Where
from ccsat.stages.voices import reason_causes, reason_moves
from ccsat.wording import text

MOST_CELLS = 5


@result_class
class Why(Result):
    """Causes, best supported first, and what was ruled out.

    The table: `rank, cell_rank, id, class, owner, gap_type, controllable, grade, wording, points`. `ruled_out`: `{"id", "why", "cell_rank"}`.
    `assessed` says which sources of hypotheses the data had.
    """

    asked: Asked
    library: pd.DataFrame
    causes: tuple[Cause, ...]
    ruled_out: tuple[dict, ...]
    assessed: tuple[str, ...]
    cells: pd.DataFrame  # what is explained: the located cells, by rank

    def sentence(self) -> str:
        if not self.causes:
            return text("why.none")
        return text(
            "why.sentence", n=len(self.causes), id=self.causes[0].id, wording=text(f"wording.{self.causes[0].wording}")
        )


def explain_cells(centre: Centre, question: Question | Asked, where: Where) -> Why:
    """Why did each located cell move?

    Hypotheses come from the changes calendar, the reasons customers named and the measured drivers; each is tested on the cell. Grades follow
    rules (`stages.evidence`): a matching date and scope is grade C, and so is a reason or driver that moved in the cell apart from the other
    reasons or from the other contacts; one sign alone is D. Nothing here is called caused. The causes of one cell are readings of the same
    points and do not add up.

    Args:
        where: What `locate_gap` found.

    Returns:
        `Why`; empty where no cell was found.
    """
    asked = question if isinstance(question, Asked) else ask(centre, question)
    causes, ruled_out = [], []
    for row in where.cells.head(MOST_CELLS).itertuples():
        if row.kind == "mix":
            continue
        found, out = _of_cell(centre, asked, row)
        causes += found
        ruled_out += [{**one, "cell_rank": row.rank} for one in out]
    causes = _once_each(ranked(causes))
    table = pd.DataFrame(
        [(i, c.cell_rank, c.id, c.kind, c.owner, c.gap_type, c.controllable, c.grade, c.wording, c.points)
         for i, c in enumerate(causes, 1)],
        columns=["rank", "cell_rank", "id", "class", "owner", "gap_type", "controllable", "grade", "wording", "points"])  # fmt: skip
    return Why(table=table, asked=asked, library=centre.library, causes=tuple(causes), ruled_out=tuple(ruled_out), assessed=_assessed(centre, asked),
               cells=where.cells, caveats=tuple(_caveats(centre, asked, where, causes)))  # fmt: skip


def _of_cell(centre: Centre, asked: Asked, row: object) -> tuple[list[Cause], list[dict]]:
    cell = dict(row.where)
    symptom = (Link("symptom", {"where": cell}),)
    routed = not asked.is_change and _asked_only_here(centre, cell)
    reasons = reason_moves(centre, asked, cell)
    named = (
        [] if routed else reason_causes(centre, asked, cell, reasons, rank=row.rank, chain=symptom, worse=row.points)
    )
    top = next(iter(named), None)
    felt = (
        (
            *symptom,
            Link("reason", {"label": reason_label(centre, top.id.split(":", 1)[1]), "code": top.id.split(":", 1)[1]}),
        )
        if top
        else symptom
    )
    drivers = driver_causes(
        centre, asked, driver_moves(centre, asked, cell), rank=row.rank, chain=felt, worse=row.points
    )
    changes, ruled_out = [], []
    if asked.is_change:
        owner = top.owner if top and top.owner not in ("mixed", UNSTATED) else "mixed"
        changes, ruled_out = change_causes(
            centre, asked, cell, rank=row.rank, points=row.points, chain=felt, owner=owner
        )
    return [*changes, *named, *drivers], ruled_out


def _asked_only_here(centre: Centre, cell: dict) -> bool:
    """Whether only the people of this cell were asked for reasons: then that they name more is the questionnaire's doing."""
    filters = centre.study.reasons.contradicts if centre.study.reasons else {}
    return any(centre.study.dimension(dim).column in filters for dim in cell)


def _once_each(causes: list[Cause]) -> list[Cause]:
    """A cause that several cells name stands once, under its best cell, with the points of all the cells that go its way."""
    best = list({cause.id: cause for cause in reversed(causes)}.values())[::-1]
    return [
        dataclasses.replace(one, points=sum(c.points for c in causes if c.id == one.id and c.points * one.points >= 0))
        for one in best
    ]


def _assessed(centre: Centre, asked: Asked) -> tuple[str, ...]:
    have = {"changes": asked.is_change and not centre.changes.empty, "reasons": centre.reasons is not None,
            "drivers": bool(centre.metrics)}  # fmt: skip
    return tuple(name for name, there in have.items() if there)


def _caveats(centre: Centre, asked: Asked, where: Where, causes: list[Cause]) -> list[tuple[str, dict]]:
    caveats = []
    if where.cells.empty:
        return caveats
    if len(causes) > len({cause.cell_rank for cause in causes}):
        caveats.append(("caveat.causes_overlap", {}))
    if centre.reasons is None:
        caveats.append(("caveat.no_reasons", {}))
    if not centre.metrics:
        caveats.append(("caveat.no_metrics", {}))
    if asked.is_change and centre.changes.empty:
        caveats.append(("caveat.no_changes", {}))
    if not asked.is_change:
        caveats.append(("caveat.level_no_timing", {}))
        if any(_asked_only_here(centre, cell) for cell in where.cells["where"]):
            caveats.append(("caveat.asked_only_here", {}))
    return caveats
