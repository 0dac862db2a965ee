"""Stage 3, deep trace: why did the cells move, as far as the data show?"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import field

import pandas as pd

from ccsat.cells import Asked
from ccsat.centre import Centre
from ccsat.kpis.facing import faced
from ccsat.question import Question
from ccsat.results import Result, result_class
from ccsat.stages.agents import Agents, rank_agents
from ccsat.stages.calendar import change_causes
from ccsat.stages.campaigns import campaign_causes, campaign_dim, give_way
from ccsat.stages.declared import declared_causes
from ccsat.stages.dose import Doses, find_doses
from ccsat.stages.drivers import driver_causes, driver_moves
from ccsat.stages.evidence import Cause, Link, ranked
from ccsat.stages.felt import agents_cleared, first_named
from ccsat.stages.hypotheses import Weighed, weighed_changes
from ccsat.stages.locate import Where
from ccsat.stages.refused import refused_drivers
from ccsat.stages.rules import COLUMN as RULE_COLUMN
from ccsat.stages.rules import rule_causes
from ccsat.stages.standing import Standing, standing_losses
from ccsat.stages.told import Told, told_of, with_told
from ccsat.stages.voices import reason_causes, reason_moves
from ccsat.wording import text

MOST_CELLS = 5
MECHANISM = 0.5  # of the cell's points that a driver must carry to stand in a change's chain without having moved apart
MOST_CUT = 4  # cells that are cut out of what moved everywhere; each doubles the counting


@result_class
class Why(Result):
    """Causes, best supported first, and what was ruled out.

    The table: `rank, cell_rank, id, class, owner, gap_type, controllable, grade, wording, points`. `ruled_out`: `{"id", "why", "cell_rank"}` and
    the numbers that decided (`stages.said.ruled_out_sentence` words them). `assessed` says which sources of hypotheses the data had. `changes`: every change with its event study
    (`apart.weeks`); `told`: words of comments,
    reviewed quality and agents' notes by the cell's rank; `doses`: how the KPI
    answers to process metrics; `standing`: what costs most over all periods; `agents`: whether any agent stands apart (None without agents).
    """

    asked: Asked
    library: pd.DataFrame
    causes: tuple[Cause, ...]
    ruled_out: tuple[dict, ...]
    assessed: tuple[str, ...]
    cells: pd.DataFrame  # what is explained: the located cells, by rank; then the scopes of changes that the search did not name (kind "declared")
    told: Mapping[int, Told] = field(default_factory=dict)
    changes: tuple[Weighed, ...] = ()
    doses: Doses | None = None
    standing: Standing | None = None
    agents: Agents | None = None

    def sentence(self) -> str:
        if not self.causes:
            return text("why.none")
        return text(
            "why.sentence", n=len(self.causes), id=self.causes[0].id, wording=text(f"wording.{self.causes[0].wording}")
        )


def explain_cells(centre: Centre, question: Question | Asked, where: Where) -> Why:
    """Why did each located cell move?

    Hypotheses come from the changes calendar, the business rules that contacts were under, the campaigns, the reasons customers named and the measured
    drivers; each is tested on the cell, and the changes also on the scope that they declare, whether the search found it or not. Grades follow rules
    (`stages.evidence`): only a difference in differences between declared groups is confirmed (B); a matching date and scope, a rule or campaign that
    carries the loss, and a reason or driver that moved in the cell apart from the rest are probable (C); one sign alone is D. Nothing here is
    called caused. The causes of one cell are readings of the same points and do not add up.

    Args:
        where: What `locate_gap` found.

    Returns:
        `Why`; empty where no cell was found and no change's own scope moved.
    """
    centre, asked = faced(centre, question)
    causes, ruled_out, told = [], [], {}
    located = [dict(row.where) for row in where.cells.head(MOST_CELLS).itertuples() if row.kind == "rate"]
    for row in where.cells.head(MOST_CELLS).itertuples():
        if row.kind == "mix":
            continue
        found, out = _of_cell(centre, asked, dict(row.where), row.rank, row.points, located)
        told[row.rank] = told_of(centre, asked, dict(row.where))
        causes += with_told(found, told[row.rank])
        ruled_out += [{**one, "cell_rank": row.rank} for one in out]
    ruled_out += refused_drivers(centre, asked, where.cells)
    doses = find_doses(centre, asked, where.cells)
    declared, more, out = declared_causes(centre, asked, where, causes, felt=_felt)
    ruled_out += out
    causes = _once_each(ranked([*causes, *more]), {row.rank for row in where.cells.itertuples() if not row.where})
    named = {cause.id for cause in causes}
    table = pd.DataFrame(
        [(i, c.cell_rank, c.id, c.kind, c.owner, c.gap_type, c.controllable, c.grade, c.wording, c.points)
         for i, c in enumerate(causes, 1)],
        columns=["rank", "cell_rank", "id", "class", "owner", "gap_type", "controllable", "grade", "wording", "points"])  # fmt: skip
    cells = pd.concat([where.cells, declared], ignore_index=True) if len(declared) else where.cells
    return Why(table=table, asked=asked, library=centre.library, causes=tuple(causes), assessed=_assessed(centre, asked),
               ruled_out=tuple(one for one in ruled_out if one["id"] not in named),
               cells=cells, told=told, changes=weighed_changes(centre, asked), doses=doses, standing=standing_losses(centre, asked), agents=rank_agents(centre, asked),
               caveats=(*_caveats(centre, asked, where, cells, causes), *doses.caveats))  # fmt: skip


def _of_cell(
    centre: Centre, asked: Asked, cell: dict, rank: int, points: float, located: list[dict]
) -> tuple[list[Cause], list[dict]]:
    routed = not asked.is_change and _asked_only_here(centre, cell)
    moves = reason_moves(centre, asked, cell)
    symptom = (Link("symptom", {"where": cell}),)
    named = [] if routed else reason_causes(centre, asked, cell, moves, rank=rank, chain=symptom, worse=points)
    felt, owner = first_named(centre, symptom, named)
    drivers = driver_causes(centre, asked, driver_moves(centre, asked, cell), rank=rank, chain=felt, worse=points)
    mechanism = tuple(
        link for cause in drivers[:1] if cause.grade <= "C" or cause.weight >= MECHANISM for link in cause.chain[-1:]
    )
    rules, out = rule_causes(centre, asked, cell, rank=rank, points=points, chain=felt, owner=owner)
    campaigns, more, merged = campaign_causes(centre, asked, cell, rank=rank, points=points, chain=felt, owner=owner)
    changes, late = [], []
    if asked.is_change:

        def felt_in(part: Mapping, worse: float) -> tuple[tuple[Link, ...], str]:
            links, whose = (felt, owner) if part == cell else _felt(centre, asked, part, worse)
            return (*links, *mechanism), whose

        changes, late = change_causes(
            centre, asked, cell, rank=rank, points=points, felt=felt_in, merged=merged, located=located[:MOST_CUT]
        )
    campaigns, answered = give_way(centre, asked, campaigns, changes)
    roots = [cause for cause in (*changes, *rules, *campaigns) if cause.grade <= "C"]
    agents = agents_cleared(centre, moves, roots, {cause.id for cause in named if cause.grade <= "C"})
    return [*changes, *rules, *campaigns, *named, *drivers], [*out, *more, *late, *answered, *agents]


def _felt(centre: Centre, asked: Asked, cell: Mapping, worse: float) -> tuple[tuple[Link, ...], str]:
    """What customers of a cell name first, as the links that lead on from its symptom, and who owns it."""
    symptom = (Link("symptom", {"where": dict(cell)}),)
    moves = reason_moves(centre, asked, cell)
    return first_named(centre, symptom, reason_causes(centre, asked, cell, moves, rank=0, chain=symptom, worse=worse))


def _asked_only_here(centre: Centre, cell: dict) -> bool:
    """Whether only the people of this cell were asked for reasons: then that they name more is the questionnaire's doing."""
    filters = centre.study.reasons.contradicts if centre.study.reasons else {}
    return any(centre.study.dimension(dim).column in filters for dim in cell)


