"""Several values of one dimension that moved alike, told as one cell, and no innocent neighbour among them."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
from scipy.special import gammaln

from ccsat.numerics.candidates import EVERYWHERE
from ccsat.numerics.scan import Scan, Statistics, likelihood_ratio, solve

ALONE = (
    6.9  # nats beyond name and price: a value of which chance would make one in a thousand stands as a cell of its own
)
MEMBER = 1.0  # nats, with the log of how many neighbours there are: a chance of 5 % that any of them is taken in
DECLARED = 2.0  # nats by which the data may speak against a cell that a registered change names
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
    while True:
        best = (0.0, groups)
        for group in groups:
            for free in scan.candidates.columns[group[0]]:
                family = _Family.of(scan, statistics, codes, groups, everywhere, group, free)
                if family is not None:
                    trial = family.join(price, apart, declared)
                    if trial[0] > best[0]:
                        best = trial
        if best[1] is groups:
            return groups
        groups = best[1]


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
        alike = alike[statistics.usable[alike]]
        place = {int(cell): position for position, cell in enumerate(alike)}
        inside = [item for item in groups if set(item) <= set(place)]
        if len(alike) < 3 or not inside or any(len(item) > 1 for item in inside):
            return None
        outside = [cell for item in groups if item not in inside for cell in item]
        outside += [cell for cell in dict.fromkeys([*everywhere, *statistics.pinned]) if cell not in outside]
        gain = statistics.gain[alike]
        covariance = np.diag(statistics.variance[alike])  # siblings share no leaf
        if outside:
            rows = np.array([statistics.row(cell) for cell in outside])
            solved = solve(rows[:, outside], rows[:, alike])
            gain = gain - statistics.gain[outside] @ solved
            covariance = covariance - rows[:, alike].T @ solved
        return cls(statistics, groups, alike, [place[item[0]] for item in inside], gain, covariance)

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
        names = gammaln(len(code) + 1) - gammaln(len(members) + 1) - gammaln(len(code) - len(members) + 1)
        one_cell = self.worth(members) - code[members[0]] - names - price
        before = sum(self.worth([one]) - code[one] - price for one in replaced)
        if one_cell <= before + 1e-9:
            return 0.0, self.groups
        union = tuple(int(self.siblings[one]) for one in members)
        gone = {(int(self.siblings[one]),) for one in replaced}
        return one_cell - before, [group for group in self.groups if group not in gone] + [union]

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
