"""Do raters, or items, agree? Kappa, Krippendorff's alpha, intraclass correlations, Cronbach's alpha, KMO."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy.special import chdtrc, fdtrc, fdtri

METRICS = ("nominal", "ordinal", "interval")
KAPPA_WEIGHTS = ("none", "linear", "quadratic")


def kappa_weights(levels: int, kind: str) -> np.ndarray:
    """How much two answers agree, 1 for the same: "none" (all or nothing), "linear" or "quadratic" in their distance."""
    apart = np.abs(np.subtract.outer(np.arange(levels), np.arange(levels))) / max(levels - 1, 1)
    return {"none": np.eye(levels), "linear": 1 - apart, "quadratic": 1 - apart**2}[kind]


def kappa(table: np.ndarray, weights: np.ndarray) -> tuple[float, np.ndarray]:
    """Cohen's (weighted) kappa of a square table, and per cell by how much a row there moves it.

    Source:
        Cohen (1968), Psychological Bulletin 70, 213-220; Fleiss, Cohen, Everitt (1969), same 72, 323-327 (error).
    """
    n = float(table.sum())
    p = table / n
    rows, columns = p.sum(1), p.sum(0)
    seen, chance = float((weights * p).sum()), float(rows @ weights @ columns)
    if not chance < 1 - 1e-12:
        return math.nan, np.full(p.shape, math.nan)
    value = (seen - chance) / (1 - chance)
    gradient = weights / (1 - chance) - np.add.outer(weights @ columns, rows @ weights) * (1 - value) / (1 - chance)
    return value, (gradient - float((p * gradient).sum())) / n


def coincidences(rows: np.ndarray, levels: int) -> np.ndarray:
    """Of each row of level numbers (-1: not rated), its levels x levels pairs of ratings over the raters less one."""
    made = np.zeros((len(rows), levels))
    for column in rows.T:
        made[np.flatnonzero(column >= 0), column[column >= 0]] += 1
    raters = made.sum(1)
    both = np.einsum("ri,rj->rij", made, made)
    both[:, np.arange(levels), np.arange(levels)] -= made
    return both / np.maximum(raters - 1, 1)[:, None, None]


def krippendorff(coincidence: np.ndarray, values: np.ndarray, metric: str) -> np.ndarray:
    """Alpha of one table of coincidences, or of many stacked.

    Args:
        values: Number of each level, for "interval".

    Source:
        Krippendorff (2019), Content Analysis, 4th ed., ch. 12.
    """
    margins = coincidence.sum(-1)
    n = margins.sum(-1)
    if metric == "nominal":
        apart = 1 - np.eye(len(values))
    elif metric == "interval":
        apart = np.subtract.outer(values, values) ** 2.0
    else:
        middle = margins.cumsum(-1) - margins / 2
        apart = (middle[..., :, None] - middle[..., None, :]) ** 2
    expected = (margins[..., :, None] * margins[..., None, :] * apart).sum((-1, -2))
    with np.errstate(invalid="ignore", divide="ignore"):
        return 1 - (n - 1) * (coincidence * apart).sum((-1, -2)) / np.where(expected > 0, expected, np.nan)


@dataclass(frozen=True)
class Intraclass:
    """One form of the intraclass correlation: "ICC1" to "ICC3k"."""

    form: str
    value: float
    lower: float
    upper: float
    F: float
    df: float
    df_error: float
    p_value: float


def two_way(rows: np.ndarray, counts: np.ndarray) -> tuple[float, float, float, float]:
    """Mean squares of distinct rows with counts: between rows, within rows, between columns, residual."""
    n, k = float(counts.sum()), rows.shape[1]
    centre = float(counts @ rows.mean(1)) / n
    data = rows - centre
    means, columns = data.mean(1), counts @ data / n
    between = k * float(counts @ means**2)
    total = float(counts @ (data**2).sum(1))
    raters = n * float((columns**2).sum())
    return (between / (n - 1), (total - between) / (n * (k - 1)), raters / (k - 1),
            (total - between - raters) / ((n - 1) * (k - 1)))  # fmt: skip


def intraclass(rows: np.ndarray, counts: np.ndarray, level: float = 0.95) -> list[Intraclass]:
    """The six forms of the intraclass correlation, of distinct rows (columns: raters) with counts.

    Source:
        Shrout and Fleiss (1979), Psychological Bulletin 86, 420-428; McGraw and Wong (1996), Psychological Methods 1, 30-46.
    """
    n, k = float(counts.sum()), rows.shape[1]
    between, within, raters, residual = two_way(rows, counts)
    tail = (1 + level) / 2
    df, df_within, df_residual = n - 1, n * (k - 1), (n - 1) * (k - 1)
    with np.errstate(divide="ignore", invalid="ignore"):
        f_1, f_3 = float(np.float64(between) / within), float(np.float64(between) / residual)
        one, three = (
            (between - within) / (between + (k - 1) * within),
            (between - residual) / (between + (k - 1) * residual),
        )
        two = (between - residual) / (between + (k - 1) * residual + k * (raters - residual) / n)
        f_raters = float(np.float64(raters) / residual)

    def single(f: float) -> float:
        return (f - 1) / (f + k - 1)

    low_1, high_1 = f_1 / fdtri(df, df_within, tail), f_1 * fdtri(df_within, df, tail)
    low_3, high_3 = f_3 / fdtri(df, df_residual, tail), f_3 * fdtri(df_residual, df, tail)
    part = n * (1 + (k - 1) * two) - k * two
    df_two = df_residual * (k * two * f_raters + part) ** 2 / (df * k**2 * two**2 * f_raters**2 + part**2)
    up, down = fdtri(df, df_two, tail), fdtri(df_two, df, tail)
    noise = k * raters + (k * n - k - n) * residual
    low_2 = n * (between - up * residual) / (up * noise + n * between)
    high_2 = n * (down * between - residual) / (noise + n * down * between)
    mean = lambda r: r * k / (1 + r * (k - 1))
    p_1, p_3 = float(fdtrc(df, df_within, f_1)), float(fdtrc(df, df_residual, f_3))
    singles = [("ICC1", one, single(low_1), single(high_1), f_1, df_within, p_1),
               ("ICC2", two, low_2, high_2, f_3, df_residual, p_3),
               ("ICC3", three, single(low_3), single(high_3), f_3, df_residual, p_3)]  # fmt: skip
    forms = [
        Intraclass(name, *map(float, (value, low, high, f, df, df_e, p)))
        for name, value, low, high, f, df_e, p in singles
    ]
    averaged = (mean(two), mean(low_2), mean(high_2))
    means = [(1 - 1 / f_1, 1 - 1 / low_1, 1 - 1 / high_1), averaged, (1 - 1 / f_3, 1 - 1 / low_3, 1 - 1 / high_3)]
    forms += [Intraclass(one.form + "k", *map(float, values), one.F, one.df, one.df_error, one.p_value)
              for one, values in zip(forms, means, strict=True)]  # fmt: skip
    return forms


@dataclass(frozen=True)
class Reliability:
    """Cronbach's alpha: raw with Feldt's interval, of standardised items, without each item, and item-rest correlations."""

    alpha: float
    lower: float
    upper: float
    alpha_standardised: float
    alpha_without: np.ndarray
    item_rest: np.ndarray


def reliability(covariance: np.ndarray, n: float, level: float = 0.95) -> Reliability:
    """Cronbach's alpha from the items' covariance matrix.

    Source:
        Cronbach (1951), Psychometrika 16, 297-334; Feldt, Woodruff, Salih (1987), Applied Psychological Measurement 11, 93-103.
    """
    k = len(covariance)

    def alpha(c: np.ndarray) -> float:
        size = len(c)
        return size / (size - 1) * (1 - float(np.trace(c)) / float(c.sum())) if size > 1 and c.sum() > 0 else math.nan

    value, tail, df = alpha(covariance), (1 + level) / 2, (n - 1) * (k - 1)
    spread = np.sqrt(np.diag(covariance))
    without = [np.delete(np.delete(covariance, item, 0), item, 1) for item in range(k)]
    rest = covariance.sum(1) - np.diag(covariance)
    with np.errstate(invalid="ignore", divide="ignore"):
        item_rest = rest / (spread * np.sqrt([part.sum() for part in without]))
    return Reliability(value, 1 - (1 - value) * float(fdtri(n - 1, df, tail)), 1 - (1 - value) * float(fdtri(n - 1, df, 1 - tail)),
                       alpha(covariance / np.outer(spread, spread)), np.array([alpha(part) for part in without]), item_rest)  # fmt: skip


def sampling_adequacy(correlations: np.ndarray) -> tuple[float, np.ndarray]:
    """Kaiser-Meyer-Olkin: squared correlations over those plus squared partial ones, in all and per item.

    Source:
        Kaiser and Rice (1974), Educational and Psychological Measurement 34, 111-117.
    """
    inverse = np.linalg.inv(correlations)
    scale = np.sqrt(np.einsum("...ii->...i", inverse))
    partial = -inverse / (scale[..., :, None] * scale[..., None, :])
    off = 1 - np.eye(correlations.shape[-1])
    r2, q2 = (correlations**2 * off).sum(-1), (partial**2 * off).sum(-1)
    return r2.sum(-1) / (r2.sum(-1) + q2.sum(-1)), r2 / (r2 + q2)


def sphericity(correlations: np.ndarray, n: float) -> tuple[float, int, float]:
    """Bartlett's test that items are uncorrelated: chi-square, degrees of freedom, p.

    Source:
        Bartlett (1951), Biometrika 38, 337-344.
    """
    k = len(correlations)
    statistic = -(n - 1 - (2 * k + 5) / 6) * float(np.linalg.slogdet(correlations)[1])
    df = k * (k - 1) // 2
    return statistic, df, float(chdtrc(df, statistic))


def drawn_correlations(correlations: np.ndarray, n: float, draws: int, rng: np.random.Generator) -> np.ndarray:
    """Correlation matrices of normal samples of size n from such a population (Bartlett's decomposition)."""
    k = len(correlations)
    factor = np.linalg.cholesky(correlations)
    lower = np.tril(rng.standard_normal((draws, k, k)), -1)
    lower[:, np.arange(k), np.arange(k)] = np.sqrt(rng.chisquare(n - 1 - np.arange(k), (draws, k)))
    made = factor @ lower
    covariance = made @ made.transpose(0, 2, 1)
    spread = np.sqrt(np.einsum("dii->di", covariance))
    return covariance / (spread[:, :, None] * spread[:, None, :])
