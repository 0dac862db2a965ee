"""Tickets between departments, held against what they agreed: answers and solutions on time, returns, chasing, complete information."""

from __future__ import annotations

from functools import partial

from ccsat.centre import Centre
from ccsat.kpis.indicator import Indicator

KINDS = {"ticket_id": "id", "contact_id": "id", "type": "text", "owner_dept": "text", "created_at": "time", "first_reply_at": "time", "closed_at": "time",
         "steps": "number", "returned_n": "number", "fields_missing": "number", "urged_n": "number", "callback_promised_at": "time",
         "callback_done_at": "time", "callback_resolved": "flag", "avoidable": "flag", "ola_id": "id"}  # fmt: skip
OLA = {"ola_id": "id", "first_reply_h": "number", "resolution_h": "number"}
DIMS = ("ticket_type", "owner_dept")
NEEDS = ("ticket_id", "created_at")


def _tickets(centre: Centre, level: str, *, join: str = "", where: str = "") -> str:
    table = centre.beside("tickets", KINDS)
    quote, have = centre.engine.quote, table.roles
    own = "".join(
        f", t.{quote(name)} AS {as_name}"
        for name, as_name in (("type", "ticket_type"), ("owner_dept", "owner_dept"), ("contact_id", "contact_id"))
        if name in have
    )
    return f'SELECT t.ticket_id AS row_key, t.ticket_id, t.created_at AS "at"{own}, {level} AS level FROM ({table.sql}) t{join}{where}'


def _on_time(centre: Centre, *, done: str, hours: str) -> str:
    """Tickets with an agreement: done within its hours. Neither done nor due by the last moment in the tickets: not counted."""
    tickets, ola = centre.beside("tickets", KINDS), centre.beside("ola", OLA)
    moments = " UNION ALL ".join(
        f"SELECT MAX({name}) AS m FROM ({tickets.sql}) q"
        for name in ("created_at", "first_reply_at", "closed_at")
        if name in tickets.roles
    )
    late = lambda time: centre.engine.seconds(time, "t.created_at") + f" > 3600 * o.{hours}"
    level = (f"CASE WHEN o.{hours} IS NULL THEN NULL WHEN t.{done} IS NOT NULL THEN CASE WHEN {late(f't.{done}')} THEN 0 ELSE 1 END "
             f"WHEN {late('e.last_at')} THEN 0 END")  # fmt: skip
    join = f" LEFT JOIN ({ola.sql}) o ON o.ola_id = t.ola_id CROSS JOIN (SELECT MAX(m) AS last_at FROM ({moments}) p) e"
    return _tickets(centre, level, join=join)


def _some(centre: Centre, *, column: str) -> str:
    """Tickets: whether a count is above zero."""
    return _tickets(centre, f"CASE WHEN t.{column} IS NULL THEN NULL WHEN t.{column} > 0 THEN 1 ELSE 0 END")


def _none(centre: Centre, *, column: str) -> str:
    """Tickets: whether a count is zero."""
    return _tickets(centre, f"CASE WHEN t.{column} IS NULL THEN NULL WHEN t.{column} > 0 THEN 0 ELSE 1 END")


def _marked(centre: Centre) -> str:
    return _tickets(centre, "t.avoidable")


def _false_closure(centre: Centre) -> str:
    """Closed tickets whose customer was called back: the customer says it is not solved."""
    return _tickets(
        centre,
        "CASE WHEN t.closed_at IS NULL OR t.callback_resolved IS NULL THEN NULL ELSE 1 - t.callback_resolved END",
    )


def _kept(centre: Centre) -> str:
    """Promised call-backs: made by the time promised. Neither made nor due: not counted."""
    table = centre.beside("tickets", KINDS)
    last = f"SELECT MAX(created_at) AS last_at FROM ({table.sql}) q"
    level = ("CASE WHEN t.callback_promised_at IS NULL THEN NULL WHEN t.callback_done_at <= t.callback_promised_at THEN 1 "
             "WHEN t.callback_done_at IS NOT NULL OR t.callback_promised_at <= e.last_at THEN 0 END")  # fmt: skip
    return _tickets(centre, level, join=f" CROSS JOIN ({last}) e")


def _hours(centre: Centre) -> str:
    """Closed tickets: hours from opening to closing."""
    return _tickets(
        centre, f"CAST(FLOOR({centre.engine.seconds('t.closed_at', 't.created_at')} / 3600.0 + 0.5) AS INTEGER)"
    )


def _row(kpi: str, id: str, columns: tuple[str, ...], rows, *, ola: str | None = None, **more) -> Indicator:
    needs = {"tickets": (*NEEDS, *columns)} | ({} if ola is None else {"ola": ("ola_id", ola)})
    return Indicator(
        kpi,
        id,
        "ticket",
        "ticket",
        needs,
        rows,
        **{"owner_level": "centre", "dims": DIMS, "source": "DOMAIN 2.14"} | more,
    )


INDICATORS: tuple[Indicator, ...] = (
    _row("first_reply_on_time", "ola", ("first_reply_at", "ola_id"), partial(_on_time, done="first_reply_at", hours="first_reply_h"), ola="first_reply_h"),
    _row("resolution_on_time", "ola", ("closed_at", "ola_id"), partial(_on_time, done="closed_at", hours="resolution_h"), ola="resolution_h"),
    _row("ticket_cycle_time", "closed", ("closed_at",), _hours, better="low", measure="mean", measured_in="h"),
    _row("ticket_return_rate", "of_tickets", ("returned_n",), partial(_some, column="returned_n"), better="low"),
    _row("chasing_rate", "of_tickets", ("urged_n",), partial(_some, column="urged_n"), better="low"),
    _row("false_closure_rate", "of_called_back", ("closed_at", "callback_resolved"), _false_closure, better="low"),
    _row("callback_on_time", "of_promised", ("callback_promised_at", "callback_done_at"), _kept),
    _row("information_complete_rate", "of_tickets", ("fields_missing",), partial(_none, column="fields_missing"), owner_level="agent"),
    _row("avoidable_escalation_rate", "of_tickets", ("avoidable",), _marked, better="low"),
)  # fmt: skip
