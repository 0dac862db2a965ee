"""Tables of the study as rows: every column cast by what it holds, whatever it is called."""

from __future__ import annotations

import re
from collections.abc import Sequence

import pandas as pd

from ccsat import casts
from ccsat.centre import Centre
from ccsat.errors import ColumnError, DataError, listing, suggestion
from ccsat.intake import open_source


def read_table(centre: Centre, table: str, *, id: str = "customer_id") -> pd.DataFrame:
    """A table of the study with its columns cast by what they hold.

    Raises:
        DataError: The study has no such table.
    """
    frame = read_if_there(centre, table, id)
    if frame is None:
        raise DataError("proactive_no_table", table=table, known=listing(centre.study.data.tables()))
    return frame


def read_if_there(centre: Centre, table: str, id: str) -> pd.DataFrame | None:
    """At most 200,000 rows of a table, by a hash of the id (so that tables keep the same customers), each column cast by what it holds."""
    source = centre.study.data.tables().get(table)
    if source is None:
        return None
    key = ("proactive", table)
    if key not in centre.memory:
        opened = open_source(table, source, study=centre.study, engine=centre.engine)
        kinds = {column: _kind(opened, column, centre) for column in opened.columns}
        taken = centre.beside(table, kinds)
        rows = centre.engine.sample(taken.sql, list(kinds), key=id if id in opened.columns else opened.columns[0])
        rows.attrs["read"] = taken.read
        centre.memory[key] = rows
    return centre.memory[key].copy()


def _kind(opened, column: str, centre: Centre) -> str:
    if opened.frame is None:
        kind = str(opened.kinds.get(column, "")).upper()
        if kind.startswith("BOOL"):
            return "flag"
        if re.match(r"(U?(TINY|SMALL|BIG|HUGE)?INT|INTEGER|DECIMAL|NUMERIC|FLOAT|DOUBLE|REAL)", kind):
            return "number"
        return "time" if kind.startswith(("TIMESTAMP", "DATE")) else "text"
    cells = opened.frame[column]
    filled = cells.notna()
    if not filled.any() or column.endswith("_id"):
        return "text"
    number, refused = casts.to_number(cells)
    if not refused.any():
        return "number"
    flag, refused = casts.to_flag(cells, centre.study.columns.yes, centre.study.columns.no)
    return "text" if refused.any() else "flag"


def need_columns(frame: pd.DataFrame, names: Sequence[str], table: str) -> None:
    """Refuse a column that is not there, naming the nearest."""
    for name in names:
        if name not in frame.columns:
            raise ColumnError(
                "proactive_column",
                column=name,
                table=table,
                known=listing(frame.columns, 20),
                near=suggestion(name, frame.columns) or "–",
            )
