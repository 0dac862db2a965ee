"""Multinomial logit by Newton's method on grouped rows, with robust errors and average marginal effects."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Multinomial:
    """A fitted model.

    Attributes:
        beta: Coefficients, one row a column of the design, one column a level but the first (the reference).
        covariance: Of beta, level by level (`beta.T.ravel()`).
        p: Fitted shares of every row, the reference first.
        separated: Whether a combination of drivers tells a level for sure, so that coefficients run away.
    """

    beta: np.ndarray
    covariance: np.ndarray
    p: np.ndarray
    log_likelihood: float
    null_log_likelihood: float
    converged: bool
    separated: bool

    @property
    def error(self) -> np.ndarray:
        """Standard errors, shaped as `beta`."""
        return np.sqrt(np.diag(self.covariance)).reshape(self.beta.shape[1], -1).T


def fit_multinomial(
    x: np.ndarray, y: np.ndarray, levels: int, *, weight: np.ndarray | None = None, cluster: np.ndarray | None = None,
    squares: np.ndarray | None = None, rows: int | None = None, most: int = 60,
) -> Multinomial:  # fmt: skip
    """Fit log(P(level k) / P(level 0)) = x b_k.

    Args:
        x: Design with its constant, one row a group of equal rows or a row. y: Level of each, coded from 0.
        weight: Rows each stands for.
        cluster: Of each; the covariance is then the sandwich over clusters with G / (G - 1).
        squares: Sum of the squared weights of the rows each stands for, of which there are `rows` in all; the
            covariance is then the sandwich over rows, as sampling weights need.

    Source:
        McFadden (1974); Newton-Raphson on the log-likelihood, which is concave.
    """
    w = np.ones(len(y)) if weight is None else np.asarray(weight, float)
    unit = np.sqrt((w @ x**2) / w.sum())
    unit = np.where(unit > 0, unit, 1.0)
    z, k, p = x / unit, levels - 1, x.shape[1]
    hit = (y[:, None] == np.arange(1, levels)).astype(float)
    beta, last, converged = np.zeros((p, k)), -np.inf, False
    for _ in range(most):
        share, likely = _shares(z @ beta, y, w)
        score = (z.T @ (w[:, None] * (hit - share[:, 1:]))).T.ravel()
        information = _information(z, share[:, 1:], w)
        step = np.linalg.lstsq(information, score, rcond=1e-13)[0].reshape(k, p).T
        size = 1.0
        while (moved := _shares(z @ (beta + size * step), y, w)[1]) < likely - 1e-12 * abs(likely) and size > 1e-6:
            size /= 2
        beta, converged = (
            beta + size * step,
            abs(moved - likely) <= 1e-13 * (abs(moved) + 1) and np.abs(step).max() < 1e-9,
        )
        if converged or (moved == last and np.abs(step).max() < 1e-7):
            converged = True
            break
        last = moved
    share, likely = _shares(z @ beta, y, w)
    inverse = np.linalg.pinv(_information(z, share[:, 1:], w), rcond=1e-14, hermitian=True)
    if cluster is not None or squares is not None:
        score = ((hit - share[:, 1:])[:, :, None] * z[:, None, :]).reshape(len(y), -1)
        if cluster is not None:
            groups = int(cluster.max()) + 1
            score = np.column_stack([np.bincount(cluster, w * column, minlength=groups) for column in score.T])
            meat = score.T @ score * (groups / max(groups - 1, 1))
        else:
            meat = score.T @ (score * squares[:, None]) * (rows / max(rows - 1, 1))
        inverse = inverse @ meat @ inverse
    back = np.tile(1 / unit, k)
    total = np.bincount(y, w, minlength=levels)
    with np.errstate(divide="ignore", invalid="ignore"):
        null = float(np.where(total > 0, total * np.log(total / total.sum()), 0.0).sum())
    separated = not converged or bool(np.abs(z @ beta).max(initial=0) > 25)
    return Multinomial(beta / unit[:, None], inverse * np.outer(back, back), share, likely, null, converged, separated)


def _shares(eta: np.ndarray, y: np.ndarray, w: np.ndarray) -> tuple[np.ndarray, float]:
    eta = np.column_stack([np.zeros(len(eta)), eta])
    eta = eta - eta.max(1, keepdims=True)
    total = np.log(np.exp(eta).sum(1))
    return np.exp(eta - total[:, None]), float(w @ (eta[np.arange(len(y)), y] - total))


def _information(z: np.ndarray, share: np.ndarray, w: np.ndarray) -> np.ndarray:
    k, p = share.shape[1], z.shape[1]
    out = np.empty((k * p, k * p))
    for i in range(k):
        for j in range(i, k):
            part = w * share[:, i] * ((i == j) - share[:, j])
            block = z.T @ (z * part[:, None])
            out[i * p : (i + 1) * p, j * p : (j + 1) * p] = block
            out[j * p : (j + 1) * p, i * p : (i + 1) * p] = block
    return out


def marginal_effects(
    model: Multinomial, x: np.ndarray, *, column: int, weight: np.ndarray | None = None, moves: tuple[np.ndarray, np.ndarray] | None = None
) -> tuple[np.ndarray, np.ndarray]:  # fmt: skip
    """How much does each level's share move, on average over the rows, with one driver? With standard errors.

    Args:
        column: Of the design, for the average derivative.
        moves: Two designs, for the average difference between them instead (a yes/no driver, a level).
    """
    w = np.ones(len(x)) if weight is None else weight
    w = w / w.sum()
    (p, k), none = model.beta.shape, np.zeros(len(x), int)
    slopes = np.zeros((k + 1, k, p))
    if moves is not None:
        value = np.zeros(k + 1)
        for design, sign in zip(moves, (-1.0, 1.0), strict=True):
            share = _shares(design @ model.beta, none, w)[0]
            value += sign * (w @ share)
            for level in range(k + 1):
                for to in range(1, k + 1):
                    slopes[level, to - 1] += sign * ((w * share[:, level] * ((level == to) - share[:, to])) @ design)
    else:
        share = _shares(x @ model.beta, none, w)[0]
        b = np.concatenate(([0.0], model.beta[column]))
        apart = b - (share @ b)[:, None]
        value = w @ (share * apart)
        for level in range(k + 1):
            for to in range(1, k + 1):
                turn = w * share[:, level] * ((level == to) - share[:, to])
                slopes[level, to - 1] = (turn * apart[:, level] - w * share[:, level] * share[:, to] * apart[:, to]) @ x
                slopes[level, to - 1, column] += turn.sum()
    flat = slopes.reshape(k + 1, -1)
    return value, np.sqrt(np.maximum(np.einsum("ka,ab,kb->k", flat, model.covariance, flat), 0))
