"""Dimensions of thousands of levels: those that can be a cell keep their name, the others are counted together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from ccsat.cells import Asked, by_level, count_cells
from ccsat.centre import Centre
from ccsat.engine.base import NULL_LEVEL
from ccsat.engine.scan import is_select, literal, quoted
from ccsat.stages.located import LEAST_ROWS, LEAST_SHARE, REST

LONG = 50  # levels of a dimension up to which counting some together saves nothing
Shortened = dict[str, tuple[int, int, float]]


def named_levels(rows: pd.Series) -> list:
    """The levels that are large enough for a cell, the largest first.

    Args:
        rows: Current rows per level.
    """
    least = max(LEAST_ROWS, LEAST_SHARE * float(rows.sum()))
    ordered = rows.sort_values(ascending=False, kind="stable")
    return ordered.index[ordered.to_numpy() >= least].tolist()


def shorten_leaves(
    leaves: pd.DataFrame, dims: Sequence[str], counted: Sequence[str], rows: pd.Series
) -> tuple[pd.DataFrame, Shortened]:
    """Leaves with the small levels of long dimensions counted together.

    A cell needs a least number of rows, and none inside a small level has them: no cell is lost. What is lost is how the
    baseline of the small levels differed among themselves.

    Args:
        counted: Columns that are added up.
        rows: Current rows of each leaf.

    Returns:
        The leaves, and of each dimension that was shortened how many levels there were, how many kept their name, and the
        share of current rows that these hold.
    """
    told: Shortened = {}
    short = leaves.copy()
    for dim in dims:
        per_level = rows.groupby(leaves[dim]).sum()
        kept = named_levels(per_level)
        if len(per_level) > LONG and len(kept) < len(per_level):
            short[dim] = np.where(leaves[dim].isin(kept), leaves[dim], REST)
            told[dim] = len(per_level), len(kept), float(per_level[kept].sum() / per_level.sum())
    others = [name for name in short.columns if name not in counted]
    return (
        short.groupby(others, as_index=False, sort=False, dropna=False)[list(counted)].sum() if told else short
    ), told


def short_list(
    centre: Centre, asked: Asked, dims: Sequence[str], *, strongest: int | None = None
) -> dict[str, list[str]]:
    """Dimension -> the levels to keep, of those dimensions where that leaves some out; from the marginals alone.

    Args:
        strongest: Keep only so many, those whose own value moved (or differs from the rest) most beyond chance.
    """
    kept = {}
    for dim in dims:
        counts = count_cells(centre, asked, (dim,))
        current = counts[counts["period"] == "current"] if "period" in counts.columns else counts
        per_level = current.groupby(dim)["n"].sum()
        levels = named_levels(per_level)
        if strongest is not None and len(levels) > strongest:
            levels = _strongest(counts, asked, dim, levels)[:strongest]
        if len(per_level) > LONG and len(levels) < len(per_level):
            kept[dim] = [str(level) for level in levels]
    return kept


def _strongest(counts: pd.DataFrame, asked: Asked, dim: str, levels: list) -> list:
    """Levels by how far their value is from the baseline's (or from the whole's) in standard errors."""
    worth = np.array(list(asked.values.values()), dtype=float)
    sums = {}
    for period in ("current", "baseline") if asked.is_change else ("current",):
        names, matrix = by_level(counts[counts["period"] == period], [dim], asked.values)
        frame = pd.DataFrame(matrix, index=names[dim]).reindex(levels, fill_value=0)
        n = np.maximum(frame.sum(axis=1), 1e-9)
        mean = frame.to_numpy() @ worth / n
        sums[period] = mean, (frame.to_numpy() @ worth**2 / n - mean**2).clip(lower=0) / n
    mean, error = sums["current"]
    before, also = sums.get("baseline", (mean.mean(), 0.0))
    score = ((mean - before).abs() / np.sqrt(error + also + 1e-12)).fillna(0.0)
    return score.sort_values(ascending=False, kind="stable").index.tolist()


def shorten_facts(centre: Centre, kept: Mapping[str, Sequence[str]]) -> str:
    """A source like the centre's own in which all other levels of these dimensions carry one name."""
    columns = []
    for name in centre.engine.columns(centre.facts):
        if name not in kept:
            columns.append(f"f.{quoted(name)}")
            continue
        text = f"CAST(f.{quoted(name)} AS VARCHAR)"
        empty = "NULL" if NULL_LEVEL in kept[name] else literal(REST)
        named = ", ".join(literal(level) for level in kept[name] if level != NULL_LEVEL) or "NULL"
        columns.append(f"CASE WHEN f.{quoted(name)} IS NULL THEN {empty} WHEN {text} IN ({named}) THEN {text}"
                       f" ELSE {literal(REST)} END AS {quoted(name)}")  # fmt: skip
    source = f"({centre.facts})" if is_select(centre.facts) else ".".join(map(quoted, centre.facts.split(".")))
    return f"SELECT {', '.join(columns)} FROM {source} f"


def told_of(centre: Centre, asked: Asked, kept: Mapping[str, Sequence[str]]) -> Shortened:
    """Of each shortened dimension: levels, levels kept, and the share of current rows that these hold."""
    told: Shortened = {}
    for dim, levels in kept.items():
        counts = count_cells(centre, asked, (dim,))
        per_level = counts[counts["period"] == "current"].groupby(dim)["n"].sum()
        inside = per_level[per_level.index.astype(str).isin(set(levels))].sum()
        told[dim] = len(per_level), len(levels), float(inside / max(per_level.sum(), 1))
    return told
