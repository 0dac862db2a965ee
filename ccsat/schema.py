"""The columns ccsat reads, table by table: what kind of value each holds."""

from __future__ import annotations

import re

# Kinds: id (text, never a number), text, time, flag (0/1), rating (a level), number, duration (to seconds).
COLUMNS: dict[str, str] = {
    "survey_id": "id", "contact_id": "id", "session_id": "id", "customer_id": "id", "agent_id": "id",
    "at": "time", "started_at": "time", "ended_at": "time", "responded_at": "time",
    "pushed_at": "time", "delivered_at": "time", "answered_at": "time",
    "rating": "rating", "resolved": "flag", "answered": "flag", "pushed": "flag", "delivered": "flag",
    "default_filled": "flag", "mode": "text", "template_version": "text", "comment": "text",
}  # fmt: skip

# Columns of the same name that a study may also use for a dimension or metric of its own, which then stands instead.
EXTRAS: dict[str, str] = {
    "rule_code": "text", "process_followed": "flag", "wording_consistent": "flag", "agent_voice": "text", "incident_id": "id",
    "ticket_id": "id", "knowledge_id": "id", "ingest_batch": "text", "invited_by": "text", "complexity": "text",
}  # fmt: skip

TABLE_ORDER = ("contacts", "surveys", "agents", "customers")  # the first one present is one row a fact
JOIN_KEYS = {"surveys": "contact_id", "contacts": "contact_id", "agents": "agent_id", "customers": "customer_id"}

# What fills a flag when the data hold only times: the flag is 1 where the time is there.
FLAG_FROM_TIME = {"pushed": "pushed_at", "delivered": "delivered_at"}

# Names that tables of answers use for themselves: no dimension or metric may have them.
RESERVED = {*COLUMNS, *FLAG_FROM_TIME.values(), "row_key", "source_row", "n", "value", "lower", "upper", "level", "period",
            "points", "share", "reason", "rank", "where", "cell", "participated", "baseline", "current", "target", "key", "dim",
            "total", "remainder", "within", "mix", "label", "year", "month", "week", "day"}  # fmt: skip
NOT_A_NAME = re.compile(r"^sub_\d+$|__")  # names of parts of ours

REASON_COLUMNS = {"survey_id": "id", "reason_code": "text", "rank": "number"}
CHANGE_COLUMNS = ("change_id", "at", "kind", "title_zh", "title_en", "scope", "owner_dept", "announced")
ACTION_COLUMNS = ("action_id", "at", "kind", "scope", "owner", "cost", "lead_days", "predicted_points")
LIBRARY_COLUMNS = (
    "action_id",
    "zh",
    "en",
    "owner",
    "cost",
    "lead_days",
    "p",
    "phi",
    "exclusive_with",
    "design",
    "relief",
)
