"""Models of a nominal outcome: log-linear ones of a cube of counts, and the multinomial logit with effects in points."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pandas as pd

from ccsat.errors import ColumnError, DataError, Words, listing
from ccsat.estimates import adjust
from ccsat.methods.answer import Answer, Assumption, Effect
from ccsat.methods.counting import count_rows, whole
from ccsat.methods.designs import Design, design_of, grouped
from ccsat.methods.sample import take_rows
from ccsat.numerics.crosstab import code_levels
from ccsat.numerics.independence import detectable_chi2, noncentral_limits, tail
from ccsat.numerics.loglinear import fit_loglinear
from ccsat.numerics.multinomial import Multinomial, fit_multinomial, marginal_effects
from ccsat.numerics.power import detectable_z, quantile, two_sided
from ccsat.scales import Column


def loglinear(
    table: pd.DataFrame, columns: Sequence[Column], *, terms: Sequence[Sequence[str]] | None = None, weights: str | None = None,
    cluster: str | bool | None = None,
) -> Answer:  # fmt: skip
    """Do some columns go together once the others are taken into account?

    Args:
        columns: Two to six.
        terms: Sets of columns that the model lets go together, with all smaller sets of them; all pairs where not
            given. [["team", "channel"], ["solved"]] says: solved has to do with neither.
        weights: Frequency weights only: counts, not shares, are modelled.
        cluster: For the caveat; the test is of independent rows.

    Returns:
        One row a term: `term, df, deviance` (by how much the fit gets worse without it) `, p_value, p_adjusted` (Holm)
        `, n`. Statistic: what the model does not fit. Effect: Cohen's w of it, with noncentral limits. `extra`:
        `fitted` and `counts` (one axis a column), `levels`.

    Source:
        Bishop, Fienberg and Holland (1975), Discrete Multivariate Analysis; Agresti (2013), ch. 9.
    """
    if isinstance(columns, str) or not 2 <= len(columns) <= 6:
        raise DataError("paired_columns", columns=listing([columns] if isinstance(columns, str) else map(str, columns)), least=2, most=6,
                        method=Words("method.loglinear.name"))  # fmt: skip
    names = [str(column) for column in columns]
    sample = take_rows(
        table,
        list(columns),
        weights=weights,
        weight_kind="frequency",
        cluster=False if isinstance(cluster, str) else cluster,
    )
    counted = count_rows(sample, [sample.rows[name] for name in names], method="loglinear")
    chosen = (
        [list(term) for term in terms]
        if terms is not None
        else [[a, b] for k, a in enumerate(names) for b in names[k + 1 :]]
    )
    if off := [name for term in chosen for name in term if name not in names]:
        raise ColumnError("model_terms", terms=listing(off), columns=listing(names))
    generators = [tuple(sorted(names.index(name) for name in term)) for term in chosen]
    every = {*generators, *((axis,) for axis in range(len(names)))}
    model = fit_loglinear(counted.counts, sorted(every))
    rows = []
    for term in [term for term in generators if len(term) > 1]:
        smaller = [tuple(axis for axis in term if axis != left) for left in term]
        without = fit_loglinear(counted.counts, sorted({*(every - {term}), *smaller}))
        df = without.df - model.df
        rise = max(without.deviance - model.deviance, 0.0)
        rows.append(
            {"term": " × ".join(names[axis] for axis in term), "df": df, "deviance": rise, "p_value": tail(rise, df)}
        )
    frame = pd.DataFrame(rows, columns=["term", "df", "deviance", "p_value"])
    frame = frame.assign(p_adjusted=adjust(frame["p_value"], "holm"), n=counted.names["n"])
    n, caveats = counted.table.n, counted.caveats
    if isinstance(cluster, str):
        caveats = (*caveats, ("caveat.table_cluster_unused", {"column": cluster}))
    empty = int((model.fitted < 1e-9).sum())
    if empty:
        caveats = (*caveats, ("caveat.model_empty_cells", {"n": empty}))
    lower, upper = (
        (math.sqrt(ncp / n) for ncp in noncentral_limits(model.deviance, model.df)) if model.df else (0.0, 0.0)
    )
    small = model.fitted[model.fitted > 0]
    check = Assumption("table_expected", bool((small >= 1).all() and (small < 5).mean() <= 0.2),
                       {"least": round(float(small.min()), 2), "below": int((small < 5).sum()), "cells": counted.counts.size})  # fmt: skip
    return Answer(method="loglinear", table=frame, columns={"columns": names, "terms": [list(term) for term in chosen]}, family="table_terms",
                  statistic={"deviance": model.deviance, "df": model.df, "p_value": tail(model.deviance, model.df) if model.df else 1.0, "chi2": model.chi2},
                  effects=(Effect("cohen_w", math.sqrt(model.deviance / n), lower, upper),), assumptions=(check,),
                  detectable=math.sqrt(detectable_chi2(model.df) / n) if model.df else None, caveats=caveats,
                  extra={"fitted": model.fitted, "counts": counted.counts, "levels": counted.levels}, **counted.worth(1.0))  # fmt: skip


def multinomial_logit(
    table: pd.DataFrame, outcome: Column, drivers: Sequence[Column], *, weights: str | None = None, weight_kind: str = "sampling",
    cluster: str | bool | None = None, reference: object = None,
) -> Answer:  # fmt: skip
    """What moves the shares of a choice's levels, and by how many points?

    Args:
        drivers: Numbers count per unit; other columns by level, against the first one.
        reference: Level of the outcome that the coefficients are against; the commonest where not given.

    Returns:
        One row a driver (and its level) and a level of the outcome: `level, driver, n` (rows of the level)
        `, coefficient, se, odds_ratio, lower, upper` (of the odds ratio; the reference has none, nor what separates) `, effect`
        (average marginal: points of share per unit, or between the levels) `, effect_lower, effect_upper, p_value`
        (of the effect) `, p_adjusted` (BH). Effect: the marginal one farthest from chance. Statistic: test of all
        drivers together (likelihood ratio; Wald with clusters or sampling weights). `extra`: `intercepts`, `levels`.

    Raises:
        DataError: A driver has one value, or drivers repeat each other.

    Source:
        McFadden (1974); marginal effects with the delta method: Greene (2018), Econometric Analysis, 18.2.
    """
    sample = take_rows(table, [outcome, *drivers], weights=weights, weight_kind=weight_kind, cluster=cluster)
    counted = count_rows(sample, [sample.rows[str(outcome)]], method="multinomial_logit", most=30)
    codes, levels = code_levels(sample.rows[str(outcome)])
    if len(levels) < 2 or (reference is not None and reference not in levels):
        raise DataError("table_baseline", column=str(outcome), baseline=reference, levels=listing(levels))
    first = levels.index(reference) if reference is not None else int(np.argmax(counted.counts))
    order = [first, *(k for k in range(len(levels)) if k != first)]
    place = np.empty(len(levels), int)
    place[order] = np.arange(len(levels))
    levels = [levels[k] for k in order]
    design = design_of(sample, drivers, method="multinomial_logit")
    rows = grouped(design, place[codes], sample)
    model = fit_multinomial(
        rows.x, rows.y, len(levels), weight=rows.weight, cluster=rows.cluster, squares=rows.squares, rows=len(sample)
    )
    df_error = np.inf if sample.cluster is None else max(int(sample.cluster.max()), 1)
    frame = _coefficients(model, design, rows, levels, counted.counts[order], df_error)
    caveats, statistic = counted.caveats, _fit(model, rows, len(levels), df_error)
    if model.separated:
        caveats = (*caveats, ("caveat.model_separated", {}))
    z = (frame["effect"].abs() / frame["effect_se"]).replace(np.inf, np.nan)
    top = frame.loc[z.idxmax()] if z.notna().any() else frame.iloc[0]
    names = design.columns
    intercepts = pd.Series(np.append(0.0, model.beta[0]), index=levels)
    return Answer(method="multinomial_logit", table=frame.drop(columns="effect_se"), columns={"outcome": str(outcome), "drivers": [str(d) for d in drivers], "reference": levels[0]},
                  statistic=statistic, family="table_effects", caveats=caveats,
                  effects=(Effect("choice_effect", float(top["effect"]), float(top["effect_lower"]), float(top["effect_upper"])),
                           Effect("choice_r2", statistic["mcfadden_r2"])),
                  detectable=detectable_z(float(top["effect_se"]), df_error),
                  extra={"intercepts": intercepts, "intercept_se": pd.Series(np.append(np.nan, model.error[0]), index=levels), "levels": levels, "design": names,
                         "of_effect": (top["driver"], top["level"])}, **counted.names)  # fmt: skip


def _fit(model: Multinomial, rows, levels: int, df_error: float) -> dict[str, float]:
    """The test of all drivers together, and how much they explain."""
    p, k = model.beta.shape
    df = (p - 1) * k
    if rows.cluster is None and rows.squares is None:
        chi2 = 2 * (model.log_likelihood - model.null_log_likelihood)
        p_value = tail(chi2, df)
    else:
        slopes = np.array([level * p + j for level in range(k) for j in range(1, p)])
        beta = model.beta.T.ravel()[slopes]
        chi2 = float(beta @ np.linalg.pinv(model.covariance[np.ix_(slopes, slopes)]) @ beta)
        wide = max(df_error - df + 1, 1.0) if np.isfinite(df_error) else np.inf
        p_value = tail(
            chi2 if np.isinf(df_error) else chi2 * wide / df_error, df, wide / df if np.isfinite(wide) else np.inf
        )
    return {"chi2": float(chi2), "df": df, "p_value": p_value, "log_likelihood": model.log_likelihood,
            "mcfadden_r2": 1 - model.log_likelihood / model.null_log_likelihood, "converged": float(model.converged)}  # fmt: skip


def _coefficients(
    model: Multinomial, design: Design, rows, levels: list, counts: np.ndarray, df_error: float
) -> pd.DataFrame:
    z, found = quantile(0.95, df_error), []
    for column, name in enumerate(design.columns, start=1):
        value, error = marginal_effects(
            model, rows.x, column=column, weight=rows.weight, moves=design.moves(rows.x, column)
        )
        for k, level in enumerate(levels):
            b, se = (model.beta[column, k - 1], model.error[column, k - 1]) if k else (0.0, np.nan)
            with np.errstate(over="ignore"):
                ratio = np.exp([b, b - z * se, b + z * se]) if k and not (model.separated and se > 10) else [np.nan] * 3
            found.append({"level": level, "driver": name, "n": whole(counts)[k], "coefficient": b if k else np.nan, "se": se, "odds_ratio": ratio[0],
                          "lower": ratio[1], "upper": ratio[2], "effect": value[k], "effect_lower": value[k] - z * error[k],
                          "effect_upper": value[k] + z * error[k], "effect_se": error[k],
                          "p_value": float(two_sided(value[k] / error[k], df_error)) if error[k] > 0 else np.nan})  # fmt: skip
    frame = pd.DataFrame(found)
    return frame.assign(p_adjusted=adjust(frame["p_value"]))
