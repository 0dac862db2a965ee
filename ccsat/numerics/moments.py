"""Means of groups from per-group and per-cluster sums: the sufficient statistic of every comparison of means."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.special import fdtrc

MOST_PAIRS = 1500  # clusters up to which every pair of them counts in the degrees of freedom


@dataclass(frozen=True)
class ClusterSums:
    """Clusters x groups: sums of weights, of squared weights, and of weighted deviations from the group's mean."""

    weight: np.ndarray
    square: np.ndarray
    apart: np.ndarray
    icc: float

    @cached_property
    def nested(self) -> bool:
        """Whether each cluster lies in one group."""
        return not ((self.weight > 0).sum(1) > 1).any()


@dataclass(frozen=True)
class Means:
    """Means of groups.

    Attributes:
        n: Rows of each group; with frequency weights, the rows they stand for. weight: Their weights' sum.
        mean, sd: Of each group (divisor n - 1); skew: its third standardised moment.
        variance, df: Of each group's mean, and its degrees of freedom.
        clusters: Sums by cluster, or None.
    """

    n: np.ndarray
    weight: np.ndarray
    mean: np.ndarray
    sd: np.ndarray
    skew: np.ndarray
    variance: np.ndarray
    df: np.ndarray
    clusters: ClusterSums | None = None

    @property
    def independent(self) -> bool:
        """Whether the groups' means are independent."""
        return self.clusters is None or self.clusters.nested

    @property
    def pooled_sd(self) -> float:
        """Spread of rows about their group's mean."""
        return float(np.sqrt(((self.n - 1) * self.sd**2).sum() / (self.n.sum() - len(self.n))))

    @property
    def total(self) -> float:
        """Mean of all rows."""
        return float((self.weight * self.mean).sum() / self.weight.sum())

    def contrast(self, coefficients: np.ndarray) -> tuple[float, float, float]:
        """A sum of means with coefficients: value, standard error, and Satterthwaite's degrees of freedom."""
        c = np.asarray(coefficients, float)
        value = float(c[c != 0] @ self.mean[c != 0])
        if not self.independent:
            variance, df = clustered_variance(self.clusters, self.weight, c)
            return value, float(np.sqrt(variance)), df
        parts = (c**2 * self.variance)[c != 0]
        with np.errstate(invalid="ignore", divide="ignore"):
            df = float(parts.sum() ** 2 / (parts**2 / self.df[c != 0]).sum())
        return value, float(np.sqrt(parts.sum())), df

    def effective(self) -> float:
        """Rows that as many independent, equally weighted ones would be worth; never more than there are."""
        with np.errstate(invalid="ignore", divide="ignore"):
            effect = np.where(self.sd > 0, self.variance * self.n / self.sd**2, 1.0)
        effect = np.where(np.isfinite(effect), np.maximum(effect, 1.0), 1.0)
        return float((self.n / effect).sum())

    def omnibus(self) -> tuple[float, float, float, float]:
        """Are all means equal? F, its two degrees of freedom, and p."""
        k = len(self.mean)
        return self.test(np.eye(k)[:-1] - np.eye(k)[-1])

    def test(self, contrasts: np.ndarray) -> tuple[float, float, float, float]:
        """Are several contrasts all 0? F, its two degrees of freedom, and p.

        Independent groups: Johansen's test on each mean's own variance and degrees of freedom (of one-way groups it is
        Welch's). Groups that share clusters: Hotelling's test on the clusters' covariance, with the mean of the
        contrasts' degrees of freedom.

        Source:
            Welch (1951), Biometrika 38, 330-336; Johansen (1980), Biometrika 67, 85-92; Pustejovsky and Tipton (2018),
            Journal of Business and Economic Statistics 36, 672-683.
        """
        q = len(contrasts)
        if self.independent:
            away = contrasts @ self.mean
            covariance = (contrasts * self.variance) @ contrasts.T
            inverse = np.linalg.pinv(covariance)
            weight = self.variance * np.einsum("qk,qr,rk->k", contrasts, inverse, contrasts)
            a = float((weight**2 / self.df)[weight > 1e-12].sum())
            f = float(away @ inverse @ away) / (q + 2 * a - 6 * a / (q + 2))
            df = q * (q + 2) / (3 * a)
            return f, float(q), df, float(fdtrc(q, df, f))
        _, vectors = np.linalg.eigh((contrasts / self.weight) @ contrasts.T)
        contrasts = vectors.T @ contrasts
        made = [clustered_variance(self.clusters, self.weight, one) for one in contrasts]
        influence = (self.clusters.apart / self.weight) @ contrasts.T
        with np.errstate(invalid="ignore", divide="ignore"):
            lift = np.sqrt(np.array([variance for variance, _ in made]) / (influence**2).sum(0))
            covariance = influence.T @ influence * np.outer(lift, lift)
            eta = float(1 / np.mean([1 / df for _, df in made]))
        if not np.isfinite(covariance).all() or eta <= q - 1:
            return float("nan"), float(q), float("nan"), float("nan")
        away = contrasts @ self.mean
        chi2 = float(away @ np.linalg.pinv(covariance) @ away)
        f, df = chi2 * (eta - q + 1) / (eta * q), eta - q + 1
        return f, float(q), df, float(fdtrc(q, df, f))


