"""The search for the cells that hold a change or a gap: from residuals to findings, and their rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd
from scipy.special import ndtri

from ccsat.numerics.candidates import EVERYWHERE, build_candidates
from ccsat.numerics.nulls import adjusted_p, choose_again, gumbel, null_maxima, threshold
from ccsat.numerics.scan import Scan, Statistics
from ccsat.numerics.settle import settle
from ccsat.stages.likely import Scope, blank_cells, declared_cells, name_lengths
from ccsat.stages.located import REST, UNDECIDED, Z95, Problem, measured, name_group
from ccsat.stages.naming import Carried, Naming
from ccsat.stages.undecided import Nearly, nearly_found

NULL_DRAWS = 200
NULL_WORK = 3e6  # leaves times draws that the null distribution may cost,
LEAST_WORK = 2e5  # and where nothing else is drawn
MATERIAL = 0.02  # least part of what all cells move that one cell must move
MATERIAL_SUM = 0.0005  # the same of plain sums and forecasts, where a leaf is known as well as a large cell
LEAST_PRICE, FULL_PRICE = 1.0, 3.0  # of a cell beyond its name: the model of the baseline is never exact,
FULL_ROWS = 20_000  # and what it misses shows the more the more rows there are
FALSE_CELL = 0.05  # chance of any false cell


@dataclass(frozen=True, eq=False)
class Findings:
    """Chosen groups of candidates with their masks, points and proof; the pinned or global shift apart."""

    groups: list[tuple[int, ...]]
    masks: np.ndarray
    points: np.ndarray
    error: np.ndarray
    p_adjusted: np.ndarray
    stability: np.ndarray
    everywhere: float
    everywhere_error: float
    scan: Scan
    threshold: float
    nearly: list[Nearly] = field(default_factory=list)


def find_cells(
    problem: Problem,
    *,
    direction: str,
    max_depth: int,
    min_n: float,
    rng: np.random.Generator,
    draws: int,
    unions: bool,
    pinned: tuple[int, ...] = (),
    carried: Carried | None = None,
    explained: bool = False,
    declared: Sequence[Scope] = (),
) -> Findings:
    """Search, tidy, price and resample: the cells that hold the residuals, best first (by points; by evidence where pinned).

    Args:
        pinned: `(EVERYWHERE,)` asks for cells that differ from the rest, not from what was expected.
        carried: Whether customers carry a dimension; what they carry is told before what they called about.
        explained: Each cell will be explained by itself (see `Naming`).
        declared: Scopes of registered changes: likely places, where each cell is explained by itself (see `stages.likely`).
    """
    sizes = [len(labels) for labels in problem.levels]
    support = np.ones(len(problem.codes)) if problem.plain_sums else problem.size1
    least = problem.least if problem.plain_sums else max(problem.least, min_n)
    candidates = build_candidates(
        problem.codes, sizes, support, least, max_depth=max_depth, exclusive=problem.exclusive
    )
    scan = Scan.of(candidates, problem.compared.evidence)
    statistics = scan.statistics(direction, pinned)
    statistics = replace(statistics, usable=statistics.usable & ~_of_the_rest(problem, scan))
    known = frozenset[int]()
    if explained:
        known = declared_cells(scan, problem.dims, problem.codes, problem.levels, declared)
        blank = blank_cells(scan, problem.codes, problem.levels)
        statistics = replace(statistics, code=name_lengths(statistics.code, known, blank))
    work = NULL_WORK if draws else LEAST_WORK
    null_draws = int(np.clip(work / max(len(problem.codes), 1), 40, NULL_DRAWS))
    maxima = null_maxima(scan, statistics, problem.compared.null, rng, null_draws)
    price = _price(problem, maxima)
    chosen, settled = settle(scan, statistics, price, parts=unions)
    if EVERYWHERE in chosen and price < FULL_PRICE and not pinned:  # how a shift of everything spreads is only assumed
        price = FULL_PRICE
        chosen, settled = settle(scan, statistics, price, parts=unions)
    statistics = settled
    exact = (
        problem.plain_sums or problem.compared.model is None and not pinned
    )  # no model whose misfit looks like a cell
    chosen = _material(scan, chosen, support, min_n, MATERIAL_SUM if exact else MATERIAL)
    naming = Naming(scan, statistics, problem.dims, problem.codes, problem.levels, price, carried, explained, known)
    groups, shifted = naming.tell(chosen, unions=unions)
    most = naming.holds_most(groups) and explained
    if (shifted or most) and unions and not pinned:  # most of everything must be better than the best that does without
        local = _material(scan, naming.without_most(), support, min_n, MATERIAL)
        told, _ = naming.tell(local, unions=unions)
        fewer = most or len(told) <= len(groups)
        if told and shifted and explained and naming.mirrored(groups):
            groups, shifted = told, False
        elif fewer and naming.worth(told, False) > naming.worth(groups, shifted):
            groups, shifted = told, False
    if groups and not shifted and not pinned and not explained and price < FULL_PRICE:
        alone = naming.worth([], True)
        if (
            0 < alone and naming.worth(groups, False) - alone < FULL_PRICE
        ):  # cells no clearer than a shift that would be told by itself
            groups, shifted = [], True
    if not groups and not shifted and not pinned:
        shifted = _moved_at_all(scan, statistics)
    found = [cell for group in groups for cell in group] + [EVERYWHERE] * shifted
    nearly = [] if problem.plain_sums else nearly_found(scan, statistics, found, price, maxima, support, min_n)
    masks = np.array([_mask(scan, group) for group in groups] + [candidates.mask(EVERYWHERE)] * shifted)
    if not len(masks):
        empty = np.zeros(0)
        return Findings(
            [], np.zeros((0, len(support)), bool), empty, empty, empty, empty, 0.0, 0.0, scan, price, nearly
        )
    joint = scan.joint(masks)
    code = np.array([statistics.code[list(group)].max() for group in groups])
    count = len(groups)
    p_adjusted = adjusted_p(joint.ratio[:count] - code, maxima) if count else np.zeros(0)
    flat = [naming.stands_for.get(cell, cell) for group in groups for cell in group]
    again = choose_again(scan, statistics, flat, price, problem.compared.again, rng, draws)
    points, error = joint.moved / problem.rows, joint.error / problem.rows
    if not problem.plain_sums:  # the cell's share is drawn as well
        share = masks @ problem.size1 / problem.rows
        drawn = np.maximum(1 - share, 0) / np.maximum(share * problem.rows, 1e-300) * problem.compared.dispersion
        error = np.sqrt(error**2 + points**2 * drawn)
    order = np.argsort(-(joint.ratio if pinned else np.abs(points))[:count], kind="stable")
    return Findings(
        [groups[place] for place in order],
        masks[:count][order],
        points[:count][order],
        error[:count][order],
        p_adjusted[order],
        _steadiness(again, groups, support, scan)[order],
        float(points[count]) if shifted else 0.0,
        float(error[count]) if shifted else 0.0,
        scan,
        price,
        nearly,
    )


def _of_the_rest(problem: Problem, scan: Scan) -> np.ndarray:
    """Which candidates are named by what was counted together: no place that anybody could look at."""
    found = np.zeros(len(scan.variance), dtype=bool)
    for column, labels in enumerate(problem.levels):
        rest = np.flatnonzero(labels == REST)
        if len(rest):
            named = np.fromiter((column in name for name in scan.candidates.columns), bool, len(found))
            found |= named & (problem.codes[scan.candidates.first, column] == rest[0])
    return found


def _price(problem: Problem, maxima: np.ndarray) -> float:
    """What chance alone exceeds in 5 % of cubes. Counted ratings know their own noise; sums do not, and pay more."""
    if problem.compared.evidence.third1 is None:
        return threshold(maxima)
    place, scale = gumbel(maxima)
    least = float(np.clip(FULL_PRICE * problem.rows / FULL_ROWS, LEAST_PRICE, FULL_PRICE))
    return max(least, place - scale * float(np.log(-np.log1p(-FALSE_CELL))))


def _moved_at_all(scan: Scan, statistics: Statistics) -> bool:
    """Whether everything together moved: one question, so it is asked at 5 % and pays for no search."""
    if scan.evidence.rows1 is None or not statistics.usable[EVERYWHERE]:  # of sums, the noise itself is only guessed
        return False
    z = float(statistics.gain[EVERYWHERE] / np.sqrt(statistics.variance[EVERYWHERE]))
    return any(sign * z > ndtri(1 - FALSE_CELL / len(statistics.signs)) for sign in statistics.signs)


def _mask(scan: Scan, group: tuple[int, ...]) -> np.ndarray:
    return np.logical_or.reduce([scan.candidates.mask(cell) for cell in group])


def _material(scan: Scan, chosen: list[int], support: np.ndarray, min_n: float, part: float) -> list[int]:
    """Leave out cells that are too small to report or move next to nothing."""
    chosen = [cell for cell in chosen if cell == EVERYWHERE or support[scan.candidates.leaves(cell)].sum() >= min_n]
    while chosen:
        moved = np.abs(scan.joint(np.array([scan.candidates.mask(cell) for cell in chosen])).moved)
        least = part * moved.sum()
        weak = [place for place, cell in enumerate(chosen) if cell != EVERYWHERE and moved[place] < least]
        if not weak:
            break
        del chosen[min(weak, key=lambda place: moved[place])]
    return chosen


def _steadiness(again: np.ndarray, groups: list[tuple[int, ...]], support: np.ndarray, scan: Scan) -> np.ndarray:
    """Share of resamples that choose a cell again; of a union, at least half of its rows."""
    if not len(again):
        return np.full(len(groups), np.nan)
    steady, start = [], 0
    for group in groups:
        weight = np.array([support[scan.candidates.leaves(cell)].sum() for cell in group])
        part = again[:, start : start + len(group)] @ (weight / max(weight.sum(), 1e-300))
        steady.append(float((part >= 0.5).mean()))
        start += len(group)
    return np.array(steady)


def rate_rows(problem: Problem, findings: Findings) -> list[dict]:
    """The table's rows of the cells found."""
    rows = []
    for place, group in enumerate(findings.groups):
        inside = findings.masks[place]
        point, error = float(findings.points[place]), float(findings.error[place])
        rows.append({
            "where": name_group(problem, findings.scan, group), **measured(problem, inside), "points": point,
            "lower": point - Z95 * error, "upper": point + Z95 * error,
            "p_adjusted": float(findings.p_adjusted[place]), "stability": float(findings.stability[place]), "kind": "rate",
        })  # fmt: skip
    return rows


def undecided_table(problem: Problem, findings: Findings) -> pd.DataFrame:
    """Cells just below the bar, with the ratings that would decide them."""
    rows = []
    for one in findings.nearly:
        inside = findings.scan.candidates.mask(one.cell)
        rows.append({
            "where": name_group(problem, findings.scan, (one.cell,)), "n": float(problem.size1[inside].sum()),
            "points": one.moved / problem.rows, "z": one.z, "z_needed": one.needed, "p_adjusted": one.p_adjusted, "n_more": one.more,
        })  # fmt: skip
    return pd.DataFrame(rows, columns=UNDECIDED)
