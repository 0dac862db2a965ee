"""Answers of the nominal methods to the reference entries, by the names that an entry and the roles give."""

from __future__ import annotations

import numpy as np
import pandas as pd

import ccsat.scales as scales
from ccsat.estimates import CORRECTIONS, adjust, sample_size
from ccsat.methods import (
    nominal_counts,
    nominal_models,
    nominal_paired,
    nominal_relate,
    nominal_shares,
    nominal_strata,
    nominal_tests,
    nonresponse,
    ordered_trend,
)
from ccsat.numerics.power import detectable_means, power_means, rows_for_means

FREE = {"cluster": False}


def ordered(table: pd.DataFrame, meta: dict) -> pd.DataFrame:
    """The contacts with their ordered columns as ordered categories."""
    role = meta["roles"]["contacts"]
    levels = {role["priority"]: role["priority_levels"], role["sat"]: list(range(1, role["sat_levels"] + 1))}
    table = table.copy()
    for column, names in levels.items():
        values = table[column] if column == role["priority"] else table[column].astype("Int64")
        table[column] = pd.Categorical(values, categories=names, ordered=True)
    return table


def top(meta: dict) -> tuple[str, dict]:
    """The satisfaction column, and from which level an answer is at the top."""
    role = meta["roles"]["contacts"]
    return role["sat"], {"top_from": role["top_from"]}


def effect(answer, name: str):
    return next(one for one in answer.effects if one.name == name)


def limits(answer, name: str) -> list[float]:
    found = effect(answer, name)
    return [found.lower, found.upper]


def pairs(table: pd.DataFrame, lower: str = "lower", upper: str = "upper") -> list[list[float]]:
    return table[[lower, upper]].to_numpy(float).tolist()


def association(data, entry, meta):
    vars = entry["vars"]
    # a is the table's column (what is given the row), b its row
    found = nominal_relate.nominal_association(data[entry["data"]], vars["col"], vars["row"], **FREE)
    row = found.table.set_index("measure")
    s = found.statistic
    return {"n": found.n, "df": s["df"], "chi2": s["chi2"], "p": s["p_value"], "G2": s["g2"], "G2_p": s["g2_p_value"],
            "min_expected": found.extra["least_expected"], "cells_expected_below_5": found.extra["below_5"], "cohen_w": row.value["cohen_w"],
            "contingency_C": row.value["contingency_c"], "tschuprow_T": row.value["tschuprow_t"], "cramer_v": found.effect.value,
            "cramer_v_bias_corrected": row.value["cramer_v_corrected"], "cramer_v_ci_ncp": limits(found, "cramer_v"),
            "mutual_information_nats": row.value["mutual_information"], "theil_u_col_given_row": row.value["theil_u_a_given_b"],
            "theil_u_row_given_col": row.value["theil_u_b_given_a"], "theil_u_symmetric": row.value["theil_u_symmetric"],
            "lambda_col_given_row": row.value["lambda_a_given_b"], "lambda_row_given_col": row.value["lambda_b_given_a"],
            "gk_tau_col_given_row": row.value["tau_a_given_b"]}  # fmt: skip


def residuals(data, entry, meta):
    found = nominal_tests.cell_residuals(data[entry["data"]], entry["vars"]["col"], entry["vars"]["row"], **FREE)
    shape = found.extra["residuals"].shape
    return {"rows": list(found.extra["residuals"].index), "cols": list(found.extra["residuals"].columns),
            "residual": found.table["residual"].to_numpy().reshape(shape).tolist(),
            "p_bh": found.table["p_adjusted"].to_numpy().reshape(shape).tolist()}  # fmt: skip


