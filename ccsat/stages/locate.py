"""Stage 2, localisation: which cells hold the gap, with points, intervals and an exact remainder?"""

from __future__ import annotations

import dataclasses
from dataclasses import field

import numpy as np
import pandas as pd

from ccsat.cells import Asked, by_level, count_cells, design_effects, measure
from ccsat.centre import Centre
from ccsat.errors import LedgerError
from ccsat.estimates import adjust, difference_table
from ccsat.kpis.facing import check_traceable, faced
from ccsat.progress import timed
from ccsat.question import Question
from ccsat.results import CLOSES, Result, result_class
from ccsat.stages.located import Z95, Located
from ccsat.stages.search import search_cells
from ccsat.wording import points, text

COLUMNS = ["rank", "where", "n", "n_baseline", "value", "value_baseline", "points", "lower", "upper", "share_gap", "share_volume",
           "p_adjusted", "stability", "kind"]  # fmt: skip


@result_class
class Where(Result):
    """The cells that hold the gap; `points` of the cells and `remainder` add up to `total`.

    The table (`cells`), best first: `rank, where` (dimension to level, or to several), `n, n_baseline, value, value_baseline, points, lower,
    upper, share_gap, share_volume, p_adjusted, stability, kind` ("rate", "mix", or "global" for everything at once).
    `explorer` has every cell of one dimension with its change or distance, the same shrunk towards its dimension's, and a p-value
    adjusted over all of them; overlapping, for looking only. `undecided` has the cells just below the bar with the ratings that
    would decide them (see `Located`).
    """

    asked: Asked
    total: float
    reference: float  # the baseline's value, or the target
    remainder: float
    mix: float | None
    verdict: str
    explorer: pd.DataFrame
    undecided: pd.DataFrame = field(default_factory=pd.DataFrame)

    def __post_init__(self):
        found = float(self.table["points"].sum()) + self.remainder
        if not abs(found - self.total) <= CLOSES:
            raise LedgerError("ledger_open", found=found, total=self.total)

    @property
    def cells(self) -> pd.DataFrame:
        return self.table

    def sentence(self) -> str:
        unit = self.asked.caliber.unit
        if self.table.empty:
            return text("where.none", total=points(self.total, unit))
        return text("where.sentence", n=len(self.table), points=points(self.table["points"].sum(), unit),
                    total=points(self.total, unit), remainder=points(self.remainder, unit))  # fmt: skip

    def only_mix(self) -> Where:
        """Only the cells whose share moved: what a verdict "mix" may name."""
        kept = self.table[self.table["kind"] == "mix"].reset_index(drop=True)
        kept["rank"] = range(1, len(kept) + 1)
        return dataclasses.replace(self, table=kept, remainder=self.total - float(kept["points"].sum()))


def locate_gap(centre: Centre, question: Question | Asked) -> Where:
    """Which cells hold the change, or the gap to the target?

    Searches all cells of up to `max_depth` dimensions in the leaf cube for the few that explain the move together, with the chance of any
    false one held at 5 %. See `locate_in_leaves` for the search.

    Returns:
        `Where`, in the KPI's own unit; empty when nothing stands out.

    Raises:
        As `ask`.
    """
    centre, asked = faced(centre, question)
    check_traceable(centre, asked)
    with timed("located", centre.intake.read):
        return _where(centre, asked, search_cells(centre, asked))


def nothing_located(asked: Asked, total: float, reference: float) -> Where:
    """No cell: all of the total is remainder."""
    return Where(table=pd.DataFrame(columns=COLUMNS), asked=asked, total=total, reference=reference, remainder=total, mix=None, verdict="none",
                 explorer=pd.DataFrame())  # fmt: skip


def _where(centre: Centre, asked: Asked, found: Located) -> Where:
    cells = found.cells
    if found.everywhere:
        cells = pd.concat([cells, _everything(asked, centre, found)], ignore_index=True)
        cells["rank"] = range(1, len(cells) + 1)
    total_n = count_cells(centre, asked).query("period == 'current'")["n"].sum()
    told = not found.total_lower <= 0 <= found.total_upper  # of a total within its noise nothing is a share
    cells = cells.assign(
        share_gap=cells["points"] / found.total if told else float("nan"), share_volume=cells["n"] / total_n
    )
    cells = cells.reindex(columns=COLUMNS).reset_index(drop=True)
    now = measure(centre, asked).headline["current"].value
    if not asked.is_change:  # compared with all other rows
        rest = total_n - cells["n"].astype(float)
        cells["n_baseline"], cells["value_baseline"] = (
            rest,
            (total_n * now - cells["n"].astype(float) * cells["value"]) / rest.where(rest > 0),
        )
    return Where(table=cells, asked=asked, total=found.total, reference=now - found.total, remainder=found.total - float(cells["points"].sum()),
                 mix=found.mix if asked.is_change else None, verdict=found.verdict, explorer=explore(centre, asked), undecided=found.undecided,
                 caveats=found.caveats)  # fmt: skip


