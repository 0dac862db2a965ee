"""Where a change or a gap sits: the answer of the localiser, the coded leaves it is asked of, and its rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from ccsat.errors import LedgerError
from ccsat.numerics.evidence import Compared
from ccsat.numerics.scan import Scan
from ccsat.results import CLOSES, Result, result_class

Z95 = 1.959963984540054
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


def name_group(problem: Problem, scan: Scan, group: tuple[int, ...]) -> dict[str, object]:
    """Dimension to value; to a list of values for a union."""
    first = scan.candidates.first
    where: dict[str, object] = {}
    for column in scan.candidates.columns[group[0]]:
        codes = sorted({int(problem.codes[first[cell], column]) for cell in group})
        values = [problem.levels[column][code] for code in codes]
        where[problem.dims[column]] = values[0] if len(values) == 1 else values
    return where


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
