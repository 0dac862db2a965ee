"""Limits of effect sizes from noncentral distributions."""

from __future__ import annotations

import math

import numpy as np
from scipy.special import fdtri, gammaln, ncfdtr, nctdtr, ndtri

REACH = 1e5  # noncentrality beyond which the noncentral F is not looked up


def shift_limits(t: float, df: float, *, level: float = 0.95) -> tuple[float, float]:
    """Limits of the noncentrality behind a t value; normal ones where t is too large to invert."""
    from scipy.optimize import brentq

    if not (math.isfinite(t) and df > 0):
        return float("nan"), float("nan")

    def limit(target: float) -> float:
        guess = t - float(ndtri(target)) * math.sqrt(1 + t * t / (2 * df))
        width = 0.5 + abs(guess - t) / 4
        for _ in range(6):  # nctdtr is not to be had far out, so the root is closed in from nearby
            ends = [nctdtr(df, guess + side, t) - target for side in (-width, width)]
            if all(map(math.isfinite, ends)) and ends[0] >= 0 >= ends[1]:
                return float(brentq(lambda shift: nctdtr(df, shift, t) - target, guess - width, guess + width, xtol=1e-13, rtol=1e-14))
            width *= 1.7
        return guess

    return limit((1 + level) / 2), limit((1 - level) / 2)


def hedges_factor(df: float) -> float:
    """What a standardised difference is too large by, exactly.

    Source:
        Hedges (1981), Journal of Educational Statistics 6, 107-128.
    """
    return float(np.exp(gammaln(df / 2) - gammaln((df - 1) / 2)) / np.sqrt(df / 2)) if df > 1 else float("nan")


def spread_limits(f: float, df1: float, df2: float, *, level: float = 0.90) -> tuple[float, float]:
    """Limits of the noncentrality behind an F value.

    Source:
        Steiger (2004), Psychological Methods 9, 164-182.
    """
    from scipy.optimize import brentq

    if not (math.isfinite(f) and df1 > 0 and df2 > 0):
        return float("nan"), float("nan")

    def limit(target: float) -> float:
        if f <= 0 or ncfdtr(df1, df2, 0.0, f) <= target:
            return 0.0
        high = 4 * f * df1 + 100
        if high > REACH:
            return float("nan")
        return float(brentq(lambda shift: ncfdtr(df1, df2, shift, f) - target, 0.0, high, xtol=1e-12, rtol=1e-14))

    return limit((1 + level) / 2), limit((1 - level) / 2)


def detectable_spread(df1: float, df2: float, *, power: float = 0.8, alpha: float = 0.05) -> float:
    """The noncentrality that an F test finds with this power."""
    from scipy.optimize import brentq

    if not (df1 > 0 and df2 > 0 and math.isfinite(df2)):
        return float("nan")
    critical = fdtri(df1, df2, 1 - alpha)
    return float(brentq(lambda shift: 1 - ncfdtr(df1, df2, shift, critical) - power, 1e-6, 200 + 40 * df1))
