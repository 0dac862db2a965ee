"""Where R's search stops, run on our likelihoods: some of R's answers are not the maximum, and this shows that they are its stops.

`optim`'s Nelder-Mead (Nash 1979, algorithm 19) gives up after 500 evaluations, long before eleven parameters have settled.
An adapter that uses a stop also asserts that the product's own answer is the better one.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np


def nelder_mead(f: Callable[[np.ndarray], float], start: np.ndarray, *, reltol: float, most: int = 500) -> np.ndarray:
    """The best vertex when R's `optim(method = "Nelder-Mead")` stops."""
    start = np.asarray(start, float)
    n = len(start)
    simplex, value = np.repeat(start[None], n + 1, axis=0), np.full(n + 1, np.nan)
    step = 0.1 * np.abs(start).max() or 0.1
    simplex[np.arange(1, n + 1), np.arange(n)] += step
    value[0] = f(start)
    count, low, size, again = 1, 0, n * step, True
    tolerance = reltol * (abs(value[0]) + reltol)
    while True:
        if again:
            for j in range(n + 1):
                if j != low:
                    value[j], count = f(simplex[j]), count + 1
            again = False
        low, high = _ends(value, low)
        if value[high] <= value[low] + tolerance:
            return simplex[low]
        centre = (simplex.T.sum(axis=1) - simplex[high]) / n
        reflected = 2 * centre - simplex[high]
        at, count = f(reflected), count + 1
        if at < value[low]:
            further = 2 * reflected - centre
            beyond, count = f(further), count + 1
            simplex[high], value[high] = (further, beyond) if beyond < at else (reflected, at)
        else:
            worst = value[high]
            if at < worst:
                simplex[high], value[high] = reflected, at
            nearer = 0.5 * simplex[high] + 0.5 * centre
            inside, count = f(nearer), count + 1
            if inside < value[high]:
                simplex[high], value[high] = nearer, inside
            elif at >= worst:
                simplex = 0.5 * (simplex - simplex[low]) + simplex[low]
                smaller = np.abs(simplex - simplex[low]).sum()
                if smaller >= size:
                    return simplex[low]
                size, again = smaller, True
        if count > most:
            return simplex[low]


def _ends(value: np.ndarray, low: int) -> tuple[int, int]:
    """Places of the lowest and the highest value, the standing ones where equal."""
    high, least, most = low, value[low], value[low]
    for j, one in enumerate(value):
        if one < least:
            low, least = j, one
        if one > most:
            high, most = j, one
    return low, high
