"""Cumulative link models, P(Y <= j) = F(theta_j + z'gamma_j - x'beta), by Newton on weighted, grouped rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ccsat.numerics.design_rows import DesignRows, cluster_sums, group_rows, robust_covariance
from ccsat.numerics.links import FAR, LINKS

__all__ = ["CumulativeFit", "DesignRows", "cluster_sums", "dependent_columns", "fit_cumulative", "group_rows",
           "influence_rows", "robust_covariance", "shares_at"]  # fmt: skip

STEPS = 30


@dataclass(frozen=True)
class CumulativeFit:
    """A fitted model, in the units of x.

    Attributes:
        parameters: Per cut theta and its gammas, then the slopes beta (of higher levels).
        covariance: Of them by the model: the inverse of minus the Hessian.
        free: Columns of x with an effect of their own at each cut; `common`: those with one slope.
        separated: Columns whose effect has no finite estimate; they have no variance.
    """

    link: str
    parameters: np.ndarray
    covariance: np.ndarray
    loglik: float
    loglik_null: float
    steps: int
    converged: bool
    levels: int
    free: tuple[int, ...]
    common: tuple[int, ...]
    separated: tuple[int, ...]

    @property
    def theta(self) -> np.ndarray:
        """Thresholds, lowest first."""
        return self._cuts()[:, 0]

    @property
    def gamma(self) -> np.ndarray:
        """Effects on the thresholds: one row a cut, one column a free column."""
        return self._cuts()[:, 1:]

    @property
    def beta(self) -> np.ndarray:
        """Slopes of the common columns."""
        return self.parameters[self.first_slope :]

    @property
    def first_slope(self) -> int:
        """Where the slopes begin among the parameters."""
        return (self.levels - 1) * (1 + len(self.free))

    def _cuts(self) -> np.ndarray:
        return self.parameters[: self.first_slope].reshape(self.levels - 1, -1)


class _Problem:
    """Log-likelihood, gradient and Hessian on standardised columns."""

    def __init__(self, rows: DesignRows, link: str, free: Sequence[int]):
        self.rows, self.link, self.weight = rows, LINKS[link], rows.weight
        self.free, self.common = tuple(free), tuple(k for k in range(rows.x.shape[1]) if k not in set(free))
        total = rows.weight.sum()
        self.mean = rows.weight @ rows.x / total
        self.scale = np.sqrt(np.maximum(rows.weight @ (rows.x - self.mean) ** 2 / total, 0))
        self.scale = np.where(self.scale > 0, self.scale, 1.0)
        x = (rows.x - self.mean) / self.scale
        self.x = np.ascontiguousarray(x[:, self.common])
        self.z = np.column_stack([np.ones(len(x)), x[:, self.free]])
        self.cuts, self.q = rows.levels - 1, 1 + len(self.free)
        self.slices = rows.slices()

    def start(self) -> np.ndarray:
        share = np.cumsum(self.rows.level_weights())[:-1] / self.weight.sum()
        parameters = np.zeros(self.cuts * self.q + self.x.shape[1])
        parameters[: self.cuts * self.q : self.q] = self.link.inverse(share)
        return parameters

    def bounds(self, parameters) -> tuple[np.ndarray, np.ndarray]:
        """Of each row: the linear predictor at its own cut and at the one below."""
        alpha, slope = (
            parameters[: self.cuts * self.q].reshape(self.cuts, self.q),
            self.x @ parameters[self.cuts * self.q :],
        )
        u, lo = np.full(len(slope), FAR), np.full(len(slope), -FAR)
        for k, rows in enumerate(self.slices):
            if k < self.cuts:
                u[rows] = self.z[rows] @ alpha[k] - slope[rows]
            if k > 0:
                lo[rows] = self.z[rows] @ alpha[k - 1] - slope[rows]
        return u, lo

    def slopes(self, parameters):
        """d log P / d u and / d lo of each row, log-likelihood, and what the second derivatives need."""
        p, fu, fl, du, dl = self.link.parts(*self.bounds(parameters))
        with np.errstate(divide="ignore", invalid="ignore"):
            loglik = self.weight @ np.log(p) if (p > 0).all() else -np.inf
            gu, gl = fu / p, -fl / p
            return loglik, gu, gl, du / p - gu**2, -dl / p - gl**2, -gu * gl

    def derivatives(self, parameters):
        loglik, gu, gl, huu, hll, hul = self.slopes(parameters)
        if not np.isfinite(loglik):
            return loglik, None, None
        w, x, z, q, m = self.weight, self.x, self.z, self.q, self.cuts * self.q
        gradient, hessian = np.zeros(len(parameters)), np.zeros((len(parameters),) * 2)
        gradient[m:] = -((w * (gu + gl)) @ x)
        hessian[m:, m:] = x.T @ ((w * (huu + 2 * hul + hll))[:, None] * x)
        for k, rows in enumerate(self.slices):
            wk, zk, xk = w[rows], z[rows], x[rows]
            at, under = slice(k * q, (k + 1) * q), slice((k - 1) * q, k * q)
            for own, g, h in ((at, gu, huu), (under, gl, hll)):
                if (own is at and k < self.cuts) or (own is under and k > 0):
                    gradient[own] += (wk * g[rows]) @ zk
                    hessian[own, own] += zk.T @ ((wk * h[rows])[:, None] * zk)
                    hessian[own, m:] -= (
                        zk.T @ ((wk * (h + hul)[rows])[:, None] * xk)
                        if q > 1
                        else ((wk * (h + hul)[rows]) @ xk)[None, :]
                    )
            if 0 < k < self.cuts:
                hessian[under, at] += zk.T @ ((wk * hul[rows])[:, None] * zk)
        upper = np.triu(hessian, 1)
        return loglik, gradient, np.diag(np.diag(hessian)) + upper + upper.T

    def to_raw(self) -> np.ndarray:
        """The matrix that turns parameters of standardised columns into those of x."""
        m, size = self.cuts * self.q, self.cuts * self.q + self.x.shape[1]
        turn = np.eye(size)
        free, common = list(self.free), list(self.common)
        for j in range(self.cuts):
            turn[j * self.q, j * self.q + 1 : (j + 1) * self.q] = -(self.mean / self.scale)[free]
            turn[j * self.q, m:] = (self.mean / self.scale)[common]
            turn[range(j * self.q + 1, (j + 1) * self.q), range(j * self.q + 1, (j + 1) * self.q)] = (
                1 / self.scale[free]
            )
        turn[range(m, size), range(m, size)] = 1 / self.scale[common]
        return turn


def fit_cumulative(
    rows: DesignRows, *, link: str = "logit", free: Sequence[int] = (), start: np.ndarray | None = None
) -> CumulativeFit:
    """The weighted maximum-likelihood fit; every level must be seen.

    Args:
        link: "logit", "probit" or "cloglog".
        free: Columns whose effect may differ from cut to cut (partial proportional odds).
        start: Parameters to begin at, in the units of x.

    Source:
        McCullagh (1980), JRSS B 42, 109-142; Peterson, Harrell (1990), Applied Statistics 39, 205-217.
    """
    problem = _Problem(rows, link, free)
    turn = problem.to_raw()
    parameters = problem.start() if start is None else np.linalg.solve(turn, start)
    loglik, gradient, hessian = problem.derivatives(parameters)
    null, done, step, steps = _null_loglik(rows), False, np.zeros_like(parameters), 0
    while steps < STEPS:
        steps += 1
        step = _solve(-hessian, gradient)
        size = 1.0
        while size > 1e-6:
            trial = problem.derivatives(parameters + size * step)
            if trial[0] >= loglik - 1e-9 * abs(loglik) and trial[1] is not None:
                break
            size /= 2
        else:
            break
        parameters = parameters + size * step
        loglik, gradient, hessian = trial
        if np.abs(size * step).max() < 1e-9:
            done = True
            break
    separated = () if done else _runaway(problem, step)
    kept = np.array([k for k in range(len(parameters)) if k not in _places(problem, separated)])
    inverse = np.zeros_like(hessian)
    inverse[np.ix_(kept, kept)] = np.linalg.pinv(-hessian[np.ix_(kept, kept)], hermitian=True)
    return CumulativeFit(link, turn @ parameters, turn @ inverse @ turn.T, float(loglik), null, steps, done, rows.levels,
                         problem.free, problem.common, separated)  # fmt: skip


def influence_rows(fit: CumulativeFit, rows: DesignRows) -> np.ndarray:
    """What a unit of weight in each distinct row moves each parameter: its score times the covariance."""
    problem = _Problem(rows, fit.link, fit.free)
    turn = problem.to_raw()
    _, gu, gl, *_ = problem.slopes(np.linalg.solve(turn, fit.parameters))
    score = np.zeros((len(rows.y), len(fit.parameters)))
    score[:, fit.first_slope :] = -(gu + gl)[:, None] * problem.x
    for k, part in enumerate(problem.slices):
        q = problem.q
        if k < problem.cuts:
            score[part, k * q : (k + 1) * q] = gu[part, None] * problem.z[part]
        if k > 0:
            score[part, (k - 1) * q : k * q] = gl[part, None] * problem.z[part]
    return score @ np.linalg.solve(turn, fit.covariance)


def shares_at(fit: CumulativeFit, x: np.ndarray, weight: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Average share of each level over rows x, and its gradient: one row a level, one column a parameter."""
    link, w = LINKS[fit.link], weight / weight.sum()
    z, common = np.column_stack([np.ones(len(x)), x[:, list(fit.free)]]), x[:, list(fit.common)]
    cuts, q = fit.levels - 1, 1 + len(fit.free)
    below, slope = np.zeros(fit.levels + 1), np.zeros((fit.levels + 1, len(fit.parameters)))
    below[-1] = 1
    predictor = common @ fit.beta
    for j in range(cuts):
        u = z @ fit.parameters[j * q : (j + 1) * q] - predictor
        below[j + 1] = w @ link.cdf(u)
        f = w * link.density(u)
        slope[j + 1, j * q : (j + 1) * q] = f @ z
        slope[j + 1, fit.first_slope :] = -(f @ common)
    return np.diff(below), np.diff(slope, axis=0)


