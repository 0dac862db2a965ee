"""What the data's own codes are called: the dictionary that may lie beside a study file."""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from pathlib import Path

from ccsat.centre import Centre
from ccsat.wording import has, language, text

FILE = "dictionary.csv"
CODE = re.compile(r"^(?=.*_)\w+$|^[A-Z]+-\d+$")  # told apart from a word of a sentence wherever it stands
FIRST = ("surveys", "contacts")  # whose words win where tables call a column differently


@dataclass(frozen=True)
class Names:
    """Words for codes, for a report to put in their place; shows nothing itself.

    Attributes:
        columns: Dimension -> its words. levels: Dimension -> level -> its words. codes: Column or level -> its words, where that is
            told apart from plain words and every table agrees.
    """

    columns: dict[str, str]
    levels: dict[str, dict[str, str]]
    codes: dict[str, str]
    fields: dict[str, str]  # any column -> its words, where it is named in quotation marks
    tables: dict[str, str]  # table -> its words, before such a column

    def _ipython_display_(self) -> None:
        from IPython.display import display

        display({"text/plain": ""}, raw=True, metadata={"names": {"columns": self.columns, "levels": self.levels, "codes": self.codes, "fields": self.fields, "tables": self.tables}})  # fmt: skip

    def __repr__(self) -> str:
        return ""


def code_names(centre: Centre) -> Names | None:
    """The words of `dictionary.csv` beside the study file, in the session's language; None without one that can be read.

    Its columns: `table, column, zh, en, levels`; levels as `code=Chinese|English`, separated by semicolons.
    """
    rows = _read(centre.study.folder / FILE)
    if not rows:
        return None
    columns, levels = {}, {}
    for dim in centre.dims:
        table, _, column = centre.study.dimension(dim).column.rpartition(".")
        row = next((one for one in rows if one["column"] == column and table in ("", one["table"])), None)
        if row is not None:
            columns[dim] = row[language()]
            levels[dim] = _levels(row)
    fields = {row["column"]: row[language()] for row in reversed(rows) if row[language()]}
    for metric in centre.study.metrics:
        if words := fields.get(centre.study.metric(metric).column or metric):
            fields[metric] = words
    tables = {row["table"]: text(f"data_table.{row['table']}") for row in rows if has(f"data_table.{row['table']}")}
    return Names({k: v for k, v in columns.items() if v}, levels, _codes(rows), fields, tables)


def _read(file: Path) -> list[dict[str, str]]:
    try:
        with file.open(encoding="utf-8-sig", newline="") as lines:
            rows = list(csv.DictReader(lines))
    except (OSError, UnicodeDecodeError, csv.Error):
        return []
    if not rows or not {"table", "column", "zh", "en", "levels"} <= set(rows[0]):
        return []
    return sorted(rows, key=lambda row: FIRST.index(row["table"]) if row["table"] in FIRST else len(FIRST))


def _levels(row: dict[str, str]) -> dict[str, str]:
    """Level to its words; levels without any are left out."""
    at = {"zh": 0, "en": 1}[language()]
    pairs = (part.partition("=") for part in (row["levels"] or "").split(";"))
    named = {code.strip(): words.split("|") for code, _, words in pairs if words}
    return {code: words[min(at, len(words) - 1)].strip() for code, words in named.items()}


def _codes(rows: list[dict[str, str]]) -> dict[str, str]:
    found: dict[str, str] = {}
    clash = set()
    for row in rows:
        for code, words in {row["column"]: row[language()], **_levels(row)}.items():
            if not words or not CODE.match(code or ""):
                continue
            if code in found and found[code] != words and row["table"] not in FIRST and code != row["column"]:
                clash.add(code)
            found.setdefault(code, words)
    return {code: words for code, words in found.items() if code not in clash}
