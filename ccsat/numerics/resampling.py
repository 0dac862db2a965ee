"""Cluster bootstrap of ratios of sums, on sums per cluster."""

from __future__ import annotations

import numpy as np

MOST_GROUPS = 10_000  # more clusters are pooled at random: the variance of the sums is unbiased either way


def cluster_sums(
    cluster: np.ndarray, column: np.ndarray, amount: np.ndarray, clusters: int, columns: int
) -> np.ndarray:
    """Dense clusters x columns table of summed amounts."""
    flat = np.bincount(np.asarray(cluster) * columns + np.asarray(column), amount, minlength=clusters * columns)
    return flat.reshape(clusters, columns)


def pooled(cluster: np.ndarray, clusters: int, rng: np.random.Generator) -> tuple[np.ndarray, int]:
    """Cluster codes, pooled at random into at most `MOST_GROUPS` groups of whole clusters."""
    if clusters <= MOST_GROUPS:
        return cluster, clusters
    group = rng.permutation(clusters) % MOST_GROUPS
    return group[cluster], MOST_GROUPS


def resampled_ratios(sums: np.ndarray, weight: np.ndarray, *, draws: int, rng: np.random.Generator) -> np.ndarray:
    """Column totals over total weight, in `draws` samples of clusters with replacement.

    Args:
        sums: Clusters x columns. weight: One a cluster.

    Returns:
        Draws x columns.

    Source:
        Efron and Tibshirani (1993), An Introduction to the Bootstrap, ch. 8 (clusters as the resampled unit).
    """
    clusters = len(weight)
    together = np.column_stack([sums, weight])
    parts, step = [], max(1, 2_000_000 // clusters)
    for first in range(0, draws, step):
        some = min(step, draws - first)
        drawn = rng.integers(0, clusters, (some, clusters)) + clusters * np.arange(some)[:, None]
        times = np.bincount(drawn.ravel(), minlength=some * clusters).reshape(some, clusters)
        parts.append(times.astype(float) @ together)
    totals = np.concatenate(parts)
    with np.errstate(invalid="ignore", divide="ignore"):
        return totals[:, :-1] / totals[:, -1:]
