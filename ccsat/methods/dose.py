"""How an outcome answers to more and more of something: by tenths, by a smooth curve, and where it bends."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from ccsat.errors import DataError, Words
from ccsat.methods.answer import Answer, Assumption, Effect
from ccsat.methods.designs import design_of
from ccsat.methods.ordinal_inference import detectable, limits, p_two_sided, wald
from ccsat.methods.regression_design import as_number, few_clusters, sample_of
from ccsat.numerics.lines import LinearFit, fit_linear
from ccsat.numerics.threshold import find_bend, natural_spline
from ccsat.scales import Column, Scale, need

KNOTS = (0.05, 0.35, 0.65, 0.95)
POINTS = 25


def dose_response(
    table: pd.DataFrame, outcome: Column, dose: Column, *, adjust: Sequence[Column] = (), promise: float | None = None, bins: int = 10,
    top_from: object = None, event: object = None, weights: str | None = None, weight_kind: str = "sampling", cluster: str | bool | None = None,
    draws: int = 400, rng: np.random.Generator | int = 0,
) -> Answer:  # fmt: skip
    """Is the outcome flat until some wait (or length, or number of steps), and where does it start to fall?

    Args:
        outcome: A number; or yes/no, as share, by bool, `top_from` or `event`.
        dose: E.g. wait in seconds. adjust: Confounders, held equal.
        promise: Threshold known beforehand, such as the announced wait: tested there, not searched for.
        bins: Tenths by default; equal doses stay together.

    Returns:
        One row a bin: `dose_from, dose_to, dose, n, value, lower, upper` (mean of the outcome; adjusted where `adjust` is given). Effects: by how
        much the slope changes at the threshold (per unit of dose), the threshold, the slopes before and after; limits by draws of rows
        or clusters that search anew each time. p_value: of no bend anywhere. Statistic: `linear` (one slope for all) `, linear_p,
        curve_p` (smooth curve against the line) `, threshold, before, after`. `extra`: `curve` (`dose, value, lower, upper`), `places` searched.

    Raises:
        ScaleError: A weaker outcome or dose. DataError: Fewer than five different doses.

    Source:
        Harrell (2015), Regression Modeling Strategies, 2.4.5; Muggeo (2003), Statistics in Medicine 22, 3055-3071; test: Hansen
        (1996), Econometrica 64, 413-430.
    """
    sample = sample_of(
        table,
        [outcome, dose, *adjust],
        method="dose_response",
        weights=weights,
        weight_kind=weight_kind,
        cluster=cluster,
    )
    y, hit = as_number(sample.rows[str(outcome)], method="dose_response", top_from=top_from, event=event)
    need(
        sample.rows[str(dose)],
        Scale.INTERVAL,
        method="dose_response",
        instead="spearman, jonckheere_terpstra, ordered_logit",
    )
    x = sample.rows[str(dose)].to_numpy(float)
    different = np.unique(x)
    z = design_of(sample, adjust, method="dose_response").x[:, 1:] if adjust else np.empty((len(y), 0))
    if len(different) < 5 or len(y) <= z.shape[1] + 8 or np.ptp(y) == 0:
        raise DataError("regression_doses", column=str(dose), n=len(different), rows=len(y))
    if promise is not None and not different[0] < promise < different[-1]:
        raise DataError("regression_promise", promise=promise, least=float(different[0]), most=float(different[-1]))
    kind = weight_kind if weights else None
    run = lambda *columns: fit_linear(
        np.column_stack([np.ones(len(y)), *columns, centred]),
        y,
        weight=sample.weight,
        kind=kind,
        cluster=sample.cluster,
    )
    w = np.ones(len(y)) if sample.weight is None else sample.weight
    centred = z - w @ z / w.sum()
    n = float(w.sum()) if kind == "frequency" else float(len(y))
    df = n - z.shape[1] - 3 if sample.cluster is None else float(sample.names["clusters"] - 1)
    line = run(x)
    curve, curve_p = _curve(x, w, run, df)
    bend = (
        None
        if promise is not None
        else find_bend(
            x, y, z, weight=sample.weight, cluster=sample.cluster, draws=draws, rng=np.random.default_rng(rng)
        )
    )
    at = promise if promise is not None else bend.at if bend else float(np.median(x))
    broken = run(x, np.maximum(x - at, 0))
    slopes = _slopes(broken, df)
    if bend:
        ends = [bend.change_limits, bend.before_limits]
        effects = (Effect("regression_bend", slopes[2][0], *ends[0]), Effect("regression_threshold", at, *bend.limits, null=np.nan),
                   Effect("regression_before", slopes[0][0], *ends[1]), Effect("regression_after", *slopes[1][:3]))  # fmt: skip
        p = bend.p_value
    else:
        effects = (
            Effect("regression_bend", *slopes[2][:3]),
            Effect("regression_before", *slopes[0][:3]),
            Effect("regression_after", *slopes[1][:3]),
        )
        p = slopes[2][4]
    statistic = {"p_value": p, "threshold": float(at), "before": slopes[0][0], "after": slopes[1][0], "after_se": slopes[1][3], "linear": float(line.beta[1]),
                 "linear_se": float(line.se[1]), "linear_p": float(p_two_sided(line.beta[1], line.se[1], df)), "curve_p": curve_p}  # fmt: skip
    straight = Assumption(
        "regression_straight", not (curve_p < 0.01 or p < 0.01), {"dose": str(dose), "threshold": round(float(at), 2)}
    )
    columns = {
        "outcome": str(outcome),
        "dose": str(dose),
        "adjust": [str(a) for a in adjust],
        **({"hit": hit} if hit else {}),
        **({"promise": promise} if promise is not None else {}),
    }
    caveats = sample.caveats + few_clusters(sample)
    if promise is None and p < 0.05:
        caveats = (*caveats, ("caveat.regression_searched", {"threshold": float(at)}))
    return Answer(
        method="dose_response", table=_tenths(x, y, w, centred, kind, sample, bins, df), columns=columns, statistic=statistic, effects=effects, assumptions=(straight,),
        detectable=detectable(slopes[2][3], df), caveats=caveats, extra={"curve": curve, "places": None if bend is None else bend.places},
        **{**sample.names, "n": int(n) if n.is_integer() else n},
    )  # fmt: skip


def _slopes(fit: LinearFit, df: float) -> list[tuple[float, float, float, float, float]]:
    """Before, after, and change: value, lower, upper, standard error, p."""
    found = []
    for turn in ((1.0, 0.0), (1.0, 1.0), (0.0, 1.0)):
        c = np.array(turn)
        value, se = float(c @ fit.beta[1:3]), float(np.sqrt(max(c @ fit.covariance[1:3, 1:3] @ c, 0)))
        low, high = limits(value, se, df)
        found.append((value, float(low), float(high), se, float(p_two_sided(value, se, df))))
    return found


def _curve(x: np.ndarray, w: np.ndarray, run, df: float) -> tuple[pd.DataFrame, float]:
    """The smooth curve at some doses, and p of its being a line."""
    order = np.argsort(x)
    mass = (np.cumsum(w[order]) - w[order] / 2) / w.sum()
    knots = np.unique(np.interp(KNOTS, mass, x[order]))
    grid = np.unique(np.interp(np.linspace(0.01, 0.99, POINTS), mass, x[order]))
    middle = float(w @ x / w.sum())
    columns = [x - middle] + ([natural_spline(x, knots)] if len(knots) > 2 else [])
    fit = run(*columns)
    k = 1 + sum(1 if c.ndim == 1 else c.shape[1] for c in columns)
    at = np.column_stack(
        [np.ones(len(grid)), grid - middle] + ([natural_spline(grid, knots)] if len(knots) > 2 else [])
    )
    value, se = at @ fit.beta[:k], np.sqrt(np.maximum(np.einsum("ij,jk,ik->i", at, fit.covariance[:k, :k], at), 0))
    low, high = limits(value, se, df)
    p = wald(fit.beta[2:k], fit.covariance[2:k, 2:k], df)[1] if k > 2 else np.nan
    return pd.DataFrame({"dose": grid, "value": value, "lower": low, "upper": high}), p


def _tenths(x, y, w, z, kind, sample, bins, df) -> pd.DataFrame:
    """Mean of the outcome in each bin of dose, what is held equal at its mean."""
    if bins < 2:
        raise DataError("regression_bins", bins=bins, method=Words("method.dose_response.name"))
    values, place = np.unique(x, return_inverse=True)
    held = np.bincount(place, w)
    cut = np.minimum(((np.cumsum(held) - held / 2) / held.sum() * bins).astype(int), bins - 1)[place]
    at = np.unique(cut, return_inverse=True)[1]
    groups = int(at.max()) + 1
    n = np.bincount(at, w if kind == "frequency" else None)
    dummies = np.eye(groups)[at]
    fit = fit_linear(np.column_stack([dummies, z]), y, weight=sample.weight, kind=kind, cluster=sample.cluster)
    low, high = limits(fit.beta[:groups], fit.se[:groups], df)
    edges = pd.Series(x).groupby(at).agg(["min", "max"])
    return pd.DataFrame({"dose_from": edges["min"].to_numpy(), "dose_to": edges["max"].to_numpy(), "dose": np.bincount(at, w * x) / np.bincount(at, w), "n": n,
                         "value": fit.beta[:groups], "lower": low, "upper": high})  # fmt: skip
