"""Weighted samples: means, and tests of two or more groups."""

from __future__ import annotations

import math
from collections.abc import Hashable

import numpy as np
import pandas as pd
from scipy.special import fdtrc

from ccsat.errors import DataError, listing
from ccsat.methods.answer import Answer, Effect
from ccsat.methods.coded import code_pair
from ccsat.methods.mean_compare import t_ratio
from ccsat.methods.means import Grouped, few_clusters, group_means
from ccsat.methods.raking import need_units
from ccsat.methods.sample import take_rows
from ccsat.numerics.crosstab import code_levels, crosstab
from ccsat.numerics.independence import detectable_chi2, noncentral_limits
from ccsat.numerics.linear import dummies
from ccsat.numerics.power import detectable_z, quantile, two_sided
from ccsat.numerics.weighting import design_covariance, kish_effect, rao_scott, weighted_ranks
from ccsat.scales import Column


def survey_means(
    table: pd.DataFrame, outcome: Column, by: Column | None = None, *, weights: str | None = None, cluster: str | bool | None = None,
) -> Answer:  # fmt: skip
    """What would the mean be had everybody answered that the weights stand for?

    Args:
        outcome: Interval; 0 and 1 make a share. by: Groups, as parts of the one sample.
        weights: Sampling weights. cluster: What was sampled together, or holds rows together.

    Returns:
        One row a group (one in all without `by`): `group, n, mean` (weighted) `, mean_plain, error, df, lower, upper,
        design_effect` (against as many rows drawn with replacement) `, n_effective`. Effects: `mean_level` of all, and
        `weighting_shift` (weighted minus plain, with its interval). Statistic: `kish_effect` of the weights, `kish_n`,
        `design_effect`. `p_value`: of the weighted and the plain mean being one.

    Raises:
        ScaleError: The outcome is not interval. DataError: One row or cluster.

    Source:
        Binder (1983), International Statistical Review 51, 279-292; Kish (1965), Survey Sampling; R's survey (Lumley 2004).
    """
    made = group_means(table, outcome, by, method="survey_means", weights=weights, cluster=cluster, least=1, smallest=1)
    w, size = _weights(made)
    k, total = len(made.groups), size - 1.0
    inside = (made.group[:, None] == np.arange(k)).astype(float)
    of_groups = (w[:, None] * inside).sum(0)
    mean = (w[:, None] * inside).T @ made.y / of_groups
    influence = w[:, None] * inside * (made.y[:, None] - mean) / of_groups
    error = np.sqrt(np.diag(design_covariance(influence, made.cluster)))
    whole = float(w @ made.y / w.sum())
    parts = np.column_stack([w * (made.y - whole) / w.sum(), (made.y - made.y.mean()) / len(w)])
    covariance = design_covariance(parts, made.cluster)
    shift, shift_error = (
        whole - float(made.y.mean()),
        math.sqrt(max(covariance[0, 0] + covariance[1, 1] - 2 * covariance[0, 1], 0.0)),
    )
    rows = np.bincount(made.group, minlength=k)
    t = quantile(0.95, total)
    with np.errstate(invalid="ignore", divide="ignore"):
        simple = ((w[:, None] * inside) * (made.y[:, None] - mean) ** 2).sum(0) / of_groups / (rows - 1)
        effect = error**2 / simple
    whole_table = pd.DataFrame({"group": made.groups, "n": rows, "mean": mean, "mean_plain": np.bincount(made.group, made.y, minlength=k) / rows, "error": error,
                                "df": total, "lower": mean - t * error, "upper": mean + t * error, "design_effect": effect, "n_effective": rows / effect})  # fmt: skip
    of_all = math.sqrt(covariance[0, 0])
    n = len(w)
    deff = covariance[0, 0] / (float(w @ (made.y - whole) ** 2) / w.sum() / (n - 1)) if covariance[0, 0] > 0 else 1.0
    statistic = {
        "kish_effect": kish_effect(w),
        "kish_n": n / kish_effect(w),
        "design_effect": deff,
        "error": of_all,
        "df": total,
    }
    if shift_error > 0:
        statistic["p_value"] = float(two_sided(shift / shift_error, total))
    return Answer(method="survey_means", columns=made.columns(), table=whole_table, statistic=statistic, detectable=detectable_z(shift_error, total) if shift_error > 0 else None,
                  effects=(Effect("mean_level", whole, whole - t * of_all, whole + t * of_all, null=math.nan),
                           Effect("weighting_shift", shift, shift - t * shift_error, shift + t * shift_error)),
                  caveats=(*made.sample.caveats, *few_clusters(made.names), *_no_weights(made.names)), **{**made.names, "n_effective": n / deff})  # fmt: skip


