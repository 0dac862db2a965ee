"""What a customer can come back by, as one stream of events: contacts, bot sessions, calls at the voice menu, complaints."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ccsat.cells import agent_carried
from ccsat.centre import Centre
from ccsat.engine.repeats import Issues
from ccsat.engine.scan import literal
from ccsat.errors import CaliberError, listing

MATCHES = ("customer", "l1", "l2", "ticket", "l1_or_ticket")
CHANNELS = ("same", "human", "all")
BASES = ("net", "gross")
LEAST_TALK = 10  # seconds; a shorter contact is judged by nobody
# How tables spell what a contact was for and how it ended; the codes of DOMAIN 5.2 first. Anything else is the customer's own contact.
OUTBOUND = ("callback", "care", "retention", "survey", "collection", "outbound", "internal", "回访", "回拨", "外呼", "关怀", "挽留", "催缴", "调研", "内部")  # fmt: skip
VOID = (
    "test",
    "harassment",
    "wrong_number",
    "silent",
    "push_reply",
    "information",
    "测试",
    "骚扰",
    "错号",
    "无声",
    "资讯回复",
)
DROPPED = ("dropped", "disconnected", "line_drop", "掉线", "断线", "中断")
ABANDONED = ("abandoned", "queue_abandoned", "放弃", "排队放弃", "未接通")
ESCALATED = ("escalated", "越级", "升级")
KINDS: Mapping[str, Mapping[str, str]] = {
    "contacts": {"contact_id": "id", "contact_purpose": "text", "end_reason": "text", "talk_s": "duration", "transfers": "number"},
    "tickets": {"ticket_id": "id", "contact_id": "id", "closed_at": "time"},
    "complaints": {"complaint_id": "id", "customer_id": "id", "first_contact_id": "id", "filed_at": "time", "level": "text"},
    "bot_sessions": {"session_id": "id", "customer_id": "id", "started_at": "time", "ended_at": "time", "intent_pred": "text"},
    "ivr_paths": {"call_id": "id", "customer_id": "id", "at": "time", "event": "text", "contact_id": "id"},
}  # fmt: skip
NOT_JUDGED = (
    "outbound",
    "void",
    "unanswered",
    "short",
    "by_rule",
)  # why a contact is not judged, in the order in which they are told
COLUMNS = ("event_id", "customer_id", "started_at", "ended_at", "l1", "l2", "ticket_id", "channel", "counts", "judged", "opens", "dropped", "fails",
           "why", "contact_id", "agent_id", "complexity", "transfers", "kind")  # fmt: skip


@dataclass(frozen=True)
class Events:
    """The events of a centre as SELECT text (columns `COLUMNS`), and how many there are of each kind that a rule leaves out of the stream."""

    sql: str
    issues: Issues


def topics(centre: Centre) -> tuple[str | None, str | None]:
    """The dimensions that say what a contact is about, coarse and fine: the first hierarchy that is not carried by agents."""
    for chain in centre.study.hierarchies.values():
        if not any(agent_carried(dim) for dim in chain):
            return chain[0], chain[1] if len(chain) > 1 else None
    named = [dim for dim in ("biz_l1", "biz_l2") if dim in centre.dims]  # DOMAIN 5.2's own names
    return (named[0] if named else None), (named[1] if len(named) > 1 else None)


def events(centre: Centre, *, hours: Sequence[float], match: str = "l1", channels: str = "all", base: str = "net", lookback_h: float | None = 168) -> Events:  # fmt: skip
    """The stream of events and the request that finds who came back in it.

    Args:
        hours: Windows. match: Which contacts are one issue (`MATCHES`). channels: By what a customer may come back (`CHANNELS`).
        base: `net` leaves out what by rule cannot end in one contact (a ticket that waits on another department), `gross` keeps it.
        lookback_h: None judges every contact against the next.

    Raises:
        CaliberError: The study lacks what `match` or `channels` goes by.
    """
    l1, l2 = topics(centre)
    lacking = {"l1": l1, "l2": l2, "l1_or_ticket": l1, "ticket": _ticket(centre)}.get(match, "")
    if lacking is None:
        raise CaliberError("fcr_match", match=match, known=listing(centre.dims))
    if channels == "same" and _channel(centre) is None:
        raise CaliberError("fcr_channel", known=listing(centre.dims))
    parts = [_contacts(centre, l1, l2, base)]
    if "complaints" in centre.study.data.tables():
        parts.append(_complaints(centre, counted=channels == "all"))
    if channels == "all":
        parts += [_sessions(centre), _menu_calls(centre)]
    parts = [part for part in parts if part is not None]
    issue = {"customer": None, "ticket": "ticket_id", "l1_or_ticket": "l1"}.get(match, match)
    issues = Issues(
        id="event_id", issue=issue, ticket="ticket_id" if match == "l1_or_ticket" else None, channel="channel" if channels == "same" else None,
        counts="counts", judged="judged", opens="opens" if len(parts) > 1 else None, dropped="dropped",
        fails="fails" if len(parts) > 1 and "complaints" in centre.study.data.tables() else None, hours=tuple(hours), lookback_h=lookback_h,
    )  # fmt: skip
    return Events(" UNION ALL ".join(parts), issues)


def _ticket(centre: Centre) -> str | None:
    return "ticket_id" if "ticket_id" in centre.columns else None


def _channel(centre: Centre) -> str | None:
    return next((name for name in ("channel", "渠道", "接触渠道") if name in centre.dims), None)


def _select(values: Mapping[str, str]) -> str:
    """One part of the stream; what it does not say is NULL or 0."""
    none = {
        "counts": "1",
        "judged": "0",
        "opens": "0",
        "dropped": "0",
        "fails": "0",
        "transfers": "CAST(NULL AS FLOAT8)",
        "ended_at": values["started_at"],
    }
    return ", ".join(
        f"{values.get(name) or none.get(name) or 'CAST(NULL AS VARCHAR(255))'} AS {name}" for name in COLUMNS
    )


def _text(expression: str) -> str:
    return f"CAST({expression} AS VARCHAR(255))"


def _words(expression: str, words: Sequence[str]) -> str:
    return f"COALESCE(LOWER({expression}), '') IN ({', '.join(map(literal, words))})"


def _level(centre: Centre, dim: str | None) -> str | None:
    """A dimension's level, NULL where it has none."""
    from ccsat.engine import NULL_LEVEL

    return None if dim is None else f"NULLIF({_text('f.' + centre.engine.quote(dim))}, '{NULL_LEVEL}')"


