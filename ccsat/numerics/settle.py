"""From the cells a search finds to the fewest names that say the same."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np

from ccsat.numerics.candidates import EVERYWHERE, Candidates
from ccsat.numerics.company import keep_company
from ccsat.numerics.pursuit import improvement, likelihood, prune, search
from ccsat.numerics.scan import Scan, Statistics

COVERED = 0.8  # of a parent that chosen children (and crossing cells) hold, from which the parent is the name
EVEN = 0.25  # most relative spread of effects that counts as equal


def settle(scan: Scan, statistics: Statistics, threshold: float) -> tuple[list[int], Statistics]:
    """Search and tidy until nothing moves, each cell judged beside the company of the others."""
    inside = None if statistics.pinned else cache(scan.candidates.inside)
    statistics = replace(statistics, company=keep_company(scan, threshold), inside=inside)
    chosen: list[int] = list(statistics.pinned)
    for _ in range(3):
        again = tidy(scan, statistics, search(statistics, threshold, chosen), threshold)
        if set(again) == set(chosen):
            break
        chosen = again
    return chosen, statistics


def tidy(scan: Scan, statistics: Statistics, chosen: list[int], threshold: float) -> list[int]:
    """Children that together are their parent become the parent; of a cell inside another one the weaker goes.

    Where cells are compared with the rest (a pinned candidate), a bad cell inside a bad one stays: nothing says that
    the rest was alike before.
    """
    fixed = len(statistics.pinned)
    price = statistics.code + threshold
    for parent in _parents(scan.candidates, chosen[fixed:]):
        inside = scan.candidates.mask(parent)
        children = [cell for cell in chosen[fixed:] if cell != parent and inside[scan.candidates.leaves(cell)].all()]
        if len(children) < 2 or parent in chosen:
            continue
        trial = [cell for cell in chosen if cell not in children] + [parent]
        worth = [likelihood(statistics, cells) - price[cells[fixed:]].sum() for cells in (chosen, trial)]
        if worth[1] > worth[0] or not fixed and _alike(scan, statistics, parent, children, chosen):
            chosen = trial
    while not fixed:
        pair = _nested(scan.candidates, chosen)
        if pair is None:
            break
        score = improvement(statistics, [item for item in chosen if item not in pair])[0] - price
        chosen = [item for item in chosen if item != min(pair, key=score.__getitem__)]
    return prune(statistics, chosen, fixed, price)


def _alike(scan: Scan, statistics: Statistics, parent: int, children: list[int], chosen: list[int]) -> bool:
    """Whether chosen children with equal effects leave of their parent only what other chosen cells hold.

    Where two cells cross, their effects need not add up, and the crossing alone would break up the parent.
    """
    cells = [*children, *(cell for cell in chosen if cell not in (parent, EVERYWHERE, *children))]
    covered = np.logical_or.reduce([scan.candidates.mask(cell) for cell in cells])
    weight = scan.evidence.shape1 * scan.candidates.mask(parent)
    effect = (statistics.gain / statistics.variance)[children]
    even = np.ptp(effect) <= EVEN * abs(effect.mean())
    own = np.logical_or.reduce([scan.candidates.mask(cell) for cell in children])
    return bool(even and weight[covered].sum() >= COVERED * weight.sum() and weight[own].sum() >= weight.sum() / 2)


def _nested(candidates: Candidates, chosen: list[int]) -> tuple[int, int] | None:
    """A chosen cell inside another chosen one, and that other."""
    for other in chosen:
        if other == EVERYWHERE:
            continue
        inside = candidates.mask(other)
        for cell in chosen:
            if candidates.depth[cell] > candidates.depth[other] and inside[candidates.leaves(cell)].all():
                return cell, other
    return None


def _parents(candidates: Candidates, chosen: list[int]) -> list[int]:
    """Candidates of one dimension fewer that hold two or more of the chosen cells."""
    if len(chosen) < 2:
        return []
    ones = np.array([candidates.leaves(cell)[0] for cell in chosen])
    held = np.asarray(candidates.members[:, ones].sum(axis=1)).ravel()
    most = max(candidates.depth[cell] for cell in chosen)
    return [int(cell) for cell in np.flatnonzero((held >= 2) & (candidates.depth < most) & (candidates.depth > 0))]
