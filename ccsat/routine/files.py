"""The files that a routine notebook leaves: findings, tables, and last how it ended."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from ccsat.findings import clean
from ccsat.report.sheet import harmless
from ccsat.tracetable import cell_words

CELLS = ("where", "scope")  # columns that hold a cell


def write_files(
    out_dir: str | Path, findings: Mapping[str, Any], tables: Mapping[str, pd.DataFrame], *, verdict: str
) -> None:
    """Write `findings.json`, a CSV a table, and last `result.json`.

    Args:
        findings: As DESIGN 2.4 where its keys apply; `as_of` is the day that the run is filed under.
        tables: File name without its ending -> table, in full precision; text that a spreadsheet would run is neutralised.
        verdict: One word for the run's end.
    """
    folder = Path(out_dir)
    folder.mkdir(parents=True, exist_ok=True)
    content = json.dumps(clean(dict(findings)), ensure_ascii=False, indent=1, allow_nan=False)
    (folder / "findings.json").write_text(content + "\n", encoding="utf-8")
    for name, table in tables.items():
        with (folder / f"{name}.csv").open("w", encoding="utf-8-sig", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(table.columns)
            writer.writerows([[_plain(name, value) for name, value in row.items()] for row in table.to_dict("records")])
    result = {"exit_code": 0, "verdict": verdict, "as_of": findings["as_of"]}
    (folder / "result.json").write_text(json.dumps(result), encoding="utf-8")


def _plain(column: str, value: Any) -> Any:
    found = harmless(cell_words(value) if column in CELLS and isinstance(value, Mapping) else value)
    return "" if found is None else found
