"""Adjacent-category and continuation-ratio logits with one slope a column, by Fisher scoring on weighted, grouped rows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import expit, log_expit, log_softmax

from ccsat.numerics.design_rows import DesignRows

STEPS = 30


@dataclass(frozen=True)
class LevelsFit:
    """A fitted model in the units of x: one intercept a step between levels, then the slopes (of higher levels).

    `influence`: one row a distinct row, what a unit of weight there moves each parameter.
    """

    parameters: np.ndarray
    covariance: np.ndarray
    loglik: float
    steps: int
    converged: bool
    levels: int
    separated: tuple[int, ...]
    influence: np.ndarray


def fit_adjacent(rows: DesignRows) -> LevelsFit:
    """log P(Y = j+1) / P(Y = j) = a_j + x'b.

    Source:
        Agresti (2010), Analysis of Ordinal Categorical Data, 4.1.
    """
    higher = np.arange(rows.levels)
    passed = (higher[:, None] > np.arange(rows.levels - 1)[None, :]).astype(float)  # level k has passed step j

    def parts(x, parameters):
        log_p = log_softmax(
            (passed @ parameters[: rows.levels - 1])[None, :] + (x @ parameters[rows.levels - 1 :])[:, None] * higher, 1
        )
        p = np.exp(log_p)
        beyond, mean = p @ passed, p @ higher
        score = np.column_stack([passed[rows.y] - beyond, (rows.y - mean)[:, None] * x])
        w = rows.weight
        m = rows.levels - 1
        hessian = np.zeros((len(parameters),) * 2)
        both = np.minimum.outer(np.arange(m), np.arange(m)), np.maximum.outer(np.arange(m), np.arange(m))
        hessian[:m, :m] = -((w @ beyond)[both[1]] - beyond.T @ (w[:, None] * beyond))
        hessian[:m, m:] = -(((p * higher) @ passed - beyond * mean[:, None]) * w[:, None]).T @ x
        hessian[m:, :m] = hessian[:m, m:].T
        hessian[m:, m:] = -(x.T @ ((w * (p @ higher**2 - mean**2))[:, None] * x))
        return float(w @ log_p[np.arange(len(w)), rows.y]), score, hessian

    return _newton(rows, parts)


def fit_continuation(rows: DesignRows) -> LevelsFit:
    """logit P(Y > j given Y >= j) = a_j + x'b, by Fisher scoring (standard errors from the expected information).

    Source:
        Fienberg (1980), The Analysis of Cross-Classified Categorical Data; Agresti (2010), 4.2.
    """
    step = np.arange(rows.levels - 1)
    reached = rows.y[:, None] >= step[None, :]
    passed = rows.y[:, None] > step[None, :]

    def parts(x, parameters):
        m = rows.levels - 1
        predictor = parameters[:m][None, :] + (x @ parameters[m:])[:, None]
        p = expit(predictor)
        left = np.where(reached, passed - p, 0.0)
        w = rows.weight
        score = np.column_stack([left, left.sum(1)[:, None] * x])
        there = np.cumprod(np.column_stack([np.ones(len(x)), p[:, :-1]]), axis=1)  # chance of reaching each step
        curve = there * p * (1 - p) * w[:, None]
        hessian = np.zeros((len(parameters),) * 2)
        hessian[:m, :m] = -np.diag(curve.sum(0))
        hessian[:m, m:] = -(curve.T @ x)
        hessian[m:, :m] = hessian[:m, m:].T
        hessian[m:, m:] = -(x.T @ (curve.sum(1)[:, None] * x))
        log_p = np.where(reached, np.where(passed, log_expit(predictor), log_expit(-predictor)), 0.0)
        return float(w @ log_p.sum(1)), score, hessian

    return _newton(rows, parts)


def _newton(rows: DesignRows, parts) -> LevelsFit:
    total, m = rows.weight.sum(), rows.levels - 1
    mean = rows.weight @ rows.x / total
    scale = np.sqrt(rows.weight @ (rows.x - mean) ** 2 / total)
    scale = np.where(scale > 0, scale, 1.0)
    x = (rows.x - mean) / scale
    parameters = np.zeros(m + x.shape[1])
    loglik, score, hessian = parts(x, parameters)
    converged, steps = False, 0
    while steps < STEPS:
        steps += 1
        step = np.linalg.lstsq(-hessian, rows.weight @ score)[0]
        size = 1.0
        while True:
            trial = parts(x, parameters + size * step)
            if trial[0] >= loglik - 1e-9 * abs(loglik) or size < 1e-6:
                break
            size /= 2
        parameters, (loglik, score, hessian) = parameters + size * step, trial
        if np.abs(size * step).max() < 1e-9:
            converged = True
            break
    runaway = () if converged else tuple(np.flatnonzero(np.abs(step[m:]) * np.ptp(x, axis=0) > 0.02).tolist())
    kept = [k for k in range(len(parameters)) if k - m not in runaway]
    inverse = np.zeros_like(hessian)
    inverse[np.ix_(kept, kept)] = np.linalg.pinv(-hessian[np.ix_(kept, kept)], hermitian=True)
    turn = np.eye(len(parameters))
    turn[:m, m:] = -(mean / scale)
    turn[range(m, len(turn)), range(m, len(turn))] = 1 / scale
    return LevelsFit(
        turn @ parameters,
        turn @ inverse @ turn.T,
        loglik,
        steps,
        converged,
        rows.levels,
        runaway,
        score @ inverse @ turn.T,
    )
