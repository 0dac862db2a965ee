"""Whether items measure what they are said to: a confirmatory factor model with its fit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from ccsat.errors import DataError, listing
from ccsat.methods.answer import Answer, Assumption, Effect
from ccsat.methods.ordinal_inference import limits, p_two_sided
from ccsat.methods.regression_design import sample_of
from ccsat.numerics.factors import fit_factors, fit_indices
from ccsat.scales import Column, Scale, need


def confirmatory_factors(
    table: pd.DataFrame, factors: Mapping[str, Sequence[Column]], *, cluster: str | bool | None = None
) -> Answer:
    """Do the items of a questionnaire measure the things they are grouped under?

    Args:
        factors: Name -> its items (two or more each, three where there is one factor); every item belongs to one.
        cluster: For the caveat; errors and fit are those of independent rows.

    Returns:
        One row an item: `factor, item, loading` (standardised) `, se, lower, upper, p_value, unique` (share of variance left) `, n`. Effects: CFI,
        RMSEA (90 % interval). Statistic: `chi2, df, p_value` (of the exact fit), `cfi, tli, rmsea, srmr, loglik`, `omega_FACTOR`, `ave_FACTOR`.
        `extra`: `correlations` of factors (`a, b, value, se, lower, upper`), `residuals` (observed less implied correlations).

    Raises:
        ScaleError: A weaker item. DataError: Too few items or rows, items that repeat each other.

    Source:
        Joreskog (1969), Psychometrika 34, 183-202; Hu and Bentler (1999), Structural Equation Modeling 6, 1-55; omega: McDonald
        (1999), Test Theory; average variance extracted: Fornell and Larcker (1981).
    """
    if not isinstance(factors, Mapping) or not factors:
        raise DataError(
            "regression_factors", factors=listing(factors) if isinstance(factors, Sequence) else str(factors), least=2
        )
    items = [(name, column) for name, columns in factors.items() for column in columns]
    columns = [str(column) for _, column in items]
    least = 3 if len(factors) == 1 else 2
    if len(set(columns)) < len(columns) or any(len(list(own)) < least for own in factors.values()):
        raise DataError("regression_factors", factors=listing(factors), least=least)
    sample = sample_of(table, [column for _, column in items], method="confirmatory_factors", cluster=cluster)
    for column in columns:
        need(
            sample.rows[column],
            Scale.INTERVAL,
            method="confirmatory_factors",
            instead="polychoric_matrix, cronbach_alpha",
        )
    values = sample.rows[columns].to_numpy(float)
    n, k = values.shape
    covariance = np.cov(values.T, bias=True)
    if n <= 3 * k or (np.diag(covariance) <= 0).any() or np.linalg.eigvalsh(np.corrcoef(values.T))[0] < 1e-8:
        raise DataError("regression_items", items=listing(columns), n=n)
    names = list(factors)
    code = np.array([names.index(name) for name, _ in items])
    fit = fit_factors(covariance, n, code, len(names))
    found = fit_indices(fit.fit, n, covariance, fit.implied)
    low, high = limits(fit.loading, fit.loading_se, np.inf)
    frame = pd.DataFrame({"factor": [name for name, _ in items], "item": columns, "loading": fit.loading, "se": fit.loading_se, "lower": low, "upper": high,
                          "p_value": p_two_sided(fit.loading, fit.loading_se, np.inf), "unique": fit.unique, "n": n})  # fmt: skip
    pairs = [(a, b) for a in range(len(names)) for b in range(a)]
    between = pd.DataFrame(
        [
            {"a": names[b], "b": names[a], "value": fit.correlation[a, b], "se": fit.correlation_se[a, b]}
            for a, b in pairs
        ],
        columns=["a", "b", "value", "se"],
    )
    ends = limits(between["value"].to_numpy(float), between["se"].to_numpy(float), np.inf)
    between = between.assign(lower=np.maximum(ends[0], -1), upper=np.minimum(ends[1], 1))
    spread = np.sqrt(np.diag(covariance))
    apart = pd.DataFrame((covariance - fit.implied) / np.outer(spread, spread), columns, columns)
    of_factor = {}
    for place, name in enumerate(names):
        own = fit.loading[code == place]
        of_factor[f"omega_{name}"] = float(own.sum() ** 2 / (own.sum() ** 2 + (1 - own**2).sum()))
        of_factor[f"ave_{name}"] = float((own**2).mean())
    good = found["cfi"] >= 0.95 and found["rmsea"] <= 0.06 and found["srmr"] <= 0.08
    checks = (
        Assumption("regression_factors_fit", good, {key: round(found[key], 3) for key in ("cfi", "rmsea", "srmr")}),
    )
    caveats = [*sample.caveats, ("caveat.regression_items_interval", {})]
    if sample.cluster is not None:
        caveats.append(("caveat.regression_unclustered", {"column": sample.names["cluster"]}))
    if not fit.converged:
        caveats.append(("caveat.regression_unsettled", {}))
    return Answer(
        method="confirmatory_factors", table=frame, columns={"factors": {name: [str(c) for c in own] for name, own in factors.items()}},
        statistic={"chi2": fit.fit["chi2"], "df": fit.fit["df"], **{key: value for key, value in found.items() if "rmsea_" not in key}, "loglik": float(fit.fit["loglik"]), **of_factor},
        effects=(Effect("regression_rmsea", found["rmsea"], found["rmsea_lower"], found["rmsea_upper"], level=0.90), Effect("regression_cfi", found["cfi"], null=1.0)),
        assumptions=checks, caveats=tuple(caveats), detectable=_least(fit.fit["df"], n), extra={"correlations": between, "residuals": apart}, **sample.names,
    )  # fmt: skip


def _least(df: int, n: int) -> float | None:
    """The smallest RMSEA that the test of exact fit finds in four cases of five."""
    if df <= 0:
        return None
    from ccsat.numerics.independence import detectable_chi2

    return float(np.sqrt(detectable_chi2(df) / (df * n)))
