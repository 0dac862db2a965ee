"""Least squares with the covariance that rows, weights, clusters or time ask for."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import fdtrc, stdtr


@dataclass(frozen=True)
class Fit:
    """A fitted line: `beta` with `covariance` of `df` degrees of freedom; `ss` is the residual sum of squares."""

    beta: np.ndarray
    covariance: np.ndarray
    df: float
    residual: np.ndarray
    ss: float

    def contrast(self, c: np.ndarray) -> tuple[float, float, float]:
        """Value, standard error and two-sided p of a sum of coefficients."""
        value, error = float(c @ self.beta), float(np.sqrt(max(c @ self.covariance @ c, 0.0)))
        p = 2 * float(stdtr(self.df, -abs(value / error))) if error > 0 else float(value == 0)
        return value, error, p

    def test(self, contrasts: np.ndarray) -> tuple[float, float, float]:
        """F, its first degrees of freedom, and p of several contrasts being 0."""
        inner = contrasts @ self.covariance @ contrasts.T
        df = int(np.linalg.matrix_rank(inner))
        if not df:
            return float("nan"), 0.0, float("nan")
        away = contrasts @ self.beta
        f = float(away @ np.linalg.pinv(inner) @ away) / df
        return f, float(df), float(fdtrc(df, self.df, f))


def least_squares(
    x: np.ndarray, y: np.ndarray, *, weight: np.ndarray | None = None, kind: str = "", cluster: np.ndarray | None = None, lags: int | None = None,
) -> Fit:  # fmt: skip
    """Fit y to the columns of x (a constant among them).

    Args:
        kind: Of the weights; sampling weights ask for the sandwich of rows.
        cluster: Code of each row: the sandwich of clusters, with clusters less one degrees of freedom.
        lags: Rows are a series: Newey and West's covariance to so many lags.

    Source:
        Liang and Zeger (1986), Biometrika 73, 13-22; Newey and West (1987), Econometrica 55, 703-708.
    """
    w = np.ones(len(y)) if weight is None else weight
    if kind == "sampling":
        w = w * (len(w) / w.sum())
    beta, inverse, rank = _solved(x, y, w)
    residual = y - x @ beta
    n, p = (w.sum() if kind == "frequency" else len(y)), rank
    ss, df = float(w @ residual**2), float(n - p)
    score = x * (w * residual)[:, None]
    if cluster is not None:
        groups = int(cluster.max()) + 1
        sums = np.stack([np.bincount(cluster, column, minlength=groups) for column in score.T], axis=1)
        return Fit(
            beta,
            inverse @ (sums.T @ sums) @ inverse * (groups / (groups - 1) * (n - 1) / (n - p)),
            groups - 1.0,
            residual,
            ss,
        )
    if lags is not None:
        middle = score.T @ score
        for lag in range(1, lags + 1):
            beside = score[lag:].T @ score[:-lag]
            middle += (1 - lag / (lags + 1)) * (beside + beside.T)
        return Fit(beta, inverse @ middle @ inverse * (n / (n - p)), df, residual, ss)
    if kind == "sampling":
        return Fit(beta, inverse @ (score.T @ score) @ inverse * (n / (n - p)), df, residual, ss)
    return Fit(beta, inverse * (ss / df if df > 0 else np.nan), df, residual, ss)


def rank_of(x: np.ndarray) -> int:
    """Columns that others do not tell, from the cross-product of columns scaled to length 1."""
    length = np.sqrt((x * x).sum(0))
    scaled = x / np.where(length > 0, length, 1.0)
    return int((np.linalg.eigvalsh(scaled.T @ scaled) > 1e-11).sum())


def _solved(x: np.ndarray, y: np.ndarray, w: np.ndarray) -> tuple[np.ndarray, np.ndarray, int]:
    """Coefficients, the inverse of the cross-product, and the rank: by the normal equations with one step of refinement where
    columns are well apart, else by singular values."""
    weighted = x * w[:, None]
    gram = weighted.T @ x
    length = np.sqrt(np.diag(gram))
    if (length > 0).all():
        scaled = gram / np.outer(length, length)
        if np.linalg.eigvalsh(scaled)[0] > 1e-7:
            inverse = np.linalg.inv(scaled) / np.outer(length, length)
            beta = inverse @ (weighted.T @ y)
            return beta + inverse @ (weighted.T @ (y - x @ beta)), inverse, x.shape[1]
    root = np.sqrt(w)
    beta, _, rank, _ = np.linalg.lstsq(x * root[:, None], y * root, rcond=1e-11)
    return beta, np.linalg.pinv(gram), int(rank)


def dummies(codes: np.ndarray, levels: int, *, total: bool = False) -> np.ndarray:
    """A switch a level but the first; with `total`, deviations from the mean of levels (sum to zero, the last left out)."""
    whole = (codes[:, None] == np.arange(levels)).astype(float)
    return whole[:, :-1] - whole[:, -1:] if total else whole[:, 1:]
