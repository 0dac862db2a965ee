"""The twelve numbers by which first-contact resolution is watched every day."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

import numpy as np
import pandas as pd

from ccsat.centre import Centre
from ccsat.engine import NULL_LEVEL
from ccsat.errors import CcsatError
from ccsat.estimates import adjust, newcombe, wilson
from ccsat.kpis.fcr import judged_rows, last_moment, read_id, stream
from ccsat.kpis.fcr_events import topics
from ccsat.results import Result, result_class
from ccsat.touchpoints.fcr import Resolved, end_of, first_contact_resolution
from ccsat.touchpoints.fcr_ledgers import Agreement, LostResolutions, lost_resolutions, survey_agreement
from ccsat.wording import count, interval, percent, text

INDICATORS = (
    "fcr",
    "repeats_today",
    "hot_list",
    "lost",
    "callbacks",
    "chasing",
    "false_closure",
    "transfers",
    "new_on_complex",
    "knowledge_misses",
    "rising",
    "agreement",
)
SPAN = 3  # days of contacts that the provisional rates rest on
WEEK, BEFORE = 7, 28  # days of the present and of the past that a topic's repeat rate is compared over
NEW_STAFF_DAYS = 90
AT, FACT_AT, TABLE_AT = (f'{name}."at"' for name in "qft")
ALERT = 0.2  # of the false-discovery rate over topics


@dataclass(frozen=True)
class Told:
    """One indicator: its value and 95 % interval where it is a rate, what it is counted over, and what the data lack where it cannot be told."""

    value: float | None = None
    lower: float | None = None
    upper: float | None = None
    n: int | None = None
    lacking: str | None = None


@result_class
class FcrDay(Result):
    """A day's first-contact resolution.

    The table has the twelve indicators (DOMAIN 2.5.8), one row each: `indicator, value, lower, upper, n, lacking` (`lacking`: the table or column that the data
    do not have; the value is then missing). Rates are 0 to 1; `repeats_today`, `hot_list`, `callbacks`, `rising` are counts.

    Attributes:
        day: The day. provisional: 2, 24 and 48 hours by Kaplan-Meier over the last three days. caliber: Of everything else.
        repeats: Repeats that came in on the day: `topic, n, within_2h`. hot: Those within two hours: `contact_id, topic, minutes, suggestion`.
        callbacks: `overdue`, `due_today`, `kept` promised call-backs; None without tickets.
        topics: Repeat rate of each topic, last seven days against the 28 before: `topic, n, rate, n_before, rate_before, change, lower, upper, p_adjusted, rising`.
        losses, agreed: The loss ledger and the agreement of the last 28 mature days; None where they cannot be had.
    """

    day: date
    caliber: str
    provisional: Resolved
    repeats: pd.DataFrame
    hot: pd.DataFrame
    callbacks: Mapping[str, int] | None
    topics: pd.DataFrame
    losses: LostResolutions | None
    agreed: Agreement | None

    def sentence(self) -> str:
        rows = self.provisional.table.to_dict("records")
        parts = [
            text(
                "fcr.window",
                caliber=r["caliber"],
                value=percent(r["value"], 2),
                interval=interval(r["lower"], r["upper"], "rate"),
                n=count(r["n"]),
            )
            for r in rows
        ]
        return text("fcr.day", day=str(self.day), parts=text("joined").join(parts))

    def told(self, key: str) -> dict:
        """One indicator's row."""
        return self.table[self.table["indicator"] == key].iloc[0].to_dict()


