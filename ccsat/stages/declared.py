"""Changes whose own scope moved at their date where the search did not name it: tested because the calendar declared it, before anybody looked."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import pandas as pd

from ccsat.cells import Asked
from ccsat.centre import Centre
from ccsat.stages.calendar import change_causes
from ccsat.stages.controls import moved
from ccsat.stages.evidence import SIGNIFICANT, Cause, Link
from ccsat.stages.hypotheses import Weighed, outside_of, rated_now, weighed_changes
from ccsat.stages.locate import Where
from ccsat.stages.timing import daily, less

MOST_CELLS = 4  # that are cut out of a scope; each doubles the counting
KIND = "declared"


def declared_causes(
    centre: Centre,
    asked: Asked,
    where: Where,
    causes: Sequence[Cause],
    *,
    felt: Callable[[Centre, Asked, Mapping, float], tuple[tuple[Link, ...], str]],
) -> tuple[pd.DataFrame, list[Cause], list[dict]]:
    """Changes of grade C or better whose scope moved also outside every located cell.

    There are a dozen changes and thousands of cells: what a search must leave as not told from noise can be clear for the few scopes that were named
    beforehand. Where everything moved alike (a cell without conditions) every change was asked already, and nothing is added.

    Args:
        causes: Those found for the located cells; their changes are not asked again.
        felt: Gives the links and the owner of what customers of a cell name first.

    Returns:
        The scopes as rows like the located cells', `rank` after theirs and `kind` "declared" (their points overlap the cells', and are in no ledger); the
        causes, at those ranks; and what was ruled out there.
    """
    located = [dict(row.where) for row in where.cells.itertuples() if row.kind != "mix"]
    rows, found, out = [], [], []
    if not asked.is_change or any(not cell for cell in located):
        return pd.DataFrame(), found, out
    known = {f"change:{link.values['id']}" for cause in causes for link in cause.chain if link.key == "change"}
    whole = daily(centre, asked, None)
    for change in weighed_changes(centre, asked):
        if change.cause_id in known or not _moved_outside(centre, asked, change, located[:MOST_CELLS]):
            continue
        rank, share = (
            len(where.cells) + len(rows) + 1,
            rated_now(change.series, asked) / max(rated_now(whole, asked), 1),
        )
        points = change.apart.value * share
        judged, ruled_out = change_causes(
            centre,
            asked,
            change.known,
            rank=rank,
            points=points,
            felt=lambda part, worse: felt(centre, asked, part, worse),
        )
        mine = [cause for cause in judged if cause.id == change.cause_id and cause.grade <= "C"]
        if mine:
            found += mine
            out += [{**one, "cell_rank": rank} for one in ruled_out]
            rows.append({"rank": rank, "where": change.known, "n": rated_now(change.series, asked), "points": points, "kind": KIND,
                         "lower": change.apart.lower * share, "upper": change.apart.upper * share, "p_adjusted": change.p_adjusted})  # fmt: skip
    return pd.DataFrame(rows), found, out


def _moved_outside(centre: Centre, asked: Asked, change: Weighed, located: list[Mapping]) -> bool:
    """Whether a change's scope moved beyond chance, and the same way where no located cell is."""
    if change.instrument or not change.fixed or change.apart is None or not change.p_adjusted < SIGNIFICANT:
        return False
    left = outside_of(centre, asked, change.known, located)
    rest = moved(left, less(daily(centre, asked, None), left), change.day, effect=change.effect) if len(left) else None
    return rest is not None and rest.beyond_chance and rest.value * change.apart.value > 0
