"""Calls that answer the entries about models of ordered answers and the correlations behind them."""

from __future__ import annotations

from functools import partial

import numpy as np
import pandas as pd
from r_stops import nelder_mead
from scipy.optimize import fminbound

from ccsat.methods import latent, mixed_ordinal, ordinal_checks, ordinal_models, ordinal_steps
from ccsat.numerics.polychoric import log_likelihood, thresholds


def rows_of(data, entry, meta, file="contacts"):
    """The rows of the driver models: complete in satisfaction, all five x, agent, weight, team and priority."""
    roles, table = meta["roles"][file], data[entry["data"]]
    x = [roles[name] for name in ("wait", "handle", "transfers", "fcr", "bot")]
    complete = table.dropna(
        subset=[roles["sat"], *x, *(roles[name] for name in ("agent", "weight", "team", "priority"))]
    )
    return with_levels(complete, roles["sat"], roles["sat_levels"])


def with_levels(table, column, levels):
    ordered = pd.CategoricalDtype([float(k) for k in range(1, levels + 1)], ordered=True)
    return table.assign(**{column: table[column].astype(float).astype(ordered)})


def cuts_of(values):
    return [f"{k}|{k + 1}" for k in range(1, len(values) + 1)]


def coefficients(answer, what="coefficient", thresholds_of="thresholds"):
    """Thresholds, then slopes, under R's names."""
    cuts = answer.extra[thresholds_of]["value" if what == "coefficient" else "se"]
    return dict(zip(cuts_of(cuts), cuts, strict=True)) | dict(
        zip(answer.table["term"], answer.table[what], strict=True)
    )


def both(answer):
    return {"coef": coefficients(answer), "se": coefficients(answer, "se")}


def link(data, entry, meta, name):
    v = entry["vars"]
    answer = ordinal_models.cumulative_link(rows_of(data, entry, meta), v["y"], v["x"], link=name, cluster=False)
    return both(answer) | {"loglik": answer.statistic["loglik"], "n": answer.n, "aic": answer.statistic["aic"]}


def plain(data, entry, meta, **options):
    return ordinal_models.ordered_logit(
        rows_of(data, entry, meta), entry["vars"]["y"], entry["vars"]["x"], **{"cluster": False} | options
    )


def polr(data, entry, meta):
    answer = plain(data, entry, meta)
    coef, terms = coefficients(answer), list(answer.table["term"])
    return {
        "coef": {t: coef[t] for t in terms},
        "zeta": coef,
        "se": coefficients(answer, "se"),
        "deviance": -2 * answer.statistic["loglik"],
    }


def summary_tests(data, entry, meta):
    answer = plain(data, entry, meta)
    s, table = answer.statistic, answer.table.set_index("term")
    return {"lr_chi2": s["lr_chi2"], "df": s["lr_df"], "p": s["lr_p"], "mcfadden": s["mcfadden"], "cox_snell": s["cox_snell"],
            "nagelkerke": s["nagelkerke"], "c_index": s["c_index"], "rms_c": rms_c(data, entry, meta, answer),
            "odds_ratios": table["odds_ratio"].to_dict(), "odds_ratio_wald_ci": {t: [r["lower"], r["upper"]] for t, r in table.iterrows()}}  # fmt: skip


def rms_c(data, entry, meta, answer):
    """The concordance with predictions binned to 0.0002, as rms::lrm has it (the entry's note); ccsat's own is `c_index`."""
    rows = rows_of(data, entry, meta)
    eta = rows[answer.table["term"]].to_numpy(float) @ answer.table["coefficient"].to_numpy()
    theta = answer.extra["thresholds"]["value"].to_numpy()
    middle = (len(theta) + 1) // 2 - 1
    binned = np.floor(1 / (1 + np.exp(theta[middle] - eta)) * 5000)
    y = rows[entry["vars"]["y"]].cat.codes.to_numpy()
    higher, gap = y[:, None] > y[None, :], binned[:, None] - binned[None, :]
    return float(((gap > 0) + 0.5 * (gap == 0))[higher].mean())


