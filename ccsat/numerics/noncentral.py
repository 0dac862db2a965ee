"""Limits of effect sizes from noncentral distributions."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from scipy.special import fdtri, gammaln, ncfdtr, nctdtr, ndtri


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
                return float(
                    brentq(
                        lambda shift: nctdtr(df, shift, t) - target,
                        guess - width,
                        guess + width,
                        xtol=1e-13,
                        rtol=1e-14,
                    )
                )
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
    if not (math.isfinite(f) and df1 > 0 and df2 > 0):
        return float("nan"), float("nan")

    def limit(target: float) -> float:
        if f <= 0 or ncfdtr(df1, df2, 0.0, f) <= target:
            return 0.0
        at = max(f * df1 - df1, 0.0)
        error = math.sqrt(2 * (df1 + 2 * at) + 2 * (df1 + at) ** 2 / df2)
        guess = max(at - float(ndtri(target)) * error, 0.0)
        return _root(lambda shift: ncfdtr(df1, df2, shift, f) - target, guess, error / 4 + 1)

    return limit((1 + level) / 2), limit((1 - level) / 2)


def detectable_spread(df1: float, df2: float, *, power: float = 0.8, alpha: float = 0.05) -> float:
    """The noncentrality that an F test finds with this power."""
    if not (df1 > 0 and df2 > 0 and math.isfinite(df2)):
        return float("nan")
    critical = float(fdtri(df1, df2, 1 - alpha))
    at = max(critical * df1 - df1, 1.0)
    error = math.sqrt(2 * (df1 + 2 * at) + 2 * (df1 + at) ** 2 / df2)
    return _root(
        lambda shift: ncfdtr(df1, df2, shift, critical) - (1 - power), at + float(ndtri(power)) * error, error / 4 + 1
    )


def _root(falling: Callable[[float], float], guess: float, width: float) -> float:
    """Where a falling function of the noncentrality is 0, sought from nearby: scipy's noncentral F is not to be had far out.

    The guess, a normal approximation, where it is not to be had nearby either.
    """
    from scipy.optimize import brentq

    for _ in range(12):
        low, high = max(guess - width, 0.0), guess + width
        ends = falling(low), falling(high)
        if all(map(math.isfinite, ends)) and ends[0] >= 0 >= ends[1]:
            return float(brentq(falling, low, high, xtol=1e-12, rtol=1e-14))
        width *= 1.6
    return guess
