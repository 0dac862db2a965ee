"""Two groups on an interval outcome: Welch, pooled, trimmed, and equivalence."""

from __future__ import annotations

import math
from collections.abc import Hashable, Sequence

import numpy as np
import pandas as pd
from scipy.special import stdtr

from ccsat.errors import DataError, Words
from ccsat.methods.answer import Answer, Effect
from ccsat.methods.means import Grouped, group_means, unclustered
from ccsat.numerics.noncentral import hedges_factor, shift_limits
from ccsat.numerics.power import detectable_z, quantile, two_sided
from ccsat.numerics.robust import sorted_groups, trimmed_means
from ccsat.scales import Column

CURRENT_LESS_BASELINE = np.array([-1.0, 1.0])


def t_ratio(value: float, error: float, null: float = 0.0) -> float:
    """A difference over its standard error; 0 or infinite where nothing varies."""
    apart = value - null
    if not error > 0:
        return math.nan if math.isnan(error) else 0.0 if apart == 0 else math.copysign(math.inf, apart)
    return apart / error


def standardised(made: Grouped, value: float, error: float, df: float, t: float) -> tuple[Effect, Effect, dict]:
    """Hedges' g and Cohen's d (pooled spread) with noncentral limits; error and t are those of the test they go with."""
    sd, pooled = made.means.pooled_sd, made.means.n.sum() - 2
    if not (sd > 0 and error > 0 and math.isfinite(t)):
        return Effect("hedges_g", math.nan), Effect("cohen_d", math.nan), {"hedges_J": hedges_factor(pooled)}
    d, factor = value / sd, hedges_factor(pooled)
    low, high = (limit * error / sd for limit in shift_limits(t, df))
    return (
        Effect("hedges_g", d * factor, low * factor, high * factor),
        Effect("cohen_d", d, low, high),
        {"hedges_J": factor},
    )


def roles(rows: pd.DataFrame) -> pd.DataFrame:
    """The group table with which group is compared with which."""
    return rows.assign(role=["baseline", "current"])


def welch_t(
    table: pd.DataFrame, outcome: Column, by: Column, *, baseline: Hashable | None = None, weights: str | None = None,
    weight_kind: str = "sampling", cluster: str | bool | None = None,
) -> Answer:  # fmt: skip
    """Do two groups differ in their mean, whatever their spreads?

    Args:
        outcome: Interval. by: Two groups; `baseline` is subtracted, the first by default.
        cluster: What holds rows together, e.g. the agent: the variance is then of clusters, the degrees of freedom
            Satterthwaite's (clusters less one for each group at most).

    Returns:
        Effects: `mean_difference` (current minus baseline, in the column's unit, Welch's interval), `hedges_g` and
        `cohen_d` (pooled spread; noncentral interval). Table: one row a group, `group, n, mean, lower, upper, sd, median,
        trimmed_mean, role`. Statistic: `t, df, p_value, error`. `extra["glass_delta"]`: the difference over the baseline's sd.

    Raises:
        ScaleError: The outcome is not interval. DataError: Not two groups, fewer than two rows or clusters in one.

    Source:
        Welch (1947), Biometrika 34, 28-35; clusters: Bell and McCaffrey (2002), Survey Methodology 28, 169-181.
    """
    made = group_means(
        table,
        outcome,
        by,
        method="welch_t",
        weights=weights,
        weight_kind=weight_kind,
        cluster=cluster,
        exactly=2,
        baseline=baseline,
    )
    value, error, df = made.means.contrast(CURRENT_LESS_BASELINE)
    t = t_ratio(value, error)
    half = quantile(0.95, df) * error if math.isfinite(df) else error
    g, d, more = standardised(made, value, *_for_effect(made, error, df, t, value))
    sd = made.means.sd[0]
    return Answer(
        method="welch_t", columns=made.columns(baseline=made.groups[0], current=made.groups[1]),
        statistic={"t": t, "df": df, "p_value": _p(t, df), "error": error, **more},
        effects=(Effect("mean_difference", value, value - half, value + half), g, d), table=roles(made.rows()), detectable=detectable_z(error, df),
        assumptions=(made.skewed(),), extra={"glass_delta": value / sd if sd > 0 else math.nan}, caveats=made.caveats(), **made.named(),
    )  # fmt: skip


