"""The trace-analysis table and the caveats, as they are shown."""

from __future__ import annotations

import pandas as pd

from ccsat.trace import Trace
from ccsat.tracetable import headers
from ccsat.views.check import counted
from ccsat.views.view import View, full_stop, sentences
from ccsat.wording import count, kpi_value, language, percent, points, text

ELSEWHERE = ("found_on", "as_of", "kpi", "caliber", "period")  # the report's head says them


def show_trace_table(table: pd.DataFrame, unit: str) -> View:
    """The trace table in the session's language, one column a problem; the fields that hold something."""
    at = {"zh": 0, "en": 1}[language()]
    names = headers()
    kept = [c for c in table.columns if table[c].notna().any() and c not in ELSEWHERE]
    shows = {
        "points": points,
        "gap": points,
        "expected_points": points,
        "current": kpi_value,
        "baseline": kpi_value,
        "target": kpi_value,
    }

    def words(column: str, value: object) -> str:
        if value is None or pd.isna(value):
            return ""
        if column in shows:
            return shows[column](value, unit)
        if column in ("share_volume", "share_gap"):
            return percent(value)
        return f"{value:.2f}" if column == "lift" else count(value) if column == "n_cell" else str(value)

    problems = [row for _, row in table.iterrows()]
    rows = tuple((names[c][at], *(words(c, row[c]) for row in problems)) for c in kept if c != "no")
    return View((names["no"][at], *(str(row["no"]) for row in problems)), rows)


def show_caveats(trace: Trace) -> View:
    """Every caveat of the trace, once."""
    return sentences(list(dict.fromkeys(full_stop(text(key, **counted(values))) for key, values in trace.caveats)))