def dependent_columns(rows: DesignRows) -> tuple[int, ...]:
    """Columns that others before them determine: constant ones and exact sums."""
    w = rows.weight / rows.weight.sum()
    x = rows.x - w @ rows.x
    gram = x.T @ (w[:, None] * x)
    found = []
    scale = np.sqrt(np.diag(gram))
    for k in range(len(gram)):
        if scale[k] <= 1e-12 * max(1.0, np.abs(rows.x[:, k]).max()):
            found.append(k)
            continue
        before = [j for j in range(k) if j not in found]
        unit = gram / np.outer(np.where(scale > 0, scale, 1), np.where(scale > 0, scale, 1))
        left = 1 - (
            unit[k, before] @ np.linalg.lstsq(unit[np.ix_(before, before)], unit[before, k])[0] if before else 0
        )
        if left < 1e-10:
            found.append(k)
    return tuple(found)


def _null_loglik(rows: DesignRows) -> float:
    level = rows.level_weights()
    return float(level @ np.log(level / level.sum()))


def _solve(matrix: np.ndarray, vector: np.ndarray) -> np.ndarray:
    try:
        return np.linalg.solve(matrix, vector)
    except np.linalg.LinAlgError:
        return np.linalg.lstsq(matrix, vector)[0]


def _runaway(problem: _Problem, step: np.ndarray) -> tuple[int, ...]:
    """Columns whose last step still moves the predictor: their likelihood rises without end."""
    reach = np.ptp(problem.rows.x, axis=0) / problem.scale
    m, q = problem.cuts * problem.q, problem.q
    moves = np.zeros(len(reach))
    moves[list(problem.common)] = np.abs(step[m:])
    for place, k in enumerate(problem.free):
        moves[k] = np.abs(step[1 + place : m : q]).max()
    return tuple(np.flatnonzero(moves * reach > 0.02).tolist())


def _places(problem: _Problem, columns: tuple[int, ...]) -> set[int]:
    """Where the parameters of some columns stand."""
    m, q = problem.cuts * problem.q, problem.q
    slopes = {m + place for place, k in enumerate(problem.common) if k in columns}
    return slopes | {
        j * q + 1 + place for j in range(problem.cuts) for place, k in enumerate(problem.free) if k in columns
    }
