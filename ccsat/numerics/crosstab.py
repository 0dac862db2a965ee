"""Coded cross-tables: columns as codes, counts of their combinations, and how these vary between clusters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd


def code_levels(column: pd.Series, *, unused: bool = False) -> tuple[np.ndarray, list]:
    """A column as codes 0, 1, ... and the levels they stand for; missing values are -1.

    Ordered and unordered categories keep their order (without the levels that no row has, unless `unused`); the rest
    is sorted.
    """
    if isinstance(column.dtype, pd.CategoricalDtype):
        codes, levels = column.cat.codes.to_numpy(), column.cat.categories
        if not unused:
            seen = np.bincount(codes[codes >= 0] if (codes < 0).any() else codes, minlength=len(levels)) > 0
            if not seen.all():
                to = np.append(np.cumsum(seen) - 1, -1)  # the last takes the code of missing values
                codes, levels = to[codes], levels[seen]
        return codes, list(levels)
    try:
        codes, levels = pd.factorize(column, sort=True)
    except TypeError:  # values of several types have no order of their own
        codes, levels = pd.factorize(column.astype(object))
        order = sorted(range(len(levels)), key=lambda k: str(levels[k]))
        codes = np.append(np.argsort(order), -1)[codes]
        levels = [levels[k] for k in order]
    return codes, list(levels)


def code_table(
    a: np.ndarray, b: np.ndarray, *, sizes: tuple[int, int] | None = None, weight: np.ndarray | None = None
) -> np.ndarray:  # fmt: skip
    """Counts (or sums of `weight`) of two coded columns: one row a code of `a`, one column a code of `b`.

    Args:
        a, b: Codes from 0, none missing.
        sizes: Numbers of levels; from the codes where not given.
    """
    sizes = sizes or (int(a.max(initial=-1)) + 1, int(b.max(initial=-1)) + 1)
    return code_cube((a, b), sizes, weight=weight)


def code_cube(codes: Sequence[np.ndarray], sizes: Sequence[int], *, weight: np.ndarray | None = None) -> np.ndarray:
    """Counts (or sums of `weight`) of the combinations of any number of coded columns, one axis a column."""
    cells = int(np.prod(sizes))
    counts = np.bincount(cell_codes(codes, sizes), weight, minlength=cells)
    return counts.reshape(tuple(sizes)).astype(float)


def cell_codes(codes: Sequence[np.ndarray], sizes: Sequence[int]) -> np.ndarray:
    """One code for each combination of codes: the place in the flattened cube."""
    cell = np.asarray(codes[0]).astype(np.int64)
    for code, size in zip(codes[1:], sizes[1:], strict=True):
        cell = cell * size + code
    return cell


def cell_moments(
    cell: np.ndarray, cells: int, *, cluster: np.ndarray | None = None, weight: np.ndarray | None = None
) -> tuple[np.ndarray, int]:  # fmt: skip
    """Sum over clusters of each cluster's counts times themselves, and the number of clusters.

    For counts n_g of cluster g over the cells it is the sum of n_g n_g', from which the variance of any total of
    a per-cell value follows. Rows are their own clusters where none is given.
    """
    weight = np.ones(len(cell)) if weight is None else np.asarray(weight, float)
    if cluster is None:
        return np.diag(np.bincount(cell, weight**2, minlength=cells)), int((weight > 0).sum())
    groups = int(cluster.max()) + 1
    if groups * cells <= 4_000_000:
        flat = np.bincount(np.asarray(cluster, np.int64) * cells + cell, weight, minlength=groups * cells)
        counts = flat.reshape(groups, cells)
        return counts.T @ counts, groups
    from scipy.sparse import csr_array

    counts = csr_array((weight, (cluster, cell)), shape=(groups, cells))
    counts.sum_duplicates()
    return (counts.T @ counts).toarray(), groups


@dataclass(frozen=True)
class Crosstab:
    """A table of counts, and what is needed to say how well they are known.

    Attributes:
        counts: Two or more axes; they add up to the rows (or to the rows they stand for).
        moments: See `cell_moments`, over the flattened cells; None: independent rows, each counted once or as often
            as equal rows.
        groups: Clusters behind the moments.
    """

    counts: np.ndarray
    moments: np.ndarray | None = None
    groups: int | None = None

    @property
    def n(self) -> float:
        """Rows."""
        return float(self.counts.sum())

    @property
    def plain(self) -> bool:
        """Whether the rows are independent and counted whole, as exact tests need."""
        return self.moments is None and bool(np.all(self.counts == np.round(self.counts)))

    @property
    def df_error(self) -> float:
        """Degrees of freedom of the variance between clusters."""
        return np.inf if self.groups is None else float(max(self.groups - self.means, 1))

    @property
    def means(self) -> int:
        """How many means the clusters vary about: one, or one a level where every cluster is in one level of an axis."""
        if self.moments is None or not (self.moments - np.diag(np.diag(self.moments))).any():
            return 1
        means, shape = 1, self.counts.shape
        for axis, size in enumerate(shape[:-1]):
            level = np.indices(shape)[axis].ravel()
            if not self.moments[level[:, None] != level].any():
                means = max(means, size)
        return means

    def variance(self, values: np.ndarray) -> np.ndarray:
        """Covariance of the totals of per-cell values.

        Args:
            values: One row a total, one column a cell; each total's mean over the rows is taken off first where
                it is to be the variance about it.
        """
        values = np.atleast_2d(values)
        if self.moments is None:
            return (values * self.counts.ravel()) @ values.T
        return values @ self.moments @ values.T * (self.groups / max(self.groups - 1, 1))

    def merged(self, axis: int, keep: Sequence[int]) -> Crosstab:
        """The table of some levels of one axis."""
        where = np.zeros(self.counts.shape, bool)
        index = [slice(None)] * self.counts.ndim
        index[axis] = list(keep)
        where[tuple(index)] = True
        flat = where.ravel()
        moments = None if self.moments is None else self.moments[np.ix_(flat, flat)]
        return Crosstab(np.take(self.counts, keep, axis), moments, self.groups)


def crosstab(
    codes: Sequence[np.ndarray], sizes: Sequence[int], *, weight: np.ndarray | None = None, kind: str = "sampling",
    cluster: np.ndarray | None = None,
) -> Crosstab:  # fmt: skip
    """A `Crosstab` of coded columns.

    Args:
        kind: Of the weights: "frequency" (so many equal rows) or "sampling" (scaled to add up to the rows).
    """
    if weight is not None and kind == "sampling":
        weight = weight * (len(weight) / weight.sum())
    cell = cell_codes(codes, sizes)
    counts = np.bincount(cell, weight, minlength=int(np.prod(sizes))).reshape(tuple(sizes)).astype(float)
    if cluster is None and (weight is None or kind == "frequency"):
        return Crosstab(counts)
    return Crosstab(counts, *cell_moments(cell, counts.size, cluster=cluster, weight=weight))
