"""Access and speed: who gets through, how soon, and how long the work takes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import partial

from ccsat.centre import Centre
from ccsat.kpis import calls
from ccsat.kpis.indicator import Indicator
from ccsat.kpis.missing import columns_of, way_of
from ccsat.kpis.workforce import DAY_DIMS, agent_days

T = 20  # seconds, of the service level that the catalogue lists; any other by its id
BASE = ("start", "answered", "abandoned")
_INTERVAL = {
    "group": "access",
    "unit": "call",
    "dims": calls.INTERVAL_DIMS,
    "owner_level": "centre",
    "cluster": "day_channel",
    "source": "DOMAIN 2.2",
}
_CONTACT = {"group": "access", "unit": "contact", "better": "low", "source": "DOMAIN 2.2"}
# part of whole, over an interval's counts; `in_T` answered within T seconds, `left_T` abandoned within T
SERVICE_LEVELS: Mapping[str, tuple[str, str, tuple[str, ...]]] = {
    "sl_offered": ("{in_T}", "answered + abandoned", ()),
    "sl_credit_abandon": ("{in_T} + {left_T}", "answered + abandoned", ("{left_T}",)),
    "sl_answered": ("{in_T}", "answered", ()),
    "sl_ex_abandon_in_T": ("{in_T}", "answered + abandoned - {left_T}", ("{left_T}",)),
    "sl_credit_short": ("{in_T} + short_abandoned", "answered + abandoned", ("short_abandoned",)),
    "sl_ex_short": ("{in_T}", "answered + abandoned - short_abandoned", ("short_abandoned",)),
}
SHORT = 5  # seconds: a short abandon, where contacts have to tell it
ONE_BY_ONE: Mapping[str, str] = {  # the same of single contacts: 1, 0, or not counted
    "sl_offered": "CASE WHEN gave_up = 0 AND queue_wait_s <= {t} THEN 1 ELSE 0 END",
    "sl_credit_abandon": "CASE WHEN queue_wait_s <= {t} THEN 1 ELSE 0 END",
    "sl_answered": "CASE WHEN gave_up = 1 THEN NULL WHEN queue_wait_s <= {t} THEN 1 ELSE 0 END",
    "sl_ex_abandon_in_T": "CASE WHEN gave_up = 1 AND queue_wait_s <= {t} THEN NULL WHEN gave_up = 0 AND queue_wait_s <= {t} THEN 1 ELSE 0 END",
    "sl_credit_short": "CASE WHEN queue_wait_s <= CASE WHEN gave_up = 1 THEN {s} ELSE {t} END THEN 1 ELSE 0 END",
    "sl_ex_short": "CASE WHEN gave_up = 1 AND queue_wait_s <= {s} THEN NULL WHEN gave_up = 0 AND queue_wait_s <= {t} THEN 1 ELSE 0 END",
}
CONTACTS = {"facts": ("contact_id",), "contacts": ("contact_id", "queue_wait_s", "end_reason")}


def service_level(name: str, seconds: int) -> Indicator:
    """One of the six service levels within so many seconds, e.g. `service_level("sl_offered", 20)`."""
    part, whole, more = SERVICE_LEVELS[name]
    columns = {"in_T": f"answered_{seconds}s", "left_T": f"abandoned_{seconds}s"}
    needed = (*BASE, columns["in_T"], *(one.format(**columns) for one in more))
    return Indicator("service_level", f"{name}_{seconds}s", needs={"intervals": needed}, or_needs=(CONTACTS,),
                     rows=partial(_service_level, name=name, seconds=seconds), **_INTERVAL)  # fmt: skip


def made(kpi: str, id: str) -> Indicator | None:
    """The service level of any number of seconds: `sl_offered_15s`."""
    found = re.fullmatch(rf"({'|'.join(SERVICE_LEVELS)})_([1-9]\d{{0,3}})s", id) if kpi == "service_level" else None
    return service_level(found[1], int(found[2])) if found else None


def _service_level(centre: Centre, *, name: str, seconds: int) -> str:
    if way_of(centre, service_level(name, seconds)) == 1:
        return calls.offered(
            centre, f"CASE WHEN queue_wait_s IS NULL THEN NULL ELSE {ONE_BY_ONE[name].format(t=seconds, s=SHORT)} END"
        )
    part, whole, more = SERVICE_LEVELS[name]
    columns = {"in_T": f"answered_{seconds}s", "left_T": f"abandoned_{seconds}s"}
    names = [columns["in_T"], *(one.format(**columns) for one in more if one == "{left_T}")]
    return calls.intervals(centre, part.format(**columns), whole.format(**columns), more=names)


def _asked(centre: Centre) -> str:
    """Calls that asked for an agent, as the intervals count them."""
    return "offered" if "offered" in (columns_of(centre, "intervals") or ()) else "answered + abandoned"


def _connected(centre: Centre, *, less: str = "") -> str:
    return calls.intervals(centre, "answered", _asked(centre) + less)


def _abandoned(centre: Centre) -> str:
    return calls.intervals(centre, "abandoned", _asked(centre))


def _connected_of_entered(centre: Centre) -> str:
    """Of calls that entered the voice menu: those that an agent answered."""
    if "offered_ivr" in (columns_of(centre, "intervals") or ()):
        return calls.intervals(centre, "answered", "offered_ivr")
    paths = centre.beside(
        "ivr_paths", {"call_id": "id", "customer_id": "id", "at": "time", "contact_id": "id", "menu_version": "text"}
    )
    more = "".join(
        f", MAX({name}) AS {name}" for name in ("customer_id", "contact_id", "menu_version") if name in paths.roles
    )
    once = f'SELECT call_id, MIN("at") AS "at"{more} FROM ({paths.sql}) p GROUP BY call_id'
    gave_up = (
        f"SELECT contact_id AS k FROM ({calls.offered(centre, 'gave_up')}) o WHERE level = 1" if _ends(centre) else None
    )
    level = (
        "CASE WHEN q.contact_id IS NULL THEN 0 ELSE 1 END"
        if gave_up is None
        else "CASE WHEN q.contact_id IS NULL OR g.k IS NOT NULL THEN 0 ELSE 1 END"
    )
    names = ", ".join(
        f"q.{centre.engine.quote(name)}"
        for name in ("at", "customer_id", "contact_id", "menu_version")
        if name == "at" or name in paths.roles
    )
    return f"SELECT q.call_id AS row_key, q.call_id, {names}, {level} AS level FROM ({once}) q" + (
        f" LEFT JOIN ({gave_up}) g ON g.k = q.contact_id" if gave_up else ""
    )


def _ends(centre: Centre) -> bool:
    return "contact_id" in centre.columns and {"end_reason", "queue_wait_s"} <= set(
        columns_of(centre, "contacts") or ()
    )


def _seconds(centre: Centre, *, of: str) -> str:
    return calls.answered(centre, of)


def _moved_on(centre: Centre) -> str:
    return calls.answered(centre, "CASE WHEN transfers IS NULL THEN NULL WHEN transfers >= 1 THEN 1 ELSE 0 END")


def _calls_a_day(centre: Centre) -> str:
    return agent_days(
        centre,
        "CASE WHEN logged_in_s >= 0.5 * COALESCE(NULLIF(scheduled_s, 0), 28800) THEN CAST(answered AS INTEGER) END",
        "1",
    )


def _of_contacts(kpi: str, id: str, columns: tuple[str, ...], rows, **more) -> Indicator:
    return Indicator(
        kpi,
        id,
        needs={"facts": columns},
        or_needs=({"facts": ("contact_id",), "contacts": ("contact_id", *columns)},),
        rows=rows,
        **_CONTACT | more,
    )


_MEAN = {"measure": "mean", "measured_in": "s"}
INDICATORS: tuple[Indicator, ...] = (
    Indicator("connect_rate", "agent_requested", needs={"intervals": BASE}, rows=_connected, **_INTERVAL),
    Indicator("connect_rate", "ivr_entry", needs={"intervals": (*BASE, "offered_ivr")}, or_needs=({"ivr_paths": ("call_id", "at", "contact_id")},),
              rows=_connected_of_entered, **_INTERVAL | {"dims": (*calls.INTERVAL_DIMS, "menu_version")}),
    Indicator("connect_rate", "ex_short", needs={"intervals": (*BASE, "short_abandoned")}, rows=partial(_connected, less=" - short_abandoned"), **_INTERVAL),
    Indicator("abandon_rate", "agent_requested", needs={"intervals": BASE}, rows=_abandoned, better="low", **_INTERVAL),
    *(service_level(name, T) for name in SERVICE_LEVELS),
    _of_contacts("asa", "queue_wait", ("queue_wait_s",), partial(_seconds, of="queue_wait_s"), owner_level="centre", **_MEAN),
    _of_contacts("ring_time", "answered", ("ring_s",), partial(_seconds, of="ring_s"), owner_level="agent", **_MEAN),
    _of_contacts("aht", "talk_hold_acw", ("talk_s", "hold_s", "acw_s"), partial(_seconds, of="talk_s + COALESCE(hold_s, 0) + COALESCE(acw_s, 0)"), **_MEAN),
    _of_contacts("talk_time", "answered", ("talk_s",), partial(_seconds, of="talk_s"), **_MEAN),
    _of_contacts("acw", "answered", ("acw_s",), partial(_seconds, of="acw_s"), owner_level="agent", **_MEAN),
    _of_contacts("transfer_rate", "of_answered", ("transfers",), _moved_on),
    Indicator("calls_per_agent_day", "half_shift", "access", "agent_day", {"agent_days": ("agent_id", "date", "answered", "logged_in_s")}, _calls_a_day,
              measure="mean", measured_in="calls", dims=DAY_DIMS, cluster="agent_id", source="DOMAIN 2.2"),
)  # fmt: skip
