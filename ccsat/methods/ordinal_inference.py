"""From estimates and their covariance to intervals, tests and the smallest effect that would be found."""

from __future__ import annotations

import numpy as np
from scipy.special import ndtri, stdtr, stdtrit


def limits(value: np.ndarray, se: np.ndarray, df: float, level: float = 0.95) -> tuple[np.ndarray, np.ndarray]:
    """Wald interval: t with df, normal where df is infinite."""
    q = quantile((1 + level) / 2, df)
    return value - q * se, value + q * se


def quantile(p: float, df: float) -> float:
    """Of Student's t; of the normal where df is infinite."""
    return float(ndtri(p)) if np.isinf(df) else float(stdtrit(df, p))


def p_two_sided(value: np.ndarray, se: np.ndarray, df: float) -> np.ndarray:
    """Of value / se; NaN where there is no standard error."""
    with np.errstate(divide="ignore", invalid="ignore"):
        z = -np.abs(np.asarray(value) / np.asarray(se))
    return 2 * stdtr(1e12 if np.isinf(df) else df, z)


def wald(value: np.ndarray, covariance: np.ndarray, df: float) -> tuple[float, float]:
    """Statistic and p of "all are 0": chi-square; with few clusters F with df - k + 1 (Korn, Graubard 1990)."""
    from scipy.stats import chi2, f

    k = len(value)
    statistic = float(value @ np.linalg.lstsq(covariance, value)[0])
    if np.isinf(df):
        return statistic, float(chi2.sf(statistic, k))
    left = df - k + 1
    return statistic, float(f.sf(statistic * left / (df * k), k, left)) if left > 0 else np.nan


def detectable(se: float, df: float, k: int = 1) -> float:
    """The smallest value that a test of k values at 5 % finds in four cases of five."""
    if k == 1:
        return (quantile(0.975, df) + quantile(0.8, df)) * se
    from scipy.special import chndtrinc
    from scipy.stats import chi2

    return float(np.sqrt(chndtrinc(chi2.ppf(0.95, k), k, 0.2))) * se


def apart(value: np.ndarray, covariance: np.ndarray, df: float, *, clearly: bool) -> tuple[float, float]:
    """Of levels against a reference (0): the difference of two, above 0, and its half-width, which holds for any two (Scheffe).

    Args:
        clearly: The two with the largest difference over its standard error; else with the largest difference.
    """
    from scipy.stats import chi2, f

    k = len(value)
    full = np.zeros((k + 1,) * 2)
    full[1:, 1:] = covariance
    both = np.concatenate([[0.0], value])
    gap = both[:, None] - both[None, :]
    diagonal = np.diag(full)
    se = np.sqrt(np.maximum(diagonal[:, None] + diagonal[None, :] - 2 * full, 0))
    with np.errstate(divide="ignore", invalid="ignore"):
        which = np.unravel_index(np.nanargmax(np.where(se > 0, gap / se if clearly else gap, -np.inf)), gap.shape)
    left = max(df - k + 1, 1)
    factor = chi2.ppf(0.95, k) if np.isinf(df) else k * f.ppf(0.95, k, left) * df / left
    return float(gap[which]), float(np.sqrt(factor) * se[which])
