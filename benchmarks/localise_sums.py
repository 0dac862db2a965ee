"""New instances of the public localisation families, drawn by our own code: dense sums (T, B0) and ratios (DT) against a forecast.

T follows the published description of the riskloc generator (MIT) with dimensions of 4, 6, 8, 6 and 5 levels; B0 and DT imitate the
shape of the Squeeze B0 files and of the low-noise ratio set in `../shared/localise`.
"""

from __future__ import annotations

from itertools import product

import numpy as np
import pandas as pd

SMALL = {"a": 4, "b": 6, "c": 8, "d": 6, "e": 5}
WIDE = {"a": 6, "b": 36, "c": 10, "d": 10}
Cell = dict[str, str]
Drawn = tuple[pd.DataFrame, list[str], list[Cell]]


def grid(sizes: dict[str, int]) -> pd.DataFrame:
    """All leaves; levels are a1, a2, ..."""
    levels = [[f"{dim}{k}" for k in range(1, size + 1)] for dim, size in sizes.items()]
    return pd.DataFrame(list(product(*levels)), columns=list(sizes))


def inside(leaves: pd.DataFrame, cell: Cell) -> np.ndarray:
    return np.logical_and.reduce([(leaves[dim] == level).to_numpy() for dim, level in cell.items()])


def draw_t(rng: np.random.Generator) -> Drawn:
    """Sums with up to a quarter of noise; one to three faults of one to three cells each, of any depth, that share no level."""
    while True:
        drawn = _try_t(rng)
        if drawn is not None:
            return drawn


def _try_t(rng: np.random.Generator) -> Drawn | None:
    leaves = grid(SMALL)
    count = len(leaves)
    noise = rng.uniform(0, 0.25)
    real = rng.weibull(rng.uniform(0.5, 1.0), count) * 100 * (rng.random(count) > rng.uniform(0, 0.25))
    noisy = real * (1 + rng.normal(0, noise, count))
    swapped = rng.random(count) < 0.5
    leaves["real"] = np.where(swapped, noisy, real)
    leaves["predict"] = np.maximum(np.where(swapped, real, noisy), 0)
    faults: list[tuple[list[str], list[Cell]]] = []
    for _ in range(int(rng.integers(1, 4))):
        fault = _fault(rng, leaves, faults)
        if fault is None:
            return None
        faults.append(fault)
    falls = leaves["real"].sum() <= leaves["predict"].sum()
    moved, kept = ("real", "predict") if falls else ("predict", "real")
    for _, cells in faults:
        severity, deviation = rng.uniform(0.2, 1.0) + noise, rng.uniform(0, 0.1)
        hit = np.logical_or.reduce([inside(leaves, cell) for cell in cells])
        factor = np.maximum(1 - rng.normal(severity, deviation, int(hit.sum())), 0)
        leaves.loc[hit, moved] = leaves.loc[hit, kept] * factor
    return leaves, list(SMALL), [cell for _, cells in faults for cell in cells]


def _fault(rng, leaves, faults) -> tuple[list[str], list[Cell]] | None:
    """Cells of one cuboid, of levels that no fault has used; None where there are none."""
    depth, wanted = int(rng.integers(1, len(SMALL) + 1)), int(rng.integers(1, 4))
    for _ in range(100):
        dims = sorted(rng.choice(list(SMALL), depth, replace=False).tolist())
        if depth < len(SMALL) and dims in [other for other, _ in faults]:
            continue
        free = {dim: sorted({f"{dim}{k}" for k in range(1, SMALL[dim] + 1)} - {cell[dim] for other, cells in faults if dim in other for cell in cells})
                for dim in dims}  # fmt: skip
        if not all(free.values()):
            continue
        cells = [{dim: str(rng.choice(free[dim])) for dim in dims} for _ in range(wanted)]
        empty = depth == len(SMALL) and any(leaves.loc[inside(leaves, cell), "real"].iloc[0] == 0 for cell in cells)
        if len({tuple(cell.values()) for cell in cells}) == wanted and not empty:
            return dims, cells
    return None


def draw_dt(rng: np.random.Generator) -> Drawn:
    """Ratios with a few percent of noise; one to three cells of depth one to three, apart from each other, lose 15 to 50 %."""
    leaves = grid(SMALL)
    count = len(leaves)
    noise = rng.uniform(0.01, 0.13)
    rows = rng.weibull(rng.uniform(0.5, 1), count) * 200 * (rng.random(count) > 0.1)
    usual = np.clip(0.86 + rng.normal(0, 0.03, 6)[pd.factorize(leaves["b"])[0]] + rng.normal(0, 0.02, count), 0.7, 0.99)
    leaves["predict_b"], leaves["predict_a"] = rows, rows * usual
    leaves["real_b"] = rows * (1 + rng.normal(0, noise / 3, count))
    now = usual * (1 + rng.normal(0, noise / 4, count))
    cells = _apart(rng, SMALL, int(rng.integers(1, 4)), [1, 2, 3], crossing=False)
    for cell in cells:
        hit = inside(leaves, cell)
        now[hit] = usual[hit] * (1 - rng.uniform(0.15, 0.5)) * (1 + rng.normal(0, noise / 3, int(hit.sum())))
    leaves["real_a"] = leaves["real_b"] * np.clip(now, 0, 1)
    return leaves, list(SMALL), cells


def draw_b0(rng: np.random.Generator) -> Drawn:
    """Sparse sums with 1 % of noise; one to three cells of one depth that may cross keep 60 % to none of their value.

    As measured on the published files: two dimensions settle most of the third that is empty, the rest is log-normal (median 19, a tenth
    near 1,000 or above), what a cell keeps is rounded, and at least half of a cell's leaves have a value.
    """
    leaves = grid(WIDE)
    count = len(leaves)
    open_pair = rng.random(WIDE["b"] * WIDE["c"]) < 0.71
    pair = leaves["b"].str[1:].astype(int) * WIDE["c"] - WIDE["c"] + leaves["c"].str[1:].astype(int) - 1
    held = open_pair[pair] & (rng.random(count) < 0.9)
    value = np.maximum(np.rint(rng.lognormal(2.95, 3.0, count)), 1) * held
    leaves["predict"] = value
    leaves["real"] = value * (1 + rng.normal(0, 0.01, count))
    wanted, depth, cells = int(rng.integers(1, 4)), int(rng.integers(1, 4)), []
    while not cells or any(held[inside(leaves, cell)].mean() < 0.5 for cell in cells):
        cells = _apart(rng, WIDE, wanted, [depth], crossing=True)
    for cell in cells:
        hit = inside(leaves, cell)
        left = np.rint(value[hit] * rng.choice([0, 0.2, 0.4, 0.6]))
        leaves.loc[hit, "real"] = left * (1 + rng.normal(0, 0.01, int(hit.sum())))
    return leaves, list(WIDE), cells


def _apart(rng, sizes, count, depths, *, crossing) -> list[Cell]:
    """So many cells, none inside another."""
    found: list[Cell] = []
    while len(found) < count:
        dims = sorted(rng.choice(list(sizes), int(rng.choice(depths)), replace=False))
        cell = {str(dim): f"{dim}{rng.integers(1, sizes[dim] + 1)}" for dim in dims}
        nested = any(
            set(cell.items()) <= set(other.items()) or set(other.items()) <= set(cell.items()) for other in found
        )
        meets = any(all(other.get(dim, level) == level for dim, level in cell.items()) for other in found)
        if not nested and (crossing or not meets):
            found.append(cell)
    return found


DRAW = {"T": draw_t, "DT": draw_dt, "B0": draw_b0}
