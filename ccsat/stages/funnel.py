"""A group's share or KPI against that of the other groups, stratum by stratum, period against period."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ccsat.cells import Asked, agent_carried
from ccsat.centre import Centre
from ccsat.stages.defect import given_source, labels

FEW_LEVELS = 12
FLAGS = ("resolved",)
CLEARLY = 10.0  # chi-square beyond its degrees of freedom
AT_CHANCE = 12  # groups: as much trust in no scatter beyond chance before any is seen
TO_SIGMA = 1.4826  # median absolute deviation to a standard deviation


@dataclass(frozen=True)
class Funnel:
    """Counts `period x group x stratum x level` (the current period first), and what a row of each level is worth."""

    groups: tuple[str, ...]
    counts: np.ndarray
    values: np.ndarray

    def value(self) -> np.ndarray:
        """Period x group."""
        rows = self.counts.sum(axis=2)
        with np.errstate(invalid="ignore", divide="ignore"):
            return (rows @ self.values) / rows.sum(axis=2)

    def expected_levels(self) -> np.ndarray:
        """Shares of the levels that the other groups have in each group's strata: period x group x level."""
        others = self.counts.sum(axis=1, keepdims=True) - self.counts
        with np.errstate(invalid="ignore", divide="ignore"):
            shares = others / others.sum(axis=3, keepdims=True)
            whole = others.sum(axis=2, keepdims=True) / others.sum(axis=(2, 3))[:, :, None, None]
            shares = np.where(np.isnan(shares), whole, shares)
            weights = self.counts.sum(axis=3) / self.counts.sum(axis=(2, 3))[:, :, None]
        return (weights[..., None] * shares).sum(axis=2)

    def usual_levels(self) -> np.ndarray:
        """Shares of the levels that each group would have now had it moved as the others: group x level; without a baseline, theirs."""
        expected = self.expected_levels()
        if len(self.counts) == 1:
            return expected[0]
        rows = self.counts.sum(axis=2)
        with np.errstate(invalid="ignore", divide="ignore"):
            own = rows[1] / rows[1].sum(axis=1, keepdims=True)
        usual = np.maximum(own + expected[0] - expected[1], 0)
        return usual / usual.sum(axis=1, keepdims=True)

    def against_others(self, *, effects: Mapping[str, float] | None = None, spread: bool = False) -> tuple:
        """Each group's move beyond the others', its z, and its usual value.

        Args:
            effects: Design effects of the periods.
            spread: Narrow z by how much groups scatter beyond chance.
        """
        rows = self.counts.sum(axis=2)
        n = rows.sum(axis=2)
        expected, value = self.expected_levels() @ self.values, self.value()
        move = value - expected
        effect = np.array([(effects or {}).get(label, 1.0) for label in ("current", "baseline")])[: len(rows), None]
        with np.errstate(invalid="ignore", divide="ignore"):
            others = n.sum(axis=1, keepdims=True) - n
            whole = rows.sum(axis=1, keepdims=True)
            mean = (whole @ self.values) / whole.sum(axis=2)
            variance = (whole @ self.values**2) / whole.sum(axis=2) - mean**2
            error = np.sqrt((effect * variance * (1 / n + 1 / others)).sum(axis=0))
            moved = move[0] - (move[1] if len(rows) > 1 else 0)
            z = moved / error
        if spread and (k := int(np.isfinite(z).sum())):
            sigma = TO_SIGMA * float(np.nanmedian(np.abs(z - np.nanmedian(z))))
            z = z / max(1.0, np.sqrt((AT_CHANCE + k * sigma**2) / (AT_CHANCE + k)))
        return moved, z, value[0] - moved

    def uneven(self) -> np.ndarray:
        """z of each group's change of the gap between its strata's first and last (0 less 1), beyond the others' change."""
        n, x = self.counts.sum(axis=3), self.counts @ self.values
        with np.errstate(invalid="ignore", divide="ignore"):
            p = x / n
            others_n, others_x = n.sum(axis=1, keepdims=True) - n, x.sum(axis=1, keepdims=True) - x
            q = others_x / others_n
            pooled = x.sum(axis=(0, 1)) / n.sum(axis=(0, 1))
            variance = (pooled * (1 - pooled) * (1 / n + 1 / others_n)).sum(axis=(0, 2))
            gap = (p[:, :, 0] - p[:, :, -1]) - (q[:, :, 0] - q[:, :, -1])
            return (gap[0] - (gap[1] if len(gap) > 1 else 0)) / np.sqrt(variance)


def read_funnels(centre: Centre, asked: Asked, dims: Sequence[str], stratum: str | None, outcome: str, values: Mapping[int, float], *,
                 where: Mapping | None = None) -> dict[str, Funnel]:  # fmt: skip
    """Counts of each dimension's groups, from one request; dimensions without any row are left out.

    Args:
        stratum: A column; of a flag only its two values count.
        outcome: A column with the levels of `values`; also "gave" (see `given_source`).
    """
    keys = {dim: tuple(dict.fromkeys((dim, stratum) if stratum else (dim,))) for dim in dims}
    tables = centre.engine.marginals(
        given_source(centre), list(keys.values()), outcome=outcome, windows=asked.windows, where=where
    )
    found = {}
    for dim in dims:
        table = tables[keys[dim]]
        table = table if "period" in table.columns else table.assign(period="current")
        table = table[table["level"].isin(list(values))]
        if stratum in FLAGS:
            table = table[table[stratum].isin(["0", "1"])]
        groups = tuple(sorted(table[dim].unique()))
        strata = ["0", "1"] if stratum in FLAGS else sorted(table[stratum].unique()) if stratum else ["all"]
        if not groups:
            continue
        index = pd.MultiIndex.from_product([labels(asked), groups, strata, list(values)])
        parts = [
            table["period"],
            table[dim],
            table[stratum] if stratum else pd.Series("all", table.index),
            table["level"],
        ]
        counts = table["n"].groupby(parts).sum().reindex(index, fill_value=0)
        shape = (len(labels(asked)), len(groups), len(strata), len(values))
        found[dim] = Funnel(groups, counts.to_numpy(float).reshape(shape), np.array(list(values.values()), float))
    return found


def choose_stratum(tables: Mapping[tuple, pd.DataFrame]) -> str | None:
    """The column of few levels, not carried by agents, that explains a share best; None where none does.

    Args:
        tables: Counts of the share's 0 and 1 by single columns.
    """
    best: tuple[float, str | None] = (CLEARLY, None)
    for some, table in tables.items():
        if len(some) == 1 and not agent_carried(some[0]) and 2 <= table[some[0]].nunique() <= FEW_LEVELS:
            best = max(best, (_chi_square(table, some), some[0]), key=lambda one: one[0])
    return best[1]


def _chi_square(table: pd.DataFrame, keys: Sequence[str]) -> float:
    """Of a share over the levels within each period, each less its degrees of freedom."""
    rows = table.assign(x=table["n"] * table["level"]).groupby(["period", *keys])[["n", "x"]].sum()
    whole = rows.groupby("period").transform("sum")
    p = whole["x"] / whole["n"]
    with np.errstate(invalid="ignore", divide="ignore"):
        chi = (rows["n"] * (rows["x"] / rows["n"] - p) ** 2 / (p * (1 - p))).sum()
    return float(chi) - len(rows)
