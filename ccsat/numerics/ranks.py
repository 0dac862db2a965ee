"""Two groups on ordered levels, from counts per group and level: ranks, P(better), and their intervals."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr, ndtri, stdtr, stdtrit


def midcdf(counts: np.ndarray) -> np.ndarray:
    """Share below a level plus half the share at it, along the last axis (the ridits of these counts)."""
    counts = np.asarray(counts, float)
    with np.errstate(invalid="ignore", divide="ignore"):
        return (counts.cumsum(-1) - counts / 2) / counts.sum(-1, keepdims=True)


def midranks(counts: np.ndarray) -> np.ndarray:
    """Mean rank of the rows at each level, of counts per level."""
    counts = np.asarray(counts, float)
    return counts.cumsum() - counts / 2 + 0.5


def tie_sum(counts: np.ndarray) -> float:
    """Sum of t^3 - t over levels, for the corrections for ties."""
    counts = np.asarray(counts, float)
    return float((counts**3 - counts).sum())


def two_sided(z: float, df: float = math.inf) -> float:
    """Two-sided p-value of a normal or t statistic."""
    if math.isnan(z):
        return math.nan
    return float(2 * (ndtr(-abs(z)) if math.isinf(df) else stdtr(df, -abs(z)) if math.isfinite(z) else 0.0))


def quantile(df: float = math.inf, level: float = 0.95) -> float:
    """Two-sided critical value of the normal or of Student's t."""
    return float(ndtri((1 + level) / 2) if math.isinf(df) else stdtrit(df, (1 + level) / 2))


@dataclass(frozen=True)
class RankSum:
    """Mann-Whitney: `u` counts pairs that group 1 wins (ties half), `u_other` those of group 0."""

    n: float
    n_other: float
    u: float
    u_other: float
    z: float
    p_value: float
    p_continuity: float
    mean_rank: float
    mean_rank_other: float


def rank_sum(other: np.ndarray, this: np.ndarray) -> RankSum:
    """Mann-Whitney's test with the correction for ties, of counts per level of groups 0 and 1.

    Source:
        Mann and Whitney (1947), Annals of Mathematical Statistics 18, 50-60; Lehmann (1975), Nonparametrics, 1.2-1.4.
    """
    n0, n1 = float(other.sum()), float(this.sum())
    total, pooled = n0 + n1, other + this
    ranks = midranks(pooled)
    u = float(this @ ranks) - n1 * (n1 + 1) / 2
    variance = n0 * n1 / 12 * (total + 1 - tie_sum(pooled) / (total * (total - 1))) if total > 1 else 0.0
    off = u - n0 * n1 / 2
    if variance > 1e-9 * (n0 * n1 + 1):
        z = off / math.sqrt(variance)
        p, corrected = two_sided(z), two_sided(max(abs(off) - 0.5, 0) / math.sqrt(variance))
    else:
        z, p, corrected = 0.0, 1.0, 1.0
    return RankSum(n1, n0, u, n0 * n1 - u, z, p, corrected, float(this @ ranks) / n1, float(other @ ranks) / n0)


def exact_rank_sum(other: np.ndarray, this: np.ndarray) -> float:
    """Two-sided p-value of the rank sum over all ways to deal these answers (ties as they are) to the two groups.

    Source:
        Streitberg and Roehmel (1986), Statistical Software Newsletter 12, 10-17 (shift algorithm).
    """
    pooled = (other + this).astype(int)
    doubled = np.rint(2 * midranks(pooled)).astype(int)
    n1 = int(this.sum())
    ways = np.zeros((n1 + 1, int(doubled @ pooled) + 1))  # by rows dealt to group 1 and their doubled rank sum
    ways[0, 0] = 1.0
    for n_k, rank in zip(pooled, doubled, strict=True):
        after = np.zeros_like(ways)
        for taken in range(min(n_k, n1) + 1):
            shift = taken * rank
            times = math.comb(int(n_k), taken)
            after[taken:, shift:] += times * ways[: n1 + 1 - taken, : ways.shape[1] - shift]
        ways = after
    sums = np.arange(ways.shape[1])
    mean = n1 * (pooled.sum() + 1)
    far = np.abs(sums - mean) >= abs(int(doubled @ this.astype(int)) - mean)
    return float(ways[n1, far].sum() / ways[n1].sum())


