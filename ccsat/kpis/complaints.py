"""Complaints as indicators: how many, how they were handled, and how many go to an authority.

The tables are DOMAIN 5.2's. A complaint is local (handled inside the company) or escalated (head office, regulator, consumer body,
hotline, media); an escalation that names an earlier complaint belongs to it, where the data have no such column it belongs to a local
complaint of the same customer before it.
"""

from __future__ import annotations

from functools import partial

from ccsat.centre import Centre
from ccsat.kpis.indicator import Indicator

TABLE = "complaints"
KINDS = {"complaint_id": "id", "customer_id": "id", "first_contact_id": "id", "ticket_id": "id", "earlier_complaint_id": "id", "filed_at": "time",
         "filed_via": "text", "level": "text", "authority": "text", "kind": "text", "cause_code": "text", "region": "text", "due_at": "time",
         "first_reply_at": "time", "closed_at": "time", "on_time": "flag", "liable": "flag", "reopened": "flag", "satisfaction": "number"}  # fmt: skip
LOCAL = (
    "local",
    "company",
    "branch",
    "本地",
    "本地投诉",
    "公司",
    "内部",
)  # words for a complaint that stayed inside the company
OWN = ("region", "kind", "cause_code", "filed_via")  # dimensions that the table itself may carry
DAY = 24
WINDOW = 30 * DAY
SQL_TYPE = {"id": "VARCHAR(255)", "text": "VARCHAR(255)", "time": "TIMESTAMP", "flag": "INTEGER", "number": "FLOAT8"}
STANDARD_HOURS = 24  # a reply standard of our own, which no department can widen for itself


def complaint_columns(centre: Centre) -> frozenset[str]:
    """Which columns of `KINDS` the study's complaints have; empty without such a table."""
    beside = centre.beside(TABLE, KINDS)
    return frozenset() if beside is None else frozenset(beside.roles)


def complaint_source(centre: Centre) -> str:
    """SELECT text of the complaints: every column of `KINDS` (NULL where the data lack it) and `escalated` (0 or 1)."""
    beside = centre.beside(TABLE, KINDS)
    quote = centre.engine.quote
    parts = [
        quote(name) if name in beside.roles else f"CAST(NULL AS {SQL_TYPE[kind]}) AS {quote(name)}"
        for name, kind in KINDS.items()
    ]
    words = ", ".join(f"'{word}'" for word in LOCAL)
    said = next((name for name in ("level", "authority") if name in beside.roles), None)
    up = (
        "0"
        if said is None
        else f"CASE WHEN {quote(said)} IS NULL OR LOWER({quote(said)}) IN ({words}) THEN 0 ELSE 1 END"
    )
    return f"SELECT {', '.join(parts)}, {up} AS escalated FROM ({beside.sql}) k"


def local_source(centre: Centre) -> str:
    """SELECT text of the local complaints with `escalated_at`: when the first escalation that belongs to each was filed, else NULL."""
    source = complaint_source(centre)
    linked = "earlier_complaint_id" in complaint_columns(centre)
    on = ("u.earlier_complaint_id = l.complaint_id" if linked else
          f"u.customer_id = l.customer_id AND u.filed_at >= l.filed_at AND u.filed_at <= l.filed_at + INTERVAL '{WINDOW // DAY}' DAY")  # fmt: skip
    names = ", ".join(f"l.{centre.engine.quote(name)}" for name in KINDS)
    ups = f"SELECT l.complaint_id AS of_id, MIN(u.filed_at) AS escalated_at FROM ({source}) l JOIN ({source}) u ON {on} WHERE l.escalated = 0 AND u.escalated = 1 GROUP BY 1"
    return f"SELECT {names}, e.escalated_at FROM ({source}) l LEFT JOIN ({ups}) e ON e.of_id = l.complaint_id WHERE l.escalated = 0"


def direct_source(centre: Centre) -> str:
    """SELECT text of the escalations that no local complaint went before."""
    source = complaint_source(centre)
    if "earlier_complaint_id" in complaint_columns(centre):
        return f"SELECT k.* FROM ({source}) k WHERE k.escalated = 1 AND k.earlier_complaint_id IS NULL"
    before = (f"SELECT 1 FROM ({source}) l WHERE l.escalated = 0 AND l.customer_id = k.customer_id AND l.filed_at <= k.filed_at "
              f"AND l.filed_at >= k.filed_at - INTERVAL '{WINDOW // DAY}' DAY")  # fmt: skip
    return f"SELECT k.* FROM ({source}) k WHERE k.escalated = 1 AND NOT EXISTS ({before})"


