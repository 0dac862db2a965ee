"""Regression of a yes or no: odds ratios, effects in points, calibration, and Firth's remedy where a driver tells all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from ccsat.errors import DataError, listing
from ccsat.estimates import adjust as adjusted_p
from ccsat.estimates import wilson
from ccsat.methods.answer import Answer, Assumption, Effect
from ccsat.methods.ordinal_inference import limits, p_two_sided, wald
from ccsat.methods.regression import with_direct
from ccsat.methods.regression_design import Model, make_model, of_first, units_of
from ccsat.numerics.design_rows import concordance, group_rows, robust_covariance
from ccsat.numerics.firth import fit_firth
from ccsat.numerics.lines import inflation, sum_clusters
from ccsat.numerics.multinomial import Multinomial, fit_multinomial, marginal_effects
from ccsat.scales import Column

FAR = 12.0  # log-odds across a term's spread beyond which it tells the outcome all but for sure
PER_TERM = 10


def logistic_regression(
    table: pd.DataFrame, outcome: Column, drivers: Sequence[Column], *, top_from: object = None, event: object = None,
    mediators: Sequence[Column] = (), weights: str | None = None, weight_kind: str = "sampling", cluster: str | bool | None = None,
    units: Mapping[str, float] | None = None, firth: bool = False, derivative: bool = False,
) -> Answer:  # fmt: skip
    """By how many points does the share of good (or bad) outcomes move with each driver, the others held equal?

    Args:
        outcome: Two levels (bool, 0/1, two categories), or any with `top_from` (lowest level that is a yes) or `event`.
        drivers: Numbers count per unit; other columns by level, against their first. The first driver is the one asked about.
        mediators: Left out of the (total) effect, and in `direct`.
        weight_kind: "frequency", "sampling" (linearised errors) or "precision" (scaled to mean 1).
        cluster: Errors over clusters, t with clusters - 1 degrees of freedom.
        units: Driver -> step that odds ratio and effect are for.
        firth: Firth's penalised likelihood with profile limits: finite where a driver tells the outcome for sure.
        derivative: Yes/no drivers, too, by their average slope, not by the difference of on and off.

    Returns:
        One row a term: `term, driver, unit, coefficient, se, odds_ratio, lower, upper` (of the odds ratio) `, effect` (average marginal:
        share per unit, or of the level against the first) `, effect_lower, effect_upper, p_value` (of the coefficient) `, p_adjusted` (BH)
        `, separated` (no finite estimate: numbers are NaN) `, n`; with mediators also `direct, direct_lower, direct_upper`. Effects: of the
        first driver in share (0 to 1), its odds ratio, AUC. `extra`: `constant, constant_se, covariance, calibration` (one row a tenth
        of predictions: `n, predicted, observed, lower, upper`), `hit`, `direct`.

    Raises:
        ScaleError: More than two levels and no cut. DataError: One level, drivers that repeat each other, too few rows.

    Source:
        Hosmer, Lemeshow and Sturdivant (2013), Applied Logistic Regression; effects by the delta method: Greene (2018), 17.3;
        Firth (1993), Biometrika 80, 27-38; Heinze and Schemper (2002), Statistics in Medicine 21, 2409-2419.
    """
    if firth and weights is not None and weight_kind != "frequency":
        raise DataError("regression_firth_weights", kind=weight_kind)
    asked = {
        "weights": weights,
        "weight_kind": weight_kind,
        "cluster": cluster,
        "top_from": top_from,
        "event": event,
        "binary": True,
    }
    drivers = [drivers] if not isinstance(drivers, Sequence) or isinstance(drivers, str) else list(drivers)
    answer = _answer(
        make_model(table, outcome, drivers, method="logistic_regression", beside=mediators, **asked),
        units,
        firth,
        derivative,
    )
    if not mediators:
        return answer
    fuller = make_model(table, outcome, [*drivers, *mediators], method="logistic_regression", **asked)
    return with_direct(answer, _answer(fuller, units, firth, derivative), mediators)


def fit_logit(model: Model) -> tuple[Multinomial, np.ndarray]:
    """The maximum-likelihood fit, and the covariance that clusters or weights ask for."""
    import dataclasses

    w = _weights(model)
    fit = fit_multinomial(model.x, model.y.astype(int), 2, weight=w)
    if model.cluster is None and model.kind != "sampling":
        return fit, fit.covariance
    influence = (model.x * (w * (model.y - fit.p[:, 1]))[:, None]) @ fit.covariance
    if model.cluster is None:
        covariance = influence.T @ influence * (model.n / max(model.n - 1, 1))
    else:
        sums, groups = sum_clusters(influence, model.cluster), int(model.cluster.max()) + 1
        rows = 1.0 if model.kind == "sampling" else (model.n - 1) / max(model.n - model.x.shape[1], 1)
        covariance = groups / (groups - 1) * rows * sums.T @ sums
    return dataclasses.replace(fit, covariance=covariance), covariance


def _weights(model: Model) -> np.ndarray:
    w = np.ones(len(model.y)) if model.weight is None else model.weight
    return w if model.kind in (None, "frequency") else w * (len(w) / w.sum())


def _answer(model: Model, units, firth: bool, derivative: bool) -> Answer:
    import dataclasses

    fit, covariance = fit_logit(model)
    w, step = _weights(model), units_of(model, units)
    lost = _separated(model, fit) if fit.separated else []
    profile = None
    if firth:
        profile = fit_firth(model.x, model.y, w)
        eta = model.x @ profile.beta
        share = 1 / (1 + np.exp(-eta))
        fit = dataclasses.replace(
            fit,
            beta=profile.beta[:, None],
            covariance=profile.covariance,
            p=np.column_stack([1 - share, share]),
            separated=False,
        )
        covariance, lost = profile.covariance, []
        model = dataclasses.replace(model, df=np.inf)
    table = _terms(model, fit, covariance, step, lost, profile, derivative)
    first = model.groups[next(iter(model.groups))]
    statistic, effect, least = _asked(model, fit, covariance, step, table, lost)
    auc, auc_low, auc_high = _auc(model, fit, w)
    statistic |= _statistics(model, fit, covariance, w, auc, firth)
    found = (*effect, Effect("regression_auc", auc, auc_low, auc_high, null=0.5))
    caveats = model.caveats()
    if lost:
        caveats = (*caveats, ("caveat.regression_separated", {"terms": listing(model.terms[k] for k in lost)}))
    if firth and model.cluster is not None:
        caveats = (*caveats, ("caveat.regression_firth_clusters", {"column": model.sample.names["cluster"]}))
    names = pd.Index(["(constant)", *model.terms])
    calibration = calibrate(fit.p[:, 1], model.y, w if model.kind == "frequency" else None)
    return Answer(
        method="logistic_regression", columns=model.columns(), table=table, statistic=statistic, effects=found, detectable=least, family="regression_terms",
        assumptions=_assumptions(model, calibration, w), caveats=caveats,
        extra={"constant": float(fit.beta[0, 0]), "constant_se": float(np.sqrt(covariance[0, 0])), "hit": model.hit,
               "covariance": pd.DataFrame(covariance, names, names), "calibration": calibration}, **model.names(n_effective=_worth(model, fit, w, covariance, first[0])),
    )  # fmt: skip


def _terms(model: Model, fit: Multinomial, covariance, step, lost, profile, derivative) -> pd.DataFrame:
    b, se = fit.beta[1:, 0] * step, np.sqrt(np.maximum(np.diag(covariance)[1:], 0)) * np.abs(step)
    low, high = limits(b, se, model.df)
    p = p_two_sided(b, se, model.df)
    if profile is not None:
        ends = np.sort(np.column_stack([profile.lower[1:] * step, profile.upper[1:] * step]), axis=1)
        low, high, p = ends[:, 0], ends[:, 1], profile.p_value[1:]
    effect, effect_se = np.empty(len(b)), np.empty(len(b))
    weight = _weights(model)
    for k in range(len(b)):
        moves = None if derivative else model.design.moves(model.x, k + 1)
        value, error = marginal_effects(fit, model.x, column=k + 1, weight=weight, moves=moves)
        effect[k], effect_se[k] = value[1] * (1.0 if moves else step[k]), error[1] * (1.0 if moves else abs(step[k]))
    effect_low, effect_high = limits(effect, effect_se, model.df)
    gone = np.isin(np.arange(len(b)), lost)
    blank = lambda values: np.where(gone, np.nan, values)
    owner = {place: driver for driver, places in model.groups.items() for place in places}
    with np.errstate(over="ignore"):
        return pd.DataFrame({
            "term": model.terms, "driver": [owner[k] for k in range(len(b))], "unit": step, "coefficient": blank(b), "se": blank(se),
            "odds_ratio": blank(np.exp(b)), "lower": blank(np.exp(low)), "upper": blank(np.exp(high)), "effect": blank(effect),
            "effect_lower": blank(effect_low), "effect_upper": blank(effect_high), "p_value": blank(p), "p_adjusted": adjusted_p(blank(p)),
            "separated": gone, "n": model.rows_of_terms(),
        })  # fmt: skip


def _asked(model, fit, covariance, step, table, lost) -> tuple[dict, tuple[Effect, ...], float | None]:
    """Test, effects and smallest detectable effect of the first driver."""
    places = next(iter(model.groups.values()))
    if set(places) & set(lost):
        return {"p_value": np.nan}, (), None
    first = places[0]
    statistic, widest, least = of_first(
        model, fit.beta[1:, 0], covariance[1:, 1:], "regression_log_odds", unit=step[first]
    )
    if len(places) > 1:
        with np.errstate(over="ignore"):
            odds = Effect(
                "regression_odds_ratio_widest",
                *(float(np.exp(v)) for v in (widest.value, widest.lower, widest.upper)),
                null=1.0,
            )
        return statistic, (odds,), float(np.exp(least))
    row = table.iloc[first]
    statistic["p_value"] = float(row["p_value"])
    return (statistic, (Effect("regression_points", *(float(row[key]) for key in ("effect", "effect_lower", "effect_upper"))),
                        Effect("regression_odds_ratio", *(float(row[key]) for key in ("odds_ratio", "lower", "upper")), null=1.0)),
            least / abs(float(fit.beta[first + 1, 0] * step[first])) * abs(float(row["effect"])) if row["effect"] else None)  # fmt: skip


def _statistics(model, fit, covariance, w, auc, firth) -> dict[str, float]:
    p, y = fit.p[:, 1], model.y
    yes, no = w * y, w * (1 - y)
    found = {
        "auc": auc,
        "brier": float(w @ (y - p) ** 2 / w.sum()),
        "tjur": float(yes @ p / yes.sum() - no @ p / no.sum()),
        "share": float(yes.sum() / w.sum()),
    }
    chi2, tail = wald(fit.beta[1:, 0], covariance[1:, 1:], model.df)
    found |= {"wald_all": chi2, "p_all": tail}
    if model.kind in (None, "frequency") and not firth:
        deviance, null, n = -2 * fit.log_likelihood, -2 * fit.null_log_likelihood, model.n
        cox = -np.expm1((deviance - null) / n)
        found |= {"deviance": deviance, "null_deviance": null, "aic": deviance + 2 * model.x.shape[1], "mcfadden": 1 - deviance / null,
                  "nagelkerke": float(cox / -np.expm1(-null / n))}  # fmt: skip
    return found


def _auc(model: Model, fit: Multinomial, w: np.ndarray) -> tuple[float, float, float]:
    """Chance that a yes has the higher prediction, with the interval of its influences."""
    score = fit.p[:, 1]
    rows = group_rows([score], model.y.astype(np.int64), 2, None if model.kind is None else w)
    value, moves = concordance(rows.x[:, 0], rows)
    if model.kind == "frequency" and model.cluster is None:
        se = float(np.sqrt(rows.weight @ moves**2))
    else:
        se = float(np.sqrt(robust_covariance(moves[:, None], rows, model.cluster)[0, 0]))
    low, high = limits(np.array(value), np.array(se), model.df)
    return value, float(max(low, 0)), float(min(high, 1))


def calibrate(p: np.ndarray, y: np.ndarray, weight: np.ndarray | None = None, groups: int = 10) -> pd.DataFrame:
    """Predicted against observed share, in tenths of the predictions: `n, predicted, observed, lower, upper`."""
    w = np.ones(len(y)) if weight is None else weight
    values, place = np.unique(np.round(p, 12), return_inverse=True)
    held = np.bincount(place, w)
    cut = np.minimum(((np.cumsum(held) - held / 2) / held.sum() * groups).astype(int), groups - 1)[place]
    at = np.unique(cut, return_inverse=True)[1]
    n, predicted, observed = (np.bincount(at, w * column) for column in (np.ones(len(y)), p, y))
    low, high = wilson(observed, n)
    return pd.DataFrame({"n": n, "predicted": predicted / n, "observed": observed / n, "lower": low, "upper": high})


def _assumptions(model: Model, calibration: pd.DataFrame, w: np.ndarray) -> tuple[Assumption, ...]:
    from scipy.stats import chi2

    n, p = calibration["n"], calibration["predicted"].clip(1e-9, 1 - 1e-9)
    statistic = float((n * (calibration["observed"] - p) ** 2 / (p * (1 - p))).sum())
    tail = float(chi2.sf(statistic, max(len(calibration) - 2, 1)))
    worst = float((calibration["observed"] - calibration["predicted"]).abs().max())
    fewer = float(min(model.y @ w, (1 - model.y) @ w)) / len(model.terms)
    factors, condition = inflation(model.x[:, 1:], list(model.groups.values()), model.weight)
    high = [name for name, value in zip(model.groups, factors, strict=True) if value > 5]
    return (Assumption("regression_calibrated", tail >= 0.01 or worst < 0.05, {"worst": round(worst, 3), "p": round(tail, 4)}),
            Assumption("regression_events", fewer >= PER_TERM, {"per": round(fewer, 1)}),
            Assumption("regression_collinear", not high and condition < 30, {"drivers": listing(high) or "–", "most": round(float(factors.max()), 1),
                                                                             "condition": round(condition, 1)}))  # fmt: skip


def _separated(model: Model, fit: Multinomial) -> list[int]:
    """Terms whose coefficients run away: far over their spread, or far from Firth's."""
    calm = fit_firth(model.x, model.y, _weights(model), profile=False)
    spread = model.x[:, 1:].std(0)
    run = np.abs(fit.beta[1:, 0] - calm.beta[1:]) * spread
    wide = np.ptp(model.x[:, 1:], axis=0) * np.abs(fit.beta[1:, 0])
    return [k for k in range(len(spread)) if wide[k] > FAR and run[k] > 1.0]


def _worth(model, fit, w, covariance, first) -> float | None:
    """Rows that would tell as much of the first driver if they were independent and weighed the same."""
    if model.cluster is None and model.kind != "sampling":
        return None
    plain = fit_multinomial(model.x, model.y.astype(int), 2, weight=w).covariance[first + 1, first + 1]
    robust = covariance[first + 1, first + 1]
    return float(model.n * min(plain * w.sum() / model.n / robust, 1.0)) if robust > 0 else None
