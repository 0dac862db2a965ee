"""What chosen cells bring along into the fit, so that their own shape is not taken for further cells."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import combinations

import numpy as np

from ccsat.numerics.candidates import EVERYWHERE
from ccsat.numerics.scan import Column, Company, Scan, Statistics, solve

LEAST_COUNTED = 3  # leaves from which a cell's scatter is seen
EVEN_ENOUGH = 1.25  # times the noise, up to which scatter is left alone


def keep_company(scan: Scan, threshold: float) -> Callable[[Statistics, list[int]], Company]:
    """The company of any chosen cells, found anew for each set of them.

    - Where two cells cross, their effects need not add up: the crossing is free where that explains enough.
    - An effect may grow with the expected value: so is its slope.
    - An effect is never quite even over its cell. Where leaves are measured well, that unevenness would make echoes,
      further cells inside the true one; they are judged against it.

    Args:
        threshold: What a free column must add to the log likelihood ratio.
    """

    seen_masks: dict[int, np.ndarray] = {}

    def company(statistics: Statistics, chosen: list[int]) -> Company:
        for cell in chosen:
            if cell not in seen_masks:
                seen_masks[cell] = scan.candidates.mask(cell)
        held = {cell: seen_masks[cell] for cell in chosen}
        masks = np.array([held[cell] for cell in chosen], dtype=float)
        columns, shared = _free(scan, statistics, held, masks, threshold)
        cells = [cell for cell in chosen if cell not in statistics.pinned]
        if columns:
            masks = np.vstack([masks, *(column.weights for column in columns)])
        uneven = np.ones(masks.shape[1])
        for cell, scatter in zip(cells, _scatter(scan, masks, cells), strict=True):
            inside = scan.candidates.leaves(cell)
            uneven[inside] = np.maximum(uneven[inside], scatter)
        if uneven.max() <= EVEN_ENOUGH:
            return Company(tuple(columns), shared)
        seen = Scan.of(scan.candidates, replace(scan.evidence, weight=scan.evidence.weight / uneven))
        columns = [seen.column(column.weights, column.ratio) for column in columns]
        shared = np.array([[seen.shared(one, other) for other in columns] for one in columns])
        return Company(tuple(columns), shared.reshape(len(columns), len(columns)), seen.statistics("both"))

    return company


def _free(
    scan: Scan, statistics: Statistics, held: dict[int, np.ndarray], masks: np.ndarray, threshold: float
) -> tuple[list[Column], np.ndarray]:
    """Crossings and slopes that explain enough beside the chosen cells, and their covariances."""
    chosen = list(held)
    gains = statistics.gain[chosen]
    shared = np.array([statistics.row(cell)[chosen] for cell in chosen])
    inverse = solve(shared, np.eye(len(shared)))
    count = len(chosen)
    columns: list[Column] = []
    for offered in _offers(scan, statistics, held):
        own = scan.shared(offered, offered)
        beside = np.r_[scan.beside(offered, masks, scan.ratio[chosen]), [scan.shared(offered, c) for c in columns]]
        solved = inverse @ beside
        gain, variance = offered.gain - gains @ solved, own - beside @ solved
        if variance > 1e-6 * own and gain**2 / (2 * variance) > threshold:
            columns.append(offered)
            shared = np.block([[shared, beside[:, None]], [beside[None, :], np.array([[own]])]])
            inverse, gains = solve(shared, np.eye(len(shared))), np.r_[gains, offered.gain]
    return columns, shared[count:, count:]


def _offers(scan: Scan, statistics: Statistics, masks: dict[int, np.ndarray]):
    """Columns that may stand beside the chosen cells."""
    level = scan.evidence.level
    cells = [cell for cell in masks if cell != EVERYWHERE]
    met = []
    for one, other in combinations(cells, 2):
        both = masks[one] & masks[other]
        if both.any() and (both != masks[one]).any() and (both != masks[other]).any():
            met.append((one, other, both))
            yield scan.column(both.astype(float), float(np.sqrt(scan.ratio[one] * scan.ratio[other])))
    for one, other, both in met:
        for third in cells:
            if third > max(one, other) and (both & masks[third]).any() and (both & ~masks[third]).any():
                ratio = float(np.cbrt(scan.ratio[[one, other, third]].prod()))
                yield scan.column((both & masks[third]).astype(float), ratio)
    if level is None:
        return
    for cell in masks:
        if cell in statistics.pinned:
            continue
        weight = scan.evidence.information * masks[cell]
        total = weight.sum()
        if total > 0:
            yield scan.column(np.where(masks[cell], level - weight @ level / total, 0.0), float(scan.ratio[cell]))


def _scatter(scan: Scan, masks: np.ndarray, cells: list[int]) -> list[float]:
    """Per cell, variance of its leaves' residuals around the joint fit, over the noise assumed; at least 1."""
    square = squares_left(scan, masks)
    found = []
    for cell in cells:
        inside = scan.candidates.leaves(cell)
        counted = int((scan.evidence.weight[inside] > 0).sum())
        noise = float(scan.evidence.information[inside].sum())
        if counted < LEAST_COUNTED or cell == EVERYWHERE or noise <= 0:
            found.append(1.0)
        else:
            found.append(max(1.0, float(square[inside].sum()) / noise * counted / (counted - 1)))
    return found


def squares_left(scan: Scan, masks: np.ndarray) -> np.ndarray:
    """Per leaf, the weighted square of what a joint fit of these weighted sets leaves over."""
    evidence = scan.evidence
    gain = masks @ (evidence.weight * evidence.residual1)
    shared = (masks * evidence.information) @ masks.T
    left = evidence.weight * (evidence.residual1 - (solve(shared, gain) @ masks) * evidence.shape1)
    return left * left
