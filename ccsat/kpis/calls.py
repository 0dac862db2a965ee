"""Answered human contacts with their times, and intervals with their counts: the rows that access and speed are counted from."""

from __future__ import annotations

from collections.abc import Sequence

from ccsat.centre import Centre
from ccsat.engine.scan import literal

MEASURED = ("queue_wait_s", "ring_s", "talk_s", "hold_s", "acw_s", "transfers")
KINDS = {"contact_id": "id", "end_reason": "text", "contact_purpose": "text", **dict.fromkeys(MEASURED, "number")}
ABANDONED = ("abandoned", "abandon", "放弃", "排队放弃")  # words of end_reason
DROPPED = ("dropped", "drop", "掉线", "断线", "中断")
INBOUND = ("inbound", "in", "呼入", "来电")  # words of contact_purpose
SHORT_TALK = 10  # seconds: an answered call that drops sooner was not handled
COUNTS = ("offered_ivr", "offered", "answered", "abandoned", "short_abandoned", "required", "scheduled")
INTERVAL_DIMS = ("channel", "hour", "weekday")


def answered(centre: Centre, level: str) -> str:
    """One row a contact that customers made: `level` where an agent answered it, NULL where not, or where it dropped at once.

    Args:
        level: SQL of what a row is worth, over the columns of `MEASURED` by name.
    """
    quote = centre.engine.quote
    table = centre.beside("contacts", KINDS) if "contact_id" in centre.columns else None
    there = () if table is None or "contact_id" not in table.roles else tuple(table.roles)
    ends = "LOWER(COALESCE(c.end_reason, ''))" if "end_reason" in there else "''"
    purpose = "LOWER(c.contact_purpose)" if "contact_purpose" in there else "CAST(NULL AS VARCHAR(20))"
    columns = [
        f"f.{quote(name)}"
        for name in dict.fromkeys(
            [
                "row_key",
                *(n for n in ("at", "contact_id", "agent_id", "customer_id", "ticket_id") if n in centre.columns),
                *centre.dims,
            ]
        )
    ]
    for name in MEASURED:
        source = f"f.{name}" if name in centre.columns else f"c.{name}" if name in there else "CAST(NULL AS FLOAT8)"
        columns.append(f"CAST({source} AS FLOAT8) AS {name if name not in centre.dims else name + '_'}")
    join = f" LEFT JOIN ({table.sql}) c ON c.contact_id = f.contact_id" if there else ""
    rows = f"SELECT {', '.join(columns)}, {ends} AS ends, {purpose} AS purpose FROM ({centre.facts}) f{join}"
    listed = ", ".join(
        quote(name)
        for name in (
            "row_key",
            *(n for n in ("at", "contact_id", "agent_id", "customer_id", "ticket_id") if n in centre.columns),
            *centre.dims,
        )
    )
    handled = f"ends NOT IN {_words(ABANDONED)} AND NOT (ends IN {_words(DROPPED)} AND COALESCE(talk_s, {SHORT_TALK}) < {SHORT_TALK})"
    return (f"SELECT {listed}, CASE WHEN {handled} THEN CAST(FLOOR({level} + 0.5) AS INTEGER) END AS level FROM ({rows}) q "
            f"WHERE purpose IS NULL OR purpose IN {_words(INBOUND)}")  # fmt: skip


def offered(centre: Centre, level: str) -> str:
    """One row a contact that customers made, whether an agent answered it or not; `level` may use `gave_up` (0 or 1) and `queue_wait_s`."""
    quote = centre.engine.quote
    table = centre.beside("contacts", KINDS)
    wait = "f.queue_wait_s" if "queue_wait_s" in centre.columns else "c.queue_wait_s"
    purpose = (
        " AND (c.contact_purpose IS NULL OR LOWER(c.contact_purpose) IN " + _words(INBOUND) + ")"
        if "contact_purpose" in table.roles
        else ""
    )
    names = [n for n in ("row_key", "at", "contact_id", "agent_id", "customer_id", *centre.dims) if n in centre.columns]
    columns = ", ".join(f"f.{quote(name)}" for name in names)
    rows = (f"SELECT {columns}, CASE WHEN LOWER(COALESCE(c.end_reason, '')) IN {_words(ABANDONED)} THEN 1 ELSE 0 END AS gave_up, {wait} AS queue_wait_s "
            f"FROM ({centre.facts}) f JOIN ({table.sql}) c ON c.contact_id = f.contact_id WHERE c.end_reason IS NOT NULL{purpose}")  # fmt: skip
    return f"SELECT {', '.join(map(quote, names))}, CAST({level} AS INTEGER) AS level FROM ({rows}) q"


def _words(words: Sequence[str]) -> str:
    return f"({', '.join(map(literal, words))})"


def intervals(centre: Centre, part: str, whole: str, *, more: Sequence[str] = ()) -> str:
    """Intervals as rows that stand for calls: `part` of them at level 1, the rest of `whole` at level 0.

    Args:
        part, whole: SQL of counts, over the columns of `COUNTS` and `more` by name.
    """
    kinds = {"start": "time", "channel": "text", **dict.fromkeys([*COUNTS, *more], "number")}
    table = centre.beside("intervals", kinds)
    quote = centre.engine.quote
    fields = ", ".join(f"COALESCE({quote(name)}, 0) AS {name}" for name in (*COUNTS, *more) if name in table.roles)
    channel = "COALESCE(channel, '')" if "channel" in table.roles else "''"
    time = f"CAST({quote('start')} AS TIMESTAMP)"
    rows = (f"SELECT {time} AS \"at\", {channel} AS channel, LPAD(CAST(EXTRACT(HOUR FROM {time}) AS VARCHAR(2)), 2, '0') AS hour, "
            f"CAST(EXTRACT(ISODOW FROM {time}) AS VARCHAR(1)) AS weekday, {fields} FROM ({table.sql}) t")  # fmt: skip
    counted = f'SELECT "at", channel, hour, weekday, CAST(FLOOR({part} + 0.5) AS INTEGER) AS part, CAST(FLOOR({whole} + 0.5) AS INTEGER) AS whole FROM ({rows}) q'
    key = "CAST(\"at\" AS VARCHAR(19)) || '|' || channel"
    sides = [
        (1, "CASE WHEN part > whole THEN whole ELSE part END"),
        (0, "CASE WHEN part > whole THEN 0 ELSE whole - part END"),
    ]
    return " UNION ALL ".join(
        f"SELECT {key} || '|{level}' AS row_key, {level} AS level, \"at\", channel, hour, weekday, "
        f"CAST(CAST(\"at\" AS DATE) AS VARCHAR(10)) || '|' || channel AS day_channel, {times} AS times FROM ({counted}) q"
        for level, times in sides
    )
