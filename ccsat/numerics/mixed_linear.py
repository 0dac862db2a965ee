"""Lines with a random intercept per cluster, by REML on sums over clusters."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

MOST_RATIO = 1e6  # of the clusters' variance to the rows'


@dataclass(frozen=True)
class MixedLinear:
    """A fitted model.

    Attributes:
        beta, covariance: Of the design's columns, given the variances. df: Satterthwaite's, of each.
        var_cluster, var_rest: Variances between clusters and within them; `ratio` is their quotient.
        limits: Of `ratio`, by profiling the restricted likelihood.
        loglik: Restricted log-likelihood; `loglik_none`: without the random intercept.
        effects, effect_se: Each cluster's intercept, shrunken (BLUP), and its spread given the variances.
    """

    beta: np.ndarray
    covariance: np.ndarray
    df: np.ndarray
    var_cluster: float
    var_rest: float
    limits: tuple[float, float]
    loglik: float
    loglik_none: float
    effects: np.ndarray
    effect_se: np.ndarray
    var_fixed: float


class _Moments:
    """All that the likelihood needs: sums of products, and sums over clusters."""

    def __init__(self, x, y, cluster, weight):
        w = np.ones(len(y)) if weight is None else weight
        self.clusters = int(cluster.max()) + 1
        self.n, self.p = float(w.sum()), x.shape[1]
        add = lambda column: np.bincount(cluster, w * column, self.clusters)
        self.size = np.bincount(cluster, w, self.clusters)
        self.sum_x = np.column_stack([add(column) for column in x.T])
        self.sum_y = add(y)
        self.xx, self.xy, self.yy = (x * w[:, None]).T @ x, x.T @ (w * y), float(w @ y**2)

    def at(self, ratio):
        """Estimates, inverse information (over the rest's variance), residual sum of squares and log-determinants."""
        k = ratio / (1 + self.size * ratio)
        xx = self.xx - (self.sum_x * k[:, None]).T @ self.sum_x
        xy = self.xy - self.sum_x.T @ (k * self.sum_y)
        yy = self.yy - float(k @ self.sum_y**2)
        inverse = np.linalg.inv(xx)
        beta = inverse @ xy
        rss = yy - float(xy @ beta)
        return beta, inverse, rss, float(np.log1p(self.size * ratio).sum()), float(np.linalg.slogdet(xx)[1])

    def profile(self, ratio):
        """-2 restricted log-likelihood with the best variance of the rest."""
        _, _, rss, of_v, of_x = self.at(ratio)
        left = self.n - self.p
        return left * (np.log(2 * np.pi * max(rss, 1e-300) / left) + 1) + of_v + of_x

    def full(self, logs):
        """-2 restricted log-likelihood at the logs of both variances, and the variances of beta."""
        cluster, rest = np.exp(logs)
        _, inverse, rss, of_v, of_x = self.at(cluster / rest)
        return (self.n - self.p) * np.log(2 * np.pi * rest) + of_v + of_x + rss / rest, rest * inverse


def fit_mixed_linear(
    x: np.ndarray, y: np.ndarray, cluster: np.ndarray, weight: np.ndarray | None = None
) -> MixedLinear:
    """The REML fit; weights are counts of equal rows.

    Source:
        Patterson and Thompson (1971), Biometrika 58, 545-554; Bates et al. (2015), Journal of Statistical Software 67(1);
        Satterthwaite degrees of freedom as Kuznetsova, Brockhoff and Christensen (2017), ibid. 82(13).
    """
    from scipy.optimize import brentq, minimize_scalar
    from scipy.stats import chi2

    w = np.ones(len(y)) if weight is None else weight
    mean = w @ x[:, 1:] / w.sum()
    scale = np.sqrt(w @ (x[:, 1:] - mean) ** 2 / w.sum())
    middle = float(w @ y / w.sum())
    z = np.column_stack([np.ones(len(y)), (x[:, 1:] - mean) / scale])
    sums = _Moments(z, y - middle, cluster, weight)
    shift = 2 * float(np.log(scale).sum())  # of the log-determinant, for the columns' own units
    places = np.concatenate([[0.0], np.geomspace(1e-5, MOST_RATIO, 45)])
    values = [sums.profile(place) for place in places]
    best = int(np.argmin(values))
    low, high = places[max(best - 1, 0)], places[min(best + 1, len(places) - 1)]
    found = minimize_scalar(
        sums.profile, bounds=(low, high), method="bounded", options={"xatol": 1e-10 * max(high, 1e-3)}
    )
    ratio, least = (float(found.x), float(found.fun)) if found.fun < values[0] - 1e-10 else (0.0, values[0])
    beta, inverse, rss, _, _ = sums.at(ratio)
    rest = rss / (sums.n - sums.p)
    bar = chi2.ppf(0.95, 1)
    over = lambda place: sums.profile(place) - least - bar
    lower = brentq(over, 0.0, ratio, xtol=1e-12) if ratio > 0 and over(0.0) > 0 else 0.0
    upper = brentq(over, ratio, MOST_RATIO, xtol=1e-10) if over(MOST_RATIO) > 0 else np.inf
    back = np.diag(np.concatenate([[1.0], 1 / scale]))
    back[0, 1:] = -mean / scale
    left = sums.sum_y - sums.sum_x @ beta
    effects = ratio / (1 + sums.size * ratio) * left
    fitted = z @ beta
    var_fixed = float(w @ (fitted - w @ fitted / w.sum()) ** 2 / (w.sum() - 1))
    df = _satterthwaite(sums, ratio, rest, back)
    raw = back @ beta
    raw[0] += middle
    return MixedLinear(raw, rest * back @ inverse @ back.T, df, ratio * rest, rest, (float(lower), float(upper)), -(least + shift) / 2,
                       -(values[0] + shift) / 2, effects, np.sqrt(ratio * rest / (1 + sums.size * ratio)), var_fixed)  # fmt: skip


def _satterthwaite(sums: _Moments, ratio: float, rest: float, back: np.ndarray, h: float = 1e-3) -> np.ndarray:
    """2 V^2 / Var(V) of each coefficient's variance V, by the curvature of the restricted likelihood."""
    if ratio <= 0:
        return np.full(sums.p, sums.n - sums.p)
    at = np.log([ratio * rest, rest])
    steps = np.eye(2) * h
    value = lambda logs: sums.full(logs)[0]
    hessian = np.empty((2, 2))
    for i in range(2):
        for j in range(2):
            a, b = steps[i], steps[j]
            hessian[i, j] = (value(at + a + b) - value(at + a - b) - value(at - a + b) + value(at - a - b)) / (
                4 * h * h
            )
    variance = lambda logs: np.diag(back @ sums.full(logs)[1] @ back.T)
    slopes = np.array([(variance(at + s) - variance(at - s)) / (2 * h) for s in steps])
    spread = np.einsum("ik,ij,jk->k", slopes, 2 * np.linalg.pinv(hessian, hermitian=True), slopes)
    with np.errstate(divide="ignore"):
        return np.clip(2 * variance(at) ** 2 / np.maximum(spread, 0), 1, sums.n)
