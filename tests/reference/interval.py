"""Answers of the methods on means to the reference entries, by the names that an entry and the roles give."""

from __future__ import annotations

import numpy as np

from ccsat.methods import agents, mean_compare, mean_designs, mean_many, mean_pairs, mean_relate, mean_waves, survey
from ccsat.methods import raking as rakes

FREE = {"cluster": False}


def effect(answer, name):
    return next(one for one in answer.effects if one.name == name)


def limits(one) -> list:
    return [one.lower, one.upper]


def two_sample_t(data, entry, meta):
    table, y, g = data[entry["data"]], entry["vars"]["y"], entry["vars"]["group"]
    welch, pooled = (f(table, y, g, **FREE) for f in (mean_compare.welch_t, mean_compare.pooled_t))
    rows, w, p = welch.table.set_index("role"), welch.statistic, pooled.statistic
    d, g_ = effect(welch, "cohen_d"), effect(welch, "hedges_g")
    return {"mean_p1": rows["mean"]["current"], "mean_p0": rows["mean"]["baseline"], "pooled_t": p["t"], "pooled_df": p["df"], "pooled_p": p["p_value"],
            "pooled_ci": limits(pooled.effect), "welch_t": w["t"], "welch_df": w["df"], "welch_p": w["p_value"], "welch_ci": limits(welch.effect), "d": d.value,
            "d_ci_noncentral_t": limits(d), "hedges_J": w["hedges_J"], "g": g_.value, "g_ci": limits(g_), "glass_delta_sd_y": welch.extra["glass_delta"]}  # fmt: skip


def tost(data, entry, meta):
    v = entry["vars"]
    found = mean_compare.equivalence(data[entry["data"]], v["y"], v["group"], bounds=v["bounds"], **FREE)
    s = found.statistic
    return {
        **{name: s[name] for name in ("t_lower", "p_lower", "t_upper", "p_upper")},
        "p_tost": s["p_value"],
        "ci90": limits(found.effect),
    }


def yuen(data, entry, meta):
    v = entry["vars"]
    found = mean_compare.yuen_t(data[entry["data"]], v["y"], v["group"], trim=v["trim"], **FREE)
    rows, s = found.table.set_index("role"), found.statistic
    return {"trimmed_mean_x": rows["trimmed_mean"]["current"], "trimmed_mean_y": rows["trimmed_mean"]["baseline"], "t": s["t"], "df": s["df"], "p": s["p_value"],
            "ci": limits(found.effect)}  # fmt: skip


def anova(data, entry, meta):
    found = mean_many.classic_anova(data[entry["data"]], entry["vars"]["y"], entry["vars"]["group"], **FREE)
    s = found.statistic
    return {"F": s["F"], "df1": s["df"], "df2": s["df_error"], "p": s["p_value"], "ss_between": s["ss_between"], "ss_within": s["ss_within"],
            "eta_sq": effect(found, "mean_eta2").value, "omega_sq": effect(found, "mean_omega2").value, "epsilon_sq": effect(found, "epsilon2_mean").value,
            "cohen_f": effect(found, "cohen_f").value, "eta_sq_ci90_ncp": limits(effect(found, "mean_eta2"))}  # fmt: skip


def welch_and_spread(data, entry, meta):
    table, y, g = data[entry["data"]], entry["vars"]["y"], entry["vars"]["group"]
    w, s = mean_many.welch_anova(table, y, g, **FREE).statistic, mean_many.spread_tests(table, y, g, **FREE).statistic
    return {"welch_F": w["F"], "welch_df": [w["df"], w["df_error"]], "welch_p": w["p_value"],
            "brown_forsythe": {"F": w["bf_F"], "df1": w["bf_df"], "df2": w["bf_df_error"], "p": w["bf_p_value"]}, "levene_median_F": s["levene_F"],
            "levene_p": s["p_value"], "bartlett_K2": s["bartlett_K2"], "bartlett_p": s["bartlett_p_value"], "fligner_chi2": s["fligner_chi2"],
            "fligner_p": s["fligner_p_value"]}  # fmt: skip


def tukey_kramer(data, entry, meta):
    t = mean_pairs.tukey_kramer(data[entry["data"]], entry["vars"]["y"], entry["vars"]["group"], **FREE).table
    return {
        "pairs": list(t["group"] + "-" + t["other"]),
        "diff": list(t["difference"]),
        "lower": list(t["lower"]),
        "upper": list(t["upper"]),
        "p": list(t["p_adjusted"]),
    }


