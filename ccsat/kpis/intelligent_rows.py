"""The units that intelligent service is counted in, as SELECT texts: bot sessions, their utterances, calls at the voice menu, prompts.

A study that lacks an optional column has NULL in its place, so that what rests on it is not counted instead of being counted wrongly.
"""

from __future__ import annotations

from collections.abc import Mapping

from ccsat.centre import Centre
from ccsat.engine import NULL_LEVEL
from ccsat.engine.scan import literal

SESSIONS: Mapping[str, str] = {
    "session_id": "id", "customer_id": "id", "started_at": "time", "ended_at": "time", "entry": "text", "intent_true": "text",
    "intent_pred": "text", "recognised": "flag", "fallback_n": "number", "turns": "number", "latency_ms": "number", "kb_version": "text",
    "handoff_requested": "flag", "handoff_done": "flag", "handoff_wait_s": "number", "context_passed": "flag", "reasked": "flag",
    "stated_solved": "flag", "next_contact_at": "time", "valid": "flag", "instant_human": "flag", "arm": "text",
}  # fmt: skip
TURNS: Mapping[str, str] = {
    "session_id": "id", "turn_no": "number", "speaker": "text", "node": "text", "intent_pred": "text", "is_fallback": "flag", "rephrase": "flag",
}  # fmt: skip
PATHS: Mapping[str, str] = {
    "call_id": "id", "customer_id": "id", "at": "time", "menu_version": "text", "node": "text", "node_kind": "text", "level": "number",
    "event": "text", "key": "text", "seconds": "number", "outcome": "text", "misrouted": "flag", "contact_id": "id", "later_contact_id": "id",
}  # fmt: skip
TASKS: Mapping[str, str] = {
    "task_id": "id", "call_id": "id", "customer_id": "id", "at": "time", "task": "text", "step_reached": "number", "steps_total": "number",
    "completed": "flag", "later_contact_id": "id",
}  # fmt: skip
ASR: Mapping[str, str] = {
    "utterance_id": "id",
    "call_id": "id",
    "at": "time",
    "words_n": "number",
    "errors_n": "number",
    "customer_id": "id",
    "node": "text",
}
ASSIST: Mapping[str, str] = {"suggestion_id": "id", "contact_id": "id", "agent_id": "id", "at": "time", "used": "flag"}
COMPLAINTS: Mapping[str, str] = {"session_id": "id", "filed_at": "time"}
SQL_TYPE = {"id": "VARCHAR", "text": "VARCHAR", "flag": "INTEGER", "number": "FLOAT8", "time": "TIMESTAMP"}
INFORMATION = (
    "information"  # value of `node_kind` of nodes that say something: who hangs up there may have heard enough
)
CUSTOMER, BOT, HANDOFF = "customer", "bot", "handoff"


def has(centre: Centre, table: str, kinds: Mapping[str, str], *columns: str) -> bool:
    """Whether a table beside the facts is there and has these columns."""
    found = centre.beside(table, kinds)
    return found is not None and all(one in found.roles for one in columns)


def source(centre: Centre, table: str, kinds: Mapping[str, str]) -> str:
    """A table beside the facts with every column of `kinds`; those that the data lack are NULL."""
    found = centre.beside(table, kinds)
    quote = centre.engine.quote
    fields = ", ".join(quote(name) if name in found.roles else f"CAST(NULL AS {SQL_TYPE[kind]}) AS {quote(name)}" for name, kind in kinds.items())  # fmt: skip
    return f"SELECT {fields} FROM ({found.sql}) b"


