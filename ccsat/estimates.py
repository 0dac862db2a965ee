"""Intervals, tests and corrections on plain numbers."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import ndtr, ndtri, stdtr, stdtrit

from ccsat.errors import ScaleError, listing

UNITS = ("rate", "nps", "score", "raw")
CORRECTIONS = {"bh": "fdr_bh", "by": "fdr_by", "holm": "holm", "bonferroni": "bonferroni", "hochberg": "simes-hochberg",
               "hommel": "hommel"}  # fmt: skip


@dataclass(frozen=True)
class Estimate:
    """A KPI never travels as a bare number: value, interval and what it was counted from.

    `numerator` / `denominator` is the value; `effective_n` is `n` divided by the design effect.
    """

    value: float
    lower: float
    upper: float
    n: float
    numerator: float
    denominator: float
    effective_n: float
    level: float = 0.95


@dataclass(frozen=True)
class Difference:
    """Current minus baseline, with its interval and the p-value of "no difference"."""

    value: float
    lower: float
    upper: float
    p_value: float
    n: float
    n_baseline: float
    level: float = 0.95


# Counts per level -----------------------------------------------------------------------------


def estimate_counts(
    counts: Mapping[int, float] | Sequence[float],
    values: Mapping[int, float] | Sequence[float],
    *,
    unit: str,
    level: float = 0.95,
    design_effect: float = 1.0,
) -> Estimate:
    """What is the KPI of these counts per level, and how well is it known?

    Args:
        counts: Rows per level, as level -> n, or in the order of `values`.
        values: What a row of each level is worth, as level -> value, or in the order of `counts`.
        unit: "rate": Wilson interval on the effective n. "nps": normal, variance (p + d - (p - d)^2) / n.
            Else the t interval of a mean. Intervals stay within the values there are.
        design_effect: Variance of the value over that of as many independent rows.

    Returns:
        An `Estimate`; NaN where nothing was counted.

    Raises:
        ScaleError: `unit` is unknown, or a "rate" has values other than 0 and 1.

    Source:
        Wilson (1927), Journal of the American Statistical Association 22, 209-212.
    """
    n_k, v_k = _aligned(counts, values)
    row = interval_table(n_k[None, :], v_k, unit=unit, level=level, design_effect=design_effect).iloc[0]
    return Estimate(**{name: float(row[name]) for name in row.index if name != "variance"}, level=level)


def interval_table(
    counts: np.ndarray,
    values: Sequence[float],
    *,
    unit: str,
    level: float = 0.95,
    design_effect: float | np.ndarray = 1.0,
) -> pd.DataFrame:
    """`estimate_counts` for many cells at once.

    Args:
        counts: One row a cell, one column a level.
        values: Value of each level, in the order of the columns.
        design_effect: One for all, or one a cell.

    Returns:
        One row a cell: `value, lower, upper, n, numerator, denominator, effective_n`, and `variance`, the
        variance of one row about the cell's mean (divisor n; n - 1 for means).
    """
    counts, values = np.atleast_2d(np.asarray(counts, float)), np.asarray(values, float)
    _check_unit(unit, values)
    n = counts.sum(1)
    total = counts @ values
    effective = n / design_effect
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = total / n
        spread = np.maximum((counts @ values**2) / n - mean**2, 0)
        if unit == "rate":
            lower, upper = wilson(mean * effective, effective, level=level)
        else:
            if unit != "nps":
                spread = np.where(n > 1, spread * n / np.maximum(n - 1, 1), np.nan)
            half = _quantile(level, math.inf if unit == "nps" else effective - 1) * np.sqrt(spread / effective)
            lower, upper = np.maximum(mean - half, values.min()), np.minimum(mean + half, values.max())
    return pd.DataFrame({"value": mean, "lower": lower, "upper": upper, "n": n, "numerator": total,
                         "denominator": n, "effective_n": effective, "variance": spread})  # fmt: skip


def difference(
    current: Mapping[int, float] | Sequence[float],
    baseline: Mapping[int, float] | Sequence[float],
    values: Mapping[int, float] | Sequence[float],
    *,
    unit: str,
    level: float = 0.95,
    design_effects: tuple[float, float] = (1.0, 1.0),
) -> Difference:
    """By how much does the current KPI differ from the baseline's?

    Rates have Newcombe's interval and the pooled z test, means Welch's interval and test, NPS normal ones.

    Args:
        current, baseline: Rows per level, counted by the same `values`.
        design_effects: Of current and of baseline.

    Raises:
        ScaleError: As `estimate_counts`.

    Source:
        Newcombe (1998), Statistics in Medicine 17, 873-890; Welch (1947), Biometrika 34, 28-35.
    """
    (a, v), (b, _) = _aligned(current, values), _aligned(baseline, values)
    row = difference_table(a[None, :], b[None, :], v, unit=unit, level=level, design_effects=design_effects).iloc[0]
    names = ("value", "lower", "upper", "p_value", "n", "n_baseline")
    return Difference(**{name: float(row[name]) for name in names}, level=level)


def difference_table(
    current: np.ndarray,
    baseline: np.ndarray,
    values: Sequence[float],
    *,
    unit: str,
    level: float = 0.95,
    design_effects: tuple = (1.0, 1.0),
) -> pd.DataFrame:
    """`difference` for many cells at once: one row a cell.

    Returns:
        `value, lower, upper, p_value, n, n_baseline, value_current, value_baseline`.
    """
    a = interval_table(current, values, unit=unit, level=level, design_effect=design_effects[0])
    b = interval_table(baseline, values, unit=unit, level=level, design_effect=design_effects[1])
    delta = (a["value"] - b["value"]).to_numpy()
    n1, n0 = a["effective_n"].to_numpy(), b["effective_n"].to_numpy()
    with np.errstate(invalid="ignore", divide="ignore"):
        if unit == "rate":
            x1, x0 = a["value"].to_numpy() * n1, b["value"].to_numpy() * n0
            lower, upper = newcombe(x1, n1, x0, n0, level=level)
            pooled = (x1 + x0) / (n1 + n0)
            error = np.sqrt(pooled * (1 - pooled) * (1 / n1 + 1 / n0))
            p = _two_sided(delta, error, math.inf)
        else:
            v1, v0 = a["variance"].to_numpy() / n1, b["variance"].to_numpy() / n0
            error = np.sqrt(v1 + v0)
            df = math.inf if unit == "nps" else (v1 + v0) ** 2 / (v1**2 / (n1 - 1) + v0**2 / (n0 - 1))
            half = _quantile(level, df) * error
            lower, upper, p = delta - half, delta + half, _two_sided(delta, error, df)
    return pd.DataFrame({"value": delta, "lower": lower, "upper": upper, "p_value": p, "n": a["n"],
                         "n_baseline": b["n"], "value_current": a["value"], "value_baseline": b["value"]})  # fmt: skip


# Proportions ----------------------------------------------------------------------------------


def wilson(x: float | np.ndarray, n: float | np.ndarray, *, level: float = 0.95) -> tuple[np.ndarray, np.ndarray]:
    """Wilson interval of `x` out of `n`; both may be fractions of rows (an effective n)."""
    from statsmodels.stats.proportion import proportion_confint

    x, n = np.asarray(x, float), np.asarray(n, float)
    with np.errstate(invalid="ignore", divide="ignore"):
        lower, upper = proportion_confint(x, np.where(n > 0, n, np.nan), alpha=1 - level, method="wilson")
    return np.clip(lower, 0, 1), np.clip(upper, 0, 1)


def newcombe(
    x: float | np.ndarray,
    n: float | np.ndarray,
    x_baseline: float | np.ndarray,
    n_baseline: float | np.ndarray,
    *,
    level: float = 0.95,
) -> tuple[np.ndarray, np.ndarray]:
    """Newcombe's hybrid-score interval of `x / n - x_baseline / n_baseline`."""
    from statsmodels.stats.proportion import confint_proportions_2indep

    x, x0 = np.asarray(x, float), np.asarray(x_baseline, float)
    n, n0 = (np.where(np.asarray(k, float) > 0, k, np.nan) for k in (n, n_baseline))
    with np.errstate(invalid="ignore", divide="ignore"):
        return confint_proportions_2indep(x, n, x0, n0, method="newcomb", compare="diff", alpha=1 - level)


