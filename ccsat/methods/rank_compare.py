"""Two groups on an ordinal outcome: Mann-Whitney, Brunner-Munzel, Cliff's delta, Hodges-Lehmann."""

from __future__ import annotations

import math
from collections.abc import Hashable

import numpy as np
import pandas as pd
from scipy.special import gammaln

from ccsat.errors import DataError, listing
from ccsat.estimates import newcombe
from ccsat.methods.answer import Answer, Assumption, Effect
from ccsat.methods.coded import Coded, code_pair
from ccsat.numerics.rankgroups import weighted_median
from ccsat.numerics.ranks import (
    Better,
    better,
    cliff_variance,
    delta_interval,
    exact_rank_sum,
    quantile,
    rank_sum,
    two_sided,
)
from ccsat.numerics.shifts import shift_interval
from ccsat.scales import Column, Scale

FOUND = quantile() + 0.8416212335729143  # standard errors of an effect that is found in four cases of five
EXACT_MOST = 50  # rows up to which the exact p-value is the one shown
MOST_CUTS = 20


def _two(
    table: pd.DataFrame, outcome: Column, by: Column, baseline: Hashable | None, method: str, **options
) -> tuple[Coded, int, int]:
    """The coded groups, and which is the baseline and which is compared with it."""
    coded = code_pair(table, by, outcome, method=method, groups=2, **options)
    if baseline is None:
        return coded, 0, 1
    if baseline not in coded.rows:
        raise DataError("rank_baseline", column=str(by), group=str(baseline), groups=listing(coded.rows))
    start = coded.rows.index(baseline)
    return coded, start, 1 - start


def _spread(coded: Coded, start: int, other: int) -> tuple[Better, float, float]:
    """P(better) with its variance and degrees of freedom, of clusters and weights where there are."""
    got = better(coded.counts[start], coded.counts[other])
    if not coded.robust:
        return got, got.variance, got.df
    influence = np.empty((2, len(coded.columns)))
    influence[[start, other]] = got.influence
    return got, *coded.variance(influence)


def _effects(coded: Coded, start: int, other: int, got: Better, variance: float, df: float) -> tuple[Effect, Effect]:
    """P(better) with its t interval, and Cliff's delta with Feng and Cliff's."""
    half, least = quantile(df) * math.sqrt(variance) if variance > 0 else math.nan, float(min(coded.units))
    delta = 2 * got.value - 1
    if coded.sample.cluster is not None:
        least = min(len(np.unique(coded.sample.cluster[coded.row == group])) for group in (0, 1))
    d_variance, d_df = (
        (4 * variance, df) if coded.robust else (cliff_variance(coded.counts[start], coded.counts[other]), math.inf)
    )
    low, high = delta_interval(delta, d_variance, d_df, least) if d_variance > 0 or abs(delta) == 1 else (None, None)
    if math.isnan(half):  # all or none are better, or a group of one: the interval of delta, on the scale of shares
        chance = (None, None) if low is None else ((low + 1) / 2, (high + 1) / 2)
    else:
        chance = max(got.value - half, 0.0), min(got.value + half, 1.0)
    return Effect("prob_better", got.value, *chance, null=0.5), Effect("cliff_delta", delta, low, high)


def _test(coded: Coded, start: int, other: int, off: float, variance: float, df: float) -> tuple[float, float]:
    """t of a difference and its p; where all pairs point one way (no variance), the p of that over all ways to deal units."""
    if variance > 0:
        t = off / math.sqrt(variance)
        return t, two_sided(t, df)
    if off == 0:
        return 0.0, 1.0
    if math.isnan(variance):  # a group of one unit
        return math.nan, math.nan if coded.sample.cluster is not None else rank_sum(
            coded.counts[start], coded.counts[other]
        ).p_value
    units = coded.units[[start, other]]
    if coded.sample.cluster is not None:
        units = np.array([len(np.unique(coded.sample.cluster[coded.row == group])) for group in (start, other)])
    log_ways = gammaln(units.sum() + 1) - gammaln(units + 1).sum()
    return math.copysign(math.inf, off), min(2 * math.exp(-log_ways), 1.0)


