"""Who happened to take the call as an instrument: leave-one-out tendencies, two-stage least squares, safe intervals."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ccsat.numerics.lines import sum_clusters


@dataclass(frozen=True)
class TwoStage:
    """Effect of the treatment, with errors over clusters.

    Attributes:
        value, se: By the instrument. first, first_se: What a unit of the instrument moves the treatment by.
        limits: Anderson and Rubin's, which hold however weak the instrument; infinite where it says nothing.
        plain, plain_se: Ordinary least squares within cells. df: Of all intervals.
    """

    value: float
    se: float
    first: float
    first_se: float
    limits: tuple[float, float]
    plain: float
    plain_se: float
    df: float


def within(values: np.ndarray, cell: np.ndarray) -> np.ndarray:
    """Each row less its cell's mean."""
    n = np.bincount(cell)
    out = np.empty_like(values, dtype=float)
    for k, column in enumerate(values.T):
        out[:, k] = column - (np.bincount(cell, column) / n)[cell]
    return out


def leave_one_out(treatment: np.ndarray, agent: np.ndarray, cell: np.ndarray) -> np.ndarray:
    """Mean of an agent's other rows less the mean of what was to be expected in their cells, this row left out of both.

    NaN where an agent has no other row, or a row no other in its cell.

    Source:
        Dahl, Kostol and Mogstad (2014), QJE 129, 1711-1752; Kolesar (2013) on leaving the row out of its cell's mean.
    """
    n_cell, n_agent = np.bincount(cell), np.bincount(agent)
    mean = (np.bincount(cell, treatment) / n_cell)[cell]
    size = n_cell[cell]
    with np.errstate(divide="ignore", invalid="ignore"):
        without = np.where(size > 1, (size * mean - treatment) / (size - 1), np.nan)
    own = np.bincount(agent, treatment - mean)[agent] - (treatment - mean)
    _, pair = np.unique(agent * np.int64(len(n_cell)) + cell, return_inverse=True)
    others = np.bincount(pair)[pair] - 1
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(n_agent[agent] > 1, (own - others * (without - mean)) / (n_agent[agent] - 1), np.nan)


def two_stage(
    y: np.ndarray,
    treatment: np.ndarray,
    instrument: np.ndarray,
    fixed: np.ndarray,
    cluster: np.ndarray,
    *,
    level: float = 0.95,
) -> TwoStage:
    """One treatment, one instrument, all less their cell's means; `fixed` are columns held equal (n x 0: none).

    Errors are those of leaving out one cluster after another, with as many degrees of freedom as there are clusters of equal
    weight in the instrument's spread, less one: a few agents with strong tendencies carry most of it.

    Source:
        Wooldridge (2010), Econometric Analysis of Cross Section and Panel Data, 5.2; Anderson and Rubin (1949), Annals of
        Mathematical Statistics 20, 46-63; Carter, Schnepel and Steigerwald (2017), Review of Economics and Statistics 99,
        698-709 (effective clusters).
    """
    from scipy.special import stdtrit

    if fixed.shape[1]:
        clear = lambda v: v - fixed @ np.linalg.lstsq(fixed, v, rcond=None)[0]
        y, treatment, instrument = clear(y), clear(treatment), clear(instrument)
    products = np.column_stack(
        [instrument * instrument, instrument * treatment, instrument * y, treatment * treatment, treatment * y]
    )
    parts = sum_clusters(products, cluster)
    zz, zt, zy, tt, ty = parts.sum(0)
    left = parts.sum(0) - parts  # without each cluster
    first, reduced, value, plain = zt / zz, zy / zz, zy / zt, ty / tt
    apart = np.column_stack(
        [
            left[:, 2] / left[:, 0] - reduced,
            left[:, 1] / left[:, 0] - first,
            left[:, 2] / left[:, 1] - value,
            left[:, 4] / left[:, 3] - plain,
        ]
    )
    groups = len(parts)
    v = (groups - 1) / groups * apart.T @ apart
    df = max(zz**2 / float(parts[:, 0] @ parts[:, 0]) - 1, 1.0)
    critical = float(stdtrit(df, (1 + level) / 2))
    error = np.sqrt(np.diag(v))
    return TwoStage(value, error[2], first, error[1], _safe(reduced, first, v[:2, :2], critical), plain, error[3], df)


def _safe(reduced: float, first: float, v: np.ndarray, critical: float) -> tuple[float, float]:
    """Where (reduced - b first)^2 <= critical^2 Var(reduced - b first)."""
    c = critical**2
    a, b, d = first**2 - c * v[1, 1], -2 * (reduced * first - c * v[0, 1]), reduced**2 - c * v[0, 0]
    inside = b**2 - 4 * a * d
    if a <= 0 or inside < 0:
        return -np.inf, np.inf
    root = np.sqrt(inside)
    return float((-b - root) / (2 * a)), float((-b + root) / (2 * a))