def survey_compare(
    table: pd.DataFrame, outcome: Column, by: Column, *, weights: str | None = None, cluster: str | bool | None = None,
    baseline: Hashable | None = None,
) -> Answer:  # fmt: skip
    """Do groups differ in their weighted mean?

    Args:
        outcome: Interval; 0 and 1 make a share. by: Groups; `baseline` stands first.

    Returns:
        Effects: of two groups `mean_difference` (second minus first); of more the largest difference from the first. Table: one
        row a group but the first: `group, other, n, difference, lower, upper, error, t, df, p_value`. Statistic: of two groups
        `t, df, p_value`, of more `F, df, df_error, p_value`.

    Raises:
        ScaleError: The outcome is not interval. DataError: One group, or as many clusters as groups.

    Source:
        Lumley and Scott (2017), Statistical Science 32, 265-278; R's svyglm and svyttest.
    """
    made = group_means(
        table, outcome, by, method="survey_compare", weights=weights, cluster=cluster, baseline=baseline, smallest=1
    )
    w, size = _weights(made)
    beta, covariance = _group_model(made.y, made.group, len(made.groups), w, made.cluster)
    return _design_answer("survey_compare", made.groups, beta, covariance, size, made.columns(), np.bincount(made.group),
                          (*made.caveats(), *_no_weights(made.names)), {**made.names, "n_effective": made.means.effective()}, "mean_difference")  # fmt: skip


def survey_ranks(
    table: pd.DataFrame, outcome: Column, by: Column, *, weights: str | None = None, cluster: str | bool | None = None,
    baseline: Hashable | None = None, ties: str = "midpoint",
) -> Answer:  # fmt: skip
    """Do groups of a weighted sample tend to answer higher or lower?

    Args:
        outcome: Ordinal or interval. by: Groups; `baseline` stands first.
        ties: "midpoint" (of the weight of equal answers), or "rows" as R's survey 4.1: the plain mean of tied rows' places,
            which moves with the order of rows.

    Returns:
        Effect: `rank_difference`, the difference in mean rank as a share of the population (0.1: a tenth further up). Table and
        statistic: as `survey_compare`; of more than two groups also `chi2`.

    Raises:
        ScaleError: The outcome is nominal. DataError: One group, or as many clusters as groups.

    Source:
        Lumley and Scott (2013), Biometrika 100, 831-842.
    """
    if ties not in ("midpoint", "rows"):
        raise DataError("rank_choice", option="ties", value=ties, known="midpoint, rows")
    coded = code_pair(table, by, outcome, method="survey_ranks", weights=weights, cluster=cluster)
    groups, group = list(coded.rows), coded.row
    if baseline is not None:
        if baseline not in groups:
            raise DataError("mean_baseline", column=str(by), group=str(baseline), groups=listing(groups, 8))
        order = [groups.index(baseline), *(k for k, one in enumerate(groups) if one != baseline)]
        groups, group = [groups[k] for k in order], np.argsort(order)[group]
    w = np.ones(len(group)) if coded.weight is None else coded.weight
    size = need_units(coded.sample.names, len(w))
    score = weighted_ranks(coded.column.astype(float), w, by_rows=ties == "rows")
    beta, covariance = _group_model(score, group, len(groups), w, coded.sample.cluster)
    return _design_answer("survey_ranks", groups, beta, covariance, size, {"outcome": str(outcome), "by": str(by)}, np.bincount(group),
                          (*coded.sample.caveats, *few_clusters(coded.sample.names), *_no_weights(coded.sample.names)), coded.sample.names, "rank_difference")  # fmt: skip


