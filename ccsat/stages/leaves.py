"""The localiser on aggregated data: which cells hold a change between two periods, or against a forecast."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from ccsat.errors import ColumnError, listing
from ccsat.numerics.candidates import EVERYWHERE
from ccsat.numerics.cube import Cube, code_leaves, exclusive_pairs, merge_leaves, nested_pairs
from ccsat.numerics.evidence import compare_level
from ccsat.stages.finding import find_cells, rate_rows, undecided_table
from ccsat.stages.likely import Scope
from ccsat.stages.located import (
    LEAST_ROWS,
    LEAST_SHARE,
    REST,
    Z95,
    Located,
    Problem,
    cell_table,
    measured,
    name_group,
    undecided_caveats,
)
from ccsat.stages.measures import (
    Measure,
    Ratio,
    ScoreCounts,
    Total,
    build_problem,
    check_options,
    columns_of,
    count_levels,
    numbers_of,
)
from ccsat.stages.mixed import measure_mix, mix_rows
from ccsat.stages.naming import Carried

__all__ = ["Ratio", "ScoreCounts", "Total", "locate_cube", "locate_in_leaves", "locate_level"]

LOCAL_PART = 0.25  # cells below this part of a significant mix, or of a shift of everything, do not make the verdict


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
    check_options(direction, reference_is, current, reference)
    dims = list(dims)
    columns = columns_of(current) + columns_of(reference)
    missing = [name for name in dict.fromkeys([*dims, *columns]) if name not in leaves.columns]
    if missing:
        raise ColumnError("leaves_columns", missing=listing(missing), columns=listing(leaves.columns))
    numbers = {name: numbers_of(leaves, name) for name in dict.fromkeys(columns)}
    codes, levels = code_leaves(leaves, dims)
    stacked = np.column_stack([numbers[name] for name in columns]) if columns else np.zeros((len(leaves), 0))
    codes, stacked = merge_leaves(codes, [max(len(found), 1) for found in levels], stacked)
    half = len(columns_of(current))
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
    carried: Carried | None = None,
    declared: Sequence[Scope] = (),
) -> Located:
    """The same on an engine's `leaves`: `period` ("current", "baseline"), the dimensions, `level` and `n`.

    Args:
        values: Level -> what one row is worth to the KPI; rows of other levels are left out.
        carried: Whether customers carry a dimension, by its name: such a cohort is told before the lines that it calls about.
        declared: Scopes of changes registered for the current period, as dimension -> levels: of two cells that the data hardly tell
            apart the one that a change names is told.
    """
    missing = [name for name in ("period", *dims, "level", "n") if name not in leaves.columns]
    if missing:
        raise ColumnError("leaves_columns", missing=listing(missing), columns=listing(leaves.columns))
    worth, codes, levels, counts = count_levels(leaves, list(dims), values, ("current", "baseline"))
    known = ScoreCounts({str(place): float(value) for place, value in enumerate(worth)})
    return _locate(
        tuple(dims), levels, codes, counts[0], counts[1], known, known, direction=direction, max_depth=max_depth,
        rng=rng, min_n=min_n, hierarchies=hierarchies, design_effect=design_effect, draws=draws, unions=unions, known=False,
        carried=carried, explained=True, declared=declared,
    )  # fmt: skip


def locate_level(
    leaves: pd.DataFrame,
    dims: Sequence[str],
    values: Mapping[int, float],
    target: float,
    *,
    direction: str = "down",
    max_depth: int = 3,
    rng: int | np.random.Generator = 0,
    min_n: float = 30,
    hierarchies: Mapping[str, Sequence[str]] | None = None,
    design_effect: float = 1.0,
    draws: int = 200,
    unions: bool = True,
) -> Located:
    """Which cells are worse (or better) than the rest, and how much of the gap to a target do they hold?

    Args:
        leaves: An engine's `leaves`: the dimensions, `level`, `n`; of a `period` column only "current" counts.
        values: Level -> what one row is worth.
        target: What the mean should be, perhaps the full mark.
        direction: "down" looks for cells below the rest, "up" above, "both" for either.

    Returns:
        Located: total = mean - target. Cells do not overlap: a leaf belongs to the first cell that holds it, and
        `points` are the cell's share times its distance from the target. Verdict "local", "global" (a gap, but no cell
        differs from the rest) or "noise" (no gap beyond chance).
    """
    missing = [name for name in (*dims, "level", "n") if name not in leaves.columns]
    if missing:
        raise ColumnError("leaves_columns", missing=listing(missing), columns=listing(leaves.columns))
    rng = np.random.default_rng(rng)
    period = "current" if "period" in leaves.columns else None
    worth, codes, levels, (counts,) = count_levels(leaves, list(dims), values, (period,))
    held = counts.sum(axis=1) > 0
    codes, counts = codes[held], counts[held]
    rows = counts.sum()
    if not rows:
        return _nothing()
    cube = Cube(tuple(dims), levels, codes, worth, counts, np.zeros_like(counts))
    exclusive = _exclusive(dims, hierarchies, levels, codes)
    problem = Problem(
        tuple(dims), levels, codes, cube.n1, cube.n0, cube.sum1, cube.sum0, float(rows), compare_level(cube, design_effect),
        max(LEAST_ROWS, LEAST_SHARE * rows), exclusive,
    )  # fmt: skip
    findings = find_cells(
        problem, direction=direction, max_depth=max(1, min(max_depth, len(dims))), min_n=min_n, rng=rng, draws=draws,
        unions=unions, pinned=(EVERYWHERE,), explained=True,
    )  # fmt: skip
    total = float(cube.sum1.sum() / rows - target)
    error = float(np.sqrt(design_effect * (counts.sum(axis=0) @ (worth - total - target) ** 2)) / rows)
    free = np.ones(len(codes), dtype=bool)
    found = []
    for place, group in enumerate(findings.groups):
        inside = findings.masks[place] & free
        if cube.n1[inside].sum() < min_n:
            continue
        free &= ~inside
        away = counts[inside].sum(axis=0)
        points = float(away @ (worth - target) / rows)
        wide = Z95 * float(np.sqrt(max(design_effect * (away @ (worth - target) ** 2 / rows - points**2) / rows, 0)))
        sizes = measured(problem, inside) | {"n_baseline": np.nan, "share_baseline": np.nan, "value_baseline": np.nan}
        found.append({
            "where": name_group(problem, findings.scan, group), **sizes, "points": points, "lower": points - wide,
            "upper": points + wide, "p_adjusted": float(findings.p_adjusted[place]),
            "stability": float(findings.stability[place]), "kind": "rate",
        })  # fmt: skip
    table, undecided = cell_table(found), undecided_table(problem, findings)
    verdict = "local" if found else ("global" if abs(total) > Z95 * error else "noise")
    return Located(
        table=table, verdict=verdict, total=total, total_lower=total - Z95 * error, total_upper=total + Z95 * error, rate=total,
        remainder=total - float(table["points"].sum()), threshold=findings.threshold, tested=len(findings.scan.variance),
        undecided=undecided, caveats=undecided_caveats(undecided), **_no_mix(),
    )  # fmt: skip


def _no_mix() -> dict:
    names = ("mix", "mix_lower", "mix_upper", "everywhere", "everywhere_lower", "everywhere_upper")
    blank = pd.DataFrame({"dim": pd.Series(dtype=object), "points": pd.Series(dtype=float)})
    return {**dict.fromkeys(names, 0.0), "mix_by_dim": blank}


def _exclusive(dims, hierarchies, levels, codes) -> set[tuple[int, int]]:
    nested = nested_pairs(codes, [len(found) for found in levels])
    return exclusive_pairs(list(dims), list((hierarchies or {}).values()), nested)


def _locate(
    dims, levels, codes, first, second, current, reference, *, direction, max_depth, rng, min_n, hierarchies, design_effect,
    draws, unions, known, carried=None, explained=False, declared=(),
) -> Located:  # fmt: skip
    rng = np.random.default_rng(rng)
    exclusive = _exclusive(dims, hierarchies, levels, codes)
    problem, errors = build_problem(
        dims, levels, codes, first, second, current, reference, exclusive, design_effect, known
    )
    if problem is None:
        return _nothing()
    value1 = problem.sum1.sum() / problem.rows
    value0 = problem.sum0.sum() / (1.0 if problem.plain_sums else problem.size0.sum())
    total = float(value1 - value0)
    mix = measure_mix(problem, total, design_effect)
    findings = find_cells(
        problem, direction=direction, max_depth=max(1, min(max_depth, len(dims))),
        min_n=1 if problem.plain_sums else min_n, rng=rng, draws=draws, unions=unions, carried=carried,
        explained=explained, declared=declared,
    )  # fmt: skip
    held = float(findings.points.sum())
    shift = findings.everywhere
    verdict = _verdict(findings.points, shift, mix, total)
    rows = rate_rows(problem, findings)
    if verdict == "mix":
        moved = mix_rows(problem, mix, design_effect=design_effect, min_n=min_n, rng=rng, draws=draws)
        rows += [row for row in moved if REST not in row["where"].values()]
        rows.sort(key=lambda row: -abs(row["points"]))
    table, undecided = cell_table(rows), undecided_table(problem, findings)
    return Located(
        table=table, verdict=verdict, total=total, total_lower=total - Z95 * errors, total_upper=total + Z95 * errors,
        mix=mix.points, mix_lower=mix.points - Z95 * mix.error, mix_upper=mix.points + Z95 * mix.error,
        rate=total - mix.points, everywhere=shift, everywhere_lower=shift - Z95 * findings.everywhere_error,
        everywhere_upper=shift + Z95 * findings.everywhere_error, remainder=total - held - shift - mix.points,
        mix_by_dim=mix.by_dim, threshold=findings.threshold, tested=len(findings.scan.variance), undecided=undecided,
        caveats=undecided_caveats(undecided),
    )  # fmt: skip


def _verdict(points: np.ndarray, shift: float, mix, total: float) -> str:
    sign = np.sign(total) or 1.0
    moved = abs(mix.points) if mix.significant and mix.points * sign > 0 else 0.0
    small = len(points) and abs(points).sum() < LOCAL_PART * abs(shift)
    if len(points) and not small:
        return "mix" if sign * points.sum() < LOCAL_PART * moved and abs(points).sum() < moved else "local"
    if moved and moved >= sign * shift:
        return "mix"
    return "global" if shift else ("mix" if mix.significant else "noise")


def _nothing() -> Located:
    """The answer where there is nothing to compare."""
    blank = float("nan")
    return Located(
        table=cell_table([]), caveats=(("caveat.leaves_nothing", {}),), verdict="noise", total=blank, total_lower=blank,
        total_upper=blank, rate=blank, remainder=blank, threshold=blank, tested=0, **_no_mix(),
    )  # fmt: skip
