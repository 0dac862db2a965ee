"""Named reasons of dissatisfaction, from one column, several columns or a long table, to one row a reason."""

from __future__ import annotations

import re

import pandas as pd

from ccsat import casts
from ccsat import intake as intake_of
from ccsat.engine import Engine
from ccsat.errors import ColumnError, StudyError, listing, suggestion
from ccsat.intake.roles import reason_columns
from ccsat.study import Study

SEPARATORS = ("；", ";", "、", "|", "，", ",", "/")
Notes = list[tuple[str, dict]]


def read_reasons(
    study: Study, engine: Engine, facts: str, columns: tuple[str, ...]
) -> tuple[pd.DataFrame | None, Notes]:
    """One row per named reason: `row_key, reason, rank`; None where the study names no reasons. And notes for the account.

    A reason is the code or words in the data, or the name of its own column.

    Args:
        columns: The facts' columns that hold reasons and filter questions (`reason__1`, `filter__1`, ...).
    """
    if study.data.survey_reasons is not None:
        return _from_table(study, engine, facts)
    if not reason_columns(study):
        return None, []
    wide = engine.query(f"SELECT row_key, {', '.join(map(engine.quote, columns))} FROM ({facts}) f")
    parts = [c for c in columns if c.startswith("reason__")]
    asked = study.reasons
    if asked.columns:
        long = pd.concat([_of_column(wide, part, name, study) for part, name in zip(parts, asked.columns, strict=True)])
    else:
        long = _of_one_column(wide, parts[0], asked.separator)
    wrong = _not_asked(wide, columns, study)
    contradicting = long["row_key"].isin(wrong)
    notes = (
        [("note.reasons_contradict", {"n": int(long.loc[contradicting, "row_key"].nunique())})]
        if contradicting.any()
        else []
    )
    long = long[~contradicting].drop_duplicates(["row_key", "reason"])
    return long[["row_key", "reason", "rank"]].sort_values(["row_key", "rank", "reason"]).reset_index(drop=True), notes


def _of_one_column(wide: pd.DataFrame, part: str, separator: str) -> pd.DataFrame:
    """Several reasons in one cell, most important first."""
    pattern = "|".join(map(re.escape, SEPARATORS)) if separator == "auto" else re.escape(separator)
    cells = wide[wide[part].notna()]
    long = cells.assign(reason=cells[part].astype(str).str.split(pattern, regex=True)).explode("reason")
    long["reason"] = long["reason"].astype("str").str.strip()
    long = long[long["reason"].notna() & (long["reason"] != "")]
    return long.assign(rank=long.groupby("row_key").cumcount() + 1)


def _of_column(wide: pd.DataFrame, part: str, name: str, study: Study) -> pd.DataFrame:
    """A reason with a column of its own: the rows where it is named."""
    said = wide[part].astype("str").str.strip()
    coding = study.reasons.coding
    if coding == "numbered":  # -1 (or blank, or 0) is not ticked; the option's number is
        named = pd.to_numeric(said, errors="coerce") > 0
    elif coding == "labels":
        named = said.notna() & (said != "")
    else:
        named = casts.to_flag(said, study.columns.yes, study.columns.no)[0].eq(1).fillna(False)
    rows = wide[named.astype(bool)]
    return rows.assign(reason=said[rows.index] if coding == "labels" else name, rank=1)


def _not_asked(wide: pd.DataFrame, columns: tuple[str, ...], study: Study) -> set[str]:
    """Rows whose filter question says that nothing was asked."""
    filters = zip([c for c in columns if c.startswith("filter__")], study.reasons.contradicts.values(), strict=True)
    return {
        key
        for column, value in filters
        for key in wide.loc[wide[column].astype("str").str.strip() == value.strip(), "row_key"]
    }


def _from_table(study: Study, engine: Engine, facts: str) -> tuple[pd.DataFrame, Notes]:
    """The long table `survey_id, reason_code[, rank]`; rows whose survey is not among the facts are noted."""
    opened = intake_of.open_source("survey_reasons", study.data.survey_reasons, study=study, engine=engine)
    for column in ("survey_id", "reason_code"):
        if column not in opened.columns:
            raise ColumnError("column_unknown", column=column, role="data.survey_reasons",
                              near=suggestion(column, opened.columns) or "–", known=listing(opened.columns))  # fmt: skip
    if "survey_id" not in engine.columns(facts):
        raise StudyError("reasons_no_survey_id")
    numbers = intake_of.Role("rank", "rank", "number", named=False)
    columns = ["survey_id", "reason_code", *(["rank"] if "rank" in opened.columns else [])]
    roles = [intake_of.Role(c, c, "text") if c != "rank" else numbers for c in columns]
    table = intake_of.take(opened, roles, study=study, engine=engine, scale=None)
    rank = "CAST(COALESCE(r.rank, 1) AS INTEGER)" if "rank" in columns else "1"
    named = f"({table.sql}) r WHERE r.reason_code IS NOT NULL"
    found = engine.query(
        f"SELECT f.row_key AS row_key, r.reason_code AS reason, {rank} AS rank FROM ({facts}) f "
        f"JOIN (SELECT * FROM {named}) r ON f.survey_id = r.survey_id ORDER BY f.row_key, rank, reason"
    ).drop_duplicates(["row_key", "reason"], ignore_index=True)  # fmt: skip
    spare = int(
        engine.query(
            f"SELECT COUNT(*) AS n FROM {named} AND NOT EXISTS (SELECT 1 FROM ({facts}) f WHERE f.survey_id = r.survey_id)"
        )["n"][0]
    )
    return found, [("note.reasons_spare", {"n": spare})] if spare else []
