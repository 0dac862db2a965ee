"""Whether one odds ratio does for every cut: Brant's test, the spread of the cut-specific odds ratios, the partial model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ccsat.errors import DataError, listing
from ccsat.estimates import adjust as adjusted_p
from ccsat.methods.answer import ALPHA, Answer, Assumption, Effect
from ccsat.methods.ordinal_design import Design, make_design
from ccsat.methods.ordinal_inference import apart, detectable, limits, p_two_sided, wald
from ccsat.methods.ordinal_models import cut_names, fit_caveats, fit_statistics, top_levels
from ccsat.methods.ordinal_shares import adjusted_shares, share_changes, share_table
from ccsat.numerics.brant import cut_slopes
from ccsat.numerics.cumulative import fit_cumulative, influence_rows
from ccsat.scales import Column

MATERIAL = 1.5  # largest over smallest cut-specific odds ratio of a typical step; below it one odds ratio does


@dataclass(frozen=True)
class OddsCheck:
    """What the cut-specific logits say; `table` has one row a term, `cuts` one a term and cut (None: not estimable)."""

    statistic: float
    df: int
    p_value: float
    table: pd.DataFrame | None
    cuts: pd.DataFrame | None
    assumption: Assumption
    spread: tuple[float, float, float] | None  # of the term with the widest spread: log ratio, half-width, its mean se


def odds_check(design: Design, start: np.ndarray | None = None) -> OddsCheck:
    """Brant's test, and whether what it finds is large enough to matter.

    With thousands of rows the test rejects trivial departures, so the assumption fails only where a term is both
    significant (Holm) and its largest cut-specific odds ratio is over 1.5 times its smallest, for a step of 0 to 1 or of
    two standard deviations. `start`: parameters of the proportional model.
    """
    found = cut_slopes(design.rows, robust=design.robust, cluster=design.cluster, start=start)
    if found is None:
        return OddsCheck(np.nan, 0, np.nan, None, None, Assumption("ordinal_proportional_odds", None), None)
    slopes, covariance = found
    cuts, p = slopes.shape
    chi2, p_value = wald(*_contrasts(slopes.ravel(), covariance, cuts, list(range(p)), p), design.df)
    weight = design.rows.weight / design.rows.weight.sum()
    spread = np.sqrt(weight @ (design.rows.x - weight @ design.rows.x) ** 2)
    lines, details, best = [], [], None
    for k, term in enumerate(design.terms):
        own, own_p = wald(*_contrasts(slopes.ravel(), covariance, cuts, [k], p), design.df)
        step = np.ptp(design.rows.x[:, k]) if term.two_valued else 2 * spread[k]
        place = np.arange(k, cuts * p, p)
        block = covariance[np.ix_(place, place)]
        differences = np.array([[-1.0] + [float(j == m) for j in range(cuts - 1)] for m in range(cuts - 1)])
        gap, half = apart(differences @ slopes[:, k], differences @ block @ differences.T, design.df, clearly=False)
        lines.append({"term": term.name, "chi2": own, "df": cuts - 1, "p_value": own_p, "step": step,
                      "ratio": float(np.exp(gap * step)), "ratio_lower": float(np.exp((gap - half) * step)),
                      "ratio_upper": float(np.exp((gap + half) * step)), "same_sign": bool((np.sign(slopes[:, k]) == np.sign(slopes[0, k])).all())})  # fmt: skip
        if best is None or gap * step > best[0]:
            best = (gap * step, half * step, float(np.sqrt(np.diag(differences @ block @ differences.T).mean())) * step)
        se = np.sqrt(np.diag(block)) * abs(term.unit)
        low, high = limits(slopes[:, k] * term.unit, se, design.df)
        details += [{"term": term.name, "cut": cut, "coefficient": slopes[m, k] * term.unit, "se": se[m], "odds_ratio": np.exp(slopes[m, k] * term.unit),
                     "lower": np.exp(low[m]), "upper": np.exp(high[m])} for m, cut in enumerate(cut_names(design.levels))]  # fmt: skip
    table = pd.DataFrame(lines)
    table.insert(4, "p_adjusted", adjusted_p(table["p_value"], "holm"))
    failing = table[(table["p_adjusted"] < ALPHA) & (table["ratio"] > MATERIAL)]
    worst = (failing if len(failing) else table).sort_values("ratio").iloc[-1]
    table["material"] = table.index.isin(failing.index)
    values = {"term": worst["term"], "ratio": worst["ratio"], "p": worst["p_adjusted"]}
    return OddsCheck(
        chi2,
        (cuts - 1) * p,
        p_value,
        table,
        pd.DataFrame(details),
        Assumption("ordinal_proportional_odds", not len(failing), values),
        best,
    )


def _contrasts(
    slopes: np.ndarray, covariance: np.ndarray, cuts: int, columns: list[int], p: int
) -> tuple[np.ndarray, np.ndarray]:
    """Each cut's slopes less the first cut's, with their covariance."""
    turn = np.zeros(((cuts - 1) * len(columns), cuts * p))
    for m in range(1, cuts):
        for place, k in enumerate(columns):
            turn[(m - 1) * len(columns) + place, [k, m * p + k]] = (-1, 1)
    return turn @ slopes, turn @ covariance @ turn.T


def brant(
    table: pd.DataFrame, outcome: Column, drivers: Sequence[Column], *, weights: str | None = None, weight_kind: str = "sampling",
    cluster: str | bool | None = None, units: Mapping[str, float] | None = None,
) -> Answer:  # fmt: skip
    """Does each driver move low answers as it moves high ones?

    One logit at each cut of the answers; Brant's Wald test of equal slopes from their joint covariance.

    Args:
        weights, weight_kind, cluster, units: As `ordered_logit`; with clusters the test is an F test.

    Returns:
        One row a term: `term, chi2, df, p_value, p_adjusted` (Holm), `step` (0 to 1, or two standard deviations), `ratio` of the
        largest to the smallest cut-specific odds ratio for that step with Scheffe's limits, `same_sign`, `material` (significant
        and over 1.5), `n`. `extra["cuts"]`: coefficient and odds ratio of each term at each cut.

    Raises:
        As `ordered_logit`; DataError: two levels only, or a cut that a driver tells apart without error.

    Source:
        Brant (1990), Biometrics 46, 1171-1178.
    """
    design = make_design(
        table, outcome, drivers, method="brant", weights=weights, weight_kind=weight_kind, cluster=cluster, units=units
    )
    _three_levels(design)
    check = odds_check(design)
    if check.table is None:
        raise DataError("ordinal_cut_separated", outcome=design.outcome)
    gap, half, se = check.spread
    effect = Effect(
        "ordinal_odds_spread",
        float(np.exp(gap)),
        float(np.exp(max(gap - half, 0))),
        float(np.exp(gap + half)),
        null=1.0,
    )
    return Answer(
        method="brant", columns={"outcome": design.outcome, "drivers": list(dict.fromkeys(t.driver for t in design.terms))},
        statistic={"chi2": check.statistic, "df": check.df, "p_value": check.p_value}, effects=(effect,), assumptions=(check.assumption,),
        detectable=float(np.exp(detectable(se, design.df, len(design.levels) - 2))), family="ordinal_terms",
        table=check.table.assign(n=design.names()["n"]), extra={"cuts": check.cuts, "levels": design.levels}, caveats=design.caveats(), **design.names(),
    )  # fmt: skip


def partial_proportional_odds(
    table: pd.DataFrame, outcome: Column, drivers: Sequence[Column], *, free: Sequence[str], weights: str | None = None, weight_kind: str = "sampling",
    cluster: str | bool | None = None, units: Mapping[str, float] | None = None, top_from: object = None,
) -> Answer:  # fmt: skip
    """Where on the scale does a driver act: on the worst answers, or on the best?

    An ordered logit in which the drivers named by `free` have an odds ratio of their own at each cut.

    Args:
        free: Drivers that may act differently at each cut.
        weights, weight_kind, cluster, units, top_from: As `ordered_logit`.

    Returns:
        One row a term and cut: `term, cut` (empty for common terms), `coefficient` (of answers above the cut), `se, odds_ratio,
        lower, upper, p_value, separated, n`. `statistic`: the test against one odds ratio, by likelihood ratio, or by Wald where
        clusters or sampling weights forbid it. `extra`: `thresholds` (value, se), `shares`, `changes`, `levels`, `top_levels`.

    Raises:
        As `ordered_logit`; DataError: `free` names no driver, or there are two levels only.

    Source:
        Peterson, Harrell (1990), Applied Statistics 39, 205-217.
    """
    design = make_design(
        table,
        outcome,
        drivers,
        method="partial_proportional_odds",
        weights=weights,
        weight_kind=weight_kind,
        cluster=cluster,
        units=units,
    )
    _three_levels(design)
    known = list(dict.fromkeys(term.driver for term in design.terms))
    free = [free] if isinstance(free, str) else list(free)
    if not free or set(free) - set(known):
        raise DataError("ordinal_free", free=listing(free) or "–", known=listing(known))
    places = [k for driver in free for k in design.places(driver)]
    fit = fit_cumulative(design.rows, free=places)
    covariance = design.covariance(fit.covariance, influence_rows(fit, design.rows) if design.robust else None)
    cuts, q = len(design.levels) - 1, 1 + len(places)
    names = cut_names(design.levels)
    se = np.sqrt(np.maximum(np.diag(covariance), 0))
    lines = []
    for place, k in enumerate(places):
        lines += [
            (design.terms[k], names[m], -fit.gamma[m, place], se[m * q + 1 + place], k in fit.separated)
            for m in range(cuts)
        ]
    lines += [
        (design.terms[k], "", fit.beta[i], se[fit.first_slope + i], k in fit.separated)
        for i, k in enumerate(fit.common)
    ]
    unit = np.array([term.unit for term, *_ in lines])
    value = np.array([np.nan if lost else v for _, _, v, _, lost in lines]) * unit
    error = np.array([np.nan if lost else e for _, _, _, e, lost in lines]) * np.abs(unit)
    low, high = limits(value, error, design.df)
    found = pd.DataFrame({
        "term": [term.name for term, *_ in lines], "cut": [cut for _, cut, *_ in lines], "unit": unit, "coefficient": value, "se": error,
        "odds_ratio": np.exp(value), "lower": np.exp(low), "upper": np.exp(high), "p_value": p_two_sided(value, error, design.df),
        "separated": [lost for *_, lost in lines], "n": design.names()["n"],
    })  # fmt: skip
    statistic, effects, least = _against_one(design, fit, covariance, places, q)
    top = top_levels(design, top_from)
    settings = adjusted_shares(design, fit)
    extra = {"thresholds": pd.DataFrame({"cut": names, "value": fit.theta, "se": se[: cuts * q : q]}), "shares": share_table(settings, design, fit, covariance, top),
             "changes": share_changes(settings, design, fit, covariance), "levels": design.levels, "top_levels": tuple(design.levels[k] for k in top)}  # fmt: skip
    return Answer(
        method="partial_proportional_odds", columns={"outcome": design.outcome, "drivers": known, "free": free}, statistic=statistic, effects=effects,
        detectable=least, table=found, extra=extra, caveats=design.caveats() + fit_caveats(design, fit.separated, fit.converged), **design.names(),
    )  # fmt: skip


def _against_one(design: Design, fit, covariance: np.ndarray, places: list[int], q: int):
    """The test of one odds ratio for all cuts, and the widest ratio of the first free term's odds ratios."""
    from scipy.stats import chi2

    cuts, size = len(design.levels) - 1, len(covariance)
    df = (cuts - 1) * len(places)
    if set(places) & set(fit.separated):
        return {"loglik": fit.loglik, "p_value": np.nan}, (), None
    turn = np.zeros((df, size))
    for m in range(1, cuts):
        for place in range(len(places)):
            turn[place * (cuts - 1) + m - 1, [1 + place, m * q + 1 + place]] = (1, -1)
    differences, block = turn @ fit.parameters, turn @ covariance @ turn.T
    if design.robust:
        wald_chi2, p = wald(differences, block, design.df)
        statistic = {"wald_chi2": wald_chi2, "df": df, "p_value": p, "loglik": fit.loglik}
    else:
        lr = 2 * (fit.loglik - fit_cumulative(design.rows).loglik)
        statistic = {"lr_chi2": lr, "df": df, "p_value": float(chi2.sf(lr, df)), **fit_statistics_partial(design, fit)}
    first = slice(0, cuts - 1)
    unit = abs(design.terms[places[0]].unit)
    gap, half = apart(differences[first] * unit, block[first, first] * unit**2, design.df, clearly=False)
    effect = Effect(
        "ordinal_odds_spread",
        float(np.exp(gap)),
        float(np.exp(max(gap - half, 0))),
        float(np.exp(gap + half)),
        null=1.0,
    )
    return (
        statistic,
        (effect,),
        float(np.exp(detectable(float(np.sqrt(np.diag(block)[first].mean())) * unit, design.df, cuts - 1))),
    )


def fit_statistics_partial(design: Design, fit) -> dict[str, float]:
    """Log-likelihood and AIC of the partial model."""
    whole = fit_statistics(design, fit)
    return {name: whole[name] for name in ("loglik", "loglik_null", "aic") if name in whole}


def _three_levels(design: Design) -> None:
    if len(design.levels) < 3:
        raise DataError("ordinal_two_cuts", column=design.outcome, levels=listing(design.levels))
