"""From counts or sums per leaf to what a search needs: residuals, their noise, and draws without a change."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ccsat.numerics.cube import Cube, cuboids
from ccsat.numerics.expected import Expected, fit_expected, halve, shares_at
from ccsat.numerics.nulls import Draw, draw_sums
from ccsat.numerics.scan import Evidence

CHI2_MEDIAN = 0.4549364231195728  # of one squared standard normal
LEAST_TO_HALVE = 500  # rows from which the spread is taken from rows that the expected values have not seen
RICH = 2.0  # variance of a leaf's sum, in squared spans, from which its residual says something about noise
MOST_PAIRS = 4_000  # cells of one pair block, so that the model stays small
SPARSE_LEAVES = 40
SMALL = 0.01  # leaves that together hold so little of all rows do not become more precise as they shrink


@dataclass(frozen=True, eq=False)
class Compared:
    """Evidence with its parts: what was expected, and how to draw it again.

    `null` draws residuals without a change; `again` draws the same surveys anew.
    """

    evidence: Evidence
    expected: np.ndarray
    model: Expected | None
    null: Draw
    again: Draw
    dispersion: float
    drift: float


def compare_counts(
    cube: Cube, exclusive: set[tuple[int, int]], *, design_effect: float, known: bool = False, floor: float = 1.0
) -> Compared:
    """Current counts against what the baseline lets expect.

    Args:
        design_effect: Variance of a mean over that of independent rows.
        known: The baseline is a forecast: its leaf values count as exact.
        floor: Least dispersion, in multiples of the multinomial variance.
    """
    sizes = [len(labels) for labels in cube.levels]
    n1, n0, sum1, sum0 = cube.n1, cube.n0, cube.sum1, cube.sum0
    bounds = (float(cube.values.min()), float(cube.values.max()))
    model = None
    if known:
        pooled = sum0.sum() / max(n0.sum(), 1e-300)
        expected = np.clip(np.where(n0 > 0, sum0 / np.maximum(n0, 1e-300), pooled), *bounds)
    else:
        pairs = [pair for pair in cuboids(len(sizes), 2, exclusive) if sizes[pair[0]] * sizes[pair[1]] <= MOST_PAIRS]
        pairs = [pair for pair in pairs if min(sizes[pair[0]], sizes[pair[1]]) > 1]
        within = float(cube.count0.sum(axis=0) @ (cube.values - sum0.sum() / n0.sum()) ** 2 / n0.sum())
        given = {"n1": n1, "sum1": sum1, "pairs": pairs, "bounds": bounds}
        model = fit_expected(cube.codes, sizes, n0, sum0, within, **given)
        expected = model.mean
    shares = shares_at(expected, expected, cube.count0)
    if model is not None and cube.count0.sum() >= LEAST_TO_HALVE:
        fitted, checked = halve(cube.count0)
        other = fit_expected(cube.codes, sizes, fitted.sum(axis=1), fitted @ cube.values, within, **given)
        shares = shares_at(expected, other.mean, checked)
    centre = shares @ cube.values
    away = cube.values[None, :] - centre[:, None]
    third = (away * away * away * shares).sum(axis=1)
    spread = np.maximum(shares @ cube.values**2 - centre**2, 1e-9 * (bounds[1] - bounds[0]) ** 2 + 1e-300)
    shape1, shape0 = n1 * spread, n0 * spread
    residual1, residual0 = sum1 - n1 * expected, sum0 - n0 * expected
    span = bounds[1] - bounds[0]
    rich = (shape1 >= RICH * span**2) & ((n0 > 0) | known)
    base = shape1 if known else shape1 * (1 + n1 / np.maximum(n0, 1e-300))
    direct = residual1 if known else sum1 - n1 * sum0 / np.maximum(n0, 1e-300)
    dispersion, drift = floor, 0.0
    if rich.sum() >= SPARSE_LEAVES and n1[rich].sum() >= n1.sum() / 2:
        dispersion, drift = fit_noise(direct[rich], base[rich], n1[rich] ** 2, floor)
    dispersion *= design_effect
    weight = spread / (dispersion * spread + drift * n1)
    square = cube.count1 @ cube.values**2 - 2 * expected * sum1 + n1 * expected**2
    seen = {"square1": dispersion * square + drift * n1**2, "rows1": n1, "dispersion": dispersion,
            "level": expected, "third1": dispersion**1.5 * n1 * third, "third0": dispersion**1.5 * n0 * third}  # fmt: skip
    evidence = Evidence(residual1, shape1, weight, **seen)
    if not known:
        evidence = Evidence(residual1, shape1, weight, residual0, shape0, dispersion * shape0, **seen)

    def noise(rng: np.random.Generator, rows: np.ndarray, drifting: float, draws: int) -> np.ndarray:
        if (rows == np.rint(rows)).all():
            summed = draw_sums(rng, rows, shares, cube.values, draws) - (rows * centre)[:, None]
        else:
            summed = rng.standard_normal((len(rows), draws)) * np.sqrt(rows * spread)[:, None]
        if dispersion != 1:
            summed *= np.sqrt(dispersion)
        if drifting:
            summed += rng.standard_normal((len(rows), draws)) * (np.sqrt(drifting) * rows)[:, None]
        return summed

    def null(rng: np.random.Generator, draws: int) -> tuple[np.ndarray, np.ndarray | None]:
        return noise(rng, n1, drift, draws), None if known else noise(rng, n0, 0.0, draws)

    def again(rng: np.random.Generator, draws: int) -> tuple[np.ndarray, np.ndarray | None]:
        first = _resampled(rng, cube.count1, cube.values, expected, residual1, dispersion, draws)
        if known:
            return first, None
        return first, _resampled(rng, cube.count0, cube.values, expected, residual0, dispersion, draws)

    return Compared(evidence, expected, model, null, again, dispersion, drift)


def compare_level(cube: Cube, design_effect: float) -> Compared:
    """Current counts against their own overall mean, for cells that differ from the rest."""
    n1, sum1, values = cube.n1, cube.sum1, cube.values
    pooled = cube.count1.sum(axis=0)
    mean = float(pooled @ values / pooled.sum())
    variance = max(float(pooled @ (values - mean) ** 2 / pooled.sum()), 1e-12)
    expected, shape = np.full(len(n1), mean), n1 * variance
    residual = sum1 - n1 * mean
    square = design_effect * (cube.count1 @ (values - mean) ** 2)
    third = design_effect**1.5 * n1 * float(pooled @ (values - mean) ** 3 / pooled.sum())
    evidence = Evidence(residual, shape, np.full(len(n1), 1 / design_effect), square1=square, rows1=n1,
                        dispersion=design_effect, third1=third)  # fmt: skip
    shares = np.repeat((pooled / pooled.sum())[None, :], len(n1), axis=0)

    def null(rng: np.random.Generator, draws: int) -> tuple[np.ndarray, None]:
        drawn = draw_sums(rng, n1, shares, values, draws) - (n1 * mean)[:, None]
        return np.sqrt(design_effect) * drawn, None

    def again(rng: np.random.Generator, draws: int) -> tuple[np.ndarray, None]:
        return _resampled(rng, cube.count1, values, expected, residual, design_effect, draws), None

    return Compared(evidence, expected, None, null, again, design_effect, 0.0)


def _resampled(rng, counts, values, expected, residual, dispersion, draws) -> np.ndarray:
    """Residuals of surveys drawn anew, around the observed ones, with their noise scaled to the dispersion."""
    leaf, level = np.nonzero(counts > 0)
    found = counts[leaf, level]
    total = int(round(found.sum()))
    drawn = rng.multinomial(total, found / found.sum(), size=draws).T
    worth = values[level] - expected[leaf]
    starts = np.flatnonzero(np.r_[True, leaf[1:] != leaf[:-1]])
    summed = np.repeat(residual[:, None], draws, axis=1)
    change = np.add.reduceat((drawn - found[:, None]) * worth[:, None], starts, axis=0)
    summed[leaf[starts]] += np.sqrt(dispersion) * change
    return summed


def compare_sums(
    current: np.ndarray, reference: np.ndarray, weight1: np.ndarray | None = None, weight0: np.ndarray | None = None
) -> Compared:
    """Sums (or unbounded ratios, with their denominators) against a reference per leaf; noise comes from the scatter.

    Plain sums change relative to the middle of both, so that a tenfold rise is as even as a tenfold fall.

    Args:
        current, reference: Sums per leaf; of a ratio, its numerators.
        weight1, weight0: Denominators of a ratio.
    """
    if weight1 is None:
        expected, shape = reference.astype(float), (np.abs(current) + np.abs(reference)) / 2
        residual = current - reference
        square = shape**2
    else:
        pooled = reference.sum() / max(float(weight0.sum()), 1e-300)
        ratio = np.where(weight0 > 0, reference / np.maximum(weight0, 1e-300), pooled)
        expected, residual = ratio, current - weight1 * ratio
        shape, square = weight1 * np.maximum(np.abs(ratio), 1e-12), weight1**2
    held = shape > 0
    dispersion, drift = fit_noise(residual[held], shape[held], square[held], 0.0)
    variance = dispersion * shape + drift * square
    weight = np.divide(shape, variance, out=np.zeros_like(shape), where=variance > 0)
    deviation = np.sqrt(variance)[:, None]

    def null(rng: np.random.Generator, draws: int) -> tuple[np.ndarray, None]:
        return rng.standard_normal((len(shape), draws)) * deviation, None

    def again(rng: np.random.Generator, draws: int) -> tuple[np.ndarray, None]:
        return residual[:, None] + rng.standard_normal((len(shape), draws)) * deviation, None

    level = None if weight1 is None else ratio
    return Compared(Evidence(residual, shape, weight, level=level), expected, None, null, again, dispersion, drift)


def fit_noise(residual: np.ndarray, base: np.ndarray, square: np.ndarray, floor: float) -> tuple[float, float]:
    """Noise variance as `dispersion * base + drift * square`, from the middle of the residuals, so that a
    minority of changed leaves does not count.

    Source:
        Median of squares as a robust scale, in groups of like leaves; non-negative least squares over groups.
    """
    if len(residual) == 0:
        return max(floor, 1e-12), 0.0
    scaled = residual**2 / base
    exposure = square / base
    order = np.argsort(exposure, kind="stable")
    groups = np.array_split(order, int(np.clip(len(order) // 10, 1, 12)))
    seen = np.array([np.median(scaled[group]) for group in groups]) / CHI2_MEDIAN
    place = np.array([np.median(exposure[group]) for group in groups])
    design = np.column_stack([np.ones(len(groups)), place])
    trust = np.sqrt([len(group) for group in groups]) / np.maximum(seen, 1e-3 * seen.max() + 1e-300)
    best = None
    for columns in ([0, 1], [1], [0]) if len(groups) > 1 else ([0],):
        found = np.zeros(2)
        fit = np.linalg.lstsq(design[:, columns] * trust[:, None], (seen) * trust, rcond=None)[0]
        found[columns] = fit
        if (found >= 0).all():
            error = float((((design @ found - seen) * trust) ** 2).sum())
            if best is None or error < best[0] - 1e-12:
                best = (error, found)
    dispersion, drift = best[1] if best else (float(np.median(seen)), 0.0)
    if dispersion < floor:
        dispersion = floor
        above = np.maximum(seen - floor, 0)
        drift = float(((trust**2 * place) @ above) / max(float((trust**2 * place) @ place), 1e-300))
    size = np.sort(exposure)
    small = size[min(np.searchsorted(np.cumsum(size), SMALL * size.sum()), len(size) - 1)]
    dispersion = max(dispersion, drift * float(small), 1e-9 * float(np.mean(scaled)), 1e-300)
    return float(dispersion), float(drift)
