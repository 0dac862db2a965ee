"""Do raters agree? Kappa, Krippendorff's alpha, intraclass correlation, Kendall's W."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy.special import chdtrc

from ccsat.errors import DataError, listing
from ccsat.methods.answer import Answer, Effect
from ccsat.methods.coded import few_clusters, unclustered
from ccsat.methods.rank_compare import FOUND
from ccsat.methods.rank_paired import level_numbers
from ccsat.methods.sample import take_rows
from ccsat.numerics import agreement as numerics
from ccsat.numerics.association import fisher_interval, spearman
from ccsat.numerics.clusters import Clusters
from ccsat.numerics.rankgroups import chi2_found
from ccsat.numerics.rankpairs import distinct_rows, friedman
from ccsat.numerics.ranks import quantile, two_sided
from ccsat.scales import Column, Scale, need, read_column, scale_of


def at_least(columns: Sequence[Column], least: int) -> None:
    """Refuse too few columns."""
    if len(columns) < least:
        raise DataError("rank_waves", n=len(columns), least=least, most="…", columns=listing(map(str, columns)))


def _level_codes(columns: list[pd.Series]) -> tuple[np.ndarray, list]:
    """Number of each row's level on one scale for all columns (-1: missing), and the levels."""
    if all(isinstance(column.dtype, pd.CategoricalDtype) for column in columns):
        levels = list(columns[0].cat.categories)
        if any(
            set(column.cat.categories) != set(levels) or (column.cat.ordered and list(column.cat.categories) != levels)
            for column in columns
        ):
            raise DataError("rank_same_levels", columns=listing(column.name for column in columns))
        return np.column_stack([column.cat.set_categories(levels).cat.codes for column in columns]), levels
    joined = pd.concat([column.astype(object) for column in columns], ignore_index=True)
    try:
        codes, levels = pd.factorize(joined, sort=True)
    except TypeError:
        codes, levels = pd.factorize(joined.map(lambda value: value if value != value else str(value)), sort=True)
    return codes.reshape(len(columns), -1).T, list(levels)


def kappa(
    table: pd.DataFrame, a: Column, b: Column, *, weighting: str = "quadratic", cluster: str | bool | None = None
) -> Answer:
    """Do two raters agree beyond chance?

    Args:
        a, b: Two raters of the same cases, on one scale: ordinal for "linear" and "quadratic", any for "none".
        weighting: How near misses count: "quadratic", "linear", or "none".

    Returns:
        Effect: `kappa`. One row a weighting the scale allows: `weighting`, `n`, `agreement` (share, weighted), `value`, `lower`,
        `upper`, `error`. `extra`: `counts`, raters crossed. Test: kappa = 0.

    Raises:
        ScaleError: A nominal column with weights. DataError: Unknown weighting, different levels, or one level.

    Source:
        Cohen (1968), Psychological Bulletin 70, 213-220; Fleiss, Cohen, Everitt (1969), same 72, 323-327.
    """
    if weighting not in numerics.KAPPA_WEIGHTS:
        raise DataError("rank_choice", option="weighting", value=weighting, known=listing(numerics.KAPPA_WEIGHTS))
    sample = take_rows(table, [a, b], cluster=cluster)
    columns = [sample.rows[str(column)] for column in (a, b)]
    if weighting != "none":
        for column in columns:
            need(column, Scale.ORDINAL, method="kappa", instead='kappa(weighting="none")')
    codes, levels = _level_codes(columns)
    cells = codes[:, 0] * len(levels) + codes[:, 1]
    counts = np.bincount(cells, minlength=len(levels) ** 2).reshape(len(levels), -1).astype(float)
    ordered = min(scale_of(column) for column in columns) >= Scale.ORDINAL
    made, n, df, effective = [], float(counts.sum()), math.inf, None
    for name in numerics.KAPPA_WEIGHTS if ordered else ("none",):
        weights = numerics.kappa_weights(len(levels), name)
        value, influence = numerics.kappa(counts, weights)
        if math.isnan(value):
            raise DataError("rank_constant", first=str(a), second=str(b), n=round(n))
        variance = plain = float((counts * influence**2).sum())
        if sample.cluster is not None:
            variance, df = Clusters(sample.cluster, np.zeros(len(cells), np.int64)).variance(influence.ravel()[cells])
        half = quantile(df) * math.sqrt(variance)
        made.append({"weighting": name, "n": round(n), "agreement": float((weights * counts).sum() / n), "value": value,
                     "lower": max(value - half, -1.0), "upper": min(value + half, 1.0), "error": math.sqrt(variance)})  # fmt: skip
        if name == weighting and sample.cluster is not None and variance > 0:
            effective = min(n, n * plain / variance)
    shown = pd.DataFrame(made)
    row = shown.set_index("weighting").loc[weighting]
    z = row["value"] / row["error"] if row["error"] > 0 else math.copysign(math.inf, row["value"])
    return Answer(
        method="kappa", columns={"a": str(a), "b": str(b)}, statistic={"z": z, "p_value": two_sided(z, df)},
        effects=(Effect("kappa", float(row["value"]), float(row["lower"]), float(row["upper"])),), table=shown,
        detectable=min(FOUND * float(row["error"]), 1.0), n_effective=effective, extra={"counts": pd.DataFrame(counts, index=levels, columns=levels)},
        caveats=sample.caveats + tuple(few_clusters(sample)), **sample.names,
    )  # fmt: skip


