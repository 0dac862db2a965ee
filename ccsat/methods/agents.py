"""Rows that belong to agents (or other units): how alike they are, how far units differ, and what their means are worth."""

from __future__ import annotations

import math
from collections.abc import Hashable

import numpy as np
import pandas as pd
from scipy.special import ndtr

from ccsat.errors import DataError, Words, listing
from ccsat.methods.answer import Answer, Assumption, Effect
from ccsat.methods.means import numbers
from ccsat.methods.sample import Sample, take_rows
from ccsat.numerics.crosstab import code_levels
from ccsat.numerics.noncentral import detectable_spread
from ccsat.numerics.power import detectable_z, quantile, two_sided
from ccsat.numerics.variance_components import (
    Components,
    Units,
    anova_icc,
    components,
    criterion,
    no_clusters_chance,
    units_of,
)
from ccsat.scales import Column

FEW_UNITS = 10


def design_effect(table: pd.DataFrame, outcome: Column, by: Column) -> Answer:
    """How much less do rows tell that share an agent?

    Args:
        outcome: Interval. by: The agent, or other unit.

    Returns:
        Effects: `mean_icc` (ICC(1) with its F interval), `design_effect` (of Kish's cluster size, the mean size a row meets) and
        `design_effect_mean` (of the mean size). `n_effective` is rows over the design effect. Statistic: `F, p_value` (of no
        clustering) `, ms_between, ms_within, n0, mean_size, kish_size`. Table: one row a unit, `group, n, mean`.

    Raises:
        ScaleError: The outcome is not interval. DataError: One unit, or one row in each.

    Source:
        Kish (1965), Survey Sampling, 5.4; Donner (1986), International Statistical Review 54, 67-82.
    """
    sample, units, names = _units(table, outcome, by, "design_effect")
    got = anova_icc(units)
    of_kish = got.effect(got.kish_size)
    effects = (Effect("mean_icc", got.icc, got.lower, got.upper),
               Effect("design_effect", of_kish, *(1 + (got.kish_size - 1) * limit for limit in (got.lower, got.upper)), null=1.0),
               Effect("design_effect_mean", got.effect(got.mean_size), *(1 + (got.mean_size - 1) * limit for limit in (got.lower, got.upper)), null=1.0))  # fmt: skip
    k, n = len(units.n), units.rows
    least = detectable_spread(k - 1, n - k) / (k - 1) / got.n0
    return Answer(method="design_effect", columns={"outcome": str(outcome), "by": str(by)}, table=_table(names, units), effects=effects,
                  statistic={"F": got.ms_between / got.ms_within, "p_value": got.p_value, "ms_between": got.ms_between, "ms_within": got.ms_within, "n0": got.n0,
                             "mean_size": got.mean_size, "kish_size": got.kish_size, "units": float(k)},
                  detectable=least / (1 + least), caveats=_caveats(sample, k, by), **_said(sample, n, min(n, n / max(of_kish, 1.0)), by, k))  # fmt: skip


def variance_components(table: pd.DataFrame, outcome: Column, by: Column) -> Answer:
    """How much of the scatter lies between agents, and how much within?

    Args:
        outcome: Interval. by: The agent, or other unit.

    Returns:
        Effect: `mean_icc` (REML) with its profile-likelihood interval. One row a unit: `group, n, mean, blup` (its effect, drawn
        towards 0) `, error, lower, upper`. Statistic: REML's `variance_between, variance_within, mean, error, criterion`; ML's
        `ml_variance_between, ml_variance_within, ml_log_likelihood`; `likelihood_ratio, p_value` of no difference between units.

    Raises:
        ScaleError: The outcome is not interval. DataError: One unit, or one row in each.

    Source:
        Harville (1977), Journal of the American Statistical Association 72, 320-338; p: Self and Liang (1987), ibid. 82, 605-610.
    """
    sample, units, names = _units(table, outcome, by, "variance_components")
    reml, ml = components(units), components(units, reml=False)
    ratio, p = no_clusters_chance(units)
    drawn, variance = reml.shrunken(units)
    wide, blup = quantile(0.95) * np.sqrt(variance), drawn - reml.mean
    rows = _table(names, units).assign(blup=blup, error=np.sqrt(variance), lower=blup - wide, upper=blup + wide)
    k, n = len(units.n), units.rows
    n0 = (n - float((units.n**2).sum()) / n) / (k - 1)
    least = detectable_spread(k - 1, n - k) / (k - 1) / n0
    z = blup / math.sqrt(reml.between) if reml.between > 0 else np.zeros(k)
    return Answer(method="variance_components", columns={"outcome": str(outcome), "by": str(by)}, table=rows, effects=(Effect("mean_icc", reml.icc, reml.lower, reml.upper),),
                  statistic={"variance_between": reml.between, "variance_within": reml.within, "sd_between": math.sqrt(reml.between), "mean": reml.mean, "error": reml.error,
                             "criterion": -2 * reml.loglik, "ml_variance_between": ml.between, "ml_variance_within": ml.within, "ml_log_likelihood": ml.loglik,
                             "likelihood_ratio": ratio, "p_value": p},
                  assumptions=(Assumption("mean_unit_outlier", bool(np.abs(z).max() < 3.5), {"group": str(names[int(np.abs(z).argmax())])}),),
                  detectable=least / (1 + least), caveats=_caveats(sample, k, by), **_said(sample, n, None, by, k))  # fmt: skip


