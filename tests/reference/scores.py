"""Answers of the deduction and change splits to the reference entries, by the names that an entry and the roles give."""

from __future__ import annotations

from ccsat.methods import decompose


def deduction(data, entry, meta):
    v, role = entry["vars"], meta["roles"]["contacts"]
    table = data[entry["data"]].dropna(subset=[v["y"], role["reason"], role["agent"]])
    found = decompose.segment_deductions(table, v["y"], v["segment"], full=v["max"], cluster=role["agent"])
    rows = found.table.set_index("group")
    names = {"contribution": "points", "se_iid": "error_independent", "se_cluster_agent": "error", "volume_share": "share", "deduction_per_contact": "deduction",
             "share_of_deduction": "share_of_deduction", "excess_over_average": "excess"}  # fmt: skip
    return {
        "mean_score": found.statistic["mean"],
        "mean_deduction": found.effect.value,
        "n": found.n,
        **{name: rows[column].to_dict() for name, column in names.items()},
    }


def mix_rate(data, entry, meta):
    v = entry["vars"]
    found = decompose.mix_rate_split(
        data[entry["data"]],
        v["y"],
        v["segment"],
        period=v["period"],
        baseline=v.get("from"),
        weights=v.get("weight"),
        cluster=False,
    )
    rows, s = found.table.set_index("group"), found.statistic
    totals = {effect.name: effect.value for effect in found.effects}
    names = {"share0": "share_baseline", "share1": "share", "mean_by_segment0": "value_baseline", "mean_by_segment1": "value", "mix_symmetric_centred": "mix",
             "rate_symmetric": "rate"}  # fmt: skip
    return {"mean0": s["value_baseline"], "mean1": s["value"], "change": s["change"], **{name: rows[column].to_dict() for name, column in names.items()},
            "mix_total": totals["mix_total"], "rate_total": totals["rate_total"], "threefold_mix_total": s["threefold_mix"], "threefold_rate_total": s["threefold_rate"],
            "threefold_interaction_total": s["threefold_interaction"]}  # fmt: skip


def oaxaca(data, entry, meta):
    v, role = entry["vars"], meta["roles"]["contacts"]
    table = data[entry["data"]].dropna(
        subset=[v["y"], *v["x"], role["agent"], role["weight"], role["team"], role["priority"]]
    )
    found = decompose.oaxaca_blinder(table, v["y"], v["x"], period=v["period"], cluster=False)
    rows = found.table.assign(driver=found.table["driver"].replace("constant", "(Intercept)")).set_index("driver")
    names = {"threefold_endowments": "endowments", "threefold_coefficients": "coefficients", "threefold_interaction": "interaction", "explained_symmetric": "explained",
             "unexplained_symmetric": "unexplained"}  # fmt: skip
    return {
        "mean0": found.statistic["value_baseline"],
        "mean1": found.statistic["value"],
        **{name: rows[column].to_dict() for name, column in names.items()},
    }


ANSWERS = {
    "score.deduction.by_reason": deduction,
    "score.deduction.by_channel": deduction,
    "score.change.mix_rate_by_reason": mix_rate,
    "score.change.mix_rate_by_channel": mix_rate,
    "score.change.mix_rate_by_reason_weighted": mix_rate,
    "score.change.oaxaca_blinder": oaxaca,
}
