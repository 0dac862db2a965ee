"""What the leaves say about every cell: sums of residuals, their variances and covariances, and joint effects."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from ccsat.numerics.candidates import Candidates

TINY = 1e-9
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
        level: Expected value per leaf, along which an effect may grow. None where it may not.
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
    level: np.ndarray | None = None

    @cached_property
    def information(self) -> np.ndarray:
        """Variance of each leaf's weighted current residual."""
        return self.weight * self.shape1

    @cached_property
    def uncertain(self) -> np.ndarray:
        """Variance of each leaf's weighted baseline residual."""
        return self.weight**2 * self.noise0


@dataclass(frozen=True, eq=False)
class Column:
    """A weighted set of leaves beside the candidates: its gain, and its covariance with every candidate."""

    weights: np.ndarray
    ratio: float
    gain: float
    against: Callable[[Column], np.ndarray]

    @cached_property
    def row(self) -> np.ndarray:
        """Computed where it is asked for: most columns are offered and not taken."""
        return self.against(self)


@dataclass(frozen=True, eq=False)
class Company:
    """What chosen cells bring along: free columns with their covariances, and the statistics in their light.

    `statistics` is None where the leaves of the chosen cells scatter no more than noise explains; else it has those
    leaves weigh as little as their scatter says, so that a further cell must prove itself against it.
    """

    columns: tuple[Column, ...] = ()
    shared: np.ndarray = field(default_factory=lambda: np.zeros((0, 0)))
    statistics: Statistics | None = None


@dataclass(frozen=True, eq=False)
class Statistics:
    """Per candidate: the corrected sum of residuals, its variance and third moment over variance.

    On request: covariances, the company of chosen cells, and which candidates lie inside one.
    """

    gain: np.ndarray
    variance: np.ndarray
    lopsided: np.ndarray
    code: np.ndarray
    signs: tuple[int, ...]
    covariance: Callable[[int], np.ndarray]
    usable: np.ndarray
    pinned: tuple[int, ...] = ()
    company: Callable[[Statistics, list[int]], Company] | None = None
    inside: Callable[[int], np.ndarray] | None = None
    _rows: dict[int, np.ndarray] = field(default_factory=dict)
    _met: dict[tuple[int, ...], Company] = field(default_factory=dict)
    improved: dict[tuple[int, ...], tuple[np.ndarray, np.ndarray]] = field(init=False, default_factory=dict)

    def row(self, cell: int) -> np.ndarray:
        """Covariances of one candidate with all."""
        if cell not in self._rows:
            self._rows[cell] = self.covariance(cell)
        return self._rows[cell]

    def beside(self, chosen: list[int]) -> Company:
        """The company of these cells."""
        if self.company is None or not chosen:
            return Company()
        key = tuple(sorted(chosen))
        if key not in self._met:
            self._met[key] = self.company(self, list(key))
        return self._met[key]


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
        inside = self.candidates.mask(cell)
        evidence = self.evidence
        shared = self.candidates.members @ (evidence.information * inside)
        if evidence.noise0 is not None:
            other = self.candidates.members @ (evidence.uncertain * inside)
            shared += self.ratio * self.ratio[cell] * other
        return shared

    def among(self, cells: np.ndarray) -> np.ndarray:
        """Covariances of the gains of some candidates with each other."""
        members, ratio, evidence = self.candidates.members[cells], self.ratio[cells], self.evidence
        shared = (members.multiply(evidence.information).tocsr() @ members.T).toarray()
        if evidence.noise0 is not None:
            shared += np.outer(ratio, ratio) * (members.multiply(evidence.uncertain).tocsr() @ members.T).toarray()
        return shared

    def statistics(self, direction: str, pinned: tuple[int, ...] = ()) -> Statistics:
        """Ready to search. `pinned` candidates are always in the fit and cost nothing."""
        return Statistics(
            self.gains(self.evidence.residual1, self.evidence.residual0), self.variance, self.lopsided, self.candidates.code,
            {"down": (-1,), "up": (1,), "both": (-1, 1)}[direction], self.covariance, self.usable, pinned,
        )  # fmt: skip

    def column(self, weights: np.ndarray, ratio: float) -> Column:
        """A weighted set of leaves, its baseline corrected by this ratio."""
        evidence = self.evidence
        current = weights * evidence.weight
        gain = float(current @ evidence.residual1)
        if evidence.noise0 is not None:
            gain -= ratio * float(current @ evidence.residual0)
        return Column(weights, ratio, gain, lambda column: self.beside(column, self.candidates.members, self.ratio))

    def beside(self, column: Column, masks: np.ndarray, ratio: np.ndarray) -> np.ndarray:
        """Covariances of a column with these sets of leaves, whose baselines are corrected by these ratios."""
        evidence = self.evidence
        row = masks @ (column.weights * evidence.information)
        if evidence.noise0 is not None:
            row = row + ratio * column.ratio * (masks @ (column.weights * evidence.uncertain))
        return row

    def shared(self, one: Column, other: Column) -> float:
        """Covariance of the gains of two columns."""
        evidence = self.evidence
        both = one.weights * other.weights
        found = float(both @ evidence.information)
        if evidence.noise0 is not None:
            found += one.ratio * other.ratio * float(both @ evidence.uncertain)
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
    if len(covariance) == 1:
        return right / covariance[0, 0] if covariance[0, 0] else np.zeros_like(right)
    size, turn = np.linalg.eigh(covariance)
    kept = np.abs(size) > 1e-10 * np.abs(size).max(initial=0.0)
    return (turn[:, kept] / size[kept] @ turn[:, kept].T) @ right


def likelihood_ratio(gain: np.ndarray, variance: np.ndarray, lopsided: np.ndarray) -> np.ndarray:
    """Log likelihood ratio of a sum against none, with its third moment.

    The sum counts as Poisson jumps of size third moment over variance: a few bad answers where hardly any are
    expected are weighed as rare events, not as if they were normal. Without a third moment, or where it would raise
    the ratio, it is gain^2 / 2 variance. A variance of infinity says nothing: 0.
    """
    if not np.any(lopsided):
        return gain**2 / (2 * variance)
    place = gain * lopsided / variance
    near = np.abs(place) < 1e-4
    safe = np.where(near, 1.0, np.maximum(place, -1.0))
    step = np.where(near, 1.0, lopsided)
    with np.errstate(divide="ignore", invalid="ignore"):
        jumps = np.where(safe <= -1, 1.0, (1 + safe) * np.log1p(safe) - safe)
        normal = gain**2 / (2 * variance)
        ratio = np.where(near, normal, np.minimum(variance / step**2 * jumps, normal))
    return ratio
