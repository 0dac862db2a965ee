"""Drivers where rows of an agent are alike: random intercepts for numbers and for yes/no, and averages over agents (GEE)."""

from __future__ import annotations

import dataclasses
import warnings
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from scipy.special import stdtr, stdtrit

from ccsat.errors import DataError, Words
from ccsat.estimates import adjust as adjusted_p
from ccsat.methods.answer import Answer, Assumption, Effect
from ccsat.methods.ordinal_inference import limits, p_two_sided
from ccsat.methods.regression_design import Model, make_model, of_first, units_of
from ccsat.numerics.mixed_linear import fit_mixed_linear
from ccsat.numerics.mixed_logit import fit_mixed_logit
from ccsat.scales import Column

LOGISTIC = np.pi**2 / 3  # variance of the logistic distribution


def mixed_linear(
    table: pd.DataFrame, outcome: Column, drivers: Sequence[Column], *, cluster: str, weights: str | None = None, units: Mapping[str, float] | None = None,
) -> Answer:  # fmt: skip
    """How much do agents differ, and what do drivers do once that is allowed for?

    A normal random intercept per cluster, by REML. The first driver is the one asked about.

    Args:
        cluster: Column of what holds rows together, e.g. "agent_id".
        weights: Column of frequency weights.
        units: Driver -> step that its effect is for.

    Returns:
        One row a term: `term, driver, unit, effect, se, df` (Satterthwaite) `, t, lower, upper, p_value, p_adjusted` (BH) `, n`. Effects: the
        first driver's, ICC (profile limits), R2 of drivers and of drivers and clusters. `extra`: `constant, constant_se, constant_df,
        clusters` (`cluster, effect, lower, upper, n`: shrunken intercepts). Statistic: `var_cluster, var_rest, loglik` (restricted)
        `, cluster_lr, cluster_p` (of no clusters, halved).

    Raises:
        ScaleError: A weaker outcome. DataError: No spread, drivers that repeat each other, one cluster.

    Source:
        Bates et al. (2015), Journal of Statistical Software 67(1); Kuznetsova, Brockhoff and Christensen (2017), ibid. 82(13);
        R2: Nakagawa and Schielzeth (2013), Methods in Ecology and Evolution 4, 133-142.
    """
    from scipy.stats import chi2

    model = _clustered(table, outcome, drivers, cluster, weights, "mixed_linear")
    fit = fit_mixed_linear(model.x, model.y, model.cluster, model.weight)
    step = units_of(model, units)
    se_all = np.sqrt(np.diag(fit.covariance))
    value, se, df = fit.beta[1:] * step, se_all[1:] * np.abs(step), fit.df[1:]
    half = stdtrit(df, 0.975) * se
    t = value / se
    p = 2 * stdtr(df, -np.abs(t))
    table_ = pd.DataFrame({"term": model.terms, "driver": _owners(model), "unit": step, "effect": value, "se": se, "df": df, "t": t, "lower": value - half,
                           "upper": value + half, "p_value": p, "p_adjusted": adjusted_p(p), "n": model.rows_of_terms()})  # fmt: skip
    first = model.groups[next(iter(model.groups))]
    asked = dataclasses.replace(model, df=float(df[first].min()))
    statistic, effect, least = of_first(
        asked, fit.beta[1:], fit.covariance[1:, 1:], "regression_effect", unit=step[first[0]]
    )
    ratio = fit.var_cluster / fit.var_rest
    icc = lambda r: float(r / (1 + r)) if np.isfinite(r) else 1.0
    whole = fit.var_fixed + fit.var_cluster + fit.var_rest
    lr = max(2 * (fit.loglik - fit.loglik_none), 0.0)
    statistic |= {"var_cluster": fit.var_cluster, "var_rest": fit.var_rest, "loglik": fit.loglik, "cluster_lr": lr, "cluster_p": float(chi2.sf(lr, 1) / 2) if lr > 0 else 0.5,
                  "r2_marginal": fit.var_fixed / whole, "r2_conditional": (fit.var_fixed + fit.var_cluster) / whole}  # fmt: skip
    effects = (effect, Effect("regression_icc", icc(ratio), icc(fit.limits[0]), icc(fit.limits[1])), Effect("regression_r2_marginal", statistic["r2_marginal"]),
               Effect("regression_r2_conditional", statistic["r2_conditional"]))  # fmt: skip
    caveats = model.caveats() + (
        (("caveat.regression_no_clusters", {"column": cluster}),) if fit.var_cluster == 0 else ()
    )
    return Answer(
        method="mixed_linear", columns={**model.columns(), "cluster": cluster}, table=table_, statistic=statistic, effects=effects, detectable=least,
        family="regression_terms", caveats=caveats, assumptions=(_normal_clusters(fit.effects),),
        extra={"constant": float(fit.beta[0]), "constant_se": float(se_all[0]), "constant_df": float(fit.df[0]), "clusters": _clusters(table, model, cluster, fit.effects, fit.effect_se)},
        **model.names(),
    )  # fmt: skip


