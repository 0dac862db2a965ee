"""A centre's operating indicators side by side: the eight KPIs a day, and the twenty-three assessment indicators an agent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from ccsat.centre import Centre
from ccsat.deductions import deduction_rows
from ccsat.engine.repeats import Issues
from ccsat.errors import DataError, listing
from ccsat.workforce.floor import AGENT_DAYS, INTERVALS, STATES
from ccsat.workforce.rates import TIME_RATES
from ccsat.workforce.what_if import WAIT, _satisfaction

HANDLED = ("talk_s", "hold_s", "acw_s")
WINDOW_H = 48
ASSESSMENT = (
    "calls_per_day", "occupancy", "staff_utilisation", "work_hour_utilisation", "call_utilisation", "login_rate", "not_ready_rate", "break_share",
    "away_share", "training_share", "meeting_share", "overtime_share", "aht", "talk_time", "hold_time", "acw_time", "ring_time", "transfer_rate",
    "fcr_48h", "process_rate", "wording_rate", "invite_rate", "critical_error_accuracy",
)  # fmt: skip
OF_DAYS = {
    "break_share": "aux_break_s",
    "away_share": "aux_away_s",
    "training_share": "aux_train_s",
    "meeting_share": "aux_meet_s",
}
OF_FACTS = {"ring_time": "ring_s", "talk_time": "talk_s", "hold_time": "hold_s", "acw_time": "acw_s", "process_rate": "process_followed",
            "wording_rate": "wording_consistent", "invite_rate": "pushed", "asa": WAIT}  # fmt: skip
CRITICAL = ("customer_critical", "business_critical", "compliance_critical")


def kpi_series(centre: Centre, *, channel: str | None = None, issue: str | None = None) -> pd.DataFrame:
    """The eight operating KPIs of DOMAIN 2.10.6 and the satisfaction rate, one row a day.

    Args:
        channel: A level of the channel, for what intervals and contacts count. issue: Column that repeats of one issue share; any contact where not given.

    Returns:
        `day, satisfaction, n` (ratings) and, as far as the data have them, `service_level, abandon_rate, asa, aht, fcr_48h` (NaN on days that are not yet mature)`,
        critical_error_accuracy, transfer_rate, occupancy`, in their own units (seconds, shares).

    Raises:
        DataError: The data have no time.

    Source:
        DOMAIN 2.2-2.5, 2.10.6.
    """
    if "at" not in centre.columns:
        raise DataError("workforce_columns", table="contacts", columns="at", known=listing(centre.columns, 20))
    day = f"CAST(CAST({centre.engine.quote('at')} AS DATE) AS VARCHAR)"
    facts = _facts(centre, {"unit": day}, channel)
    table = _satisfied(centre, channel).groupby("day")["good"].agg(satisfaction="mean", n="size")
    parts = [table, _of_facts(centre, facts, ("asa", "aht", "transfer_rate"))]
    parts.append(_fcr(centre, facts, issue))
    parts.append(_accuracy(centre, facts))
    parts.append(_of_intervals(centre, channel))
    parts.append(_of_days(centre, "CAST(CAST(date AS DATE) AS VARCHAR)", ("occupancy",)))
    found = (
        pd.concat([one for one in parts if one is not None], axis=1)
        .rename_axis("day")
        .reset_index()
        .sort_values("day", ignore_index=True)
    )
    return found.assign(day=pd.to_datetime(found["day"]))


def assessment(centre: Centre, *, weeks: int = 4, issue: str | None = None) -> pd.DataFrame:
    """The twenty-three assessment indicators (A11), one row an agent and span of weeks, with the satisfaction of the contacts.

    The source does not list them; these are ours, from agents' days, contacts and quality reviews.

    Returns:
        `agent_id, span, satisfaction, n` and the `ASSESSMENT` that the data can give; an indicator that is lacking for over half the rows, or the
        same in all, is left out.

    Raises:
        DataError: No agents, or no time.
    """
    lacking = [name for name in ("at", "agent_id") if name not in centre.columns]
    if lacking:
        raise DataError(
            "workforce_columns", table="contacts", columns=listing(lacking), known=listing(centre.columns, 20)
        )
    first = pd.Timestamp(str(centre.days[0]))
    ends = pd.date_range(first, pd.Timestamp(str(centre.days[1])), freq=f"{7 * weeks}D")[1:]
    span = lambda time: (
        "CASE "
        + " ".join(f"WHEN CAST({time} AS DATE) < DATE '{end.date()}' THEN '{k}'" for k, end in enumerate(ends))
        + f" ELSE '{len(ends)}' END"
        if len(ends)
        else "'0'"
    )
    quote = centre.engine.quote
    facts = _facts(centre, {"unit": f"{quote('agent_id')} || '|' || {span(quote('at'))}"}, None)
    rated = _satisfied(centre, None, "agent_id")
    days = (pd.to_datetime(rated["day"]) - first).dt.days // (7 * weeks)
    table = (
        rated.assign(unit=rated["agent_id"].astype(str) + "|" + days.astype(str))
        .groupby("unit")["good"]
        .agg(satisfaction="mean", n="size")
    )
    parts = [
        table,
        _of_facts(centre, facts, ("aht", "transfer_rate", *OF_FACTS)),
        _fcr(centre, facts, issue),
        _accuracy(centre, facts),
    ]
    parts.append(_of_days(centre, f"agent_id || '|' || {span('date')}", ASSESSMENT))
    found = pd.concat([one for one in parts if one is not None], axis=1)
    found = found[found["n"].notna()]
    who = found.index.str.rsplit("|", n=1)
    usable = [
        name for name in ASSESSMENT if name in found and found[name].notna().mean() > 0.5 and found[name].std() > 0
    ]
    return found.assign(agent_id=who.str[0], span=who.str[1].astype(int))[
        ["agent_id", "span", "satisfaction", "n", *usable]
    ].reset_index(drop=True)


def _facts(centre: Centre, more: Mapping[str, str], channel: str | None) -> str:
    where = ""
    if channel is not None and "channel" in centre.columns:
        where = f" WHERE {centre.engine.quote('channel')} = '{channel.replace(chr(39), chr(39) * 2)}'"
    return f"SELECT f.*, {', '.join(f'{text} AS {name}' for name, text in more.items())} FROM ({centre.facts}) f{where}"


def _satisfied(centre: Centre, channel: str | None, *more: str) -> pd.DataFrame:
    """Rated contacts: `day, good` and further columns."""
    asked = _satisfaction(centre)
    held = ["channel"] if channel is not None and "channel" in centre.columns else []
    rows = deduction_rows(centre, asked, more=["at", *held, *more])
    rows = rows[rows["channel"] == channel] if held else rows
    return rows.assign(
        good=asked.full - rows["deduction"].astype(float), day=pd.to_datetime(rows["at"]).dt.strftime("%Y-%m-%d")
    )


def _of_facts(centre: Centre, facts: str, wanted: Sequence[str]) -> pd.DataFrame | None:
    """Means over contacts a unit."""
    quote, made = centre.engine.quote, []
    for name in wanted:
        column = OF_FACTS.get(name)
        if column in centre.columns:
            made.append(f"AVG({quote(column)} * 1.0) AS {name}")
        elif name == "aht" and "talk_s" in centre.columns:
            made.append(
                f"AVG({' + '.join(f'COALESCE({quote(one)}, 0)' for one in HANDLED if one in centre.columns)} * 1.0) AS aht"
            )
        elif name == "transfer_rate" and "transfers" in centre.columns:
            made.append(
                f"AVG(CASE WHEN {quote('transfers')} > 0 THEN 1.0 WHEN {quote('transfers')} = 0 THEN 0.0 END) AS transfer_rate"
            )
    return (
        centre.engine.query(
            f"SELECT unit, {', '.join(made)} FROM ({facts}) u WHERE unit IS NOT NULL GROUP BY unit ORDER BY unit"
        ).set_index("unit")
        if made
        else None
    )


def _fcr(centre: Centre, facts: str, issue: str | None) -> pd.DataFrame | None:
    """Share of mature first contacts without another one within 48 hours."""
    if not {"contact_id", "customer_id", "started_at"} <= set(centre.columns):
        return None
    issues = Issues(issue=issue, ended="ended_at" if "ended_at" in centre.columns else None, hours=(WINDOW_H,))
    back = centre.engine.repeats(facts, issues, by=("unit",)).set_index("unit")
    return (1 - back["repeated"] / back["n"].where(back["n"] > 0)).rename("fcr_48h").to_frame()


def _accuracy(centre: Centre, facts: str) -> pd.DataFrame | None:
    """Share of reviewed contacts without a critical error."""
    table = centre.beside("qa_reviews", {"contact_id": "id", **dict.fromkeys(CRITICAL, "flag")})
    if table is None or "contact_id" not in table.roles or "contact_id" not in centre.columns:
        return None
    errors = [name for name in CRITICAL if name in table.roles]
    if not errors:
        return None
    wrong = " OR ".join(f"COALESCE(q.{name}, 0) = 1" for name in errors)
    text = (f"SELECT u.unit, AVG(CASE WHEN {wrong} THEN 0.0 ELSE 1.0 END) AS critical_error_accuracy FROM ({table.sql}) q JOIN ({facts}) u "
            "ON u.contact_id = q.contact_id WHERE u.unit IS NOT NULL GROUP BY u.unit ORDER BY u.unit")  # fmt: skip
    return centre.engine.query(text).set_index("unit")


def _of_intervals(centre: Centre, channel: str | None) -> pd.DataFrame | None:
    """Service level (answered within T of all who asked) and abandon rate a day."""
    from ccsat.workforce.floor import read_intervals

    if centre.beside("intervals", INTERVALS) is None:
        return None
    rows = read_intervals(centre, channel=channel)
    sums = rows.assign(day=rows["start"].dt.strftime("%Y-%m-%d")).groupby("day").sum(numeric_only=True)
    made = {"service_level": "answered_20s", "abandon_rate": "abandoned"}
    return pd.DataFrame(
        {
            name: sums[column] / sums["offered"].where(sums["offered"] > 0)
            for name, column in made.items()
            if column in sums
        }
    )


def _of_days(centre: Centre, unit: str, wanted: Sequence[str]) -> pd.DataFrame | None:
    """Rates of agents' time a unit."""
    table = centre.beside("agent_days", AGENT_DAYS)
    if table is None or not {"agent_id", "date"} <= set(table.roles):
        return None
    there = [name for name in ("answered", "paid_s", "scheduled_s", "logged_in_s", *STATES) if name in table.roles]
    overtime = ", SUM(CASE WHEN scheduled_s = 0 THEN 1 ELSE 0 END) AS unscheduled" if "scheduled_s" in there else ""
    if {"scheduled_s", "logged_in_s"} <= set(there):
        overtime += ", SUM(CASE WHEN scheduled_s > 0 THEN logged_in_s ELSE 0 END) AS logged_scheduled"
    sums = centre.engine.query(
        f"SELECT {unit} AS unit, COUNT(*) AS days{overtime}, {', '.join(f'SUM({name}) AS {name}' for name in there)} FROM ({table.sql}) d GROUP BY 1 ORDER BY 1"
    ).set_index("unit").astype(float)  # fmt: skip
    made = {}
    for name in wanted:
        if name in TIME_RATES:
            above, below = next(iter(TIME_RATES[name].values()))
            above = ("logged_scheduled",) if name == "login_rate" else above
            if {*above, *below} <= {*there, "logged_scheduled"}:
                made[name] = sums[list(above)].sum(axis=1) / sums[list(below)].sum(axis=1)
        elif name in OF_DAYS and {OF_DAYS[name], "logged_in_s"} <= set(there):
            made[name] = sums[OF_DAYS[name]] / sums["logged_in_s"]
        elif name == "calls_per_day" and "answered" in there:
            made[name] = sums["answered"] / sums["days"]
        elif name == "overtime_share" and overtime:
            made[name] = sums["unscheduled"] / sums["days"]
    return pd.DataFrame(made).replace([np.inf, -np.inf], np.nan) if made else None
