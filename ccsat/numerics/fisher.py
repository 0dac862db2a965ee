"""Fisher's exact test of a table of any size: by enumeration where it can be, by drawing tables where it cannot."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import gammaln

MOST_STATES = 400_000
DRAWS = 20_000
SAME = 1e-7  # tables as likely as the observed one count, within this


@dataclass(frozen=True)
class Exact:
    """p-value of a Fisher-Freeman-Halton test; `error` is its Monte Carlo standard error, `draws` 0 where exact."""

    p_value: float
    error: float
    draws: int


def fisher(counts: np.ndarray, *, rng: int | np.random.Generator = 0, draws: int = DRAWS) -> Exact:
    """The chance, given the margins, of a table no likelier than this one.

    Args:
        counts: Whole numbers; no empty row or column.
        rng: Seed or generator for the draws.

    Source:
        Freeman and Halton (1951), Biometrika 38, 141-149; sums over partial tables as in Mehta and Patel (1983).
    """
    counts = np.asarray(np.round(counts), np.int64)
    if counts.shape == (2, 2):
        return Exact(_two_by_two(counts), 0.0, 0)
    p = _enumerated(counts)
    return Exact(p, 0.0, 0) if p is not None else _drawn(counts, np.random.default_rng(rng), draws)


def _two_by_two(counts: np.ndarray) -> float:
    x, ones, row, n = counts[1, 1], counts[:, 1].sum(), counts[1].sum(), counts.sum()
    support = np.arange(max(0, row + ones - n), min(row, ones) + 1)
    p = -sum(gammaln(part + 1.0) for part in (support, ones - support, row - support, n - ones - row + support))
    p = np.exp(p - p.max())
    return float(min(1.0, p[p <= p[support == x] * (1 + SAME)].sum() / p.sum()))


def _enumerated(counts: np.ndarray) -> float | None:
    """Column by column: what each row has left, and how likely the way there was; equal ways are joined."""
    counts = counts if counts.shape[0] <= counts.shape[1] else counts.T
    rows, total = counts.sum(1), counts.sum(0)
    order = np.argsort(-total)
    places = np.concatenate(([1.0], np.cumprod(rows[:-1] + 1.0)))
    if places[-1] * (rows[-1] + 1.0) > 2**62:
        return None
    places = places.astype(np.int64)
    left, way, ways = rows[None, :], np.zeros(1), np.ones(1)
    for column in order[:-1]:
        left, way, ways = _spread(left, way, ways, total[column])
        if left is None:
            return None
        key = np.lexsort((np.round(way, 8), left @ places))
        left, way, ways = left[key], way[key], ways[key]
        new = np.concatenate(([True], (np.diff(left @ places) != 0) | (np.diff(way) > 5e-9)))
        starts = np.flatnonzero(new)
        left, way, ways = left[new], way[new], np.add.reduceat(ways, starts)
    way = way - gammaln(left + 1.0).sum(1)
    observed = -gammaln(counts + 1.0).sum()
    chance = ways * np.exp(way - way.max())
    return float(min(1.0, chance[way <= observed + SAME].sum() / chance.sum()))


def _spread(left, way, ways, total):
    """Every way to share out one column's total over the rows, from every state."""
    rest = np.full(len(left), total)
    for row in range(left.shape[1]):
        later = left[:, row + 1 :].sum(1)
        low, high = np.maximum(0, rest - later), np.minimum(left[:, row], rest)
        times = high - low + 1
        if times.sum() > MOST_STATES:
            return None, None, None
        at = np.repeat(np.arange(len(left)), times)
        x = np.arange(len(at)) - np.repeat(np.cumsum(times) - times, times) + low[at]
        left, way, ways, rest = left[at].copy(), way[at] - gammaln(x + 1.0), ways[at], rest[at] - x
        left[:, row] -= x
    return left, way, ways


def _drawn(counts: np.ndarray, rng: np.random.Generator, draws: int) -> Exact:
    from scipy.stats import random_table

    observed = -gammaln(counts + 1.0).sum()
    law, hits = random_table(counts.sum(1), counts.sum(0)), 0
    step = max(1, 4_000_000 // counts.size)
    for first in range(0, draws, step):
        tables = law.rvs(size=min(step, draws - first), random_state=rng)
        hits += int((-gammaln(tables + 1.0).sum((-2, -1)) <= observed + SAME).sum())
    p = (hits + 1) / (draws + 1)
    return Exact(p, float(np.sqrt(p * (1 - p) / draws)), draws)
