"""How two ordered columns go together, from the cross-table of their levels, with what each cell moves it by.

A measure comes with its gradient: its change per share of rows moved into a cell. The delta method turns the gradient
into the asymptotic standard error of independent rows, and its sums over clusters into the clustered one.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from ccsat.numerics.ranks import midcdf


@dataclass(frozen=True)
class Measure:
    """A measure of association: its value, and per cell of the table how much a row of weight 1 moves it."""

    value: float
    influence: np.ndarray

    def error(self, squares: np.ndarray) -> float:
        """Standard error of independent rows; `squares` is the table of squared weights (the counts without weights)."""
        return math.sqrt(float((squares * self.influence**2).sum()))


def _measure(value: float, gradient: np.ndarray, shares: np.ndarray, n: float) -> Measure:
    return Measure(float(value), (gradient - float((shares * gradient).sum())) / n)


@dataclass(frozen=True)
class Pairs:
    """Pairs of rows of a cross-table.

    Attributes:
        concordant, discordant: Shares of ordered pairs that agree and disagree in order.
        net: Per cell, share of rows that agree less that disagree with a row there.
        rows, columns: Share of pairs not tied in the row variable, and in the column variable.
        error_null: Standard error of concordant - discordant where nothing goes together, by the table's own spread.
    """

    concordant: float
    discordant: float
    agree: np.ndarray
    disagree: np.ndarray
    rows: float
    columns: float
    n: float
    shares: np.ndarray

    @property
    def net(self) -> np.ndarray:
        return self.agree - self.disagree

    @property
    def error_null(self) -> float:
        difference = self.concordant - self.discordant
        return 2 * math.sqrt(max(float((self.shares * self.net**2).sum()) - difference**2, 0.0) / self.n)


def count_pairs(table: np.ndarray) -> Pairs:
    """Concordant and discordant pairs by sums over quadrants; no pair is made."""
    n = float(table.sum())
    p = table / n
    below = np.zeros((p.shape[0] + 1, p.shape[1] + 1))
    below[1:, 1:] = p.cumsum(0).cumsum(1)
    up_left, up_right = below[:-1, :-1], below[:-1, -1:] - below[:-1, 1:]
    down_left = below[-1:, :-1] - below[1:, :-1]
    down_right = 1 - below[-1:, 1:] - below[1:, -1:] + below[1:, 1:]
    agree, disagree = up_left + down_right, up_right + down_left
    rows, columns = 1 - float((p.sum(1) ** 2).sum()), 1 - float((p.sum(0) ** 2).sum())
    return Pairs(float((p * agree).sum()), float((p * disagree).sum()), agree, disagree, rows, columns, n, p)


def ordinal_measures(table: np.ndarray) -> dict[str, Measure]:
    """Gamma, tau-b, tau-c and Somers' D (column given row, row given column, symmetric); NaN where a margin is one level.

    Source:
        Goodman and Kruskal (1963, 1972), Journal of the American Statistical Association 58, 310-364 and 67, 415-421;
        Somers (1962), American Sociological Review 27, 799-811; Brown and Benedetti (1977), JASA 72, 309-315.
    """
    pairs = count_pairs(table)
    p, difference = pairs.shares, pairs.concordant - pairs.discordant
    d_difference = 2 * pairs.net
    d_rows = -2 * np.broadcast_to(p.sum(1)[:, None], p.shape)
    d_columns = -2 * np.broadcast_to(p.sum(0)[None, :], p.shape)

    def ratio(bottom: float, d_bottom: np.ndarray) -> Measure:
        if not bottom > 1e-15:
            return Measure(math.nan, np.full(p.shape, math.nan))
        return _measure(difference / bottom, d_difference / bottom - difference * d_bottom / bottom**2, p, pairs.n)

    both = math.sqrt(max(pairs.rows * pairs.columns, 0.0))
    d_both = (d_rows * pairs.columns + d_columns * pairs.rows) / (2 * both) if both > 0 else d_rows
    least = min(table.shape)
    return {
        "gamma": ratio(pairs.concordant + pairs.discordant, 2 * (pairs.agree + pairs.disagree)),
        "tau_b": ratio(both, d_both),
        "tau_c": ratio((least - 1) / least, np.zeros(p.shape)),
        "somers_d": ratio(pairs.rows, d_rows),
        "somers_d_row": ratio(pairs.columns, d_columns),
        "somers_d_symmetric": ratio((pairs.rows + pairs.columns) / 2, (d_rows + d_columns) / 2),
    }


def kendall_variance(table: np.ndarray) -> tuple[float, float]:
    """Concordant less discordant pairs (each pair once), and their variance under independence, corrected for ties.

    Source:
        Kendall (1970), Rank Correlation Methods, ch. 4.
    """
    pairs = count_pairs(table)
    n, t, u = pairs.n, table.sum(1), table.sum(0)
    five = lambda m: float((m * (m - 1) * (2 * m + 5)).sum())
    three = lambda m: float((m * (m - 1) * (m - 2)).sum())
    two = lambda m: float((m * (m - 1)).sum())
    variance = (n * (n - 1) * (2 * n + 5) - five(t) - five(u)) / 18 + two(t) * two(u) / (2 * n * (n - 1))
    if n > 2:
        variance += three(t) * three(u) / (9 * n * (n - 1) * (n - 2))
    return (pairs.concordant - pairs.discordant) * n**2 / 2, variance


def spearman(x: np.ndarray, y: np.ndarray, weight: np.ndarray) -> Measure:
    """Spearman's correlation of coded values (0, 1, ... in order), and the influence of each entry.

    Args:
        x, y: Codes, one an entry: the cells of a cross-table, or rows. weight: Of each entry: the cell's count.
    """
    n = float(weight.sum())
    n_x, n_y = np.bincount(x, weight), np.bincount(y, weight)
    u, v = midcdf(n_x) - 0.5, midcdf(n_y) - 0.5
    s_xx, s_yy = float(n_x @ u**2) / n, float(n_y @ v**2) / n
    if not min(s_xx, s_yy) > 1e-15:
        return Measure(math.nan, np.full(len(x), math.nan))
    s_xy = float(weight @ (u[x] * v[y])) / n

    def through_ranks(own: np.ndarray, other: np.ndarray, size: int) -> np.ndarray:
        """Moving a row to a level of one variable moves the ranks above it, and with them the product sum."""
        with_level = np.bincount(own, weight * other, minlength=size) / n
        return with_level.sum() - np.cumsum(with_level) + with_level / 2

    d_xy = u[x] * v[y] + through_ranks(x, v[y], len(u))[x] + through_ranks(y, u[x], len(v))[y]
    root = math.sqrt(s_xx * s_yy)
    value = s_xy / root
    # s_xx is (1 - sum p^3) / 12, in shares p of the levels
    d_xx, d_yy = -((n_x / n) ** 2)[x] / 4, -((n_y / n) ** 2)[y] / 4
    gradient = d_xy / root - value / 2 * (d_xx / s_xx + d_yy / s_yy)
    return Measure(value, (gradient - float(weight @ gradient) / n) / n)


def partial_correlation(correlations: np.ndarray) -> float:
    """Correlation of the first two variables with the others held, from their matrix of correlations."""
    inverse = np.linalg.inv(correlations)
    return float(-inverse[0, 1] / math.sqrt(inverse[0, 0] * inverse[1, 1]))


def fisher_interval(value: float, error: float, critical: float) -> tuple[float, float]:
    """Interval of a correlation by Fisher's z; `error` is that of z."""
    if not abs(value) < 1:
        return value, value
    z = math.atanh(value)
    return math.tanh(z - critical * error), math.tanh(z + critical * error)
