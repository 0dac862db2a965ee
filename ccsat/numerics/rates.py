"""Shares and their contrasts from counts, whole or effective: intervals, odds ratios, risk ratios, detectable moves."""

from __future__ import annotations

import numpy as np
from scipy.special import betaincinv, gammaln, ndtr, ndtri

from ccsat.estimates import wilson
from ccsat.numerics.crosstab import Crosstab

INTERVALS = ("wilson", "clopper_pearson", "agresti_coull", "jeffreys")


def share_interval(
    x: np.ndarray, n: np.ndarray, *, kind: str = "wilson", level: float = 0.95
) -> tuple[np.ndarray, np.ndarray]:
    """Interval of `x` out of `n`, by one of `INTERVALS`; both may be fractions (an effective n).

    Source:
        Brown, Cai and DasGupta (2001), Statistical Science 16, 101-133.
    """
    x, n = np.asarray(x, float), np.asarray(n, float)
    if kind == "wilson":
        return wilson(x, n, level=level)
    a = (1 - level) / 2
    with np.errstate(invalid="ignore", divide="ignore"):
        if kind == "agresti_coull":
            z = float(ndtri(1 - a))
            wide = np.where(n > 0, n + z**2, np.nan)
            p = (x + z**2 / 2) / wide
            half = z * np.sqrt(p * (1 - p) / wide)
            return np.clip(p - half, 0, 1), np.clip(p + half, 0, 1)
        add = 0.5 if kind == "jeffreys" else 0.0
        lower = betaincinv(x + add, n - x + (add or 1.0), a)
        upper = betaincinv(x + (add or 1.0), n - x + add, 1 - a)
    empty = ~(n > 0)
    return (
        np.where(empty, np.nan, np.where(x <= 0, 0.0, lower)),
        np.where(empty, np.nan, np.where(x >= n, 1.0, upper)),
    )


def miettinen_nurminen(x1: float, n1: float, x0: float, n0: float, *, level: float = 0.95) -> tuple[float, float]:
    """Score interval of x1 / n1 - x0 / n0, with the N / (N - 1) factor and the exact restricted maximum.

    Source:
        Miettinen and Nurminen (1985), Statistics in Medicine 4, 213-226.
    """
    from scipy.optimize import brentq

    n, z = n1 + n0, float(ndtri((1 + level) / 2))
    apart = x1 / n1 - x0 / n0

    def excess(delta: float) -> float:
        a3, a2 = n, (n1 + 2 * n0) * delta - n - (x1 + x0)
        a1, a0 = (n0 * delta - n - 2 * x0) * delta + x1 + x0, x0 * delta * (1 - delta)
        c = (a2 / (3 * a3)) ** 3 - a1 * a2 / (6 * a3**2) + a0 / (2 * a3)
        b = (1.0 if c >= 0 else -1.0) * np.sqrt(max((a2 / (3 * a3)) ** 2 - a1 / (3 * a3), 0.0))
        turn = (np.pi + np.arccos(np.clip(c / b**3, -1, 1))) / 3 if b else 0.0
        p0 = min(max(2 * b * np.cos(turn) - a2 / (3 * a3), 0.0), 1.0)
        p1 = min(max(p0 + delta, 0.0), 1.0)
        variance = (p1 * (1 - p1) / n1 + p0 * (1 - p0) / n0) * n / (n - 1)
        return abs(apart - delta) - z * np.sqrt(max(variance, 0.0))

    edge = 1 - 1e-12
    lower = -1.0 if apart <= -edge or excess(-edge) <= 0 else brentq(excess, -edge, apart, xtol=1e-14)
    upper = 1.0 if apart >= edge or excess(edge) <= 0 else brentq(excess, apart, edge, xtol=1e-14)
    return float(lower), float(upper)


def odds_ratio(counts: np.ndarray, *, scale: float = 1.0, z: float | None = None) -> tuple[float, float, float, bool]:
    """Odds ratio of [[no, yes], [no, yes]] (second row over first), Wald limits, and whether 0.5 was added.

    The half is added only where a cell is empty (Haldane and Anscombe), so that no ratio is 0 or infinite.

    Args:
        scale: The standard error is multiplied by this (root of a design effect).
    """
    empty = bool((counts == 0).any())
    (a, b), (c, d) = counts + 0.5 if empty else counts
    error = np.sqrt(1 / a + 1 / b + 1 / c + 1 / d) * scale
    return (*_around(a * d / (b * c), error, z), empty)


def risk_ratio(counts: np.ndarray, *, scale: float = 1.0, z: float | None = None) -> tuple[float, float, float]:
    """Ratio of the shares of [[no, yes], [no, yes]] (second row over first) with Katz' limits.

    Source:
        Katz, Baptista, Azen and Pike (1978), Biometrics 34, 469-474; half a row is added where a share is 0.
    """
    counts = counts + 0.5 if (counts[:, 1] == 0).any() else counts
    x, n = counts[:, 1], counts.sum(1)
    return _around(x[1] / n[1] / (x[0] / n[0]), np.sqrt((1 / x - 1 / n).sum()) * scale, z)


def _around(value: float, error: float, z: float | None) -> tuple[float, float, float]:
    wide = np.exp((float(ndtri(0.975)) if z is None else z) * error)
    return float(value), float(value / wide), float(value * wide)


