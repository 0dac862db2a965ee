"""Lines with errors that hold when spreads differ, rows come in clusters, or weights are of several kinds, and their checks."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

ERRORS = ("classic", "HC0", "HC1", "HC2", "HC3", "CR0", "CR1")
MANY_ROWS = 50_000


@dataclass(frozen=True)
class LinearFit:
    """A fitted line.

    Attributes:
        beta, covariance: Of the design's columns.
        inverse: (X'WX)^-1. residual: Of each row.
        n: Rows, or what frequency weights stand for. sigma2: Residual variance. r2: Share of variance explained.
        influence: One row a data row: what it moves each coefficient (its weight included).
    """

    beta: np.ndarray
    covariance: np.ndarray
    inverse: np.ndarray
    residual: np.ndarray
    n: float
    sigma2: float
    r2: float
    influence: np.ndarray

    @property
    def se(self) -> np.ndarray:
        """Standard errors."""
        return np.sqrt(np.maximum(np.diag(self.covariance), 0))


def fit_linear(
    x: np.ndarray, y: np.ndarray, *, weight: np.ndarray | None = None, kind: str | None = None, cluster: np.ndarray | None = None,
    errors: str | None = None,
) -> LinearFit:  # fmt: skip
    """Weighted least squares.

    Args:
        x: Design with its constant, of full rank. weight: Above 0; `kind`: "frequency", "sampling" or "precision".
        cluster: Codes from 0.
        errors: One of `ERRORS`; None: sampling weights linearised with G / (G - 1), as surveys have it; else CR1 (with
            (n - 1) / (n - p)) over clusters; else HC3.

    Source:
        MacKinnon and White (1985), Journal of Econometrics 29, 305-325; Liang and Zeger (1986), Biometrika 73, 13-22;
        Binder (1983), International Statistical Review 51, 279-292.
    """
    w = np.ones(len(y)) if weight is None else np.asarray(weight, float)
    n = float(w.sum()) if kind == "frequency" else float(len(y))
    if kind in ("sampling", "precision"):
        w = w * (len(y) / w.sum())
    beta, half = _solve(x, y, w)
    inverse = half @ half.T
    residual = y - x @ beta
    left = n - x.shape[1]
    rss = float(w @ residual**2)
    mean = w @ y / w.sum()
    total = float(w @ (y - mean) ** 2)
    sigma2 = rss / left if left > 0 else np.nan
    influence = (x * (w * residual)[:, None]) @ inverse
    asked = errors or ("survey" if kind == "sampling" else "CR1" if cluster is not None else "HC3")
    leverage = (
        ((x @ half) ** 2).sum(1) * (1.0 if kind == "frequency" else w) if asked in ("HC2", "HC3") else np.zeros(1)
    )
    covariance = (
        sigma2 * inverse if asked == "classic" else _sandwich(asked, influence, w, leverage, kind, cluster, n, left)
    )
    return LinearFit(
        beta, covariance, inverse, residual, n, sigma2, 1 - rss / total if total > 0 else np.nan, influence
    )


def _solve(x: np.ndarray, y: np.ndarray, w: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Coefficients, and a matrix whose square is (X'WX)^-1: by QR; of many rows by their moments, refined once."""
    if len(y) > MANY_ROWS:
        shift = w @ x / w.sum() if (x[:, 0] == 1).all() else np.zeros(x.shape[1])
        shift[0] = 0.0
        z = x - shift
        scale = np.sqrt(w @ z**2 / w.sum())
        z /= scale
        gram = (z * w[:, None]).T @ z
        if np.linalg.eigvalsh(gram / w.sum())[0] > 1e-6:
            half = np.linalg.inv(np.linalg.cholesky(gram)).T
            solve = lambda v: half @ (half.T @ (z.T @ (w * v)))
            beta = solve(y)
            beta = beta + solve(y - z @ beta)
            back = np.diag(1 / scale)
            back[0] -= shift / scale
            return back @ beta, back @ half
    scale = np.sqrt(w @ x**2 / w.sum())
    scale = np.where(scale > 0, scale, 1.0)
    root = np.sqrt(w)
    q, r = np.linalg.qr(x / scale * root[:, None])
    half = np.linalg.inv(r) / scale[:, None]
    return np.linalg.solve(r, q.T @ (root * y)) / scale, half


def _sandwich(errors, influence, w, leverage, kind, cluster, n, left) -> np.ndarray:
    if errors in ("CR0", "CR1") or (errors == "survey" and cluster is not None):
        sums = sum_clusters(influence, cluster)
        groups = len(sums)
        factor = (
            1.0
            if errors == "CR0"
            else groups / max(groups - 1, 1) * ((n - 1) / max(left, 1) if errors == "CR1" else 1.0)
        )
        return factor * sums.T @ sums
    power = {"HC2": 1, "HC3": 2}.get(errors, 0)
    factor = {"HC1": n / max(left, 1), "survey": n / max(n - 1, 1)}.get(errors, 1.0)
    held = np.where(leverage < 1 - 1e-12, 1 / np.maximum(1 - leverage, 1e-12) ** power, 0.0)
    if kind == "frequency":  # a row is w rows of weight 1 each
        held = held / w
    return factor * (influence * held[:, None]).T @ influence


def sum_clusters(influence: np.ndarray, cluster: np.ndarray) -> np.ndarray:
    """Sums of each column over clusters: one row a cluster."""
    groups = int(cluster.max()) + 1
    return np.column_stack([np.bincount(cluster, column, groups) for column in influence.T])


def log_likelihood(fit: LinearFit, weight: np.ndarray | None = None) -> float:
    """Of normal rows, at the maximum; with frequency weights, of the rows they stand for."""
    rss = float(fit.residual**2 @ (np.ones(len(fit.residual)) if weight is None else weight))
    return -fit.n / 2 * (np.log(2 * np.pi * rss / fit.n) + 1) if rss > 0 else np.inf


def inflation(x: np.ndarray, groups: list[list[int]], weight: np.ndarray | None = None) -> tuple[np.ndarray, float]:
    """How much each driver's variance grows because the others tell it, and the condition number of their correlations.

    Args:
        x: Columns without the constant. groups: Columns of each driver; for several columns the generalised factor is
            scaled to the one of a single column.

    Source:
        Fox and Monette (1992), JASA 87, 178-183; Belsley, Kuh and Welsch (1980).
    """
    w = np.ones(len(x)) if weight is None else weight
    z = x - w @ x / w.sum()
    z = z / np.sqrt(w @ z**2)
    r = (z * w[:, None]).T @ z
    values = np.linalg.eigvalsh(r)
    whole, found = np.linalg.slogdet(r)[1], []
    for own in groups:
        others = [k for k in range(x.shape[1]) if k not in own]
        parts = [np.linalg.slogdet(r[np.ix_(part, part)])[1] for part in (own, others) if part]
        found.append(float(np.exp((sum(parts) - whole) / len(own))))
    return np.array(found), float(np.sqrt(values[-1] / values[0])) if values[0] > 0 else np.inf


def breusch_pagan(x: np.ndarray, residual: np.ndarray, weight: np.ndarray | None = None) -> tuple[float, int, float]:
    """Does the spread of what is left depend on the drivers? Koenker's studentised chi-square, df and p.

    Source:
        Koenker (1981), Journal of Econometrics 17, 107-112.
    """
    from scipy.stats import chi2

    fit = fit_linear(x, residual**2, weight=weight, kind="frequency" if weight is not None else None, errors="classic")
    statistic, df = fit.n * fit.r2, x.shape[1] - 1
    return float(statistic), df, float(chi2.sf(statistic, df))
