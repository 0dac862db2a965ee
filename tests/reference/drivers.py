"""Calls that answer the reference entries on driver importance."""

import pandas as pd

from ccsat.methods.drivers import rank_drivers
from ccsat.methods.importance import conditional_dominance, relative_importance
from ccsat.methods.penalty import penalty_reward
from ccsat.methods.priorities import importance_performance
from ccsat.methods.roles import Roles

MEASURES = {"lmg": "lmg", "first": "first", "last": "last", "beta": "beta", "betasq": "beta_squared", "pratt": "pratt",
            "car_scores": "car_score", "car": "car", "genizi_johnson": "johnson"}  # fmt: skip
INDEPENDENT = Roles(cluster=False)


def rows_of(data: dict[str, pd.DataFrame], entry: dict, meta: dict) -> pd.DataFrame:
    """Rows of an entry; the models of the process use those that are complete in all of its columns."""
    table, roles = data[entry["data"]], meta["roles"]["contacts"]
    if entry["data"] != roles["file"]:
        return table
    model = [
        roles[name]
        for name in ("sat", "wait", "handle", "transfers", "fcr", "bot", "agent", "weight", "team", "priority")
    ]
    return table.dropna(subset=model)


def named(answer, column):
    return answer.table.set_index("driver")[column].to_dict()


def importance(data, entry, meta, **options):
    v = entry["vars"]
    return relative_importance(rows_of(data, entry, meta), v["y"], v["x"], cluster=False, **{"draws": 100} | options)


def every_measure(data, entry, meta):
    answer = importance(data, entry, meta)
    return {"R2": answer.statistic["r2"], "n": answer.n} | {
        theirs: named(answer, ours) for theirs, ours in MEASURES.items()
    }


def jackknife(data, entry, meta):
    answer = importance(data, entry, meta)
    return {"se": named(answer, "se"), "bias_corrected": named(answer, "bias_corrected")}


def bootstrap(data, entry, meta):
    answer = importance(data, entry, meta, draws=20_000, expand=False)
    return {"se": named(answer, "bootstrap_se"), "lower": named(answer, "lower"), "upper": named(answer, "upper")}


def dominance(data, entry, meta):
    answer = conditional_dominance(
        rows_of(data, entry, meta), entry["vars"]["y"], entry["vars"]["x"], cluster=False, draws=100
    )
    sizes = answer.extra["by_size"]
    return {"items": list(sizes.index), "by_size": sizes.to_numpy().tolist()}


def penalty(data, entry, meta):
    v = entry["vars"]
    cuts = {side: float(v[side].split()[1]) for side in ("low", "high")}
    answer = penalty_reward(rows_of(data, entry, meta), v["y"], v["x"], cluster=False, **cuts)
    terms = answer.extra["terms"].set_index("term")
    return {
        "coef": terms["estimate"].to_dict(),
        "se": terms["se"].to_dict(),
        "r2": answer.extra["r2"],
        "asymmetry_p": named(answer, "p_value"),
    }


def performance(data, entry, meta):
    v = entry["vars"]
    answer = importance_performance(rows_of(data, entry, meta), v["y"], v["x"], roles=INDEPENDENT, draws=100)
    return {name: named(answer, name) for name in ("performance", "importance", "quadrant")}


def deviance(data, entry, meta):
    v = entry["vars"]
    answer = rank_drivers(rows_of(data, entry, meta), v["y"], v["x"], roles=INDEPENDENT, draws=50)
    return {"mcfadden": answer.statistic["explained"], "contribution": named(answer, "gain"), "n": answer.n}


ANSWERS = {
    "relate.interval.relative_importance.sat_on_process": every_measure,
    "relate.interval.relative_importance.overall_on_items": every_measure,
    "relate.interval.conditional_dominance.overall_on_items": dominance,
    "relate.interval.lmg_jackknife.overall_on_items": jackknife,
    "relate.interval.lmg_bootstrap.overall_on_items": bootstrap,
    "relate.mixed.penalty_reward.overall_on_items": penalty,
    "relate.mixed.importance_performance.overall_on_items": performance,
    "relate.mixed.logit_general_dominance.binary_on_items": deviance,
}
