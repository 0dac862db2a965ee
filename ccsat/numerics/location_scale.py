"""Cumulative link models whose spread depends on columns: P(Y <= j) = F((theta_j - x'beta) / exp(z'zeta))."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ccsat.numerics.cumulative import fit_cumulative
from ccsat.numerics.design_rows import DesignRows
from ccsat.numerics.links import FAR, LINKS


@dataclass(frozen=True)
class LocationScaleFit:
    """A fitted model in the units of x: thresholds, slopes, then log-spread slopes; `influence` as in robust_covariance."""

    parameters: np.ndarray
    covariance: np.ndarray
    loglik: float
    loglik_same_spread: float
    converged: bool
    spread: tuple[int, ...]
    influence: np.ndarray


def fit_location_scale(rows: DesignRows, spread: Sequence[int], *, link: str = "logit") -> LocationScaleFit:
    """The weighted maximum-likelihood fit.

    Args:
        spread: Columns of x that the spread of the answers may depend on.

    Source:
        McCullagh (1980), JRSS B 42, 6.1; Cox (1995), Statistics in Medicine 14, 1191-1203.
    """
    first = fit_cumulative(rows, link=link)
    cuts, p, q = rows.levels - 1, rows.x.shape[1], len(spread)
    mean = rows.weight @ rows.x / rows.weight.sum()
    scale = np.sqrt(rows.weight @ (rows.x - mean) ** 2 / rows.weight.sum())
    scale = np.where(scale > 0, scale, 1.0)
    x = (rows.x - mean) / scale
    z = x[:, list(spread)]
    # raw log-spread is zeta_raw'z_raw up to a constant: theta and beta of x are the standardised ones times exp(zeta'mean/scale)
    theta = first.theta - mean @ first.beta
    parameters = np.concatenate([theta, first.beta * scale, np.zeros(q)])
    w, y, parts = rows.weight, rows.y, LINKS[link].parts
    upper, lower = np.eye(cuts + 1)[:, :cuts][y], np.eye(cuts + 1, k=-1)[:, :cuts][y]

    def evaluate(v):
        e, slope = np.exp(-(z @ v[cuts + p :])), x @ v[cuts : cuts + p]
        edges = np.concatenate([[0.0], v[:cuts], [0.0]])
        u = np.where(y < cuts, (edges[y + 1] - slope) * e, FAR)
        lo = np.where(y > 0, (edges[y] - slope) * e, -FAR)
        prob, fu, fl, du, dl = parts(u, lo)
        if not (prob > 0).all():
            return -np.inf, None, None
        gu, gl = fu / prob, -fl / prob
        ju = np.column_stack([e[:, None] * upper, -e[:, None] * x, -np.where(y < cuts, u, 0)[:, None] * z])
        jl = np.column_stack([e[:, None] * lower, -e[:, None] * x, -np.where(y > 0, lo, 0)[:, None] * z])
        score = gu[:, None] * ju + gl[:, None] * jl
        cross = ju.T @ ((w * -gu * gl)[:, None] * jl)
        hessian = (
            ju.T @ ((w * (du / prob - gu**2))[:, None] * ju)
            + jl.T @ ((w * (-dl / prob - gl**2))[:, None] * jl)
            + cross
            + cross.T
        )
        s = slice(cuts + p, None)
        bend = np.column_stack(
            [(w * e)[:, None] * (gu[:, None] * upper + gl[:, None] * lower), -(w * e * (gu + gl))[:, None] * x]
        )
        hessian[s, : cuts + p] -= z.T @ bend
        hessian[: cuts + p, s] -= bend.T @ z
        hessian[s, s] += z.T @ ((w * (gu * u * (y < cuts) + gl * lo * (y > 0)))[:, None] * z)
        return float(w @ np.log(prob)), score, hessian

    loglik, score, hessian = evaluate(parameters)
    converged = False
    for _ in range(60):
        low = np.linalg.eigvalsh(-hessian)[0]
        step = np.linalg.lstsq(-hessian + max(0.0, 1e-3 - low) * np.eye(len(parameters)), w @ score)[0]
        size = 1.0
        while size > 1e-8:
            trial = evaluate(parameters + size * step)
            if trial[0] >= loglik - 1e-10 * abs(loglik):
                break
            size /= 2
        else:
            break
        parameters, (loglik, score, hessian) = parameters + size * step, trial
        if np.abs(size * step).max() < 1e-9:
            converged = True
            break
    turn = _to_raw(parameters, mean, scale, cuts, p, spread)
    inverse = np.linalg.pinv(-hessian, hermitian=True)
    zeta = parameters[cuts + p :] / scale[list(spread)]
    factor = np.exp(zeta @ mean[list(spread)])
    raw = np.concatenate(
        [
            (parameters[:cuts] + (mean / scale) @ parameters[cuts : cuts + p]) * factor,
            parameters[cuts : cuts + p] / scale * factor,
            zeta,
        ]
    )
    return LocationScaleFit(
        raw, turn @ inverse @ turn.T, loglik, first.loglik, converged, tuple(spread), score @ inverse @ turn.T
    )


def _to_raw(parameters, mean, scale, cuts, p, spread) -> np.ndarray:
    """Derivative of the raw parameters by the standardised ones."""
    q = len(spread)
    zs = mean[list(spread)] / scale[list(spread)]
    factor = np.exp(parameters[cuts + p :] @ zs)
    turn = np.zeros((cuts + p + q,) * 2)
    turn[range(cuts), range(cuts)] = factor
    turn[:cuts, cuts : cuts + p] = mean / scale * factor
    turn[range(cuts, cuts + p), range(cuts, cuts + p)] = factor / scale
    turn[:cuts, cuts + p :] = np.outer((parameters[:cuts] + (mean / scale) @ parameters[cuts : cuts + p]) * factor, zs)
    turn[cuts : cuts + p, cuts + p :] = np.outer(parameters[cuts : cuts + p] / scale * factor, zs)
    turn[range(cuts + p, cuts + p + q), range(cuts + p, cuts + p + q)] = 1 / scale[list(spread)]
    return turn
