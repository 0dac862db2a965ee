"""Firth's logistic regression: finite odds ratios where a driver tells the outcome for sure."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class FirthFit:
    """Coefficients, their covariance, the penalised log-likelihood, and profile limits and p of each (NaN: not asked)."""

    beta: np.ndarray
    covariance: np.ndarray
    loglik: float
    lower: np.ndarray
    upper: np.ndarray
    p_value: np.ndarray


def fit_firth(
    x: np.ndarray, y: np.ndarray, weight: np.ndarray | None = None, *, profile: bool = True, level: float = 0.95
) -> FirthFit:
    """Maximum of the likelihood times the root of the information's determinant (Jeffreys).

    Args:
        x: Design with its constant. y: 0 or 1. weight: Counts of equal rows.
        profile: Whether to find limits and p-values by the penalised likelihood ratio, constant left out.

    Source:
        Firth (1993), Biometrika 80, 27-38; Heinze and Schemper (2002), Statistics in Medicine 21, 2409-2419.
    """
    from scipy.optimize import brentq
    from scipy.stats import chi2

    w = np.ones(len(y)) if weight is None else np.asarray(weight, float)
    scale = np.sqrt(np.maximum(w @ x**2 / w.sum() - (w @ x / w.sum()) ** 2, 0))
    scale = np.where(scale > 0, scale, 1.0)
    z, p = x / scale, x.shape[1]
    free = np.arange(p)
    beta, loglik, covariance = _climb(z, y, w, np.zeros(p), free)
    lower, upper, p_value = (np.full(p, np.nan) for _ in range(3))
    bar = chi2.ppf(level, 1) / 2
    for k in range(1, p) if profile else ():
        held = free[free != k]

        def drop(value, k=k, held=held):
            start = beta.copy()
            start[k] = value
            return loglik - _climb(z, y, w, start, held)[1]

        p_value[k] = chi2.sf(max(2 * drop(0.0), 0), 1)
        se = np.sqrt(covariance[k, k])
        for limits, sign in ((lower, -1), (upper, 1)):
            far = 2.0
            while drop(beta[k] + sign * far * se) < bar and far < 64:
                far *= 2
            if far < 64:
                short = lambda step, at=beta[k], unit=sign * se, drop=drop: drop(at + step * unit) - bar
                limits[k] = beta[k] + sign * se * brentq(short, 0, far, xtol=1e-6)
    return FirthFit(beta / scale, covariance / np.outer(scale, scale), loglik, lower / scale, upper / scale, p_value)


def _parts(z, y, w, beta):
    eta = z @ beta
    p = 1 / (1 + np.exp(-np.clip(eta, -500, 500)))
    v = w * p * (1 - p)
    information = (z * v[:, None]).T @ z
    sign, logdet = np.linalg.slogdet(information)
    likely = float(w @ (y * eta - np.logaddexp(0, eta)) + 0.5 * logdet) if sign > 0 else -np.inf
    return likely, p, v, information


def _climb(z, y, w, beta, free):
    """Newton on the penalised likelihood over the free coefficients, halving steps that lose."""
    likely, p, v, information = _parts(z, y, w, beta)
    for _ in range(100):
        inverse = np.linalg.pinv(information, hermitian=True)
        hat = v * np.einsum("ij,jk,ik->i", z, inverse, z)
        score = z.T @ (w * (y - p) + hat * (0.5 - p))
        move = np.zeros_like(beta)
        move[free] = np.clip(np.linalg.lstsq(information[np.ix_(free, free)], score[free], rcond=None)[0], -5, 5)
        size = 1.0
        while (new := _parts(z, y, w, beta + size * move))[0] < likely - 1e-12 * abs(likely) and size > 1e-4:
            size /= 2
        beta, (likely, p, v, information) = beta + size * move, new
        if np.abs(move).max() < 1e-9:
            break
    return beta, likely, np.linalg.pinv(information, hermitian=True)