def _contacts(centre: Centre, l1: str | None, l2: str | None, base: str) -> str:
    """Contacts with agents: who came when about what, whether they are judged, and why not."""
    columns, join = centre.columns, ""
    own = centre.beside("contacts", KINDS["contacts"])
    there = set(own.roles) if own is not None and "contact_id" in own.roles else set()
    extra = sorted(there - {"contact_id"})
    if extra:
        firsts = ", ".join(f"MIN({name}) AS {name}" for name in extra)
        join = f" LEFT JOIN (SELECT contact_id, {firsts} FROM ({own.sql}) o GROUP BY contact_id) c ON c.contact_id = f.contact_id"
    has = {name: f"c.{name}" if name in extra else f"f.{name}" if name in columns else None for name in ("contact_purpose", "end_reason", "talk_s", "transfers")}  # fmt: skip
    start = "f.started_at" if "started_at" in columns else 'f."at"'
    end = "f.ended_at" if "ended_at" in columns else start
    tests = {
        "outbound": _words(has["contact_purpose"], OUTBOUND) if has["contact_purpose"] else None,
        "void": _words(has["contact_purpose"], VOID) if has["contact_purpose"] else None,
        "unanswered": " OR ".join([*([_words(has["end_reason"], ABANDONED)] if has["end_reason"] else []), *(["f.answered = 0"] if "answered" in columns else [])]) or None,
        "short": f"{has['talk_s']} < {LEAST_TALK}" if has["talk_s"] else None,
    }  # fmt: skip
    if base == "net" and (open_at := _waiting(centre, end)) is not None:
        tests["by_rule"], more = open_at
        join += more
    whens = " ".join(f"WHEN {test} THEN '{why}'" for why, test in tests.items() if test)
    why = f"CASE {whens} END" if whens else "CAST(NULL AS VARCHAR(255))"
    stream = " OR ".join(f"({test})" for name in ("outbound", "void") if (test := tests[name]))
    judged = " OR ".join(f"({test})" for test in tests.values() if test)
    values = {
        "event_id": "f.contact_id", "customer_id": "f.customer_id", "started_at": start, "ended_at": end, "l1": _level(centre, l1), "l2": _level(centre, l2),
        "ticket_id": "f.ticket_id" if _ticket(centre) else None, "channel": _level(centre, _channel(centre)),
        "counts": f"CASE WHEN {stream} THEN 0 ELSE 1 END" if stream else "1", "judged": f"CASE WHEN {judged} THEN 0 ELSE 1 END" if judged else "1", "opens": "1",
        "dropped": f"CASE WHEN {_words(has['end_reason'], DROPPED)} THEN 1 ELSE 0 END" if has["end_reason"] else "0", "why": why,
        "contact_id": "f.contact_id", "agent_id": "f.agent_id" if "agent_id" in columns else None,
        "complexity": _text("f.complexity") if "complexity" in columns else None,
        "transfers": f"CAST({has['transfers']} AS FLOAT8)" if has["transfers"] else None, "kind": "'contact'",
    }  # fmt: skip
    return f"SELECT {_select(values)} FROM ({centre.facts}) f{join}"


