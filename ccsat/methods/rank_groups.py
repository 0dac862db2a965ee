"""Several groups on an ordinal outcome: Kruskal-Wallis, Mood's median test, Jonckheere's trend, ridits."""

from __future__ import annotations

import math
from collections.abc import Hashable

import numpy as np
import pandas as pd

from ccsat.errors import DataError, listing
from ccsat.estimates import adjust
from ccsat.methods.answer import Answer, Assumption, Effect
from ccsat.methods.coded import Coded, code_pair, unclustered
from ccsat.methods.rank_compare import FOUND, group_table, pair_row
from ccsat.numerics.association import ordinal_measures
from ccsat.numerics.rankgroups import (
    chi2_found,
    chi2_limits,
    equal_means,
    jonckheere,
    kruskal,
    mean_ridits,
    median_split,
    ridit_influence,
)
from ccsat.numerics.ranks import better, midcdf, quantile, two_sided
from ccsat.scales import Column, Scale, scale_of


def epsilon2(statistic: float, df: float, n: float, design_effect: float = 1.0) -> Effect:
    """H / (n - 1), with the limits of the noncentrality that H, over the design effect, leaves possible."""
    value = statistic / max(n - 1, 1)
    lower, upper = chi2_limits(statistic / design_effect, df)
    scale = max(n / design_effect - 1, 1)
    return Effect("epsilon2", value, min(lower / scale, value), min(max(upper / scale, value), 1.0))


def one_way(coded: Coded) -> tuple[dict, Effect, float, float | None, pd.DataFrame]:
    """Kruskal-Wallis of a coded table: statistic, effect, detectable effect, effective n, and the table of groups."""
    whole = kruskal(coded.counts)
    means, groups = mean_ridits(coded.counts), range(len(coded.rows))
    statistic = {"H": whole.statistic, "df": whole.df, "p_value": whole.p_value,
                 "eta_sq_H": (whole.statistic - whole.df) / max(whole.n - whole.df - 1, 1)}  # fmt: skip
    deff, effective = 1.0, None
    if coded.robust:
        covariance, df_error = coded.covariance(ridit_influence(coded.counts, group) for group in groups)
        variance = np.diag(covariance)
        found, df, df_2, p = equal_means(means, covariance, coded.counts.sum(1), df_error)
        statistic |= {"p_independent": whole.p_value, "F": found, "df_F": df, "df_error": df_2, "p_value": p}
        deff = max(whole.statistic / (found * whole.df), 1.0) if found > 0 else 1.0
        effective = coded.n / deff
    else:
        df_error, variance = (
            math.inf,
            np.array([coded.variance(ridit_influence(coded.counts, group))[0] for group in groups]),
        )
    half = quantile(df_error) * np.sqrt(variance)
    table = group_table(
        coded,
        mean_rank=whole.mean_ranks,
        prob_better=means,
        lower=np.clip(means - half, 0, 1),
        upper=np.clip(means + half, 0, 1),
    )
    effect = epsilon2(whole.statistic, whole.df, coded.n, deff)
    return statistic, effect, chi2_found(whole.df) / max(coded.n / deff - 1, 1), effective, table


