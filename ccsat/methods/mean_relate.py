"""A group or a yes/no column with an interval one: how much do they share?"""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

from ccsat.errors import DataError
from ccsat.methods.answer import Answer, Effect
from ccsat.methods.counting import is_yes
from ccsat.methods.mean_many import one_way
from ccsat.methods.means import few_clusters, group_means, numbers
from ccsat.methods.sample import take_rows
from ccsat.numerics.power import quantile, two_sided
from ccsat.scales import Column


def correlation_ratio(
    table: pd.DataFrame, a: Column, b: Column, *, weights: str | None = None, weight_kind: str = "frequency", cluster: str | bool | None = None
) -> Answer:  # fmt: skip
    """How much of a number's scatter goes with the group?

    Args:
        a: Interval. b: Groups. weights: Frequency weights only.

    Returns:
        Effects: `mean_eta2` with its noncentral 90 % interval (on the effective n), `mean_eta`, and `mean_omega2`, which chance does not lift.
        Table: one row a group, as `welch_anova`. Statistic: `F, df, df_error, p_value` (between clusters where they are named).

    Raises:
        ScaleError: `a` is not interval. DataError: One group.

    Source:
        Pearson (1905); Steiger (2004), Psychological Methods 9, 164-182.
    """
    made = group_means(
        table,
        a,
        b,
        method="correlation_ratio",
        weights=weights,
        weight_kind=weight_kind,
        cluster=cluster,
        whole=True,
        smallest=1 if not isinstance(cluster, str) else 2,
    )
    got = one_way(made.plain)
    if not got["df_error"] > 0 or not got["ss_within"] > 0:
        raise DataError("mean_no_spread", column=made.outcome)
    f, df1, df2, p = (got[name] for name in ("F", "df", "df_error", "p_value"))
    if made.cluster is not None:
        f, df1, df2, p = made.means.omnibus()
    total = got["ss_between"] + got["ss_within"]
    eta2 = got["ss_between"] / total
    effect = made.spread_effect("mean_eta2", eta2, f, df1, df2)
    plain = got["ss_within"] / got["df_error"]
    return Answer(method="correlation_ratio", columns={"a": str(a), "b": str(b)}, table=made.rows(), statistic={"F": f, "df": df1, "df_error": df2, "p_value": p},
                  effects=(effect, Effect("mean_eta", math.sqrt(eta2), math.sqrt(effect.lower), math.sqrt(effect.upper), level=0.9),
                           Effect("mean_omega2", (got["ss_between"] - got["df"] * plain) / (total + plain), effect.lower, effect.upper, level=0.9)),
                  detectable=made.detectable_share(df1, df2), caveats=made.caveats(), **made.named())  # fmt: skip


def point_biserial(
    table: pd.DataFrame, a: Column, b: Column, *, event: object = None, weights: str | None = None, weight_kind: str = "sampling",
    cluster: str | bool | None = None,
) -> Answer:  # fmt: skip
    """How closely does a number go with a yes or no?

    Args:
        a: Interval. b: Two levels (yes/no, 0/1); `event` is the one that counts as yes.
        cluster: The error is then of clusters.

    Returns:
        Effect: `point_biserial` r with its Fisher interval. Table: one row a level of `b`: `group, n, mean, lower, upper, sd, median,
        trimmed_mean`. Statistic: `t, df, p_value`.

    Raises:
        ScaleError: `a` is not interval, or `b` has not two levels. DataError: One of them does not vary.

    Source:
        Tate (1954), Annals of Mathematical Statistics 25, 603-607; Fisher (1921).
    """
    sample = take_rows(table, [a, b], weights=weights, weight_kind=weight_kind, cluster=cluster)
    y = numbers(sample, a, method="point_biserial")
    yes, _ = is_yes(sample.rows[str(b)], method="point_biserial", event=event)
    x, w = yes.to_numpy(float), np.ones(len(y)) if sample.weight is None else sample.weight
    kind = sample.names["weight_kind"]
    n = float(w.sum()) if kind == "frequency" else float(len(y))
    zx, zy = x - w @ x / w.sum(), y - w @ y / w.sum()
    sx, sy = math.sqrt(w @ zx**2 / w.sum()), math.sqrt(w @ zy**2 / w.sum())
    if not (sx > 0 and sy > 0) or n < 4:
        raise DataError("mean_no_spread", column=str(a) if not sy > 0 else str(b))
    zx, zy = zx / sx, zy / sy
    r, df = float(np.clip(w @ (zx * zy) / w.sum(), -1, 1)), n - 2
    if sample.cluster is None and kind != "sampling":
        t = r * math.sqrt(df / (1 - r * r)) if abs(r) < 1 else math.copysign(math.inf, r)
        p, error, df_error = float(two_sided(t, df)) if math.isfinite(t) else 0.0, 1 / math.sqrt(n - 3), math.inf
    else:
        influence = w * (zx * zy - r * (zx**2 + zy**2) / 2) / w.sum()
        sums = influence if sample.cluster is None else np.bincount(sample.cluster, influence)
        if len(sums) < 2:
            raise DataError("mean_one_cluster", column=sample.names["cluster"], groups="–")
        if not (sums**2).sum() > 1e-24:
            raise DataError("mean_no_spread", column=str(a))
        error = float(np.sqrt((sums**2).sum() * len(sums) / (len(sums) - 1))) / max(1 - r * r, 1e-12)
        df_error = df = float(len(sums) - 1)
        t = math.atanh(min(max(r, -1 + 1e-15), 1 - 1e-15)) / error if error > 0 else math.inf
        p = float(two_sided(t, df)) if math.isfinite(t) else 0.0
    z, half = math.atanh(min(max(r, -1 + 1e-15), 1 - 1e-15)), quantile(0.95, df_error) * error
    made = group_means(
        table,
        a,
        b,
        method="point_biserial",
        weights=weights,
        weight_kind=weight_kind,
        cluster=cluster,
        least=1,
        smallest=0,
    )
    least = math.tanh((quantile(0.95, df_error) + 0.8416212335729143) * error)
    worth = {} if sample.cluster is None and kind != "sampling" else {"n_effective": min(n, 1 / (error * error) + 3)}
    return Answer(method="point_biserial", columns={"a": str(a), "b": str(b)}, table=made.rows(), statistic={"t": t, "df": df, "p_value": p},
                  effects=(Effect("point_biserial", r, math.tanh(z - half), math.tanh(z + half)),), detectable=least,
                  caveats=(*sample.caveats, *few_clusters(sample.names)), **{**sample.names, "n": made.rows_n, **worth})  # fmt: skip
