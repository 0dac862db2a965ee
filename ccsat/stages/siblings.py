"""Several values of one dimension that moved alike, told as one cell, and no innocent neighbour among them."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
from scipy.special import gammaln

from ccsat.numerics.candidates import EVERYWHERE
from ccsat.numerics.scan import TINY, Scan, Statistics, likelihood_ratio, solve
from ccsat.numerics.settle import EVEN
from ccsat.stages.likely import DECLARED

ALONE = (
    6.9  # nats beyond name and price: a value of which chance would make one in a thousand stands as a cell of its own
)
SURE = 3.0  # nats by which some parts must beat the cell that holds them
FEW = 4  # first unions that are followed to their end
MEMBER = 1.0  # nats, with the log of how many neighbours there are: a chance of 5 % that any of them is taken in
Group = tuple[int, ...]


def join_siblings(
    scan: Scan,
    statistics: Statistics,
    codes: np.ndarray,
    chosen: list[int],
    price: float,
    *,
    apart: bool = False,
    declared: Collection[int] = (),
) -> list[Group]:
    """Chosen cells, each as a tuple of candidates: one, or several that differ in one dimension only.

    Values join a cell one by one, the best first, as long as each adds more than chance would among so many neighbours,
    and then stand only where one union describes the data better than what it replaces.

    Args:
        apart: Cells that each stand beyond doubt stay apart: each may have a cause of its own.
        declared: Cells that a registered change names by themselves: a further value must show more to be taken in.

    Source:
        Subsets of values: Neill (2012), Journal of the Royal Statistical Society B 74, 337-360; the price of a subset is
        the length of its name, Rissanen (1978).
    """
    groups: list[Group] = [(cell,) for cell in chosen if cell != EVERYWHERE]
    everywhere = [cell for cell in chosen if cell == EVERYWHERE]
    if not apart and not statistics.pinned:
        groups = _divide(scan, statistics, codes, groups, everywhere)

    def trials(groups: list[Group]) -> list[tuple[float, list[Group]]]:
        families = (
            _Family.of(scan, statistics, codes, groups, everywhere, group, free)
            for group in groups
            for free in scan.candidates.columns[group[0]]
        )
        found = [family.join(price, apart, declared) for family in families if family is not None]
        return sorted((trial for trial in found if trial[0] > 0), key=lambda trial: -trial[0])

    def best(groups: list[Group]) -> tuple[float, list[Group]]:
        gained = 0.0
        while found := trials(groups):
            gained, groups = gained + found[0][0], found[0][1]
        return gained, groups

    if apart:
        return best(groups)[1]
    paths = [(0.0, groups)]  # the first union may take a value that two others need
    for gain, joined in _distinct(trials(groups))[:FEW]:
        later, told = best(joined)
        paths.append((gain + later, told))
    return max(paths, key=lambda path: path[0])[1]


def _distinct(trials: list[tuple[float, list[Group]]]) -> list[tuple[float, list[Group]]]:
    """Each set of groups once; several cells of one union ask for it."""
    return list({frozenset(map(frozenset, groups)): (gain, groups) for gain, groups in trials}.values())


def _divide(
    scan: Scan, statistics: Statistics, codes: np.ndarray, groups: list[Group], everywhere: list[int]
) -> list[Group]:
    """A cell becomes the several of its parts along one dimension that moved, where their union describes the data better.

    The search adds one cell at a time, and neither part alone is worth as much as the cell that holds them all.
    """
    for group in groups:
        (cell,) = group
        best = (SURE, group)
        others = [item for item in groups if item != group]
        for free in range(codes.shape[1]):
            family = _Family.within(scan, statistics, codes, others, everywhere, cell, free)
            if family is not None:
                best = max(best, family.part(), key=lambda trial: trial[0])
        groups = [best[1] if item == group else item for item in groups]
    return groups


class _Family:
    """A cell's siblings along one dimension, given all cells outside it."""

    def __init__(self, statistics, groups, siblings, inside, gain, covariance):
        self.statistics, self.groups, self.siblings, self.inside = statistics, groups, siblings, inside
        self.gain, self.covariance = gain, covariance
        self.third = statistics.lopsided[siblings] * statistics.variance[siblings]

    @classmethod
    def of(cls, scan, statistics, codes, groups, everywhere, group, free) -> _Family | None:
        candidates = scan.candidates
        columns = candidates.columns[group[0]]
        same = np.array([cell for cell, name in enumerate(candidates.columns) if name == columns])
        others = [column for column in columns if column != free]
        here = codes[candidates.first[group[0]]]
        alike = same[(codes[candidates.first[same]][:, others] == here[others]).all(axis=1)]
        told = [cell for item in groups if len(item) > 1 and not set(item) <= set(alike.tolist()) for cell in item]
        alike = alike[statistics.usable[alike] & ~np.isin(alike, told)]  # another union's are no siblings any more
        place = {int(cell): position for position, cell in enumerate(alike)}
        inside = [item for item in groups if set(item) <= set(place)]
        if len(alike) < 3 or not inside or any(len(item) > 1 for item in inside):
            return None
        outside = [cell for item in groups if item not in inside for cell in item]
        outside += [cell for cell in dict.fromkeys([*everywhere, *statistics.pinned]) if cell not in outside]
        return cls(statistics, groups, alike, [place[item[0]] for item in inside], *_beside(statistics, alike, outside))

    @classmethod
    def within(cls, scan, statistics, codes, groups, everywhere, cell, free) -> _Family | None:
        """The parts of a cell along a dimension that does not name it, and last the cell itself."""
        candidates = scan.candidates
        columns = candidates.columns[cell]
        if free in columns:
            return None
        named = tuple(sorted([*columns, free]))
        same = np.array([one for one, name in enumerate(candidates.columns) if name == named], dtype=np.int64)
        here = codes[candidates.first[cell]][list(columns)]
        alike = same[(codes[candidates.first[same]][:, list(columns)] == here).all(axis=1)]
        alike = alike[statistics.usable[alike]]
        if len(alike) < 3:
            return None
        outside = [*(one for item in groups for one in item), *everywhere]
        return cls(statistics, groups, np.r_[alike, cell], [], *_beside(statistics, np.r_[alike, cell], outside))

    def part(self) -> tuple[float, Group]:
        """What the best union of some parts describes better than the cell that is last; nothing where none does."""
        code, parts = self.statistics.code[self.siblings], list(range(len(self.siblings) - 1))
        whole = len(parts)
        first = max(parts, key=lambda one: self.worth([one]))
        members = self._grow([first], parts, MEMBER)
        if not 1 < len(members) < len(parts):
            return 0.0, ()
        before = self.worth([whole]) - code[whole]
        gained = self.worth(members) - code[members[0]] - _names(len(parts), len(members)) - before
        return float(gained), tuple(int(self.siblings[one]) for one in members)

    def worth(self, members: list[int]) -> float:
        """Log likelihood ratio of one effect for these siblings together."""
        if not members:
            return 0.0
        total = self.gain[members].sum()
        variance = self.covariance[np.ix_(members, members)].sum()
        alone = self.statistics.variance[self.siblings[members]].sum()
        if variance <= 1e-6 * alone or np.sign(total) not in self.statistics.signs:
            return 0.0
        return float(likelihood_ratio(total, np.float64(variance), self.third[members].sum() / alone))

    def _even(self, members: list[int]) -> bool:
        """Whether these differ so little that it is no difference in kind: no effect is quite even over its cell."""
        effect = self.gain[members] / np.diag(self.covariance)[members]
        return bool(np.ptp(effect) <= EVEN * abs(effect.mean()))

    def join(self, price: float, apart: bool, declared: Collection[int]) -> tuple[float, list[Group]]:
        """What the best union improves, and the groups with it; no improvement and the groups as they are where none does."""
        code = self.statistics.code[self.siblings]
        first = max(self.inside, key=lambda one: self.worth([one]))
        proven = [one for one in self.inside if apart and self.worth([one]) - code[one] - price > ALONE]
        bar = MEMBER + DECLARED * (int(self.siblings[first]) in declared)
        members = self._grow([first], [one for one in range(len(code)) if one == first or one not in proven], bar)
        replaced = [one for one in self.inside if one in members]
        if len(members) < 2 or len(members) >= len(self.siblings):
            return 0.0, self.groups
        names = _names(len(code), len(members))
        one_cell = self.worth(members) - code[members[0]] - names - price
        before = sum(self.worth([one]) - code[one] - price for one in replaced)
        gained = one_cell - before
        if not apart and sorted(members) == sorted(replaced) and self._even(members):  # then only the names count
            gained = max(gained, float(sum(code[replaced]) + price * (len(replaced) - 1) - code[members[0]] - names))
        if gained <= TINY:
            return 0.0, self.groups
        union = tuple(int(self.siblings[one]) for one in members)
        gone = {(int(self.siblings[one]),) for one in replaced}
        return gained, [group for group in self.groups if group not in gone] + [union]

    def _grow(self, start: list[int], free: list[int], bar: float) -> list[int]:
        members = list(start)
        while True:
            waiting = [one for one in free if one not in members]
            if not waiting:
                return members
            now = self.worth(members)
            gains = [self.worth([*members, one]) - now for one in waiting]
            best = int(np.argmax(gains))
            own = self.inside and waiting[best] in self.inside  # found by the search already
            if gains[best] <= (0.0 if own else bar + np.log(len(waiting))):
                return members
            members.append(waiting[best])


def _beside(statistics: Statistics, cells: np.ndarray, outside: list[int]) -> tuple[np.ndarray, np.ndarray]:
    """Gains of cells and their covariances, given the cells outside."""
    gain = statistics.gain[cells]
    covariance = np.diag(statistics.variance[cells])  # siblings share no leaf
    if outside:
        rows = np.array([statistics.row(cell) for cell in outside])
        solved = solve(rows[:, outside], rows[:, cells])
        gain = gain - statistics.gain[outside] @ solved
        covariance = covariance - rows[:, cells].T @ solved
    return gain, covariance


def _names(siblings: int, members: int) -> float:
    """Length of the name of so many of these siblings."""
    return float(gammaln(siblings + 1) - gammaln(members + 1) - gammaln(siblings - members + 1))
