"""Groups on an ordinal outcome in plain shares: medians, top and bottom boxes at every cut, diverging bars."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
from scipy.special import chdtrc

from ccsat.errors import DataError, listing
from ccsat.estimates import difference_table, wilson
from ccsat.methods.answer import Answer, Effect
from ccsat.methods.coded import Coded, code_pair
from ccsat.methods.rank_compare import FOUND, cut_table, disagreements, group_table
from ccsat.numerics.rankgroups import chi2_found, chi2_limits, equal_means
from ccsat.numerics.ranks import better, quantile, two_sided
from ccsat.scales import Column


def _share_effects(coded: Coded, above: np.ndarray) -> np.ndarray:
    """Design effect of each group's share above a cut, with t for few clusters; 1 for independent rows."""
    shares = (coded.counts @ above) / coded.counts.sum(1)
    if not coded.robust:
        return np.ones(len(shares))
    made = []
    for group, share in enumerate(shares):
        part = coded.part(coded.row == group) if len(shares) > 1 else coded
        variance, df = part.variance(((above - share) / coded.counts[group].sum())[None, :])
        plain = share * (1 - share) / coded.units[group]
        made.append(widened(variance, df, plain))
    return np.array(made)


def widened(variance: float, df: float, plain: float) -> float:
    """Rows that count as one, so that an interval by the normal is as wide as t makes it."""
    return max(variance / plain * (quantile(df) / quantile()) ** 2, 1.0) if plain > 0 and variance > 0 else 1.0


def box_table(coded: Coded) -> pd.DataFrame:
    """Share of each group at or above each cut of the scale.

    Returns:
        One row a group and cut: `group`, `cut` (the lowest level counted), `n`, `value`, `lower`, `upper` (Wilson, on
        the effective n of clusters and weights).
    """
    parts, totals = [], coded.counts.sum(1)
    for cut in range(1, len(coded.columns)):
        above = (np.arange(len(coded.columns)) >= cut).astype(float)
        value, n = coded.counts @ above / totals, coded.units / _share_effects(coded, above)
        lower, upper = wilson(value * n, n)
        parts.append(pd.DataFrame({"group": coded.rows, "cut": coded.columns[cut], "n": coded.units.round().astype(int),
                                   "value": value, "lower": lower, "upper": upper, "n_effective": n}))  # fmt: skip
    return (
        pd.concat(parts, ignore_index=True)
        if parts
        else pd.DataFrame(columns=["group", "cut", "n", "value", "lower", "upper", "n_effective"])
    )


def diverging_bars(coded: Coded, cut: int) -> pd.DataFrame:
    """Answer shares laid out about zero: levels from `cut` on to the right, a middle level below it half to each side.

    Returns:
        One row a group and level: `group`, `level`, `n`, `share`, `left`, `right` (where the bar begins and ends).
    """
    shares = coded.counts / coded.counts.sum(1, keepdims=True)
    low = shares[:, :cut].sum(1)
    if len(coded.columns) % 2 and cut == len(coded.columns) // 2 + 1:
        low = low - shares[:, cut - 1] / 2
    right = shares.cumsum(1) - low[:, None]
    groups, levels = np.indices(shares.shape).reshape(2, -1)
    return pd.DataFrame({"group": [coded.rows[g] for g in groups], "level": [coded.columns[k] for k in levels],
                         "n": coded.counts.ravel(), "share": shares.ravel(), "left": (right - shares).ravel(), "right": right.ravel()})  # fmt: skip