def smallest_n(value: float, target: float, *, level: float = 0.95) -> int:
    """How many ratings before a rate of `value` is told from `target`?

    The smallest n from which the Wilson interval of `value` no longer holds `target`: with n below it a miss
    (or a hit) is within chance. Wilson's interval holds the target while |value - target| is at most
    z sqrt(target (1 - target) / n), so there is nothing to search.
    """
    if value == target:
        raise ScaleError("estimate_same", value=value)
    return math.floor(_quantile(level, math.inf) ** 2 * target * (1 - target) / (value - target) ** 2) + 1


def sample_size(rate: float, rate_baseline: float, *, power: float = 0.8, level: float = 0.95) -> float:
    """Rows per group to see a move between two rates, two-sided (not rounded up).

    Source:
        Fleiss, Levin, Paik (2003), Statistical Methods for Rates and Proportions, 4.2; R's power.prop.test.
    """
    if rate == rate_baseline:
        raise ScaleError("estimate_same", value=rate)
    mean = (rate + rate_baseline) / 2
    apart = math.sqrt(rate * (1 - rate) + rate_baseline * (1 - rate_baseline))
    root = _quantile(level, math.inf) * math.sqrt(2 * mean * (1 - mean)) + float(ndtri(power)) * apart
    return float((root / (rate - rate_baseline)) ** 2)


