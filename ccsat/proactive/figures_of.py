"""How well risks rank and how well they count, on weighted rows: AUC, calibration, capture and precision with their errors."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import expit, logit

from ccsat.proactive.weights import Z, interval

NAN = float("nan")


@dataclass(frozen=True)
class Figure:
    """A number with its interval and the rows behind it."""

    key: str
    value: float
    lower: float
    upper: float
    n: int
    k: float | None = None  # of capture, precision and lift: the share that can be contacted


def auc(score: np.ndarray, d: np.ndarray, weight: np.ndarray, key: str) -> Figure:
    """Chance that a dissatisfied customer scores above one who is not; each counts by weight, ties half.

    Source:
        DeLong, DeLong and Clarke-Pearson (1988), Biometrics 44, 837-845, with weights in the placements.
    """
    placed = np.empty(len(score))
    for one, other in ((d == 1, d == 0), (d == 0, d == 1)):
        order = np.argsort(score[other], kind="stable")
        sorted_, running = score[other][order], np.concatenate([[0.0], np.cumsum(weight[other][order])])
        left, right = (np.searchsorted(sorted_, score[one], side) for side in ("left", "right"))
        below = (running[left] + running[right]) / 2 / running[-1]
        placed[one] = below if d[one][0] == 1 else 1 - below
    w1, w0 = np.where(d == 1, weight, 0), np.where(d == 0, weight, 0)
    value = float(w1 @ placed / w1.sum())
    influence = (w1 / w1.sum() + w0 / w0.sum()) * (placed - value)
    lower, upper = interval(value, float(np.sqrt((influence**2).sum())))
    return Figure(key, value, lower, upper, len(score))


def calibration(risk: np.ndarray, d: np.ndarray, weight: np.ndarray, suffix: str = "") -> list[Figure]:
    """In the large (mean predicted less share seen; 0 is right), intercept (0) and slope (1) of the log odds.

    Source:
        Cox (1958), Biometrika 45, 562-565; Van Calster et al. (2019), BMC Medicine 17, 230.
    """
    total, error_of = weight.sum(), lambda influence: float(np.sqrt((influence**2).sum()))
    large = float(weight @ (risk - d) / total)
    half = Z * error_of(weight * (risk - d - large) / total)
    found = [Figure("in_large" + suffix, large, large - half, large + half, len(d))]
    s = logit(np.clip(risk, 1e-6, 1 - 1e-6))
    if np.ptp(s) < 1e-9:
        return [*found, *(Figure(key + suffix, NAN, NAN, NAN, len(d)) for key in ("intercept", "slope"))]
    a, error = logit_fit(np.ones((len(d), 1)), d, weight, offset=s)
    found.append(Figure("intercept" + suffix, a[0], a[0] - Z * error[0], a[0] + Z * error[0], len(d)))
    b, error = logit_fit(np.column_stack([np.ones(len(d)), s]), d, weight)
    return [*found, Figure("slope" + suffix, b[1], b[1] - Z * error[1], b[1] + Z * error[1], len(d))]


def logit_fit(
    x: np.ndarray, d: np.ndarray, weight: np.ndarray, offset: np.ndarray | float = 0.0
) -> tuple[np.ndarray, np.ndarray]:
    """A weighted logit: coefficients, and their errors by the sandwich (weights are odds of silence, no counts)."""
    w = weight / weight.mean()
    beta = np.zeros(x.shape[1])
    for _ in range(60):
        p = expit(x @ beta + offset)
        bread = (x * (w * p * (1 - p))[:, None]).T @ x + 1e-9 * np.eye(x.shape[1])
        step = np.linalg.solve(bread, x.T @ (w * (d - p)))
        beta = beta + np.clip(step, -2, 2)
        if np.abs(step).max() < 1e-10:
            break
    scores = np.linalg.solve(bread, (x * (w * (d - expit(x @ beta + offset)))[:, None]).T)
    return beta, np.sqrt((scores**2).sum(axis=1))


def bins(risk: np.ndarray, d: np.ndarray, weight: np.ndarray, count: int = 10) -> pd.DataFrame:
    """Groups of equal weight by risk: `group, n, n_effective, predicted, seen, lower, upper`."""
    order = np.argsort(risk, kind="stable")
    edges = (np.cumsum(weight[order]) - weight[order] / 2) / weight.sum()
    group = np.empty(len(risk), int)
    group[order] = np.minimum((edges * count).astype(int), count - 1)
    for value in np.unique(risk):  # equal risks stay together
        same = risk == value
        if same.sum() > 1:
            group[same] = group[same].min()
    rows = []
    for k in np.unique(group):
        mine = group == k
        w, seen = weight[mine], float(np.average(d[mine], weights=weight[mine]))
        worth = w.sum() ** 2 / (w**2).sum()
        lower, upper = _wilson(seen, worth)
        rows.append(
            {
                "group": len(rows) + 1,
                "n": int(mine.sum()),
                "n_effective": worth,
                "predicted": float(np.average(risk[mine], weights=w)),
                "seen": seen,
                "lower": lower,
                "upper": upper,
            }
        )
    return pd.DataFrame(rows)


def _wilson(share: float, n: float) -> tuple[float, float]:
    from ccsat.estimates import wilson

    lower, upper = wilson(share * n, n)
    return float(lower), float(upper)


def at_capacity(score: np.ndarray, d: np.ndarray, weight: np.ndarray, k: float, line: float) -> list[Figure]:
    """Of those at or above a line: the part of all dissatisfied that they hold (capture), how many of them are (precision), and lift.

    Args:
        k: The share that can be contacted. line: The score that this share of the silent reaches.
    """
    top = (score >= line).astype(float)
    bad = weight * d
    if not top.any() or not bad.any():
        return [Figure(key, NAN, NAN, NAN, int(top.sum()), k) for key in ("capture", "precision", "lift")]
    capture, precision, share = (
        float(bad @ top / bad.sum()),
        float((bad @ top) / (weight @ top)),
        float(bad.sum() / weight.sum()),
    )
    caught = bad * (top - capture) / bad.sum()
    right = weight * top * (d - precision) / (weight @ top)
    base = weight * (d - share) / weight.sum()
    found = []
    for key, value, influence in (("capture", capture, caught), ("precision", precision, right)):
        lower, upper = interval(value, float(np.sqrt((influence**2).sum())))
        found.append(Figure(key, value, lower, upper, int(len(d) if key == "capture" else top.sum()), k))
    lift = precision / share
    half = Z * float(np.sqrt(((right / precision - base / share) ** 2).sum())) if precision > 0 else NAN
    found.append(Figure("lift", lift, lift * np.exp(-half), lift * np.exp(half), int(top.sum()), k))
    return found
