"""The search of a question's leaf cube: once for all the stages that need it."""

from __future__ import annotations

import pandas as pd

from ccsat.cells import Asked, by_level, count_cells
from ccsat.centre import Centre
from ccsat.errors import EngineError
from ccsat.stages.clusters import change_effect, customer_carried
from ccsat.stages.leaves import locate_cube, locate_level
from ccsat.stages.located import Located


def search_cells(centre: Centre, asked: Asked) -> Located:
    """What the localiser finds for a question, with a caveat for what it could not look at; remembered by the centre."""
    if ("search", asked.question) not in centre.memory:
        centre.memory["search", asked.question] = _search(centre, asked)
    return centre.memory["search", asked.question]


def _search(centre: Centre, asked: Asked) -> Located:
    leaves, dims = question_leaves(centre, asked)
    effect, cluster = change_effect(centre, asked, dims)
    options = {"max_depth": min(asked.question.max_depth, len(dims)), "rng": asked.question.seed, "min_n": asked.question.min_n,
               "hierarchies": centre.study.hierarchies, "design_effect": effect}  # fmt: skip
    if asked.is_change:
        found = locate_cube(leaves, dims, asked.values, direction="both",
                            carried=lambda dim: customer_carried(centre, asked, dim), **options)  # fmt: skip
    else:
        worse = "down" if asked.caliber.better == "high" else "up"
        found = locate_level(leaves, dims, asked.values, asked.target, direction=worse, **options)
    left_out = [dim for dim in asked.dims if dim not in dims]
    caveats = [
        ("caveat.cluster", {"cluster": cluster, "effect": f"{effect:.2f}"}) if cluster else ("caveat.no_cluster", {})
    ]
    if left_out:
        caveats.append(("caveat.dims_left_out", {"dims": ", ".join(left_out)}))
    return found.with_caveats(*caveats)


def question_leaves(centre: Centre, asked: Asked) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Counts per level of every occupied leaf, and the dimensions they keep.

    Where all the dimensions together exceed `[limits] leaves`, those whose cells differ least are left out, one by one, until
    the cube fits.

    Returns:
        `period, *dims, level, n` with period "current" (and "baseline"), and the dimensions, in the question's order.
    """
    dims = asked.dims
    while True:
        try:
            leaves = centre.engine.leaves(centre.facts, dims, outcome=asked.caliber.outcome, windows=asked.windows,
                                          where=asked.where, limit=centre.study.limits.leaves)  # fmt: skip
        except EngineError as error:
            if error.key != "engine_leaves" or len(dims) <= 1:
                raise
            dims = _without_least(centre, asked, dims)
            continue
        return (leaves if "period" in leaves.columns else leaves.assign(period="current")), dims


def _without_least(centre: Centre, asked: Asked, dims: tuple[str, ...]) -> tuple[str, ...]:
    spread = {}
    for dim in dims:
        _, matrix = by_level(count_cells(centre, asked, (dim,)), ["period", dim], asked.values)
        n = matrix.sum(axis=1)
        mean = matrix @ list(asked.values.values()) / n
        spread[dim] = float((n * (mean - (n @ mean) / n.sum()) ** 2).sum()) / len(n)
    least = min(dims, key=spread.get)
    return tuple(dim for dim in dims if dim != least)
