"""Measures per leaf (totals, ratios, counts per score) and the comparison each asks for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ccsat.errors import CcsatError, ColumnError, DataError, listing
from ccsat.numerics.cube import Cube, code_leaves, merge_leaves
from ccsat.numerics.evidence import compare_counts, compare_sums
from ccsat.stages.located import LEAST_ROWS, LEAST_SHARE, Problem

DIRECTIONS = ("down", "up", "both")
REFERENCES = ("period", "forecast")


@dataclass(frozen=True)
class Total:
    """A plain sum per leaf."""

    column: str


@dataclass(frozen=True)
class Ratio:
    """A sum over a sum per leaf, e.g. satisfied over rated."""

    numerator: str
    denominator: str


@dataclass(frozen=True)
class ScoreCounts:
    """Counts per score: column -> what one row in it is worth."""

    scores: Mapping[str, float]


Measure = Total | Ratio | ScoreCounts


def columns_of(measure: Measure) -> list[str]:
    """The columns a measure reads."""
    if isinstance(measure, Total):
        return [measure.column]
    return [measure.numerator, measure.denominator] if isinstance(measure, Ratio) else list(measure.scores)


def numbers_of(leaves: pd.DataFrame, name: str) -> np.ndarray:
    """A column as numbers; an empty value counts nothing."""
    if isinstance(leaves[name].dtype, np.dtype) and leaves[name].dtype.kind in "iuf":
        return np.nan_to_num(leaves[name].to_numpy(dtype=float), posinf=0.0, neginf=0.0)
    found = pd.to_numeric(leaves[name], errors="coerce")
    bad = found.isna() & leaves[name].notna()
    if bad.any():
        raise ColumnError("leaves_number", column=name, value=str(leaves.loc[bad, name].iloc[0]))
    return np.nan_to_num(found.to_numpy(dtype=float), posinf=0.0, neginf=0.0)


def check_options(direction, reference_is, current, reference) -> None:
    """Raises CcsatError where an option does not exist, or the measures are of two kinds."""
    for name, value, allowed in (("direction", direction, DIRECTIONS), ("reference_is", reference_is, REFERENCES)):
        if value not in allowed:
            raise CcsatError("leaves_option", option=name, value=value, allowed=listing(allowed))
    if not isinstance(current, Measure) or type(current) is not type(reference):
        raise CcsatError("leaves_measures", current=type(current).__name__, reference=type(reference).__name__)


def count_levels(
    leaves: pd.DataFrame, dims: list[str], values: Mapping[int, float], periods: Sequence[str | None]
) -> tuple[np.ndarray, np.ndarray, tuple[np.ndarray, ...], list[np.ndarray]]:
    """Distinct worths, leaf codes, labels and per period the (leaves, worths) counts of long-form leaves."""
    kept = leaves[leaves["level"].isin(list(values))]
    worth, place = np.unique([values[level] for level in values], return_inverse=True)
    column = dict(zip(values, place, strict=True))
    codes, levels = code_leaves(kept, dims)
    at = kept["level"].map(column).to_numpy(dtype=np.int64)
    wide = []
    for period in periods:
        n = kept["n"].to_numpy(dtype=float)
        if period is not None:
            n = np.where(kept["period"].to_numpy() == period, n, 0.0)
        counts = np.zeros((len(kept), len(worth)))
        counts[np.arange(len(kept)), at] = n
        wide.append(counts)
    codes, *wide = merge_leaves(codes, [max(len(found), 1) for found in levels], *wide)
    return worth, codes, levels, wide


def build_problem(dims, levels, codes, first, second, current, reference, exclusive, design_effect, known):
    """The comparison that the measures ask for, and the standard error of the total; None without any rows."""
    if isinstance(current, Total):
        sum1, sum0 = first[:, 0], second[:, 0]
        if not len(codes):
            return None, 0.0
        compared = compare_sums(sum1, sum0)
        evidence = compared.evidence
        noise = np.divide(evidence.shape1, evidence.weight, out=np.zeros(len(sum1)), where=evidence.weight > 0)
        ones = np.ones(len(codes))
        problem = Problem(dims, levels, codes, ones, ones, sum1, sum0, 1.0, compared, 1, exclusive, True)
        return problem, float(np.sqrt(noise.sum()))
    if isinstance(current, Ratio):
        (part1, size1), (part0, size0) = first.T, second.T
        if (size1 < 0).any() or (size0 < 0).any():
            raise DataError("leaves_negative", columns=listing([current.denominator, reference.denominator]))
        bounded = all((part >= 0).all() and (part <= size).all() for part, size in ((part1, size1), (part0, size0)))
        fractional = (first != np.rint(first)).any()
        if not bounded or known and fractional:
            return _unbounded(dims, levels, codes, part1, size1, part0, size0, exclusive)
        values = np.array([0.0, 1.0])
        first, second = np.column_stack([size1 - part1, part1]), np.column_stack([size0 - part0, part0])
        floor = 0.0 if fractional else 1.0
    else:
        if (first < 0).any() or (second < 0).any():
            raise DataError("leaves_negative", columns=listing([*current.scores, *reference.scores]))
        values, first, second = _common_values(current, reference, first, second)
        floor = 1.0
    if first.sum() <= 0 or second.sum() <= 0 or len(values) < 2:
        return None, 0.0
    held = (first.sum(axis=1) > 0) | (second.sum(axis=1) > 0)
    cube = Cube(dims, levels, codes[held], values, first[held], second[held])
    compared = compare_counts(cube, exclusive, design_effect=design_effect, known=known, floor=floor)
    least = max(LEAST_ROWS, LEAST_SHARE * cube.n1.sum())
    problem = Problem(dims, levels, cube.codes, cube.n1, cube.n0, cube.sum1, cube.sum0, float(cube.n1.sum()), compared,
                      least, exclusive)  # fmt: skip
    variance = sum(
        float((counts.sum(axis=0) @ (values - mean) ** 2) / counts.sum() ** 2)
        for counts, mean in ((first, cube.sum1.sum() / cube.n1.sum()), (second, cube.sum0.sum() / cube.n0.sum()))[
            : 1 if known else 2
        ]
    )
    return problem, float(np.sqrt(design_effect * variance))


def _unbounded(dims, levels, codes, part1, size1, part0, size0, exclusive):
    if size1.sum() <= 0 or size0.sum() <= 0:
        return None, 0.0
    compared = compare_sums(part1, part0, size1, size0)
    evidence = compared.evidence
    noise = np.divide(evidence.shape1, evidence.weight, out=np.zeros(len(part1)), where=evidence.weight > 0)
    least = max(LEAST_ROWS, LEAST_SHARE * size1.sum())
    problem = Problem(dims, levels, codes, size1, size0, part1, part0, float(size1.sum()), compared, least, exclusive)
    return problem, float(np.sqrt(noise.sum()) / size1.sum())


def _common_values(current: ScoreCounts, reference: ScoreCounts, first: np.ndarray, second: np.ndarray):
    """Counts per distinct worth, the same worths in both periods."""
    values = np.unique([*current.scores.values(), *reference.scores.values()]).astype(float)
    wide = []
    for measure, counts in ((current, first), (reference, second)):
        place = np.searchsorted(values, np.array(list(measure.scores.values()), dtype=float))
        spread = np.zeros((counts.shape[1], len(values)))
        spread[np.arange(counts.shape[1]), place] = 1
        wide.append(counts @ spread)
    return values, *wide
