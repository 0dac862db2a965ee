"""Total, direct and indirect effects from moments, with errors over rows or clusters and a bootstrap of moments."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ccsat.numerics.lines import sum_clusters
from ccsat.numerics.resampling import MOST_GROUPS


@dataclass(frozen=True)
class Paths:
    """Effects of x on y through mediators.

    Attributes:
        values: a of each mediator, b of each, then the direct effect.
        covariance: Of `values`. hidden: Correlation of an unseen cause of mediator and outcome that alone would
            make each indirect effect.
    """

    values: np.ndarray
    covariance: np.ndarray
    hidden: np.ndarray


def effects_of(values: np.ndarray, mediators: int) -> tuple[np.ndarray, np.ndarray]:
    """(a.., b.., direct, indirect.., indirect in all, total) from (a.., b.., direct), and the slopes of these.

    `values` may have leading axes; slopes are only meant for one set.
    """
    a, b, direct = values[..., :mediators], values[..., mediators : 2 * mediators], values[..., -1:]
    each = a * b
    whole = each.sum(-1, keepdims=True)
    out = np.concatenate([values, each, whole, whole + direct], axis=-1)
    size = 2 * mediators + 1
    slopes = np.zeros((out.shape[-1], size))
    slopes[:size] = np.eye(size)
    if values.ndim == 1:
        for k in range(mediators):
            slopes[size + k, [k, mediators + k]] = b[k], a[k]
        slopes[-2] = slopes[size : size + mediators].sum(0)
        slopes[-1] = slopes[-2]
        slopes[-1, -1] = 1.0
    return out, slopes


def fit_paths(
    base: np.ndarray, x: np.ndarray, m: np.ndarray, y: np.ndarray, *, cluster: np.ndarray | None = None
) -> Paths:
    """Least squares of every mediator on x, and of y on x and mediators.

    Args:
        base: Constant and what is held equal. m: One column a mediator.
        cluster: Errors over clusters (CR1); None: maximum-likelihood errors (divisor n), as path programs have them.

    Source:
        Baron and Kenny (1986); Sobel (1982); sensitivity: Imai, Keele and Yamamoto (2010), Statistical Science 25, 51-71.
    """
    n, k = len(y), m.shape[1]
    first, second = np.column_stack([base, x]), np.column_stack([base, x, m])
    one, two = (
        np.linalg.pinv((d / s).T @ (d / s), hermitian=True) / np.outer(s, s)
        for d, s in ((d, np.sqrt((d**2).mean(0))) for d in (first, second))
    )
    a, full, total = one @ first.T @ m, two @ second.T @ y, one @ first.T @ y
    left_m, left_y, left_total = m - first @ a, y - second @ full, y - first @ total
    p = first.shape[1]
    values = np.concatenate([a[-1], full[p:], full[p - 1 : p]])
    hidden = np.array([np.corrcoef(left_m[:, j], left_total)[0, 1] for j in range(k)])
    if cluster is not None:
        influence = np.column_stack(
            [(first @ one[-1])[:, None] * left_m, (left_y[:, None] * second) @ two[:, [*range(p, p + k), p - 1]]]
        )
        sums = sum_clusters(influence, cluster)
        groups = len(sums)
        return Paths(values, groups / max(groups - 1, 1) * sums.T @ sums, hidden)
    covariance = np.zeros((2 * k + 1, 2 * k + 1))
    covariance[:k, :k] = one[-1, -1] * left_m.T @ left_m / n
    places = [*range(p, p + k), p - 1]
    covariance[k:, k:] = two[np.ix_(places, places)] * float(left_y @ left_y) / n
    return Paths(values, covariance, hidden)


def resampled_paths(base, x, m, y, *, cluster: np.ndarray | None, draws: int, rng: np.random.Generator) -> np.ndarray:
    """`values` of draws of clusters (or rows) with replacement, from moments of each: one row a draw."""
    k, p = m.shape[1], base.shape[1] + 1
    columns = np.column_stack([base, x, m, y])
    columns[:, 1:] = columns[:, 1:] - columns[:, 1:].mean(0)  # the constant takes it up; only slopes are kept
    scale = np.sqrt((columns**2).mean(0))
    columns = columns / np.where(scale > 0, scale, 1.0)
    code = np.arange(len(y)) if cluster is None else cluster
    most = min(MOST_GROUPS, 2000)
    groups = int(code.max()) + 1
    if groups > most:
        code, groups = (rng.permutation(groups) % most)[code], most
    q = columns.shape[1]
    up = np.triu_indices(q)
    moments = np.column_stack(
        [np.bincount(code, columns[:, i] * columns[:, j], groups) for i, j in zip(*up, strict=True)]
    )
    times = rng.multinomial(groups, np.full(groups, 1 / groups), size=draws).astype(float)
    full = np.empty((draws, q, q))
    full[:, up[0], up[1]] = full[:, up[1], up[0]] = times @ moments
    one, two = full[:, :p, :p], full[:, : p + k, : p + k]
    with np.errstate(all="ignore"):
        a = np.linalg.pinv(one, hermitian=True)[:, -1:, :] @ full[:, :p, p : p + k]
        b = np.linalg.pinv(two, hermitian=True)[:, p - 1 :, :] @ full[:, : p + k, -1:]
    scales = np.concatenate([scale[p : p + k] / scale[p - 1], scale[-1] / scale[p : p + k], [scale[-1] / scale[p - 1]]])
    return np.concatenate([a[:, 0, :], b[:, 1:, 0], b[:, :1, 0]], axis=1) * scales
