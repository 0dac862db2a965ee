"""Several groups on ordered levels, from counts per group and level."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy.special import chdtrc, chdtri, chndtr, chndtrinc, fdtrc, ndtr

from ccsat.numerics.ranks import midcdf, midranks, rank_sum, tie_sum, two_sided


def chi2_limits(statistic: float, df: float, level: float = 0.95) -> tuple[float, float]:
    """Limits of the noncentrality that a chi-square statistic leaves possible.

    Source:
        Steiger (2004), Psychological Methods 9, 164-182.
    """
    tail = (1 - level) / 2

    def limit(p: float) -> float:
        if not statistic > 0 or chndtr(statistic, df, 0) <= p:
            return 0.0
        return float(chndtrinc(statistic, df, p))

    return limit(1 - tail), limit(tail)


def chi2_found(df: float, *, alpha: float = 0.05, power: float = 0.8) -> float:
    """Noncentrality that a chi-square test finds with this power."""
    return float(chndtrinc(chdtri(df, alpha), df, 1 - power))


@dataclass(frozen=True)
class Kruskal:
    """Kruskal-Wallis: `statistic` is H with the correction for ties."""

    statistic: float
    df: int
    p_value: float
    n: float
    mean_ranks: np.ndarray
    rank_variance: float


def kruskal(counts: np.ndarray) -> Kruskal:
    """Kruskal and Wallis's test on groups x levels.

    Source:
        Kruskal and Wallis (1952), Journal of the American Statistical Association 47, 583-621.
    """
    n_g, pooled = counts.sum(1), counts.sum(0)
    n = float(n_g.sum())
    ranks = midranks(pooled)
    means = counts @ ranks / n_g
    variance = (n * (n + 1) - tie_sum(pooled) / (n - 1)) / 12 if n > 1 else 0.0
    df = len(counts) - 1
    statistic = float(n_g @ (means - (n + 1) / 2) ** 2 / variance) if variance > 1e-9 * n else 0.0
    return Kruskal(statistic, df, float(chdtrc(df, statistic)), n, means, variance)


def mean_ridits(counts: np.ndarray) -> np.ndarray:
    """Of each group, P(a row of it is above a row of all), ties half.

    Source:
        Bross (1958), Biometrics 14, 18-38; Brunner and Puri (2001), Statistical Papers 42, 1-52.
    """
    return counts @ midcdf(counts.sum(0)) / counts.sum(1)


def ridit_influence(counts: np.ndarray, group: int) -> np.ndarray:
    """By how much a row in each cell moves the mean ridit of one group: by its own ridit there, elsewhere by being beaten."""
    n_g = counts.sum(1)
    beaten = 1 - midcdf(counts[group])
    made = (n_g / n_g.sum())[:, None] * (beaten[None, :] - (counts @ beaten / n_g)[:, None])
    against = midcdf(counts.sum(0))
    made[group] += against - float(counts[group] @ against) / n_g[group]
    return made / n_g[:, None]


def equal_means(
    means: np.ndarray, covariance: np.ndarray, weight: np.ndarray, units: float
) -> tuple[float, float, float, float]:
    """Are means equal, with a covariance of any form? F, its two degrees of freedom, and p.

    The weighted sum of squares about the weighted mean over its expectation under "equal", with Satterthwaite's degrees
    of freedom: for independent rows it is H / (groups - 1), so that small groups count for as little as there. The second
    degrees of freedom are the covariance's own, not multiplied up, which unequal clusters need.

    Args:
        weight: Of each mean, its rows. units: Degrees of freedom of the covariance: clusters less groups, or so.

    Source:
        Rao and Scott (1984), Annals of Statistics 12, 46-60; Thomas and Rao (1987), JASA 82, 630-636 (F form).
    """
    k = len(means)
    form = np.diag(weight) - np.outer(weight, weight) / weight.sum()
    spread = form @ covariance
    trace = float(np.trace(spread))
    if not trace > 0:
        return 0.0, float(k - 1), units, 1.0
    statistic = float(means @ form @ means) / trace
    df = trace**2 / float(np.trace(spread @ spread))
    return statistic, df, units, float(fdtrc(df, units, statistic))


def pairs(groups: int) -> np.ndarray:
    """All pairs of groups, in order, as two rows of numbers."""
    return np.stack(np.triu_indices(groups, 1))


def dunn(counts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """z and two-sided p of each pair's mean ranks.

    Source:
        Dunn (1964), Technometrics 6, 241-252.
    """
    whole, (a, b) = kruskal(counts), pairs(len(counts))
    n_g = counts.sum(1)
    with np.errstate(invalid="ignore", divide="ignore"):
        z = (whole.mean_ranks[a] - whole.mean_ranks[b]) / np.sqrt(whole.rank_variance * (1 / n_g[a] + 1 / n_g[b]))
    z = np.nan_to_num(z, nan=0.0)
    return z, np.array([two_sided(one) for one in z])


def conover(counts: np.ndarray) -> tuple[np.ndarray, float, np.ndarray]:
    """t, degrees of freedom and two-sided p of each pair's mean ranks, after Kruskal and Wallis's test.

    Source:
        Conover and Iman (1979), Los Alamos report LA-7677-MS.
    """
    whole, (z, _) = kruskal(counts), dunn(counts)
    df = whole.n - len(counts)
    with np.errstate(invalid="ignore", divide="ignore"):
        t = z / np.sqrt((whole.n - 1 - whole.statistic) / df)
    return t, df, np.array([two_sided(one, df) for one in t])


def dscf(counts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Studentised rank sums of each pair ranked by itself, and p against the range of all groups.

    Source:
        Critchlow and Fligner (1991), Communications in Statistics - Theory and Methods 20, 127-139.
    """
    from scipy.stats import studentized_range

    statistic = np.array([-math.sqrt(2) * rank_sum(counts[a], counts[b]).z for a, b in pairs(len(counts)).T])
    return statistic, studentized_range.sf(np.abs(statistic), len(counts), np.inf)


