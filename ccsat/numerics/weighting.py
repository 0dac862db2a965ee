"""Weights: what they cost, raking to known margins, and design-based tests."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import fdtrc

from ccsat.numerics.crosstab import Crosstab
from ccsat.numerics.independence import expected_counts


def kish_effect(weight: np.ndarray) -> float:
    """What unequal weights cost: n sum(w^2) / sum(w)^2.

    Source:
        Kish (1965), Survey Sampling, 11.7.
    """
    return float(len(weight) * (weight**2).sum() / weight.sum() ** 2)


def design_covariance(influence: np.ndarray, cluster: np.ndarray | None) -> np.ndarray:
    """Covariance of estimates from the influence of each row (rows x estimates), by the linearised sandwich.

    Source:
        Binder (1983), International Statistical Review 51, 279-292; G / (G - 1) as in R's survey.
    """
    sums = influence
    if cluster is not None:
        groups = int(cluster.max()) + 1
        sums = np.stack([np.bincount(cluster, column, minlength=groups) for column in influence.T], axis=1)
    centred = sums - sums.mean(0)
    return centred.T @ centred * (len(sums) / (len(sums) - 1))


@dataclass(frozen=True)
class Raked:
    """Weights that meet margins: `weight`, `rounds` taken, `miss` left, and `trimmed` rows."""

    weight: np.ndarray
    rounds: int
    miss: float
    trimmed: int


def rake(
    codes: Sequence[np.ndarray], shares: Sequence[np.ndarray], *, start: np.ndarray | None = None, most: float | None = None, rounds: int = 500
) -> Raked:  # fmt: skip
    """Weights (adding up to the rows) whose margins are the given shares, as near the starting weights as can be.

    Args:
        codes: Of each margin, the level of each row. shares: Of each margin, the share of each level, every one above 0 seen.
        most: Cap on a weight over the mean one; what is cut off goes to the rest in further rounds.

    Source:
        Deming and Stephan (1940), Annals of Mathematical Statistics 11, 427-444; trimming: Battaglia, Hoaglin and
        Frankel (2009), Survey Practice 2(5).
    """
    n = len(codes[0])
    w = np.ones(n) if start is None else start * (n / start.sum())
    wanted = [share / share.sum() * n for share in shares]
    miss, done = np.inf, 0
    while done < rounds and miss >= 1e-13:
        done += 1
        for code, want in zip(codes, wanted, strict=True):
            seen = np.bincount(code, w, minlength=len(want))
            w = w * np.divide(want, seen, out=np.ones_like(want), where=seen > 0)[code]
        if most is not None:
            w = _capped(w, most)
        miss = max(
            float(np.abs(np.bincount(code, w, minlength=len(want)) - want).max()) / n
            for code, want in zip(codes, wanted, strict=True)
        )
    return Raked(w, done, miss, int((w >= most * (1 - 1e-9)).sum()) if most is not None else 0)


def _capped(w: np.ndarray, most: float) -> np.ndarray:
    """Weights of mean 1, none above `most`; what is cut off goes to the rest in proportion."""
    w = w / w.mean()
    for _ in range(100):
        over = w >= most
        if not (w > most * (1 + 1e-12)).any() or over.all():
            return np.minimum(w, most)
        w = np.where(over, most, w)
        w = np.where(over, most, w * (len(w) - most * over.sum()) / w[~over].sum())
    return np.minimum(w, most)


def rao_scott(table: Crosstab) -> tuple[float, float, float, float]:
    """Independence in a weighted or clustered two-way table: F, its degrees of freedom, and p.

    Source:
        Rao and Scott (1984), Annals of Statistics 12, 46-60 (second-order correction); Thomas and Rao (1987).
    """
    counts, n = table.counts, float(table.counts.sum())
    p, (rows, columns) = (counts / n).ravel(), table.counts.shape
    e = expected_counts(counts)
    chi2 = float(((counts - e) ** 2 / e).sum())
    one_r, one_c = np.ones((rows, 1)), np.ones((columns, 1))
    x_r, x_c = np.eye(rows)[:, 1:], np.eye(columns)[:, 1:]
    main = np.hstack([np.kron(one_r, one_c), np.kron(x_r, one_c), np.kron(one_r, x_c)])
    both = np.kron(x_r, x_c)
    both = both - main @ np.linalg.lstsq(main, both, rcond=None)[0]  # what rows and columns alone do not give
    inverse = np.divide(1, p, out=np.zeros_like(p), where=p > 0)
    variance = table.variance(np.eye(len(p)) - p[:, None]) / n**2
    scaled = inverse[:, None] * both
    effects = np.linalg.solve(both.T @ (inverse[:, None] / n * both), scaled.T @ variance @ scaled)
    total, square = float(np.trace(effects)), float((effects * effects.T).sum())
    df = total**2 / square
    df2 = df * ((table.groups or int(n)) - 1)
    f = chi2 / total
    return f, df, df2, float(fdtrc(df, df2, f))


def weighted_ranks(y: np.ndarray, weight: np.ndarray, *, by_rows: bool = False) -> np.ndarray:
    """Estimated share of the population below each value, ties half.

    Args:
        by_rows: Tied rows share the plain mean of their places, as in R's survey, so that the order of tied rows matters.
    """
    _, codes = np.unique(y, return_inverse=True)
    if by_rows:
        order = np.argsort(y, kind="stable")
        place = np.empty(len(y))
        place[order] = np.cumsum(weight[order]) - weight[order] / 2
        return (np.bincount(codes, place) / np.bincount(codes))[codes] / weight.sum()
    total = np.bincount(codes, weight)
    return (np.cumsum(total) - total / 2)[codes] / weight.sum()
