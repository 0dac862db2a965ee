"""Importance and performance side by side: what to work on first, what to keep, where effort may be more than needed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from ccsat.errors import ColumnError, DataError, listing
from ccsat.methods.answer import Answer
from ccsat.methods.driver_design import DriverData, driver_data
from ccsat.methods.driver_shares import explained_shares, lead_of, pair_table, wide_percentiles
from ccsat.methods.roles import Roles
from ccsat.numerics.moments_drivers import bootstrap_counts
from ccsat.scales import Column, Scale, read_column, scale_of

NO_ROLES = Roles()
SURE = 0.8  # of the draws: a quadrant held by fewer is not a finding
QUADRANTS = ("low_priority", "possible_overkill", "concentrate", "keep_up")  # 2 x important + well done
LEAST_HISTORY = 8


def importance_performance(
    table: pd.DataFrame, outcome: Column, drivers: Sequence[Column], *, roles: Roles = NO_ROLES, history: pd.DataFrame | None = None,
    leading: Mapping[str, float] | None = None, lower_is_better: Sequence[str] = (), draws: int = 1000, orders: int | None = None,
    rng: int | np.random.Generator = 0,
) -> Answer:  # fmt: skip
    """Which drivers matter much and go badly, so that work on them pays first?

    Performance needs one scale for all drivers, and raw units (seconds, percent) are none: it is the percentile of a driver's
    mean in its own history, its ratio to a leading value, or, for drivers rated on the same scale, the mean rating.

    Args:
        history: Past means, one row a period, one column a driver; 8 periods at least.
        leading: Driver -> the best value known (own best team, an industry leader).
        lower_is_better: Drivers whose smaller values are better, such as waits.
        roles, draws, orders: As `rank_drivers`; mediators are not ranked.

    Returns:
        One row a driver: `driver, importance` (share)`, importance_lower, importance_upper, value` (mean, driver's unit)`, performance,
        performance_lower, performance_upper` (history: 0 to 1; leading: 1 is the leading value; else mean rating)`, quadrant`
        ("concentrate", "keep_up", "possible_overkill", "low_priority"; split at the means of both)`, quadrant_share` (of the draws
        in that quadrant)`, sure` (at least 0.8)`, n`. Effect and test: importance of the first driver against the second.
        `extra`: `scale` ("history", "leading" or "rating"), `split` (importance, performance), `pairs`.

    Raises:
        DataError: Drivers in different units and neither history nor leading values; a history that is too short.
        ColumnError: A driver that history or leading lack. ScaleError, and others, as `rank_drivers`.

    Source:
        Martilla, James (1977), Journal of Marketing 41, 77-79; derived importance by LMG: Gromping (2007).
    """
    roles.check_drivers(drivers, outcome, table)
    rng = np.random.default_rng(rng)
    asked = [str(one) for one in drivers if str(one) not in {*roles.confounders, *roles.mediators}]
    numbers = {str(one): one for one in drivers}
    held = [name for name in roles.confounders if name != str(outcome)]
    cast = table.assign(**{name: _as_numbers(table, numbers[name]) for name in asked})
    if not asked:
        raise DataError("drivers_named", outcome=str(outcome), drivers=listing(numbers) or "–")
    data = driver_data(cast, outcome, [*held, *asked], method="importance_performance", weights=roles.weights, weight_kind=roles.weight_kind,
                       cluster=roles.cluster, rng=rng)  # fmt: skip
    counts = bootstrap_counts(data.units, draws, rng)
    shares = explained_shares(data, asked, held, counts, orders=orders, rng=rng)
    at = data.columns(asked)
    value, drawn = data.moments.means()[at], data.moments.drawn_means(counts)[:, at]
    scale = "history" if history is not None else "leading" if leading is not None else "rating"
    if scale == "rating":
        _same_scale(data, asked)
    place = _placing(scale, asked, history, leading, set(map(str, lower_is_better)))
    performance, performance_drawn = place(value[None])[0], place(drawn)
    quadrant = _quadrant(shares.shares[None], performance[None])[0]
    steady = (_quadrant(shares.drawn_shares, performance_drawn) == quadrant).mean(0)
    low, high = wide_percentiles(shares.drawn_shares, data.units, around=shares.shares)
    performance_low, performance_high = wide_percentiles(performance_drawn, data.units, around=performance)
    pairs = pair_table(asked, shares, data.units)
    statistic, effects, least = lead_of(shares, pairs, data.units)
    found = pd.DataFrame({
        "driver": asked, "importance": shares.shares, "importance_lower": low, "importance_upper": high, "value": value, "performance": performance,
        "performance_lower": performance_low, "performance_upper": performance_high, "quadrant": [QUADRANTS[k] for k in quadrant],
        "quadrant_share": steady, "sure": steady >= SURE, "n": data.names_of_sample()["n"],
    })  # fmt: skip
    unsure = found.loc[~found["sure"], "driver"]
    caveats = [*data.caveats(), ("caveat.drivers_association", {})]
    if len(unsure):
        caveats.append(("caveat.priorities_unsure", {"columns": listing(unsure), "share": SURE}))
    if shares.error is not None:
        caveats.append(("caveat.drivers_sampled", {"orders": shares.orders, "error": float(shares.error.max())}))
    return Answer(method="importance_performance", columns={"outcome": data.outcome, "drivers": asked, "confounders": held}, table=found, statistic=statistic,
                  effects=effects, detectable=least, caveats=tuple(caveats), family="driver_pairs",
                  extra={"scale": scale, "split": (float(shares.shares.mean()), float(performance.mean())), "pairs": pairs}, **data.names_of_sample())  # fmt: skip


def _as_numbers(table: pd.DataFrame, column: Column) -> pd.Series:
    """Ordered levels that are numbers as these numbers: their mean is a performance."""
    values = read_column(table, column)
    if scale_of(values) == Scale.INTERVAL:
        return values
    if scale_of(values) == Scale.ORDINAL and all(
        isinstance(level, (int, float, np.number)) for level in values.cat.categories
    ):
        return values.astype(float)
    raise DataError("priorities_levels", column=str(column), levels=listing(values.dropna().unique(), 6))


def _same_scale(data: DriverData, asked: Sequence[str]) -> None:
    """Refuse raw units: without history or leading values all drivers must be whole ratings of one scale."""
    x = data.x[:, data.columns(asked)]
    low, high = x.min(0), x.max(0)
    whole = (x == np.round(x)).all()
    if not whole or len(set(high)) > 1 or not set(low) <= {0.0, 1.0, 2.0} or high[0] > 10 or high[0] < 2:
        spans = (f"{name}: {a:g} … {b:g}" for name, a, b in zip(asked, low, high, strict=True))
        raise DataError("priorities_units", columns=listing(spans))


def _placing(
    scale: str,
    asked: Sequence[str],
    history: pd.DataFrame | None,
    leading: Mapping[str, float] | None,
    smaller: set[str],
):
    """The function from means (draws x drivers) to performance."""
    sign = np.array([-1.0 if name in smaller else 1.0 for name in asked])
    if scale == "rating":
        return lambda means: means
    given = history.columns if scale == "history" else leading
    if lacking := [name for name in asked if name not in given]:
        raise ColumnError("priorities_lacking", columns=listing(lacking), known=listing(given))
    if scale == "leading":
        best = np.array([float(leading[name]) for name in asked])
        if not (best > 0).all():
            raise DataError(
                "priorities_leading",
                columns=listing(name for name, value in zip(asked, best, strict=True) if not value > 0),
            )
        return lambda means: np.where(sign > 0, means / best, best / np.where(means > 0, means, np.nan))
    past = [np.sort(sign[k] * history[name].dropna().to_numpy(float)) for k, name in enumerate(asked)]
    if min(map(len, past)) < LEAST_HISTORY:
        raise DataError("priorities_history", n=min(map(len, past)), least=LEAST_HISTORY)

    def percentile(means: np.ndarray) -> np.ndarray:
        found = np.empty(means.shape)
        for k, values in enumerate(past):
            own = sign[k] * means[:, k]
            found[:, k] = (np.searchsorted(values, own, "left") + np.searchsorted(values, own, "right")) / (
                2 * len(values)
            )
        return found

    return percentile


def _quadrant(importance: np.ndarray, performance: np.ndarray) -> np.ndarray:
    """Places in `QUADRANTS`, split at the means of each draw."""
    return 2 * (importance >= importance.mean(1, keepdims=True)) + (performance >= performance.mean(1, keepdims=True))