def krippendorff_alpha(
    table: pd.DataFrame,
    columns: Sequence[Column],
    *,
    metric: str = "ordinal",
    draws: int = 1000,
    rng: int | np.random.Generator = 0,
) -> Answer:
    """Do any number of raters agree, with ratings missing?

    Args:
        columns: Two or more raters, on one scale. Cases with fewer than two ratings are left out.
        metric: "nominal", "ordinal" or "interval": what a disagreement counts for.
        draws, rng: Bootstrap of cases for the interval.

    Returns:
        Effect: `krippendorff_alpha` (percentile interval). One row a metric that the scale allows: `metric`, `n` (cases),
        `ratings`, `value`, `lower`, `upper`.

    Raises:
        ScaleError: A scale weaker than the metric. DataError: Fewer than two raters or complete cases, different levels.

    Source:
        Krippendorff (2019), Content Analysis, 4th ed., ch. 12; Zapf et al. (2016), BMC Medical Research Methodology 16, 93 (bootstrap).
    """
    if metric not in numerics.METRICS:
        raise DataError("rank_choice", option="metric", value=metric, known=listing(numerics.METRICS))
    at_least(columns, 2)
    data = [read_column(table, column) for column in columns]
    for column in data:
        need(column, Scale[metric.upper()], method="krippendorff_alpha", instead='krippendorff_alpha(metric="nominal")')
    codes, levels = _level_codes(data)
    enough = (codes >= 0).sum(1) >= 2
    if enough.sum() < 2:
        raise DataError("method_no_rows", columns=listing(map(str, columns)), rows=len(table))
    rows, counts, _ = distinct_rows(codes[enough])
    pairs = numerics.coincidences(rows.astype(int), len(levels)).reshape(len(rows), -1)
    n, generator = int(counts.sum()), np.random.default_rng(rng)
    drawn = generator.multinomial(n, counts / n, draws).astype(float) @ pairs
    scale = min(scale_of(column) for column in data)
    positions = np.asarray(levels, float) if scale == Scale.INTERVAL else np.arange(1.0, len(levels) + 1)
    made, size = [], len(levels)
    for name in (kind for kind in numerics.METRICS if Scale[kind.upper()] <= scale):
        value = float(numerics.krippendorff((counts @ pairs).reshape(size, size), positions, name))
        if math.isnan(value):
            raise DataError("rank_constant", first=str(columns[0]), second=str(columns[1]), n=n)
        lower, upper = np.nanquantile(
            numerics.krippendorff(drawn.reshape(-1, size, size), positions, name), [0.025, 0.975]
        )
        made.append(
            {
                "metric": name,
                "n": n,
                "ratings": int((codes[enough] >= 0).sum()),
                "value": value,
                "lower": float(lower),
                "upper": float(upper),
            }
        )
    shown = pd.DataFrame(made)
    row = shown.set_index("metric").loc[metric]
    casts = tuple(str(column) for column in columns if not isinstance(column, str))
    return Answer(
        method="krippendorff_alpha", columns={"columns": tuple(map(str, columns))}, n=n, casts=casts, table=shown,
        dropped=(("rank_one_rating", int((~enough).sum())),) if not enough.all() else (),
        effects=(Effect("krippendorff_alpha", float(row["value"]), float(row["lower"]), float(row["upper"])),),
    )  # fmt: skip


