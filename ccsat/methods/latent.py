"""Correlations of what lies behind ordered answers: polychoric, tetrachoric, polyserial."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import numpy as np
import pandas as pd

from ccsat.errors import DataError, listing
from ccsat.estimates import adjust as adjusted_p
from ccsat.methods.answer import Answer, Assumption, Effect
from ccsat.methods.ordinal_design import FEW_CLUSTERS, MOST_LEVELS
from ccsat.methods.ordinal_inference import p_two_sided, quantile
from ccsat.methods.sample import Sample, take_rows
from ccsat.numerics.polychoric import polychoric as fit_polychoric
from ccsat.numerics.polychoric import polychoric_full, rectangles
from ccsat.numerics.polychoric import polyserial as fit_polyserial
from ccsat.scales import Column, Scale, need

ONE = 1 - 1e-12


def polychoric(
    table: pd.DataFrame, a: Column, b: Column, *, full: bool = False, weights: str | None = None, weight_kind: str = "sampling",
    cluster: str | bool | None = None,
) -> Answer:  # fmt: skip
    """How closely do two ratings agree, if their few levels are looked through?

    The correlation of two normal variables cut into the levels seen; unlike Spearman's it does not shrink with few levels.

    Args:
        full: Thresholds and correlation by one likelihood; else thresholds from the margins, then the correlation.
        weights, weight_kind: As `ordered_logit`; sampling weights have sandwich standard errors.
        cluster: Standard errors over clusters (CR1), t with clusters - 1 degrees of freedom.

    Returns:
        One row a threshold: `column, cut, threshold, n`. `extra`: `se`, `se_fixed` (thresholds as if known), `counts`, `expected`.
        The interval is by Fisher's z. At -1 or 1 (an empty cell in a two-by-two table) there is none.

    Raises:
        ScaleError: A nominal column. DataError: A column with one level, or over 30.

    Source:
        Olsson (1979), Psychometrika 44, 443-460.
    """
    sample = take_rows(table, [a, b], weights=weights, weight_kind=weight_kind, cluster=cluster)
    for column in (a, b):
        need(sample.rows[str(column)], Scale.ORDINAL, method="polychoric", instead="cramer_v, theil_u, tetrachoric")
    return _latent("polychoric", sample, str(a), str(b), weight_kind, full)


def tetrachoric(
    table: pd.DataFrame, a: Column, b: Column, *, weights: str | None = None, weight_kind: str = "sampling", cluster: str | bool | None = None,
) -> Answer:  # fmt: skip
    """How closely do two yes/no columns go together, if each is a line drawn through something gradual?

    The polychoric correlation of two columns of two levels each (of any scale).

    Args:
        weights, weight_kind, cluster: As `polychoric`.

    Returns:
        As `polychoric`; the second level in order (True, 1) is the higher.

    Raises:
        DataError: A column without exactly two levels.

    Source:
        Pearson (1900), Philosophical Transactions A 195, 1-47; Olsson (1979), Psychometrika 44, 443-460.
    """
    sample = take_rows(table, [a, b], weights=weights, weight_kind=weight_kind, cluster=cluster)
    for column in (a, b):
        if (levels := sample.rows[str(column)].nunique()) != 2:
            raise DataError("ordinal_two_levels", column=str(column), levels=levels)
    return _latent("tetrachoric", sample, str(a), str(b), weight_kind, False)


def _latent(method: str, sample: Sample, a: str, b: str, kind: str, full: bool) -> Answer:
    used = _positive(sample)
    (x, x_levels), (y, y_levels) = (_codes(used.rows[name]) for name in (a, b))
    shape = (len(x_levels), len(y_levels))
    weight = (
        np.ones(len(x)) if used.weight is None else used.weight / (used.weight.mean() if kind != "frequency" else 1.0)
    )
    counts = np.bincount(x * shape[1] + y, weight, shape[0] * shape[1]).reshape(shape)
    fit = (polychoric_full if full else fit_polychoric)(counts)
    se, df = _error(fit.influence.ravel()[x * shape[1] + y], used, weight, kind, fit.se)
    effect = _effect("ordinal_polychoric", fit.rho, se, df, fit.boundary)
    expected = rectangles(fit.rho, fit.rows, fit.columns) * counts.sum()
    left = shape[0] * shape[1] - sum(shape)
    assumptions = ()
    if left > 0 and not fit.boundary:
        from scipy.stats import chi2

        with np.errstate(divide="ignore", invalid="ignore"):
            g2 = 2 * float(np.where(counts > 0, counts * np.log(counts / expected), 0).sum())
        p = float(chi2.sf(g2, left))
        plain = sample.cluster is None and kind != "sampling" or used.weight is None and sample.cluster is None
        # with many rows trivial bends reject; only a misfit of over 5 points of share in all is one to speak of
        misfit = float(np.abs(counts - expected).sum() / 2 / counts.sum())
        assumptions = (Assumption("ordinal_latent_normal", not (p < 0.05 and misfit > 0.05) if plain else (misfit <= 0.05 or None),
                                  {"p": p, "share": misfit}),)  # fmt: skip
    caveats = sample.caveats + _few(sample) + ((("caveat.ordinal_boundary", {"a": a, "b": b}),) if fit.boundary else ())
    rows = [{"column": name, "cut": f"{low}|{high}", "threshold": value}
            for name, levels, cuts in ((a, x_levels, fit.rows), (b, y_levels, fit.columns))
            for low, high, value in zip(levels[:-1], levels[1:], cuts, strict=True)]  # fmt: skip
    statistic = (
        {}
        if fit.boundary
        else {"z" if np.isinf(df) else "t": fit.rho / se, "p_value": float(p_two_sided(fit.rho, se, df))}
    )
    names = {**sample.names, "n": _n(used, kind)}
    return Answer(
        method=method, columns={"a": a, "b": b}, statistic=statistic | {"rho": fit.rho, "loglik": fit.loglik}, effects=(effect,), assumptions=assumptions,
        detectable=_detectable(fit.rho, se, df), table=pd.DataFrame(rows).assign(n=names["n"]), caveats=caveats,
        extra={"se": se, "se_fixed": fit.se_fixed, "counts": counts, "expected": expected}, **names,
    )  # fmt: skip


def polychoric_matrix(
    table: pd.DataFrame, columns: Sequence[Column], *, weights: str | None = None, weight_kind: str = "sampling", cluster: str | bool | None = None,
) -> Answer:  # fmt: skip
    """Which ratings go together, as the opinions behind them do?

    Polychoric correlations of every pair, on the rows complete in all columns.

    Args:
        columns: Ordered columns, two or more.
        weights, weight_kind, cluster: As `polychoric`.

    Returns:
        One row a pair: `a, b, rho, lower, upper, se, p_value, p_adjusted` (Holm over the pairs), `boundary, n`.
        `extra["matrix"]`: the correlation matrix; it need not be positive definite, and a caveat says when it is not.

    Raises:
        As `polychoric`; DataError: fewer than two columns.

    Source:
        Olsson (1979), Psychometrika 44, 443-460.
    """
    names = list(dict.fromkeys(map(str, columns)))
    if len(names) < 2:
        raise DataError("ordinal_two_columns", columns=listing(names) or "–")
    sample = take_rows(table, list(columns), weights=weights, weight_kind=weight_kind, cluster=cluster)
    for name in names:
        need(sample.rows[name], Scale.ORDINAL, method="polychoric_matrix", instead="cramer_v, theil_u")
    used = _positive(sample)
    coded = {name: _codes(used.rows[name]) for name in names}
    weight = (
        np.ones(len(used.rows))
        if used.weight is None
        else used.weight / (used.weight.mean() if weight_kind != "frequency" else 1.0)
    )
    matrix, rows, df = pd.DataFrame(np.eye(len(names)), names, names), [], np.inf
    for a, b in combinations(names, 2):
        (x, xs), (y, ys) = coded[a], coded[b]
        cell = x * len(ys) + y
        fit = fit_polychoric(np.bincount(cell, weight, len(xs) * len(ys)).reshape(len(xs), len(ys)))
        se, df = _error(fit.influence.ravel()[cell], used, weight, weight_kind, fit.se)
        effect = _effect("ordinal_polychoric", fit.rho, se, df, fit.boundary)
        matrix.loc[a, b] = matrix.loc[b, a] = fit.rho
        rows.append({"a": a, "b": b, "rho": fit.rho, "lower": np.nan if effect.lower is None else effect.lower,
                     "upper": np.nan if effect.upper is None else effect.upper, "se": se,
                     "p_value": np.nan if fit.boundary else float(p_two_sided(fit.rho, se, df)), "boundary": fit.boundary})  # fmt: skip
    found = pd.DataFrame(rows)
    found.insert(7, "p_adjusted", adjusted_p(found["p_value"], "holm"))
    top = found.loc[found["rho"].abs().idxmax()]
    least = float(np.linalg.eigvalsh(matrix.to_numpy())[0])
    caveats = (
        sample.caveats + _few(sample) + ((("caveat.ordinal_not_definite", {"least": least}),) if least < -1e-9 else ())
    )
    n = _n(used, weight_kind)
    limit = lambda value: None if np.isnan(value) else float(value)
    return Answer(
        method="polychoric_matrix", columns={"columns": names}, statistic={"eigenvalue_least": least}, family="ordinal_pairs",
        effects=(Effect("ordinal_polychoric_largest", float(top["rho"]), limit(top["lower"]), limit(top["upper"])),),
        detectable=_detectable(0.0, float(found["se"].median()), df), table=found.assign(n=n), extra={"matrix": matrix}, caveats=caveats, **{**sample.names, "n": n},
    )  # fmt: skip


def polyserial(
    table: pd.DataFrame, a: Column, b: Column, *, weights: str | None = None, weight_kind: str = "sampling", cluster: str | bool | None = None,
) -> Answer:  # fmt: skip
    """How closely does a measured quantity go with the opinion behind a rating?

    Args:
        a: The measured column. b: The ordered one.
        weights, weight_kind, cluster: As `polychoric`.

    Returns:
        One row a threshold of the ordered column: `column, cut, threshold, n`. `extra`: `se`, `se_fixed` (thresholds as if known).

    Raises:
        ScaleError: `a` is not measured, or `b` nominal. DataError: One level, or a constant.

    Source:
        Olsson, Drasgow, Dorans (1982), Psychometrika 47, 337-347.
    """
    sample = take_rows(table, [a, b], weights=weights, weight_kind=weight_kind, cluster=cluster)
    need(sample.rows[str(a)], Scale.INTERVAL, method="polyserial", instead="polychoric, spearman")
    need(sample.rows[str(b)], Scale.ORDINAL, method="polyserial", instead="correlation_ratio, point_biserial")
    used = _positive(sample)
    x = used.rows[str(a)].to_numpy(float)
    y, levels = _codes(used.rows[str(b)])
    if not np.ptp(x) > 0:
        raise DataError("ordinal_one_level", column=str(a), level=f"{x[0]:g}")
    weight = (
        np.ones(len(x))
        if used.weight is None
        else used.weight / (used.weight.mean() if weight_kind != "frequency" else 1.0)
    )
    rho, fixed, cuts, influence = fit_polyserial(x, y, len(levels), weight)
    boundary = not np.isfinite(influence).all()
    se, df = _error(influence, used, weight, weight_kind, float(np.sqrt((weight * influence**2).sum())))
    names = {**sample.names, "n": _n(used, weight_kind)}
    rows = [
        {"column": str(b), "cut": f"{low}|{high}", "threshold": value}
        for low, high, value in zip(levels[:-1], levels[1:], cuts, strict=True)
    ]
    z = (x - np.average(x, weights=weight)) / np.sqrt(np.cov(x, aweights=weight))
    skew = float(np.average(z**3, weights=weight))
    statistic = {} if boundary else {"z" if np.isinf(df) else "t": rho / se, "p_value": float(p_two_sided(rho, se, df))}
    return Answer(
        method="polyserial", columns={"a": str(a), "b": str(b)}, statistic=statistic | {"rho": rho}, effects=(_effect("ordinal_polyserial", rho, se, df, boundary),),
        assumptions=(Assumption("ordinal_symmetric", abs(skew) <= 1, {"column": str(a), "skew": skew}),), detectable=_detectable(rho, se, df),
        table=pd.DataFrame(rows).assign(n=names["n"]), extra={"se": se, "se_fixed": fixed}, caveats=sample.caveats + _few(sample)
        + ((("caveat.ordinal_boundary", {"a": str(a), "b": str(b)}),) if boundary else ()), **names,
    )  # fmt: skip


# ----------------------------------------------------------------------------------------------------


def _positive(sample: Sample) -> Sample:
    """Without rows of weight 0."""
    if sample.weight is None or (sample.weight > 0).all():
        return sample
    kept = sample.weight > 0
    cluster = None if sample.cluster is None else pd.factorize(sample.cluster[kept])[0]
    return Sample(
        sample.rows[kept], sample.weight[kept], cluster, sample.dropped, sample.casts, sample.caveats, sample.names
    )


def _codes(column: pd.Series) -> tuple[np.ndarray, list]:
    """Levels seen, lowest first, as numbers."""
    if isinstance(column.dtype, pd.CategoricalDtype) and column.dtype.ordered:
        seen, codes = np.unique(column.cat.codes.to_numpy(), return_inverse=True)
        levels = list(column.cat.categories[seen])
    else:
        codes, values = pd.factorize(
            column.astype(object) if isinstance(column.dtype, pd.CategoricalDtype) else column, sort=True
        )
        levels = [int(v) if isinstance(v, (float, np.floating)) and float(v).is_integer() else v for v in values]
    if len(levels) < 2:
        raise DataError("ordinal_one_level", column=str(column.name), level=str(levels[0]))
    if len(levels) > MOST_LEVELS:
        raise DataError("ordinal_many_levels", column=str(column.name), levels=len(levels), most=MOST_LEVELS)
    return codes.astype(np.int64), levels


def _error(influence: np.ndarray, sample: Sample, weight: np.ndarray, kind: str, plain: float) -> tuple[float, float]:
    """Standard error and degrees of freedom, from each row's influence."""
    if sample.cluster is not None:
        sums = np.bincount(sample.cluster, weight * influence)
        if len(sums) < 2:
            raise DataError("ordinal_one_cluster", column=str(sample.names["cluster"]))
        return float(np.sqrt((sums**2).sum() * len(sums) / (len(sums) - 1))), float(len(sums) - 1)
    if sample.weight is not None and kind == "sampling":
        return float(np.sqrt(((weight * influence) ** 2).sum() * len(weight) / max(len(weight) - 1, 1))), float(
            len(weight) - 1
        )
    return plain, np.inf


