"""Regression of a number on its drivers, with errors that hold for agents and weights, and both effects where one mediates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from ccsat.errors import DataError, listing
from ccsat.estimates import adjust as adjusted_p
from ccsat.methods.answer import Answer, Assumption, Effect
from ccsat.methods.ordinal_inference import limits, p_two_sided, wald
from ccsat.methods.regression_design import Model, make_model, of_first, units_of
from ccsat.numerics.lines import ERRORS, LinearFit, breusch_pagan, fit_linear, inflation, log_likelihood
from ccsat.scales import Column

MOST_INFLATED = 5.0
CURVED = 0.01  # p below which a square is worth a word


def linear_regression(
    table: pd.DataFrame, outcome: Column, drivers: Sequence[Column], *, mediators: Sequence[Column] = (), weights: str | None = None,
    weight_kind: str = "sampling", cluster: str | bool | None = None, errors: str | None = None, units: Mapping[str, float] | None = None,
    top_from: object = None, event: object = None,
) -> Answer:  # fmt: skip
    """By how much does the outcome move with each driver, the others held equal?

    Args:
        outcome: Numbers, or a `Cast`; yes/no (points of share) by bool, `top_from` or `event`.
        drivers: Numbers count per unit; other columns by level, against their first. The first driver is the one asked about.
        mediators: Columns that lie between the drivers and the outcome: left out of the (total) effect, and in `direct`.
        weight_kind: "frequency" (n is their sum), "sampling" (linearised errors), "precision" (scaled to mean 1).
        cluster: Errors over clusters, t with clusters - 1 degrees of freedom.
        errors: "classic", "HC0" to "HC3", "CR0", "CR1"; HC3, or CR1 with clusters, where not given.
        units: Driver -> step that its effect is for, e.g. {"wait_s": 60}.

    Returns:
        One row a term: `term, driver, unit, effect` (per unit) `, se, t, df, lower, upper, p_value, p_adjusted` (BH over terms)
        `, beta` (standardised) `, beta_lower, beta_upper, vif` (generalised, of the driver) `, n`; with mediators also `direct,
        direct_lower, direct_upper`. Effects: of the first driver per unit, standardised, and R2. `extra`: `constant, constant_se,
        covariance` (per 1), `vif, direct` (the answer with mediators). Statistic: p of the first driver; `F, F_p` of all.

    Raises:
        ScaleError: An ordinal or nominal outcome. DataError: No spread, drivers that repeat each other, too few rows.

    Source:
        MacKinnon and White (1985), Journal of Econometrics 29, 305-325; Liang and Zeger (1986), Biometrika 73, 13-22;
        sampling weights: Binder (1983), International Statistical Review 51, 279-292.
    """
    if errors is not None and (errors not in ERRORS or (errors.startswith("CR") and not isinstance(cluster, str))):
        raise DataError("regression_errors", errors=errors, known=listing(ERRORS))
    asked = {"weights": weights, "weight_kind": weight_kind, "cluster": cluster, "top_from": top_from, "event": event}
    drivers = [drivers] if not isinstance(drivers, Sequence) or isinstance(drivers, str) else list(drivers)
    model = make_model(table, outcome, drivers, method="linear_regression", beside=mediators, **asked)
    answer = _answer(model, errors, units)
    if not mediators:
        return answer
    fuller = make_model(table, outcome, [*drivers, *mediators], method="linear_regression", **asked)
    return with_direct(answer, _answer(fuller, errors, units), mediators)


def with_direct(answer: Answer, direct: Answer, mediators: Sequence[Column]) -> Answer:
    """Total effects with the direct ones beside them, and a word where they part."""
    from dataclasses import replace

    columns = [name for name in ("effect", "effect_lower", "effect_upper", "lower", "upper") if name in direct.table]
    columns = [name for name in columns if not ("effect_lower" in columns and name in ("lower", "upper"))]
    beside = direct.table.set_index("term").loc[answer.table["term"], columns].to_numpy()
    table = answer.table.assign(direct=beside[:, 0], direct_lower=beside[:, 1], direct_upper=beside[:, 2])
    first = table.iloc[0]
    caveat = (
        "caveat.regression_total_direct",
        {"total": float(first["effect"]), "direct": float(first["direct"]), "mediators": listing(mediators)},
    )
    return replace(answer, table=table, caveats=(*answer.caveats, caveat), extra={**answer.extra, "direct": direct},
                   columns={**answer.columns, "mediators": [str(one) for one in mediators]})  # fmt: skip


def _answer(model: Model, errors: str | None, units) -> Answer:
    fit = fit_linear(model.x, model.y, weight=model.weight, kind=model.kind, cluster=model.cluster, errors=errors)
    step, df = units_of(model, units), model.df if errors != "classic" else model.n - model.x.shape[1]
    b, covariance = fit.beta[1:], fit.covariance[1:, 1:]
    w = np.ones(len(model.y)) if model.weight is None else model.weight
    spread = lambda v: np.sqrt(np.maximum(w @ (v - w @ v / w.sum()) ** 2 / w.sum(), 0))
    standard = spread(model.x[:, 1:]) / spread(model.y)
    value, se = b * step, fit.se[1:] * np.abs(step)
    low, high = limits(value, se, df)
    factors, condition = inflation(model.x[:, 1:], list(model.groups.values()), model.weight)
    vif = dict(zip(model.groups, factors, strict=True))
    owner = {place: driver for driver, places in model.groups.items() for place in places}
    p = p_two_sided(value, se, df)
    turn = standard / step
    table = pd.DataFrame({
        "term": model.terms, "driver": [owner[k] for k in range(len(b))], "unit": step, "effect": value, "se": se, "t": value / np.where(se > 0, se, np.nan), "df": df,
        "lower": low, "upper": high, "p_value": p, "p_adjusted": adjusted_p(p), "beta": value * turn, "beta_lower": np.minimum(low * turn, high * turn),
        "beta_upper": np.maximum(low * turn, high * turn), "vif": [vif[owner[k]] for k in range(len(b))], "n": model.rows_of_terms(),
    })  # fmt: skip
    first = model.groups[next(iter(model.groups))][0]
    statistic, effect, least = of_first(model, b, covariance, "regression_effect", unit=step[first])
    effects = (
        effect,
        Effect("regression_beta", *(float(v) for v in table.loc[first, ["beta", "beta_lower", "beta_upper"]])),
        r2_effect(fit, len(b)),
    )
    statistic |= _statistics(model, fit, covariance, errors, condition)
    names = pd.Index(["(constant)", *model.terms])
    return Answer(
        method="linear_regression", columns=model.columns(), table=table, statistic=statistic, effects=effects, detectable=least, family="regression_terms",
        assumptions=_assumptions(model, fit, vif, condition, errors), caveats=model.caveats(),
        extra={"constant": float(fit.beta[0]), "constant_se": float(fit.se[0]), "covariance": pd.DataFrame(fit.covariance, names, names), "vif": vif},
        **model.names(n_effective=_worth(model, fit, first)),
    )  # fmt: skip


def _statistics(
    model: Model, fit: LinearFit, covariance: np.ndarray, errors: str | None, condition: float
) -> dict[str, float]:
    from scipy.stats import f

    n, p = fit.n, model.x.shape[1]
    found = {
        "r2": fit.r2,
        "adj_r2": 1 - (1 - fit.r2) * (n - 1) / (n - p),
        "sigma": float(np.sqrt(fit.sigma2)),
        "condition_number": condition,
    }
    if errors == "classic":
        statistic = fit.r2 / (p - 1) / ((1 - fit.r2) / (n - p))
        found |= {"F": statistic, "F_p": float(f.sf(statistic, p - 1, n - p))}
    else:
        chi2, tail = wald(fit.beta[1:], covariance, model.df)
        found |= {"F": chi2 / (p - 1), "F_p": tail}
    if model.kind in (None, "frequency"):
        loglik = log_likelihood(fit, model.weight)
        statistic, df, tail = breusch_pagan(model.x, fit.residual, model.weight)
        found |= {"loglik": loglik, "aic": 2 * (p + 1) - 2 * loglik, "bic": np.log(n) * (p + 1) - 2 * loglik,
                  "breusch_pagan": statistic, "breusch_pagan_df": df, "breusch_pagan_p": tail}  # fmt: skip
    return found


def _assumptions(
    model: Model, fit: LinearFit, vif: Mapping[str, float], condition: float, errors: str | None
) -> tuple[Assumption, ...]:
    high = {name: value for name, value in vif.items() if value > MOST_INFLATED}
    apart = Assumption(
        "regression_collinear",
        not high and condition < 30,
        {"drivers": listing(high) or "–", "most": round(max(vif.values()), 1), "condition": round(condition, 1)},
    )
    curved = curved_drivers(model, fit)
    line = Assumption("regression_linear", not curved, {"drivers": listing(curved) or "–"})
    found = [apart, line]
    if errors == "classic":
        p = breusch_pagan(model.x, fit.residual, model.weight if model.kind == "frequency" else None)[2]
        found.append(Assumption("regression_equal_spread", p >= 0.05, {"p": round(p, 4)}))
    return tuple(found)


def curved_drivers(model: Model, fit: LinearFit) -> list[str]:
    """Numeric drivers whose square tells more once all squares are added (Holm), by the model's own errors."""
    numbers = [k for k, own in enumerate(model.design.switch) if not own and np.unique(model.x[:2000, k + 1]).size > 2]
    if not numbers or model.n <= model.x.shape[1] + 2 * len(numbers) + 1:
        return []
    columns = model.x[:, 1:][:, numbers]
    squares = ((columns - columns.mean(0)) / columns.std(0)) ** 2
    wider = np.column_stack([model.x, squares])
    scaled = (wider[:, 1:] - wider[:, 1:].mean(0)) / np.where(wider[:, 1:].std(0) > 0, wider[:, 1:].std(0), 1.0)
    if (
        np.linalg.eigvalsh(scaled.T @ scaled / len(scaled))[0] < 1e-8
    ):  # a square that the other columns tell says nothing of curves
        return []
    more = fit_linear(wider, model.y, weight=model.weight, kind=model.kind, cluster=model.cluster)
    k = len(numbers)
    p = p_two_sided(more.beta[-k:], more.se[-k:], model.df)
    return [model.terms[place] for place, tail in zip(numbers, adjusted_p(p, "holm"), strict=True) if tail < CURVED]


def r2_effect(fit: LinearFit, terms: int) -> Effect:
    """R2 with the interval of its noncentral F (fixed drivers, independent rows)."""
    from ccsat.numerics.noncentral import spread_limits

    low, high = spread_limits(
        fit.r2 / terms / max((1 - fit.r2) / (fit.n - terms - 1), 1e-300), terms, fit.n - terms - 1, level=0.95
    )
    return Effect("regression_r2", fit.r2, low / (low + fit.n), high / (high + fit.n))


def _worth(model: Model, fit: LinearFit, first: int) -> float | None:
    """Rows that would tell as much of the first driver if they were independent and weighed the same."""
    if model.cluster is None and model.kind != "sampling":
        return None
    plain = (
        fit_linear(model.x, model.y, errors="HC1")
        if model.kind is None
        else fit_linear(model.x, model.y, weight=model.weight, kind="frequency", errors="HC1")
    )
    equal = plain.covariance[first + 1, first + 1] * plain.n / model.n
    robust = fit.covariance[first + 1, first + 1]
    return float(model.n * min(equal / robust, 1.0)) if robust > 0 else None
