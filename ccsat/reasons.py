"""Named reasons of dissatisfaction, from one column, several columns or a long table, to one row a reason."""

from __future__ import annotations

import re
from collections.abc import Mapping

import pandas as pd

from ccsat import intake as intake_of
from ccsat.engine import Engine
from ccsat.errors import ColumnError, listing, suggestion
from ccsat.intake import Opened, find_column
from ccsat.study import Study

SEPARATORS = ("；", ";", "、", "|", "，", ",", "/")


def read_reasons(study: Study, engine: Engine, opened: Mapping[str, Opened], facts: str,
                 columns: tuple[str, ...]) -> pd.DataFrame | None:
    """One row per named reason: `row_key, reason, rank`; None where the study names no reasons.

    A reason is its label in the study, else the code or the column's name in the data.
    """
    if study.data.survey_reasons is not None:
        return _from_table(study, engine, facts)
    asked = study.reasons
    if asked is None:
        return None
    if asked.columns:
        found = [_cells(column, opened, engine, facts) for column in asked.columns]
        long = pd.concat([cells[_named(cells["cell"], asked.coding, study)].assign(reason=column, rank=1)
                          for column, cells in zip(asked.columns, found, strict=True)])  # fmt: skip
        if asked.coding == "labels":
            long["reason"] = long["cell"]
    elif asked.column:
        cells = _cells(asked.column, opened, engine, facts)
        pattern = "|".join(map(re.escape, SEPARATORS)) if asked.separator == "auto" else re.escape(asked.separator)
        cells = cells[cells["cell"].notna()]
        long = cells.assign(reason=cells["cell"].astype(str).str.split(pattern)).explode("reason")
        long["reason"] = long["reason"].str.strip()
        long = long[long["reason"] != ""]
        long["rank"] = long.groupby("row_key").cumcount() + 1
    else:
        return None
    long = long.drop_duplicates(["row_key", "reason"])
    return long[["row_key", "reason", "rank"]].sort_values(["row_key", "rank", "reason"]).reset_index(drop=True)


def _from_table(study: Study, engine: Engine, facts: str) -> pd.DataFrame:
    opened = intake_of.open_source("survey_reasons", study.data.survey_reasons, study=study, engine=engine)
    for column in ("survey_id", "reason_code"):
        if column not in opened.columns:
            raise ColumnError("column_unknown", column=column, role="survey_reasons",
                              near=suggestion(column, opened.columns) or "–", known=listing(opened.columns))  # fmt: skip
    if opened.frame is not None:
        engine.register("in_reasons", opened.frame)
    source = "in_reasons" if opened.frame is not None else f"({opened.sql})"
    rank = "CAST(r.rank AS INTEGER)" if "rank" in opened.columns else "1"
    return engine.query(
        f"SELECT f.row_key AS row_key, CAST(r.reason_code AS VARCHAR) AS reason, {rank} AS rank FROM ({facts}) f "
        f"JOIN {source} r ON f.survey_id = CAST(r.survey_id AS VARCHAR) ORDER BY f.row_key, rank, reason"
    )


def _cells(column: str, opened: Mapping[str, Opened], engine: Engine, facts: str) -> pd.DataFrame:
    """A source column beside the facts' keys: `row_key, cell`."""
    table, theirs = find_column(column, opened, role="reasons")
    source = opened[table]
    if source.frame is not None:  # kept rows carry the number of their line among those kept
        keys = engine.query(f"SELECT row_key, source_row FROM ({facts}) f")
        cells = source.frame[theirs].reindex(keys["source_row"].to_numpy())
        return pd.DataFrame({"row_key": keys["row_key"], "cell": cells.to_numpy()})
    key = next(c for c in ("survey_id", "contact_id") if c in source.columns)
    return engine.query(
        f"SELECT f.row_key AS row_key, CAST(t.{engine.quote(theirs)} AS VARCHAR) AS cell FROM ({facts}) f "
        f"JOIN ({source.sql}) t ON CAST(t.{engine.quote(key)} AS VARCHAR) = f.row_key"
    )


def _named(cells: pd.Series, coding: str, study: Study) -> pd.Series:
    """Which cells of a reason's own column name it."""
    said = cells.astype("string").str.strip()
    if coding == "numbered":  # -1 (or blank, or 0) is not ticked; the option's number is
        number = pd.to_numeric(said, errors="coerce")
        return number.notna() & (number > 0)
    if coding == "labels":
        return said.notna() & (said != "")
    return said.str.lower().isin(study.columns.yes).fillna(False).astype(bool)
