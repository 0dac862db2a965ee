"""One binary logit at each cut of an ordered outcome, with the joint covariance of their slopes."""

from __future__ import annotations

import numpy as np
from scipy.special import expit

from ccsat.numerics.cumulative import fit_cumulative, influence_rows
from ccsat.numerics.design_rows import DesignRows, robust_covariance


def cut_slopes(
    rows: DesignRows, *, robust: bool, cluster: np.ndarray | None = None, start: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray] | None:
    """Slopes of "above the cut" at each cut (one row a cut), and their covariance (cut by cut); None where one is infinite.

    Args:
        start: Thresholds and slopes of the proportional model, to begin at.

    Source:
        Brant (1990), Biometrics 46, 1171-1178.
    """
    cuts, p = rows.levels - 1, rows.x.shape[1]
    binary = [rows.split_at(cut) for cut in range(1, rows.levels)]
    begin = [None if start is None else np.append(start[cut], start[cuts:]) for cut in range(cuts)]
    fits = [fit_cumulative(each, start=at) for each, at in zip(binary, begin, strict=True)]
    if not all(fit.converged for fit in fits):
        return None
    slopes = np.array([fit.beta for fit in fits])
    if robust:
        influence = np.column_stack([influence_rows(fit, each)[:, 1:] for fit, each in zip(fits, binary, strict=True)])
        return slopes, robust_covariance(influence, rows, cluster)
    x = np.column_stack([-np.ones(len(rows.y)), rows.x])
    above = [expit(rows.x @ fit.beta - fit.theta[0]) for fit in fits]
    covariance = np.zeros((cuts * p, cuts * p))
    for m in range(cuts):
        for k in range(m, cuts):
            both = x.T @ ((rows.weight * above[k] * (1 - above[m]))[:, None] * x)
            block = (fits[m].covariance @ both @ fits[k].covariance)[1:, 1:]
            covariance[m * p : (m + 1) * p, k * p : (k + 1) * p] = block
            covariance[k * p : (k + 1) * p, m * p : (m + 1) * p] = block.T
    return slopes, covariance
