"""From the cells a search settled on to those that are told: no finer, and no wider, than the data show."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import groupby

import numpy as np
from scipy.special import gammaln

from ccsat.engine.base import NULL_LEVEL
from ccsat.numerics.candidates import EVERYWHERE
from ccsat.numerics.pursuit import improvement, search
from ccsat.numerics.scan import Scan, Statistics, solve
from ccsat.numerics.settle import tidy
from ccsat.stages.likely import DECLARED
from ccsat.stages.siblings import Group, join_siblings

SURE = 3.0  # nats, with the log of how many were looked at: a chance of 5 % at most
MOST_PART = 0.5  # of everything, from which one level alone may stand for it
TELLING = 2.0  # nats that the rest would add had it moved alike: below, nothing can be said of the rest
PIECES = 0.5  # of a cohort's rows, from which what was found of it is the cohort
HELD = 0.8  # of the pieces' points that the cohort alone must hold
ENTERED = 3.0  # times the share before, from which a level is one that people came into
STILL = 2.0  # standard errors within which a rest stood still

Carried = Callable[[str], bool]


@dataclass(eq=False)
class Naming:
    """Names the cells of one search.

    Attributes:
        dims, codes, labels: Of the leaves.
        price: What a cell must add to the log likelihood ratio beyond its name.
        carried: Whether customers carry a dimension (a campaign, a region), so that it is the same in all their contacts.
        explained: Each cell told will be explained by itself: names are no finer and no wider than shown, and values that each
            stand beyond doubt are not joined.
        declared: Candidates that are the scope of a change registered for the current period: places where something is known to
            have happened, so that of two names the data hardly tell apart theirs is the likelier.
    """

    scan: Scan
    statistics: Statistics
    dims: tuple[str, ...]
    codes: np.ndarray
    labels: tuple[np.ndarray, ...]
    price: float
    carried: Carried | None = None
    explained: bool = False
    declared: frozenset[int] = frozenset()
    stands_for: dict[int, int] = field(default_factory=dict)  # level that people came into -> the cell it was found by

    @cached_property
    def _places(self) -> dict[tuple[int, ...], np.ndarray]:
        columns = self.scan.candidates.columns  # those of one cuboid stand together
        found = groupby(range(len(columns)), columns.__getitem__)
        return {cuboid: np.fromiter(cells, dtype=np.int64) for cuboid, cells in found}

    def tell(self, chosen: list[int], *, unions: bool) -> tuple[list[Group], bool]:
        """Groups of candidates, each told as one cell, and whether everything moved as well."""
        chosen = self.narrow(self.widen(chosen)) if self.explained else chosen
        cells = [cell for cell in chosen if cell != EVERYWHERE]
        if not unions or not cells:
            groups: list[Group] = [(cell,) for cell in cells]
            return (self.entered(groups) if self.explained else groups), EVERYWHERE in chosen
        groups = join_siblings(
            self.scan, self.statistics, self.codes, chosen, self.price, apart=self.explained, declared=self.declared
        )
        groups = self.gather(groups, EVERYWHERE in chosen)
        return (self.entered(groups) if self.explained else groups), EVERYWHERE in chosen

    def without_most(self) -> list[int]:
        """What a search chooses that may not name cells that hold most of everything."""
        statistics = replace(self.statistics, usable=self.statistics.usable & ~self._most)
        return tidy(self.scan, statistics, search(statistics, self.price), self.price)

    def holds_most(self, groups: list[Group]) -> bool:
        """Whether one of these cells alone holds most of everything: it may hide smaller ones inside."""
        return any(self._most[group[0]] for group in groups)

    @property
    def _most(self) -> np.ndarray:
        return self.scan.information >= MOST_PART * self.scan.information[EVERYWHERE]

    def worth(self, groups: list[Group], shifted: bool) -> float:
        """How well these cells together describe the data: log likelihood ratio less names and prices."""
        every = [*groups, *([(EVERYWHERE,)] if shifted else [])]
        if not every:
            return 0.0
        statistics = self.statistics
        flat = np.array([cell for group in every for cell in group])
        rows = np.array([statistics.row(cell)[flat] for cell in flat])
        adder = np.repeat(np.eye(len(every)), [len(group) for group in every], axis=1)
        gain, covariance = adder @ statistics.gain[flat], adder @ rows @ adder.T
        names = sum(float(statistics.code[group[0]]) + self._choices(group) for group in every)
        return float(gain @ solve(covariance, gain)) / 2 - names - self.price * len(every)

    def _choices(self, group: Group) -> float:
        """Length of the name of a subset of siblings."""
        if len(group) == 1:
            return 0.0
        candidates = self.scan.candidates
        columns = candidates.columns[group[0]]
        codes = self.codes[candidates.first[list(group)]][:, columns]
        kept = [column for column, several in zip(columns, (codes != codes[0]).any(axis=0), strict=True) if not several]
        here = self.codes[candidates.first[group[0]], kept]
        same = [cell for cell, name in enumerate(candidates.columns) if name == columns]
        siblings = int((self.codes[candidates.first[same]][:, kept] == here).all(axis=1).sum())
        return float(gammaln(siblings + 1) - gammaln(len(group) + 1) - gammaln(siblings - len(group) + 1))

    def widen(self, chosen: list[int]) -> list[int]:
        """A cell becomes its parent where nothing shows that the rest of the parent did otherwise.

        Of a parent's many children one looks worst by chance, so a child must beat its parent by the log of their number.
        """
        if self.statistics.pinned:
            return chosen
        for cell in sorted(chosen, key=lambda one: -self.scan.candidates.depth[one]):
            parent = self._parent(cell, [item for item in chosen if item != cell])
            if parent is not None:
                chosen = [parent if item == cell else item for item in chosen]
        return chosen

    def _parent(self, cell: int, others: list[int]) -> int | None:
        candidates = self.scan.candidates
        columns = candidates.columns[cell]
        if len(columns) < 2:
            return None
        alone, sign = improvement(self.statistics, others)
        found = []
        for left in columns:
            parent = self._place([column for column in columns if column != left], cell)
            if parent is None or parent in others or sign[parent] != sign[cell]:
                continue
            worth = alone[parent] - self.statistics.code[parent] - self.price
            added = improvement(replace(self.statistics, company=None), [*others, parent])[0][cell]
            bar = SURE + np.log(self._children(parent)) + DECLARED * (parent in self.declared)
            if worth > 0 and added < bar and cell not in self.declared:
                found.append((worth, parent))
        return max(found)[1] if found else None

    def _children(self, parent: int) -> int:
        candidates = self.scan.candidates
        columns, rows = candidates.columns[parent], candidates.leaves(parent)
        free = [column for column in range(self.codes.shape[1]) if column not in columns]
        return max(sum(len(np.unique(self.codes[rows, column])) for column in free), 1)

    def _place(self, columns: list[int], cell: int) -> int | None:
        first = self.scan.candidates.first
        same = self._places.get(tuple(columns), np.zeros(0, dtype=np.int64))  # candidates of one cuboid stand together
        found = same[(self.codes[first[same]][:, columns] == self.codes[first[cell], columns]).all(axis=1)]
        return int(found[0]) if len(found) else None

    def narrow(self, chosen: list[int]) -> list[int]:
        """Everything, where nothing else was found, becomes the one level that holds most of it, where the rest stood still.

        That level fell either way; that the rest fell too is a claim of its own. Only levels are asked whose rest is large
        enough to show a move, and the level alone must describe the data better than everything; a level that a
        registered change names may do so a little worse.
        """
        if chosen != [EVERYWHERE] or self.statistics.pinned:
            return chosen
        added, sign = improvement(self.statistics, [])
        information = self.scan.information
        part = information / information[EVERYWHERE]
        asked = [cell for cell in np.flatnonzero((self.scan.candidates.depth == 1) & (part >= MOST_PART))
                 if (1 - part[cell]) * added[EVERYWHERE] >= TELLING and sign[cell] == sign[EVERYWHERE]]  # fmt: skip
        asked = [int(cell) for cell in asked if self._level(cell) not in (None, NULL_LEVEL)]
        likely = added + DECLARED * np.isin(np.arange(len(added)), list(self.declared))
        best = max(asked, key=lambda cell: likely[cell], default=EVERYWHERE)
        return [best] if likely[best] > added[EVERYWHERE] else chosen

    def entered(self, groups: list[Group]) -> list[Group]:
        """Cells whose fall is that of people who came in are told by the level that these came into.

        A level that grew has little baseline of its own, so a cell that it was led into moves more surely than the level does; but
        where the cell without it stood still, nothing happened to the cell.
        """
        evidence = self.scan.evidence
        if self.statistics.pinned or evidence.shape0 is None or evidence.rows1 is None:
            return groups
        for level in self._grown:
            inside = self.scan.candidates.mask(level)
            led = [group for group in groups if group != (level,) and self._only_by(self._mask(group), inside)]
            if not led:
                continue
            held = np.logical_or.reduce([self._mask(group) for group in led]) & inside
            if evidence.rows1[held].sum() >= MOST_PART * evidence.rows1[inside].sum():
                self.stands_for[level] = self.stands_for.get(led[0][0], led[0][0])
                groups = [(level,), *(group for group in groups if group not in led and group != (level,))]
        return groups

    def mirrored(self, groups: list[Group]) -> bool:
        """Whether cells that went the other way hold most of a shift of everything: then it was no shift of everything."""
        moved = self.scan.joint(np.array([*map(self._mask, groups), self.scan.candidates.mask(EVERYWHERE)])).moved
        against = np.sign(moved[:-1]) == -np.sign(moved[-1])
        return bool(abs(moved[:-1][against].sum()) >= MOST_PART * abs(moved[-1]))

    @cached_property
    def _grown(self) -> list[int]:
        """Levels whose share of everything grew many times, those with the most information first."""
        scan = self.scan
        large = (scan.candidates.depth == 1) & self.statistics.usable & (scan.ratio >= ENTERED * scan.ratio[EVERYWHERE])
        named = [int(cell) for cell in np.flatnonzero(large) if self._level(cell) not in (None, NULL_LEVEL)]
        return sorted(named, key=lambda cell: -scan.information[cell])

    def _only_by(self, mask: np.ndarray, inside: np.ndarray) -> bool:
        """Whether of a cell the part inside moved, and the rest stood still."""
        part, rest = mask & inside, mask & ~inside
        if (
            not part.any()
            or not rest.any()
            or self.scan.evidence.rows1[part].sum() < MOST_PART * self.scan.evidence.rows1[mask].sum()
        ):
            return False
        moved = self.scan.joint(np.array([part, rest]))
        still = abs(moved.moved[1]) < STILL * moved.error[1] and abs(moved.effect[1]) < abs(moved.effect[0]) / 2
        return bool(still and moved.ratio[0] >= TELLING)  # that the cell moved is known

    def _level(self, cell: int) -> object:
        column = self.scan.candidates.columns[cell][0]
        return self.labels[column][self.codes[self.scan.candidates.first[cell], column]]

    def gather(self, groups: list[Group], shifted: bool) -> list[Group]:
        """Pieces of a cohort over several values of what its customers called about become the cohort.

        A cohort is what customers carry: they bring it to every line they call about, where it looks like a fall of each.
        """
        if self.carried is None or self.statistics.pinned:
            return groups
        for parent, pieces in self._cohorts(groups).items():
            rest = [group for group in groups if group not in pieces]
            masks = [self._mask(group) for group in rest] + [self.scan.candidates.mask(EVERYWHERE)] * shifted
            before = self.scan.joint(np.array([*masks, *map(self._mask, pieces)])).moved[len(masks) :]
            lead = np.sign(before.sum())
            apart = [
                piece for piece, moved in zip(pieces, before, strict=True) if np.sign(moved) != lead
            ]  # an exception stays one
            after = self.scan.joint(
                np.array([*masks, *map(self._mask, apart), self.scan.candidates.mask(parent)])
            ).moved[-1]
            if sum(map(len, pieces)) - sum(map(len, apart)) > 1 and after * lead >= HELD * abs(before.sum()):
                groups = [*rest, (parent,), *apart]
        return groups

    def _cohorts(self, groups: list[Group]) -> dict[int, list[Group]]:
        """Cohorts, each with two or more pieces that together are most of it."""
        candidates, found = self.scan.candidates, {}
        for group in groups:
            columns = candidates.columns[group[0]]
            kept = [column for column in columns if self.carried(self.dims[column])]
            if not kept or len(kept) == len(columns):
                continue
            parent = self._place(kept, group[0])
            if parent is not None and all(self._place(kept, cell) == parent for cell in group):
                found.setdefault(parent, []).append(group)
        rows = self.scan.evidence.rows1
        return {
            parent: pieces for parent, pieces in found.items()
            if sum(map(len, pieces)) > 1 and rows is not None
            and rows[np.logical_or.reduce([self._mask(piece) for piece in pieces])].sum()
            >= PIECES * rows[candidates.leaves(parent)].sum()
        }  # fmt: skip

    def _mask(self, group: Group) -> np.ndarray:
        return np.logical_or.reduce([self.scan.candidates.mask(cell) for cell in group])
