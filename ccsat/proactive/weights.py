"""Weights that make those who answered stand for those who did not, also where the answer itself moved them to answer."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import expit

Z = 1.959963984540054
FARTHEST = 6.0  # a coefficient beyond it (an odds ratio of 400) is no solution but a flight to the edge


@dataclass(frozen=True)
class Odds:
    """Odds of being silent, one for each who answered, and the share of dissatisfied that they give.

    `gamma`: log odds ratio of answering, dissatisfied to not, features held equal; None where it is taken as 0.
    `share`: of the silent; `share_all`: of all. `least`: the smallest chance to answer.
    """

    weight: np.ndarray
    share: float
    share_error: float
    share_all: float
    all_error: float
    gamma: float | None
    gamma_error: float | None
    least: float


def by_features(x: np.ndarray, answered: np.ndarray, d: np.ndarray) -> Odds:
    """Weights from a logit of answering on the features: right where the answer itself moves nobody to answer.

    Args:
        x: Features of all customers, standardised. answered: Of all. d: The answers (0/1), of those who gave one.
    """
    design = np.column_stack([np.ones(len(x)), x])
    beta = _logit(design, answered.astype(float))
    return _odds(design[answered], beta, design, None, d, answered, design)


def by_answer(h: np.ndarray, answered: np.ndarray, d: np.ndarray, *, drivers: np.ndarray | None = None) -> Odds | None:
    """Weights from a chance to answer that depends on the answer, found so that weighted totals are those of all customers.

    Solves, over those who answered, sum of z / p = sum of z over all, with logit p = a + drivers b + gamma d and z = (1, drivers, h).

    Args:
        h: What is known of all customers and tells the answer, but moves nobody to answer once the answer is given: a predicted
            chance from anchors (and features). drivers: What may move people to answer by itself.

    Returns:
        None where no solution is near: `h` says too little.

    Source:
        Kott and Chang (2010), Journal of the American Statistical Association 105, 1265-1275; Deville (2000); Miao and
        Tchetgen Tchetgen (2016), Biometrika 103, 475-482.
    """
    from scipy.optimize import root

    own = np.ones((len(h), 1)) if drivers is None else np.column_stack([np.ones(len(h)), drivers])
    z = np.column_stack([own, h])
    seen, x = z[answered], np.column_stack([own[answered], d])
    total = z.mean(0)

    def lacking(theta: np.ndarray) -> np.ndarray:
        return seen.T @ (1 + np.exp(-np.clip(x @ theta, -30, 30))) / len(h) - total

    def slope(theta: np.ndarray) -> np.ndarray:
        return -(seen.T @ (x * np.exp(-np.clip(x @ theta, -30, 30))[:, None])) / len(h)

    start = np.zeros(x.shape[1])
    start[0] = np.log(answered.mean() / (1 - answered.mean()))
    found = root(lacking, start, jac=slope, method="hybr")
    theta = found.x
    if not found.success or abs(theta[-1]) > FARTHEST or np.abs(lacking(theta)).max() > 1e-6:
        return None
    return _odds(x, theta, z, slope(theta), d, answered, own)


def agreement(h: np.ndarray, other: np.ndarray, answered: np.ndarray, d: np.ndarray, fit: Odds) -> float:
    """p-value of two sources of the same weights: would matching `other` as well need another gamma?

    The moment of `other` at the solution, with the sampling error of the solution taken off (a score test).
    """
    z = np.column_stack([np.ones(len(h)), h])
    x = np.column_stack([np.ones(len(d)), d])
    p_inverse = 1 + fit.weight
    moments = np.zeros((len(h), 3))
    both = np.column_stack([z, other])
    moments[answered] = both[answered] * fit.weight[:, None]
    moments[~answered] = -both[~answered]
    jacobian = -(both[answered].T @ (x * (p_inverse - 1)[:, None])) / len(h)
    clean = moments[:, 2] - moments[:, :2] @ np.linalg.solve(jacobian[:2], np.eye(2)).T @ jacobian[2]
    value, error = clean.mean(), clean.std(ddof=1) / np.sqrt(len(h))
    from scipy.special import ndtr

    return float(2 * ndtr(-abs(value / error))) if error > 0 else 1.0


def _logit(design: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Coefficients of a logit; a small ridge keeps a separated one finite."""
    beta = np.zeros(design.shape[1])
    ridge = np.full(design.shape[1], 1e-3)
    ridge[0] = 0
    for _ in range(50):
        p = expit(design @ beta)
        step = np.linalg.solve(
            (design * (p * (1 - p))[:, None]).T @ design + np.diag(ridge + 1e-9), design.T @ (y - p) - ridge * beta
        )
        beta = beta + np.clip(step, -2, 2)
        if np.abs(step).max() < 1e-10:
            break
    return beta


def _odds(
    x: np.ndarray,
    theta: np.ndarray,
    z: np.ndarray,
    jacobian: np.ndarray | None,
    d: np.ndarray,
    answered: np.ndarray,
    own: np.ndarray,
) -> Odds:
    """The shares and their errors by linearisation, the estimated chance to answer in them.

    `jacobian` None: a likelihood fit of `z` (the design of all) instead of moments.
    """
    n, weight = len(answered), np.exp(-np.clip(x @ theta, -30, 30))
    share = float(weight @ d / weight.sum())
    inverse = 1 + weight
    share_all = float(inverse @ d / inverse.sum())
    if jacobian is None:
        p = expit(z @ theta)
        scores = z * (answered - p)[:, None]
        bread = np.linalg.pinv((z * (p * (1 - p))[:, None]).T @ z / n)
        moved = scores @ bread.T
    else:
        moments = -z.copy()
        moments[answered] = z[answered] * weight[:, None]
        bread = np.linalg.pinv(-jacobian)
        moved = moments @ bread.T
        covariance = moved.T @ moved / n**2
    errors = []
    for per, value in ((weight, share), (inverse, share_all)):
        slope = -(x * (weight * (d - value))[:, None]).sum(0) / per.sum()
        influence = moved @ slope
        influence[answered] += n * per * (d - value) / per.sum()
        errors.append(float(np.sqrt((influence**2).sum()) / n))
    gamma, gamma_error = (None, None) if jacobian is None else (float(theta[-1]), float(np.sqrt(covariance[-1, -1])))
    least = float((1 / inverse).min())
    return Odds(weight, share, errors[0], share_all, errors[1], gamma, gamma_error, least)


def interval(share: float, error: float) -> tuple[float, float]:
    """A share's interval on the log odds: inside 0 to 1."""
    if not 0 < share < 1 or not np.isfinite(error):
        return (float("nan"), float("nan"))
    centre, half = np.log(share / (1 - share)), Z * error / (share * (1 - share))
    return float(expit(centre - half)), float(expit(centre + half))
