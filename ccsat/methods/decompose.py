"""Losses and changes of a mean split among segments or drivers, each part with its interval."""

from __future__ import annotations

import math
from collections.abc import Hashable, Sequence

import numpy as np
import pandas as pd

from ccsat.errors import DataError, Words, listing
from ccsat.estimates import adjust
from ccsat.methods.answer import Answer, Effect
from ccsat.methods.designs import design_of
from ccsat.methods.means import few_clusters, group_means, numbers, part
from ccsat.methods.sample import Sample, take_rows
from ccsat.numerics.clusters import Clusters
from ccsat.numerics.crosstab import code_levels
from ccsat.numerics.decompose import blinder, deduction_parts, split_change
from ccsat.numerics.linear import rank_of
from ccsat.numerics.power import detectable_z, quantile, two_sided
from ccsat.scales import Column


def mix_rate_split(
    table: pd.DataFrame, outcome: Column, by: Column, *, period: Column | None = None, baseline: Hashable | None = None, weights: str | None = None,
    weight_kind: str = "sampling", cluster: str | bool | None = None,
) -> Answer:  # fmt: skip
    """Did the mean move because segments changed, or because their mix did?

    Args:
        outcome: Interval; 0 and 1 make a share. by: Segments.
        period: Two periods; `baseline` is the first in order where not given.
        cluster: What holds rows together, in both periods, e.g. the agent.

    Returns:
        One row a segment: `group, n_baseline, n, share_baseline, share, value_baseline, value, mix, mix_lower, mix_upper, rate,
        rate_lower, rate_upper, points, lower, upper, p_value` (of points) `, p_adjusted` (BH). Mix is centred, so a better
        segment that grew counts up; a segment of one period counts wholly as mix. Mix and rate add up to the change. Effects:
        `mix_total` and `rate_total` with intervals, and `mean_move`. Statistic: `value_baseline, value, change, p_value` (of the change)
        `, p_mix, p_rate, threefold_mix, threefold_rate, threefold_interaction`.

    Raises:
        ScaleError: The outcome is not interval. DataError: Not two periods.

    Source:
        Kitagawa (1955), Journal of the American Statistical Association 50, 1168-1194.
    """
    if period is None:
        raise DataError("mean_period", method=Words("method.mix_rate_split.name"))
    made = group_means(
        table,
        outcome,
        by,
        method="mix_rate_split",
        weights=weights,
        weight_kind=weight_kind,
        cluster=cluster,
        more=[period],
        least=1,
        smallest=1,
    )
    later, periods = _periods(made.sample, period, baseline)
    got = split_change(
        made.y, made.group, later, len(made.groups), weight=made.weight, kind=made.kind, cluster=made.cluster
    )
    k, df = len(made.groups), _df(made.names)
    error, t = np.sqrt(np.maximum(np.diag(got.covariance), 0)), quantile(0.95, df)
    points = got.mix + got.rate
    change = float(got.overall[1] - got.overall[0])
    whole = np.r_[np.zeros(2 * k), np.ones(k), np.zeros(5)]
    change_error = math.sqrt(max(float(whole @ got.covariance @ whole), 0.0))
    values = {"mix": got.mix, "rate": got.rate, "points": points}
    limits = {
        name: (values[name] - t * error[j * k : (j + 1) * k], values[name] + t * error[j * k : (j + 1) * k])
        for j, name in enumerate(values)
    }
    n = got.rows.astype(int)
    rows = pd.DataFrame({"group": made.groups, "n_baseline": n[0], "n": n[1], "share_baseline": got.share[0], "share": got.share[1], "value_baseline": got.mean[0],
                         "value": got.mean[1], "mix": got.mix, "mix_lower": limits["mix"][0], "mix_upper": limits["mix"][1], "rate": got.rate, "rate_lower": limits["rate"][0],
                         "rate_upper": limits["rate"][1], "points": points, "lower": limits["points"][0], "upper": limits["points"][1],
                         "p_value": _p(points, error[2 * k : 3 * k], df)})  # fmt: skip
    rows["p_adjusted"] = adjust(rows["p_value"], "bh")
    e_mix, e_rate = error[3 * k], error[3 * k + 1]
    mix, rate = got.totals["mix"], got.totals["rate"]
    p_change, p_mix, p_rate = (
        float(_p(value, one, df)) for value, one in ((change, change_error), (mix, e_mix), (rate, e_rate))
    )
    effects = (
        _effect("rate_total", rate, e_rate, t),
        _effect("mix_total", mix, e_mix, t),
        _effect("mean_move", change, change_error, t),
    )
    said = (("caveat.mix_turns", {"change": change, "rate": rate}),) if change * rate < 0 else ()
    if ((n > 0).sum(0) == 1).any():
        said = (
            *said,
            (
                "caveat.mix_one_period",
                {"groups": listing([one for one, seen in zip(made.groups, (n > 0).sum(0), strict=True) if seen == 1])},
            ),
        )
    return Answer(method="mix_rate_split", columns=made.columns(period=str(period), baseline=periods[0], current=periods[1]), table=rows, family="segments",
                  statistic={"value_baseline": float(got.overall[0]), "value": float(got.overall[1]), "change": change, "error": change_error, "p_value": p_change,
                             "p_mix": p_mix, "p_rate": p_rate, **{name: value for name, value in got.totals.items() if name.startswith("three")}},
                  effects=effects, detectable=detectable_z(e_rate, df), caveats=(*made.sample.caveats, *few_clusters(made.names), *said), **{**made.names, "n": made.rows_n})  # fmt: skip


