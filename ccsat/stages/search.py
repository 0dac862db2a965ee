"""The search of a question's leaf cube: once for all the stages that need it."""

from __future__ import annotations

import pandas as pd

from ccsat.cells import Asked, by_level, count_cells
from ccsat.centre import Centre
from ccsat.errors import EngineError
from ccsat.registers import scope
from ccsat.stages.clusters import change_effect, customer_carried
from ccsat.stages.hypotheses import INSTRUMENT
from ccsat.stages.leaves import locate_cube, locate_level
from ccsat.stages.located import Located
from ccsat.stages.longlist import Shortened, short_list, shorten_facts, told_of

STRONGEST = 50  # levels of a long dimension in the second, narrower list


def search_cells(centre: Centre, asked: Asked) -> Located:
    """What the localiser finds for a question, with a caveat for what it could not look at; remembered by the centre."""
    if ("search", asked.question) not in centre.memory:
        centre.memory["search", asked.question] = _search(centre, asked)
    return centre.memory["search", asked.question]


def _search(centre: Centre, asked: Asked) -> Located:
    leaves, dims, short = question_leaves(centre, asked)
    effect, cluster = change_effect(centre, asked, dims)
    options = {"max_depth": min(asked.question.max_depth, len(dims)), "rng": asked.question.seed, "min_n": asked.question.min_n,
               "hierarchies": centre.study.hierarchies, "design_effect": effect}  # fmt: skip
    if asked.is_change:
        found = locate_cube(leaves, dims, asked.values, direction="both",
                            carried=lambda dim: customer_carried(centre, asked, dim),
                            declared=declared_scopes(centre, asked), **options)  # fmt: skip
    else:
        worse = "down" if asked.caliber.better == "high" else "up"
        found = locate_level(leaves, dims, asked.values, asked.target, direction=worse, **options)
    left_out = [dim for dim in asked.dims if dim not in dims]
    caveats = [
        ("caveat.cluster", {"cluster": cluster, "effect": f"{effect:.2f}"}) if cluster else ("caveat.no_cluster", {})
    ]
    for dim, (levels, kept, share) in short.items():
        caveats.append(
            (
                "caveat.dim_shortened",
                {"dim": dim, "levels": f"{levels:,}", "kept": f"{kept:,}", "share": f"{share:.0%}"},
            )
        )
    if left_out:
        caveats.append(("caveat.dims_left_out", {"dims": ", ".join(left_out)}))
    return found.with_caveats(*caveats)


def declared_scopes(centre: Centre, asked: Asked) -> list[dict[str, list[str]]]:
    """Scopes of the changes that took effect in the current period; changes of the survey itself are stage 1's."""
    rows = centre.changes
    if rows.empty or asked.current is None:
        return []
    first, last = pd.Timestamp(asked.current.first), pd.Timestamp(asked.current.last) + pd.Timedelta(days=1)
    rows = rows[rows["at"].between(first, last) & (rows["kind"] != INSTRUMENT)]
    return [found for found in map(scope, rows["scope"]) if found]


def question_leaves(centre: Centre, asked: Asked) -> tuple[pd.DataFrame, tuple[str, ...], Shortened]:
    """Counts per level of every occupied leaf, and the dimensions they keep.

    Where all the dimensions together exceed `[limits] leaves`, long dimensions are looked at in two steps: their marginals say
    which levels can be a cell, the others are counted together; next only the levels that moved most keep their name. If that
    does not do, the dimensions whose cells differ least are left out, one by one, until the cube fits.

    Returns:
        `period, *dims, level, n` with period "current" (and "baseline"); the dimensions, in the question's order; and of each
        shortened one its levels, those kept, and their share of the current rows.
    """
    dims, source, kept = asked.dims, centre.facts, {}
    steps = [None, STRONGEST]
    while True:
        try:
            leaves = centre.engine.leaves(source, dims, outcome=asked.caliber.outcome, windows=asked.windows,
                                          where=asked.where, limit=centre.study.limits.leaves)  # fmt: skip
        except EngineError as error:
            if error.key not in ("engine_leaves", "engine_memory"):
                raise
            if steps:
                found = short_list(centre, asked, dims, strongest=steps.pop(0))
                source, kept = (shorten_facts(centre, found), found) if found else (source, kept)
            elif len(dims) > 1:
                dims = _without_least(centre, asked, dims)
            else:
                raise
            continue
        short = told_of(centre, asked, {dim: levels for dim, levels in kept.items() if dim in dims})
        return (leaves if "period" in leaves.columns else leaves.assign(period="current")), dims, short


def _without_least(centre: Centre, asked: Asked, dims: tuple[str, ...]) -> tuple[str, ...]:
    spread = {}
    for dim in dims:
        _, matrix = by_level(count_cells(centre, asked, (dim,)), ["period", dim], asked.values)
        n = matrix.sum(axis=1)
        mean = matrix @ list(asked.values.values()) / n
        spread[dim] = float((n * (mean - (n @ mean) / n.sum()) ** 2).sum()) / len(n)
    least = min(dims, key=spread.get)
    return tuple(dim for dim in dims if dim != least)
