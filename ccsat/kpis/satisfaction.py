"""Satisfaction by touchpoint: the ratings of the facts by channel and service, and those of machines and tasks from the survey table."""

from __future__ import annotations

from functools import partial

from ccsat.centre import Centre
from ccsat.engine.scan import literal
from ccsat.kpis.indicator import Indicator
from ccsat.kpis.slices import Slice

KPI = "touchpoint_satisfaction"
SURVEYS = {"survey_id": "id", "contact_id": "id", "session_id": "id", "task_id": "id", "call_id": "id", "customer_id": "id", "touchpoint": "text", "mode": "text",
           "answered_at": "time", "pushed_at": "time", "delivered_at": "time", "scale_id": "text", "rating": "number"}  # fmt: skip
HOMES = {
    "session_id": ("bot_sessions", "started_at"),
    "task_id": ("self_service", "at"),
    "call_id": ("ivr_paths", "at"),
}  # whose surveys, and its time
TOUCHPOINTS: dict[str, tuple[str, ...]] = {
    "bot": ("bot", "text_bot", "robot", "机器人", "智能客服", "文本机器人", "在线机器人"),
    "ivr": ("ivr", "自动语音", "语音导航"),
    "self_service": ("self_service", "selfservice", "自助", "自助服务"),
    "handoff": ("handoff", "hand_off", "转人工", "人机协同"),
}
SATISFIED = {"five": 4, "three": 3, "thumb": 1, "ten": 9}  # lowest level that is satisfied


def _rated(centre: Centre, *, touchpoint: str) -> str:
    """Answered surveys of one touchpoint, each by its own scale, at the time of what was rated, else when it was sent."""
    surveys, quote = centre.beside("surveys", SURVEYS), centre.engine.quote
    have = surveys.roles
    scale = f"COALESCE(s.scale_id, '{centre.scale}')" if "scale_id" in have else f"'{centre.scale}'"
    cases = " ".join(
        f"WHEN {scale} = '{name}' THEN CASE WHEN s.rating >= {least} THEN 1 ELSE 0 END"
        for name, least in SATISFIED.items()
    )
    times = [f"s.{name}" for name in ("pushed_at", "delivered_at", "answered_at") if name in have]
    who, joins = ["s.customer_id"] * ("customer_id" in have), ""
    for name, (table, time) in HOMES.items():
        home = centre.beside(table, {name: "id", time: "time", "customer_id": "id"}) if name in have else None
        if home is None or not {name, time} <= set(home.roles):
            continue
        customer = "MAX(customer_id)" if "customer_id" in home.roles else "CAST(NULL AS VARCHAR(255))"
        once = f"SELECT {name} AS k, MIN({quote(time)}) AS began, {customer} AS who FROM ({home.sql}) b GROUP BY {name}"
        joins += f" LEFT JOIN ({once}) {table}_of ON {table}_of.k = s.{name}"
        times.insert(0, f"{table}_of.began")
        who.append(f"{table}_of.who")
    columns = {
        "row_key": "s.survey_id",
        "level": f"CASE WHEN s.rating IS NULL THEN NULL {cases} END",
        "at": _first(times),
        **{name: f"s.{name}" for name in ("contact_id", "session_id", "task_id", "call_id") if name in have},
        **({"customer_id": _first(who)} if who else {}),
        **({"survey_mode": f"s.{quote('mode')}"} if "mode" in have else {}),
    }
    listed = ", ".join(f"{sql} AS {quote(name)}" for name, sql in columns.items())
    words = ", ".join(map(literal, TOUCHPOINTS[touchpoint]))
    return f"SELECT {listed} FROM ({surveys.sql}) s{joins} WHERE LOWER(s.touchpoint) IN ({words})"


def _first(ways: list[str]) -> str:
    return ways[0] if len(ways) == 1 else f"COALESCE({', '.join(ways)})"


INDICATORS: tuple[Slice | Indicator, ...] = (
    Slice(KPI, "phone_enquiry", {"channel": "phone", "service_type": "enquiry"}),
    Slice(KPI, "phone_marketing", {"channel": "phone", "service_type": "marketing"}),
    Slice(KPI, "phone_complaint", {"channel": "phone", "service_type": "complaint"}),
    Slice(KPI, "phone_human", {"channel": "phone"}),
    Slice(KPI, "online_human", {"channel": "online"}),
    *(Indicator(KPI, touchpoint, "satisfaction", "survey", {"surveys": ("survey_id", "touchpoint", "rating", "pushed_at")}, partial(_rated, touchpoint=touchpoint),
                owner_level="centre", dims=("survey_mode",), source="DOMAIN 1.4, 2.6.3, 2.8") for touchpoint in TOUCHPOINTS),
)  # fmt: skip
