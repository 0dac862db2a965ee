"""Two shares, or every pair of shares: how far apart, and is it chance?"""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pandas as pd

from ccsat.estimates import adjust, newcombe
from ccsat.methods.answer import Answer, Effect
from ccsat.methods.counting import (
    Counted,
    baseline_first,
    count_share,
    count_yes,
    is_yes,
    known,
    need_levels,
    thin,
    whole,
)
from ccsat.methods.nominal_counts import share_rows, tested
from ccsat.methods.nominal_strata import pooled_parts
from ccsat.methods.sample import take_rows
from ccsat.numerics.fisher import fisher
from ccsat.numerics.independence import independence
from ccsat.numerics.nominal_measures import phi
from ccsat.numerics.power import two_sided
from ccsat.numerics.rates import (
    cohen_h,
    conditional_odds_ratio,
    detectable_share_difference,
    difference_effect,
    miettinen_nurminen,
    odds_ratio,
    risk_ratio,
)
from ccsat.scales import Column


def two_proportions(
    table: pd.DataFrame, outcome: Column, by: Column, *, weights: str | None = None, weight_kind: str = "sampling",
    cluster: str | bool | None = None, top_from: object = None, event: object = None, baseline: object = None,
    confounder: Column | None = None,
) -> Answer:  # fmt: skip
    """By how many points do two groups' shares differ?

    Args:
        outcome: Yes/no, or with `top_from` / `event`.
        by: Two groups. baseline: The one to subtract; the first in order where not given.
        confounder: Column to hold fixed: Mantel-Haenszel then stands beside the crude numbers, with the check that
            the strata agree.

    Returns:
        One row a group, the baseline first: `group, n, hits, share, lower, upper`. Effects: `share_difference`
        (Newcombe), `share_difference_score` (Miettinen and Nurminen), `odds_ratio_wald`, `odds_ratio_exact`
        (conditional; independent rows), `risk_ratio` (Katz), `cohen_h`, `phi`; with a confounder the Mantel-Haenszel
        ones too, and `extra["strata"]`. Statistic: pooled z as chi-square, with Yates' correction, and Fisher's p.

    Raises:
        ScaleError: The outcome is not yes/no, or there are not two groups.

    Source:
        Newcombe (1998), Statistics in Medicine 17, 873-890; Miettinen and Nurminen (1985), 4, 213-226; Rao and
        Scott (1992), Biometrics 48, 577-585 for clusters.
    """
    sample = take_rows(
        table,
        [outcome, by, *([confounder] if confounder is not None else [])],
        weights=weights,
        weight_kind=weight_kind,
        cluster=cluster,
    )
    yes, hit = is_yes(sample.rows[str(outcome)], method="two_proportions", top_from=top_from, event=event)
    counted = count_yes(sample, [sample.rows[str(by)]], yes, method="two_proportions")
    need_levels(counted, 0, column=by, method="two_proportions", exactly=2)
    counted = baseline_first(counted, baseline, by)
    parts = two_share_parts(counted)
    parts["extra"] = {}
    if confounder is not None:
        more, effects, notes, strata = pooled_parts(sample, by, yes, confounder, groups=counted.levels[0])
        parts["statistic"] |= more
        parts |= {
            "effects": (*parts["effects"], *effects),
            "caveats": (*parts["caveats"], *notes),
            "extra": {"strata": strata},
        }
    return Answer(method="two_proportions", columns={"outcome": str(outcome), "hit": hit, "by": str(by)}, **parts)


