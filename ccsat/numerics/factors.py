"""Confirmatory factor models by maximum likelihood."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class FactorFit:
    """A fitted model with factors of variance 1.

    Attributes:
        loading, loading_se: Standardised, of each item on its factor.
        correlation, correlation_se: Between factors.
        unique: Share of each item's variance that its factor leaves.
        implied: Covariances that the model says.
        fit: chi2, df, baseline's chi2 and df, loglik.
    """

    loading: np.ndarray
    loading_se: np.ndarray
    correlation: np.ndarray
    correlation_se: np.ndarray
    unique: np.ndarray
    implied: np.ndarray
    fit: dict[str, float]
    converged: bool


def fit_factors(covariance: np.ndarray, mean_free_n: float, factor: np.ndarray, factors: int) -> FactorFit:
    """Each item on one factor, factors free to go together.

    Args:
        covariance: Of the items, with divisor n. mean_free_n: n. factor: Of each item, coded from 0.

    Source:
        Joreskog (1969), Psychometrika 34, 183-202; fit as in lavaan (Rosseel 2012, Journal of Statistical Software 48(2)).
    """
    from scipy.optimize import minimize

    n, items = mean_free_n, len(factor)
    spread = np.sqrt(np.diag(covariance))
    s = covariance / np.outer(spread, spread)
    pairs = [(a, b) for a in range(factors) for b in range(a)]
    own = np.arange(items)

    def matrices(v):
        loading = np.zeros((items, factors))
        loading[own, factor] = v[:items]
        phi = np.eye(factors)
        for k, (a, b) in enumerate(pairs):
            phi[a, b] = phi[b, a] = v[2 * items + k]
        return loading, np.exp(v[items : 2 * items]), phi

    def parts(v):
        """The derivative of the implied matrix by each parameter."""
        loading, unique, phi = matrices(v)
        out = []
        for i in range(items):
            side = np.zeros((items, items))
            side[i] = loading @ phi[:, factor[i]]
            out.append(side + side.T)
        for i in range(items):
            side = np.zeros((items, items))
            side[i, i] = unique[i]
            out.append(side)
        for a, b in pairs:
            side = np.outer(loading[:, a], loading[:, b])
            out.append(side + side.T)
        return np.array(out)

    def loss(v):
        loading, unique, phi = matrices(v)
        sigma = loading @ phi @ loading.T + np.diag(unique)
        sign, logdet = np.linalg.slogdet(sigma)
        if sign <= 0 or (factors > 1 and np.linalg.eigvalsh(phi)[0] < 1e-8):
            return 1e10, np.zeros(len(v))
        inverse = np.linalg.inv(sigma)
        slope = inverse - inverse @ s @ inverse
        return logdet + float((inverse * s).sum()), np.einsum("kij,ij->k", parts(v), slope)

    start = np.concatenate([_start(s, factor), np.zeros(items), np.full(len(pairs), 0.3)])
    start[items : 2 * items] = np.log(np.maximum(1 - start[:items] ** 2, 0.1))
    found = minimize(loss, start, jac=True, method="BFGS", options={"gtol": 1e-9, "maxiter": 2000})
    loading, unique, phi = matrices(found.x)
    sigma = loading @ phi @ loading.T + np.diag(unique)
    inverse = np.linalg.inv(sigma)
    slopes = parts(found.x)
    half = np.einsum("ij,kjl->kil", inverse, slopes)
    information = n / 2 * np.einsum("kij,mji->km", half, half)
    errors = np.linalg.pinv(information, hermitian=True)
    signs = np.array([np.sign(found.x[:items][factor == k].sum()) or 1.0 for k in range(factors)])
    value = found.x[:items] * signs[factor]
    total = np.sqrt(value**2 + unique)
    turn = np.zeros((items, len(start)))  # of the standardised loading
    turn[own, own] = unique / total**3 * signs[factor]
    turn[own, items + own] = -value * unique / (2 * total**3)
    phi = phi * np.outer(signs, signs)
    phi_se = np.zeros((factors, factors))
    for k, (a, b) in enumerate(pairs):
        phi_se[a, b] = phi_se[b, a] = np.sqrt(max(errors[2 * items + k, 2 * items + k], 0))
    log_s = float(np.linalg.slogdet(s)[1])
    chi2 = n * (found.fun - log_s - items)
    fit = {"chi2": float(max(chi2, 0)), "df": items * (items + 1) // 2 - len(start), "chi2_none": -n * log_s, "df_none": items * (items - 1) // 2,
           "loglik": -n / 2 * (items * np.log(2 * np.pi) + found.fun + 2 * float(np.log(spread).sum()))}  # fmt: skip
    settled = bool(np.abs(found.jac).max() < 1e-5 and (unique > 1e-4).all())
    return FactorFit(value / total, np.sqrt(np.maximum(np.einsum("ik,km,im->i", turn, errors, turn), 0)), phi, phi_se, unique / total**2,
                     sigma * np.outer(spread, spread), fit, settled)  # fmt: skip


def _start(s: np.ndarray, factor: np.ndarray) -> np.ndarray:
    """First principal component of each factor's items, a little shortened."""
    out = np.empty(len(factor))
    for k in np.unique(factor):
        own = np.flatnonzero(factor == k)
        values, vectors = np.linalg.eigh(s[np.ix_(own, own)])
        first = vectors[:, -1] * np.sign(vectors[:, -1].sum() or 1.0)
        out[own] = np.clip(first * np.sqrt(values[-1]) * 0.9, -0.95, 0.95)
    return out


def fit_indices(fit: dict[str, float], n: float, observed: np.ndarray, implied: np.ndarray) -> dict[str, float]:
    """CFI, TLI, RMSEA with its 90 % interval, SRMR (as lavaan), and p of the exact fit.

    Source:
        Bentler (1990), Psychological Bulletin 107, 238-246; Steiger (1990); Hu and Bentler (1999).
    """
    from scipy.optimize import brentq
    from scipy.stats import chi2 as chi
    from scipy.stats import ncx2

    value, df, none, df_none = (fit[key] for key in ("chi2", "df", "chi2_none", "df_none"))
    over, over_none = max(value - df, 0.0), max(none - df_none, value - df, 0.0)
    tail = lambda ncp, p: float(ncx2.cdf(value, df, ncp) if ncp > 0 else chi.cdf(value, df)) - p

    def limit(p):
        return brentq(tail, 0, max(10 * value, 100), args=(p,)) if df > 0 and tail(0, p) > 0 else 0.0

    spread, own = np.sqrt(np.diag(observed)), np.sqrt(np.diag(implied))
    off = np.tril_indices(len(observed))
    gap = (observed / np.outer(spread, spread) - implied / np.outer(own, own))[off]
    gap[off[0] == off[1]] = (np.diag(observed) - np.diag(implied)) / np.diag(observed)
    rmsea = lambda ncp: float(np.sqrt(ncp / (df * n))) if df > 0 else 0.0
    return {"p_value": float(chi.sf(value, df)) if df > 0 else np.nan, "cfi": 1 - over / over_none if over_none > 0 else 1.0,
            "tli": (none / df_none - value / df) / (none / df_none - 1) if df > 0 else 1.0, "rmsea": rmsea(over),
            "rmsea_lower": rmsea(limit(0.95)), "rmsea_upper": rmsea(limit(0.05)), "srmr": float(np.sqrt((gap**2).mean()))}  # fmt: skip
