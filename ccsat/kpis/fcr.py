"""First-contact resolution: who did not come back about the same issue, under every way of counting it."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import datetime

from ccsat.centre import Centre
from ccsat.errors import CaliberError, listing, suggestion
from ccsat.kpis.fcr_events import BASES, CHANNELS, MATCHES, Events, events
from ccsat.kpis.indicator import Indicator

WINDOW = re.compile(r"(\d+(?:\.\d+)?)(h|d)")
LOOKBACK_H = 168.0
JUDGED = ("chain", "rolling")
SOURCE = "DOMAIN 2.5"
NEEDS = {"contacts": ("contact_id", "customer_id"), "facts": ("contact_id", "customer_id", "at")}


@dataclass(frozen=True)
class Resolution:
    """A way of counting: `window[-match][-channels][-base]`, left-out parts being the defaults (DESIGN 2.4).

    Attributes:
        hours: The window W. match: Which contacts are one issue. channels: By what a customer may come back. base: `net` or `gross`.
    """

    hours: float
    match: str = "l1"
    channels: str = "all"
    base: str = "net"

    @property
    def id(self) -> str:
        """Its caliber id, defaults left out."""
        named = [(self.match, "l1"), (self.channels, "all"), (self.base, "net")]
        return "-".join([f"{self.hours:g}h", *(part for part, usual in named if part != usual)])


def read_id(id: str) -> Resolution:
    """A caliber id as a way of counting: `48h`, `24h-customer-human-gross`, `7d-l2`.

    Raises:
        CaliberError: It is none; the message says which part, and what may stand there.
    """
    window, *parts = str(id).strip().lower().split("-")
    match = WINDOW.fullmatch(window)
    hours = float(match[1]) * (24 if match[2] == "d" else 1) if match else 0.0
    if not 0 < hours <= 24 * 366:
        raise CaliberError("fcr_window", id=id, window=window)
    found, rest = {}, list(parts)
    for name, known in (("match", MATCHES), ("channels", CHANNELS), ("base", BASES)):
        if rest and rest[0] in known:
            found[name] = rest.pop(0)
    if rest:
        every = (*MATCHES, *CHANNELS, *BASES)
        raise CaliberError("fcr_part", id=id, part=rest[0], near=suggestion(rest[0], every) or "48h-customer-human-gross", matches=listing(MATCHES),
                           channels=listing(CHANNELS), bases=listing(BASES))  # fmt: skip
    return Resolution(hours, **found)


def stream(centre: Centre, way: Resolution, *, judged: str = "chain") -> Events:
    """The events and the request of a way of counting.

    Args:
        judged: "chain" judges first contacts, those without one of the issue in the seven days before; "rolling" judges each against the next.
    """
    if judged not in JUDGED:
        raise CaliberError("fcr_judged", judged=judged, known=listing(JUDGED))
    made = events(
        centre,
        hours=(way.hours,),
        match=way.match,
        channels=way.channels,
        base=way.base,
        lookback_h=LOOKBACK_H if judged == "chain" else None,
    )
    return replace(made, sql=_kept(centre, made.sql, (way.channels, way.base)))


def _kept(centre: Centre, sql: str, of: tuple) -> str:
    """The events worked out once where they are few enough; the text itself elsewhere."""
    key = ("fcr_events", *of)
    if key not in centre.memory:
        centre.memory[key] = centre.engine.keep("fcr_events", sql)
    return centre.memory[key]


CARRIED = ("contact_id", "agent_id", "complexity", "transfers")


def judged_rows(centre: Centre, way: Resolution, *, judged: str = "chain", as_of: datetime | None = None) -> str:
    """Contacts that are judged, one row each, as SELECT text.

    Returns:
        `row_key, at, ended_at, customer_id, contact_id, agent_id, complexity, transfers`, `next_at` (the next event of the issue), `repeated` (1 where that
        is within the window) and `mature` (1 where the contact is older than the window). The text ends at `as_of`, by default the last start in the data.
    """
    made, engine = stream(centre, way, judged=judged), centre.engine
    last = last_moment(centre, made, as_of)
    seconds = round(3600 * way.hours)
    inner = engine.repeat_rows(made.sql, made.issues, columns=CARRIED, as_of=last)
    within = f"next_at <= ended + INTERVAL '{seconds}' SECOND"
    ripe = f"ended + INTERVAL '{seconds}' SECOND <= TIMESTAMP '{last.isoformat(' ')}'"
    own = ", ".join(f"r.{engine.quote(name)} AS {name}" for name in CARRIED)
    return (f"SELECT r.id AS row_key, r.started AS \"at\", r.ended AS ended_at, r.customer AS customer_id, {own}, r.next_at AS next_at,"
            f" CASE WHEN {within} THEN 1 ELSE 0 END AS repeated, CASE WHEN {ripe} THEN 1 ELSE 0 END AS mature"
            f" FROM ({inner}) r WHERE r.judged = 1 AND r.first = 1")  # fmt: skip


def last_moment(centre: Centre, made: Events, as_of: datetime | None = None) -> datetime:
    """Until when the data tell: the last start of a contact, or the moment asked for where that is earlier."""
    import pandas as pd

    found = centre.engine.query(f"SELECT MAX(e.started_at) AS last_at FROM ({made.sql}) e WHERE e.kind = 'contact'")[
        "last_at"
    ][0]
    last = datetime(1900, 1, 1) if pd.isna(found) else pd.Timestamp(found).to_pydatetime()
    return last if as_of is None else min(last, as_of)


def indicator(way: Resolution, kpi: str = "fcr") -> Indicator:
    """The catalogue's row of a way of counting: `fcr`, or `one_stop_resolution`, which a transfer fails as well."""
    one_stop = kpi == "one_stop_resolution"
    failed = "q.repeated = 1 OR q.transfers > 0" if one_stop else "q.repeated = 1"
    counted = " AND q.transfers IS NOT NULL" if one_stop else ""

    def rows(centre: Centre) -> str:
        level = f"CASE WHEN q.mature = 0{' OR q.transfers IS NULL' if counted else ''} THEN NULL WHEN {failed} THEN 0 ELSE 1 END"
        return (f'SELECT q.row_key, {level} AS level, q."at", q.customer_id, q.agent_id, q.contact_id, q.complexity'
                f" FROM ({judged_rows(centre, way)}) q")  # fmt: skip

    needs = {**NEEDS, "contacts": (*NEEDS["contacts"], *(["transfers"] if one_stop else []))}
    return Indicator(kpi, way.id, "resolution", "contact", needs, rows, owner_level="agent", dims=("complexity",), mature_h=way.hours, source=SOURCE)  # fmt: skip