def intraclass_correlation(
    table: pd.DataFrame, columns: Sequence[Column], *, form: str = "ICC2", cluster: str | bool | None = None
) -> Answer:
    """How much of the spread of scores is between cases, not between raters?

    Args:
        columns: Two or more raters, interval. One row a case.
        form: "ICC1" (raters differ from case to case), "ICC2" (the same raters, a sample of all), "ICC3" (these raters only);
            with "k" at the end, of the raters' mean.
        cluster: Only noted.

    Returns:
        Effect: the form, named `icc_raters`. One row a form: `form`, `n`, `value`, `lower`, `upper`, `F`, `df`, `df_error`, `p_value`.

    Raises:
        ScaleError: A column is not interval. DataError: Fewer than two raters or three cases, no spread, or an unknown form.

    Source:
        Shrout and Fleiss (1979), Psychological Bulletin 86, 420-428.
    """
    at_least(columns, 2)
    sample = take_rows(table, columns, cluster=cluster)
    for column in columns:
        need(
            sample.rows[str(column)],
            Scale.INTERVAL,
            method="intraclass_correlation",
            instead="krippendorff_alpha, kendall_w",
        )
    rows, counts, _ = distinct_rows(sample.rows[[str(column) for column in columns]].to_numpy(float))
    n = float(counts.sum())
    if n < 3 or len(rows) < 2 or not np.ptp(rows.mean(1)) > 0:
        raise DataError("rank_constant", first=str(columns[0]), second=str(columns[1]), n=round(n))
    shown = pd.DataFrame([{"form": one.form, "n": round(n), "value": one.value, "lower": one.lower, "upper": one.upper, "F": one.F,
                           "df": one.df, "df_error": one.df_error, "p_value": one.p_value} for one in numerics.intraclass(rows, counts)])  # fmt: skip
    if form not in set(shown["form"]):
        raise DataError("rank_choice", option="form", value=form, known=listing(shown["form"]))
    row = shown.set_index("form").loc[form]
    k = len(columns)
    least = math.tanh(
        FOUND / math.sqrt(max(n - 1.5, 1) * 2 * (k - 1) / k)
    )  # Fisher's z of an intraclass correlation near 0
    return Answer(
        method="intraclass_correlation", columns={"columns": tuple(map(str, columns)), "form": form},
        statistic={"F": float(row["F"]), "df": float(row["df"]), "df_error": float(row["df_error"]), "p_value": float(row["p_value"])},
        effects=(Effect("icc_raters", float(row["value"]), float(row["lower"]), float(row["upper"])),), table=shown, detectable=least,
        caveats=sample.caveats + tuple(unclustered(sample)), **sample.names,
    )  # fmt: skip


def kendall_w(table: pd.DataFrame, columns: Sequence[Column], *, cluster: str | bool | None = None) -> Answer:
    """Do raters put the cases in the same order?

    Args:
        columns: Two or more raters, ordinal or interval. One row a case. cluster: Only noted.

    Returns:
        Effect: `kendall_w_raters` (1: the same order; interval from the raters' mean rank correlation). One row a rater: `rater`, `n`, `levels_used`,
        `tied_share` (share of pairs of cases that the rater does not order). Statistic: `chi2`, `df`, `p_value`.

    Raises:
        ScaleError: A column is nominal. DataError: Fewer than two raters, different levels, or no case ordered.

    Source:
        Kendall and Smith (1939), Annals of Mathematical Statistics 10, 275-287.
    """
    at_least(columns, 2)
    sample = take_rows(table, columns, cluster=cluster)
    values, _, _ = level_numbers(sample, columns, "kendall_w", 'krippendorff_alpha(metric="nominal")')
    got = friedman(values.T, np.ones(len(columns)))
    if len(values) < 2 or not got.statistic > 0 and np.ptp(values) == 0:
        raise DataError("rank_constant", first=str(columns[0]), second=str(columns[1]), n=len(values))
    counts = [np.unique(column, return_counts=True)[1] for column in values.T]
    made = pd.DataFrame({"rater": [str(column) for column in columns], "n": len(values), "levels_used": [len(one) for one in counts],
                         "tied_share": [float((one * (one - 1)).sum()) / (len(values) * (len(values) - 1)) for one in counts]})  # fmt: skip
    lower, upper = _w_limits(values, got.w, sample.cluster)
    return Answer(
        method="kendall_w", columns={"columns": tuple(map(str, columns))}, statistic={"chi2": got.statistic, "df": got.df, "p_value": float(chdtrc(got.df, got.statistic))},
        effects=(Effect("kendall_w_raters", got.w, lower, upper, null=1 / len(columns)),), table=made,
        detectable=min((chi2_found(got.df) + got.df) / (got.n * got.df), 1.0), caveats=sample.caveats + tuple(unclustered(sample)), **sample.names,
    )  # fmt: skip


def _w_limits(values: np.ndarray, w: float, cluster: np.ndarray | None) -> tuple[float | None, float | None]:
    """Limits of W from those of the mean rank correlation of pairs of raters, r: W = (1 + (raters - 1) r) / raters."""
    raters = values.shape[1]
    codes = [np.unique(column, return_inverse=True)[1].ravel() for column in values.T]
    found = [
        spearman(codes[i], codes[j], np.ones(len(values))) for i, j in zip(*np.triu_indices(raters, 1), strict=True)
    ]
    found = [one for one in found if not math.isnan(one.value)]
    if not found:
        return None, None
    r, influence = np.mean([one.value for one in found]), np.mean([one.influence for one in found], axis=0)
    group = np.zeros(len(values), np.int64)
    variance, df = Clusters(group + np.arange(len(values)) if cluster is None else cluster, group).variance(influence)
    limits = fisher_interval(float(r), math.sqrt(variance) / max(1 - r**2, 1e-12), quantile(df))
    return tuple(float(min(max(w + (limit - r) * (raters - 1) / raters, 0.0), 1.0)) for limit in limits)
