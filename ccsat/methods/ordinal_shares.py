"""What a model of answers means in shares: average adjusted probabilities of each level, with delta intervals."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd

from ccsat.methods.ordinal_design import Design, limits, p_two_sided
from ccsat.numerics.cumulative import CumulativeFit, shares_at

MOST_VALUES = 7  # a number with more values is shown at its deciles 1, 5 and 9


def share_table(design: Design, fit: CumulativeFit, covariance: np.ndarray, top: Sequence[int]) -> pd.DataFrame:
    """Average adjusted share of each level at values of each driver, the other drivers as they are.

    Returns:
        One row a driver, value and level: `driver, at, level, share, lower, upper`, and `top_share` with its limits.
    """
    lines = []
    for driver, at, x in _settings(design):
        share, slope = shares_at(fit, x, design.profile[1])
        if set(design.places(driver)) & set(fit.separated):
            slope = slope * np.nan
        low, high = _limits(share, slope, covariance, design.df)
        good, good_slope = share[list(top)].sum(), slope[list(top)].sum(0)
        top_low, top_high = _limits(good, good_slope[None, :], covariance, design.df)
        lines += [{"driver": driver, "at": at, "level": level, "share": share[k], "lower": low[k], "upper": high[k], "top_share": good,
                   "top_share_lower": top_low[0], "top_share_upper": top_high[0]} for k, level in enumerate(design.levels)]  # fmt: skip
    return pd.DataFrame(lines)


def share_changes(design: Design, fit: CumulativeFit, covariance: np.ndarray) -> pd.DataFrame:
    """By how much each level's share differs between the first and the last value of a driver (reference: the most).

    Returns:
        One row a driver, pair of values and level: `driver, low, high, level, change, lower, upper, p_value`.
    """
    settings: dict[str, list] = {}
    for driver, at, x in _settings(design):
        settings.setdefault(driver, []).append((at, x))
    lines = []
    for driver, places in settings.items():
        first, *others = places
        nominal = design.terms[design.places(driver)[0]].level is not None
        base, base_slope = shares_at(fit, first[1], design.profile[1])
        for at, x in others if nominal else others[-1:]:
            share, slope = shares_at(fit, x, design.profile[1])
            change, slope = share - base, slope - base_slope
            se = np.sqrt(np.maximum(np.einsum("ij,jk,ik->i", slope, covariance, slope), 0))
            if set(design.places(driver)) & set(fit.separated):
                se = se * np.nan
            low, high = limits(change, se, design.df)
            p = p_two_sided(change, se, design.df)
            lines += [{"driver": driver, "low": first[0], "high": at, "level": level, "change": change[k], "lower": low[k], "upper": high[k],
                       "p_value": p[k]} for k, level in enumerate(design.levels)]  # fmt: skip
    return pd.DataFrame(lines)


def top_change(design: Design, fit: CumulativeFit, covariance: np.ndarray, top: Sequence[int]) -> dict[str, np.ndarray]:
    """Average change of the top share when a term rises by its unit (a level: against its reference), with limits."""
    values, errors = np.full(len(design.terms), np.nan), np.full(len(design.terms), np.nan)
    for k, term in enumerate(design.terms):
        if k in fit.separated:
            continue
        low = design.profile[0].copy()
        if term.level is not None:
            low[:, design.places(term.driver)] = 0.0
        elif term.two_valued and term.unit == np.ptp(low[:, k]):
            low[:, k] = low[:, k].min()
        high = low.copy()
        high[:, k] += term.unit
        (a, slope_a), (b, slope_b) = (shares_at(fit, x, design.profile[1]) for x in (low, high))
        slope = (slope_b - slope_a)[list(top)].sum(0)
        values[k], errors[k] = (b - a)[list(top)].sum(), np.sqrt(slope @ covariance @ slope)
    low, high = limits(values, errors, design.df)
    return {"share_change": values, "share_change_lower": low, "share_change_upper": high}


def _settings(design: Design) -> Iterator[tuple[str, object, np.ndarray]]:
    """Driver, value, and the rows as if all had that value; a level's reference first, numbers from the least up."""
    for driver in dict.fromkeys(term.driver for term in design.terms):
        places = design.places(driver)
        term = design.terms[places[0]]
        if term.level is not None:
            x = design.profile[0].copy()
            x[:, places] = 0.0
            yield driver, term.reference, x
            for k in places:
                here = x.copy()
                here[:, k] = 1.0
                yield driver, design.terms[k].level, here
            continue
        for value in _values(design.profile[0][:, places[0]], design.profile[1]):
            x = design.profile[0].copy()
            x[:, places[0]] = value
            yield driver, value, x


def _values(column: np.ndarray, weight: np.ndarray) -> np.ndarray:
    values, place = np.unique(column, return_inverse=True)
    if len(values) <= MOST_VALUES:
        return values
    below = np.cumsum(np.bincount(place, weight)) / weight.sum()
    return np.unique(values[np.searchsorted(below, (0.1, 0.5, 0.9))])


def _limits(share, slope, covariance, df) -> tuple[np.ndarray, np.ndarray]:
    """Delta limits on the log-odds scale, so that they stay between 0 and 1."""
    share = np.atleast_1d(share)
    inside = np.clip(share, 1e-12, 1 - 1e-12)
    se = np.sqrt(np.maximum(np.einsum("ij,jk,ik->i", slope, covariance, slope), 0)) / (inside * (1 - inside))
    low, high = limits(np.log(inside / (1 - inside)), se, df)
    return 1 / (1 + np.exp(-low)), 1 / (1 + np.exp(-high))
