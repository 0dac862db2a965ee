"""Do groups differ in a nominal outcome: chi-square and its guard, Fisher, residuals, fit to given shares."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
import pandas as pd

from ccsat.errors import DataError, Words, listing
from ccsat.estimates import adjust, newcombe
from ccsat.methods.answer import Answer, Assumption, Effect
from ccsat.methods.counting import Counted, count_rows, need_levels, whole
from ccsat.methods.nominal_counts import cell_rows, count_pair, matrix, tested
from ccsat.methods.nominal_strata import stratified_parts
from ccsat.methods.sample import take_rows
from ccsat.numerics.crosstab import Crosstab
from ccsat.numerics.fisher import fisher
from ccsat.numerics.independence import (
    adjusted_residuals,
    detectable_chi2,
    independence,
    mean_effect,
    noncentral_limits,
    tail,
)
from ccsat.numerics.power import quantile, two_sided
from ccsat.numerics.rates import conditional_odds_ratio, odds_ratio, share_interval
from ccsat.scales import Column


def chi_square(
    table: pd.DataFrame, outcome: Column, by: Column, *, weights: str | None = None, weight_kind: str = "sampling",
    cluster: str | bool | None = None, confounder: Column | None = None, rng: int | np.random.Generator = 0,
) -> Answer:  # fmt: skip
    """Do the groups answer differently?

    Where expected counts are too small for chi-square, Fisher's exact test takes its place, by enumeration or by drawn
    tables, and the answer names it. Clusters and sampling weights correct it by their design effect.

    Args:
        confounder: Column to hold fixed: the stratified test (generalised Cochran-Mantel-Haenszel) then stands beside
            the crude one, in `statistic`.
        rng: Seed of the drawn tables.

    Returns:
        One row a cell: `group, level, n, n_group, share, lower, upper, expected, residual`.
        Effects: Cramer's V. `extra["counts"]`: the table.

    Raises:
        DataError: One group or one level only.

    Source:
        Pearson (1900); Cochran (1954), Biometrics 10, 417-451 (expected counts); Rao and Scott (1984).
    """
    sample = take_rows(
        table,
        [outcome, by, *([confounder] if confounder is not None else [])],
        weights=weights,
        weight_kind=weight_kind,
        cluster=cluster,
    )
    counted = count_rows(sample, [sample.rows[str(by)], sample.rows[str(outcome)]], method="chi_square")
    for axis, column in enumerate((by, outcome)):
        need_levels(counted, axis, column=column, method="chi_square")
    parts = tested(counted)
    test, statistic, caveats = independence(counted.table), dict(parts.pop("statistic")), parts.pop("caveats")
    statistic["chi2_p_value"] = test.p_value
    if test.thin and counted.table.plain:
        exact, (key, values) = _exact(counted, rng)
        statistic |= exact
        caveats = (
            *caveats,
            (key, {**values, "least": test.least_expected, "below": test.below_5, "cells": test.cells}),
        )
    elif test.thin:
        caveats = (
            *caveats,
            ("caveat.table_thin", {"least": test.least_expected, "below": test.below_5, "cells": test.cells}),
        )
    extra: dict[str, object] = {"counts": matrix(counted)}
    if confounder is not None:
        more, notes, extra["strata"] = stratified_parts(sample, by, outcome, confounder, crude=test)
        statistic, caveats = statistic | more, (*caveats, *notes)
    return Answer(method="chi_square", table=cell_rows(counted, test.design_effect), columns={"outcome": str(outcome), "by": str(by)},
                  statistic=statistic, caveats=caveats, extra=extra, **parts)  # fmt: skip


def fisher_exact(
    table: pd.DataFrame, outcome: Column, by: Column, *, cluster: str | bool | None = None, rng: int | np.random.Generator = 0
) -> Answer:  # fmt: skip
    """Do the groups differ, when there are too few rows for chi-square?

    Exact for two by two tables of any size and for small larger ones; else by drawn tables, with the Monte Carlo
    error in `statistic["p_error"]` and the number in `statistic["draws"]`. Clusters it cannot correct: it says so.

    Args:
        rng: Seed of the draws.

    Returns:
        One row a cell, as `chi_square`. Effects: two by two, the conditional odds ratio with its exact interval (of the
        second group and level over the first; a half is added where a cell is empty); else Cramer's V.

    Source:
        Fisher (1935); Freeman and Halton (1951), Biometrika 38, 141-149; Patefield (1981) for the draws.
    """
    counted = count_pair(table, outcome, by, method="fisher_exact", cluster=cluster)
    for axis, column in enumerate((by, outcome)):
        need_levels(counted, axis, column=column, method="fisher_exact")
    caveats = counted.caveats
    if counted.table.moments is not None:
        caveats = (*caveats, ("caveat.table_cluster_unused", {"column": counted.names["cluster"]}))
    counted = Counted(Crosstab(counted.counts), counted.levels, counted.names, caveats)
    parts = tested(counted)
    exact, (key, values) = _exact(counted, rng)
    statistic = {"chi2": parts["statistic"]["chi2"], "chi2_p_value": parts["statistic"]["p_value"], **exact}
    effects, notes = parts["effects"], ((key, values),) if key == "caveat.table_drawn" else ()
    if counted.counts.shape == (2, 2):
        value, lower, upper = conditional_odds_ratio(counted.counts)
        haldane, _, _, empty = odds_ratio(counted.counts)
        notes = (("caveat.table_zero_cell", {}),) if empty else ()
        effects = (
            Effect(
                "odds_ratio_haldane" if empty else "odds_ratio_exact",
                haldane if empty else value,
                lower,
                upper,
                null=1.0,
            ),
            *effects,
        )
    detectable = parts["detectable"] if len(effects) == 1 else _detectable_odds(counted.counts)
    return Answer(method="fisher_exact", table=cell_rows(counted), columns={"outcome": str(outcome), "by": str(by)}, statistic=statistic,
                  effects=effects, caveats=(*caveats, *notes), detectable=detectable, assumptions=parts["assumptions"],
                  extra={"counts": matrix(counted)}, **counted.worth(1.0))  # fmt: skip


def cell_residuals(
    table: pd.DataFrame, outcome: Column, by: Column, *, weights: str | None = None, weight_kind: str = "sampling",
    cluster: str | bool | None = None, correction: str = "bh",
) -> Answer:  # fmt: skip
    """Which group gives which answer more, or less, often than the others?

    Args:
        correction: Of the p-values over all cells (`estimates.adjust`).

    Returns:
        One row a cell: `group, level, n, n_group, share, share_rest, difference, lower, upper, expected, residual,
        p_value, p_adjusted`; the difference is from all other groups together, with Newcombe's interval.

    Source:
        Haberman (1973), Biometrics 29, 205-220; Benjamini and Hochberg (1995).
    """
    counted = count_pair(
        table, outcome, by, method="cell_residuals", weights=weights, weight_kind=weight_kind, cluster=cluster
    )
    for axis, column in enumerate((by, outcome)):
        need_levels(counted, axis, column=column, method="cell_residuals")
    frame = cell_rows(counted).drop(columns=["lower", "upper"])
    counts, n = counted.counts, counted.table.n
    residual = adjusted_residuals(counted.table)
    with np.errstate(divide="ignore", invalid="ignore"):
        effect = np.nan_to_num((adjusted_residuals(Crosstab(counts)) / residual) ** 2, nan=1.0, posinf=1.0)
    group, level = counts.sum(1, keepdims=True), counts.sum(0)
    rest = n - group + 0 * level
    worth, worth_rest = counted.effective(group + 0 * level, effect), counted.effective(rest, effect)
    share, other = counts / group, (level - counts) / rest
    lower, upper = newcombe(share * worth, worth, other * worth_rest, worth_rest)
    frame = frame.assign(
        share_rest=other.ravel(), difference=(share - other).ravel(), lower=lower.ravel(), upper=upper.ravel()
    )
    frame["p_value"] = two_sided(residual.ravel(), counted.table.df_error)
    frame["p_adjusted"] = adjust(frame["p_value"], correction)
    columns = [
        "group",
        "level",
        "n",
        "n_group",
        "share",
        "share_rest",
        "difference",
        "lower",
        "upper",
        "expected",
        "residual",
        "p_value",
        "p_adjusted",
    ]
    return Answer(method="cell_residuals", table=frame[columns], columns={"outcome": str(outcome), "by": str(by)}, family="table_cells",
                  extra={"residuals": pd.DataFrame(residual, counted.levels[0], counted.levels[1])}, **tested(counted))  # fmt: skip


def goodness_of_fit(
    table: pd.DataFrame, outcome: Column, *, shares: Mapping[object, float] | None = None, weights: str | None = None,
    weight_kind: str = "sampling", cluster: str | bool | None = None, rng: int | np.random.Generator = 0,
) -> Answer:  # fmt: skip
    """Are the shares what they should be: equal, as planned, as last year?

    Args:
        shares: Level -> expected share, in any unit that adds up; equal ones where not given. Levels that nobody
            chose may be among them.
        rng: Seed of the drawn samples that replace chi-square where expected counts are too small.

    Returns:
        One row a level: `level, n, share, lower, upper, share_expected, expected, residual, p_value, p_adjusted`
        (Holm). Effect: Cohen's w with noncentral limits.

    Raises:
        DataError: `shares` lacks a level that is in the data, or is not above 0.

    Source:
        Pearson (1900); Cohen (1988), Statistical Power Analysis, 7.2; Rao and Scott (1981) for clusters.
    """
    sample = take_rows(table, [outcome], weights=weights, weight_kind=weight_kind, cluster=cluster)
    counted = count_rows(sample, [sample.rows[str(outcome)]], method="goodness_of_fit")
    levels, counts = list(counted.levels[0]), counted.counts
    if shares is not None:
        off = [level for level in levels if level not in shares]
        if off or not all(value > 0 for value in shares.values()):
            raise DataError(
                "fit_shares", levels=listing(off or [k for k, v in shares.items() if not v > 0]), column=str(outcome)
            )
        unseen = [level for level in shares if level not in levels]
        levels, counts = levels + unseen, np.append(counts, np.zeros(len(unseen)))
    else:
        need_levels(counted, 0, column=outcome, method="goodness_of_fit")
    want = np.array([shares[level] for level in levels], float) if shares is not None else np.ones(len(levels))
    if len(levels) < 2:
        raise DataError(
            "table_one_level", column=str(outcome), levels=listing(levels), method=Words("method.goodness_of_fit.name")
        )
    want = want / want.sum()
    n, df, seen = counts.sum(), len(levels) - 1, len(counted.levels[0])
    e = n * want
    chi2 = float(((counts - e) ** 2 / e).sum())
    effect, reference = 1.0, float(df)
    if counted.table.moments is not None:
        values = (np.eye(len(levels)) - (counts / n)[:, None])[:-1, :seen]
        effect, reference = mean_effect(
            n * (np.diag(want[:-1]) - np.outer(want[:-1], want[:-1])),
            counted.table.variance(values),
            counted.table.df_error,
        )
    p = tail(chi2 / effect * reference / df, reference, counted.table.df_error)
    statistic, caveats = (
        {"chi2": chi2, "df": df, "p_value": p, "chi2_p_value": p, "design_effect": effect},
        counted.caveats,
    )
    thin = bool(e.min() < 1 or (e < 5).mean() > 0.2)
    if thin and counted.table.plain:
        draws = 20_000
        drawn = np.random.default_rng(rng).multinomial(int(n), want, draws)
        statistic["p_value"] = (1 + int((((drawn - e) ** 2 / e).sum(1) >= chi2 - 1e-9).sum())) / (draws + 1)
        caveats = (*caveats, ("caveat.fit_drawn", {"draws": draws, "least": float(e.min())}))
    lower, upper = (math.sqrt(ncp / (n / effect)) for ncp in noncentral_limits(chi2 / effect, df))
    worth = counted.effective(np.full(len(levels), n), effect)
    low, high = share_interval(counts / n * worth, worth)
    residual = (counts - e) / np.sqrt(e * (1 - want) * effect)
    p_value = two_sided(residual, counted.table.df_error)
    frame = pd.DataFrame({"level": levels, "n": whole(counts), "share": counts / n, "lower": low, "upper": high, "share_expected": want,
                          "expected": e, "residual": residual, "p_value": p_value, "p_adjusted": adjust(p_value, "holm")})  # fmt: skip
    check = Assumption(
        "table_expected", not thin, {"least": round(float(e.min()), 2), "below": int((e < 5).sum()), "cells": len(e)}
    )
    return Answer(method="goodness_of_fit", table=frame, columns={"outcome": str(outcome)}, statistic=statistic, caveats=caveats, family="table_levels",
                  effects=(Effect("cohen_w", math.sqrt(chi2 / n), lower, upper),), assumptions=(check,),
                  detectable=math.sqrt(detectable_chi2(df) / (n / effect)), **counted.worth(effect))  # fmt: skip


def _exact(counted: Counted, rng: int | np.random.Generator) -> tuple[dict[str, float], tuple[str, dict]]:
    found = fisher(counted.counts, rng=rng)
    statistic = {
        "p_value": found.p_value,
        "fisher_p_value": found.p_value,
        "draws": found.draws,
        "p_error": found.error,
    }
    if found.draws:
        return statistic, ("caveat.table_drawn", {"draws": found.draws, "error": found.error})
    return statistic, ("caveat.table_exact", {})


def _detectable_odds(counts: np.ndarray) -> float:
    """The odds ratio that 2.8 standard errors of its logarithm make."""
    counts = counts + 0.5
    return float(np.exp((quantile(0.95, np.inf) + 0.8416212335729143) * np.sqrt((1 / counts).sum())))