def _waiting(centre: Centre, end: str) -> tuple[str, str] | None:
    """Whether a contact's issue still waits on a ticket when the contact ends; None where there are no tickets."""
    tickets = centre.beside("tickets", KINDS["tickets"])
    if tickets is None or "closed_at" not in tickets.roles:
        return None
    tests, joins = [], ""
    latest = "MAX(COALESCE(closed_at, TIMESTAMP '9999-01-01 00:00:00')) AS closed_at"
    for key, short in (("contact_id", "tc"), ("ticket_id", "tt")):
        if key in tickets.roles and key in centre.columns:
            joins += f" LEFT JOIN (SELECT {key}, {latest} FROM ({tickets.sql}) q WHERE {key} IS NOT NULL GROUP BY {key}) {short} ON {short}.{key} = f.{key}"
            tests.append(f"{short}.closed_at > {end}")
    return (" OR ".join(tests), joins) if tests else None


def _complaints(centre: Centre, *, counted: bool) -> str | None:
    """Complaints, about what their first contact was about; one filed in that contact is no event of its own. One to a higher authority fails."""
    table = centre.beside("complaints", KINDS["complaints"])
    if table is None or not {"complaint_id", "customer_id", "filed_at"} <= set(table.roles):
        return None
    l1, l2 = topics(centre)
    linked = "first_contact_id" in table.roles
    ended = "ended_at" if "ended_at" in centre.columns else "at"
    join = f" LEFT JOIN ({centre.facts}) f ON f.contact_id = k.first_contact_id" if linked else ""
    inside = f"f.{centre.engine.quote(ended)} >= k.filed_at" if linked else "1 = 0"
    values = {
        "event_id": "'complaint ' || k.complaint_id", "customer_id": "k.customer_id", "started_at": "k.filed_at",
        "l1": _level(centre, l1) if linked else None, "l2": _level(centre, l2) if linked else None,
        "ticket_id": "f.ticket_id" if linked and _ticket(centre) else None, "channel": "'complaint'", "kind": "'complaint'",
        "counts": f"CASE WHEN {inside} THEN 0 ELSE 1 END" if counted else "0",
        "fails": f"CASE WHEN {_words('k.level', ESCALATED)} THEN 1 ELSE 0 END" if "level" in table.roles else "0",
    }  # fmt: skip
    return f"SELECT {_select(values)} FROM ({table.sql}) k{join}"


def _sessions(centre: Centre) -> str | None:
    """Bot sessions with an intent; one that only greets is no repeat."""
    return _machine(centre, "bot_sessions", "session_id", "started_at", "b.intent_pred IS NOT NULL", ("intent_pred",))


def _menu_calls(centre: Centre) -> str | None:
    """Calls that stayed in the voice menu after a choice that it understood: an intent."""
    l1, l2 = topics(centre)
    kinds = {**KINDS["ivr_paths"], **{dim: "text" for dim in (l1, l2) if dim}}
    table = centre.beside("ivr_paths", kinds)
    if table is None or not {"call_id", "customer_id", "at", "event"} <= set(table.roles):
        return None
    quote, own = centre.engine.quote, [dim for dim in (l1, l2) if dim in table.roles]
    passed = "SUM(CASE WHEN contact_id IS NOT NULL THEN 1 ELSE 0 END)" if "contact_id" in table.roles else "0"
    columns = "".join(f", MAX({quote(dim)}) AS {quote(dim)}" for dim in own)
    calls = (f"SELECT call_id, MAX(customer_id) AS customer_id, MIN(\"at\") AS started_at{columns} FROM ({table.sql}) p GROUP BY call_id"
             f" HAVING {passed} = 0 AND SUM(CASE WHEN LOWER(event) IN ('press', 'choice', 'intent') THEN 1 ELSE 0 END) > 0")  # fmt: skip
    values = {"event_id": "'call ' || b.call_id", "customer_id": "b.customer_id", "started_at": "b.started_at", "channel": "'ivr'", "kind": "'ivr'",
              "l1": f"b.{quote(l1)}" if l1 in own else None, "l2": f"b.{quote(l2)}" if l2 in own else None}  # fmt: skip
    return f"SELECT {_select(values)} FROM ({calls}) b"


def _machine(centre: Centre, table_name: str, id: str, start: str, condition: str, needed: Sequence[str]) -> str | None:
    l1, l2 = topics(centre)
    table = centre.beside(table_name, {**KINDS[table_name], **{dim: "text" for dim in (l1, l2) if dim}})
    if table is None or not {id, "customer_id", start, *needed} <= set(table.roles):
        return None
    quote = centre.engine.quote
    values = {"event_id": f"'bot ' || b.{id}", "customer_id": "b.customer_id", "started_at": f"b.{start}", "channel": "'bot'", "kind": "'bot'",
              "ended_at": "b.ended_at" if "ended_at" in table.roles else f"b.{start}",
              "l1": f"b.{quote(l1)}" if l1 in table.roles else None, "l2": f"b.{quote(l2)}" if l2 in table.roles else None}  # fmt: skip
    return f"SELECT {_select(values)} FROM ({table.sql}) b WHERE {condition}"
