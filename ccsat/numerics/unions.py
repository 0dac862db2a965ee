"""Several values of one dimension that moved alike, named as one cell."""

from __future__ import annotations

import numpy as np
from scipy.special import gammaln

from ccsat.numerics.candidates import EVERYWHERE
from ccsat.numerics.scan import Scan, Statistics, likelihood, likelihood_ratio, solve


def join_values(
    scan: Scan, statistics: Statistics, codes: np.ndarray, chosen: list[int], threshold: float
) -> list[tuple[int, ...]]:
    """Chosen cells, each as a tuple of candidates: one, or several that differ in one dimension only.

    Values are sorted by effect and taken as prefixes (linear-time subset scanning); a union pays for naming its
    subset once, instead of one name for each value, and stands only where that describes the data better.

    Source:
        Neill (2012), Journal of the Royal Statistical Society B 74, 337-360.
    """
    candidates = scan.candidates
    groups: list[tuple[int, ...]] = [(cell,) for cell in chosen if cell != EVERYWHERE]
    kept = [cell for cell in chosen if cell == EVERYWHERE]
    by_columns: dict[tuple[int, ...], np.ndarray] = {}
    for columns in {candidates.columns[group[0]] for group in groups}:
        by_columns[columns] = np.array([place for place, name in enumerate(candidates.columns) if name == columns])
    while True:
        best = None
        for group in groups:
            columns = candidates.columns[group[0]]
            for free in columns:
                trial = _best_union(scan, statistics, codes, groups, kept, group, free, by_columns[columns], threshold)
                if trial and (best is None or trial[0] > best[0]):
                    best = trial
        if best is None:
            return groups
        groups = best[1]


def _best_union(scan, statistics, codes, groups, kept, group, free, siblings, threshold):
    """The best union of siblings of a cell along one dimension: its improvement and the groups with it."""
    candidates = scan.candidates
    columns = [column for column in candidates.columns[group[0]] if column != free]
    here = codes[candidates.first[group[0]]]
    alike = siblings[(codes[candidates.first[siblings]][:, columns] == here[columns]).all(axis=1)]
    alike = alike[statistics.usable[alike]]
    inside = [item for item in groups if set(item) <= set(alike.tolist())]
    if len(alike) < 3 or any(len(item) > 1 for item in inside):
        return None
    outside = [cell for item in groups if item not in inside for cell in item] + kept
    gain, variance = statistics.gain[alike], statistics.variance[alike]
    if outside:
        rows = np.array([statistics.row(cell) for cell in outside])
        solved = solve(rows[:, outside], rows[:, alike])
        gain = gain - statistics.gain[outside] @ solved
    effect = gain / variance
    singles = [cell for item in inside for cell in item]
    sign = np.sign(sum(gain[list(alike).index(cell)] for cell in singles))
    order = np.argsort(-sign * effect, kind="stable")
    alone = likelihood(statistics, outside + singles) - (statistics.code[singles] + threshold).sum()
    base = likelihood(statistics, outside)
    taken = np.arange(1, len(alike) + 1)
    summed = np.cumsum(variance[order])
    third = np.cumsum((statistics.lopsided[alike] * variance)[order])
    ratio = likelihood_ratio(np.cumsum(gain[order]), summed, third / summed)
    names = gammaln(len(alike) + 1) - gammaln(taken + 1) - gammaln(len(alike) - taken + 1)
    code = statistics.code[group[0]] + names
    score = base + ratio - code - threshold
    score[(taken < 2) | (taken >= len(alike)) | (sign * effect[order] <= 0)] = -np.inf
    place = int(np.argmax(score))
    union = tuple(int(cell) for cell in alike[order[: place + 1]])
    if score[place] <= alone + 1e-9 or not set(singles) <= set(union):
        return None
    return score[place] - alone, [item for item in groups if item not in inside] + [union]