def games_howell(data, entry, meta):
    t = mean_pairs.games_howell(data[entry["data"]], entry["vars"]["y"], entry["vars"]["group"], **FREE).table
    return {"pairs": list(t["group"] + " - " + t["other"]), "diff": list(t["difference"]), "se": list(t["error"]), "t": list(t["t"].abs()), "df": list(t["df"]),
            "p": list(t["p_adjusted"]), "lower": list(t["lower"]), "upper": list(t["upper"])}  # fmt: skip


def pairwise_welch(data, entry, meta):
    made = {
        how: mean_pairs.pairwise_welch(
            data[entry["data"]], entry["vars"]["y"], entry["vars"]["group"], correction=how, **FREE
        ).table
        for how in ("holm", "bh")
    }
    t = made["holm"]
    return {
        "pairs": list(t["other"] + " - " + t["group"]),
        "p": list(t["p_value"]),
        "holm": list(t["p_adjusted"]),
        "bh": list(made["bh"]["p_adjusted"]),
    }


def two_way(data, entry, meta):
    v = entry["vars"]
    found = mean_designs.two_way_anova(data[entry["data"]], v["y"], v["A"], second=v["B"], **FREE)
    t = found.table.set_axis(["A", "B", "AB"])
    names = {"type2_ss": "ss_type2", "type2_F": "F_type2", "type2_p": "p_type2", "type3_ss": "ss_type3", "type3_F": "F_type3", "type3_p": "p_value",
             "partial_eta_sq_type3": "partial_eta2"}  # fmt: skip
    return {
        **{name: t[column].to_dict() for name, column in names.items()},
        "ss_residual": found.statistic["ss_residual"],
    }


def ancova(data, entry, meta):
    v, role = entry["vars"], meta["roles"]["contacts"]
    whole = data[entry["data"]]
    complete = whole.dropna(
        subset=[
            role[name]
            for name in ("sat", "wait", "handle", "transfers", "fcr", "bot", "agent", "weight", "team", "priority")
        ]
    )
    t = mean_designs.adjusted_means(
        complete, v["y"], v["group"], covariates=v["covariates"], held="equal", **FREE
    ).table
    return {
        "groups": list(t["group"]),
        "mean": list(t["adjusted_mean"]),
        "se": list(t["error"]),
        "df": list(t["df"]),
        "lower": list(t["lower"]),
        "upper": list(t["upper"]),
    }


def shapiro(data, entry, meta):
    s = mean_many.normal_shape(data[entry["data"]], entry["vars"]["y"], entry["vars"]["group"], **FREE).statistic
    return {"W": s["W"], "p": s["p_value"]}


def correlation_ratio(data, entry, meta):
    found = mean_relate.correlation_ratio(data[entry["data"]], entry["vars"]["y"], entry["vars"]["group"], **FREE)
    return {"eta": effect(found, "mean_eta").value, "eta_sq": effect(found, "mean_eta2").value}


def point_biserial(data, entry, meta):
    found = mean_relate.point_biserial(data[entry["data"]], entry["vars"]["x"], entry["vars"]["y"], **FREE)
    return {"r": found.effect.value, "p": found.p_value, "ci": limits(found.effect)}


def icc(data, entry, meta):
    found = agents.design_effect(data[entry["data"]], entry["vars"]["y"], entry["vars"]["cluster"])
    s = found.statistic
    return {"clusters": found.clusters, "n": found.n, "n0": s["n0"], "ms_between": s["ms_between"], "ms_within": s["ms_within"], "icc1": found.effect.value,
            "mean_cluster": s["mean_size"], "kish_cluster": s["kish_size"], "deff_mean_cluster": effect(found, "design_effect_mean").value,
            "deff_kish_cluster": effect(found, "design_effect").value, "n_effective": found.n_effective}  # fmt: skip


def variance_components(data, entry, meta):
    found = agents.variance_components(data[entry["data"]], entry["vars"]["y"], entry["vars"]["cluster"])
    s = found.statistic
    return {"reml_var_agent": s["variance_between"], "reml_var_resid": s["variance_within"], "reml_icc": found.effect.value, "reml_intercept": s["mean"], "reml_se": s["error"],
            "reml_criterion": s["criterion"], "ml_var_agent": s["ml_variance_between"], "ml_var_resid": s["ml_variance_within"], "ml_loglik": s["ml_log_likelihood"],
            "blup_intercept": found.table.set_index("group")["blup"].to_dict(), "lr_vs_no_cluster_ml": s["likelihood_ratio"]}  # fmt: skip


