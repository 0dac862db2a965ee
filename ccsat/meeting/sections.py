"""The sections of a meeting pack: where we stand, what is open, what was hard, what went well, what comes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta

import pandas as pd

from ccsat.cells import Measure
from ccsat.centre import Centre
from ccsat.engine import Window
from ccsat.errors import CcsatError, DataError
from ccsat.estimates import wilson
from ccsat.meeting.hardest import Hardest, hardest_contacts
from ccsat.meeting.practice import best_practice
from ccsat.meeting.scripts import script_candidates
from ccsat.results import Result
from ccsat.wording import count, interval, kpi_value, percent, term, text
from ccsat.workforce import new_agents, plan_week, read_intervals, service_level
from ccsat.workforce.floor import counts_of

BEFORE = 28  # days that the edition is compared with
AHEAD = 7
LOOK_BACK = 28  # days behind what is too rare for a day: scripts, best practice
TICKETS = {
    "ticket_id": "id",
    "owner_dept": "text",
    "created_at": "time",
    "closed_at": "time",
    "callback_promised_at": "time",
    "callback_done_at": "time",
    "urged_n": "number",
}
REVIEWS = {
    "contact_id": "id",
    "score": "number",
    "surface_cause": "text",
    "customer_critical": "flag",
    "business_critical": "flag",
    "compliance_critical": "flag",
}


@dataclass(frozen=True)
class Section:
    """One heading of a pack: sentences as wording keys with their values, and a table where there is one (its columns named by `meeting.head.COLUMN`)."""

    key: str
    lines: tuple[tuple[str, dict], ...] = ()
    table: pd.DataFrame | None = None
    answer: Result | None = None

    def words(self) -> list[str]:
        """The sentences in the session's language."""
        said = [text(key, **values) for key, values in self.lines]
        return said + ([self.answer.sentence()] if self.answer is not None else [])


