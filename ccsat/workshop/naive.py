"""What a hurried reader would say: five simple rankings, and whether each leads away from what was planted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from ccsat.workshop.case import overlap

SAME = 0.8  # overlap in rated contacts (Jaccard) from which a named cell is the planted one, as in scoring
READERS = ("largest_fall", "lowest", "most_bad", "most_named", "nearest_change")


@dataclass(frozen=True)
class Reading:
    """What one reader picks in one world. `misled` is None where the question does not arise, e.g. a fall without a baseline."""

    reader: str
    picked: str
    misled: float | None  # 0 or 1; a share where several things tie for first


def naive_readings(centre, asked, truth: Mapping) -> list[Reading]:
    """Let five simple rankings name a culprit, and compare with the truth.

    `largest_fall`: the single-dimension cell (n >= min_n in both periods) whose value moved most for the worse, by itself and not by its
    points. `lowest`: the one whose current value is worst. `most_bad`: in the dimension that the planted cell names, the level that
    loses most in all, whatever its size. `most_named`: the reason named most often; misled where another reason stands out in the
    planted cell. `nearest_change`: the change of the ledger that lies nearest the start of the current period.

    Where the truth is that no cell may be named (data, mix), `largest_fall` misleads when its 95 % interval, taken alone, excludes no
    change; the other readings of cells do not arise.

    Args:
        centre: The world as an analyst reads it.
        asked: Its question, settled.
        truth: The world's truth.

    Returns:
        One reading a reader, in the order of `READERS`.
    """
    cells = _single_cells(centre, asked)
    where = truth["cells"][0]["where"] if truth["cells"] and truth["verdict"] == "real" else None
    found = {"largest_fall": _fall(centre, asked, cells, where), "nearest_change": _nearest(centre, asked, truth)}
    if where is not None:
        found |= {"lowest": _lowest(centre, asked, cells, where), "most_bad": _most_bad(cells, where), "most_named": _named(centre, asked, where)}  # fmt: skip
    return [found.get(reader) or Reading(reader, "–", None) for reader in READERS]


def is_same(centre, one: Mapping, other: Mapping) -> bool:
    """Whether two cells hold the same contacts: 0.8 of the rated ones of the current period (Jaccard)."""
    if dict(one) == dict(other):
        return True
    counts = _counts(centre, {**dict.fromkeys(one), **dict.fromkeys(other)})
    mine, true, both = overlap(counts, one, other)
    return both > 0 and both / (mine + true - both) >= SAME


# The readers ---------------------------------------------------------------------------------


def _single_cells(centre, asked) -> pd.DataFrame:
    """Every level of every dimension: `dim, level_name, n, loss, value` by period; only those with min_n in each period that is asked."""
    from ccsat.cells import count_cells
    from ccsat.engine import NULL_LEVEL

    values, parts = dict(asked.values), []
    best = max(values.values()) if asked.sign > 0 else min(values.values())
    for dim in asked.dims:
        counts = count_cells(centre, asked, (dim,))
        worth = counts["level"].map(values).astype(float)
        counts = counts.assign(total=worth * counts["n"], loss=abs(best - worth) * counts["n"])
        cells = counts.groupby(["period", dim], as_index=False, observed=True)[["n", "total", "loss"]].sum()
        parts.append(cells.rename(columns={dim: "name"}).assign(dim=dim))
    table = pd.concat(parts, ignore_index=True)
    table = table[table["name"].notna() & (table["name"] != NULL_LEVEL)].assign(
        value=lambda rows: rows["total"] / rows["n"], name=lambda rows: rows["name"].astype(str)
    )
    wide = table.pivot_table(index=["dim", "name"], columns="period", values=["n", "value", "loss"], observed=True)
    wide.columns = [f"{what}_{period}" for what, period in wide.columns]
    wide = wide.reset_index()
    for period in ("current", *(["baseline"] if asked.baseline is not None else [])):
        wide = wide[wide[f"n_{period}"].fillna(0) >= asked.question.min_n] if f"n_{period}" in wide else wide.iloc[:0]
    return wide.reset_index(drop=True)


def _fall(centre, asked, cells: pd.DataFrame, where: Mapping | None) -> Reading | None:
    if asked.baseline is None or cells.empty:
        return None
    moves = asked.sign * (cells["value_current"] - cells["value_baseline"])
    row = cells.loc[moves.idxmin()]
    picked = f"{row['dim']} = {row['name']}"
    if where is not None:
        return Reading("largest_fall", picked, float(not is_same(centre, {row["dim"]: row["name"]}, where)))
    from ccsat.estimates import newcombe

    if not set(asked.values.values()) <= {0.0, 1.0}:
        return None
    ends = newcombe(
        *(
            part
            for period in ("current", "baseline")
            for part in (row[f"value_{period}"] * row[f"n_{period}"], row[f"n_{period}"])
        )
    )
    low, high = (float(end) for end in ends)
    return Reading("largest_fall", picked, float(not low <= 0 <= high))


def _lowest(centre, asked, cells: pd.DataFrame, where: Mapping) -> Reading | None:
    if cells.empty:
        return None
    row = cells.loc[(asked.sign * cells["value_current"]).idxmin()]
    return Reading(
        "lowest", f"{row['dim']} = {row['name']}", float(not is_same(centre, {row["dim"]: row["name"]}, where))
    )


def _most_bad(cells: pd.DataFrame, where: Mapping) -> Reading | None:
    dim = next(iter(where))
    here = cells[cells["dim"] == dim]
    if here.empty:
        return None
    name = str(here.loc[here["loss_current"].idxmax(), "name"])
    level = where[dim]
    true = [str(one) for one in (level if isinstance(level, (list, tuple)) else [level])]
    return Reading("most_bad", f"{dim} = {name}", float(name not in true))


def _named(centre, asked, where: Mapping) -> Reading | None:
    """The reason named most against the one that stands out in the planted cell: its share of the loss there, less that of the whole."""
    from ccsat.deductions import deduct_by_reason, reason_label
    from ccsat.ledgers import UNSTATED

    if centre.reasons is None or asked.caliber.outcome != "rating":
        return None
    mentions = centre.reasons["reason"].value_counts()
    whole, cell = (
        deduct_by_reason(centre, asked, where=place).table.set_index("reason")["points"]
        for place in (None, dict(where))
    )
    whole, cell = (part.drop(UNSTATED, errors="ignore") for part in (whole, cell))
    if mentions.empty or not cell.sum() > 0 or not whole.sum() > 0:
        return None
    stands_out = (cell / cell.sum()).sub(whole / whole.sum(), fill_value=0.0).idxmax()
    most = str(mentions.index[0])
    return Reading("most_named", reason_label(centre, most), float(most != stands_out))


def _nearest(centre, asked, truth: Mapping) -> Reading | None:
    """Which change of the ledger lies nearest the start; ties share."""
    if asked.current is None or asked.baseline is None or centre.changes.empty:  # a level has no beginning
        return None
    true = {cause["change_id"] for cause in truth["causes"] if cause["change_id"]}
    apart = (pd.to_datetime(centre.changes["at"]).dt.normalize() - pd.Timestamp(asked.current.first)).abs()
    first = centre.changes.loc[apart == apart.min(), "change_id"].astype(str)
    return Reading("nearest_change", ", ".join(first), float((~first.isin(true)).mean()))


def _counts(centre, dims: Mapping) -> pd.DataFrame:
    from ccsat.cells import ask, count_cells
    from ccsat.question import Question

    counts = count_cells(centre, ask(centre, Question.of(centre.study)), tuple(dims))
    counts = counts[counts["period"] == "current"]
    return counts.groupby(list(dims), as_index=False, observed=True)["n"].sum() if dims else counts
