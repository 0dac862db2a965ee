"""Cells that look as if they moved, and how many more ratings would decide it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ccsat.numerics.candidates import EVERYWHERE
from ccsat.numerics.nulls import adjusted_p
from ccsat.numerics.pursuit import improvement
from ccsat.numerics.scan import Scan, Statistics

MOST = 3
NEARLY = 0.3  # chance of any such cell without a change, up to which a cell is worth waiting for
LEAST_RATIO = 2.0  # nats: two standard errors
POWER = 0.8416212335729143  # standard errors more than the bar, so that four in five such moves pass it


@dataclass(frozen=True)
class Nearly:
    """A cell just below the bar.

    Attributes:
        cell: Of the candidates.
        moved: What it seems to move, as a sum of residuals.
        z: Its move in standard errors, given the cells found. `needed`: what the bar asks.
        p_adjusted: Chance of any such cell without a change.
        more: How many more current ratings in the cell would decide it, with the baseline as it is, or growing alike
            where no number of current ones would do.
    """

    cell: int
    moved: float
    z: float
    needed: float
    p_adjusted: float
    more: float


def nearly_found(
    scan: Scan,
    statistics: Statistics,
    chosen: list[int],
    price: float,
    maxima: np.ndarray,
    support: np.ndarray,
    min_n: float,
) -> list[Nearly]:
    """Up to three cells that would be found if they moved as they seem to and there were more ratings; best first.

    A likelihood ratio grows with the rows, so the rows needed are those at which it reaches name and price, with a margin
    for 80 % power.

    Assumes:
        The move is as large as it looks; of cells picked for their looks it is less, so the number is a least one.
    """
    picked, found = list(dict.fromkeys([*statistics.pinned, *chosen])), []
    candidates = scan.candidates
    while len(found) < MOST:
        ratio, sign = improvement(statistics, picked)
        score = ratio - statistics.code
        score[[EVERYWHERE, *picked]] = -np.inf
        cell = int(np.argmax(score))
        chance = float(adjusted_p(score[cell], maxima)) if np.isfinite(score[cell]) else 1.0
        if chance > NEARLY or ratio[cell] < LEAST_RATIO:
            break
        picked.append(cell)
        rows = float(support[candidates.leaves(cell)].sum())
        inside = candidates.mask(cell)
        covered = any((candidates.mask(other) & inside).sum() in (inside.sum(), candidates.mask(other).sum())
                      for other in chosen if other != EVERYWHERE)  # fmt: skip
        if rows < min_n or covered:
            continue
        z, needed = np.sqrt(2 * ratio[cell]), np.sqrt(2 * (statistics.code[cell] + price)) + POWER
        masks = np.array([candidates.mask(one) for one in picked if one not in statistics.pinned], dtype=float)
        moved = float(scan.joint(masks).moved[-1])
        found.append(
            Nearly(
                cell, moved, float(sign[cell] * z), float(needed), chance, more_rows(rows, scan.ratio[cell], z, needed)
            )
        )
    return found


def more_rows(rows: float, ratio: float, z: float, needed: float) -> float:
    """Current ratings to add until a move of `z` standard errors has `needed`.

    The variance of the move is one part the current rows' and `ratio` parts the baseline's.

    Args:
        rows: Current ratings there are.
        ratio: Current to baseline information; 0 where the reference is exact.
    """
    times = (needed / z) ** 2
    left = (1 + ratio) / times - ratio  # of the current rows' own part of the variance
    if left > 0 and 1 / left <= 4 * times:
        return float(np.ceil(rows * (1 / left - 1)))
    return float(np.ceil(rows * (times - 1)))