def two_by_two(data, entry, meta):
    sat, cut = top(meta)
    found = nominal_shares.two_proportions(
        ordered(data[entry["data"]], meta), sat, entry["vars"]["group"], **cut, **FREE
    )
    s, rows = found.statistic, found.table
    exact, ratio, risk = (effect(found, name) for name in ("odds_ratio_exact", "odds_ratio_wald", "risk_ratio"))
    return {"table_rows_group0_group1_cols_0_1": [[row.n - row.hits, row.hits] for row in rows.itertuples()], "chi2": s["chi2"], "p": s["p_value"],
            "chi2_yates": s["chi2_yates"], "p_yates": s["yates_p_value"], "fisher_p": s["fisher_p_value"], "fisher_or_conditional_mle": exact.value,
            "fisher_or_ci": [exact.lower, exact.upper], "odds_ratio": ratio.value, "odds_ratio_wald_ci": [ratio.lower, ratio.upper],
            "risk_ratio": risk.value, "risk_ratio_katz_ci": [risk.lower, risk.upper], "diff": found.effect.value,
            "diff_newcombe_ci": limits(found, "share_difference"), "diff_miettinen_nurminen_ci": limits(found, "share_difference_score"),
            "cohen_h": effect(found, "cohen_h").value, "phi": effect(found, "phi").value}  # fmt: skip


def stratified(data, entry, meta):
    sat, cut = top(meta)
    vars = entry["vars"]
    found = nominal_strata.mantel_haenszel_test(
        ordered(data[entry["data"]], meta), sat, vars["group"], vars["stratum"], **cut, **FREE
    )
    s = found.statistic
    return {"crude_or": effect(found, "crude_odds_ratio").value, "mh_or": found.effect.value, "mh_or_ci": limits(found, "mh_odds_ratio"),
            "chi2": s["mh_chi2"], "p": found.p_value, "chi2_continuity": s["mh_chi2_continuity"], "p_continuity": s["mh_p_continuity"],
            "breslow_day_chi2": s["breslow_day"], "breslow_day_df": s["breslow_day_df"], "breslow_day_p": s["breslow_day_p"],
            "tarone_chi2": s["tarone"], "tarone_p": s["tarone_p"]}  # fmt: skip


def fit(data, entry, meta):
    s = nominal_tests.goodness_of_fit(data[entry["data"]], entry["vars"]["x"], **FREE).statistic
    return {"chi2": s["chi2"], "df": s["df"], "p": s["p_value"]}


def proportions(data, entry, meta):
    sat, cut = top(meta)
    table = ordered(data[entry["data"]], meta)
    found = {kind: nominal_counts.group_shares(table, sat, entry["vars"]["group"], interval=kind, **cut, **FREE)
             for kind in ("wilson", "clopper_pearson", "agresti_coull", "jeffreys")}  # fmt: skip
    rows, s = found["wilson"].table, found["wilson"].statistic
    return {"groups": list(rows["group"]), "x": list(rows["hits"]), "n": list(rows["n"]), "k_sample_chi2": s["chi2"], "k_sample_p": s["p_value"],
            **{kind: pairs(answer.table) for kind, answer in found.items()}}  # fmt: skip


def loglinear(data, entry, meta):
    sat, cut = top(meta)
    a, b = entry["vars"]["a"], entry["vars"]["b"]
    table = data[entry["data"]].dropna(subset=[sat])
    table = table.assign(top=table[sat] >= cut["top_from"])
    every = nominal_models.loglinear(table, [a, b, "top"], **FREE).statistic
    joint = nominal_models.loglinear(table, [a, b, "top"], terms=[[a, b], ["top"]], **FREE).statistic
    return {"all_two_way_deviance": every["deviance"], "all_two_way_df": every["df"], "joint_independence_deviance": joint["deviance"],
            "joint_independence_df": joint["df"]}  # fmt: skip


