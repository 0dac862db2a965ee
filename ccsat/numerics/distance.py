"""Distance correlation of two columns in n log n."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class DistanceCorrelation:
    """`value` is the biased (V) one, 0 to 1; `unbiased` the bias-corrected square (U), about 0 under independence."""

    value: float
    unbiased: float
    n: int


def distance_correlation(x: np.ndarray, y: np.ndarray) -> DistanceCorrelation:
    """Of two columns of numbers, whatever the shape of what ties them.

    Source:
        Szekely, Rizzo and Bakirov (2007), Annals of Statistics 35, 2769-2794; Huo and Szekely (2016), Technometrics 58,
        435-447 (n log n); Szekely and Rizzo (2014), Annals of Statistics 42, 2382-2412 (bias-corrected).
    """
    n = len(x)
    x, y = (np.asarray(v, float) - np.median(v) for v in (x, y))
    rows = [_row_sums(v) for v in (x, y)]
    cross = _cross_sum(x, y)
    squares = [2 * (n * float(v @ v) - float(v.sum()) ** 2) for v in (x, y)]
    total = [float(r.sum()) for r in rows]

    def both(products, a, b):
        v = products / n**2 - 2 * float(rows[a] @ rows[b]) / n**3 + total[a] * total[b] / n**4
        u = products - 2 * float(rows[a] @ rows[b]) / (n - 2) + total[a] * total[b] / ((n - 1) * (n - 2))
        return v, u

    (xy, u_xy), (xx, u_xx), (yy, u_yy) = both(cross, 0, 1), both(squares[0], 0, 0), both(squares[1], 1, 1)
    if not min(xx, yy) > 1e-300:
        return DistanceCorrelation(np.nan, np.nan, n)
    whole = u_xx * u_yy
    return DistanceCorrelation(
        float(np.sqrt(max(xy, 0) / np.sqrt(xx * yy))), float(u_xy / np.sqrt(whole)) if whole > 0 else np.nan, n
    )


def _row_sums(v: np.ndarray) -> np.ndarray:
    """Sum of the distances of each value to all others."""
    order = np.argsort(v, kind="stable")
    s = v[order]
    below = np.arange(len(v)) * s - (np.cumsum(s) - s)
    above = s.sum() - np.cumsum(s) - np.arange(len(v) - 1, -1, -1) * s
    out = np.empty(len(v))
    out[order] = below + above
    return out


def _cross_sum(x: np.ndarray, y: np.ndarray) -> float:
    """Sum over all pairs, both ways, of the product of the distances.

    For rows sorted by x, |dx||dy| of a pair is dx dy where y rises too and -dx dy where it falls, so the sum is twice
    that of the rising pairs less that of all; rising pairs are counted by merging halves, all blocks of a size at once.
    """
    order = np.lexsort((y, x))
    x, y = x[order], y[order]
    n = len(x)
    rank = np.empty(n, np.int64)
    rank[np.argsort(y, kind="stable")] = np.arange(n)
    amounts = np.column_stack([np.ones(n), x, y, x * y])
    lower = np.zeros((n, 4))  # sums over the rows before, in x, that lie below, in y
    place, size = np.arange(n), 1
    while size < n:
        block = place // (2 * size)
        if size == 1:
            within = np.lexsort((rank, block))
        else:
            within = np.argsort(block * np.int64(n) + rank, kind="stable")
        left = (within // size) % 2 == 0
        sums = np.cumsum(np.where(left[:, None], amounts[within], 0.0), axis=0)
        sums = np.vstack([np.zeros(4), sums])
        start = np.minimum(block[within] * (2 * size), n)
        right = ~left
        lower[within[right]] += sums[1:][right] - sums[start[right]]
        size *= 2
    rising = lower @ np.array([0, 0, 0, 1.0]) + x * y * lower[:, 0] - x * lower[:, 2] - y * lower[:, 1]
    before = np.cumsum(amounts, axis=0) - amounts
    every = before[:, 3] + x * y * before[:, 0] - x * before[:, 2] - y * before[:, 1]
    return float(2 * (2 * rising.sum() - every.sum()))


def independence_p(found: DistanceCorrelation) -> float:
    """p of "nothing ties them": chi-square test on the unbiased square; a little too careful, never too bold.

    Source:
        Shen, Panda and Vogelstein (2022), Journal of Computational and Graphical Statistics 31, 254-262.
    """
    from scipy.stats import chi2

    return float(chi2.sf(found.n * found.unbiased + 1, 1)) if np.isfinite(found.unbiased) else np.nan
