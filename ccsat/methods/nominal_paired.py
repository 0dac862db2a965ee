"""The same people asked twice or more: did their yes/no, or their choice, change?"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pandas as pd

from ccsat.errors import DataError, Words, listing
from ccsat.estimates import adjust
from ccsat.methods.answer import Answer, Effect
from ccsat.methods.counting import Counted, count_rows, is_yes, whole
from ccsat.methods.sample import Sample, take_rows
from ccsat.numerics.crosstab import Crosstab, code_levels
from ccsat.numerics.independence import detectable_chi2, mean_effect, noncentral_limits, tail
from ccsat.numerics.power import detectable_z, two_sided
from ccsat.numerics.rates import paired_difference, share_interval
from ccsat.numerics.repeated import Change, bowker, cochran_q, mcnemar, stuart_maxwell
from ccsat.scales import Column


def mcnemar_test(
    table: pd.DataFrame, columns: Sequence[Column], *, cluster: str | bool | None = None, top_from: object = None, event: object = None
) -> Answer:  # fmt: skip
    """Did the same people's share of yes change?

    Args:
        columns: The first and the second wave, yes/no or with `top_from` / `event`.

    Returns:
        One row a way: `first, second, n, share`. Effects: `share_change` (second minus first, Newcombe's paired
        interval) and `change_odds` (changed to yes over changed to no, exact interval). Statistic: chi-square with and
        without continuity correction, and the exact binomial p, which stands where fewer than 25 changed.

    Source:
        McNemar (1947), Psychometrika 12, 153-157; Newcombe (1998), Statistics in Medicine 17, 2635-2650 (method 10).
    """
    sample, waves, hit = _yes_waves(table, columns, "mcnemar_test", 2, 2, cluster, top_from, event)
    counted = _square(sample, waves, [False, True], "mcnemar_test")
    counts, n = counted.counts, counted.table.n
    fell, rose = counts[1, 0], counts[0, 1]
    change = mcnemar(rose, fell)
    effect = _contrast(counted, np.array([[0.0, 1, -1, 0]]), np.array([[rose + fell]]))[0]
    p = tail(change.chi2 / effect, 1, counted.table.df_error)
    small = rose + fell < 25 and counted.table.plain
    statistic = {"chi2": change.chi2, "df": 1, "p_value": change.p_exact if small else p, "chi2_p_value": p, "chi2_continuity": change.chi2_continuity,
                 "p_continuity": change.p_continuity, "p_exact": change.p_exact, "rose": rose, "fell": fell, "design_effect": effect}  # fmt: skip
    value, lower, upper = paired_difference(counts * counted.effective(1.0, effect))
    low, high = (float(limit) for limit in share_interval(rose, rose + fell, kind="clopper_pearson"))
    odds = Effect(
        "change_odds",
        rose / fell if fell else math.inf,
        low / (1 - low) if low < 1 else math.inf,
        high / (1 - high) if high < 1 else math.inf,
        null=1.0,
    )
    frame = pd.DataFrame(
        {
            "first": [False, False, True, True],
            "second": [False, True, False, True],
            "n": whole(counts.ravel()),
            "share": counts.ravel() / n,
        }
    )
    return Answer(method="mcnemar_test", table=frame, columns={"columns": [str(column) for column in columns], "hit": hit}, statistic=statistic,
                  effects=(Effect("share_change", value, lower, upper), *((odds,) if rose + fell else ())), caveats=counted.caveats,
                  detectable=detectable_z(math.sqrt(max(rose + fell, 1.0) * effect) / n, counted.table.df_error), **counted.worth(effect))  # fmt: skip


def cochran_q_test(
    table: pd.DataFrame, columns: Sequence[Column], *, cluster: str | bool | None = None, top_from: object = None, event: object = None
) -> Answer:  # fmt: skip
    """Did the same people's share of yes change over three waves or more?

    Args:
        columns: One a wave, in their order, yes/no or with `top_from` / `event`.

    Returns:
        One row a wave: `wave, n, hits, share, lower, upper, change` (from the first) `, change_lower, change_upper,
        p_value, p_adjusted` (McNemar against the first, Holm). Effects: `share_change`, last minus first, with
        Newcombe's paired interval; `cochran_eta2`, Q over its greatest value, with noncentral limits.

    Source:
        Cochran (1950), Biometrika 37, 256-266; Serlin, Carr and Marascuilo (1982) for the effect.
    """
    sample, waves, hit = _yes_waves(table, columns, "cochran_q_test", 2, 12, cluster, top_from, event)
    counted = count_rows(sample, [_fixed(wave, [False, True]) for wave in waves], method="cochran_q_test")
    counted = _padded(counted, [False, True])
    counts, n, k = counted.counts, counted.table.n, len(waves)
    pattern = np.indices(counts.shape).reshape(k, -1).astype(float)
    w = counts.ravel()
    hits, yes = pattern @ w, pattern.sum(0)
    spread = float(w @ (yes * (k - yes)))
    change = cochran_q(hits, spread)
    null = spread / (k * (k - 1)) * (np.eye(k) - 1 / k)[:-1, :-1]
    effect, reference = _contrast(counted, (pattern - yes / k)[:-1], null)
    p = _corrected(change, effect, reference, counted)
    worth = counted.effective(n, effect)
    lower, upper = share_interval(hits / n * worth, np.full(k, worth))
    pairs = [_pair(counts, 0, j) for j in range(k)]
    moved = [paired_difference(pair * counted.effective(1.0, effect)) for pair in pairs]
    tests = [
        np.nan,
        *(tail(mcnemar(pair[0, 1], pair[1, 0]).chi2 / effect, 1, counted.table.df_error) for pair in pairs[1:]),
    ]
    frame = pd.DataFrame({"wave": [str(column) for column in columns], "n": whole(np.full(k, n)), "hits": whole(hits), "share": hits / n, "lower": lower,
                          "upper": upper, "change": [m[0] for m in moved], "change_lower": [m[1] for m in moved], "change_upper": [m[2] for m in moved],
                          "p_value": tests, "p_adjusted": adjust(tests, "holm")})  # fmt: skip
    low, high = (min(1.0, ncp / (n / effect * (k - 1))) for ncp in noncentral_limits(change.chi2 / effect, change.df))
    last = pairs[-1]
    effects = (Effect("share_change", *moved[-1]), Effect("cochran_eta2", change.chi2 / (n * (k - 1)), low, high))
    return Answer(method="cochran_q_test", table=frame, columns={"columns": [str(column) for column in columns], "hit": hit}, family="table_waves",
                  statistic={"chi2": change.chi2, "df": change.df, "p_value": p, "design_effect": effect}, effects=effects, caveats=counted.caveats,
                  detectable=detectable_z(math.sqrt(max(last[0, 1] + last[1, 0], 1.0) * effect) / n, counted.table.df_error),
                  **counted.worth(effect))  # fmt: skip


def marginal_homogeneity(
    table: pd.DataFrame, columns: Sequence[Column], *, cluster: str | bool | None = None
) -> Answer:
    """Did the same people's choices shift between levels?

    Args:
        columns: The first and the second wave.

    Returns:
        One row a level: `level, n_first, n_second, n, share_first, share_second, change, lower, upper` (Newcombe's paired
        interval) `, p_value, p_adjusted` (Holm). Effect: Cohen's w of the shift. Statistic: Stuart-Maxwell; beside it
        Bowker's test of symmetry.

    Source:
        Stuart (1955), Biometrika 42, 412-416; Maxwell (1970); Bowker (1948). No 0.5 is added to empty cells.
    """
    counted = _two_waves(table, columns, "marginal_homogeneity", cluster)
    counts, n, k = counted.counts, counted.table.n, len(counted.levels[0])
    change, symmetry = stuart_maxwell(counts), bowker(counts)
    first, second = np.indices(counts.shape).reshape(2, -1)
    values = (np.arange(k)[:, None] == second).astype(float) - (np.arange(k)[:, None] == first)
    null = (np.diag(counts.sum(1) + counts.sum(0)) - counts - counts.T)[:-1, :-1]
    effect, reference = _contrast(counted, values[:-1], null)
    p = _corrected(change, effect, reference, counted)
    pairs = [
        np.array([[counts.sum() - a - b + c, b - c], [a - c, c]])
        for a, b, c in zip(counts.sum(1), counts.sum(0), np.diag(counts), strict=True)
    ]
    moved = [paired_difference(pair * counted.effective(1.0, effect)) for pair in pairs]
    tests = [tail(mcnemar(pair[0, 1], pair[1, 0]).chi2 / effect, 1, counted.table.df_error) for pair in pairs]
    frame = pd.DataFrame({"level": counted.levels[0], "n_first": whole(counts.sum(1)), "n_second": whole(counts.sum(0)), "n": whole(np.full(k, n)),
                          "share_first": counts.sum(1) / n, "share_second": counts.sum(0) / n, "change": [m[0] for m in moved],
                          "lower": [m[1] for m in moved], "upper": [m[2] for m in moved], "p_value": tests, "p_adjusted": adjust(tests, "holm")})  # fmt: skip
    statistic = {"chi2": change.chi2, "df": change.df, "p_value": p, "bowker_chi2": symmetry.chi2, "bowker_df": symmetry.df,
                 "bowker_p_value": symmetry.p_value, "design_effect": effect}  # fmt: skip
    return Answer(method="marginal_homogeneity", table=frame, columns={"columns": [str(column) for column in columns]}, statistic=statistic,
                  family="table_levels", **_shift(change, n, effect), caveats=counted.caveats, **counted.worth(effect))  # fmt: skip


def bowker_symmetry(table: pd.DataFrame, columns: Sequence[Column], *, cluster: str | bool | None = None) -> Answer:
    """Between which levels do people move more one way than back?

    Returns:
        One row a pair of levels: `first, second, n_there, n_back, n, share_there` (of those who moved) `, lower, upper,
        p_value, p_adjusted` (Holm). Effect: Cohen's w of the asymmetry.

    Source:
        Bowker (1948), Journal of the American Statistical Association 43, 572-574; pairs nobody moved between are left out.
    """
    counted = _two_waves(table, columns, "bowker_symmetry", cluster)
    counts, n, k = counted.counts, counted.table.n, len(counted.levels[0])
    change = bowker(counts)
    i, j = np.triu_indices(k, 1)
    moved = counts[i, j] + counts[j, i] > 0
    i, j = i[moved], j[moved]
    values = np.zeros((len(i), k, k))
    values[np.arange(len(i)), i, j], values[np.arange(len(i)), j, i] = 1.0, -1.0
    there, back = counts[i, j], counts[j, i]
    effect, reference = _contrast(counted, values.reshape(len(i), k * k), np.diag(there + back))
    p = _corrected(change, effect, reference, counted)
    worth = counted.effective(there + back, effect)
    lower, upper = share_interval(there / (there + back) * worth, worth)
    z = (there - back) / np.sqrt((there + back) * effect)
    tests = two_sided(z, counted.table.df_error)
    names = np.array(counted.levels[0], object)
    frame = pd.DataFrame({"first": names[i], "second": names[j], "n_there": whole(there), "n_back": whole(back), "n": whole(there + back),
                          "share_there": there / (there + back), "lower": lower, "upper": upper, "p_value": tests, "p_adjusted": adjust(tests, "holm")})  # fmt: skip
    return Answer(method="bowker_symmetry", table=frame, columns={"columns": [str(column) for column in columns]}, family="table_pairs",
                  statistic={"chi2": change.chi2, "df": change.df, "p_value": p, "design_effect": effect}, **_shift(change, n, effect),
                  caveats=counted.caveats, **counted.worth(effect))  # fmt: skip


# ----------------------------------------------------------------------------------------------


def _shift(change: Change, n: float, effect: float) -> dict[str, object]:
    lower, upper = (
        (math.sqrt(ncp * effect / n) for ncp in noncentral_limits(change.chi2 / effect, change.df))
        if change.df
        else (0.0, math.nan)
    )
    return {"effects": (Effect("cohen_w", math.sqrt(change.chi2 / n), lower, upper),),
            "detectable": math.sqrt(detectable_chi2(change.df) * effect / n) if change.df else None}  # fmt: skip


def _corrected(change: Change, effect: float, reference: float, counted: Counted) -> float:
    if change.df == 0:
        return 1.0
    return (
        tail(change.chi2 / effect * reference / change.df, reference, counted.table.df_error)
        if counted.table.moments is not None
        else change.p_value
    )


def _contrast(counted: Counted, values: np.ndarray, null: np.ndarray) -> tuple[float, float]:
    """Design effect of totals whose expectation is 0 under no change."""
    if counted.table.moments is None or not null.any():
        return 1.0, float(len(null))
    centred = values - (values @ counted.counts.ravel() / counted.table.n)[:, None]
    return mean_effect(null, counted.table.variance(centred), counted.table.df_error)


def _waves(table: pd.DataFrame, columns: Sequence[Column], method: str, least: int, most: int, cluster) -> Sample:
    if (
        isinstance(columns, str)
        or not least <= len(columns) <= most
        or len({str(column) for column in columns}) < len(columns)
    ):
        raise DataError("paired_columns", columns=listing([columns] if isinstance(columns, str) else map(str, columns)), least=least, most=most,
                        method=Words(f"method.{method}.name"))  # fmt: skip
    return take_rows(table, list(columns), cluster=False if cluster is None else cluster)


def _yes_waves(table, columns, method, least, most, cluster, top_from, event):
    sample = _waves(table, columns, method, least, most, cluster)
    if top_from is None and event is None:  # a wave in which everybody says the same must not turn yes and no round
        levels = code_levels(pd.concat([sample.rows[str(column)] for column in columns]))[1]
        event = levels[-1] if len(levels) == 2 else None
    waves = []
    for column in columns:
        one = sample.rows[str(column)]
        waves.append((one == event).rename(str(column)) if event is not None and not isinstance(event, (list, tuple, set)) else
                     is_yes(one, method=method, top_from=top_from, event=event)[0])  # fmt: skip
    return sample, waves, f"≥ {top_from}" if top_from is not None else str(event)


def _two_waves(table, columns, method, cluster) -> Counted:
    sample = _waves(table, columns, method, 2, 2, cluster)
    waves = [sample.rows[str(column)] for column in columns]
    return _square(sample, waves, code_levels(pd.concat([wave.astype(object) for wave in waves]))[1] if not _ordered(waves) else
                   [level for level in waves[0].cat.categories if any((wave == level).any() for wave in waves)], method)  # fmt: skip


def _ordered(waves: list[pd.Series]) -> bool:
    return (
        all(isinstance(wave.dtype, pd.CategoricalDtype) for wave in waves)
        and len({tuple(wave.cat.categories) for wave in waves}) == 1
    )


def _fixed(wave: pd.Series, levels: list) -> pd.Series:
    return pd.Series(pd.Categorical(wave.astype(object), categories=levels), index=wave.index, name=wave.name)


def _square(sample: Sample, waves: list[pd.Series], levels: list, method: str) -> Counted:
    if len(levels) < 2:
        raise DataError(
            "table_one_level", column=str(waves[0].name), levels=listing(levels), method=Words(f"method.{method}.name")
        )
    return _padded(count_rows(sample, [_fixed(wave, levels) for wave in waves], method=method), levels)


def _padded(counted: Counted, levels: list) -> Counted:
    """The table over all levels on every axis, with those that one wave does not have."""
    k, axes = len(levels), len(counted.levels)
    if all(len(names) == k for names in counted.levels):
        return counted
    at = np.ix_(*([levels.index(name) for name in names] for names in counted.levels))
    counts = np.zeros((k,) * axes)
    counts[at] = counted.counts
    moments = None
    if counted.table.moments is not None:
        flat = np.arange(k**axes).reshape((k,) * axes)[at].ravel()
        moments = np.zeros((counts.size, counts.size))
        moments[np.ix_(flat, flat)] = counted.table.moments
    return Counted(Crosstab(counts, moments, counted.table.groups), (levels,) * axes, counted.names, counted.caveats)


def _pair(counts: np.ndarray, a: int, b: int) -> np.ndarray:
    """The two-way table of two waves of the cube."""
    if a == b:
        return np.diag(counts.sum(tuple(axis for axis in range(counts.ndim) if axis != a)))
    return counts.sum(tuple(axis for axis in range(counts.ndim) if axis not in (a, b)))
