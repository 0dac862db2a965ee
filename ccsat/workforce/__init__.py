"""Service level, the four rates, queues with and without abandonment, staffing, schedules, and what a wait goes with."""

from ccsat.results import Result
from ccsat.wording import text
from ccsat.workforce.floor import counts_of, handling_time, read_agent_days, read_intervals
from ccsat.workforce.influence import Pruned, influence_of_kpis, part_kept, prune_assessment, rank_days
from ccsat.workforce.panels import ASSESSMENT, assessment, kpi_series
from ccsat.workforce.plan import WeekPlan, plan_week
from ccsat.workforce.queues import Pooling, Queue, erlang_a, erlang_c, pooling_curve, staff_curve, staff_needed
from ccsat.workforce.rates import (
    FOUR_RATES,
    TIME_RATES,
    HeadRate,
    TimeRates,
    attrition,
    head_count,
    new_agents,
    new_staff_share,
    time_rates,
)
from ccsat.workforce.schedule import Forecast, ScheduleFit, forecast_volume, schedule_fit
from ccsat.workforce.service_level import SERVICE_LEVELS, Counts, ServiceLevel, service_level, service_levels
from ccsat.workforce.what_if import WaitEffect, WhatIf, wait_effect, what_if


def notes(answer: Result) -> list[str]:
    """What a reader of an answer must see beside it, in the session's language."""
    return [text(key, **values) for key, values in answer.caveats]


__all__ = [
    "ASSESSMENT", "FOUR_RATES", "SERVICE_LEVELS", "TIME_RATES", "Counts", "Forecast", "HeadRate", "Pooling", "Pruned", "Queue", "ScheduleFit", "ServiceLevel", "TimeRates", "WaitEffect",
    "WeekPlan", "WhatIf", "assessment", "attrition", "counts_of", "erlang_a", "erlang_c", "forecast_volume", "handling_time", "head_count", "influence_of_kpis", "kpi_series", "new_agents", "notes", "new_staff_share",
    "part_kept",
    "plan_week", "pooling_curve", "prune_assessment", "rank_days",
    "read_agent_days", "read_intervals", "schedule_fit", "service_level", "service_levels", "staff_curve", "staff_needed",
    "time_rates", "wait_effect", "what_if",
]  # fmt: skip
