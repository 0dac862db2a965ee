"""Where a change or a gap sits: the answer of the localiser, and how it is put together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd
from scipy.special import ndtri

from ccsat.errors import LedgerError
from ccsat.numerics.candidates import EVERYWHERE, build_candidates
from ccsat.numerics.evidence import Compared
from ccsat.numerics.nulls import adjusted_p, choose_again, gumbel, null_maxima, threshold
from ccsat.numerics.scan import Scan, Statistics
from ccsat.numerics.settle import settle
from ccsat.results import CLOSES, Result, result_class
from ccsat.stages.likely import Scope, blank_cells, declared_cells, name_lengths
from ccsat.stages.naming import Carried, Naming
from ccsat.stages.undecided import Nearly, nearly_found

Z95 = 1.959963984540054
NULL_DRAWS = 200
NULL_WORK = 3e6  # leaves times draws that the null distribution may cost,
LEAST_WORK = 2e5  # and where nothing else is drawn
MATERIAL = 0.02  # least part of what all cells move that one cell must move
MATERIAL_SUM = 0.0005  # the same of plain sums and forecasts, where a leaf is known as well as a large cell
LEAST_PRICE, FULL_PRICE = 1.0, 3.0  # of a cell beyond its name: the model of the baseline is never exact,
FULL_ROWS = 20_000  # and what it misses shows the more the more rows there are
FALSE_CELL = 0.05  # chance of any false cell
LEAST_ROWS = 10  # smallest cell the search looks at, and as a share:
LEAST_SHARE = 0.002
REST = "…"  # a dimension's levels too small for a cell of their own, counted together; never told as a cell
COLUMNS = [
    "rank", "where", "n", "n_baseline", "share", "share_baseline", "value", "value_baseline", "points", "lower",
    "upper", "p_adjusted", "stability", "kind",
]  # fmt: skip


UNDECIDED = ["where", "n", "points", "z", "z_needed", "p_adjusted", "n_more"]


@result_class
class Located(Result):
    """Which cells hold a change (or a gap), and what they leave over.

    `cells` (also `table`), best first: rank, where (dimension: value, or a list of values), n, n_baseline, share,
    share_baseline, value, value_baseline, points with lower and upper (95 %), p_adjusted (chance of any such cell
    without a change), stability (share of resamples that choose the cell again), kind ("rate": the same
    customers, worse or better rated; "mix": its share changed). Points are in the KPI's own unit and signed like
    the total, so cells of kind rate + `everywhere` + `mix` + `remainder` = `total`.

    Attributes:
        verdict: "local" (cells hold it), "global" (everywhere alike, but for cells that hold next to nothing of it), "mix" (shares
            moved) or "noise".
        total, total_lower, total_upper: Current less reference.
        everywhere: Points of a shift of all cells together, 0 where none was found; with its interval.
        mix: Points from changed shares; with its interval; `mix_by_dim` splits it (rows add up to `mix`).
        rate: Total less mix. `remainder`: what neither cells, `everywhere` nor `mix` hold.
        threshold: What a cell had to add to the log likelihood ratio beyond its name.
        tested: Cells that were looked at.
        undecided: Cells just below the bar: where, n, points (as it looks), z, z_needed, p_adjusted, n_more (current ratings
            in the cell until it could be decided). Empty where nothing is close.
    """

    verdict: str
    total: float
    total_lower: float
    total_upper: float
    mix: float
    mix_lower: float
    mix_upper: float
    rate: float
    everywhere: float
    everywhere_lower: float
    everywhere_upper: float
    remainder: float
    mix_by_dim: pd.DataFrame
    threshold: float
    tested: int
    undecided: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=UNDECIDED))

    def __post_init__(self):
        held = self.table.loc[self.table["kind"] == "rate", "points"].sum()
        found = float(held + self.everywhere + self.mix + self.remainder)
        if abs(found - self.total) > CLOSES * max(1.0, abs(self.total)):
            raise LedgerError("ledger_open", found=found, total=self.total)

    @property
    def cells(self) -> pd.DataFrame:
        """The table, by its name in the trace."""
        return self.table

    @property
    def unclaimed(self) -> float:
        """Total less the points of all listed cells, of either kind."""
        return float(self.total - self.table["points"].sum())

    def sentence(self) -> str:
        from ccsat.wording import text

        return text(f"located.{self.verdict}", cells=len(self.table))


@dataclass(frozen=True, eq=False)
class Problem:
    """Coded leaves with sizes and sums of both periods, and what they are compared by.

    `rows` is what all current leaves together count as (1 for plain sums), so that sums over leaves become points.
    """

    dims: tuple[str, ...]
    levels: tuple[np.ndarray, ...]
    codes: np.ndarray
    size1: np.ndarray
    size0: np.ndarray
    sum1: np.ndarray
    sum0: np.ndarray
    rows: float
    compared: Compared
    least: float
    exclusive: set[tuple[int, int]]
    plain_sums: bool = False


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
        if 0 < alone and naming.worth(groups, False) - alone < FULL_PRICE:  # cells no clearer than a shift that would be told by itself
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


def name_group(problem: Problem, scan: Scan, group: tuple[int, ...]) -> dict[str, object]:
    """Dimension to value; to a list of values for a union."""
    first = scan.candidates.first
    where: dict[str, object] = {}
    for column in scan.candidates.columns[group[0]]:
        codes = sorted({int(problem.codes[first[cell], column]) for cell in group})
        values = [problem.levels[column][code] for code in codes]
        where[problem.dims[column]] = values[0] if len(values) == 1 else values
    return where


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


def undecided_caveats(table: pd.DataFrame) -> tuple[tuple[str, dict], ...]:
    """One sentence a cell."""
    found = []
    for row in table.to_dict("records"):
        levels = {dim: " | ".join(map(str, v)) if isinstance(v, list) else v for dim, v in row["where"].items()}
        words = ", ".join(f"{dim} = {level}" for dim, level in levels.items())
        found.append(("caveat.undecided", {"cell": words, "n": f"{row['n']:.0f}", "more": f"{row['n_more']:.0f}"}))
    return tuple(found)


def measured(problem: Problem, inside: np.ndarray) -> dict[str, float]:
    """Size, share and value of a set of leaves in both periods."""
    n1, n0 = float(problem.size1[inside].sum()), float(problem.size0[inside].sum())
    sum1, sum0 = float(problem.sum1[inside].sum()), float(problem.sum0[inside].sum())
    if problem.plain_sums:
        return {"n": n1, "n_baseline": n0, "value": sum1, "value_baseline": sum0,
                "share": _over(sum1, problem.sum1.sum()), "share_baseline": _over(sum0, problem.sum0.sum())}  # fmt: skip
    return {"n": n1, "n_baseline": n0, "value": _over(sum1, n1), "value_baseline": _over(sum0, n0),
            "share": _over(n1, problem.size1.sum()), "share_baseline": _over(n0, problem.size0.sum())}  # fmt: skip


def _over(part: float, whole: float) -> float:
    return float(part / whole) if whole else float("nan")


def cell_table(rows: Sequence[dict]) -> pd.DataFrame:
    """Rows as the table of cells, ranked in the order given."""
    columns = {}
    for name in COLUMNS:
        values = range(1, len(rows) + 1) if name == "rank" else [row[name] for row in rows]
        if name in ("where", "kind"):
            columns[name] = pd.Series(values, dtype=object if name == "where" else None if rows else object)
            continue
        numbers = np.array(values, dtype=np.int64 if name == "rank" else float)
        whole = (
            name in ("n", "n_baseline")
            and len(rows)
            and np.isfinite(numbers).all()
            and (numbers == np.rint(numbers)).all()
        )
        columns[name] = numbers.astype(np.int64) if whole else numbers
    return pd.DataFrame(columns)
