"""Other models of ordered answers: from one level to the next, from low to high, and the spread of the answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import pandas as pd

from ccsat.errors import DataError, listing
from ccsat.methods.answer import Answer, Effect
from ccsat.methods.ordinal_design import make_design
from ccsat.methods.ordinal_inference import detectable, limits, p_two_sided, wald
from ccsat.methods.ordinal_models import asked_about, coefficient_table, cut_names, fit_caveats
from ccsat.numerics.location_scale import fit_location_scale
from ccsat.numerics.stepwise_levels import LevelsFit, fit_adjacent, fit_continuation
from ccsat.scales import Column


def adjacent_category(
    table: pd.DataFrame, outcome: Column, drivers: Sequence[Column], *, weights: str | None = None, weight_kind: str = "sampling",
    cluster: str | bool | None = None, units: Mapping[str, float] | None = None,
) -> Answer:  # fmt: skip
    """What makes the next higher answer likelier than the one below it?

    log P(Y = j+1) / P(Y = j) = a_j + x'b. The first driver is the one asked about.

    Args:
        weights, weight_kind, cluster, units: As `ordered_logit`.

    Returns:
        One row a term: `term, driver, level, reference, unit, coefficient, se, odds_ratio` (of one step up)`, lower, upper, p_value,
        separated, n`. `extra["intercepts"]`: `step, value, se`.

    Raises:
        As `ordered_logit`.

    Source:
        Agresti (2010), Analysis of Ordinal Categorical Data, 4.1.
    """
    return _steps(fit_adjacent, "adjacent_category", table, outcome, drivers, weights, weight_kind, cluster, units)


def continuation_ratio(
    table: pd.DataFrame, outcome: Column, drivers: Sequence[Column], *, weights: str | None = None, weight_kind: str = "sampling",
    cluster: str | bool | None = None, units: Mapping[str, float] | None = None,
) -> Answer:  # fmt: skip
    """Once an answer is at least so high, what carries it further?

    logit P(Y > j given Y >= j) = a_j + x'b: for scales passed step by step. The first driver is the one asked about.

    Args:
        weights, weight_kind, cluster, units: As `ordered_logit`.

    Returns:
        As `adjacent_category`; the odds ratio is of going on past a level reached.

    Raises:
        As `ordered_logit`.

    Source:
        Fienberg (1980), The Analysis of Cross-Classified Categorical Data; Agresti (2010), 4.2.
    """
    return _steps(fit_continuation, "continuation_ratio", table, outcome, drivers, weights, weight_kind, cluster, units)


def _steps(
    fitted: Callable[..., LevelsFit], method, table, outcome, drivers, weights, weight_kind, cluster, units
) -> Answer:
    design = make_design(
        table, outcome, drivers, method=method, weights=weights, weight_kind=weight_kind, cluster=cluster, units=units
    )
    fit = fitted(design.rows)
    covariance, m = design.covariance(fit.covariance, fit.influence), len(design.levels) - 1
    beta, block = fit.parameters[m:], covariance[m:, m:]
    statistic, effects, least = asked_about(design, beta, block, fit.separated, "logit")
    intercepts = pd.DataFrame(
        {"step": cut_names(design.levels), "value": fit.parameters[:m], "se": np.sqrt(np.diag(covariance)[:m])}
    )
    return Answer(
        method=method, columns={"outcome": design.outcome, "drivers": list(dict.fromkeys(t.driver for t in design.terms))},
        statistic=statistic | {"loglik": fit.loglik}, effects=effects, detectable=least, table=coefficient_table(design, beta, block, fit.separated, True),
        extra={"intercepts": intercepts, "levels": design.levels}, caveats=design.caveats() + fit_caveats(design, fit.separated, fit.converged), **design.names(),
    )  # fmt: skip


def ordered_logit_spread(
    table: pd.DataFrame, outcome: Column, drivers: Sequence[Column], *, spread: Sequence[str] | None = None, weights: str | None = None,
    weight_kind: str = "sampling", cluster: str | bool | None = None, units: Mapping[str, float] | None = None,
) -> Answer:  # fmt: skip
    """Do groups differ in how far their answers scatter, and not only in how high they are?

    Location-scale ordered logit: P(Y <= j) = F((theta_j - x'b) / exp(z's)). At a ceiling a wider scatter lowers the mean
    of the answers though satisfaction itself is no lower.

    Args:
        spread: Drivers that the scatter may depend on; the first driver where not named.
        weights, weight_kind, cluster, units: As `ordered_logit`.

    Returns:
        One row a term and part: `term, part` ("location" or "spread"), `unit, coefficient, se, ratio` (odds ratio; factor of the
        scatter), `lower, upper, p_value, n`. The test and the effect are of the scatter. `extra["thresholds"]`.

    Raises:
        As `ordered_logit`; DataError: `spread` names no driver, two levels only, or no fit.

    Source:
        McCullagh (1980), JRSS B 42, 6.1; Cox (1995), Statistics in Medicine 14, 1191-1203.
    """
    from scipy.stats import chi2

    design = make_design(
        table,
        outcome,
        drivers,
        method="ordered_logit_spread",
        weights=weights,
        weight_kind=weight_kind,
        cluster=cluster,
        units=units,
    )
    known = list(dict.fromkeys(term.driver for term in design.terms))
    spread = known[:1] if spread is None else [spread] if isinstance(spread, str) else list(spread)
    if not spread or set(spread) - set(known):
        raise DataError("ordinal_free", free=listing(spread) or "–", known=listing(known))
    if len(design.levels) < 3:
        raise DataError("ordinal_two_cuts", column=design.outcome, levels=listing(design.levels))
    places = [k for driver in spread for k in design.places(driver)]
    fit = fit_location_scale(design.rows, places)
    if not fit.converged:
        raise DataError("ordinal_no_fit", outcome=design.outcome)
    covariance, m, p = design.covariance(fit.covariance, fit.influence), len(design.levels) - 1, len(design.terms)
    terms = [*design.terms, *(design.terms[k] for k in places)]
    unit = np.array([term.unit for term in terms])
    value, se = fit.parameters[m:] * unit, np.sqrt(np.diag(covariance)[m:]) * np.abs(unit)
    low, high = limits(value, se, design.df)
    found = pd.DataFrame({"term": [term.name for term in terms], "part": ["location"] * p + ["spread"] * len(places), "unit": unit, "coefficient": value,
                          "se": se, "ratio": np.exp(value), "lower": np.exp(low), "upper": np.exp(high), "p_value": p_two_sided(value, se, design.df),
                          "n": design.names()["n"]})  # fmt: skip
    if design.robust:
        wald_chi2, p_value = wald(fit.parameters[m + p :], covariance[m + p :, m + p :], design.df)
        statistic = {"wald_chi2": wald_chi2, "df": len(places), "p_value": p_value, "loglik": fit.loglik}
    else:
        lr = 2 * (fit.loglik - fit.loglik_same_spread)
        statistic = {"lr_chi2": lr, "df": len(places), "p_value": float(chi2.sf(lr, len(places))), "loglik": fit.loglik}
    effect = Effect("ordinal_scatter", float(np.exp(value[p])), float(np.exp(low[p])), float(np.exp(high[p])), null=1.0)
    return Answer(
        method="ordered_logit_spread", columns={"outcome": design.outcome, "drivers": known, "spread": spread}, statistic=statistic, effects=(effect,),
        detectable=float(np.exp(detectable(se[p], design.df))), table=found, caveats=design.caveats(),
        extra={"thresholds": pd.DataFrame({"cut": cut_names(design.levels), "value": fit.parameters[:m], "se": np.sqrt(np.diag(covariance)[:m])})},
        **design.names(),
    )  # fmt: skip
