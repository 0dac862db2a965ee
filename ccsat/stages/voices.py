"""Hypotheses from what customers named: which reasons grew in a cell, or weigh more there than elsewhere?"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from scipy.special import ndtr

from ccsat.cells import Asked
from ccsat.centre import Centre
from ccsat.deductions import cell_rows, owners_of, reason_label
from ccsat.estimates import adjust
from ccsat.ledgers import UNSTATED
from ccsat.ledgers.coding import allocate, code_rows
from ccsat.stages.evidence import GAP_OF_OWNER, MATERIAL, SIGNIFICANT, Cause, Evidence, Link, part_of

Z95 = 1.959963984540054
COLUMNS = ["reason", "value", "value_reference", "points", "n", "p_value", "p_adjusted", "share", "share_reference", "share_p_adjusted",
           "lower", "upper"]  # fmt: skip


def reason_moves(centre: Centre, asked: Asked, cell: Mapping) -> pd.DataFrame:
    """Deduction per survey and reason: the cell now, against the cell before (a change) or the rest (a level).

    Where customers are less satisfied, every reason is named more. So each reason is tested twice: whether it costs more, and whether
    its share of what is lost grew, which sets it apart from the others.

    Returns:
        One row a reason, most points lost first: `reason, value, value_reference, points` (signed like the KPI's change), `n,
        p_value, p_adjusted, share, share_reference` (of the deduction, 0 to 1), `share_p_adjusted` (both adjusted by
        Benjamini-Hochberg over the reasons), `lower, upper` (of the points). Empty where the data have no reasons.

    Assumes:
        Customers are independent; a customer's surveys need not be.
    """
    if centre.reasons is None:
        return pd.DataFrame(columns=COLUMNS)
    rows = cell_rows(centre, asked, cell)
    if not len(rows.inside) or not len(rows.reference):
        return pd.DataFrame(columns=COLUMNS)
    now, before = _per_reason(rows.inside, centre.reasons), _per_reason(rows.reference, centre.reasons)
    both = now.join(before.add_suffix("_reference"), how="outer").fillna(0.0)
    move = both["value"] - both["value_reference"]
    table = pd.DataFrame({"value": both["value"], "value_reference": both["value_reference"], "n": len(rows.inside),
                          "points": -asked.sign * move * rows.share, "p_value": _p(both, "value"), "share": both["share"],
                          "share_reference": both["share_reference"]}).rename_axis("reason").reset_index()  # fmt: skip
    error = Z95 * rows.share * np.sqrt(both["value_variance"] + both["value_variance_reference"]).to_numpy()
    table["lower"], table["upper"] = table["points"] - error, table["points"] + error
    table["p_adjusted"] = adjust(table["p_value"])
    table["share_p_adjusted"] = adjust(_p(both, "share"))
    worst_first = table.assign(order=asked.sign * table["points"]).sort_values(["order", "reason"], ignore_index=True)
    return worst_first[COLUMNS]


def _p(both: pd.DataFrame, name: str) -> np.ndarray:
    """Two-sided p-values of "no difference", from values and their variances."""
    error = np.sqrt(both[f"{name}_variance"] + both[f"{name}_variance_reference"]).to_numpy()
    move = (both[name] - both[f"{name}_reference"]).to_numpy()
    return 2 * ndtr(-np.abs(np.divide(move, error, out=np.zeros(len(move)), where=error > 0)))


def _per_reason(rows: pd.DataFrame, reasons: pd.DataFrame) -> pd.DataFrame:
    """Mean deduction per survey and share of the deduction, by reason, with their variances over customers."""
    lost, n, names = lost_by_reason(rows, reasons)
    whole = lost.sum(axis=1, keepdims=True)
    total = float(whole.sum()) or 1.0  # nothing lost: every share is 0
    value, share = lost.sum(axis=0) / n.sum(), lost.sum(axis=0) / total
    free = len(n) / max(len(n) - 1, 1)
    return pd.DataFrame({
        "value": value, "value_variance": free * ((lost - n[:, None] * value) ** 2).sum(axis=0) / n.sum() ** 2,
        "share": share, "share_variance": free * ((lost - whole * share) ** 2).sum(axis=0) / total**2,
    }, index=names)  # fmt: skip


def lost_by_reason(rows: pd.DataFrame, reasons: pd.DataFrame) -> tuple[np.ndarray, np.ndarray, list[str]]:
    """Deduction by customer and reason (each survey split equally), surveys by customer, and the reasons' names, "unstated" last."""
    coded = code_rows(rows, reasons)
    row, reason, part = allocate(coded, "equal")
    lost = np.zeros((coded.clusters, len(coded.names) + 1))
    np.add.at(lost, (coded.cluster[row], reason), coded.deduction[row] * part)
    return lost, np.bincount(coded.cluster, minlength=coded.clusters).astype(float), [*coded.names, UNSTATED]


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

    A reason whose share of the loss grew is set apart from the others (grade C for a change). One that only grew with all the
    others is named where it carries most, at grade D: it says what is felt, not why it is felt more.

    Args:
        moves: Of `reason_moves`.
        worse: The cell's points; a reason must point the same way.
        most: How many at most.
    """
    owners, causes = owners_of(centre), []
    kept = moves[
        (moves["p_adjusted"] < SIGNIFICANT)
        & (moves["points"] * worse > 0)
        & (moves["points"].abs() >= MATERIAL * abs(worse))
    ]
    for place, row in enumerate(kept[kept["reason"] != UNSTATED].itertuples()):
        apart = (
            row.share_p_adjusted < SIGNIFICANT
            and (row.share - row.share_reference) * (row.value - row.value_reference) > 0
        )
        if len(causes) == most or not (apart or place == 0):
            continue
        owner = owners.get(row.reason, "mixed")
        kind = ("reason_grew" if asked.is_change else "reason_heavier") if apart else "reason_along"
        evidence = Evidence(kind, "C" if apart and asked.is_change else "D",  # a level has no timing to match
                            {"value": row.value, "value_reference": row.value_reference, "p": row.p_adjusted, "n": int(row.n)})  # fmt: skip
        causes.append(Cause(rank, f"reason:{row.reason}", "reason", owner, GAP_OF_OWNER.get(owner, "unexplained"), (evidence,),
                            (*chain, Link("reason", {"label": reason_label(centre, row.reason), "code": row.reason})),
                            part_of(worse, row.points), abs(row.points / worse)))  # fmt: skip
    return causes
