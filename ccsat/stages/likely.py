"""Cells likelier than others before anybody looks: the scopes of registered changes; and unlikelier: rows without a level."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from ccsat.engine.base import NULL_LEVEL
from ccsat.numerics.scan import Scan

DECLARED = 2.0  # nats by which the data may speak against a cell that a registered change names
BLANK = 2.0  # nats more that a cell of rows without a level must show
Scope = Mapping[str, Sequence[str]]  # dimension to levels


def declared_cells(
    scan: Scan, dims: Sequence[str], codes: np.ndarray, labels: Sequence[np.ndarray], scopes: Sequence[Scope]
) -> frozenset[int]:
    """Candidates that are the whole scope of a registered change: one level of each dimension that it names."""
    cells: dict[tuple[int, ...], list[int]] = {}
    for cell, columns in enumerate(scan.candidates.columns):
        cells.setdefault(columns, []).append(cell)
    found = set()
    for scope in scopes:
        if not scope or not set(scope) <= set(dims) or any(len(levels) != 1 for levels in scope.values()):
            continue
        columns = sorted(dims.index(dim) for dim in scope)
        levels = [scope[dims[column]][0] for column in columns]
        for cell in cells.get(tuple(columns), ()):
            here = codes[scan.candidates.first[cell], columns]
            if [str(labels[column][code]) for column, code in zip(columns, here, strict=True)] == levels:
                found.add(cell)
    return frozenset(found)


def blank_cells(scan: Scan, codes: np.ndarray, labels: Sequence[np.ndarray]) -> np.ndarray:
    """Of each candidate whether it is named by the rows that have no level: no place where anything could have changed."""
    found = np.zeros(len(scan.candidates.columns), dtype=bool)
    for column, names in enumerate(labels):
        blank = np.flatnonzero(names == NULL_LEVEL)
        if len(blank):
            named = np.fromiter((column in columns for columns in scan.candidates.columns), bool, len(found))
            found |= named & (codes[scan.candidates.first, column] == blank[0])
    return found


def name_lengths(code: np.ndarray, declared: frozenset[int], blank: np.ndarray) -> np.ndarray:
    """Lengths of names in nats once what is known beforehand is counted in: a likely name is a short one."""
    length = code + BLANK * blank
    length[list(declared)] -= DECLARED
    return length
