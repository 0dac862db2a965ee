"""Shares of what is explained, their draws, intervals, and which drivers cannot be told apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import ndtr, stdtr, stdtrit

from ccsat.errors import DataError
from ccsat.estimates import adjust
from ccsat.methods.answer import Effect
from ccsat.methods.driver_design import DriverData
from ccsat.numerics.design_rows import group_rows
from ccsat.numerics.deviance_shares import averaging, fit_subsets
from ccsat.numerics.importance import MOST_EXACT, drawn_orders, lmg, lmg_by_orders, shapley_weights, subset_explained

ALPHA = 0.05
ORDERS = 100  # pairs of sampled orders for a linear model


@dataclass(frozen=True)
class Shares:
    """What each driver explains.

    Attributes:
        gains: Of each driver, in R2 or McFadden's R2; `drawn`: the same in draws (draws x drivers).
        explained: By all drivers above the confounders; `held`: by the confounders.
        error: Monte Carlo standard error of the shares where orders were sampled, else None.
        orders: Orders sampled; 0 where all were averaged over.
    """

    gains: np.ndarray
    drawn: np.ndarray
    explained: float
    held: float
    error: np.ndarray | None
    orders: int

    @property
    def shares(self) -> np.ndarray:
        """Of the explained part; they add up to 1."""
        return _over_sum(self.gains[None])[0]

    @property
    def drawn_shares(self) -> np.ndarray:
        """Draws x drivers."""
        return _over_sum(self.drawn)


def _over_sum(gains: np.ndarray) -> np.ndarray:
    total = gains.sum(1, keepdims=True)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(total > 0, gains / total, np.nan)


def explained_shares(
    data: DriverData, players: Sequence[str], held: Sequence[str], counts: np.ndarray, *, orders: int | None, rng: np.random.Generator
) -> Shares:  # fmt: skip
    """The split of what drivers explain with confounders held, and what it is in each draw of groups.

    Args:
        players: Drivers to split between. held: In every model, not ranked.
        counts: Draws x units.
        orders: Pairs of orders of entry to sample; 0: all orders; None: all orders where that is little work.
    """
    if orders == 0 and len(players) > 16:
        raise DataError("drivers_many", n=len(players), most=16)
    columns = np.concatenate([data.columns(held), data.columns(players)])
    fixed, sizes = len(data.columns(held)), data.sizes_of(players)
    split = _linear if data.model == "ols" else _deviance
    return split(data, columns, fixed, sizes, counts, orders, rng)


def _linear(data, columns, fixed, sizes, counts, orders, rng) -> Shares:
    at = data.with_outcome(columns)
    whole, drawn = data.moments.total()[np.ix_(at, at)], data.moments.drawn(counts)[:, at][:, :, at]
    held = float(subset_explained(whole, (), fixed=fixed)[0, 0]) if fixed else 0.0
    if orders == 0 or (orders is None and len(sizes) <= MOST_EXACT):
        gains = lmg(whole, sizes, fixed=fixed)[0]
        return Shares(gains, lmg(drawn, sizes, fixed=fixed), float(gains.sum()), held, None, 0)
    order = drawn_orders(len(sizes), orders or ORDERS, rng)
    each = lmg_by_orders(whole[None], order, sizes, fixed=fixed)[:, 0]
    total = np.zeros((len(drawn), len(sizes)))
    for one in order:  # one order at a time: all of them would not fit
        total += lmg_by_orders(drawn, one[None], sizes, fixed=fixed)[0]
    gains = each.mean(0)
    pairs = each.reshape(-1, 2, len(sizes)).mean(1) / gains.sum()
    return Shares(
        gains, total / len(order), float(gains.sum()), held, pairs.std(0, ddof=1) / np.sqrt(len(pairs)), len(order)
    )


def _deviance(data, columns, fixed, sizes, counts, orders, rng) -> Shares:
    rows = group_rows(list(data.x[:, columns].T), data.y.astype(np.int64), len(data.levels), data.weight)
    plan = averaging(len(sizes), len(rows.y), orders=orders, rng=rng)
    fits = fit_subsets(rows, sizes, plan.masks, fixed=fixed, group=data.unit, groups=data.units, counts=counts)
    r2, drawn = 1 - fits.loglik / fits.null, 1 - fits.drawn / fits.null_drawn
    gains, gains_drawn, error = plan.gains @ r2, (plan.gains @ drawn).T, None
    if plan.by_pair is not None:
        each = plan.by_pair @ r2
        if (
            len(sizes) <= MOST_EXACT
        ):  # a linear model knows all orders: it takes most of the chance of the sampled ones out
            known, known_drawn, by_pair = _linear_gap(data, columns, fixed, sizes, counts, plan)
            scale = (r2[-1] - r2[0]) / known[1]
            gains, gains_drawn, each = (
                gains + scale * known[0],
                gains_drawn + scale * known_drawn,
                each - scale * by_pair,
            )
        error = each.std(0, ddof=1) / np.sqrt(len(each)) / (r2[-1] - r2[0])
    return Shares(
        gains,
        np.maximum(gains_drawn, 0),
        float(r2[-1] - r2[0]),
        float(r2[0]),
        error,
        0 if error is None else 2 * len(plan.by_pair),
    )


def _linear_gap(data, columns, fixed, sizes, counts, plan):
    """Of a linear model: all orders minus the sampled ones, in the whole and in draws; what it explains; its gains by pair."""
    at = data.with_outcome(columns)
    whole = subset_explained(data.moments.total()[np.ix_(at, at)], sizes, fixed=fixed)[:, 0]
    turn = shapley_weights(len(sizes))
    turn[:, plan.masks] -= plan.gains
    drawn = np.empty((len(counts), len(sizes)))
    for start in range(0, len(counts), 50):
        some = slice(start, start + 50)
        drawn[some] = (turn @ subset_explained(data.moments.drawn(counts[some])[:, at][:, :, at], sizes, fixed=fixed)).T
    return (turn @ whole, float(whole[-1] - whole[0])), drawn, plan.by_pair @ whole[plan.masks]


# Intervals, pairs and ties --------------------------------------------------------------------------


def wide_percentiles(
    drawn: np.ndarray, units: int, *, around: np.ndarray | float | None = None, expand: bool = True
) -> tuple[np.ndarray, np.ndarray]:
    """95 % percentile limits, widened for few units as a t interval is.

    Args:
        around: Estimates, which the interval must hold: draws of a share near 0 lie above it.

    Source:
        Hesterberg (2015), American Statistician 69, 371-386 (expanded percentile interval).
    """
    tail = float(ndtr(stdtrit(units - 1, ALPHA / 2) * np.sqrt(units / (units - 1)))) if expand else ALPHA / 2
    low, high = np.nanquantile(drawn, tail, axis=0), np.nanquantile(drawn, 1 - tail, axis=0)
    return (low, high) if around is None else (np.fmin(low, around), np.fmax(high, around))


def pair_table(names: Sequence[str], shares: Shares, units: int) -> pd.DataFrame:
    """Every two drivers, the more important first: `driver_a, driver_b, difference, se, lower, upper, p_value, p_adjusted` (Holm)."""
    order = np.argsort(-shares.shares, kind="stable")
    drawn, rows = shares.drawn_shares, []
    factor, q = np.sqrt(units / (units - 1)), float(stdtrit(units - 1, 1 - ALPHA / 2))
    for place, a in enumerate(order):
        for b in order[place + 1 :]:
            gap, se = shares.shares[a] - shares.shares[b], factor * float(np.nanstd(drawn[:, a] - drawn[:, b], ddof=1))
            if shares.error is not None:
                se = float(np.sqrt(se**2 + shares.error[a] ** 2 + shares.error[b] ** 2))
            p = 2 * float(stdtr(units - 1, -gap / se)) if se > 0 else float(gap == 0)
            rows.append((names[a], names[b], gap, se, max(gap - q * se, -1.0), min(gap + q * se, 1.0), p))
    found = pd.DataFrame(rows, columns=["driver_a", "driver_b", "difference", "se", "lower", "upper", "p_value"])
    return found.assign(p_adjusted=adjust(found["p_value"], "holm"))


def tie_table(names: Sequence[str], shares: Shares, pairs: pd.DataFrame) -> pd.DataFrame:
    """One row a driver: `tier` (1 first; two tiers only where every driver above differs from every one below) and the
    `rank_best` and `rank_worst` that the pairs allow."""
    apart = {
        (a, b) for a, b, p in zip(pairs["driver_a"], pairs["driver_b"], pairs["p_adjusted"], strict=True) if p < ALPHA
    }
    ordered = [names[k] for k in np.argsort(-shares.shares, kind="stable")]
    tiers, tier = {}, 1
    for place, name in enumerate(ordered):
        if place and all((above, below) in apart for above in ordered[:place] for below in ordered[place:]):
            tier += 1
        tiers[name] = tier
    return pd.DataFrame({
        "tier": [tiers[name] for name in names],
        "rank_best": [1 + sum((other, name) in apart for other in names) for name in names],
        "rank_worst": [len(names) - sum((name, other) in apart for other in names) for name in names],
    })  # fmt: skip


def lead_of(shares: Shares, pairs: pd.DataFrame, units: int) -> tuple[dict, tuple[Effect, ...], float | None]:
    """Test of the first driver against the second, effects, and the smallest gap that would be found."""
    first = int(np.argmax(shares.shares))
    low, high = wide_percentiles(shares.drawn_shares[:, first], units, around=shares.shares[first])
    r2_low, r2_high = wide_percentiles(shares.drawn.sum(1), units, around=shares.explained)
    rest = (Effect("driver_share", float(shares.shares[first]), float(low), float(high)),
            Effect("driver_explained", shares.explained, float(r2_low), float(r2_high)))  # fmt: skip
    if pairs.empty:
        return {}, rest[1:], None
    line = pairs.iloc[0]
    least = float((stdtrit(units - 1, 1 - ALPHA / 2) + stdtrit(units - 1, 0.8)) * line["se"])
    gap = Effect("driver_gap", float(line["difference"]), float(line["lower"]), float(line["upper"]))
    return {"p_value": float(line["p_adjusted"])}, (gap, *rest), least