# Rows -----------------------------------------------------------------------------------------------


def _row(level: str, source: str, alias: str = "k") -> str:
    """One row a complaint: its key, level, time, ids and own dimensions."""
    ids = ", ".join(f"{alias}.{name}" for name in ("customer_id", "ticket_id"))
    own = ", ".join(f"{alias}.{name}" for name in OWN)
    return (f"SELECT {alias}.complaint_id AS row_key, CAST({level} AS INTEGER) AS level, {alias}.filed_at AS \"at\", {ids}, "
            f"{alias}.first_contact_id AS contact_id, {own} FROM ({source}) {alias}")  # fmt: skip


def _per_contact(centre: Centre) -> str:
    """One row a contact of the facts: how many local complaints arose from it."""
    filed = f"SELECT first_contact_id AS of_id, COUNT(*) AS filed FROM ({local_source(centre)}) k WHERE first_contact_id IS NOT NULL GROUP BY 1"
    more = "".join(f", f.{name}" for name in ("at", "customer_id", "agent_id", "ticket_id") if name in centre.columns)
    return (f"SELECT f.row_key, CAST(COALESCE(k.filed, 0) AS INTEGER) AS level, f.contact_id{more} "
            f"FROM ({centre.facts}) f LEFT JOIN ({filed}) k ON k.of_id = f.contact_id WHERE f.contact_id IS NOT NULL")  # fmt: skip


def _per_customer_day(centre: Centre) -> str:
    """Customers without a complaint on a day, counted, and local complaints one by one: their mean is complaints a customer and day."""
    quote = centre.engine.quote
    known = centre.beside("customers", {"customer_id": "id", "region": "text", "segment": "text"})
    dims = [name for name in ("region", "segment") if name in known.roles]
    names = "".join(f", c.{quote(name)}" for name in dims)
    local = f"SELECT k.complaint_id, k.customer_id, k.filed_at FROM ({local_source(centre)}) k"
    filed = f'SELECT k.complaint_id AS row_key, 1 AS level, k.filed_at AS "at", 1 AS times{names} FROM ({local}) k JOIN ({known.sql}) c ON c.customer_id = k.customer_id'
    days = (f"SELECT CAST(f.at AS DATE) AS day FROM ({centre.facts}) f WHERE f.at IS NOT NULL "
            f"UNION SELECT CAST(k.filed_at AS DATE) AS day FROM ({local}) k WHERE k.filed_at IS NOT NULL")  # fmt: skip
    groups = f"SELECT COUNT(*) AS customers{names} FROM ({known.sql}) c" + (
        f" GROUP BY {', '.join(f'c.{quote(name)}' for name in dims)}" if dims else ""
    )
    same = "".join(
        f" AND (f.{quote(name)} = g.{quote(name)} OR (f.{quote(name)} IS NULL AND g.{quote(name)} IS NULL))"
        for name in dims
    )
    by = "".join(f", t.{quote(name)}" for name in dims)
    counted = (
        f"SELECT CAST(t.at AS DATE) AS day, COUNT(*) AS filed{by} FROM ({filed}) t GROUP BY CAST(t.at AS DATE){by}"
    )
    key = " || '|' || ".join(["CAST(d.day AS VARCHAR(10))", *(f"COALESCE(g.{quote(name)}, '')" for name in dims)])
    rest = (f"SELECT {key} AS row_key, 0 AS level, CAST(d.day AS TIMESTAMP) AS \"at\", CAST(g.customers - COALESCE(f.filed, 0) AS INTEGER) AS times"
            f"{''.join(f', g.{quote(name)}' for name in dims)} FROM ({days}) d CROSS JOIN ({groups}) g LEFT JOIN ({counted}) f ON f.day = d.day{same}")  # fmt: skip
    return f"{filed} UNION ALL {rest}"


def _escalated(centre: Centre, *, days: int) -> str:
    """Local complaints: whether an escalation was filed within so many days."""
    within = f"CASE WHEN k.escalated_at <= k.filed_at + INTERVAL '{days}' DAY THEN 1 ELSE 0 END"
    return _row(within, local_source(centre))


def _direct(centre: Centre) -> str:
    """Local complaints and direct escalations: which of them went past the company."""
    return f"{_row('0', local_source(centre))} UNION ALL {_row('1', direct_source(centre))}"