def pooled_t(
    table: pd.DataFrame, outcome: Column, by: Column, *, baseline: Hashable | None = None, weights: str | None = None,
    weight_kind: str = "frequency", cluster: str | bool | None = None,
) -> Answer:  # fmt: skip
    """Do two groups of equal spread differ in their mean?

    Args:
        weights: Frequency weights only. cluster: Not used; the answer says so (`welch_t` does use it).

    Returns:
        As `welch_t`; the spread is pooled, df is n - 2.

    Raises:
        ScaleError: The outcome is not interval. DataError: Not two groups, or other weights.

    Source:
        Student (1908), Biometrika 6, 1-25; Hedges (1981).
    """
    made = group_means(
        table,
        outcome,
        by,
        method="pooled_t",
        weights=weights,
        weight_kind=weight_kind,
        cluster=cluster,
        exactly=2,
        baseline=baseline,
        whole=True,
        smallest=1,
    )
    m = made.plain
    df = float(m.n.sum() - 2)
    if df < 1:
        raise DataError("mean_small_group", groups=str(int(m.n.sum())), least=3)
    sd = float(np.sqrt((np.nan_to_num(m.sd) ** 2 * (m.n - 1)).sum() / df))
    value, error = float(m.mean[1] - m.mean[0]), sd * math.sqrt((1 / m.n).sum())
    t, half = t_ratio(value, error), quantile(0.95, df) * error
    g, d, more = standardised(made, value, error, df, t)
    return Answer(
        method="pooled_t", columns=made.columns(baseline=made.groups[0], current=made.groups[1]),
        statistic={"t": t, "df": df, "p_value": _p(t, df), "error": error, **more},
        effects=(Effect("mean_difference", value, value - half, value + half), g, d), table=roles(made.rows()), detectable=detectable_z(error, df),
        assumptions=(made.skewed(), made.alike()), caveats=made.caveats(*unclustered(made.names)), **made.named(),
    )  # fmt: skip


def yuen_t(
    table: pd.DataFrame, outcome: Column, by: Column, *, trim: float = 0.2, baseline: Hashable | None = None, cluster: str | bool | None = None,
) -> Answer:  # fmt: skip
    """Do two groups differ in the middle of their values, with the extremes left out?

    Args:
        trim: Share of rows cut off at either end, 0 to below 0.5.
        cluster: Widens the error by the design effect of the difference in (untrimmed) means.

    Returns:
        Effects: `trimmed_difference` (current minus baseline) and `robust_d` (over the winsorised spread, scaled to a normal's).
        Table: as `welch_t`, with `trimmed_mean` by `trim` and `kept` rows.

    Raises:
        ScaleError: The outcome is not interval. DataError: Not two groups, or `trim` out of range.

    Source:
        Yuen (1974), Biometrika 61, 165-170; Algina, Keselman and Penfield (2005), Psychological Methods 10, 317-328.
    """
    if not 0 <= trim < 0.5:
        raise DataError("mean_trim", trim=trim)
    made = group_means(table, outcome, by, method="yuen_t", cluster=cluster, exactly=2, baseline=baseline)
    got = trimmed_means(sorted_groups(made.y, made.group, 2), trim=trim)
    value, parts, df = float(got.mean[1] - got.mean[0]), got.variance, got.df
    error, satterthwaite = (
        float(np.sqrt(parts.sum())),
        float(parts.sum() ** 2 / (parts**2 / df).sum()) if parts.sum() > 0 else float(df.sum()),
    )
    if made.cluster is not None:
        _, clustered, satterthwaite = made.means.contrast(CURRENT_LESS_BASELINE)
        _, plain, _ = made.plain.contrast(CURRENT_LESS_BASELINE)
        error *= max(clustered / plain, 1.0) if plain > 0 else 1.0
    t, half = t_ratio(value, error), quantile(0.95, satterthwaite) * error
    winsorised = np.sqrt(parts * got.kept * (got.kept - 1) / (made.plain.n - 1))
    sd = float(np.sqrt(((made.plain.n - 1) * winsorised**2).sum() / (made.plain.n.sum() - 2))) / _trimmed_scale(trim)
    rows = roles(made.rows()).assign(trimmed_mean=got.mean, kept=got.kept.astype(int))
    return Answer(
        method="yuen_t", columns=made.columns(baseline=made.groups[0], current=made.groups[1]),
        statistic={"t": t, "df": satterthwaite, "p_value": _p(t, satterthwaite), "error": error, "trim": trim},
        effects=(Effect("trimmed_difference", value, value - half, value + half),
                 *((Effect("robust_d", value / sd, (value - half) / sd, (value + half) / sd),) if sd > 0 else ())),
        table=rows, detectable=detectable_z(error, satterthwaite), caveats=made.caveats(), **made.named(),
    )  # fmt: skip


