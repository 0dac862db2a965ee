"""Repeated measurements as a covariance matrix: sums of squares and how far waves are from compound symmetry."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import chdtrc


@dataclass(frozen=True)
class Repeated:
    """Sums of squares of waves, error and subjects, and the corrections of their degrees of freedom."""

    ss_waves: float
    ss_error: float
    ss_subjects: float
    epsilon_gg: float
    epsilon_hf: float
    mauchly_w: float
    mauchly_p: float


def sphericity(values: np.ndarray) -> Repeated:
    """Of subjects (rows) measured in waves (columns).

    Source:
        Greenhouse and Geisser (1959); Huynh and Feldt (1976); Mauchly's p by Anderson (1958), 10.7.3, to the second order.
    """
    n, k = values.shape
    means = values.mean(0)
    s = np.cov(values.T, ddof=1).reshape(k, k)
    centre = np.eye(k) - 1 / k
    waves = n * float(((means - means.mean()) ** 2).sum())
    subjects = (n - 1) * float(s.sum()) / k
    error = (n - 1) * float(np.trace(s)) - subjects
    p, df = k - 1, n - 1
    within = centre @ s @ centre
    total, square = float(np.trace(within)), float((within * within).sum())
    gg = total**2 / (p * square) if square > 0 else 1.0
    hf = (n * p * gg - 2) / (p * (df - p * gg)) if df > p * gg else 1.0
    w, chance = float("nan"), float("nan")
    if p > 1 and df >= p and total > 0:
        values_of = np.linalg.eigvalsh(within)[1:]
        w = float(np.prod(np.maximum(values_of, 0)) / (total / p) ** p)
        rho = 1 - (2 * p * p + p + 2) / (6 * p * df)
        if w > 0:
            second = (p + 2) * (p - 1) * (p - 2) * (2 * p**3 + 6 * p * p + 3 * p + 2) / (288 * (df * p * rho) ** 2)
            z, f = -df * rho * np.log(w), p * (p + 1) / 2 - 1
            first, next_ = chdtrc(f, z), chdtrc(f + 4, z)
            chance = float(first + second * (next_ - first))
    return Repeated(waves, error, subjects, float(gg), float(hf), w, chance)