@dataclass(frozen=True)
class Better:
    """P(a row of group 1 is above one of group 0), ties half, and what each row moves it by.

    Attributes:
        value, greater, tie, less: Shares of pairs.
        influence: 2 x levels: by how much a row of weight 1 there moves `value` (sums to 0 in each group).
        variance, df: As Brunner and Munzel; independent rows.
    """

    value: float
    greater: float
    tie: float
    less: float
    influence: np.ndarray
    variance: float
    df: float


def better(other: np.ndarray, this: np.ndarray) -> Better:
    """P(better) of group 1 against group 0, from counts per level.

    Source:
        Brunner and Munzel (2000), Biometrical Journal 42, 17-25.
    """
    n0, n1 = float(other.sum()), float(this.sum())
    p1 = this / n1
    value = float(p1 @ midcdf(other))
    tie = float(p1 @ other) / n0
    influence = np.stack([(1 - midcdf(this) - value) / n0, (midcdf(other) - value) / n1])
    squares = np.array([other @ influence[0] ** 2, this @ influence[1] ** 2])
    variance, df = sum_variance(squares, np.array([n0, n1]))
    return Better(value, value - tie / 2, tie, 1 - value - tie / 2, influence, variance, df)


def sum_variance(squares: np.ndarray, units: np.ndarray) -> tuple[float, float]:
    """Variance of a sum over independent groups of units, and its degrees of freedom (Satterthwaite).

    Args:
        squares: Of each group, sum of the squared influences of its units. units: How many units.
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        parts = np.where(units > 1, squares * units / (units - 1), np.nan)
        df = parts.sum() ** 2 / (parts**2 / (units - 1)).sum()
    return float(parts.sum()), float(df) if np.isfinite(df) else float(max(units.sum() - len(units), 1))


def cliff_variance(other: np.ndarray, this: np.ndarray) -> float:
    """Unbiased variance of Cliff's delta, at least (1 - d^2) / (n1 n0 - 1).

    Source:
        Cliff (1993), Psychological Bulletin 114, 494-509.
    """
    n0, n1 = float(other.sum()), float(this.sum())
    got = better(other, this)
    delta = 2 * got.value - 1
    floor = (1 - delta**2) / max(n0 * n1 - 1, 1)
    if min(n0, n1) < 2:
        return floor
    rows = (
        n1**2 * float(this @ (2 * got.influence[1]) ** 2) * n0**2
    )  # sums of squared row means of the dominance matrix
    columns = n0**2 * float(other @ (2 * got.influence[0]) ** 2) * n1**2
    cells = n0 * n1 * (1 - got.tie - delta**2)
    return max((rows + columns - cells) / (n0 * n1 * (n0 - 1) * (n1 - 1)), floor)


def delta_interval(delta: float, variance: float, df: float, least: float, level: float = 0.95) -> tuple[float, float]:
    """Asymmetric interval of a delta of -1 to 1.

    Args:
        least: Units in the smaller group, for a delta of 1 or -1, where the variance says nothing.

    Source:
        Feng and Cliff (2004), Journal of Modern Applied Statistical Methods 3, 322-332.
    """
    z = quantile(df, level)
    if abs(delta) >= 1 - 1e-12:
        bound = (least - z**2) / (least + z**2)
        return (bound, 1.0) if delta > 0 else (-1.0, -bound)
    half = z * math.sqrt(variance) * math.sqrt((1 - delta**2) ** 2 + z**2 * variance)
    scale = 1 - delta**2 + z**2 * variance
    return (delta - delta**3 - half) / scale, (delta - delta**3 + half) / scale
