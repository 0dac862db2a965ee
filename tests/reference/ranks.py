"""Entries on ranks and agreement: which call of ccsat answers which."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ccsat.methods import (
    agreement,
    items,
    rank_compare,
    rank_describe,
    rank_groups,
    rank_paired,
    rank_pairwise,
    rank_relate,
)
from ccsat.scales import AS_NUMBERS, Cast


def ordered(values: pd.Series, levels) -> pd.Series:
    """A column as ordered categories."""
    return pd.Series(
        pd.Categorical(values, categories=list(levels), ordered=True), index=values.index, name=values.name
    )


def table_of(data, entry, meta) -> pd.DataFrame:
    """The entry's file, its satisfaction and priority columns as ordered categories."""
    table = data[entry["data"]]
    contacts = meta["roles"]["contacts"]
    if entry["data"] == contacts["file"]:
        table[contacts["sat"]] = ordered(table[contacts["sat"]], range(1, contacts["sat_levels"] + 1))
        table[contacts["priority"]] = ordered(table[contacts["priority"]], contacts["priority_levels"])
    panel = meta["roles"]["panel"]
    if entry["data"] == panel["file"]:
        for name in panel["sat"]:
            table[name] = ordered(table[name], range(1, contacts["sat_levels"] + 1))
    return table


def interval(effect) -> list:
    return [effect.lower, effect.upper]


def by_name(answer) -> dict:
    return {effect.name: effect for effect in answer.effects}


def mann_whitney(data, entry, meta):
    table, (y, g) = table_of(data, entry, meta), (entry["vars"]["y"], entry["vars"]["group"])
    got = rank_compare.mann_whitney(table, y, g, cluster=False)
    shift = rank_compare.hodges_lehmann(table, Cast(y, AS_NUMBERS), g, cluster=False)
    rows, s = got.table.set_index("role"), got.statistic
    return {"n1": rows.n["current"], "n0": rows.n["baseline"], "U_group1": s["U"], "U_group0": s["U_baseline"], "z": s["z"], "p": s["p_value"],
            "p_continuity": s["p_continuity"], "rank_biserial": s["rank_biserial"], "mean_rank_group1": rows.mean_rank["current"],
            "hodges_lehmann_median_of_differences": shift.effect.value}  # fmt: skip


def cliff_values(got) -> dict:
    rows, chance = got.table.set_index("role"), by_name(got)["prob_better"]
    return {"n1": rows.n["current"], "n2": rows.n["baseline"], "delta": got.effect.value, "se_unbiased": got.statistic["error"],
            "ci_symmetric_z": got.extra["symmetric"], "ci_asymmetric_feng_cliff_z": interval(got.effect), "prob_superiority_A": chance.value,
            "p_x_greater": got.extra["p_greater"], "p_tie": got.extra["p_tie"], "p_x_less": got.extra["p_less"]}  # fmt: skip


def cliff(data, entry, meta):
    return cliff_values(
        rank_compare.cliff_delta(table_of(data, entry, meta), entry["vars"]["y"], entry["vars"]["group"], cluster=False)
    )


def brunner_munzel(data, entry, meta):
    got = rank_compare.brunner_munzel(
        table_of(data, entry, meta), entry["vars"]["y"], entry["vars"]["group"], cluster=False
    )
    s = got.statistic
    return {
        "statistic": s["W"],
        "df": s["df"],
        "p": s["p_value"],
        "prob_y_greater_x": got.effect.value,
        "se": s["error"],
        "ci_t": interval(got.effect),
    }


def hodges_lehmann(data, entry, meta):
    got = rank_compare.hodges_lehmann(
        table_of(data, entry, meta), entry["vars"]["y"], entry["vars"]["group"], cluster=False
    )
    return {"U_p1": got.statistic["U"], "p": got.statistic["p_value"], "r_pseudo_estimate": got.effect.value, "r_ci": interval(got.effect),
            "median_of_pairwise_differences": got.effect.value}  # fmt: skip