def multinomial(data, entry, meta):
    role, vars = meta["roles"]["contacts"], entry["vars"]
    table = data[entry["data"]].dropna(subset=[role["wait"]])  # as compute.R does, which the entry's vars do not name
    table = ordered(table[table[vars["y"]] != vars["dropped_level"]], meta)
    number = scales.Cast(role["priority"], {level: k for k, level in enumerate(role["priority_levels"], 1)})
    found = nominal_models.multinomial_logit(
        table, vars["y"], [vars["x"][0], number], reference=vars["reference"], **FREE
    )
    levels, rows = found.extra["levels"], found.table.set_index(["driver", "level"])
    coef = {f"(Intercept):{k}": found.extra["intercepts"][level] for k, level in enumerate(levels[1:], 1)}
    se = {f"(Intercept):{k}": found.extra["intercept_se"][level] for k, level in enumerate(levels[1:], 1)}
    for driver, name in ((vars["x"][0], vars["x"][0]), (role["priority"], "PR")):
        coef |= {f"{name}:{k}": rows.loc[(driver, level), "coefficient"] for k, level in enumerate(levels[1:], 1)}
        se |= {f"{name}:{k}": rows.loc[(driver, level), "se"] for k, level in enumerate(levels[1:], 1)}
    return {"levels": levels, "coef": coef, "se": se, "loglik": found.statistic["log_likelihood"], "n": found.n}


def trend(data, entry, meta):
    sat, cut = top(meta)
    found = ordered_trend.cochran_armitage(
        ordered(data[entry["data"]], meta), sat, entry["vars"]["ordered_group"], **cut, **FREE
    )
    s = found.statistic
    return {
        "x": list(found.table["hits"]),
        "n": list(found.table["n"]),
        "chi2": s["chi2"],
        "p": s["p_value"],
        "z": s["z"],
        "mantel_M2_n_minus_1": s["mantel_m2"],
    }


def linear(data, entry, meta):
    found = ordered_trend.linear_by_linear(
        ordered(data[entry["data"]], meta), entry["vars"]["x"], entry["vars"]["y"], **FREE
    )
    return {"r": found.effect.value, "M2": found.statistic["m2"], "p": found.p_value}


def general(data, entry, meta):
    vars = entry["vars"]
    s = nominal_strata.general_cmh_test(
        data[entry["data"]], vars["row"], vars["col"], vars["stratum"], **FREE
    ).statistic
    return {"M2": s["cmh_chi2"], "df": s["cmh_df"], "p": s["p_value"]}


def pairwise(data, entry, meta):
    sat, cut = top(meta)
    table = ordered(data[entry["data"]], meta)
    holm = nominal_shares.pairwise_proportions(table, sat, entry["vars"]["group"], **cut, **FREE).table
    bh = nominal_shares.pairwise_proportions(table, sat, entry["vars"]["group"], correction="bh", **cut, **FREE).table
    return {"pairs": list(holm["group"] + " - " + holm["other"]), "z": list(holm["z"]), "p": list(holm["p_value"]), "holm": list(holm["p_adjusted"]),
            "bh": list(bh["p_adjusted"]), "newcombe": pairs(holm)}  # fmt: skip


def missing(data, entry, meta):
    role, vars = meta["roles"]["contacts"], entry["vars"]
    found = nonresponse.nonresponse(ordered(data[entry["data"]], meta), scales.Cast(role["sat"], scales.AS_NUMBERS), vars["group"],
                                    drivers=vars["propensity_x"], **FREE)  # fmt: skip
    s = found.statistic
    coef = found.extra["propensity"].rename({"constant": "(Intercept)"}).to_dict()
    return {"chi2": s["chi2"], "p": s["p_value"], "answered_share": found.table.set_index("group")["share"].to_dict(), "propensity_coef": coef,
            "mean_plain": s["value_plain"], "mean_ipw": s["value_weighted"]}  # fmt: skip


def waves(data, entry, meta):
    table, columns = data[entry["data"]], entry["vars"]["waves"]
    complete = table.dropna(subset=columns)
    two, three = (
        nominal_paired.mcnemar_test(complete, columns[:2]).statistic,
        nominal_paired.cochran_q_test(table, columns).statistic,
    )
    return {"mcnemar_chi2": two["chi2"], "mcnemar_p": two["p_value"], "mcnemar_chi2_cc": two["chi2_continuity"], "mcnemar_p_cc": two["p_continuity"],
            "mcnemar_exact_p": two["p_exact"], "b01": two["rose"], "c10": two["fell"], "cochran_q": three["chi2"], "cochran_df": three["df"],
            "cochran_p": three["p_value"]}  # fmt: skip


