"""Correlations of the normal variables behind ordered answers: rectangle probabilities, two-step and full likelihood."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from scipy.special import ndtr, ndtri

EDGE = 0.99999  # a correlation beyond it has no finite interval


@dataclass(frozen=True)
class Polychoric:
    """A polychoric correlation.

    Attributes:
        rho: The estimate; `boundary`: the likelihood rises to -1 or 1, so there is no interval.
        se: Allows for estimated thresholds; `se_fixed`: as if they were known.
        rows, columns: Thresholds.
        influence: One value a cell: what a unit of weight there moves rho.
    """

    rho: float
    se: float
    se_fixed: float
    rows: np.ndarray
    columns: np.ndarray
    loglik: float
    boundary: bool
    influence: np.ndarray


@cache
def _nodes() -> tuple[np.ndarray, np.ndarray]:
    return np.polynomial.legendre.leggauss(96)


def bivariate_normal(h: np.ndarray, k: np.ndarray, rho: float) -> np.ndarray:
    """P(X <= h, Y <= k) of standard normals with correlation rho, by Gauss-Legendre over the angle of rho.

    Source:
        Plackett (1954), Biometrika 41, 351-360; Drezner, Wesolowsky (1990).
    """
    node, weight = _nodes()
    top = np.arcsin(rho)
    angle = top * (node + 1) / 2
    h, k = np.asarray(h, float)[..., None], np.asarray(k, float)[..., None]
    inside = np.exp(-(h * h + k * k - 2 * h * k * np.sin(angle)) / (2 * np.cos(angle) ** 2))
    return ndtr(h[..., 0]) * ndtr(k[..., 0]) + inside @ weight * top / (4 * np.pi)


def _density(h, k, rho):
    left = 1 - rho * rho
    return np.exp(-(h * h + k * k - 2 * h * k * rho) / (2 * left)) / (2 * np.pi * np.sqrt(left))


def _phi(x):
    return np.exp(-0.5 * x * x) / np.sqrt(2 * np.pi)


def _framed(inner: np.ndarray, rows: np.ndarray | None = None, columns: np.ndarray | None = None) -> np.ndarray:
    """Cells as differences of a function of the thresholds, which is 0 below them and `rows`, `columns` beyond."""
    whole = np.zeros((inner.shape[0] + 2, inner.shape[1] + 2))
    whole[1:-1, 1:-1] = inner
    if rows is not None:
        whole[1:-1, -1], whole[-1, 1:-1], whole[-1, -1] = rows, columns, 1.0
    return np.diff(np.diff(whole, axis=0), axis=1)


def rectangles(rho: float, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """Probability of each cell between thresholds."""
    inner = bivariate_normal(rows[:, None], columns[None, :], rho)
    return np.maximum(_framed(inner, ndtr(rows), ndtr(columns)), 1e-300)


def thresholds(counts: np.ndarray) -> np.ndarray:
    """Normal quantiles of the cumulated shares of a margin."""
    return ndtri(np.cumsum(counts)[:-1] / counts.sum())


def log_likelihood(rho: float, counts: np.ndarray, rows: np.ndarray, columns: np.ndarray) -> float:
    """Of a cross-table, given thresholds."""
    return float((counts * np.log(rectangles(rho, rows, columns))).sum())


def polychoric(counts: np.ndarray) -> Polychoric:
    """Two-step: thresholds from the margins, then rho by maximum likelihood; no empty row or column.

    Source:
        Olsson (1979), Psychometrika 44, 443-460; standard error by the stacked estimating equations.
    """
    from scipy.optimize import brentq

    counts = np.asarray(counts, float)
    a, b, n = thresholds(counts.sum(1)), thresholds(counts.sum(0)), counts.sum()

    def score(rho):
        p = rectangles(rho, a, b)
        if (
            (p < 1e-14) & (counts > 0)
        ).any():  # below rounding: answers that rho rules out were given, so it is nearer 0
            return -np.sign(rho) * n
        return float((counts / p * _framed(_density(a[:, None], b[None, :], rho))).sum())

    side = 1.0 if score(0.0) > 0 else -1.0
    far = next((reach for reach in (0.5, 0.9, 0.99, 0.999, EDGE) if side * score(side * reach) < 0), None)
    boundary = far is None
    rho = side * EDGE if boundary else brentq(score, 0.0, side * far, xtol=1e-13, rtol=1e-14)
    p, slope = rectangles(rho, a, b), _cell_slopes(rho, a, b)
    information = np.einsum("irc,jrc,rc->ij", slope, slope, 1 / p)
    own = slope[0] / p
    m = len(a)
    row_part = np.array([[((r <= j) - ndtr(a[j])) / _phi(a[j]) for j in range(m)] for r in range(m + 1)])
    column_part = np.array([[((c <= j) - ndtr(b[j])) / _phi(b[j]) for j in range(len(b))] for c in range(len(b) + 1)])
    drift = (row_part @ information[0, 1 : m + 1])[:, None] + (column_part @ information[0, m + 1 :])[None, :]
    influence = np.full(p.shape, np.nan) if boundary else (own - drift) / information[0, 0] / n
    se = float(np.sqrt((counts * influence**2).sum()))
    fixed = np.nan if boundary else float(1 / np.sqrt(n * information[0, 0]))
    return Polychoric(float(rho), se, fixed, a, b, float((counts * np.log(p)).sum()), boundary, influence)


def polychoric_full(counts: np.ndarray) -> Polychoric:
    """rho and the thresholds together by maximum likelihood (Fisher scoring from the two-step fit)."""
    counts = np.asarray(counts, float)
    first = polychoric(counts)
    if first.boundary:
        return first
    m, n = len(first.rows), counts.sum()
    parameters = np.concatenate([[first.rho], first.rows, first.columns])
    loglik = first.loglik
    for _ in range(100):
        p = rectangles(parameters[0], parameters[1 : m + 1], parameters[m + 1 :])
        slope = _cell_slopes(parameters[0], parameters[1 : m + 1], parameters[m + 1 :])
        information = n * np.einsum("irc,jrc,rc->ij", slope, slope, 1 / p)
        step = np.linalg.solve(information, np.einsum("irc,rc->i", slope, counts / p))
        size = 1.0
        while size > 1e-4:
            trial = parameters + size * step
            if abs(trial[0]) < EDGE and log_likelihood(
                trial[0], counts, trial[1 : m + 1], trial[m + 1 :]
            ) >= loglik - 1e-9 * abs(loglik):
                break
            size /= 2
        parameters = parameters + size * step
        loglik = log_likelihood(parameters[0], counts, parameters[1 : m + 1], parameters[m + 1 :])
        if np.abs(step).max() < 1e-10:
            break
    inverse = np.linalg.inv(information)
    influence = np.einsum("i,irc->rc", inverse[0], slope / p)
    return Polychoric(float(parameters[0]), float(np.sqrt(inverse[0, 0])), float(1 / np.sqrt(information[0, 0])), parameters[1 : m + 1],
                      parameters[m + 1 :], loglik, False, influence)  # fmt: skip


def _cell_slopes(rho: float, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Derivatives of the cell probabilities by rho, row thresholds and column thresholds."""
    root = np.sqrt(1 - rho * rho)
    parts = [_framed(_density(a[:, None], b[None, :], rho))]
    for j, cut in enumerate(a):
        upto = np.diff(np.concatenate([[0.0], ndtr((b - rho * cut) / root), [1.0]])) * _phi(cut)
        part = np.zeros((len(a) + 1, len(b) + 1))
        part[j], part[j + 1] = upto, -upto
        parts.append(part)
    for j, cut in enumerate(b):
        upto = np.diff(np.concatenate([[0.0], ndtr((a - rho * cut) / root), [1.0]])) * _phi(cut)
        part = np.zeros((len(a) + 1, len(b) + 1))
        part[:, j], part[:, j + 1] = upto, -upto
        parts.append(part)
    return np.array(parts)


