"""What verified actions teach: how much of a cause an action really mends."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

from ccsat.numerics.portfolio import likely
from ccsat.stages.action_library import read_library

PRIOR_SD = 0.5  # of a library's fraction: how far a guess may be from the truth, as a part of itself
Z95 = 1.959963984540054
COLUMNS = ["action_id", "cause", "phi_library", "phi", "lower", "upper", "verifications", "p"]


def learned_library(library: pd.DataFrame, history: pd.DataFrame) -> pd.DataFrame:
    """How much of a cause does each action mend, after what was verified?

    The library's fraction times its chance of success is a normal prior with half of itself as standard deviation; each verification is the
    verified over the predicted points, times the fraction that was predicted, with its own error. The fraction stays within 0 and 1.

    Args:
        library: An action library: `action_id, p, phi` and more.
        history: Verifications that tell something: `action_id, points, points_lower, points_upper, predicted_points`.

    Returns:
        One row an action and cause that was verified: `action_id, cause, phi_library, phi, lower, upper, verifications, p`; phi as the library counts it
        (given success), so that `p * phi` is what was learned.

    Source:
        Normal-normal updating: Gelman et al. (2013), Bayesian Data Analysis, 2.5.
    """
    useful = history[history["predicted_points"].fillna(0) > 0].dropna(
        subset=["points", "points_lower", "points_upper"]
    )
    rows = []
    for action in read_library(library):
        mine, p = useful[useful["action_id"] == action.id], likely(action.success)
        for cause, guess in action.fixes.items() if len(mine) and p > 0 else ():
            phi = likely(guess)
            expected = p * phi
            value, precision = expected, 1 / (PRIOR_SD * expected) ** 2 if expected > 0 else math.inf
            for one in mine.itertuples():
                scale = expected / one.predicted_points
                error = max((one.points_upper - one.points_lower) / (2 * Z95), 1e-12) * scale
                weight = 1 / error**2
                value, precision = (
                    (value * precision + one.points * scale * weight) / (precision + weight),
                    precision + weight,
                )
            half = Z95 / math.sqrt(precision)
            bounded = np.clip([value, value - half, value + half], 0, p) / p
            rows.append((action.id, cause, phi, *map(float, bounded), len(mine), p))
    return pd.DataFrame(rows, columns=COLUMNS)


def with_learned(library: pd.DataFrame, learned: pd.DataFrame) -> pd.DataFrame:
    """The library with what was learned in the place of its guesses: a table to save and name in the study."""
    found = library.copy()
    fixes = {action.id: {cause: likely(phi) for cause, phi in action.fixes.items()} for action in read_library(library)}
    for id, rows in learned.groupby("action_id"):
        whole = fixes[id] | dict(zip(rows["cause"], rows["phi"], strict=True))
        found.loc[found["action_id"] == id, "phi"] = "; ".join(f"{cause}={phi:.3g}" for cause, phi in whole.items())
    return found
