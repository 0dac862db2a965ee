"""The arms of a trial, the segments inside it, and what is counted in each."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ccsat.errors import ColumnError, DataError, listing
from ccsat.estimates import newcombe
from ccsat.numerics.power import two_sided
from ccsat.proactive.holdout import detectable_drop
from ccsat.proactive.rules import read_rules

LEVEL = 0.95
LEAST = 20  # customers an arm


def read_arms(cells: pd.Series, arm: str, treat: str, hold: str) -> np.ndarray:
    """True where treated.

    Raises:
        DataError: Customers without an arm, an arm of another name, or one arm only.
    """
    levels = cells.astype("string")
    outside = levels.isna() | (levels.str.strip() == "")
    if outside.any():
        raise DataError(
            "proactive_outside", column=arm, n=int(outside.sum()), targeted=int((~outside).sum()), hold=hold
        )
    others = sorted(set(levels) - {treat, hold})
    if others:
        raise DataError("proactive_arms", column=arm, others=listing(others), treat=treat, hold=hold)
    if levels.nunique() < 2:
        raise DataError(
            "proactive_no_holdout",
            column=arm,
            only=str(levels.iloc[0]) if len(levels) else "–",
            n=len(levels),
            hold=hold,
        )
    return (levels == treat).to_numpy(bool)


def read_yes(cells: pd.Series, name: str) -> np.ndarray:
    """True where yes.

    Raises:
        ColumnError: Anything but yes and no, or a gap.
    """
    values = pd.to_numeric(
        cells.astype("Float64") if pd.api.types.is_bool_dtype(cells.dtype) else cells, errors="coerce"
    )
    if values.isna().any() or not values.isin([0, 1]).all():
        raise ColumnError("proactive_outcome", column=name, values=listing(pd.Series(cells).unique()[:6]))
    return values.to_numpy(float) == 1


def read_segments(repairs: pd.DataFrame, segments) -> tuple[list[tuple[str, np.ndarray]], str]:
    """Segments with their rows, and what they are made by: a column's levels, or rules, the first that holds."""
    if segments is None:
        return [], ""
    if isinstance(segments, str):
        values = repairs[segments].astype("string").fillna("–")
        return [(str(name), (values == name).to_numpy(bool)) for name in sorted(values.unique())], segments
    left, groups = np.ones(len(repairs), bool), []
    rules = read_rules(segments)
    for rule in rules:
        mask = rule.holds(repairs).to_numpy() & left
        left &= ~mask
        groups.append((rule.name, mask))
    if left.any():
        groups.append(("other", left))
    return groups, "; ".join(f"{rule.name}: {rule}" for rule in rules)


def count_arms(name: str, bad: np.ndarray, treated: np.ndarray) -> dict:
    """A segment\'s customers and bad outcomes by arm, with uplift, interval, p-value and what could be seen."""
    n1, n0 = int(treated.sum()), int((~treated).sum())
    x1, x0 = int(bad[treated].sum()), int(bad[~treated].sum())
    nan = float("nan")
    row = {
        "segment": name,
        "n_treat": n1,
        "n_hold": n0,
        "bad_treat": x1,
        "bad_hold": x0,
        "rate_treat": x1 / n1 if n1 else nan,
        "rate_hold": x0 / n0 if n0 else nan,
    }
    if not (n1 and n0):
        return row | {"uplift": nan, "lower": nan, "upper": nan, "p_value": nan, "detectable": nan}
    lower, upper = newcombe(x0, n0, x1, n1, level=LEVEL)
    pooled = (x0 + x1) / (n0 + n1)
    error = np.sqrt(pooled * (1 - pooled) * (1 / n0 + 1 / n1))
    p = float(two_sided((x0 / n0 - x1 / n1) / error)) if error > 0 else 1.0
    return row | {
        "uplift": x0 / n0 - x1 / n1,
        "lower": float(lower),
        "upper": float(upper),
        "p_value": p,
        "detectable": detectable_drop(x0 / n0, n1, n0),
    }


def unlike(rows: pd.DataFrame) -> float | None:
    """Cochran's Q of the segments' uplifts."""
    from scipy.stats import chi2

    rows = rows[(rows["n_treat"] >= LEAST) & (rows["n_hold"] >= LEAST)]
    if len(rows) < 2:
        return None
    one, two = ((rows[f"bad_{arm}"] + 0.5) / (rows[f"n_{arm}"] + 1) for arm in ("treat", "hold"))
    weight = 1 / (one * (1 - one) / rows["n_treat"] + two * (1 - two) / rows["n_hold"])
    mean = (weight * rows["uplift"]).sum() / weight.sum()
    return float(chi2.sf((weight * (rows["uplift"] - mean) ** 2).sum(), len(rows) - 1))
