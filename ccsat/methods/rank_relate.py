"""How two ordered columns go together: Spearman, Kendall, gamma, Somers' D, partial Spearman."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pandas as pd

from ccsat.errors import DataError
from ccsat.methods.answer import Answer, Effect
from ccsat.methods.coded import code_levels, code_pair, few_clusters
from ccsat.methods.rank_compare import FOUND
from ccsat.methods.sample import take_rows
from ccsat.numerics.association import (
    count_pairs,
    fisher_interval,
    kendall_variance,
    ordinal_measures,
    partial_correlation,
    spearman,
)
from ccsat.numerics.clusters import Clusters
from ccsat.numerics.ranks import midcdf, quantile, two_sided
from ccsat.scales import Column, Scale, need

ORDERED = (Scale.ORDINAL, Scale.ORDINAL)
NOMINAL_INSTEAD = "cramer_v, theil_u"


def spearman_correlation(
    table: pd.DataFrame,
    a: Column,
    b: Column,
    *,
    weights: str | None = None,
    weight_kind: str = "sampling",
    cluster: str | bool | None = None,
) -> Answer:
    """Do high answers on one column go with high ones on the other?

    Args:
        a, b: Ordinal or interval.
        cluster: With clusters, or sampling weights, error and test come from influences summed by cluster.

    Returns:
        Effect: `spearman` with Bonett and Wright's interval (with clusters: Fisher's z, t). One row an interval: `interval`
        ("bonett_wright", "fieller", "fisher", "clustered"), `n`, `value`, `lower`, `upper`. Statistic: `t`, `df`, `p_value`.

    Raises:
        ScaleError: A column is nominal. DataError: A column with one level, or fewer than four rows.

    Source:
        Spearman (1904), American Journal of Psychology 15, 72-101; Fieller, Hartley, Pearson (1957), Biometrika 44, 470-481;
        Bonett and Wright (2000), Psychometrika 65, 23-28; clusters: influence function of Croux and Dehon (2010),
        Statistical Methods and Applications 19, 497-515.
    """
    weighted = [weights] if weights else []
    sample = take_rows(table, [a, b], weights=weights, weight_kind=weight_kind, cluster=cluster)
    if weighted and weight_kind == "precision":
        raise DataError("rank_precision", column=weights)
    codes = []
    for column in (a, b):
        need(sample.rows[str(column)], Scale.ORDINAL, method="spearman", instead=NOMINAL_INSTEAD)
        codes.append(code_levels(sample.rows[str(column)])[0])
    robust = sample.cluster is not None or (weights is not None and weight_kind == "sampling")
    x, y, weight, back = _entries(*codes, sample.weight)
    got = spearman(x, y, weight)
    n = float(sample.weight.sum()) if weights and weight_kind == "frequency" else float(len(sample))
    if n < 4 or math.isnan(got.value):
        raise DataError("rank_constant", first=str(a), second=str(b), n=round(n))
    left = max(1 - got.value**2, 0.0)
    t = got.value * math.sqrt((n - 2) / left) if left > 1e-15 else math.copysign(math.inf, got.value)
    statistic = {"t": t, "df": n - 2, "p_value": two_sided(t, n - 2)}
    errors = {
        "bonett_wright": math.sqrt((1 + got.value**2 / 2) / (n - 3)),
        "fieller": math.sqrt(1.06 / (n - 3)),
        "fisher": 1 / math.sqrt(n - 3),
    }
    made = [
        {"interval": name, "n": round(n), "value": got.value, **_limits(got.value, error, quantile())}
        for name, error in errors.items()
    ]
    effective, spread = None, errors["fieller"]
    if robust:
        rows = got.influence[back] * (1.0 if sample.weight is None else sample.weight)
        variance, df = Clusters(
            np.arange(len(rows)) if sample.cluster is None else sample.cluster,
            np.zeros(len(rows), np.int64),
            sample.weight,
        ).variance(rows)
        plain = got.error(weight)
        spread = math.sqrt(variance) / left if left > 0 else 0.0
        made.insert(
            0, {"interval": "clustered", "n": round(n), "value": got.value, **_limits(got.value, spread, quantile(df))}
        )
        t = got.value / math.sqrt(variance) if variance > 0 else math.copysign(math.inf, got.value)
        statistic |= {"p_independent": statistic["p_value"], "t": t, "df": df, "p_value": two_sided(t, df)}
        effective = min(n, n * plain**2 / variance) if variance > 0 else None
    shown = pd.DataFrame(made)
    return Answer(
        method="spearman", columns={"a": str(a), "b": str(b)}, statistic=statistic,
        effects=(Effect("spearman", got.value, float(shown["lower"][0]), float(shown["upper"][0])),), table=shown,
        detectable=math.tanh(FOUND * spread), n_effective=effective, caveats=sample.caveats + tuple(few_clusters(sample)),
        **{**sample.names, "n": round(n)},
    )  # fmt: skip


def _limits(value: float, error: float, critical: float) -> dict[str, float]:
    return dict(zip(("lower", "upper"), fisher_interval(value, error, critical), strict=True))


def _entries(
    x: np.ndarray, y: np.ndarray, weight: np.ndarray | None
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Cells of the cross-table where it is small, else the rows themselves; with their weight, and each row's entry."""
    columns = int(y.max()) + 1
    size = (int(x.max()) + 1) * columns
    if size > 200_000:
        return x, y, np.ones(len(x)) if weight is None else weight, np.arange(len(x))
    cells = x * columns + y
    counts = np.bincount(cells, weight, minlength=size).astype(float)
    first, second = np.divmod(np.arange(size), columns)
    return first, second, counts, cells


