"""Rates of many units, each drawn towards what all have in common."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.special import betainccinv, betaincinv, betaln


def shrink_rates(x: np.ndarray, n: np.ndarray, *, level: float = 0.95) -> pd.DataFrame:
    """What is each unit's rate likely to be, given how much units differ at all?

    Beta-binomial empirical Bayes: the prior's mean is the pooled rate, its weight (in rows) maximises the marginal
    likelihood. The less units differ beyond chance, and the smaller one is, the nearer it comes to the pooled rate.

    Args:
        x, n: Hits and rows of each unit; may be fractions (an effective n).

    Returns:
        One row a unit: `value` (x / n), `shrunken` (posterior mean), `lower, upper` (equal-tailed posterior interval).

    Source:
        Griffin and Krutchkoff (1971), Biometrika 58, 597-604; Casella (1985), The American Statistician 39, 83-87.
    """
    from scipy.optimize import minimize_scalar

    x, n = np.asarray(x, float), np.asarray(n, float)
    mean = np.clip(x.sum() / n.sum(), 1e-9, 1 - 1e-9)

    def unlikely(log_weight: float) -> float:
        a, b = np.exp(log_weight) * mean, np.exp(log_weight) * (1 - mean)
        return -float((betaln(x + a, n - x + b) - betaln(a, b)).sum())

    weight = np.exp(minimize_scalar(unlikely, bounds=(np.log(0.5), np.log(1e6)), method="bounded").x)
    a, b = x + weight * mean, n - x + weight * (1 - mean)
    tail = (1 - level) / 2
    with np.errstate(invalid="ignore", divide="ignore"):
        return pd.DataFrame({"value": x / n, "shrunken": a / (a + b), "lower": betaincinv(a, b, tail),
                             "upper": betainccinv(a, b, tail)})  # fmt: skip
