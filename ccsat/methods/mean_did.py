"""Difference in differences: a group that was changed beside one that was not."""

from __future__ import annotations

import math
from collections.abc import Hashable

import numpy as np
import pandas as pd

from ccsat.errors import DataError, Words, listing
from ccsat.methods.answer import Answer, Assumption, Effect
from ccsat.methods.means import Grouped, few_clusters, group_means
from ccsat.methods.series import place
from ccsat.numerics.crosstab import code_levels
from ccsat.numerics.linear import Fit, dummies, least_squares
from ccsat.numerics.power import detectable_z, quantile
from ccsat.scales import Column


def difference_in_differences(
    table: pd.DataFrame, outcome: Column, by: Column, *, time: Column | None = None, at: object = None, baseline: Hashable | None = None,
    weights: str | None = None, cluster: str | bool | None = None,
) -> Answer:  # fmt: skip
    """Did the group that was changed move differently from the one that was not?

    Args:
        by: Two groups; `baseline` is the one not changed, the first where not given.
        time: Periods, in order. at: The first period with the change in force.
        cluster: What holds rows together over time, e.g. the agent; errors are then of clusters.

    Returns:
        One row a period: `time, n, n_baseline, mean, mean_baseline, difference, beyond` (the difference less that of all periods before) `,
        lower, upper, after`. Effect: `did_effect`, with its interval. Statistic: `t, df, p_value`; `p_before`: of unequal moves before the
        change (three or more periods), which would undo the comparison; `drift_before`: by how much the difference moved per period.

    Raises:
        ScaleError: The outcome is not interval. DataError: Not two groups, `at` is no period, or a group lacks one.

    Source:
        Card and Krueger (1994), American Economic Review 84, 772-793; Bertrand, Duflo and Mullainathan (2004), Quarterly
        Journal of Economics 119, 249-275 (errors by cluster); Roth (2022), AER: Insights 4, 305-322 (the check before).
    """
    if time is None:
        raise DataError("mean_period", method=Words("method.difference_in_differences.name"))
    made = group_means(
        table,
        outcome,
        by,
        method="difference_in_differences",
        weights=weights,
        cluster=cluster,
        more=[time],
        exactly=2,
        baseline=baseline,
        smallest=1,
    )
    code, times = code_levels(made.sample.rows[str(time)])
    start, k = place(times, at, time, "difference_in_differences"), len(times)
    if start == 0:
        raise DataError(
            "series_at",
            column=str(time),
            at=str(at),
            known=listing(times[1:], 8),
            method=Words("method.difference_in_differences.name"),
        )
    n = np.bincount(code * 2 + made.group, minlength=2 * k).reshape(k, 2)
    if (n == 0).any():
        raise DataError(
            "series_gap", column=str(time), times=listing([times[j] for j in np.flatnonzero((n == 0).any(1))], 6)
        )
    when, treated = dummies(code, k), made.group.astype(float)
    base = np.column_stack([np.ones(len(code)), treated, when])
    after = (code >= start).astype(float)
    fit = _fit(np.column_stack([base, treated * after]), made)
    value, error, p = fit.contrast(np.eye(fit.beta.size)[-1])
    half = quantile(0.95, fit.df) * error
    # Every period's difference beyond the mean of those before.
    every = _fit(np.hstack([base, treated[:, None] * when]), made)
    before = np.eye(k)[:start].mean(0)
    rows, spread = [], every.beta.size - (k - 1)
    for j in range(k):
        c = np.zeros(every.beta.size)
        c[spread:] = (np.eye(k)[j] - before)[1:]
        one, off, _ = every.contrast(c)
        wide = quantile(0.95, every.df) * off
        rows.append(
            {
                "time": times[j],
                "n": n[j, 1],
                "n_baseline": n[j, 0],
                "beyond": one,
                "lower": one - wide,
                "upper": one + wide,
                "after": j >= start,
            }
        )
    whole = pd.DataFrame(rows)
    w = np.ones(len(code)) if made.weight is None else made.weight
    cells = (
        np.bincount(code * 2 + made.group, w * made.y, minlength=2 * k)
        / np.bincount(code * 2 + made.group, w, minlength=2 * k)
    ).reshape(k, 2)
    whole.insert(3, "mean", cells[:, 1])
    whole.insert(4, "mean_baseline", cells[:, 0])
    whole.insert(5, "difference", cells[:, 1] - cells[:, 0])
    statistic = {"t": value / error if error > 0 else math.nan, "df": fit.df, "p_value": p, "error": error}
    checks: tuple[Assumption, ...] = (Assumption("did_parallel", None, {"p": math.nan}),)
    said = [] if start > 1 else [("caveat.did_one_before", {})]
    if start > 1:
        contrasts = np.zeros((start - 1, every.beta.size))
        contrasts[:, spread : spread + start - 1] = np.eye(start - 1)
        if every.df > start:
            p_before = every.test(contrasts)[2]
            away = np.arange(start) - (start - 1) / 2
            c = np.zeros(every.beta.size)
            c[spread : spread + start - 1] = (away / (away @ away))[1:]
            drift, drift_error, _ = every.contrast(c)
            statistic |= {"p_before": p_before, "drift_before": drift, "drift_error": drift_error}
            checks = (Assumption("did_parallel", bool(p_before >= 0.05), {"p": p_before}),)
    held = (
        made.cluster is not None
        and not (
            (np.bincount(made.cluster * 2 + made.group, minlength=2 * made.names["clusters"]).reshape(-1, 2) > 0).sum(0)
            > 1
        ).all()
    )
    if held:
        said.append(("caveat.did_one_cluster", {"column": made.names["cluster"]}))
    return Answer(method="difference_in_differences", columns=made.columns(time=str(time), at=at, baseline=made.groups[0], current=made.groups[1]), table=whole,
                  statistic=statistic, effects=(Effect("did_effect", value, value - half, value + half),), detectable=detectable_z(error, fit.df), assumptions=checks,
                  caveats=(*made.sample.caveats, *few_clusters(made.names), *said), **{**made.names, "n": made.rows_n})  # fmt: skip


def _fit(x: np.ndarray, made: Grouped) -> Fit:
    return least_squares(x, made.y, weight=made.weight, kind=made.kind or "", cluster=made.cluster)