def daily_fcr(centre: Centre, *, as_of: date | str | None = None, caliber: str = "48h") -> FcrDay:
    """How is first-contact resolution today, provisionally, and what should somebody do about it before the day is over?

    Args:
        as_of: The day; nothing later is used. By default the data's last.
        caliber: Of losses, rising topics and agreement.

    Raises:
        NoDataError: No contact can be judged on the day. As `first_contact_resolution`.

    Source:
        DOMAIN 2.5.8.
    """
    way = read_id(caliber)
    end = last_moment(centre, stream(centre, way), end_of(as_of))
    day = (end - timedelta(seconds=1)).date()
    wide = {"match": way.match, "channels": way.channels, "base": way.base}
    provisional = first_contact_resolution(
        centre,
        windows=("2h", "24h", "48h"),
        estimate="km",
        as_of=end,
        first=day - timedelta(SPAN - 1),
        last=day,
        **wide,
    )
    returned = _returns(centre, way, end, day)
    hot = _hot(returned)
    ripe = ripe_day(day, way.hours)
    losses, agreed = (_try(make, centre, caliber, ripe) for make in (_losses, _agreed))
    moved = _rising(centre, way, end, ripe)
    tickets = _tickets(centre, end, day)
    first = provisional.table.iloc[-1]
    told = {
        "fcr": Told(first["value"], first["lower"], first["upper"], int(first["n"])),
        "repeats_today": Told(float(len(returned)), n=len(returned)), "hot_list": Told(float(len(hot)), n=len(returned)),
        "lost": Told(lacking="topic") if losses is None else Told(losses.total, losses.lower, losses.upper, losses.n), **tickets[0],
        "transfers": _transfers(centre, way, day), "new_on_complex": _new_on_complex(centre, day), "knowledge_misses": _misses(centre, day),
        "rising": Told(float(moved["rising"].sum()), n=len(moved)) if len(moved) else Told(lacking="topic"),
        "agreement": Told(lacking="surveys.solved_answer") if agreed is None else Told(agreed.kappa, agreed.lower, agreed.upper, agreed.n),
    }  # fmt: skip
    table = pd.DataFrame([{"indicator": key, **vars(told[key])} for key in INDICATORS]).astype(
        dict.fromkeys(("value", "lower", "upper"), float)
    )
    caveats = tuple(
        dict.fromkeys(
            (key, tuple(sorted(values.items())))
            for key, values in (
                *provisional.caveats,
                *(agreed.caveats if agreed else ()),
                *(losses.caveats[:1] if losses else ()),
            )
        )
    )
    return FcrDay(table=table, day=day, caliber=way.id, provisional=provisional, repeats=_by_topic(returned), hot=hot, callbacks=tickets[1], topics=moved, losses=losses, agreed=agreed,
                  caveats=tuple((key, dict(values)) for key, values in caveats))  # fmt: skip


def ripe_day(day: date, hours: float) -> date:
    """The last day all of whose contacts can be judged at the end of `day`."""
    return (datetime.combine(day, time()) + timedelta(days=1) - timedelta(hours=hours)).date() - timedelta(days=1)


def _try(make, *asked):
    """An answer, or None where the data do not have what it needs."""
    try:
        return make(*asked)
    except CcsatError:
        return None


def _losses(centre: Centre, caliber: str, ripe: date) -> LostResolutions:
    return lost_resolutions(centre, caliber=caliber, first=ripe - timedelta(BEFORE - 1), last=ripe)


def _agreed(centre: Centre, caliber: str, ripe: date) -> Agreement:
    return survey_agreement(centre, caliber=caliber, first=ripe - timedelta(BEFORE - 1), last=ripe)


def _days(first: date, last: date, column: str) -> str:
    return f"{column} >= TIMESTAMP '{first} 00:00:00' AND {column} < TIMESTAMP '{last + timedelta(1)} 00:00:00'"


def _returns(centre: Centre, way, end, day: date) -> pd.DataFrame:
    """First contacts whose repeat came in on the day: `contact_id, topic, minutes`."""
    topic, quote = topics(centre)[0], centre.engine.quote
    name = f"f.{quote(topic)}" if topic else f"'{NULL_LEVEL}'"
    rows = judged_rows(centre, way, judged="rolling", as_of=end)
    found = centre.engine.query(f"SELECT q.contact_id AS contact_id, {name} AS topic, {centre.engine.seconds('q.next_at', 'q.ended_at')} / 60 AS minutes FROM ({rows}) q"
                                f" JOIN ({centre.facts}) f ON f.contact_id = q.contact_id WHERE q.repeated = 1 AND {_days(day, day, 'q.next_at')} AND q.next_at <= TIMESTAMP '{end.isoformat(' ')}'"
                                " ORDER BY minutes, contact_id")  # fmt: skip
    return found.astype({"minutes": float}).assign(minutes=found["minutes"].astype(float).clip(lower=0))


def _hot(returned: pd.DataFrame) -> pd.DataFrame:
    """Who came back within two hours, the quickest first, with what to do: a call by a senior where the same topic keeps coming back, else a call back."""
    rows = returned[returned["minutes"] <= 120].reset_index(drop=True)
    many = rows.groupby("topic")["contact_id"].transform("size") if len(rows) else pd.Series(dtype=int)
    busiest = many.max() if len(rows) else 0
    return rows.assign(suggestion=np.where((many == busiest) & (many >= 3), "senior", "call_back"))


def _by_topic(returned: pd.DataFrame) -> pd.DataFrame:
    table = (
        returned.assign(within_2h=(returned["minutes"] <= 120).astype(int), n=1)
        .groupby("topic", as_index=False)[["n", "within_2h"]]
        .sum()
    )
    return table.sort_values(["n", "topic"], ascending=[False, True], ignore_index=True)


