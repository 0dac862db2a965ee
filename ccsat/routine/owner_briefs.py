"""One page for each department, week after week: what is new since the last pages, what goes on, and what is closed (R06)."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from ccsat.business.agreements import OlaCompliance, ola_compliance
from ccsat.business.pages import OwnerPages, owner_pages
from ccsat.centre import Centre
from ccsat.errors import CcsatError
from ccsat.findings import kpi_entry
from ccsat.results import Result, result_class
from ccsat.routine.files import write_files
from ccsat.routine.repeats import Since, findings_before, folder_name, runs_folder, since
from ccsat.scheduled import day_of, trace_centre
from ccsat.stages.briefs import Brief
from ccsat.stages.ola import cell_text
from ccsat.trace import Trace
from ccsat.views import Fold, View, sentences, stack
from ccsat.wording import count, interval, language, percent, points, term, text

CODE = "R06"
SCHEMA = 1
TOPICS = ["owner", "department", "cell", "cause", "status", "points", "grade"]
OLA = [
    "department",
    "measure",
    "n",
    "value",
    "lower",
    "upper",
    "standard",
    "standing",
    "n_baseline",
    "value_baseline",
    "change_lower",
    "change_upper",
]


@result_class
class Briefed(Result):
    """The pages of a day; the table has a row a topic (a department's cause in a cell): `owner, department, cell, cause, status` ("new", "continuing", "recurred",
    "closed": on the pages before and not on these), `points, grade`.

    Attributes:
        trace: What the pages are of. pages: One a department. kept: How tickets kept to the agreements; None where there are none.
        day: The ISO day. before: Day of the run before.
    """

    trace: Trace
    pages: OwnerPages
    kept: OlaCompliance | None
    day: str
    before: str | None

    def counts(self) -> dict[str, int]:
        """How many pages, topics of each standing, actions asked, and agreements broken beyond chance."""
        status = self.table["status"].tolist()
        broken = 0 if self.kept is None else int((self.kept.table["standing"] == "broken").sum())
        asks = int(self.pages.table["asks"].sum()) if len(self.pages.table) and "asks" in self.pages.table else 0
        return {"pages": len(self.pages.pages), "new": status.count(Since.NEW) + status.count(Since.RECURRED), "continuing": status.count(Since.CONTINUING),
                "closed": status.count(Since.CLOSED), "asks": asks, "broken": broken}  # fmt: skip


def brief_owners(centre: Centre, *, as_of: str = "", out_dir: str | Path | None = None, go_on: bool = False) -> Briefed:
    """What is each department told on a day, and what of it was on the pages before?

    Args:
        as_of: The ISO day; the last one in the data where empty. out_dir: Where the notebook writes; the runs before lie beside it. Without one everything is new.
        go_on: Trace on where stage 1 would stop; else there are no pages then.

    Raises:
        NoDataError: The day is not there yet.

    Source:
        DOMAIN U3.3b, 6.5.
    """
    trace = trace_centre(centre, as_of=as_of, go_on=go_on)
    day, pages = day_of(trace, as_of), owner_pages(trace)
    try:
        kept = ola_compliance(centre, trace.asked)
    except CcsatError:  # a study without tickets or agreements has none to keep
        kept = None
    runs = None if out_dir is None else runs_folder(out_dir, folder_name(centre.study.name))
    earlier = (
        None
        if runs is None
        else findings_before(runs / folder_name(centre.study.name, CODE), day, like={"key": trace.asked.caliber.kpi})
    )
    was = {_key(one): one for one in (earlier or {}).get("topics", [])}
    open_before = {key for key, one in was.items() if one["status"] != Since.CLOSED}
    rows = [{**one, "status": str(since(_key(one), open_before, was))} for page in pages.pages for one in _topics(page)]
    here = {_key(one) for one in rows}
    rows += [
        {**{name: was[key].get(name) for name in TOPICS}, "status": str(Since.CLOSED)}
        for key in sorted(open_before - here)
    ]
    return Briefed(
        table=pd.DataFrame(rows, columns=TOPICS),
        trace=trace,
        pages=pages,
        kept=kept,
        day=day,
        before=earlier["as_of"] if earlier else None,
        caveats=pages.caveats,
    )


def _topics(page: Brief) -> list[dict[str, Any]]:
    """A department's causes, each with the cell that it is in; the cells themselves where none of the causes is its own."""
    cells = {one.cell_rank: one for one in page.problems}
    shared = {"owner": page.owner, "department": page.department}
    found = [
        {
            **shared,
            "cell": cell_text(cells[c.cell_rank].where) if c.cell_rank in cells else "",
            "cause": c.id,
            "points": float(c.points),
            "grade": c.grade,
        }
        for c in page.causes
    ]
    return found or [
        {**shared, "cell": cell_text(one.where), "cause": "", "points": one.points, "grade": ""}
        for one in page.problems
    ]


def _key(one: Mapping[str, Any]) -> tuple[str, str]:
    return str(one.get("owner")), str(one.get("cause") or one.get("cell"))


# Files -----------------------------------------------------------------------------------------------