def _once_each(causes: list[Cause], everywhere: set[int]) -> list[Cause]:
    """A cause that several cells name stands once, under its best cell, with the points of all the cells that go its way.

    A reason or driver of what moved everywhere (ranks `everywhere`) holds the cells' contacts too: its points there are not added to theirs.
    """
    found = []
    for place, one in enumerate(causes):
        if any(before.id == one.id for before in causes[:place]):
            continue
        same = [c for c in causes if c.id == one.id and c.points * one.points >= 0]
        parts = [c for c in same if one.kind not in ("reason", "driver") or c.cell_rank not in everywhere] or same
        found.append(dataclasses.replace(one, points=sum(c.points for c in parts)))
    return found


def _assessed(centre: Centre, asked: Asked) -> tuple[str, ...]:
    have = {"changes": asked.is_change and not centre.changes.empty, "rules": RULE_COLUMN in centre.columns,
            "campaigns": campaign_dim(centre) is not None, "reasons": centre.reasons is not None, "drivers": bool(centre.metrics)}  # fmt: skip
    return tuple(name for name, there in have.items() if there)


def _caveats(
    centre: Centre, asked: Asked, where: Where, cells: pd.DataFrame, causes: list[Cause]
) -> list[tuple[str, dict]]:
    caveats = []
    if cells.empty:
        return caveats
    if len(causes) > len({cause.cell_rank for cause in causes}):
        caveats.append(("caveat.causes_overlap", {}))
    if centre.reasons is None:
        caveats.append(("caveat.no_reasons", {}))
    if not centre.metrics:
        caveats.append(("caveat.no_metrics", {}))
    if asked.is_change and centre.changes.empty:
        caveats.append(("caveat.no_changes", {}))
    if any(row.kind == "declared" for row in cells.itertuples()):
        caveats.append(("caveat.declared_cells", {"n": int((cells["kind"] == "declared").sum())}))
    if not asked.is_change:
        ruled = any(cause.kind == "rule" for cause in causes)
        caveats.append(("caveat.rules_are_level", {}) if ruled else ("caveat.level_no_timing", {}))
        if any(_asked_only_here(centre, cell) for cell in where.cells["where"]):
            caveats.append(("caveat.asked_only_here", {}))
    return caveats
