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


def days_to_see(
    effect: float,
    *,
    sd: float,
    flow: float,
    sd_control: float | None = None,
    flow_control: float | None = None,
    days_before: float = np.inf,
    design_effect: float = 1.0,
    power: float = 0.8,
    level: float = 0.95,
) -> float:
    """How many days of this flow show an effect, two-sided?

    The estimate is (after - before) of the treated less the same of the controls. Its variance after D days is sd^2 deff / flow (1/D + 1/days_before)
    summed over both sides; D is where the effect is (z + z_power) standard errors.

    Args:
        effect: On a row of the treated. sd: Spread of a row.
        flow: Treated rows a day. flow_control: Control rows a day; None: there are no controls.
        days_before: Days of both sides before the start; infinite where randomisation makes them unnecessary.

    Returns:
        Days, not rounded; infinity where the days before leave more doubt than the effect is worth, however long one waits.
    """
    doubt = sd**2 / flow if flow > 0 else np.inf
    if flow_control is not None:
        doubt += (sd if sd_control is None else sd_control) ** 2 / flow_control if flow_control > 0 else np.inf
    doubt *= design_effect
    room = (abs(effect) / detectable_z(1.0, power=power, level=level)) ** 2
    room -= doubt / days_before if np.isfinite(days_before) else 0.0
    return float(doubt / room) if room > 0 and np.isfinite(doubt) else float("inf")


def power_after(
    days: float, needed: float, *, power: float = 0.8, level: float = 0.95, days_before: float = np.inf
) -> float:
    """Chance that the effect shows after so many days, where `needed` (of `days_to_see`) give `power`."""
    if not (days > 0 and np.isfinite(needed)):
        return 0.0
    shrink = (1 / needed + 1 / days_before) / (1 / days + 1 / days_before)
    return float(ndtr(detectable_z(1.0, power=power, level=level) * np.sqrt(shrink) - quantile(level)))
