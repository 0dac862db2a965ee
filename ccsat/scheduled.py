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
from ccsat.tracetable import cell_words, headers, link_words, trace_table
from ccsat.views import View, sentences, show_ruled_out, show_split
from ccsat.views import show_causes as view_causes
from ccsat.views import show_fair as view_fair
from ccsat.views import show_plan as view_plan
from ccsat.wording import count, kpi_value, percent, points, text

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


def summary(trace: Trace) -> list[str]:
    """The trace in a few sentences, for the top of a report."""
    stop, unit = text("stop"), trace.asked.caliber.unit
    words = [
        trace.check.headline.sentence() + stop,
        trace.check.sentence() + stop,
        text(f"verdict_next.{trace.check.verdict}"),
    ]
    if trace.budget is not None:
        b = trace.budget
        words.append(text("summary.budget", target=kpi_value(trace.asked.target, unit), allowed=count(b.allowed), used=count(b.used),
                          left=count(max(b.remaining, 0)), over=count(max(-b.remaining, 0)), share=percent(b.used_share, 0)))  # fmt: skip
    if trace.where.cells.empty:
        return [*words, trace.where.sentence() + stop] if trace.check.verdict == "real" or trace.forced else words
    top = trace.where.cells.iloc[0]
    words.append(text("summary.cell" if top["where"] else "summary.everywhere", cell=cell_words(top["where"]), points=points(top["points"], unit), total=points(trace.where.total, unit),
                      lower=points(top["lower"], unit), upper=points(top["upper"], unit), n=count(top["n"])))  # fmt: skip
    if trace.why and trace.why.causes:
        cause = trace.why.causes[0]
        words.append(
            text(
                "summary.cause",
                wording=text(f"wording.{cause.wording}"),
                cause=link_words(cause.chain[-1]),
                grade=cause.grade,
            )
        )
    if trace.plan is not None and not trace.plan.table.empty:
        words.append(trace.plan.sentence() + stop)
    return words


def show(answer: Result | None, *, figure: Callable = plot) -> object:
    """A figure or table of an answer; nothing where there is no answer or it is empty."""
    return None if answer is None or getattr(answer.table, "empty", False) else figure(answer)


def show_owners(trace: Trace, key: str) -> object:
    """A ledger by owner ("owner" or "controllable") as a figure; where the study names no owners, how to name them."""
    ledger = trace.ledgers.get(key)
    if ledger is None:
        return None
    if set(ledger.table["owner"]) <= {"mixed", "unstated"}:
        return sentences([text("view.no_owners")]) if key == "owner" else None
    return plot(ledger)


def show_fair(trace: Trace) -> View | None:
    """What each owner would have to win for the target; nothing without a target or named owners."""
    ledger = trace.ledgers.get("fair_targets")
    return view_fair(ledger) if ledger is not None and len(ledger.table) > 1 else None


def show_splits(trace: Trace) -> View | None:
    """The change or gap by the dimension with the clearest single cell: rate and mix, or points below the target."""
    splits = {
        key.split("/", 1)[1]: ledger
        for key, ledger in trace.ledgers.items()
        if key.startswith(("change/", "gap/")) and len(ledger.table) > 1
    }
    if not splits:
        return None
    cells = trace.where.explorer
    cells = cells[cells["dim"].isin(splits)].sort_values("p_value") if len(cells) else cells
    return show_split(splits[cells["dim"].iloc[0]] if len(cells) else next(iter(splits.values())))


def show_causes(trace: Trace) -> View:
    """The causes; where there are none, why not."""
    if trace.why is None:
        return sentences([text("view.not_reached", verdict=text(f"verdict_short.{trace.check.verdict}"))])
    return view_causes(trace) if trace.why.causes else sentences([trace.why.sentence() + text("stop")])


def show_plan(trace: Trace) -> View:
    """The plan; where there is none, why not."""
    if trace.plan is None:
        return sentences([text("view.not_reached", verdict=text(f"verdict_short.{trace.check.verdict}"))])
    if trace.plan.table.empty:
        return sentences(
            [trace.plan.sentence() + text("stop"), *(text(key, **values) for key, values in trace.plan.caveats)]
        )
    return view_plan(trace)


def show_left_out(trace: Trace) -> View | None:
    """The changes that were ruled out, with the reason."""
    return show_ruled_out(trace) if trace.why and trace.why.ruled_out else None