def kruskal_wallis(
    table: pd.DataFrame, outcome: Column, by: Column, *, weights: str | None = None, weight_kind: str = "sampling",
    cluster: str | bool | None = None,
) -> Answer:  # fmt: skip
    """Does some group tend to answer higher than the others?

    Args:
        outcome: Ordinal or interval. by: Groups; where they are ordered, `jonckheere_terpstra` says more.
        cluster: With clusters, or sampling weights, the test is H over its expectation under their covariance (F).

    Returns:
        Effects: `epsilon2` (share of the spread of ranks between groups; noncentral interval) and `prob_spread` (largest
        less smallest P(better)). One row a group: `group`, `n`, `median`, `mean_rank`, `prob_better` (that a row of the
        group is above one of all) with `lower`, `upper`, `floor_share`, `ceiling_share`. `extra`: `means`, of levels
        as numbers, for comparison.

    Raises:
        ScaleError: The outcome is nominal. DataError: Fewer than two groups, or precision weights.

    Source:
        Kruskal and Wallis (1952), Journal of the American Statistical Association 47, 583-621; Kelley (1935) (epsilon2);
        clusters: Rao and Scott (1984), Annals of Statistics 12, 46-60.
    """
    coded = code_pair(
        table, by, outcome, method="kruskal_wallis", weights=weights, weight_kind=weight_kind, cluster=cluster
    )
    statistic, effect, detectable, effective, groups = one_way(coded)
    means = coded.counts @ coded.positions / coded.counts.sum(1)
    caveats = list(coded.caveats())
    if scale_of(coded.sample.rows[str(by)]) == Scale.ORDINAL and len(coded.rows) > 2:
        caveats.append(("caveat.rank_ordered_groups", {"column": str(by)}))
    best, worst = int(groups["prob_better"].argmax()), int(groups["prob_better"].argmin())
    if (
        len(coded.rows) > 1
        and (means[best] - means[worst]) * (groups["prob_better"][best] - groups["prob_better"][worst]) < 0
    ):
        caveats.append(
            (
                "caveat.rank_mean_disagrees",
                {
                    "mean": float(means[best] - means[worst]),
                    "better": better(coded.counts[worst], coded.counts[best]).value,
                },
            )
        )
    least = float(coded.units.min())
    return Answer(
        method="kruskal_wallis", columns={"outcome": str(outcome), "by": str(by)}, statistic=statistic,
        effects=(effect, Effect("prob_spread", float(groups["prob_better"].max() - groups["prob_better"].min()))), table=groups,
        assumptions=(Assumption("rank_group_size", least >= 5, {"n": round(least)}),), detectable=detectable,
        n_effective=effective, extra={"means": dict(zip(coded.rows, means, strict=True))}, caveats=tuple(caveats), **coded.names(),
    )  # fmt: skip


def mood_median(table: pd.DataFrame, outcome: Column, by: Column, *, cluster: str | bool | None = None) -> Answer:
    """Do the groups have as many answers above the median of all?

    Args:
        outcome: Ordinal or interval. by: Groups.

    Returns:
        Effect: `median_v` (Cramer's V of the split; noncentral interval). One row a group: as `kruskal_wallis`, with
        `above` (share above the grand median). Statistic: `grand_median`, `chi2`, `df`, `p_value`.

    Raises:
        ScaleError: The outcome is nominal. DataError: Fewer than two groups.

    Source:
        Mood (1950), Introduction to the Theory of Statistics, 394-395.
    """
    coded = code_pair(table, by, outcome, method="mood_median", cluster=cluster)
    median, split, chi2, df, p = median_split(coded.counts, coded.positions)
    lower, upper = chi2_limits(chi2, df)
    value = math.sqrt(chi2 / coded.n)
    groups = group_table(coded, above=split[:, 0] / split.sum(1))
    expected = np.outer(split.sum(1), split.sum(0)) / coded.n
    return Answer(
        method="mood_median", columns={"outcome": str(outcome), "by": str(by)},
        statistic={"grand_median": median, "chi2": chi2, "df": df, "p_value": p},
        effects=(Effect("median_v", value, min(math.sqrt(lower / coded.n), value), min(max(math.sqrt(upper / coded.n), value), 1.0)),),
        table=groups, detectable=math.sqrt(chi2_found(df) / coded.n), extra={"split": split},
        assumptions=(Assumption("rank_expected", bool((expected >= 5).mean() >= 0.8), {"least": float(expected.min())}),),
        caveats=coded.caveats() + tuple(unclustered(coded.sample)), **coded.names(),
    )  # fmt: skip