def partial_odds(data, entry, meta):
    v = entry["vars"]
    answer = ordinal_checks.partial_proportional_odds(
        rows_of(data, entry, meta), v["y"], v["x"], free=[v["non_proportional"]], cluster=False
    )
    cuts = answer.extra["thresholds"]
    out = {}
    for key, at, sign in (("coef", "value", -1.0), ("se", "se", 1.0)):
        of = "coefficient" if key == "coef" else "se"
        names = cuts_of(cuts)
        free, common = answer.table[answer.table["cut"] != ""], answer.table[answer.table["cut"] == ""]
        out[key] = {f"{cut}.(Intercept)": value for cut, value in zip(names, cuts[at], strict=True)}
        out[key] |= {
            f"{cut}.{row.term}": sign * getattr(row, of)
            for cut, row in zip(names * len(set(free["term"])), free.itertuples(), strict=True)
        }
        out[key] |= dict(zip(common["term"], common[of], strict=True))
    s = answer.statistic
    return out | {"loglik": s["loglik"], "lr_chi2": s["lr_chi2"], "df": s["df"], "p": s["p_value"]}


def brant(data, entry, meta):
    answer = ordinal_checks.brant(rows_of(data, entry, meta), entry["vars"]["y"], entry["vars"]["x"], cluster=False)
    each = answer.table.set_index("term")
    return {"omnibus_chi2": answer.statistic["chi2"], "df": answer.statistic["df"], "p": answer.p_value,
            "per_variable": {t: {"chi2": r["chi2"], "df": r["df"], "p": r["p_value"]} for t, r in each.iterrows()}}  # fmt: skip


def steps(data, entry, meta, method):
    answer = method(rows_of(data, entry, meta), entry["vars"]["y"], entry["vars"]["x"], cluster=False)
    steps = answer.extra["intercepts"]
    names = [f"(Intercept):{k + 1}" for k in range(len(steps))]
    return {"coef": dict(zip(names, steps["value"], strict=True)) | dict(zip(answer.table["term"], answer.table["coefficient"], strict=True)),
            "se": dict(zip(names, steps["se"], strict=True)) | dict(zip(answer.table["term"], answer.table["se"], strict=True)),
            "loglik": answer.statistic["loglik"]}  # fmt: skip


def frequency_weights(data, entry, meta):
    """From the table of equal rows; the count column is ours."""
    v = entry["vars"]
    grouped = (
        rows_of(data, entry, meta).groupby([v["y"], *v["x"]], observed=True).size().rename("frequency").reset_index()
    )
    answer = ordinal_models.ordered_logit(
        grouped, v["y"], v["x"], weights="frequency", weight_kind="frequency", cluster=False
    )
    return both(answer) | {"loglik": answer.statistic["loglik"], "distinct_rows": len(grouped), "n": answer.n}


def sampling_weights(data, entry, meta):
    answer = plain(data, entry, meta, weights=entry["vars"]["weight"], weight_kind="sampling")
    return {"coef": coefficients(answer), "weighted_loglik": answer.statistic["loglik"]}


def survey_ordinal(data, entry, meta):
    """The ordinal part of the survey-weighted regressions; the area of regression adds the others."""
    v = entry["vars"]
    answer = plain(data, entry, meta, weights=v["weight"], weight_kind="sampling", cluster=v["cluster"])
    coef = coefficients(answer)
    return {"ordinal_coef": coef, "ordinal_zeta": coef, "ordinal_se": coefficients(answer, "se")}


def mixed(data, entry, meta):
    v, rows = entry["vars"], rows_of(data, entry, meta)
    answer, laplace = (
        mixed_ordinal.mixed_ordered_logit(rows, v["y"], v["x"], cluster=v["random_intercept"], nodes=nodes)
        for nodes in (15, 1)
    )
    return both(answer) | {"sd_agent": answer.statistic["sd"], "loglik": answer.statistic["loglik"], "laplace_coef": coefficients(laplace),
                           "laplace_sd_agent": laplace.statistic["sd"], "laplace_loglik": laplace.statistic["loglik"]}  # fmt: skip


def as_ordered(table, *columns):
    for column in columns:
        levels = sorted(table[column].dropna().unique())
        table = table.assign(**{column: table[column].astype(pd.CategoricalDtype(levels, ordered=True))})
    return table


