"""How many rows, how much power, how small a difference: for means (shares are in `estimates` and `rates`)."""

from __future__ import annotations

import numpy as np
from scipy.special import nctdtr, ndtr, ndtri, stdtr, stdtrit


def power_means(
    n: float, apart: float, *, sd: float = 1.0, level: float = 0.95, n_baseline: float | None = None
) -> float:
    """Chance that a two-sided t test finds a difference of `apart` with `n` rows a group.

    As R's power.t.test: the chance of a wrong sign is left out.
    """
    n0 = n if n_baseline is None else n_baseline
    df = n + n0 - 2
    shift = abs(apart) / (sd * np.sqrt(1 / n + 1 / n0))
    critical = float(stdtrit(df, (1 + level) / 2))
    below = float(nctdtr(df, shift, critical))
    if np.isnan(below):  # many degrees of freedom: Johnson and Welch (1940), Biometrika 31, 362-389
        below = float(ndtr((critical * (1 - 1 / (4 * df)) - shift) / np.sqrt(1 + critical**2 / (2 * df))))
    return 1 - below


def rows_for_means(apart: float, *, sd: float = 1.0, power: float = 0.8, level: float = 0.95) -> float:
    """Rows a group to find a difference of `apart` (not rounded up)."""
    from scipy.optimize import brentq

    return float(brentq(lambda n: power_means(n, apart, sd=sd, level=level) - power, 2, 1e9, xtol=1e-10, rtol=1e-13))


def detectable_means(
    n: float, *, sd: float = 1.0, power: float = 0.8, level: float = 0.95, n_baseline: float | None = None
) -> float:
    """The smallest difference that `n` rows a group find with this power."""
    from scipy.optimize import brentq

    n0 = n if n_baseline is None else n_baseline
    if n < 1 or n0 < 1 or n + n0 < 4:
        return float("nan")
    unit = sd * np.sqrt(1 / n + 1 / n0)
    if not unit > 0:
        return 0.0
    return float(
        brentq(
            lambda apart: power_means(n, apart * unit, sd=sd, level=level, n_baseline=n0) - power,
            1e-6,
            40,
            xtol=1e-13,
            rtol=1e-13,
        )
        * unit
    )


def two_sided(z: np.ndarray | float, df: float = np.inf) -> np.ndarray:
    """Two-sided p-value of a standardised value: normal, or Student's t."""
    z = -np.abs(np.asarray(z, float))
    return 2 * (ndtr(z) if np.isinf(df) else stdtr(df, z))


def detectable_z(error: float, df: float = np.inf, *, power: float = 0.8, level: float = 0.95) -> float:
    """The smallest effect that a test by this standard error finds with this power."""
    upper = (1 + level) / 2
    critical = ndtri(upper) if np.isinf(df) else stdtrit(df, upper)
    return float((critical + ndtri(power)) * error)


def quantile(level: float, df: float = np.inf) -> float:
    """Two-sided critical value: normal, or Student's t where the variance has few degrees of freedom."""
    upper = (1 + level) / 2
    return float(ndtri(upper)) if np.isinf(df) else float(stdtrit(max(df, 1), upper))
