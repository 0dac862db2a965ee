"""How many ratings are needed, what could be found with those there are, and p-values of many tests."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from ccsat.errors import DataError, listing
from ccsat.estimates import CORRECTIONS, adjust, sample_size
from ccsat.methods.answer import Answer, Effect
from ccsat.methods.counting import baseline_first, count_share, known, need_levels
from ccsat.methods.nominal_shares import two_share_parts
from ccsat.methods.sample import take_rows
from ccsat.numerics.power import detectable_means, power_means, rows_for_means
from ccsat.numerics.rates import detectable_share_difference, power_shares
from ccsat.scales import Column, Scale, need

MOVES = (0.01, 0.02, 0.03, 0.05, 0.10)


def plan_shares(
    table: pd.DataFrame, outcome: Column, by: Column, *, cluster: str | bool | None = None, top_from: object = None, event: object = None,
    baseline: object = None, moves: Sequence[float] = MOVES, power: float = 0.8,
) -> Answer:  # fmt: skip
    """How many ratings does it take to see a move of so many points, and what can these show?

    Args:
        by: Two groups or periods. baseline: The one to start from; the first where not given.
        moves: Points (0 to 1) that the share might rise, or fall where there is no room above.

    Returns:
        One row a move: `move, share_baseline, share, n` (rows a group that find it with `power`, of independent rows
        times the design effect) `, power` (of the rows there are). `detectable`: the smallest move these rows find.

    Source:
        Fleiss, Levin and Paik (2003), Statistical Methods for Rates and Proportions, 4.2; R's power.prop.test.
    """
    counted, hit = count_share(table, outcome, [by], method="plan_shares", weights=None, weight_kind="sampling", cluster=cluster,
                               top_from=top_from, event=event)  # fmt: skip
    need_levels(counted, 0, column=by, method="plan_shares", exactly=2)
    parts = two_share_parts(baseline_first(counted, baseline, by))
    rows, effect = parts["table"], parts["statistic"]["design_effect"]
    start, n = float(rows["share"][0]), rows["n"].to_numpy(float)
    found = []
    for move in moves:
        to = start + move if start + move < 1 else start - move
        if move <= 0 or not 0 < to < 1:
            raise DataError("plan_moves", moves=listing(moves), share=f"{start:.3f}")
        found.append({"move": to - start, "share_baseline": start, "share": to, "n": sample_size(to, start, power=power) * effect,
                      "power": power_shares(to, start, n[1] / effect, n[0] / effect)})  # fmt: skip
    return Answer(method="plan_shares", table=pd.DataFrame(found), columns={"outcome": str(outcome), "hit": hit, "by": str(by)},
                  effects=parts["effects"][:1], statistic={"p_value": parts["statistic"]["p_value"], "design_effect": effect}, caveats=parts["caveats"],
                  detectable=known(detectable_share_difference(start, n[1] / effect, n[0] / effect, power=power)), **counted.worth(effect))  # fmt: skip


def plan_means(
    table: pd.DataFrame, outcome: Column, by: Column, *, cluster: str | bool | None = None, baseline: object = None,
    moves: Sequence[float] | None = None, power: float = 0.8,
) -> Answer:  # fmt: skip
    """How many rows does it take to see a mean move, and what can these show?

    Args:
        outcome: A number, or a `Cast`. by: Two groups or periods.
        moves: In the outcome's unit; a tenth, a fifth, a third and a half of its spread where not given.

    Returns:
        One row a move: `move, standardised, n` (rows a group, by the pooled t test, times the design effect) `, power` (of
        the rows there are). Effect: the difference of the means as it is, with Welch's interval on the effective n.

    Source:
        Cohen (1988), Statistical Power Analysis, ch. 2, by the noncentral t distribution; R's power.t.test.
    """
    sample = take_rows(table, [outcome, by], cluster=cluster)
    values = sample.rows[str(outcome)]
    need(values, Scale.INTERVAL, method="plan_means", instead="plan_shares")
    groups = sorted(sample.rows[str(by)].unique(), key=str)
    if len(groups) != 2 or (baseline is not None and baseline not in groups):
        raise DataError("table_baseline", column=str(by), baseline=baseline, levels=listing(groups))
    groups = groups if baseline in (None, groups[0]) else groups[::-1]
    of = (sample.rows[str(by)] == groups[1]).to_numpy().astype(int)
    y = values.to_numpy(float)
    n = np.bincount(of, minlength=2).astype(float)
    if (n < 2).any() or np.ptp(y) == 0:
        raise DataError("plan_spread", column=str(outcome), by=str(by))
    means = np.bincount(of, y) / n
    variances = np.bincount(of, (y - means[of]) ** 2) / (n - 1)
    sd = float(np.sqrt(((n - 1) * variances).sum() / (n.sum() - 2)))
    effect = 1.0
    if sample.cluster is not None:
        influence = np.bincount(sample.cluster, (y - means[of]) / n[of] * np.where(of, 1.0, -1.0))
        effect = max(
            1.0, float((influence**2).sum() * len(influence) / max(len(influence) - 1, 1) / (variances / n).sum())
        )
    n0, n1 = n / effect
    chosen = [share * sd for share in (0.1, 0.2, 1 / 3, 0.5)] if moves is None else list(moves)
    if not all(move != 0 for move in chosen):
        raise DataError("plan_moves", moves=listing(chosen), share=f"{means[0]:.3f}")
    frame = pd.DataFrame([{"move": move, "standardised": move / sd, "n": rows_for_means(abs(move), sd=sd, power=power) * effect,
                           "power": power_means(n1, abs(move), sd=sd, n_baseline=n0)} for move in chosen])  # fmt: skip
    from scipy.special import stdtrit

    error2 = variances * effect / n
    df = float(error2.sum() ** 2 / (error2**2 / np.maximum(n / effect - 1, 1)).sum()) if error2.sum() > 0 else 1.0
    half, apart = float(stdtrit(df, 0.975) * np.sqrt(error2.sum())), float(means[1] - means[0])
    return Answer(method="plan_means", table=frame, columns={"outcome": str(outcome), "by": str(by)}, caveats=sample.caveats,
                  effects=(Effect("plan_mean_difference", apart, apart - half, apart + half),), statistic={"sd": sd, "design_effect": effect},
                  detectable=known(detectable_means(n1, sd=sd, power=power, n_baseline=n0)), **{**sample.names, "n_effective": float(n.sum() / effect)})  # fmt: skip


def adjusted_p_values(table: pd.DataFrame, outcome: Column) -> Answer:
    """Which of many tests still count once there are many?

    Args:
        outcome: Column of p-values; its empty rows are not tests.

    Returns:
        The table's rows with `p_value` and one column a correction: `bonferroni, holm, hochberg, hommel` (any false alarm) and
        `bh, by` (the share of false alarms among what is found). Statistic: how many are below 0.05 under each.

    Raises:
        DataError: A value is not between 0 and 1.

    Source:
        Holm (1979); Hochberg (1988); Hommel (1988), Biometrika 75, 383-386; Benjamini and Hochberg (1995);
        Benjamini and Yekutieli (2001).
    """
    sample = take_rows(table, [outcome], cluster=False)
    p = sample.rows[str(outcome)]
    need(p, Scale.INTERVAL, method="adjusted_p_values", instead="–")
    if not p.between(0, 1).all():
        raise DataError("plan_p_values", column=str(outcome), least=float(p.min()), most=float(p.max()))
    columns = {name: adjust(p, name) for name in CORRECTIONS}
    frame = (
        table.loc[p.index].drop(columns=[*columns, "p_value"], errors="ignore").assign(p_value=p, **columns, n=len(p))
    )
    return Answer(method="adjusted_p_values", table=frame, columns={"outcome": str(outcome)}, family="table_given",
                  statistic={"tests": len(p), **{f"found_{name}": int((values < 0.05).sum()) for name, values in columns.items()}}, **sample.names)  # fmt: skip