def sessions(centre: Centre) -> str:
    """Bot sessions, one row each, with what their turns say of them.

    Returns:
        SELECT text: the columns of `SESSIONS`, `at` (the start), `over_at` (the end, or the start where no end is kept), `is_valid` (a customer's
        utterance carried content: it had an intent or fell back, and it was not at once the wish for a human), `is_instant` (that wish was the
        first utterance), `is_rephrased`, `contact_id` (of the fact that is this session, where there is one), `again_at` (the next contact or complaint on the issue) and `seen_until`, the last moment in the data.
    """
    base = source(centre, "bot_sessions", SESSIONS)
    turns = has(centre, "bot_turns", TURNS, "session_id", "turn_no", "speaker")
    joined, content, instant, rephrased = (
        "",
        "CASE WHEN COALESCE(b.turns, 1) >= 1 THEN 1 ELSE 0 END",
        "0",
        "CAST(NULL AS INTEGER)",
    )
    if turns:
        joined = f" LEFT JOIN ({_of_turns(centre)}) t ON t.of_session = b.session_id"
        content, instant, rephrased = "COALESCE(t.content, 0)", "COALESCE(t.instant, 0)", "COALESCE(t.rephrased, 0)"
    instant = f"COALESCE(b.instant_human, {instant})"
    again = "b.next_contact_at"
    if has(centre, "complaints", COMPLAINTS, "session_id", "filed_at"):
        filed = source(centre, "complaints", COMPLAINTS)
        joined += f" LEFT JOIN (SELECT session_id AS of_session, MIN(filed_at) AS filed_at FROM ({filed}) c GROUP BY session_id) c ON c.of_session = b.session_id"  # fmt: skip
        again = "LEAST(COALESCE(b.next_contact_at, c.filed_at), COALESCE(c.filed_at, b.next_contact_at))"
    contact = "CAST(NULL AS VARCHAR)"
    if {"session_id", "contact_id"} <= set(centre.columns):
        facts = f"SELECT session_id AS of_session, MAX(contact_id) AS contact_id FROM ({centre.facts}) f WHERE session_id IS NOT NULL GROUP BY session_id"
        joined += f" LEFT JOIN ({facts}) k ON k.of_session = b.session_id"
        contact = "k.contact_id"
    end = f"SELECT MAX(moment) AS seen_until FROM (SELECT started_at AS moment FROM ({base}) b UNION ALL SELECT next_contact_at FROM ({base}) b) m"
    return (
        f'SELECT b.*, b.started_at AS "at", COALESCE(b.ended_at, b.started_at) AS over_at, {instant} AS is_instant, '
        f"COALESCE(b.valid, CASE WHEN {content} > 0 AND {instant} = 0 THEN 1 ELSE 0 END) AS is_valid, {rephrased} AS is_rephrased, "
        f"{contact} AS contact_id, {again} AS again_at, e.seen_until FROM ({base}) b{joined} CROSS JOIN ({end}) e"
    )


def _of_turns(centre: Centre) -> str:
    """Of each session: utterances with content, whether the first one was the wish for a human, whether something was said again."""
    turns = source(centre, "bot_turns", TURNS)
    answered = f"SELECT session_id, turn_no, MAX(is_fallback) AS fell_back, MAX(CASE WHEN node = '{HANDOFF}' THEN 1 ELSE 0 END) AS handed FROM ({turns}) b WHERE speaker = '{BOT}' GROUP BY session_id, turn_no"
    return (
        f"SELECT u.session_id AS of_session, SUM(CASE WHEN u.intent_pred IS NOT NULL OR COALESCE(a.fell_back, 0) = 1 THEN 1 ELSE 0 END) AS content, "
        f"MAX(CASE WHEN u.turn_no = 1 AND COALESCE(a.handed, 0) = 1 THEN 1 ELSE 0 END) AS instant, MAX(COALESCE(u.rephrase, 0)) AS rephrased "
        f"FROM ({turns}) u LEFT JOIN ({answered}) a ON a.session_id = u.session_id AND a.turn_no = u.turn_no "
        f"WHERE u.speaker = '{CUSTOMER}' GROUP BY u.session_id"
    )


def utterances(centre: Centre) -> str:
    """What the bot answered, one row an answer of a valid session: `turn_no, node, is_fallback`, and the session's columns."""
    turns = source(centre, "bot_turns", TURNS)
    return (
        'SELECT t.turn_no, t.node, t.is_fallback, s.session_id AS session_id, s.customer_id, s.contact_id, s."at", s.entry, s.intent_pred AS intent_pred, s.is_valid '
        f"FROM ({turns}) t JOIN ({sessions(centre)}) s ON s.session_id = t.session_id WHERE t.speaker = '{BOT}'"
    )


