"""Calls that answer the entries about numbers, yes/no outcomes, and what goes with them."""

from __future__ import annotations

from functools import partial

import numpy as np

from ccsat.methods import (
    correlate,
    factor_model,
    logistic,
    mediate,
    mixed_models,
    necessary,
    ordinal_models,
    regression,
)


def process_rows(data, entry, meta):
    """The rows of the driver models: complete in satisfaction, all five x, agent, weight, team and priority."""
    roles = meta["roles"]["contacts"]
    return data[entry["data"]].dropna(
        subset=[
            roles[name]
            for name in ("sat", "wait", "handle", "transfers", "fcr", "bot", "agent", "weight", "team", "priority")
        ]
    )


def item_rows(data, entry, meta):
    """Complete in all items and the overall rating."""
    roles = meta["roles"]["drivers"]
    return data[entry["data"]].dropna(subset=[*roles["items"], roles["overall"]])


def cut_of(entry):
    column, _, cut = entry["vars"]["y"].partition(" >= ")
    return column, float(cut)


def by_term(answer, column, *, constant=None):
    """A column of the table by term, the constant under R's name."""
    found = {} if constant is None else {"(Intercept)": answer.extra[constant]}
    return found | dict(zip(answer.table["term"], answer.table[column], strict=True))


def pearson(data, entry, meta):
    answer = correlate.pearson_correlation(data[entry["data"]], entry["vars"]["x"], entry["vars"]["y"], cluster=False)
    return {
        "r": answer.effect.value,
        "t": answer.statistic["t"],
        "df": answer.statistic["df"],
        "p": answer.p_value,
        "ci": [answer.effect.lower, answer.effect.upper],
    }


def partial_r(data, entry, meta):
    v = entry["vars"]
    answer = correlate.partial_correlation(data[entry["data"]], v["x"], v["y"], v["given"], cluster=False)
    first, second = answer.effects[:2]
    return {"partial_r": first.value, "ci": [first.lower, first.upper], "semipartial_r": second.value, "n": answer.n,
            "t": answer.statistic["t"], "df": answer.statistic["df"], "p": answer.p_value}  # fmt: skip


def distance(data, entry, meta):
    roles = meta["roles"]["contacts"]
    rows = data[entry["data"]].dropna(subset=[roles[name] for name in ("sat", "effort", "wait", "handle")]).head(400)
    return {
        "dcor": correlate.distance_correlation(rows, entry["vars"]["x"], entry["vars"]["y"], cluster=False).statistic[
            "biased"
        ]
    }


def plain_line(data, entry, meta, rows):
    v = entry["vars"]
    answer = regression.linear_regression(rows(data, entry, meta), v["y"], v["x"], errors="classic", cluster=False)
    s = answer.statistic
    return {"coef": by_term(answer, "effect", constant="constant"), "se": by_term(answer, "se", constant="constant_se"), "standardized_beta": by_term(answer, "beta"),
            "vif": answer.extra["vif"], "condition_number_corr": s["condition_number"], "n": answer.n, **s}  # fmt: skip


def robust_line(data, entry, meta):
    v, rows = entry["vars"], process_rows(data, entry, meta)
    run = lambda errors, cluster: by_term(
        regression.linear_regression(rows, v["y"], v["x"], errors=errors, cluster=cluster), "se", constant="constant_se"
    )
    answer = regression.linear_regression(rows, v["y"], v["x"], cluster=v["cluster"])
    return {**{name: run(name, False) for name in ("HC0", "HC1", "HC2", "HC3")}, "cluster_cr0": run("CR0", v["cluster"]), "cluster_cr1_stata": run(None, v["cluster"]),
            "clusters": answer.clusters, "breusch_pagan_studentized": answer.statistic["breusch_pagan"], "breusch_pagan_p": answer.statistic["breusch_pagan_p"]}  # fmt: skip


def logit(data, entry, meta):
    (y, cut), x, rows = cut_of(entry), entry["vars"]["x"], process_rows(data, entry, meta)
    agent = meta["roles"]["contacts"]["agent"]
    answer = logistic.logistic_regression(rows, y, x, top_from=cut, cluster=False, derivative=True)
    clustered = logistic.logistic_regression(rows, y, x, top_from=cut, cluster=agent)
    error = (answer.table["effect_upper"] - answer.table["effect_lower"]) / 2 / 1.959963984540054
    odds = {"(Intercept)": np.exp(answer.extra["constant"])} | by_term(answer, "odds_ratio")
    return {"coef": by_term(answer, "coefficient", constant="constant"), "se": by_term(answer, "se", constant="constant_se"), "odds_ratio": odds,
            "average_marginal_effect_derivative": by_term(answer, "effect"), "ame_se_delta": dict(zip(answer.table["term"], error, strict=True)),
            "cluster_cr1_se": by_term(clustered, "se", constant="constant_se"), **answer.statistic}  # fmt: skip


