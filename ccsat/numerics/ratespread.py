"""How much do the rates of many units differ beyond chance?"""

from __future__ import annotations

import numpy as np
from scipy.special import betaln, chdtri

LEAST, MOST = np.log(0.5), np.log(1e7)


def rate_spread(x: np.ndarray, n: np.ndarray, *, level: float = 0.95) -> tuple[float, float, float]:
    """Standard deviation of the units' true rates, with its profile-likelihood interval.

    Beta-binomial likelihood with the pooled rate as its mean, as `shrinkage.shrink_rates`.

    Source:
        Griffiths (1973), Biometrics 29, 637-648; Venzon and Moolgavkar (1988), Applied Statistics 37, 87-94.
    """
    from scipy.optimize import brentq, minimize_scalar

    x, n = np.asarray(x, float), np.asarray(n, float)
    mean = float(np.clip(x.sum() / n.sum(), 1e-9, 1 - 1e-9))

    def likely(log_weight: float) -> float:
        a, b = np.exp(log_weight) * mean, np.exp(log_weight) * (1 - mean)
        return float((betaln(x + a, n - x + b) - betaln(a, b)).sum())

    def spread(log_weight: float) -> float:
        return float(np.sqrt(mean * (1 - mean) / (np.exp(log_weight) + 1)))

    best = float(minimize_scalar(lambda w: -likely(w), bounds=(LEAST, MOST), method="bounded").x)
    top = max(likely(best), likely(MOST))
    best = MOST if likely(MOST) >= likely(best) else best
    bound = top - float(chdtri(1, 1 - level)) / 2

    def limit(end: float) -> float:
        return (
            end if likely(end) >= bound else float(brentq(lambda w: likely(w) - bound, min(best, end), max(best, end)))
        )

    lower, upper = limit(MOST), limit(LEAST)
    return (0.0 if best >= MOST - 1 else spread(best)), (0.0 if lower >= MOST else spread(lower)), spread(upper)


def detectable_spread(n: np.ndarray, mean: float, *, power: float = 0.8, alpha: float = 0.05) -> float:
    """The smallest standard deviation of the units' true rates that chi-square over them finds with this power."""
    df = len(n) - 1
    if df < 1:
        return float("nan")
    size = (n.sum() - (n**2).sum() / n.sum()) / df
    inflated = float(chdtri(df, alpha) / chdtri(df, power))
    return float(np.sqrt((inflated - 1) * mean * (1 - mean) / size))
