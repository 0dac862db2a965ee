"""Cumulative link models with a random intercept per cluster, by adaptive Gauss-Hermite quadrature or Laplace."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ccsat.numerics.cumulative import CumulativeFit, fit_cumulative
from ccsat.numerics.design_rows import DesignRows, group_rows
from ccsat.numerics.links import FAR, LINKS


@dataclass(frozen=True)
class MixedFit:
    """A fitted model, in the units of x: P(Y <= j) = F(theta_j - x'beta - sd * a_cluster).

    Attributes:
        parameters: Thresholds, slopes, then sd; `covariance`: of them, from the Hessian at the maximum.
        fixed: The same model without the random intercept.
        modes: Each cluster's intercept (sd times its most likely a), and `mode_se` its spread given the model.
    """

    parameters: np.ndarray
    covariance: np.ndarray
    loglik: float
    converged: bool
    fixed: CumulativeFit
    modes: np.ndarray
    mode_se: np.ndarray


class _Marginal:
    """The log-likelihood with the clusters integrated out, on standardised columns."""

    def __init__(self, rows: DesignRows, cluster: np.ndarray, link: str, nodes: int):
        self.rows, self.cluster, self.link, self.clusters = rows, cluster, LINKS[link], int(cluster.max()) + 1
        node, weight = np.polynomial.hermite.hermgauss(nodes)
        self.nodes, self.log_weights = node, np.log(weight) + node**2
        total = rows.weight.sum()
        self.mean = rows.weight @ rows.x / total
        self.scale = np.sqrt(rows.weight @ (rows.x - self.mean) ** 2 / total)
        self.scale = np.where(self.scale > 0, self.scale, 1.0)
        self.x = (rows.x - self.mean) / self.scale
        self.cuts = rows.levels - 1
        self.mode = np.zeros(self.clusters)

    def _sum(self, values):
        return np.bincount(self.cluster, self.rows.weight * values, self.clusters)

    def _bounds(self, parameters):
        edges = np.concatenate([[-FAR], parameters[: self.cuts], [FAR]])
        slope = self.x @ parameters[self.cuts : -1]
        y = self.rows.y
        return (np.where(y < self.cuts, edges[y + 1] - slope, FAR), np.where(y > 0, edges[y] - slope, -FAR))

    def _at(self, u, lo, shift):
        p, fu, fl, du, dl = self.link.parts(np.where(u < FAR, u - shift, FAR), np.where(lo > -FAR, lo - shift, -FAR))
        p = np.maximum(p, 1e-300)
        return p, fu / p, -fl / p, du / p, -dl / p

    def find_modes(self, u, lo, sd):
        """The most likely a of each cluster, and its spread by the curvature there.

        With one node both are as clmm has them, so that its Laplace fits can be compared: Newton from 0 until the slopes are
        below 0.001, with the curvature of the step before.
        """
        laplace = len(self.nodes) == 1
        mode, curve = (np.zeros(self.clusters) if laplace else self.mode), -np.ones(self.clusters)
        for _ in range(50):
            p, gu, gl, hu, hl = self._at(u, lo, sd * mode[self.cluster])
            slope = -sd * self._sum(gu + gl) - mode
            if laplace and np.abs(slope).max() < 1e-3:
                break
            curve = sd**2 * self._sum(hu + hl - (gu + gl) ** 2) - 1
            step = np.clip(-slope / np.minimum(curve, -1), -2, 2)
            mode = mode + step
            if np.abs(step).max() < 1e-10:
                break
        self.mode = mode
        return mode, 1 / np.sqrt(np.maximum(-curve, 1))

    def value(self, parameters, *, gradient=True):
        """Minus the log-likelihood, and its gradient with the nodes held in place."""
        if (np.diff(parameters[: self.cuts]) <= 0).any():
            return (np.inf, np.zeros_like(parameters)) if gradient else np.inf
        sd, (u, lo) = parameters[-1], self._bounds(parameters)
        mode, spread = self.find_modes(u, lo, sd)
        places = mode[:, None] + np.sqrt(2) * spread[:, None] * self.nodes[None, :]
        parts = np.empty_like(places)
        for k in range(len(self.nodes)):
            p, *_ = self._at(u, lo, sd * places[self.cluster, k])
            parts[:, k] = self._sum(np.log(p))
        parts += self.log_weights + np.log(spread)[:, None] - places**2 / 2 - 0.5 * np.log(np.pi)
        top = parts.max(1)
        likely = np.exp(parts - top[:, None])
        loglik = float((top + np.log(likely.sum(1))).sum())
        if not gradient:
            return -loglik
        likely /= likely.sum(1, keepdims=True)
        gu, gl, ga = np.zeros(len(u)), np.zeros(len(u)), 0.0
        for k in range(len(self.nodes)):
            a = places[self.cluster, k]
            _, up, low, *_ = self._at(u, lo, sd * a)
            share = likely[self.cluster, k] * self.rows.weight
            gu += share * up
            gl += share * low
            ga -= share @ ((up + low) * a)
        slope = np.zeros_like(parameters)
        slope[: self.cuts] = (
            np.bincount(self.rows.y, gu, self.cuts + 1)[:-1] + np.bincount(self.rows.y, gl, self.cuts + 1)[1:]
        )
        slope[self.cuts : -1] = -((gu + gl) @ self.x)
        slope[-1] = ga
        return -loglik, -slope

    def hessian(self, parameters, h=1e-4):
        """Of minus the log-likelihood, by differences of the gradient (of the value, for one node)."""
        steps = np.eye(len(parameters)) * h
        if len(self.nodes) > 1:
            found = np.array([(self.value(parameters + s)[1] - self.value(parameters - s)[1]) / (2 * h) for s in steps])
        else:
            found = np.array([(self.slope(parameters + s) - self.slope(parameters - s)) / (2 * h) for s in steps])
        return (found + found.T) / 2

    def slope(self, parameters, h=1e-5):
        """The gradient of the Laplace value, by differences."""
        steps = np.eye(len(parameters)) * h
        return np.array(
            [
                (self.value(parameters + s, gradient=False) - self.value(parameters - s, gradient=False)) / (2 * h)
                for s in steps
            ]
        )


def fit_mixed(columns, y: np.ndarray, levels: int, cluster: np.ndarray, *, link: str = "logit", nodes: int = 15,
              weight: np.ndarray | None = None) -> MixedFit:  # fmt: skip
    """The maximum-likelihood fit.

    Args:
        columns: One array a driver. cluster: Code of each row, 0 and up.
        nodes: Of the quadrature; 1 is Laplace's approximation.
        weight: Counts of equal rows.

    Source:
        Hedeker, Gibbons (1994), Biometrics 50, 933-944; Liu, Pierce (1994), Biometrika 81, 624-629.
    """
    from scipy.optimize import minimize

    both = group_rows([cluster, *columns], y, levels, weight)
    rows = DesignRows(both.x[:, 1:], both.y, both.weight, levels, both.cell, both.row_weight)
    fixed = fit_cumulative(rows, link=link)
    problem = _Marginal(rows, both.x[:, 0].astype(np.int64), link, nodes)
    turn = _to_raw(problem)
    size = len(fixed.parameters)
    back = np.linalg.inv(turn)
    start = np.append(back[:size, :size] @ fixed.parameters, 0.4)
    guess = np.eye(size + 1) * 0.02
    guess[:size, :size] = back[:size, :size] @ fixed.covariance @ back[:size, :size].T
    guess = (guess + guess.T) / 2 + 1e-3 * np.diag(np.diag(guess) <= 0)
    exact = nodes > 1
    fun = problem.value if exact else lambda v: (problem.value(v, gradient=False), problem.slope(v))
    found = minimize(
        fun,
        start,
        jac=True,
        method="BFGS",
        options={"gtol": 1e-5 * max(1.0, np.sqrt(rows.weight.sum())), "hess_inv0": guess, "maxiter": 200},
    )
    parameters = found.x
    hessian = problem.hessian(parameters)
    for _ in range(3):  # to the digits that BFGS leaves
        slope = fun(parameters)[1]
        step = np.linalg.lstsq(hessian, slope)[0]
        if not np.isfinite(step).all() or np.abs(step).max() > 0.5:
            break
        parameters = parameters - step
        if np.abs(step).max() < 1e-8:
            break
    value, slope = fun(parameters)
    mode, spread = problem.find_modes(*problem._bounds(parameters), parameters[-1])
    covariance = turn @ np.linalg.pinv(hessian, hermitian=True) @ turn.T
    raw = turn @ parameters
    raw[-1] = abs(raw[-1])
    converged = bool(np.abs(slope).max() < 1e-3 * max(1.0, np.sqrt(rows.weight.sum())))
    return MixedFit(raw, covariance, float(-value), converged, fixed, -mode * parameters[-1], spread * raw[-1])


def _to_raw(problem: _Marginal) -> np.ndarray:
    cuts, size = problem.cuts, problem.cuts + problem.x.shape[1] + 1
    turn = np.eye(size)
    turn[:cuts, cuts:-1] = problem.mean / problem.scale
    turn[range(cuts, size - 1), range(cuts, size - 1)] = 1 / problem.scale
    return turn