def mixed(data, entry, meta):
    v = entry["vars"]
    answer = mixed_models.mixed_linear(process_rows(data, entry, meta), v["y"], v["x"], cluster=v["random_intercept"])
    s, constant = answer.statistic, answer.extra
    from scipy.special import stdtr

    p = 2 * stdtr(constant["constant_df"], -abs(constant["constant"] / constant["constant_se"]))
    return {"coef": by_term(answer, "effect", constant="constant"), "se": by_term(answer, "se", constant="constant_se"),
            "df_satterthwaite": by_term(answer, "df", constant="constant_df"), "p_satterthwaite": {"(Intercept)": p} | by_term(answer, "p_value"),
            "var_agent": s["var_cluster"], "var_resid": s["var_rest"], "reml_loglik": s["loglik"], "r2_marginal": s["r2_marginal"], "r2_conditional": s["r2_conditional"],
            "blup": dict(zip(constant["clusters"]["cluster"], constant["clusters"]["effect"], strict=True))}  # fmt: skip


def mixed_logit(data, entry, meta):
    (y, cut), v, rows = cut_of(entry), entry["vars"], process_rows(data, entry, meta)
    full, laplace = (
        mixed_models.mixed_logit(rows, y, v["x"], top_from=cut, cluster=v["random_intercept"], nodes=nodes)
        for nodes in (15, 1)
    )
    return {"laplace_coef": by_term(laplace, "coefficient", constant="constant"), "laplace_se": by_term(laplace, "se", constant="constant_se"),
            "laplace_var_agent": laplace.statistic["sd"] ** 2, "laplace_loglik": laplace.statistic["loglik"],
            "agq15_coef": by_term(full, "coefficient", constant="constant"), "agq15_var_agent": full.statistic["sd"] ** 2}  # fmt: skip


def gee(data, entry, meta):
    v = entry["vars"]
    answer = mixed_models.gee(process_rows(data, entry, meta), v["y"], v["x"], cluster=v["cluster"])
    return {
        "coef": by_term(answer, "effect", constant="constant"),
        "se": by_term(answer, "se", constant="constant_se"),
        "alpha": answer.statistic["alpha"],
    }


def survey(data, entry, meta):
    v, rows, roles = entry["vars"], process_rows(data, entry, meta), meta["roles"]["contacts"]
    design = {"weights": v["weight"], "weight_kind": "sampling", "cluster": v["cluster"]}
    line = regression.linear_regression(rows, v["y"], v["x"], **design)
    yes = logistic.logistic_regression(rows, v["y"], v["x"], top_from=roles["top_from"], **design)
    levels = sorted(rows[v["y"]].unique())
    ordered = rows.assign(**{v["y"]: rows[v["y"]].astype("category").cat.set_categories(levels, ordered=True)})
    ordinal = ordinal_models.ordered_logit(ordered, v["y"], v["x"], check=False, **design)
    cuts = ordinal.extra["thresholds"]
    names = [f"{k}|{k + 1}" for k in range(1, len(cuts) + 1)]
    own, se = by_term(ordinal, "coefficient"), by_term(ordinal, "se")
    stop, zeta = where_svyolr_stops(
        rows[v["x"]].to_numpy(float), rows[v["y"]].to_numpy(int), rows[v["weight"]].to_numpy(float)
    )
    stop = dict(zip(v["x"], stop, strict=True))
    if any(abs(own[x] - stop[x]) > 1e-3 * se[x] for x in own) or np.abs(zeta - cuts["value"]).max() > 1e-3:
        raise AssertionError("the maximum is not where svyolr's search ends, give or take a thousandth of an error")
    return {"gaussian": {"coef": by_term(line, "effect", constant="constant"), "se": by_term(line, "se", constant="constant_se")},
            "logit": {"coef": by_term(yes, "coefficient", constant="constant"), "se": by_term(yes, "se", constant="constant_se")},
            "ordinal_coef": stop, "ordinal_zeta": dict(zip(names, cuts["value"], strict=True)), "ordinal_se": se | dict(zip(names, cuts["se"], strict=True))}  # fmt: skip