def two_share_parts(counted: Counted) -> dict[str, object]:
    """The two-share comparison of a (baseline, other) x (no, yes) table, as parts of an `Answer`."""
    counts = counted.counts
    n, hits = counts.sum(1), counts[:, 1]
    effect, df = difference_effect(counted.table), counted.table.df_error
    p0, p1 = hits / n
    pooled = hits.sum() / n.sum()
    error = np.sqrt(pooled * (1 - pooled) * (1 / n).sum())
    z = (p1 - p0) / error if error > 0 else 0.0
    yates = (max(abs(p1 - p0) - (1 / n).sum() / 2, 0.0) / error) if error > 0 else 0.0
    test = independence(counted.table)
    p = float(two_sided(z / np.sqrt(effect), df))
    statistic = {"chi2": z**2, "p_value": p, "z": float(z / np.sqrt(effect)), "chi2_p_value": p, "chi2_yates": yates**2,
                 "yates_p_value": float(two_sided(yates / np.sqrt(effect), df)), "design_effect": effect}  # fmt: skip
    caveats = counted.caveats
    w0, w1 = counted.effective(n, effect)
    lower, upper = (float(limit) for limit in newcombe(p1 * w1, w1, p0 * w0, w0))
    low, high = miettinen_nurminen(p1 * w1, w1, p0 * w0, w0)
    ratio, ratio_low, ratio_high, empty = odds_ratio(counts, scale=np.sqrt(effect), z=counted.quantile)
    effects = [Effect("share_difference", float(p1 - p0), lower, upper), Effect("share_difference_score", float(p1 - p0), low, high),
               Effect("odds_ratio_haldane" if empty else "odds_ratio_wald", ratio, ratio_low, ratio_high, null=1.0),
               Effect("risk_ratio", *risk_ratio(counts, scale=np.sqrt(effect), z=counted.quantile), null=1.0)]  # fmt: skip
    if counted.table.plain:
        statistic["fisher_p_value"] = fisher(counts).p_value
        effects.insert(3, Effect("odds_ratio_exact", *conditional_odds_ratio(counts), null=1.0))
        if test.thin:
            statistic["p_value"] = statistic["fisher_p_value"]
            caveats = (*caveats, ("caveat.table_exact", {}))
    elif test.thin:
        caveats = (
            *caveats,
            ("caveat.table_thin", {"least": test.least_expected, "below": test.below_5, "cells": test.cells}),
        )
    if empty:
        caveats = (*caveats, ("caveat.table_zero_cell", {}))
    effects.append(
        Effect("cohen_h", cohen_h(p1, p0), *(cohen_h(np.clip(p0 + limit, 0, 1), p0) for limit in (lower, upper)))
    )
    if 0 < pooled < 1:
        found = phi(counted.table)
        effects.append(Effect("phi", found.value, found.lower, found.upper))
    return {"table": share_rows(counted, effect), "statistic": statistic, "effects": tuple(effects), "assumptions": (thin(test),),
            "caveats": caveats, "detectable": known(detectable_share_difference(p0, n[1] / effect, n[0] / effect)), **counted.worth(effect)}  # fmt: skip


def pairwise_proportions(
    table: pd.DataFrame, outcome: Column, by: Column, *, weights: str | None = None, weight_kind: str = "sampling",
    cluster: str | bool | None = None, top_from: object = None, event: object = None, correction: str = "holm",
) -> Answer:  # fmt: skip
    """Which groups' shares differ from which?

    Args:
        correction: Of the p-values over all pairs (`estimates.adjust`).

    Returns:
        One row a pair: `group, other, n, n_other, share, share_other, difference` (group minus other) `, lower,
        upper` (Newcombe, each at 95 %), `z, p_value, p_adjusted`. Effect: the pair farthest from chance.

    Source:
        Pooled two-proportion z; Holm (1979), Scandinavian Journal of Statistics 6, 65-70; Newcombe (1998).
    """
    counted, hit = count_share(table, outcome, [by], method="pairwise_proportions", weights=weights, weight_kind=weight_kind,
                               cluster=cluster, top_from=top_from, event=event)  # fmt: skip
    need_levels(counted, 0, column=by, method="pairwise_proportions")
    pairs = np.array(list(combinations(range(len(counted.levels[0])), 2)))
    effect = (
        np.array([difference_effect(counted.table.merged(0, pair)) for pair in pairs])
        if counted.table.moments is not None
        else np.ones(len(pairs))
    )
    n, hits = counted.counts.sum(1), counted.counts[:, 1]
    (na, nb), (xa, xb) = n[pairs].T, hits[pairs].T
    pooled, apart = (xa + xb) / (na + nb), xa / na - xb / nb
    with np.errstate(divide="ignore", invalid="ignore"):
        z = np.nan_to_num(apart / np.sqrt(pooled * (1 - pooled) * (1 / na + 1 / nb) * effect))
    wa, wb = counted.effective(na, effect), counted.effective(nb, effect)
    lower, upper = newcombe(xa / na * wa, wa, xb / nb * wb, wb)
    p = two_sided(z, counted.table.df_error)
    names = np.array(counted.levels[0], object)
    frame = pd.DataFrame({"group": names[pairs[:, 0]], "other": names[pairs[:, 1]], "n": whole(na), "n_other": whole(nb), "share": xa / na,
                          "share_other": xb / nb, "difference": apart, "lower": lower, "upper": upper, "z": z, "p_value": p,
                          "p_adjusted": adjust(p, correction)})  # fmt: skip
    parts = tested(counted)
    far = int(np.abs(z).argmax())
    worst = Effect("share_difference", float(apart[far]), float(lower[far]), float(upper[far]))
    parts["effects"] = (worst, *parts["effects"])
    parts["detectable"] = known(
        detectable_share_difference(hits.sum() / n.sum(), *(n[pairs[far]] / effect[far]), level=1 - 0.05 / len(pairs))
    )
    return Answer(
        method="pairwise_proportions",
        table=frame,
        columns={"outcome": str(outcome), "hit": hit, "by": str(by)},
        family="table_pairs",
        **parts,
    )