def rao_scott_test(
    table: pd.DataFrame, outcome: Column, by: Column, *, weights: str | None = None, cluster: str | bool | None = None
) -> Answer:  # fmt: skip
    """Are the shares of the answers alike in all groups of a weighted or clustered sample?

    Args:
        outcome: Any scale with few levels. by: Groups.

    Returns:
        Effect: `cramer_v` of the weighted shares, its interval on the effective n. Table: one row a group, `group, n`, then a column
        `share: LEVEL` a level. Statistic: `F, df, df_error, p_value` (second-order), `design_effect`.

    Raises:
        DataError: One group or one level.

    Source:
        Rao and Scott (1984), Annals of Statistics 12, 46-60; Thomas and Rao (1987).
    """
    sample = take_rows(table, [outcome, by], weights=weights, cluster=cluster)
    (a, answers), (b, groups) = code_levels(sample.rows[str(outcome)]), code_levels(sample.rows[str(by)])
    for column, levels in ((outcome, answers), (by, groups)):
        if not 2 <= len(levels) <= 300:
            raise DataError("mean_groups", column=str(column), n=len(levels), groups=listing(levels, 6), least=2)
    need_units(sample.names, len(a))
    weight = np.ones(len(a)) if sample.weight is None else sample.weight
    counted = crosstab((a, b), (len(answers), len(groups)), weight=weight, kind="sampling", cluster=sample.cluster)
    f, df, df2, p = rao_scott(counted)
    if not math.isfinite(f) or f > 1e9:
        raise DataError("mean_no_spread", column=str(outcome))
    n, k = counted.n, min(counted.counts.shape) - 1
    e = np.outer(counted.counts.sum(1), counted.counts.sum(0)) / n
    chi2, plain = float(((counted.counts - e) ** 2 / e).sum()), (len(answers) - 1) * (len(groups) - 1)
    effect = chi2 / (f * plain) if f > 0 else 1.0
    worth = n / max(effect, 1e-12)
    limits = [min(1.0, math.sqrt(shift / (worth * k))) for shift in noncentral_limits(f * plain, plain)]
    shares = counted.counts / counted.counts.sum(0)
    rows = pd.DataFrame(
        {
            "group": groups,
            "n": np.bincount(b, minlength=len(groups)),
            **{f"share: {level}": shares[j] for j, level in enumerate(answers)},
        }
    )
    return Answer(method="rao_scott_test", columns={"outcome": str(outcome), "by": str(by)}, table=rows,
                  statistic={"F": f, "df": df, "df_error": df2, "p_value": p, "design_effect": effect, "chi2_independent": chi2},
                  effects=(Effect("cramer_v", math.sqrt(chi2 / (n * k)), *limits),), detectable=math.sqrt(detectable_chi2(plain) / (worth * k)),
                  caveats=(*sample.caveats, *few_clusters(sample.names), *_no_weights(sample.names)), **{**sample.names, "n_effective": min(worth, len(a))})  # fmt: skip


def _weights(made: Grouped) -> tuple[np.ndarray, int]:
    w = np.ones(len(made.y)) if made.weight is None else made.weight
    return w, need_units(made.names, len(w))


def _group_model(
    y: np.ndarray, group: np.ndarray, groups: int, w: np.ndarray, cluster: np.ndarray | None
) -> tuple[np.ndarray, np.ndarray]:
    """Mean of the first group and the others' differences from it, with the design-based covariance."""
    x = np.hstack([np.ones((len(y), 1)), dummies(group, groups)])
    inverse = np.linalg.inv((x * w[:, None]).T @ x)
    beta = inverse @ (x.T @ (w * y))
    return beta, design_covariance(x * (w * (y - x @ beta))[:, None] @ inverse, cluster)


def _design_answer(
    method: str,
    groups: list,
    beta: np.ndarray,
    covariance: np.ndarray,
    size: int,
    columns: dict,
    n: np.ndarray,
    caveats: tuple,
    names,
    effect: str,
) -> Answer:
    k = len(groups)
    df = float(size - k)
    if df < 1:
        raise DataError("mean_few_units", clusters=size, groups=k)
    error = np.sqrt(np.diag(covariance))[1:]
    t = np.array([t_ratio(*one) for one in zip(beta[1:], error, strict=True)])
    half = quantile(0.95, df) * error
    rows = pd.DataFrame({"group": groups[1:], "other": groups[0], "n": n[1:], "difference": beta[1:], "lower": beta[1:] - half, "upper": beta[1:] + half,
                         "error": error, "t": t, "df": df, "p_value": two_sided(t, df)})  # fmt: skip
    if k == 2:
        statistic = {"t": float(t[0]), "df": df, "p_value": float(rows["p_value"][0]), "mean_first": float(beta[0])}
        least = detectable_z(float(error[0]), df)
    else:
        chi2 = float(beta[1:] @ np.linalg.solve(covariance[1:, 1:], beta[1:]))
        statistic = {
            "F": chi2 / (k - 1),
            "df": k - 1.0,
            "df_error": df,
            "p_value": float(fdtrc(k - 1, df, chi2 / (k - 1))),
            "chi2": chi2,
            "mean_first": float(beta[0]),
        }
        least = detectable_z(float(error.max()), df, level=1 - 0.05 / (k - 1))
    best = rows.loc[rows["t"].abs().idxmax()]
    return Answer(method=method, columns=columns, table=rows, statistic=statistic, detectable=least, caveats=caveats,
                  effects=(Effect(effect, float(best["difference"]), float(best["lower"]), float(best["upper"])),), **names)  # fmt: skip


def _no_weights(names) -> tuple[tuple[str, dict], ...]:
    return () if names["weights"] else (("caveat.survey_unweighted", {}),)