def _effect(name: str, rho: float, se: float, df: float, boundary: bool) -> Effect:
    """With Fisher's z interval."""
    if boundary or not np.isfinite(se):
        return Effect(name, rho)
    inside = float(np.clip(rho, -ONE, ONE))
    half = quantile(0.975, df) * se / (1 - inside**2)
    return Effect(name, rho, float(np.tanh(np.arctanh(inside) - half)), float(np.tanh(np.arctanh(inside) + half)))


def _detectable(rho: float, se: float, df: float) -> float | None:
    """The correlation that a test of "none" finds in four cases of five; the standard error is carried to 0 by Fisher's z."""
    if not np.isfinite(se):
        return None
    return float(np.tanh((quantile(0.975, df) + quantile(0.8, df)) * se / (1 - min(rho * rho, ONE))))


def _few(sample: Sample) -> tuple[tuple[str, dict], ...]:
    clusters = None if sample.cluster is None else int(sample.cluster.max()) + 1
    return (
        (("caveat.ordinal_few_clusters", {"clusters": clusters}),)
        if clusters is not None and clusters < FEW_CLUSTERS
        else ()
    )


def _n(sample: Sample, kind: str) -> float:
    if sample.weight is None or kind != "frequency":
        return len(sample.rows)
    total = float(sample.weight.sum())
    return int(total) if total.is_integer() else total
