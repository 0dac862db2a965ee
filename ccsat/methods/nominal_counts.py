"""What was counted: shares of levels, shares of groups, and the cross-table, each with its interval."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ccsat.errors import ScaleError, listing
from ccsat.methods.answer import Answer, Effect
from ccsat.methods.counting import Counted, count_rows, count_share, need_levels, thin, whole
from ccsat.methods.sample import take_rows
from ccsat.numerics.independence import adjusted_residuals, detectable_chi2, expected_counts, independence
from ccsat.numerics.nominal_measures import cramer_v
from ccsat.numerics.rates import INTERVALS, pooled_share_effect, share_interval
from ccsat.scales import Column


def count_shares(
    table: pd.DataFrame, outcome: Column, *, weights: str | None = None, weight_kind: str = "sampling",
    cluster: str | bool | None = None, interval: str = "wilson", order: str = "n",
) -> Answer:  # fmt: skip
    """How many of each kind are there, and which few make most of it?

    Args:
        interval: "wilson", "clopper_pearson", "agresti_coull" or "jeffreys".
        order: "n": largest first, as a Pareto chart; "level": in the levels' own order.

    Returns:
        One row a level: `level, n, share, lower, upper, cumulative`. Effect: the share of the largest level.

    Raises:
        ScaleError: `interval` is unknown.

    Source:
        Wilson (1927), Journal of the American Statistical Association 22, 209-212; Brown, Cai and DasGupta (2001).
    """
    _check_interval(interval)
    sample = take_rows(table, [outcome], weights=weights, weight_kind=weight_kind, cluster=cluster)
    counted = count_rows(sample, [sample.rows[str(outcome)]], method="count_shares", most=None)
    counts, n = counted.counts, counted.table.n
    p = counts / n
    effect = np.ones(len(p))
    if counted.table.moments is not None:
        m = counted.table.moments
        robust = np.diag(m) - 2 * p * m.sum(1) + p**2 * m.sum()
        with np.errstate(divide="ignore", invalid="ignore"):
            effect = np.maximum(
                np.nan_to_num(
                    robust * counted.table.groups / max(counted.table.groups - 1, 1) / (n * p * (1 - p)), nan=1.0
                ),
                1.0,
            )
    worth = counted.effective(n, effect)
    lower, upper = share_interval(p * worth, worth, kind=interval)
    frame = pd.DataFrame({"level": counted.levels[0], "n": whole(counts), "share": p, "lower": lower, "upper": upper})
    if order == "n":
        frame = frame.sort_values("n", ascending=False, kind="stable", ignore_index=True)
    frame["cumulative"] = frame["share"].cumsum()
    top = frame.loc[frame["n"].idxmax()]
    return Answer(method="count_shares", table=frame, columns={"outcome": str(outcome)},
                  effects=(Effect("share", float(top["share"]), float(top["lower"]), float(top["upper"])),),
                  caveats=counted.caveats, **counted.worth(float(effect.mean())))  # fmt: skip


def group_shares(
    table: pd.DataFrame, outcome: Column, by: Column, *, weights: str | None = None, weight_kind: str = "sampling",
    cluster: str | bool | None = None, top_from: object = None, event: object = None, interval: str = "wilson",
) -> Answer:  # fmt: skip
    """What share of each group says yes, and do the shares differ at all?

    Args:
        outcome: Yes/no, or with `top_from` / `event` (see `counting.is_yes`).
        interval: "wilson", "clopper_pearson", "agresti_coull" or "jeffreys", on the effective n.

    Returns:
        One row a group: `group, n, hits, share, lower, upper`. Statistic: chi-square over the groups.

    Raises:
        ScaleError: The outcome is not yes/no; `interval` is unknown.

    Source:
        Wilson (1927); Clopper and Pearson (1934); Agresti and Coull (1998); Brown, Cai and DasGupta (2001).
    """
    _check_interval(interval)
    counted, hit = count_share(table, outcome, [by], method="group_shares", weights=weights, weight_kind=weight_kind,
                               cluster=cluster, top_from=top_from, event=event)  # fmt: skip
    need_levels(counted, 0, column=by, method="group_shares")
    effect = pooled_share_effect(counted.table)
    frame = share_rows(counted, effect, interval=interval)
    answer = tested(counted, effect=effect)
    return Answer(
        method="group_shares", table=frame, columns={"outcome": str(outcome), "hit": hit, "by": str(by)}, **answer
    )


def cross_table(
    table: pd.DataFrame, outcome: Column, by: Column, *, weights: str | None = None, weight_kind: str = "sampling",
    cluster: str | bool | None = None,
) -> Answer:  # fmt: skip
    """How do the answers of each group split over the levels?

    Returns:
        One row a cell: `group, level, n, n_group, share` (of the group), `lower, upper, expected, residual`.
        `extra["counts"]`: the table itself.

    Source:
        Agresti (2013), Categorical Data Analysis, ch. 2-3.
    """
    counted = count_pair(
        table, outcome, by, method="cross_table", weights=weights, weight_kind=weight_kind, cluster=cluster
    )
    test = independence(counted.table) if min(counted.counts.shape) > 1 else None
    frame = cell_rows(counted, test.design_effect if test else 1.0)
    return Answer(method="cross_table", table=frame, columns={"outcome": str(outcome), "by": str(by)},
                  extra={"counts": matrix(counted)}, **(tested(counted) if test else {"caveats": counted.caveats, **counted.names}))  # fmt: skip


# What the other nominal methods share ----------------------------------------------------------


def count_pair(table: pd.DataFrame, outcome: Column, by: Column, *, method: str, weights: str | None = None, weight_kind: str = "sampling",
               cluster: str | bool | None = None) -> Counted:  # fmt: skip
    """Rows counted by `by` (rows of the table) and `outcome` (columns)."""
    sample = take_rows(table, [outcome, by], weights=weights, weight_kind=weight_kind, cluster=cluster)
    return count_rows(sample, [sample.rows[str(by)], sample.rows[str(outcome)]], method=method)


def share_rows(counted: Counted, effect: float = 1.0, *, interval: str = "wilson") -> pd.DataFrame:
    """One row a group of a groups x (no, yes) table, with intervals on the effective n."""
    hits, n = counted.counts[:, 1], counted.counts.sum(1)
    worth = counted.effective(n, effect)
    lower, upper = share_interval(hits / n * worth, worth, kind=interval)
    return pd.DataFrame(
        {
            "group": counted.levels[0],
            "n": whole(n),
            "hits": whole(hits),
            "share": hits / n,
            "lower": lower,
            "upper": upper,
        }
    )


def cell_rows(counted: Counted, effect: float = 1.0) -> pd.DataFrame:
    """One row a cell of a groups x levels table."""
    counts, (groups, levels) = counted.counts, counted.levels
    total = np.repeat(counts.sum(1), len(levels))
    share = counts.ravel() / total
    worth = counted.effective(total, effect)
    lower, upper = share_interval(share * worth, worth)
    residual = adjusted_residuals(counted.table).ravel() if min(counts.shape) > 1 else np.zeros(counts.size)
    return pd.DataFrame({"group": np.repeat(np.array(groups, object), len(levels)), "level": np.tile(np.array(levels, object), len(groups)),
                         "n": whole(counts.ravel()), "n_group": whole(total), "share": share, "lower": lower, "upper": upper,
                         "expected": expected_counts(counts).ravel(), "residual": residual})  # fmt: skip


def matrix(counted: Counted) -> pd.DataFrame:
    """The counts with their levels."""
    return pd.DataFrame(counted.counts, index=counted.levels[0], columns=counted.levels[1])


def tested(counted: Counted, *, effect: float | None = None) -> dict[str, object]:
    """Chi-square of a table as parts of an `Answer`: statistic, Cramer's V, assumption, what could be found, n."""
    test = independence(counted.table)
    v = cramer_v(test)
    least = min(test.shape) - 1
    statistic = {"chi2": test.chi2, "df": test.df, "p_value": test.p_value, "g2": test.g2, "g2_p_value": test.g2_p_value,
                 "design_effect": test.design_effect}  # fmt: skip
    worth = counted.worth(effect or test.design_effect)
    found = float(np.sqrt(detectable_chi2(test.df) / (test.n / test.design_effect * least))) if test.df else None
    return {"statistic": statistic, "effects": (Effect("cramer_v", v.value, min(v.lower, v.value), max(v.upper, v.value)),), "assumptions": (thin(test),),
            "detectable": found, "caveats": counted.caveats, **worth}  # fmt: skip


def _check_interval(kind: str) -> None:
    if kind not in INTERVALS:
        raise ScaleError("share_interval", kind=kind, known=listing(INTERVALS))