def where_svyolr_stops(x, y, w):
    """Slopes and cuts where svyolr's search ends: R's optim at its default tolerance (1.5e-8) is 1.02e-3 of the coefficient of `bot`
    short of the maximum, and the entry is compared at 1e-3. The same start, search (BFGS with backtracking) and stop are made here.
    """
    p, q = x.shape[1], y.max() - 1
    inverse_logit = lambda z: 1 / (1 + np.exp(-np.clip(z, -500, 500)))
    at, under = y[:, None] == np.arange(1, q + 1), y[:, None] - 1 == np.arange(1, q + 1)

    def parts(b):
        edges = np.concatenate([[-100], np.cumsum(np.append(b[p], np.exp(np.minimum(b[p + 1 :], 50)))), [100]])
        high, low = inverse_logit(edges[y] - x @ b[:p]), inverse_logit(edges[y - 1] - x @ b[:p])
        return high - low, high * (1 - high), low * (1 - low)

    def loss(b):
        share = parts(b)[0]
        return -float(w @ np.log(share)) if (share > 0).all() else np.inf

    def slope(b):
        share, high, low = parts(b)
        turn = np.tril(np.ones((q, q))) * np.append(1.0, np.exp(b[p + 1 :]))
        return np.concatenate(
            [x.T @ (w * (high - low) / share), -((at * high[:, None] - under * low[:, None]).T @ (w / share)) @ turn]
        )

    design, b = np.column_stack([np.ones(len(y)), x]), np.zeros(p + 1)
    for _ in range(25):
        share = inverse_logit(design @ b)
        v = w * share * (1 - share)
        b = b + np.linalg.solve((design * v[:, None]).T @ design, design.T @ (w * ((y > (q + 1) // 2) - share)))
    k = np.arange(1, q + 1) / (q + 1)
    spacing = np.log(k / (1 - k)) / 1.7
    cuts = -b[0] + spacing - spacing[(q + 1) // 2 - 1]
    b = np.concatenate([b[1:], cuts[:1], np.log(np.diff(cuts))])
    value, gradient, inverse, fresh = loss(b), slope(b), np.eye(p + q), True
    tolerance = np.sqrt(np.finfo(float).eps)
    while True:
        move = -inverse @ gradient
        down, size = float(move @ gradient), 1.0
        while down < 0 and not (new := loss(b + size * move)) <= value + down * size * 1e-4:
            size *= 0.2
        if down >= 0 or abs(new - value) <= tolerance * (abs(value) + tolerance):
            if fresh:
                return b[:p], np.cumsum(np.append(b[p], np.exp(b[p + 1 :])))
            b, value = (b + size * move, new) if down < 0 else (b, value)
            gradient, inverse, fresh = slope(b) if down >= 0 else gradient, np.eye(p + q), True
            continue
        step, b, value, before = size * move, b + size * move, new, gradient
        gradient, fresh = slope(b), False
        change = gradient - before
        along = float(step @ change)
        if along > 0:
            turned = inverse @ change
            inverse = (
                inverse
                + (
                    (1 + turned @ change / along) * np.outer(step, step)
                    - np.outer(step, turned)
                    - np.outer(turned, step)
                )
                / along
            )
        else:
            inverse, fresh = np.eye(p + q), True


def factors(data, entry, meta):
    model = {}
    for line in entry["vars"]["model"].splitlines():
        name, _, items = line.partition("=~")
        model[name.strip()] = [item.strip() for item in items.split("+")]
    answer = factor_model.confirmatory_factors(item_rows(data, entry, meta), model, cluster=False)
    s = answer.statistic
    return {"chisq": s["chi2"], "df": s["df"], "pvalue": s["p_value"], "cfi": s["cfi"], "tli": s["tli"], "rmsea": s["rmsea"], "srmr": s["srmr"], "logl": s["loglik"],
            "std_loading": dict(zip(answer.table["item"], answer.table["loading"], strict=True))}  # fmt: skip


def mediation(data, entry, meta):
    v = entry["vars"]
    answer = mediate.mediation(item_rows(data, entry, meta), v["y"], v["x"], [v["m"]], cluster=False, draws=50)
    rows = answer.table.set_index("path")
    names = {"a": "a", "b": "b", "c": "direct", "ab": "indirect", "total": "total"}
    return {
        "est": {key: rows.loc[name, "value"] for key, name in names.items()},
        "se": {key: rows.loc[name, "se"] for key, name in names.items()},
        "p_sobel": answer.p_value,
    }


def ceiling(data, entry, meta):
    v = entry["vars"]
    answer = necessary.necessary_condition(item_rows(data, entry, meta), v["y"], v["x"], cluster=False, draws=99)
    corners = answer.extra["corners"]
    return {"ce_fdh_effect": answer.effect.value, "cr_fdh_effect": answer.effects[1].value, "cr_intercept": answer.statistic["constant"],
            "cr_slope": answer.statistic["slope"], "corner_x": corners["condition"].tolist(), "corner_y": corners["outcome"].tolist()}  # fmt: skip


ANSWERS = {
    "relate.interval.pearson.wait_handle": pearson,
    "relate.interval.partial.sat_effort_given_wait_handle": partial_r,
    "relate.interval.distance_correlation.sat_handle_first400": distance,
    "relate.interval.ols.sat_on_process": partial(plain_line, rows=process_rows),
    "relate.interval.ols.overall_on_items": partial(plain_line, rows=item_rows),
    "relate.interval.ols_robust_se.sat_on_process": robust_line,
    "relate.nominal.logit.top_on_process": logit,
    "relate.interval.mixed_model.sat_on_process": mixed,
    "relate.nominal.mixed_logit.top_on_process": mixed_logit,
    "relate.interval.gee_exchangeable.sat_on_process": gee,
    "relate.interval.survey_weighted_regression": survey,
    "relate.interval.cfa.items": factors,
    "relate.interval.mediation": mediation,
    "relate.mixed.necessary_condition": ceiling,
}
