"""Measures of how strongly two nominal columns go together, with standard errors that know of clusters."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import xlogy

from ccsat.numerics.crosstab import Crosstab
from ccsat.numerics.independence import Independence, noncentral_limits
from ccsat.numerics.power import quantile


@dataclass(frozen=True)
class NominalMeasure:
    """A measure with its standard error (NaN where the theory gives none) and interval."""

    value: float
    error: float
    lower: float
    upper: float


def cramer_v(test: Independence, *, level: float = 0.95) -> NominalMeasure:
    """Cramer's V with noncentral limits on the effective n; no standard error.

    Source:
        Smithson (2003), Confidence Intervals, ch. 4: limits sqrt(ncp / (n min(r - 1, c - 1))).
    """
    if not test.df:
        return NominalMeasure(0.0, float("nan"), 0.0, 1.0)
    k, n = min(test.shape) - 1, test.n / test.design_effect
    limits = noncentral_limits(test.chi2 / test.design_effect, test.df, level=level)
    lower, upper = (min(1.0, float(np.sqrt(ncp / (n * k)))) for ncp in limits)
    return NominalMeasure(float(np.sqrt(test.chi2 / (test.n * k))), float("nan"), lower, upper)


def corrected_v(test: Independence) -> float:
    """Cramer's V less what chance adds.

    Source:
        Bergsma (2013), Journal of the Korean Statistical Society 42, 323-328; on the effective n.
    """
    n = test.n / test.design_effect
    r, c = test.shape
    if not test.df or n <= 1:
        return float("nan")
    phi2 = max(0.0, test.chi2 / test.n - test.df / (n - 1))
    least = min(r - 1 - (r - 1) ** 2 / (n - 1), c - 1 - (c - 1) ** 2 / (n - 1))
    return float(np.sqrt(phi2 / least)) if least > 0 else float("nan")


def theil_u(table: Crosstab, *, level: float = 0.95) -> NominalMeasure:
    """What part of the columns' uncertainty do the rows remove?

    Source:
        Theil (1970), American Journal of Sociology 76, 103-154.
    """
    p = table.counts / table.n
    r, c = p.sum(1), p.sum(0)
    h_r, h_c, h = entropy(r), entropy(c), entropy(p)
    with np.errstate(divide="ignore", invalid="ignore"):
        slope = np.where(p > 0, h_c * np.log(p / r[:, None]) + (h_r - h) * np.log(c)[None, :], 0.0) / h_c**2
    return _wald(table, (h_r + h_c - h) / h_c, slope, level)


def goodman_kruskal_lambda(table: Crosstab, *, level: float = 0.95) -> NominalMeasure:
    """What part of the errors in guessing the column do the rows spare? No interval at 0 and 1.

    Source:
        Goodman and Kruskal (1963), Journal of the American Statistical Association 58, 310-364.
    """
    p = table.counts / table.n
    c = p.sum(0)
    best, most = p.argmax(1), int(c.argmax())
    value = float((p.max(1).sum() - c[most]) / (1 - c[most]))
    slope = np.zeros(p.shape)
    slope[np.arange(len(p)), best] += 1
    slope[:, most] -= 1 - value
    if not 1e-12 < value < 1 - 1e-12:
        return NominalMeasure(max(value, 0.0), float("nan"), float("nan"), float("nan"))
    return _wald(table, value, slope / (1 - c[most]), level)


def goodman_kruskal_tau(table: Crosstab, *, level: float = 0.95) -> NominalMeasure:
    """What part of the errors in drawing the column at random do the rows spare?

    Source:
        Goodman and Kruskal (1954, 1963); Liebetrau (1983), Measures of Association, 24-30.
    """
    p = table.counts / table.n
    r, c = p.sum(1, keepdims=True), p.sum(0)
    within, apart = (p**2 / r).sum(), (c**2).sum()
    value = (within - apart) / (1 - apart)
    slope = (2 * p / r - (p**2).sum(1, keepdims=True) / r**2 - 2 * c * (1 - value)) / (1 - apart)
    return _wald(table, value, slope, level)


def phi(table: Crosstab, *, level: float = 0.95) -> NominalMeasure:
    """Correlation of two yes/no columns, interval on Fisher's z scale with the error of a table."""
    return correlation(table, np.arange(2.0), np.arange(2.0), level=level)


def correlation(table: Crosstab, rows: np.ndarray, cols: np.ndarray, *, level: float = 0.95) -> NominalMeasure:
    """Pearson correlation of row and column scores, with the error of a table (no normality assumed)."""
    p = table.counts / table.n
    x, y = (np.asarray(v, float) - (m @ np.asarray(v, float)) for v, m in ((rows, p.sum(1)), (cols, p.sum(0))))
    x, y = x / np.sqrt(p.sum(1) @ x**2), y / np.sqrt(p.sum(0) @ y**2)
    r = float(np.clip(x @ p @ y, -1, 1))
    slope = np.outer(x, y) - r / 2 * (x[:, None] ** 2 + y[None, :] ** 2)
    error = _error(table, slope)
    if 1 - abs(r) < 1e-12:
        return NominalMeasure(r, 0.0, r, r)
    half = quantile(level, table.df_error) * error / (1 - r**2)
    return NominalMeasure(r, error, float(np.tanh(np.arctanh(r) - half)), float(np.tanh(np.arctanh(r) + half)))


def entropy(p: np.ndarray) -> float:
    """Of shares, in nats."""
    return -float(xlogy(p, p).sum())


def _wald(table: Crosstab, value: float, slope: np.ndarray, level: float) -> NominalMeasure:
    """A measure from 0 to 1 with its delta-method error, from its slope at each cell's share."""
    error = _error(table, slope)
    half = quantile(level, table.df_error) * error
    return NominalMeasure(float(value), error, max(0.0, float(value - half)), min(1.0, float(value + half)))


def _error(table: Crosstab, slope: np.ndarray) -> float:
    centred = slope.ravel() - (slope * table.counts).sum() / table.n
    return float(np.sqrt(max(table.variance(centred)[0, 0], 0.0))) / table.n