def homogeneity(data, entry, meta):
    s = nominal_paired.marginal_homogeneity(data[entry["data"]], [entry["vars"]["x"], entry["vars"]["y"]]).statistic
    return {"stuart_maxwell_chi2": s["chi2"], "stuart_maxwell_df": s["df"], "stuart_maxwell_p": s["p_value"], "bowker_chi2": s["bowker_chi2"],
            "bowker_df": s["bowker_df"], "bowker_p": s["bowker_p_value"]}  # fmt: skip


def tiny_fisher(data, entry, meta):
    found = nominal_tests.fisher_exact(data[entry["data"]], entry["vars"]["col"], entry["vars"]["row"], **FREE)
    s = found.statistic
    return {
        "fisher_p": s["p_value"],
        "pearson_chi2": s["chi2"],
        "pearson_p": s["chi2_p_value"],
        "min_expected": found.table["expected"].min(),
    }


def tiny_zero(data, entry, meta):
    table = data[entry["data"]]
    column = entry["vars"]["row"].split(" in ")[0]
    table = table.assign(rare=table[column].isin(meta["roles"]["tiny"]["zero"]))
    found = nominal_tests.fisher_exact(table, entry["vars"]["col"], "rare", **FREE)
    shares = {
        kind: nominal_counts.group_shares(table, entry["vars"]["col"], "rare", interval=kind, **FREE).table
        for kind in ("wilson", "clopper_pearson")
    }
    return {"table": found.extra["counts"].to_numpy().tolist(), "or_haldane": found.effect.value, "fisher_p": found.p_value,
            "wilson_row2": pairs(shares["wilson"])[1], "clopper_row2": pairs(shares["clopper_pearson"])[1]}  # fmt: skip


def power(data, entry, meta):
    return {"n_per_group_p60_vs_p65": sample_size(0.65, 0.60), "n_per_group_d020": rows_for_means(0.2), "power_n200_d030": power_means(200, 0.3),
            "mde_n400_sd12": detectable_means(400, sd=1.2)}  # fmt: skip


def multiplicity(data, entry, meta):
    p = np.array(entry["vars"]["p"])
    return {name: adjust(p, name).tolist() for name in CORRECTIONS}


ANSWERS = {
    "relate.nominal.assoc.team_channel": association,
    "relate.nominal.assoc.channel_reason_rare_cells": association,
    "compare.nominal.adjusted_residuals.team_channel": residuals,
    "compare.nominal.two_by_two.bot_top": two_by_two,
    "compare.nominal.mantel_haenszel.bot_top_by_reason": stratified,
    "compare.nominal.goodness_of_fit.channel_equal": fit,
    "compare.nominal.proportions.top_by_team": proportions,
    "relate.nominal.loglinear.team_channel_top": loglinear,
    "relate.nominal.multinomial_logit.channel": multinomial,
    "compare.nominal.cmh_general.sat_channel_by_team": general,
    "compare.nominal.pairwise_proportions.top_by_team": pairwise,
    "compare.nominal.nonresponse.sat_by_channel": missing,
    "compare.nominal.mcnemar_cochran_q": waves,
    "compare.nominal.marginal_homogeneity.channel_1_2": homogeneity,
    "compare.nominal.tiny_fisher_rxc": tiny_fisher,
    "compare.nominal.tiny_zero_cell": tiny_zero,
    "relate.ordinal.cochran_armitage.top_by_priority": trend,
    "relate.ordinal.linear_by_linear.sat_priority": linear,
    "compare.power.basics": power,
    "compare.power.multiplicity": multiplicity,
}
