"""Which few cells explain the residuals best: a penalised likelihood-ratio search over cuboids."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np

from ccsat.numerics.candidates import EVERYWHERE, Candidates

MOST = 12  # cells in one answer
TINY = 1e-9
COVERED = 0.8  # of a parent that chosen children (and crossing cells) hold, from which the parent is the name
EVEN = 0.25  # most relative spread of effects that counts as equal
MOST_GROWTH = 20.0  # a cell that grew more than so many times has no baseline to speak of


@dataclass(frozen=True, eq=False)
class Evidence:
    """What every leaf says about a change, and how much it weighs.

    An effect of strength b in a cell moves the current residuals of its leaves by b * `shape`; their noise has
    variance `shape / weight`. The baseline's own residuals correct the expected values cell by cell, so that a
    poor model of the baseline is not taken for a change; they vanish where the reference is known exactly.

    Attributes:
        residual1, residual0: Sum of values minus expected, per leaf, current and baseline.
        shape1, shape0: Rows times variance of one row's value at the expected mean.
        weight: Shape over variance, the leaf's weight in sums of residuals.
        noise0: Variance of `residual0`.
        square1: Sum of squared differences from the expected value, per leaf, times the dispersion: the spread as it
            is, for intervals. None where only sums are known.
        rows1, dispersion: Rows per leaf, and the multiple of the multinomial variance in `square1`.
        third1, third0: Third central moments of the residuals. None where they are taken as symmetric.
    """

    residual1: np.ndarray
    shape1: np.ndarray
    weight: np.ndarray
    residual0: np.ndarray | None = None
    shape0: np.ndarray | None = None
    noise0: np.ndarray | None = None
    square1: np.ndarray | None = None
    rows1: np.ndarray | None = None
    dispersion: float = 1.0
    third1: np.ndarray | None = None
    third0: np.ndarray | None = None


@dataclass(frozen=True, eq=False)
class Statistics:
    """Per candidate: the corrected sum of residuals, its variance and third moment over variance; and covariances
    on request.

    `uneven` holds, for cells already found, how much more their leaves scatter around the common effect than noise
    explains: inside such a cell a further cell must prove itself against that scatter.
    """

    gain: np.ndarray
    variance: np.ndarray
    lopsided: np.ndarray
    code: np.ndarray
    signs: tuple[int, ...]
    covariance: Callable[[int], np.ndarray]
    usable: np.ndarray
    pinned: tuple[int, ...] = ()
    uneven: dict[int, float] = field(default_factory=dict)
    _rows: dict[int, np.ndarray] = field(default_factory=dict)

    def row(self, cell: int) -> np.ndarray:
        """Covariances of one candidate with all."""
        if cell not in self._rows:
            self._rows[cell] = self.covariance(cell)
        return self._rows[cell]


@dataclass(frozen=True, eq=False)
class Scan:
    """The evidence summed over candidates."""

    candidates: Candidates
    evidence: Evidence
    information: np.ndarray
    ratio: np.ndarray  # of current to baseline information
    variance: np.ndarray
    lopsided: np.ndarray
    usable: np.ndarray

    @classmethod
    def of(cls, candidates: Candidates, evidence: Evidence) -> Scan:
        members = candidates.members
        information = members @ (evidence.weight * evidence.shape1)
        ratio = np.zeros(len(information))
        variance = information.copy()
        third = np.zeros(len(information))
        usable = information > TINY * max(information.max(initial=0.0), TINY)
        if evidence.third1 is not None:
            third = members @ (evidence.weight**3 * evidence.third1)
        if evidence.shape0 is not None:
            other = members @ (evidence.weight * evidence.shape0)
            usable &= other * MOST_GROWTH > information
            ratio = np.divide(information, other, out=np.zeros_like(information), where=usable)
            variance = information + ratio**2 * (members @ (evidence.weight**2 * evidence.noise0))
            third = third - ratio**3 * (members @ (evidence.weight**3 * evidence.third0))
        variance = np.where(usable, variance, 1.0)
        return cls(candidates, evidence, information, ratio, variance, np.where(usable, third / variance, 0.0), usable)

    def gains(self, residual1: np.ndarray, residual0: np.ndarray | None) -> np.ndarray:
        """Corrected, weighted sums of residuals per candidate; leaves may have several columns of draws."""
        weight = self.evidence.weight if residual1.ndim == 1 else self.evidence.weight[:, None]
        gain = self.candidates.members @ (weight * residual1)
        if residual0 is not None:
            ratio = self.ratio if residual1.ndim == 1 else self.ratio[:, None]
            gain = gain - ratio * (self.candidates.members @ (weight * residual0))
        return gain

    def covariance(self, cell: int) -> np.ndarray:
        """Covariance of one candidate's gain with that of every candidate."""
        inside = self.candidates.leaves(cell)
        part = self.candidates.members[:, inside]
        evidence = self.evidence
        shared = part @ (evidence.weight * evidence.shape1)[inside]
        if evidence.noise0 is not None:
            shared = shared + self.ratio * self.ratio[cell] * (part @ (evidence.weight**2 * evidence.noise0)[inside])
        return shared

    def statistics(self, direction: str, pinned: tuple[int, ...] = ()) -> Statistics:
        """Ready to search. `pinned` candidates are always in the fit and cost nothing."""
        return Statistics(
            self.gains(self.evidence.residual1, self.evidence.residual0), self.variance, self.lopsided, self.candidates.code,
            {"down": (-1,), "up": (1,), "both": (-1, 1)}[direction], self.covariance, self.usable, pinned,
        )  # fmt: skip

    def scatter(self, chosen: list[int], cells: list[int]) -> list[float]:
        """Per cell, variance of its leaves' residuals around the joint fit, over the noise assumed; at least 1."""
        evidence = self.evidence
        masks = np.array([self.candidates.mask(cell) for cell in chosen], dtype=float)
        left = evidence.residual1 - (self.joint(masks).effect @ masks) * evidence.shape1
        found = []
        for cell in cells:
            inside = self.candidates.leaves(cell)
            weight = evidence.weight[inside]
            counted = int((weight > 0).sum())
            noise = float(weight @ evidence.shape1[inside])
            if counted < 3 or cell == EVERYWHERE or noise <= 0:
                found.append(1.0)
            else:
                found.append(max(1.0, float(weight**2 @ left[inside] ** 2) / noise * counted / (counted - 1)))
        return found

    def joint(self, masks: np.ndarray) -> Joint:
        """Effects of these sets of leaves, fitted together."""
        masks = np.asarray(masks, dtype=float)
        evidence = self.evidence
        current = evidence.weight * evidence.shape1
        shared = (masks * current) @ masks.T
        gain = masks @ (evidence.weight * evidence.residual1)
        noise = shared.copy()
        third = np.zeros(len(masks)) if evidence.third1 is None else masks @ (evidence.weight**3 * evidence.third1)
        if evidence.shape0 is not None:
            information, other = masks @ current, masks @ (evidence.weight * evidence.shape0)
            ratio = np.divide(information, other, out=np.zeros(len(masks)), where=other > 0)
            gain = gain - ratio * (masks @ (evidence.weight * evidence.residual0))
            third = third - ratio**3 * (masks @ (evidence.weight**3 * evidence.third0))
            noise += np.outer(ratio, ratio) * ((masks * (evidence.weight**2 * evidence.noise0)) @ masks.T)
        inverse = solve(shared, np.eye(len(shared)))
        moved = masks @ evidence.shape1
        effect = inverse @ gain
        actual = noise
        if evidence.square1 is not None:
            rows = np.maximum(evidence.rows1, 1e-300)
            moved_each = (effect @ masks) * evidence.shape1
            off = (2 * moved_each * evidence.residual1 - moved_each**2) / rows
            square = evidence.square1 - evidence.dispersion * off
            actual = noise + (masks * (evidence.weight**2 * np.maximum(square, 0) - current)) @ masks.T
        spread = inverse @ actual @ inverse.T
        evidence_each = np.zeros(len(masks))
        for place in range(len(masks)):
            others = [item for item in range(len(masks)) if item != place]
            left, variance = gain[place], noise[place, place]
            if others:
                solved = solve(noise[np.ix_(others, others)], noise[others, place])
                left, variance = left - gain[others] @ solved, variance - noise[others, place] @ solved
            if variance > 0:
                evidence_each[place] = likelihood_ratio(left, np.float64(variance), third[place] / noise[place, place])
        return Joint(effect, effect * moved, np.sqrt(np.maximum(np.diag(spread), 0)) * moved, evidence_each)


