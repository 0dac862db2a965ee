"""Shares of many small units: each drawn towards what all have in common, and a screen of subgroups."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import numpy as np
import pandas as pd

from ccsat.errors import DataError, Words, listing
from ccsat.estimates import adjust, newcombe
from ccsat.methods.answer import Answer, Effect
from ccsat.methods.counting import count_share, count_yes, is_yes, known, need_levels, whole
from ccsat.methods.sample import take_rows
from ccsat.numerics.crosstab import Crosstab
from ccsat.numerics.independence import independence
from ccsat.numerics.power import two_sided
from ccsat.numerics.rates import detectable_share_difference, difference_effect, pooled_share_effect
from ccsat.numerics.ratespread import detectable_spread, rate_spread
from ccsat.numerics.shrinkage import shrink_rates
from ccsat.scales import Column


def shrunken_rates(
    table: pd.DataFrame, outcome: Column, by: Column, *, weights: str | None = None, weight_kind: str = "sampling",
    cluster: str | bool | None = None, top_from: object = None, event: object = None,
) -> Answer:  # fmt: skip
    """What is each agent's, or each small segment's, share likely to be?

    Beta-binomial empirical Bayes: the less units differ beyond chance, and the smaller one is, the nearer it is drawn to
    the share of all.

    Args:
        outcome: Yes/no, or with `top_from` / `event`. by: The units; any number of them.

    Returns:
        One row a unit, the least share first: `group, n, hits, share, shrunken, lower, upper` (equal-tailed posterior
        interval) `, apart` (whether it lies wholly on one side of the share of all). Effect: `true_spread`, the standard
        deviation of the units' shares beyond chance, with its profile-likelihood interval. Statistic: chi-square of
        equal shares.

    Source:
        Griffin and Krutchkoff (1971), Biometrika 58, 597-604; Casella (1985), The American Statistician 39, 83-87.
    """
    counted, hit = count_share(table, outcome, [by], method="shrunken_rates", weights=weights, weight_kind=weight_kind, cluster=cluster,
                               top_from=top_from, event=event, most=None)  # fmt: skip
    need_levels(counted, 0, column=by, method="shrunken_rates")
    effect = pooled_share_effect(counted.table)
    n, hits = counted.counts.sum(1), counted.counts[:, 1]
    rates, mean = shrink_rates(hits / effect, n / effect), hits.sum() / n.sum()
    frame = pd.DataFrame({"group": counted.levels[0], "n": whole(n), "hits": whole(hits), "share": hits / n, "shrunken": rates["shrunken"],
                          "lower": rates["lower"], "upper": rates["upper"]})  # fmt: skip
    frame["apart"] = (frame["lower"] > mean) | (frame["upper"] < mean)
    frame = frame.sort_values("shrunken", kind="stable", ignore_index=True)
    spread, low, high = rate_spread(hits / effect, n / effect)
    test = independence(counted.table)
    statistic = {
        "chi2": test.chi2,
        "df": test.df,
        "p_value": test.p_value,
        "share": float(mean),
        "design_effect": effect,
    }
    return Answer(method="shrunken_rates", table=frame, columns={"outcome": str(outcome), "hit": hit, "by": str(by)}, statistic=statistic,
                  effects=(Effect("true_spread", spread, low, high),), caveats=counted.caveats,
                  detectable=known(detectable_spread(n / effect, mean)), **counted.worth(effect))  # fmt: skip


def subgroup_screen(
    table: pd.DataFrame, outcome: Column, drivers: Sequence[Column], *, weights: str | None = None, weight_kind: str = "sampling",
    cluster: str | bool | None = None, top_from: object = None, event: object = None, depth: int = 2, least: int = 30,
    correction: str = "bh",
) -> Answer:  # fmt: skip
    """Which subgroups, of all that could be named, have another share than the rest?

    Args:
        drivers: Columns whose levels, and combinations of levels, are the subgroups.
        depth: Columns to combine, 1 to 3. least: Rows below which a subgroup (or its rest) is not looked at.
        correction: Over every subgroup looked at.

    Returns:
        One row a subgroup, the surest first: `segment, columns, n, share, share_rest, difference` (from all others)
        `, lower, upper, z, p_value, p_adjusted`. Effect: the surest one's difference. Statistic: how many were looked at
        and found; `p_value` is the least adjusted one.

    Raises:
        DataError: No subgroup has enough rows.

    Source:
        Benjamini and Hochberg (1995), Journal of the Royal Statistical Society B 57, 289-300; Newcombe (1998).
    """
    if not 1 <= depth <= 3:
        raise DataError("screen_depth", depth=depth)
    sample = take_rows(table, [outcome, *drivers], weights=weights, weight_kind=weight_kind, cluster=cluster)
    yes, hit = is_yes(sample.rows[str(outcome)], method="subgroup_screen", top_from=top_from, event=event)
    parts, first = [], None
    for size in range(1, min(depth, len(drivers)) + 1):
        for columns in combinations([str(driver) for driver in drivers], size):
            counted = count_yes(sample, [sample.rows[column] for column in columns], yes, method="subgroup_screen")
            first = first or counted
            parts.append(_segments(counted, columns, least))
    frame = pd.concat(parts, ignore_index=True)
    if first is None or frame.empty:
        raise DataError(
            "screen_none", least=least, columns=listing(map(str, drivers)), method=Words("method.subgroup_screen.name")
        )
    frame["p_value"] = two_sided(frame["z"].to_numpy(), first.table.df_error if sample.cluster is not None else np.inf)
    frame["p_adjusted"] = adjust(frame["p_value"], correction)
    frame = frame.sort_values(["p_value", "segment"], kind="stable", ignore_index=True)
    top, counts = frame.iloc[0], first.counts
    statistic = {
        "looked_at": len(frame),
        "found": int((frame["p_adjusted"] < 0.05).sum()),
        "p_value": float(top["p_adjusted"]),
    }
    whole_n, share = counts.sum(), counts[..., 1].sum() / counts.sum()
    middle = float(frame["n"].median())
    return Answer(method="subgroup_screen", table=frame, columns={"outcome": str(outcome), "hit": hit, "drivers": [str(d) for d in drivers]},
                  statistic=statistic, family="table_subgroups", caveats=(*first.caveats, ("caveat.screen_looked", {"n": len(frame), "least": least})),
                  effects=(Effect("share_difference", float(top["difference"]), float(top["lower"]), float(top["upper"])),),
                  detectable=known(detectable_share_difference(share, middle, whole_n - middle, level=1 - 0.05 / len(frame))), **first.names)  # fmt: skip


def _segments(counted, columns: tuple[str, ...], least: int) -> pd.DataFrame:
    """Every combination of the columns' levels against all other rows."""
    counts = counted.counts.reshape(-1, 2)
    n, hits = counts.sum(1), counts[:, 1]
    rest, rest_hits = n.sum() - n, hits.sum() - hits
    at = np.flatnonzero((n >= least) & (rest >= least))
    effect = np.ones(len(at))
    if counted.table.moments is not None:
        effect = np.array([difference_effect(_against_rest(counted.table, place)) for place in at])
    n, hits, rest, rest_hits = n[at], hits[at], rest[at], rest_hits[at]
    share, other = hits / n, rest_hits / rest
    pooled = (hits + rest_hits) / (n + rest)
    with np.errstate(divide="ignore", invalid="ignore"):
        z = np.nan_to_num((share - other) / np.sqrt(pooled * (1 - pooled) * (1 / n + 1 / rest) * effect))
    w, w_rest = counted.effective(n, effect), counted.effective(rest, effect)
    lower, upper = newcombe(share * w, w, other * w_rest, w_rest)
    places = np.unravel_index(at, counted.counts.shape[:-1])
    names = [" & ".join(f"{column} = {levels[place]}" for column, levels, place in zip(columns, counted.levels, index, strict=False))
             for index in zip(*places, strict=True)]  # fmt: skip
    return pd.DataFrame({"segment": names, "columns": " × ".join(columns), "n": whole(n), "share": share, "share_rest": other,
                         "difference": share - other, "lower": lower, "upper": upper, "z": z})  # fmt: skip


def _against_rest(table: Crosstab, place: int) -> Crosstab:
    counts = table.counts.reshape(-1, 2)
    into = np.zeros((4, counts.size))
    for cell in range(counts.size):
        into[(2 if cell // 2 == place else 0) + cell % 2, cell] = 1.0
    return Crosstab((into @ counts.ravel()).reshape(2, 2), into @ table.moments @ into.T, table.groups)
