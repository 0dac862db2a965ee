"""What chance alone would find: cubes drawn without a change, and how steady an answer is under resampling."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ccsat.numerics.pursuit import improvement, search
from ccsat.numerics.scan import Scan, Statistics, likelihood_ratio, solve

FLOOR = 3.0  # least price of a cell beyond its name: the model of the baseline is never exact
POOL = 250  # candidates that take part in a resample
EULER = 0.5772156649015329
EVEN_SKEW = 1.5  # up to which a sum is drawn from a curved normal law
FEW_ROWS = 10  # of a leaf, up to which rows are drawn one by one

Draw = Callable[[np.random.Generator, int], tuple[np.ndarray, np.ndarray | None]]


def draw_sums(
    rng: np.random.Generator, rows: np.ndarray, shares: np.ndarray, values: np.ndarray, draws: int
) -> np.ndarray:
    """(leaves, draws) sums of values of so many rows per leaf with these shares per value.

    A leaf whose sum is nearly even is drawn from a curved normal law with its mean, variance and third moment; the others
    as they are, row by row or value by value.

    Source:
        Fleishman (1978), Psychometrika 43, 521-532, without the cubic term.
    """
    mean = shares @ values
    away = values[None, :] - mean[:, None]
    weighed = away * away * shares
    spread, third = np.sqrt(weighed.sum(axis=1)), np.einsum("lk,lk->l", weighed, away)
    whole = np.rint(rows)
    skew = np.divide(
        third, spread**3 * np.sqrt(whole), out=np.full(len(rows), np.inf), where=(whole > 0) & (spread > 0)
    )
    even = np.abs(skew) <= EVEN_SKEW
    summed = np.empty((len(rows), draws))
    curve = _curvature(skew[even])
    straight, deviation = np.sqrt(1 - 2 * curve**2), spread[even] * np.sqrt(whole[even])
    drawn = rng.standard_normal((int(even.sum()), draws))
    bent = drawn * (curve * deviation)[:, None]
    bent += (straight * deviation)[:, None]
    drawn *= bent
    drawn += (whole[even] * mean[even] - curve * deviation)[:, None]
    summed[even] = drawn
    few = ~even & (whole > 0) & (whole <= FEW_ROWS)
    summed[few] = _row_by_row(rng, whole[few].astype(np.int64), shares[few], values, draws)
    rest = ~even & (whole > FEW_ROWS)
    summed[rest] = _value_by_value(rng, whole[rest].astype(np.int64), shares[rest], values, draws)
    summed[whole <= 0] = 0.0
    return summed


def _row_by_row(rng, rows, shares, values, draws) -> np.ndarray:
    if not len(rows):
        return np.zeros((0, draws))
    reached = np.cumsum(shares, axis=1).astype(np.float32)
    chance = rng.random((int(rows.sum()), draws), dtype=np.float32)
    worth = np.full(chance.shape, values[0])
    for position in range(len(values) - 1):
        over = chance > np.repeat(reached[:, position], rows)[:, None]
        worth += over * (values[position + 1] - values[position])
    return np.add.reduceat(worth, np.r_[0, np.cumsum(rows)[:-1]], axis=0)


def _value_by_value(rng, rows, shares, values, draws) -> np.ndarray:
    left = np.repeat(rows[:, None], draws, axis=1)
    counted, tail = np.zeros(left.shape), np.ones(len(rows))
    for position in range(len(values) - 1):
        chance = np.clip(shares[:, position] / np.maximum(tail, 1e-300), 0, 1)
        found = rng.binomial(left, chance[:, None])
        counted += values[position] * found
        left -= found
        tail = tail - shares[:, position]
    return counted + values[-1] * left


def _curvature(skew: np.ndarray) -> np.ndarray:
    """The c of sqrt(1 - 2 c^2) z + c (z^2 - 1), whose third moment is 6 c - 4 c^3, for a given third moment."""
    curve = skew / 6
    for _ in range(3):  # Newton
        square = curve * curve
        curve = curve - (6 * curve - 4 * square * curve - skew) / (6 - 12 * square)
    return curve


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
        if not usable.any():
            maxima.append(np.full(gain.shape[1], -np.inf))
            continue
        if len(statistics.signs) == 1:  # without turning it round: a fall has another tail than a rise
            gain = np.where(gain * statistics.signs[0] > 0, gain, 0.0)
        gain = gain if usable.all() else gain[usable]
        score = likelihood_ratio(gain, variance[usable, None], statistics.lopsided[usable, None])
        score -= statistics.code[usable, None]
        maxima.append(score.max(axis=0))
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
    covariance = scan.among(pool)
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
