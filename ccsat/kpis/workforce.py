"""Workforce: what agents' paid time goes into, how well staff fit the load, who leaves and who is new."""

from __future__ import annotations

from functools import partial

from ccsat.centre import Centre
from ccsat.kpis import calls
from ccsat.kpis.indicator import Indicator

SECONDS = ("paid_s", "scheduled_s", "logged_in_s", "talk_s", "hold_s", "acw_s", "available_s", "aux_break_s", "aux_away_s", "aux_train_s", "aux_meet_s",
           "adherent_s")  # fmt: skip
KINDS = {"agent_id": "id", "date": "time", "answered": "number", **dict.fromkeys(SECONDS, "number")}
DAY_DIMS = ("weekday",)
OCCUPANCY_BAND = (0.75, 0.85)  # below it staff wait for calls, above it calls wait for staff and agents wear out
HANDLING = "talk_s + hold_s + acw_s"
AUX = "aux_break_s + aux_away_s + aux_train_s + aux_meet_s"
NEW_DAYS = (90, 180)


def agent_days(centre: Centre, level: str, times: str | None) -> str:
    """Agent-days as rows.

    Args:
        level: SQL of a row's level over the columns of `KINDS`. times: SQL of how many it stands for; None: a row for itself.
    """
    table = centre.beside("agent_days", KINDS)
    quote = centre.engine.quote
    fields = ", ".join(f"COALESCE({name}, 0) AS {name}" for name in ("answered", *SECONDS) if name in table.roles)
    absent = ", ".join(f"0 AS {name}" for name in ("answered", *SECONDS) if name not in table.roles)
    day = f"CAST({quote('date')} AS TIMESTAMP)"
    rows = (f"SELECT agent_id, {day} AS \"at\", CAST(EXTRACT(ISODOW FROM {day}) AS VARCHAR(1)) AS weekday, {', '.join(one for one in (fields, absent) if one)} "
            f"FROM ({table.sql}) t WHERE agent_id IS NOT NULL")  # fmt: skip
    weight = "" if times is None else f", CAST(FLOOR({times} + 0.5) AS INTEGER) AS times"
    return f'SELECT agent_id || \'|\' || CAST(CAST("at" AS DATE) AS VARCHAR(10)) AS row_key, agent_id, "at", weekday, {level} AS level{weight} FROM ({rows}) q'


def minutes(centre: Centre, *, part: str, whole: str) -> str:
    """Agent-days as rows that stand for minutes: those of `part` at level 1, the rest of `whole` at level 0."""
    own, all_of = f"FLOOR(({part}) / 60.0 + 0.5)", f"FLOOR(({whole}) / 60.0 + 0.5)"
    least = f"CASE WHEN {own} > {all_of} THEN {all_of} ELSE {own} END"
    ones, zeros = agent_days(centre, "1", least), agent_days(centre, "0", f"{all_of} - {least}")
    return f"{ones} UNION ALL {zeros}"


def _share_of_schedule(centre: Centre) -> str:
    """Agent-days with a schedule, each as its scheduled minutes: logged in over scheduled, per mille."""
    share = "CASE WHEN scheduled_s > 0 THEN CAST(FLOOR(1000.0 * logged_in_s / scheduled_s + 0.5) AS INTEGER) END"
    return agent_days(centre, share, "CASE WHEN scheduled_s > 0 THEN scheduled_s / 60.0 ELSE 1 END")


def _came(centre: Centre) -> str:
    """Agent-days that were scheduled: whether the agent logged in."""
    return agent_days(centre, "CASE WHEN scheduled_s > 0 THEN CASE WHEN logged_in_s > 0 THEN 1 ELSE 0 END END", None)


def _staffed(centre: Centre, *, whole: str) -> str:
    return calls.intervals(centre, "CASE WHEN required < scheduled THEN required ELSE scheduled END", whole)


def _left(centre: Centre) -> str:
    """Every agent on every day in service: whether it was the last one."""
    table = centre.beside("agents", {"agent_id": "id", "hired_on": "time", "left_on": "time"})
    days = f'SELECT DISTINCT CAST(f."at" AS DATE) AS day FROM ({centre.facts}) f WHERE f."at" IS NOT NULL'
    return (f"SELECT a.agent_id || '|' || CAST(d.day AS VARCHAR(10)) AS row_key, a.agent_id, CAST(d.day AS TIMESTAMP) AS \"at\", "
            f"CASE WHEN CAST(a.left_on AS DATE) = d.day THEN 1 ELSE 0 END AS level FROM ({table.sql}) a JOIN ({days}) d "
            f"ON (a.hired_on IS NULL OR CAST(a.hired_on AS DATE) <= d.day) AND (a.left_on IS NULL OR CAST(a.left_on AS DATE) >= d.day)")  # fmt: skip