def polychoric(data, entry, meta):
    x, y = entry["vars"]["x"], entry["vars"]["y"]
    table = as_ordered(data[entry["data"]], x, y)
    two, full = (latent.polychoric(table, x, y, full=full, cluster=False) for full in (False, True))
    stop = _stopped(full, cuts_x := thresholds((counts := full.extra["counts"]).sum(1)), thresholds(counts.sum(0)))
    first = len(cuts_x) + 1
    cuts = lambda answer, column: answer.table.loc[answer.table["column"] == column, "threshold"].tolist()
    return {"rho_two_step": two.effect.value, "rho_two_step_polycor": two.effect.value, "se_two_step_polycor": two.extra["se_fixed"],
            "rho_ml": stop[0], "se_ml": full.extra["se"], "row_cuts_ml": stop[1:first], "col_cuts_ml": stop[first:],
            "thresholds_x_margins": cuts(two, x), "thresholds_y_margins": cuts(two, y)}  # fmt: skip


def _stopped(full, rows, columns):
    """Where R's joint search of rho and both sets of thresholds gives up; the product goes on to the maximum, which is higher."""
    counts, first = full.extra["counts"], len(rows) + 1

    def lost(at):
        if (np.diff(at[1:first]) < 0).any() or (np.diff(at[first:]) < 0).any():
            return np.inf
        return -log_likelihood(float(np.clip(at[0], -0.9999, 0.9999)), counts, at[1:first], at[first:])

    start = fminbound(
        lambda rho: lost(np.concatenate([[rho], rows, columns])), -0.9999, 0.9999, xtol=np.finfo(float).eps ** 0.25
    )
    stop = nelder_mead(lost, np.concatenate([[start], rows, columns]), reltol=1e-14)
    ours = np.concatenate([[full.effect.value], full.table["threshold"].to_numpy(float)])
    assert lost(ours) <= lost(stop), "the product's likelihood is below R's stop"
    return stop


def polychoric_matrix(data, entry, meta):
    items, roles = entry["vars"]["items"], meta["roles"]["drivers"]
    table = data[entry["data"]].dropna(subset=roles["items"])
    answer = latent.polychoric_matrix(as_ordered(table, *items), items, cluster=False)
    return {"pairs": (answer.table["a"] + " - " + answer.table["b"]).tolist(), "rho": answer.table["rho"].tolist()}


def tetrachoric(data, entry, meta):
    """`polycor` is where R's optimise stops by default (1.2e-4), which is 2.5e-5 from the maximum: the same stop is made here."""
    x, (y, _, cut) = entry["vars"]["x"], entry["vars"]["y"].partition(" >= ")
    table = data[entry["data"]].dropna(subset=[x, y])
    table = table.assign(top=table[y] >= float(cut))
    answer = latent.tetrachoric(table, x, "top", cluster=False)
    counts = answer.extra["counts"]
    a, b = thresholds(counts.sum(1)), thresholds(counts.sum(0))
    stop = fminbound(lambda rho: -log_likelihood(rho, counts, a, b), -0.9999, 0.9999, xtol=np.finfo(float).eps ** 0.25)
    return {"rho": answer.effect.value, "polycor": stop}


def polyserial(data, entry, meta):
    v = entry["vars"]
    answer = latent.polyserial(
        as_ordered(data[entry["data"]], v["ordinal"]), v["interval"], v["ordinal"], cluster=False
    )
    return {"rho": answer.effect.value, "rho_polycor": answer.effect.value, "se_polycor": answer.extra["se_fixed"]}


ANSWERS = {
    **{f"relate.ordinal.cumulative_link.{name}": partial(link, name=name) for name in ("logit", "probit", "cloglog")},
    "relate.ordinal.cumulative_link.polr": polr,
    "relate.ordinal.cumulative_link.summary_tests": summary_tests,
    "relate.ordinal.partial_proportional_odds": partial_odds,
    "relate.ordinal.brant": brant,
    "relate.ordinal.adjacent_category": partial(steps, method=ordinal_steps.adjacent_category),
    "relate.ordinal.continuation_ratio": partial(steps, method=ordinal_steps.continuation_ratio),
    "relate.ordinal.cumulative_logit_frequency_weights": frequency_weights,
    "relate.ordinal.cumulative_logit_pweights": sampling_weights,
    "relate.ordinal.cumulative_link_mixed": mixed,
    "relate.ordinal.polychoric.effort_sat": polychoric,
    "relate.ordinal.polychoric_matrix.first_four_items": polychoric_matrix,
    "relate.nominal.tetrachoric.bot_top": tetrachoric,
    "relate.mixed.polyserial.handle_sat": polyserial,
}