def tiny_mann_whitney(data, entry, meta):
    table = table_of(data, entry, meta)
    y, g, (first, second) = entry["vars"]["y"], entry["vars"]["group"], entry["vars"]["groups"]
    two = table[table[g].isin([first, second])]
    got = rank_compare.mann_whitney(two, y, g, baseline=second, cluster=False)
    s = got.statistic
    return {"U_first": s["U"], "exact_p_two_sided": s["p_value"], "asymptotic_p_cc": s["p_continuity"], "asymptotic_p": s["p_normal"],
            "cliff": cliff_values(rank_compare.cliff_delta(two, y, g, baseline=second, cluster=False))}  # fmt: skip


def kruskal(data, entry, meta):
    got = rank_groups.kruskal_wallis(
        table_of(data, entry, meta), entry["vars"]["y"], entry["vars"]["group"], cluster=False
    )
    s = got.statistic
    return {"H": s["H"], "df": s["df"], "p": s["p_value"], "epsilon_sq": got.effect.value, "eta_sq_H": s["eta_sq_H"], "n": got.n,
            "mean_ranks": got.table.set_index("group")["mean_rank"].to_dict()}  # fmt: skip


def names_of(answer) -> list[str]:
    return [f"{a} - {b}" for a, b in zip(answer.table["group"], answer.table["other"], strict=True)]


def dunn(data, entry, meta):
    table, y, g = table_of(data, entry, meta), entry["vars"]["y"], entry["vars"]["group"]
    made = {
        how: rank_pairwise.dunn_test(table, y, g, adjustment=how, cluster=False) for how in ("holm", "bonferroni", "bh")
    }
    whole = made["holm"].table
    return {"pairs": names_of(made["holm"]), "z": whole["z"].tolist(), "p": whole["p_value"].tolist(),
            **{f"p_{how}": answer.table["p_adjusted"].tolist() for how, answer in made.items()}}  # fmt: skip


def conover(data, entry, meta):
    got = rank_pairwise.conover_iman(
        table_of(data, entry, meta), entry["vars"]["y"], entry["vars"]["group"], cluster=False
    )
    return {
        "pairs": names_of(got),
        "t": got.table["t"].tolist(),
        "df": got.statistic["df"],
        "p": got.table["p_value"].tolist(),
        "p_holm": got.table["p_adjusted"].tolist(),
    }


def dscf(data, entry, meta):
    got = rank_pairwise.steel_dwass(
        table_of(data, entry, meta), entry["vars"]["y"], entry["vars"]["group"], cluster=False
    )
    return {"pairs": names_of(got), "statistic": got.table["statistic"].tolist(), "p": got.table["p_value"].tolist()}


def mood(data, entry, meta):
    s = rank_groups.mood_median(
        table_of(data, entry, meta), entry["vars"]["y"], entry["vars"]["group"], cluster=False
    ).statistic
    return {"grand_median": s["grand_median"], "chi2": s["chi2"], "df": s["df"], "p": s["p_value"]}


def jonckheere(data, entry, meta):
    s = rank_groups.jonckheere_terpstra(
        table_of(data, entry, meta), entry["vars"]["y"], entry["vars"]["ordered_group"], cluster=False
    ).statistic
    return {
        "J": s["J"],
        "mean": s["mean"],
        "variance": s["variance"],
        "z": s["z"],
        "p_two_sided": s["p_value"],
        "p_increasing": s["p_increasing"],
    }


def ridit(data, entry, meta):
    v = entry["vars"]
    got = rank_groups.ridits(table_of(data, entry, meta), v["y"], v["group"], reference=v["reference"], cluster=False)
    rows = got.table.set_index("group")
    return {"levels": list(got.extra["ridit"]), "ridit": list(got.extra["ridit"].values()), "mean_ridit": rows["mean_ridit"].to_dict(),
            "odds_better": rows["odds_better"].to_dict()}  # fmt: skip


def describe(data, entry, meta):
    roles = meta["roles"]["contacts"]
    got = rank_describe.describe_answers(
        table_of(data, entry, meta), Cast(entry["vars"]["y"], AS_NUMBERS), top_from=roles["top_from"], cluster=False
    )
    s = got.statistic
    return {"n": got.n, "missing": s["missing"], "counts": got.table["n"].tolist(), "mean": s["mean"], "sd": s["sd"], "mean_ci": [s["mean_lower"], s["mean_upper"]],
            "median": s["median"], "quartiles": [s["quartile_1"], s["quartile_3"]], "skewness": s["skewness"], "floor_share": s["floor_share"],
            "ceiling_share": s["ceiling_share"], "top_share": got.effect.value, "top_wilson": interval(got.effect)}  # fmt: skip


