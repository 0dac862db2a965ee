"""The events of a stretch of time as a source of their own, and what is asked of them beside the counts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from ccsat.engine.portable import PortableEngine
from ccsat.engine.repeats import Issues, moment
from ccsat.engine.scan import Scan, column, literal
from ccsat.increments.store import DAY

OF_LINE = "ccsat_of_line"  # 1 where an event is of one of the customers asked for


@dataclass(frozen=True)
class Slice:
    """Events that start in a stretch; None: no limit. `last` is the source's last start, whose events stay in, so that a request
    to a moment after the slice knows that the data go on."""

    begin: datetime | None
    until: datetime | None
    last: datetime | None


def slice_text(scan: Scan, issues: Issues, part: Slice, *, customers: Sequence[str] | None = None) -> str:
    """The source's events of a slice, with the day they start on as the column `DAY`; of some customers only, where they are named
    (`OF_LINE` tells them from the last event)."""
    start = scan.time()
    tests = [f"{start} >= {moment(part.begin)}"] if part.begin is not None else []
    tests += [f"{start} <= {moment(part.until)}"] if part.until is not None else []
    more = f"{scan.day()} AS {DAY}"
    if customers is not None:
        tests.append(f"{scan.dimension(issues.customer)} IN ({', '.join(map(literal, customers))})")
        more += f", CASE WHEN {tests[-1]} THEN 1 ELSE 0 END AS {OF_LINE}"
    inside = " AND ".join(tests) or "1 = 1"
    if (part.until is not None or customers is not None) and part.last is not None:
        inside = f"({inside}) OR {start} = {moment(part.last)}"
    return f"SELECT source.*, {more} FROM {scan.relation()} WHERE {inside}"


def reach_text(engine: PortableEngine, text: str, issues: Issues, as_of: datetime) -> str:
    """Day -> the latest end of its contacts, redials merged, whoever's they are."""
    rows = engine.repeat_rows(
        text, replace(issues, shared=None, lookback_h=None, fails=None), columns=[DAY], as_of=as_of
    )
    day = f"CAST(r.{engine.quote(DAY)} AS {engine.macros.text})"
    return f"SELECT {day} AS dy, MAX(r.ended) AS reach FROM ({rows}) r GROUP BY {day}"


def lines_text(scan: Scan, text: str, issues: Issues, as_of: datetime) -> str:
    """Who had the last of too many contacts within the longest window, on which day, and the first moment of it: `DAY, line, known_at`."""
    own = replace(scan, source=text)
    most, widest = int(issues.shared or 0), max(issues.seconds)
    start, customer = own.coded(issues.started), column(issues.customer)
    counted = f" AND {column(issues.counts)} = 1" if issues.counts is not None else ""
    events = (f"SELECT {customer} AS customer, {start} AS started, CAST({column(DAY)} AS {own.dialect.text}) AS {DAY} FROM {own.relation()}"
              f" WHERE {start} <= {moment(as_of)} AND {customer} IS NOT NULL{counted}")  # fmt: skip
    spans = f"SELECT customer, started, {DAY}, LAG(started, {most}) OVER (PARTITION BY customer ORDER BY started) AS earlier FROM ({events}) e"
    line = f"CAST(customer AS {own.dialect.text})"
    return (f"SELECT {DAY}, {line} AS line, MIN(started) AS known_at FROM ({spans}) s"
            f" WHERE started <= earlier + INTERVAL '{widest}' SECOND GROUP BY {DAY}, {line}")  # fmt: skip
