"""The small registers beside the data: changes, actions taken, targets, and the library of actions."""

from __future__ import annotations

import re
from typing import Any

import pandas as pd

from ccsat import sources
from ccsat.errors import DataError, listing, suggestion
from ccsat.schema import ACTION_COLUMNS, CHANGE_COLUMNS, LIBRARY_COLUMNS
from ccsat.study import Study

NEEDED = {"changes": ("change_id", "at"), "actions": ("action_id", "at"), "targets": ("kpi", "target"),
          "library": ("action_id", "cost", "lead_days", "p", "phi")}  # fmt: skip
KNOWN = {"changes": CHANGE_COLUMNS, "actions": ACTION_COLUMNS, "targets": ("kpi", "caliber", "level", "unit", "target"),
         "library": LIBRARY_COLUMNS}  # fmt: skip
NUMBERS = ("cost", "lead_days", "p", "target", "predicted_points")


def read(study: Study) -> dict[str, pd.DataFrame]:
    """`changes`, `actions`, `targets` and `library` as tables; empty where the study has none.

    Raises:
        StudyError, DataError: A file is missing, or lacks a column it needs.
    """
    return {name: _register(name, entry, study)
            for name, entry in (("changes", study.changes), ("actions", study.actions), ("targets", study.targets),
                                ("library", study.solution.library))}  # fmt: skip


def _register(name: str, entry: str | list[dict[str, Any]] | None, study: Study) -> pd.DataFrame:
    if entry is None or entry == []:
        return pd.DataFrame(columns=list(KNOWN[name]))
    if isinstance(entry, str):
        table = _read(entry, study)
    else:
        table = pd.DataFrame(entry)
    missing = [column for column in NEEDED[name] if column not in table.columns]
    if missing:
        raise DataError("register_columns", register=name, missing=listing(missing), known=listing(table.columns),
                        near=suggestion(missing[0], table.columns) or "–")  # fmt: skip
    for column in KNOWN[name]:
        if column not in table.columns:
            table[column] = None
    if "at" in table.columns:
        table["at"] = pd.to_datetime(table["at"], errors="coerce")
        if table["at"].isna().any():
            raise DataError("register_times", register=name, ids=listing(table.loc[table["at"].isna(), NEEDED[name][0]]))
    for column in set(NUMBERS) & set(table.columns):
        table[column] = pd.to_numeric(table[column], errors="coerce")
    return table.reset_index(drop=True)


def _read(entry: str, study: Study) -> pd.DataFrame:
    if paths := sources.parquet_paths(entry, study.folder):
        return pd.concat([pd.read_parquet(path) for path in paths])
    frame = sources.read_text_table(entry, study.folder, study.data).frame
    return frame.astype(object).where(frame.notna(), None)


def scope(text: object) -> dict[str, list[str]]:
    """A scope in words, `dim=level|level; dim=level`, as dimension to levels; empty means everything."""
    parts = {}
    for piece in re.split(r"[;；]", str(text)) if isinstance(text, str) else []:
        if "=" in piece:
            dim, levels = piece.split("=", 1)
            parts[dim.strip()] = [level.strip() for level in re.split(r"[|,]", levels) if level.strip()]
    return parts
