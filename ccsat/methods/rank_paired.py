"""The same rows answered at several times: signed ranks, Friedman, Quade, Page."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pandas as pd

from ccsat.errors import DataError, listing
from ccsat.methods.answer import Answer, Effect
from ccsat.methods.coded import few_clusters, unclustered
from ccsat.methods.rank_compare import FOUND
from ccsat.methods.sample import Sample, take_rows
from ccsat.numerics.association import fisher_interval
from ccsat.numerics.clusters import Clusters
from ccsat.numerics.rankgroups import chi2_found, chi2_limits
from ccsat.numerics.rankpairs import distinct_rows, friedman, page, quade, signed_rank
from ccsat.numerics.ranks import quantile, two_sided
from ccsat.scales import Column, Scale, need, scale_of


def level_numbers(
    sample: Sample, columns: Sequence[Column], method: str, instead: str
) -> tuple[np.ndarray, list, bool]:
    """Columns that share one scale as numbers: rows x columns, the levels, and whether they are positions of levels."""
    data = [sample.rows[str(column)] for column in columns]
    for column in data:
        need(column, Scale.ORDINAL, method=method, instead=instead)
    if all(scale_of(column) == Scale.INTERVAL for column in data):
        values = np.column_stack([column.to_numpy(float) for column in data])
        return values, sorted(set(np.unique(values).tolist())), False
    levels = list(data[0].cat.categories) if isinstance(data[0].dtype, pd.CategoricalDtype) else []
    if any(
        not isinstance(column.dtype, pd.CategoricalDtype) or list(column.cat.categories) != levels for column in data
    ):
        raise DataError("rank_same_levels", columns=listing(map(str, columns)))
    return np.column_stack([column.cat.codes.to_numpy(float) + 1 for column in data]), levels, True


def _columns(columns: Sequence[Column], least: int, most: int | None, method: str) -> None:
    if len(columns) < least or (most is not None and len(columns) > most):
        raise DataError(
            "rank_waves",
            n=len(columns),
            least=least,
            most=most if most is not None else "…",
            columns=listing(map(str, columns)),
        )


def signed_rank_test(table: pd.DataFrame, columns: Sequence[Column], *, cluster: str | bool | None = None) -> Answer:
    """Did the same customers answer higher the second time?

    Args:
        columns: Two columns on one scale: baseline, then current. One row a customer.
        cluster: With clusters the test is a t test of the rank-biserial = 0, summed by cluster.

    Returns:
        Effects: `rank_biserial_paired` (of those that moved, Fisher-z interval), then `net_rise` (share that rose less share
        that fell). One row: `moved` ("up", "same", "down"), `n`, `share`. Statistic: `V` (rank sum of rises), `z`,
        `p_value` (exact up to 50 that moved), `z_pratt`, `p_pratt` (zeros ranked too), `p_sign` (sign test), `n_moved`.

    Raises:
        ScaleError: A column is nominal. DataError: Not two columns, or different levels.

    Source:
        Wilcoxon (1945), Biometrics Bulletin 1, 80-83; Pratt (1959), Journal of the American Statistical Association 54, 655-667.
    """
    _columns(columns, 2, 2, "signed_rank")
    sample = take_rows(table, columns, cluster=cluster)
    values, _, positions = level_numbers(sample, columns, "signed_rank", "stuart_maxwell")
    moves, code, counts = np.unique(values[:, 1] - values[:, 0], return_inverse=True, return_counts=True)
    code, counts = code.ravel(), counts.astype(float)
    got = signed_rank(moves, counts)
    up, down = float(counts[moves > 0].sum()), float(counts[moves < 0].sum())
    net = (up - down) / got.n
    net_influence = (np.sign(moves) - net) / got.n
    statistic = {"V": got.v, "z": got.z, "p_value": got.p_value, "z_pratt": got.z_pratt, "p_pratt": got.p_pratt,
                 "p_sign": got.p_sign, "n_moved": got.n_nonzero}  # fmt: skip
    plain = variance = float(counts @ got.influence**2)
    net_variance, df = float(counts @ net_influence**2), math.inf
    if sample.cluster is not None:
        groups = Clusters(sample.cluster, np.zeros(len(code), np.int64))
        (variance, df), (net_variance, _) = groups.variance(got.influence[code]), groups.variance(net_influence[code])
        t = got.value / math.sqrt(variance) if variance > 0 else 0.0
        statistic |= {"p_independent": got.p_value, "t": t, "df": df, "p_value": two_sided(t, df)}
    elif got.p_exact is not None:
        statistic |= {"p_normal": got.p_value, "p_exact": got.p_exact, "p_value": got.p_exact}
    error, half = math.sqrt(variance), quantile(df) * math.sqrt(net_variance)
    limits = (
        fisher_interval(got.value, error / max(1 - got.value**2, 1e-12), quantile(df)) if error > 0 else (None, None)
    )
    made = pd.DataFrame({"moved": ["up", "same", "down"], "n": [int(up), int(got.n - up - down), int(down)]})
    caveats = sample.caveats + tuple(few_clusters(sample)) + ((("caveat.rank_equal_steps", {}),) if positions else ())
    return Answer(
        method="signed_rank", columns={"baseline": str(columns[0]), "current": str(columns[1])}, statistic=statistic,
        effects=(Effect("rank_biserial_paired", got.value, *limits), Effect("net_rise", net, max(net - half, -1.0), min(net + half, 1.0))),
        table=made.assign(share=made["n"] / got.n), detectable=min(FOUND * error, 1.0) if error > 0 else None,
        n_effective=min(got.n, got.n * plain / variance) if sample.cluster is not None and variance > 0 else None, caveats=caveats, **sample.names,
    )  # fmt: skip


def _waves(table: pd.DataFrame, columns: Sequence[Column], method: str, cluster):
    _columns(columns, 3, None, method)
    sample = take_rows(table, columns, cluster=cluster)
    values, levels, positions = level_numbers(sample, columns, method, "cochran_q, stuart_maxwell")
    rows, counts, _ = distinct_rows(values)
    return sample, rows, counts, levels, positions


def _wave_table(
    columns: Sequence[Column], rows: np.ndarray, counts: np.ndarray, levels: list, positions: bool
) -> pd.DataFrame:
    medians = []
    for column in rows.T:
        order = np.argsort(column, kind="stable")
        middle = column[order][np.searchsorted(np.cumsum(counts[order]), counts.sum() / 2 - 1e-9)]
        medians.append(levels[int(middle) - 1] if positions else float(middle))
    return pd.DataFrame({"wave": [str(column) for column in columns], "n": int(counts.sum()), "median": medians,
                         "mean_rank": friedman(rows, counts).mean_ranks})  # fmt: skip


def _kendall_w(rows: np.ndarray, counts: np.ndarray) -> tuple[Effect, float]:
    """Kendall's W with a noncentral interval, and the smallest W found."""
    got = friedman(rows, counts)
    lower, upper = chi2_limits(got.statistic, got.df)
    scale = got.n * got.df
    return Effect("kendall_w", got.w, min(lower / scale, got.w), min(max(upper / scale, got.w), 1.0)), chi2_found(
        got.df
    ) / scale