def pair_row(coded: Coded, base: int, group: int) -> tuple[float, float, float, float, float]:
    """P(better) of a group against another, its limits, p, and standard error; clusters and weights where there are."""
    part = coded.part(np.isin(coded.row, (base, group))) if len(coded.rows) > 2 else coded
    start, other = (0, 1) if base < group else (1, 0)
    got, variance, df = _spread(part, start, other)
    chance, _ = _effects(part, start, other, got, variance, df)
    limits = (math.nan if chance.lower is None else chance.lower, math.nan if chance.upper is None else chance.upper)
    return (
        got.value,
        *limits,
        _test(part, start, other, got.value - 0.5, variance, df)[1],
        math.sqrt(variance) if variance > 0 else math.nan,
    )


def cut_table(coded: Coded, start: int, other: int, design_effect: float = 1.0) -> pd.DataFrame:
    """The effect at every cut of the scale: share at or above each level in both groups, and their difference.

    Returns:
        One row a cut: `cut` (the lowest level counted), `share_baseline`, `share`, `points` (their difference), `lower`,
        `upper` (Newcombe's interval on rows over `design_effect`), `n_baseline`, `n`. Empty above 20 levels.
    """
    if len(coded.columns) > MOST_CUTS:
        return pd.DataFrame(columns=["cut", "share_baseline", "share", "points", "lower", "upper", "n_baseline", "n"])
    above = coded.counts[:, ::-1].cumsum(1)[:, ::-1][:, 1:]
    totals = coded.counts.sum(1)
    n = coded.units / design_effect
    shares = above / totals[:, None]
    lower, upper = newcombe(
        shares[other] * n[other],
        np.full(above.shape[1], n[other]),
        shares[start] * n[start],
        np.full(above.shape[1], n[start]),
    )
    return pd.DataFrame({"cut": coded.columns[1:], "share_baseline": shares[start], "share": shares[other],
                         "points": shares[other] - shares[start], "lower": lower, "upper": upper,
                         "n_baseline": round(coded.units[start]), "n": round(coded.units[other])})  # fmt: skip


def disagreements(coded: Coded, start: int, other: int, chance: float, cuts: pd.DataFrame) -> list[tuple[str, dict]]:
    """Where the mean, the shares above a cut, and P(better) do not point the same way."""
    found = []
    means = coded.counts @ coded.positions / coded.counts.sum(1)
    apart = float(means[other] - means[start])
    if apart * (chance - 0.5) < 0:
        found.append(("caveat.rank_mean_disagrees", {"mean": apart, "better": chance}))
    error = (cuts["upper"] - cuts["lower"]) / (2 * quantile())  # a difference below its error has no sign to speak of
    up, down = cuts[cuts["points"] > error], cuts[cuts["points"] < -error]
    if len(up) and len(down):
        found.append(("caveat.rank_cuts_disagree", {"up": listing(up["cut"]), "down": listing(down["cut"])}))
    return found


def group_table(coded: Coded, **more: object) -> pd.DataFrame:
    """One row a group: `group`, `n`, `median`, `floor_share`, `ceiling_share`, then `more`."""
    return pd.DataFrame({"group": coded.rows, "n": coded.units.round().astype(int), "median": coded.medians, **more,
                         "floor_share": coded.shares_at(0), "ceiling_share": coded.shares_at(-1)})  # fmt: skip


def _answer(method: str, coded: Coded, start: int, other: int, by: Column, outcome: Column, statistic: dict, effects: tuple,
            got: Better, variance: float, detectable: float | None, **more: object) -> Answer:  # fmt: skip
    effective = coded.effective(variance, got.variance)
    cuts = cut_table(coded, start, other, coded.n / effective if effective else 1.0)
    totals = coded.counts.sum(1)
    ranks = rank_sum(coded.counts[start], coded.counts[other])
    order = np.array([0, 1]) if start == 0 else np.array([1, 0])
    table = group_table(coded, mean_rank=np.array([ranks.mean_rank_other, ranks.mean_rank])[order])
    table["role"] = np.array(["baseline", "current"])[order]
    spread = [
        float(coded.counts[g] @ (coded.positions - coded.counts[g] @ coded.positions / totals[g]) ** 2 / totals[g])
        for g in (0, 1)
    ]
    alike = min(spread) > 0 and max(spread) / min(spread) < 2
    return Answer(
        method=method, columns={"outcome": str(outcome), "by": str(by), "baseline": coded.rows[start], "current": coded.rows[other]},
        statistic=statistic, effects=effects, table=table, detectable=detectable, n_effective=effective,
        assumptions=(Assumption("rank_spread_alike", alike, {"ratio": max(spread) / min(spread) if min(spread) > 0 else math.inf}),) if method == "mann_whitney" else (),
        extra={"cuts": cuts, "p_greater": got.greater, "p_tie": got.tie, "p_less": got.less, **more},
        caveats=coded.caveats() + tuple(disagreements(coded, start, other, got.value, cuts)), **coded.names(),
    )  # fmt: skip


