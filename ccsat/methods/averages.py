"""Regression of averages: days, weeks or teams as rows, with the warning that they are not contacts."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from ccsat.errors import DataError, Words, listing
from ccsat.estimates import adjust as adjusted_p
from ccsat.methods.answer import Answer, Assumption, Effect
from ccsat.methods.ordinal_inference import detectable, limits, p_two_sided
from ccsat.methods.regression_design import as_number, sample_of
from ccsat.numerics.lines import fit_linear, inflation
from ccsat.scales import Column

LEAST_PER_TERM = 5


def series_regression(
    table: pd.DataFrame, outcome: Column, drivers: Sequence[Column], *, level: str, time: bool = True, lags: int | None = None, differences: bool = False,
) -> Answer:  # fmt: skip
    """Which KPIs move with satisfaction from day to day (week to week, team to team)?

    Args:
        outcome, drivers: Numbers or yes/no; means over each group where it has several rows.
        level: Column that makes the groups, e.g. "date"; sorted, it is the order of time.
        time: Groups are a series: errors allow for neighbours (Newey and West). False (teams): HC3.
        lags: Neighbours allowed for; 4 (n / 100)^(2/9) where not given.
        differences: Changes from one group to the next, which take out trends that two series share.

    Returns:
        One row a driver: `term, effect, se, lower, upper, beta` (standardised) `, p_value, p_adjusted` (BH) `, vif, within` (the effect among rows of one
        group; NaN where groups have one row) `, within_lower, within_upper, n` (groups). Statistic: `r2, durbin_watson`, p of the first driver.

    Raises:
        DataError: Fewer groups than five a driver and five more, or no spread.

    Source:
        Newey and West (1987), Econometrica 55, 703-708; averages are not rows: Robinson (1950), American Sociological Review 15, 351-357;
        Granger and Newbold (1974), Journal of Econometrics 2, 111-120.
    """
    drivers = [drivers] if isinstance(drivers, str) or not isinstance(drivers, Sequence) else list(drivers)
    if not drivers or str(outcome) in map(str, drivers):
        raise DataError("regression_drivers", outcome=str(outcome), drivers=listing(drivers) or "–")
    sample = sample_of(table, [outcome, *drivers, level], method="series_regression", cluster=False)
    names = [str(driver) for driver in drivers]
    values = np.column_stack(
        [as_number(sample.rows[name], method="series_regression")[0] for name in (str(outcome), *names)]
    )
    group = sample.rows.groupby(level, sort=True, observed=True).ngroup().to_numpy()
    size = np.bincount(group)
    means = np.column_stack([np.bincount(group, column) / size for column in values.T])
    used = np.diff(means, axis=0) if differences else means
    n, k = len(used), len(names)
    if n < LEAST_PER_TERM * (k + 1) or (used.std(0) == 0).any():
        raise DataError("regression_series", level=level, n=n, least=LEAST_PER_TERM * (k + 1))
    x, y = np.column_stack([np.ones(n), used[:, 1:]]), used[:, 0]
    if np.linalg.eigvalsh(np.corrcoef(used[:, 1:].T).reshape(k, k))[0] < 1e-10:
        raise DataError("model_drivers", drivers=listing(names), method=Words("method.series_regression.name"))
    fit = fit_linear(x, y)
    lags = int(4 * (n / 100) ** (2 / 9)) if lags is None else lags
    covariance = _newey_west(fit.influence, lags, n, k + 1) if time else fit.covariance
    df = float(n - k - 1)
    value, se = fit.beta[1:], np.sqrt(np.maximum(np.diag(covariance)[1:], 0))
    low, high = limits(value, se, df)
    p = p_two_sided(value, se, df)
    factors, condition = inflation(x[:, 1:], [[j] for j in range(k)])
    inner = _within(values, means, group, len(size))
    frame = pd.DataFrame({"term": names, "effect": value, "se": se, "lower": low, "upper": high, "beta": value * used[:, 1:].std(0) / y.std(), "p_value": p,
                          "p_adjusted": adjusted_p(p), "vif": factors, "within": inner[0], "within_lower": inner[1], "within_upper": inner[2], "n": n})  # fmt: skip
    turned = frame.loc[
        (frame["effect"] * frame["within"] < 0) & (frame["within_lower"] * frame["within_upper"] > 0), "term"
    ]
    watson = float((np.diff(fit.residual) ** 2).sum() / (fit.residual**2).sum()) if time else np.nan
    checks = [Assumption("regression_collinear", bool((factors <= 5).all() and condition < 30),
                         {"drivers": listing(frame.loc[frame["vif"] > 5, "term"]) or "–", "most": round(float(factors.max()), 1), "condition": round(condition, 1)})]  # fmt: skip
    if time:
        checks.append(Assumption("regression_neighbours", 1.2 <= watson <= 2.8, {"watson": round(watson, 2)}))
    caveats = (("caveat.regression_ecological_model", {"level": level, "groups": len(size), "rows": len(values)}),)
    if len(turned):
        caveats = (*caveats, ("caveat.regression_level_turns", {"terms": listing(turned), "level": level}))
    effects = (
        Effect("regression_effect", float(value[0]), float(low[0]), float(high[0])),
        Effect("regression_r2", fit.r2),
    )
    return Answer(
        method="series_regression", table=frame, columns={"outcome": str(outcome), "drivers": names, "level": level, "differences": differences}, effects=effects,
        statistic={"t": float(value[0] / se[0]), "df": df, "p_value": float(p[0]), "r2": fit.r2, **({"durbin_watson": watson} if time else {})},
        assumptions=tuple(checks), family="regression_terms", detectable=detectable(float(se[0]), df), caveats=sample.caveats + caveats, **{**sample.names, "n": n},
    )  # fmt: skip


def _newey_west(influence: np.ndarray, lags: int, n: int, p: int) -> np.ndarray:
    found = influence.T @ influence
    for lag in range(1, min(lags, n - 1) + 1):
        cross = influence[lag:].T @ influence[:-lag]
        found += (1 - lag / (lags + 1)) * (cross + cross.T)
    return found * n / (n - p)


def _within(values: np.ndarray, means: np.ndarray, group: np.ndarray, groups: int) -> np.ndarray:
    """Effects among rows of one group, with limits over groups; NaN where there are none."""
    left = values - means[group]
    k = values.shape[1] - 1
    if (
        len(values) <= groups + k + 2
        or (left.std(0) < 1e-12).any()
        or np.linalg.eigvalsh(np.corrcoef(left[:, 1:].T).reshape(k, k))[0] < 1e-10
    ):
        return np.full((3, k), np.nan)
    fit = fit_linear(left[:, 1:], left[:, 0], cluster=group)
    return np.array([fit.beta, *limits(fit.beta, fit.se, groups - 1)])
