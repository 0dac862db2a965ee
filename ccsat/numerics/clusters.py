"""Errors of comparisons whose rows come in clusters, from the influence of each row."""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np


class Clusters:
    """Clusters of rows in groups, with what their unequal sizes do to an error.

    The squared influence of a cluster is divided by one less its leverage (its share of its group), and the degrees of
    freedom are Satterthwaite's under equal spread: with equal clusters these are G / (G - 1) and G - 1, and with
    clusters of one row the variance of Brunner and Munzel.

    Args:
        cluster, group: Codes of each row, from 0. weight: Of each row.

    Source:
        Bell and McCaffrey (2002), Survey Methodology 28, 169-181 (leverage and degrees of freedom); Obuchowski (1997),
        Biometrics 53, 567-578 (influences summed by cluster).
    """

    def __init__(self, cluster: np.ndarray, group: np.ndarray, weight: np.ndarray | None = None):
        self.cluster = cluster
        clusters, groups = int(cluster.max()) + 1, int(group.max()) + 1
        size = (
            np.bincount(cluster * groups + group, weight, minlength=clusters * groups)
            .reshape(clusters, groups)
            .astype(float)
        )
        with np.errstate(invalid="ignore", divide="ignore"):
            share = size / size.sum(0)  # of each group, in each cluster
            per_row = share / size.sum(0)
            kept = (per_row * (1 - share)).sum(1) / per_row.sum(1)
            self.scale = np.where(
                kept > 1e-12, 1 / kept, np.nan
            )  # a cluster that is a whole group says nothing of its error
        self.nested = not ((size > 0).sum(1) > 1).any()
        self.owner, self.groups = size.argmax(1), groups
        self.df = self._of_groups(size, share) if self.nested else self._crossed(size, share, per_row)

    def _of_groups(self, size: np.ndarray, share: np.ndarray) -> np.ndarray:
        """Degrees of freedom of each group's own mean."""
        with np.errstate(invalid="ignore", divide="ignore"):
            across = np.where(share < 1, share**2 / (1 - share), np.nan)
            return 1 / ((share**2).sum(0) + across.sum(0) ** 2 - (across**2).sum(0))

    def _crossed(self, size: np.ndarray, share: np.ndarray, per_row: np.ndarray) -> float:
        """Degrees of freedom of a comparison of groups that share clusters."""
        alone, n = per_row.sum(1), size.sum(0)
        with np.errstate(invalid="ignore"):
            both = share[:, :, None] * share[:, None, :] * self.scale[:, None, None]
            across = ((both.sum(0) ** 2 - (both**2).sum(0)) / np.outer(n, n)).sum()
            return float(alone.sum() ** 2 / ((alone**2).sum() + across))

    def sums(self, influence: np.ndarray) -> np.ndarray:
        """Influence of each cluster."""
        return np.bincount(self.cluster, influence, minlength=len(self.scale))

    def variance(self, influence: np.ndarray) -> tuple[float, float]:
        """Variance of an estimate from the influence of each row (times its weight), and its degrees of freedom."""
        parts = self.sums(influence) ** 2 * self.scale
        if not self.nested:
            return float(parts.sum()), max(self.df, 1.0)
        parts = np.bincount(self.owner, parts, minlength=self.groups)
        with np.errstate(invalid="ignore", divide="ignore"):
            df = float(parts.sum() ** 2 / (parts**2 / self.df).sum())
        return float(parts.sum()), max(df, 1.0) if math.isfinite(df) else 1.0

    def covariance(self, influences: Iterable[np.ndarray]) -> tuple[np.ndarray, float]:
        """Covariance of several estimates from the influence of each row on each, and its degrees of freedom."""
        sums = np.stack([self.sums(one) for one in influences])
        return (sums * np.nan_to_num(self.scale, nan=1.0)) @ sums.T, max(float(np.nansum(self.df)), 1.0)
