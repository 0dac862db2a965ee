"""The same customers or agents measured twice or more on an interval outcome."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pandas as pd
from scipy.special import fdtrc

from ccsat.errors import DataError, listing
from ccsat.estimates import adjust
from ccsat.methods.answer import Answer, Assumption, Effect
from ccsat.methods.mean_compare import t_ratio
from ccsat.methods.means import few_clusters, numbers, part
from ccsat.methods.sample import Sample, take_rows
from ccsat.numerics.moments import Means, group_moments
from ccsat.numerics.noncentral import detectable_spread, shift_limits, spread_limits
from ccsat.numerics.power import detectable_z, quantile, two_sided
from ccsat.numerics.sphericity import sphericity
from ccsat.scales import Column


@dataclass(frozen=True)
class Waves:
    """Complete rows of several waves: `values` has a row a customer, a column a wave."""

    sample: Sample
    names: list[str]
    values: np.ndarray

    def moments(self, values: np.ndarray) -> Means:
        """Of one number a customer."""
        return group_moments(
            values,
            np.zeros(len(values), np.int64),
            1,
            weight=self.sample.weight,
            kind=self.sample.names["weight_kind"] or "",
            cluster=self.sample.cluster,
        )

    def rows(self) -> pd.DataFrame:
        """One row a wave: `wave, n, mean, lower, upper, sd`."""
        made = []
        for name, values in zip(self.names, self.values.T, strict=True):
            m = self.moments(values)
            half = quantile(0.95, m.df[0]) * math.sqrt(m.variance[0])
            made.append(
                {
                    "wave": name,
                    "n": m.n[0],
                    "mean": m.mean[0],
                    "lower": m.mean[0] - half,
                    "upper": m.mean[0] + half,
                    "sd": m.sd[0],
                }
            )
        whole = pd.DataFrame(made)
        return whole.assign(n=whole["n"].astype(int)) if np.allclose(whole["n"], whole["n"].round()) else whole


def read_waves(
    table: pd.DataFrame,
    columns: Sequence[Column],
    *,
    method: str,
    least: int = 2,
    exactly: int | None = None,
    **options,
) -> Waves:
    """Read columns, one a wave.

    Raises:
        DataError: Too few columns or rows, or one cluster. ScaleError: A column is not interval.
    """
    columns = list(columns)
    if (
        len(columns) < least
        or (exactly and len(columns) != exactly)
        or len({str(one) for one in columns}) < len(columns)
    ):
        raise DataError(
            "rank_waves",
            n=len(columns),
            columns=listing(map(str, columns)),
            least=exactly or least,
            most=exactly or "∞",
        )
    sample = take_rows(table, columns, **options)
    if sample.weight is not None and (sample.weight == 0).any():
        sample = part(sample, sample.weight > 0)
    values = np.column_stack([numbers(sample, one, method=method, instead="signed_rank, friedman") for one in columns])
    if len(values) < 2:
        raise DataError("mean_small_group", groups=str(len(values)), least=2)
    if sample.cluster is not None and sample.cluster.max() < 1:
        raise DataError("mean_one_cluster", column=sample.names["cluster"], groups="–")
    return Waves(sample, [str(one) for one in columns], values)


def paired_change(waves: Waves, first: int, second: int) -> dict[str, object]:
    """The change between two waves: value, error, df, t, p, and its effect sizes."""
    a, b = waves.values[:, first], waves.values[:, second]
    m, before, after = waves.moments(b - a), waves.moments(a), waves.moments(b)
    value, error, df, sd = float(m.mean[0]), float(np.sqrt(m.variance[0])), float(m.df[0]), float(m.sd[0])
    t = t_ratio(value, error)
    p = math.nan if math.isnan(t) else 1.0 if t == 0 else 0.0 if math.isinf(t) else float(two_sided(t, df))
    half, average = quantile(0.95, df) * error, float(np.sqrt((before.sd[0] ** 2 + after.sd[0] ** 2) / 2))
    limits = [limit * error / sd for limit in shift_limits(t, df)] if sd > 0 and math.isfinite(t) else [math.nan] * 2
    effects = (Effect("mean_change", value, value - half, value + half), Effect("d_z", value / sd if sd > 0 else math.nan, *limits),
               *((Effect("d_av", value / average, (value - half) / average, (value + half) / average),) if average > 0 else ()))  # fmt: skip
    return {
        "value": value,
        "error": error,
        "df": df,
        "t": t,
        "p_value": p,
        "effects": effects,
        "n_effective": m.effective(),
    }


def paired_t(
    table: pd.DataFrame, columns: Sequence[Column], *, weights: str | None = None, weight_kind: str = "sampling",
    cluster: str | bool | None = None,
) -> Answer:  # fmt: skip
    """Did the same customers (or agents) change between two waves?

    Args:
        columns: The first wave and the second, one row a customer.
        cluster: What holds customers together, e.g. their agent.

    Returns:
        Effects: `mean_change` (second minus first), `d_z` (over the spread of changes, noncentral interval), `d_av` (over the
        mean spread of the waves). Table: one row a wave, `wave, n, mean, lower, upper, sd`. Statistic: `t, df, p_value,
        error, correlation` of the waves.

    Raises:
        ScaleError: A column is not interval. DataError: Not two columns, or fewer than two complete rows.

    Source:
        Student (1908); effect sizes: Cumming (2012), Understanding the New Statistics, ch. 11.
    """
    waves = read_waves(
        table, columns, method="paired_t", exactly=2, weights=weights, weight_kind=weight_kind, cluster=cluster
    )
    got = paired_change(waves, 0, 1)
    spread = waves.values.std(0)
    r = float(np.corrcoef(waves.values.T)[0, 1]) if (spread > 0).all() else math.nan
    names = dict(waves.sample.names) | ({"n_effective": got["n_effective"]} if waves.sample.cluster is not None else {})
    return Answer(method="paired_t", columns={"outcome": waves.names}, statistic={name: got[name] for name in ("t", "df", "p_value", "error")} | {"correlation": r},
                  effects=got["effects"], table=waves.rows(), detectable=detectable_z(got["error"], got["df"]),
                  caveats=(*waves.sample.caveats, *few_clusters(waves.sample.names)), **names)  # fmt: skip


def repeated_anova(table: pd.DataFrame, columns: Sequence[Column], *, cluster: str | bool | None = None) -> Answer:
    """Do the same customers (or agents) differ from wave to wave?

    Args:
        columns: One a wave, one row a customer with every wave.
        cluster: What holds customers together; the test is then Hotelling's between clusters.

    Returns:
        `p_value` is Greenhouse and Geisser's, `p_uncorrected` takes sphericity for granted. Effects: `generalised_eta2` and `mean_partial_eta2` with
        noncentral 90 % intervals. Table: one row a wave. Statistic: `F, df, df_error, p_uncorrected, epsilon_gg, epsilon_hf, p_hf,
        mauchly_W, mauchly_p`. `extra["pairs"]`: paired t of every two waves, Holm-adjusted.

    Raises:
        ScaleError: A column is not interval. DataError: Fewer than two columns, or too few complete rows.

    Source:
        Greenhouse and Geisser (1959), Psychometrika 24, 95-112; Huynh and Feldt (1976); Mauchly (1940); Olejnik and Algina
        (2003), Psychological Methods 8, 434-447.
    """
    waves = read_waves(table, columns, method="repeated_anova", cluster=cluster)
    got = sphericity(waves.values)
    if not got.ss_error > 0:
        raise DataError("mean_no_spread", column=listing(waves.names))
    n, k = waves.values.shape
    df1, df2 = k - 1.0, (k - 1.0) * (n - 1)
    f = (got.ss_waves / df1) / (got.ss_error / df2)
    shrunk, hf = got.epsilon_gg, min(got.epsilon_hf, 1.0)
    statistic = {"F": f, "df": df1, "df_error": df2, "p_value": float(fdtrc(df1 * shrunk, df2 * shrunk, f)), "p_uncorrected": float(fdtrc(df1, df2, f)),
                 "epsilon_gg": shrunk, "epsilon_hf": got.epsilon_hf, "p_hf": float(fdtrc(df1 * hf, df2 * hf, f)), "mauchly_W": got.mauchly_w, "mauchly_p": got.mauchly_p}  # fmt: skip
    if waves.sample.cluster is not None:
        long = group_moments(
            waves.values.T.ravel(), np.repeat(np.arange(k), n), k, cluster=np.tile(waves.sample.cluster, k)
        )
        f_c, df_c, df_e, p_c = long.omnibus()
        statistic |= {"p_independent": statistic["p_value"], "F_clusters": f_c, "df_clusters": df_e, "p_value": p_c}
    shift = spread_limits(f, df1 * shrunk, df2 * shrunk)
    ratios = [limit / (df2 * shrunk + df1 * shrunk + 1) for limit in shift]  # of the waves' variance to the error's
    all_of = got.ss_error + got.ss_subjects
    general = [ratio * got.ss_error / (ratio * got.ss_error + all_of) for ratio in ratios]
    effects = (Effect("generalised_eta2", got.ss_waves / (got.ss_waves + all_of), *general, level=0.9),
               Effect("mean_partial_eta2", got.ss_waves / (got.ss_waves + got.ss_error), *(ratio / (1 + ratio) for ratio in ratios), level=0.9))  # fmt: skip
    least = detectable_spread(df1 * shrunk, df2 * shrunk) / (df2 * shrunk + df1 * shrunk + 1)
    pairs = []
    for i, j in combinations(range(k), 2):
        one = paired_change(waves, i, j)
        pairs.append({"wave": waves.names[j], "other": waves.names[i], "n": n, "change": one["value"], "lower": one["effects"][0].lower,
                      "upper": one["effects"][0].upper, "t": one["t"], "df": one["df"], "p_value": one["p_value"]})  # fmt: skip
    rows = pd.DataFrame(pairs)
    rows["p_adjusted"] = adjust(rows["p_value"], "holm")
    spherical = None if math.isnan(got.mauchly_p) else bool(got.mauchly_p >= 0.05)
    return Answer(method="repeated_anova", columns={"outcome": waves.names}, statistic=statistic, effects=effects, table=waves.rows(), family="mean_waves",
                  detectable=least * got.ss_error / (least * got.ss_error + all_of), extra={"pairs": rows},
                  assumptions=(Assumption("mean_sphericity", spherical, {"epsilon": shrunk}),),
                  caveats=(*waves.sample.caveats, *few_clusters(waves.sample.names)), **waves.sample.names)  # fmt: skip
