"""How two numbers go together: Pearson beside Spearman, correlations of averages, with others held equal, of any shape."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pandas as pd

from ccsat.errors import DataError, Words, listing
from ccsat.estimates import adjust as adjusted_p
from ccsat.methods.answer import Answer, Assumption, Effect
from ccsat.methods.correlation_rows import (
    correlate,
    error_of,
    least_found,
    mean_of,
    names_of,
    numbers_of,
    part_ways,
    spread_of,
)
from ccsat.methods.designs import design_of
from ccsat.methods.regression_design import few_clusters
from ccsat.methods.sample import Sample
from ccsat.numerics.association import fisher_interval
from ccsat.numerics.distance import distance_correlation as distance
from ccsat.numerics.distance import independence_p
from ccsat.numerics.power import quantile
from ccsat.scales import Column

JACKKNIFE = 50


def pearson_correlation(
    table: pd.DataFrame, a: Column, b: Column, *, level: str | Sequence[str] | None = None, weights: str | None = None,
    weight_kind: str = "sampling", cluster: str | bool | None = None,
) -> Answer:  # fmt: skip
    """Do two numbers rise and fall together, on a straight line?

    Args:
        level: Column (or columns) whose averages are asked of, such as "date" or "team"; the answer then also has the
            correlations of single rows and of rows within a group, and says that averages are not rows.
        cluster: With clusters, or sampling weights, error and test come from influences summed by cluster.

    Returns:
        One row a coefficient: `coefficient` ("pearson", "spearman"; with `level` also "rows", "within") `, n, value, lower,
        upper, p_value`. Statistic: `t, df, p_value` of Pearson's, `spearman`. Assumption: that the two coefficients agree; a gap
        means curvature or outliers.

    Raises:
        ScaleError: A column is not interval. DataError: A column without spread, or fewer than four rows.

    Source:
        Fisher (1921), Metron 1, 3-32; influence: Devlin, Gnanadesikan and Kettenring (1975), Biometrika 62, 531-545;
        averages: Robinson (1950), American Sociological Review 15, 351-357.
    """
    levels = [level] if isinstance(level, str) else list(level or ())
    sample = numbers_of(table, [a, b], "pearson", levels, weights=weights, weight_kind=weight_kind, cluster=cluster)
    if len(levels) == 0:
        return _pearson_answer(sample, str(a), str(b), (), {})
    x, y = (sample.rows[str(one)].to_numpy(float) for one in (a, b))
    w = np.ones(len(x)) if sample.weight is None else sample.weight
    group = sample.rows.groupby(levels, sort=True, observed=True).ngroup().to_numpy()
    held = np.bincount(group, w)
    means = [np.bincount(group, w * v) / held for v in (x, y)]
    averaged = pd.DataFrame({str(a): means[0], str(b): means[1]})
    if len(held) < 4 or (averaged.std() == 0).any():
        raise DataError("regression_few_rows", n=str(len(held)), parameters=2, method=Words("method.pearson.name"))
    beside = {"rows": correlate(x, y, sample)}
    if len(held) < len(x):
        beside["within"] = correlate(x - means[0][group], y - means[1][group], sample)
    names = {**sample.names, "n": len(held), "cluster": None, "clusters": None, "weights": None, "weight_kind": None}
    inner = Sample(averaged, None, None, sample.dropped, sample.casts, sample.caveats, names)
    rows = beside["rows"].value
    caveat = (
        "caveat.regression_ecological",
        {"level": listing(levels), "groups": len(held), "rows": len(x), "value": rows},
    )
    return _pearson_answer(inner, str(a), str(b), (caveat,), beside, level=listing(levels))


def correlations(
    table: pd.DataFrame, outcome: Column, drivers: Sequence[Column], *, weights: str | None = None, weight_kind: str = "sampling",
    cluster: str | bool | None = None,
) -> Answer:  # fmt: skip
    """Which of several numbers goes with the outcome, one at a time?

    Returns:
        One row a driver: `driver, n, pearson, lower, upper, p_value, p_adjusted` (BH) `, spearman, spearman_lower, spearman_upper,
        curved` (the two coefficients part by more than chance). Rows complete in every column. Effect: the first driver's.

    Raises:
        As `pearson_correlation`.

    Source:
        Fisher (1921), Metron 1, 3-32; Benjamini and Hochberg (1995), JRSS B 57, 289-300.
    """
    drivers = [drivers] if isinstance(drivers, str) or not isinstance(drivers, Sequence) else list(drivers)
    if not drivers:
        raise DataError("regression_drivers", outcome=str(outcome), drivers="–")
    sample = numbers_of(
        table, [outcome, *drivers], "correlations", (), weights=weights, weight_kind=weight_kind, cluster=cluster
    )
    y, found = sample.rows[str(outcome)].to_numpy(float), []
    for driver in map(str, drivers):
        x = sample.rows[driver].to_numpy(float)
        one, ranks = correlate(x, y, sample), correlate(x, y, sample, ranks=True)
        found.append({"driver": driver, "n": one.n, "pearson": one.value, **dict(zip(("lower", "upper"), one.interval(), strict=True)), "p_value": one.p_value,
                      "spearman": ranks.value, **dict(zip(("spearman_lower", "spearman_upper"), ranks.interval(), strict=True)),
                      "curved": part_ways(one, ranks, sample)})  # fmt: skip
    frame = pd.DataFrame(found)
    frame.insert(6, "p_adjusted", adjusted_p(frame["p_value"]))
    first = frame.iloc[0]
    curved = frame.loc[frame["curved"], "driver"]
    checks = (Assumption("regression_pearson_spearman_many", curved.empty, {"drivers": listing(curved) or "–"}),)
    one = correlate(sample.rows[str(drivers[0])].to_numpy(float), y, sample)
    return Answer(method="correlations", table=frame, columns={"outcome": str(outcome), "drivers": [str(d) for d in drivers]}, family="regression_drivers",
                  statistic={"p_value": float(first["p_value"])}, effects=(Effect("pearson", float(first["pearson"]), float(first["lower"]), float(first["upper"])),),
                  assumptions=checks, detectable=least_found(one), caveats=sample.caveats + few_clusters(sample), **names_of(sample, one))  # fmt: skip


def partial_correlation(
    table: pd.DataFrame, a: Column, b: Column, given: Sequence[Column], *, weights: str | None = None, weight_kind: str = "sampling",
    cluster: str | bool | None = None,
) -> Answer:  # fmt: skip
    """Do two numbers still go together where what both depend on is held equal?

    Args:
        given: Columns held equal: confounders, not mediators. Nominal ones by level.

    Returns:
        One row a coefficient: `coefficient` ("partial", "semipartial": controls taken out of b only, "plain") `, n, value, lower, upper,
        p_value`. Effects in that order. Statistic of the partial one: `t, df, p_value`.

    Raises:
        As `pearson_correlation`; DataError: controls that repeat each other.

    Source:
        Fisher (1924), Metron 3, 329-332; semipartial: Cohen, Cohen, West and Aiken (2003), 3.3, with the error of its
        influence.
    """
    given = [given] if isinstance(given, str) or not isinstance(given, Sequence) else list(given)
    if not given:
        raise DataError("regression_drivers", outcome=str(a), drivers="–")
    sample = numbers_of(
        table, [a, b], "partial_correlation", given, weights=weights, weight_kind=weight_kind, cluster=cluster
    )
    design = design_of(sample, given, method="partial_correlation").x
    x, y = (sample.rows[str(one)].to_numpy(float) for one in (a, b))
    root = np.ones(len(x)) if sample.weight is None else np.sqrt(sample.weight)
    basis = np.linalg.qr(design / np.sqrt((design**2).mean(0)) * root[:, None])[0]
    clear = lambda v: v - basis @ (basis.T @ (root * v)) / root
    k = design.shape[1] - 1
    left_x, left_y = clear(x), clear(y)
    if min(left_x.std() / x.std(), left_y.std() / y.std()) < 1e-6:
        raise DataError("regression_no_room", a=str(a), b=str(b), given=listing(given))
    partial = correlate(left_x, left_y, sample, held=k)
    half = correlate(x, left_y, sample, held=k)
    plain = correlate(x, y, sample)
    # x's own part that the controls tell adds to its spread only
    s_x, s_y = spread_of(x, sample), spread_of(left_y, sample)
    moved = left_x * left_y / (s_x * s_y) - half.value / 2 * (
        (x - mean_of(x, sample)) ** 2 / s_x**2 + left_y**2 / s_y**2
    )
    error, df, _ = error_of(moved, sample)
    q = quantile(0.95, df if partial.robust else np.inf)
    wide = error / (1 - half.value**2)
    limits = fisher_interval(half.value, wide, q)
    rows = [("partial", partial.value, *partial.interval(), partial.p_value), ("semipartial", half.value, *limits, partial.p_value),
            ("plain", plain.value, *plain.interval(), plain.p_value)]  # fmt: skip
    frame = pd.DataFrame(rows, columns=["coefficient", "value", "lower", "upper", "p_value"])
    frame.insert(1, "n", partial.n)
    names = ("partial_pearson", "semipartial_pearson", "pearson")
    effects = tuple(Effect(name, *(float(v) for v in row[1:4])) for name, row in zip(names, rows, strict=True))
    return Answer(method="partial_correlation", table=frame, columns={"a": str(a), "b": str(b), "given": [str(g) for g in given]}, effects=effects,
                  statistic={"t": partial.t, "df": partial.df, "p_value": partial.p_value}, detectable=least_found(partial),
                  caveats=sample.caveats + few_clusters(sample), **names_of(sample, partial))  # fmt: skip


def distance_correlation(table: pd.DataFrame, a: Column, b: Column, *, cluster: str | bool | None = None) -> Answer:
    """Are two numbers tied in any way at all, straight or not?

    Args:
        cluster: Left out whole, in turn, for the interval; the p-value takes averages over no clusters and is left out then.

    Returns:
        One row: `n, value` (0 to 1; 0 where nothing ties them; root of the bias-corrected square) `, lower, upper, biased` (as usually
        printed, above 0 always) `, pearson, p_value`. Interval: delete-a-group jackknife of the square (at most 50 groups).

    Raises:
        ScaleError: A column is not interval. DataError: A column without spread.

    Source:
        Szekely, Rizzo and Bakirov (2007), Annals of Statistics 35, 2769-2794; Shen, Panda and Vogelstein (2022), JCGS 31, 254-262.
    """
    sample = numbers_of(table, [a, b], "distance_correlation", (), cluster=cluster)
    x, y = (sample.rows[str(one)].to_numpy(float) for one in (a, b))
    found, straight = distance(x, y), correlate(x, y, sample)
    clustered = sample.cluster is not None
    order = np.lexsort((y, x))  # groups by value, so that the order of the rows has no say
    group = np.empty(len(x), np.int64)
    group[order] = np.arange(len(x)) % JACKKNIFE
    group = sample.cluster % JACKKNIFE if clustered else group
    groups = np.unique(group)
    left = (
        np.array([distance(x[group != g], y[group != g]).unbiased for g in groups])
        if len(groups) > 2
        else np.array([np.nan])
    )
    se = float(np.sqrt((len(left) - 1) / len(left) * ((left - left.mean()) ** 2).sum()))
    half = quantile(0.95, len(left) - 1) * se
    value, low, high = (
        math.sqrt(min(max(square, 0.0), 1.0))
        for square in (found.unbiased, found.unbiased - half, found.unbiased + half)
    )
    p = np.nan if clustered else independence_p(found)
    frame = pd.DataFrame(
        [
            {
                "n": found.n,
                "value": value,
                "lower": low,
                "upper": high,
                "biased": found.value,
                "pearson": straight.value,
                "p_value": p,
            }
        ]
    )
    statistic = {"biased": found.value, "pearson": straight.value} | ({} if clustered else {"p_value": p})
    return Answer(method="distance_correlation", table=frame, columns={"a": str(a), "b": str(b)}, statistic=statistic,
                  effects=(Effect("distance_correlation", value, low, high),), detectable=float(np.sqrt(6.849 / found.n)),
                  caveats=sample.caveats + few_clusters(sample), **sample.names)  # fmt: skip


def _pearson_answer(sample: Sample, a: str, b: str, caveats: tuple, beside: dict, **columns) -> Answer:
    x, y = sample.rows[a].to_numpy(float), sample.rows[b].to_numpy(float)
    one, ranks = correlate(x, y, sample), correlate(x, y, sample, ranks=True)
    found = {"pearson": one, "spearman": ranks, **beside}
    frame = pd.DataFrame([{"coefficient": name, "n": each.n, "value": each.value, **dict(zip(("lower", "upper"), each.interval(), strict=True)),
                           "p_value": each.p_value} for name, each in found.items()])  # fmt: skip
    agree = Assumption(
        "regression_pearson_spearman",
        not part_ways(one, ranks, sample),
        {"pearson": round(one.value, 3), "spearman": round(ranks.value, 3)},
    )
    return Answer(method="pearson", table=frame, columns={"a": a, "b": b, **columns}, assumptions=(agree,), detectable=least_found(one),
                  statistic={"t": one.t, "df": one.df, "p_value": one.p_value, "spearman": ranks.value},
                  effects=(Effect("pearson", one.value, *one.interval()), Effect("spearman", ranks.value, *ranks.interval())),
                  caveats=sample.caveats + caveats + few_clusters(sample), **names_of(sample, one))  # fmt: skip