def net_promoter(data, entry, meta):
    got = rank_describe.net_promoter(table_of(data, entry, meta), entry["vars"]["y"], cluster=False)
    return {"nps": 100 * got.effect.value, "se": 100 * got.table["error"][0], "n": got.n}


def signed_rank(data, entry, meta):
    got = rank_paired.signed_rank_test(
        table_of(data, entry, meta), [entry["vars"]["y"], entry["vars"]["x"]], cluster=False
    )
    s = got.statistic
    return {"V_plus": s["V"], "p_wilcoxon": s["p_value"], "n_nonzero": s["n_moved"], "n": got.n, "matched_rank_biserial": got.effect.value,
            "z_pratt": s["z_pratt"], "p_pratt": s["p_pratt"], "sign_test_p": s["p_sign"]}  # fmt: skip


def friedman(data, entry, meta):
    table, waves = table_of(data, entry, meta), entry["vars"]["waves"]
    got, q, page = (
        f(table, waves, cluster=False)
        for f in (rank_paired.friedman_test, rank_paired.quade_test, rank_paired.page_trend)
    )
    p = page.statistic
    return {"chi2": got.statistic["chi2"], "df": got.statistic["df"], "p": got.statistic["p_value"], "kendall_w": got.effect.value, "n": got.n,
            "quade_F": q.statistic["F"], "quade_p": q.statistic["p_value"],
            "page": {"L": p["L"], "mean": p["mean"], "variance": p["variance"], "z": p["z"], "p_increasing": p["p_increasing"]}}  # fmt: skip


def spearman(data, entry, meta):
    got = rank_relate.spearman_correlation(
        table_of(data, entry, meta), entry["vars"]["x"], entry["vars"]["y"], cluster=False
    )
    rows = got.table.set_index("interval")
    limits = {name: rows.loc[name, ["lower", "upper"]].tolist() for name in rows.index}
    return {"rho": got.effect.value, "t": got.statistic["t"], "p_t": got.statistic["p_value"], "n": got.n, "ci_fisher_z": limits["fisher"],
            "ci_fieller_1.06": limits["fieller"], "ci_bonett_wright": limits["bonett_wright"]}  # fmt: skip


def kendall_gamma_somers(data, entry, meta):
    table, row, column = table_of(data, entry, meta), entry["vars"]["row"], entry["vars"]["col"]
    tau, gamma = (f(table, row, column, cluster=False) for f in (rank_relate.kendall_tau, rank_relate.goodman_gamma))
    somers = rank_relate.somers_d(table, column, row, cluster=False)
    made = {"n": tau.n, "concordant_pairs": tau.statistic["concordant"], "discordant_pairs": tau.statistic["discordant"],
            "kendall_z_tie_corrected": tau.statistic["z"], "kendall_p": tau.statistic["p_value"]}  # fmt: skip
    names = {"gamma": (gamma, "gamma"), "tau_b": (tau, "tau_b"), "tau_c": (tau, "tau_c"), "somers_d_col_given_row": (somers, "somers_d"),
             "somers_d_row_given_col": (somers, "somers_d_row")}  # fmt: skip
    for name, (answer, measure) in names.items():
        line = answer.table.set_index("measure").loc[measure]
        made |= {
            name: line["value"],
            f"{name}_ase": line["error"],
            f"{name}_ase0": line["error_null"],
            f"{name}_ci": [line["lower"], line["upper"]],
            f"{name}_p": line["p_value"],
        }
    symmetric = somers.table.set_index("measure").loc["somers_d_symmetric"]
    return {**made, "somers_d_symmetric": symmetric["value"], "somers_d_symmetric_ase_numeric": symmetric["error"]}


def partial_spearman(data, entry, meta):
    v = entry["vars"]
    got = rank_relate.partial_spearman(table_of(data, entry, meta), v["x"], v["y"], given=v["given"], cluster=False)
    s = got.statistic
    return {"rho": got.effect.value, "t": s["t"], "df": s["df"], "p": s["p_value"], "n": got.n}