def friedman_test(table: pd.DataFrame, columns: Sequence[Column], *, cluster: str | bool | None = None) -> Answer:
    """Do the same customers answer differently from wave to wave?

    Args:
        columns: Three or more columns on one scale, one a wave. One row a customer.
        cluster: Only noted.

    Returns:
        Effect: `kendall_w` (noncentral interval). One row a wave: `wave`, `n`, `median`, `mean_rank`. Statistic: `chi2`
        (corrected for ties), `df`, `p_value`.

    Raises:
        ScaleError: A column is nominal. DataError: Fewer than three columns, or different levels.

    Source:
        Friedman (1937), Journal of the American Statistical Association 32, 675-701; Kendall and Smith (1939).
    """
    sample, rows, counts, levels, positions = _waves(table, columns, "friedman", cluster)
    got, (effect, least) = friedman(rows, counts), _kendall_w(rows, counts)
    return Answer(
        method="friedman", columns={"columns": tuple(map(str, columns))}, statistic={"chi2": got.statistic, "df": got.df, "p_value": got.p_value},
        effects=(effect,), table=_wave_table(columns, rows, counts, levels, positions), detectable=min(least, 1.0),
        caveats=sample.caveats + tuple(unclustered(sample)), **sample.names,
    )  # fmt: skip


def quade_test(table: pd.DataFrame, columns: Sequence[Column], *, cluster: str | bool | None = None) -> Answer:
    """Do waves differ, customers whose answers move more counting more?

    Args:
        columns: As `friedman_test`. cluster: Only noted.

    Returns:
        As `friedman_test`; statistic: `F`, `df`, `df_error`, `p_value`.

    Raises:
        As `friedman_test`.

    Source:
        Quade (1979), Journal of the American Statistical Association 74, 680-683.
    """
    sample, rows, counts, levels, positions = _waves(table, columns, "quade", cluster)
    f, df, df_error, p = quade(rows, counts)
    effect, least = _kendall_w(rows, counts)
    steps = (("caveat.rank_equal_steps", {}),) if positions else ()
    return Answer(
        method="quade", columns={"columns": tuple(map(str, columns))}, statistic={"F": f, "df": df, "df_error": df_error, "p_value": p},
        effects=(effect,), table=_wave_table(columns, rows, counts, levels, positions), detectable=min(least, 1.0),
        caveats=sample.caveats + tuple(unclustered(sample)) + steps, **sample.names,
    )  # fmt: skip


def page_trend(table: pd.DataFrame, columns: Sequence[Column], *, cluster: str | bool | None = None) -> Answer:
    """Do the same customers' answers rise, or fall, wave after wave?

    Args:
        columns: As `friedman_test`, in the order of the expected rise. cluster: Only noted.

    Returns:
        Effect: `page_r` (mean rank correlation of a customer's answers with the order of the waves; normal interval). Table as
        `friedman_test`. Statistic: `L`, `mean`, `variance` (corrected for ties), `z`, `p_value`, `p_increasing`.

    Raises:
        As `friedman_test`.

    Source:
        Page (1963), Journal of the American Statistical Association 58, 216-230; Lyerly (1952), Psychometrika 17, 421-428 (mean
        correlation).
    """
    from ccsat.numerics.rankpairs import row_ranks

    sample, rows, counts, levels, positions = _waves(table, columns, "page_trend", cluster)
    got = page(rows, counts)
    k, n = rows.shape[1], float(counts.sum())
    order = np.arange(k) - (k - 1) / 2
    each = (row_ranks(rows) - (k + 1) / 2) @ order / float((order**2).sum())
    value = float(counts @ each) / n
    error = math.sqrt(float(counts @ (each - value) ** 2) / max(n - 1, 1) / n)
    half = quantile() * error
    return Answer(
        method="page_trend", columns={"columns": tuple(map(str, columns))},
        statistic={"L": got.statistic, "mean": got.mean, "variance": got.variance, "z": got.z, "p_value": got.p_value, "p_increasing": got.p_increasing},
        effects=(Effect("page_r", value, max(value - half, -1.0), min(value + half, 1.0)),),
        table=_wave_table(columns, rows, counts, levels, positions), detectable=min(FOUND * error, 1.0),
        caveats=sample.caveats + tuple(unclustered(sample)), **sample.names,
    )  # fmt: skip