def jonckheere_terpstra(
    table: pd.DataFrame, outcome: Column, by: Column, *, cluster: str | bool | None = None
) -> Answer:
    """Do answers rise, or fall, along ordered groups?

    Args:
        outcome: Ordinal or interval. by: Ordered groups.
        cluster: With clusters, the test is a t test of Somers' D = 0, summed by cluster.

    Returns:
        Effect: `somers_d` (of two rows of different groups, how much more often the later group answers higher than
        lower). One row a group, as `kruskal_wallis`, in their order. Statistic: `J`, `mean`, `variance`, `z`,
        `p_value`, `p_increasing`.

    Raises:
        ScaleError: The outcome is nominal, or the groups have no order. DataError: Fewer than two groups.

    Source:
        Jonckheere (1954), Biometrika 41, 133-145; Terpstra (1952), Indagationes Mathematicae 14, 327-333.
    """
    coded = code_pair(
        table, by, outcome, method="jonckheere_terpstra", scales=(Scale.ORDINAL, Scale.ORDINAL), cluster=cluster
    )
    trend, measure = jonckheere(coded.counts), ordinal_measures(coded.counts)["somers_d"]
    error, df = coded.association_error(measure.influence)
    statistic = {"J": trend.statistic, "mean": trend.mean, "variance": trend.variance, "z": trend.z, "p_value": trend.p_value,
                 "p_increasing": trend.p_increasing}  # fmt: skip
    effective = None
    if coded.robust:
        t = measure.value / error if error > 0 else 0.0
        statistic |= {"p_independent": trend.p_value, "t": t, "df": df, "p_value": two_sided(t, df)}
        effective = coded.effective(error**2, measure.error(coded.counts) ** 2)
    half = quantile(df) * error
    _, _, _, _, groups = one_way(coded)
    return Answer(
        method="jonckheere_terpstra", columns={"outcome": str(outcome), "by": str(by)}, statistic=statistic,
        effects=(Effect("somers_d", measure.value, max(measure.value - half, -1.0), min(measure.value + half, 1.0)),),
        table=groups, detectable=min(FOUND * error, 1.0), n_effective=effective, caveats=coded.caveats(), **coded.names(),
    )  # fmt: skip


def ridits(
    table: pd.DataFrame, outcome: Column, by: Column, *, reference: Hashable | None = None, cluster: str | bool | None = None,
) -> Answer:  # fmt: skip
    """How likely is a row of each group to answer above one of the reference group?

    Args:
        outcome: Ordinal or interval. by: Groups. reference: The group compared with; the largest by default.

    Returns:
        One row a group: `group`, `n`, `median`, `mean_ridit` (P(better than the reference), ties half) with `lower`,
        `upper`, `odds_better`, `p_value` (Brunner-Munzel, summed by cluster where there is one), `p_adjusted` (Holm),
        shares. Effect: `mean_ridit` of the group furthest from 1/2. `extra`: `ridit` of each level. `p_value` is the
        smallest adjusted one.

    Raises:
        ScaleError: The outcome is nominal. DataError: Fewer than two groups, or no such reference.

    Source:
        Bross (1958), Biometrics 14, 18-38.
    """
    coded = code_pair(table, by, outcome, method="ridits", cluster=cluster)
    if reference is not None and reference not in coded.rows:
        raise DataError("rank_baseline", column=str(by), group=str(reference), groups=listing(coded.rows))
    base = int(coded.units.argmax()) if reference is None else coded.rows.index(reference)
    rows = [
        pair_row(coded, base, group) if group != base else (0.5, math.nan, math.nan, math.nan, math.nan)
        for group in range(len(coded.rows))
    ]
    value, lower, upper, p, error = map(np.array, zip(*rows, strict=True))
    with np.errstate(divide="ignore"):
        groups = group_table(coded, mean_ridit=value, lower=lower, upper=upper, odds_better=value / (1 - value), p_value=p,
                             p_adjusted=adjust(p, "holm"))  # fmt: skip
    far = int(np.abs(value - 0.5).argmax()) if len(coded.rows) > 1 else 0
    far = far if far != base else next(group for group in range(len(coded.rows)) if group != base)
    adjusted = groups["p_adjusted"].min()
    return Answer(
        method="ridits", columns={"outcome": str(outcome), "by": str(by), "reference": coded.rows[base]},
        statistic={"p_value": float(adjusted)}, effects=(Effect("mean_ridit", float(value[far]), float(lower[far]), float(upper[far]), null=0.5),),
        table=groups, family="rank_reference", detectable=float(min(0.5 + FOUND * error[far], 1.0)),
        extra={"ridit": dict(zip(coded.columns, midcdf(coded.counts[base]), strict=True))}, caveats=coded.caveats(), **coded.names(),
    )  # fmt: skip
