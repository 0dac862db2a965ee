"""The effect of an action in its weeks, the doubt about it, and how many more weeks would settle it."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ccsat.numerics.power import detectable_z, two_sided

LEAST_BEFORE = 3  # weeks before the start without which a drift cannot be seen
MOST_WEEKS = 104  # beyond which waiting is no advice
CALM = 10  # weeks' worth of belief that later weeks scatter no more than chance: a few wild ones are not to be expected for ever


@dataclass(frozen=True)
class Effect:
    """The gap's move at the start, `error` of it, degrees of freedom (infinite where weeks scatter no more than chance), `scatter`: how much more than chance
    weeks scatter (1: no more), `p_before` of the two sides being unlike before; None where that is not asked."""

    value: float
    error: float
    df: float
    scatter: float
    p_before: float | None

    @property
    def detectable(self) -> float:
        """The least effect that would be seen with 80 % power."""
        return detectable_z(self.error, self.df)


def estimate_effect(weeks: pd.DataFrame, design: str, *, level_matters: bool = True) -> Effect:
    """The effect by a weighted fit of the weekly gaps with known noise.

    "did": after against before; "its": after against the level and trend before; "holdout": the gap after the start.

    Args:
        level_matters: A holdout's arms are alike in level; False for counts, where arms of unlike size are compared with before.
    """
    arms = design == "holdout" and level_matters
    used = weeks[weeks["after"]] if arms else weeks
    value, error, df, scatter = _fit(used, _columns(used, design, arms))
    before = weeks[~weeks["after"]]
    if design == "its" or len(before) < LEAST_BEFORE:
        return Effect(value, error, df, scatter, None)
    if arms:
        unlike = _p(before, np.ones((len(before), 1)))
    else:
        drift = before["week"].to_numpy(float)
        unlike = _p(before, np.column_stack([drift - drift.mean(), np.ones(len(before))]))
    return Effect(value, error, df, scatter, unlike)


def more_weeks(
    weeks: pd.DataFrame, design: str, effect: Effect, wanted: float, *, level_matters: bool = True
) -> int | None:
    """Further weeks like those since the start until an effect of `wanted` has 80 % power; 0: they have it; None where two years do not give it."""
    if effect.detectable <= wanted:
        return 0
    arms = design == "holdout" and level_matters
    used = weeks[weeks["after"]] if arms else weeks
    mean = math.sqrt(1 / float((1 / weeks.loc[weeks["after"], "error"] ** 2).mean()))
    last = int(weeks["week"].max())
    seen = len(used) - 1
    scatter = (effect.scatter * seen + CALM) / (seen + CALM)
    for further in range(1, MOST_WEEKS + 1):
        new = pd.DataFrame({"week": range(last + 1, last + 1 + further), "error": mean, "after": True})
        longer = pd.concat([used[["week", "error", "after"]], new])
        x = _columns(longer, design, arms)
        error = math.sqrt(np.linalg.inv(_information(longer, x))[0, 0] * scatter)
        if detectable_z(error, effect.df + further) <= wanted:
            return further
    return None


def _columns(weeks: pd.DataFrame, design: str, arms: bool) -> np.ndarray:
    ones = np.ones(len(weeks))
    if arms:
        return ones[:, None]
    trend = [weeks["week"].to_numpy(float)] if design == "its" else []
    return np.column_stack([weeks["after"].to_numpy(float), ones, *trend])


def _information(weeks: pd.DataFrame, x: np.ndarray) -> np.ndarray:
    return x.T @ (x / np.maximum(weeks["error"].to_numpy(float), 1e-12)[:, None] ** 2)


def _fit(weeks: pd.DataFrame, x: np.ndarray) -> tuple[float, float, float, float]:
    """First coefficient, widened where the weeks scatter more than their noise."""
    y, w = weeks["gap"].to_numpy(float), 1 / np.maximum(weeks["error"].to_numpy(float), 1e-12) ** 2
    information = _information(weeks, x)
    beta = np.linalg.solve(information, x.T @ (w * y))
    df = len(y) - x.shape[1]
    scatter = max(float(w @ (y - x @ beta) ** 2) / df, 1.0) if df > 0 else 1.0
    error = math.sqrt(np.linalg.inv(information)[0, 0] * scatter)
    return float(beta[0]), error, float(df) if scatter > 1 else math.inf, scatter


def _p(weeks: pd.DataFrame, x: np.ndarray) -> float:
    """p-value of the first coefficient being none."""
    value, error, df, _ = _fit(weeks, x)
    return float(two_sided(value / error, df)) if error > 0 else 1.0
