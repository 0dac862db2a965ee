"""What subsets of drivers explain of the deviance of an ordered (or yes/no) outcome, with draws that need no further fit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ccsat.numerics.cumulative import fit_cumulative, influence_rows
from ccsat.numerics.design_rows import DesignRows, group_rows
from ccsat.numerics.importance import drawn_orders, shapley_weights

MOST_EXACT = 12  # drivers
MOST_WORK = 10_000_000  # subsets times distinct rows (and what a fit costs without any) that are fitted
A_FIT = 1500


@dataclass(frozen=True)
class SubsetFits:
    """Log-likelihoods of the models with some subsets of drivers.

    Attributes:
        masks: Of each model: bit j says whether driver j is in.
        loglik: Of each model; `drawn`: the same in each draw of groups (models x draws).
        null, null_drawn: Without any column.
    """

    masks: np.ndarray
    loglik: np.ndarray
    drawn: np.ndarray
    null: float
    null_drawn: np.ndarray


@dataclass(frozen=True)
class Averaging:
    """Which subsets are fitted, and how their fits make up the mean gain of each driver.

    Attributes:
        masks: The subsets. gains: Drivers x masks.
        by_pair: Pairs of orders x drivers x masks where orders were sampled, else None.
    """

    masks: np.ndarray
    gains: np.ndarray
    by_pair: np.ndarray | None


def averaging(drivers: int, rows: int, *, orders: int | None, rng: np.random.Generator) -> Averaging:
    """All subsets up to 12 drivers while that is little work, else those that sampled orders of entry pass.

    Args:
        rows: Distinct rows that each model is fitted on.
        orders: Pairs of orders to sample; 0: all subsets; None: as the work allows.
    """
    if orders == 0 or (orders is None and drivers <= MOST_EXACT and (rows + A_FIT) << drivers <= MOST_WORK):
        return Averaging(np.arange(1 << drivers), shapley_weights(drivers), None)
    pairs = orders or int(np.clip(MOST_WORK // (2 * (rows + A_FIT) * drivers), 10, 100))
    drawn = drawn_orders(drivers, pairs, rng)
    passed = np.cumsum(np.column_stack([np.zeros(len(drawn), np.int64), 1 << drawn]), axis=1)
    masks, place = np.unique(passed, return_inverse=True)
    place = place.reshape(passed.shape)
    by_pair = np.zeros((pairs, drivers, len(masks)))
    pair = np.arange(len(drawn)) // 2
    for step in range(drivers):
        np.add.at(by_pair, (pair, drawn[:, step], place[:, step + 1]), 0.5)
        np.add.at(by_pair, (pair, drawn[:, step], place[:, step]), -0.5)
    return Averaging(masks, by_pair.mean(0), by_pair)


def fit_subsets(
    rows: DesignRows, sizes: Sequence[int], masks: np.ndarray, *, fixed: int, group: np.ndarray, groups: int, counts: np.ndarray
) -> SubsetFits:  # fmt: skip
    """Fit the model of each subset, and say what draws of groups would make of it.

    The maximum in a draw is that of the draw's likelihood expanded to second order about the fit: the drawn weights of the
    fitted log-likelihoods, and half the drawn score's square. Errors are of third order.

    Args:
        rows: Design with `fixed` columns that are in every model first, then the drivers'.
        sizes: Columns of each driver.
        masks: Subsets, ascending.
        group: Of each data row, 0 to `groups` - 1; counts: draws x groups, how often each is drawn.
    """
    from scipy.sparse import csr_array

    weight = np.ones(rows.n) if rows.row_weight is None else rows.row_weight
    by_group = csr_array((weight, (group, rows.cell)), (groups, len(rows.y)))
    ends = fixed + np.cumsum(sizes)
    parameters: dict[int, dict] = {}
    loglik, drawn = np.empty(len(masks)), np.empty((len(masks), len(counts)))
    for k, mask in enumerate(masks.tolist()):
        columns = [
            *range(fixed),
            *(c for j in range(len(sizes)) if mask >> j & 1 for c in range(ends[j] - sizes[j], ends[j])),
        ]
        loglik[k], own, drawn[k] = _one(rows, columns, parameters.get(mask & (mask - 1)), by_group, counts)
        parameters[mask] = own
    levels = by_group @ np.eye(rows.levels)[rows.y]
    return SubsetFits(masks, loglik, drawn, float(_null(levels.sum(0)[None])[0]), _null(counts @ levels))


def _one(rows: DesignRows, columns: list[int], near: dict | None, by_group, counts: np.ndarray):
    """Log-likelihood, parameters by column (below 0: thresholds), and the log-likelihood in draws."""
    cuts = rows.levels - 1
    equal = group_rows([rows.x[:, c] for c in columns], rows.y, rows.levels, rows.weight)
    if not columns:
        share = rows.level_weights() / rows.weight.sum()
        theta = np.log(np.cumsum(share)[:-1] / (1 - np.cumsum(share)[:-1]))
        levels = by_group @ np.eye(rows.levels)[rows.y]
        return (
            float(_null(levels.sum(0)[None])[0]),
            dict(zip(range(-cuts, 0), theta, strict=True)),
            _null(counts @ levels),
        )
    names = [*range(-cuts, 0), *columns]
    start = None if near is None else np.array([near.get(name, 0.0) for name in names])
    fit = fit_cumulative(equal, start=start)
    if not np.isfinite(fit.loglik):
        fit = fit_cumulative(equal)
    at = np.concatenate([[-np.inf], fit.theta, [np.inf]])
    eta = equal.x @ fit.beta
    each = _log_between(at[equal.y] - eta, at[equal.y + 1] - eta)
    sums = by_group @ np.column_stack([each, influence_rows(fit, equal)])[equal.cell]
    moved = counts @ sums
    bend = np.linalg.pinv(fit.covariance, hermitian=True)
    drawn = moved[:, 0] + 0.5 * np.einsum("di,ij,dj->d", moved[:, 1:], bend, moved[:, 1:], optimize=True)
    return fit.loglik, dict(zip(names, fit.parameters, strict=True)), drawn


def _log_between(low: np.ndarray, high: np.ndarray) -> np.ndarray:
    """log(F(high) - F(low)) of the logistic distribution, without loss in the tails."""
    from scipy.special import log_expit

    with np.errstate(over="ignore", divide="ignore"):
        return log_expit(high) + log_expit(-low) + np.log1p(-np.exp(np.minimum(low - high, 0)))


def _null(levels: np.ndarray) -> np.ndarray:
    """Log-likelihood of the level weights (one row a draw) without drivers."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(levels > 0, levels * np.log(levels / levels.sum(1, keepdims=True)), 0.0).sum(1)
