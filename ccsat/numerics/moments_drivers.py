"""Moments of many columns by group in one pass, and their totals in bootstrap and jackknife draws of groups."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

BLOCK = 8192  # rows that stay in cache
MOST_GROUPS = 1000  # more are pooled at random into so many: the variance of a total is unbiased either way


@dataclass(frozen=True)
class GroupMoments:
    """Weight, weighted sums and weighted products of columns in each group.

    Attributes:
        products: Groups x (1 + columns) x (1 + columns); the first column is the constant; columns are about `middle`.
        middle: What was taken off each column.
        n: Rows.
    """

    products: np.ndarray
    middle: np.ndarray
    n: int

    @property
    def groups(self) -> int:
        """Units that draws take or leave."""
        return len(self.products)

    def total(self) -> np.ndarray:
        """Centred moments of all rows: columns x columns."""
        return centred(self.products.sum(0)[None])[0]

    def means(self) -> np.ndarray:
        """Of each column."""
        whole = self.products.sum(0)
        return self.middle + whole[0, 1:] / whole[0, 0]

    def drawn(self, counts: np.ndarray) -> np.ndarray:
        """Centred moments in draws: draws x columns x columns.

        Args:
            counts: Draws x groups: how often each group is in the draw.
        """
        size = self.products.shape[1]
        return centred((counts @ self.products.reshape(self.groups, -1)).reshape(len(counts), size, size))

    def drawn_means(self, counts: np.ndarray) -> np.ndarray:
        """Means of the columns in draws: draws x columns."""
        sums = counts @ self.products[:, 0, :]
        return self.middle + sums[:, 1:] / sums[:, :1]

    def left_out(self) -> np.ndarray:
        """Centred moments without each group in turn: groups x columns x columns."""
        return centred(self.products.sum(0) - self.products)


def centred(products: np.ndarray) -> np.ndarray:
    """Products of a constant and columns to moments about the means, over the weight."""
    weight = products[:, 0, 0][:, None, None]
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = products[:, 0, 1:] / weight[:, 0]
        return products[:, 1:, 1:] / weight - mean[:, :, None] * mean[:, None, :]


def group_moments(
    columns: np.ndarray, group: np.ndarray | None, groups: int, weight: np.ndarray | None = None
) -> GroupMoments:
    """One pass over rows.

    Args:
        columns: Rows x columns, complete. group: Code of each row, 0 to `groups` - 1; None: one group of all.
        weight: Of each row.
    """
    n, k = columns.shape
    middle = np.full(n, 1 / n) @ columns if weight is None else weight @ columns / weight.sum()
    if group is None:
        products = np.zeros((1, k + 1, k + 1))
        for at in range(0, n, BLOCK):
            block = np.ones((min(BLOCK, n - at), k + 1))
            np.subtract(columns[at : at + BLOCK], middle, out=block[:, 1:])
            products[0] += block.T @ (block if weight is None else weight[at : at + BLOCK, None] * block)
        return GroupMoments(products, middle, n)
    if groups == n and (weight is None) and (group == np.arange(n)).all():
        whole = np.column_stack([np.ones(n), columns - middle])
        return GroupMoments(whole[:, :, None] * whole[:, None, :], middle, n)
    order = np.argsort(group.astype(np.int16 if groups < 2**15 else np.int64), kind="stable")
    edges = np.searchsorted(group[order], np.arange(groups + 1))
    products = np.zeros((groups, k + 1, k + 1))
    for g in range(groups):
        rows = order[edges[g] : edges[g + 1]]
        block = np.empty((len(rows), k + 1))
        block[:, 0] = 1.0
        np.subtract(columns[rows], middle, out=block[:, 1:])
        products[g] = block.T @ (block if weight is None else weight[rows, None] * block)
    return GroupMoments(products, middle, n)


def robust_slopes(
    x: np.ndarray, y: np.ndarray, weight: np.ndarray | None, cluster: np.ndarray | None
) -> tuple[np.ndarray, np.ndarray]:  # fmt: skip
    """Least-squares slopes, and their covariance by sums over clusters (CR1) or rows (HC1).

    Source:
        Liang, Zeger (1986), Biometrika 73, 13-22; MacKinnon, White (1985), Journal of Econometrics 29, 305-325.
    """
    n, k = x.shape
    w = np.ones(n) if weight is None else weight / weight.mean()
    z = x - w @ x / w.sum()
    bread = np.linalg.inv(z.T @ (w[:, None] * z))
    slope = bread @ (z.T @ (w * (y - w @ y / w.sum())))
    score = (w * (y - w @ y / w.sum() - z @ slope))[:, None] * z
    if cluster is not None:
        clusters = int(cluster.max()) + 1
        score = np.stack([np.bincount(cluster, score[:, j], clusters) for j in range(k)], axis=1)
        factor = clusters / (clusters - 1) * (n - 1) / (n - k - 1)
    else:
        factor = n / (n - k - 1)
    return slope, factor * bread @ (score.T @ score) @ bread


def resampling_groups(n: int, cluster: np.ndarray | None, rng: np.random.Generator) -> tuple[np.ndarray, int]:
    """What is drawn: clusters, or rows; more than `MOST_GROUPS` of them are pooled at random."""
    code = np.arange(n) if cluster is None else cluster
    units = n if cluster is None else int(cluster.max()) + 1
    if units <= 2 * MOST_GROUPS:
        return code, units
    return (rng.permutation(units) % MOST_GROUPS)[code], MOST_GROUPS


def bootstrap_counts(groups: int, draws: int, rng: np.random.Generator) -> np.ndarray:
    """Draws x groups: how often each group comes in a sample of groups with replacement."""
    drawn = rng.integers(0, groups, (draws, groups)) + groups * np.arange(draws)[:, None]
    return np.bincount(drawn.ravel(), minlength=draws * groups).reshape(draws, groups).astype(float)