@dataclass(frozen=True, eq=False)
class Joint:
    """Effects of several sets of leaves: the effect, the sum it moves with its standard error, and the likelihood
    ratio that each adds to the others."""

    effect: np.ndarray
    moved: np.ndarray
    error: np.ndarray
    ratio: np.ndarray


def solve(covariance: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Solution of a small symmetric system that may be singular (a cell and all its children)."""
    return np.linalg.pinv(covariance, rcond=1e-10, hermitian=True) @ right


def improvement(statistics: Statistics, chosen: list[int]) -> tuple[np.ndarray, np.ndarray]:
    """Likelihood ratio each candidate adds to the chosen ones, and the direction of its effect."""
    gain, variance = statistics.gain, statistics.variance
    if chosen:
        rows = np.array([statistics.row(cell) for cell in chosen])
        solved = solve(rows[:, chosen], rows)
        gain = gain - gain[chosen] @ solved
        variance = variance - np.einsum("kc,kc->c", rows, solved)
        for cell, row in zip(chosen, rows, strict=True):
            if cell in statistics.uneven:
                within = np.maximum(row - row**2 / row[cell], 0)
                variance = variance + (statistics.uneven[cell] - 1) * within
    fresh = statistics.usable & (variance > 1e-6 * statistics.variance)
    ratio = likelihood_ratio(gain, np.where(fresh, variance, np.inf), statistics.lopsided)
    allowed = np.isin(np.sign(gain), statistics.signs)
    return np.where(allowed, ratio, 0.0), np.sign(gain)


def likelihood_ratio(gain: np.ndarray, variance: np.ndarray, lopsided: np.ndarray) -> np.ndarray:
    """Log likelihood ratio of a sum against none, with its third moment.

    The sum counts as Poisson jumps of size third moment over variance: a few bad answers where hardly any are
    expected are weighed as rare events, not as if they were normal. Without a third moment, or where it would raise
    the ratio, it is gain^2 / 2 variance.
    """
    if not np.any(lopsided):
        return np.where(np.isfinite(variance), gain**2 / (2 * variance), 0.0)
    place = gain * lopsided / variance
    near = np.abs(place) < 1e-4
    safe = np.where(near, 1.0, np.maximum(place, -1.0))
    step = np.where(near, 1.0, lopsided)
    with np.errstate(divide="ignore", invalid="ignore"):
        jumps = np.where(safe <= -1, 1.0, (1 + safe) * np.log1p(safe) - safe)
        normal = gain**2 / (2 * variance)
        ratio = np.where(near, normal, np.minimum(variance / step**2 * jumps, normal))
    return np.where(np.isfinite(variance), ratio, 0.0)


def likelihood(statistics: Statistics, chosen: list[int]) -> float:
    """Log likelihood ratio of cells against none, one added after the other."""
    return float(sum(improvement(statistics, chosen[:place])[0][cell] for place, cell in enumerate(chosen)))


def search(statistics: Statistics, threshold: float, start: list[int] | None = None, most: int = MOST) -> list[int]:
    """Add the best cell while one pays for its name, swap, prune; the pinned cells come first.

    Args:
        threshold: What a cell must add to the log likelihood ratio beyond the length of its name.
        start: Cells to start from, the pinned ones first.
    """
    price = statistics.code + threshold
    chosen = list(start or statistics.pinned)
    fixed = len(statistics.pinned)

    met = set()
    while frozenset(chosen) not in met and len(met) < most:
        met.add(frozenset(chosen))
        while len(chosen) - fixed < most:
            score = improvement(statistics, chosen)[0] - price
            score[chosen] = -np.inf
            best = int(np.argmax(score))
            if score[best] <= 0:
                break
            chosen.append(best)
        for position in range(fixed, len(chosen) if len(chosen) > fixed + 1 else 0):
            others = chosen[:position] + chosen[position + 1 :]
            score = improvement(statistics, others)[0] - price
            score[others] = -np.inf
            best = int(np.argmax(score))
            if best != chosen[position] and score[best] > score[chosen[position]] + TINY:
                chosen = [*others[:position], best, *others[position:]]
        chosen = _prune(statistics, chosen, fixed, price)
    return chosen


def settle(scan: Scan, statistics: Statistics, threshold: float) -> tuple[list[int], Statistics]:
    """Search, then again against the scatter seen inside the cells found, until nothing moves.

    An effect is never quite even over its cell; where leaves are measured well, that unevenness would make
    echoes: further cells inside the true one.
    """
    chosen = tidy(scan, statistics, search(statistics, threshold), threshold)
    for _ in range(3):
        cells = [cell for cell in chosen if cell not in statistics.pinned]
        if not cells:
            break
        statistics = replace(statistics, uneven=dict(zip(cells, scan.scatter(chosen, cells), strict=True)))
        price = statistics.code + threshold
        start = _prune(statistics, chosen, len(statistics.pinned), price)
        again = tidy(scan, statistics, search(statistics, threshold, start), threshold)
        if set(again) == set(chosen):
            break
        chosen = again
    return chosen, statistics


def _prune(statistics: Statistics, chosen: list[int], fixed: int, price: np.ndarray) -> list[int]:
    """Drop the cell that pays least, until each one pays."""
    while len(chosen) > fixed:
        scores = []
        for position in range(fixed, len(chosen)):
            others = chosen[:position] + chosen[position + 1 :]
            scores.append(improvement(statistics, others)[0][chosen[position]] - price[chosen[position]])
        worst = int(np.argmin(scores))
        if scores[worst] > 0:
            break
        chosen = chosen[: fixed + worst] + chosen[fixed + worst + 1 :]
    return chosen


def tidy(scan: Scan, statistics: Statistics, chosen: list[int], threshold: float) -> list[int]:
    """Children that together are their parent become the parent; a cell inside a chosen one goes.

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
        inner = _nested(scan.candidates, chosen)
        if inner is None:
            break
        chosen = [item for item in chosen if item != inner]
    return _prune(statistics, chosen, fixed, price)


def _alike(scan: Scan, statistics: Statistics, parent: int, children: list[int], chosen: list[int]) -> bool:
    """Whether chosen children with equal effects leave of their parent only what other chosen cells hold.

    Where two cells cross, their effects need not add up, and the crossing alone would break up the parent.
    """
    cells = [*children, *(cell for cell in chosen if cell not in (parent, EVERYWHERE, *children))]
    covered = np.logical_or.reduce([scan.candidates.mask(cell) for cell in cells])
    weight = scan.evidence.weight * scan.evidence.shape1 * scan.candidates.mask(parent)
    effect = (statistics.gain / statistics.variance)[children]
    even = np.ptp(effect) <= EVEN * abs(effect.mean())
    own = np.logical_or.reduce([scan.candidates.mask(cell) for cell in children])
    return bool(even and weight[covered].sum() >= COVERED * weight.sum() and weight[own].sum() >= weight.sum() / 2)


def _nested(candidates: Candidates, chosen: list[int]) -> int | None:
    """A chosen cell inside another chosen one."""
    for other in chosen:
        if other == EVERYWHERE:
            continue
        inside = candidates.mask(other)
        for cell in chosen:
            if candidates.depth[cell] > candidates.depth[other] and inside[candidates.leaves(cell)].all():
                return cell
    return None


def _parents(candidates: Candidates, chosen: list[int]) -> list[int]:
    """Candidates of one dimension fewer that hold two or more of the chosen cells."""
    if len(chosen) < 2:
        return []
    ones = np.array([candidates.leaves(cell)[0] for cell in chosen])
    held = np.asarray(candidates.members[:, ones].sum(axis=1)).ravel()
    most = max(candidates.depth[cell] for cell in chosen)
    return [int(cell) for cell in np.flatnonzero((held >= 2) & (candidates.depth < most) & (candidates.depth > 0))]
