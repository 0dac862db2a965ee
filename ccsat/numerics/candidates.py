"""The cells that a search may choose: supported, named once, each with the length of its name."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from ccsat.numerics.cube import cuboids, group_keys

EVERYWHERE = 0  # the first candidate is all leaves together


@dataclass(frozen=True, eq=False)
class Candidates:
    """Cells of all cuboids up to a depth.

    Attributes:
        members: (cells, leaves) 0/1 matrix.
        columns: Positions of the dimensions that name each cell.
        first: One leaf of each cell, whose codes are the cell's values.
        code: Length of each name in nats: depth, cuboid, cell.
        depth: Dimensions in each name; 0 for everywhere.
    """

    members: sparse.csr_matrix
    columns: list[tuple[int, ...]]
    first: np.ndarray
    code: np.ndarray
    depth: np.ndarray

    def mask(self, cell: int) -> np.ndarray:
        """The cell's leaves as a boolean vector."""
        inside = np.zeros(self.members.shape[1], dtype=bool)
        inside[self.leaves(cell)] = True
        return inside

    def inside(self, cell: int) -> np.ndarray:
        """Which other candidates lie within a cell."""
        held = self.members @ self.mask(cell)
        found = held == np.diff(self.members.indptr)
        found[cell] = False
        return found

    def leaves(self, cell: int) -> np.ndarray:
        """Positions of the cell's leaves."""
        return self.members.indices[self.members.indptr[cell] : self.members.indptr[cell + 1]]


def build_candidates(
    codes: np.ndarray,
    sizes: list[int],
    support: np.ndarray,
    least: float,
    *,
    max_depth: int,
    exclusive: set[tuple[int, int]],
) -> Candidates:
    """Every cell with enough support, the shortest name where several names hold the same leaves.

    Args:
        support: Per leaf, what a cell's size is measured in (rows, or 1).
        least: Smallest size of a cell.
        exclusive: Pairs of dimensions that may not stand together.
    """
    leaves = len(codes)
    rows, cols = [np.zeros(leaves, dtype=np.int32)], [np.arange(leaves, dtype=np.int32)]
    columns, first, code, depths = [()], [np.zeros(1, dtype=np.int64)], [np.log([max_depth])], [np.zeros(1, dtype=int)]
    count = 1
    for depth in range(1, max_depth + 1):
        chosen = cuboids(len(sizes), depth, exclusive)
        for cuboid in chosen:
            cell, size = group_keys(codes, sizes, cuboid)
            summed = np.bincount(cell, support, minlength=size)
            keep = summed >= least
            if depth == 1 and size == 1 or not keep.any():
                continue
            kept = int(keep.sum())
            number = np.where(keep, np.cumsum(keep) - 1, -1).astype(np.int32)[cell]
            held = cols[0] if kept == size else np.flatnonzero(number >= 0).astype(np.int32)
            number = number if kept == size else number[held]
            rows.append(number + np.int32(count))
            cols.append(held)
            example = np.zeros(kept, dtype=np.int64)
            example[number] = held
            first.append(example)
            columns += [cuboid] * kept
            length = np.log(max_depth) + np.log(len(chosen)) + np.log((summed > 0).sum())
            code.append(np.full(kept, length))
            depths.append(np.full(kept, depth))
            count += kept
    row, col = np.concatenate(rows), np.concatenate(cols)
    members = sparse.csr_matrix((np.ones(len(row)), (row, col)), shape=(count, leaves))
    keep = _shortest_names(members)
    return Candidates(
        members if len(keep) == count else members[keep],
        columns if len(keep) == count else list(map(columns.__getitem__, keep.tolist())),
        np.concatenate(first)[keep],
        np.concatenate(code)[keep],
        np.concatenate(depths)[keep],
    )


def _shortest_names(members: sparse.csr_matrix) -> np.ndarray:
    """The first cell of each set of leaves; cells come by depth, so it has the shortest name."""
    marks = np.random.default_rng(0).integers(1, 2**63, size=members.shape[1], dtype=np.uint64)
    sums = np.add.reduceat(marks[members.indices], members.indptr[:-1])  # modulo 2^64: two sets as good as never agree
    _, keep = np.unique(sums, return_index=True)
    return np.sort(keep)