def shrunken_means(table: pd.DataFrame, outcome: Column, by: Column, *, extremes: int = 10) -> Answer:
    """Which agents really stand out, and where will the best and the worst be next time with no action at all?

    Args:
        outcome: Interval. by: The agent, or other unit.
        extremes: How many of the worst and of the best the expected move is stated for.

    Returns:
        One row a unit, the lowest shrunken mean first: `group, n, mean, lower_plain, upper_plain, shrunken, lower, upper` (95 %, the
        uncertainty of how far units differ included) `, expected_move` (shrunken minus mean: what chance alone will bring) `,
        next_lower, next_upper` (of the next mean of as many rows) `, rank, rank_lower, rank_upper` (1 the lowest) `, apart` (whether
        the interval leaves out the whole's mean). Effects: `sd_between` of units, `expected_rise` of the lowest `extremes`.
        Statistic: `p_value` of no difference between units, `mean, expected_fall` of the highest.

    Raises:
        ScaleError: The outcome is not interval. DataError: Fewer than three units, or one row in each.

    Source:
        Efron and Morris (1975), Journal of the American Statistical Association 70, 311-319; Goldstein and Spiegelhalter
        (1996), Journal of the Royal Statistical Society A 159, 385-443 (ranks).
    """
    sample, units, names = _units(table, outcome, by, "shrunken_means", least=3)
    fit = components(units)
    drawn, sd = posterior(units, fit)
    plain = np.sqrt(fit.within / units.n)
    t, next_sd = quantile(0.95), np.sqrt(sd**2 + fit.within / units.n)
    rank, low, high = _ranks(drawn, sd)
    rows = pd.DataFrame({"group": names, "n": _whole(units.n), "mean": units.mean, "lower_plain": units.mean - t * plain, "upper_plain": units.mean + t * plain,
                         "shrunken": drawn, "lower": drawn - t * sd, "upper": drawn + t * sd, "expected_move": drawn - units.mean, "next_lower": drawn - t * next_sd,
                         "next_upper": drawn + t * next_sd, "rank": rank, "rank_lower": low, "rank_upper": high})  # fmt: skip
    rows["apart"] = (rows["lower"] > fit.mean) | (rows["upper"] < fit.mean)
    m = min(extremes, len(names) // 2)
    order = np.argsort(units.mean)
    rise, fall = (
        float((drawn - units.mean)[part] @ units.n[part] / units.n[part].sum()) for part in (order[:m], order[-m:])
    )
    error = math.sqrt(float(units.n[order[:m]] ** 2 @ next_sd[order[:m]] ** 2) / float(units.n[order[:m]].sum()) ** 2)
    _, p = no_clusters_chance(units)
    between = [
        math.sqrt(fit.within * limit / (1 - limit)) if limit < 1 else math.inf for limit in (fit.lower, fit.upper)
    ]
    k, n = len(units.n), units.rows
    n0 = (n - float((units.n**2).sum()) / n) / (k - 1)
    return Answer(method="shrunken_means", columns={"outcome": str(outcome), "by": str(by), "extremes": m}, table=rows.sort_values("shrunken", ignore_index=True),
                  effects=(Effect("sd_between", math.sqrt(fit.between), *between), Effect("expected_rise", rise, rise - t * error, rise + t * error)),
                  statistic={"p_value": p, "mean": fit.mean, "variance_between": fit.between, "variance_within": fit.within, "expected_fall": fall},
                  detectable=math.sqrt(detectable_spread(k - 1, n - k) / (k - 1) / n0 * fit.within), caveats=_caveats(sample, k, by), **_said(sample, n, None, by, k))  # fmt: skip


def regression_to_mean(
    table: pd.DataFrame, outcome: Column, by: Column, *, period: Column | None = None, baseline: Hashable | None = None, extremes: int = 10,
    best: bool = False,
) -> Answer:  # fmt: skip
    """Did the worst agents get better, by more than chance alone brings them back?

    Args:
        period: Two periods, `baseline` first (the first in order where not given); units are chosen by their baseline mean.
        extremes: How many of the worst were acted on. best: Take the best instead.

    Returns:
        One row a chosen unit: `group, n_baseline, n, mean_baseline, mean, expected` (with no action) `, beyond, lower, upper`. Effects:
        `beyond_expected`, their mean change less what was expected and less what the others changed, with its interval, and
        `raw_change`, the naive one. `p_value` is of `beyond_expected`. Statistic: `expected_change, others_change`.

    Raises:
        ScaleError: The outcome is not interval. DataError: Not two periods, or too few units in both.

    Source:
        Galton (1886); Davis (1976), American Journal of Epidemiology 104, 493-498.
    """
    if period is None:
        raise DataError("mean_period", method=Words("method.regression_to_mean.name"))
    sample = take_rows(table, [outcome, by, period], cluster=False)
    y = numbers(sample, outcome, method="regression_to_mean")
    code, periods = code_levels(sample.rows[str(period)])
    if len(periods) != 2 or (baseline is not None and baseline not in periods):
        raise DataError("mean_two_groups", column=str(period), n=len(periods), groups=listing(periods, 8), least=2)
    later = code == (1 - periods.index(baseline) if baseline is not None else 1)
    unit, names = code_levels(sample.rows[str(by)])
    counts = [np.bincount(unit, part.astype(float), minlength=len(names)) for part in (~later, later)]
    both = (counts[0] > 0) & (counts[1] > 0)
    if both.sum() < max(4, extremes + 2) or not (counts[0][both] > 1).any():
        raise DataError("mean_few_both", n=int(both.sum()), least=max(4, extremes + 2), column=str(by))
    held, number = both[unit], np.cumsum(both) - 1
    first, second = (units_of(y[held & part], number[unit[held & part]]) for part in (~later, later))
    if not first.within > 0:
        raise DataError("mean_no_spread", column=str(outcome))
    fit = components(first)
    drawn, sd = posterior(first, fit)
    order = np.argsort(first.mean)
    chosen = order[-extremes:] if best else order[:extremes]
    rest = np.setdiff1d(np.arange(len(first.n)), chosen)
    of_next = np.sqrt(sd**2 + fit.within / second.n)
    away = second.mean - drawn  # what no action leaves to chance, and to what all units changed by

    def pooled(part: np.ndarray) -> tuple[float, float]:
        w = 1 / of_next[part] ** 2
        return float(w @ away[part] / w.sum()), float(1 / w.sum())

    (own, own_v), (others, others_v) = pooled(chosen), pooled(rest)
    beyond, error, df = own - others, math.sqrt(own_v + others_v), float(len(first.n) - 2)
    half = quantile(0.95, df) * error
    raw = second.mean - first.mean
    naive, naive_error = (
        float(raw[chosen].mean()),
        float(raw[chosen].std(ddof=1) / math.sqrt(extremes)) if extremes > 1 else math.nan,
    )
    kept = np.array(names, object)[both]
    off = away[chosen] - others
    t = quantile(0.95)
    rows = pd.DataFrame({"group": kept[chosen], "n_baseline": _whole(first.n[chosen]), "n": _whole(second.n[chosen]), "mean_baseline": first.mean[chosen],
                         "mean": second.mean[chosen], "expected": drawn[chosen] + others, "beyond": off, "lower": off - t * of_next[chosen], "upper": off + t * of_next[chosen]})  # fmt: skip
    return Answer(method="regression_to_mean", columns={"outcome": str(outcome), "by": str(by), "period": str(period), "best": best}, table=rows,
                  statistic={"t": beyond / error, "df": df, "p_value": float(two_sided(beyond / error, df)), "error": error,
                             "expected_change": float((drawn - first.mean)[chosen].mean()) + others, "others_change": others},
                  effects=(Effect("beyond_expected", beyond, beyond - half, beyond + half),
                           Effect("raw_change", naive, naive - quantile(0.95, max(extremes - 1, 1)) * naive_error, naive + quantile(0.95, max(extremes - 1, 1)) * naive_error)),
                  detectable=detectable_z(error, df), caveats=sample.caveats, **{**sample.names, "n": int(held.sum()), "clusters": int(both.sum()), "cluster": str(by)})  # fmt: skip


def posterior(units: Units, fit: Components) -> tuple[np.ndarray, np.ndarray]:
    """Shrunken means and their standard deviations, averaged over how far units may differ (a flat prior on the sd between)."""
    top = math.sqrt(max(fit.upper / max(1 - fit.upper, 1e-9), 1e-6)) * 1.6
    root = np.linspace(0, top, 81)
    weight = np.exp(-(criterion(units, root**2, reml=True) - criterion(units, root**2, reml=True).min()) / 2)
    weight /= weight.sum()
    mean, square = np.zeros(len(units.n)), np.zeros(len(units.n))
    for part, r in zip(weight, root, strict=True):
        w = units.n / (1 + r * r * units.n)
        grand = float(w @ units.mean / w.sum())
        kept = units.n * r * r / (1 + units.n * r * r)
        drawn = grand + kept * (units.mean - grand)
        variance = fit.within * (r * r * (1 - kept) + (1 - kept) ** 2 / w.sum())
        mean += part * drawn
        square += part * (variance + drawn**2)
    return mean, np.sqrt(np.maximum(square - mean**2, 0))


def _ranks(mean: np.ndarray, sd: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Expected rank of each unit, 1 the lowest, and its 95 % interval by a normal sum of who is below whom."""
    top = len(mean)
    expected, spread = np.empty(top), np.empty(top)
    for start in range(0, top, 500):
        part = slice(start, start + 500)
        scale = np.sqrt(sd[part, None] ** 2 + sd[None, :] ** 2)
        with np.errstate(invalid="ignore", divide="ignore"):
            above = np.where(scale > 0, ndtr((mean[part, None] - mean[None, :]) / scale), 0.5)
        above[np.arange(len(above)), np.arange(start, start + len(above))] = 0.0
        expected[part], spread[part] = 1 + above.sum(1), np.sqrt((above * (1 - above)).sum(1))
    return (
        expected,
        np.clip(np.floor(expected - 1.96 * spread), 1, top).astype(int),
        np.clip(np.ceil(expected + 1.96 * spread), 1, top).astype(int),
    )


def _units(
    table: pd.DataFrame, outcome: Column, by: Column, method: str, *, least: int = 2
) -> tuple[Sample, Units, list]:
    sample = take_rows(table, [outcome, by], cluster=False)
    y = numbers(sample, outcome, method=method)
    code, names = code_levels(sample.rows[str(by)])
    if len(names) < least:
        raise DataError("mean_groups", column=str(by), n=len(names), groups=listing(names, 8), least=least)
    units = units_of(y, code.astype(np.int64))
    if units.rows <= len(names):
        raise DataError("mean_one_row_each", column=str(by), n=len(names))
    if not units.within > 0:
        raise DataError("mean_no_spread", column=str(outcome))
    return sample, units, names


def _table(names: list, units: Units) -> pd.DataFrame:
    return pd.DataFrame({"group": names, "n": _whole(units.n), "mean": units.mean})


def _whole(n: np.ndarray) -> np.ndarray:
    return n.astype(int) if np.allclose(n, n.round()) else n


def _said(sample: Sample, n: float, worth: float | None, by: Column, k: int) -> dict[str, object]:
    return {**sample.names, "n": int(n), "n_effective": worth, "cluster": str(by), "clusters": k}


def _caveats(sample: Sample, k: int, by: Column) -> tuple[tuple[str, dict], ...]:
    return (*sample.caveats, *((("caveat.mean_few_units", {"n": k, "column": str(by)}),) if k < FEW_UNITS else ()))
