"""Hierarchical log-linear models of a cube, fitted to its margins."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain, combinations

import numpy as np
from scipy.special import xlogy


@dataclass(frozen=True)
class Loglinear:
    """A fitted model: its counts, deviance from the data, Pearson chi-square, and residual degrees of freedom."""

    fitted: np.ndarray
    deviance: float
    chi2: float
    df: int


def fit_loglinear(
    counts: np.ndarray, terms: Sequence[Sequence[int]], *, tolerance: float = 1e-11, most: int = 5000
) -> Loglinear:
    """Iterative proportional fitting.

    Args:
        terms: Sets of axes whose joint margins the model keeps; it has all smaller margins of them too.

    Source:
        Deming and Stephan (1940); Bishop, Fienberg and Holland (1975), Discrete Multivariate Analysis, ch. 3.
    """
    axes = range(counts.ndim)
    others = [tuple(a for a in axes if a not in term) for term in terms]
    wanted = [counts.sum(other, keepdims=True) for other in others]
    fitted = np.full(counts.shape, counts.sum() / counts.size)
    for _ in range(most):
        before = fitted
        for want, other in zip(wanted, others, strict=True):
            have = fitted.sum(other, keepdims=True)
            fitted = fitted * np.divide(want, have, out=np.zeros_like(want), where=have > 0)
        if np.abs(fitted - before).max() <= tolerance * counts.max():
            break
    deviance = 2 * float(
        (xlogy(counts, counts) - xlogy(counts, np.where(counts > 0, fitted, 1.0)) - counts + fitted).sum()
    )
    with np.errstate(divide="ignore", invalid="ignore"):
        chi2 = float(np.where(fitted > 0, (counts - fitted) ** 2 / fitted, 0.0).sum())
    return Loglinear(fitted, max(deviance, 0.0), chi2, counts.size - parameters(counts.shape, terms))


def parameters(shape: Sequence[int], terms: Sequence[Sequence[int]]) -> int:
    """Free parameters of a hierarchical model, with the intercept."""
    subsets = {
        sub
        for term in terms
        for sub in chain.from_iterable(combinations(sorted(term), k) for k in range(len(term) + 1))
    }
    return int(sum(np.prod([shape[a] - 1 for a in sub]) for sub in subsets | {()}))
