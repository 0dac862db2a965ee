"""Tables within strata: Mantel-Haenszel, whether the strata agree, and the generalised test."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import chdtrc, ndtri

from ccsat.numerics.crosstab import Crosstab
from ccsat.numerics.independence import mean_effect, tail


@dataclass(frozen=True)
class Pooled:
    """Mantel-Haenszel odds ratio and share difference over strata, their tests, and whether the strata agree."""

    odds_ratio: float
    log_error: float
    difference: float
    difference_error: float
    chi2: float
    p_value: float
    chi2_continuity: float
    p_continuity: float
    breslow_day: float
    tarone: float
    homogeneity_df: int
    design_effect: float

    @property
    def breslow_day_p(self) -> float:
        """p-value of equal odds ratios."""
        return float(chdtrc(self.homogeneity_df, self.breslow_day)) if self.homogeneity_df > 0 else float("nan")

    @property
    def tarone_p(self) -> float:
        """p-value of equal odds ratios, with Tarone's correction."""
        return float(chdtrc(self.homogeneity_df, self.tarone)) if self.homogeneity_df > 0 else float("nan")


def mantel_haenszel(table: Crosstab) -> Pooled:
    """One odds ratio over strata.

    Args:
        table: Strata x group (0, 1) x outcome (no, yes).

    Source:
        Mantel and Haenszel (1959); Robins, Breslow and Greenland (1986), Biometrics 42, 311-323; Sato (1989),
        Biometrics 45, 1323-1324; Breslow and Day (1980), 142-146; Tarone (1985), Biometrika 72, 91-95.
    """
    every = table.counts
    used = every.sum((1, 2)) > 1
    t, n = every[used], every[used].sum((1, 2))
    d, c, b, a = t[:, 0, 0], t[:, 0, 1], t[:, 1, 0], t[:, 1, 1]
    r, s = a * d / n, b * c / n
    p, q = (a + d) / n, (b + c) / n
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = r.sum() / s.sum()
        error = np.sqrt((p * r).sum() / (2 * r.sum() ** 2) + ((p * s) + (q * r)).sum() / (2 * r.sum() * s.sum())
                        + (q * s).sum() / (2 * s.sum() ** 2))  # fmt: skip
        n1, n0 = a + b, c + d
        weight = n1 * n0 / n
        difference = ((a * n0 - c * n1) / n).sum() / weight.sum()
        cross = ((n1**2 * c - n0**2 * a + n1 * n0 * (n0 - n1) / 2) / n**2).sum()
        both = ((a * (n0 - c) + c * (n1 - a)) / (2 * n)).sum()
        apart = np.sqrt(max(difference * cross + both, 0.0)) / weight.sum()
        expected = n1 * (a + c) / n
        variance = (n1 * n0 * (a + c) * (b + d) / (n**2 * (n - 1))).sum()
        gap = abs((a - expected).sum())
        effect, _ = _effect(table)
        chi2, chi2_c = gap**2 / variance, max(gap - 0.5, 0.0) ** 2 / variance
    day, tarone, df = breslow_day(t, ratio)
    return Pooled(float(ratio), float(error * np.sqrt(effect)), float(difference), float(apart * np.sqrt(effect)), float(chi2),
                  tail(chi2 / effect, 1, table.df_error), float(chi2_c), tail(chi2_c / effect, 1, table.df_error), day, tarone, df, effect)  # fmt: skip


def breslow_day(t: np.ndarray, ratio: float) -> tuple[float, float, int]:
    """Breslow-Day and Tarone chi-square of equal odds ratios, over the strata without an empty margin, and df."""
    full = (t.sum(1) > 0).all(1) & (t.sum(2) > 0).all(1)
    if full.sum() < 2 or not 0 < ratio < np.inf:
        return float("nan"), float("nan"), 0
    t = t[full]
    n1, n0, m = t[:, 1].sum(1), t[:, 0].sum(1), t[:, :, 1].sum(1)
    # a (n0 - m + a) = ratio (n1 - a)(m - a): the root within the margins
    k2, k1, k0 = 1 - ratio, n0 - m + ratio * (n1 + m), -ratio * n1 * m
    root = np.sqrt(np.maximum(k1**2 - 4 * k2 * k0, 0))
    fitted = 2 * -k0 / (k1 + root)  # the stable form of the root
    with np.errstate(divide="ignore"):
        variance = 1 / (1 / fitted + 1 / (n1 - fitted) + 1 / (m - fitted) + 1 / (n0 - m + fitted))
    gap = t[:, 1, 1] - fitted
    chi2 = float((gap**2 / variance).sum())
    return chi2, chi2 - float(gap.sum() ** 2 / variance.sum()), int(full.sum()) - 1


@dataclass(frozen=True)
class General:
    """Generalised Cochran-Mantel-Haenszel test of any association within strata."""

    chi2: float
    df: int
    p_value: float
    design_effect: float


def general_cmh(table: Crosstab) -> General:
    """Do groups differ within strata in any way? (Strata x groups x levels.)

    Source:
        Landis, Heyman and Koch (1978), International Statistical Review 46, 237-254.
    """
    total, null = _contrasts(table.counts)
    df = int(np.linalg.matrix_rank(null))
    chi2 = float(total @ np.linalg.pinv(null) @ total)
    effect, reference = _effect(table) if table.moments is not None else (1.0, float(df))
    return General(chi2, df, tail(chi2 / effect * reference / max(df, 1), reference, table.df_error), effect)


def _contrasts(counts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    size = (counts.shape[1] - 1) * (counts.shape[2] - 1)
    total, null = np.zeros(size), np.zeros((size, size))
    for t in counts:
        n = t.sum()
        if n > 1:
            r, c = t.sum(1) / n, t.sum(0) / n
            total += (t - np.outer(r, c) * n)[:-1, :-1].ravel()
            null += np.kron(*(np.diag(m[:-1]) - np.outer(m[:-1], m[:-1]) for m in (r, c))) * n**2 / (n - 1)
    return total, null


def _effect(table: Crosstab) -> tuple[float, float]:
    """Design effect of the contrasts summed over strata, and their degrees of freedom."""
    if table.moments is None:
        return 1.0, float("nan")
    parts = []
    for t in table.counts:
        n = t.sum()
        r, c = (t.sum(1) / n, t.sum(0) / n) if n else (np.zeros(t.shape[0]), np.zeros(t.shape[1]))
        rows, cols = (np.eye(len(m))[:-1] - m[:-1, None] for m in (r, c))
        values = np.einsum("ai,bj->abij", rows, cols).reshape(-1, t.size)
        parts.append(values - (values @ t.ravel() / n)[:, None] if n else np.zeros(values.shape))
    return mean_effect(_contrasts(table.counts)[1], table.variance(np.concatenate(parts, axis=1)), table.df_error)


def limits(value: float, error: float, z: float | None = None) -> tuple[float, float]:
    """Limits of a ratio from the error of its logarithm."""
    wide = float(np.exp((float(ndtri(0.975)) if z is None else z) * error))
    return value / wide, value * wide
