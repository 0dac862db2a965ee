"""What costs most in both periods together: a move traced to its cells leaves the standing losses unsaid."""

from __future__ import annotations

import pandas as pd

from ccsat.cells import Asked, by_level, count_cells, design_effects, measure
from ccsat.centre import Centre
from ccsat.engine import NULL_LEVEL
from ccsat.estimates import adjust, difference_table
from ccsat.results import Result, result_class
from ccsat.stages.evidence import SIGNIFICANT
from ccsat.wording import count, kpi_value, points, text

COLUMNS = ["rank", "dim", "level", "n", "value", "points", "lower", "upper", "share_volume", "p_adjusted"]


@result_class
class Standing(Result):
    """Cells of one dimension below the whole beyond chance, most points first.

    The table: `rank, dim, level, n, value, points` (share times shortfall against the whole of both periods, signed like the KPI)`, lower, upper, share_volume,
    p_adjusted` (Benjamini-Hochberg over all cells of all dimensions). Dimensions overlap: the points do not add up.
    """

    asked: Asked
    whole: float

    def sentence(self) -> str:
        if self.table.empty:
            return text("standing.none")
        top, unit = self.table.iloc[0], self.asked.caliber.unit
        return text("standing.sentence", where=f"{top['dim']} = {top['level']}", value=kpi_value(top["value"], unit), whole=kpi_value(self.whole, unit),
                    points=points(top["points"], unit), lower=points(top["lower"], unit), upper=points(top["upper"], unit), n=count(top["n"]))  # fmt: skip


def standing_losses(centre: Centre, question: Asked, *, most: int = 10) -> Standing:
    """Which cells of single dimensions cost most, over all the periods asked about?

    Args:
        most: How many at most.

    Assumes:
        As `measure`; cells are compared with the rest, points are against the whole.
    """
    windows = measure(centre, question).headline
    n_whole = sum(one.n for one in windows.values())
    whole = sum(one.value * one.n for one in windows.values()) / n_whole
    tables = []
    for dim in question.dims:
        effect = max(design_effects(centre, question, (dim,))[0].values())
        counts = count_cells(centre, question, (dim,))
        keys, matrix = by_level(counts, [dim], question.values)
        table = difference_table(matrix, matrix.sum(axis=0) - matrix, list(question.values.values()), unit=question.caliber.unit,
                                 design_effects=(effect, effect))  # fmt: skip
        tables.append(pd.DataFrame({"dim": dim, "level": keys[dim].to_numpy(), "n": table["n"], "value": table["value_current"],
                                    "apart": table["value"], "low": table["lower"], "high": table["upper"], "p_value": table["p_value"]}))  # fmt: skip
    if not tables:
        return Standing(table=pd.DataFrame(columns=COLUMNS), asked=question, whole=whole)
    every = pd.concat(tables, ignore_index=True)
    every = every[
        (every["n"] >= question.question.min_n) & (every["n"] < n_whole) & (every["level"] != NULL_LEVEL)
    ].reset_index(drop=True)
    every["p_adjusted"] = adjust(every["p_value"].astype(float))
    share = every["n"] / n_whole
    for name, column in (
        ("points", "apart"),
        ("lower", "low"),
        ("upper", "high"),
    ):  # cell - whole = (cell - rest)(1 - share)
        every[name] = share * (1 - share) * every[column]
    every["share_volume"] = share
    kept = every[(every["p_adjusted"] < SIGNIFICANT) & (every["points"] * question.sign < 0)]
    kept = (
        kept.assign(order=kept["points"] * question.sign)
        .sort_values(["order", "dim", "level"], ignore_index=True)
        .head(most)
    )
    return Standing(table=kept.assign(rank=range(1, len(kept) + 1))[COLUMNS], asked=question, whole=whole)
