"""The small tables of a case in the reader's language: codes to choose from, and registers, uncut."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from ccsat.views import View
from ccsat.wording import LANGUAGES, has, language, points, term, text


def code_table(options: Mapping[str, Mapping[str, str]]) -> View:
    """Codes with their meaning in the session's language."""
    columns = (text("workshop.column.code"), text("workshop.column.meaning"))
    return View(columns, tuple((code, words[language()]) for code, words in options.items()))


def register_table(register: pd.DataFrame) -> View:
    """A register of the centre (changes, actions, library), one row an entry, in the session's language.

    Columns that exist once a language stand once; empty columns are left out; days without a time of day are days.
    """
    columns = [
        c
        for c in register.columns
        if not _is_other_language(c) and register[c].notna().any() and (register[c] != "").any()
    ]
    names = [c.removesuffix(f"_{language()}") for c in columns]
    heads = [text(f"workshop.column.{name}") if has(f"workshop.column.{name}") else term(name) for name in names]
    rows = [tuple(map(_cell, names, row)) for row in register[columns].itertuples(index=False)]
    return View(
        tuple(heads),
        tuple(rows),
        frozenset(i for i, c in enumerate(columns) if pd.api.types.is_numeric_dtype(register[c])),
    )


def _is_other_language(column: str) -> bool:
    return any(column == lang or column.endswith(f"_{lang}") for lang in LANGUAGES if lang != language())


def _cell(column: str, value: object) -> str:
    if value is None or (not isinstance(value, str) and pd.isna(value)):
        return ""
    if isinstance(value, bool):
        return text("workshop.yes") if value else text("workshop.no")
    if isinstance(value, pd.Timestamp):
        return f"{value:%Y-%m-%d}" if value == value.normalize() else f"{value:%Y-%m-%d %H:%M}"
    if isinstance(value, (int, float)):
        return points(value, "rate") if column.endswith("_points") else f"{value:g}"
    return text(f"cause_class.{value}") if column == "kind" and has(f"cause_class.{value}") else term(str(value))
