"""What a model of answers means in shares: average adjusted probabilities of each level, with delta intervals."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ccsat.methods.ordinal_design import Design
from ccsat.methods.ordinal_inference import limits, p_two_sided
from ccsat.numerics.cumulative import CumulativeFit, shares_at

MOST_VALUES = 7  # a number with more values is shown at its deciles 1, 5 and 9


@dataclass(frozen=True)
class Setting:
    """Average shares when every row has one value of one driver, and their gradient (None: no finite estimate)."""

    driver: str
    at: object
    share: np.ndarray
    slope: np.ndarray


def adjusted_shares(design: Design, fit: CumulativeFit) -> list[Setting]:
    """At each level, or at up to seven values, of each driver, the other drivers as they are."""
    found = []
    for driver, at, x in _settings(design):
        share, slope = shares_at(fit, x, design.profile[1])
        lost = bool(set(design.places(driver)) & set(fit.separated))
        found.append(Setting(driver, at, share, slope * np.nan if lost else slope))
    return found


def share_table(
    settings: Sequence[Setting], design: Design, fit: CumulativeFit, covariance: np.ndarray, top: Sequence[int]
) -> pd.DataFrame:
    """Average adjusted share of each level at values of each driver.

    Returns:
        One row a driver, value and level: `driver, at, level, share, lower, upper`, and `top_share` with its limits.
    """
    lines = []
    for one in settings:
        low, high = _limits(one.share, one.slope, covariance, design.df)
        good = one.share[list(top)].sum()
        top_low, top_high = _limits(good, one.slope[list(top)].sum(0)[None, :], covariance, design.df)
        lines += [{"driver": one.driver, "at": one.at, "level": level, "share": one.share[k], "lower": low[k], "upper": high[k], "top_share": good,
                   "top_share_lower": top_low[0], "top_share_upper": top_high[0]} for k, level in enumerate(design.levels)]  # fmt: skip
    return pd.DataFrame(lines).astype({"at": object})


def share_changes(
    settings: Sequence[Setting], design: Design, fit: CumulativeFit, covariance: np.ndarray
) -> pd.DataFrame:
    """By how much each level's share differs from that at a driver's first value: at its last, or at each other level.

    Returns:
        One row a driver, pair of values and level: `driver, low, high, level, change, lower, upper, p_value`.
    """
    lines = []
    for driver in dict.fromkeys(one.driver for one in settings):
        first, *others = (one for one in settings if one.driver == driver)
        nominal = design.terms[design.places(driver)[0]].level is not None
        for one in others if nominal else others[-1:]:
            change, slope = one.share - first.share, one.slope - first.slope
            se = _errors(slope, covariance)
            low, high = limits(change, se, design.df)
            p = p_two_sided(change, se, design.df)
            lines += [{"driver": driver, "low": first.at, "high": one.at, "level": level, "change": change[k], "lower": low[k], "upper": high[k],
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
            yield driver, int(value) if float(value).is_integer() else float(value), x


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
    se = _errors(slope, covariance) / (inside * (1 - inside))
    low, high = limits(np.log(inside / (1 - inside)), se, df)
    return 1 / (1 + np.exp(-low)), 1 / (1 + np.exp(-high))


def _errors(slope: np.ndarray, covariance: np.ndarray) -> np.ndarray:
    return np.sqrt(np.maximum(np.einsum("ij,ij->i", slope @ covariance, slope), 0))
