"""Shares of R2 by every usual split, with jackknife and bootstrap errors, and which driver dominates which."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from ccsat.errors import DataError, listing
from ccsat.methods.answer import Answer
from ccsat.methods.driver_design import DriverData, driver_data
from ccsat.methods.driver_shares import Shares, lead_of, pair_table, wide_percentiles
from ccsat.numerics.importance import MOST_EXACT, by_size, car_scores, johnson, lmg, outdoes, subset_explained
from ccsat.numerics.moments_drivers import bootstrap_counts
from ccsat.scales import Column


def relative_importance(
    table: pd.DataFrame, outcome: Column, drivers: Sequence[Column], *, weights: str | None = None, weight_kind: str = "sampling",
    cluster: str | bool | None = None, draws: int = 1000, expand: bool = True, rng: int | np.random.Generator = 0,
) -> Answer:  # fmt: skip
    """How much of the differences in an outcome goes with each driver, by every usual way of dividing it?

    Args:
        drivers: Numbers or yes/no, one column each.
        cluster: What draws take or leave; rows where there is none.
        draws: Bootstrap samples. expand: Whether limits are widened for few units as a t interval is.

    Returns:
        One row a driver: `driver, lmg, se` (delete-one-unit jackknife)`, bias_corrected` (by the jackknife)`, bootstrap_se, lower,
        upper` (bootstrap)`, share` (of R2)`, share_lower, share_upper, first` (alone)`, last` (after all others)`, beta,
        beta_squared, pratt, car_score, car, johnson` (= Genizi)`, n`. All but shares and betas in units of R2; `lmg, johnson,
        car` and `pratt` add up to R2. `statistic`: `r2`, `p_value` (first driver against second, adjusted over all pairs).
        `extra`: `pairs`, `drawn` (draws x drivers).

    Raises:
        ScaleError: An outcome or driver below interval. DataError: More than 14 drivers, or as for any driver model.

    Source:
        Gromping (2006), Journal of Statistical Software 17(1) (relaimpo); Johnson (2000); Zuber, Strimmer (2011).
    """
    rng = np.random.default_rng(rng)
    data = _one_column_each(table, outcome, drivers, "relative_importance", weights, weight_kind, cluster, rng)
    whole, names = data.moments.total(), list(data.names)
    gains, explained = lmg(whole)[0], subset_explained(whole)[:, 0]
    every = len(explained) - 1
    drawn = lmg(data.moments.drawn(bootstrap_counts(data.units, draws, rng)))
    left = lmg(data.moments.left_out())
    units = data.units
    low, high = wide_percentiles(drawn, units, expand=expand)
    spread = np.sqrt(np.diag(whole))
    r = whole / np.outer(spread, spread)
    beta = np.linalg.solve(r[:-1, :-1], r[:-1, -1])
    scores = car_scores(whole[None])[0]
    shares = Shares(gains, drawn, float(explained[-1]), 0.0, None, 0)
    share_low, share_high = wide_percentiles(shares.drawn_shares, units, around=shares.shares, expand=expand)
    pairs = pair_table(names, shares, units)
    found = pd.DataFrame({
        "driver": names, "lmg": gains, "se": np.sqrt((units - 1) / units * ((left - left.mean(0)) ** 2).sum(0)),
        "bias_corrected": units * gains - (units - 1) * left.mean(0), "bootstrap_se": drawn.std(0, ddof=1), "lower": low, "upper": high,
        "share": shares.shares, "share_lower": share_low, "share_upper": share_high,
        "first": explained[1 << np.arange(len(names))], "last": explained[every] - explained[every - (1 << np.arange(len(names)))],
        "beta": beta, "beta_squared": beta**2, "pratt": beta * r[:-1, -1], "car_score": scores, "car": scores**2,
        "johnson": johnson(whole[None])[0], "n": data.names_of_sample()["n"],
    })  # fmt: skip
    statistic, effects, least = lead_of(shares, pairs, units)
    return Answer(method="relative_importance", columns={"outcome": data.outcome, "drivers": names}, statistic={"r2": float(explained[-1])} | statistic,
                  effects=effects, detectable=least, table=found, family="driver_pairs", caveats=(*data.caveats(), ("caveat.drivers_association", {})),
                  extra={"pairs": pairs, "drawn": pd.DataFrame(drawn, columns=names)}, **data.names_of_sample())  # fmt: skip


def conditional_dominance(
    table: pd.DataFrame, outcome: Column, drivers: Sequence[Column], *, weights: str | None = None, weight_kind: str = "sampling",
    cluster: str | bool | None = None, draws: int = 1000, rng: int | np.random.Generator = 0,
) -> Answer:  # fmt: skip
    """Does one driver add more than another whatever else is already known?

    Args:
        weights, weight_kind, cluster, draws: As `relative_importance`.

    Returns:
        One row a driver and number of drivers already in the model: `driver, size` (0: alone)`, rise` (mean gain in R2)`, lower,
        upper, n`. `extra`: `by_size` (the same, drivers x sizes), `pairs`: one row an ordered pair, `driver, other, complete`
        (adds more in every subset with neither)`, conditional` (adds more on average at every size)`, general` (on average)`,
        subsets` (share of the subsets in which it adds more)`, draws` (share of the draws in which it generally dominates).
        Effect and test: as `relative_importance`, by general dominance (= LMG).

    Raises:
        As `relative_importance`.

    Source:
        Azen, Budescu (2003), Psychological Methods 8, 129-148.
    """
    rng = np.random.default_rng(rng)
    data = _one_column_each(table, outcome, drivers, "conditional_dominance", weights, weight_kind, cluster, rng)
    names, p = list(data.names), len(data.names)
    explained = subset_explained(data.moments.total())[:, 0]
    sizes = by_size(explained)
    moments = data.moments.drawn(bootstrap_counts(data.units, draws, rng))
    drawn = np.stack([by_size(one) for one in subset_explained(moments).T]) if p <= 8 else None
    gains = lmg(moments) if drawn is None else drawn.mean(2)
    shares = Shares(sizes.mean(1), gains, float(explained[-1]), 0.0, None, 0)
    low, high = wide_percentiles(drawn, data.units) if drawn is not None else (np.full((p, p), np.nan),) * 2
    subsets, rows = outdoes(explained), []
    for a in range(p):
        for b in range(p):
            if a != b:
                rows.append({"driver": names[a], "other": names[b], "complete": bool(subsets[a, b] == 1),
                             "conditional": bool((sizes[a] > sizes[b]).all()), "general": bool(sizes[a].mean() > sizes[b].mean()),
                             "subsets": subsets[a, b], "draws": float((gains[:, a] > gains[:, b]).mean())})  # fmt: skip
    found = pd.DataFrame({"driver": np.repeat(names, p), "size": np.tile(np.arange(p), p), "rise": sizes.ravel(), "lower": low.ravel(),
                          "upper": high.ravel(), "n": data.names_of_sample()["n"]})  # fmt: skip
    statistic, effects, least = lead_of(shares, pair_table(names, shares, data.units), data.units)
    columns = ["driver", "other", "complete", "conditional", "general", "subsets", "draws"]
    return Answer(method="conditional_dominance", columns={"outcome": data.outcome, "drivers": names}, statistic={"r2": float(explained[-1])} | statistic,
                  effects=effects, detectable=least, table=found, family="driver_pairs", caveats=(*data.caveats(), ("caveat.drivers_association", {})),
                  extra={"by_size": pd.DataFrame(sizes, index=names), "pairs": pd.DataFrame(rows, columns=columns)}, **data.names_of_sample())  # fmt: skip


def _one_column_each(table, outcome, drivers, method, weights, weight_kind, cluster, rng) -> DriverData:
    data = driver_data(
        table,
        outcome,
        drivers,
        method=method,
        weights=weights,
        weight_kind=weight_kind,
        cluster=cluster,
        interval_only=True,
        rng=rng,
    )
    if several := [name for name, size in zip(data.names, data.sizes, strict=True) if size > 1]:
        raise DataError("drivers_levels", columns=listing(several))
    if len(data.names) > MOST_EXACT:
        raise DataError("drivers_many", n=len(data.names), most=MOST_EXACT)
    return data
