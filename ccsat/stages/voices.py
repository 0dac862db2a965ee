"""Hypotheses from what customers named: which reasons grew in a cell, or weigh more there than elsewhere?"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from scipy.special import ndtr

from ccsat.cells import Asked
from ccsat.centre import Centre
from ccsat.deductions import deduction_rows, owners_of, reason_label
from ccsat.estimates import adjust
from ccsat.ledgers import UNSTATED
from ccsat.ledgers.coding import allocate, code_rows
from ccsat.stages.evidence import GAP_OF_OWNER, Cause, Evidence, Link

SIGNIFICANT = 0.05
COLUMNS = ["reason", "value", "value_reference", "points", "n", "p_value", "p_adjusted"]


def reason_moves(centre: Centre, asked: Asked, cell: Mapping) -> pd.DataFrame:
    """Deduction per survey and reason: the cell now, against the cell before (a change) or the rest (a level).

    Returns:
        One row a reason, most points lost first: `reason, value, value_reference, points` (signed like the KPI's change), `n,
        p_value, p_adjusted` (Benjamini-Hochberg over the reasons). Empty where the data have no reasons.
    """
    if centre.reasons is None:
        return pd.DataFrame(columns=COLUMNS)
    everything = deduction_rows(centre, asked, window=asked.current)
    inside = deduction_rows(centre, asked, window=asked.current, where=cell)
    if asked.is_change:
        other = deduction_rows(centre, asked, window=asked.baseline, where=cell)
    else:
        other = everything[~everything["row_key"].isin(inside["row_key"])]
    if not len(inside) or not len(other):
        return pd.DataFrame(columns=COLUMNS)
    now, before = _per_reason(inside, centre.reasons), _per_reason(other, centre.reasons)
    both = now.join(before.add_suffix("_reference"), how="outer").fillna(0.0)
    error = np.sqrt(both["variance"] / len(inside) + both["variance_reference"] / len(other))
    move = both["value"] - both["value_reference"]
    p = 2 * ndtr(-np.abs(np.where(error > 0, move / error.where(error > 0, 1), 0.0)))
    table = pd.DataFrame({"value": both["value"], "value_reference": both["value_reference"], "n": len(inside), "p_value": p,
                          "points": -asked.sign * move * len(inside) / len(everything)}).rename_axis("reason").reset_index()  # fmt: skip
    table["p_adjusted"] = adjust(table["p_value"])
    worst_first = table.assign(order=asked.sign * table["points"]).sort_values(["order", "reason"], ignore_index=True)
    return worst_first[COLUMNS]


def _per_reason(rows: pd.DataFrame, reasons: pd.DataFrame) -> pd.DataFrame:
    coded = code_rows(rows, reasons)
    row, reason, part = allocate(coded, "equal")
    lost = coded.deduction[row] * part
    size, n = len(coded.names) + 1, len(rows)
    mean = np.bincount(reason, lost, minlength=size) / n
    square = np.bincount(reason, lost**2, minlength=size) / n
    return pd.DataFrame({"value": mean, "variance": np.maximum(square - mean**2, 0)}, index=[*coded.names, UNSTATED])


def reason_causes(
    centre: Centre,
    asked: Asked,
    cell: Mapping,
    moves: pd.DataFrame,
    *,
    rank: int,
    chain: tuple[Link, ...],
    worse: float,
    most: int = 3,
) -> list[Cause]:
    """The reasons that account for a cell's move beyond chance: customers' own words, an association.

    Args:
        moves: Of `reason_moves`.
        worse: The cell's points; a reason must point the same way.
        most: How many at most.
    """
    grade = "C" if asked.is_change else "D"  # a level has no timing to match
    owners, causes = owners_of(centre), []
    for row in moves[(moves["p_adjusted"] < SIGNIFICANT) & (moves["points"] * worse > 0)].itertuples():
        if row.reason == UNSTATED or len(causes) == most:
            continue
        owner = owners.get(row.reason, "mixed")
        evidence = Evidence("reason_grew" if asked.is_change else "reason_heavier", grade,
                            {"value": row.value, "value_reference": row.value_reference, "p": row.p_adjusted, "n": int(row.n)})  # fmt: skip
        causes.append(Cause(rank, f"reason:{row.reason}", "reason", owner, GAP_OF_OWNER.get(owner, "unexplained"), (evidence,),
                            (*chain, Link("reason", {"label": reason_label(centre, row.reason), "code": row.reason})),
                            float(row.points), abs(row.points / worse)))  # fmt: skip
    return causes