def mixed_logit(
    table: pd.DataFrame, outcome: Column, drivers: Sequence[Column], *, cluster: str, top_from: object = None, event: object = None,
    weights: str | None = None, units: Mapping[str, float] | None = None, nodes: int = 15,
) -> Answer:  # fmt: skip
    """How much do agents differ in their share of good outcomes, and what do drivers do within an agent?

    Logistic regression with a normal random intercept per cluster; odds ratios are within a cluster, farther from 1 than
    those of `logistic_regression`.

    Args:
        cluster: Column of what holds rows together. weights: Column of frequency weights.
        outcome, top_from, event, units: As `logistic_regression`.
        nodes: Of the adaptive quadrature; 1 is Laplace's approximation.

    Returns:
        One row a term: `term, driver, unit, coefficient, se, odds_ratio, lower, upper, p_value, p_adjusted` (BH) `, n`. Effects: the first
        driver's odds ratio, the spread of the clusters on log-odds, their share of the latent variance, and the median odds
        ratio between two clusters. `extra`: `constant, constant_se, clusters, hit`. Statistic: `sd, loglik, cluster_lr, cluster_p`.

    Raises:
        As `logistic_regression`.

    Source:
        Liu and Pierce (1994), Biometrika 81, 624-629; Larsen and Merlo (2005), American Journal of Epidemiology 161, 81-88.
    """
    from scipy.stats import chi2

    model = _clustered(
        table, outcome, drivers, cluster, weights, "mixed_logit", binary=True, top_from=top_from, event=event
    )
    model = dataclasses.replace(model, df=np.inf)
    fit = fit_mixed_logit(model.x, model.y.astype(np.int64), model.cluster, model.weight, nodes=nodes)
    step = units_of(model, units)
    se_all = np.sqrt(np.maximum(np.diag(fit.covariance), 0))
    value, se = fit.beta[1:] * step, se_all[1:-1] * np.abs(step)
    low, high = limits(value, se, np.inf)
    p = p_two_sided(value, se, np.inf)
    with np.errstate(over="ignore"):
        rows = pd.DataFrame({"term": model.terms, "driver": _owners(model), "unit": step, "coefficient": value, "se": se, "odds_ratio": np.exp(value),
                             "lower": np.exp(low), "upper": np.exp(high), "p_value": p, "p_adjusted": adjusted_p(p), "n": model.rows_of_terms()})  # fmt: skip
    first = model.groups[next(iter(model.groups))][0]
    statistic, log_odds, least = of_first(
        model, fit.beta[1:], fit.covariance[1:-1, 1:-1], "regression_log_odds", unit=step[first]
    )
    sd, sd_se = fit.sd, se_all[-1]
    ends = (
        (sd * np.exp(-1.96 * sd_se / sd), sd * np.exp(1.96 * sd_se / sd))
        if sd > 1e-6 and sd_se < 2 * sd
        else (0.0, sd + 1.96 * sd_se)
    )
    lr = max(2 * (fit.loglik - fit.loglik_none), 0.0)
    statistic |= {"sd": sd, "loglik": fit.loglik, "cluster_lr": lr, "cluster_p": float(chi2.sf(lr, 1) / 2)}
    icc, median = (lambda s: float(s**2 / (s**2 + LOGISTIC))), (lambda s: float(np.exp(0.9538725524 * s)))
    name = (
        "regression_odds_ratio_within"
        if len(next(iter(model.groups.values()))) == 1
        else "regression_odds_ratio_widest"
    )
    effects = (Effect(name, *(float(np.exp(v)) for v in (log_odds.value, log_odds.lower, log_odds.upper)), null=1.0),
               Effect("regression_sd_clusters", sd, *map(float, ends)), Effect("regression_icc", icc(sd), *map(icc, ends)),
               Effect("regression_median_odds_ratio", median(sd), *map(median, ends), null=1.0))  # fmt: skip
    caveats = model.caveats() if fit.converged else (*model.caveats(), ("caveat.regression_unsettled", {}))
    return Answer(
        method="mixed_logit", columns={**model.columns(), "cluster": cluster}, table=rows, statistic=statistic, effects=effects, detectable=float(np.exp(least)),
        family="regression_terms", caveats=caveats, extra={"constant": float(fit.beta[0]), "constant_se": float(se_all[0]), "hit": model.hit,
                                                            "clusters": _clusters(table, model, cluster, fit.effects, fit.effect_se)}, **model.names(),
    )  # fmt: skip


