"""What chance alone would find: cubes drawn without a change, and how steady an answer is under resampling."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ccsat.numerics.pursuit import improvement, search
from ccsat.numerics.scan import Scan, Statistics, likelihood_ratio, solve

FLOOR = 3.0  # least price of a cell beyond its name: the model of the baseline is never exact
POOL = 250  # candidates that take part in a resample
EULER = 0.5772156649015329

Draw = Callable[[np.random.Generator, int], tuple[np.ndarray, np.ndarray | None]]


def draw_sums(
    rng: np.random.Generator, rows: np.ndarray, shares: np.ndarray, values: np.ndarray, draws: int
) -> np.ndarray:
    """(leaves, draws) sums of values of so many rows per leaf with these shares per value."""
    left = np.repeat(np.rint(rows).astype(np.int64)[:, None], draws, axis=1)
    summed = np.zeros(left.shape)
    tail = np.ones(len(rows))
    for position in range(len(values) - 1):
        chance = np.clip(shares[:, position] / np.maximum(tail, 1e-300), 0, 1)
        found = rng.binomial(left, chance[:, None])
        summed += values[position] * found
        left -= found
        tail = tail - shares[:, position]
    return summed + values[-1] * left


def null_maxima(scan: Scan, statistics: Statistics, draw: Draw, rng: np.random.Generator, draws: int) -> np.ndarray:
    """The best score (likelihood ratio less name) of each of so many cubes without a change."""
    pinned = list(statistics.pinned)
    maxima = []
    batch = max(1, min(draws, int(4e6 / scan.candidates.members.shape[1]) + 1))
    variance, solved = statistics.variance, None
    if pinned:
        rows = np.array([statistics.row(cell) for cell in pinned])
        solved = solve(rows[:, pinned], rows)
        variance = variance - np.einsum("kc,kc->c", rows, solved)
    usable = statistics.usable & (variance > 1e-6 * statistics.variance)
    usable[pinned] = False
    for start in range(0, draws, batch):
        gain = scan.gains(*draw(rng, min(batch, draws - start)))
        if pinned:
            gain = gain - solved.T @ gain[pinned]
        if len(statistics.signs) == 1:
            gain = np.maximum(gain * statistics.signs[0], 0)
        ratio = likelihood_ratio(gain[usable], variance[usable, None], statistics.lopsided[usable, None])
        score = ratio - statistics.code[usable, None]
        maxima.append(score.max(axis=0) if usable.any() else np.full(gain.shape[1], -np.inf))
    return np.concatenate(maxima)


def gumbel(maxima: np.ndarray) -> tuple[float, float]:
    """Place and scale of the extreme-value law with these maxima's mean and spread."""
    maxima = maxima[np.isfinite(maxima)]
    if len(maxima) < 2:
        return 0.0, 1.0
    scale = max(float(maxima.std(ddof=1)) * np.sqrt(6) / np.pi, 1e-3)
    return float(maxima.mean()) - EULER * scale, scale


def threshold(maxima: np.ndarray, level: float = 0.05) -> float:
    """The price of a cell: exceeded by chance in at most this share of cubes, and never below the floor."""
    place, scale = gumbel(maxima)
    return max(FLOOR, place - scale * np.log(-np.log1p(-level)))


def adjusted_p(score: np.ndarray, maxima: np.ndarray) -> np.ndarray:
    """Chance that the best of all candidates would score as high without a change."""
    place, scale = gumbel(maxima)
    return -np.expm1(-np.exp(-(np.asarray(score, dtype=float) - place) / scale))


def choose_again(
    scan: Scan,
    statistics: Statistics,
    chosen: list[int],
    price: float,
    draw: Draw,
    rng: np.random.Generator,
    draws: int,
) -> np.ndarray:
    """(draws, chosen) whether each chosen cell is chosen again when the surveys are drawn anew.

    The resamples search among the chosen cells and their strongest rivals, with and without the chosen ones.
    """
    if not chosen or not draws:
        return np.zeros((0, len(chosen)), dtype=bool)
    fixed = list(statistics.pinned)
    rivals = [np.argsort(-(improvement(statistics, fixed)[0] - statistics.code))[:POOL]]
    for cell in chosen:
        others = [*fixed, *(item for item in chosen if item != cell)]
        rivals.append(np.argsort(-(improvement(statistics, others)[0] - statistics.code))[: POOL // 4])
    pool = np.unique(np.concatenate([fixed, chosen, *rivals]).astype(int))
    place = {int(cell): position for position, cell in enumerate(pool)}
    covariance = np.array([scan.covariance(int(cell))[pool] for cell in pool])
    members = scan.candidates.members[pool]
    weight = scan.evidence.weight[:, None]
    found = []
    batch = max(1, min(draws, int(4e6 / members.shape[1]) + 1))
    for start in range(0, draws, batch):
        residual1, residual0 = draw(rng, min(batch, draws - start))
        gains = members @ (weight * residual1)
        if residual0 is not None:
            gains = gains - scan.ratio[pool][:, None] * (members @ (weight * residual0))
        for gain in gains.T:
            drawn = Statistics(
                gain, statistics.variance[pool], statistics.lopsided[pool], statistics.code[pool], statistics.signs,
                covariance.__getitem__, statistics.usable[pool], tuple(place[cell] for cell in fixed),
            )  # fmt: skip
            again = set(search(drawn, price))
            found.append([place[cell] in again for cell in chosen])
    return np.array(found, dtype=bool)
