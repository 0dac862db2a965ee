"""What the data show of how customers are asked, counted: mode, template, the share invited, the share that answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from ccsat.cells import Asked
from ccsat.centre import Centre

SHARE_MOVE = 0.10  # of a mode's or template's share: an instrument change
PARTICIPATION_MOVE = 0.02
CELL_MOVE = 0.03  # of the share invited or answering in one part
TEXTS = ("mode", "template_version")  # marks of several values; the others are flags


@dataclass(frozen=True)
class Mark:
    """One thing that shows how customers are asked.

    Attributes:
        key: "mode", "template_version", "push" (share invited) or "participation" (share of the invited that answers).
        column: The facts' column. value: Its value that is counted; 1 for flags.
        base: What a row must have to count: `{column: value}`, or None.
        least: Least move of the whole, and in a part of it.
    """

    key: str
    column: str
    base: Mapping | None
    least: float
    least_cell: float


def marks(centre: Centre) -> list[Mark]:
    """What the data have of how customers are asked."""
    found = [Mark(c, c, None, SHARE_MOVE, SHARE_MOVE) for c in TEXTS if c in centre.columns]
    base = next((c for c in ("delivered", "pushed") if c in centre.columns), None)
    if base and "participated" in centre.columns:
        found.append(Mark("push", base, None, PARTICIPATION_MOVE, CELL_MOVE))
        found.append(Mark("participation", "participated", {base: 1}, PARTICIPATION_MOVE, CELL_MOVE))
    return found


def mark_counts(
    centre: Centre, asked: Asked, mark: Mark, sets, *, where: Mapping | None = None
) -> dict[tuple, pd.DataFrame]:
    """Rows by period, dimensions and the number of the mark's value (see `_marked`): `period, *dims, mark, n`."""
    facts = _marked(centre, mark)
    found = centre.engine.marginals(
        facts, sets, outcome="mark", windows=asked.windows, where={**(mark.base or {}), **(where or {})}
    )
    return {one: table.rename(columns={"level": "mark"}) for one, table in found.items()}


def _marked(centre: Centre, mark: Mark) -> str:
    """The facts with the mark as a number: a value's place in `mark_values`, or 0 and 1. A filled-in rating is no answer."""
    name = centre.engine.quote(mark.column)
    if mark.key in TEXTS:
        values = mark_values(centre, mark.column)
        cases = " ".join(f"WHEN {_text(value)} THEN {k}" for k, value in enumerate(values))
        return f"SELECT f.*, CASE CAST({name} AS VARCHAR) {cases} END AS mark FROM ({centre.facts}) f"
    given = (
        " AND COALESCE(default_filled, 0) = 0"
        if mark.key == "participation" and "default_filled" in centre.columns
        else ""
    )
    return f"SELECT f.*, CASE WHEN {name} = 1{given} THEN 1 ELSE 0 END AS mark FROM ({centre.facts}) f"


def mark_values(centre: Centre, column: str) -> list[str]:
    """A column's values, the commonest first; remembered by the centre."""
    key = ("mark_values", column)
    if key not in centre.memory:
        table = centre.engine.crosstab(centre.facts, [column])
        table = table[table[column].notna()].sort_values("n", ascending=False)
        centre.memory[key] = [str(value) for value in table[column].head(20)]
    return centre.memory[key]


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def daily_marks(centre: Centre, asked: Asked, mark: Mark, level: int, scope: Mapping, windows) -> pd.DataFrame:
    """Rows of a scope by day, `day, n`, and those with the mark's value, `s`."""
    facts = _marked(centre, mark)
    table = centre.engine.crosstab(facts, ["mark"], windows=windows, by_day=True, where={**(mark.base or {}), **scope})
    table = table[table["mark"].notna()]
    hit = table["n"].where(table["mark"] == level, 0)
    return (
        pd.DataFrame({"day": pd.to_datetime(table["day"]).dt.date, "n": table["n"], "s": hit})
        .groupby("day")
        .sum()
        .reset_index()
    )