def rank_boxes(
    table: pd.DataFrame, outcome: Column, by: Column, *, top_from: object, bottom_to: object = None, weights: str | None = None,
    weight_kind: str = "sampling", cluster: str | bool | None = None,
) -> Answer:  # fmt: skip
    """What share of each group answers at the top of the scale, and would another cut say the same?

    Args:
        outcome: Ordinal, or interval of a few levels. by: Groups.
        top_from: Lowest level of the top box. bottom_to: Highest level of the bottom box; by default all below the top.

    Returns:
        One row a group: `group`, `n`, `median` with `median_lower`, `median_upper` (levels), `top`, `lower`, `upper`,
        `bottom`, `bottom_lower`, `bottom_upper`, `floor_share`, `ceiling_share`. Effect: `top_difference` (two groups:
        second less first, Newcombe) or `top_v` (more: Cramer's V of the top box). `extra`: `cuts` (every cut, `box_table`),
        `bars` (`diverging_bars`).

    Raises:
        ScaleError: The outcome is nominal. DataError: Fewer than two groups, or no such level.

    Source:
        Wilson (1927), Journal of the American Statistical Association 22, 209-212; Newcombe (1998), Statistics in Medicine
        17, 873-890; medians: Woodruff (1952), JASA 47, 635-646.
    """
    coded = code_pair(
        table, by, outcome, method="rank_boxes", weights=weights, weight_kind=weight_kind, cluster=cluster
    )
    top, bottom = cuts_of(coded.columns, top_from, bottom_to, str(outcome))
    above, below = (
        (np.arange(len(coded.columns)) >= top).astype(float),
        (np.arange(len(coded.columns)) < bottom).astype(float),
    )
    n = coded.units / _share_effects(coded, above)
    n_below = coded.units / _share_effects(coded, below)
    totals = coded.counts.sum(1)
    share, low = coded.counts @ above / totals, coded.counts @ below / totals
    (lower, upper), (b_lower, b_upper) = wilson(share * n, n), wilson(low * n_below, n_below)
    medians = [_median_limits(counts, size) for counts, size in zip(coded.counts, n, strict=True)]
    groups = group_table(coded, median_lower=[coded.columns[a] for a, _ in medians], median_upper=[coded.columns[b] for _, b in medians],
                         top=share, lower=lower, upper=upper, bottom=low, bottom_lower=b_lower, bottom_upper=b_upper)  # fmt: skip
    effect, statistic, detectable = _top_effect(coded, above, share)
    cuts = box_table(coded)
    caveats = list(coded.caveats())
    if len(coded.rows) == 2:
        caveats += disagreements(
            coded, 0, 1, better(*coded.counts).value, cut_table(coded, 0, 1, float(coded.units.sum() / n.sum()))
        )
    return Answer(
        method="rank_boxes", columns={"outcome": str(outcome), "by": str(by), "top_from": coded.columns[top]}, statistic=statistic,
        effects=(effect,), table=groups, detectable=detectable, n_effective=float(n.sum()) if coded.robust else None,
        extra={"cuts": cuts, "bars": diverging_bars(coded, top)}, caveats=tuple(caveats), **coded.names(),
    )  # fmt: skip


def cuts_of(levels: list, top_from: object, bottom_to: object, column: str) -> tuple[int, int]:
    """Where the top box begins and the bottom box ends, as numbers of levels."""
    for asked in (top_from, *(() if bottom_to is None else (bottom_to,))):
        if asked not in levels:
            raise DataError("rank_cut", column=column, level=str(asked), levels=listing(levels))
    top = levels.index(top_from)
    return top, top if bottom_to is None else levels.index(bottom_to) + 1


def _median_limits(counts: np.ndarray, n: float) -> tuple[int, int]:
    """Woodruff's interval: levels at which the lower and upper limits of "half the rows" are reached."""
    lower, upper = wilson(n / 2, n)
    up_to = np.cumsum(counts) / counts.sum()
    return tuple(int(min(np.searchsorted(up_to, limit), len(counts) - 1)) for limit in (float(lower), float(upper)))


def _top_effect(coded: Coded, above: np.ndarray, share: np.ndarray) -> tuple[Effect, dict, float]:
    """The effect on a share, its test, and the smallest effect found; clusters and weights where there are."""
    units, groups = coded.units, len(share)
    pooled = float(share @ units / units.sum())
    spread, df, design_effect = pooled * (1 - pooled), groups - 1, 1.0
    chi2 = float((units * (share - pooled) ** 2).sum() / spread) if spread > 0 else 0.0
    statistic = {"chi2": chi2, "df": df, "p_value": float(chdtrc(df, chi2))}
    if coded.robust:
        influence = np.zeros((groups, groups, len(above)))
        own = np.arange(groups)
        influence[own, own] = (above[None, :] - share[:, None]) / coded.counts.sum(1)[:, None]
        if groups == 2:
            variance, df_error = coded.variance(influence[1] - influence[0])
            t = (share[1] - share[0]) / math.sqrt(variance) if variance > 0 else 0.0
            statistic |= {
                "t": t,
                "df_error": df_error,
                "p_value": two_sided(t, df_error),
                "p_independent": statistic["p_value"],
            }
            design_effect = widened(variance, df_error, float((share * (1 - share) / units).sum()))
        else:
            covariance, df_error = coded.covariance(iter(influence))
            found, df_f, df_error, p = equal_means(share, covariance, coded.counts.sum(1), df_error)
            statistic |= {
                "F": found,
                "df_F": df_f,
                "df_error": df_error,
                "p_value": p,
                "p_independent": statistic["p_value"],
            }
            design_effect = max(chi2 / (found * df), 1.0) if found > 0 else 1.0
    n = units / design_effect
    if groups == 2:
        counts = np.stack([n * (1 - share), n * share], axis=1)
        row = difference_table(counts[[1]], counts[[0]], (0.0, 1.0), unit="rate").iloc[0]
        return (
            Effect("top_difference", float(row["value"]), float(row["lower"]), float(row["upper"])),
            statistic,
            min(FOUND * math.sqrt(spread * (1 / n).sum()), 1.0),
        )
    total, value = float(n.sum()), math.sqrt(chi2 / units.sum())
    lower, upper = chi2_limits(chi2 / design_effect, df)
    return (Effect("top_v", value, min(math.sqrt(lower / total), value), min(max(math.sqrt(upper / total), value), 1.0)),
            statistic, min(math.sqrt(chi2_found(df) / total), 1.0))  # fmt: skip
