"""Named lists of indicators, and which of a centre's KPIs move with satisfaction over periods."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from ccsat.errors import DataError, listing
from ccsat.methods.answer import Answer
from ccsat.methods.drivers import rank_drivers
from ccsat.methods.roles import Roles
from ccsat.scales import Column, read_column

# Who can move a KPI: an agent in the contact, or staffing and forecasting.
EIGHT_KPIS: Mapping[str, str] = {
    "service_level": "staffing", "abandon_rate": "staffing", "asa": "staffing", "aht": "agent", "fcr_48h": "agent",
    "critical_error_accuracy": "agent", "transfer_rate": "agent", "occupancy": "staffing",
}  # fmt: skip
INTELLIGENT_INDICATORS: Mapping[str, tuple[str, ...]] = {
    "reach": ("bot_entry_share", "valid_session_rate", "instant_human_rate"),
    "understanding": ("intent_accuracy", "recognition_rate", "no_match_rate", "word_accuracy"),
    "dialogue": ("turns_per_solved", "rephrase_rate", "node_exit_rate", "menu_depth", "misroute_rate"),
    "outcome": ("containment_rate", "transfer_to_human_rate", "self_service_completion", "intelligent_resolution_rate",
                "true_resolution_rate", "false_containment", "journey_resolution_rate", "repeat_rate"),
    "cooperation": ("context_passed_rate", "reask_rate", "assist_adoption"),
}  # fmt: skip
BOT_SESSION_DRIVERS = ("recognised", "turns", "latency_ms", "handoff_requested", "handoff_done")
PERIODS_PER_KPI = 10
LEVELS = ("contact", "agent", "team", "scene", "hour", "day", "week", "month")


def rank_kpis(
    series: pd.DataFrame, outcome: Column, kpis: Sequence[Column] = tuple(EIGHT_KPIS), *, level: str, time: str | None = None,
    block: int | None = None, changes: bool = False, weights: str | None = None, units: Mapping[str, float] | None = None, draws: int = 1000,
    rng: int | np.random.Generator = 0,
) -> Answer:  # fmt: skip
    """Which of the operating KPIs does satisfaction move with from period to period?

    Args:
        series: One row a period (or team, or agent): the outcome and the KPIs, as measured.
        kpis: Columns; those of the eight that the table lacks are left out and named.
        level: What a row is: "day", "week", "month", "hour", "team", "agent", "scene", "contact".
        time: Column that orders the rows; neighbours then belong together in blocks, which draws take or leave whole.
        block: Rows in a block; the cube root of their number where not given, 2 at least.
        changes: Whether to relate changes from row to row in place of levels (a common trend then explains nothing).
        weights: Column with the surveys behind each row.

    Returns:
        As `rank_drivers`, with `control` ("agent", "staffing" or "unknown") of each KPI.

    Raises:
        DataError: No KPI is there, a level there is not, or changes without a time. Others as `rank_drivers`.

    Assumes:
        What holds for periods need not hold for contacts: the answer says so.

    Source:
        Robinson (1950), American Sociological Review 15, 351-357 (ecological correlation); Kunsch (1989), Annals of
        Statistics 17, 1217-1241 (blocks); shares as `rank_drivers`.
    """
    if level not in LEVELS:
        raise DataError("kpi_level", level=level, levels=listing(LEVELS))
    if changes and time is None:
        raise DataError("kpi_changes", outcome=str(outcome))
    there = [one for one in kpis if str(one) in series.columns]
    if not there:
        raise DataError("kpi_none", kpis=listing(kpis), known=listing(series.columns))
    rows = series if time is None else series.sort_values(time, kind="stable")
    data = pd.DataFrame({str(one): read_column(rows, one) for one in (outcome, *there)})
    if weights is not None:
        data["_weight"] = read_column(rows, weights).to_numpy()
    if changes:
        data = data.assign(**{str(one): data[str(one)].astype(float).diff() for one in (outcome, *there)}).iloc[1:]
    data = data.dropna()
    cluster: str | bool = False
    if time is not None and len(data) > 1:
        length = block or max(2, round(len(data) ** (1 / 3)))
        data = data.assign(_block=np.arange(len(data)) // length)
        cluster = "_block"
    roles = Roles(cluster=cluster, weights=None if weights is None else "_weight", weight_kind="precision")
    answer = rank_drivers(
        data, str(outcome), [str(one) for one in there], roles=roles, units=units, draws=draws, rng=rng
    )
    lacking = [one for one in map(str, kpis) if one not in map(str, there)]
    control = [EIGHT_KPIS.get(name, "unknown") for name in answer.table["driver"]]
    caveats = [] if level == "contact" else [("caveat.kpi_level", {"level": level})]
    if {"agent", "staffing"} <= set(control):
        caveats.append(("caveat.kpi_control", {}))
    if lacking:
        caveats.append(("caveat.kpi_lacking", {"columns": listing(lacking)}))
    if len(data) < PERIODS_PER_KPI * len(there):
        caveats.append(("caveat.kpi_few", {"n": len(data), "kpis": len(there), "least": PERIODS_PER_KPI * len(there)}))
    if time is not None and not changes and level in ("hour", "day", "week", "month"):
        caveats.append(("caveat.kpi_trend", {}))
    return dataclasses.replace(
        answer, method="rank_kpis", table=answer.table.assign(control=control), caveats=(*caveats, *answer.caveats), weights=weights,
        cluster=None, extra={**answer.extra, "level": level, "blocks": answer.clusters, "changes": changes},
    )  # fmt: skip