def median_split(counts: np.ndarray, positions: np.ndarray) -> tuple[float, np.ndarray, float, int, float]:
    """Mood's test: the grand median, rows above it and not (groups x 2), chi-square, degrees of freedom, p.

    Source:
        Mood (1950), Introduction to the Theory of Statistics, 394-395.
    """
    pooled = counts.sum(0)
    median = weighted_median(positions, pooled)
    above = counts[:, positions > median].sum(1)
    table = np.stack([above, counts.sum(1) - above], axis=1)
    columns, n = table.sum(0), table.sum()
    df = len(counts) - 1
    if not (columns > 0).all():
        return median, table, 0.0, df, 1.0
    expected = np.outer(table.sum(1), columns) / n
    statistic = float(((table - expected) ** 2 / expected).sum())
    return median, table, statistic, df, float(chdtrc(df, statistic))


def weighted_median(values: np.ndarray, counts: np.ndarray) -> float:
    """The middle value of counted ones, or the mean of the two middle values."""
    up_to, half = np.cumsum(counts), counts.sum() / 2
    first = int(np.searchsorted(up_to, half - 1e-9 * max(half, 1)))
    if abs(up_to[first] - half) <= 1e-9 * max(half, 1):
        following = first + 1 + int(np.argmax(counts[first + 1 :] > 0))
        return float(values[first] + values[following]) / 2
    return float(values[first])


@dataclass(frozen=True)
class Trend:
    """Jonckheere-Terpstra: `statistic` counts pairs that rise with the groups, ties half."""

    statistic: float
    mean: float
    variance: float
    z: float
    p_value: float
    p_increasing: float


def jonckheere(counts: np.ndarray) -> Trend:
    """Do answers rise along ordered groups (rows)? Variance corrected for ties in both.

    Source:
        Jonckheere (1954), Biometrika 41, 133-145; Kendall (1970), Rank Correlation Methods, ch. 4 (ties).
    """
    n_g, t, n = counts.sum(1), counts.sum(0), float(counts.sum())
    below = np.cumsum(counts, axis=0) - counts  # rows of the groups before
    statistic = float((counts * (np.cumsum(below, axis=1) - below / 2)).sum())
    mean = (n**2 - float((n_g**2).sum())) / 4
    five = lambda m: float((m * (m - 1) * (2 * m + 5)).sum())
    three = lambda m: float((m * (m - 1) * (m - 2)).sum())
    two = lambda m: float((m * (m - 1)).sum())
    variance = (n * (n - 1) * (2 * n + 5) - five(n_g) - five(t)) / 72 + two(n_g) * two(t) / (8 * n * (n - 1))
    if n > 2:
        variance += three(n_g) * three(t) / (36 * n * (n - 1) * (n - 2))
    z = (statistic - mean) / math.sqrt(variance) if variance > 1e-9 * n else 0.0
    return Trend(statistic, mean, variance, z, two_sided(z), float(ndtr(-z)))