def _new(centre: Centre, *, days: int) -> str:
    """Agent-days on line: whether the agent was hired less than so many days before."""
    table = centre.beside("agents", {"agent_id": "id", "hired_on": "time"})
    on_line = agent_days(centre, "CASE WHEN logged_in_s > 0 THEN 1 END", None)
    midnight = "CAST(CAST({} AS DATE) AS TIMESTAMP)"
    since = centre.engine.seconds(midnight.format('d."at"'), midnight.format("a.hired_on"))
    young = (
        f"CASE WHEN a.hired_on IS NULL OR d.level IS NULL THEN NULL WHEN {since} < {86_400 * days} THEN 1 ELSE 0 END"
    )
    return f'SELECT d.row_key, d.agent_id, d."at", d.weekday, {young} AS level FROM ({on_line}) d LEFT JOIN ({table.sql}) a ON a.agent_id = d.agent_id'


_DAY = {
    "group": "workforce",
    "unit": "minute",
    "dims": DAY_DIMS,
    "cluster": "agent_id",
    "owner_level": "centre",
    "source": "DOMAIN 2.3",
}


def _rate(kpi: str, id: str, part: str, whole: str, columns: str, **more) -> Indicator:
    """A share of agents' time; `columns`: those of agent_days that it is made of, without `_s`."""
    needed = ("agent_id", "date", *(f"{name}_s" for name in columns.split()))
    return Indicator(
        kpi, id, needs={"agent_days": needed}, rows=partial(minutes, part=part, whole=whole), **_DAY | more
    )


_HANDLED = "talk hold acw"
_BAND = {"better": "band", "band": OCCUPANCY_BAND}
INDICATORS: tuple[Indicator, ...] = (
    _rate("occupancy", "handling_and_ready", HANDLING, f"{HANDLING} + available_s", f"{_HANDLED} available", **_BAND),
    _rate("occupancy", "all_logged_in", HANDLING, "logged_in_s", f"{_HANDLED} logged_in", **_BAND),
    _rate("staff_utilisation", "paid", f"{HANDLING} + available_s", "paid_s", f"{_HANDLED} available paid"),
    _rate("staff_utilisation", "icmi_phone", f"{HANDLING} + available_s", "paid_s - aux_break_s", f"{_HANDLED} available paid aux_break"),
    _rate("staff_utilisation", "productive", HANDLING, "paid_s", f"{_HANDLED} paid"),
    _rate("work_hour_utilisation", "handling", HANDLING, "logged_in_s", f"{_HANDLED} logged_in"),
    _rate("work_hour_utilisation", "ready_share", f"{HANDLING} + available_s", "logged_in_s", f"{_HANDLED} available logged_in"),
    _rate("call_utilisation", "talk_hold", "talk_s + hold_s", "logged_in_s", "talk hold logged_in"),
    _rate("call_utilisation", "talk", "talk_s", "logged_in_s", "talk logged_in"),
    Indicator("login_rate", "minutes", needs={"agent_days": ("agent_id", "date", "scheduled_s", "logged_in_s")}, rows=_share_of_schedule,
              measure="mean", scale=0.001, **_DAY | {"owner_level": "team"}),
    Indicator("login_rate", "head_count", needs={"agent_days": ("agent_id", "date", "scheduled_s", "logged_in_s")}, rows=_came,
              **_DAY | {"unit": "agent_day", "owner_level": "team"}),
    _rate("not_ready_rate", "all_aux", AUX, "logged_in_s", "aux_break aux_away aux_train aux_meet logged_in", better="low", owner_level="team"),
    _rate("not_ready_rate", "ex_training", "aux_break_s + aux_away_s", "logged_in_s", "aux_break aux_away logged_in", better="low", owner_level="agent"),
    _rate("schedule_adherence", "minutes", "adherent_s", "scheduled_s", "adherent scheduled", owner_level="agent"),
    Indicator("scheduling_efficiency", "of_scheduled", needs={"intervals": ("start", "required", "scheduled")}, rows=partial(_staffed, whole="scheduled"),
              **_DAY | {"unit": "agent_interval", "dims": calls.INTERVAL_DIMS, "cluster": "day_channel"}),
    Indicator("scheduling_efficiency", "coverage", needs={"intervals": ("start", "required", "scheduled")}, rows=partial(_staffed, whole="required"),
              **_DAY | {"unit": "agent_interval", "dims": calls.INTERVAL_DIMS, "cluster": "day_channel"}),
    Indicator("attrition_rate", "annual", needs={"facts": ("at",), "agents": ("agent_id", "left_on")}, rows=_left, better="low", measure="mean", scale=365.0,
              **_DAY | {"unit": "agent_day", "dims": ()}),
    *(Indicator("new_employee_share", f"under_{days}d", needs={"agent_days": ("agent_id", "date", "logged_in_s"), "agents": ("agent_id", "hired_on")},
                rows=partial(_new, days=days), better="low", **_DAY | {"unit": "agent_day"}) for days in NEW_DAYS),
)  # fmt: skip
