"""Who did not answer, and how much could it matter?"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy.special import expit

from ccsat.methods.answer import Answer, Assumption, Effect
from ccsat.methods.counting import count_yes, is_yes, need_levels, thin, whole
from ccsat.methods.designs import design_of, grouped
from ccsat.methods.sample import take_rows
from ccsat.numerics.independence import detectable_chi2, independence
from ccsat.numerics.multinomial import fit_multinomial
from ccsat.numerics.nominal_measures import cramer_v
from ccsat.numerics.power import quantile
from ccsat.numerics.rates import pooled_share_effect, share_interval
from ccsat.scales import Cast, Column, Scale, need, read_column


def nonresponse(
    table: pd.DataFrame, outcome: Column, by: Column, *, drivers: Sequence[Column] = (), cluster: str | bool | None = None,
    top_from: object = None, event: object = None, bounds: tuple[float, float] | None = None,
) -> Answer:  # fmt: skip
    """Do those who did not answer differ, and could that change the result?

    Args:
        outcome: The column whose missing values are the non-response: a number or `Cast` (its mean), or yes/no, by
            `top_from` / `event` (its share).
        by: Groups whose answering is compared.
        drivers: Columns, known for everybody, that the chance to answer is modelled by (logit); `by` where not given.
        bounds: The least and the most an answer can be; of a share 0 and 1, else the least and most seen.

    Returns:
        One row a group: `group, n, answered, share` (of rows that answered) `, lower, upper, value, value_weighted, value_low,
        value_high` (had nobody else liked it, or everybody). Effects: `cramer_v` of answering and group, `weighting_shift`
        (the weighted value minus the plain one, with its interval). Statistic: chi-square; `value_plain`,
        `value_weighted`, `value_low`, `value_high` of all. `extra["propensity"]`: coefficients of the logit.

    Raises:
        ScaleError: The outcome is ordinal or nominal and not said how to count.

    Assumes:
        Weighting repairs what the drivers know of (missing at random given them); the bounds assume nothing.

    Source:
        Little and Rubin (2019), Statistical Analysis with Missing Data, ch. 3; Manski (1995) for the bounds; Lunceford and
        Davidian (2004), Statistics in Medicine 23, 2937-2960 for the error.
    """
    used = list(drivers) or [by]
    frame = table.reset_index(drop=True)
    sample = take_rows(frame, [by, *used], cluster=cluster)
    raw = read_column(frame, outcome).loc[sample.rows.index]
    answered = raw.notna().rename(str(outcome))
    if top_from is None and event is None and not _yes_no(raw):
        need(raw, Scale.INTERVAL, method="nonresponse", instead="top_from=, event=")
        y, limits = raw.to_numpy(float), bounds or (float(raw.min()), float(raw.max()))
    else:
        hit, _ = is_yes(raw[answered], method="nonresponse", top_from=top_from, event=event)
        y, limits = np.full(len(raw), np.nan), bounds or (0.0, 1.0)
        y[answered.to_numpy()] = hit.to_numpy(float)
    counted = count_yes(sample, [sample.rows[str(by)]], answered, method="nonresponse")
    need_levels(counted, 0, column=by, method="nonresponse")
    test, effect = independence(counted.table), pooled_share_effect(counted.table)
    r = answered.to_numpy(float)
    value = np.where(r > 0, y, 0.0)
    design = design_of(sample, used, method="nonresponse")
    rows = grouped(design, r.astype(int), sample)
    model = fit_multinomial(rows.x, rows.y, 2, weight=rows.weight) if 0 < r.mean() < 1 else None
    p = expit(design.x @ model.beta[:, 0]) if model is not None else np.ones(len(r))
    w = r / p
    plain, weighted = value.sum() / r.sum(), (w @ value) / w.sum()
    shift, error, df_error = (
        weighted - plain,
        _shift_error(r, value, p, design.x, plain, weighted, sample.cluster),
        counted.table.df_error,
    )
    group = sample.rows[str(by)]
    codes = pd.Categorical(group.astype(object), categories=counted.levels[0]).codes
    size = len(counted.levels[0])
    n, got, total = (np.bincount(codes, part, minlength=size) for part in (np.ones(len(r)), r, value))
    with np.errstate(divide="ignore", invalid="ignore"):
        of_weighted = np.bincount(codes, w * value, minlength=size) / np.bincount(codes, w, minlength=size)
        worth = counted.effective(n, effect)
        lower, upper = share_interval(got / n * worth, worth)
        rows = pd.DataFrame({"group": counted.levels[0], "n": whole(n), "answered": whole(got), "share": got / n, "lower": lower, "upper": upper,
                             "value": total / got, "value_weighted": of_weighted, "value_low": (total + (n - got) * limits[0]) / n,
                             "value_high": (total + (n - got) * limits[1]) / n})  # fmt: skip
    v, half = cramer_v(test), quantile(0.95, df_error) * error
    missing = len(r) - r.sum()
    statistic = {"chi2": test.chi2, "df": test.df, "p_value": test.p_value, "answered_share": float(r.mean()), "value_plain": float(plain),
                 "value_weighted": float(weighted), "value_low": float((value.sum() + missing * limits[0]) / len(r)),
                 "value_high": float((value.sum() + missing * limits[1]) / len(r)), "design_effect": test.design_effect}  # fmt: skip
    caveats = counted.caveats
    if test.p_value < 0.05:
        caveats = (
            *caveats,
            ("caveat.nonresponse_differs", {"low": float(rows["share"].min()), "high": float(rows["share"].max())}),
        )
    coefficients = pd.Series(model.beta[:, 0] if model is not None else np.nan, index=["constant", *design.columns])
    least = float(p.min())
    casts = (*sample.casts, *((str(outcome),) if isinstance(outcome, Cast) else ()))
    return Answer(method="nonresponse", table=rows, columns={"outcome": str(outcome), "by": str(by), "drivers": [str(d) for d in used]}, statistic=statistic,
                  effects=(Effect("cramer_v", v.value, v.lower, v.upper), Effect("weighting_shift", float(shift), float(shift - half), float(shift + half))),
                  assumptions=(thin(test), Assumption("answer_chance", least >= 0.05, {"least": round(least, 3)})),
                  detectable=float(np.sqrt(detectable_chi2(test.df) * test.design_effect / test.n)) if test.df else None, caveats=caveats,
                  extra={"propensity": coefficients}, **{**counted.worth(effect), "casts": casts})  # fmt: skip


def _yes_no(column: pd.Series) -> bool:
    return bool(column.dropna().isin([0, 1, True, False]).all()) or (
        column.dtype == object and column.dropna().nunique() == 2
    )


def _shift_error(r, y, p, x, plain, weighted, cluster) -> float:
    """Standard error of the weighted value minus the plain one, with the estimated chance to answer in it."""
    n = len(r)
    score = (r - p)[:, None] * x
    one = r / p * (y - weighted)
    slope = (x * (r * (1 - p) / p * (y - weighted))[:, None]).mean(0)  # minus the derivative of `one`
    information = x.T @ (x * (p * (1 - p))[:, None]) / n
    influence = (one - score @ np.linalg.pinv(information) @ slope) / (r / p).mean() - r * (y - plain) / r.mean()
    if cluster is not None:
        influence = np.bincount(cluster, influence)
    k = len(influence)
    return float(np.sqrt((influence**2).sum() * k / max(k - 1, 1)) / n)