def survey_rows(centre: Centre) -> str:
    """Answers to "was it solved?", one row a survey; unanswered ones are not counted."""
    surveys = centre.beside("surveys", {"survey_id": "id", "contact_id": "id", "solved_answer": "flag"})
    has = "survey_id" in surveys.roles
    key = "s.survey_id" if has else "s.contact_id"
    return (f"SELECT {key} AS row_key, CAST(s.solved_answer AS INTEGER) AS level, f.\"at\", f.customer_id, s.contact_id FROM ({surveys.sql}) s"
            f" JOIN ({centre.facts}) f ON f.contact_id = s.contact_id")  # fmt: skip


SURVEY = Indicator("survey_fcr", "stated", "resolution", "survey", {"surveys": ("contact_id", "solved_answer"), "facts": ("contact_id", "customer_id", "at")},
                   survey_rows, source="DOMAIN 2.5.8")  # fmt: skip
WINDOWS = (48.0, 24.0, 2.0)
INDICATORS = (*(indicator(Resolution(hours)) for hours in WINDOWS), indicator(Resolution(48.0, match="customer")), indicator(Resolution(48.0, base="gross")),
              indicator(Resolution(48.0, channels="human")), indicator(Resolution(48.0), "one_stop_resolution"), SURVEY)  # fmt: skip


def made(kpi: str, id: str) -> Indicator | None:
    """The row of any caliber id of these KPIs; None for another KPI."""
    if kpi not in ("fcr", "one_stop_resolution"):
        return None
    return indicator(read_id(id), kpi)
