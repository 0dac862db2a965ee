"""The twelve items of an agreement between departments (OLA), filled in from the data where they say something."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from ccsat.cells import Asked
from ccsat.centre import Centre
from ccsat.estimates import wilson
from ccsat.wording import count, language, percent, text

ITEMS = ("department", "scope", "topics", "customer_information", "asked_first", "not_accepted", "questions", "steps", "reply_level",
         "tells_customer", "management", "recorded_by")  # fmt: skip
OLA = {"ola_id": "id", "ticket_type": "text", "resolving_dept": "text", "scope_zh": "text", "scope_en": "text", "first_reply_h": "number",
       "resolution_h": "number", "fields_needed": "number", "not_accepted_zh": "text", "not_accepted_en": "text", "tells_customer": "text",
       "management_after_h": "number", "recorded_by": "text"}  # fmt: skip
TICKETS = {"ticket_id": "id", "ola_id": "id", "owner_dept": "text", "created_at": "time", "first_reply_at": "time", "closed_at": "time",
           "returned_n": "number", "fields_missing": "number"}  # fmt: skip
MEASURES = ("first_reply_on_time", "resolved_on_time", "returned", "complete")


@dataclass(frozen=True)
class OlaItem:
    """One of the twelve: its key, the words that the data fill in (a key with values, in either language), or nothing."""

    key: str
    filled: tuple[tuple[str, Mapping[str, object]], ...] = ()

    @property
    def open(self) -> bool:
        return not self.filled

    def words(self) -> str:
        """The item as one line."""
        said = (
            text("joined").join(_said(key, values) for key, values in self.filled)
            if self.filled
            else text("ola.to_fill")
        )
        return text("ola.line", item=text(f"ola_item.{self.key}"), said=said)


@dataclass(frozen=True)
class OlaMeasure:
    """A share of the department's tickets of the current period, with n and a 95 % interval."""

    key: str
    value: float
    lower: float
    upper: float
    n: int

    def words(self) -> str:
        return text("ola.measure", name=text(f"ola_measure.{self.key}"), value=percent(self.value), lower=percent(self.lower),
                    upper=percent(self.upper), n=count(self.n))  # fmt: skip


@dataclass(frozen=True)
class Ola:
    """The twelve items for one resolving department, and how its tickets were kept to them."""

    items: tuple[OlaItem, ...]
    measures: tuple[OlaMeasure, ...] = field(default=())


def fill_ola(
    centre: Centre | None, asked: Asked, department: str, *, cells: Sequence[Mapping] = (), topics: Sequence[str] = ()
) -> Ola:
    """What is agreed with a resolving department, as far as the data say it?

    Args:
        department: Its name as the tickets and the table of agreements have it.
        cells: Where its problems sit. topics: What customers name there.

    Returns:
        All twelve items of DOMAIN 2.14, those that nothing in the data settles left open; and, of the department's tickets created in the current
        period, the share replied to and closed within the agreed hours, returned, and sent complete.
    """
    agreed = _table(centre, "ola", OLA)
    agreed = agreed[agreed["resolving_dept"] == department] if "resolving_dept" in agreed else agreed.iloc[:0]
    filled: dict[str, list] = {item: [] for item in ITEMS}
    filled["department"].append(("ola.name", {"name": department}))
    filled["scope"] += [
        ("ola.both", {"zh": row["scope_zh"], "en": row["scope_en"]})
        for row in agreed.to_dict("records")
        if _there(row, "scope_zh", "scope_en")
    ]
    filled["topics"] += [("ola.cell", {"where": dict(where)}) for where in cells] + [
        ("ola.name", {"name": topic}) for topic in topics
    ]
    for row in agreed.to_dict("records"):
        kind = row.get("ticket_type") or row.get("ola_id")
        if _there(row, "fields_needed"):
            filled["customer_information"].append(("ola.fields", {"kind": kind, "n": row["fields_needed"]}))
        if _there(row, "not_accepted_zh", "not_accepted_en"):
            filled["not_accepted"].append(("ola.both", {"zh": row["not_accepted_zh"], "en": row["not_accepted_en"]}))
        if _there(row, "first_reply_h", "resolution_h"):
            filled["reply_level"].append(
                ("ola.hours", {"kind": kind, "reply": row["first_reply_h"], "resolve": row["resolution_h"]})
            )
        if _there(row, "management_after_h"):
            filled["management"].append(("ola.after", {"kind": kind, "hours": row["management_after_h"]}))
        for item in ("tells_customer", "recorded_by"):
            if _there(row, item):
                filled[item].append(("ola.name", {"name": row[item]}))
    items = tuple(OlaItem(item, tuple({repr(one): one for one in filled[item]}.values())) for item in ITEMS)
    return Ola(items, _measures(centre, asked, department))


