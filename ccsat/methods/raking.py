"""Raking: weights that make those who answered as mixed as the contacts that were asked."""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping, Sequence

import numpy as np
import pandas as pd

from ccsat.errors import DataError, Words, listing
from ccsat.methods.answer import Answer, Effect
from ccsat.methods.means import few_clusters, numbers
from ccsat.methods.sample import Sample, take_rows
from ccsat.numerics.crosstab import code_levels
from ccsat.numerics.linear import dummies
from ccsat.numerics.power import detectable_z, quantile, two_sided
from ccsat.numerics.weighting import design_covariance, kish_effect, rake
from ccsat.scales import Column


def raked_mean(
    table: pd.DataFrame, outcome: Column, *, margins: Mapping[str, Mapping[Hashable, float]] | Sequence[str] | None = None, weights: str | None = None,
    most: float | None = None, cluster: str | bool | None = None,
) -> Answer:  # fmt: skip
    """What would the mean be if those who answered were mixed like all contacts?

    Args:
        margins: Column -> {level: share or count in the population}; or a list of columns whose shares are taken from all rows of
            the table, those without an answer too.
        weights: Sampling weights to start from. most: Cap on a weight, as a multiple of the mean.

    Returns:
        One row a level of each margin: `column, level, n, share_before, share_after, share_target`. Effects: `mean_level` (raked, its
        error by the linearisation of the raking) and `weighting_shift` (raked minus before, with its interval). Statistic:
        `p_value` (of no move), `mean_before, least_weight, largest_weight` (over the mean weight) `, kish_effect, n_effective, rounds, miss, trimmed`.
        `extra["weights"]`: a Series on the index of the rows used.

    Raises:
        ScaleError: The outcome is not interval. DataError: No margins, or a level of the population that nobody answered.

    Source:
        Deming and Stephan (1940), Annals of Mathematical Statistics 11, 427-444; error: Deville and Särndal (1992), Journal of the
        American Statistical Association 87, 376-382.
    """
    if not margins:
        raise DataError("rake_margins", method=Words("method.raked_mean.name"))
    columns = list(margins)
    if most is not None and most <= 1:
        raise DataError("rake_cap", most=most)
    sample = take_rows(table, [outcome, *columns], weights=weights, cluster=cluster)
    y = numbers(sample, outcome, method="raked_mean", instead="nonresponse")
    need_units(sample.names, len(y))
    codes, levels, targets = zip(*(_margin(table, sample, column, margins) for column in columns), strict=True)
    start = np.ones(len(y)) if sample.weight is None else sample.weight * (len(y) / sample.weight.sum())
    got = rake(codes, targets, start=start, most=most)
    w = got.weight
    mean, before = float(w @ y / w.sum()), float(start @ y / start.sum())
    x = np.hstack(
        [np.ones((len(y), 1)), *(dummies(code, len(target)) for code, target in zip(codes, targets, strict=True))]
    )
    slope = np.linalg.lstsq(x * np.sqrt(w)[:, None], y * np.sqrt(w), rcond=1e-10)[0]
    influence = np.column_stack([w * (y - x @ slope) / w.sum(), start * (y - before) / start.sum()])
    covariance = design_covariance(influence, sample.cluster)
    df = float((sample.names["clusters"] or len(y)) - 1)
    error, shift_error = (
        math.sqrt(covariance[0, 0]),
        math.sqrt(max(covariance[0, 0] + covariance[1, 1] - 2 * covariance[0, 1], 0.0)),
    )
    t, shift = quantile(0.95, df), mean - before
    rows = []
    for column, code, names, target in zip(columns, codes, levels, targets, strict=True):
        size = len(names)
        rows.append(pd.DataFrame({"column": column, "level": names, "n": np.bincount(code, minlength=size), "share_before": np.bincount(code, start, minlength=size) / start.sum(),
                                  "share_after": np.bincount(code, w, minlength=size) / w.sum(), "share_target": target / target.sum()}))  # fmt: skip
    statistic = {"mean_before": before, "error": error, "df": df, "least_weight": float(w.min() / w.mean()), "largest_weight": float(w.max() / w.mean()),
                 "kish_effect": kish_effect(w), "sum_w2": float((w**2).sum()), "rounds": float(got.rounds), "miss": got.miss, "trimmed": float(got.trimmed)}  # fmt: skip
    if shift_error > 1e-12:
        statistic |= {"p_value": float(two_sided(shift / shift_error, df))}
    worth = float(w.sum() ** 2 / (w**2).sum())
    caveats = [*sample.caveats, *few_clusters(sample.names)]
    if got.miss > 1e-6:
        caveats.append(("caveat.rake_miss", {"miss": got.miss, "rounds": got.rounds}))
    if w.max() / w.mean() > 5:
        caveats.append(("caveat.rake_heavy", {"most": float(w.max() / w.mean())}))
    return Answer(method="raked_mean", columns={"outcome": str(outcome), "margins": columns}, table=pd.concat(rows, ignore_index=True),
                  statistic={**statistic, "n_effective": worth}, detectable=detectable_z(shift_error, df) if shift_error > 1e-12 else None,
                  effects=(Effect("mean_level", mean, mean - t * error, mean + t * error, null=math.nan), Effect("weighting_shift", shift, shift - t * shift_error, shift + t * shift_error)),
                  extra={"weights": pd.Series(w, index=sample.rows.index, name="weight")}, caveats=tuple(caveats), **{**sample.names, "n_effective": worth})  # fmt: skip


def _margin(table: pd.DataFrame, sample: Sample, column: str, margins) -> tuple[np.ndarray, list, np.ndarray]:
    codes, levels = code_levels(sample.rows[column])
    if isinstance(margins, Mapping):
        given = {level: float(share) for level, share in margins[column].items() if float(share) > 0}
    else:
        given = table[column].dropna().value_counts().astype(float).to_dict()
    if lacking := [level for level in given if level not in levels]:
        raise DataError("rake_unseen", column=column, levels=listing(lacking))
    if unknown := [level for level in levels if level not in given]:
        raise DataError("rake_unknown", column=column, levels=listing(unknown))
    return codes.astype(np.int64), levels, np.array([given[level] for level in levels])


def need_units(names, rows: int) -> int:
    """How many units were sampled.

    Raises:
        DataError: One.
    """
    size = names["clusters"] or rows
    if size < 2:
        raise DataError("mean_one_cluster", column=names["cluster"] or "–", groups="–")
    return size