def calls(centre: Centre) -> str:
    """Calls at the voice menu, one row each.

    Returns:
        SELECT text: `call_id, customer_id, at, over_at, depth` (last level heard)`, outcome, misrouted, contact_id, later_contact_id, menu_version,
        zero_n` (presses of 0), `first_zero` (whether 0 was the first key), `again_at` (start of the later contact on the issue, NULL: none), `lost`
        (a later contact is named that the facts do not hold) and `seen_until`.
    """
    paths = source(centre, "ivr_paths", PATHS)
    when = "started_at" if "started_at" in centre.columns else '"at"'
    begun = f"SELECT contact_id AS of_contact, MIN({when}) AS began_at FROM ({centre.facts}) f WHERE contact_id IS NOT NULL GROUP BY contact_id"
    one = (
        'SELECT call_id, MAX(customer_id) AS customer_id, MIN("at") AS "at", MAX("at") AS over_at, MAX("level") AS depth, MAX(outcome) AS outcome, '
        "MAX(misrouted) AS misrouted, MAX(contact_id) AS contact_id, MAX(later_contact_id) AS later_contact_id, MAX(menu_version) AS menu_version, "
        f"SUM(CASE WHEN event = 'press' AND key = '0' THEN 1 ELSE 0 END) AS zero_n FROM ({paths}) p GROUP BY call_id"
    )
    end = f'SELECT MAX(moment) AS seen_until FROM (SELECT "at" AS moment FROM ({paths}) p UNION ALL SELECT {when} FROM ({centre.facts}) f) m'
    return (
        f"SELECT c.*, l.began_at AS again_at, CASE WHEN c.later_contact_id IS NOT NULL AND l.began_at IS NULL THEN 1 ELSE 0 END AS lost, e.seen_until "
        f"FROM ({one}) c LEFT JOIN ({begun}) l ON l.of_contact = c.later_contact_id CROSS JOIN ({end}) e"
    )


def of_menu(centre: Centre) -> str:
    """Dimensions that every contact behind the menu has the same, e.g. the channel, as constants that all its calls share: ", 'x' AS dim" each."""
    key = ("of_menu",)
    if key not in centre.memory:
        paths, quote = source(centre, "ivr_paths", PATHS), centre.engine.quote
        named = [(name, quote(name)) for name in centre.dims]
        ends = ", ".join(f"MIN({one}) AS a{i}, MAX({one}) AS b{i}" for i, (_, one) in enumerate(named))
        met = f"SELECT contact_id FROM ({paths}) p WHERE contact_id IS NOT NULL"
        found = (
            centre.engine.query(f"SELECT {ends} FROM ({centre.facts}) f WHERE contact_id IN ({met})").iloc[0]
            if named and "contact_id" in centre.columns
            else {}
        )
        same = [
            (found[f"a{i}"], one)
            for i, (_, one) in enumerate(named)
            if len(found) and found[f"a{i}"] is not None and found[f"a{i}"] == found[f"b{i}"] != NULL_LEVEL
        ]
        centre.memory[key] = "".join(f", {literal(level)} AS {one}" for level, one in same)
    return centre.memory[key]


def prompts(centre: Centre) -> str:
    """Prompts heard, one row a call and node: `no_input, no_match, exited` (0 or 1), the call's outcome, and whether the node only informs."""
    paths = source(centre, "ivr_paths", PATHS)
    return (
        "SELECT call_id, node, MAX(node_kind) AS node_kind, MAX(customer_id) AS customer_id, MIN(\"at\") AS \"at\", MAX(\"level\") AS level_n, MAX(menu_version) AS menu_version, "
        "MAX(outcome) AS outcome, MAX(contact_id) AS contact_id, " + ", ".join(
            f"MAX(CASE WHEN event = '{event}' THEN 1 ELSE 0 END) AS {name}"
            for name, event in (("entered", "enter"), ("no_input", "no_input"), ("no_match", "no_match"), ("pressed", "press"), ("exited", "exit"), ("to_agent", "to_agent"))
        )
        + f" FROM ({paths}) p GROUP BY call_id, node"
    )  # fmt: skip


def mature(hours: int) -> str:
    """Whether a session or call is old enough to be judged on a window of so many hours."""
    return f"over_at <= seen_until - INTERVAL '{hours}' HOUR"


def back(hours: int) -> str:
    """Whether the customer was back on the issue within so many hours of the end; on the dot counts."""
    return f"(again_at IS NOT NULL AND again_at <= over_at + INTERVAL '{hours}' HOUR)"
