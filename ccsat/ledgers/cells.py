"""Ledgers by cell: who is worse than a reference, and where the gap to a target lies."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from scipy.special import ndtr, ndtri

from ccsat.errors import LedgerError, listing
from ccsat.estimates import adjust, interval_table
from ccsat.ledgers.coding import need
from ccsat.results import Ledger, result_class

UNALLOCATED = "unallocated"


@result_class
class CellLedger(Ledger):
    """Excess deduction points of each cell over `reference`, the deduction a row may have."""

    reference: float


def cell_ledger(
    counts: pd.DataFrame,
    values: Mapping[int, float],
    dims: Sequence[str],
    *,
    unit: str = "rate",
    reference: float | None = None,
    full: float | None = None,
    better: str = "high",
    level: float = 0.95,
    correction: str = "bh",
    design_effect: float | Mapping[tuple, float] = 1.0,
) -> CellLedger:
    """Which cells lose more than the reference allows, and how many points is that?

    Args:
        counts: Rows per cell and level: `*dims, level, n`, as the engine's `marginals` answers.
        values: What a row of each level is worth.
        reference: A target value of the KPI: the points add up to the gap to it. Without one the overall value:
            the points add up to 0.
        full: Value of a row that loses nothing; by default the best of `values`.
        better: "high" or "low".
        correction: Of the p-values over all cells: "bh", "by" or "holm".
        design_effect: One for all cells, or by cell (a tuple of its dims' values).

    Returns:
        One row a cell, most points first: `*dims, value, lower, upper, n, effective_n, share` (of the rows),
        `deduction` (mean deduction), `deduction_share, lift` (mean deduction over the overall one), `points`
        (above 0: loses more than the reference), `points_lower, points_upper, p_value, p_adjusted`. Total: overall
        deduction less the reference: 0, or target minus value (value minus target where low is better).

    Raises:
        ColumnError: `counts` lacks a column. LedgerError: A level without a value, or no rows.

    Source:
        DOMAIN 2.7.3.
    """
    dims = list(dims)
    need(counts, (*dims, "level", "n"), "counts")
    levels = list(values)
    worth = np.array([values[k] for k in levels], float)
    labels, grid = _wide(counts, dims, levels)
    if not grid.sum() > 0:
        raise LedgerError("ledger_empty")
    best = full if full is not None else (worth.max() if better == "high" else worth.min())
    sign = 1.0 if better == "high" else -1.0
    loss = sign * (best - worth)
    if isinstance(design_effect, Mapping):
        keys = labels.itertuples(index=False, name=None)
        design_effect = np.array([design_effect.get(key, 1.0) for key in keys])
    table = interval_table(grid, worth, unit=unit, level=level, design_effect=design_effect)
    table = table[["value", "lower", "upper", "n", "effective_n"]]
    n, lost, lost2, total = grid.sum(1), grid @ loss, grid @ loss**2, grid.sum()
    overall = lost.sum() / total
    allowed = overall if reference is None else sign * (best - reference)
    table["share"] = n / total
    table["deduction"] = lost / n
    table["deduction_share"] = lost / lost.sum() if lost.sum() else np.nan
    table["lift"] = table["deduction"] / overall if overall else np.nan
    table["points"] = (lost - n * allowed) / total
    variance = _excess_variance(n, lost, lost2, total, allowed, overall_reference=reference is None)
    error = np.sqrt(variance * design_effect)
    half = ndtri((1 + level) / 2) * error
    table["points_lower"], table["points_upper"] = table["points"] - half, table["points"] + half
    with np.errstate(invalid="ignore", divide="ignore"):
        table["p_value"] = np.where(error > 0, 2 * ndtr(-np.abs(table["points"]) / error), np.nan)
    table["p_adjusted"] = adjust(table["p_value"], correction)
    table = pd.concat([labels, table], axis=1)
    table = table.sort_values(["points", *dims], ascending=[False] + [True] * len(dims), ignore_index=True)
    gap = 0.0 if reference is None else float(overall - allowed)
    return CellLedger(table=table, key="cell" if reference is None else "cell_gap", total=gap, unit=unit,
                      reference=float(allowed))  # fmt: skip


def gap_ledger(cells: pd.DataFrame, dims: Sequence[str], *, target: float | None = None, unit: str = "rate") -> Ledger:
    """Where does the gap to the target lie: in what cells achieve, or in how many contacts each has?

    Args:
        cells: One row a cell: `*dims`, `n` (or any weight), `value`; and, where they are set, the cell's own
            `target` and its planned share of the contacts, `planned_share` (0 to 1, adding up to 1).
        target: Of the whole. Needed without cell targets; with them, what they leave of it is a row of its own.

    Returns:
        One row a cell: `*dims, share, planned_share, value, target, performance, mix, points` (their sum). A cell
        without contacts counts wholly as mix. Total: target minus value.

    Raises:
        ColumnError: `cells` lacks a column. LedgerError: No target at all, or planned shares that do not add up to 1.

    Source:
        DOMAIN 2.7.4.
    """
    dims = list(dims)
    need(cells, (*dims, "n", "value"), "cells")
    if "target" not in cells and target is None:
        raise LedgerError("ledger_target")
    table = cells[dims].reset_index(drop=True)
    share = cells["n"].to_numpy(float) / cells["n"].sum()
    value = cells["value"].to_numpy(float)
    planned = cells["planned_share"].to_numpy(float) if "planned_share" in cells else share
    if not abs(planned.sum() - 1) <= 1e-9:
        raise LedgerError("ledger_planned", found=planned.sum())
    aims = cells["target"].to_numpy(float) if "target" in cells else np.full(len(cells), float(target))
    overall = float((share * np.where(share > 0, value, 0)).sum())
    value = np.where(share > 0, value, aims)  # nothing achieved yet: its target, so all is mix
    performance, mix = planned * (aims - value), (planned - share) * (value - overall) + 0.0
    table = table.assign(share=share, planned_share=planned, value=value, target=aims, performance=performance, mix=mix)
    reached = float((planned * aims).sum())
    table["points"] = table["performance"] + table["mix"]
    table = table.sort_values(["points", *dims], ascending=[False] + [True] * len(dims), ignore_index=True)
    if target is not None and abs(target - reached) > 1e-12:
        rest = {dim: UNALLOCATED for dim in dims} | {"performance": target - reached, "points": target - reached}
        table = pd.concat([table, pd.DataFrame([rest])], ignore_index=True)
    total = float((reached if target is None else target) - overall)
    return Ledger(table=table, key="gap", total=total, unit=unit)


def cell_values(
    counts: pd.DataFrame, values: Mapping[int, float], dims: Sequence[str], *, unit: str = "rate", level: float = 0.95
) -> pd.DataFrame:
    """Counts per cell and level (`*dims, level, n`) to one row a cell: `*dims, value, lower, upper, n`."""
    dims = list(dims)
    need(counts, (*dims, "level", "n"), "counts")
    labels, grid = _wide(counts, dims, list(values))
    table = interval_table(grid, list(values.values()), unit=unit, level=level)
    return pd.concat([labels, table[["value", "lower", "upper", "n"]]], axis=1)


def _wide(counts: pd.DataFrame, dims: list[str], levels: list) -> tuple[pd.DataFrame, np.ndarray]:
    """Cells that have rows, sorted, and their rows per level (cells x levels)."""
    off = sorted(set(counts.loc[counts["n"] > 0, "level"]) - set(levels))
    if off:
        raise LedgerError("ledger_levels", levels=listing(off), known=listing(levels))
    counts = counts[counts["n"] > 0]
    groups = counts.groupby(dims, dropna=False, observed=True, sort=True)
    code = groups.ngroup().to_numpy()
    labels = counts[dims].iloc[np.unique(code, return_index=True)[1]].reset_index(drop=True)
    place = code * len(levels) + pd.Index(levels).get_indexer(counts["level"])
    grid = np.bincount(place, counts["n"].to_numpy(float), minlength=len(labels) * len(levels))
    return labels, grid.reshape(len(labels), len(levels))


def _excess_variance(n, lost, lost2, total, allowed, *, overall_reference: bool) -> np.ndarray:
    """Variance of (N_g / N)(d_g - reference): by each row's influence on it, from sums in and outside the cell."""
    if overall_reference:  # inside (1 - share) d - overall, outside -share d
        share = n / total
        inside = (1 - share) ** 2 * lost2 - 2 * (1 - share) * allowed * lost + allowed**2 * n
        square = (inside + share**2 * (lost2.sum() - lost2)) / total
        mean = (lost - allowed * n - share * lost.sum()) / total
    else:
        square = (lost2 - 2 * allowed * lost + allowed**2 * n) / total
        mean = (lost - allowed * n) / total
    return np.maximum(square - mean**2, 0) / total
