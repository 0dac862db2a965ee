"""Means, their spread, their gap to a target, and their trend."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

from ccsat.errors import DataError, ScaleError
from ccsat.methods.answer import Answer, Assumption, Effect
from ccsat.methods.means import group_means
from ccsat.numerics.linear import least_squares
from ccsat.numerics.power import detectable_z, quantile, two_sided
from ccsat.numerics.robust import middles
from ccsat.scales import Column, Scale, scale_of


def describe_means(
    table: pd.DataFrame, outcome: Column, by: Column | None = None, *, target: float | None = None, trim: float = 0.2, weights: str | None = None,
    weight_kind: str = "sampling", cluster: str | bool | None = None,
) -> Answer:  # fmt: skip
    """How high is it, how far does it scatter, and how far is it from the target?

    Args:
        outcome: Interval. by: Groups, or None.
        target: What the mean should be. trim: Share of rows cut off at either end for the trimmed mean.

    Returns:
        One row a group: `group, n, mean, lower, upper, sd, median, lower_quartile, upper_quartile, trimmed_mean, least, most, skewness`, and with
        a target `gap` (mean minus target) `, gap_lower, gap_upper, p_value` (of no gap). Effects: `mean_level` of all rows, and with a target
        `gap_to_target`. Statistic: `p_value` of no gap, of all rows.

    Raises:
        ScaleError: The outcome is not interval.

    Source:
        Student (1908), Biometrika 6, 1-25; trimmed mean: Tukey (1962), Annals of Mathematical Statistics 33, 1-67.
    """
    if not 0 <= trim < 0.5:
        raise DataError("mean_trim", trim=trim)
    made = group_means(
        table,
        outcome,
        by,
        method="describe_means",
        weights=weights,
        weight_kind=weight_kind,
        cluster=cluster,
        least=1,
        smallest=0,
    )
    k, m = len(made.groups), made.means
    middle = middles(made.y, made.group, k, weight=made.weight, trim=trim)
    rows = made.rows().drop(columns=["median", "trimmed_mean"])
    order = np.lexsort((made.y, made.group))
    edges = np.searchsorted(made.group[order], np.arange(k + 1))
    rows = rows.assign(median=middle["median"], lower_quartile=middle["lower_quartile"], upper_quartile=middle["upper_quartile"], trimmed_mean=middle["trimmed_mean"],
                       least=made.y[order][edges[:-1]], most=made.y[order][edges[1:] - 1], skewness=m.skew)  # fmt: skip
    whole = group_means(
        table,
        outcome,
        None,
        method="describe_means",
        weights=weights,
        weight_kind=weight_kind,
        cluster=cluster,
        more=[by] if by is not None else [],
        least=1,
        smallest=0,
    )
    value, error, df = whole.means.contrast(np.ones(1))
    half = quantile(0.95, df) * error if math.isfinite(df) and df > 0 else math.nan
    effects, statistic = (
        [Effect("mean_level", value, value - half, value + half, null=math.nan)],
        {"sd": float(whole.means.sd[0]), "error": error},
    )
    if target is not None:
        errors = np.sqrt(m.variance)
        rows = rows.assign(gap=m.mean - target, gap_lower=rows["lower"] - target, gap_upper=rows["upper"] - target,
                           p_value=[float(two_sided((one - target) / e, d)) if e > 0 and d > 0 else math.nan for one, e, d in zip(m.mean, errors, m.df, strict=True)])  # fmt: skip
        gap = value - target
        effects.insert(0, Effect("gap_to_target", gap, gap - half, gap + half))
        statistic |= {
            "t": gap / error if error > 0 else math.nan,
            "df": df,
            "p_value": float(two_sided(gap / error, df)) if error > 0 and df > 0 else math.nan,
        }
    spread = (middle["median"] - m.mean) / np.where(m.sd > 0, m.sd, np.nan)
    far = int(np.nanargmax(np.abs(spread))) if np.isfinite(spread).any() else 0
    shape = Assumption(
        "mean_middle",
        bool(not np.isfinite(spread[far]) or abs(spread[far]) < 0.25),
        {"mean": float(m.mean[far]), "median": float(middle["median"][far])},
    )
    return Answer(method="describe_means", columns=made.columns(**({} if target is None else {"target": target})), table=rows, effects=tuple(effects), statistic=statistic,
                  detectable=detectable_z(error, df) if target is not None and df > 0 else None, assumptions=(shape,), caveats=made.caveats(), **made.named())  # fmt: skip


def mean_trend(
    table: pd.DataFrame, outcome: Column, by: Column, *, weights: str | None = None, weight_kind: str = "sampling", cluster: str | bool | None = None
) -> Answer:  # fmt: skip
    """Does the mean rise or fall along ordered groups, step by step or with time?

    Args:
        by: Ordered categories or text in order (steps of one), numbers (as they are), or dates (days).
        cluster: Errors are then of clusters.

    Returns:
        One row a group: `group, n, mean, lower, upper, sd, median, trimmed_mean, fitted`. Effect: `mean_slope` per step (per unit, per day) with its
        interval. Statistic: `t, df, p_value, r2, p_curve` (of more than a straight line).

    Raises:
        ScaleError: The outcome is not interval, or `by` has no order. DataError: Fewer than three groups.

    Source:
        Draper and Smith (1998), Applied Regression Analysis, ch. 1; lack of fit: ibid. 2.1.
    """
    made = group_means(
        table,
        outcome,
        by,
        method="mean_trend",
        weights=weights,
        weight_kind=weight_kind,
        cluster=cluster,
        least=3,
        smallest=1,
    )
    column = made.sample.rows[str(by)]
    if pd.api.types.is_datetime64_any_dtype(column.dtype):
        position = (
            pd.to_datetime(pd.Series(made.groups)) - pd.Timestamp(made.groups[0])
        ).dt.total_seconds().to_numpy() / 86_400
    elif scale_of(column) == Scale.INTERVAL:
        position = np.asarray(made.groups, float)
    elif isinstance(column.dtype, pd.CategoricalDtype) and not column.cat.ordered:
        raise ScaleError("mean_unordered", column=str(by))
    else:
        position = np.arange(len(made.groups), dtype=float)
    at = position[made.group]
    kind = "" if made.kind == "precision" else made.kind
    fit = least_squares(
        np.column_stack([np.ones(len(at)), at]), made.y, weight=made.weight, kind=kind, cluster=made.cluster
    )
    value, error, p = fit.contrast(np.array([0.0, 1.0]))
    half = quantile(0.95, fit.df) * error
    m = made.plain
    between = float((m.weight * (m.mean - fit.beta[0] - fit.beta[1] * position) ** 2).sum())
    w = np.ones(len(at)) if made.weight is None else made.weight
    total = float(w @ (made.y - m.total) ** 2)
    k = len(made.groups)
    contrasts = np.linalg.qr(np.column_stack([np.ones(k), position]), mode="complete")[0][:, 2:].T
    testable = (
        k > 2
        and (np.nan_to_num(made.means.variance) > 0).all()
        and (np.nan_to_num(made.means.df) > 0).all()
        and k <= 60
    )
    curve = made.means.test(contrasts)[3] if testable else math.nan
    rows = made.rows().assign(fitted=fit.beta[0] + fit.beta[1] * position)
    straight = None if math.isnan(curve) else bool(curve >= 0.05)
    return Answer(method="mean_trend", columns=made.columns(), table=rows, effects=(Effect("mean_slope", value, value - half, value + half),),
                  statistic={"t": value / error if error > 0 else math.nan, "df": fit.df, "p_value": p, "r2": 1 - float(w @ fit.residual**2) / total if total > 0 else math.nan,
                             "p_curve": curve, "ss_off_line": between},
                  assumptions=(Assumption("mean_straight", straight, {"p": curve}),), detectable=detectable_z(error, fit.df), caveats=made.caveats(), **made.named())  # fmt: skip
