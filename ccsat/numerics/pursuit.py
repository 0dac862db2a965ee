"""Which few cells explain the residuals best: a penalised likelihood-ratio search over cuboids."""

from __future__ import annotations

import numpy as np

from ccsat.numerics.candidates import EVERYWHERE
from ccsat.numerics.scan import TINY, Statistics, likelihood_ratio, solve

MOST = 12  # cells in one answer
REMEMBERED = 5_000_000  # likelihood ratios kept of sets that a search met already


def improvement(statistics: Statistics, chosen: list[int]) -> tuple[np.ndarray, np.ndarray]:
    """Likelihood ratio each candidate adds to the chosen ones (and their company), and the direction of its effect."""
    key = tuple(chosen)
    if key not in statistics.improved:
        if len(statistics.improved) * len(statistics.code) > REMEMBERED:
            statistics.improved.clear()
        statistics.improved[key] = _improvement(statistics, chosen, None)
    ratio, sign = statistics.improved[key]
    return ratio.copy(), sign


def added(statistics: Statistics, chosen: list[int], cell: int) -> float:
    """The likelihood ratio that one candidate adds."""
    if tuple(chosen) in statistics.improved:
        return float(statistics.improved[tuple(chosen)][0][cell])
    return float(_improvement(statistics, chosen, cell)[0][0])


def _improvement(statistics: Statistics, chosen: list[int], cell: int | None) -> tuple[np.ndarray, np.ndarray]:
    at = slice(None) if cell is None else slice(cell, cell + 1)
    company = statistics.beside(chosen)
    seen = company.statistics or statistics
    gain, variance = seen.gain[at], seen.variance[at]
    if chosen:
        count = len(chosen)
        every = [*(seen.row(one) for one in chosen), *(column.row for column in company.columns)]
        rows = np.array([row[at] for row in every])
        shared = np.empty((len(rows), len(rows)))
        shared[:, :count] = [row[chosen] for row in every]
        shared[:count, count:] = shared[count:, :count].T
        shared[count:, count:] = company.shared
        solved = solve(shared, rows)
        gain = gain - np.r_[seen.gain[chosen], [column.gain for column in company.columns]] @ solved
        variance = variance - np.einsum("kc,kc->c", rows, solved)
    fresh = statistics.usable[at] & seen.usable[at] & (variance > 1e-6 * seen.variance[at])
    if len(statistics.signs) == 1:
        fresh &= gain * statistics.signs[0] > 0
    return likelihood_ratio(gain, np.where(fresh, variance, np.inf), seen.lopsided[at]), np.sign(gain)


def likelihood(statistics: Statistics, chosen: list[int]) -> float:
    """Log likelihood ratio of cells against none, one added after the other."""
    return sum(added(statistics, chosen[:place], cell) for place, cell in enumerate(chosen))


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
            if statistics.inside is not None:  # it would go again, see `settle`
                for cell in chosen:
                    if cell != EVERYWHERE:
                        score[statistics.inside(cell)] = -np.inf
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
        chosen = prune(statistics, chosen, fixed, price)
    return chosen


def prune(statistics: Statistics, chosen: list[int], fixed: int, price: np.ndarray) -> list[int]:
    """Drop the cell that pays least, until each one pays."""
    while len(chosen) > fixed:
        scores = []
        for position in range(fixed, len(chosen)):
            others = chosen[:position] + chosen[position + 1 :]
            scores.append(added(statistics, others, chosen[position]) - price[chosen[position]])
        worst = int(np.argmin(scores))
        if scores[worst] > 0:
            break
        chosen = chosen[: fixed + worst] + chosen[fixed + worst + 1 :]
    return chosen