def equivalence(
    table: pd.DataFrame, outcome: Column, by: Column, *, bounds: Sequence[float] | None = None, baseline: Hashable | None = None, weights: str | None = None,
    weight_kind: str = "sampling", cluster: str | bool | None = None,
) -> Answer:  # fmt: skip
    """Are two groups the same, for what matters: is their difference within bounds declared beforehand?

    Args:
        bounds: The largest fall and rise, in the column's unit, that would not matter, e.g. (-0.25, 0.25).

    Returns:
        `p_value` is the larger of two one-sided Welch tests: below 5 % says the difference lies within the bounds. Effects:
        `mean_difference` with its 90 % interval (which then lies within them). Statistic: `t_lower, p_lower, t_upper,
        p_upper, p_difference` (of no difference), `verdict` 1 same, -1 different beyond the bounds, 0 undecided.
        `detectable`: the narrowest symmetric bounds that two equal groups of this size pass in four cases of five.

    Raises:
        DataError: Bounds that do not hold 0 in order, or not two groups. ScaleError: The outcome is not interval.

    Source:
        Schuirmann (1987), Journal of Pharmacokinetics and Biopharmaceutics 15, 657-680; Lakens (2017).
    """
    if bounds is None:
        raise DataError("mean_bounds_needed", method=Words("method.equivalence.name"))
    low, high = (float(bound) for bound in bounds)
    if not low < high:
        raise DataError("mean_bounds", low=low, high=high)
    made = group_means(
        table,
        outcome,
        by,
        method="equivalence",
        weights=weights,
        weight_kind=weight_kind,
        cluster=cluster,
        exactly=2,
        baseline=baseline,
    )
    value, error, df = made.means.contrast(CURRENT_LESS_BASELINE)
    t_low, t_high, t = t_ratio(value, error, low), t_ratio(value, error, high), t_ratio(value, error)
    p_low, p_high = float(stdtr(df, -t_low)), float(stdtr(df, t_high))
    half = quantile(0.90, df) * error
    g, d, more = standardised(made, value, *_for_effect(made, error, df, t, value))
    p = max(p_low, p_high)
    beyond = value - half > high or value + half < low
    statistic = {"t_lower": t_low, "p_lower": p_low, "t_upper": t_high, "p_upper": p_high, "p_value": p, "df": df,
                 "p_difference": _p(t, df), "verdict": 1.0 if p < 0.05 else -1.0 if beyond else 0.0, **more}  # fmt: skip
    from scipy.special import stdtrit

    narrowest = error * float(stdtrit(df, 0.95) + stdtrit(df, 0.90))  # both one-sided tests pass with chance 0.8
    said = () if p < 0.05 else (("caveat.mean_not_same", {"low": low, "high": high}),)
    return Answer(
        method="equivalence", columns=made.columns(baseline=made.groups[0], current=made.groups[1], bounds=(low, high)), statistic=statistic,
        effects=(Effect("mean_difference", value, value - half, value + half, level=0.9), g, d), table=roles(made.rows()), detectable=narrowest,
        assumptions=(made.skewed(),), caveats=made.caveats(*said), **made.named(),
    )  # fmt: skip


def _p(t: float, df: float) -> float:
    return math.nan if math.isnan(t) else 1.0 if t == 0 else 0.0 if math.isinf(t) else float(two_sided(t, df))


def _for_effect(made: Grouped, error: float, df: float, t: float, value: float) -> tuple[float, float, float]:
    """Error, df and t behind an effect's interval: of independent rows the pooled ones, whose distribution is known exactly."""
    if made.robust or made.kind == "precision":
        return error, df, t
    m = made.means
    pooled = m.pooled_sd * math.sqrt((1 / m.n).sum())
    return pooled, float(m.n.sum() - 2), t_ratio(value, pooled)


def _trimmed_scale(trim: float) -> float:
    """Winsorised standard deviation of a standard normal."""
    from scipy.special import ndtri

    if trim == 0:
        return 1.0
    z = float(-ndtri(trim))
    density = math.exp(-z * z / 2) / math.sqrt(2 * math.pi)
    return math.sqrt((1 - 2 * trim) - 2 * z * density + 2 * trim * z * z)
