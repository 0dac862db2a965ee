"""What verified actions teach: how much of a cause an action really mends."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

from ccsat.numerics.portfolio import Guess, likely
from ccsat.stages.action_library import read_library

PRIOR_SD = 0.5  # of a library's fraction: how far a guess may be from the truth, as a part of itself
Z95 = 1.959963984540054
FIRM = ("works", "no_effect")
COLUMNS = ["action_id", "cause", "phi_library", "phi", "lower", "upper", "verifications", "p"]


def learned_library(library: pd.DataFrame, history: pd.DataFrame) -> pd.DataFrame:
    """How much of a cause does each action mend, after what was verified?

    The library's fraction times its chance of success is a normal prior with half of itself as standard deviation; each verification is the
    verified over the predicted points, times the fraction that was predicted, with its own error. The fraction stays within 0 and 1.

    Args:
        library: An action library: `action_id, p, phi` and more.
        history: Verifications, oldest first: `action_id, metric, told, points, points_lower, points_upper, predicted_points`, and where they differ from
            the action's `library_id` and the `cause` it was against. Of an action on record the last firm one counts (they look at the same days);
            those that cannot tell, and of other metrics than the KPI, never do.

    Returns:
        One row an action and cause that was verified: `action_id, cause, phi_library, phi, lower, upper, verifications, p`; phi as the library counts it
        (given success), so that `p * phi` is what was learned.

    Assumes:
        Firm verifications tell of the others: those that cannot tell yet are the small effects more often, so what is learned leans upwards.

    Source:
        Normal-normal updating: Gelman et al. (2013), Bayesian Data Analysis, 2.5.
    """
    useful = useful_verifications(history)
    rows = []
    for action in read_library(library):
        mine, p = useful[useful["library_id"] == action.id], likely(action.success)
        for cause, guess in action.fixes.items() if len(mine) and p > 0 else ():
            about = mine[(mine["cause"] == cause) | ~mine["cause"].isin(list(action.fixes))]
            expected = p * likely(guess)
            if about.empty or not expected > 0:
                continue
            value, precision = expected, 1 / (PRIOR_SD * expected) ** 2
            for one in about.itertuples():
                scale = expected / one.predicted_points
                error = max((one.points_upper - one.points_lower) / (2 * Z95), 1e-12) * scale
                weight = 1 / error**2
                value = (value * precision + one.points * scale * weight) / (precision + weight)
                precision += weight
            half = Z95 / math.sqrt(precision)
            bounded = np.clip([value, value - half, value + half], 0, p) / p
            rows.append((action.id, cause, likely(guess), *map(float, bounded), len(about), p))
    return pd.DataFrame(rows, columns=COLUMNS)


def useful_verifications(history: pd.DataFrame) -> pd.DataFrame:
    """The verifications that teach: one an action on record."""
    missing = {name: None for name in ("library_id", "cause") if name not in history}
    found = history.assign(**missing)
    numbers = ["points", "points_lower", "points_upper", "predicted_points"]
    found = found.assign(**{name: pd.to_numeric(found[name], errors="coerce") for name in numbers})
    firm = found["told"].isin(FIRM) & (found["metric"] == "kpi") & (found["predicted_points"] > 0)
    found = found[firm].dropna(subset=numbers).drop_duplicates("action_id", keep="last")
    return found.assign(library_id=found["library_id"].fillna(found["action_id"]))


def with_learned(library: pd.DataFrame, learned: pd.DataFrame) -> pd.DataFrame:
    """The library with what was learned, as ranges, in the place of its guesses: a table to save and name in the study."""
    found = library.astype({"phi": object}).copy()
    fixes = {action.id: action.fixes for action in read_library(library)}
    for id, rows in learned.groupby("action_id"):
        ranges = zip(rows["lower"], rows["phi"], rows["upper"], strict=True)
        whole = {**fixes[id], **dict(zip(rows["cause"], ranges, strict=True))}
        words = "; ".join(f"{cause}={_words(guess)}" for cause, guess in whole.items())
        found.loc[found["action_id"].astype(str) == id, "phi"] = words
    return found


def _words(guess: Guess) -> str:
    """A fraction or its range, as a library writes it."""
    return "-".join(f"{part:.4f}" for part in (guess if isinstance(guess, tuple) else (guess,)))
