"""Do items hang together? Cronbach's alpha, KMO and Bartlett."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy.special import ndtr, ndtri

from ccsat.errors import DataError, listing
from ccsat.methods.agreement import at_least
from ccsat.methods.answer import Answer, Assumption, Effect
from ccsat.methods.coded import unclustered
from ccsat.methods.rank_paired import level_numbers
from ccsat.methods.sample import take_rows
from ccsat.numerics import agreement as numerics
from ccsat.numerics.rankgroups import chi2_found
from ccsat.numerics.ranks import quantile
from ccsat.scales import Column, Scale, need


def reliability(table: pd.DataFrame, columns: Sequence[Column], *, cluster: str | bool | None = None) -> Answer:
    """Do these items measure one thing well enough to be added up (Cronbach's alpha)?

    Args:
        columns: Two or more items that point the same way, ordinal on one scale, or interval. cluster: Only noted.

    Returns:
        Effects: `cronbach_alpha` (Feldt's interval), `alpha_standardised`. One row an item: `item`, `n`, `item_rest` (correlation
        with the others' sum), `alpha_without`.

    Raises:
        ScaleError: A column is nominal. DataError: Fewer than two items, different levels, or an item with one answer.

    Source:
        Cronbach (1951), Psychometrika 16, 297-334; Feldt, Woodruff, Salih (1987), Applied Psychological Measurement 11, 93-103.
    """
    covariance, n, caveats, names = _items(table, columns, "reliability", cluster, Scale.ORDINAL)
    got = numerics.reliability(covariance, n)
    made = pd.DataFrame(
        {
            "item": [str(column) for column in columns],
            "n": n,
            "item_rest": got.item_rest,
            "alpha_without": got.alpha_without,
        }
    )
    against = made.loc[made["item_rest"] < 0, "item"]
    return Answer(
        method="reliability", columns={"columns": tuple(map(str, columns))},
        effects=(Effect("cronbach_alpha", got.alpha, got.lower, got.upper), Effect("alpha_standardised", got.alpha_standardised)), table=made,
        assumptions=(Assumption("rank_items_one_way", not len(against), {"items": listing(against)}),), caveats=caveats, **names,
    )  # fmt: skip


def factorability(
    table: pd.DataFrame,
    columns: Sequence[Column],
    *,
    draws: int = 500,
    rng: int | np.random.Generator = 0,
    cluster: str | bool | None = None,
) -> Answer:
    """Have these items enough in common for factors (KMO, Bartlett)?

    Args:
        columns: Three or more items, interval. draws, rng: Normal samples for the interval. cluster: Only noted.

    Returns:
        Effect: `kmo` (parametric bootstrap, bias-corrected). One row an item: `item`, `n`, `kmo`. Statistic: `chi2`, `df`, `p_value` of
        Bartlett's test. `extra`: `eigenvalues` of the correlations.

    Raises:
        ScaleError: A column is not interval. DataError: Fewer than three items, an item with one answer, or items that
        determine each other.

    Source:
        Kaiser and Rice (1974), Educational and Psychological Measurement 34, 111-117; Bartlett (1951), Biometrika 38, 337-344;
        Efron (1987), Journal of the American Statistical Association 82, 171-185 (interval).
    """
    at_least(columns, 3)
    covariance, n, caveats, names = _items(table, columns, "factorability", cluster, Scale.INTERVAL)
    spread = np.sqrt(np.diag(covariance))
    matrix = covariance / np.outer(spread, spread)
    if np.linalg.cond(matrix) > 1e10 or n <= len(columns) + 1:
        raise DataError("rank_determined", columns=listing(map(str, columns)))
    total, items = numerics.sampling_adequacy(matrix)
    chi2, df, p = numerics.sphericity(matrix, n)
    drawn = numerics.sampling_adequacy(numerics.drawn_correlations(matrix, n, draws, np.random.default_rng(rng)))[0]
    lower, upper = _bias_corrected(drawn, float(total))
    return Answer(
        method="factorability", columns={"columns": tuple(map(str, columns))}, statistic={"chi2": chi2, "df": df, "p_value": p},
        effects=(Effect("kmo", float(total), lower, upper, null=0.5),),
        table=pd.DataFrame({"item": [str(column) for column in columns], "n": n, "kmo": items}),
        detectable=_least_adequacy(len(columns), n), extra={"eigenvalues": np.linalg.eigvalsh(matrix)[::-1], "correlations": matrix}, caveats=caveats, **names,
    )  # fmt: skip


def _least_adequacy(items: int, n: int) -> float:
    """KMO of items that all correlate by the least amount that Bartlett's test finds."""
    df = items * (items - 1) / 2
    r = min(math.sqrt(chi2_found(df) / df / max(n - 1 - (2 * items + 5) / 6, 1)), 1.0)
    partial = r / (1 + (items - 2) * r)
    return r**2 / (r**2 + partial**2)


def _bias_corrected(drawn: np.ndarray, value: float) -> tuple[float, float]:
    below = min(max((drawn < value).mean(), 1 / len(drawn)), 1 - 1 / len(drawn))
    shift = 2 * ndtri(below)
    lower, upper = np.quantile(drawn, [float(ndtr(shift + sign * quantile())) for sign in (-1, 1)])
    return min(float(lower), value), max(float(upper), value)


def _items(
    table: pd.DataFrame, columns: Sequence[Column], method: str, cluster, scale: Scale
) -> tuple[np.ndarray, int, tuple, dict]:
    """Covariance of items, rows, caveats and names."""
    at_least(columns, 2)
    sample = take_rows(table, columns, cluster=cluster)
    for column in columns:
        need(
            sample.rows[str(column)],
            scale,
            method=method,
            instead="krippendorff_alpha" if scale == Scale.ORDINAL else "reliability",
        )
    values, _, positions = level_numbers(sample, columns, method, "krippendorff_alpha")
    if len(values) < 3 or (np.ptp(values, axis=0) == 0).any():
        raise DataError("rank_constant", first=str(columns[0]), second=str(columns[-1]), n=len(values))
    steps = (("caveat.rank_equal_steps", {}),) if positions else ()
    return np.cov(values.T), len(values), sample.caveats + tuple(unclustered(sample)) + steps, dict(sample.names)
