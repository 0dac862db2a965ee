"""The localiser for a question of level: which cells lie below the rest, and how much of the gap to the target is theirs?"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from ccsat.errors import ColumnError, listing
from ccsat.estimates import interval_table
from ccsat.stages.leaves import ScoreCounts, locate_in_leaves
from ccsat.stages.located import Located, cell_table

NOW, REST = "now_", "pooled_"


def locate_level(leaves: pd.DataFrame, dims: Sequence[str], values: Mapping[int, float], target: float, *, unit: str = "rate",
                 direction: str = "down", max_depth: int = 2, rng: int = 0, min_n: float = 30,
                 hierarchies: Mapping[str, Sequence[str]] | None = None, design_effect: float = 1.0, draws: int = 200) -> Located:
    """Which cells hold the gap to a target?

    The search is the period's, with the pooled distribution as a reference without noise: a cell is found when it lies off the
    whole beyond chance. Its points are its share of the rows times its distance to the target; rows that lie in two
    found cells count for the first, so that points and remainder add up to the gap exactly.

    Args:
        leaves: `*dims, level, n`, as the engine's `leaves` answers.
        values: Level -> what one row is worth.
        target: In the KPI's unit.
        direction: "down" where high is better, "up" where low is.

    Returns:
        `Located`; `value_baseline` is the value of all other rows, `mix` is 0.

    Raises:
        ColumnError: A column is missing.

    Source:
        DOMAIN 2.7.3; the search as `locate_in_leaves`.
    """
    dims = list(dims)
    missing = [name for name in (*dims, "level", "n") if name not in leaves.columns]
    if missing:
        raise ColumnError("leaves_columns", missing=listing(missing), columns=listing(leaves.columns))
    levels = list(values)
    wide = leaves[leaves["level"].isin(levels)].pivot_table(index=dims, columns="level", values="n", aggfunc="sum", fill_value=0, observed=True)
    counts = wide.reindex(columns=levels, fill_value=0).to_numpy(float)
    worth = np.array([values[level] for level in levels], float)
    total = counts.sum()
    cube = wide.index.to_frame(index=False)
    pooled = counts.sum(axis=0) / total
    for place, level in enumerate(levels):
        cube[f"{NOW}{level}"] = counts[:, place]
        cube[f"{REST}{level}"] = counts.sum(axis=1) * pooled[place]
    found = locate_in_leaves(
        cube, dims, current=ScoreCounts({f"{NOW}{k}": v for k, v in values.items()}), reference_is="forecast",
        reference=ScoreCounts({f"{REST}{k}": v for k, v in values.items()}), direction=direction, max_depth=max_depth, rng=rng,
        min_n=min_n, hierarchies=hierarchies, design_effect=design_effect, draws=draws)  # fmt: skip
    gap = float(counts.sum(axis=0) @ worth / total - target)
    rows, taken = [], np.zeros(len(cube), bool)
    for row in _widest_first(found.cells, gap):
        inside = _inside(cube, row["where"])
        own = counts[inside & ~taken].sum(axis=0)
        taken |= inside
        if not own.sum():
            continue
        both = interval_table(np.stack([own, counts[inside].sum(axis=0), counts[~inside].sum(axis=0)]), worth, unit=unit,
                              design_effect=design_effect)  # fmt: skip
        share = own.sum() / total
        points, lower, upper = (share * (both[name].iloc[0] - target) for name in ("value", "lower", "upper"))
        rows.append({**row, "n": counts[inside].sum(), "n_baseline": counts[~inside].sum(), "share": counts[inside].sum() / total,
                     "share_baseline": 1 - counts[inside].sum() / total, "value": both["value"].iloc[1],
                     "value_baseline": both["value"].iloc[2], "points": points, "lower": lower, "upper": upper})  # fmt: skip
    table = cell_table(sorted(rows, key=lambda row: -abs(row["points"])))
    error = interval_table(counts.sum(axis=0)[None, :], worth, unit=unit, design_effect=design_effect).iloc[0]
    return dataclasses.replace(
        found, table=table, verdict="local" if len(table) else "noise", total=gap, total_lower=float(error["lower"] - target),
        total_upper=float(error["upper"] - target), mix=0.0, mix_lower=0.0, mix_upper=0.0, rate=gap, everywhere=0.0, everywhere_lower=0.0,
        everywhere_upper=0.0, remainder=gap - float(table["points"].sum()), mix_by_dim=found.mix_by_dim.iloc[:0])  # fmt: skip


def _widest_first(cells: pd.DataFrame, gap: float) -> list[dict]:
    """The cells on the gap's side, those that move the whole most first."""
    rows = cells.to_dict("records")
    return sorted((row for row in rows if row["points"] * (gap or -1) > 0), key=lambda row: -abs(row["points"]))


def _inside(cube: pd.DataFrame, where: Mapping[str, object]) -> np.ndarray:
    inside = np.ones(len(cube), bool)
    for dim, level in where.items():
        inside &= cube[dim].isin(level if isinstance(level, list) else [level]).to_numpy()
    return inside