def group_moments(
    y: np.ndarray, group: np.ndarray, groups: int, *, weight: np.ndarray | None = None, kind: str = "", cluster: np.ndarray | None = None
) -> Means:  # fmt: skip
    """Means of groups with their variances.

    Args:
        group: Code of each row, from 0.
        weight: Above 0. kind: "frequency" (equal rows), "sampling" (linearised variance) or "precision" (a row is a mean
            of so many, so that it varies the less).
        cluster: Code of each row; variances are then sums of squares of clusters, made unbiased, and their degrees of
            freedom Satterthwaite's, for rows that correlate within clusters as these do.

    Source:
        Bell and McCaffrey (2002), Survey Methodology 28, 169-181, with an exchangeable working correlation.
    """

    def added(amount: np.ndarray | None) -> np.ndarray:
        return np.bincount(group, amount, minlength=groups).astype(float)

    rows = added(None)
    w = np.ones(len(y)) if weight is None else np.asarray(weight, float)
    total = rows if weight is None else added(w)
    n = total if kind == "frequency" else rows
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = added(w * y) / total
        apart = y - mean[group]
        squares = added(w * apart**2)
        if kind == "precision":
            sd = np.sqrt(squares / (n - 1))
            variance, df = sd**2 / total, n - 1
        elif kind == "sampling" and weight is not None:
            sd = np.sqrt(squares / total * n / (n - 1))
            variance = n / (n - 1) * added((w * apart) ** 2) / total**2
            df = added(w**2) ** 2 / added(w**4) - 1
        else:
            sd = np.sqrt(squares / (n - 1))
            variance, df = sd**2 / n, n - 1
        skew = added(w * apart**3) / total / (squares / total) ** 1.5
    sums = None
    if cluster is not None:
        sums = cluster_sums(apart, w, group, groups, cluster)
        made = [clustered_variance(sums, total, one) for one in np.eye(groups)]
        variance, df = (np.array(part) for part in zip(*made, strict=True))
    return Means(n, total, mean, sd, skew, variance, df, sums)


def cluster_sums(
    apart: np.ndarray, weight: np.ndarray, group: np.ndarray, groups: int, cluster: np.ndarray
) -> ClusterSums:
    """Sums by cluster of rows' deviations from their group's mean, and the ICC of those."""
    count = int(cluster.max()) + 1
    cell = np.asarray(cluster, np.int64) * groups + group

    def added(amount: np.ndarray) -> np.ndarray:
        return np.bincount(cell, amount, minlength=count * groups).reshape(count, groups)

    w, s = added(weight), added(weight * apart)
    nested = not ((w > 0).sum(1) > 1).any()
    per, held = w.sum(1), w.sum(1) > 0
    between = float((s.sum(1)[held] ** 2 / per[held]).sum())
    within = float((weight * apart**2).sum()) - between
    n, lost = per.sum(), groups if nested else 1
    pieces = (w**2).sum(0) / np.maximum(w.sum(0), 1e-300) if nested else np.array([(per**2).sum() / n])
    degrees, rest = held.sum() - lost, n - held.sum()
    icc = 0.0
    if degrees > 0 and rest > 0 and within > 0:
        size = (n - pieces.sum()) / degrees
        ms_between, ms_within = between / degrees, within / rest
        icc = (
            float(np.clip((ms_between - ms_within) / (ms_between + (size - 1) * ms_within), 0.0, 0.95))
            if size > 0
            else 0.0
        )
    return ClusterSums(w, added(weight**2), s, icc)


def clustered_variance(sums: ClusterSums, total: np.ndarray, c: np.ndarray) -> tuple[float, float]:
    """Variance of a sum of means with coefficients `c`, and its degrees of freedom.

    The squared sum of each cluster is divided by the part of it that is left once the means are taken off, under the
    working correlation `icc`; NaN where one cluster is a whole group.
    """
    used = c != 0
    w, q = sums.weight[:, used], sums.square[:, used]
    held = (w > 0).any(1)
    w, q, a = w[held], q[held], c[used] / total[used]
    left = sums.apart[held][:, used] @ a
    rho, share = sums.icc, w / total[used] * a
    of_all = np.diag((1 - rho) * q.sum(0)) + rho * (w.T @ w)
    whole = w @ a
    spread = (1 - rho) * (q @ a**2) + rho * whole**2
    kept = (
        spread
        - 2 * ((1 - rho) * (q * a * share).sum(1) + rho * whole * (w * share).sum(1))
        + np.einsum("cj,jk,ck->c", share, of_all, share)
    )
    with np.errstate(invalid="ignore", divide="ignore"):
        scale = np.where(kept > 1e-9 * spread, spread / kept, np.nan)
    variance = float((scale * left**2).sum())
    if not np.isfinite(variance):
        return float("nan"), float("nan")
    if len(w) > MOST_PAIRS:
        return variance, float(spread.sum() ** 2 / (spread**2).sum())
    cross = (1 - rho) * (q * a) @ share.T + rho * whole[:, None] * (w @ share.T)
    root = np.sqrt(scale)
    covariance = (np.diag(spread) - cross - cross.T + share @ of_all @ share.T) * np.outer(root, root)
    return variance, max(float(np.trace(covariance) ** 2 / (covariance**2).sum()), 1.0)
