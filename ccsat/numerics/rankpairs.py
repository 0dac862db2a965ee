"""The same rows answered several times: signed ranks, Friedman, Quade and Page, from distinct rows with counts."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy.special import bdtr, chdtrc, fdtrc, ndtr
from scipy.stats import rankdata

from ccsat.numerics.ranks import midranks, two_sided


def distinct_rows(values: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Distinct rows of a matrix, how often each is there, and the number of each row's."""
    codes, size = np.zeros(len(values), np.int64), 1
    columns = []
    for column in values.T:
        levels, code = np.unique(column, return_inverse=True)
        columns.append(levels)
        codes, size = codes * len(levels) + code, size * len(levels)
        if size > 1 << 40:
            rows, code, n = np.unique(values, axis=0, return_inverse=True, return_counts=True)
            return rows, n.astype(float), code.ravel()
    found, code, n = np.unique(codes, return_inverse=True, return_counts=True)
    rows = np.empty((len(found), values.shape[1]))
    for k in range(values.shape[1] - 1, -1, -1):
        found, at = np.divmod(found, len(columns[k]))
        rows[:, k] = columns[k][at]
    return rows, n.astype(float), code


@dataclass(frozen=True)
class SignedRank:
    """Wilcoxon's signed ranks of differences.

    Attributes:
        v: Sum of the ranks of differences above 0, zeros left out. z, p_value: Of it, corrected for ties.
        p_exact: Over all signs, where there are at most 50 differences; else None.
        z_pratt, p_pratt: With zeros ranked and then left out. p_sign: Sign test.
        n, n_nonzero, n_up: Rows, those that moved, and those that rose.
        value: Matched rank-biserial correlation of those that moved; influence: of a row at each difference.
    """

    v: float
    z: float
    p_value: float
    p_exact: float | None
    z_pratt: float
    p_pratt: float
    p_sign: float
    n: float
    n_nonzero: float
    n_up: float
    value: float
    influence: np.ndarray


EXACT_MOST = 50


def signed_rank(differences: np.ndarray, counts: np.ndarray) -> SignedRank:
    """Signed ranks of distinct differences with counts.

    Source:
        Wilcoxon (1945), Biometrics Bulletin 1, 80-83; Pratt (1959), Journal of the American Statistical Association 54,
        655-667; Kerby (2014), Comprehensive Psychology 3, 11.IT.3.1 (effect); its variance that of Walsh averages.
    """
    size, code = np.unique(np.abs(differences), return_inverse=True)
    signs, at = np.sign(differences), np.bincount(code, counts, minlength=len(size))
    moved = np.where(size > 0, at, 0.0)
    n, n_moved = float(counts.sum()), float(moved.sum())
    ranks, ranks_all = midranks(moved)[code], midranks(at)[code]
    up = float(counts[signs > 0].sum())
    v = float((counts * ranks)[signs > 0].sum())
    total = n_moved * (n_moved + 1) / 2
    variance = float((counts * ranks**2)[signs != 0].sum()) / 4
    z = (v - total / 2) / math.sqrt(variance) if variance > 0 else 0.0
    pratt = float((counts * ranks_all**2)[signs != 0].sum())
    z_pratt = float((counts * ranks_all * signs).sum()) / math.sqrt(pratt) if pratt > 0 else 0.0
    p_sign = min(1.0, 2 * float(bdtr(min(up, n_moved - up), int(n_moved), 0.5))) if n_moved else 1.0
    exact = _exact(ranks, counts, signs, v) if 0 < n_moved <= EXACT_MOST and (counts == counts.round()).all() else None
    value = 2 * v / total - 1 if total else 0.0
    return SignedRank(v, z, two_sided(z), exact, z_pratt, two_sided(z_pratt), p_sign, n, n_moved, up, value,
                      _walsh(moved, code, counts, signs, value))  # fmt: skip


def _exact(ranks, counts, signs, v) -> float:
    """Over all signs of the differences, ties as they are."""
    doubled, times = np.rint(2 * ranks[signs != 0]).astype(int), counts[signs != 0].astype(int)
    ways = np.zeros(int(doubled @ times) + 1)
    ways[0] = 1.0
    for rank, n in zip(doubled, times, strict=True):
        for _ in range(n):
            ways[rank:] = ways[rank:] + ways[: len(ways) - rank]
    far = np.abs(2 * np.arange(len(ways)) - (len(ways) - 1)) >= abs(4 * v - (len(ways) - 1)) - 1e-6
    return float(ways[far].sum() / ways.sum())