def polyserial(
    x: np.ndarray, y: np.ndarray, levels: int, weight: np.ndarray
) -> tuple[float, float, np.ndarray, np.ndarray]:
    """Two-step correlation of a normal variable with the one behind an ordered answer.

    Args:
        x: Values; standardised here, with n - 1.
        y: Levels, 0 to `levels` - 1, each seen.

    Returns:
        rho, its standard error with known thresholds, the thresholds, and each row's influence on rho, which allows
        for estimated thresholds, mean and spread (NaN where rho runs to -1 or 1).

    Source:
        Olsson, Drasgow, Dorans (1982), Psychometrika 47, 337-347.
    """
    from scipy.optimize import brentq

    total = weight.sum()
    cuts = thresholds(np.bincount(y, weight, levels))
    mean = weight @ x / total
    z = (x - mean) / np.sqrt(weight @ (x - mean) ** 2 / (total - 1))
    edges = np.concatenate([[-40.0], cuts, [40.0]])

    def parts(rho):
        root = np.sqrt(1 - rho * rho)
        u, lo = (edges[y + 1] - rho * z) / root, (edges[y] - rho * z) / root
        flip = u + lo > 0
        p = np.maximum(np.where(flip, ndtr(-lo) - ndtr(-u), ndtr(u) - ndtr(lo)), 1e-300)
        return u, lo, p, (_phi(u) * (edges[y + 1] * rho - z) - _phi(lo) * (edges[y] * rho - z)) / root**3 / p

    score = lambda r: float(weight @ parts(r)[3])
    side = 1.0 if score(0.0) > 0 else -1.0
    far = next((reach for reach in (0.5, 0.9, 0.99, 0.999, 0.9999) if side * score(side * reach) < 0), None)
    if far is None:  # x tells the levels apart without error
        return side, np.nan, cuts, np.full(len(x), np.nan)
    rho = float(brentq(score, 0.0, side * far, xtol=1e-13, rtol=1e-14))
    u, lo, p, own = parts(rho)
    root = np.sqrt(1 - rho * rho)
    information = -float(weight @ (parts(rho + 1e-5)[3] - parts(rho - 1e-5)[3])) / 2e-5
    by_upper, by_lower = _phi(u) / p / root, -_phi(lo) / p / root
    by_z = -rho * (by_upper + by_lower)
    cross = np.array([weight @ (own * ((y == j) * by_upper + (y == j + 1) * by_lower)) for j in range(levels - 1)])
    moved = (((y[:, None] <= np.arange(levels - 1)) - ndtr(cuts)) / _phi(cuts)) @ cross / total
    # x enters through its mean and spread: d z = -d mean - z d log(sd), and the drift of the score is minus own * by_z
    moved += (weight @ (own * by_z)) * -z / total + (weight @ (own * by_z * z)) * -(z * z - 1) / 2 / total
    return rho, float(1 / np.sqrt(information)), cuts, (own - moved) / information
