"""Counts of many sets of dimensions in one pass over codes: dense counters, sparse tables.

A row is a few small integers: `c`, its period and level in one, and a code a dimension. A set's counter is an array
with an axis a dimension and the last for `c`; a set inside another counted one is its sum.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import prod

import numpy as np
import pandas as pd

Set = tuple[str, ...]
Batch = tuple[np.ndarray, Mapping[str, np.ndarray]]  # `c`, and the codes under the dimensions' names


@dataclass(frozen=True)
class Codes:
    """What codes stand for: the sorted levels of every dimension, period labels, and the levels of the outcome."""

    levels: Mapping[str, Sequence[str]]
    periods: Sequence[str]  # empty without windows
    first: int  # lowest level of the outcome
    outcomes: int | None  # how many levels from `first` on; None when rows are counted, not levels

    def base(self) -> int:
        """How many values `c` has."""
        return max(len(self.periods), 1) * (self.outcomes or 1)

    def size(self, one: Set) -> int:
        """How many counters a set needs."""
        return self.base() * prod(len(self.levels[name]) for name in one)


def passes(sets: Sequence[Set], codes: Codes, most: int) -> list[list[Set]]:
    """Sets in as few passes as keep the counters of one within `most`; a set goes where one that holds it is."""
    groups: list[tuple[int, list[Set]]] = []
    for one in _widest(sets):
        size = codes.size(one)
        if not groups or groups[-1][0] + size > most:
            groups.append((0, []))
        groups[-1] = (groups[-1][0] + size, [*groups[-1][1], one])
    placed = [[] for _ in groups]
    for one in sets:
        home = next(i for i, (_, wide) in enumerate(groups) if any(set(one) <= set(other) for other in wide))
        placed[home].append(one)
    return placed


def count(batches: Iterable[Batch], sets: Sequence[Set], codes: Codes) -> dict[Set, np.ndarray]:
    """Counters of every set, shape (dimensions..., `c`), from batches of code arrays."""
    order = {name: i for i, name in enumerate(codes.levels)}
    widest = _widest(sets)
    ordered = sorted(tuple(sorted(one, key=order.__getitem__)) for one in widest)
    counters = {one: np.zeros(codes.size(one), dtype=np.int64) for one in ordered}
    for c, places in batches:
        last = c.astype(np.int64)
        prefixes: dict[Set, np.ndarray] = {(): np.zeros(1, dtype=np.int64)}
        for one, counter in counters.items():
            for i in range(len(one)):
                if one[: i + 1] not in prefixes:
                    prefixes[one[: i + 1]] = prefixes[one[:i]] * len(codes.levels[one[i]]) + places[one[i]]
            np.add.at(counter, prefixes[one] * codes.base() + last, 1)
    shaped = {
        one: counter.reshape(*(len(codes.levels[name]) for name in one), codes.base())
        for one, counter in counters.items()
    }
    return {one: _part(shaped, one) for one in sets}


def often(batches: Iterable[np.ndarray], slots: int, most: int, *, few: int = 1) -> np.ndarray | None:
    """Numbers below `slots` that come more than `most` times; None where there are no more than `few` numbers."""
    held, first, counts, one = 0, [], None, np.uint32(1)  # numbers of other types take `add.at` twenty times as long
    for batch in batches:
        batch = batch.astype(np.int64, copy=False)
        held += len(batch)
        if held <= few:
            first.append(batch)
            continue
        if counts is None:
            counts = np.zeros(slots, dtype=np.uint32)
            for earlier in first:
                np.add.at(counts, earlier, one)
        np.add.at(counts, batch, one)
    return None if counts is None else np.flatnonzero(counts > most)


def _widest(sets: Sequence[Set]) -> list[Set]:
    """The sets that lie inside no other one."""
    different = {frozenset(one): one for one in sets}
    return [one for key, one in different.items() if not any(key < other for other in different)]


def _part(shaped: Mapping[Set, np.ndarray], one: Set) -> np.ndarray:
    """A set's counter out of the smallest that holds it, its axes in the set's own order."""
    within = min((wide for wide in shaped if set(one) <= set(wide)), key=lambda wide: shaped[wide].size)
    summed = shaped[within].sum(axis=tuple(i for i, name in enumerate(within) if name not in one))
    kept = [name for name in within if name in one]
    return summed.transpose(*(kept.index(name) for name in one), len(kept))


def table(counter: np.ndarray, one: Set, codes: Codes, *, min_support: int = 0) -> pd.DataFrame:
    """A counter as rows `[period,] *dims, [level,] n`, sorted, without empty cells and those under `min_support`."""
    shape = (*counter.shape[:-1], max(len(codes.periods), 1), codes.outcomes or 1)
    cube = np.ascontiguousarray(np.moveaxis(counter.reshape(shape), -2, 0))
    if min_support > 1:
        cube = np.where(cube.sum(axis=-1, keepdims=True) >= min_support, cube, 0)
    filled = np.flatnonzero(cube)
    return rows(filled, cube.reshape(-1)[filled], one, codes)


def rows(cells: np.ndarray, counts: np.ndarray, one: Set, codes: Codes) -> pd.DataFrame:
    """Cell numbers (period, dimensions, level as mixed digits) and their counts as a table."""
    shape = (max(len(codes.periods), 1), *(len(codes.levels[name]) for name in one), codes.outcomes or 1)
    period, *places, level = np.unravel_index(cells, shape)
    columns: dict[str, object] = {}
    if codes.periods:
        columns["period"] = _words(codes.periods).take(period)
    columns |= {name: _words(codes.levels[name]).take(place) for name, place in zip(one, places, strict=True)}
    if codes.outcomes is not None:
        columns["level"] = level.astype(np.int64) + codes.first
    return pd.DataFrame(columns | {"n": counts})


def _words(words: Sequence[str]) -> pd.api.extensions.ExtensionArray:
    return pd.Series(list(words), dtype="str").array