class Sections:
    """Sections of one pack, each made by the method of its name. `hard, open_tickets, overdue, caveats` are what they met on the way."""

    def __init__(
        self,
        centre: Centre,
        edition: str,
        day: date,
        window: Window,
        measured: Measure,
        topic: str | None,
        channel: str | None,
        concurrency: float,
    ):
        self.centre, self.edition, self.day, self.window, self.measured = centre, edition, day, window, measured
        self.topic, self.channel, self.concurrency = topic, channel, concurrency
        self.hard: Hardest | None = None
        self.open_tickets: int | None = None
        self.overdue: int | None = None
        self.caveats: list[tuple[str, dict]] = []

    def section(self, key: str) -> Section:
        """A section; where the data cannot carry it, what is lacking."""
        make: Callable[[], Section] = getattr(self, f"_{key}")
        try:
            found = make()
        except CcsatError as error:
            return Section(key, (("meeting.lacking", {"why": error.message().splitlines()[0]}),))
        if found.answer is not None:
            self.caveats += [one for one in found.answer.caveats if one not in self.caveats]
        return replace(found, key=key)

    def _status(self) -> Section:
        head, unit = self.measured.headline["current"], self.measured.asked.caliber.unit
        said = {"kpi": term(self.measured.asked.caliber.kpi), "value": kpi_value(head.value, unit), "n": count(head.n), "interval": interval(head.lower, head.upper, unit),
                "first": str(self.window.first), "last": str(self.window.last)}  # fmt: skip
        lines = [("meeting.status", said)]
        base = self.measured.headline.get("baseline")
        if base is not None and base.n:
            apart = (
                "meeting.status_apart"
                if (head.lower > base.value or head.upper < base.value)
                else "meeting.status_same"
            )
            lines.append((apart, {"value": kpi_value(base.value, unit), "n": count(base.n), "days": str(BEFORE)}))
        try:
            rows = read_intervals(self.centre, channel=self.channel, window=(self.window.first, self.window.last))
        except DataError:
            return Section("status", tuple(lines))
        counts = counts_of(rows)
        level = service_level(counts) if counts.answered_in is not None else None
        offered = counts.answered + counts.abandoned
        lines.append(("meeting.traffic", {"offered": count(offered), "lost": percent(counts.abandoned / offered if offered else float("nan")),
                                          "level": "–" if level is None else percent(level.value)}))  # fmt: skip
        return Section("status", tuple(lines))

    def _open_items(self) -> Section:
        table = self.centre.beside("tickets", TICKETS)
        if table is None or not {"ticket_id", "created_at"} <= set(table.roles):
            raise DataError("workforce_table", table="tickets", columns="ticket_id, created_at, closed_at, owner_dept")
        end = f"TIMESTAMP '{self.day + timedelta(1)} 00:00:00'"
        there = set(table.roles)
        owner = "COALESCE(owner_dept, '–')" if "owner_dept" in there else "'–'"
        closed = f"closed_at IS NULL OR closed_at >= {end}" if "closed_at" in there else "1 = 1"
        late = (
            f"callback_promised_at < {end} AND (callback_done_at IS NULL OR callback_done_at >= {end})"
            if {"callback_promised_at", "callback_done_at"} <= there
            else "1 = 0"
        )
        urged = "SUM(COALESCE(urged_n, 0))" if "urged_n" in there else "0"
        rows = self.centre.engine.query(
            f"SELECT {owner} AS owner, COUNT(*) AS n, SUM(CASE WHEN {late} THEN 1 ELSE 0 END) AS overdue, {urged} AS urged, MIN(created_at) AS oldest "
            f"FROM ({table.sql}) t WHERE created_at < {end} AND ({closed}) GROUP BY 1 ORDER BY 2 DESC, 1"
        )  # fmt: skip
        self.open_tickets, self.overdue = int(rows["n"].sum()), int(rows["overdue"].sum())
        if rows.empty:
            return Section("open_items", (("meeting.open_none", {}),))
        rows = rows.assign(
            oldest=pd.to_datetime(rows["oldest"]).dt.date.astype(str),
            overdue=rows["overdue"].astype(int),
            urged=rows["urged"].astype(int),
        )
        return Section(
            "open_items",
            (("meeting.open_items", {"n": count(self.open_tickets), "overdue": count(self.overdue)}),),
            rows,
        )

    def _notices(self) -> Section:
        return self._register(self.centre.changes, "notices", ahead=AHEAD, columns=("change_id", "kind", "owner_dept"))

    def _solutions(self) -> Section:
        return self._register(
            self.centre.actions, "solutions", ahead=0, columns=("action_id", "kind", "owner", "predicted_points")
        )

    def _register(self, table: pd.DataFrame, key: str, *, ahead: int, columns: tuple[str, ...]) -> Section:
        """Rows of a register that fall into the days around the meeting."""
        if table.empty:
            return Section(key, ((f"meeting.{key}_empty", {}),))
        on = pd.to_datetime(table["at"]).dt.date
        back = self.day - timedelta(AHEAD if self.edition == "morning" else LOOK_BACK)
        rows = table[(on > back) & (on <= self.day + timedelta(ahead))]
        if rows.empty:
            return Section(
                key, ((f"meeting.{key}_none", {"first": str(back), "last": str(self.day + timedelta(ahead))}),)
            )
        shown = rows[[name for name in columns if name in rows]].assign(
            on=on[rows.index].astype(str), title_zh=rows.get("title_zh", ""), title_en=rows.get("title_en", "")
        )
        return Section(key, ((f"meeting.{key}", {"n": count(len(rows))}),), shown.reset_index(drop=True))

    def _plan(self) -> Section:
        past = (self.centre.days[0], self.day)
        made = plan_week(self.centre, channel=self.channel, concurrency=self.concurrency, window=past)
        table = made.table.groupby("weekday", as_index=False).agg(
            offered=("offered", "sum"), required=("required", "max"), staff_hours=("required", "sum")
        )
        return Section("plan", (), table.assign(staff_hours=table["staff_hours"] * made.hours), made)

    def _today(self) -> Section:
        comes = self.day + timedelta(1)
        made = plan_week(
            self.centre, channel=self.channel, concurrency=self.concurrency, window=(self.centre.days[0], self.day)
        )
        rows = made.table[made.table["weekday"] == comes.weekday()]
        if rows.empty:
            return Section("today", (("meeting.today_closed", {"day": str(comes)}),))
        most = rows.loc[rows["required"].idxmax()]
        said = {"day": str(comes), "calls": count(rows["offered"].sum()), "lower": count(rows["lower"].sum()), "upper": count(rows["upper"].sum()), "slot": most["slot"],
                "most": count(most["required"]), "wape": percent(made.forecast.wape)}  # fmt: skip
        short = rows[rows["scheduled"] < rows["required"]] if rows["scheduled"].notna().any() else rows.iloc[:0]
        lines = [("meeting.today", said)]
        if len(short):
            lines.append(
                (
                    "meeting.today_short",
                    {"slots": text("workforce.and").join(short["slot"].head(8)), "n": count(len(short))},
                )
            )
        return Section("today", tuple(lines), rows[["slot", "offered", "required", "scheduled"]].reset_index(drop=True))

    def _newcomers(self) -> Section:
        table = self.centre.beside("agents", {"agent_id": "id", "hired_on": "time"})
        if table is None or "hired_on" not in table.roles:
            raise DataError("workforce_table", table="agents", columns="agent_id, hired_on")
        hired = self.centre.engine.query(f"SELECT hired_on FROM ({table.sql}) a WHERE hired_on IS NOT NULL")["hired_on"]
        return Section("newcomers", (), None, new_agents(hired, self.day, days=90))

    def _hardest(self) -> Section:
        self.hard = hardest_contacts(self.centre, self.window, topic=self.topic)
        shown = self.hard.table.head(8)
        return Section("hardest", (), shown[["topic", "n", "hard", "rate", *self.hard.signs]], self.hard)

    def _best(self) -> Section:
        found = best_practice(
            self.centre,
            Window("past", max(self.day - timedelta(LOOK_BACK - 1), self.centre.days[0]), self.day),
            topic=self.topic,
        )
        return Section(
            "best",
            (),
            found.table.head(5)[["topic", "who", "n", "value", "lower", "value_others"]] if len(found.table) else None,
            found,
        )

    def _scripts(self) -> Section:
        found = script_candidates(
            self.centre,
            topic=self.topic,
            window=Window("past", max(self.day - timedelta(LOOK_BACK - 1), self.centre.days[0]), self.day),
        )
        names = [
            name
            for name in (
                "topic",
                "judged",
                "repeat_rate",
                "repeat_lower",
                "repeat_upper",
                "aht_s",
                "score",
                "score_lower",
            )
            if name in found.table
        ]
        return Section("scripts", (), found.candidates[names].head(8) if len(found.candidates) else None, found)

    def _monitoring(self) -> Section:
        table = self.centre.beside("qa_reviews", REVIEWS)
        if table is None or "contact_id" not in table.roles or "contact_id" not in self.centre.columns:
            raise DataError(
                "workforce_table", table="qa_reviews", columns="contact_id, score, customer_critical, surface_cause"
            )
        errors = [
            name for name in ("customer_critical", "business_critical", "compliance_critical") if name in table.roles
        ]
        wrong = " OR ".join(f"q.{name} = 1" for name in errors) or "1 = 0"
        cause = "COALESCE(q.surface_cause, '–')" if "surface_cause" in table.roles else "'–'"
        at = self.centre.engine.quote("at")
        rows = self.centre.engine.query(
            f"SELECT {cause} AS cause, COUNT(*) AS n, SUM(CASE WHEN {wrong} THEN 1 ELSE 0 END) AS wrong FROM ({table.sql}) q JOIN ({self.centre.facts}) f ON f.contact_id = q.contact_id "
            f"WHERE f.{at} >= TIMESTAMP '{self.window.first} 00:00:00' AND f.{at} < TIMESTAMP '{self.window.last + timedelta(1)} 00:00:00' GROUP BY 1 ORDER BY 2 DESC, 1"
        )  # fmt: skip
        n, bad = int(rows["n"].sum()), int(rows["wrong"].sum())
        if not n:
            return Section("monitoring", (("meeting.monitoring_none", {}),))
        low, high = wilson(n - bad, n)
        said = {
            "n": count(n),
            "value": percent((n - bad) / n),
            "lower": percent(float(low)),
            "upper": percent(float(high)),
        }
        least = self.centre.study.privacy.minimum_group
        shown = rows[(rows["cause"] != "–") & (rows["n"] >= least)].reset_index(drop=True)
        return Section(
            "monitoring",
            (("meeting.monitoring", said), *((("meeting.monitoring_few", {"n": count(n)}),) if n < 100 else ())),
            shown if len(shown) else None,
        )

    def _feedback(self) -> Section:
        """What dissatisfied customers name, counted once a rating."""
        if self.centre.reasons is None:
            return Section("feedback", (("meeting.feedback_none", {}),))
        asked = self.measured.asked
        worst = min(asked.values.values())
        bad = [level for level, worth in asked.values.items() if worth == worst]
        at, column = self.centre.engine.quote("at"), self.centre.engine.quote(asked.caliber.outcome)
        keys = self.centre.engine.query(
            f"SELECT row_key FROM ({self.centre.facts}) f WHERE {column} IN ({', '.join(str(int(one)) for one in bad)}) AND {at} >= TIMESTAMP '{self.window.first} 00:00:00' "
            f"AND {at} < TIMESTAMP '{self.window.last + timedelta(1)} 00:00:00'"
        )["row_key"]  # fmt: skip
        named = self.centre.reasons[self.centre.reasons["row_key"].isin(set(keys))].drop_duplicates(
            ["row_key", "reason"]
        )
        rows = (
            named.groupby("reason", as_index=False)
            .size()
            .rename(columns={"size": "named"})
            .sort_values(["named", "reason"], ascending=[False, True])
        )
        rows = rows[rows["named"] >= self.centre.study.privacy.minimum_group].head(8).reset_index(drop=True)
        rows = rows.assign(
            share=rows["named"] / max(len(keys), 1), reason=[self._reason(one) for one in rows["reason"]]
        )
        silent = len(keys) - named["row_key"].nunique()
        return Section(
            "feedback",
            (("meeting.feedback", {"n": count(len(keys)), "silent": count(silent)}),),
            rows if len(rows) else None,
        )

    def _reason(self, code: str) -> str:
        from ccsat.wording import language

        label = self.centre.study.reasons.labels.get(code) if hasattr(self.centre.study.reasons, "labels") else None
        words = getattr(label, language(), None) if label is not None and not isinstance(label, str) else label
        return str(words or code)
