"""Cumulative link models of an ordered outcome: odds of a higher answer, and the answer shares they mean."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from ccsat.errors import DataError, listing
from ccsat.methods.answer import Answer, Effect
from ccsat.methods.ordinal_design import Design, make_design
from ccsat.methods.ordinal_inference import apart, detectable, limits, p_two_sided, wald
from ccsat.methods.ordinal_shares import adjusted_shares, share_changes, share_table, top_change
from ccsat.numerics.cumulative import CumulativeFit, fit_cumulative, influence_rows
from ccsat.numerics.design_rows import concordance, robust_covariance
from ccsat.numerics.links import LATENT_VARIANCE, LINKS
from ccsat.scales import Column


def ordered_logit(
    table: pd.DataFrame, outcome: Column, drivers: Sequence[Column], *, weights: str | None = None, weight_kind: str = "sampling",
    cluster: str | bool | None = None, units: Mapping[str, float] | None = None, top_from: object = None, check: bool = True,
) -> Answer:  # fmt: skip
    """What moves the answer up or down, with the other drivers held equal?

    Proportional odds: P(Y <= j) = F(theta_j - x'b), so a positive coefficient means higher answers. The first driver is the
    one asked about; its odds ratio, p-value and smallest detectable odds ratio are the answer's.

    Args:
        drivers: Numbers as they are; other columns one term a level against the most frequent one (ordered: the lowest).
        weight_kind: "frequency": n is their sum. "sampling": sandwich standard errors. "precision": scaled to mean 1.
        cluster: Sandwich standard errors over clusters (CR1), t with clusters - 1 degrees of freedom.
        units: Driver -> step that its coefficient is for, e.g. {"wait_min": 5}; 1 where not named.
        top_from: The lowest of the levels whose share `share_change` is of; the upper two of five or more levels, else the top.
        check: Whether to check proportional odds (one more fit a cut).

    Returns:
        One row a term: `term, driver, level, reference, unit, coefficient, se, odds_ratio, lower, upper, p_value,
        share_change, share_change_lower, share_change_upper` (of the top answers when the driver rises by its unit,
        everyone else's drivers as they are; 0 to 1), `separated` (no finite estimate: numbers are NaN), `n`.
        `extra`: `thresholds`, `covariance` (thresholds, then terms at unit 1), `shares` (the thing to show: average adjusted
        share of each level at values of each driver), `changes` (of those shares), `levels`, `level_shares`, `proportional_odds`.
        `statistic`: the likelihood-ratio test and pseudo R2 stand only where the likelihood is that of the rows.

    Raises:
        ScaleError: A nominal outcome. DataError: One level, a driver that others determine, too few rows.

    Source:
        McCullagh (1980), JRSS B 42, 109-142; Agresti (2010), Analysis of Ordinal Categorical Data, ch. 3.
    """
    design = make_design(
        table,
        outcome,
        drivers,
        method="ordered_logit",
        weights=weights,
        weight_kind=weight_kind,
        cluster=cluster,
        units=units,
    )
    return answer_from(design, "logit", "ordered_logit", top_from, check)


def cumulative_link(
    table: pd.DataFrame, outcome: Column, drivers: Sequence[Column], *, link: str = "probit", weights: str | None = None,
    weight_kind: str = "sampling", cluster: str | bool | None = None, units: Mapping[str, float] | None = None, top_from: object = None,
) -> Answer:  # fmt: skip
    """How far do drivers shift the satisfaction behind the answers?

    `ordered_logit` under another link: "probit" (normal satisfaction; coefficients in its standard deviations), "cloglog"
    (many at the top: proportional hazards of a low answer) or "logit". Arguments and table as there; `odds_ratio` only for logit.

    Returns:
        As `ordered_logit`. `latent_shift`: the coefficient over the standard deviation of the variable behind the answers.

    Raises:
        As `ordered_logit`; DataError: a link there is not.

    Source:
        McCullagh (1980), JRSS B 42, 109-142.
    """
    if link not in LINKS:
        raise DataError("ordinal_link", link=link, known=listing(LINKS))
    design = make_design(
        table,
        outcome,
        drivers,
        method="cumulative_link",
        weights=weights,
        weight_kind=weight_kind,
        cluster=cluster,
        units=units,
    )
    return answer_from(design, link, "cumulative_link", top_from, link == "logit")


# ----------------------------------------------------------------------------------------------------


def answer_from(design: Design, link: str, method: str, top_from: object, check: bool) -> Answer:
    """The answer of a design: fit, errors, shares and check."""
    from ccsat.methods.ordinal_checks import odds_check

    fit = fit_cumulative(design.rows, link=link)
    influence = influence_rows(fit, design.rows) if design.robust else None
    covariance = design.covariance(fit.covariance, influence)
    top = top_levels(design, top_from)
    coefficients = coefficient_table(
        design, fit.beta, covariance[fit.first_slope :, fit.first_slope :], fit.separated, link == "logit"
    )
    if link != "logit":
        coefficients.insert(7, "latent_shift", coefficients["coefficient"] / np.sqrt(LATENT_VARIANCE[link]))
    changes = top_change(design, fit, covariance, top)
    for name, values in changes.items():
        coefficients.insert(len(coefficients.columns) - 2, name, values)
    statistic, effects, least = asked_about(
        design, fit.beta, covariance[fit.first_slope :, fit.first_slope :], fit.separated, link
    )
    statistic |= fit_statistics(design, fit)
    score = design.rows.x @ fit.beta
    c, moves = concordance(score, design.rows)
    c_se = float(np.sqrt(robust_covariance(moves[:, None], design.rows, design.cluster)[0, 0]))
    statistic["c_index"] = c
    low, high = limits(c, c_se, design.df)
    effects = (*effects, Effect("ordinal_c_index", c, float(max(low, 0)), float(min(high, 1)), null=0.5))
    assumptions, odds = (), None
    if check and len(design.levels) > 2 and link == "logit":
        odds = odds_check(design, None if fit.separated else fit.parameters)
        assumptions = (odds.assumption,)
    settings = adjusted_shares(design, fit)
    cuts = cut_names(design.levels)
    se = np.sqrt(np.diag(covariance))
    extra = {
        "thresholds": pd.DataFrame({"cut": cuts, "value": fit.theta, "se": se[: len(cuts)]}),
        "covariance": pd.DataFrame(covariance, [*cuts, *(t.name for t in design.terms)], [*cuts, *(t.name for t in design.terms)]),
        "shares": share_table(settings, design, fit, covariance, top), "changes": share_changes(settings, design, fit, covariance), "levels": design.levels, "level_shares": design.level_shares(),
        "top_levels": tuple(design.levels[k] for k in top), "proportional_odds": None if odds is None else odds.table, "link": link,
    }  # fmt: skip
    return Answer(
        method=method, columns={"outcome": design.outcome, "drivers": list(dict.fromkeys(t.driver for t in design.terms))}, statistic=statistic,
        effects=effects, assumptions=assumptions, detectable=least, table=coefficients, extra=extra,
        caveats=design.caveats() + fit_caveats(design, fit.separated, fit.converged),
        **{**design.names(), "n_effective": _worth(design, fit, covariance)},
    )  # fmt: skip


def coefficient_table(design: Design, beta, covariance, separated: Sequence[int], odds: bool) -> pd.DataFrame:
    """One row a term, in its unit; NaN where there is no finite estimate."""
    unit = np.array([term.unit for term in design.terms])
    value, se = beta * unit, np.sqrt(np.maximum(np.diag(covariance), 0)) * np.abs(unit)
    lost = np.isin(np.arange(len(beta)), separated)
    value, se = np.where(lost, np.nan, value), np.where(lost, np.nan, se)
    low, high = limits(value, se, design.df)
    ratio = np.exp(value) if odds else np.full(len(value), np.nan)
    return pd.DataFrame({
        "term": [term.name for term in design.terms], "driver": [term.driver for term in design.terms],
        "level": pd.Series([term.level for term in design.terms], dtype=object),
        "reference": pd.Series([term.reference for term in design.terms], dtype=object), "unit": unit,
        "coefficient": value, "se": se, "odds_ratio": ratio, "lower": np.exp(low) if odds else low, "upper": np.exp(high) if odds else high,
        "p_value": p_two_sided(value, se, design.df), "separated": lost, "n": design.names()["n"],
    })  # fmt: skip


def asked_about(
    design: Design, beta, covariance, separated, link: str
) -> tuple[dict, tuple[Effect, ...], float | None]:
    """Test, effect and smallest detectable effect of the first driver."""
    places = design.places(design.terms[0].driver)
    if set(places) & set(separated):
        return {"p_value": np.nan}, (), None
    turned = np.exp if link == "logit" else (lambda v: v / np.sqrt(LATENT_VARIANCE[link]))
    null = 1.0 if link == "logit" else 0.0
    if len(places) == 1:
        unit = design.terms[places[0]].unit
        value, se = beta[places[0]] * unit, float(np.sqrt(covariance[places[0], places[0]])) * abs(unit)
        low, high = limits(value, se, design.df)
        effect = Effect(
            "ordinal_odds_ratio" if link == "logit" else "ordinal_latent_shift",
            float(turned(value)),
            float(turned(low)),
            float(turned(high)),
            null=null,
        )
        return ({"z" if np.isinf(design.df) else "t": value / se, "df": design.df, "p_value": float(p_two_sided(value, se, design.df))}, (effect,),
                float(turned(detectable(se, design.df))))  # fmt: skip
    block = covariance[np.ix_(places, places)]
    chi2, p = wald(beta[places], block, design.df)
    gap, half = apart(beta[places], block, design.df, clearly=True)
    effect = Effect("ordinal_odds_ratio_clearest" if link == "logit" else "ordinal_latent_clearest", float(turned(gap)), float(turned(gap - half)),
                    float(turned(gap + half)), null=null)  # fmt: skip
    se = float(np.sqrt(np.diag(block).mean()))
    return (
        {"wald_chi2": chi2, "wald_df": len(places), "p_value": p},
        (effect,),
        float(turned(detectable(se, design.df, len(places)))),
    )


def fit_statistics(design: Design, fit: CumulativeFit) -> dict[str, float]:
    """Log-likelihood and what follows from it; tests and pseudo R2 only where it is the rows' own."""
    found = {"loglik": fit.loglik}
    if design.robust:
        return found
    from scipy.stats import chi2

    lr, n = 2 * (fit.loglik - fit.loglik_null), float(design.rows.weight.sum())
    cox = -np.expm1(-lr / n)
    return found | {"loglik_null": fit.loglik_null, "aic": 2 * len(fit.parameters) - 2 * fit.loglik, "lr_chi2": lr, "lr_df": len(fit.beta),
                    "lr_p": float(chi2.sf(lr, len(fit.beta))), "mcfadden": 1 - fit.loglik / fit.loglik_null, "cox_snell": cox,
                    "nagelkerke": cox / -np.expm1(2 * fit.loglik_null / n)}  # fmt: skip


def top_levels(design: Design, top_from: object) -> tuple[int, ...]:
    """Places of the levels whose share counts as good."""
    k = len(design.levels)
    if top_from is None:
        return tuple(range(k - (2 if k >= 5 else 1), k))
    if top_from not in design.levels[1:]:
        raise DataError("ordinal_top_from", level=str(top_from), known=listing(design.levels[1:]))
    return tuple(range(design.levels.index(top_from), k))


def cut_names(levels: Sequence) -> list[str]:
    """A cut is named by the levels that it parts: "1|2"."""
    return [f"{low}|{high}" for low, high in zip(levels[:-1], levels[1:], strict=True)]


def fit_caveats(design: Design, separated: Sequence[int], converged: bool) -> tuple[tuple[str, dict], ...]:
    """Terms that tell answers apart without error have no finite odds ratio; else a fit should have settled."""
    if separated:
        return (("caveat.ordinal_separated", {"terms": listing(design.terms[k].name for k in separated)}),)
    return () if converged else (("caveat.ordinal_unsettled", {}),)


def _worth(design: Design, fit: CumulativeFit, covariance: np.ndarray) -> float | None:
    """Rows that would tell as much of the first driver if they were independent and weighed the same."""
    if not design.robust or 0 in fit.separated:
        return None
    place = fit.first_slope
    equal = fit.covariance[place, place] * design.rows.weight.sum() / design.n
    return float(design.n * min(equal / covariance[place, place], 1.0)) if covariance[place, place] > 0 else None