def mann_whitney(
    table: pd.DataFrame, outcome: Column, by: Column, *, baseline: Hashable | None = None, weights: str | None = None,
    weight_kind: str = "sampling", cluster: str | bool | None = None,
) -> Answer:  # fmt: skip
    """Does one of two groups tend to answer higher?

    Args:
        outcome: Ordinal or interval. by: Two groups.
        baseline: Group compared with; the first by default.
        cluster: With clusters, or sampling weights, the test is a t test of P(better) = 1/2 whose variance is summed by
            cluster (clusters less one degree of freedom; Satterthwaite's where each lies in one group).

    Returns:
        Effects: `prob_better` (P that a row of the current group is above one of the baseline, ties half; interval of
        Brunner and Munzel) and `cliff_delta` (which is also the rank-biserial correlation). One row a group: `group`,
        `n`, `median`, `mean_rank`, `floor_share`, `ceiling_share`, `role`. `extra`: `cuts` (see `cut_table`), `p_greater`,
        `p_tie`, `p_less`. `p_value` is exact (ties as they are) up to 50 independent rows, else normal with ties corrected.

    Raises:
        ScaleError: The outcome is nominal. DataError: Not two groups, or precision weights.

    Source:
        Mann and Whitney (1947), Annals of Mathematical Statistics 18, 50-60; clusters: Obuchowski (1997), Biometrics 53, 567-578.
    """
    coded, start, other = _two(
        table, outcome, by, baseline, "mann_whitney", weights=weights, weight_kind=weight_kind, cluster=cluster
    )
    got, variance, df = _spread(coded, start, other)
    ranks = rank_sum(coded.counts[start], coded.counts[other])
    statistic = {"U": ranks.u, "U_baseline": ranks.u_other, "z": ranks.z, "p_value": ranks.p_value,
                 "p_continuity": ranks.p_continuity, "rank_biserial": 2 * got.value - 1}  # fmt: skip
    if coded.robust:
        t, p = _test(coded, start, other, got.value - 0.5, variance, df)
        statistic |= {"p_independent": ranks.p_value, "t": t, "df": df, "p_value": p}
    elif coded.n <= EXACT_MOST and (coded.counts == coded.counts.round()).all():
        exact = exact_rank_sum(coded.counts[start], coded.counts[other])
        statistic |= {"p_normal": ranks.p_value, "p_exact": exact, "p_value": exact}
    effects = _effects(coded, start, other, got, variance, df)
    return _answer(
        "mann_whitney", coded, start, other, by, outcome, statistic, effects, got, variance, _least(variance, 0.5)
    )


def brunner_munzel(
    table: pd.DataFrame, outcome: Column, by: Column, *, baseline: Hashable | None = None, weights: str | None = None,
    weight_kind: str = "sampling", cluster: str | bool | None = None,
) -> Answer:  # fmt: skip
    """Does one of two groups tend to answer higher, whatever their spreads?

    Args:
        outcome: Ordinal or interval. by: Two groups. baseline: As `mann_whitney`.

    Returns:
        As `mann_whitney`; statistic: `W`, `df`, `p_value`, `error` (standard error of P(better)).

    Raises:
        ScaleError: The outcome is nominal. DataError: Not two groups, or precision weights.

    Source:
        Brunner and Munzel (2000), Biometrical Journal 42, 17-25.
    """
    coded, start, other = _two(
        table, outcome, by, baseline, "brunner_munzel", weights=weights, weight_kind=weight_kind, cluster=cluster
    )
    got, variance, df = _spread(coded, start, other)
    t, p = _test(coded, start, other, got.value - 0.5, variance, df)
    statistic = {"W": t, "df": df, "p_value": p, "error": math.sqrt(variance)}
    effects = _effects(coded, start, other, got, variance, df)
    return _answer(
        "brunner_munzel", coded, start, other, by, outcome, statistic, effects, got, variance, _least(variance, 0.5)
    )


