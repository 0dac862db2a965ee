"""Whether the two sides of a table have to do with each other: chi-square, its design effect, residuals, limits."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import chdtrc, chdtri, chndtr, fdtrc, xlogy

from ccsat.numerics.crosstab import Crosstab


@dataclass(frozen=True)
class Independence:
    """Chi-square tests of one table.

    `chi2`, `g2` are of the counts as they stand, `p_value` and `g2_p_value` after the design effect, with `df_reference`
    and `df_error` degrees of freedom.
    """

    chi2: float
    g2: float
    df: int
    p_value: float
    g2_p_value: float
    design_effect: float
    df_reference: float
    df_error: float
    n: float
    shape: tuple[int, int]
    least_expected: float
    below_5: int
    cells: int

    @property
    def thin(self) -> bool:
        """Whether expected counts are too small for chi-square: any below 1, or over a fifth below 5."""
        return self.least_expected < 1 or self.below_5 > 0.2 * self.cells


def expected_counts(counts: np.ndarray) -> np.ndarray:
    """Counts that independence of rows and columns would give."""
    return np.outer(counts.sum(1), counts.sum(0)) / counts.sum()


def independence(table: Crosstab) -> Independence:
    """Pearson and likelihood-ratio chi-square, corrected for clusters and weights by Rao and Scott.

    Source:
        Rao and Scott (1984), Annals of Statistics 12, 46-60 (mean design effect, and Satterthwaite's correction for
        their spread); F reference: Thomas and Rao (1987), Journal of the American Statistical Association 82, 630-636.
    """
    table = filled(table)
    counts = table.counts
    if min(counts.shape) < 2:
        return Independence(
            0.0,
            0.0,
            0,
            1.0,
            1.0,
            1.0,
            0.0,
            np.inf,
            table.n,
            counts.shape,
            float(counts.min()),
            int((counts < 5).sum()),
            counts.size,
        )
    e = expected_counts(counts)
    chi2 = float(((counts - e) ** 2 / e).sum())
    g2 = float(2 * (xlogy(counts, counts) - xlogy(counts, e)).sum())
    df = (counts.shape[0] - 1) * (counts.shape[1] - 1)
    effect, reference = independence_effect(table)
    p, g2_p = (tail(value / effect * reference / df, reference, table.df_error) for value in (chi2, g2))
    return Independence(chi2, g2, df, p, g2_p, effect, reference, table.df_error, table.n, counts.shape, float(e.min()), int((e < 5).sum()), e.size)  # fmt: skip


def filled(table: Crosstab) -> Crosstab:
    """A table without its empty rows and columns."""
    for axis in (0, 1):
        keep = np.flatnonzero(table.counts.sum(1 - axis) > 0)
        if len(keep) < table.counts.shape[axis]:
            table = table.merged(axis, keep)
    return table


def tail(chi2: float, df: float, df_error: float = np.inf) -> float:
    """P(chi-square above `chi2`); by the F distribution where the variance has `df_error` degrees of freedom."""
    if df <= 0:
        return float("nan")
    if np.isinf(df_error):
        return float(chdtrc(df, chi2))
    return float(fdtrc(df, max(df * df_error, 1), chi2 / df))


def independence_effect(table: Crosstab) -> tuple[float, float]:
    """`mean_effect` of a table's contrasts from independence; 1 for independent rows."""
    if table.moments is None:
        return 1.0, (table.counts.shape[0] - 1.0) * (table.counts.shape[1] - 1.0)
    p = table.counts / table.n
    r, c = p.sum(1), p.sum(0)
    rows, cols = (np.eye(len(m))[:-1] - m[:-1, None] for m in (r, c))
    values = np.einsum("ai,bj->abij", rows, cols).reshape(-1, p.size)
    null = np.kron(np.diag(r[:-1]) - np.outer(r[:-1], r[:-1]), np.diag(c[:-1]) - np.outer(c[:-1], c[:-1])) * table.n
    robust = table.variance(values - (values @ p.ravel())[:, None])
    return mean_effect(null, robust, table.df_error)


def mean_effect(null: np.ndarray, robust: np.ndarray, df_error: float) -> tuple[float, float]:
    """Mean of the generalised design effects, and the degrees of freedom that their spread leaves.

    The effect is at least 1: what clustering adds is taken, what it spares is not. The spread is freed of what the
    few clusters themselves add to it (the mean square of a Wishart matrix).
    """
    df = len(null)
    if not df:
        return 1.0, 0.0
    effects = np.linalg.pinv(null) @ robust
    total, square = float(np.trace(effects)), float(np.trace(effects @ effects))
    if df > 1 and np.isfinite(df_error) and df_error > 1:
        square = (square - total**2 / df_error) * df_error**2 / ((df_error - 1) * (df_error + 2))
    square = max(square, total**2 / df)
    return max(1.0, total / df), (total**2 / square if square > 0 else float(df))


def adjusted_residuals(table: Crosstab) -> np.ndarray:
    """How many standard errors each cell is from independence.

    Source:
        Haberman (1973), Biometrics 29, 205-220; between clusters the variance of the same contrast.
    """
    counts, n = table.counts, table.n
    r, c = counts.sum(1) / n, counts.sum(0) / n
    e = np.outer(r, c) * n
    variance = e * np.outer(1 - r, 1 - c)
    if table.moments is not None:
        rows, cols = (np.eye(len(m)) - m[:, None] for m in (r, c))
        values = np.einsum("ai,bj->abij", rows, cols).reshape(-1, counts.size)
        values = values - (values @ counts.ravel() / n)[:, None]
        robust = (
            np.einsum("ki,ij,kj->k", values, table.moments, values, optimize=True)
            * table.groups
            / max(table.groups - 1, 1)
        )
        variance = np.maximum(variance, robust.reshape(counts.shape))
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(variance > 0, (counts - e) / np.sqrt(variance), 0.0)


def noncentral_limits(chi2: float, df: float, *, level: float = 0.95) -> tuple[float, float]:
    """Limits of the noncentrality behind a chi-square.

    Source:
        Steiger (2004), Psychological Methods 9, 164-182.
    """
    from scipy.optimize import brentq

    if not df > 0 or not np.isfinite(chi2):
        return float("nan"), float("nan")

    def limit(target: float) -> float:
        if chndtr(chi2, df, 0.0) <= target:
            return 0.0
        high = chi2 + 10 * np.sqrt(chi2 + df) + 100
        return float(brentq(lambda ncp: chndtr(chi2, df, ncp) - target, 0.0, high, xtol=1e-12, rtol=1e-14))

    return limit((1 + level) / 2), limit((1 - level) / 2)


def detectable_chi2(df: float, *, power: float = 0.8, alpha: float = 0.05) -> float:
    """The noncentrality that a chi-square test finds with this power."""
    from scipy.optimize import brentq

    critical = chdtri(df, alpha)
    return float(brentq(lambda ncp: 1 - chndtr(critical, df, ncp) - power, 1e-6, 50 + 20 * df))
