"""Means with more than one factor: two-way analysis of variance, and means adjusted for what differs between groups."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import combinations

import numpy as np
import pandas as pd
from scipy.special import fdtrc

from ccsat.errors import DataError, Words, listing
from ccsat.estimates import adjust
from ccsat.methods.answer import Answer, Assumption, Effect
from ccsat.methods.designs import design_of
from ccsat.methods.means import Grouped, group_means
from ccsat.numerics.crosstab import code_levels
from ccsat.numerics.linear import dummies, least_squares, rank_of
from ccsat.numerics.moments import group_moments
from ccsat.numerics.noncentral import detectable_spread, spread_limits
from ccsat.numerics.power import detectable_z, quantile
from ccsat.scales import Column


def two_way_anova(
    table: pd.DataFrame, outcome: Column, by: Column, *, second: Column | None = None, weights: str | None = None,
    weight_kind: str = "frequency", cluster: str | bool | None = None,
) -> Answer:  # fmt: skip
    """Do two factors each matter for the mean, and does one change what the other does?

    Args:
        by, second: The two factors.
        weights: Frequency weights only.
        cluster: The type III tests are then of cell means with variances of clusters.

    Returns:
        One row a factor (`by`, `second`, and both together): `factor, df, ss_type2, F_type2, p_type2, ss_type3, F_type3, p_value`
        (type III) `, partial_eta2, lower, upper` (noncentral, 90 %) `, n`. Effect: `mean_partial_eta2` of `by`. Statistic: `F, p_value`
        of `by`, `p_interaction, ss_residual, df_error`. `extra["cells"]`: mean of each combination.

    Raises:
        ScaleError: The outcome is not interval. DataError: No `second`, or a combination of levels without rows.

    Source:
        Yates (1934); types: SAS/STAT; Fox and Weisberg (2019), An R Companion to Applied Regression, 5.3; clusters: Johansen
        (1980), Biometrika 67, 85-92.
    """
    if second is None:
        raise DataError("mean_second", method=Words("method.two_way_anova.name"))
    made = group_means(
        table,
        outcome,
        by,
        method="two_way_anova",
        weights=weights,
        weight_kind=weight_kind,
        cluster=cluster,
        more=[second],
        whole=True,
        smallest=1,
    )
    codes, levels = code_levels(made.sample.rows[str(second)])
    a, b = len(made.groups), len(levels)
    if b < 2:
        raise DataError("mean_groups", column=str(second), n=b, groups=listing(levels), least=2)
    cell = made.group * b + codes
    count = np.bincount(cell, minlength=a * b)
    if (count == 0).any():
        empty = [f"{made.groups[k // b]} × {levels[k % b]}" for k in np.flatnonzero(count == 0)]
        raise DataError("mean_empty_cells", first=str(by), second=str(second), cells=listing(empty, 6))
    m = group_moments(made.y, cell, a * b, weight=made.weight, kind=made.kind)
    within, df_error = float((np.nan_to_num(m.sd) ** 2 * (m.n - 1)).sum()), float(m.n.sum() - a * b)
    if not (within > 0 and df_error > 0):
        raise DataError("mean_no_spread", column=made.outcome)
    one, x_a, x_b = (
        np.ones((a * b, 1)),
        dummies(np.repeat(np.arange(a), b), a, total=True),
        dummies(np.tile(np.arange(b), a), b, total=True),
    )
    x_ab = np.einsum("ni,nj->nij", x_a, x_b).reshape(a * b, -1)

    def lost(*parts: np.ndarray) -> float:
        return least_squares(np.hstack(parts), m.mean, weight=m.n, kind="frequency").ss

    both = lost(one, x_a, x_b)
    type2 = [lost(one, x_b) - both, lost(one, x_a) - both, both]
    type3 = [lost(one, x_b, x_ab), lost(one, x_a, x_ab), both]
    df = [a - 1.0, b - 1.0, (a - 1.0) * (b - 1.0)]
    names = [str(by), str(second), f"{by} × {second}"]
    rows, ms = [], within / df_error
    clustered = (
        None
        if made.cluster is None
        else group_moments(made.y, cell, a * b, weight=made.weight, kind=made.kind, cluster=made.cluster)
    )
    full = np.linalg.pinv(np.hstack([one, x_a, x_b, x_ab]))  # cell means to effects
    edges = np.cumsum([1, *map(int, df)])
    for k, name in enumerate(names):
        f2, f3 = type2[k] / df[k] / ms, type3[k] / df[k] / ms
        p3, df_e, ratio = float(fdtrc(df[k], df_error, f3)), df_error, type3[k] / (type3[k] + within)
        if clustered is not None:
            f3, _, df_e, p3 = clustered.test(full[edges[k] : edges[k + 1]])
        worth = made.means.effective() if made.robust else df_error + df[k] + 1
        low, high = (shift / (shift + worth) for shift in spread_limits(f3, df[k], df_e))
        rows.append({"factor": name, "df": df[k], "ss_type2": type2[k], "F_type2": f2, "p_type2": float(fdtrc(df[k], df_error, f2)),
                     "ss_type3": type3[k], "F_type3": f3, "p_value": p3, "partial_eta2": ratio, "lower": low, "upper": high, "n": int(m.n.sum())})  # fmt: skip
    whole = pd.DataFrame(rows)
    cells = pd.DataFrame({str(by): np.repeat(np.array(made.groups, object), b), str(second): np.tile(np.array(levels, object), a), "n": m.n.astype(int),
                          "mean": m.mean, "sd": m.sd})  # fmt: skip
    first, shift = whole.iloc[0], detectable_spread(df[0], df_error)
    said = (
        (("caveat.mean_interaction", {"first": str(by), "second": str(second)}),) if whole["p_value"][2] < 0.05 else ()
    )
    return Answer(method="two_way_anova", columns=made.columns(second=str(second)), table=whole, extra={"cells": cells},
                  statistic={"F": first["F_type3"], "df": df[0], "df_error": df_error, "p_value": first["p_value"], "p_interaction": float(whole["p_value"][2]), "ss_residual": within},
                  effects=(Effect("mean_partial_eta2", first["partial_eta2"], first["lower"], first["upper"], level=0.9),),
                  detectable=shift / (shift + (made.means.effective() if made.robust else df_error + df[0] + 1)),
                  assumptions=(made.alike(), made.skewed()), caveats=made.caveats(*said), **made.named())  # fmt: skip


def adjusted_means(
    table: pd.DataFrame, outcome: Column, by: Column, *, covariates: Sequence[Column] = (), held: str = "observed", weights: str | None = None,
    weight_kind: str = "sampling", cluster: str | bool | None = None,
) -> Answer:  # fmt: skip
    """Do groups still differ once what differs between them is held equal?

    Args:
        covariates: What to hold equal: confounders, not results of the group.
        held: "observed": every covariate at its mean over all rows (categories at their mix); "equal": categories and
            two-valued numbers at equal parts of their levels, as R's emmeans. Differences between groups are the same.
        cluster: Errors are then of clusters, with clusters less one degrees of freedom.

    Returns:
        One row a group: `group, n, mean` (as it is) `, adjusted_mean, error, df, lower, upper`. Effects: of two groups
        `adjusted_difference` (second minus first); of more `mean_partial_eta2` of the groups with its noncentral 90 % interval.
        Statistic: `F, df, df_error, p_value` of the groups, `p_slopes` (of one slope in all groups). `extra["pairs"]`: every pair, Holm.

    Raises:
        ScaleError: The outcome is not interval. DataError: No covariates, or one told by the others.

    Source:
        Searle, Speed and Milliken (1980), The American Statistician 34, 216-221.
    """
    if not covariates:
        raise DataError("mean_covariates", method=Words("method.adjusted_means.name"))
    made = group_means(
        table,
        outcome,
        by,
        method="adjusted_means",
        weights=weights,
        weight_kind=weight_kind,
        cluster=cluster,
        more=covariates,
    )
    design = design_of(made.sample, covariates, method="adjusted_means")
    k, kind = len(made.groups), made.kind if made.kind != "precision" else ""
    if held not in ("observed", "equal"):
        raise DataError("rank_choice", option="held", value=held, known="observed, equal")
    w = np.ones(len(made.y)) if made.weight is None else made.weight
    middle = (w @ design.x[:, 1:]) / w.sum()
    if held == "equal":
        middle = np.array(
            [
                1 / (len(switch) + 1) if switch else _middle(column, one)
                for switch, column, one in zip(design.switch, design.x[:, 1:].T, middle, strict=True)
            ]
        )
    moved = design.x[:, 1:] - middle
    switches = (made.group[:, None] == np.arange(k)).astype(float)
    x = np.hstack([switches, moved])
    if rank_of(x) < x.shape[1]:
        raise DataError(
            "model_drivers", drivers=listing(map(str, covariates)), method=Words("method.adjusted_means.name")
        )
    fit = least_squares(x, made.y, weight=made.weight, kind=kind, cluster=made.cluster)
    zeros = np.zeros(moved.shape[1])
    contrasts = np.hstack([np.eye(k)[1:] - np.eye(k)[0], np.zeros((k - 1, moved.shape[1]))])
    f, df1, p = fit.test(contrasts)
    errors = np.sqrt(np.diag(fit.covariance)[:k])
    half = quantile(0.95, fit.df) * errors
    rows = pd.DataFrame({"group": made.groups, "n": made.means.n.astype(int), "mean": made.means.mean, "adjusted_mean": fit.beta[:k], "error": errors,
                         "df": fit.df, "lower": fit.beta[:k] - half, "upper": fit.beta[:k] + half})  # fmt: skip
    pairs = []
    for i, j in combinations(range(k), 2):
        value, error, chance = fit.contrast(np.r_[np.eye(k)[j] - np.eye(k)[i], zeros])
        wide = quantile(0.95, fit.df) * error
        pairs.append(
            {
                "group": made.groups[j],
                "other": made.groups[i],
                "difference": value,
                "lower": value - wide,
                "upper": value + wide,
                "error": error,
                "p_value": chance,
            }
        )
    pairs = pd.DataFrame(pairs)
    pairs["p_adjusted"] = adjust(pairs["p_value"], "holm")
    if k == 2:
        only = pairs.iloc[0]
        effect, least = (
            Effect("adjusted_difference", only["difference"], only["lower"], only["upper"]),
            detectable_z(only["error"], fit.df),
        )
    else:
        worth = made.means.effective() if made.robust else fit.df + df1 + 1
        effect = Effect(
            "mean_partial_eta2",
            df1 * f / (df1 * f + worth - df1 - 1),
            *(s / (s + worth) for s in spread_limits(f, df1, fit.df)),
            level=0.9,
        )
        shift = detectable_spread(df1, fit.df)
        least = shift / (shift + worth)
    slopes, turned = _slopes(made, x, moved, switches, kind), _turned(rows)
    return Answer(method="adjusted_means", columns=made.columns(covariates=[str(one) for one in covariates]), table=rows, effects=(effect,), family="mean_pairs",
                  statistic={"F": f, "df": df1, "df_error": fit.df, "p_value": p, "p_slopes": slopes}, detectable=least, extra={"pairs": pairs},
                  assumptions=(Assumption("mean_slopes", None if math.isnan(slopes) else slopes >= 0.05, {"p": slopes}), made.skewed()),
                  caveats=made.caveats(*turned), **made.named())  # fmt: skip


def _middle(column: np.ndarray, mean: float) -> float:
    """Midway between the values of a two-valued number; the mean of others."""
    values = np.unique(column)
    return float(values.mean()) if len(values) == 2 else float(mean)


def _slopes(made: Grouped, x: np.ndarray, held: np.ndarray, switches: np.ndarray, kind: str) -> float:
    """p of one slope in all groups."""
    more = np.einsum("ni,nj->nij", switches[:, 1:], held).reshape(len(held), -1)
    whole = np.hstack([x, more])
    if len(whole) <= whole.shape[1] + 1:
        return math.nan
    fit = least_squares(whole, made.y, weight=made.weight, kind=kind, cluster=made.cluster)
    if made.cluster is not None and made.names["clusters"] <= more.shape[1]:
        return math.nan
    contrasts = np.hstack([np.zeros((more.shape[1], x.shape[1])), np.eye(more.shape[1])])
    return fit.test(contrasts)[2]


def _turned(rows: pd.DataFrame) -> tuple[tuple[str, dict], ...]:
    """Whether adjusting turns two groups round (of two), or the first and last (of more)."""
    first, last = rows["mean"].idxmin(), rows["mean"].idxmax()
    if rows["adjusted_mean"][first] <= rows["adjusted_mean"][last]:
        return ()
    return (("caveat.mean_adjusted_turns", {"low": str(rows["group"][first]), "high": str(rows["group"][last])}),)
