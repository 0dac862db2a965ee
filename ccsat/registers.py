"""The small registers beside the data: changes, actions taken, targets, and the library of actions."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

import pandas as pd

from ccsat import sources
from ccsat.engine import DuckEngine, Engine
from ccsat.errors import DataError, listing, suggestion
from ccsat.intake import open_source
from ccsat.schema import ACTION_COLUMNS, CHANGE_COLUMNS, LIBRARY_COLUMNS
from ccsat.study import REGISTERS, Database, Source, Study
from ccsat.times import to_time

NEEDED = {"changes": ("change_id", "at"), "actions": ("action_id", "at"), "targets": ("kpi", "target"),
          "library": ("action_id", "cost", "lead_days", "p", "phi")}  # fmt: skip
KNOWN = {"changes": CHANGE_COLUMNS, "actions": ACTION_COLUMNS, "targets": ("kpi", "caliber", "period", "level", "unit", "target"),
         "library": LIBRARY_COLUMNS}  # fmt: skip
NUMBERS = ("cost", "lead_days", "target", "predicted_points")  # p and phi may be ranges: see stages.action_library
WHOLE = ("", "centre", "center", "all", "total", "全部", "总体", "中心")
PERCENT = ("%", "percent", "per cent", "百分比")


def read(study: Study, engine: Engine | None = None) -> dict[str, pd.DataFrame]:
    """`changes`, `actions`, `targets` and `library` as tables; empty where the study has none.

    Args:
        engine: Reads registers that are tables of a database.

    Raises:
        StudyError, DataError: A file is missing, lacks a column it needs, or holds something else in it.
    """
    entries = {name: getattr(study, name) for name in REGISTERS} | {"library": study.solution.library}
    return {name: _register(name, entry, study, engine or DuckEngine()) for name, entry in entries.items()}


def _register(name: str, entry: Source | list[dict[str, Any]] | None, study: Study, engine: Engine) -> pd.DataFrame:
    if entry is None:
        return pd.DataFrame(columns=list(KNOWN[name]))
    table = pd.DataFrame(entry) if isinstance(entry, list) else _read(name, entry, study, engine)
    missing = [column for column in NEEDED[name] if column not in table.columns]
    if missing:
        raise DataError("register_columns", register=name, missing=listing(missing), known=listing(table.columns) or "–",
                        near=suggestion(missing[0], table.columns) or "–")  # fmt: skip
    for column in KNOWN[name]:
        if column not in table.columns:
            table[column] = None
    if "at" in NEEDED[name]:
        table["at"] = _times(table["at"], name, table[NEEDED[name][0]], study)
    for column in set(NUMBERS) & set(table.columns):
        numbers = pd.to_numeric(table[column], errors="coerce")
        wrong = table[column].notna() & numbers.isna() & (table[column].astype(str).str.strip() != "")
        if wrong.any():
            raise DataError(
                "register_numbers", register=name, column=column, samples=listing(table.loc[wrong, column].unique()[:3])
            )
        table[column] = numbers
    return table.reset_index(drop=True)


def _read(name: str, entry: Source, study: Study, engine: Engine) -> pd.DataFrame:
    if isinstance(entry, Database):
        opened = open_source(name, entry, study=study, engine=engine)
        return engine.query(f"SELECT * FROM ({opened.sql}) t")
    if paths := sources.parquet_paths(entry, study.folder):
        return pd.concat([pd.read_parquet(path) for path in paths])
    frame = sources.read_text_table(entry, study.folder, study.data).frame
    return frame.astype(object).where(frame.notna(), None)


def _times(column: pd.Series, name: str, ids: pd.Series, study: Study) -> pd.Series:
    if pd.api.types.is_datetime64_any_dtype(column):
        times = column
    else:
        words = column.map(lambda value: None if value is None or value is pd.NaT else str(value)).astype("str")
        times, _ = to_time(words, study.data.dayfirst, column=f"{name}.at")
    if times.isna().any():
        raise DataError("register_times", register=name, ids=listing(ids[times.isna()]))
    return times


def target_of(targets: pd.DataFrame, kpi: str, caliber: str, day: date | None = None) -> float | None:
    """The centre's registered target of a KPI: that of the day's month, else one without a period, else the last.

    A target of another caliber, or of a part of the centre, is none.
    """
    rows = targets[
        (targets["kpi"] == kpi)
        & (targets["caliber"].isna() | (targets["caliber"] == caliber))
        & targets["target"].notna()
    ]
    rows = rows[rows["level"].isna() | rows["level"].astype(str).str.casefold().isin(WHOLE)]
    if rows.empty:
        return None
    period = rows["period"].astype("str").str.strip()
    this = day is not None and (period == f"{day:%Y-%m}")
    best = rows[this] if day is not None and this.any() else rows[period.isna() | (period == "")]
    row = (best if len(best) else rows).iloc[-1]
    return float(row["target"]) / (100 if str(row["unit"]).casefold() in PERCENT else 1)


def scope(text: object) -> dict[str, list[str]]:
    """A scope in words, `dim=level|level; dim=level`, as dimension to levels; empty means everything."""
    parts = {}
    for piece in re.split(r"[;；]", str(text)) if isinstance(text, str) else []:
        if "=" in piece:
            dim, levels = piece.split("=", 1)
            parts[dim.strip()] = [level.strip() for level in re.split(r"[|,]", levels) if level.strip()]
    return parts
