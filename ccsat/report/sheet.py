"""The trace table as CSV and XLSX: bilingual header, numbers as numbers, nothing a spreadsheet would run."""

from __future__ import annotations

import csv
import math
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

RUNS = re.compile(r"^\s*[=+\-@＝＋－＠]|^[\t\r\n]")
NUMBER = re.compile(r"^[+\-]?[\d,]*\.?\d+(e[+\-]?\d+)?\s?%?$", re.IGNORECASE)
VALUES = {"rate": "0.00%", "nps": "0.0%", "score": "0.00", "raw": "0.0000"}
POINTS = {unit: f"+{shown};-{shown};{shown}" for unit, shown in VALUES.items()}
KINDS = {
    "value": ("baseline", "current", "target"),
    "points": ("gap", "points", "expected_points", "verified_points"),
    "share": ("share_volume", "share_gap"),
    "ratio": ("lift",),
    "count": ("no", "n_cell", "n"),
}
WIDEST = 48


def write_trace_table(
    table: pd.DataFrame, columns: Mapping[str, tuple[str, str]], folder: Path, *, unit: str = "rate"
) -> tuple[Path, Path]:
    """Write `trace_table.csv` and `trace_table.xlsx`.

    Args:
        table: One row a traced problem; holds every key of `columns`.
        columns: Column -> its header in Chinese and in English; their order is the files' order.
        folder: Where the two files go.
        unit: The KPI's unit ("rate", "nps", "score", "raw"): how its values and points are shown. Values stay in full.

    Returns:
        The CSV (UTF-8 with a byte order mark, for spreadsheets) and the XLSX.
    """
    header = [f"{zh} / {en}" for zh, en in columns.values()]
    rows = [[harmless(value) for value in row] for row in table[list(columns)].itertuples(index=False, name=None)]
    csv_path, xlsx_path = folder / "trace_table.csv", folder / "trace_table.xlsx"
    with csv_path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(header)
        writer.writerows(["" if value is None else value for value in row] for row in rows)
    _write_xlsx(xlsx_path, list(columns), header, rows, _formats(unit))
    return csv_path, xlsx_path


def harmless(value: Any) -> Any:
    """A cell's value as a spreadsheet may have it: text that it would run as a formula gets an apostrophe in front."""
    if isinstance(value, list | tuple):
        value = "; ".join(str(part) for part in value)
    if value is None or value is pd.NaT or value is pd.NA or (isinstance(value, float) and not math.isfinite(value)):
        return None
    if hasattr(value, "item"):  # a numpy scalar
        return harmless(value.item())
    if hasattr(value, "isoformat"):
        return value.isoformat(sep=" ") if hasattr(value, "hour") else value.isoformat()
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        value = str(value)
    if isinstance(value, str) and RUNS.match(value) and not NUMBER.match(value.strip()):
        return "'" + value
    return value


def _formats(unit: str) -> dict[str, str]:
    shown = {"value": VALUES[unit], "points": POINTS[unit], "share": "0.0%", "ratio": "0.00", "count": "#,##0"}
    return {column: shown[kind] for kind, names in KINDS.items() for column in names}


def _write_xlsx(
    path: Path, columns: list[str], header: list[str], rows: list[list[Any]], formats: dict[str, str]
) -> None:
    import xlsxwriter

    as_they_are = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(str(path), as_they_are) as book:
        sheet = book.add_worksheet("trace_table")
        head = book.add_format({"bold": True, "text_wrap": True, "valign": "top", "bg_color": "#E8EEF4", "border": 1})
        wrapped = book.add_format({"text_wrap": True, "valign": "top"})
        styles = {shown: book.add_format({"num_format": shown, "valign": "top"}) for shown in set(formats.values())}
        for place, (column, title) in enumerate(zip(columns, header, strict=True)):
            sheet.write_string(0, place, title, head)
            style = styles.get(formats.get(column, ""), wrapped)
            for line, row in enumerate(rows, start=1):
                value = row[place]
                if isinstance(value, int | float):
                    sheet.write_number(line, place, value, style)
                elif value is not None:
                    sheet.write_string(line, place, value, wrapped)
            longest = max([_width(part) for part in title.split(" / ")] + [_width(row[place]) for row in rows])
            sheet.set_column(place, place, min(WIDEST, longest + 2))
        sheet.freeze_panes(1, 1)
        sheet.autofilter(0, 0, max(1, len(rows)), len(columns) - 1)


def _width(value: Any) -> int:
    """Columns that a value takes: a Chinese character takes two."""
    if isinstance(value, float):
        return 8
    return sum(2 if ord(letter) > 0x2E7F else 1 for letter in str("" if value is None else value))