def survey_weighted(data, entry, meta):
    v, role = entry["vars"], meta["roles"]["contacts"]
    table = data[entry["data"]].dropna(subset=[v["y"], v["weight"], role["agent"], v["group"]])
    how = {"weights": v["weight"], "cluster": v.get("cluster", False)}
    top = table.assign(top=(table[v["y"]] >= role["top_from"]).astype(float))
    means, by = (
        survey.survey_means(table, v["y"], **how),
        survey.survey_means(table, v["y"], v["group"], **how).table.set_index("group"),
    )
    share = survey.survey_means(top, "top", **how)
    rao, t = (
        survey.rao_scott_test(top, "top", v["group"], **how).statistic,
        survey.survey_compare(table, v["y"], v["binary"], **how),
    )
    many, two = (
        survey.survey_ranks(table, v["y"], v["group"], ties="rows", **how).statistic,
        survey.survey_ranks(table, v["y"], v["binary"], ties="rows", **how).statistic,
    )
    s = means.statistic
    return {"mean": means.effect.value, "se": s["error"], "deff": s["design_effect"], "top_share": share.effect.value, "top_se": share.statistic["error"],
            "mean_by_channel": by["mean"].to_dict(), "se_by_channel": by["error"].to_dict(), "rao_scott_F": rao["F"], "rao_scott_ndf": rao["df"], "rao_scott_ddf": rao["df_error"],
            "rao_scott_p": rao["p_value"], "ttest_diff": t.effect.value, "ttest_t": t.statistic["t"], "ttest_df": t.statistic["df"], "ttest_p": t.p_value,
            "rank_kw_chisq": many["chi2"], "rank_kw_df": many["df"], "rank_kw_p": many["p_value"], "rank_wilcoxon_t": two["t"], "rank_wilcoxon_p": two["p_value"],
            "deff_note": entry["values"].get("deff_note"), "kish_deff_weights": s["kish_effect"], "weighted_n_effective": s["kish_n"]}  # fmt: skip


def raking(data, entry, meta):
    v, role = entry["vars"], meta["roles"]["contacts"]
    table = data[entry["data"]]
    margins = {name: table[name].value_counts(normalize=True).to_dict() for name in v["margins"]}
    found = rakes.raked_mean(
        table.dropna(subset=[v["y"], role["weight"], role["agent"]]), v["y"], margins=margins, **FREE
    )
    s, w = found.statistic, found.extra["weights"]
    return {
        "raked_mean": found.effect.value,
        "unweighted_mean": s["mean_before"],
        "min_weight": float(np.min(w)),
        "max_weight": float(np.max(w)),
        "sum_w2": s["sum_w2"],
    }


def repeated(data, entry, meta):
    table, waves = data[entry["data"]], entry["vars"]["waves"]
    complete = table.dropna(subset=waves)
    two, all_ = mean_waves.paired_t(complete, waves[:2], **FREE), mean_waves.repeated_anova(table, waves, **FREE)
    s = all_.statistic
    return {"paired_t": two.statistic["t"], "df": two.statistic["df"], "p": two.p_value, "ci": limits(two.effect), "d_z": effect(two, "d_z").value,
            "d_av": effect(two, "d_av").value, "rm_F": s["F"], "rm_df1": s["df"], "rm_df2": s["df_error"], "rm_p": s["p_uncorrected"], "gg_epsilon": s["epsilon_gg"],
            "gg_p": s["p_value"], "hf_epsilon": s["epsilon_hf"], "mauchly_W": s["mauchly_W"], "mauchly_p": s["mauchly_p"], "generalized_eta_sq": all_.effect.value}  # fmt: skip


ANSWERS = {
    "compare.interval.two_sample_t.sat_by_period": two_sample_t,
    "compare.interval.tost.sat_by_period": tost,
    "compare.interval.yuen.handle_by_bot": yuen,
    "compare.interval.anova.handle_by_team": anova,
    "compare.interval.welch_and_spread.handle_by_team": welch_and_spread,
    "compare.interval.tukey_kramer.handle_by_team": tukey_kramer,
    "compare.interval.games_howell.handle_by_team": games_howell,
    "compare.interval.pairwise_welch.handle_by_team": pairwise_welch,
    "compare.interval.two_way_anova.handle_team_period": two_way,
    "compare.interval.ancova_adjusted_means.sat_by_team": ancova,
    "compare.interval.shapiro.handle_residuals": shapiro,
    "relate.mixed.correlation_ratio.handle_by_channel": correlation_ratio,
    "relate.mixed.point_biserial.handle_bot": point_biserial,
    "compare.interval.icc_design_effect.sat_in_agent": icc,
    "compare.interval.variance_components.sat_in_agent": variance_components,
    "compare.interval.survey_weighted.iid": survey_weighted,
    "compare.interval.survey_weighted.clustered": survey_weighted,
    "compare.interval.raking.channel_team": raking,
    "compare.interval.repeated_measures.score_waves": repeated,
}