def _rising(centre: Centre, way, end, ripe: date) -> pd.DataFrame:
    """Each topic's repeat rate of seven days against the 28 before; `rising` where it rose beyond chance at the alert level."""
    topic, quote = topics(centre)[0], centre.engine.quote
    columns = ["topic", "n", "rate", "n_before", "rate_before", "change", "lower", "upper", "p_adjusted", "rising"]
    if topic is None:
        return pd.DataFrame(columns=columns)
    start = ripe - timedelta(WEEK - 1)
    rows = judged_rows(centre, way, as_of=end)
    found = centre.engine.query(f"SELECT f.{quote(topic)} AS topic, CASE WHEN q.\"at\" >= TIMESTAMP '{start} 00:00:00' THEN 1 ELSE 0 END AS now, CAST(COUNT(*) AS BIGINT) AS n, CAST(SUM(q.repeated) AS BIGINT) AS x"
                                f" FROM ({rows}) q JOIN ({centre.facts}) f ON f.contact_id = q.contact_id WHERE q.mature = 1 AND {_days(start - timedelta(BEFORE), ripe, AT)}"
                                f" GROUP BY f.{quote(topic)}, CASE WHEN q.\"at\" >= TIMESTAMP '{start} 00:00:00' THEN 1 ELSE 0 END")  # fmt: skip
    wide = found.pivot_table(index="topic", columns="now", values=["n", "x"], fill_value=0, aggfunc="sum")
    wide = wide.reindex(columns=pd.MultiIndex.from_product([["n", "x"], [0, 1]]), fill_value=0)
    n, x, n0, x0 = (wide[key].to_numpy(float) for key in (("n", 1), ("x", 1), ("n", 0), ("x", 0)))
    seen = (n > 0) & (n0 > 0)
    n, x, n0, x0, names = n[seen], x[seen], n0[seen], x0[seen], wide.index.to_numpy()[seen]
    lower, upper = newcombe(x, n, x0, n0)
    p = adjust(_rose(x, n, x0, n0))
    table = pd.DataFrame({"topic": names, "n": n.astype(int), "rate": x / n, "n_before": n0.astype(int), "rate_before": x0 / n0, "change": x / n - x0 / n0, "lower": lower, "upper": upper,
                          "p_adjusted": p, "rising": p < ALERT / 2})  # fmt: skip
    return table.sort_values(["p_adjusted", "topic"], ignore_index=True)[columns]


def _rose(x, n, x0, n0) -> np.ndarray:
    """One-sided p of a rise, by the pooled normal test."""
    from scipy.special import ndtr

    pooled = (x + x0) / (n + n0)
    error = np.sqrt(pooled * (1 - pooled) * (1 / n + 1 / n0))
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(error > 0, ndtr(-(x / n - x0 / n0) / error), 1.0)


def _rate(x: float, n: float) -> Told:
    if not n:
        return Told(n=0)
    lower, upper = wilson(x, n)
    return Told(x / n, float(lower), float(upper), int(n))