def _walsh(moved: np.ndarray, code: np.ndarray, counts: np.ndarray, signs: np.ndarray, value: float) -> np.ndarray:
    """By how much a row at each difference moves the value: twice its mean sign with the others', less the value, over n.

    The value is the mean, over pairs of rows that moved, of the sign of the pair's sum.
    """
    n = moved.sum()
    if n < 2:
        return np.zeros(len(code))
    net = np.bincount(code, counts * signs, minlength=len(moved))  # rises less falls at each size
    smaller = np.cumsum(moved) - moved
    larger = net.sum() - np.cumsum(net)
    mean_sign = (signs * (smaller[code] + moved[code] / 2) + larger[code] + net[code] / 2) / n
    return np.where(signs != 0, 2 * (mean_sign - value) / n, 0.0)


@dataclass(frozen=True)
class Friedman:
    """Friedman's test of columns of the same rows, with Kendall's W."""

    statistic: float
    df: int
    p_value: float
    w: float
    n: float
    mean_ranks: np.ndarray


def row_ranks(rows: np.ndarray) -> np.ndarray:
    """Mid-ranks within each row."""
    return rankdata(rows, axis=1)


def friedman(rows: np.ndarray, counts: np.ndarray) -> Friedman:
    """Friedman's test with the correction for ties, on distinct rows with counts.

    Source:
        Friedman (1937), Journal of the American Statistical Association 32, 675-701; Kendall and Smith (1939), Annals
        of Mathematical Statistics 10, 275-287 (W).
    """
    n, k = float(counts.sum()), rows.shape[1]
    ranks = row_ranks(rows)
    means = counts @ ranks / n
    spread = float(counts @ ((ranks - (k + 1) / 2) ** 2).sum(1)) / (k - 1)
    statistic = float(n**2 * ((means - (k + 1) / 2) ** 2).sum() / spread) if spread > 0 else 0.0
    return Friedman(statistic, k - 1, float(chdtrc(k - 1, statistic)), statistic / (n * (k - 1)), n, means)


def quade(rows: np.ndarray, counts: np.ndarray) -> tuple[float, int, float, float]:
    """Quade's test: as Friedman's, rows with a wider range counting more. F, its degrees of freedom, p.

    Source:
        Quade (1979), Journal of the American Statistical Association 74, 680-683.
    """
    n, k = float(counts.sum()), rows.shape[1]
    wide = rows.max(1) - rows.min(1)
    size, code = np.unique(wide, return_inverse=True)
    weight = midranks(np.bincount(code, counts))[code]
    scores = weight[:, None] * (row_ranks(rows) - (k + 1) / 2)
    total, between = float(counts @ (scores**2).sum(1)), float(((counts @ scores) ** 2).sum()) / n
    df = (n - 1) * (k - 1)
    if total - between <= 1e-12 * max(total, 1.0):
        return (0.0, k - 1, df, 1.0) if between <= 1e-12 * max(total, 1.0) else (math.inf, k - 1, df, 0.0)
    statistic = (n - 1) * between / (total - between)
    return statistic, k - 1, df, float(fdtrc(k - 1, df, statistic))


@dataclass(frozen=True)
class PageTrend:
    """Page's L: columns in an order, answers rising along it."""

    statistic: float
    mean: float
    variance: float
    z: float
    p_value: float
    p_increasing: float


def page(rows: np.ndarray, counts: np.ndarray) -> PageTrend:
    """Page's trend test with the correction for ties (scipy's has none).

    Source:
        Page (1963), Journal of the American Statistical Association 58, 216-230; Hollander, Wolfe, Chicken (2014), 7.2.
    """
    n, k = float(counts.sum()), rows.shape[1]
    ranks, order = row_ranks(rows), np.arange(1.0, k + 1)
    statistic, mean = float(order @ (counts @ ranks)), n * k * (k + 1) ** 2 / 4
    centred = float(((order - (k + 1) / 2) ** 2).sum())
    variance = float(counts @ ((ranks - (k + 1) / 2) ** 2).sum(1)) * centred / (k - 1)
    z = (statistic - mean) / math.sqrt(variance) if variance > 0 else 0.0
    return PageTrend(statistic, mean, variance, z, two_sided(z), float(ndtr(-z)))
