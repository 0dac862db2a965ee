"""Problem solving: every problem with its owner and its clock, and how many are closed, in time, and shown to be mended."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pandas as pd

from ccsat.centre import Centre
from ccsat.errors import DataError, listing
from ccsat.question import day_of
from ccsat.register import Actions, Findings
from ccsat.results import Result, result_class
from ccsat.service.rates import rate_table, whole_rate
from ccsat.wording import count, percent, term, text

TICKETS = {"ticket_id": "id", "contact_id": "id", "type": "text", "owner_dept": "text", "created_at": "time", "first_reply_at": "time", "closed_at": "time",
           "returned_n": "number", "ola_id": "id"}  # fmt: skip
OLA = {"ola_id": "id", "resolving_dept": "text", "first_reply_h": "number", "resolution_h": "number"}
COLUMNS = [
    "id",
    "source",
    "topic",
    "owner",
    "opened",
    "reply_due",
    "replied",
    "due",
    "closed",
    "state",
    "returned",
    "told",
]
STATES = ("closed_on_time", "closed_late", "closed", "open", "overdue", "dropped")
FIRM = ("works", "no_effect")
FEW = 10


@result_class
class ProblemRegister(Result):
    """Problems with their clocks. One row a problem, the longest overdue first.

    Columns: `id, source` ("ticket", "action", "finding")`, topic, owner, opened, reply_due, replied, due, closed, state` (one of "closed_on_time", "closed_late",
    "closed" (without a clock), "open", "overdue", "dropped")`, returned, told` (what a verification says: "works", "no_effect", "cannot_tell"; None).

    Attributes:
        rates: `rate, owner` ("" for all)`, x, n, value, lower, upper`. Rates: "closure" (closed, of those whose clock has run out), "on_time" (closed before it
            did), "reply_on_time", "returned", "overdue" (of those not closed), "verified" (of actions in force, those with a firm verification), "effective" (of these,
            those that work).
        as_of: The day of the clock.
    """

    rates: pd.DataFrame
    as_of: date

    def sentence(self) -> str:
        late = int((self.table["state"] == "overdue").sum())
        said = {}
        for name in ("closure", "on_time", "effective"):
            row = whole_rate(self.rates, name)
            said[name] = text("service.no_rate") if row is None else text("service.rate", value=percent(row["value"]), lower=percent(row["lower"]), upper=percent(row["upper"]), n=count(row["n"]))  # fmt: skip
        return text("service.problems", n=count(len(self.table)), day=str(self.as_of), overdue=count(late), **said)


def problem_register(
    centre: Centre | None, *, runs: str | Path | None = None, as_of: date | str | None = None
) -> ProblemRegister:
    """Which problems are with whom, which clocks have run out, and how many were closed and shown to be mended?

    Args:
        centre: Its tickets and agreements (`tickets`, `ola`); None for the register alone.
        runs: The study's folder of runs, whose register holds findings and actions.
        as_of: The day; by default the data's last.

    Returns:
        `ProblemRegister`. A ticket's clocks are its agreement's hours; an action's is its due day; a finding has none of its own and is closed when a
        later run no longer finds it. A rate counts only what can be judged on the day.

    Raises:
        DataError: Neither tickets nor a register; no day to judge by.

    Source:
        DOMAIN 1.6 U4.1, 2.14; Wilson (1927), JASA 22, 209-212.
    """
    as_of = (
        day_of(as_of)
        if isinstance(as_of, str)
        else as_of or (centre.days[1] if centre is not None and centre.days else None)
    )
    if as_of is None:
        raise DataError("service_day")
    end = pd.Timestamp(as_of) + pd.Timedelta(days=1)
    parts = [_tickets(centre, end), *(_recorded(runs, end) if runs is not None else ())]
    rows = [part for part in parts if part is not None and len(part)]
    if not rows:
        raise DataError("service_problems", known=listing(centre.study.data.tables()) if centre is not None else "–")
    table = pd.concat([part.reindex(columns=COLUMNS).astype(object) for part in rows], ignore_index=True)
    for column in ("opened", "reply_due", "replied", "due", "closed"):
        table[column] = pd.to_datetime(table[column])
    known = table["state"].isna()
    table.loc[known, "state"] = _state(table[known], end)
    shut, ran = (
        table["state"].isin(STATES[:3]),
        table["due"].notna() & (table["due"] <= end) & (table["state"] != "dropped"),
    )
    reply = table["reply_due"].notna() & (table["reply_due"] <= end)
    action = (table["source"] == "action") & (table["state"] != "dropped") & shut
    rates = rate_table(table, {
        "closure": (ran, shut), "on_time": (ran, table["state"] == "closed_on_time"), "reply_on_time": (reply, table["replied"].notna() & (table["replied"] <= table["reply_due"])),
        "returned": (table["returned"].notna(), pd.to_numeric(table["returned"]).fillna(0) > 0), "overdue": (table["state"].isin(["open", "overdue"]), table["state"] == "overdue"),
        "verified": (action, table["told"].isin(FIRM)), "effective": (action & table["told"].isin(FIRM), table["told"] == "works")})  # fmt: skip
    table = (
        table.assign(late=table["state"] != "overdue")
        .sort_values(["late", "due", "opened"], kind="stable", ignore_index=True)
        .drop(columns="late")
    )
    few = [
        row
        for row in rates.to_dict("records")
        if row["owner"] and row["n"] < FEW and row["rate"] in ("closure", "effective")
    ]
    said = (
        (("caveat.service_few", {"owners": listing([term(row["owner"]) for row in few]), "least": FEW}),) if few else ()
    )
    return ProblemRegister(table=table, rates=rates, as_of=as_of, caveats=said)


def _tickets(centre: Centre | None, end: pd.Timestamp) -> pd.DataFrame | None:
    """Tickets opened before the end of the day, as they stood then."""
    tickets = centre.beside("tickets", TICKETS) if centre is not None else None
    if tickets is None or not {"ticket_id", "created_at"} <= set(tickets.roles):
        return None
    rows = centre.engine.sample(tickets.sql, [*tickets.roles], key="ticket_id")
    rows = rows[pd.to_datetime(rows["created_at"]) < end].reset_index(drop=True)
    agreed = centre.beside("ola", OLA)
    hours = (
        pd.DataFrame(columns=list(OLA))
        if agreed is None or "ola_id" not in agreed.roles
        else centre.engine.query(f"SELECT * FROM ({agreed.sql}) t")
    )
    hours = hours.drop_duplicates("ola_id").set_index("ola_id")
    created = pd.to_datetime(rows["created_at"])
    found = pd.DataFrame(
        {
            "id": rows["ticket_id"],
            "source": "ticket",
            "topic": rows.get("type"),
            "owner": rows.get("owner_dept"),
            "opened": created,
            "returned": rows.get("returned_n"),
        }
    )
    for ours, limit in (("reply_due", "first_reply_h"), ("due", "resolution_h")):
        known = "ola_id" in rows and limit in hours
        found[ours] = (
            created + pd.to_timedelta(rows["ola_id"].map(hours[limit]).astype(float), unit="h") if known else pd.NaT
        )
    for ours, theirs in (("replied", "first_reply_at"), ("closed", "closed_at")):
        at = pd.to_datetime(rows[theirs]) if theirs in rows else pd.Series(pd.NaT, index=rows.index)
        found[ours] = at.where(at < end)  # what the day did not know yet
    return found


def _recorded(runs: str | Path, end: pd.Timestamp) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Actions and findings of a register."""
    actions, findings = Actions(runs).actions(), Findings(runs).table()
    starts, due = pd.to_datetime(actions["starts_on"]), pd.to_datetime(actions["due_on"])
    done = (actions["state"] == "done").to_numpy()
    acts = pd.DataFrame({"id": actions["action_id"], "source": "action", "topic": actions["cause"], "owner": actions["owner"], "opened": pd.to_datetime(actions["at"]).fillna(starts),
                         "due": due + pd.Timedelta(days=1), "closed": starts.where(done), "told": actions["told"]})  # fmt: skip
    acts["state"] = actions["state"].map({"dropped": "dropped"}).to_numpy()
    held = (
        actions.dropna(subset=["finding_id"])
        .sort_values("due_on")
        .drop_duplicates("finding_id", keep="last")
        .set_index("finding_id")
    )
    gone = findings["status"] == "closed"
    sight = pd.DataFrame({"id": findings["finding_id"], "source": "finding", "topic": findings["cause"], "owner": findings["owner"], "opened": pd.to_datetime(findings["first_seen"], errors="coerce"),
                          "due": pd.to_datetime(findings["finding_id"].map(held["due_on"])), "closed": pd.to_datetime(findings["last_seen"], errors="coerce").where(gone)})  # fmt: skip
    return acts, sight


def _state(rows: pd.DataFrame, end: pd.Timestamp) -> pd.Series:
    shut, clock = rows["closed"].notna(), rows["due"].notna()
    late = clock & (rows["closed"].where(shut, end) > rows["due"])
    state = pd.Series("open", index=rows.index, dtype=object)
    state[shut] = "closed"
    state[shut & clock & ~late] = "closed_on_time"
    state[shut & late] = "closed_late"
    state[~shut & late] = "overdue"
    return state
