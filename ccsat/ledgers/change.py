"""Ledgers of a change between two periods: rate and mix, nested, and by reason."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from ccsat.errors import LedgerError
from ccsat.ledgers.coding import need
from ccsat.ledgers.reasons import ReasonLedger
from ccsat.results import Ledger


def change_ledger(
    current: pd.DataFrame, baseline: pd.DataFrame, dims: Sequence[str], *, unit: str = "rate", key: str = "change"
) -> Ledger:
    """Did the cells change, or their mix?

    Weights each cell's change in value by its mean share (`within`, the rate effect), and its change in share by
    its mean value relative to the whole (`mix`): exact, and the same whichever period comes first.

    Args:
        current, baseline: One row a cell: `*dims`, `n` (or any weight), `value`.

    Returns:
        One row a cell, worst fall first: `*dims, n, n_baseline, share, share_baseline, value, value_baseline,
        within, mix, points` (within + mix). A cell of one period only has NaN as its missing value and counts wholly
        as mix. Total: current minus baseline.

    Raises:
        ColumnError: A column is missing. LedgerError: A period without rows.

    Assumes:
        Cells mean the same in both periods.

    Source:
        Kitagawa (1955), Journal of the American Statistical Association 50, 1168-1194.
    """
    dims = list(dims)
    table = _paired(current, baseline, dims)
    p1, p0, y1, y0 = _effective(table)
    before, after = (p0 * y0).sum(), (p1 * y1).sum()
    table["within"] = (p1 + p0) / 2 * (y1 - y0)
    table["mix"] = (p1 - p0) * ((y1 + y0) / 2 - (before + after) / 2)
    table["points"] = table["within"] + table["mix"]
    table = table.sort_values(["points", *dims], ignore_index=True)
    return Ledger(table=table, key=key, total=float(after - before), unit=unit)


def nested_change_ledger(
    current: pd.DataFrame, baseline: pd.DataFrame, dims: Sequence[str], *, unit: str = "rate"
) -> Ledger:
    """As the change is followed down a hierarchy, how much stays at each level?

    A cell's change in value is split among its children as the whole is among the first level, so the children's
    `within` and `mix` add up to the parent's `within`.

    Args:
        current, baseline: One row a finest cell: `*dims`, `n`, `value`.
        dims: From the coarsest level to the finest.

    Returns:
        One row a node: `depth` (1 the coarsest), `*dims` (missing below the node's depth), `n, n_baseline,
        value, value_baseline, within, mix, points`: a node's own account, that is its mix, and at the finest level
        its within too. Total: current minus baseline.

    Raises, Assumes, Source: As `change_ledger`.
    """
    dims = list(dims)
    leaves = _paired(current, baseline, dims)
    parts, parent = [], None
    for depth in range(1, len(dims) + 1):
        nodes = _rolled(leaves, dims[:depth])
        if parent is None:
            whole = _rolled(leaves.assign(_all=0), ["_all"]).iloc[0]
            n1, n0, mean1, mean0, factor = whole["n"], whole["n_baseline"], whole["value"], whole["value_baseline"], 1.0
        else:
            above = nodes[dims[: depth - 1]].merge(parent, on=dims[: depth - 1], how="left")
            n1, n0 = above["n"].to_numpy(), above["n_baseline"].to_numpy()
            mean1, mean0 = above["value"].to_numpy(), above["value_baseline"].to_numpy()
            factor = above["factor"].to_numpy()
        with np.errstate(invalid="ignore", divide="ignore"):
            p1, p0 = nodes["n"].to_numpy() / n1, nodes["n_baseline"].to_numpy() / n0
        p1, p0 = np.where(np.isnan(p1), p0, p1), np.where(np.isnan(p0), p1, p0)  # parent in one period: nothing inside
        mean1, mean0 = np.where(np.isnan(mean1), mean0, mean1), np.where(np.isnan(mean0), mean1, mean0)
        y1, y0 = _filled(nodes["value"], nodes["value_baseline"])
        nodes["factor"] = factor * (p1 + p0) / 2
        nodes["within"] = nodes["factor"] * (y1 - y0)
        nodes["mix"] = factor * (p1 - p0) * ((y1 + y0) / 2 - (mean1 + mean0) / 2)
        nodes["depth"] = depth
        nodes["points"] = nodes["mix"] + (nodes["within"] if depth == len(dims) else 0.0)
        parts.append(nodes)
        parent = nodes[[*dims[:depth], "n", "n_baseline", "value", "value_baseline", "factor"]]
    columns = ["depth", *dims, "n", "n_baseline", "value", "value_baseline", "within", "mix", "points"]
    table = pd.concat(parts, ignore_index=True)[columns]
    return Ledger(table=table, key="nested_change", total=float(whole["value"] - whole["value_baseline"]), unit=unit)


def reason_change_ledger(current: ReasonLedger, baseline: ReasonLedger, *, level: float = 0.95) -> Ledger:
    """Are reasons named more often, or do they cost more when named?

    Args:
        current, baseline: Of the two periods, with one split.

    Returns:
        One row a reason, largest rise in loss first: `reason, value, value_baseline` (points in each period),
        `frequency_effect` (change in mentions at the mean severity), `severity_effect` (change in severity at the
        mean frequency), `points` (their sum) and `lower, upper` from both bootstraps, as if the periods had no
        customer in common. Total: change of the mean deduction.

    Raises:
        LedgerError: The two ledgers split surveys differently.

    Source:
        DOMAIN 2.7.6; Kitagawa (1955).
    """
    if current.split != baseline.split:
        raise LedgerError("ledger_splits_differ", current=current.split, baseline=baseline.split)
    columns = ["reason", "points", "frequency", "severity"]
    table = current.table[columns].merge(baseline.table[columns], on="reason", how="outer", suffixes=("", "_0"))
    f1, f0 = table["frequency"].fillna(0.0), table["frequency_0"].fillna(0.0)
    s1, s0 = _filled(table["severity"], table["severity_0"])
    out = pd.DataFrame({"reason": table["reason"], "value": table["points"].fillna(0.0),
                        "value_baseline": table["points_0"].fillna(0.0)})  # fmt: skip
    out["frequency_effect"] = np.nan_to_num((f1 - f0) * (s1 + s0) / 2)
    out["severity_effect"] = np.nan_to_num((f1 + f0) / 2 * (s1 - s0))
    out["points"] = out["frequency_effect"] + out["severity_effect"]
    draws = min(len(current.draws), len(baseline.draws))
    after, before = (one.draws.iloc[:draws].reindex(columns=out["reason"], fill_value=0.0).to_numpy()
                     for one in (current, baseline))  # fmt: skip
    moves = after - before
    out["lower"] = np.nanquantile(moves, (1 - level) / 2, axis=0)
    out["upper"] = np.nanquantile(moves, (1 + level) / 2, axis=0)
    out = out.sort_values(["points", "reason"], ascending=[False, True], ignore_index=True)
    return Ledger(table=out, key="reason_change", total=current.total - baseline.total, unit=current.unit)


def _paired(current: pd.DataFrame, baseline: pd.DataFrame, dims: list[str]) -> pd.DataFrame:
    need(current, (*dims, "n", "value"), "current")
    need(baseline, (*dims, "n", "value"), "baseline")
    columns = [*dims, "n", "value"]
    table = current[columns].merge(baseline[columns], on=dims, how="outer", suffixes=("", "_baseline"),
                                   validate="one_to_one")  # fmt: skip
    for n, value in (("n", "value"), ("n_baseline", "value_baseline")):
        table[n] = table[n].astype(float).fillna(0.0)
        table[value] = table[value].astype(float).where(table[n] > 0)
        if not table[n].sum() > 0:
            raise LedgerError("ledger_empty")
    table = table[(table["n"] > 0) | (table["n_baseline"] > 0)].reset_index(drop=True)
    table["share"] = table["n"] / table["n"].sum()
    table["share_baseline"] = table["n_baseline"] / table["n_baseline"].sum()
    return table[[*dims, "n", "n_baseline", "share", "share_baseline", "value", "value_baseline"]]


def _effective(table: pd.DataFrame) -> tuple[np.ndarray, ...]:
    y1, y0 = _filled(table["value"], table["value_baseline"])
    return table["share"].to_numpy(), table["share_baseline"].to_numpy(), y1, y0


def _filled(after: pd.Series, before: pd.Series) -> tuple[np.ndarray, np.ndarray]:
    """A missing value is the other period's: a new or vanished cell is all mix."""
    return after.fillna(before).to_numpy(float), before.fillna(after).to_numpy(float)


def _rolled(leaves: pd.DataFrame, dims: list[str]) -> pd.DataFrame:
    """Finest cells summed up to coarser ones."""
    sums = leaves[dims].assign(n=leaves["n"], n_baseline=leaves["n_baseline"],
                               v=leaves["n"] * leaves["value"].fillna(0),
                               v0=leaves["n_baseline"] * leaves["value_baseline"].fillna(0))  # fmt: skip
    sums = sums.groupby(dims, dropna=False, observed=True, as_index=False).sum()
    sums = sums[(sums["n"] > 0) | (sums["n_baseline"] > 0)].reset_index(drop=True)
    sums["value"] = sums["v"] / sums["n"].where(sums["n"] > 0)
    sums["value_baseline"] = sums["v0"] / sums["n_baseline"].where(sums["n_baseline"] > 0)
    return sums.drop(columns=["v", "v0"])