def _again(centre: Centre) -> str:
    """Local complaints: whether the customer files another within 30 days."""
    local = local_source(centre)
    more = (f"EXISTS (SELECT 1 FROM ({local}) o WHERE o.customer_id = k.customer_id AND o.complaint_id <> k.complaint_id AND o.filed_at > k.filed_at "
            f"AND o.filed_at <= k.filed_at + INTERVAL '{WINDOW // DAY}' DAY)")  # fmt: skip
    return _row(f"CASE WHEN k.customer_id IS NULL THEN NULL WHEN {more} THEN 1 ELSE 0 END", local)


def _on_time(centre: Centre) -> str:
    """Local complaints: first reply by the deadline that each was given."""
    said = (
        "k.on_time"
        if "on_time" in complaint_columns(centre)
        else "CASE WHEN k.due_at IS NULL THEN NULL WHEN k.first_reply_at <= k.due_at THEN 1 ELSE 0 END"
    )
    return _row(said, local_source(centre))


def _within(centre: Centre, *, hours: int) -> str:
    """Local complaints: first reply within so many hours of filing, whatever deadline they were given."""
    return _row(
        f"CASE WHEN k.first_reply_at <= k.filed_at + INTERVAL '{hours}' HOUR THEN 1 ELSE 0 END", local_source(centre)
    )


def _marked(centre: Centre, *, column: str) -> str:
    """Closed complaints: a mark of theirs."""
    return _row(f"k.{column}", f"SELECT * FROM ({complaint_source(centre)}) c WHERE c.closed_at IS NOT NULL")


def _satisfied(centre: Centre) -> str:
    """Rated complaints: the levels 4 and 5."""
    return _row(
        "CASE WHEN k.satisfaction IS NULL THEN NULL WHEN k.satisfaction >= 4 THEN 1 ELSE 0 END",
        complaint_source(centre),
    )


def _of_kind(centre: Centre, *, kind: str) -> str:
    """All complaints that say their kind: those of one."""
    return _row(
        f"CASE WHEN k.kind IS NULL THEN NULL WHEN k.kind = '{kind}' THEN 1 ELSE 0 END", complaint_source(centre)
    )


NEEDS = ("complaint_id", "filed_at")
_SHARED = {"group": "complaint", "unit": "complaint", "dims": OWN, "source": "DOMAIN 2.11"}


def _rate(kpi: str, id: str, rows, needs: tuple[str, ...], **more) -> Indicator:
    return Indicator(kpi, id, needs={TABLE: (*NEEDS, *needs)}, rows=rows, **_SHARED | more)


INDICATORS: tuple[Indicator, ...] = (
    Indicator("complaint_rate", "per_10k_contacts", "complaint", "contact", {"facts": ("contact_id",), TABLE: (*NEEDS, "first_contact_id")}, _per_contact,
              better="low", measure="mean", per=10_000, measured_in="per_10k_contacts", owner_level="centre", source="DOMAIN 2.11"),
    Indicator("complaint_rate", "per_million_customer_days", "complaint", "customer", {"facts": ("at",), TABLE: (*NEEDS, "customer_id"), "customers": ("customer_id",)},
              _per_customer_day, better="low", per=1_000_000, measured_in="per_million_customer_days", owner_level="company", dims=("region", "segment"), source="DOMAIN 2.11"),
    _rate("escalation_rate", "30d_mature", partial(_escalated, days=30), ("level",), better="low", mature_h=WINDOW, owner_level="centre"),
    _rate("escalation_rate", "14d_mature", partial(_escalated, days=14), ("level",), better="low", mature_h=14 * DAY, owner_level="centre"),
    _rate("direct_escalation_rate", "of_complaints", _direct, ("level",), better="low", owner_level="company"),
    _rate("complaint_repeat_rate", "30d_mature", _again, ("customer_id",), better="low", mature_h=WINDOW),
    _rate("complaint_on_time_rate", "own_deadline", _on_time, ("due_at", "first_reply_at")),
    _rate("complaint_on_time_rate", "24h", partial(_within, hours=STANDARD_HOURS), ("first_reply_at",), mature_h=STANDARD_HOURS),
    _rate("liability_rate", "of_closed", partial(_marked, column="liable"), ("closed_at", "liable"), better="low"),
    _rate("complaint_reopen_rate", "of_closed", partial(_marked, column="reopened"), ("closed_at", "reopened"), better="low"),
    _rate("complaint_satisfaction", "five_level", _satisfied, ("satisfaction",)),
    _rate("complaint_kind_share", "service_quality", partial(_of_kind, kind="service_quality"), ("kind",), better="low", owner_level="company"),
    _rate("complaint_kind_share", "business", partial(_of_kind, kind="business"), ("kind",), better="low", owner_level="company"),
)  # fmt: skip
