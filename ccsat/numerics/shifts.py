"""By how much is one group of numbers above another: the median of all pairwise differences, without making them."""

from __future__ import annotations

import math

import numpy as np

from ccsat.numerics.ranks import quantile, tie_sum

THINNED = 2000  # quantiles that stand for a long list of values in the first search


class Differences:
    """All differences this - other of two sets of numbers, given as sorted values with counts.

    The k-th smallest takes a few counting passes over the distinct values, whatever the number of pairs.
    """

    def __init__(self, other_values: np.ndarray, other: np.ndarray, values: np.ndarray, this: np.ndarray):
        self.x, self.n_x = values[this > 0], this[this > 0]
        self.y, self.n_y = other_values[other > 0], other[other > 0]
        self.from_top = np.concatenate(
            [np.cumsum(self.n_y[::-1])[::-1], [0.0]]
        )  # rows of `other` at or above each value
        self.pairs = float(self.n_x.sum() * self.n_y.sum())

    def _first(self, shift: float) -> np.ndarray:
        """For each x, the first y with x - y at most `shift`."""
        return np.searchsorted(self.y, self.x - shift, side="left")

    def up_to(self, shift: float) -> float:
        """Pairs whose difference is at most `shift`."""
        return self._pairs(self._first(shift))

    def _pairs(self, first: np.ndarray) -> float:
        return float(self.n_x @ self.from_top[first])

    def _bracket(self, k: float) -> tuple[float, float]:
        """Differences that the k-th lies between: from a thinned set first, where there are many values."""
        low, high = float(self.x[0] - self.y[-1]), float(self.x[-1] - self.y[0])
        if min(len(self.x), len(self.y)) <= 4 * THINNED:
            return low, high
        sides = [_thinned(values, counts) for values, counts in ((self.y, self.n_y), (self.x, self.n_x))]
        fewer = Differences(sides[0], np.ones(THINNED), sides[1], np.ones(THINNED))
        share, off = k / self.pairs, 3 / THINNED
        near_low = fewer.smallest(max((share - off) * fewer.pairs, 1)) if share > off else low
        near_high = fewer.smallest(min((share + off) * fewer.pairs, fewer.pairs)) if share < 1 - off else high
        return (near_low if self.up_to(near_low) < k else low), (near_high if self.up_to(near_high) >= k else high)

    def _around(self, k: float) -> tuple[np.ndarray, np.ndarray]:
        """Some sorted differences with the k-th among them, and how many pairs are at most each."""
        low, high = self._bracket(k)
        first_low, first_high = self._first(low), self._first(high)
        n_low, n_high = self._pairs(first_low), self._pairs(first_high)
        if n_low >= k:
            return np.array([low]), np.array([n_low])
        few, halve = 2 * (len(self.x) + len(self.y)), False
        while (first_low - first_high).sum() > few:
            share = 0.5 if halve else min(max((k - n_low) / (n_high - n_low), 0.02), 0.98)
            middle, width = low + (high - low) * share, high - low
            if not low < middle < high:
                break
            first = self._first(middle)
            n = self._pairs(first)
            if n >= k:
                high, n_high, first_high = middle, n, first
            else:
                low, n_low, first_low = middle, n, first
            halve = high - low > width / 4
        times = first_low - first_high  # the y of each x whose difference lies in (low, high]
        of_x = np.repeat(np.arange(len(self.x)), times)
        of_y = np.arange(len(of_x)) - np.repeat(np.cumsum(times) - times, times) + np.repeat(first_high, times)
        found = self.x[of_x] - self.y[of_y]
        order = np.argsort(found)
        return found[order], n_low + np.cumsum((self.n_x[of_x] * self.n_y[of_y])[order])

    def smallest(self, k: float) -> float:
        """The k-th smallest difference, k from 1."""
        found, reached = self._around(k)
        return float(found[min(np.searchsorted(reached, k - 0.5), len(found) - 1)])

    def median(self) -> float:
        """The middle difference, or the mean of the two middle ones."""
        lower, upper = math.floor((self.pairs + 1) / 2), math.floor(self.pairs / 2) + 1
        found, reached = self._around(lower)
        first = float(found[np.searchsorted(reached, lower - 0.5)])
        if upper > reached[-1]:
            return (first + self.smallest(upper)) / 2
        return (first + float(found[np.searchsorted(reached, upper - 0.5)])) / 2


def _thinned(values: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """Evenly spaced quantiles of counted values."""
    at = (np.arange(THINNED) + 0.5) / THINNED * counts.sum()
    return values[np.searchsorted(np.cumsum(counts), at)]


def shift_interval(
    values: np.ndarray, other: np.ndarray, this: np.ndarray, *, level: float = 0.95, design_effect: float = 1.0
) -> tuple[float, float, float]:
    """Median difference of group 1 and group 0 with the interval that Mann-Whitney's test does not reject.

    Args:
        values: Sorted distinct numbers. other, this: Counts at each, of groups 0 and 1.
        design_effect: Variance of U over that of independent rows.

    Source:
        Hodges and Lehmann (1963), Annals of Mathematical Statistics 34, 598-611; Hollander, Wolfe, Chicken (2014), 4.3.
    """
    every = Differences(values, other, values, this)
    n0, n1 = float(other.sum()), float(this.sum())
    total = n0 + n1
    spread = n0 * n1 / 12 * (total + 1 - tie_sum(other + this) / (total * (total - 1)))
    k = math.floor(every.pairs / 2 - quantile(level=level) * math.sqrt(max(spread, 0) * design_effect))
    k = max(k, 0)
    lower = every.smallest(k + 1)
    upper = every.smallest(every.pairs - k)
    return every.median(), lower, upper
