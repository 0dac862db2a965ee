"""Own data in place of an invented centre: which column is what, does the dictionary hold, and what does the export not allow."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pandas as pd

from ccsat.errors import CcsatError, listing
from ccsat.sources import read_text_table
from ccsat.study import Data
from ccsat.views import View
from ccsat.wording import language, text

STUDY = "study.toml"
SHOWN = 8  # values of a message
SEPARATOR = re.compile(r"[;；|]")
ROLES = ("at", "agent_id", "contact_id", "customer_id", "mode", "pushed")  # columns whose absence costs an analysis
PARTS = ("reasons", "changes", "actions")  # and tables


@dataclass(frozen=True)
class Mapped:
    """The study that was proposed for an export. `path` is its file; `unsure` are the remarks that ask for a look."""

    path: Path
    export: Path
    words: str
    unsure: tuple[str, ...]

    @cached_property
    def study(self) -> dict:
        """The proposal as the study file says it."""
        return tomllib.loads(self.words)

    @cached_property
    def rows(self) -> pd.DataFrame:
        """The export as it was read: every column as text, titles and totals left out."""
        return read_text_table(str(self.export), self.export.parent, Data(surveys=self.export.name)).frame

    def view(self) -> View:
        """Our name, their column, and where a person should look."""
        said = {key: words for key, mark, words in (line.partition(": ") for line in self.unsure) if mark}
        rows = []
        for kind in ("columns", "dimensions"):
            for name, column in self.study.get(kind, {}).items():
                theirs = column["column"] if isinstance(column, Mapping) else column
                rows.append((text(f"own.kind.{kind}"), name, str(theirs), said.pop(name, "")))
        if reasons := self.study.get("reasons", {}):
            named = reasons.get("column") or reasons.get("columns") or reasons.get("table") or ""
            rows.append(
                (text("own.kind.reasons"), "reasons", ", ".join(named) if isinstance(named, list) else str(named), "")
            )
        rows += [("", key, "", words) for key, words in said.items()]
        return View(tuple(text(f"own.head.{name}") for name in ("kind", "ours", "theirs", "look")), tuple(rows))

    def __repr__(self) -> str:
        return repr(self.view())

    def _repr_html_(self) -> str:
        return self.view()._repr_html_()


def map_export(export: str | Path, folder: str | Path = ".") -> Mapped:
    """Propose a study for an export and write it beside a trainer's other files.

    Args:
        export: A CSV or Excel file of one row a survey, or a folder of tables.
        folder: Where the study file goes.

    Raises:
        CcsatError: There is no such file.
        DataError: It cannot be read, or has no column that looks like a rating.
    """
    from ccsat.init import propose_study, unsure_lines

    export, folder = Path(export).resolve(), Path(folder).resolve()
    if not export.exists():
        raise CcsatError("export_missing", file=export.name)
    words = propose_study(export, lang=language(), out_folder=folder)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / STUDY
    path.write_text(words, encoding="utf-8", newline="\n")
    return Mapped(path, export, words, tuple(unsure_lines(words, language())))


def check_dictionary(mapped: Mapped, dictionary: str | Path) -> View:
    """Do an export and its data dictionary say the same?

    Args:
        mapped: The export.
        dictionary: Three columns: a column's name, its meaning, its levels with semicolons between; no levels where any may stand.

    Raises:
        CcsatError: There is no such file, or it has not three columns.
    """
    path = Path(dictionary).resolve()
    if not path.is_file():
        raise CcsatError("export_missing", file=path.name)
    table = read_text_table(str(path), path.parent, Data(surveys=path.name)).frame
    if table.shape[1] < 3:
        raise CcsatError("own_dictionary", file=path.name, found=listing(table.columns))
    known = {
        str(name).strip(): "" if pd.isna(levels) else str(levels)
        for name, _, levels in table.iloc[:, :3].itertuples(index=False)
    }
    rows, differing = [], set()
    for name in mapped.rows.columns:
        column = mapped.rows[name]
        filled = column[column.notna() & (column.astype(str).str.strip() != "")].astype(str).str.strip()
        if filled.empty:
            rows.append(("empty", str(name), text("own.check.rows", n=f"{len(column):,}")))
        if name not in known:
            rows.append(("undescribed", str(name), ""))
        elif wanted := [part.strip() for part in SEPARATOR.split(known[name]) if part.strip()]:
            seen = filled.value_counts()
            if strange := [value for value in seen.index if value not in wanted]:
                n = int(seen[strange].sum())
                rows.append(
                    (
                        "unlisted",
                        str(name),
                        f"{', '.join(map(str, strange[:SHOWN]))} ({text('own.check.rows', n=f'{n:,}')})",
                    )
                )
            if missing := [value for value in wanted if value not in seen.index]:
                rows.append(("unseen", str(name), ", ".join(missing[:SHOWN])))
        differing |= {row[1] for row in rows}
    rows += [("absent", name, "") for name in known if name not in mapped.rows.columns]
    agree = len([name for name in mapped.rows.columns if name not in differing])
    lines = [(text(f"own.check.{key}"), name, found) for key, name, found in rows] + [
        (text("own.check.agree", n=agree), "", "")
    ]
    return View(tuple(text(f"own.head.{name}") for name in ("what", "column", "found")), tuple(lines))


def what_is_missing(centre) -> View:
    """What an export does not hold, and what cannot be done for lack of it."""
    has = set(centre.columns)
    missing = [role for role in ROLES if role not in has]
    there = {
        "reasons": centre.reasons is not None,
        "changes": not centre.changes.empty,
        "actions": not centre.actions.empty,
    }
    missing += [part for part in PARTS if not there[part]]
    rows = [(role, text(f"own.lack.{role}")) for role in missing] or [("–", text("own.lack.nothing"))]
    return View((text("own.head.lacks"), text("own.head.cost")), tuple(rows))
