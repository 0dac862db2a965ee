"""Sign and size beside importance: what a unit of each driver goes with, with the others held equal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from scipy.special import stdtr, stdtrit

from ccsat.methods.driver_design import DriverData
from ccsat.methods.ordinal_inference import wald
from ccsat.numerics.moments_drivers import robust_slopes

COLUMNS = ["effect", "effect_lower", "effect_upper", "odds_ratio", "p_value"]


def unit_effects(
    data: DriverData, names: Sequence[str], *, units: Mapping[str, float], top_from: object = None
) -> tuple[pd.DataFrame, pd.DataFrame]:  # fmt: skip
    """Of each driver, in a model of all `names`.

    Returns:
        One row a driver: `effect` (in the outcome's unit, or share of top answers, per unit; NaN for a driver of several
        levels), its limits, `odds_ratio`, `p_value` (of all its levels). And one row a term: `term, driver, level,
        reference, unit` and the same.
    """
    terms = _linear_terms(data, names, units) if data.model == "ols" else _logit_terms(data, names, units, top_from)
    table, covariance = terms
    df = data.df if data.cluster is not None or data.model == "ols" else np.inf
    rows = []
    for name in names:
        own = table[table["driver"] == name]
        if len(own) == 1:
            rows.append(own[COLUMNS].iloc[0].to_dict())
            continue
        at = own.index.to_numpy()
        usable = own["slope"].notna().all()
        p = wald(own["slope"].to_numpy(), covariance[np.ix_(at, at)], df)[1] if usable else np.nan
        rows.append(dict.fromkeys(COLUMNS, np.nan) | {"p_value": p})
    return pd.DataFrame(rows, index=list(names)), table.drop(columns="slope")


def _linear_terms(
    data: DriverData, names: Sequence[str], units: Mapping[str, float]
) -> tuple[pd.DataFrame, np.ndarray]:
    at = data.columns(names)
    slope, covariance = robust_slopes(data.x[:, at], data.y, data.weight, data.cluster)
    of = [data.terms[k] for k in at]
    unit = np.array([float(units.get(one.driver, 1.0)) for one in of])
    df = data.df if data.cluster is not None else len(data.y) - len(at) - 1
    value, half = slope * unit, float(stdtrit(df, 0.975)) * np.sqrt(np.diag(covariance)) * np.abs(unit)
    with np.errstate(divide="ignore", invalid="ignore"):
        p = 2 * stdtr(df, -np.abs(slope) / np.sqrt(np.diag(covariance)))
    return pd.DataFrame({
        "term": [one.name for one in of], "driver": [one.driver for one in of], "level": pd.Series([one.level for one in of], dtype=object),
        "reference": pd.Series([one.reference for one in of], dtype=object), "unit": unit, "effect": value, "effect_lower": value - half,
        "effect_upper": value + half, "odds_ratio": np.nan, "p_value": p, "slope": slope,
    }), covariance  # fmt: skip


def _logit_terms(
    data: DriverData, names: Sequence[str], units: Mapping[str, float], top_from: object
) -> tuple[pd.DataFrame, np.ndarray]:
    """By `ordered_logit` on the design's own columns; a yes/no outcome is an ordered one of two levels."""
    from ccsat.methods.ordinal_models import ordered_logit

    at = data.columns(names)
    of, levels = [data.terms[k] for k in at], list(data.levels)
    frame = pd.DataFrame({f"x{k}": data.x[:, k] for k in at})
    frame["y"] = pd.Categorical.from_codes(data.y.astype(int), categories=levels, ordered=True)
    options = {} if data.weight is None else {"weights": "w", "weight_kind": data.sample.names["weight_kind"]}
    frame = frame if data.weight is None else frame.assign(w=data.weight)
    frame = frame if data.cluster is None else frame.assign(g=data.cluster)
    answer = ordered_logit(frame, "y", [f"x{k}" for k in at], cluster="g" if data.cluster is not None else False, top_from=top_from, check=False,
                           units={f"x{k}": float(units.get(one.driver, 1.0)) for k, one in zip(at, of, strict=True)}, **options)  # fmt: skip
    found, cuts = answer.table, len(levels) - 1
    table = pd.DataFrame({
        "term": [one.name for one in of], "driver": [one.driver for one in of], "level": pd.Series([one.level for one in of], dtype=object),
        "reference": pd.Series([one.reference for one in of], dtype=object), "unit": found["unit"], "effect": found["share_change"],
        "effect_lower": found["share_change_lower"], "effect_upper": found["share_change_upper"], "odds_ratio": found["odds_ratio"],
        "p_value": found["p_value"], "slope": found["coefficient"] / found["unit"],
    })  # fmt: skip
    return table, answer.extra["covariance"].to_numpy()[cuts:, cuts:]