def _association(
    method: str, table: pd.DataFrame, rows: Column, columns: Column, names: tuple[str, ...], roles: dict, **options
) -> Answer:
    """The answer of every measure of a cross-table; `names` are shown first."""
    coded = code_pair(table, rows, columns, method=method, scales=ORDERED, instead=NOMINAL_INSTEAD, groups=0, **options)
    counts = coded.counts
    counts = counts[:, counts.sum(0) > 0]
    if min(counts.shape) < 2:
        raise DataError("rank_constant", first=str(rows), second=str(columns), n=round(coded.n))
    kept = np.flatnonzero(coded.counts.sum(0) > 0)
    pairs, measures = count_pairs(counts), ordinal_measures(counts)
    net = pairs.concordant - pairs.discordant
    made = []
    for name, measure in measures.items():
        influence = np.zeros(coded.counts.shape)
        influence[:, kept] = measure.influence
        error, df = coded.association_error(influence)
        null = abs(measure.value / net) * pairs.error_null if net else math.nan
        half = quantile(df) * error
        made.append({"measure": name, "n": round(coded.n), "value": measure.value, "lower": max(measure.value - half, -1.0),
                     "upper": min(measure.value + half, 1.0), "error": error, "error_null": null,
                     "p_value": two_sided(measure.value / error, df) if coded.robust and error > 0 else two_sided(measure.value / null) if null > 0 else 1.0})  # fmt: skip
    shown = pd.DataFrame(made).set_index("measure", drop=False)
    score, variance = kendall_variance(counts)
    z = score / math.sqrt(variance) if variance > 0 else 0.0
    statistic = {
        "concordant": pairs.concordant * pairs.n**2 / 2,
        "discordant": pairs.discordant * pairs.n**2 / 2,
        "z": z,
        "p_value": two_sided(z),
    }
    if coded.robust:
        statistic |= {"p_independent": statistic["p_value"], "p_value": float(shown.loc[names[0], "p_value"])}
    first = shown.loc[names[0]]
    effective = coded.effective(first["error"] ** 2, measures[names[0]].error(counts) ** 2)
    effects = tuple(
        Effect(name, *(float(shown.loc[name, part]) for part in ("value", "lower", "upper"))) for name in names
    )
    return Answer(
        method=method, columns=roles, statistic=statistic, effects=effects, table=shown.reset_index(drop=True),
        detectable=min(FOUND * float(first["error"]), 1.0), n_effective=effective, caveats=coded.caveats(ceiling=False),
        extra={"counts": pd.DataFrame(coded.counts, index=coded.rows, columns=coded.columns)}, **coded.names(),
    )  # fmt: skip


def kendall_tau(
    table: pd.DataFrame,
    a: Column,
    b: Column,
    *,
    weights: str | None = None,
    weight_kind: str = "sampling",
    cluster: str | bool | None = None,
) -> Answer:
    """Of two rows, how much more often do both columns order them alike than the other way round (tau-b, tau-c)?

    Args:
        a, b: Ordinal, or interval of a few thousand levels at most.

    Returns:
        Effects: `tau_b`, `tau_c`. One row a measure: `measure` ("gamma", "tau_b", "tau_c", "somers_d" with b as the outcome,
        "somers_d_row" with a, "somers_d_symmetric"), `n`, `value`, `lower`, `upper`, `error` (asymptotic; summed by
        cluster where there is one), `error_null` (where nothing goes together), `p_value`. Statistic: `concordant`,
        `discordant` pairs, `z` (Kendall's, corrected for ties), `p_value`. `extra`: `counts`, the cross-table.

    Raises:
        ScaleError: A column is nominal. DataError: A column with one level, or a cross-table too large.

    Source:
        Kendall (1970), Rank Correlation Methods; Stuart (1953), Biometrika 40, 105-110; errors: Brown and Benedetti (1977),
        Journal of the American Statistical Association 72, 309-315.
    """
    options = {"weights": weights, "weight_kind": weight_kind, "cluster": cluster}
    return _association("kendall_tau", table, a, b, ("tau_b", "tau_c"), {"a": str(a), "b": str(b)}, **options)


def goodman_gamma(
    table: pd.DataFrame,
    a: Column,
    b: Column,
    *,
    weights: str | None = None,
    weight_kind: str = "sampling",
    cluster: str | bool | None = None,
) -> Answer:
    """Of the pairs of rows that differ on both columns, how many more are ordered alike than the other way round?

    Args:
        a, b: Ordinal, or interval of a few thousand levels at most.

    Returns:
        Effect: `gamma`. Table, statistic and `extra` as `kendall_tau`.

    Raises:
        As `kendall_tau`.

    Source:
        Goodman and Kruskal (1963), Journal of the American Statistical Association 58, 310-364.
    """
    options = {"weights": weights, "weight_kind": weight_kind, "cluster": cluster}
    return _association("goodman_gamma", table, a, b, ("gamma", "tau_b"), {"a": str(a), "b": str(b)}, **options)