def conditional_odds_ratio(counts: np.ndarray, *, level: float = 0.95) -> tuple[float, float, float]:
    """Odds ratio given the margins by maximum likelihood, with its exact interval; 0 and infinity where they are.

    Source:
        Fisher (1935); Mantel and Fleiss (1980); the definition of R's fisher.test.
    """
    from scipy.optimize import brentq

    counts = np.asarray(counts, float)
    x, ones, row, n = counts[1, 1], counts[:, 1].sum(), counts[1].sum(), counts.sum()
    support = np.arange(max(0.0, row + ones - n), min(row, ones) + 1)
    base = -sum(gammaln(part + 1) for part in (support, ones - support, row - support, n - ones - row + support))

    def chance(log_ratio: float) -> np.ndarray:
        p = base + log_ratio * support
        p = np.exp(p - p.max())
        return p / p.sum()

    def root(f) -> float:
        return float(np.exp(brentq(f, -60, 60, xtol=1e-13)))

    a = (1 - level) / 2
    low, high = x == support[0], x == support[-1]
    value = np.nan if low and high else 0.0 if low else np.inf if high else root(lambda b: support @ chance(b) - x)
    lower = 0.0 if low else root(lambda b: chance(b)[support >= x].sum() - a)
    upper = np.inf if high else root(lambda b: chance(b)[support <= x].sum() - a)
    return float(value), float(lower), float(upper)


def cohen_h(p1: float, p0: float) -> float:
    """Difference of the arcsine-transformed shares."""
    return float(2 * np.arcsin(np.sqrt(p1)) - 2 * np.arcsin(np.sqrt(p0)))


def detectable_share_difference(
    share: float, n1: float, n0: float, *, power: float = 0.8, level: float = 0.95
) -> float:
    """The smallest difference from a share that two groups of these sizes find with this power (towards 0.5)."""
    from scipy.optimize import brentq

    if not (n1 > 0 and n0 > 0):
        return float("nan")
    side = 1.0 if share <= 0.5 else -1.0
    z, zp = float(ndtri((1 + level) / 2)), float(ndtri(power))

    def lacking(move: float) -> float:
        other = share + side * move
        pooled = (n1 * other + n0 * share) / (n1 + n0)
        null = np.sqrt(pooled * (1 - pooled) * (1 / n1 + 1 / n0))
        return move - z * null - zp * np.sqrt(other * (1 - other) / n1 + share * (1 - share) / n0)

    most = (1 - share if side > 0 else share) - 1e-9
    return float(brentq(lacking, 0.0, most)) if lacking(0.0) < 0 < lacking(most) else float("nan")


def pooled_share_effect(table: Crosstab) -> float:
    """Design effect of the shares of groups (groups x no, yes), one for all; at least 1."""
    if table.moments is None:
        return 1.0
    counts = table.counts
    n = counts.sum(1)
    with np.errstate(divide="ignore", invalid="ignore"):
        p = np.nan_to_num(counts[:, 1] / n)
    values = np.zeros((len(n), *counts.shape))
    at = np.arange(len(n))
    values[at, at, 0], values[at, at, 1] = -p, 1 - p
    values = values.reshape(len(n), -1)
    robust = (
        np.einsum("ki,ij,kj->k", values, table.moments, values, optimize=True).sum()
        * table.groups
        / max(table.groups - 1, 1)
    )
    plain = (n * p * (1 - p)).sum()
    return max(1.0, float(robust / plain)) if plain > 0 else 1.0


def difference_effect(table: Crosstab) -> float:
    """Design effect of the difference of two groups' shares (no, yes in the columns); at least 1.

    Clusters that stand in both groups are taken as they are: what they share drops out of the difference.
    """
    if table.moments is None:
        return 1.0
    n = table.counts.sum(1)
    p = table.counts[:, 1] / n
    values = np.stack([-p, 1 - p], axis=1) / n[:, None] * np.array([[-1.0], [1.0]])
    plain = (p * (1 - p) / n).sum()
    return max(1.0, float(table.variance(values.ravel())[0, 0]) / plain) if plain > 0 else 1.0


def paired_difference(counts: np.ndarray, *, level: float = 0.95) -> tuple[float, float, float]:
    """Share of yes in the second wave less that in the first, from [[no no, no yes], [yes no, yes yes]], with limits.

    Source:
        Newcombe (1998), Statistics in Medicine 17, 2635-2650, method 10.
    """
    n = counts.sum()
    x1, x2 = counts[1].sum(), counts[:, 1].sum()
    (l1, l2), (u1, u2) = wilson(np.array([x1, x2]), np.array([n, n]), level=level)
    p1, p2 = x1 / n, x2 / n
    cross = counts[1, 1] * counts[0, 0] - counts[1, 0] * counts[0, 1]
    margins = np.sqrt(counts[0].sum() * counts[1].sum() * counts[:, 0].sum() * counts[:, 1].sum())
    cross = cross - n / 2 if cross > n / 2 else min(cross, 0.0)
    phi = cross / margins if margins > 0 else 0.0
    lower = np.sqrt(max((p2 - l2) ** 2 - 2 * phi * (p2 - l2) * (u1 - p1) + (u1 - p1) ** 2, 0.0))
    upper = np.sqrt(max((u2 - p2) ** 2 - 2 * phi * (u2 - p2) * (p1 - l1) + (p1 - l1) ** 2, 0.0))
    return float(p2 - p1), float(p2 - p1 - lower), float(p2 - p1 + upper)


def power_shares(share: float, share_baseline: float, n: float, n_baseline: float, *, level: float = 0.95) -> float:
    """Chance that a two-sided two-proportion test finds this difference, with these rows a group."""
    pooled = (n * share + n_baseline * share_baseline) / (n + n_baseline)
    null = np.sqrt(pooled * (1 - pooled) * (1 / n + 1 / n_baseline))
    error = np.sqrt(share * (1 - share) / n + share_baseline * (1 - share_baseline) / n_baseline)
    return float(ndtr((abs(share - share_baseline) - float(ndtri((1 + level) / 2)) * null) / error))
