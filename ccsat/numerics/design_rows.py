"""Equal rows of a model counted once: the sufficient statistics of any model of levels, and sums over clusters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

WIDEST = 4096  # distinct whole numbers a column may span to be coded without looking them up


@dataclass(frozen=True)
class DesignRows:
    """Distinct (level, x) rows, in the order of their level, with the weight that each stands for.

    Attributes:
        x: One row a distinct row, one column a driver.
        y: Its level, 0 to `levels` - 1.
        weight: What the data rows of it weigh together.
        cell: Of each data row, the distinct row it is.
        row_weight: Of each data row; None where all are 1.
    """

    x: np.ndarray
    y: np.ndarray
    weight: np.ndarray
    levels: int
    cell: np.ndarray
    row_weight: np.ndarray | None

    @property
    def n(self) -> int:
        """Data rows."""
        return len(self.cell)

    def slices(self) -> list[slice]:
        """Where each level's rows stand."""
        edges = np.searchsorted(self.y, np.arange(self.levels + 1))
        return [slice(a, b) for a, b in zip(edges[:-1], edges[1:], strict=True)]

    def split_at(self, cut: int) -> DesignRows:
        """The same rows as two levels: below level `cut`, and from it on (y is sorted, and so stays sorted)."""
        return DesignRows(self.x, (self.y >= cut).astype(self.y.dtype), self.weight, 2, self.cell, self.row_weight)

    def level_weights(self) -> np.ndarray:
        """What the rows of each level weigh."""
        return np.bincount(self.y, self.weight, self.levels)


def group_rows(
    columns: Sequence[np.ndarray], y: np.ndarray, levels: int, weight: np.ndarray | None = None
) -> DesignRows:
    """Count equal (level, x) rows once; exact, and free of loss, for any model whose likelihood is a sum over rows.

    Args:
        columns: One array a driver; no missing values.
        y: Level of each row, 0 to `levels` - 1.
        weight: Of each row; None: 1.
    """
    n = len(y)
    key, size = np.asarray(y, np.int64), levels
    for column in columns:
        codes, width = _codes(np.asarray(column))
        if width > n / 2 and n > 64:  # nearly all rows differ: only the order by level is of use
            key, size = np.asarray(y, np.int64), -1
            break
        if size > 2**62 // width:
            key, size = _ranked(key)
        key, size = key * width + codes, size * width
    if size < 0:
        order = np.argsort(key, kind="stable")
        cell = np.empty(n, np.int64)
        cell[order] = np.arange(n)
        first = order
    else:
        cell, count = _looked_up(key, size) if size <= 4 * n + 65_536 else _ranked(key)
        first = np.empty(count, np.int64)
        first[cell[::-1]] = np.arange(n - 1, -1, -1)
    x = np.empty((len(first), len(columns)))
    for k, column in enumerate(columns):
        x[:, k] = np.asarray(column)[first]
    total = np.bincount(cell, weight, len(first)).astype(float)
    return DesignRows(x, np.asarray(y)[first].astype(np.int64), total, levels, cell, weight)


def _codes(column: np.ndarray) -> tuple[np.ndarray, int]:
    """A number for each distinct value, and how many numbers there are."""
    if column.dtype.kind == "b":
        return column.astype(np.int64), 2
    low, high = column.min(), column.max()
    if high - low < WIDEST:
        whole = (column - low).astype(np.int64)
        if column.dtype.kind in "iu" or (whole == column - low).all():
            return whole, int(high - low) + 1
    import pandas as pd

    codes, values = pd.factorize(column)
    return codes, len(values)


def _ranked(key: np.ndarray) -> tuple[np.ndarray, int]:
    import pandas as pd

    codes, values = pd.factorize(key, sort=True)
    return codes, len(values)


def _looked_up(key: np.ndarray, size: int) -> tuple[np.ndarray, int]:
    """`_ranked` where every possible key has a place in a table."""
    there = np.bincount(key, minlength=size) > 0
    rank = np.cumsum(there) - 1
    return rank[key], int(rank[-1]) + 1


def robust_covariance(influence: np.ndarray, rows: DesignRows, cluster: np.ndarray | None) -> np.ndarray:
    """Covariance that holds whatever the model got wrong: sums of influence over clusters (CR1), else over rows.

    Args:
        influence: One row a distinct row: what a unit of weight there moves each parameter.
        cluster: Code of each data row, 0 and up; None: each row is its own.

    Source:
        Liang, Zeger (1986), Biometrika 73, 13-22; Binder (1983), International Statistical Review 51, 279-292.
    """
    if cluster is None:
        squares = np.bincount(rows.cell, None if rows.row_weight is None else rows.row_weight**2, len(rows.y))
        return influence.T @ (squares[:, None] * influence) * (rows.n / max(rows.n - 1, 1))
    sums = cluster_sums(influence, rows, cluster)
    clusters = len(sums)
    return sums.T @ sums * (clusters / max(clusters - 1, 1))


def cluster_sums(influence: np.ndarray, rows: DesignRows, cluster: np.ndarray) -> np.ndarray:
    """Weighted sums of a quantity of the distinct rows over each cluster: one row a cluster."""
    from scipy.sparse import csr_array

    size = int(cluster.max()) + 1
    if size * len(rows.y) <= 4 * rows.n + 65_536:  # few distinct rows: count (cluster, cell) once
        counts = np.bincount(cluster * len(rows.y) + rows.cell, rows.row_weight, size * len(rows.y))
        return counts.reshape(size, -1) @ influence
    weight = np.ones(rows.n) if rows.row_weight is None else rows.row_weight
    return csr_array((weight, (cluster, rows.cell)), (size, len(rows.y))) @ np.ascontiguousarray(influence)


def concordance(score: np.ndarray, rows: DesignRows) -> tuple[float, np.ndarray]:
    """How often the row with the higher level has the higher score (ties count half), and each distinct row's influence.

    Source:
        Harrell et al. (1982), JAMA 247, 2543-2546; infinitesimal jackknife.
    """
    values, place = np.unique(np.round(score, 12), return_inverse=True)
    table = np.bincount(place * rows.levels + rows.y, rows.weight, len(values) * rows.levels).reshape(-1, rows.levels)
    below = np.cumsum(table, 0) - table / 2  # scores below, ties half, of each level
    total = table.sum(0)
    smaller = lambda a: np.cumsum(a, -1) - a
    agree = smaller(below) + (smaller((total - below)[:, ::-1]))[:, ::-1]
    pairs = smaller(total) + smaller(total[::-1])[::-1]
    count = (total * pairs).sum() / 2
    c = (table * agree).sum() / 2 / count
    return float(c), ((agree - c * pairs) / count)[place, rows.y]