def _measures(centre: Centre | None, asked: Asked, department: str) -> tuple[OlaMeasure, ...]:
    tickets, agreed = _table(centre, "tickets", TICKETS), _table(centre, "ola", OLA)
    if "owner_dept" not in tickets or "created_at" not in tickets or asked.current is None:
        return ()
    created = pd.to_datetime(tickets["created_at"])
    end = pd.Timestamp(asked.current.last) + pd.Timedelta(days=1)
    rows = tickets[
        (tickets["owner_dept"] == department) & (created >= pd.Timestamp(asked.current.first)) & (created < end)
    ]
    if rows.empty:
        return ()
    limits = agreed.drop_duplicates("ola_id").set_index("ola_id") if {"ola_id"} <= set(agreed) else pd.DataFrame()
    shares = {}
    for key, done, limit in (
        ("first_reply_on_time", "first_reply_at", "first_reply_h"),
        ("resolved_on_time", "closed_at", "resolution_h"),
    ):
        if done in rows and "ola_id" in rows and limit in limits:
            hours = rows["ola_id"].map(limits[limit]).astype(float)
            due = pd.to_datetime(rows["created_at"]) + pd.to_timedelta(hours, unit="h")
            ripe = hours.notna() & (due <= end)  # others have still time
            shares[key] = (pd.to_datetime(rows[done]) <= due)[ripe]
    if "returned_n" in rows:
        shares["returned"] = rows["returned_n"].dropna() > 0
    if "fields_missing" in rows:
        shares["complete"] = rows["fields_missing"].dropna() == 0
    found = []
    for key in MEASURES:
        if len(shares.get(key, ())):
            hit = shares[key]
            lower, upper = wilson(float(hit.sum()), float(len(hit)))
            found.append(OlaMeasure(key, float(hit.mean()), float(lower), float(upper), len(hit)))
    return tuple(found)


def _table(centre: Centre | None, name: str, kinds: Mapping[str, str]) -> pd.DataFrame:
    """A table beside the facts, small enough to read; empty where there is none."""
    beside = centre.beside(name, kinds) if centre is not None else None
    return pd.DataFrame() if beside is None else centre.engine.query(beside.sql)


def _there(row: Mapping, *names: str) -> bool:
    return all(row.get(name) is not None and not (isinstance(row[name], float) and np.isnan(row[name])) and str(row[name]).strip() not in ("", "nan", "None")
               for name in names)  # fmt: skip


def _said(key: str, values: Mapping[str, object]) -> str:
    if key == "ola.both":
        return str(values[language()])
    if key == "ola.cell":
        return cell_text(values["where"])
    return text(
        key, **{name: count(value) if isinstance(value, (int, float)) else value for name, value in values.items()}
    )


def cell_text(where: Mapping) -> str:
    """A cell in words."""
    if not where:
        return text("brief.everywhere")
    return ", ".join(
        f"{dim} = {' | '.join(map(str, level if isinstance(level, (list, tuple)) else [level]))}"
        for dim, level in where.items()
    )
