"""From the cells a search finds to the fewest names that say the same."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np

from ccsat.numerics.candidates import EVERYWHERE, Candidates
from ccsat.numerics.company import keep_company
from ccsat.numerics.pursuit import MOST, added, improvement, likelihood, prune, search
from ccsat.numerics.scan import Scan, Statistics

COVERED = 0.8  # of a parent that chosen children (and crossing cells) hold, from which the parent is the name
EVEN = 0.25  # most relative spread of effects that counts as equal
SURE = 3.0


def settle(
    scan: Scan, statistics: Statistics, threshold: float, *, parts: bool = False
) -> tuple[list[int], Statistics]:
    """Search and tidy until nothing moves, each cell judged beside the company of the others.

    Args:
        parts: Several values of a dimension may be told as one cell, so that a parent of which only some moved is their union.
    """
    inside = None if statistics.pinned else cache(scan.candidates.inside)
    statistics = replace(statistics, company=keep_company(scan, threshold), inside=inside)
    chosen: list[int] = list(statistics.pinned)
    for _ in range(3):
        again = tidy(scan, statistics, search(statistics, threshold, chosen), threshold, parts=parts)
        if parts:
            again = tidy(scan, statistics, split(scan, statistics, again, threshold), threshold, parts=True)
        if set(again) == set(chosen):
            break
        chosen = again
    return chosen, statistics


def split(scan: Scan, statistics: Statistics, chosen: list[int], threshold: float) -> list[int]:
    """A cell of which only some parts moved becomes those parts, where they describe the data better.

    The search adds one cell at a time, and the first of several parts is not worth as much as all of their parent. Only
    where the rest of the parent stood still are its parts a better account of it.
    """
    if statistics.inside is None or scan.evidence.rows1 is None:  # of sums, the noise itself is only guessed
        return chosen
    price = statistics.code + threshold
    alone = replace(statistics, company=None)
    for cell in [one for one in chosen if one != EVERYWHERE]:
        within = statistics.inside(cell)
        if not within.any() or (improvement(statistics, chosen)[0] - price)[within].max() <= 0:
            continue
        others = [item for item in chosen if item != cell]
        trial = list(others)
        while len(trial) - len(others) < MOST:
            score = np.where(within, improvement(alone, trial)[0] - price, -np.inf)
            score[trial] = -np.inf
            best = int(np.argmax(score))
            if score[best] <= 0:
                break
            trial.append(best)
        parts = trial[len(others) :]
        if len(parts) < 2 or not _still(scan, cell, others, parts):
            continue
        if _worth(statistics, trial, price) > _worth(statistics, chosen, price):
            chosen = trial
    return chosen


def _worth(statistics: Statistics, chosen: list[int], price: np.ndarray) -> float:
    """Log likelihood ratio of these cells less names and prices."""
    fixed = len(statistics.pinned)
    return likelihood(statistics, chosen) - float(price[chosen[fixed:]].sum())


def tidy(scan: Scan, statistics: Statistics, chosen: list[int], threshold: float, *, parts: bool = False) -> list[int]:
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
        worth = [_worth(statistics, cells, price) for cells in (chosen, trial)]
        if worth[1] > worth[0] or not fixed and _alike(scan, statistics, parent, children, chosen, parts):
            chosen = trial
    while not fixed:
        pair = _nested(scan.candidates, chosen)
        if pair is None:
            break
        others = [item for item in chosen if item not in pair]
        weaker = min(pair, key=lambda cell: added(statistics, others, cell) - price[cell])
        chosen = [item for item in chosen if item != weaker]
    return prune(statistics, chosen, fixed, price)


def _alike(
    scan: Scan, statistics: Statistics, parent: int, children: list[int], chosen: list[int], parts: bool
) -> bool:
    """Whether chosen children with equal effects leave of their parent only what other chosen cells hold.

    Where two cells cross, their effects need not add up, and the crossing alone would break up the parent.
    """
    cells = [*children, *(cell for cell in chosen if cell not in (parent, EVERYWHERE, *children))]
    covered = np.logical_or.reduce([scan.candidates.mask(cell) for cell in cells])
    weight = scan.evidence.shape1 * scan.candidates.mask(parent)
    effect = (statistics.gain / statistics.variance)[children]
    even = np.ptp(effect) <= EVEN * abs(effect.mean())
    own = np.logical_or.reduce([scan.candidates.mask(cell) for cell in children])
    enough = weight[covered].sum() >= COVERED * weight.sum() and weight[own].sum() >= weight.sum() / 2
    return bool(even and enough and not (parts and _still(scan, parent, cells[len(children) :], children)))


def _still(scan: Scan, parent: int, others: list[int], children: list[int]) -> bool:
    """Whether the rest of a parent, but for what other cells hold, stood still rather than moved like its children."""
    if scan.evidence.rows1 is None:
        return False
    masks = np.array([scan.candidates.mask(cell) for cell in children])
    rest = scan.candidates.mask(parent) & ~masks.any(axis=0)
    for cell in others:
        if cell != EVERYWHERE:
            rest &= ~scan.candidates.mask(cell)
    effect = float(scan.joint(masks).moved.sum() / (masks.any(axis=0) @ scan.evidence.shape1))
    evidence = scan.evidence
    information = float(evidence.information[rest].sum())
    if information <= 0:
        return False
    gain, variance = float((evidence.weight * evidence.residual1)[rest].sum()), information
    if evidence.shape0 is not None:
        other = float((evidence.weight * evidence.shape0)[rest].sum())
        ratio = information / other if other > 0 else 0.0
        gain -= ratio * float((evidence.weight * evidence.residual0)[rest].sum())
        variance += ratio**2 * float(evidence.uncertain[rest].sum())
    found = gain / information
    return (effect - found) ** 2 - found**2 > 2 * SURE * variance / information**2


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
