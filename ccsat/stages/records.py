"""What the records beside the facts say went wrong: quality reviews, tickets and campaigns, by contact."""

from __future__ import annotations

import pandas as pd

from ccsat.centre import Centre
from ccsat.intake import Table

CRITICAL = ("customer_critical", "business_critical", "compliance_critical")
KINDS = {"contact_id": "id", "score": "number", "surface_cause": "text"} | dict.fromkeys(CRITICAL, "flag")
HOUR = 3600.0


def reviews_of(centre: Centre) -> Table | None:
    """The reviews, where they name contacts and judge them."""
    table = centre.beside("qa_reviews", KINDS)
    judged = table is not None and "contact_id" in table.roles and bool({"score", *CRITICAL} & set(table.roles))
    return table if judged else None


def critical_reviews(centre: Centre) -> frozenset | None:
    """Contacts in which a review found a critical error of any class; None where no review says so."""
    table = reviews_of(centre)
    flags = [name for name in CRITICAL if table is not None and name in table.roles]
    if not flags:
        return None
    some = " OR ".join(f"{name} = 1" for name in flags)
    return frozenset(
        centre.engine.query(f"SELECT DISTINCT contact_id AS c FROM ({table.sql}) t WHERE {some}")["c"].dropna()
    )


def broken_promises(centre: Centre) -> frozenset | None:
    """Campaigns that delivered less than they promised; None where no campaign says what it promised and delivered."""
    table = centre.beside("campaigns", {"campaign_id": "id", "promised_value": "number", "delivered_value": "number"})
    if table is None or len(table.roles) < 3:
        return None
    return frozenset(
        centre.engine.query(f"SELECT campaign_id AS c FROM ({table.sql}) t WHERE delivered_value < promised_value")[
            "c"
        ].dropna()
    )


def late_tickets(centre: Centre) -> dict[str, frozenset] | None:
    """Tickets that broke an agreement, as sets of `ticket_id` and `contact_id`; None where the data have no such times.

    Late is: a first reply or an end after the hours that the ticket's agreement gives, or a promised call-back that came late or not at all.
    """
    kinds = {"ticket_id": "id", "contact_id": "id", "ola_id": "id", "created_at": "time", "first_reply_at": "time", "closed_at": "time",
             "callback_promised_at": "time", "callback_done_at": "time"}  # fmt: skip
    tickets = centre.beside("tickets", kinds)
    if tickets is None or not {"ticket_id", "contact_id"} & set(tickets.roles):
        return None
    rows = centre.engine.query(f"SELECT * FROM ({tickets.sql}) t")
    late, told = pd.Series(False, index=rows.index), False
    agreed = centre.beside("ola", {"ola_id": "id", "first_reply_h": "number", "resolution_h": "number"})
    if agreed is not None and {"ola_id", "created_at"} <= set(rows) and "ola_id" in agreed.roles:
        hours = centre.engine.query(f"SELECT * FROM ({agreed.sql}) t").drop_duplicates("ola_id").set_index("ola_id")
        for end, limit in (("first_reply_at", "first_reply_h"), ("closed_at", "resolution_h")):
            if end in rows and limit in hours:
                late |= (rows[end] - rows["created_at"]).dt.total_seconds() > HOUR * rows["ola_id"].map(hours[limit])
                told = True
    if {"callback_promised_at", "callback_done_at"} <= set(rows):
        promised = rows["callback_promised_at"].notna()
        late |= promised & (rows["callback_done_at"].isna() | (rows["callback_done_at"] > rows["callback_promised_at"]))
        told = True
    return (
        {key: frozenset(rows.loc[late, key].dropna()) for key in ("ticket_id", "contact_id") if key in rows}
        if told
        else None
    )