def _tickets(centre: Centre, end, day: date) -> tuple[dict[str, Told], Mapping[str, int] | None]:
    """Promised call-backs, chasing, and tickets that were closed although the customer says no."""
    kinds = {
        "ticket_id": "id",
        "contact_id": "id",
        "created_at": "time",
        "closed_at": "time",
        "urged_n": "number",
        "callback_promised_at": "time",
        "callback_done_at": "time",
    }
    table = centre.beside("tickets", kinds)
    told = {name: Told(lacking="tickets") for name in ("callbacks", "chasing", "false_closure")}
    if table is None:
        return told, None
    has, now, calls = set(table.roles), f"TIMESTAMP '{end.isoformat(' ')}'", None
    if {"callback_promised_at", "callback_done_at"} <= has:
        done = f"(t.callback_done_at IS NOT NULL AND t.callback_done_at <= {now})"
        made = f"t.created_at <= {now}" if "created_at" in has else "1 = 1"
        due = _days(day, day, "t.callback_promised_at")
        row = centre.engine.query(f"SELECT SUM(CASE WHEN t.callback_promised_at < {now} AND NOT {done} THEN 1 ELSE 0 END) AS overdue, SUM(CASE WHEN {due} THEN 1 ELSE 0 END) AS due_today,"
                                  f" SUM(CASE WHEN {due} AND t.callback_done_at <= t.callback_promised_at THEN 1 ELSE 0 END) AS kept FROM ({table.sql}) t WHERE {made} AND t.callback_promised_at IS NOT NULL").iloc[0]  # fmt: skip
        calls = {name: 0 if pd.isna(row[name]) else int(row[name]) for name in ("overdue", "due_today", "kept")}
        told["callbacks"] = Told(float(calls["overdue"]), n=calls["due_today"])
    if {"urged_n", "created_at"} <= has:
        row = centre.engine.query(
            f"SELECT COUNT(*) AS n, SUM(CASE WHEN t.urged_n > 0 THEN 1 ELSE 0 END) AS x FROM ({table.sql}) t WHERE {_days(day - timedelta(WEEK - 1), day, 't.created_at')}"
        ).iloc[0]
        told["chasing"] = _rate(float(row["x"] or 0), float(row["n"]))
    surveys = centre.beside("surveys", {"contact_id": "id", "solved_answer": "flag"})
    if (
        {"closed_at", "contact_id"} <= has
        and surveys is not None
        and {"contact_id", "solved_answer"} <= set(surveys.roles)
    ):
        said = f"SELECT contact_id, MIN(CAST(solved_answer AS INTEGER)) AS said FROM ({surveys.sql}) s WHERE solved_answer IS NOT NULL GROUP BY contact_id"
        row = centre.engine.query(f"SELECT COUNT(*) AS n, SUM(CASE WHEN s.said = 0 THEN 1 ELSE 0 END) AS x FROM ({table.sql}) t JOIN ({said}) s ON s.contact_id = t.contact_id"
                                  f" WHERE {_days(day - timedelta(WEEK - 1), day, 't.closed_at')} AND t.closed_at <= {now}").iloc[0]  # fmt: skip
        told["false_closure"] = _rate(float(row["x"] or 0), float(row["n"]))
    elif {"closed_at", "contact_id"} <= has:
        told["false_closure"] = Told(lacking="surveys.solved_answer")
    return told, calls


def _transfers(centre: Centre, way, day: date) -> Told:
    """Contacts of the day that were handed on."""
    made = stream(centre, way)
    row = centre.engine.query(f"SELECT COUNT(*) AS n, SUM(CASE WHEN e.transfers > 0 THEN 1 ELSE 0 END) AS x FROM ({made.sql}) e WHERE e.transfers IS NOT NULL AND e.counts = 1"
                              f" AND {_days(day, day, 'e.started_at')}").iloc[0]  # fmt: skip
    return _rate(float(row["x"] or 0), float(row["n"])) if row["n"] else Told(lacking="contacts.transfers")


def _new_on_complex(centre: Centre, day: date) -> Told:
    """Complex contacts of the day that people of under 90 days took."""
    agents = centre.beside("agents", {"agent_id": "id", "hired_on": "time", "tenure_days": "number"})
    if not {"complexity", "agent_id", "at"} <= set(centre.columns):
        return Told(lacking="contacts.complexity")
    if agents is None or "agent_id" not in agents.roles or not {"hired_on", "tenure_days"} & set(agents.roles):
        return Told(lacking="agents.hired_on")
    new = (
        f"a.hired_on > TIMESTAMP '{day - timedelta(NEW_STAFF_DAYS)} 00:00:00'"
        if "hired_on" in agents.roles
        else f"a.tenure_days < {NEW_STAFF_DAYS}"
    )
    highest = centre.engine.query(f"SELECT MAX(f.complexity) AS top FROM ({centre.facts}) f")["top"][0]
    row = centre.engine.query(f"SELECT COUNT(*) AS n, SUM(CASE WHEN {new} THEN 1 ELSE 0 END) AS x FROM ({centre.facts}) f JOIN ({agents.sql}) a ON a.agent_id = f.agent_id"
                              f" WHERE f.complexity = '{str(highest).replace(chr(39), chr(39) * 2)}' AND {_days(day, day, FACT_AT)}").iloc[0]  # fmt: skip
    return _rate(float(row["x"] or 0), float(row["n"]))


def _misses(centre: Centre, day: date) -> Told:
    """Searches of the day for knowledge that found nothing."""
    table = centre.beside("knowledge_searches", {"at": "time", "results_n": "number"})
    if table is None or not {"at", "results_n"} <= set(table.roles):
        return Told(lacking="knowledge_searches.results_n")
    row = centre.engine.query(
        f"SELECT COUNT(*) AS n, SUM(CASE WHEN t.results_n = 0 THEN 1 ELSE 0 END) AS x FROM ({table.sql}) t WHERE {_days(day, day, TABLE_AT)}"
    ).iloc[0]
    return _rate(float(row["x"] or 0), float(row["n"]))