# Clusters and many tests ----------------------------------------------------------------------


def cluster_variance(clusters, n, s, nn, ns, ss) -> np.ndarray:
    """Variance of a mean whose rows come in clusters, from sums over clusters.

    Args:
        clusters: Number of clusters. n, s: Rows and total. nn, ns, ss: Sums over clusters of n_c^2, n_c * S_c
            and S_c^2 (the engine's `moments`). All may be arrays, one value a cell.

    Returns:
        (ss - 2 m ns + m^2 nn) / n^2 * clusters / (clusters - 1); NaN with fewer than two clusters.
    """
    clusters, n, s, nn, ns, ss = (np.asarray(part, float) for part in (clusters, n, s, nn, ns, ss))
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = s / n
        robust = np.maximum(ss - 2 * mean * ns + mean**2 * nn, 0) / n**2
        return np.where(clusters > 1, robust * clusters / (clusters - 1), np.nan)


def design_effect(clusters, n, s, nn, ns, ss, *, variance) -> np.ndarray:
    """How much less do clustered rows tell than independent ones? At least 1; 1 where it cannot be told.

    Args:
        clusters, n, s, nn, ns, ss: See `cluster_variance`.
        variance: Variance of one row about the mean (`interval_table`'s `variance`).
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        ratio = cluster_variance(clusters, n, s, nn, ns, ss) / (np.asarray(variance, float) / np.asarray(n, float))
    return np.where(np.isfinite(ratio), np.maximum(ratio, 1.0), 1.0)


def adjust(p_values: Sequence[float], method: str = "bh") -> np.ndarray:
    """p-values corrected for how many were looked at: "bh", "by" (false discoveries), or "holm", "hochberg", "hommel" and
    "bonferroni" (any error).

    NaN stays NaN and does not count as a test.
    """
    if method not in CORRECTIONS:
        raise ScaleError("estimate_correction", method=method, known=listing(CORRECTIONS))
    p = np.asarray(p_values, float)
    adjusted, tested = np.full(p.shape, np.nan), np.isfinite(p)
    if tested.any() and method == "holm":  # statsmodels' own collects garbage first, at a tenth of a second a call
        order, m = np.argsort(p[tested]), int(tested.sum())
        steps = np.empty(m)
        steps[order] = np.minimum(np.maximum.accumulate(p[tested][order] * (m - np.arange(m))), 1.0)
        adjusted[tested] = steps
    elif tested.any():
        from statsmodels.stats.multitest import multipletests

        adjusted[tested] = multipletests(p[tested], method=CORRECTIONS[method])[1]
    return adjusted


# ----------------------------------------------------------------------------------------------


def _aligned(counts, values) -> tuple[np.ndarray, np.ndarray]:
    if isinstance(values, Mapping):
        if isinstance(counts, Mapping):
            if off := [k for k in counts if k not in values]:
                raise ScaleError("estimate_levels", levels=listing(off), known=listing(values))
            counts = [counts.get(k, 0) for k in values]
        values = list(values.values())
    counts, values = np.asarray(counts, float), np.asarray(values, float)
    if counts.shape != values.shape:
        raise ScaleError("estimate_lengths", counts=counts.size, values=values.size)
    return counts, values


def _check_unit(unit: str, values: np.ndarray) -> None:
    if unit not in UNITS:
        raise ScaleError("estimate_unit", unit=unit, known=listing(UNITS))
    if unit == "rate" and not np.isin(values, (0.0, 1.0)).all():
        raise ScaleError("estimate_rate", values=listing(values))


def _quantile(level: float, df) -> np.ndarray | float:
    """Two-sided critical value of Student's t; of the normal with df = inf."""
    upper = (1 + level) / 2
    if np.ndim(df) == 0 and math.isinf(df):
        return float(ndtri(upper))
    return stdtrit(np.where(np.asarray(df) > 0, df, np.nan), upper)


def _two_sided(delta, error, df) -> np.ndarray:
    with np.errstate(invalid="ignore", divide="ignore"):
        t = np.where(error > 0, -np.abs(delta) / error, np.where(delta == 0, 0.0, -np.inf))
        t = np.where(np.isnan(error), np.nan, t)
    if np.ndim(df) == 0 and math.isinf(df):
        return np.minimum(2 * ndtr(t), 1.0)
    return np.where(np.isinf(t), np.nan, 2 * stdtr(df, np.where(np.isinf(t), np.nan, t)))