def cliff_delta(
    table: pd.DataFrame, outcome: Column, by: Column, *, baseline: Hashable | None = None, weights: str | None = None,
    weight_kind: str = "sampling", cluster: str | bool | None = None,
) -> Answer:  # fmt: skip
    """How much more often is an answer of one group above one of the other than below it?

    Args:
        outcome: Ordinal or interval. by: Two groups. baseline: As `mann_whitney`.

    Returns:
        As `mann_whitney`, `cliff_delta` first; statistic: `error` (unbiased), `z` or `t`, `p_value`; `extra` also holds
        `symmetric`, the plain interval.

    Raises:
        ScaleError: The outcome is nominal. DataError: Not two groups, or precision weights.

    Source:
        Cliff (1993), Psychological Bulletin 114, 494-509; Feng and Cliff (2004), Journal of Modern Applied Statistical Methods 3.
    """
    coded, start, other = _two(
        table, outcome, by, baseline, "cliff_delta", weights=weights, weight_kind=weight_kind, cluster=cluster
    )
    got, variance, df = _spread(coded, start, other)
    chance, delta = _effects(coded, start, other, got, variance, df)
    spread, d_df = (
        (4 * variance, df) if coded.robust else (cliff_variance(coded.counts[start], coded.counts[other]), math.inf)
    )
    half = quantile(d_df) * math.sqrt(spread)
    t, p = _test(coded, start, other, delta.value, spread, d_df)
    statistic = {"error": math.sqrt(spread), "t" if coded.robust else "z": t, "df": d_df, "p_value": p}
    return _answer("cliff_delta", coded, start, other, by, outcome, statistic, (delta, chance), got, variance, _least(spread, 0.0),
                   symmetric=(delta.value - half, delta.value + half))  # fmt: skip


def hodges_lehmann(
    table: pd.DataFrame, outcome: Column, by: Column, *, baseline: Hashable | None = None, cluster: str | bool | None = None,
) -> Answer:  # fmt: skip
    """By how many units is one group above the other: the median of all pairwise differences?

    Args:
        outcome: Interval. by: Two groups. baseline: As `mann_whitney`.
        cluster: Widens the interval by the design effect of P(better).

    Returns:
        Effects: `median_difference` with the interval that Mann-Whitney's test does not reject, then as `mann_whitney`.

    Raises:
        ScaleError: The outcome is not interval. DataError: Not two groups.

    Source:
        Hodges and Lehmann (1963), Annals of Mathematical Statistics 34, 598-611.
    """
    coded, start, other = _two(table, outcome, by, baseline, "hodges_lehmann", scales=(Scale.NOMINAL, Scale.INTERVAL),
                               instead="mann_whitney, cliff_delta", cluster=cluster)  # fmt: skip
    got, variance, df = _spread(coded, start, other)
    ranks = rank_sum(coded.counts[start], coded.counts[other])
    design_effect = max(variance / got.variance, 1.0) if coded.robust and variance > 0 and got.variance > 0 else 1.0
    value, lower, upper = shift_interval(
        coded.positions, coded.counts[start], coded.counts[other], design_effect=design_effect
    )
    p = _test(coded, start, other, got.value - 0.5, variance, df)[1] if coded.robust else ranks.p_value
    statistic = {"U": ranks.u, "z": ranks.z, "p_value": p}
    effects = (Effect("median_difference", value, lower, upper), *_effects(coded, start, other, got, variance, df))
    detectable = FOUND * (upper - lower) / (2 * quantile())
    medians = [weighted_median(coded.positions, counts) for counts in coded.counts]
    return _answer("hodges_lehmann", coded, start, other, by, outcome, statistic, effects, got, variance, detectable,
                   difference_of_medians=medians[other] - medians[start])  # fmt: skip


def _least(variance: float, null: float) -> float | None:
    """The smallest value that is found in four cases of five."""
    return min(null + FOUND * math.sqrt(variance), 1.0) if variance > 0 else None