def segment_deductions(
    table: pd.DataFrame, outcome: Column, by: Column, *, full: float | None = None, weights: str | None = None, cluster: str | bool | None = None,
) -> Answer:  # fmt: skip
    """How many points does each segment cost, and how many more than its size would?

    Args:
        outcome: Interval, with a full mark. by: Segments.
        full: The full mark; the highest value seen where not given.

    Returns:
        One row a segment, costliest first: `group, n, share` (of rows) `, deduction` (mean within the segment) `, points` (its part of the
        mean deduction; they add up to it) `, lower, upper, error, error_independent, share_of_deduction, excess` (points beyond what its
        size would cost) `, excess_lower, excess_upper, p_value` (of no excess) `, p_adjusted` (BH). Effect: `mean_deduction` of all.
        Statistic: `mean, p_value` (the least adjusted one).

    Raises:
        ScaleError: The outcome is not interval. DataError: A value above the full mark.

    Source:
        Linearisation: Binder (1983), International Statistical Review 51, 279-292; DOMAIN 2.7.
    """
    made = group_means(
        table, outcome, by, method="segment_deductions", weights=weights, cluster=cluster, least=1, smallest=1
    )
    full = float(made.y.max()) if full is None else float(full)
    if made.y.max() > full:
        raise DataError("deduction_full", column=made.outcome, full=full, most=float(made.y.max()))
    k, df = len(made.groups), _df(made.names)
    got = deduction_parts(full - made.y, made.group, k, weight=made.weight, cluster=made.cluster)
    t, error = quantile(0.95, df), got.get("error_cluster", got["error"])
    reach = _reach(full - made.y, made, got["part"]) if made.cluster is not None else t * error
    with np.errstate(invalid="ignore", divide="ignore"):
        stretch = np.where(
            got["part"] > 0, np.exp(reach / got["part"]), 1.0
        )  # parts are above 0 and skewed: symmetric in their logarithm
    mean, mean_error = float(got["mean"]), float(got["error_mean"])
    with np.errstate(invalid="ignore", divide="ignore"):
        of_all = got["part"] / mean if mean > 0 else np.full(k, np.nan)
    rows = pd.DataFrame({"group": made.groups, "n": got["rows"].astype(int), "share": got["share"], "deduction": got["each"], "points": got["part"],
                         "lower": got["part"] / stretch, "upper": got["part"] * stretch, "error": error, "error_independent": got["error"],
                         "share_of_deduction": of_all, "excess": got["excess"], "excess_lower": got["excess"] - t * got["error_excess"],
                         "excess_upper": got["excess"] + t * got["error_excess"], "p_value": _p(got["excess"], got["error_excess"], df)})  # fmt: skip
    rows["p_adjusted"] = adjust(rows["p_value"], "bh")
    least = rows["p_adjusted"].min()
    return Answer(method="segment_deductions", columns=made.columns(full=full), table=rows.sort_values("points", ascending=False, ignore_index=True), family="segments",
                  statistic={"mean": full - mean, "p_value": float(least) if np.isfinite(least) else math.nan}, effects=(_effect("mean_deduction", mean, mean_error, t),),
                  detectable=detectable_z(float(np.median(got["error_excess"])), df), caveats=(*made.sample.caveats, *few_clusters(made.names)), **{**made.names, "n": made.rows_n})  # fmt: skip


def _reach(deduction: np.ndarray, made, points: np.ndarray) -> np.ndarray:
    """Half the interval of each segment's points, with what clusters of unequal sizes do to its error and degrees of freedom."""
    weight = np.ones(len(deduction)) if made.weight is None else made.weight
    spread = Clusters(made.cluster, np.zeros(len(deduction), dtype=int), made.weight)
    half = []
    for k, value in enumerate(points):
        variance, df = spread.variance(weight * (np.where(made.group == k, deduction, 0.0) - value) / weight.sum())
        half.append(quantile(0.95, df) * np.sqrt(variance))
    return np.array(half)


