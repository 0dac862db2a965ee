"""The localiser on aggregated data: which cells hold a change between two periods, or against a forecast."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ccsat.errors import CcsatError, ColumnError, DataError, listing
from ccsat.numerics.cube import Cube, code_leaves, exclusive_pairs, merge_leaves, nested_pairs
from ccsat.numerics.evidence import compare_counts, compare_sums
from ccsat.stages.located import LEAST_ROWS, LEAST_SHARE, Z95, Located, Problem, cell_table, find_cells, rate_rows
from ccsat.stages.mixed import measure_mix, mix_rows

DIRECTIONS = ("down", "up", "both")
REFERENCES = ("period", "forecast")
LOCAL_PART = 0.25  # cells below this part of a significant mix do not make the verdict


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


def locate_in_leaves(
    leaves: pd.DataFrame,
    dims: Sequence[str],
    *,
    current: Measure,
    reference: Measure,
    direction: str = "both",
    max_depth: int = 3,
    rng: int | np.random.Generator = 0,
    reference_is: str = "period",
    min_n: float = 30,
    hierarchies: Mapping[str, Sequence[str]] | None = None,
    design_effect: float = 1.0,
    draws: int = 200,
    unions: bool = False,
) -> Located:
    """Which few combinations of levels hold a change?

    Args:
        leaves: One row a leaf (rows of the same leaf are added up).
        dims: Columns that make cells.
        current, reference: The same kind of measure: `Total`, `Ratio` or `ScoreCounts`.
        direction: Look for cells that went "down", "up" or "both".
        max_depth: Most dimensions in one cell.
        reference_is: "period" (with sampling noise of its own) or "forecast" (exact per leaf).
        min_n: Rows a cell needs to be a finding; not asked of a `Total`, which has no rows.
        hierarchies: Name -> dimensions from coarse to fine; a cell has at most one of each. Dimensions of which
            one settles the other are found in the data as well.
        design_effect: Variance of a mean over that of independent rows (clusters).
        draws: Resamples for `stability`; 0 leaves it out.
        unions: Name several values of one dimension that moved alike as one cell. Else each is a row.

    Returns:
        Located: points of cells + everywhere + mix + remainder = total, to 1e-9.

    Raises:
        ColumnError: A column is missing or not numeric.
        DataError: Negative counts.
        CcsatError: An option that does not exist, or measures of two kinds.

    Assumes:
        Rows are independent but for `design_effect`; a leaf's noise beyond that is seen in the scatter of leaves.

    Source:
        Likelihood-ratio scan: Kulldorff (1997), Communications in Statistics 26, 1481-1496; code lengths: Rissanen
        (1978), Automatica 14, 465-471; rate and mix: Kitagawa (1955).
    """
    _check_options(direction, reference_is, current, reference)
    dims = list(dims)
    columns = _columns(current) + _columns(reference)
    missing = [name for name in dict.fromkeys([*dims, *columns]) if name not in leaves.columns]
    if missing:
        raise ColumnError("leaves_columns", missing=listing(missing), columns=listing(leaves.columns))
    numbers = {name: _numbers(leaves, name) for name in dict.fromkeys(columns)}
    codes, levels = code_leaves(leaves, dims)
    stacked = np.column_stack([numbers[name] for name in columns]) if columns else np.zeros((len(leaves), 0))
    codes, stacked = merge_leaves(codes, [max(len(found), 1) for found in levels], stacked)
    half = len(_columns(current))
    options = {
        "direction": direction, "max_depth": max_depth, "rng": rng, "min_n": min_n, "hierarchies": hierarchies,
        "design_effect": design_effect, "draws": draws, "unions": unions, "known": reference_is == "forecast",
    }  # fmt: skip
    return _locate(tuple(dims), levels, codes, stacked[:, :half], stacked[:, half:], current, reference, **options)


def locate_cube(
    leaves: pd.DataFrame,
    dims: Sequence[str],
    values: Mapping[int, float],
    *,
    direction: str = "both",
    max_depth: int = 3,
    rng: int | np.random.Generator = 0,
    min_n: float = 30,
    hierarchies: Mapping[str, Sequence[str]] | None = None,
    design_effect: float = 1.0,
    draws: int = 200,
    unions: bool = True,
) -> Located:
    """The same on an engine's `leaves`: `period` ("current", "baseline"), the dimensions, `level` and `n`.

    Args:
        values: Level -> what one row is worth to the KPI; rows of other levels are left out.
    """
    missing = [name for name in ("period", *dims, "level", "n") if name not in leaves.columns]
    if missing:
        raise ColumnError("leaves_columns", missing=listing(missing), columns=listing(leaves.columns))
    worth, codes, levels, counts = count_levels(leaves, list(dims), values, ("current", "baseline"))
    known = ScoreCounts({str(place): float(value) for place, value in enumerate(worth)})
    return _locate(
        tuple(dims), levels, codes, counts[0], counts[1], known, known, direction=direction, max_depth=max_depth,
        rng=rng, min_n=min_n, hierarchies=hierarchies, design_effect=design_effect, draws=draws, unions=unions, known=False,
    )  # fmt: skip


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


def _locate(
    dims, levels, codes, first, second, current, reference, *, direction, max_depth, rng, min_n, hierarchies, design_effect,
    draws, unions, known,
) -> Located:  # fmt: skip
    rng = np.random.default_rng(rng)
    exclusive = exclusive_pairs(
        list(dims), list((hierarchies or {}).values()), nested_pairs(codes, [len(found) for found in levels])
    )
    problem, errors = _problem(dims, levels, codes, first, second, current, reference, exclusive, design_effect, known)
    if problem is None:
        return _nothing(float("nan"))
    value1 = problem.sum1.sum() / problem.rows
    value0 = problem.sum0.sum() / (1.0 if problem.plain_sums else problem.size0.sum())
    total = float(value1 - value0)
    mix = measure_mix(problem, total, design_effect)
    findings = find_cells(
        problem, direction=direction, max_depth=max(1, min(max_depth, len(dims))),
        min_n=1 if problem.plain_sums else min_n, rng=rng, draws=draws, unions=unions,
    )  # fmt: skip
    held = float(findings.points.sum())
    shift = findings.everywhere
    verdict = _verdict(findings.points, shift, mix, total)
    rows = rate_rows(problem, findings)
    if verdict == "mix":
        rows += mix_rows(problem, mix, design_effect=design_effect, min_n=min_n, rng=rng, draws=draws)
        rows.sort(key=lambda row: -abs(row["points"]))
    table = cell_table(rows)
    return Located(
        table=table, verdict=verdict, total=total, total_lower=total - Z95 * errors, total_upper=total + Z95 * errors,
        mix=mix.points, mix_lower=mix.points - Z95 * mix.error, mix_upper=mix.points + Z95 * mix.error,
        rate=total - mix.points, everywhere=shift, everywhere_lower=shift - Z95 * findings.everywhere_error,
        everywhere_upper=shift + Z95 * findings.everywhere_error, remainder=total - held - shift - mix.points,
        mix_by_dim=mix.by_dim, threshold=findings.threshold, tested=findings.scan.candidates.members.shape[0],
    )  # fmt: skip


def _verdict(points: np.ndarray, shift: float, mix, total: float) -> str:
    sign = np.sign(total) or 1.0
    moved = abs(mix.points) if mix.significant and mix.points * sign > 0 else 0.0
    if len(points):
        return "mix" if sign * points.sum() < LOCAL_PART * moved and abs(points).sum() < moved else "local"
    if moved and moved >= sign * shift:
        return "mix"
    return "global" if shift else ("mix" if mix.significant else "noise")


def _problem(dims, levels, codes, first, second, current, reference, exclusive, design_effect, known):
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
        if not bounded:
            return _unbounded(dims, levels, codes, part1, size1, part0, size0, exclusive)
        values = np.array([0.0, 1.0])
        first, second = np.column_stack([size1 - part1, part1]), np.column_stack([size0 - part0, part0])
        floor = 1.0 if (first == np.rint(first)).all() else 0.0
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
        for counts, mean in ((first, cube.sum1.sum() / cube.n1.sum()), (second, cube.sum0.sum() / cube.n0.sum()))[: 1 if known else 2]
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


def _nothing(total: float) -> Located:
    """The answer where there is nothing to compare."""
    blank = float("nan")
    return Located(
        table=cell_table([]), caveats=(("caveat.leaves_nothing", {}),), verdict="noise", total=blank, total_lower=blank,
        total_upper=blank, mix=0.0, mix_lower=0.0, mix_upper=0.0, rate=blank, everywhere=0.0, everywhere_lower=0.0,
        everywhere_upper=0.0, remainder=blank, threshold=blank, tested=0,
        mix_by_dim=pd.DataFrame({"dim": pd.Series(dtype=object), "points": pd.Series(dtype=float)}),
    )  # fmt: skip


def _columns(measure: Measure) -> list[str]:
    if isinstance(measure, Total):
        return [measure.column]
    return [measure.numerator, measure.denominator] if isinstance(measure, Ratio) else list(measure.scores)


def _numbers(leaves: pd.DataFrame, name: str) -> np.ndarray:
    """A column as numbers; an empty value counts nothing."""
    found = pd.to_numeric(leaves[name], errors="coerce")
    bad = found.isna() & leaves[name].notna()
    if bad.any():
        raise ColumnError("leaves_number", column=name, value=str(leaves.loc[bad, name].iloc[0]))
    return np.nan_to_num(found.to_numpy(dtype=float), posinf=0.0, neginf=0.0)


def _check_options(direction, reference_is, current, reference) -> None:
    for name, value, allowed in (("direction", direction, DIRECTIONS), ("reference_is", reference_is, REFERENCES)):
        if value not in allowed:
            raise CcsatError("leaves_option", option=name, value=value, allowed=listing(allowed))
    if not isinstance(current, Measure) or type(current) is not type(reference):
        raise CcsatError("leaves_measures", current=type(current).__name__, reference=type(reference).__name__)
