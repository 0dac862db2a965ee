"""The leaf cube: occupied combinations of levels, with counts per value in two periods."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pandas as pd
from scipy import sparse


@dataclass(frozen=True, eq=False)
class Cube:
    """Occupied leaves, coded.

    Attributes:
        dims: Names of the dimensions.
        levels: Labels per dimension; a code is a position in them.
        codes: (leaves, dims) integers.
        values: Distinct values a row can be worth.
        count1, count0: (leaves, values) counts of the current and the baseline period.
    """

    dims: tuple[str, ...]
    levels: tuple[np.ndarray, ...]
    codes: np.ndarray
    values: np.ndarray
    count1: np.ndarray
    count0: np.ndarray

    @property
    def n1(self) -> np.ndarray:
        return self.count1.sum(axis=1)

    @property
    def n0(self) -> np.ndarray:
        return self.count0.sum(axis=1)

    @property
    def sum1(self) -> np.ndarray:
        return self.count1 @ self.values

    @property
    def sum0(self) -> np.ndarray:
        return self.count0 @ self.values


def code_leaves(leaves: pd.DataFrame, dims: Sequence[str]) -> tuple[np.ndarray, tuple[np.ndarray, ...]]:
    """Codes of every row and the sorted labels of every dimension; an empty label is a level like any other."""
    codes = np.zeros((len(leaves), len(dims)), dtype=np.int64)
    levels = []
    for position, dim in enumerate(dims):
        found, labels = pd.factorize(leaves[dim], use_na_sentinel=False)
        order = np.argsort(np.array([str(label) for label in labels]), kind="stable")
        rank = np.empty(len(order), dtype=np.int64)
        rank[order] = np.arange(len(order))
        codes[:, position] = rank[found] if len(order) else 0
        levels.append(np.asarray(labels, dtype=object)[order])
    return codes, tuple(levels)


def group_keys(codes: np.ndarray, sizes: Sequence[int], columns: Sequence[int]) -> tuple[np.ndarray, int]:
    """The cell of every leaf in one cuboid, numbered from 0, and how many cells are occupied."""
    key = np.zeros(len(codes), dtype=np.int64)
    radix = 1
    for column in columns:
        if radix > 2**62 // max(sizes[column], 1):
            key = pd.factorize(key)[0].astype(np.int64)
            radix = int(key.max(initial=0)) + 1
        key = key * sizes[column] + codes[:, column]
        radix *= max(sizes[column], 1)
    if radix <= 2 * len(codes) + 1024:
        occupied = np.zeros(radix, dtype=bool)
        occupied[key] = True
        number = np.cumsum(occupied) - 1
        return number[key], int(occupied.sum())
    found, labels = pd.factorize(key)
    return found, len(labels)


def merge_leaves(codes: np.ndarray, sizes: Sequence[int], *columns: np.ndarray) -> tuple[np.ndarray, ...]:
    """Rows of the same leaf added up: codes, then each column (one- or two-dimensional)."""
    cell, size = group_keys(codes, sizes, range(codes.shape[1]))
    first = np.zeros(size, dtype=np.int64)
    first[cell[::-1]] = np.arange(len(cell))[::-1]
    order = np.lexsort(codes[first].T[::-1]) if codes.shape[1] else np.arange(size)  # not the order of rows
    place = np.empty(size, dtype=np.int64)
    place[order] = np.arange(size)
    adder = sparse.csr_matrix((np.ones(len(cell)), (place[cell], np.arange(len(cell)))), shape=(size, len(cell)))
    return (codes[first[order]], *(adder @ column for column in columns))


def nested_pairs(codes: np.ndarray, sizes: Sequence[int]) -> set[tuple[int, int]]:
    """Pairs of dimensions of which one settles the other (team and agent), whichever comes first."""
    nested = set()
    for one, other in combinations(range(codes.shape[1]), 2):
        both = group_keys(codes, sizes, (one, other))[1]
        alone = {column: group_keys(codes, sizes, (column,))[1] for column in (one, other)}
        finer, coarser = (one, other) if alone[one] >= alone[other] else (other, one)
        if both == alone[finer] and alone[coarser] > 1:
            nested.add((one, other))
    return nested


def cuboids(dims: int, depth: int, exclusive: set[tuple[int, int]]) -> list[tuple[int, ...]]:
    """Combinations of so many dimensions, at most one of each hierarchy."""
    return [
        columns
        for columns in combinations(range(dims), depth)
        if not any(pair in exclusive for pair in combinations(columns, 2))
    ]


def exclusive_pairs(
    dims: Sequence[str], hierarchies: Sequence[Sequence[str]], nested: set[tuple[int, int]]
) -> set[tuple[int, int]]:
    """Pairs of dimensions that may not stand in one cell: declared hierarchies and those found in the data."""
    pairs = set(nested)
    for chain in hierarchies:
        places = sorted(dims.index(name) for name in chain if name in dims)
        pairs.update(combinations(places, 2))
    return pairs
