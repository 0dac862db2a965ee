"""A trend along ordered groups: of a share, or of ordered answers."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from ccsat.errors import DataError, listing
from ccsat.methods.answer import Answer, Assumption, Effect
from ccsat.methods.counting import Counted, count_rows, count_share, need_levels
from ccsat.methods.nominal_counts import cell_rows, matrix, share_rows
from ccsat.methods.sample import take_rows
from ccsat.numerics.crosstab import Crosstab
from ccsat.numerics.independence import independence, tail
from ccsat.numerics.nominal_measures import correlation
from ccsat.numerics.power import detectable_z
from ccsat.numerics.rates import pooled_share_effect
from ccsat.scales import Column, Scale, need, read_column


def cochran_armitage(
    table: pd.DataFrame, a: Column, b: Column, *, weights: str | None = None, weight_kind: str = "sampling",
    cluster: str | bool | None = None, top_from: object = None, event: object = None, scores: Sequence[float] | None = None,
) -> Answer:  # fmt: skip
    """Does a share rise or fall along ordered groups?

    Args:
        a: Yes/no, or with `top_from` / `event`. b: The ordered groups.
        scores: Of the groups in order; 1, 2, ... where not given (of a numeric column, its values).

    Returns:
        One row a group: `group, score, n, hits, share, lower, upper, fitted`. Effect: `share_slope`, points of share per
        score. Statistic: chi-square with N and its signed root z, `mantel_m2` with N - 1, and what is left of the
        differences when the trend is taken off (`departure_*`).

    Raises:
        ScaleError: `b` has no order, or `a` is not yes/no.

    Source:
        Cochran (1954), Biometrics 10, 417-451; Armitage (1955), Biometrics 11, 375-386.
    """
    need(read_column(table, b), Scale.ORDINAL, method="cochran_armitage", instead="chi_square, two_proportions")
    counted, hit = count_share(table, a, [b], method="cochran_armitage", weights=weights, weight_kind=weight_kind, cluster=cluster,
                               top_from=top_from, event=event)  # fmt: skip
    need_levels(counted, 0, column=b, method="cochran_armitage")
    x = _scores(counted, 0, scores, b)
    counts, n = counted.counts, counted.table.n
    rows, p = counts.sum(1), counts[:, 1].sum() / n
    centred = x - (rows @ x) / n
    total = float(centred @ counts[:, 1])
    sxx = float(rows @ centred**2)
    null = p * (1 - p) * sxx
    slope = total / sxx
    fitted = p + slope * centred
    values = (centred[:, None] * (np.array([0.0, 1.0]) - fitted[:, None])).ravel()
    effect = _effect(counted.table, values)
    chi2 = total**2 / null if null > 0 else 0.0
    df_error = counted.table.df_error
    error = np.sqrt(_independent(counted.table, values) * effect) / sxx
    whole_chi2 = independence(counted.table)
    departure, left = max(whole_chi2.chi2 - chi2, 0.0), len(x) - 2
    p_left = tail(departure / effect, left, df_error) if left else float("nan")
    statistic = {"chi2": chi2, "df": 1, "z": float(np.sign(total) * np.sqrt(chi2)), "p_value": tail(chi2 / effect, 1, df_error), "mantel_m2": chi2 * (n - 1) / n,
                 "departure_chi2": departure, "departure_df": left, "departure_p_value": p_left, "design_effect": effect}  # fmt: skip
    frame = share_rows(counted, pooled_share_effect(counted.table)).assign(fitted=fitted)
    frame.insert(1, "score", x)
    half = counted.quantile * error
    checks = (Assumption("straight_trend", bool(p_left >= 0.05) if left else None, {"p": round(p_left, 3)}),)
    return Answer(method="cochran_armitage", table=frame, columns={"a": str(a), "hit": hit, "b": str(b)}, statistic=statistic,
                  effects=(Effect("share_slope", slope, slope - half, slope + half),), assumptions=checks, caveats=counted.caveats,
                  detectable=detectable_z(np.sqrt(null * effect) / sxx, df_error), **counted.worth(effect))  # fmt: skip


def linear_by_linear(
    table: pd.DataFrame, a: Column, b: Column, *, weights: str | None = None, weight_kind: str = "sampling",
    cluster: str | bool | None = None, scores_a: Sequence[float] | None = None, scores_b: Sequence[float] | None = None,
) -> Answer:  # fmt: skip
    """Do ordered answers rise or fall with ordered groups?

    Args:
        scores_a, scores_b: Of the levels in order; 1, 2, ... where not given (of a numeric column, its values).

    Returns:
        One row a cell: `group` (of `b`) `, level` (of `a`) `, n, n_group, share, lower, upper, expected, residual`. Effect:
        `score_correlation`, the correlation of the scores, interval on Fisher's z scale with the error of a table. Statistic: Mantel's
        M2 = (n - 1) r2.

    Raises:
        ScaleError: A column has no order.

    Source:
        Mantel (1963), Journal of the American Statistical Association 58, 690-700; Agresti (2013), 3.4.
    """
    for column in (a, b):
        need(
            read_column(table, column),
            Scale.ORDINAL,
            method="linear_by_linear",
            instead="chi_square, nominal_association",
        )
    sample = take_rows(table, [a, b], weights=weights, weight_kind=weight_kind, cluster=cluster)
    counted = count_rows(sample, [sample.rows[str(b)], sample.rows[str(a)]], method="linear_by_linear")
    for axis, column in enumerate((b, a)):
        need_levels(counted, axis, column=column, method="linear_by_linear")
    x, y = _scores(counted, 0, scores_b, b), _scores(counted, 1, scores_a, a)
    n, found = counted.table.n, correlation(counted.table, x, y)
    p = counted.counts / n
    zx, zy = ((s - m @ s) / np.sqrt(m @ (s - m @ s) ** 2) for s, m in ((x, p.sum(1)), (y, p.sum(0))))
    effect = _effect(counted.table, (np.outer(zx, zy) - found.value).ravel())
    m2 = (n - 1) * found.value**2
    statistic = {"m2": m2, "df": 1, "p_value": tail(m2 / effect, 1, counted.table.df_error), "z": float(np.sign(found.value) * np.sqrt(m2 / effect)),
                 "design_effect": effect}  # fmt: skip
    return Answer(method="linear_by_linear", table=cell_rows(counted, effect), columns={"a": str(a), "b": str(b)}, statistic=statistic,
                  effects=(Effect("score_correlation", found.value, found.lower, found.upper),), caveats=counted.caveats, extra={"counts": matrix(counted)},
                  detectable=float(np.tanh(detectable_z(np.sqrt(effect / max(n - 3, 1.0)), counted.table.df_error))), **counted.worth(effect))  # fmt: skip


def _scores(counted: Counted, axis: int, scores: Sequence[float] | None, column: Column) -> np.ndarray:
    levels = counted.levels[axis]
    if scores is None:
        numeric = all(isinstance(level, (int, float, np.number)) and not isinstance(level, bool) for level in levels)
        return np.array(levels, float) if numeric else np.arange(1.0, len(levels) + 1)
    if len(scores) != len(levels):
        raise DataError("table_scores", column=str(column), n=len(scores), levels=listing(levels))
    return np.asarray(scores, float)


def _independent(table: Crosstab, values: np.ndarray) -> float:
    """Variance of a total were the rows independent."""
    w = table.counts.ravel()
    return float(w @ values**2 - (w @ values) ** 2 / table.n)


def _effect(table: Crosstab, values: np.ndarray) -> float:
    if table.moments is None:
        return 1.0
    centred = values - (values @ table.counts.ravel()) / table.n
    plain = _independent(table, values)
    return max(1.0, float(table.variance(centred)[0, 0]) / plain) if plain > 0 else 1.0
