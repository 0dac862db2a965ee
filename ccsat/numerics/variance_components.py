"""One random effect (the agent's) from per-cluster sums: ICC, likelihoods, and means drawn towards the whole."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import chdtrc, chdtri, fdtri


@dataclass(frozen=True)
class Units:
    """Rows, mean and number of each unit, and the sum of squares within all of them."""

    n: np.ndarray
    mean: np.ndarray
    within: float

    @property
    def rows(self) -> float:
        return float(self.n.sum())


def units_of(y: np.ndarray, unit: np.ndarray, weight: np.ndarray | None = None) -> Units:
    """Sums by unit; `weight` counts equal rows."""
    w = np.ones(len(y)) if weight is None else weight
    n = np.bincount(unit, w)
    mean = np.bincount(unit, w * y) / n
    return Units(n, mean, float(w @ (y - mean[unit]) ** 2))


@dataclass(frozen=True)
class AnovaIcc:
    """ICC(1) by analysis of variance with its interval, and the design effects it makes."""

    icc: float
    lower: float
    upper: float
    n0: float
    ms_between: float
    ms_within: float
    mean_size: float
    kish_size: float
    p_value: float

    def effect(self, size: float) -> float:
        """Design effect of clusters of this size."""
        return 1 + (size - 1) * self.icc


def anova_icc(units: Units, *, level: float = 0.95) -> AnovaIcc:
    """How alike are rows of one unit?

    Source:
        Donner (1986), International Statistical Review 54, 67-82; interval: Searle (1971), Linear Models, 9.9, with the mean size.
    """
    from scipy.special import fdtrc

    k, n = len(units.n), units.rows
    grand = float(units.n @ units.mean / n)
    between, within = float(units.n @ (units.mean - grand) ** 2) / (k - 1), units.within / (n - k)
    size = (n - float((units.n**2).sum()) / n) / (k - 1)
    f = between / within
    low, high = (f / fdtri(k - 1, n - k, (1 + level) / 2), f / fdtri(k - 1, n - k, (1 - level) / 2))
    return AnovaIcc((between - within) / (between + (size - 1) * within), (low - 1) / (low + size - 1), (high - 1) / (high + size - 1), size,
                    between, within, n / k, float((units.n**2).sum()) / n, float(fdtrc(k - 1, n - k, f)))  # fmt: skip


@dataclass(frozen=True)
class Components:
    """Variances between units and of rows within; `loglik` at the optimum; `icc` with its profile interval."""

    between: float
    within: float
    mean: float
    error: float
    loglik: float
    icc: float
    lower: float
    upper: float

    def shrunken(self, units: Units) -> tuple[np.ndarray, np.ndarray]:
        """Each unit's mean drawn towards the whole, and the variance of what it is off by (the whole's error included)."""
        kept = units.n * self.between / (units.n * self.between + self.within)
        variance = self.between * (1 - kept) + (1 - kept) ** 2 * self.error**2
        return self.mean + kept * (units.mean - self.mean), variance


def criterion(units: Units, ratio: np.ndarray | float, *, reml: bool) -> np.ndarray:
    """-2 log-likelihood (or REML criterion) where the variance between is `ratio` times that within, the rest at its best."""
    ratio = np.atleast_1d(np.asarray(ratio, float))[:, None]
    spread = 1 + ratio * units.n
    weight = units.n / spread
    mean = (weight @ units.mean) / weight.sum(1)
    q = units.within + (weight * (units.mean - mean[:, None]) ** 2).sum(1)
    free = units.rows - reml
    made = free * np.log(2 * np.pi * q / free) + free + np.log(spread).sum(1)
    return made + np.log(weight.sum(1)) if reml else made


def components(units: Units, *, reml: bool = True, level: float = 0.95) -> Components:
    """Variance components by (restricted) maximum likelihood, one number searched and the rest known.

    A grid finds the valley, so that no local one is taken; Brent's method its bottom. The ICC's interval is where the
    criterion rises by less than chi-square's quantile.

    Source:
        Harville (1977), Journal of the American Statistical Association 72, 320-338; Bates et al. (2015), Journal of
        Statistical Software 67(1).
    """
    from scipy.optimize import brentq, minimize_scalar

    def of(log_ratio: float) -> float:
        return float(criterion(units, np.exp(log_ratio), reml=reml)[0])

    grid = np.linspace(-16, 10, 131)
    values = criterion(units, np.exp(grid), reml=reml)
    k = int(values.argmin())
    best = minimize_scalar(
        of, bounds=(grid[max(k - 1, 0)], grid[min(k + 1, 130)]), method="bounded", options={"xatol": 1e-10}
    )
    at, ratio = float(best.x), float(np.exp(best.x))
    ratio = _polish(units, ratio, reml) if 0 < k < 130 else ratio
    least, none = float(criterion(units, ratio, reml=reml)[0]), float(criterion(units, 0.0, reml=reml)[0])
    if none <= least + 1e-9:
        ratio, least, at = 0.0, none, -16.0
    height = least + chdtri(1, 1 - level)
    low = 0.0 if none <= height else float(np.exp(brentq(lambda x: of(x) - height, -30, at)))
    top = at
    while of(top) < height and top < 30:
        top += 1
    high = float(np.exp(brentq(lambda x: of(x) - height, at, top))) if top < 30 else np.inf
    weight = units.n / (1 + ratio * units.n)
    mean = float(weight @ units.mean / weight.sum())
    within = (units.within + float(weight @ (units.mean - mean) ** 2)) / (units.rows - reml)
    return Components(ratio * within, within, mean, float(np.sqrt(within / weight.sum())), -least / 2, ratio / (1 + ratio), low / (1 + low),
                      high / (1 + high) if np.isfinite(high) else 1.0)  # fmt: skip


def no_clusters_chance(units: Units) -> tuple[float, float]:
    """Likelihood ratio of "units do not differ", and its p (half chi-square: the variance cannot fall below 0)."""
    fit = components(units, reml=False)
    ratio = max(float(criterion(units, 0.0, reml=False)[0]) + 2 * fit.loglik, 0.0)
    return ratio, float(chdtrc(1, ratio)) / 2 if ratio > 0 else 1.0


def _polish(units: Units, ratio: float, reml: bool) -> float:
    """The root of the criterion's slope, which is known in closed form."""
    from scipy.optimize import brentq

    def slope(x: float) -> float:
        spread = 1 + x * units.n
        weight = units.n / spread
        mean = weight @ units.mean / weight.sum()
        apart = (units.mean - mean) ** 2
        q = units.within + weight @ apart
        made = (units.n / spread).sum() - (units.rows - reml) * (weight**2 @ apart) / q
        return float(made - (weight**2).sum() / weight.sum()) if reml else float(made)

    low, high = ratio * 0.99, ratio * 1.01
    return float(brentq(slope, low, high, xtol=1e-15, rtol=1e-14)) if slope(low) < 0 < slope(high) else ratio
