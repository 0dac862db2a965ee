"""Series in time: control limits, runs, and where a level changed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import gammaln

D2, RUN, TREND = 1.1283791670955126, 8, 6  # mean range of two normals; points of a run and of a trend that are a signal


def unbias(n: np.ndarray) -> np.ndarray:
    """Mean standard deviation of n normals of spread 1 (c4)."""
    n = np.asarray(n, float)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.sqrt(2 / (n - 1)) * np.exp(gammaln(n / 2) - gammaln((n - 1) / 2))


def signals(value: np.ndarray, centre: np.ndarray, sigma: np.ndarray) -> list[str]:
    """What is out of the ordinary at each point: "beyond" 3 sigma, two of three beyond 2 ("near"), a "run" on one side, a "trend"; "".

    Source:
        Nelson (1984), Journal of Quality Technology 16, 237-239 (rules 1, 2, 3 and 5; runs of 8).
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        z = np.where(sigma > 0, (value - centre) / sigma, 0.0)
    found = np.full(len(z), "", object)
    up, down = np.diff(value, prepend=np.nan) > 0, np.diff(value, prepend=np.nan) < 0
    for k in range(len(z)):
        side = z[max(k - RUN + 1, 0) : k + 1]
        last = z[max(k - 2, 0) : k + 1]
        if abs(z[k]) > 3:
            found[k] = "beyond"
        elif (abs(z[k]) > 2) and max((last > 2).sum() if z[k] > 0 else 0, (last < -2).sum() if z[k] < 0 else 0) >= 2:
            found[k] = "near"
        elif len(side) == RUN and ((side > 0).all() or (side < 0).all()):
            found[k] = "run"
        elif k >= TREND - 1 and (up[k - TREND + 2 : k + 1].all() or down[k - TREND + 2 : k + 1].all()):
            found[k] = "trend"
    return found.tolist()


@dataclass(frozen=True)
class Break:
    """The likeliest change of level: the first point after it, the statistic, and points that are nearly as likely."""

    at: int
    statistic: float
    first: int
    last: int


def likeliest_break(y: np.ndarray, weight: np.ndarray, least: int) -> Break:
    """Where a series is best cut in two levels, each of at least `least` points.

    The statistic is the largest squared difference of levels over its variance; the range holds the cuts whose
    statistic is within chi-square's 95 % of it.
    """
    n = len(y)
    w, s = np.cumsum(weight), np.cumsum(weight * y)
    cut = np.arange(least, n - least + 1)
    before, total = w[cut - 1], w[-1]
    gap = s[cut - 1] / before - (s[-1] - s[cut - 1]) / (total - before)
    fit = gap**2 * before * (total - before) / total
    left = float(weight @ (y - s[-1] / total) ** 2) - fit
    ratio = np.maximum(fit / np.maximum(left / (n - 2), 1e-300), 0)
    k = int(ratio.argmax())
    near = cut[(n * np.log(np.maximum(left, 1e-300) / max(left[k], 1e-300))) <= 3.841458820694124]
    return Break(int(cut[k]), float(ratio[k]), int(near.min()), int(near.max()))


def break_chance(
    y: np.ndarray, weight: np.ndarray, found: Break, least: int, *, draws: int, rng: np.random.Generator
) -> tuple[float, float]:
    """How often a series without a change, correlated from point to point as this one is about its levels, looks as changed as this; and
    that correlation.

    Source:
        Andrews (1993), Econometrica 61, 821-856 (the largest of many F); parametric bootstrap with AR(1) errors.
    """
    n = len(y)
    residual = y.copy()
    for part in (slice(0, found.at), slice(found.at, n)):
        residual[part] -= weight[part] @ y[part] / weight[part].sum()
    z = residual * np.sqrt(weight)
    phi = float(z[1:] @ z[:-1] / max(z @ z, 1e-300))
    phi = float(np.clip(phi + (1 + 4 * phi) / n, 0.0, 0.95))  # what the estimate is too low by, with two levels fitted
    shocks = rng.standard_normal((draws, n))
    series = shocks
    series[:, 0] /= np.sqrt(1 - phi**2)
    for t in range(1, n):
        series[:, t] += phi * series[:, t - 1]
    series = series / np.sqrt(weight)
    w, s = np.cumsum(weight), np.cumsum(series * weight, axis=1)
    cut = np.arange(least, n - least + 1)
    before, total = w[cut - 1], w[-1]
    gap = s[:, cut - 1] / before - (s[:, -1:] - s[:, cut - 1]) / (total - before)
    fit = gap**2 * before * (total - before) / total
    whole = ((series - s[:, -1:] / total) ** 2 * weight).sum(1, keepdims=True)
    top = (fit / ((whole - fit) / (n - 2))).max(1)
    return float((1 + (top >= found.statistic).sum()) / (draws + 1)), phi
