"""Which groups differ, pair by pair: P(better), Dunn, Conover-Iman, Dwass-Steel-Critchlow-Fligner."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

from ccsat.errors import DataError, listing
from ccsat.estimates import CORRECTIONS, adjust
from ccsat.methods.answer import Answer, Effect
from ccsat.methods.coded import Coded, code_pair, unclustered
from ccsat.methods.rank_compare import FOUND, pair_row
from ccsat.methods.rank_groups import one_way
from ccsat.numerics.rankgroups import conover, dscf, dunn, kruskal, pairs
from ccsat.scales import Column

ADJUSTMENTS = ("holm", "bonferroni", "bh", "by", "none")


def _adjusted(p: np.ndarray, how: str) -> np.ndarray:
    if how not in ADJUSTMENTS:
        raise DataError("rank_adjust", how=how, known=listing(ADJUSTMENTS))
    if how in CORRECTIONS:
        return adjust(p, how)
    return np.minimum(p * np.isfinite(p).sum(), 1.0) if how == "bonferroni" else p


def _pairs_table(coded: Coded, **columns: np.ndarray) -> pd.DataFrame:
    a, b = pairs(len(coded.rows))
    ranks = kruskal(coded.counts).mean_ranks
    shown = [pair_row(coded, second, first) for first, second in zip(a, b, strict=True)]
    value, lower, upper, p, error = map(np.array, zip(*shown, strict=True))
    made = {"group": [coded.rows[k] for k in a], "other": [coded.rows[k] for k in b], "n": coded.units[a].round().astype(int),
            "n_other": coded.units[b].round().astype(int), "mean_ranks_apart": ranks[a] - ranks[b], "prob_better": value,
            "lower": lower, "upper": upper, "error": error, "p_pair": p}  # fmt: skip
    return pd.DataFrame({**made, **columns})


def _answer(
    method: str,
    coded: Coded,
    outcome: Column,
    by: Column,
    table: pd.DataFrame,
    statistic: dict,
    extra: dict | None = None,
    *,
    clustered: bool = False,
) -> Answer:
    far = table.loc[(table["prob_better"] - 0.5).abs().idxmax()]
    whole, effect, _, effective, groups = one_way(coded)
    error = float(table["error"].min())
    detectable = min(0.5 + FOUND * error, 1.0) if error > 0 else None
    limits = [None if math.isnan(far[name]) else float(far[name]) for name in ("lower", "upper")]
    return Answer(
        method=method, columns={"outcome": str(outcome), "by": str(by), "group": far["group"], "other": far["other"]},
        statistic={**statistic, "p_value": float(table["p_adjusted"].min()), "H": whole["H"]},
        effects=(Effect("prob_better_pair", float(far["prob_better"]), *limits, null=0.5), effect),
        table=table.drop(columns=["error", "p_pair"]), family="rank_pairs", detectable=detectable, n_effective=effective,
        extra={"groups": groups, **(extra or {})}, caveats=coded.caveats() + (() if clustered else tuple(unclustered(coded.sample))), **coded.names(),
    )  # fmt: skip


def pairwise_better(
    table: pd.DataFrame, outcome: Column, by: Column, *, adjustment: str = "holm", cluster: str | bool | None = None
) -> Answer:
    """Which groups differ, whatever their spreads, and how often does one answer above the other?

    Args:
        outcome: Ordinal or interval. by: Groups. adjustment: "holm", "bonferroni", "bh", "by" or "none".

    Returns:
        One row a pair: `group`, `other`, `n`, `n_other`, `mean_ranks_apart`, `prob_better` (that a row of `group` is above
        one of `other`) with `lower`, `upper`, `p_value` (Brunner-Munzel; summed by cluster where there is one),
        `p_adjusted`. Effect: the pair furthest from 1/2, then `epsilon2`. `p_value` is the smallest adjusted one.
        `extra`: `groups`, one row a group.

    Raises:
        ScaleError: The outcome is nominal. DataError: Fewer than two groups, or an unknown adjustment.

    Source:
        Brunner and Munzel (2000), Biometrical Journal 42, 17-25; Holm (1979), Scandinavian Journal of Statistics 6, 65-70.
    """
    coded = code_pair(table, by, outcome, method="pairwise_better", cluster=cluster)
    made = _pairs_table(coded)
    made = made.assign(p_value=made["p_pair"], p_adjusted=_adjusted(made["p_pair"].to_numpy(), adjustment))
    return _answer("pairwise_better", coded, outcome, by, made, {}, clustered=True)


def dunn_test(
    table: pd.DataFrame, outcome: Column, by: Column, *, adjustment: str = "holm", cluster: str | bool | None = None
) -> Answer:
    """Which groups differ in mean rank, all ranked together (after Kruskal-Wallis)?

    Args:
        outcome: Ordinal or interval. by: Groups. adjustment: "holm", "bonferroni", "bh", "by" or "none".
        cluster: Only noted: the test takes rows as independent (`pairwise_better` does not).

    Returns:
        As `pairwise_better`, with `z` and its `p_value`.

    Raises:
        ScaleError: The outcome is nominal. DataError: Fewer than two groups, or an unknown adjustment.

    Source:
        Dunn (1964), Technometrics 6, 241-252.
    """
    coded = code_pair(table, by, outcome, method="dunn_test", cluster=cluster)
    z, p = dunn(coded.counts)
    return _answer(
        "dunn_test", coded, outcome, by, _pairs_table(coded, z=z, p_value=p, p_adjusted=_adjusted(p, adjustment)), {}
    )


def conover_iman(
    table: pd.DataFrame, outcome: Column, by: Column, *, adjustment: str = "holm", cluster: str | bool | None = None
) -> Answer:
    """Which groups differ in mean rank, by a t test that Kruskal-Wallis has opened?

    Args:
        outcome: Ordinal or interval. by: Groups. adjustment, cluster: As `dunn_test`.

    Returns:
        As `pairwise_better`, with `t` and its `p_value`; statistic `df`.

    Raises:
        ScaleError: The outcome is nominal. DataError: Fewer than two groups, or an unknown adjustment.

    Source:
        Conover and Iman (1979), Los Alamos report LA-7677-MS.
    """
    coded = code_pair(table, by, outcome, method="conover_iman", cluster=cluster)
    t, df, p = conover(coded.counts)
    return _answer(
        "conover_iman",
        coded,
        outcome,
        by,
        _pairs_table(coded, t=t, p_value=p, p_adjusted=_adjusted(p, adjustment)),
        {"df": df},
    )


def steel_dwass(table: pd.DataFrame, outcome: Column, by: Column, *, cluster: str | bool | None = None) -> Answer:
    """Which groups differ, each pair ranked by itself and all pairs allowed for (DSCF)?

    Args:
        outcome: Ordinal or interval. by: Groups. cluster: As `dunn_test`.

    Returns:
        As `pairwise_better`, with `statistic` (studentised range); `p_value` allows for all pairs, so `p_adjusted` is the same.

    Raises:
        ScaleError: The outcome is nominal. DataError: Fewer than two groups.

    Source:
        Critchlow and Fligner (1991), Communications in Statistics - Theory and Methods 20, 127-139.
    """
    coded = code_pair(table, by, outcome, method="steel_dwass", cluster=cluster)
    statistic, p = dscf(coded.counts)
    return _answer(
        "steel_dwass", coded, outcome, by, _pairs_table(coded, statistic=statistic, p_value=p, p_adjusted=p), {}
    )
