"""Groups compared within strata: one number where the strata agree, and a warning where they do not."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from ccsat.errors import DataError, listing
from ccsat.methods.answer import Answer, Assumption, Effect
from ccsat.methods.counting import count_rows, count_yes, is_yes, known, need_levels, whole
from ccsat.methods.sample import Sample, take_rows
from ccsat.numerics.crosstab import Crosstab, code_levels
from ccsat.numerics.independence import Independence, detectable_chi2, independence, noncentral_limits
from ccsat.numerics.power import detectable_z
from ccsat.numerics.rates import odds_ratio
from ccsat.numerics.strata import Pooled, general_cmh, limits, mantel_haenszel
from ccsat.scales import Column

Confounders = Column | Sequence[Column]


def mantel_haenszel_test(
    table: pd.DataFrame, outcome: Column, by: Column, confounders: Confounders, *, weights: str | None = None,
    weight_kind: str = "sampling", cluster: str | bool | None = None, top_from: object = None, event: object = None,
    baseline: object = None,
) -> Answer:  # fmt: skip
    """Do two groups' shares differ when like is compared with like?

    Args:
        outcome: Yes/no, or with `top_from` / `event`.
        by: Two groups. baseline: The one to subtract; the first in order where not given.
        confounders: Column or columns whose combinations are the strata.

    Returns:
        One row a stratum: `stratum, n, n_baseline, share, share_baseline, difference, odds_ratio, lower, upper`.
        Effects: odds ratio and share difference, pooled over the strata and crude. Statistic: Mantel-Haenszel
        chi-square with and without continuity correction, Breslow-Day and Tarone for equal odds ratios.

    Source:
        Mantel and Haenszel (1959); Robins, Breslow and Greenland (1986); Sato (1989); Breslow and Day (1980);
        Tarone (1985).
    """
    columns = _several(confounders)
    sample = take_rows(table, [outcome, by, *columns], weights=weights, weight_kind=weight_kind, cluster=cluster)
    yes, hit = is_yes(sample.rows[str(outcome)], method="mantel_haenszel_test", top_from=top_from, event=event)
    groups = list(code_levels(sample.rows[str(by)])[1])
    if baseline is not None and baseline not in groups:
        raise DataError("table_baseline", column=str(by), baseline=baseline, levels=listing(groups))
    if baseline is not None:
        groups = [baseline, *(group for group in groups if group != baseline)]
    crude = count_yes(sample, [sample.rows[str(by)]], yes, method="mantel_haenszel_test")
    need_levels(crude, 0, column=by, method="mantel_haenszel_test", exactly=2)
    statistic, effects, caveats, strata = pooled_parts(sample, by, yes, confounders, groups=groups)
    first = effects[0]
    log_error = (
        float(np.log(first.upper / first.value) / crude.quantile)
        if np.isfinite(first.upper) and first.value > 0
        else np.nan
    )
    detectable = known(np.exp(detectable_z(log_error, crude.table.df_error)))
    check = Assumption("strata_agree", bool(statistic["tarone_p"] >= 0.05) if statistic["tarone_p"] == statistic["tarone_p"] else None,
                       {"p": round(statistic["tarone_p"], 3)})  # fmt: skip
    names = {"outcome": str(outcome), "hit": hit, "by": str(by), "confounders": [str(column) for column in columns]}
    return Answer(method="mantel_haenszel_test", table=strata, columns=names, statistic={**statistic, "p_value": statistic["mh_p_value"]},
                  effects=effects, assumptions=(check,), detectable=detectable, caveats=(*crude.caveats, *caveats),
                  **crude.worth(statistic["mh_design_effect"]))  # fmt: skip


def general_cmh_test(
    table: pd.DataFrame, outcome: Column, by: Column, confounders: Confounders, *, weights: str | None = None,
    weight_kind: str = "sampling", cluster: str | bool | None = None,
) -> Answer:  # fmt: skip
    """Do any number of groups answer differently when like is compared with like?

    Args:
        confounders: Column or columns whose combinations are the strata.

    Returns:
        One row a stratum: `stratum, n, chi2, df, p_value, cramer_v`. Effects: Cramer's V within strata (from the
        pooled chi-square) and the crude one.

    Source:
        Landis, Heyman and Koch (1978), International Statistical Review 46, 237-254.
    """
    columns = _several(confounders)
    sample = take_rows(table, [outcome, by, *columns], weights=weights, weight_kind=weight_kind, cluster=cluster)
    crude = count_rows(sample, [sample.rows[str(by)], sample.rows[str(outcome)]], method="general_cmh_test")
    for axis, column in enumerate((by, outcome)):
        need_levels(crude, axis, column=column, method="general_cmh_test")
    test = independence(crude.table)
    statistic, caveats, strata = stratified_parts(sample, by, outcome, confounders, crude=test)
    least, worth = min(crude.counts.shape) - 1, test.n / statistic["cmh_design_effect"]
    lower, upper = (
        float(np.sqrt(ncp / (worth * least)))
        for ncp in noncentral_limits(statistic["cmh_chi2"] / statistic["cmh_design_effect"], statistic["cmh_df"])
    )
    effects = (Effect("cmh_v", float(np.sqrt(statistic["cmh_chi2"] / (test.n * least))), lower, min(upper, 1.0)),
               Effect("crude_v", float(np.sqrt(test.chi2 / (test.n * least)))))  # fmt: skip
    names = {"outcome": str(outcome), "by": str(by), "confounders": [str(column) for column in columns]}
    return Answer(method="general_cmh_test", table=strata, columns=names, statistic={**statistic, "p_value": statistic["cmh_p_value"]},
                  effects=effects, detectable=float(np.sqrt(detectable_chi2(statistic["cmh_df"]) / (worth * least))) if statistic["cmh_df"] else None,
                  caveats=(*crude.caveats, *caveats), **crude.worth(statistic["cmh_design_effect"]))  # fmt: skip


# For the crude methods, when a confounder is named ---------------------------------------------


def pooled_parts(sample: Sample, by: Column, yes: pd.Series, confounders: Confounders, *, groups: list):
    """Mantel-Haenszel beside a crude two-share comparison: statistic, effects, caveats, and a row a stratum."""
    strata = _strata(sample, confounders)
    group = pd.Series(
        pd.Categorical(sample.rows[str(by)].astype(object), categories=groups), index=yes.index, name=str(by)
    )
    counted = count_yes(sample, [strata, group], yes, method="mantel_haenszel_test", most=None)
    found, t = mantel_haenszel(counted.table), counted.counts
    crude = t.sum(0)
    ratio, low, high, empty = odds_ratio(crude)
    n, x = t.sum(2), t[:, :, 1]
    z = counted.quantile
    apart = found.difference_error * z
    crude_difference = float(crude[1, 1] / crude[1].sum() - crude[0, 1] / crude[0].sum())
    effects = (Effect("mh_odds_ratio", found.odds_ratio, *limits(found.odds_ratio, found.log_error, z), null=1.0),
               Effect("mh_share_difference", found.difference, found.difference - apart, found.difference + apart),
               Effect("crude_odds_ratio", ratio, low, high, null=1.0), Effect("crude_share_difference", crude_difference))  # fmt: skip
    statistic = {"mh_chi2": found.chi2, "mh_p_value": found.p_value, "mh_chi2_continuity": found.chi2_continuity,
                 "mh_p_continuity": found.p_continuity, "breslow_day": found.breslow_day, "breslow_day_df": found.homogeneity_df,
                 "breslow_day_p": found.breslow_day_p, "tarone": found.tarone, "tarone_p": found.tarone_p,
                 "crude_odds_ratio": ratio, "mh_design_effect": found.design_effect}  # fmt: skip
    with np.errstate(divide="ignore", invalid="ignore"):
        share = x / n
    rows = [odds_ratio(part) if (part.sum(1) > 0).all() else (np.nan,) * 4 for part in t]
    frame = pd.DataFrame({"stratum": counted.levels[0], "n": whole(n[:, 1]), "n_baseline": whole(n[:, 0]), "share": share[:, 1],
                          "share_baseline": share[:, 0], "difference": share[:, 1] - share[:, 0], "odds_ratio": [row[0] for row in rows],
                          "lower": [row[1] for row in rows], "upper": [row[2] for row in rows]})  # fmt: skip
    return statistic, effects, tuple(_notes(found, ratio, confounders)), frame


def stratified_parts(sample: Sample, by: Column, outcome: Column, confounders: Confounders, *, crude: Independence):
    """The generalised test beside a crude chi-square: statistic, caveats, and a row a stratum."""
    counted = count_rows(sample, [_strata(sample, confounders), sample.rows[str(by)], sample.rows[str(outcome)]],
                         method="general_cmh_test", most=None)  # fmt: skip
    found = general_cmh(counted.table)
    rows = []
    for stratum, part in zip(counted.levels[0], counted.counts, strict=True):
        one = independence(Crosstab(part))
        v = np.sqrt(one.chi2 / (one.n * (min(one.shape) - 1))) if one.df else np.nan
        rows.append(
            {
                "stratum": stratum,
                "n": one.n,
                "chi2": one.chi2,
                "df": one.df,
                "p_value": one.p_value if one.df else np.nan,
                "cramer_v": v,
            }
        )
    caveats = []
    if (crude.p_value < 0.05) != (found.p_value < 0.05):
        caveats.append(
            (
                "caveat.table_confounded",
                {"column": listing(map(str, _several(confounders))), "crude": crude.p_value, "within": found.p_value},
            )
        )
    statistic = {
        "cmh_chi2": found.chi2,
        "cmh_df": found.df,
        "cmh_p_value": found.p_value,
        "cmh_design_effect": found.design_effect,
    }
    frame = pd.DataFrame(rows)
    return statistic, tuple(caveats), frame.assign(n=whole(frame["n"].to_numpy()))


def _notes(found: Pooled, crude: float, confounders: Confounders):
    column = listing(map(str, _several(confounders)))
    if 0 < found.odds_ratio < np.inf and np.log(crude) * np.log(found.odds_ratio) < 0:
        yield "caveat.table_reversal", {"column": column, "crude": crude, "pooled": found.odds_ratio}
    if found.tarone_p < 0.05:
        yield "caveat.table_strata_differ", {"column": column, "p": found.tarone_p}


def _several(confounders: Confounders) -> list[Column]:
    return list(confounders) if isinstance(confounders, (list, tuple)) else [confounders]


def _strata(sample: Sample, confounders: Confounders) -> pd.Series:
    """The combinations of the confounders as one column."""
    columns = _several(confounders)
    if len(columns) == 1:
        return sample.rows[str(columns[0])]
    names = sample.rows[[str(column) for column in columns]].astype(str).agg(" · ".join, axis=1)
    return names.rename(" · ".join(map(str, columns)))