def kappa(data, entry, meta):
    table = data[entry["data"]]
    levels = range(1, meta["roles"]["panel"]["qa_levels"] + 1)
    for name in (entry["vars"]["x"], entry["vars"]["y"]):
        table[name] = ordered(table[name], levels)
    rows = agreement.kappa(table, entry["vars"]["x"], entry["vars"]["y"], cluster=False).table.set_index("weighting")
    names = {"unweighted": "none", "linear": "linear", "quadratic": "quadratic"}
    return {
        name: {"kappa": rows.value[kind], "se": rows.error[kind], "ci": [rows.lower[kind], rows.upper[kind]]}
        for name, kind in names.items()
    }


def icc(data, entry, meta):
    raters = entry["vars"]["raters"]
    got = agreement.intraclass_correlation(data[entry["data"]], raters, cluster=False).table
    w = agreement.kendall_w(data[entry["data"]], raters, cluster=False)
    columns = {
        "type": "form",
        "icc": "value",
        "F": "F",
        "df1": "df",
        "df2": "df_error",
        "p": "p_value",
        "lower": "lower",
        "upper": "upper",
    }
    return {
        **{name: got[column].tolist() for name, column in columns.items()},
        "kendall_w_cases": w.effect.value,
        "kendall_w_p": w.p_value,
    }


def krippendorff(data, entry, meta):
    got = agreement.krippendorff_alpha(data[entry["data"]], entry["vars"]["raters"], draws=50)
    return got.table.set_index("metric")["value"].to_dict()


def reliability(data, entry, meta):
    got = items.reliability(data[entry["data"]], entry["vars"]["items"], cluster=False)
    rows = got.table.set_index("item")
    return {"alpha_raw": got.effect.value, "alpha_std": by_name(got)["alpha_standardised"].value, "feldt_ci": interval(got.effect),
            "alpha_if_dropped": rows["alpha_without"].to_dict(), "item_rest_r": rows["item_rest"].to_dict(), "n": got.n}  # fmt: skip


def factorability(data, entry, meta):
    got = items.factorability(data[entry["data"]], entry["vars"]["items"], cluster=False)
    s = got.statistic
    return {"eigenvalues": np.asarray(got.extra["eigenvalues"]).tolist(), "kmo": got.effect.value, "kmo_items": got.table.set_index("item")["kmo"].to_dict(),
            "bartlett_chi2": s["chi2"], "bartlett_df": s["df"], "bartlett_p": s["p_value"]}  # fmt: skip


ANSWERS = {
    "compare.ordinal.mann_whitney.sat_by_bot": mann_whitney,
    "compare.ordinal.cliff_delta.sat_by_bot": cliff,
    "compare.ordinal.brunner_munzel.sat_by_bot": brunner_munzel,
    "compare.ordinal.hodges_lehmann.handle_by_period": hodges_lehmann,
    "compare.ordinal.kruskal_wallis.sat_by_channel": kruskal,
    "compare.ordinal.dunn.sat_by_channel": dunn,
    "compare.ordinal.conover_iman.sat_by_channel": conover,
    "compare.ordinal.dscf.sat_by_channel": dscf,
    "compare.ordinal.mood_median.sat_by_channel": mood,
    "compare.ordinal.jonckheere.sat_by_priority": jonckheere,
    "compare.ordinal.ridit.sat_by_channel": ridit,
    "compare.ordinal.describe.sat": describe,
    "compare.ordinal.net_promoter.overall": net_promoter,
    "compare.ordinal.signed_rank.sat_1_2": signed_rank,
    "compare.ordinal.friedman.sat_waves": friedman,
    "compare.ordinal.tiny_exact_mann_whitney": tiny_mann_whitney,
    "compare.ordinal.tiny_kruskal_wallis": kruskal,
    "relate.ordinal.spearman.effort_sat": spearman,
    "relate.ordinal.kendall_gamma_somers.effort_sat": kendall_gamma_somers,
    "relate.ordinal.partial_spearman.sat_effort_given_wait_handle": partial_spearman,
    "relate.ordinal.kappa.qa_1_2": kappa,
    "relate.interval.icc.qa_raters": icc,
    "relate.ordinal.krippendorff_alpha.qa_raters": krippendorff,
    "relate.ordinal.reliability.items": reliability,
    "relate.interval.factorability.items": factorability,
}
