"""Yes/no outcomes with a normal random intercept per cluster: quadrature, or Laplace's approximation at the exact modes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ccsat.numerics.design_rows import group_rows
from ccsat.numerics.mixed_cumulative import fit_mixed


@dataclass(frozen=True)
class MixedLogit:
    """A fitted model: logit P(y = 1) = x b + u_cluster, the design with its constant first.

    Attributes:
        beta, sd: Coefficients, and the spread of the clusters. covariance: Of both together, `sd` last.
        loglik, loglik_none: With and without the random intercept.
        effects, effect_se: Each cluster's most likely u, and its spread given the model.
    """

    beta: np.ndarray
    sd: float
    covariance: np.ndarray
    loglik: float
    loglik_none: float
    effects: np.ndarray
    effect_se: np.ndarray
    converged: bool


def fit_mixed_logit(
    x: np.ndarray, y: np.ndarray, cluster: np.ndarray, weight: np.ndarray | None = None, *, nodes: int = 15
) -> MixedLogit:
    """The maximum-likelihood fit by adaptive quadrature; `nodes=1`: Laplace, as lme4 has it.

    Source:
        Liu and Pierce (1994), Biometrika 81, 624-629; Bates et al. (2015), Journal of Statistical Software 67(1).
    """
    fit = fit_mixed(list(x[:, 1:].T), y, 2, cluster, nodes=max(nodes, 3), weight=weight)
    turn = np.eye(len(fit.parameters))
    turn[0, 0] = -1.0  # a threshold is minus a constant
    found = MixedLogit(turn[:-1, :-1] @ fit.parameters[:-1], float(fit.parameters[-1]), turn @ fit.covariance @ turn, fit.loglik,
                       fit.fixed.loglik, fit.modes, fit.mode_se, fit.converged)  # fmt: skip
    return found if nodes > 1 else _laplace(x, y, cluster, weight, found)


def _laplace(x, y, cluster, weight, start: MixedLogit) -> MixedLogit:
    """Newton on the Laplace approximation from the quadrature's fit, with differences for slopes."""
    rows = group_rows([cluster, *x[:, 1:].T], y, 2, weight)
    code = rows.x[:, 0].astype(np.int64)
    z = np.column_stack([np.ones(len(code)), rows.x[:, 1:]])
    groups = int(cluster.max()) + 1
    scale = np.sqrt(np.maximum(np.diag(start.covariance), 1e-12))
    modes = np.zeros(groups)  # the last ones, to start from

    def loglik(parameters):
        nonlocal modes
        fixed, sd, u = z @ parameters[:-1], parameters[-1], modes
        for _ in range(50):
            eta = fixed + sd * u[code]
            p = 1 / (1 + np.exp(-eta))
            slope = sd * np.bincount(code, rows.weight * (rows.y - p), groups) - u
            curve = sd**2 * np.bincount(code, rows.weight * p * (1 - p), groups) + 1
            u = u + slope / curve
            if np.abs(slope).max() < 1e-11:
                break
        modes = u
        likely = float(rows.weight @ (rows.y * eta - np.logaddexp(0, eta)))
        return likely - float(u @ u) / 2 - float(np.log(curve).sum()) / 2, u, curve

    at, h = np.append(start.beta, start.sd), 1e-3
    steps = np.diag(scale) * h
    for _ in range(8):
        value = lambda p: loglik(p)[0]
        middle, size = value(at), len(at)
        plus, minus = np.array([value(at + s) for s in steps]), np.array([value(at - s) for s in steps])
        hessian = np.empty((size, size))
        for i in range(size):
            hessian[i, i] = (plus[i] - 2 * middle + minus[i]) / h**2
            for j in range(i):
                both = (
                    value(at + steps[i] + steps[j])
                    - plus[i]
                    - plus[j]
                    + 2 * middle
                    - minus[i]
                    - minus[j]
                    + value(at - steps[i] - steps[j])
                )
                hessian[i, j] = hessian[j, i] = both / (2 * h**2)
        move = np.clip(np.linalg.lstsq(-hessian, (plus - minus) / (2 * h))[0], -2, 2)
        at = at + move * scale
        if np.abs(move).max() < 1e-6:
            break
    covariance = np.outer(scale, scale) * np.linalg.pinv(-hessian, hermitian=True)
    likely, u, curve = loglik(at)
    return MixedLogit(at[:-1], abs(float(at[-1])), covariance, likely, start.loglik_none, u * at[-1], abs(at[-1]) / np.sqrt(curve),
                      bool(np.abs(move).max() < 1e-3))  # fmt: skip