def oaxaca_blinder(
    table: pd.DataFrame, outcome: Column, drivers: Sequence[Column], *, period: Column | None = None, baseline: Hashable | None = None,
    weights: str | None = None, cluster: str | bool | None = None,
) -> Answer:  # fmt: skip
    """How much of the change came from drivers that moved, and how much from what drivers do?

    Args:
        outcome: Interval. drivers: Numbers, yes/no, or categories.
        period: Two periods or groups; `baseline` is the first in order where not given.

    Returns:
        One row a driver column (`constant` first): `driver, n, mean_baseline, mean, slope_baseline, slope, explained, explained_lower,
        explained_upper, p_value` (of explained) `, p_adjusted, unexplained, unexplained_lower, unexplained_upper, endowments, coefficients,
        interaction` (three-fold, the baseline as reference). Effects: `explained_total`, `unexplained_total`, `mean_move`. How the unexplained
        part falls on the constant depends on where a driver's zero and reference level lie; its total does not.

    Raises:
        ScaleError: The outcome is not interval. DataError: Not two periods, or drivers that tell each other in one of them.

    Source:
        Oaxaca (1973), International Economic Review 14, 693-709; Blinder (1973); errors: Jann (2008), Stata Journal 8, 453-479.
    """
    if period is None:
        raise DataError("mean_period", method=Words("method.oaxaca_blinder.name"))
    sample = take_rows(table, [outcome, *drivers, period], weights=weights, cluster=cluster)
    if sample.weight is not None and (sample.weight == 0).any():
        sample = part(sample, sample.weight > 0)
    y = numbers(sample, outcome, method="oaxaca_blinder", instead="ordered_logit")
    if sample.cluster is not None and sample.cluster.max() < 1:
        raise DataError("mean_one_cluster", column=sample.names["cluster"], groups="–")
    later, periods = _periods(sample, period, baseline)
    design = design_of(sample, drivers, method="oaxaca_blinder")
    for inside in (~later, later):
        x = design.x[inside]
        if len(x) <= x.shape[1] or rank_of(x) < x.shape[1]:
            raise DataError(
                "model_drivers", drivers=listing(map(str, drivers)), method=Words("method.oaxaca_blinder.name")
            )
    got = blinder(design.x, y, later, weight=sample.weight, cluster=sample.cluster)
    p, df = design.x.shape[1], _df(sample.names)
    error, t = np.sqrt(np.maximum(np.diag(got.covariance), 0)), quantile(0.95, df)
    e, u = error[:p], error[p : 2 * p]
    rows = pd.DataFrame({"driver": ["constant", *design.columns], "n": len(y), "mean_baseline": got.mean[0], "mean": got.mean[1], "slope_baseline": got.beta[0],
                         "slope": got.beta[1], "explained": got.parts["explained"], "explained_lower": got.parts["explained"] - t * e,
                         "explained_upper": got.parts["explained"] + t * e, "p_value": _p(got.parts["explained"], e, df)})  # fmt: skip
    rows.loc[0, "p_value"] = np.nan
    rows["p_adjusted"] = adjust(rows["p_value"], "bh")
    rows = rows.assign(unexplained=got.parts["unexplained"], unexplained_lower=got.parts["unexplained"] - t * u, unexplained_upper=got.parts["unexplained"] + t * u,
                       endowments=got.parts["endowments"], coefficients=got.parts["coefficients"], interaction=got.parts["interaction"])  # fmt: skip
    totals = np.kron(np.array([[1, 0, 0, 0, 0], [0, 1, 0, 0, 0], [1, 1, 0, 0, 0]], float), np.ones(p))
    values = np.concatenate(
        [got.parts[name] for name in ("explained", "unexplained", "endowments", "coefficients", "interaction")]
    )
    sums, errors = totals @ values, np.sqrt(np.maximum(np.diag(totals @ got.covariance @ totals.T), 0))
    effects = tuple(
        _effect(name, float(value), float(one), t)
        for name, value, one in zip(("explained_total", "unexplained_total", "mean_move"), sums, errors, strict=True)
    )
    return Answer(method="oaxaca_blinder", columns={"outcome": str(outcome), "drivers": [str(one) for one in drivers], "period": str(period), "baseline": periods[0], "current": periods[1]},
                  table=rows, effects=effects, family="drivers_split", detectable=detectable_z(float(errors[0]), df),
                  statistic={"value_baseline": float(got.overall[0]), "value": float(got.overall[1]), "change": float(sums[2]), "p_value": float(_p(sums[2], errors[2], df)),
                             "p_explained": float(_p(sums[0], errors[0], df)), "p_unexplained": float(_p(sums[1], errors[1], df))},
                  caveats=(*sample.caveats, *few_clusters(sample.names)), **sample.names)  # fmt: skip


def _periods(sample: Sample, period: Column, baseline: Hashable | None) -> tuple[np.ndarray, list]:
    codes, periods = code_levels(sample.rows[str(period)])
    if len(periods) != 2:
        raise DataError("mean_two_groups", column=str(period), n=len(periods), groups=listing(periods, 8), least=2)
    if baseline is not None and baseline not in periods:
        raise DataError("mean_baseline", column=str(period), group=str(baseline), groups=listing(periods, 8))
    start = 0 if baseline is None else periods.index(baseline)
    return codes != start, [periods[start], periods[1 - start]]


def _df(names) -> float:
    return math.inf if names["clusters"] is None else float(max(names["clusters"] - 1, 1))


def _p(value, error, df: float) -> np.ndarray:
    with np.errstate(invalid="ignore", divide="ignore"):
        z = np.where(np.asarray(error) > 0, np.asarray(value) / error, np.nan)
    return two_sided(z, df)


def _effect(name: str, value: float, error: float, t: float) -> Effect:
    return Effect(name, value, value - t * error, value + t * error)
