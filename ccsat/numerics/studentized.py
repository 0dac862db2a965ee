"""The studentized range, by quadrature."""

from __future__ import annotations

import numpy as np
from scipy.special import chdtri, gammaln, ndtr

_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(120)
_Z = 8.5 * _NODES
_DENSITY = 8.5 * _WEIGHTS * np.exp(-(_Z**2) / 2) / np.sqrt(2 * np.pi)


def _within(width: np.ndarray, k: int) -> np.ndarray:
    """P(range of k standard normals below `width`)."""
    inside = np.maximum(ndtr(_Z) - ndtr(_Z - width[..., None]), 0.0)
    return k * (_DENSITY * inside ** (k - 1)).sum(-1)


def range_tail(q: np.ndarray | float, k: int, df: float) -> np.ndarray:
    """P(studentized range of k means above `q`), with the variance known to `df` degrees of freedom.

    Source:
        Copenhaver and Holland (1988), Journal of Statistical Computation and Simulation 30, 1-15.
    """
    q = np.asarray(q, float)
    if df > 1e6:
        return np.clip(1 - _within(q, k), 0, 1)
    low, high = (np.sqrt(chdtri(df, p) / df) for p in (1 - 1e-14, 1e-15))
    s = (low + high) / 2 + (high - low) / 2 * _NODES
    log_density = np.log(2) + df / 2 * np.log(df / 2) - gammaln(df / 2) + (df - 1) * np.log(s) - df * s**2 / 2
    below = ((high - low) / 2 * _WEIGHTS * np.exp(log_density) * _within(q[..., None] * s, k)).sum(-1)
    return np.clip(1 - below, 0, 1)


def range_quantile(level: float, k: int, df: float) -> float:
    """The value a studentized range stays below with this chance."""
    from scipy.optimize import brentq

    return float(brentq(lambda q: float(range_tail(q, k, df)) - (1 - level), 1e-3, 200.0, xtol=1e-11, rtol=1e-13))
