"""What a scheduled notebook does besides showing: trace by its parameters, write the findings, skip what is not there."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from ccsat.centre import Centre
from ccsat.contracts import check_namespace
from ccsat.figures import plot
from ccsat.findings import clean, gather_findings
from ccsat.gate import gate_data
from ccsat.question import Question
from ccsat.report import write_trace_table
from ccsat.results import Result
from ccsat.trace import Trace, run_trace
from ccsat.tracetable import headers, trace_table

STOPPED = 5


def trace_centre(centre: Centre, *, as_of: str = "", go_on: bool = False) -> Trace:
    """The trace of a study's own question, relative periods counted from `as_of`, once the data gate let it through."""
    question = Question.of(centre.study, as_of=as_of or None)
    gate_data(centre, question)
    return run_trace(centre, question, go_on=go_on)


def check_parameters(names: Mapping[str, Any], code: str) -> None:
    """For a scheduled notebook's first cell, `check_parameters(globals(), "R03")`: what papermill or jupyter-scheduler
    filled in is checked here, since they ask nobody.

    Raises:
        StudyError: A name that is no parameter, or a value that the notebook's contract refuses.
    """
    check_namespace(names, code)


def day_of(trace: Trace, as_of: str = "") -> str:
    """The day a run is filed under: `as_of`, the last day in the data, or "undated"."""
    return as_of or (str(trace.centre.days[1]) if trace.centre.days else "undated")


def write_findings(trace: Trace, out_dir: str | Path, *, as_of: str = "") -> None:
    """Write `findings.json`, the trace table and, last, `result.json` with the exit code."""
    folder, day = Path(out_dir), day_of(trace, as_of)
    folder.mkdir(parents=True, exist_ok=True)
    found = gather_findings(trace, as_of=day)
    (folder / "findings.json").write_text(
        json.dumps(found, ensure_ascii=False, indent=1, allow_nan=False) + "\n", encoding="utf-8"
    )
    write_trace_table(trace_table(trace, as_of=day), headers(), folder, unit=trace.asked.caliber.unit)
    result = {
        "exit_code": STOPPED if trace.check.verdict.stops and not trace.forced else 0,
        "verdict": trace.check.verdict.value,
        "as_of": day,
    }
    (folder / "result.json").write_text(json.dumps(clean(result)), encoding="utf-8")


def show(answer: Result | None, *, figure: Callable = plot) -> object:
    """A figure or table of an answer; nothing where there is no answer or it is empty."""
    return None if answer is None or getattr(answer.table, "empty", False) else figure(answer)