def _everything(asked: Asked, centre: Centre, found: Located) -> pd.DataFrame:
    """What moved everywhere alike, as a row of its own."""
    now = measure(centre, asked).headline
    row = {"where": {}, "n": now["current"].n, "n_baseline": now["baseline"].n if "baseline" in now else float("nan"),
           "value": now["current"].value, "value_baseline": now["baseline"].value if "baseline" in now else float("nan"),
           "points": found.everywhere, "lower": found.everywhere_lower, "upper": found.everywhere_upper, "kind": "global"}  # fmt: skip
    return pd.DataFrame([row])


def explore(centre: Centre, asked: Asked) -> pd.DataFrame:
    """Every cell of every single dimension, its change (or its distance from the rest), BH-adjusted over all of them.

    Returns:
        `dim, level, n, n_baseline, value, value_baseline, change, lower, upper, shrunken, p_value, p_adjusted, small_n, found`
        (p_adjusted at or below the question's `fdr`). `shrunken`: the change, drawn towards its dimension's mean change as far
        as chance explains the differences between its cells (empirical Bayes).
    """
    tables = []
    for dim in asked.dims:
        effects, _ = design_effects(centre, asked, (dim,))
        counts = count_cells(centre, asked, (dim,))
        names, _ = by_level(counts, [dim], asked.values)
        wide = {}
        for period in ("current", "baseline"):
            keys, matrix = by_level(counts[counts["period"] == period], [dim], asked.values)
            wide[period] = pd.DataFrame(matrix, index=keys[dim]).reindex(names[dim], fill_value=0).to_numpy(float)
        reference = wide["baseline"] if asked.is_change else wide["current"].sum(axis=0) - wide["current"]
        table = difference_table(wide["current"], reference, list(asked.values.values()), unit=asked.caliber.unit,
                                 design_effects=(effects["current"], effects.get("baseline", effects["current"])))  # fmt: skip
        tables.append(
            table.rename(columns={"value": "change", "value_current": "value"}).assign(
                dim=dim,
                level=names[dim].to_numpy(),
                shrunken=lambda found: shrink_changes(found["change"], found["lower"], found["upper"]),
            )
        )
    if not tables:
        return pd.DataFrame()
    every = pd.concat(tables, ignore_index=True)
    every["small_n"] = every[["n", "n_baseline"]].min(axis=1) < asked.question.min_n
    every["p_adjusted"] = adjust(every["p_value"].where(~every["small_n"]))
    every["found"] = every["p_adjusted"] <= asked.question.fdr
    return every[["dim", "level", "n", "n_baseline", "value", "value_baseline", "change", "lower", "upper", "shrunken", "p_value",
                  "p_adjusted", "small_n", "found"]]  # fmt: skip


def shrink_changes(change: pd.Series, lower: pd.Series, upper: pd.Series) -> np.ndarray:
    """Changes of the cells of one dimension, drawn towards their weighted mean; NaN stays.

    Source:
        Variance between cells by moments: DerSimonian and Laird (1986), Controlled Clinical Trials 7, 177-188.
    """
    moved, error = np.asarray(change, float), (np.asarray(upper, float) - np.asarray(lower, float)) / (2 * Z95)
    known = np.isfinite(moved) & (error > 0)
    if known.sum() < 3:
        return moved
    weight = 1 / error[known] ** 2
    mean = float(weight @ moved[known] / weight.sum())
    scatter = float(weight @ (moved[known] - mean) ** 2)
    between = max(scatter - (known.sum() - 1), 0.0) / (weight.sum() - (weight @ weight) / weight.sum())
    middle = float((moved[known] / (between + error[known] ** 2)).sum() / (1 / (between + error[known] ** 2)).sum())
    drawn = moved.copy()
    drawn[known] = middle + between / (between + error[known] ** 2) * (moved[known] - middle)
    return drawn
