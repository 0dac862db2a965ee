"""Rows of an ordinal method as counts per group and level, and what clusters and weights make of its errors."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from ccsat.errors import DataError, listing
from ccsat.methods.sample import Sample, take_rows
from ccsat.numerics.clusters import Clusters
from ccsat.numerics.rankgroups import weighted_median
from ccsat.numerics.ranks import sum_variance
from ccsat.scales import Column, Scale, need, scale_of

FEW_CLUSTERS = 20
MOST_CELLS = 20_000_000


def code_levels(column: pd.Series) -> tuple[np.ndarray, list[Hashable]]:
    """Number of each row's level, and the levels in their order: as declared, else sorted."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        return column.cat.codes.to_numpy(np.int64), list(column.cat.categories)
    try:
        codes, levels = pd.factorize(column, sort=True)
    except TypeError:  # values of several kinds have no order of their own
        codes, levels = pd.factorize(column.astype(str), sort=True)
    return codes.astype(np.int64), list(levels)


def positions_of(column: pd.Series, levels: list[Hashable]) -> np.ndarray:
    """Levels as numbers: themselves where they are interval, else 1, 2, ... in their order."""
    return np.asarray(levels, float) if scale_of(column) == Scale.INTERVAL else np.arange(1.0, len(levels) + 1)


@dataclass(frozen=True)
class Coded:
    """Two columns of a sample as a cross-table.

    Attributes:
        rows, columns: Levels of the first column (the groups) and of the second (the answers).
        row, column: Their number, of each row of the sample.
        weight: Of each row, or None.
        positions: The second column's levels as numbers (`positions_of`).
    """

    sample: Sample
    kind: str | None
    rows: list[Hashable]
    columns: list[Hashable]
    row: np.ndarray
    column: np.ndarray
    positions: np.ndarray

    @cached_property
    def weight(self) -> np.ndarray | None:
        """Of each row; sampling weights add up to the rows, so that counts are never taken for the contacts they stand for."""
        weight = self.sample.weight
        return weight * (len(weight) / weight.sum()) if self.kind == "sampling" and weight is not None else weight

    @property
    def robust(self) -> bool:
        """Whether errors must come from the rows or clusters themselves, not from the counts."""
        return self.sample.cluster is not None or self.kind == "sampling"

    @cached_property
    def cells(self) -> np.ndarray:
        """Number of each row's cell."""
        return self.row * len(self.columns) + self.column

    def _table(self, amount: np.ndarray | None) -> np.ndarray:
        shape = (len(self.rows), len(self.columns))
        return np.bincount(self.cells, amount, minlength=shape[0] * shape[1]).reshape(shape).astype(float)

    @cached_property
    def counts(self) -> np.ndarray:
        """Weighted counts, first column x second."""
        return self._table(self.weight)

    @cached_property
    def squares(self) -> np.ndarray:
        """Per cell, what a squared influence counts for: the sum of squared sampling weights; else the counts."""
        return self._table(self.weight**2) if self.kind == "sampling" else self.counts

    @cached_property
    def units(self) -> np.ndarray:
        """Rows of each level of the first column."""
        table = self._table(None) if self.kind == "sampling" else self.counts
        return table.sum(1)

    @cached_property
    def clusters(self) -> Clusters:
        """Clusters, by the first column's groups."""
        return Clusters(self.sample.cluster, self.row, self.weight)

    @property
    def n(self) -> float:
        """Rows; with frequency weights, the rows that they stand for."""
        return float(self.weight.sum()) if self.kind == "frequency" else float(len(self.row))

    @cached_property
    def medians(self) -> list[Hashable]:
        """Middle answer of each group: a level for ordered categories (the lower of two middle ones)."""
        numbers = self.positions if all(isinstance(level, (int, float, np.number)) for level in self.columns) else None
        if numbers is not None and np.array_equal(numbers, np.asarray(self.columns, float)):
            return [weighted_median(numbers, n) for n in self.counts]
        return [self.columns[int(np.searchsorted(np.cumsum(n), n.sum() / 2 - 1e-9))] for n in self.counts]

    def shares_at(self, which: int) -> np.ndarray:
        """Share of each group at one level, -1 the top."""
        return self.counts[:, which] / self.counts.sum(1)

    def variance(self, influence: np.ndarray) -> tuple[float, float]:
        """Variance of a comparison of groups, and its degrees of freedom, from the influence of a row in each cell."""
        if self.sample.cluster is None:
            return sum_variance((self.squares * influence**2).sum(1), self.units)
        return self.clusters.variance(self.amount(influence))

    def covariance(self, influences: Iterable[np.ndarray]) -> tuple[np.ndarray, float]:
        """As `variance`, of several comparisons."""
        if self.sample.cluster is not None:
            return self.clusters.covariance(self.amount(one) for one in influences)
        root = np.sqrt(self.squares * (self.units / np.maximum(self.units - 1, 1))[:, None])
        sums = np.stack([(root * one).ravel() for one in influences])
        return sums @ sums.T, max(float(self.units.sum()) - len(self.rows), 1.0)

    def association_error(self, influence: np.ndarray) -> tuple[float, float]:
        """Standard error and degrees of freedom of a measure of the whole table."""
        if self.sample.cluster is None:
            return float(np.sqrt((self.squares * influence**2).sum())), np.inf
        variance, df = Clusters(self.sample.cluster, np.zeros_like(self.row), self.weight).variance(
            self.amount(influence)
        )
        return float(np.sqrt(variance)), df

    def part(self, inside: np.ndarray) -> Coded:
        """Some of the rows, their groups numbered anew."""
        seen, row = np.unique(self.row[inside], return_inverse=True)
        return Coded(
            _only(self.sample, inside),
            self.kind,
            [self.rows[k] for k in seen],
            self.columns,
            row,
            self.column[inside],
            self.positions,
        )

    def amount(self, influence: np.ndarray) -> np.ndarray:
        """Influence of each row, times its weight."""
        each = influence.reshape(-1)[self.cells]
        return each if self.weight is None else each * self.weight

    def effective(self, variance: float, independent: float) -> float | None:
        """Rows that as many independent ones would be worth; None where rows are independent anyway."""
        if not self.robust or not (variance > 0 and independent > 0):
            return None
        return min(self.n, self.n * independent / variance)

    def names(self, **more: object) -> dict[str, object]:
        """What an `Answer` says of its rows."""
        return {**self.sample.names, "n": round(self.n), **more}

    def caveats(self, *, ceiling: bool = True) -> tuple[tuple[str, dict], ...]:
        """Few clusters, and a ceiling."""
        found = list(self.sample.caveats) + few_clusters(self.sample)
        share = float(self.counts[:, -1].sum() / self.counts.sum())
        if ceiling and 1 < len(self.columns) <= 20 and share > 1 / 3:
            found.append(("caveat.rank_ceiling", {"level": self.columns[-1], "share": share}))
        return tuple(found)


