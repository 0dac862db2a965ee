"""What each leaf would be worth if nothing had changed: a model of the baseline, and the mix it implies."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ccsat.numerics.cube import group_keys

SWEEPS = 6
POOL_ROWS = 250  # rows in one pool of leaves of like expectation
MOST_POOLS = 25
ROOM = 0.01  # least room to a bound, in squared spans, where noise is taken to shrink with it
RICH_LEAF = 30  # rows of a typical leaf from which its own mean is worth fitting
PRIOR_ROWS = 5.0  # rows of the overall distribution that every pool has beside its own


def shares_at(wanted: np.ndarray, expected: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """(leaves, values) shares of each value where the expected value is as wanted, from leaves with other ones.

    Seen in the data, not assumed: leaves of like expectation are pooled, and shares run straight between pools.
    So a mean near the top does not promise less spread than such leaves have shown.
    """
    rows = counts.sum(axis=1)
    total = rows.sum()
    pooled = (counts.sum(axis=0) + 0.5) / (total + 0.5 * counts.shape[1])
    order = np.argsort(expected, kind="stable")
    reached = np.cumsum(rows[order])
    pools = int(np.clip(total // POOL_ROWS, 1, MOST_POOLS))
    pool = np.minimum((reached - rows[order] / 2) * pools // max(total, 1e-300), pools - 1).astype(int)
    held = np.array([np.bincount(pool, counts[order, k], minlength=pools) for k in range(counts.shape[1])]).T
    size = held.sum(axis=1)
    place = np.bincount(pool, rows[order] * expected[order], minlength=pools) / np.maximum(size, 1e-300)
    shares = (held + PRIOR_ROWS * pooled) / (size + PRIOR_ROWS)[:, None]
    seen = size > 0
    if seen.sum() < 2:
        return np.repeat(pooled[None, :], len(wanted), axis=0)
    return np.column_stack([np.interp(wanted, place[seen], column) for column in shares[seen].T])


@dataclass(frozen=True, eq=False)
class Expected:
    """The expected value of each leaf: `mean` = `level` + the `effects` of its blocks, kept within bounds.

    `effects` maps a block (a tuple of dimension positions; `()` is the leaf's own) to its effect per leaf.
    """

    mean: np.ndarray
    level: float
    effects: dict[tuple[int, ...], np.ndarray]


def fit_expected(
    codes: np.ndarray,
    sizes: list[int],
    n0: np.ndarray,
    sum0: np.ndarray,
    noise: float,
    *,
    n1: np.ndarray,
    sum1: np.ndarray,
    pairs: list[tuple[int, int]],
    bounds: tuple[float, float],
) -> Expected:
    """Main effects and pairs of dimensions, each block shrunk by its own variance (empirical Bayes).

    Blocks are fitted in turn, each on what the others leave; a block's variance comes from the spread of its
    cells beyond sampling noise. A level that the baseline never saw takes its current value, so that it counts
    as mix.

    Args:
        n0, sum0: Rows and sum of values per leaf in the baseline.
        noise: Variance of one row's value within a leaf, on average; less is taken near the bounds.
        n1, sum1: The same of the current period, used for unseen levels only.
        pairs: Blocks of two dimensions to include.
        bounds: Least and greatest possible value.

    Source:
        Backfitting of an additive model: Breiman and Friedman (1985); variance components by moments:
        DerSimonian and Laird (1986).
    """
    known = n0 > 0
    weight = n0[known].astype(float)
    level = float(sum0.sum() / n0.sum())
    rest = sum0[known] / weight - level
    blocks = [(column,) for column in range(len(sizes)) if sizes[column] > 1] + list(pairs)
    cell, size, total, variance, effect = {}, {}, {}, {}, {}
    for block in blocks:
        cell[block], size[block] = group_keys(codes, sizes, block)
        total[block] = np.bincount(cell[block][known], weight, minlength=size[block])
        effect[block] = np.zeros(size[block])
        variance[block] = 0.0
    noisy = np.full(len(weight), noise)
    fitted = np.full(len(weight), level)
    for sweep in range(SWEEPS):
        if sweep == 1:
            room = np.maximum((fitted - bounds[0]) * (bounds[1] - fitted), ROOM * (bounds[1] - bounds[0]) ** 2)
            noisy = room * (noise * weight.sum() / (weight @ room))
        for block in blocks if sweep else blocks[: len(blocks) - len(pairs)]:
            inside = cell[block][known]
            rest = rest + effect[block][inside]
            summed = np.bincount(inside, weight * rest, minlength=size[block])
            around = np.bincount(inside, weight * noisy, minlength=size[block]) / np.maximum(total[block], 1e-300)
            effect[block], variance[block] = _shrink(summed, total[block], around)
            rest = rest - effect[block][inside]
        drift = float(weight @ rest / weight.sum())
        level, rest = level + drift, rest - drift
        fitted = sum0[known] / weight - rest
    effects = {block: effect[block][cell[block]] for block in blocks}
    own = np.zeros(len(codes))
    if weight @ weight >= RICH_LEAF * weight.sum():
        own[known], _ = _shrink(weight * rest, weight, noisy)
    effects[()] = own
    mean = level + sum(effects.values())
    for column in range(len(sizes)):
        _adopt_unseen(codes[:, column], sizes[column], n0, n1, sum1, mean, effects, column)
    return Expected(np.clip(mean, *bounds), level, effects)


def _shrink(summed: np.ndarray, total: np.ndarray, noise: np.ndarray) -> tuple[np.ndarray, float]:
    """Shrunk cell means and the variance between cells, from sums, counts and a row's variance per cell."""
    held = total > 0
    rows = total.sum()
    between = (summed[held] ** 2 / total[held]).sum() - noise[held].sum()
    scale = rows - (total**2).sum() / rows
    variance = max(between / scale, 0.0) if scale > 0 else 0.0
    if variance == 0:
        return np.zeros(len(total)), 0.0
    return np.where(held, summed / (np.where(held, total, 1.0) + noise / variance), 0.0), variance


def _adopt_unseen(code, size, n0, n1, sum1, mean, effects, column) -> None:
    """Give levels without a baseline their current mean, as an effect of their dimension."""
    rows0 = np.bincount(code, n0, minlength=size)
    rows1 = np.bincount(code, n1, minlength=size)
    unseen = (rows0 == 0) & (rows1 > 0)
    if not unseen.any():
        return
    miss = np.bincount(code, sum1 - n1 * mean, minlength=size)
    extra = np.where(unseen, miss / np.maximum(rows1, 1e-300), 0.0)[code]
    mean += extra
    effects[column,] = effects.get((column,), 0.0) + extra


def halve(counts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Counts split in two at random, the same way each time; not whole numbers are not split but used twice."""
    if (counts != np.rint(counts)).any():
        return counts, counts
    first = np.random.default_rng(0).binomial(counts.astype(np.int64), 0.5).astype(float)
    return first, counts - first


def split_mix(expected: Expected, share1: np.ndarray, share0: np.ndarray) -> dict[tuple[int, ...], float]:
    """How far each block moves the mean because shares moved: sum over leaves of share change times effect."""
    return {block: float((share1 - share0) @ effect) for block, effect in expected.effects.items()}