def somers_d(
    table: pd.DataFrame,
    a: Column,
    b: Column,
    *,
    weights: str | None = None,
    weight_kind: str = "sampling",
    cluster: str | bool | None = None,
) -> Answer:
    """Of two rows that differ on the driver, how much more often does the higher one have the higher outcome?

    Args:
        a: The outcome. b: The driver. Both ordinal, or interval of a few thousand levels at most.

    Returns:
        Effects: `somers_d` (a is the outcome), `somers_d_symmetric`. Table and statistic as `kendall_tau` of b and a:
        "somers_d_row" has b as the outcome.

    Raises:
        As `kendall_tau`.

    Source:
        Somers (1962), American Sociological Review 27, 799-811; Goodman and Kruskal (1972), JASA 67, 415-421.
    """
    options = {"weights": weights, "weight_kind": weight_kind, "cluster": cluster}
    return _association(
        "somers_d", table, b, a, ("somers_d", "somers_d_symmetric"), {"outcome": str(a), "driver": str(b)}, **options
    )


def partial_spearman(
    table: pd.DataFrame, a: Column, b: Column, *, given: Sequence[Column], cluster: str | bool | None = None
) -> Answer:
    """Do two columns still go together when others are held?

    Args:
        a, b: Ordinal or interval. given: Columns held, ordinal or interval.
        cluster: With clusters, error and test come from the products of rank residuals, summed by cluster.

    Returns:
        Effect: `partial_spearman` (Fieller's z; with clusters t). One row a pair of columns: `a`, `b`, `n`, `spearman`,
        the plain correlations. Statistic: `t`, `df`, `p_value`; `spearman`, the plain one of a and b.

    Raises:
        ScaleError: A column is nominal. DataError: A column with one level, columns that determine each other, or too few rows.

    Source:
        Kendall (1942), Biometrika 32, 277-283; Fieller, Hartley, Pearson (1957), Biometrika 44, 470-481.
    """
    names = [a, b, *given]
    sample = take_rows(table, names, cluster=cluster)
    ranks = np.empty((len(sample), len(names)))
    for k, column in enumerate(names):
        need(sample.rows[str(column)], Scale.ORDINAL, method="partial_spearman", instead=NOMINAL_INSTEAD)
        code, levels = code_levels(sample.rows[str(column)])
        ranks[:, k] = midcdf(np.bincount(code, minlength=len(levels)))[code] - 0.5
    n, held = len(sample), len(given)
    spread = ranks.std(0)
    if n < held + 4 or (spread < 1e-12).any():
        raise DataError("rank_constant", first=str(a), second=str(b), n=n)
    matrix = np.corrcoef(ranks.T)
    if np.linalg.cond(matrix) > 1e10:
        raise DataError("rank_determined", columns=", ".join(map(str, names)))
    value, df = partial_correlation(matrix), n - 2 - held
    left = max(1 - value**2, 1e-300)
    t = value * math.sqrt(df / left)
    statistic = {"t": t, "df": df, "p_value": two_sided(t, df), "spearman": float(matrix[0, 1])}
    error, critical, effective = math.sqrt(1.06 / (df - 1)) if df > 1 else math.nan, quantile(), None
    if sample.cluster is not None:
        x, y = _residuals(ranks)
        influence = (x * y - value * (x**2 + y**2) / 2) / n
        variance, df_c = Clusters(sample.cluster, np.zeros(n, np.int64)).variance(influence)
        error, critical, t = math.sqrt(variance) / left, quantile(df_c), value / math.sqrt(variance)
        statistic |= {"p_independent": statistic["p_value"], "t": t, "df": df_c, "p_value": two_sided(t, df_c)}
        effective = min(float(n), n * float((influence**2).sum()) / variance)
    i, j = np.triu_indices(len(names), 1)
    made = pd.DataFrame(
        {"a": [str(names[k]) for k in i], "b": [str(names[k]) for k in j], "n": n, "spearman": matrix[i, j]}
    )
    return Answer(
        method="partial_spearman", columns={"a": str(a), "b": str(b), "given": tuple(map(str, given))}, statistic=statistic,
        effects=(Effect("partial_spearman", value, *fisher_interval(value, error, critical)),), table=made,
        detectable=math.tanh(FOUND * error), n_effective=effective, caveats=sample.caveats + tuple(few_clusters(sample)), **sample.names,
    )  # fmt: skip


def _residuals(ranks: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Standardised residuals of the first two columns on the others."""
    held = np.column_stack([np.ones(len(ranks)), ranks[:, 2:]])
    left = ranks[:, :2] - held @ np.linalg.lstsq(held, ranks[:, :2], rcond=None)[0]
    left = left / left.std(0)
    return left[:, 0], left[:, 1]