def brief_findings(briefed: Briefed, study: str, *, as_of: str) -> dict[str, Any]:
    """The pages as plain data: `briefs` (a page each with its sentences), `topics`, `targets`, `ola`, `brief` (counts); `kpi` and `check` of the trace. Rates are 0 to 1."""
    trace, pages = briefed.trace, briefed.pages
    return {
        "schema": SCHEMA, "study": study, "as_of": as_of, "lang": language(), "day": briefed.day,
        "kpi": kpi_entry(trace.check.headline, check=trace.check), "check": {"verdict": str(trace.check.verdict.value)},
        "brief": {**briefed.counts(), "before": briefed.before},
        "briefs": [{**row, "title": page.title, "asked": [_ask(one) for one in page.asks], "in_words": [{"part": head, "lines": list(lines)} for head, lines in page.sentences()]}
                   for row, page in zip(_plain(pages.table), pages.pages, strict=True)],
        "topics": _plain(briefed.table), "targets": [] if pages.targets is None else _plain(pages.targets.table),
        "ola": [] if briefed.kept is None else _plain(briefed.kept.table), "caveats": [text(key, **values) for key, values in briefed.caveats],
    }  # fmt: skip


def _ask(one: Any) -> dict[str, Any]:
    return {
        name: getattr(one, name)
        for name in (
            "action",
            "zh",
            "en",
            "cost",
            "lead_days",
            "due",
            "expected_points",
            "lower",
            "upper",
            "relief",
            "source",
        )
    }


def _plain(table: pd.DataFrame) -> list[dict[str, Any]]:
    return table.astype(object).where(table.notna(), None).to_dict("records")


def write_briefs(briefed: Briefed, centre: Centre, out_dir: str | Path, *, as_of: str = "") -> None:
    """Write `findings.json`, `topics.csv`, `targets.csv`, `ola.csv` and, last, `result.json`."""
    targets = briefed.pages.targets
    tables = {
        "topics": briefed.table,
        "targets": pd.DataFrame() if targets is None else targets.table,
        "ola": pd.DataFrame(columns=OLA) if briefed.kept is None else briefed.kept.table,
    }
    write_files(
        out_dir,
        brief_findings(briefed, centre.study.name, as_of=as_of or briefed.day),
        tables,
        verdict=str(briefed.trace.check.verdict.value),
    )


# Shown -----------------------------------------------------------------------------------------------


def show_in_short(briefed: Briefed) -> View:
    """How many pages, what is new since the last, whose the largest part is, and which agreement was kept worst."""
    said = [briefed.trace.check.headline.sentence(), briefed.pages.sentence()]
    if briefed.before is None:
        said.append(text("brief_run.first"))
    else:
        said.append(
            text("brief_run.since", day=briefed.before, **{name: count(n) for name, n in briefed.counts().items()})
        )
    said += [briefed.kept.sentence()] if briefed.kept is not None else []
    return sentences(said + [text(key, **values) for key, values in briefed.caveats])


def show_topics(briefed: Briefed) -> View | None:
    """Topic by topic: whose, where, why, and whether it is new."""
    if briefed.table.empty:
        return None
    unit = briefed.trace.asked.caliber.unit
    rows = [(term(str(row["owner"])) + (f" ({row['department']})" if row["department"] else ""), row["cell"] or "", str(row["cause"] or ""), text(f"brief_status.{row['status']}"),
             points(row["points"], unit), row["grade"] or "") for row in _plain(briefed.table)]  # fmt: skip
    return View(
        tuple(text(f"brief_head.{name}") for name in ("owner", "cell", "cause", "status", "points", "grade")),
        tuple(rows),
        frozenset({4}),
    )


def show_targets(briefed: Briefed) -> View | None:
    """The reduction shared out by department."""
    ledger = briefed.pages.targets
    if ledger is None:
        return None
    unit = ledger.unit
    rows = [(term(str(row["owner"])), points(row["points"], unit, sign=False), interval(row.get("lower"), row.get("upper"), unit, of="points") if row.get("lower") is not None else "–",
             points(row.get("controllable"), unit, sign=False)) for row in _plain(ledger.table)]  # fmt: skip
    rows.append((text("brief_head.together"), points(ledger.total, unit, sign=False), "", ""))
    return View(
        tuple(text(f"brief_head.{name}") for name in ("owner", "target", "interval", "own")),
        tuple(rows),
        frozenset({1, 2, 3}),
    )


def show_agreements(briefed: Briefed) -> View | None:
    """How each department's tickets kept to its agreement."""
    if briefed.kept is None:
        return None
    rows = [(row["department"], text(f"ola_measure.{row['measure']}"), percent(row["value"]), f"[{percent(row['lower'])}, {percent(row['upper'])}]", count(row["n"]), percent(row["standard"]),
             text(f"ola_standing.{row['standing']}"), percent(row.get("value_baseline"))) for row in _plain(briefed.kept.table)]  # fmt: skip
    return View(
        tuple(
            text(f"brief_head.{name}")
            for name in ("department", "measure", "value", "interval", "n", "standard", "standing", "before")
        ),
        tuple(rows),
        frozenset({2, 3, 4, 5, 7}),
    )


def show_pages(briefed: Briefed) -> Fold | None:
    """The pages, one under the other, each folded under its title."""
    if not briefed.pages.pages:
        return None
    return stack(
        *(
            Fold(page.title, tuple(sentences(list(lines), title=head) for head, lines in page.sentences()))
            for page in briefed.pages.pages
        )
    )