def few_clusters(sample: Sample) -> list[tuple[str, dict]]:
    """The caveat of too few clusters, where it applies."""
    clusters = sample.names["clusters"]
    return [("caveat.rank_few_clusters", {"n": clusters})] if clusters is not None and clusters < FEW_CLUSTERS else []


def unclustered(sample: Sample) -> list[tuple[str, dict]]:
    """The caveat of a method that cannot use the clusters it was told of."""
    return [("caveat.rank_unclustered", {"column": sample.names["cluster"]})] if sample.cluster is not None else []


def code_pair(
    table: pd.DataFrame, first: Column, second: Column, *, method: str, scales: tuple[Scale, Scale] = (Scale.NOMINAL, Scale.ORDINAL),
    instead: str = "kruskal_wallis, mann_whitney", weights: str | None = None, weight_kind: str = "sampling",
    cluster: str | bool | None = None, groups: int | None = None,
) -> Coded:  # fmt: skip
    """Code two columns: `first` makes the rows (groups), `second` the columns (answers).

    Args:
        scales: Least scale of each. groups: How many groups there must be; None: at least two. 0: any number.

    Raises:
        ScaleError: A scale too weak. DataError: Too few or too many groups, or precision weights.
    """
    if weights is not None and weight_kind == "precision":
        raise DataError("rank_precision", column=weights)
    sample = take_rows(table, [first, second], weights=weights, weight_kind=weight_kind, cluster=cluster)
    a, b = sample.rows[str(first)], sample.rows[str(second)]
    for column, scale in ((b, scales[1]), (a, scales[0])):
        need(column, scale, method=method, instead=instead)
    (row, rows), (column, columns) = code_levels(a), code_levels(b)
    seen = np.flatnonzero(np.bincount(row, sample.weight, minlength=len(rows)) > 0)
    if len(seen) < len(rows):  # a group without rows is none; a level without answers still is one
        inside = np.isin(row, seen)
        row, rows, column, sample = (
            np.searchsorted(seen, row[inside]),
            [rows[k] for k in seen],
            column[inside],
            _only(sample, inside),
        )
    if groups != 0 and (len(rows) != groups if groups else len(rows) < 2):
        raise DataError(
            "rank_two_groups" if groups == 2 else "rank_groups", column=str(first), n=len(rows), groups=listing(rows)
        )
    if len(rows) * len(columns) > MOST_CELLS:
        raise DataError("rank_cells", first=str(first), second=str(second), rows=len(rows), columns=len(columns))
    kind = weight_kind if weights else None
    return Coded(sample, kind, rows, columns, row, column, positions_of(b, columns))


def _only(sample: Sample, inside: np.ndarray) -> Sample:
    from dataclasses import replace

    if inside.all():
        return sample
    cluster = None if sample.cluster is None else pd.factorize(sample.cluster[inside])[0]
    names = {**sample.names, "n": int(inside.sum()), "clusters": None if cluster is None else int(cluster.max()) + 1}
    weight = None if sample.weight is None else sample.weight[inside]
    return replace(sample, rows=sample.rows[inside], weight=weight, cluster=cluster, names=names)