def gee(
    table: pd.DataFrame, outcome: Column, drivers: Sequence[Column], *, cluster: str, top_from: object = None, event: object = None,
    units: Mapping[str, float] | None = None,
) -> Answer:  # fmt: skip
    """What do drivers do on average over all contacts, when rows of an agent are alike?

    Generalised estimating equations with one correlation within clusters: a line for numbers, log-odds for yes/no outcomes
    (bool, `top_from` or `event`). The answer holds even if that correlation is not what it seems.

    Returns:
        One row a term: `term, driver, unit, effect` (per unit; log-odds for yes/no) `, se` (sandwich) `, lower, upper, odds_ratio` (yes/no)
        `, p_value, p_adjusted` (BH) `, n`. Effects: the first driver's, and `alpha`, the correlation within clusters. `extra`: `constant,
        constant_se`.

    Raises:
        As `linear_regression`.

    Source:
        Liang and Zeger (1986), Biometrika 73, 13-22; statsmodels GEE.
    """
    from statsmodels.genmod.cov_struct import Exchangeable
    from statsmodels.genmod.families import Binomial, Gaussian
    from statsmodels.genmod.generalized_estimating_equations import GEE

    binary = top_from is not None or event is not None or _is_yes_no(table, outcome)
    model = _clustered(table, outcome, drivers, cluster, None, "gee", binary=binary, top_from=top_from, event=event)
    order = np.argsort(model.cluster, kind="stable")
    x, y = model.x[order], model.y[order]
    scale = np.sqrt((x**2).mean(0))
    correlation = Exchangeable()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        fit = GEE(
            y,
            x / scale,
            groups=model.cluster[order],
            family=Binomial() if binary else Gaussian(),
            cov_struct=correlation,
        ).fit(maxiter=200, ctol=1e-10)
    beta, covariance = fit.params / scale, fit.cov_params() / np.outer(scale, scale)
    if not np.isfinite(beta).all():
        raise DataError("regression_unsettled", method=Words("method.gee.name"))
    step = units_of(model, units)
    value, se = beta[1:] * step, np.sqrt(np.diag(covariance))[1:] * np.abs(step)
    low, high = limits(value, se, model.df)
    p = p_two_sided(value, se, model.df)
    rows = pd.DataFrame({"term": model.terms, "driver": _owners(model), "unit": step, "effect": value, "se": se, "lower": low, "upper": high,
                         "odds_ratio": np.exp(value) if binary else np.nan, "p_value": p, "p_adjusted": adjusted_p(p), "n": model.rows_of_terms()})  # fmt: skip
    first = model.groups[next(iter(model.groups))][0]
    statistic, effect, least = of_first(
        model, beta[1:], covariance[1:, 1:], "regression_log_odds" if binary else "regression_effect", unit=step[first]
    )
    alpha = float(np.asarray(correlation.dep_params).ravel()[0])
    return Answer(
        method="gee", columns={**model.columns(), "cluster": cluster}, table=rows, statistic=statistic | {"alpha": alpha},
        effects=(effect, Effect("regression_alpha", alpha)), detectable=least, family="regression_terms", caveats=model.caveats(),
        extra={"constant": float(beta[0]), "constant_se": float(np.sqrt(covariance[0, 0])), "hit": model.hit}, **model.names(),
    )  # fmt: skip


def _is_yes_no(table: pd.DataFrame, outcome: Column) -> bool:
    name = str(outcome)
    return name in table.columns and isinstance(outcome, str) and pd.api.types.is_bool_dtype(table[name].dtype)


def _clustered(table, outcome, drivers, cluster, weights, method, **options) -> Model:
    """The model, with clusters of more than one row.

    Raises:
        DataError: No cluster named, or every row is a cluster of its own.
    """
    if not isinstance(cluster, str):
        raise DataError("regression_needs_cluster", method=Words(f"method.{method}.name"))
    model = make_model(
        table, outcome, drivers, method=method, weights=weights, weight_kind="frequency", cluster=cluster, **options
    )
    if model.sample.names["clusters"] >= model.n:
        raise DataError("regression_single_rows", column=cluster, method=Words(f"method.{method}.name"))
    return model


def _owners(model: Model) -> list[str]:
    owner = {place: driver for driver, places in model.groups.items() for place in places}
    return [owner[k] for k in range(len(model.terms))]


def _clusters(table: pd.DataFrame, model: Model, column: str, effects: np.ndarray, se: np.ndarray) -> pd.DataFrame:
    """Each cluster's intercept, under its own name."""
    first = np.unique(model.cluster, return_index=True)[1]
    labels = model.sample.rows.index
    names = (
        table[column].to_numpy()[table.index.get_indexer(labels)]
        if table.index.is_unique
        else np.asarray(model.cluster)
    )
    low, high = limits(effects, se, np.inf)
    return pd.DataFrame(
        {
            "cluster": names[first],
            "effect": effects,
            "lower": low,
            "upper": high,
            "n": np.bincount(model.cluster, model.weight),
        }
    )


def _normal_clusters(effects: np.ndarray) -> Assumption:
    """Whether one cluster stands far from the rest."""
    spread = effects.std()
    far = float(np.abs(effects - effects.mean()).max() / spread) if spread > 0 else 0.0
    return Assumption("regression_clusters_normal", far < 4, {"far": round(far, 1)})
