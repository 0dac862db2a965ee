"""Means in time: control chart, change point, interrupted series."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ccsat.errors import DataError, Words, listing
from ccsat.methods.answer import Answer, Assumption, Effect
from ccsat.methods.means import numbers
from ccsat.methods.sample import Sample, take_rows
from ccsat.numerics.crosstab import code_levels
from ccsat.numerics.linear import dummies, least_squares
from ccsat.numerics.power import detectable_z, quantile, two_sided
from ccsat.numerics.series import D2, break_chance, likeliest_break, signals, unbias
from ccsat.scales import Column

CHARTS = ("individuals", "p", "xbar_s")
FEW_POINTS = 12


@dataclass(frozen=True)
class Points:
    """A column by time: `time` in order, with rows, mean, and spread within each."""

    sample: Sample
    time: list
    n: np.ndarray
    mean: np.ndarray
    within: np.ndarray  # sum of squares
    binary: bool


def read_points(
    table: pd.DataFrame, outcome: Column, by: Column, *, method: str, least: int, weights: str | None = None
) -> Points:
    """The means of an interval column by time.

    Raises:
        ScaleError: The outcome is not interval. DataError: Fewer points in time than a method needs.
    """
    sample = take_rows(table, [outcome, by], weights=weights, weight_kind="frequency", cluster=False)
    y = numbers(sample, outcome, method=method, instead="cochran_armitage, jonckheere_terpstra")
    code, time = code_levels(sample.rows[str(by)])
    if len(time) < least:
        raise DataError("series_short", column=str(by), n=len(time), least=least, method=Words(f"method.{method}.name"))
    w = np.ones(len(y)) if sample.weight is None else sample.weight
    n = np.bincount(code, w)
    mean = np.bincount(code, w * y) / n
    return Points(
        sample, time, n, mean, np.bincount(code, w * (y - mean[code]) ** 2), bool(np.isin(y, (0.0, 1.0)).all())
    )


def control_chart(
    table: pd.DataFrame, outcome: Column, by: Column, *, chart: str | None = None, baseline_points: int | None = None
) -> Answer:
    """Which days are out of the ordinary, and which only look so?

    Args:
        by: Time, in order. outcome: Interval; 0 and 1 make a share.
        chart: "individuals" (one value a point, or the scatter between points as it is), "p" (a share; widened where points scatter
            more than chance: Laney), "xbar_s" (means, limits from the scatter within points). By the data where not given.
        baseline_points: How many first points make the limits; all where not given.

    Returns:
        One row a point: `time, n, value, centre, lower, upper` (3 sigma) `, signal` ("beyond", "near", "run", "trend" or ""). Effects:
        `chart_level` (the centre with its interval) and `sigma_ratio` (scatter between points over that of chance alone; 1: none but chance).
        Statistic: `signals, chart` code in `columns`, `p_value` of more scatter between points than chance (p and xbar_s).

    Raises:
        ScaleError: The outcome is not interval. DataError: Fewer than eight points.

    Source:
        Shewhart (1931); Montgomery (2019), Introduction to Statistical Quality Control; Laney (2002), Quality Engineering 14, 531-537.
    """
    if chart is not None and chart not in CHARTS:
        raise DataError("series_chart", chart=chart, known=listing(CHARTS))
    got = read_points(table, outcome, by, method="control_chart", least=8)
    if chart is None:
        chart = "individuals" if (got.n <= 1).mean() > 0.5 else "p" if got.binary else "xbar_s"
    if chart == "p" and not got.binary:
        raise DataError("series_share", column=str(outcome))
    m = len(got.n) if baseline_points is None else int(baseline_points)
    if not 8 <= m <= len(got.n):
        raise DataError(
            "series_short", column="baseline_points", n=m, least=8, method=Words("method.control_chart.name")
        )
    base = slice(0, m)
    n, value = got.n, got.mean
    centre = float(value[base].mean() if chart == "individuals" else n[base] @ value[base] / n[base].sum())
    p, ratio, ratio_limits = math.nan, 1.0, (math.nan, math.nan)
    moves = np.abs(np.diff(value[base])).mean() / D2
    if chart == "individuals":
        sigma = np.full(len(n), moves)
    else:
        if chart == "p":
            chance = np.sqrt(centre * (1 - centre) / n)
        else:
            if not (n[base] > 1).any():
                raise DataError("series_within", column=str(by))
            held = np.flatnonzero(n[base] > 1)
            weight = n[held] - 1
            s = np.sqrt(got.within[held] / weight) / unbias(n[held])
            chance = float(weight @ s / weight.sum()) / np.sqrt(n)
        with np.errstate(invalid="ignore", divide="ignore"):
            z = (value[base] - centre) / chance[base]
        from scipy.special import chdtrc, chdtri

        chi2, df = float(np.nansum(z**2)), m - 1
        p = float(chdtrc(df, chi2))
        ratio = math.sqrt(chi2 / df)
        ratio_limits = tuple(math.sqrt(chi2 / chdtri(df, tail)) for tail in (0.025, 0.975))
        laney = float(np.abs(np.diff(z)).mean() / D2)
        sigma = chance * (max(laney, 1.0) if chart == "p" and p < 0.05 else 1.0)
    lower, upper = centre - 3 * sigma, centre + 3 * sigma
    if chart == "p":
        lower, upper = np.maximum(lower, 0), np.minimum(upper, 1)
    found = signals(value, np.full(len(n), centre), sigma)
    rows = pd.DataFrame(
        {
            "time": got.time,
            "n": n.astype(int),
            "value": value,
            "centre": centre,
            "lower": lower,
            "upper": upper,
            "signal": found,
        }
    )
    error = float(value[base].std(ddof=1) / math.sqrt(m))
    wide = quantile(0.95, m - 1) * error
    effects = [Effect("chart_level", centre, centre - wide, centre + wide, null=math.nan)]
    statistic = {"signals": float(sum(map(bool, found))), "points": float(len(n)), "sigma": float(np.median(sigma))}
    if chart != "individuals":
        effects.append(Effect("sigma_ratio", ratio, *ratio_limits, null=1.0))
        statistic["p_value"] = p
    said = (("caveat.chart_scatter", {"ratio": ratio}),) if chart == "xbar_s" and p < 0.01 else ()
    return Answer(method="control_chart", columns={"outcome": str(outcome), "by": str(by), "chart": chart}, table=rows, effects=tuple(effects), statistic=statistic,
                  detectable=float(3.84 * np.median(sigma)), caveats=(*got.sample.caveats, *said), **got.sample.names)  # fmt: skip


def change_point(
    table: pd.DataFrame, outcome: Column, by: Column, *, least: int = 5, draws: int = 999, rng: int = 0
) -> Answer:
    """Did the level change at some unknown time, and when?

    Args:
        by: Time, in order. least: Fewest points on either side.
        draws, rng: Of the series without a change that the p-value is counted from.

    Returns:
        One row a level: `start, end, points, n, mean, lower, upper`. Effect: `series_level_change` (after minus before) with the interval for
        the time found. Statistic: `p_value` (allowing for the search and for correlation between neighbouring points) `, F`, `phi` (that
        correlation). `columns["change"]`: the first time of the new level; `extra["range"]`: first and last time nearly as likely.

    Raises:
        ScaleError: The outcome is not interval. DataError: Fewer than twice `least` points.

    Source:
        Hawkins (1977), Journal of the American Statistical Association 72, 180-186; Andrews (1993), Econometrica 61, 821-856.
    """
    got = read_points(table, outcome, by, method="change_point", least=max(2 * least, 10))
    y, w = got.mean, got.n / got.n.mean()
    if not y.std() > 0:
        raise DataError("mean_no_spread", column=str(outcome))
    best = likeliest_break(y, w, least)
    p, phi = break_chance(y, w, best, least, draws=draws, rng=np.random.default_rng(rng))
    after = (np.arange(len(y)) >= best.at).astype(float)
    fit = least_squares(np.column_stack([np.ones(len(y)), after]), y, weight=w)
    widened = math.sqrt((1 + phi) / (1 - phi))
    value, error, _ = fit.contrast(np.array([0.0, 1.0]))
    error *= widened
    df = max(fit.df * (1 - phi) / (1 + phi), 2.0)
    half = quantile(0.95, df) * error
    rows = []
    for inside in (slice(0, best.at), slice(best.at, len(y))):
        mean = float(w[inside] @ y[inside] / w[inside].sum())
        wide = quantile(0.95, df) * widened * math.sqrt(fit.ss / fit.df / w[inside].sum())
        rows.append({"start": got.time[inside][0], "end": got.time[inside][-1], "points": len(y[inside]), "n": int(got.n[inside].sum()), "mean": mean,
                     "lower": mean - wide, "upper": mean + wide})  # fmt: skip
    return Answer(method="change_point", columns={"outcome": str(outcome), "by": str(by), "change": got.time[best.at]}, table=pd.DataFrame(rows),
                  statistic={"F": best.statistic, "p_value": p, "phi": phi}, effects=(Effect("series_level_change", value, value - half, value + half),),
                  detectable=detectable_z(error, df, level=0.995), extra={"range": (got.time[best.first], got.time[min(best.last, len(y) - 1)])},
                  caveats=(*got.sample.caveats, *_short(len(y))), **got.sample.names)  # fmt: skip


def interrupted_series(
    table: pd.DataFrame,
    outcome: Column,
    by: Column,
    *,
    at: object = None,
    season: int | None = None,
    lags: int | None = None,
) -> Answer:
    """At a known time, did the level jump or the trend turn?

    Args:
        by: Time, in order. at: The first time with the change in force.
        season: Points of a cycle (7 for days of the week), held equal. lags: Of the Newey-West errors; by the length where not given.

    Returns:
        One row a term (`level`, `trend_before`, `level_change`, `trend_change`): `term, n, value, lower, upper, error, t, df, p_value`. Effects:
        `series_level_change` at the time and `series_trend_change` (per point). Statistic: `p_value` of either, `F, phi` (correlation of neighbouring
        residuals). `extra["fitted"]`: `time, value, fitted, without` (had nothing changed).

    Raises:
        ScaleError: The outcome is not interval. DataError: Fewer than four points on a side, or `at` is no time.

    Source:
        Wagner et al. (2002), Journal of Clinical Pharmacy and Therapeutics 27, 299-309; Newey and West (1987), Econometrica 55, 703-708.
    """
    got = read_points(table, outcome, by, method="interrupted_series", least=8)
    start = place(got.time, at, by, "interrupted_series")
    n = len(got.time)
    if min(start, n - start) < 4:
        raise DataError("series_side", before=start, after=n - start, least=4)
    t = np.arange(n, dtype=float)
    after = (t >= start).astype(float)
    x = np.column_stack([np.ones(n), t - start, after, after * (t - start)])
    if season:
        cycle = dummies((np.arange(n) % season), season, total=True)
        x = np.hstack([x, cycle])
    if n <= x.shape[1] + 2:
        raise DataError(
            "series_short", column=str(by), n=n, least=x.shape[1] + 3, method=Words("method.interrupted_series.name")
        )
    w = got.n / got.n.mean()
    lags = max(1, math.floor(4 * (n / 100) ** (2 / 9))) if lags is None else int(lags)
    fit, plain = least_squares(x, got.mean, weight=w, lags=lags), least_squares(x, got.mean, weight=w)
    z = fit.residual * np.sqrt(w)
    phi = float(np.clip(z[1:] @ z[:-1] / max(z @ z, 1e-300), -0.95, 0.95))
    # Newey and West's error is too small in short series; never below the plain one, and df fall with what neighbours share.
    df = max(fit.df * (1 - max(phi, 0)) / (1 + max(phi, 0)), 2.0)
    rows, effects = [], []
    names = ("level", "trend_before", "level_change", "trend_change")
    covariance = fit.covariance.copy()
    lift = np.sqrt(np.maximum(np.diag(plain.covariance)[:4] / np.maximum(np.diag(covariance)[:4], 1e-300), 1.0))
    for k, name in enumerate(names):
        value, error = float(fit.beta[k]), float(np.sqrt(covariance[k, k]) * lift[k])
        half = quantile(0.95, df) * error
        rows.append({"term": name, "n": n, "value": value, "lower": value - half, "upper": value + half, "error": error, "t": value / error if error > 0 else math.nan, "df": df,
                     "p_value": float(two_sided(value / error, df)) if error > 0 else math.nan})  # fmt: skip
        if k > 1:
            effects.append(Effect("series_" + name, value, value - half, value + half))
    inner = covariance[2:4, 2:4] * np.outer(lift[2:4], lift[2:4])
    f = float(fit.beta[2:4] @ np.linalg.pinv(inner) @ fit.beta[2:4]) / 2
    from scipy.special import fdtrc

    without = x.copy()
    without[:, 2:4] = 0
    fitted = pd.DataFrame({"time": got.time, "value": got.mean, "fitted": x @ fit.beta, "without": without @ fit.beta})
    return Answer(method="interrupted_series", columns={"outcome": str(outcome), "by": str(by), "at": at}, table=pd.DataFrame(rows), effects=tuple(effects),
                  statistic={"F": f, "p_value": float(fdtrc(2, df, f)), "df_error": df, "phi": phi, "lags": float(lags)}, detectable=detectable_z(rows[2]["error"], df),
                  assumptions=(Assumption("series_neighbours", bool(abs(phi) < 0.5), {"phi": phi}),), extra={"fitted": fitted},
                  caveats=(*got.sample.caveats, *_short(n)), **got.sample.names)  # fmt: skip


def place(times: list, at: object, column: Column, method: str) -> int:
    """Position of a time among those of the series.

    Raises:
        DataError: It is none of them.
    """
    if at is None or at not in times:
        text = None if at is None else str(at)
        found = [
            k
            for k, one in enumerate(times)
            if str(one) == text or (isinstance(one, pd.Timestamp) and text and one == pd.Timestamp(text))
        ]
        if at is None or not found:
            raise DataError(
                "series_at",
                column=str(column),
                at="–" if at is None else str(at),
                known=listing(times, 8),
                method=Words(f"method.{method}.name"),
            )
        return found[0]
    return times.index(at)


def _short(n: int) -> tuple[tuple[str, dict], ...]:
    return (("caveat.series_short", {"n": n}),) if n < 2 * FEW_POINTS else ()
